"""What every step stands on: a project, its work tree, a machine that can carry a run."""

import getpass
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from secrets import token_hex

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import InputError, UnreadyError
from starlang.project.files import display
from starlang.project.project import Project, rule_set_name
from starlang.project.settings import prefix_problem
from starlang.run.repository import Repository, open_repository
from starlang.text import shown_value

# Clock, user and disk, which every step is handed and none looks up by itself.

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_NAME = "%Y%m%dT%H%M%SZ"


def _token() -> str:
    return token_hex(16)


@frozen
class Surroundings:
    """`now` is the time in UTC, `user` the name of whoever runs the program.

    `free` says how many bytes there is room for beside a path, and `token` gives 32 hex digits
    that nobody else has.
    """

    now: Callable[[], datetime]
    user: str
    free: Callable[[Path], int]
    token: Callable[[], str] = field(default=_token)

    def time(self) -> str:
        """The time as files say it: `2026-11-26T15:58:35Z`."""
        return written(self.now())

    def name(self) -> str:
        """The time as names of directories say it: `20261126T155835Z`."""
        return self.now().astimezone(UTC).strftime(_NAME)


def actual() -> Surroundings:
    """The clock and disk of this machine, and the user of this process."""
    return Surroundings(now=_now, user=_user(), free=_free)


def _now() -> datetime:
    return datetime.now(UTC)


def _free(path: Path) -> int:
    return shutil.disk_usage(path).free


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
    except (ImportError, KeyError, OSError):  # no entry in the password file, or none on Windows
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


_KERNEL = re.compile(r"([0-9]+)\.([0-9]+)")
_OLDEST = (5, 6)
"""The first Linux with `openat2`, without which a link could lead a write out of the tree."""

BACKUPS = ".backups"


@frozen(eq=False)
class Run:
    """A project and everything around it that its steps need."""

    project: Project
    repository: Repository
    surroundings: Surroundings

    @property
    def root(self) -> Path:
        """The project's root."""
        return self.project.root

    @cached_property
    def name(self) -> str:
        """What the run is called, and its files begin with.

        It is `prefix` under `[audit]`, or else the name of the rule set; InputError where
        that cannot be read.
        """
        if prefix := self.project.config.run.audit.prefix:
            return prefix
        found = rule_set_name(self.project)
        if isinstance(found, tuple):
            raise InputError(found)
        if prefix_problem(found):
            raise UnreadyError(_unnamed(found))
        return found

    @property
    def config(self) -> str:
        """The config as the repository names it: the run belongs to it."""
        prefix = self.repository.prefix(self.root)
        return "/".join(filter(None, (prefix, self.project.config.file)))

    def audit(self, what: str) -> Path:
        """The file of this run that says `what`, for people and auditors."""
        return self.root / self.shown_audit(what)

    def shown_audit(self, what: str) -> str:
        """The same relative to the project, as messages name it."""
        return f"{self.project.config.run.audit.folder}/{self.name}_{what}"

    @property
    def backups(self) -> Path:
        """The backups, which git is told to ignore."""
        return self.root / BACKUPS

    @property
    def manifests(self) -> Path:
        """The directory of the live manifests."""
        return self.project.config.manifests

    @cached_property
    def shown_manifests(self) -> str:
        """That directory as findings, plans and backups name it, relative to the project."""
        return display(self.manifests, self.root)

    def shown(self, path: str) -> str:
        """The manifest `path` of that directory as findings name it, relative to the project."""
        return f"{self.shown_manifests}/{path}" if self.shown_manifests else path


def open_run(project: Project, surroundings: Surroundings, *, only_looks: bool = False) -> Run:
    """The run over `project`; UnreadyError where no run is possible.

    Whoever `only_looks` can do so on any platform.
    """
    problem = platform_problem(sys.platform, platform.release())
    if problem and not only_looks:
        raise UnreadyError(problem)
    repository = open_repository(project.root)
    for what in (project.root, project.config.manifests):
        if not what.resolve().is_relative_to(repository.top):
            raise UnreadyError(_outside(what, repository.top))
    for name in (project.config.run.audit.folder, BACKUPS):
        if not (project.root / name).resolve().is_relative_to(project.root.resolve()):
            raise UnreadyError(_leads_out(name))
    return Run(project, repository, surroundings)


def platform_problem(system: str, release: str) -> Diagnostic | None:
    """Why no run is possible on this platform, None where it is."""
    version = _KERNEL.match(release)
    if system != "linux" or version is None:
        words = f"this is {system}"
    elif (int(version[1]), int(version[2])) < _OLDEST:
        words = f"this is Linux {release}"
    else:
        return None
    return Diagnostic(
        code="E951",
        message=f"the steps of a run need Linux 5.6 or later, and {words}",
        hint="run them on such a machine or in a container; `check` and `plan` work here",
    )


def _outside(what: Path, top: Path) -> Diagnostic:
    return Diagnostic(
        code="E950",
        message=f"{what} is outside of the work tree {top}",
        hint="keep the project and its manifests in one git repository",
    )


def _leads_out(name: str) -> Diagnostic:
    return Diagnostic(
        code="E950",
        message=f"`{name}` leads out of the project through a symbolic link",
        hint="put a directory there: what a run writes stays in the project",
    )


def _unnamed(name: str) -> Diagnostic:
    return Diagnostic(
        code="E935",
        message="files of the run cannot be called after the rule set:"
        f" its name is {shown_value(name)}",
        hint='write another name for them into the config: `prefix = "phase4"` under `[audit]`',
    )
