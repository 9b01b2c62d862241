"""Exit codes. When several hold, the first of 70, 2, 1, 4, 5, 3, 0 wins."""

from enum import IntEnum


class Exit(IntEnum):
    """What a run's exit code means."""

    DONE = 0
    WRONG = 1
    """The input is wrong; diagnostics were printed and nothing was decided."""
    USAGE = 2
    DIFFERENT = 3
    """There is a difference, for commands that were asked to look for one."""
    CLOSED = 4
    """A gate is closed."""
    UNSAFE = 5
    """Decided, but a safety limit forbids to apply it."""
    BUG = 70
    INTERRUPTED = 130
    PIPE = 141
