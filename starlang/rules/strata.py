"""What rules read of the graph, and the order in which stars are scored because of it.

Who reaches B must be known before a rule that reads it can hold. So where a rule for or
against A, or an exception that bars A, reads `reaching B`, A is scored after B. If that
leads round in a cycle, there is no such order.
"""

from collections.abc import Iterable, Mapping, Sequence

from starlang.rules.conditions import Condition, walk
from starlang.rules.model import Never, Rule
from starlang.rules.relations import Neighbours
from starlang.rules.spelling import GRAPH_PREFIX

REACHING = "reaching"

Needs = Mapping[str, frozenset[str]]
"""Star -> the stars that must be scored before it."""


def reads_graph(condition: Condition) -> bool:
    """Whether `condition` asks for neighbours or events."""
    return any(test.facet.startswith(GRAPH_PREFIX) for test in walk(condition))


def read_by(condition: Condition) -> frozenset[str]:
    """The stars that `condition` reads by `reaching`."""
    tests = walk(condition)
    return frozenset(t.star for t in tests if isinstance(t, Neighbours) and t.standing == REACHING)


def needs(rules: Iterable[Rule], nevers: Iterable[Never], stars: Sequence[str]) -> Needs:
    """What each star needs; `stars` are those that can be gained. Stars without needs are absent.

    An exception that names no star bars all of them.
    """
    found: dict[str, frozenset[str]] = {}
    for rule in rules:
        if read := read_by(rule.condition):
            found[rule.star] = found.get(rule.star, frozenset()) | read
    for never in nevers:
        if read := read_by(never.condition):
            for star in never.stars or stars:
                found[star] = found.get(star, frozenset()) | read
    return found


def circle(needed: Needs) -> tuple[str, ...]:
    """Stars of which each needs the next and the last the first, or () if there is an order.

    The shortest circle; of several the first in the alphabet.
    """
    circles = (found for star in sorted(needed) if (found := _back_to(star, needed)))
    return min(circles, key=lambda stars: (len(stars), stars), default=())


def _back_to(start: str, needed: Needs) -> tuple[str, ...]:
    """The shortest way from `start` back to it."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        longer = []
        for way in ways:
            for star in sorted(needed.get(way[-1], ())):
                if star == start:
                    return way
                if star not in seen:
                    seen.add(star)
                    longer.append((*way, star))
        ways = longer
    return ()


def layers(needed: Needs) -> tuple[tuple[str, ...], ...]:
    """The stars that others need, in layers: each layer needs only those before it.

    There must be no circle.
    """
    levels: dict[str, int] = {}

    def level(star: str) -> int:
        if star not in levels:
            levels[star] = 1 + max(map(level, needed.get(star, ())), default=-1)
        return levels[star]

    read = sorted({star for stars in needed.values() for star in stars})
    found: dict[int, list[str]] = {}
    for star in read:
        found.setdefault(level(star), []).append(star)
    return tuple(tuple(found[number]) for number in sorted(found))
