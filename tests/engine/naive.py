"""A second evaluator, as plain as can be, to compare the real one with.

It follows the description of the language sentence by sentence: loops over all rules
and all modules, its own words, masks and globs, fractions for amounts, and Python's `re`
for patterns (which the tests choose so that both mean the same). Of the program it
imports values only.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise
from math import prod
from typing import Protocol

from attrs import frozen

from starlang.manifests.graph import ModuleGraph
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.model import Derivation, Rule, RuleSet
from starlang.rules.predicates import (
    AtLeast,
    AtMost,
    Flag,
    HasAtLeast,
    HasAtMost,
    OneOf,
    OnlyIn,
    Present,
    Test,
)
from starlang.rules.relations import Events, InCycle, Neighbours
from starlang.rules.spelling import Scalar
from starlang.rules.text_predicates import Before, EndsWith, Matches, Mentions, StartsWith, Under

MICRO = 1_000_000
_REMEMBERED = 20_000
"""Answers that are kept: rules look for the same words in the same texts."""


@frozen
class Finding:
    """What the plain evaluator says of one module."""

    evidence: tuple[str, ...]
    raw: dict[str, int]
    ranked: tuple[str, ...]
    outcome: str
    star: str | None
    best: str | None
    runner_up: str | None
    lead: int
    secondary: tuple[str, ...]
    rules_say: str
    barred: frozenset[str]
    nevers: tuple[int, ...]


# Words.


def _class_of(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        return "U"
    if category == "Ll":
        return "l"
    return {"L": "o", "N": "9", "M": "m"}.get(category[0], " ")


@cache
def words_of(text: str) -> tuple[tuple[int, int, str], ...]:
    """(start, end, what is compared) of each word: the classes of letters, then a pattern."""
    letters = [at for at, each in enumerate(text) if _class_of(each) != "m"]
    ends = [*letters[1:], len(text)]
    shape = "".join(_class_of(text[at]) for at in letters)
    cuts = re.sub(r"(?<=[l9])(?=U)|(?<=U)(?=Ul)", "|", shape)
    words: list[tuple[int, int, str]] = []
    place = 0
    for part in re.split(r"([ |])", cuts):
        if part and part not in "| ":
            start, end = letters[place], ends[place + len(part) - 1]
            words.append((start, end, compared(text[start:end])))
        place += len(part) if part != "|" else 0
    return tuple(words)


def compared(word: str) -> str:
    """NFC and simple case folding: a character for a character."""
    folded = "".join(
        each.casefold() if len(each.casefold()) == 1 else (each.lower() if each == "ẞ" else each)
        for each in unicodedata.normalize("NFC", word)
    )
    return unicodedata.normalize("NFC", folded)


@lru_cache(_REMEMBERED)
def mentioned(needle: Needle, text: str, join: int) -> tuple[tuple[int, int], ...]:
    """Spans of `needle` in `text`; `join` is a place that it may not cross, or -1."""
    words = words_of(text)
    size = len(needle.words)
    spans: list[tuple[int, int]] = []
    for at in range(len(words) - size + 1):
        run = words[at : at + size]
        if spans and run[0][0] < spans[-1][1]:
            continue
        equal = [one[2] == two for one, two in zip(run, needle.words, strict=True)]
        if needle.open:
            equal[-1] = run[-1][2].startswith(needle.words[-1])
        if not all(equal):
            continue
        gaps = [range(left[1], right[0]) for left, right in pairwise(run)]
        crosses = any(text[place] == "/" or place == join for gap in gaps for place in gap)
        if not crosses:
            spans.append((run[0][0], run[-1][1]))
    return tuple(spans)


# Patterns, masks and globs.


@cache
def compiled(pattern: Pattern) -> re.Pattern[str]:
    return re.compile(pattern.regex, re.ASCII | (re.IGNORECASE if pattern.ignore_case else 0))


def _spans(mask: Pattern | Needle, text: str, join: int) -> Sequence[tuple[int, int]]:
    if isinstance(mask, Needle):
        return mentioned(mask, text, join)
    return [match.span() for match in compiled(mask).finditer(text)]


@frozen
class Seen:
    """A text after masking. Character `i` of it was `origins[i]` of the original."""

    text: str
    origins: list[tuple[int, int]]
    join: int

    def original(self, start: int, end: int) -> tuple[int, int]:
        if start < end:
            return self.origins[start][0], self.origins[end - 1][1]
        place = self.origins[start][0] if start < len(self.text) else self.origins[-1][1]
        return place, place


@lru_cache(_REMEMBERED)
def masked(text: str, masks: tuple[Pattern | Needle, ...], join: int) -> Seen:
    """`text` with the union of all spans blanked, and where `join` is in it."""
    hidden = [False] * len(text)
    for mask in masks:
        for start, end in _spans(mask, text, join):
            hidden[start:end] = [True] * (end - start)
    kept: list[str] = []
    origins: list[tuple[int, int]] = []
    join_now = -1
    for at, character in enumerate(text):
        if hidden[at] and at > 0 and hidden[at - 1]:
            origins[-1] = (origins[-1][0], at + 1)
        else:
            kept.append(" " if hidden[at] else character)
            origins.append((at, at + 1))
        if at == join:
            join_now = len(kept) - 1
    return Seen("".join(kept), origins, join_now)


def under(glob: str, path: str) -> bool:
    if "*" not in glob and "?" not in glob:
        return path == glob or path.startswith(glob + "/")
    return _under(glob.split("/"), path.split("/"))


def _under(globs: list[str], segments: list[str]) -> bool:
    if not globs:
        return not segments
    if globs[0] == "**":
        return any(_under(globs[1:], segments[skipped:]) for skipped in range(len(segments) + 1))
    regex = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in globs[0])
    return bool(segments) and bool(
        re.fullmatch(regex, segments[0], re.DOTALL) and _under(globs[1:], segments[1:])
    )


# Conditions.


class Surroundings(Protocol):
    """What is around modules; see `graph.naive`."""

    def counted(self, test: Neighbours, path: str) -> list[str]:
        """The neighbours of the module at `path` that count for `test`, by path."""
        ...

    def in_cycle(self, path: str) -> bool:
        """Whether the module at `path` uses itself through others."""
        ...


@frozen(eq=False)
class Asked:
    """One module of a graph, as conditions see it."""

    rules: RuleSet
    graph: ModuleGraph
    module: int
    near: Surroundings | None = None

    def holds(self, condition: Condition) -> bool:
        match condition:
            case AllOf(parts=parts):
                return all(self.holds(part) for part in parts)
            case AnyOf(parts=parts):
                return any(self.holds(part) for part in parts)
            case Not(part=part):
                return not self.holds(part)
            case _:
                return self._meets(condition)

    def values(self, facet: str) -> tuple[Scalar, ...]:
        name, path = self.graph.names[self.module], self.graph.paths[self.module]
        match facet:
            case "path":
                return (path,)
            case "name":
                return (name,) if name else ()
            case "text":
                return (f"{name} {path}" if name else path,)
            case "star":
                found = star_ids(self.rules, self.graph.stars[self.module])
                return tuple(dict.fromkeys(found)) or (self.rules.default.id,)
            case _:
                return self._values_of_facet(facet)

    def _values_of_facet(self, facet: str) -> tuple[Scalar, ...]:
        """What the manifest has; if that is nothing, what derivations give together."""
        column = self.graph.columns.get(facet)
        own = column.values[column.codes[self.module]] if column else ()
        given = {(type(each.value), each.value) for each in self.deriving(facet)}
        source = self.graph.profile.facet(facet)
        is_one = source is not None and not any("*" in place for place in source.locations)
        if own or (is_one and len(given) > 1):
            return own
        return tuple(value for _, value in given)

    def deriving(self, facet: str) -> list[Derivation]:
        """The derivations of `facet` that hold."""
        about = (each for each in self.rules.derivations if each.facet == facet)
        return [each for each in about if self.holds(each.condition)]

    def _meets(self, test: Test) -> bool:  # noqa: PLR0911 -- one return a kind of test
        values = self.values(test.facet)
        match test:
            case OnlyIn():
                return len(values) > 0 and all(self.meets_alone(test, value) for value in values)
            case HasAtLeast(count=count):
                return len(values) >= count
            case HasAtMost(count=count):
                return len(values) <= count
            case Events(count=count, at_most=at_most):
                named = [value for value in values if self.meets_alone(test, value)]
                return len(named) <= count if at_most else len(named) >= count
            case Neighbours(count=count, at_most=at_most):
                assert self.near is not None
                counted = len(self.near.counted(test, self.graph.paths[self.module]))
                return counted <= count if at_most else counted >= count
            case InCycle():
                assert self.near is not None
                return self.near.in_cycle(self.graph.paths[self.module])
            case _:
                return any(self.meets_alone(test, value) for value in values)

    def shows(self, condition: Condition) -> set[str]:
        """The facets and relations of which there is something to see, where it holds."""
        match condition:
            case AllOf(parts=parts):
                return {facet for part in parts for facet in self.shows(part)}
            case AnyOf(parts=parts):
                return {f for part in parts if self.holds(part) for f in self.shows(part)}
            case Not():
                return set()
            case Neighbours():
                assert self.near is not None
                counted = self.near.counted(condition, self.graph.paths[self.module])
                return {condition.facet} if counted else set()
            case InCycle():
                return {condition.facet}
            case _:
                seen = [v for v in self.values(condition.facet) if self.meets_alone(condition, v)]
                return {condition.facet} if seen else set()

    def sources(self, condition: Condition) -> set[str]:
        """The sources of what there is to see, where `condition` holds."""
        match condition:
            case AllOf(parts=parts):
                return {source for part in parts for source in self.sources(part)}
            case AnyOf(parts=parts):
                return {s for part in parts if self.holds(part) for s in self.sources(part)}
            case Not():
                return set()
            case _:
                return {
                    source
                    for facet in self.shows(condition)
                    for source in self._from(condition, facet)
                }

    def _from(self, test: Test, facet: str) -> set[str]:
        """The sources of a facet of which `test` shows something: of a derived value its origin."""
        is_same = any(
            own_source(self.rules, facet) in {*same} for same in self.rules.confidence.same
        )
        about = [] if is_same else self.deriving(facet)
        found: set[str] = set()
        for value in self.values(facet) if about else ():
            if self.meets_alone(test, value):
                giving = [d for d in about if (type(d.value), d.value) == (type(value), value)]
                found |= {source for each in giving for source in self.sources(each.condition)}
                found |= set() if giving else {source_of(self.rules, facet)}
        return found if about else {source_of(self.rules, facet)}

    def meets_alone(self, test: Test, value: Scalar) -> bool:  # noqa: C901, PLR0911 -- one return a kind of test
        """Whether `value` has a part in meeting `test`."""
        match test:
            case OneOf(values=wanted) | OnlyIn(values=wanted):
                return spelled(value) in wanted
            case Under(globs=globs):
                return isinstance(value, str) and any(under(glob, value) for glob in globs)
            case AtLeast(number=least):
                return isinstance(value, Decimal) and value >= least
            case AtMost(number=most):
                return isinstance(value, Decimal) and value <= most
            case Flag(value=flag):
                return isinstance(value, bool) and value == flag
            case HasAtLeast() | HasAtMost() | Present():
                return True
            case StartsWith() | EndsWith():
                return isinstance(value, str) and len(edges(test, value)) > 0
            case Before(day=day):
                earlier = day_number(day)
                found = day_number(value) if isinstance(value, str) else None
                return earlier is not None and found is not None and found < earlier
            case Events(names=names):
                begins = tuple(name.removesuffix("*") for name in names if name.endswith("*"))
                return not names or value in names or str(value).startswith(begins)
            case Neighbours() | InCycle():
                return False
            case Mentions() | Matches():
                return isinstance(value, str) and len(self.spans(test, value)) > 0

    def spans(self, test: Mentions | Matches, text: str) -> list[tuple[int, int]]:
        """Where `text` meets `test`; an empty span only if there are no others."""
        name = self.graph.names[self.module]
        join = len(name) if test.facet == "text" and name else -1
        masks: list[Pattern | Needle] = []
        if test.facet in {"path", "name", "text"}:
            masks += [mask.what for mask in self.rules.masks]
        if isinstance(test, Mentions):
            seen = masked(text, tuple(masks), join)
            found = {s for each in test.needles for s in mentioned(each, seen.text, seen.join)}
            return sorted(seen.original(*span) for span in found)
        seen = masked(text, (*masks, *([test.ignoring] if test.ignoring else [])), join)
        spans = [match.span() for match in compiled(test.pattern).finditer(seen.text)]
        return [seen.original(*span) for span in spans if span[0] < span[1]] or [
            seen.original(*span) for span in spans[:1]
        ]


def edges(test: StartsWith | EndsWith, text: str) -> list[tuple[int, int]]:
    """Where `text` begins or ends as the test asks."""
    size = len(text)
    if isinstance(test, StartsWith):
        spans = {(0, len(each)) for each in test.texts if text[: len(each)] == each}
    else:
        fitting = [each for each in test.texts if len(each) <= size]
        spans = {(size - len(each), size) for each in fitting if text[size - len(each) :] == each}
    return sorted(spans)


def day_number(text: str) -> int | None:
    """How many days the date that `text` begins with lies after the year 0; None for no date."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})([Tt ].*)?", text)
    if found is None or (found[4] and not is_time(found[4][1:])):
        return None
    year, month, day = map(int, found.groups()[:3])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        return None
    return (year * 12 + month) * 31 + day


