"""The changes of a manifest that could matter for a star, without those that count alike.

A value is worth no more than the tests that it meets, so of values that meet the same
tests one is tried: one that other modules have, if there is one. Values whose tests stand
alone in rules of the same star and weight are interchangeable; they form a *row*, of which
the search only asks how many to take.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import assert_never

from starlang.manifests.profile import Place, ValueType
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, walk
from starlang.rules.derivations import tests_through
from starlang.rules.predicate import Predicate
from starlang.rules.predicates import Test
from starlang.rules.spelling import Scalar, facet_text, spelling
from starlang.why_not.again import verified, writable
from starlang.why_not.model import Change, ChangeKind, Search, Solution
from starlang.why_not.subject import Subject, source_of

# Values that a facet could have to meet a test.


def witnesses(test: Test, source: Place) -> Iterator[Scalar]:
    """Values that meet `test`, as far as they can be read off it; the rest is vocabulary."""
    for text in test.witnesses():
        value = _typed(text, source.type)
        if value is not None and test.meets(value):
            yield value


def _typed(value: Scalar, kind: ValueType) -> Scalar | None:
    """`value` as a value of a facet of this type."""
    if not isinstance(value, str):
        return value if kind.accepts(value) else None
    match kind:
        case ValueType.NUMBER:
            try:
                return Decimal(value)
            except InvalidOperation:
                return None
        case ValueType.FLAG:
            return {"true": True, "false": False}.get(value)
        case _:
            return value or None


_VOCABULARY = 2_000
"""How many values of the other modules are looked at, the most frequent first."""

Row = tuple[Change, ...]
"""Changes of which any number may be made together, the preferred ones first."""

Dimension = tuple[Row, ...]
"""Rows of which at most one is used: a facet with a single value has one change only."""


class Universe:
    """The changes of facets of one module that are worth trying."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._bench = subject.bench
        self._rules = subject.bench.rules

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        """All changes, a dimension a row or a facet with a single value."""
        found: list[Dimension] = []
        for facet in sorted({test.facet for test in self._relevant}):
            source = source_of(self._bench, facet)
            if source is None:
                continue
            changes = self._changes(facet, source)
            if source.is_list:
                found += [(row,) for row in self._rows(changes)]
            elif changes:
                found.append(tuple((change,) for change in changes))
        return tuple(found)

    @property
    def frozen(self) -> tuple[str, ...]:
        """The facets that rules for the star read and that no manifest is asked to change."""
        facets = {
            test.facet
            for rule in self._rules.rules
            if rule.star == self._subject.star
            for test in self._tests(rule.condition)
        }
        facets.difference_update(self._bench.derived)
        return tuple(sorted(each for each in facets if source_of(self._bench, each) is None))

    def _tests(self, condition: Condition) -> list[Test]:
        """The tests of `condition`, and of all that what they read is derived from."""
        return list(tests_through(condition, self._rules.derivations))

    def can_release(self, never: int) -> bool:
        """Whether some change of the manifest could take the exception away."""
        condition = self._rules.nevers[never].condition
        return any(source_of(self._bench, test.facet) for test in self._tests(condition))

    @cached_property
    def _relevant(self) -> frozenset[Test]:
        """The tests that can help: where they hold, or where they do not.

        Those of rules about the star, of rules against others, of rules that hold, and of
        exceptions for the star. What a change may bring about elsewhere comes with it: the
        tests of conditions of several parts over the same facets. A rule that reads a derived
        facet is such a condition, since it has parts where the facet is derived. Where other
        modules change with this one, any test may help.
        """
        if self._bench.comes_back:
            return frozenset(self._bench.program.tests)
        star, rules = self._subject.star, self._rules
        decided = self._bench.program.holding(sorted(self._subject.tests))
        found: set[Test] = set()
        open_: list[list[Test]] = []
        for number, rule in enumerate(rules.rules):
            tests = self._tests(rule.condition)
            if rule.star == star or rule.sign < 0 or number in decided:
                found.update(tests)
            elif not _is_plain(rule.condition) or len(tests) > len(list(walk(rule.condition))):
                open_.append(tests)
        for never in rules.nevers:
            if not never.stars or star in never.stars:
                found.update(self._tests(never.condition))
        return frozenset(_closed(found, open_))

    def _changes(self, facet: str, source: Place) -> list[Change]:
        now = self._subject.values(facet)
        dropped = [_drop(facet, source, value) for value in now]
        return [
            *self._additions(facet, source),
            *(change for change in dropped if writable(self._subject, [change])),
        ]

    def _additions(self, facet: str, source: Place) -> Iterator[Change]:
        """One value for each set of tests that a value can meet, as far as it matters."""
        now = self._subject.values(facet)
        has = {(type(value), value) for value in now}
        tests = self._bench.program.tests_of(facet)
        relevant = {number for number, test in tests if test in self._relevant}
        general = {n for n, test in tests if test.turns_at()}
        often = max([1, *(test.turns_at() for _, test in tests)])
        taken: Counter[tuple[frozenset[int], Scalar | None]] = Counter()
        for value in self._preferred(facet, source):
            met = frozenset(number for number, test in tests if test.meets(value))
            is_of_use = not met.isdisjoint(relevant) or met <= general
            kind = (met, value if self._counts_as_derived(facet, value) else None)
            if not is_of_use or taken[kind] == often or (type(value), value) in has:
                continue
            change = _put(facet, source, value, now)
            if writable(self._subject, [change]):
                taken[kind] += 1
                yield change

    def _counts_as_derived(self, facet: str, value: Scalar) -> bool:
        """Whether it may matter where a value comes from, and not only which tests it meets."""
        if facet not in self._bench.kit.counter.facets:
            return False
        made = (each.value for each in self._rules.derivations if each.facet == facet)
        return any(type(each) is type(value) and each == value for each in made)

    def _preferred(self, facet: str, source: Place) -> list[Scalar]:
        """Values that other modules have, the most frequent first; then those that tests name."""
        column = self._bench.evaluation.graph.columns.get(facet)
        counts: Counter[tuple[type, Scalar]] = Counter()
        codes = Counter(column.codes) if column else Counter[int]()
        for code, modules in codes.items():
            for value in column.values[code] if column else ():
                counts[type(value), value] += modules
        known = sorted(counts, key=lambda each: (-counts[each], spelling(each[1])))
        named = sorted(
            {
                (type(value), value)
                for test in self._relevant
                if test.facet == facet
                for value in witnesses(test, source)
            },
            key=lambda each: spelling(each[1]),
        )
        values = dict.fromkeys([*known[:_VOCABULARY], *named, *self._others(facet)])
        return [value for _, value in values if source.accepts(value)]

    def _others(self, facet: str) -> Iterator[tuple[type, Scalar]]:
        """Values that keep a facet from being derived: any will do, also one that nobody has."""
        if facet in self._bench.derived:
            others: tuple[Scalar, ...] = ("anything", True, False, Decimal(0))
            yield from ((type(value), value) for value in others)

    def _rows(self, changes: Sequence[Change]) -> Iterator[Row]:
        """The changes of a list: additions that count alike together, all others apart.

        Those that meet the same tests count alike in any case. Those that do not, only as far
        as no test is met by two of them: it would count once.
        """
        rows: dict[object, list[Change]] = {}
        seen: dict[object, set[int]] = {}
        tests = self._bench.program.tests_of(changes[0].subject) if changes else []
        for change in changes:
            value = change.value
            met = {n for n, test in tests if value is not None and test.meets(value)}
            is_alike = change.kind is ChangeKind.ADD
            if value is not None and self._counts_as_derived(change.subject, value):
                is_alike = False
            key: object = self._counts_as(met) if is_alike else change
            if not met.isdisjoint(seen.get(key, set())):
                key = frozenset(met)
            rows.setdefault(key, []).append(change)
            seen.setdefault(key, set()).update(met)
        yield from map(tuple, rows.values())

    def _counts_as(self, met: set[int]) -> tuple[object, ...]:
        """What meeting the tests is worth: alike for rules of one test, star, sign and weight."""
        return tuple(sorted(part for number in met for part in self._worth[number]))

    @cached_property
    def _worth(self) -> list[list[str]]:
        worth: list[list[str]] = [[] for _ in self._bench.program.tests]
        for number, condition in enumerate(self._bench.conditions):
            is_rule = number < len(self._rules.rules)
            rule = self._rules.rules[number] if is_rule else None
            for test in walk(condition):
                at = self._bench.program.numbers[test]
                alone = rule is not None and condition == test and test.is_lasting()
                # Of several tests of one condition each has its own part in it.
                words = f"{rule.star} {rule.sign * rule.weight}" if alone and rule else f"#{at}"
                worth[at].append(words)
        return worth


