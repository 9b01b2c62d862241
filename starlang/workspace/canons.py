"""The files that repeat the canon: those that are named, or those of the config."""

from collections.abc import Sequence
from pathlib import Path

from starlang.comparison.canon import CanonFile
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.reader import read
from starlang.manifests.refusals import Refusal
from starlang.text import Source
from starlang.workspace.inputs import read_bytes
from starlang.workspace.project import Project
from starlang.workspace.tree import display


def canon_files(
    project: Project, named: Sequence[Path]
) -> tuple[list[CanonFile], list[Diagnostic]]:
    """The files that were `named`, else the copies and the schema of the config; and problems."""
    config = project.config
    listed = [path.resolve() for path in named]
    if not listed:
        listed = [*config.copies, *([config.schema] if config.schema else [])]
    files: list[CanonFile] = []
    problems: list[Diagnostic] = []
    for path in listed:
        name = display(path, project.root)
        data = read_bytes(path, name)
        if isinstance(data, Diagnostic):
            problems.append(data)
            continue
        value = read(data)
        if isinstance(value, Refusal):
            problems.append(value.diagnostic(name, data))
        else:
            files.append(CanonFile(Source(name, data.decode()), value))
    return files, problems
