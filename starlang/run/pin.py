"""`pin`: what a run is made from, by SHA-256, so that each later step sees what has changed."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, SetupError
from starlang.manifests.waivers import expired
from starlang.project.facts import files_of
from starlang.project.files import display, read_regular
from starlang.project.inputs import profile_path
from starlang.project.project import MAX_COMPILED, compile_project
from starlang.project.revisions import Agreement, canon_agreement
from starlang.project.settings import unknown_stars
from starlang.rules.model import RuleSet
from starlang.rules.sections import section_digest, semantic_digest, semantics, text_digest
from starlang.rules.shapes import MalformedError, Members, a_text, an_object, record
from starlang.run.audit_files import digest_of, document, read_document, write_file
from starlang.run.ground import Run
from starlang.run.transactions import require_settled
from starlang.text import Json, counted, one_line
from starlang.texts.limits import MAX_BYTES
from starlang.version import VERSION

FILE = "digests.json"
FORMAT = "starlang-pins/1"

WORDS = {
    "star_rules": "the rules decide otherwise",
    "star_canon": "the canon of stars is another",
    "exceptions": "the exceptions are others",
    "profile": "the manifest profile reads other places",
    "facts": "what other files say of modules is different",
    "schema.json": "the schema is another",
    "config": "the config is another",
    "texts": "reasons or descriptions read differently",
    "tool": "another version of starlang is running",
}
"""Part of what is pinned -> what it means that it changed.

A file that repeats the canon is a part of its own, by its name.
"""

_COPY = "a copy of the canon has changed"

_TEXTS = ("config", "repository", "commit", "branch", "pinned_at", "pinned_by")
_MEMBERS = frozenset({"format", "digests", "files", *_TEXTS})
_REPOSITORY = re.compile(r"[0-9a-f]{32}")


@frozen
class Pins:
    """What was pinned. `digests`: part -> digest; `files`: file -> SHA-256 of its bytes.

    `config` is whose they are, relative to the repository. `repository` is 32 hex digits that
    tell this repository from others: chosen when it was first pinned, and kept from then on.
    `commit` and `branch` are those of the work tree when it was pinned.
    """

    digests: Mapping[str, str]
    files: Mapping[str, str]
    config: str
    repository: str
    commit: str = field(eq=False)
    branch: str = field(eq=False)
    pinned_at: str = field(eq=False)
    pinned_by: str = field(eq=False)

    @property
    def digest(self) -> str:
        """One digest over all that was pinned."""
        return digest_of(document({"digests": self.digests, "files": self.files}))


@frozen
class Pinned:
    """The pins, the rule set that they are of, and whether they were written just now.

    `known` are differences between the canon and its copies that the config accepts, if the
    pins before were not of the same canon and copies: each is reported once. `unused` are
    warnings about entries that accept none.
    """

    pins: Pins
    rules: RuleSet
    is_new: bool
    known: tuple[Diagnostic, ...] = ()
    unused: tuple[Diagnostic, ...] = ()

    def __repr__(self) -> str:
        state = "new" if self.is_new else "as before"
        return one_line(f"<Pinned: {counted(len(self.pins.files), 'file')}, {state}>")


def pin(run: Run) -> Pinned:
    """Writes the digests of everything that decides; equal pins are left as they are.

    InputError if the rules do not compile; GateClosedError while a copy of the canon differs.
    """
    require_settled(run)
    found = _found(run)
    pins, rules = current_pins(run, found.repository if found else run.surroundings.token())
    canon = _require_canon(run, rules)
    if found == pins:
        return Pinned(pins, rules, is_new=False, unused=canon.unused)
    write_file(run.audit(FILE), document(pins_json(pins)))
    known = () if found is not None and _same_canon(run, found, pins) else canon.known
    return Pinned(pins, rules, is_new=True, known=known, unused=canon.unused)


def _same_canon(run: Run, one: Pins, other: Pins) -> bool:
    """Whether two pins are of the same canon and of the same copies of it."""
    # Emoji and domains are no part of the canon that decides, but of the texts.
    parts = ("star_canon", "texts", "schema.json", *_copies(run))
    return all(one.digests.get(part) == other.digests.get(part) for part in parts)


def _require_canon(run: Run, rules: RuleSet) -> Agreement:
    """The canon against its copies; GateClosedError with each difference that is not accepted."""
    found = canon_agreement(run.project, rules)
    if found.unreadable:
        raise SetupError(found.unreadable)
    late = expired(run.project.config.canon_known, run.surroundings.now().date())
    if found.differences:
        count = counted(len(found.differences), "difference")
        raise GateClosedError(*found.differences, *late, _canon_differs(count))
    if late:
        raise GateClosedError(*late)
    return found


def _found(run: Run) -> Pins | None:
    """The pins before; a damaged file is not written over, for with it the repository's id goes."""
    try:
        return read_pins(run)
    except GateClosedError as error:
        raise GateClosedError(*(evolve(each, hint=_LOST) for each in error.diagnostics)) from None


