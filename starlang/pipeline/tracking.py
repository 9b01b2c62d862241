"""Manifests that git does not hold as this repository's own: a run over them would surprise.

A manifest in a submodule, or in a repository of its own, belongs to somebody else. One that
git ignores shows in no diff that a reviewer sees. One that a sparse checkout leaves out is
not there, so that no plan would know it.
"""

import os
from collections.abc import Iterable, Iterator

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.build import ManifestFile
from starlang.pipeline.ground import Run

_LEFT_OUT = "S"
"""The tag of `git ls-files -t` for a file that a sparse checkout leaves out."""


def untracked_findings(run: Run, manifests: Iterable[ManifestFile]) -> Iterator[Diagnostic]:
    """A finding for each manifest that is another repository's, ignored or left out."""
    listed = list(manifests)
    yield from _in_other_repositories(run, listed)
    inside = run.repository.prefix(run.manifests)
    git = run.repository.git
    ignored = git.names(
        "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", inside
    )
    names = {f"{inside}/{each.path}" if inside else each.path: each.name for each in listed}
    for name in ignored:
        if name in names:
            yield _finding(names[name], "is ignored by git, so no diff would show its change")
    wanted = f"/{run.project.profile.file_name}"
    for entry in git.names("ls-files", "-z", "-t", "--", inside):
        tag, _, name = entry.partition(" ")
        if tag == _LEFT_OUT and name.endswith(wanted):
            yield _finding(name, "is left out by a sparse checkout, so the plan does not know it")


def _in_other_repositories(run: Run, manifests: Iterable[ManifestFile]) -> Iterator[Diagnostic]:
    """Those below a directory with a `.git` of its own, as submodules and nested clones have it."""
    root = run.manifests
    known: dict[str, bool] = {"": os.path.lexists(root / ".git") and root != run.repository.top}

    def is_other(directory: str) -> bool:
        if directory not in known:
            above = directory.rpartition("/")[0]
            known[directory] = is_other(above) or os.path.lexists(root / directory / ".git")
        return known[directory]

    for each in manifests:
        if is_other(each.module):
            yield _finding(each.name, "lies in another repository (a submodule, or a clone)")


def _finding(name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E934",
        message=f"`{name}` {words}",
        file=name,
        hint="leave its directory out (`ignore` under `[guards]`), or make it the repository's own",
    )
