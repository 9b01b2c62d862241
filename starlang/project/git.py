"""Calling git: no shell, no hooks, no filters, no replaced objects, nothing of `GIT_*`.

A repository may carry programs that git runs unasked: hooks, a file system monitor,
filters of `.gitattributes`, what a partial clone fetches from, a `git` in a directory of the
work tree. None of them is run from here, so what lies in the work tree is compared as bytes,
never as git would convert them.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import UnreadyError

if TYPE_CHECKING:
    import subprocess

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "gc.auto=0",
    "maintenance.auto=false",
    # A directory of the work tree that looks like a git directory has a config of its own.
    "safe.bareRepository=explicit",
    # git in a submodule would read the config of the submodule.
    "submodule.recurse=false",
)
_FILTER_KEYS = ("clean", "smudge", "process")
_NO_SETTINGS: Mapping[str, str] = {}


class GitError(Exception):
    """git ended with an error; its words are those of git."""


@frozen
class Git:
    """git in the work tree at `top`."""

    top: Path

    def out(self, *arguments: str, given: bytes = b"") -> bytes:
        """What `git ARGUMENTS` prints, with `given` on its stdin; GitError if it fails."""
        return _printed(arguments, self._run(arguments, given=given))

    def out_without_filters(self, *arguments: str, inside: Path | None = None) -> bytes:
        """The same for a command that reads or writes files of a work tree: no filter is run.

        `inside` is the work tree if it is not the one at `top`; it may have other settings.
        """
        settings = Git(inside or self.top)._without_filters()  # noqa: SLF001 -- of its own class
        return _printed(arguments, self._run(arguments, settings))

    def changed(self, *arguments: str) -> Iterator[str]:
        """The files that `git status ARGUMENTS` lists, relative to the top; no filter is run."""
        listing = ("status", "--porcelain", "-z", "--no-renames", *arguments)
        listed = self.out_without_filters(*listing).split(b"\0")
        return (os.fsdecode(each)[3:] for each in listed if each)

    def line(self, *arguments: str) -> str:
        """What `git ARGUMENTS` prints, without the end of its line."""
        return os.fsdecode(self.out(*arguments).removesuffix(b"\n"))

    def names(self, *arguments: str, given: bytes = b"") -> tuple[str, ...]:
        """What `git ARGUMENTS -z` lists, with `given` on its stdin."""
        listed = self.out(*arguments, given=given).split(b"\0")
        return tuple(os.fsdecode(name) for name in listed if name)

    def found(self, *arguments: str) -> tuple[str, ...]:
        """What `git ARGUMENTS -z` lists, nothing if it ends with 1; else it is a GitError."""
        done = self._run(arguments)
        if done.returncode not in {0, 1}:
            raise GitError(done.stderr.decode(errors="replace").strip())
        return tuple(os.fsdecode(name) for name in done.stdout.split(b"\0") if name)

    def succeeds(self, *arguments: str) -> bool:
        """Whether `git ARGUMENTS` ends with 0; with another code than 1 it is a GitError."""
        done = self._run(arguments)
        if done.returncode not in {0, 1}:
            raise GitError(done.stderr.decode(errors="replace").strip())
        return done.returncode == 0

    def _without_filters(self) -> Mapping[str, str]:
        """Settings under which no filter of the repository's config is run; GitError without.

        The name of a driver may contain anything, and `-c` ends it at the first `=`; so it
        goes through the environment, which a git before 2.31 does not read.
        """
        drivers = {key.removeprefix("filter.").rpartition(".")[0] for key in self._filters()}
        settings = {f"filter.{each}.{key}": "" for each in sorted(drivers) for key in _FILTER_KEYS}
        settings |= {f"filter.{each}.required": "false" for each in sorted(drivers)}
        found = self._filters(settings)
        if any(found.get(key) != value for key, value in settings.items()):
            raise GitError("this version of git cannot be kept from running filters; 2.31 can")
        return settings

    def _filters(self, settings: Mapping[str, str] = _NO_SETTINGS) -> dict[str, str]:
        """Key -> value of every setting of a filter; of several values, the last one counts."""
        done = self._run(("config", "-z", "--get-regexp", r"^filter\."), settings)
        entries = (os.fsdecode(each) for each in done.stdout.split(b"\0") if each)
        return {key: value for key, _, value in (each.partition("\n") for each in entries)}

    def _run(
        self,
        arguments: Sequence[str],
        settings: Mapping[str, str] = _NO_SETTINGS,
        given: bytes = b"",
    ) -> "subprocess.CompletedProcess[bytes]":
        import subprocess

        always = [part for setting in _SETTINGS for part in ("-c", setting)]
        # `git replace` shows another object under the name of a commit or a file.
        options = ("--no-pager", "--no-optional-locks", "--no-replace-objects")
        command = ["git", *options, *always, *arguments]
        try:
            return subprocess.run(  # noqa: S603 -- a list of arguments: no shell reads it
                command,
                cwd=self.top,
                env=environment() | _configured(settings),
                input=given,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            if error.filename == command[0]:
                raise UnreadyError(_no_git()) from None
            raise GitError("there is no such directory") from None
        except OSError as error:
            raise GitError(error.strerror) from None
        except ValueError:  # a null character, or half of a surrogate pair
            raise GitError("this is not a valid file name") from None


def _printed(arguments: Sequence[str], done: "subprocess.CompletedProcess[bytes]") -> bytes:
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip()
        raise GitError(words or f"git {arguments[0]} ended with {done.returncode}")
    return done.stdout


def environment() -> dict[str, str]:
    """The caller's environment without what steers git, or leads to programs of the work tree.

    A partial clone would fetch what it lacks with a program that its config names: no
    protocol is allowed, which versions before 2.45 obey as well.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    places = filter(os.path.isabs, kept.get("PATH", os.defpath).split(os.pathsep))
    return {
        **kept,
        "PATH": os.pathsep.join(places),
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def _configured(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment that gives git these settings, whatever characters are in their names."""
    pairs = {
        f"GIT_CONFIG_{what}_{number}": text
        for number, setting in enumerate(settings.items())
        for what, text in zip(("KEY", "VALUE"), setting, strict=True)
    }
    return {"GIT_CONFIG_COUNT": str(len(settings)), **pairs}


def _no_git() -> Diagnostic:
    return Diagnostic(
        code="E950",
        message="git is not installed, and a run needs a git work tree",
        hint="install git; `starlang plan` works without it",
    )
