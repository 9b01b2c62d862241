"""Why a transaction went no further, as diagnostics with a way out."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL, ENOMEM, ENOSYS, EOPNOTSUPP, EXDEV
from os import strerror

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, UnreadyError
from starlang.run.ground import Run
from starlang.transaction.journal import (
    ConflictError,
    DamagedError,
    FailedError,
    NeitherError,
    Problem,
    PutBackError,
    StaleError,
    StoppedError,
    UnsureError,
)
from starlang.transaction.place import RUNS, LockedError
from starlang.transaction.running import UnfinishedError

_INCAPABLE = frozenset({EINVAL, ENOSYS, EOPNOTSUPP, EXDEV})
"""What a file system answers that cannot exchange two files."""

_STALE = "undo the change, or take it into the plan: `starlang backup`, and all steps after it"
_CONFLICT = "the edit is kept, and everything else is as it was; run `starlang backup` to go on"
_NEITHER = "put the file back as it was, or go back: `starlang recover --back` leaves it as it is"

_PUT_BACK = "nothing is damaged: `starlang recover --back`, then `starlang apply` writes all again"
_FAILED = "clear the reason, then run the step again: everything is as it was"
_HALF_DONE = "clear the reason, then `starlang recover`, or `starlang recover --back`"

_STOPS: dict[type[StoppedError], tuple[str, str]] = {
    StaleError: ("E923", _STALE),
    ConflictError: ("E924", _CONFLICT),
    NeitherError: ("E930", _NEITHER),
    PutBackError: ("E939", _PUT_BACK),
}
"""Why a transaction stopped at single manifests -> the code, and the way out."""


@contextmanager
def told(run: Run) -> Iterator[None]:
    """Turns what a transaction raises into what a step of a run raises."""
    try:
        yield
    except FailedError as error:
        raise UnreadyError(*_refused(run, error)) from None
    except StoppedError as error:
        raise GateClosedError(*_about(run, error.problems, *_STOPS[type(error)])) from None
    except (LockedError, UnfinishedError) as error:
        is_locked = isinstance(error, LockedError)
        raise GateClosedError(locked(str(error)) if is_locked else unfinished("")) from None
    except (DamagedError, UnsureError) as error:
        tell = _damaged if isinstance(error, DamagedError) else _unsure
        raise UnreadyError(tell(str(error))) from None
    except MemoryError:
        raise UnreadyError(_failed(OSError(ENOMEM, strerror(ENOMEM)))) from None
    except OSError as error:
        if isinstance(error, FileExistsError) and error.filename2 is not None:
            raise GateClosedError(_git_at_work(str(error.filename2))) from None
        raise UnreadyError(_failed(error)) from None


def _refused(run: Run, error: FailedError) -> list[Diagnostic]:
    """The system has refused a file."""
    if error.error.errno in _INCAPABLE:
        return [_failed(error.error)]
    hint = _FAILED if error.is_undone else _HALF_DONE
    return _about(run, error.problems, "E925", hint)


def _about(run: Run, problems: tuple[Problem, ...], code: str, hint: str) -> list[Diagnostic]:
    return [
        Diagnostic(
            code=code,
            message=f"`{run.shown(each.path)}` {each.words}",
            file=run.shown(each.path),
            hint=each.hint or hint,
        )
        for each in problems
    ]


def locked(who: str) -> Diagnostic:
    """Somebody else is at work."""
    return Diagnostic(
        code="E921",
        message=f"another starlang is at work here: {who}",
        hint="wait until it is done; the lock goes with its process",
    )


def unfinished(step: str, config: str = "") -> Diagnostic:
    """A step was stopped in the middle of writing; `config` is another one that it belongs to."""
    what = f"`starlang {step}`" if step else "a step of a run"
    whose = f" of `{config}`" if config else ""
    forward = f"starlang recover --config {config}" if config else "starlang recover"
    return Diagnostic(
        code="E922",
        message=f"{what}{whose} was stopped in the middle of writing",
        hint=f"finish it with `{forward}`, or undo it with `starlang recover --back`",
    )


def undone() -> Diagnostic:
    """What was written did not hold."""
    return Diagnostic(
        code="E932",
        message="what was written does not hold, and all of it has been taken back",
        hint="correct what the findings name; the manifests are as they were",
    )


def nothing_to_roll_back() -> Diagnostic:
    """No transaction is there to be undone."""
    return Diagnostic(
        code="E931",
        message="there is nothing to roll back: no run has written here, or it is undone already",
        hint="`starlang status` says how far the run has come",
    )


def left_alone(run: Run, path: str, name: str) -> Diagnostic:
    """A manifest that somebody has edited since the run `name` wrote it."""
    shown = run.shown(path)
    return Diagnostic(
        code="W920",
        message=f"`{shown}` has been edited since, and is as its editor left it",
        file=shown,
        hint=f"put it back with `starlang rollback {name} --force`, which keeps a copy of the edit",
    )


def kept_aside(run: Run, path: str, where: str) -> Diagnostic:
    """Contents that somebody had written into a manifest that was put back."""
    name = run.shown(path)
    place = run.repository.state / RUNS / where
    return Diagnostic(
        code="W921",
        message=f"what was written into `{name}` meanwhile is kept in {place}",
        file=name,
        hint="look at it, and take over what is worth it",
    )


def _damaged(words: str) -> Diagnostic:
    return Diagnostic(
        code="E927",
        message=f"what starlang keeps about its runs is damaged: {words}",
        hint="nothing was changed; `starlang recover --back` puts back what is whole, and the "
        "newest backup under `.backups/` has the rest",
    )


def _unsure(words: str) -> Diagnostic:
    return Diagnostic(
        code="E926",
        message=f"everything is written, but not surely recorded: {words}",
        hint="run `starlang recover`: it finds out from the files",
    )


def _git_at_work(path: str) -> Diagnostic:
    return Diagnostic(
        code="E952",
        message=f"git is at work, or was stopped in the middle of it: {path} exists",
        hint="wait for the other git command; if none runs, delete the file",
    )


def _failed(error: OSError) -> Diagnostic:
    where = f": {error.filename}" if isinstance(error.filename, str) and error.filename else ""
    if error.errno in _INCAPABLE:
        return Diagnostic(
            code="E928",
            message=f"this file system cannot exchange two files in one step: {error.strerror}",
            hint="run it on a local one (ext4, XFS, Btrfs, tmpfs) that holds manifests and `.git`",
        )
    return Diagnostic(
        code="E925",
        message=f"the system refuses to go on: {error.strerror or error}{where}",
        hint="clear the reason; `starlang status` says whether something has to be recovered",
    )
