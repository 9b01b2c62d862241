"""The smallest changes of a manifest that promote a module to a star.

Smallest: the fewest changes; then the fewest that take something away or replace it; then
by their words. All sets of one change are tried, then all of two, and so on; sets that
differ only in values that count alike are tried once. So the first size at which a set
promotes is the smallest there is, unless the limit on tries was reached before, and then
the answer says up to which size everything was tried.
"""

from collections.abc import Iterator, Sequence

from starlang.counterfactual.model import Change, Kind, Search, Solution
from starlang.counterfactual.subject import Subject
from starlang.counterfactual.universe import Dimension, Universe
from starlang.counterfactual.verify import verified

SHOWN = 5
"""How many solutions are verified and shown."""

TRIES = 20_000
"""How many sets of changes are tried for one module and star."""


def smallest_evidence(subject: Subject, universe: Universe, first: Sequence[Change]) -> Search:
    """The smallest sets of changes of facets that promote; each begins with `first`."""
    dimensions = universe.dimensions
    most = sum(max(map(len, rows)) for rows in dimensions)
    tries, reach = 0, subject.score(first)
    for size in range(most + 1):
        found: list[tuple[Change, ...]] = []
        complete = True
        for changes in _sets(dimensions, size):
            tries += 1
            if tries > TRIES or subject.gave_up:
                complete = False
                break
            score, gets = subject.tried([*first, *changes])
            reach = max(reach, score)
            if gets:
                found.append(changes)
        solutions, count = _verified(subject, first, found)
        if solutions:
            return Search(solutions, count, size if complete else size - 1, complete=False)
        if not complete:
            return Search((), 0, size - 1, complete=False)
    return Search((), 0, most, complete=True, reach=reach, frozen=universe.frozen)


def _sets(dimensions: Sequence[Dimension], size: int) -> Iterator[tuple[Change, ...]]:
    """Every set of `size` changes, but for those that only swap changes that count alike.

    A single change is a set of its own, also where another one counts alike.
    """
    if size == 1:
        yield from ((change,) for rows in dimensions for row in rows for change in row)
        return
    yield from _from(dimensions, 0, size)


def _from(dimensions: Sequence[Dimension], at: int, size: int) -> Iterator[tuple[Change, ...]]:
    if size == 0:
        yield ()
        return
    if at == len(dimensions):
        return
    for rest in _from(dimensions, at + 1, size):
        yield rest
    for row in dimensions[at]:
        for taken in range(1, min(len(row), size) + 1):
            for rest in _from(dimensions, at + 1, size - taken):
                yield (*row[:taken], *rest)


def _verified(
    subject: Subject, first: Sequence[Change], found: list[tuple[Change, ...]]
) -> tuple[tuple[Solution, ...], int]:
    """The first sets that promote when everything is evaluated again, and how many there are."""
    solutions: list[Solution] = []
    refused = 0
    for changes in sorted(found, key=_cost):
        if len(solutions) == SHOWN:
            break
        solution = verified(subject, [*first, *changes])
        if solution is None:
            refused += 1
        else:
            solutions.append(solution)
    return tuple(solutions), len(found) - refused


def _cost(changes: Sequence[Change]) -> tuple[int, list[str]]:
    taken_away = sum(
        change.kind is Kind.DROP or (change.kind is Kind.SET and "(now " in change.words)
        for change in changes
    )
    return taken_away, [change.words for change in changes]
