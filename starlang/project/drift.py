"""What has drifted since a rule set was compiled, by cause, in the words of those who own it."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from attrs import field, frozen

from starlang.diagnostics.formats import as_json
from starlang.diagnostics.model import Diagnostic
from starlang.diff.diff import MAY_DECIDE_NOTHING, Comparison, Section, TextChange, compare
from starlang.diff.encoding import Side, encode
from starlang.diff.flips import Flips
from starlang.manifests.elsewhere import MAX_TABLE
from starlang.printable import json_text
from starlang.project.facts import files_of
from starlang.project.files import display, read_regular
from starlang.project.inputs import profile_path
from starlang.project.loading import load_graph
from starlang.project.planning import compare_modules
from starlang.project.project import MAX_COMPILED, Project
from starlang.project.revisions import canon_agreement
from starlang.rules.compiled_file import dumps, loads
from starlang.rules.model import RuleSet
from starlang.rules.sections import section_digest, semantic_digest, semantics, text_digest
from starlang.rules.shapes import MalformedError, a_text, an_object, record, texts_of
from starlang.rules.spelling import quoted
from starlang.text import Json, counted, shown_value
from starlang.texts.json import Refusal, read
from starlang.texts.limits import MAX_BYTES, UnreadableError, exact_number, long_name, parsed
from starlang.texts.pointers import Step, pointer_to
from starlang.version import VERSION

# What a file says, apart from how it is laid out: for digests, and to say what has changed.
#
# Whether a schema or a profile has drifted is a question about its meaning. Line ends (CR LF), an
# indentation, a comment or another order of keys change the bytes and nothing else, so JSON and
# TOML are parsed first, and what is compared is each value by its pointer. A file that cannot be
# parsed, and one of another kind, is compared by its lines.

_SHOWN = 60
"""How much of a value is kept to be shown, in characters; of a longer one its digest as well."""

_VALUES = 3
"""How many values that differ are named."""


def values_of(name: str, data: bytes) -> dict[str, str]:
    """Pointer -> the value there in JSON, cut if it is long; "" -> the lines of another file."""
    value = _parsed(name, data)
    if value is None:
        return {"": _kept(data.decode(errors="backslashreplace").replace("\r\n", "\n"))}
    return {pointer_to(steps): _kept(text) for steps, text in _leaves(value, ())}


def _parsed(name: str, data: bytes) -> object:
    """The document, None where it is of no kind whose layout is known not to matter."""
    if name.endswith(".json"):
        value = read(data, MAX_BYTES)
        return None if isinstance(value, Refusal) else value
    if not name.endswith(".toml"):
        return None
    try:
        text = data.decode()
        if long_name(text) is not None:
            return None
        return parsed(lambda: tomllib.loads(text, parse_float=exact_number))
    except (UnicodeDecodeError, UnreadableError):
        return None


def _leaves(value: object, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Everything in `value` that holds nothing else, in JSON."""
    match value:
        case dict() if value:
            for key in sorted(value):
                yield from _leaves(value[key], (*steps, key))
        case list() if value:
            for index, member in enumerate(value):
                yield from _leaves(member, (*steps, index))
        case Decimal():
            yield steps, str(value)
        case _:
            yield steps, json.dumps(value, ensure_ascii=False, default=str)


def _kept(text: str) -> str:
    if len(text) <= _SHOWN:
        return text
    digest = sha256(text.encode(errors="backslashreplace")).hexdigest()
    return f"{text[:_SHOWN]}… sha256:{digest}"


def digest_of_values(values: Mapping[str, str]) -> str:
    """`sha256:` and 64 hex digits, the same for the same values."""
    text = json.dumps(sorted(values.items()), ensure_ascii=False)
    return f"sha256:{sha256(text.encode(errors='backslashreplace')).hexdigest()}"


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """What has changed from `old` to `new`, in words; the first few values, and how many more."""
    pointers = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    words = [_difference(pointer, old.get(pointer), new.get(pointer)) for pointer in pointers]
    more = [f"and {len(words) - _VALUES:,} more"] if len(words) > _VALUES else []
    return ", ".join((*words[:_VALUES], *more))


def _difference(pointer: str, old: str | None, new: str | None) -> str:
    if not pointer:
        return "its text is another one"
    place = f"`{pointer}`"
    if old is None:
        return f"{place} is new ({_short(new)})"
    if new is None:
        return f"{place} is gone ({_short(old)})"
    return f"{place} is {_short(new)}, and was {_short(old)}"


