"""Rule files: the root file and everything that it uses, each read once.

A file is known by its resolved path. The name shown for it is that path relative to
the project, with `/` on every system.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from errno import EINVAL, ENAMETOOLONG
from pathlib import Path
from typing import NamedTuple

from attrs import define, evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, Label, in_order, named_replacement
from starlang.project.files import DISK, Files, IrregularError
from starlang.syntax.nodes import File, Ruleset, Use
from starlang.syntax.parse import parse
from starlang.syntax.scanner import MAX_BYTES, decode
from starlang.text import nearest

# Which rule file uses which, and the circles in that.


class UseEdge(NamedTuple):
    """A `use` in the file `start`, at `label`, that leads to the file `end`."""

    start: Path
    end: Path
    label: Label

    @property
    def written(self) -> str:
        """The path as it stands in the source, without its quotes."""
        return written(self.label)


def written(label: Label) -> str:
    """The path that `label` underlines, without its quotes."""
    return label.source.text[label.span.start : label.span.end].strip('"')


def circles(
    files: Iterable[Path], edges: Mapping[Path, Sequence[UseEdge]]
) -> Iterator[list[UseEdge]]:
    """Each circle once, as the uses that make it, told from its first file in `files`."""
    told: set[frozenset[Path]] = set()
    for path in files:
        circle = _shortest(path, edges)
        members = frozenset(edge.start for edge in circle)
        if circle and members not in told:
            told.add(members)
            yield circle


def _shortest(path: Path, edges: Mapping[Path, Sequence[UseEdge]]) -> list[UseEdge]:
    """The fewest uses that lead from `path` back to itself; empty if there are none."""
    came: dict[Path, UseEdge] = {}
    waiting = deque([path])
    while waiting:
        here = waiting.popleft()
        for edge in edges.get(here, ()):
            if edge.end == path:
                return [*_way(path, here, came), edge]
            if edge.end not in came:
                came[edge.end] = edge
                waiting.append(edge.end)
    return []


def _way(start: Path, end: Path, came: Mapping[Path, UseEdge]) -> list[UseEdge]:
    way: list[UseEdge] = []
    while end != start:
        way.append(came[end])
        end = came[end].start
    return way[::-1]


_COPY = "copy the file into the project"

MAX_DEPTH = 16
"""The most `use` that may lie between the root file and another file."""


@frozen
class RuleFiles:
    """The parsed files of a rule set: the root first, then in order of use.

    `root` is the name of the root file. `diagnostics` are those of reading and of
    syntax; where there are errors among them, declarations may be missing from `files`.
    """

    files: tuple[File, ...]
    root: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def complete(self) -> bool:
        """Whether every declaration was read."""
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)


def read_rules(root: Path, project: Path, port: Files = DISK) -> RuleFiles:
    """Reads `root` and every file it uses, directly or not; all must lie in `project`."""
    reader, path = _Reader(port.resolved(project), port), port.resolved(root)
    if reader.contains(path):
        reader.read_all(path)
    else:
        hint = "keep rule files inside the project"
        reader.refuse("E404", root.as_posix(), "it lies outside the project", None, hint)
    files = tuple(file for file in reader.files.values() if file is not None)
    return RuleFiles(files, reader.name(path), in_order(reader.found))


def root_name(root: Path, project: Path) -> str | None:
    """The name that the file `root` alone gives its rule set, None if it gives none."""
    reader, path = _Reader(DISK.resolved(project), DISK), DISK.resolved(root)
    file = reader.read(path, None) if reader.contains(path) else None
    declared = file.declarations if file else ()
    return next((each.name.text for each in declared if isinstance(each, Ruleset)), None)


@define
class _Reader:
    project: Path
    port: Files
    files: dict[Path, File | None] = field(factory=dict)
    edges: dict[Path, list[UseEdge]] = field(factory=dict)
    found: list[Diagnostic] = field(factory=list)

    def contains(self, path: Path) -> bool:
        return path.is_relative_to(self.project)

    def name(self, path: Path) -> str:
        return (path.relative_to(self.project) if self.contains(path) else path).as_posix()

    def read_all(self, root: Path) -> None:
        """Breadth first, so that the depth of a file is the least number of `use` to it."""
        self.files[root] = self.read(root, None)
        waiting = deque([(root, 0)])
        while waiting:
            path, depth = waiting.popleft()
            for edge in self.uses_in(path):
                if edge.end in self.files:
                    continue
                if depth == MAX_DEPTH:
                    self.refuse_depth(edge)
                    continue
                self.files[edge.end] = self.read(edge.end, edge.label)
                waiting.append((edge.end, depth + 1))
        for circle in circles(self.files, self.edges):
            self.refuse_circle(circle)

    def uses_in(self, path: Path) -> Iterator[UseEdge]:
        """The uses in the file at `path` that lead to a place inside the project."""
        file = self.files[path]
        if file is None:
            return
        seen: dict[Path, Label] = {}
        for use in file.declarations:
            if not isinstance(use, Use):
                continue
            label = Label(file.source, use.path.span)
            end = self.target(path, use.path.text, label)
            if end in seen:
                self.warn_repeated(label, seen[end])
            elif end is not None:
                seen[end] = label
                edge = UseEdge(path, end, label)
                self.edges.setdefault(path, []).append(edge)
                yield edge

    def target(self, path: Path, text: str, label: Label) -> Path | None:
        """Where `use "text"` in the file at `path` leads, or None if it must not be followed."""
        if problem := form_problem(text):
            message, hint = problem
            self.refuse("E403", text, message, label, hint)
            return None
        there = Path(os.path.normpath(path.parent / text))
        resolved = self.port.resolved(path.parent / text)
        if self.contains(there) and self.contains(resolved):
            return resolved
        way = "a link leads" if self.contains(there) else "it leads"
        self.refuse("E404", text, f"{way} out of the project", label, _COPY)
        return None

    def read(self, path: Path, label: Label | None) -> File | None:
        """The parsed file at `path`, or None, with the reason among `found`."""
        name = self.name(path)
        subject = written(label) if label else name
        try:
            source = decode(name, self.port.read(path, MAX_BYTES))
        except FileNotFoundError:
            hint = self.near(path, subject) or "correct the path, or write the file"
            self.refuse("E401", subject, "there is no such file", label, hint)
            return None
        except IrregularError:
            what = "a directory" if self.port.is_directory(path) else "no regular file"
            self.refuse("E402", subject, f"it is {what}", label, "name a rule file")
            return None
        except OSError as error:
            is_name = error.errno in {EINVAL, ENAMETOOLONG}
            hint = "correct the path" if is_name else "let the user who runs starlang read the file"
            self.refuse("E407", subject, f"it cannot be read: {error.strerror}", label, hint)
            return None
        if isinstance(source, Diagnostic):
            self.found.append(source)
            return None
        parsed = parse(source)
        self.found += parsed.diagnostics
        return parsed.file

    def near(self, path: Path, subject: str) -> str:
        """A hint that names a rule file beside the missing `path`, as `subject` names this one."""
        siblings = self.port.beside(path, ".star") if self.contains(path.parent) else ()
        found = nearest(path.name, siblings)
        folder = subject.removesuffix(path.name)
        return f"did you mean `{folder}{found}`?" if found else ""

    def refuse(self, code: str, subject: str, message: str, label: Label | None, hint: str) -> None:
        """Reports what is wrong with the file `subject`, at the `use` that asks for it."""
        file = label.source.name if label else subject
        labels = (label,) if label else ()
        said = f"`{subject}` cannot be used: {message}"
        edit = named_replacement(label.source, label.span, hint) if label else None
        found = Diagnostic(code=code, message=said, file=file, labels=labels, hint=hint)
        self.found.append(evolve(found, replacement=edit))

    def refuse_depth(self, edge: UseEdge) -> None:
        message = f"more than {MAX_DEPTH} files are between it and the root file"
        hint = "use it from a file nearer to the root"
        self.refuse("E406", edge.written, message, edge.label, hint)

    def refuse_circle(self, circle: list[UseEdge]) -> None:
        names = [self.name(edge.start) for edge in (*circle, circle[0])]
        *others, last = circle
        self.found.append(
            Diagnostic(
                code="E405",
                message=f"files use each other in a cycle: {' → '.join(names)}",
                file=last.label.source.name,
                labels=(
                    evolve(last.label, message=f"leads back to `{names[0]}`"),
                    *(evolve(edge.label, message="leads on") for edge in others),
                ),
                hint="move what both files need into a file of its own",
            )
        )

    def warn_repeated(self, label: Label, first: Label) -> None:
        self.found.append(
            Diagnostic(
                code="W401",
                message=f"`{written(label)}` is used twice in this file",
                file=label.source.name,
                labels=(label, evolve(first, message="used here already")),
                hint="remove one of them: a file is read once",
            )
        )


def form_problem(text: str) -> tuple[str, str] | None:
    """What is wrong with the form of a path and the way out, before any file is looked for."""
    if not text or "\0" in text:
        return "this is not a path", "name a rule file, relative to this one"
    if "://" in text:
        return "rule files are read from the project only", _COPY
    if "\\" in text:
        return "it has a backslash", "write `/` between directories, on every system"
    if text.startswith(("/", "~")) or text[1:2] == ":":
        return "it is absolute", "name the file relative to this one"
    return None
