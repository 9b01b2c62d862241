"""Rules whose evidence another rule for the same star gives already.

Where weights add up, the same fact counts twice; where the largest counts, the weaker rule never
counts. A rule that adds a fact of another kind (`path mentions memory and owner is search`) is a
bonus, not a repetition.

Comparing all pairs takes quadratic time, and nearly all pairs have nothing to do with each other. A
condition with a part without `not` follows from another one only if one of the tests of that part
follows from a test of the other. So every test has marks: those of what it may follow from are
among the marks of what it may make true, and only rules that share a mark are compared; and of
those, only where each test that must hold for one has a test of the other that makes it hold.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import assert_never

from attrs import evolve

from starlang.checker.lints.logic import Look, can_hold, follows, implies, must_hold
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.matching.globs import has_wildcard
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, conjuncts, walk
from starlang.rules.model import Combine, Rule, RuleSet, short_amount
from starlang.rules.predicate import Predicate
from starlang.rules.predicates import Flag, OneOf, OnlyIn, Test
from starlang.rules.sources import Sources
from starlang.rules.text_predicates import EndsWith, Matches, Mentions, StartsWith, Under

_MOST_CANDIDATES = 50
"""With how many other rules one rule is compared: the first ones by name."""


def subsumed_rules(rules: RuleSet, places: Mapping[str, Label], look: Look) -> Iterator[Diagnostic]:
    """W304 for rules that never hold without another one for the same star."""
    combine, sources = rules.confidence.combine, Sources(rules)
    holding = (rule for rule in rules.rules if can_hold(look(rule.condition)))
    ordered = sorted(holding, key=lambda rule: (rule.star, rule.sign, rule.name))
    for _, group in groupby(ordered, key=lambda rule: (rule.star, rule.sign)):
        told: set[str] = set()
        alike = list(group)
        for number, counterpart in pairs([look(rule.condition) for rule in alike]):
            rule, other = alike[number], alike[counterpart]
            if rule.name in told or other.name in told or not _repeats(combine, rule, other, look):
                continue
            if combine is Combine.MAX and _may_add_source(sources, rule, other):
                continue
            told.add(rule.name)
            yield _warning(combine, rule, other, places)


def pairs(conditions: Sequence[Condition]) -> Iterator[tuple[int, int]]:
    """(number, another one that may hold wherever this one does), in order."""
    parts = [_marks_of_parts(condition) for condition in conditions]
    common = Counter(mark for each in parts for marks in each for mark in marks)
    found: dict[_Mark, list[int]] = {}
    for number, each in enumerate(parts):
        # All parts must follow, so it is enough to look for the one that the fewest others have.
        for mark in min(each, key=lambda marks: sum(common[mark] for mark in marks), default=()):
            found.setdefault(mark, []).append(number)
    negated = [number for number, each in enumerate(parts) if not each]
    for number, condition in enumerate(conditions):
        marks = {mark for test in walk(condition) for mark in _narrow(test)}
        lists = [found[mark][: _MOST_CANDIDATES + 1] for mark in marks if mark in found]
        others = sorted({*negated[: _MOST_CANDIDATES + 1]}.union(*lists) - {number})
        yield from ((number, other) for other in others[:_MOST_CANDIDATES])


def _marks_of_parts(condition: Condition) -> list[set["_Mark"]]:
    """For each part that has no `not` the marks of what it may follow from.

    Not for a part that always holds: it follows from anything.
    """
    plain = (part for part in conjuncts(condition) if not (_is_negated(part) or must_hold(part)))
    return [{mark for test in walk(part) for mark in _wide(test)} for part in plain]


def _is_negated(condition: Condition) -> bool:
    """Whether each part has a `not` in it: it may follow from tests that exclude each other."""
    match condition:
        case Not():
            return True
        case AllOf(parts=parts):
            return all(map(_is_negated, parts))
        case AnyOf(parts=parts):
            return any(map(_is_negated, parts))
        case Predicate():
            return False
        case _:
            assert_never(condition)


_Mark = tuple[object, ...]
_LETTERS = 3
_SEGMENTS = 3


def _wide(test: Test) -> Iterator[_Mark]:
    """The marks of a test as one that may follow from others."""
    facet = test.facet
    match test:
        case Mentions(needles=needles):
            yield from ((facet, *_first_of(needle)) for needle in needles)
        case OneOf(values=values):
            yield from ((facet, "is", value) for value in values)
        case Under(globs=globs):
            yield from ((facet, "under", _directory(glob)) for glob in globs)
        case StartsWith(texts=texts):
            yield from ((facet, "starts", text[:_LETTERS]) for text in texts)
        case EndsWith(texts=texts):
            yield from ((facet, "ends", text[-_LETTERS:]) for text in texts)
        case Matches() | Flag():  # it follows from itself alone
            yield (facet, test)
        case _:  # a number, a count, a relation: it may follow from any test over the same
            yield (facet,)


def _narrow(test: Test) -> Iterator[_Mark]:
    """The marks of all that may follow from a test; too many of them do no harm."""
    facet = test.facet
    yield (facet,)
    yield (facet, test)
    match test:
        case Mentions(needles=needles):
            for word in {word for needle in needles for word in needle.words}:
                yield (facet, "word", word)
                yield from ((facet, "open", word[:size]) for size in range(_LETTERS + 1))
        case OneOf(values=texts) | OnlyIn(values=texts) | Under(globs=texts):
            yield from _of_texts(facet, texts)
        case StartsWith(texts=texts) | EndsWith(texts=texts):
            yield from _of_texts(facet, texts)
        case _:  # nothing else follows from it
            return


def _of_texts(facet: str, texts: Iterable[str]) -> Iterator[_Mark]:
    for text in texts:
        yield (facet, "is", text)
        yield from ((facet, "starts", text[:size]) for size in range(_LETTERS + 1))
        yield from ((facet, "ends", text[-size:] if size else "") for size in range(_LETTERS + 1))
        segments = text.split("/")[:_SEGMENTS]
        yield from ((facet, "under", tuple(segments[:n])) for n in range(len(segments) + 1))


def _first_of(needle: Needle) -> tuple[str, str]:
    """The first word of a needle, or its beginning where the word may go on."""
    first, *others = needle.words
    return ("open", first[:_LETTERS]) if needle.open and not others else ("word", first)


def _directory(glob: str) -> tuple[str, ...]:
    """The first directories of a glob that are no wildcards."""
    segments = glob.split("/")[:_SEGMENTS]
    plain = next((n for n, each in enumerate(segments) if has_wildcard(each)), len(segments))
    return tuple(segments[:plain])


def _repeats(combine: Combine, rule: Rule, other: Rule, look: Look) -> bool:
    is_due = rule.weight <= other.weight if combine is Combine.MAX else rule.kinds == other.kinds
    condition, wider = look(rule.condition), look(other.condition)
    return is_due and _may_follow(condition, wider) and follows(condition, wider)


def _may_follow(condition: Condition, other: Condition) -> bool:
    """Whether each test that `other` needs has one in `condition` that it follows from.

    A truth table costs a hundred times as much, and most pairs end here.
    """
    tests = tuple(walk(condition))
    needed = (part for part in conjuncts(other) if isinstance(part, Predicate))
    return all(any(implies(test, part) for test in tests) for part in needed)


def _may_add_source(sources: Sources, rule: Rule, other: Rule) -> bool:
    """Whether a promotion may need what `rule` shows, though `other` holds wherever it does."""
    shows = sources.possible(rule)
    return rule.sign > 0 and rule.star in sources.asked and len(shows | sources.possible(other)) > 1


def _warning(combine: Combine, rule: Rule, other: Rule, places: Mapping[str, Label]) -> Diagnostic:
    if combine is Combine.MAX:
        effect = (
            f"and is never the larger one, so its weight of {short_amount(rule.weight)} is lost"
        )
        hint = "remove it, or give it more weight than the other"
    else:
        effect = "so the same evidence counts twice"
        hint = "remove it, or let it test something that the other does not"
    place = places[rule.at]
    return at(
        place.source,
        place.span,
        "W304",
        f"rule `{rule.name}` never holds without `{other.name}`, {effect}",
        others=[evolve(places[other.at], message="this one holds wherever it does")],
        hint=hint,
    )