def _short(value: str | None) -> str:
    text, cut, _ = (value or "").partition("… sha256:")
    return f"{text}…" if cut else text


# The lock beside a compiled rule set: what everything was when it was compiled.
#
# `rules.json` has `rules.lock.json`. It holds digests of rules, canon, exceptions, profile and
# schema, of the files that repeat the canon, and the stars that each manifest carried, so that
# `compile --check` can say what has drifted since, and which of them it was.

LOCK_FORMAT = "starlang-lock/1"
_LIMIT = 64 << 20


@frozen
class Lock:
    """Digests by what they are of, those of files by name, and the stars of each module.

    `values` are those of the files, by pointer; none in a lock that an older version has written.
    """

    digests: Mapping[str, str]
    files: Mapping[str, str]
    stars: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, str]] = field(factory=dict)


def lock_path(artifact: Path) -> Path:
    """Where the lock of a compiled rule set lies."""
    return artifact.with_name(f"{artifact.stem}.lock.json")


def lock_of(project: Project, rules: RuleSet) -> Lock:
    """The lock of the project as it is now, with `rules` compiled."""
    config, decides = project.config, semantics(rules)
    paths = [profile_path(config.profile, project.root), *config.copies]
    paths += [config.schema] if config.schema else []
    paths += files_of(project, rules).values()
    values = {display(path, project.root): _values(path) for path in paths}
    return Lock(
        digests={
            "artifact": digest_of(dumps(rules).encode()),
            "rules": semantic_digest(rules),
            "texts": text_digest(rules),
            "canon": section_digest({"stars": decides["stars"], "order": decides["order"]}),
            "exceptions": section_digest(
                {"assigns": decides["assigns"], "nevers": decides["nevers"]}
            ),
            "tool": f"starlang {VERSION}",
        },
        files={
            name: "" if each is None else digest_of_values(each) for name, each in values.items()
        },
        stars=carried(project),
        values={name: each for name, each in values.items() if each is not None},
    )


def carried(project: Project) -> dict[str, tuple[str, ...]]:
    """Module -> the labels that its manifest carries; empty where there are no manifests."""
    config = project.config
    if not config.manifests.is_dir():
        return {}
    graph = load_graph(
        config.manifests,
        project_root=project.root,
        profile=project.profile,
        guards=config.guards,
        layout=config.layout,
    )
    return dict(zip(graph.paths, graph.stars, strict=True))


def encode_lock(lock: Lock) -> str:
    """The lock as JSON, a module a line."""
    document: dict[str, Json] = {
        "format": LOCK_FORMAT,
        "digests": dict(lock.digests),
        "files": dict(lock.files),
        "stars": {path: list(labels) for path, labels in lock.stars.items()},
        "values": {name: dict(values) for name, values in lock.values.items()},
    }
    return json_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)) + "\n"


