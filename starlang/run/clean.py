"""`gc`: what past runs have left behind and nothing needs any more."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, UnreadyError
from starlang.project.files import files_below
from starlang.project.git import GitError
from starlang.run.backup import worktree_path, worktrees
from starlang.run.backups import backups_of, read_metadata
from starlang.run.ground import Run
from starlang.run.record import Removed, record_removed
from starlang.run.transactions import forget, require_settled, transactions
from starlang.transaction.journal import RecordKind


@frozen
class Leftover:
    """Something that may go. `size` is in bytes."""

    what: str
    path: Path
    size: int


def leftovers(run: Run, keep: int, accepted: str = "") -> tuple[Leftover, ...]:
    """What may go if the newest `keep` runs are kept (1 or more).

    The work tree of the last run may go once its plan is `accepted`. Never the last run that is
    written, nor the newest backup, nor a backup that one of the runs that are kept would be rolled
    back from. GateClosedError while a run is unfinished.
    """
    require_settled(run)
    kept_runs = _kept_runs(run, keep)
    found = [each for each in transactions(run) if each.name not in kept_runs]
    backups = [each.directory for each in backups_of(run)]
    kept_backups = {
        *(str(each.facts.get("backup")) for each in transactions(run) if each.name in kept_runs),
        *(each.name for each in backups[-keep:]),
    }
    old = [each for each in backups if each.name not in kept_backups]
    return (
        *(_leftover("run", run.repository.state / "runs" / each.name) for each in found),
        *(_leftover("backup", each) for each in old),
        *_old_worktree(run, [] if accepted else [b for b in backups if b.name in kept_backups]),
    )


def clean(run: Run, keep: int, accepted: str = "") -> tuple[Leftover, ...]:
    """Removes the leftovers; UnreadyError if one cannot be removed.

    That the work tree of an accepted run is gone is recorded: whoever looks for it is to know.
    """
    found = leftovers(run, keep, accepted)
    forget(run, [each.path.name for each in found if each.what == "run"])
    for each in found:
        if each.what == "backup":
            _remove_backup(each.path)
        elif each.what == "work tree":
            _remove_worktree(run, each.path)
            if accepted:
                record_removed(run, _gone(run, accepted))
    return found


def _gone(run: Run, plan: str) -> Removed:
    metadata = backups_of(run)[-1].metadata
    around = run.surroundings
    return Removed(metadata.worktree, metadata.git_commit, plan, around.time(), around.user)


def _kept_runs(run: Run, keep: int) -> set[str]:
    standing = transactions(run)
    written = [each.name for each in standing if each.last is RecordKind.COMMIT]
    backups = list(dict.fromkeys(str(each.facts.get("backup")) for each in standing))
    newest = set(backups[-keep:])
    return {
        *(each.name for each in standing if str(each.facts.get("backup")) in newest),
        *written[-1:],
        *(each.name for each in standing[-1:]),
    }


def _old_worktree(run: Run, kept: list[Path]) -> Iterator[Leftover]:
    path = worktree_path(run)
    commit = worktrees(run.repository).get(path)
    needed = {read_metadata(each).git_commit for each in kept}
    if commit is not None and commit not in needed and path.is_dir():
        yield _leftover("work tree", path)


def _leftover(what: str, path: Path) -> Leftover:
    size = sum((path / each).lstat().st_size for each in files_below(path))
    return Leftover(what, path, size)


def _remove_backup(path: Path) -> None:
    """The metadata goes first: what has none is not a backup."""
    try:
        (path / "backup_metadata.json").unlink()
        shutil.rmtree(path)
    except OSError as error:
        raise UnreadyError(_stuck(path, error.strerror or str(error))) from None


def _remove_worktree(run: Run, path: Path) -> None:
    try:
        git = run.repository.git
        git.out_without_filters("worktree", "remove", "--", str(path), inside=path)
    except GitError as error:
        raise GateClosedError(_stuck(path, str(error))) from None


def _stuck(path: Path, words: str) -> Diagnostic:
    return Diagnostic(
        code="E933",
        message=f"{path} cannot be removed: {words}",
        hint="look at what is in it, and remove it by hand if nobody needs it",
    )