def is_time(text: str) -> bool:
    """Whether `text` is a time of the day, with or without an offset."""
    found = re.fullmatch(
        r"([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?)?"
        r"(?: ?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?",
        text,
    )
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (99, 0, 0)
    return hour < 24 and minute < 60 and second <= 60


def spelled(value: Scalar) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    return f"{value:f}".rstrip("0")


def star_ids(rules: RuleSet, labels: Sequence[str]) -> list[str]:
    """What the labels mean: an id, or the label itself where the canon has none."""

    def plain(label: str) -> str:
        return unicodedata.normalize("NFC", label).replace("\ufe0e", "").replace("\ufe0f", "")

    found = []
    for label in labels:
        if label:
            named = [
                star.id
                for star in rules.stars
                if plain(label) in map(plain, (star.id, star.label, *star.aliases))
            ]
            found.append(named[0] if named else label)
    return found


# Sources.


def own_source(rules: RuleSet, facet: str) -> str:
    """What a facet or a relation is counted as, whatever `same source` says."""
    name = facet.removeprefix("graph:")
    if name in {"path", "name", "text", "inside", "contains"}:
        return "path"
    if facet.startswith("graph:"):
        return "graph"
    if facet.startswith("field:"):
        pointer = facet.removeprefix("field:")
        return min((use.name for use in rules.facets if pointer in use.locations), default=facet)
    return facet


