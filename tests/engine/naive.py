"""A second evaluator, as plain as can be, to compare the real one with.

It follows the description of the language sentence by sentence: loops over all rules
and all modules, its own words, masks and globs, fractions for amounts, and Python's `re`
for patterns (which the tests choose so that both mean the same). Of the program it
imports values only.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import prod

from attrs import frozen

from starlang.manifests.graph import ModuleGraph, Scalar
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.conditions import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Flag,
    HasAtLeast,
    Matches,
    Mentions,
    Not,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)
from starlang.rulesets.model import RuleSet

MICRO = 1_000_000


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


def mentioned(needle: Needle, text: str, join: int) -> list[tuple[int, int]]:
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
        gaps = [range(left[1], right[0]) for left, right in zip(run, run[1:], strict=False)]
        crosses = any(text[place] == "/" or place == join for gap in gaps for place in gap)
        if all(equal) and not crosses:
            spans.append((run[0][0], run[-1][1]))
    return spans


# Patterns, masks and globs.


@cache
def compiled(pattern: Pattern) -> re.Pattern[str]:
    return re.compile(pattern.regex, re.ASCII | (re.IGNORECASE if pattern.ignore_case else 0))


def _spans(mask: Pattern | Needle, text: str, join: int) -> list[tuple[int, int]]:
    if isinstance(mask, Needle):
        return mentioned(mask, text, join)
    return [match.span() for match in compiled(mask).finditer(text)]


def masked(text: str, masks: Iterable[Pattern | Needle], join: int) -> tuple[str, int]:
    """`text` with the union of all spans blanked, and where `join` is in it."""
    hidden = [False] * len(text)
    for mask in masks:
        for start, end in _spans(mask, text, join):
            hidden[start:end] = [True] * (end - start)
    kept: list[str] = []
    join_now = -1
    for at, character in enumerate(text):
        if not hidden[at]:
            kept.append(character)
        elif at == 0 or not hidden[at - 1]:
            kept.append(" ")
        if at == join:
            join_now = len(kept) - 1
    return "".join(kept), join_now


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


@frozen(eq=False)
class _Asked:
    """One module of a graph, as conditions see it."""

    rules: RuleSet
    graph: ModuleGraph
    module: int

    def holds(self, condition: Condition) -> bool:
        match condition:
            case AllOf(parts=parts):
                return all([self.holds(part) for part in parts])
            case AnyOf(parts=parts):
                return any([self.holds(part) for part in parts])
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
                column = self.graph.columns.get(facet)
                return column.values[column.codes[self.module]] if column else ()

    def _meets(self, test: Test) -> bool:
        values = self.values(test.facet)
        match test:
            case OneOf(values=wanted):
                return any(spelled(value) in wanted for value in values)
            case OnlyIn(values=wanted):
                return bool(values) and all(spelled(value) in wanted for value in values)
            case Under(globs=globs):
                texts = [value for value in values if isinstance(value, str)]
                return any(under(glob, text) for glob in globs for text in texts)
            case AtLeast(number=least):
                return any(isinstance(value, Decimal) and value >= least for value in values)
            case AtMost(number=most):
                return any(isinstance(value, Decimal) and value <= most for value in values)
            case HasAtLeast(count=count):
                return len(values) >= count
            case Present():
                return len(values) > 0
            case Flag(value=flag):
                return any(isinstance(value, bool) and value == flag for value in values)
            case Mentions() | Matches():
                return any(self._seen(test, value) for value in values if isinstance(value, str))

    def _seen(self, test: Mentions | Matches, text: str) -> bool:
        name = self.graph.names[self.module]
        join = len(name) if test.facet == "text" and name else -1
        masks = []
        if test.facet in ("path", "name", "text"):
            masks = [mask.what for mask in self.rules.masks]
        if isinstance(test, Mentions):
            text, join = masked(text, masks, join)
            return any(mentioned(needle, text, join) for needle in test.needles)
        if test.ignoring is not None:
            masks.append(test.ignoring)
        text, _ = masked(text, masks, join)
        return compiled(test.pattern).search(text) is not None


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
        exact = (1 - prod(1 - up for up in ups)) * prod(1 - down for down in downs)
    return round(Fraction(exact) * MICRO)  # `round` of a fraction takes the even one of two


# Decisions.


def find_out(
    rules: RuleSet, graph: ModuleGraph, module: int, *, reassess: bool = False
) -> Finding:
    """The evidence, scores and decision of one module, before ceilings."""
    asked = _Asked(rules, graph, module)
    holding = [rule for rule in rules.rules if asked.holds(rule.condition)]
    raw = {}
    for star in {rule.star for rule in holding}:
        ups = [rule.weight for rule in holding if rule.star == star and rule.sign > 0]
        downs = [rule.weight for rule in holding if rule.star == star and rule.sign < 0]
        raw[star] = raw_score(rules.confidence.combine, ups, downs)
    given = sorted(star.id for star in rules.stars if not star.is_default)
    order = [*rules.order, *(star for star in given if star not in rules.order)]
    ranked = sorted(raw, key=lambda star: (-max(raw[star], 0), order.index(star)))
    path = graph.paths[module]
    nevers = tuple(
        number
        for number, never in enumerate(rules.nevers)
        if path not in never.unless_paths and asked.holds(never.condition)
    )
    barred = frozenset(
        star for number in nevers for star in (rules.nevers[number].stars or tuple(given))
    )
    positive = [star for star in ranked if raw[star] > 0]
    best = next((star for star in positive if star not in barred), None)
    runner_up = next((star for star in positive if star != best), None) if best else None
    lead = (raw[best] if best else 0) - (raw[runner_up] if runner_up else 0)
    thresholds = dict.fromkeys(given, rules.confidence.promote)
    thresholds |= dict(rules.confidence.promote_star)
    verdict = _verdict(rules, bool(holding), raw, best, lead, thresholds)
    if set(given) == barred:
        verdict = "barred"
    carried = [] if reassess else star_ids(rules, graph.stars[module])
    ids = {star.id for star in rules.stars}
    primary = carried[0] if carried else rules.default.id
    won = best if best and verdict == "promoted" else rules.default.id
    assigned = next((each.star for each in rules.assigns if each.path == path), None)
    star: str | None
    if assigned:
        outcome, star = "assigned", assigned
    elif primary not in ids:
        outcome, star = "unrecognised", None
    elif primary != rules.default.id:
        outcome, star = "kept", primary
    else:
        outcome, star = verdict, won
    secondary: tuple[str, ...] = ()
    if outcome == "promoted":
        taken = {won, *carried[1:]}
        allowed = graph.profile.stars.secondary_allowed
        further = [
            each
            for each in positive
            if each not in taken
            and each not in barred
            and raw[each] >= thresholds[each]
            and (allowed is None or each in star_ids(rules, allowed))
        ]
        secondary = tuple(further[: max(rules.ceilings.stars_per_module - len(taken), 0)])
    return Finding(
        evidence=tuple(rule.name for rule in holding),
        raw=raw,
        ranked=tuple(ranked),
        outcome=outcome,
        star=star,
        best=best,
        runner_up=runner_up,
        lead=lead,
        secondary=secondary,
        rules_say=assigned or won,
        barred=barred,
        nevers=nevers,
    )


def _verdict(
    rules: RuleSet,
    has_evidence: bool,
    raw: dict[str, int],
    best: str | None,
    lead: int,
    thresholds: dict[str, int],
) -> str:
    if best and raw[best] >= thresholds[best]:
        return "promoted" if lead > 0 and lead >= rules.confidence.margin else "contested"
    if best and raw[best] >= rules.confidence.suggest:
        return "suggested"
    return "weak" if has_evidence else "silent"
