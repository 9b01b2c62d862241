"""Clock, user and disk, which every step is handed and none looks up by itself."""

import getpass
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from attrs import field, frozen

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_NAME = "%Y%m%dT%H%M%SZ"


@frozen
class Surroundings:
    """`now` is the time in UTC, `user` the name of whoever runs the program.

    `free` says how many bytes there is room for beside a path, and `token` gives 32 hex digits
    that nobody else has.
    """

    now: Callable[[], datetime]
    user: str
    free: Callable[[Path], int]
    token: Callable[[], str] = field(default=lambda: token_hex(16))

    def time(self) -> str:
        """The time as files say it: `2026-11-26T15:58:35Z`."""
        return written(self.now())

    def name(self) -> str:
        """The time as names of directories say it: `20261126T155835Z`."""
        return self.now().astimezone(UTC).strftime(_NAME)


def actual() -> Surroundings:
    """The clock and disk of this machine, and the user of this process."""
    return Surroundings(
        now=lambda: datetime.now(UTC), user=_user(), free=lambda path: shutil.disk_usage(path).free
    )


def written(time: datetime) -> str:
    """`time` in UTC, to the second."""
    return time.astimezone(UTC).strftime(_TIME)


def read_time(text: str) -> datetime | None:
    """The time that `written` gave as `text`, or None if it never would."""
    try:
        found = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if written(found) == text else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry in the password file, as in many containers
        return str(os.getuid())