def source_of(rules: RuleSet, facet: str) -> str:
    """What a facet or a relation is counted as."""
    together = {own_source(rules, facet)}
    for _ in rules.confidence.same:  # whatever is reached through shared members is one source
        for same in rules.confidence.same:
            if together & {*same}:
                together |= {*same}
    return "path" if "path" in together else min(together)


def count_sources(asked: "Asked", holding: Sequence[Rule]) -> int:
    """How many sources the rules for one star have that hold."""
    return most_sources([asked.sources(rule.condition) for rule in holding if rule.sign > 0])


def most_sources(rows: Sequence[Collection[str]]) -> int:
    """The most sources that rows can show if each shows one: every way to choose is tried."""
    ways: set[frozenset[str]] = {frozenset()}
    for row in rows:
        ways |= {way | {source} for way in ways for source in row}
    return max(map(len, ways))


def lacks_sources(asked: "Asked", holding: Sequence[Rule], star: str) -> bool:
    confidence = asked.rules.confidence
    needed = dict(confidence.sources_star).get(star, confidence.sources)
    about = [rule for rule in holding if rule.star == star]
    return needed > 1 and count_sources(asked, about) < needed


# Scores.


def raw_score(combine: str, weights_for: list[int], weights_against: list[int]) -> int:
    """In 10^-6, from exact fractions."""
    ups = [Fraction(weight, MICRO) for weight in weights_for]
    downs = [Fraction(weight, MICRO) for weight in weights_against]
    if combine == "sum":
        exact = sum(ups, Fraction()) - sum(downs, Fraction())
    elif combine == "max":
        exact = max(ups, default=Fraction()) - max(downs, default=Fraction())
    else:
        none = prod((1 - up for up in ups), start=Fraction(1))
        exact = (1 - none) * prod((1 - down for down in downs), start=Fraction(1))
    return round(exact * MICRO)  # `round` of a fraction takes the even one of two


