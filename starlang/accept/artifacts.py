"""The criteria about files of the run: each as it was when the run was written, or made again."""

from collections.abc import Callable
from contextlib import suppress

from starlang.accept.criterion import Answer, does_not_apply
from starlang.accept.evidence import NEW_RUN, Evidence
from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.run.approval_file import FILE as APPROVAL
from starlang.run.artifacts import DASHBOARD
from starlang.run.audit_files import digest_of, document, read_file
from starlang.run.audit_report import without_markers
from starlang.run.canary_report import FILE as REPORT
from starlang.run.canary_report import CanaryReport
from starlang.run.pin import FILE as PINS
from starlang.run.pin import pins_json
from starlang.run.report import top_before_and_after

UNAPPLIED = "criterion 2 says that nothing has applied the plan here"


def from_git(found: Evidence, name: str) -> str:
    """How to get a file of the run back from git, "" where it is not committed."""
    repository, file = found.run.repository, found.run.shown_audit(name)
    is_committed = repository.show("HEAD", repository.prefix(found.run.audit(name))) is not None
    return f"put it back: `git checkout HEAD -- {file}`; " if is_committed else ""


def is_of(report: CanaryReport, found: Evidence) -> bool:
    """Whether a canary report is about the plan of the run, made from its inputs."""
    return report.plan == found.planned.digest and report.inputs == found.pins.files


def pins_file(found: Evidence) -> Answer:
    """The digests, laid out as they are written."""
    file = found.run.shown_audit(PINS)
    try:
        pins = found.pinned
    except GateClosedError:
        return does_not_apply(1, "file: criterion 1 says why it cannot be read", file)
    if pins is None:
        return does_not_apply(0, "files: criterion 1 says that it is gone", file)
    data = read_file(found.run.audit(PINS)) or b""
    is_same = document(pins_json(pins)) == data
    hint = f"{from_git(found, PINS)}{NEW_RUN}"
    differing = () if is_same else (_artifact(file, "is not as it was written", hint),)
    return Answer(1, "file, as its values give it", file, differing, digest_of(data))


def journaled(*names: str) -> Callable[[Evidence], Answer]:
    """Files that the journal has the digests of; without a journal they are made again."""

    def look(found: Evidence) -> Answer:
        run, report = found.run, found.report if REPORT in names else None
        read_at = ", ".join(map(run.shown_audit, names))
        is_own = report is None or is_of(report, found)
        if not is_own:
            return does_not_apply(1, "file: criterion 2 says that it is of another plan", read_at)
        wanted = {name: found.journaled(name) or digest_of(found.remade[name]) for name in names}
        differing = []
        for name, digest in wanted.items():
            data = read_file(run.audit(name))
            if data is None or digest_of(data) != digest:
                words = "is gone" if data is None else "was edited"
                hint = "run `starlang apply`, which puts it back; no manifest is written"
                differing.append(_artifact(run.shown_audit(name), words, hint))
        things = "file" if len(names) == 1 else "files"
        digest = wanted[names[0]]
        return Answer(
            len(names), f"{things}, as when the run was written", read_at, tuple(differing), digest
        )

    return look


def approval_file(found: Evidence) -> Answer:
    """The approval, as the journal has it."""
    file = found.run.shown_audit(APPROVAL)
    if not found.planned.rewritings:
        return does_not_apply(0, "files: nothing was to be approved", file)
    if found.transaction is None:
        return does_not_apply(0, f"files: {UNAPPLIED}", file)
    data = None
    with suppress(GateClosedError):
        data = read_file(found.run.audit(APPROVAL))
    if data is None or found.approval is None or found.facts.get("approval") != digest_of(data):
        return does_not_apply(int(data is not None), "files: criterion 5 says what is wrong", file)
    return Answer(1, "file, as when the run was written", file, digest=digest_of(data))


def made_artifact(name: str) -> Callable[[Evidence], Answer]:
    """A file that `report` makes, byte by byte."""

    def look(found: Evidence) -> Answer:
        what = name or found.finished.dated
        file, wanted = found.run.shown_audit(what), found.artifacts[what]
        tells_when = what in {DASHBOARD, found.finished.dated}
        if tells_when and found.planned.rewritings and found.transaction is None:
            return does_not_apply(0, f"files: {UNAPPLIED}", file)
        data = read_file(found.run.audit(what))
        words = "is gone" if data is None else "is not as it would be written now"
        differing = () if data == wanted else (_artifact(file, words, "run `starlang report`"),)
        return Answer(1, "file, made again", file, differing, digest_of(wanted))

    return look


def top(found: Evidence) -> Answer:
    """The document with the figures between its markers."""
    file = found.run.project.config.run.audit.top
    before, after = top_before_and_after(found.finished)
    if before is None or after is None:
        return Answer(1, "document", file, (without_markers(file, found.run.name),))
    hint = "run `starlang report`"
    differing = () if before == after else (_artifact(file, "has other figures", hint),)
    return Answer(1, "document, its figures between the markers", file, differing, digest_of(after))


def _artifact(file: str, words: str, hint: str) -> Diagnostic:
    return Diagnostic(code="E996", message=f"`{file}` {words}", file=file, hint=hint)
