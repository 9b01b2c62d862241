"""What a transaction reports, and why it stops."""

from collections.abc import Callable
from enum import StrEnum

from attrs import frozen


class Phase(StrEnum):
    """What is under way, for people who wait."""

    CHECKING = "checking"
    STAGING = "staging"
    WRITING = "writing"
    VERIFYING = "verifying"
    UNDOING = "undoing"


Progress = Callable[[Phase, int, int], None]
"""Called with the phase, how many files are done, and how many there are."""


@frozen
class Problem:
    """A file that is not as it should be. `path` is relative to the root."""

    path: str
    words: str


class StoppedError(Exception):
    """The transaction went no further. `problems` say which files are to blame."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{each.path} {each.words}" for each in problems))
        self.problems = problems


class StaleError(StoppedError):
    """Files are not as planned. Nothing was written."""


class ConflictError(StoppedError):
    """Files were edited while they were written. Everything is as it was, edits included."""


class NeitherError(StoppedError):
    """Files are neither old nor new, so recovery cannot go on. Nothing was changed."""


class DamagedError(Exception):
    """What the transaction keeps for itself is damaged; the words say what."""


class UnsureError(Exception):
    """All files are new, but whether that is decided durably is not known."""


@frozen
class Outcome:
    """What became of a transaction.

    `left` are files that were edited since, and are as their editors left them. `kept`:
    path -> where the contents lie that an editor wrote into a file that was displaced.
    """

    name: str
    is_new: bool
    count: int
    left: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