# Decisions.


def find_out(
    rules: RuleSet,
    graph: ModuleGraph,
    module: int,
    *,
    reassess: bool = False,
    near: Surroundings | None = None,
) -> Finding:
    """The evidence, scores and decision of one module, before ceilings."""
    asked = Asked(rules, graph, module, near)
    holding = [rule for rule in rules.rules if asked.holds(rule.condition)]
    raw: dict[str, int] = {}
    for star in {rule.star for rule in holding}:
        ups = [rule.weight for rule in holding if rule.star == star and rule.sign > 0]
        downs = [rule.weight for rule in holding if rule.star == star and rule.sign < 0]
        raw[star] = raw_score(rules.confidence.combine, ups, downs)
    path = graph.paths[module]
    nevers = tuple(
        number
        for number, never in enumerate(rules.nevers)
        if path not in never.unless_paths and asked.holds(never.condition)
    )
    labels = () if reassess else graph.stars[module]
    lacking = frozenset(star for star in raw if lacks_sources(asked, holding, star))
    return _Decided(rules, graph, raw, nevers, star_ids(rules, labels), lacking).finding(
        path, tuple(rule.name for rule in holding)
    )


@frozen(eq=False)
class _Decided:
    """A module's scores, the exceptions that hold for it, and the stars that it carries."""

    rules: RuleSet
    graph: ModuleGraph
    raw: dict[str, int]
    nevers: tuple[int, ...]
    carried: list[str]
    lacking: frozenset[str]

    def finding(self, path: str, evidence: tuple[str, ...]) -> Finding:
        given = sorted(star.id for star in self.rules.stars if not star.is_default)
        barred = frozenset(
            star for number in self.nevers for star in self.rules.nevers[number].stars or given
        )
        order = [*self.rules.order, *(star for star in given if star not in self.rules.order)]
        ranked = sorted(self.raw, key=lambda star: (-max(self.raw[star], 0), order.index(star)))
        positive = [star for star in ranked if self.raw[star] > 0]
        best = next((star for star in positive if star not in barred), None)
        runner_up = next((star for star in positive if star != best), None) if best else None
        lead = self.raw.get(best or "", 0) - self.raw.get(runner_up or "", 0)
        verdict = "barred" if barred == {*given} else self._verdict(bool(evidence), best, lead)
        default = self.rules.default.id
        won = best if best and verdict == "promoted" else default
        assigned = next((each.star for each in self.rules.assigns if each.path == path), None)
        outcome, star = self._outcome(verdict, won, assigned)
        return Finding(
            evidence=evidence,
            raw=self.raw,
            ranked=tuple(ranked),
            outcome=outcome,
            star=star,
            best=best,
            runner_up=runner_up,
            lead=lead,
            secondary=self._secondary(positive, won, barred) if outcome == "promoted" else (),
            rules_say=assigned or won,
            barred=barred,
            nevers=self.nevers,
        )

    def _reaches(self, star: str) -> bool:
        confidence = self.rules.confidence
        threshold = dict(confidence.promote_star).get(star, confidence.promote)
        return self.raw[star] >= threshold and star not in self.lacking

    def _verdict(self, has_evidence: bool, best: str | None, lead: int) -> str:  # noqa: FBT001 -- one caller
        if best and self._reaches(best):
            leads = lead > 0 and lead >= self.rules.confidence.margin
            return "promoted" if leads else "contested"
        if best and self.raw[best] >= self.rules.confidence.suggest:
            return "suggested"
        return "weak" if has_evidence else "silent"

    def _outcome(self, verdict: str, won: str, assigned: str | None) -> tuple[str, str | None]:
        default = self.rules.default.id
        primary = self.carried[0] if self.carried else default
        if assigned:
            return "assigned", assigned
        if primary not in {star.id for star in self.rules.stars}:
            return "unrecognised", None
        return (verdict, won) if primary == default else ("kept", primary)

    def _secondary(self, positive: list[str], won: str, barred: frozenset[str]) -> tuple[str, ...]:
        taken = {won, *self.carried[1:]}
        allowed = self.graph.profile.secondary_allowed
        ids = None if allowed is None else star_ids(self.rules, sorted(allowed))
        further = [
            star
            for star in positive
            if star not in taken | barred and self._reaches(star) and (ids is None or star in ids)
        ]
        return tuple(further[: max(self.rules.ceilings.stars_per_module - len(taken), 0)])
