"""`pin`: what a run is made from, by SHA-256, so that each later step sees what has changed."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, SetupError
from starlang.explain.encoding import Json
from starlang.pipeline.audit_files import digest_of, document, read_document, write_file
from starlang.pipeline.ground import Run
from starlang.pipeline.transactions import require_settled
from starlang.rulesets.digests import section_digest, semantic_digest, text_digest
from starlang.rulesets.model import RuleSet
from starlang.rulesets.sections import semantics
from starlang.rulesets.shapes import Members, a_text, an_object, record
from starlang.version import VERSION
from starlang.workspace.files import read_regular
from starlang.workspace.inputs import MAX_BYTES, profile_path
from starlang.workspace.project import compile_project
from starlang.workspace.sources import MAX_COMPILED
from starlang.workspace.tree import display

FILE = "digests.json"
FORMAT = "starlang-pins/1"

WORDS = {
    "star_rules": "the rules decide otherwise",
    "star_canon.json": "the canon of stars is another",
    "exceptions": "the exceptions are others",
    "profile": "the manifest profile reads other places",
    "schema.json": "the schema is another",
    "config": "the config is another",
    "texts": "reasons or descriptions read otherwise",
    "tool": "another version of starlang is running",
}
"""Part of what is pinned -> what it means that it changed."""

_MEMBERS = frozenset(
    {"format", "config", "branch", "commit", "digests", "files", "pinned_at", "pinned_by"}
)


@frozen
class Pins:
    """What was pinned. `digests`: part -> digest; `files`: file -> SHA-256 of its bytes.

    `commit` and `branch` are those of the work tree when it was pinned, `config` is whose they are.
    """

    config: str
    digests: Mapping[str, str]
    files: Mapping[str, str]
    commit: str = field(eq=False)
    branch: str = field(eq=False)
    pinned_at: str = field(eq=False)
    pinned_by: str = field(eq=False)


@frozen(eq=False)
class Pinned:
    """The pins, the rule set that they are of, and whether they were written just now."""

    pins: Pins
    rules: RuleSet
    is_new: bool


def pin(run: Run) -> Pinned:
    """Writes the digests of everything that decides; equal pins are left as they are.

    InputError if the rules do not compile.
    """
    require_settled(run)
    pins, rules = _current(run)
    if read_pins(run) == pins:
        return Pinned(pins, rules, is_new=False)
    write_file(run.audit(FILE), document(_as_json(pins)))
    return Pinned(pins, rules, is_new=True)


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
        raise GateClosedError(_not_pinned())
    now, rules = _current(run)
    if changed := tuple(changes(pinned, now)):
        raise GateClosedError(*changed)
    return Pinned(pinned, rules, is_new=False)


def changes(pinned: Pins, now: Pins) -> Iterator[Diagnostic]:
    """A finding for each file that is not as it was pinned, with what that means."""
    differing = [part for part in WORDS if pinned.digests.get(part) != now.digests.get(part)]
    meaning = "; ".join(WORDS[part] for part in differing)
    for file in sorted(pinned.files.keys() | now.files.keys()):
        if (words := _file_words(file, pinned, now)) is not None:
            meant = meaning or "it decides the same, only its layout or comments differ"
            yield _changed(file, f"`{file}` {words} since `starlang pin`: {meant}")
    if pinned.files == now.files and differing:
        yield _changed("", f"since `starlang pin` something has changed: {meaning}")


def _file_words(file: str, pinned: Pins, now: Pins) -> str | None:
    if file not in now.files:
        return "is no longer used"
    if file not in pinned.files:
        return "has come to be used"
    return None if pinned.files[file] == now.files[file] else "has changed"


def _current(run: Run) -> tuple[Pins, RuleSet]:
    project = run.project
    compiled = compile_project(project)
    if compiled.rules is None:
        raise InputError(compiled.diagnostics)
    rules, config = compiled.rules, project.config
    inputs = {name: project.root / name for name in compiled.names}
    if config.file:
        inputs[config.file] = project.root / config.file
    shown = {display(path, project.root): path for path in _other_inputs(run)}
    files = {name: _digest(name, path) for name, path in {**inputs, **shown}.items()}
    decides = semantics(rules)
    digests = {
        "star_rules": semantic_digest(rules),
        "star_canon.json": section_digest({"stars": decides["stars"], "order": decides["order"]}),
        "exceptions": section_digest({"assigns": decides["assigns"], "nevers": decides["nevers"]}),
        "texts": text_digest(rules),
        "profile": digest_of(repr(project.profile).encode()),
        "tool": f"starlang {VERSION}",
    }
    if config.schema is not None:
        digests["schema.json"] = files[display(config.schema, project.root)]
    if config.file:
        digests["config"] = files[config.file]
    repository, around = run.repository, run.surroundings
    pins = Pins(
        config=run.config,
        digests=dict(sorted(digests.items())),
        files=dict(sorted(files.items())),
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
    if config.schema is not None:
        yield config.schema


def _digest(name: str, path: Path) -> str:
    try:
        return digest_of(read_regular(path, max(MAX_BYTES, MAX_COMPILED), follow=True))
    except OSError as error:
        words = error.strerror or "it is no regular file"
        raise SetupError((_unreadable(name, words),)) from None


def _as_json(pins: Pins) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "config": pins.config,
        "branch": pins.branch,
        "commit": pins.commit,
        "digests": pins.digests,
        "files": pins.files,
        "pinned_at": pins.pinned_at,
        "pinned_by": pins.pinned_by,
    }


def _restored(value: Members) -> Pins:
    found = record(value, _MEMBERS)
    return Pins(
        config=a_text(found["config"]),
        digests=_texts(found["digests"]),
        files=_texts(found["files"]),
        commit=a_text(found["commit"]),
        branch=a_text(found["branch"]),
        pinned_at=a_text(found["pinned_at"]),
        pinned_by=a_text(found["pinned_by"]),
    )


def _texts(value: object) -> dict[str, str]:
    return {name: a_text(text) for name, text in an_object(value).items()}


def _taken(run: Run, config: str) -> Diagnostic:
    return Diagnostic(
        code="E936",
        message=f"`{run.shown_audit(FILE)}` is of the run of `{config}`, which has the same name",
        file=run.config,
        hint="write a name of its own into this config: `prefix` under `[audit]`",
    )


def _not_pinned() -> Diagnostic:
    return Diagnostic(
        code="E955",
        message="nothing is pinned yet: no later step could tell whether its inputs changed",
        hint="run `starlang pin`",
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
