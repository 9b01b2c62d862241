"""Where the old sums and ties come out otherwise: binary floats, and who scored first.

The generator added weights as floats, in the order path, capability, node, owner, and of
equal stars took the one that a list named first for that module. Here sums are exact and
one order of stars holds for all modules. Whether that can differ is found by trying all
small sets of evidence: a few entries of each list for each star.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from itertools import combinations, product
from operator import add

from attrs import frozen

from starlang.legacy.old_file import Kind

ADDED = (Kind.RULES, Kind.CAPABILITIES, Kind.NODES, Kind.OWNERS)
"""The lists that the generator read, in its order. Of nodes a module had but one."""

_MOST = {Kind.RULES: 2, Kind.CAPABILITIES: 2, Kind.NODES: 1, Kind.OWNERS: 2}
"""How many entries of each list are tried together."""


@frozen
class Evidence:
    """An entry that holds: its list, its place among all entries, and what it looks for."""

    kind: Kind
    place: int
    star: str
    value: str


@frozen
class Sum:
    """Some evidence for one star. `first` is the place of its first entry."""

    rows: tuple[Evidence, ...]
    exact: Decimal
    binary: float

    @property
    def first(self) -> int:
        return min(row.place for row in self.rows)

    @property
    def has_node(self) -> bool:
        return any(row.kind is Kind.NODES for row in self.rows)


def sums(
    evidence: Sequence[Evidence], weights: Mapping[Kind, Decimal], *, late: bool
) -> Iterator[Sum]:
    """For each number of entries of each list one sum, of the first or of the last entries."""
    lists = [[row for row in evidence if row.kind is kind] for kind in ADDED]
    counts = [
        range(min(len(rows), _MOST[kind]) + 1) for kind, rows in zip(ADDED, lists, strict=True)
    ]
    for taken in product(*counts):
        rows = tuple(
            row
            for count, row_list in zip(taken, lists, strict=True)
            for row in (row_list[len(row_list) - count :] if late else row_list[:count])
        )
        if rows:
            amounts = [weights[row.kind] for row in rows]
            binary = reduce(add, map(float, amounts), 0.0)
            yield Sum(rows, sum(amounts, Decimal(0)), binary)


def reversed_tie(
    ahead: Sequence[Evidence], behind: Sequence[Evidence], weights: Mapping[Kind, Decimal]
) -> tuple[Sum, Sum] | None:
    """A tie of two stars that the generator gave to the second, though `order` has it behind.

    A module had one node, so both stars have evidence of a node only if it is the same.
    """
    shared = {row.value for row in _nodes(ahead)} & {row.value for row in _nodes(behind)}
    for node in (None, *sorted(shared)):
        by_exact: dict[Decimal, list[Sum]] = {}
        for each in sums(_in_node(behind, node), weights, late=False):
            by_exact.setdefault(each.exact, []).append(each)
        for one in sums(_in_node(ahead, node), weights, late=True):
            for other in by_exact.get(one.exact, ()):
                if node is None and one.has_node and other.has_node:
                    continue
                if other.binary > one.binary:
                    return one, other
                if other.binary == one.binary and other.first < one.first:
                    return one, other
    return None


def _nodes(evidence: Sequence[Evidence]) -> list[Evidence]:
    return [row for row in evidence if row.kind is Kind.NODES]


def _in_node(evidence: Sequence[Evidence], node: str | None) -> Sequence[Evidence]:
    """What can hold in `node`; all of it where that is None."""
    if node is None:
        return evidence
    return [row for row in evidence if row.kind is not Kind.NODES or row.value == node]


def reversed_ties(
    order: Sequence[str], by_star: Mapping[str, Sequence[Evidence]], weights: Mapping[Kind, Decimal]
) -> Iterator[tuple[Sum, Sum]]:
    """One tie for each pair of stars of which there is one: (ahead in `order`, behind)."""
    for ahead, behind in combinations(order, 2):
        tie = reversed_tie(by_star.get(ahead, ()), by_star.get(behind, ()), weights)
        if tie is not None:
            yield tie


def missed_threshold(
    evidence: Sequence[Evidence], weights: Mapping[Kind, Decimal], threshold: Decimal
) -> Sum | None:
    """A sum that reaches `threshold` as a decimal and not as a float, or the other way round."""
    for each in sums(evidence, weights, late=False):
        if (each.exact >= threshold) is not (each.binary >= float(threshold)):
            return each
    return None
