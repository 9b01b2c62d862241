"""What a hostile repository may carry: programs that run unasked, each of which leaves a trace.

Everything here is planted where git, Python or a shell would look for it. A trace is a file of
the name of what was run, in a directory outside of the repository.
"""

import os
from pathlib import Path

from attrs import frozen
from program.repositories import git

HOOKS = (
    "applypatch-msg",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "pre-auto-gc",
    "pre-commit",
    "pre-push",
    "reference-transaction",
    "sendemail-validate",
)
MODULES = (
    "attr",
    "bisect",
    "conftest",
    "copyreg",
    "decimal",
    "enum",
    "gc",
    "hashlib",
    "jiter",
    "json",
    "jsonschema_rs",
    "multiprocessing",
    "re",
    "re2",
    "rich",
    "sitecustomize",
    "subprocess",
    "tempfile",
    "tomllib",
    "typer",
    "typing",
    "unicodedata",
    "usercustomize",
)
"""What `python -m starlang` imports, and what Python or pytest would import unasked."""


@frozen
class Hostile:
    """Plants programs in the repository at `root` that leave traces in `traces`."""

    root: Path
    traces: Path

    def found(self) -> set[str]:
        """What was run."""
        return {path.name for path in self.traces.iterdir()}

    def forget(self) -> None:
        """Removes the traces."""
        for path in self.traces.iterdir():
            path.unlink()

    def program(self, path: Path, name: str) -> None:
        """An executable file that leaves the trace `name`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {self.traces}/{name}\n", "utf-8")
        path.chmod(0o755)

    def modules(self) -> None:
        """Python modules and packages in the way of the library, and programs called as tools."""
        for name in MODULES:
            text = f"open({str(self.traces / name)!r}, 'w').close()\n"
            (self.root / f"{name}.py").write_text(text, "utf-8")
        package = self.root / "pip"
        package.mkdir()
        for name in ("__init__", "__main__"):
            text = f"open({str(self.traces / f'pip.{name}')!r}, 'w').close()\n"
            (package / f"{name}.py").write_text(text, "utf-8")
        for name in ("git", "ssh-keygen", "python3", "starlang"):
            self.program(self.root / name, name)

    def hooks(self) -> None:
        """Hooks, in the git directory and where the config points to."""
        for directory in (self.root / ".git" / "hooks", self.root / "hooks"):
            for name in HOOKS:
                self.program(directory / name, name)
        git(self.root, "config", "core.hooksPath", self.root / "hooks")

    def filters(self) -> None:
        """Filters with names that end an option too early, and one that only work trees know."""
        names = ("plain", "a=b", "a=b=", 'q"=.clean', "sp ace", "ü")
        lines = [f"*.json filter={name}" for name in names if " " not in name and '"' not in name]
        (self.root / ".gitattributes").write_text(f"{lines[0]}\n", "utf-8")
        info = self.root / ".git" / "info" / "attributes"
        info.parent.mkdir(exist_ok=True)
        info.write_text(
            "manifests/store/** filter=a=b\nmanifests/gate/** filter=inside\n"
            "manifests/web/** filter=ü\n",
            "utf-8",
        )
        for name in names:
            for key in ("clean", "smudge", *(["process"] if name == "ü" else [])):
                self.setting(f"filter.{name}.{key}", f"filter-{key}")
            git(self.root, "config", f"filter.{name}.required", "true")
        included = self.root / ".git" / "more"
        included.write_text(
            f'[filter "inside"]\n\tsmudge = "touch {self.traces}/inside; cat"\n'
            f'\tclean = "touch {self.traces}/inside; cat"\n',
            "utf-8",
        )
        git(self.root, "config", "includeIf.gitdir:**/worktrees/**.path", included)

    def programs(self) -> None:
        """Settings that name programs."""
        for name in (
            "core.fsmonitor",
            "core.pager",
            "core.editor",
            "core.sshCommand",
            "core.gitProxy",
            "core.askPass",
            "core.alternateRefsCommand",
            "credential.helper",
            "diff.external",
            "diff.odd.textconv",
            "diff.odd.command",
            "gpg.program",
            "gpg.ssh.program",
            "interactive.diffFilter",
            "merge.odd.driver",
            "pager.grep",
            "pager.ls-tree",
            "pager.status",
            "sequence.editor",
            "uploadpack.packObjectsHook",
        ):
            self.setting(name, name)
        for name in ("cat-file", "status", "worktree"):
            git(self.root, "config", f"alias.{name}", f"!touch {self.traces}/alias")

    def setting(self, name: str, trace: str) -> None:
        """A setting whose value is a command that leaves the trace `trace`."""
        git(self.root, "config", name, f"touch {self.traces}/{trace}; cat")

    def partial_clone(self, lost: str) -> None:
        """The object of the file `lost` is gone, and the remote that has it is a program."""
        name = git(self.root, "rev-parse", f"HEAD:{lost}").strip()
        (self.root / ".git" / "objects" / name[:2] / name[2:]).unlink()
        for setting, value in (
            ("core.repositoryFormatVersion", "1"),
            ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"),
            ("remote.origin.url", os.fspath(self.root)),
            ("protocol.allow", "always"),
            ("protocol.file.allow", "always"),
        ):
            git(self.root, "config", setting, value)
        self.setting("remote.origin.uploadpack", "uploadpack")

    def bare_repository(self, directory: Path) -> None:
        """Files of the checkout that make `directory` look like a git directory."""
        for name in ("objects", "refs"):
            (directory / name).mkdir()
        (directory / "HEAD").write_text("ref: refs/heads/main\n", "utf-8")
        (directory / "config").write_text(
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n"
            f"\tfsmonitor = touch {self.traces}/bare\n",
            "utf-8",
        )
