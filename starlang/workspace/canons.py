"""The canon of a project against the files that repeat it: those named, or those of its config."""

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from starlang.comparison.canon import CanonFile, check_canon
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.reader import read
from starlang.manifests.refusals import Refusal
from starlang.manifests.waivers import living_with
from starlang.rulesets.model import RuleSet
from starlang.text import Source
from starlang.workspace.inputs import read_bytes
from starlang.workspace.project import Project
from starlang.workspace.tree import display


@frozen(eq=False)
class Agreement:
    """What was compared: each copy with the number of its stars or aliases.

    `differences` are those that the config does not accept, `known` the others, and `unused`
    a warning for each entry that accepts nothing. `unreadable` says what could not be read.
    """

    copies: tuple[tuple[str, int], ...]
    differences: tuple[Diagnostic, ...]
    known: tuple[Diagnostic, ...]
    unused: tuple[Diagnostic, ...]
    unreadable: tuple[Diagnostic, ...]


def canon_agreement(project: Project, rules: RuleSet, named: Sequence[Path] = ()) -> Agreement:
    """The stars of `rules` against the files `named`, else the copies and schema of the config.

    Without any copy nothing is compared, and nothing differs.
    """
    files, unreadable = _files(project, named)
    root = project.config.rules
    name = display(root, project.root) if root else ""
    found = check_canon(rules, files, project.profile, name)
    standing = living_with(found.differences if files else (), project.config.canon_known, "")
    known = tuple(finding for finding, _ in standing.waived)
    unused = () if named else standing.unused
    return Agreement(found.copies, standing.open, known, unused, tuple(unreadable))


def _files(project: Project, named: Sequence[Path]) -> tuple[list[CanonFile], list[Diagnostic]]:
    config = project.config
    listed = [path.resolve() for path in named] or [*config.copies]
    schema = config.schema if not named else None
    files: list[CanonFile] = []
    problems: list[Diagnostic] = []
    for path in [*listed, *([schema] if schema else [])]:
        found = _read(path, display(path, project.root), may_lack=path is schema)
        if isinstance(found, CanonFile):
            files.append(found)
        else:
            problems.append(found)
    return files, problems


def _read(path: Path, name: str, *, may_lack: bool) -> CanonFile | Diagnostic:
    data = read_bytes(path, name)
    if isinstance(data, Diagnostic):
        return data
    value = read(data)
    if isinstance(value, Refusal):
        return value.diagnostic(name, data)
    return CanonFile(Source(name, data.decode()), value, may_lack)
