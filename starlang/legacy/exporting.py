"""A rule set as the old `star_rules.json`, as far as that can say it.

The old file has one weight a kind, patterns that read name and path together, and single
values; it knows no tests beside one another, nothing against a star, no exceptions, and four
limits over a whole run. What it cannot say is an error that names it. Whether what was written
means the same is not argued here but tried: the exporter imports it back and compares.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import assert_never

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, at_place
from starlang.legacy.limits import FLOOR, RUN, STAR, STARS
from starlang.legacy.old_file import ListKind
from starlang.matching.patterns import Pattern
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, condition_text
from starlang.rules.model import (
    MICRO,
    Amount,
    Ceiling,
    Ceilings,
    Combine,
    Floor,
    OnBreach,
    Rule,
    RuleSet,
    Star,
)
from starlang.rules.predicate import Predicate
from starlang.rules.predicates import OneOf
from starlang.rules.text_predicates import Matches
from starlang.text import Json

_FACETS = {
    "text": ListKind.RULES,
    "capability": ListKind.CAPABILITIES,
    "node": ListKind.NODES,
    "owner": ListKind.OWNERS,
    "package": ListKind.PACKAGES,
}
"""Facet -> the list of the old file that looks at it."""


@frozen
class Exported:
    """The old file as plain data, and what it cannot say; then it is not to be written."""

    document: dict[str, Json]
    diagnostics: tuple[Diagnostic, ...]


def export_rules(rules: RuleSet) -> Exported:
    """`rules` as a `star_rules.json`."""
    found: list[Diagnostic] = []
    labels = {star.id: star.label for star in rules.stars}
    lists: dict[ListKind, list[Json]] = {kind: [] for kind in ListKind}
    weights: dict[ListKind, Rule] = {}
    for rule in rules.rules:
        kind = _kind(rule)
        if rule.sign < 0:
            found.append(_unsaid(rule.at, f"`{rule.name}` speaks against a star"))
        elif kind is None:
            words = condition_text(rule.condition)
            found.append(_unsaid(rule.at, f"`{rule.name}` holds when {words}"))
        elif weights.setdefault(kind, rule).weight != rule.weight:
            other = weights[kind]
            found.append(_other_weight(rule, other))
        else:
            try:
                lists[kind].append(_entry(rule, kind, labels[rule.star]))
            except _UnsaidError as error:
                found.append(_unsaid(rule.at, f"`{rule.name}` {error}"))
    found += _settings(rules)
    return Exported(
        {
            "version": rules.version,
            "canonical_stars": [star.label for star in rules.stars],
            "stars": [_star(star) for star in rules.stars],
            "aliases": {
                alias: star.label
                for star in rules.stars
                for alias in (star.id, *star.aliases)
                if alias != star.label
            },
            "weights": {kind.weight: _number(rule.weight) for kind, rule in weights.items()},
            "confidence": {
                "min_suggest": _number(rules.confidence.suggest),
                "min_autopromote": _number(rules.confidence.promote),
            },
            "exclusions": [
                {"pattern": _python(mask.what), "explain": mask.because}
                for mask in rules.masks
                if isinstance(mask.what, Pattern) and mask.what.ignore_case
            ],
            **_limits(rules.ceilings),
            **{kind.section: lists[kind] for kind in ListKind},
        },
        tuple(found),
    )


def _star(star: Star) -> Json:
    """A star with its emoji and domain, which together are one more name of it in the old file.

    Where that is none in the rules, both are left out: they decide nothing.
    """
    name = f"{star.emoji} {star.id}" + (f" ({star.domain})" if star.domain else "")
    if not star.emoji or name not in {star.label, *star.aliases}:
        return {"id": star.id}
    facts = {"emoji": star.emoji, "domain": star.domain}
    return {"id": star.id, **{key: text for key, text in facts.items() if text}}


class _UnsaidError(Exception):
    """Something that the old file cannot say; the words go on after the name of the rule."""


def _kind(rule: Rule) -> ListKind | None:
    """The list that a rule would stand in, None where it fits into none."""
    tests = _alternatives(rule.condition)
    facets = {test.facet for test in tests or ()}
    if tests is None or len(facets) != 1:
        return None
    kind = _FACETS.get(facets.pop())
    if kind is None:
        return None
    wanted = Matches if kind.is_pattern else OneOf
    return kind if all(isinstance(test, wanted) for test in tests) else None


def _alternatives(condition: Condition) -> tuple[Matches | OneOf, ...] | None:
    """The tests of which one has to hold, None where there is more to it."""
    match condition:
        case Matches() | OneOf():
            return (condition,)
        case AnyOf(parts=parts):
            found: list[Matches | OneOf] = []
            for part in parts:
                inner = _alternatives(part)
                if inner is None:
                    return None
                found += inner
            return tuple(found)
        case AllOf() | Not() | Predicate():
            return None
        case _:
            assert_never(condition)


def _entry(rule: Rule, kind: ListKind, label: str) -> Json:
    tests = _alternatives(rule.condition) or ()
    if kind.is_pattern:
        return {"star": label, kind.key: "|".join(_alternative(test) for test in tests)}
    values = [value for test in tests if isinstance(test, OneOf) for value in test.values]
    if len(values) != 1:
        raise _UnsaidError("names several values, which the old file would count one by one")
    return {"star": label, kind.key: values[0]}


def _alternative(test: Matches | OneOf) -> str:
    """A pattern as the old tools read it; what is ignored becomes a look-around."""
    if not isinstance(test, Matches):
        raise _UnsaidError("is not a pattern")
    if not test.pattern.ignore_case:
        raise _UnsaidError("is case-sensitive, and the old tools never were")
    core = _python(test.pattern)
    if test.ignoring is None:
        return core
    ignored = _python(test.ignoring)
    if ignored.endswith(core) and ignored != core:
        return f"(?<!{ignored.removesuffix(core)}){core}"
    if ignored.startswith(core) and ignored != core:
        return f"{core}(?!{ignored.removeprefix(core)})"
    raise _UnsaidError(f"ignores {test.ignoring}, which is not a look-around of its pattern")


def _python(pattern: Pattern) -> str:
    """The pattern for Python: what the import writes of a Python pattern, it reads as well."""
    return pattern.regex


def _settings(rules: RuleSet) -> Iterator[Diagnostic]:
    """What the old file has no place for at all."""
    confidence = rules.confidence
    if confidence.combine is Combine.NOISY_OR:
        yield _unsaid("", "`combine noisy_or`")
    if confidence.margin:
        yield _unsaid("", "a `margin`")
    for star, _ in confidence.promote_star:
        yield _unsaid("", f"a threshold of its own for {star}")
    for asked in sorted({confidence.sources, *(n for _, n in confidence.sources_star)} - {1}):
        yield _unsaid("", f"`from {asked} sources`")
    for mask in rules.masks:
        if not isinstance(mask.what, Pattern) or not mask.what.ignore_case:
            yield _unsaid(mask.at, f"the mask `{mask.what}`")
    for never in rules.nevers:
        yield _unsaid(never.at, "`never promote`")
    for assign in rules.assigns:
        yield _unsaid(assign.at, f"`assign` of {assign.path}")
    yield from _unlimited(rules.ceilings)


def _unlimited(ceilings: Ceilings) -> Iterator[Diagnostic]:
    """The ceilings that the old file has no limit for."""
    for each in _all(ceilings):
        if _limit(each) is None:
            yield _left_out(each.text)
    if ceilings.on_breach is OnBreach.DEFER:
        yield _left_out("on breach defer")


def _all(ceilings: Ceilings) -> list[Ceiling | Floor]:
    return [*ceilings.limits, *ceilings.floors]


def _limits(ceilings: Ceilings) -> dict[str, Json]:
    """The `limits` of the old file, as far as it knows such ones; none where it knows none."""
    found = dict(filter(None, map(_limit, _all(ceilings))))
    if not found:
        return {}
    return {"limits": {**found, STARS: ceilings.stars_per_module}}


def _limit(each: Ceiling | Floor) -> tuple[str, Json] | None:
    """The key and the value of one limit, None where the old file has no such limit."""
    match each:
        case Floor(amount=Amount(value=value, percent=True)):
            return FLOOR, float(value)
        case Ceiling(amount=Amount(value=value, percent=False), star="", globs=(), per=per):
            key = {"": RUN, "star": STAR}.get(per)
            return None if key is None else (key, int(value))
        case Floor() | Ceiling():
            return None
        case _:
            assert_never(each)


def _left_out(text: str) -> Diagnostic:
    return Diagnostic(
        code="W881",
        message=f"the old file has no such limit: `{text}` is left out",
        hint="keep the rule files, or write the limit over the whole run",
    )


def _number(micro: int) -> Json:
    """An amount as a JSON number; six places fit a double exactly when written shortest."""
    return float(Decimal(micro) / MICRO)


def _unsaid(place: str, what: str) -> Diagnostic:
    return at_place(
        place,
        "E880",
        f"the old rule file cannot express this: {what}",
        hint="leave it out of what is exported, or keep the rule files",
    )


def _other_weight(rule: Rule, other: Rule) -> Diagnostic:
    weights = f"{_number(rule.weight)}, and `{other.name}` {_number(other.weight)}"
    return at_place(
        rule.at,
        "E880",
        f"the old rule file has one weight per kind: `{rule.name}` has {weights}",
        hint="give rules of one kind one weight, or keep the rule files",
    )