def _is_plain(condition: Condition) -> bool:
    """Whether it holds as soon as one of its tests does."""
    match condition:
        case AnyOf(parts=parts):
            return all(map(_is_plain, parts))
        case AllOf() | Not():
            return False
        case Predicate():
            return True
        case _:
            assert_never(condition)


def _closed(found: set[Test], others: list[list[Test]]) -> set[Test]:
    """`found`, and the tests of those of `others` that share a facet with it, and so on."""
    while True:
        facets = {test.facet for test in found}
        more = {t for tests in others if facets & {t.facet for t in tests} for t in tests}
        if more <= found:
            return found
        found |= more


def _put(facet: str, source: Place, value: Scalar, now: tuple[Scalar, ...]) -> Change:
    words = facet_text(facet)
    if source.is_list:
        return Change(ChangeKind.ADD, f"add {words} `{spelling(value)}`", facet, value)
    instead = f" (now `{spelling(now[0])}`)" if now else ""
    return Change(ChangeKind.SET, f"set {words} to `{spelling(value)}`{instead}", facet, value)


def _drop(facet: str, source: Place, value: Scalar) -> Change:
    words = "remove" if source.is_list else "clear"
    return Change(ChangeKind.DROP, f"{words} {facet_text(facet)} `{spelling(value)}`", facet, value)


# The smallest changes of a manifest that promote a module to a star.
#
# Smallest: the fewest changes; then the fewest that take something away or replace it; then
# by their words. All sets of one change are tried, then all of two, and so on; sets that
# differ only in values that count alike are tried once. So the first size at which a set
# promotes is the smallest there is, unless the limit on tries was reached before, and then
# the answer says up to which size everything was tried.

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
        change.kind is ChangeKind.DROP
        or (change.kind is ChangeKind.SET and "(now " in change.words)
        for change in changes
    )
    return taken_away, [change.words for change in changes]