_LOST = (
    "restore it from git; if that is not possible, delete it and run `starlang pin`, which voids "
    "every approval"
)


def read_pins(run: Run) -> Pins | None:
    """The pins that were written, None if there are none; GateClosedError if another config did."""
    found = read_document(run.audit(FILE), FORMAT, _restored)
    if found and found.config != run.config and (run.repository.top / found.config).is_file():
        raise GateClosedError(_taken(run, found.config))
    return found


def require_pins(run: Run) -> Pinned:
    """The pins, if all that was pinned is as it was; else GateClosedError names what changed."""
    pinned = read_pins(run)
    if pinned is None:
        raise GateClosedError(not_pinned())
    now, rules = current_pins(run, pinned.repository)
    if changed := tuple(changes(run, pinned, now)):
        raise GateClosedError(*changed)
    return Pinned(pinned, rules, is_new=False)


def changes(run: Run, pinned: Pins, now: Pins) -> Iterator[Diagnostic]:
    """A finding for each file that is not as it was pinned, with what that means."""
    parts = [*WORDS, *sorted((pinned.digests.keys() | now.digests.keys()) - WORDS.keys())]
    differing = [part for part in parts if pinned.digests.get(part) != now.digests.get(part)]
    meaning = "; ".join(dict.fromkeys(WORDS.get(part, _COPY) for part in differing))
    for file in sorted(pinned.files.keys() | now.files.keys()):
        if (words := _file_words(file, pinned, now)) is not None:
            alike = "it decides the same, only its layout or comments differ"
            meant = meaning or (alike if words == _CHANGED else "nothing else differs")
            if _differs_in_line_ends(run, file, pinned):
                meant = "nothing but its line ends, which git may convert (`core.autocrlf`)"
            yield _changed(file, f"`{file}` {words} since `starlang pin`: {meant}")
    if pinned.files == now.files and differing:
        yield _changed("", f"since `starlang pin` something has changed: {meaning}")


def present_digests(run: Run, pinned: Pins) -> dict[str, str]:
    """The digest that each file which was pinned has now, "" if it cannot be read."""
    elsewhere = {display(path, run.root): path for path in _other_inputs(run)}
    found = dict.fromkeys(pinned.files, "")
    for name in found:
        with suppress(SetupError):
            found[name] = _digest(name, elsewhere.get(name, run.root / name))
    return found


