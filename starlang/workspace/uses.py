"""Which rule file uses which, and the circles in that."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Label


@frozen
class Edge:
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


def circles(files: Iterable[Path], edges: Mapping[Path, Sequence[Edge]]) -> Iterator[list[Edge]]:
    """Each circle once, as the uses that make it, told from its first file in `files`."""
    told: set[frozenset[Path]] = set()
    for path in files:
        circle = _shortest(path, edges)
        members = frozenset(edge.start for edge in circle)
        if circle and members not in told:
            told.add(members)
            yield circle


def _shortest(path: Path, edges: Mapping[Path, Sequence[Edge]]) -> list[Edge]:
    """The fewest uses that lead from `path` back to itself; empty if there are none."""
    came: dict[Path, Edge] = {}
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


def _way(start: Path, end: Path, came: Mapping[Path, Edge]) -> list[Edge]:
    way: list[Edge] = []
    while end != start:
        way.append(came[end])
        end = came[end].start
    return way[::-1]