def read_lock(path: Path, name: str) -> Lock | Diagnostic | None:
    """The lock at `path`, None if there is none, or why it cannot be used."""
    try:
        data = read_regular(path, _LIMIT, follow=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _unusable(name, error.strerror or "it is not a regular file")
    value = read(data, _LIMIT)
    if isinstance(value, Refusal):
        return _unusable(name, value.message)
    try:
        written = an_object(value).get("format")
        if written != LOCK_FORMAT:
            what = shown_value(written) if written is not None else "none"
            return _unusable(
                name,
                f"its format is {what}, and this version of starlang reads `{LOCK_FORMAT}`; "
                "another version has written it",
            )
        found = record(
            {"values": {}, **an_object(value)}, {"format", "digests", "files", "stars", "values"}
        )
        return Lock(
            {key: a_text(each) for key, each in an_object(found["digests"]).items()},
            {key: a_text(each) for key, each in an_object(found["files"]).items()},
            {key: texts_of(each) for key, each in an_object(found["stars"]).items()},
            {key: _texts_in(each) for key, each in an_object(found["values"]).items()},
        )
    except MalformedError as error:
        return _unusable(name, str(error))


def _unusable(name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E869",
        message=f"the lock `{name}` cannot be used: {words}",
        file=name,
        hint="restore it from git, or write it anew: `starlang compile --lock`",
    )


def _texts_in(value: object) -> dict[str, str]:
    return {key: a_text(each) for key, each in an_object(value).items()}


def _values(path: Path) -> dict[str, str] | None:
    """What the file says, None if it cannot be read."""
    try:
        return values_of(path.name, read_regular(path, MAX_TABLE, follow=True))
    except OSError:
        return None


def digest_of(data: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return f"sha256:{sha256(data).hexdigest()}"


_NAMED = 10


@frozen(eq=False)
class Drift:
    """What has drifted. `comparison` and `flips` are of the rules, None where they are the same.

    `old` is the compiled rule set, None if it cannot be read.
    """

    findings: tuple[Diagnostic, ...]
    old: RuleSet | None
    comparison: Comparison | None
    flips: Flips | None

    @property
    def has_drifted(self) -> bool:
        return any(each.is_error for each in self.findings)


def find_drift(project: Project, rules: RuleSet, artifact: Path) -> Drift:
    """Holds the compiled file `artifact`, and the lock beside it, against the project as it is."""
    name = display(artifact, project.root)
    lock = read_lock(lock_path(artifact), display(lock_path(artifact), project.root))
    try:
        data = read_regular(artifact, MAX_COMPILED, follow=True)
    except OSError:
        return Drift((_not_compiled(name),), None, None, None)
    read = loads(data.decode(errors="replace"), name)
    old = read if isinstance(read, RuleSet) else None
    findings = list(_artifact(name, data, read, lock, rules))
    comparison = flips = None
    if old is not None:
        found = compare(old, rules)
        if found.changes:
            comparison = found
            flips = compare_modules(project, old, rules, reassess=False)
            findings.append(_rules(name, found, flips))
        if others := sorted({_called(each) for each in found.texts if _is_of_effect(each)}):
            comparison = found
            findings.append(_others(name, others))
    findings += _canon(project, rules)
    if isinstance(lock, Lock):
        findings += _changes_since_lock(project, rules, lock)
    return Drift(tuple(findings), old, comparison, flips)


def _artifact(
    name: str, data: bytes, read: RuleSet | Diagnostic, lock: Lock | Diagnostic | None, now: RuleSet
) -> Iterator[Diagnostic]:
    if isinstance(lock, Diagnostic):
        yield lock
    if isinstance(read, Diagnostic):
        yield _edited(name, f"{read.message}{_what_was_edited(data, lock, now)}")
    elif isinstance(lock, Lock) and lock.digests.get("artifact") not in _digests(data, read):
        words = f"it does not say what the lock names{_what_was_edited(data, lock, now)}"
        yield _edited(name, words)
    if lock is None:
        yield Diagnostic(
            code="W869",
            message=f"there is no lock beside `{name}`: schema, profile and stars are not compared",
            file=name,
            hint="write one with it: `starlang compile --lock`",
        )


def _digests(data: bytes, read: RuleSet) -> set[str]:
    """Those of the file as it is, and laid out as this version writes it."""
    return {digest_of(data), digest_of(dumps(read).encode())}


def _changes_since_lock(project: Project, rules: RuleSet, lock: Lock) -> Iterator[Diagnostic]:
    now = lock_of(project, rules)
    then, tool = lock.digests.get("tool"), now.digests["tool"]
    if then != tool:
        yield Diagnostic(
            code="W868",
            message=f"it was compiled by {then}, and this is {tool}",
            hint="compile it again: `starlang compile --lock`",
        )
    config = project.config
    schema = display(config.schema, project.root) if config.schema else ""
    for file in sorted(lock.files.keys() | now.files.keys()):
        if lock.files.get(file) != now.files.get(file) and not _is_as_it_was(project, file, lock):
            yield _file(file, lock, now, is_schema=file == schema)
    yield from _stars(project, lock)


def _is_as_it_was(project: Project, file: str, lock: Lock) -> bool:
    """Whether a lock of an older version, which has digests of bytes, names this very file."""
    try:
        data = read_regular(project.root / file, MAX_BYTES, follow=True)
    except OSError:
        return False
    return not lock.values and lock.files.get(file) == digest_of(data)


def _file(file: str, lock: Lock, now: Lock, *, is_schema: bool) -> Diagnostic:
    what = "has changed"
    named = ""
    if file in lock.values and file in now.values:
        named = f": {differences(lock.values[file], now.values[file])}"
    elif file in now.files and file in lock.files:
        named = "" if file in now.values else ": it cannot be read"
    if file not in now.files:
        what = "is no longer used"
    elif file not in lock.files:
        what = "has come to be used"
    return Diagnostic(
        code="E865" if is_schema else "E866",
        message=f"`{file}` {what} since it was compiled{named}",
        file=file,
        hint="look at the change, then accept it: `starlang compile --lock`",
    )


def _stars(project: Project, lock: Lock) -> Iterator[Diagnostic]:
    """Modules whose stars are others than when it was locked."""
    live = carried(project)
    root = display(project.config.manifests, project.root)
    changed = [path for path, labels in lock.stars.items() if path in live and live[path] != labels]
    for path in sorted(changed)[:_NAMED]:
        before, after = (", ".join(each) or "none" for each in (lock.stars[path], live[path]))
        yield Diagnostic(
            code="E867",
            message=f"{path} carries {shown_value(after)}, and carried {shown_value(before)}",
            file="/".join(filter(None, (root, *_star_file(project, path)))),
            hint="undo the edit, or accept it: `starlang compile --lock`, as after a run",
        )
    if (more := len(changed) - _NAMED) > 0:
        yield Diagnostic(
            code="E867",
            message=f"and {counted(more, 'more module carries', 'more modules carry')} other stars",
            hint="accept all of it after a run: `starlang compile --lock`",
        )


def _star_file(project: Project, path: str) -> tuple[str, ...]:
    sidecar = project.profile.sidecar
    return (sidecar,) if sidecar else (path, project.profile.file_names[0])


def _canon(project: Project, rules: RuleSet) -> Iterator[Diagnostic]:
    if not project.config.copies:
        return
    canon = canon_agreement(project, rules)
    yield from canon.unreadable
    if canon.differences:
        number = counted(len(canon.differences), "difference")
        named = ", ".join(sorted({f"`{each.file}`" for each in canon.differences}))
        yield Diagnostic(
            code="E864",
            message=f"copies of the canon disagree with the rules: {number} in {named}",
            hint="`starlang canon check` names each",
        )


def _rules(name: str, found: Comparison, flips: Flips | None) -> Diagnostic:
    moved = ""
    if flips is not None:
        moved = f", and {counted(len(flips.flips), 'module is', 'modules are')} decided differently"
    return Diagnostic(
        code="E862",
        message=f"the rules decide differently from `{name}`: "
        f"{counted(len(found.changes), 'change')}{moved}",
        file=name,
        hint="look at the changes, then compile: `starlang compile --lock`",
    )


def _is_of_effect(change: TextChange) -> bool:
    """Whether it is more than a reason: a forbid fails CI, and new manifests have what is derived.

    Neither decides a star.
    """
    return change.section in MAY_DECIDE_NOTHING and change.detail.what != "because"


def _called(change: TextChange) -> str:
    is_forbid = change.section is Section.FORBID
    return f"`forbid {quoted(change.name)}`" if is_forbid else f"`derive {change.name}`"


def _others(name: str, changed: Sequence[str]) -> Diagnostic:
    named = ", ".join(changed[:_NAMED])
    more = f" and {len(changed) - _NAMED:,} more" if len(changed) > _NAMED else ""
    return Diagnostic(
        code="E862",
        message=f"the rules are not those of `{name}`, though they decide alike: {named}{more}",
        file=name,
        hint="look at the changes, then compile: `starlang compile --lock`",
    )


def _what_was_edited(data: bytes, lock: Lock | Diagnostic | None, now: RuleSet) -> str:
    """The values that are not those that compiling gives, as words that go on; "" if none is."""
    wanted, found = values_of("x.json", dumps(now).encode()), values_of("x.json", data)
    if "" in found or found == wanted:
        return ""
    is_same = isinstance(lock, Lock) and lock.digests.get("rules") == semantic_digest(now)
    since = "" if is_same else "against the rules as they are now, "
    return f"; {since}{differences(wanted, found)}"


def _edited(name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E863",
        message=f"`{name}` was edited by hand: {words}",
        file=name,
        hint="change the rules, and compile them: `starlang compile --lock`",
    )


def _not_compiled(name: str) -> Diagnostic:
    return Diagnostic(
        code="E870",
        message=f"`{name}` is not there, or cannot be read",
        file=name,
        hint="write it: `starlang compile --lock`",
    )


# `starlang-drift/1`: what has drifted, for programs.

DRIFT_FORMAT = "starlang-drift/1"


def drift_json(found: Drift, artifact: str, rules: RuleSet) -> str:
    """The drift as JSON text. `rules` holds the comparison, as `starlang diff` writes it."""
    compared: Json = None
    if found.comparison is not None and found.old is not None:
        old, new = Side(artifact, found.old), Side("the rules", rules)
        text = encode(old, new, found.comparison, found.flips, reassess=False)
        compared = json.loads(text)
    document: dict[str, Json] = {
        "format": DRIFT_FORMAT,
        "drifted": found.has_drifted,
        "findings": [as_json(each) for each in found.findings],
        "rules": compared,
    }
    return json_text(json.dumps(document, ensure_ascii=False, indent=1)) + "\n"