def spoilt_inputs(run: Run, pinned: Pins, problems: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """A finding for each input that is not as it was pinned, where they cannot be used any more.

    `problems` say why; they are what is found where no file is another.
    """
    now = present_digests(run, pinned)
    differing = [file for file, digest in pinned.files.items() if now[file] != digest]
    for file in differing:
        why = [f", and cannot be used: {each.message}" for each in problems if each.file == file]
        words = f"has changed since `starlang pin`{(*why, '')[0]}"
        yield _changed(file, f"`{file}` {words if now[file] else 'cannot be read any more'}")
    if not differing:
        yield from problems


def _differs_in_line_ends(run: Run, file: str, pinned: Pins) -> bool:
    """Whether a file is as it was pinned but for CR LF in place of LF, or the other way round."""
    try:
        data = read_regular(run.root / file, MAX_COMPILED, follow=True)
    except OSError:
        return False
    plain = data.replace(b"\r\n", b"\n")
    variants = {digest_of(plain), digest_of(plain.replace(b"\n", b"\r\n"))} - {digest_of(data)}
    return pinned.files.get(file) in variants


_CHANGED = "has changed"


def _file_words(file: str, pinned: Pins, now: Pins) -> str | None:
    if file not in now.files:
        return "is no longer used"
    if file not in pinned.files:
        return "has come to be used"
    return None if pinned.files[file] == now.files[file] else _CHANGED


def current_pins(run: Run, identity: str) -> tuple[Pins, RuleSet]:
    """What would be pinned now for the repository of that `identity`, and the rules.

    InputError if the rules do not compile, SetupError if an input cannot be read.
    """
    project = run.project
    compiled = compile_project(project)
    if compiled.rules is None:
        raise InputError(compiled.diagnostics)
    rules, config = compiled.rules, project.config
    if unknown := tuple(unknown_stars(config.run.bands, rules)):
        raise InputError(unknown)
    inputs = {name: project.root / name for name in compiled.names}
    if config.file:
        inputs[config.file] = project.root / config.file
    shown = {display(path, project.root): path for path in _other_inputs(run)}
    facts = files_of(project, rules)
    files = {name: _digest(name, path) for name, path in {**inputs, **shown, **facts}.items()}
    decides = semantics(rules)
    digests = {
        "star_rules": semantic_digest(rules),
        "star_canon": section_digest({"stars": decides["stars"], "order": decides["order"]}),
        "exceptions": section_digest({"assigns": decides["assigns"], "nevers": decides["nevers"]}),
        "texts": text_digest(rules),
        "profile": digest_of(repr(project.profile).encode()),
        "tool": f"starlang {VERSION}",
    }
    digests |= {part: files[name] for part, name in _copies(run).items()}
    if facts:
        digests["facts"] = section_digest({name: files[name] for name in sorted(facts)})
    if config.schema is not None:
        digests["schema.json"] = files[display(config.schema, project.root)]
    if config.file:
        digests["config"] = files[config.file]
    repository, around = run.repository, run.surroundings
    pins = Pins(
        digests=dict(sorted(digests.items())),
        files=dict(sorted(files.items())),
        config=run.config,
        repository=identity,
        commit=repository.head(),
        branch=repository.branch(),
        pinned_at=around.time(),
        pinned_by=around.user,
    )
    return pins, rules


def _other_inputs(run: Run) -> Iterator[Path]:
    """The files that a project names beside its rules and its config."""
    config = run.project.config
    yield profile_path(config.profile, config.root)
    yield from config.copies
    if config.schema is not None:
        yield config.schema


def _copies(run: Run) -> dict[str, str]:
    """Part -> file of each file that repeats the canon: `star_rules.json`, `star_canon.json`.

    Where two files have one name, the parts are called by their paths.
    """
    shown = [display(path, run.project.root) for path in run.project.config.copies]
    names = Counter(each.rpartition("/")[2] for each in shown)
    short = {each: each.rpartition("/")[2] for each in shown}
    return {short[each] if names[short[each]] == 1 else each: each for each in shown}


def _digest(name: str, path: Path) -> str:
    try:
        return digest_of(read_regular(path, max(MAX_BYTES, MAX_COMPILED), follow=True))
    except OSError as error:
        words = error.strerror or "it is not a regular file"
        raise SetupError((_unreadable(name, words),)) from None


def pins_json(pins: Pins) -> dict[str, Json]:
    """The pins as plain data."""
    return {
        "format": FORMAT,
        "digests": pins.digests,
        "files": pins.files,
        **{name: getattr(pins, name) for name in _TEXTS},
    }


def _restored(value: Members) -> Pins:
    found = record(value, _MEMBERS)
    texts = {name: a_text(found[name]) for name in _TEXTS}
    if not _REPOSITORY.fullmatch(texts["repository"]):
        raise MalformedError("`repository` is not 32 hex digits")
    return Pins(digests=_texts(found["digests"]), files=_texts(found["files"]), **texts)


def _texts(value: object) -> dict[str, str]:
    return {name: a_text(text) for name, text in an_object(value).items()}


def _taken(run: Run, config: str) -> Diagnostic:
    return Diagnostic(
        code="E936",
        message=f"`{run.shown_audit(FILE)}` is of the run of `{config}`, which has the same name",
        file=run.config,
        hint="write a name of its own into this config: `prefix` under `[audit]`",
    )


def not_pinned() -> Diagnostic:
    """Says that there are no pins."""
    return Diagnostic(
        code="E955",
        message="nothing is pinned yet: no later step could tell whether its inputs changed",
        hint="run `starlang pin`",
    )


def _canon_differs(count: str) -> Diagnostic:
    return Diagnostic(
        code="E978",
        message=f"nothing is pinned while the canon and its copies differ: {count}",
        hint="make them equal, or set each one aside under `[[baseline]]`, with a reason",
    )


def _changed(file: str, message: str) -> Diagnostic:
    return Diagnostic(
        code="E956",
        message=message,
        file=file,
        hint="undo the change, or accept it: `starlang pin`, and all steps after it again",
    )


def _unreadable(name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E954",
        message=f"`{name}` cannot be read any more: {words}",
        file=name,
        hint="put the file back, and run the step again",
    )
