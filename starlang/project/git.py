"""Calling git: no shell, no hooks, no filters, no replaced objects, nothing of `GIT_*`.

A repository may carry programs that git runs unasked: hooks, a file system monitor,
filters of `.gitattributes`. None of them is run from here, so what lies in the work tree
is compared as bytes, never as git would convert them.
"""

import os
from collections.abc import Sequence
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
)
_FILTER_KEYS = ("clean", "smudge", "process")


class GitError(Exception):
    """git ended with an error; its words are those of git."""


@frozen
class Git:
    """git in the work tree at `top`."""

    top: Path

    def out(self, *arguments: str, given: bytes = b"") -> bytes:
        """What `git ARGUMENTS` prints, with `given` on its stdin; GitError if it fails."""
        done = self._run(arguments, given)
        if done.returncode:
            words = done.stderr.decode(errors="replace").strip()
            raise GitError(words or f"git {arguments[0]} ended with {done.returncode}")
        return done.stdout

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

    def without_filters(self) -> tuple[str, ...]:
        """Options under which a checkout runs no filter of the repository's config."""
        listed = self._run(("config", "-z", "--name-only", "--get-regexp", r"^filter\.")).stdout
        drivers = {
            os.fsdecode(key).removeprefix("filter.").rpartition(".")[0]
            for key in listed.split(b"\0")
            if key
        }
        settings = [f"filter.{each}.{key}=" for each in sorted(drivers) for key in _FILTER_KEYS]
        settings += [f"filter.{each}.required=false" for each in sorted(drivers)]
        return tuple(part for setting in settings for part in ("-c", setting))

    def _run(
        self, arguments: Sequence[str], given: bytes = b""
    ) -> "subprocess.CompletedProcess[bytes]":
        import subprocess

        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        # `git replace` shows another object under the name of a commit or a file.
        options = ("--no-pager", "--no-optional-locks", "--no-replace-objects")
        command = ["git", *options, *settings, *arguments]
        try:
            return subprocess.run(  # noqa: S603 -- a list of arguments: no shell reads it
                command,
                cwd=self.top,
                env=environment(),
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


def environment() -> dict[str, str]:
    """The caller's environment without what steers git."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _no_git() -> Diagnostic:
    return Diagnostic(
        code="E950",
        message="git is not installed, and a run needs a git work tree",
        hint="install git; `starlang plan` works without it",
    )
