"""What was read when a plan was applied, kept in the journal of the run.

The journal lies in the git directory, which no commit carries. It has the digests of report, page,
list and approval as they were, so that `status` and `verify` see whether one of them was edited or
has gone since; and of them what cannot be made again, so that `apply` can put them back.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import asdict, fields, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.rules.shapes import Members, a_text, an_object, record
from starlang.run.approval_file import FILE as APPROVAL
from starlang.run.approval_file import REPORT_SIGNATURE, SIGNATURE
from starlang.run.audit_files import digest_of, document, read_document, read_file, write_file
from starlang.run.backup import worktrees
from starlang.run.backups import Backup
from starlang.run.canary_report import FILE as REPORT
from starlang.run.canary_report import LIST, PAGE, Reported, making_of
from starlang.run.ground import Run
from starlang.run.pin import Pins
from starlang.run.planned import Planned
from starlang.run.reporting import documents, made, mode_of
from starlang.run.transactions import SPENT, Step, committed, is_recorded, record_spent

_SIGNED = (APPROVAL, SIGNATURE, REPORT_SIGNATURE)
"""What only a person can make."""


def read_facts(run: Run, reported: Reported) -> dict[str, object]:
    """What the journal is to keep of what was read and signed."""
    signed = {name: data for name in _SIGNED if (data := read_file(run.audit(name))) is not None}
    files = {**documents(reported), **signed}
    return {
        "files": {name: digest_of(data) for name, data in files.items()},
        "making": {**asdict(reported.head.making), "news": list(reported.head.making.news)},
        "signed": {name: data.decode() for name, data in signed.items()},
    }


def applied_facts(run: Run, planned: Planned, backup: Backup) -> Mapping[str, object] | None:
    """What the journal says of the run that has applied this plan here, None if none has."""
    wanted = {"step": Step.APPLY.value, "plan": planned.digest, "backup": backup.directory.name}
    for each in reversed(committed(run)):
        if wanted.items() <= each.facts.items():
            return each.facts
    return None


def changes_since(run: Run, facts: Mapping[str, object]) -> Iterator[Diagnostic]:
    """A finding for each file that is not as it was when the plan was applied."""
    for name, digest in _texts(facts, "files").items():
        found = read_file(run.audit(name))
        if found is None or digest_of(found) != digest:
            yield _altered(run, name, "is gone" if found is None else "was edited")
    if not is_recorded(run):
        yield _altered(run, SPENT, "does not name the approval that was used")


def files_read(facts: Mapping[str, object] | None) -> tuple[str, ...]:
    """What is compared: report, page and list, and all that is signed once a plan is applied."""
    return (LIST, REPORT, PAGE) if facts is None else tuple(_texts(facts, "files"))


def put_back(
    run: Run, pins: Pins, reported: Reported, facts: Mapping[str, object]
) -> tuple[str, ...]:
    """Puts the files back as they were when the plan was applied; the names of those it wrote."""
    making, signed = making_of(an_object(facts.get("making"))), _texts(facts, "signed")
    files = {
        **documents(made(reported, making)),
        **{name: text.encode() for name, text in signed.items()},
    }
    found = []
    mode = mode_of(run, pins, reported.backup)
    for name, digest in _texts(facts, "files").items():
        before, data = read_file(run.audit(name)), files.get(name, b"")
        if before is not None and digest_of(before) == digest:
            continue
        if digest_of(data) != digest:
            raise GateClosedError(_lost(run, name))
        write_file(run.audit(name), data, mode)
        found.append(name)
    if not is_recorded(run):
        record_spent(run)
        found.append(SPENT)
    return tuple(found)


REMOVED = "removed.json"
REMOVED_FORMAT = "starlang-removed/1"


@frozen
class Removed:
    """What `gc` has removed of a run that was accepted: its work tree, which was of `commit`.

    `worktree` is where it was, relative to the repository, and `plan` the digest of the plan.
    """

    worktree: str
    commit: str
    plan: str
    at: str
    by: str


def removed(run: Run, backup: Backup) -> Removed | None:
    """What the record says of the work tree of `backup`, None if nothing."""
    found = read_document(run.audit(REMOVED), REMOVED_FORMAT, _removed)
    metadata = backup.metadata
    is_ours = found is not None and (found.worktree, found.commit) == (
        metadata.worktree,
        metadata.git_commit,
    )
    return found if is_ours else None


def record_removed(run: Run, gone: Removed) -> None:
    """Writes the record, which is meant to be committed."""
    write_file(run.audit(REMOVED), document({"format": REMOVED_FORMAT, **asdict(gone)}))


def _removed(value: Members) -> Removed:
    names = frozenset(each.name for each in fields(Removed))
    found = record(value, names | {"format"})
    return Removed(**{name: a_text(found[name]) for name in names})


def made_again(path: Path, commit: str) -> str:
    """The command that puts the work tree of before a run back."""
    return f"git worktree add -f --detach {path} {commit}"


def moved_away(run: Run, backup: Backup) -> Iterator[Diagnostic]:
    """A finding if the work tree that `backup` has put beside the repository is not there.

    None if `gc` has removed it, and that is recorded.
    """
    metadata = backup.metadata
    path = (run.repository.top / metadata.worktree).resolve()
    is_gone = path not in worktrees(run.repository) or not path.is_dir()
    if is_gone and removed(run, backup) is None:
        yield Diagnostic(
            code="E975",
            message=f"the work tree of before the run is not at {path} any more",
            hint=f"move it back, or make it again: `{made_again(path, metadata.git_commit)}`",
        )


def _texts(facts: Mapping[str, object], key: str) -> dict[str, str]:
    found = facts.get(key)
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}


def _altered(run: Run, name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E974",
        message=f"`{run.shown_audit(name)}` {words} since the plan was applied",
        file=run.shown_audit(name),
        hint="run `starlang apply`, which puts it back as it was then; no manifest is written",
    )


def _lost(run: Run, name: str) -> Diagnostic:
    return Diagnostic(
        code="E974",
        message=f"`{run.shown_audit(name)}` cannot be made again as it was before",
        file=run.shown_audit(name),
        hint="restore it from git",
    )
