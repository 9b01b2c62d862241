"""From the three sections of a compiled file back to the rule set.

Every object must have exactly the members that the compiler writes, so nothing in a
file is passed over in silence.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from starlang.rulesets.model import (
    Assign,
    Ceiling,
    Ceilings,
    Combine,
    Confidence,
    FacetUse,
    Floor,
    Mask,
    Never,
    OnBreach,
    Rule,
    RuleSet,
    Star,
)
from starlang.rulesets.reading import amount, condition, micro, what
from starlang.rulesets.shapes import (
    MalformedError,
    a_count,
    a_flag,
    a_text,
    an_object,
    beside,
    each,
    named,
    record,
    texts_of,
)

T = TypeVar("T")

Members = Mapping[str, object]


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SEMANTICS = _names("assigns ceilings confidence facets language masks nevers order rules stars")
_TEXTS = _names("assigns entries floors id limits masks nevers rules stars tests version")
_PLACES = _names("assigns floors limits masks nevers rules")
_STAR = _names("aliases default id label")
_STAR_TEXTS = _names("domain emoji")
_RULE = _names("condition kinds name sign star weight")
_NEVER = _names("condition except stars")
_ASSIGN = _names("path star")
_REASON = _names("because until")
_CONFIDENCE = _names("combine margin promote promote_star suggest")
_CEILINGS = _names("floors limits on_breach stars_per_module")
_LIMIT = _names("amount per star under")
_FLOOR = _names("amount")
_FACET = _names("group_missing locations missing name type values")


def ruleset(decides: object, reads: object, stands: object) -> RuleSet:
    """The rule set of the sections `semantics`, `texts` and `places`; or MalformedError."""
    meaning, words, places = (
        record(section, members)
        for section, members in ((decides, _SEMANTICS), (reads, _TEXTS), (stands, _PLACES))
    )
    entries = an_object(words["entries"])
    return RuleSet(
        id=a_text(words["id"]),
        version=a_text(words["version"]),
        stars=_stars(meaning, words),
        order=texts_of(meaning["order"]),
        rules=_rules(meaning, words, places),
        masks=_masks(meaning, words, places),
        confidence=_confidence(meaning),
        nevers=_nevers(meaning, words, places),
        assigns=_assigns(meaning, words, places),
        ceilings=_ceilings(meaning, words, places),
        facets=each(_facet, meaning["facets"]),
        entries=tuple((name, texts_of(entries[name])) for name in sorted(entries)),
        tests=a_text(words["tests"]),
    )


def _stars(meaning: Members, words: Members) -> tuple[Star, ...]:
    stars = each(lambda star: record(star, _STAR), meaning["stars"])
    texts = named(words["stars"], [a_text(star["id"]) for star in stars])
    return tuple(
        Star(
            id=a_text(star["id"]),
            label=a_text(star["label"]),
            aliases=texts_of(star["aliases"]),
            emoji=a_text(record(text, _STAR_TEXTS)["emoji"]),
            domain=a_text(record(text, _STAR_TEXTS)["domain"]),
            is_default=a_flag(star["default"]),
        )
        for star, text in zip(stars, texts, strict=True)
    )


def _rules(meaning: Members, words: Members, places: Members) -> tuple[Rule, ...]:
    rules = each(lambda rule: record(rule, _RULE), meaning["rules"])
    names = [a_text(rule["name"]) for rule in rules]
    reasons, at = named(words["rules"], names), named(places["rules"], names)
    return tuple(
        Rule(
            name=name,
            star=a_text(rule["star"]),
            sign=a_count(rule["sign"]),
            weight=micro(rule["weight"]),
            kinds=texts_of(rule["kinds"]),
            condition=condition(rule["condition"]),
            because=a_text(reason),
            at=a_text(place),
        )
        for rule, name, reason, place in zip(rules, names, reasons, at, strict=True)
    )


def _masks(meaning: Members, words: Members, places: Members) -> tuple[Mask, ...]:
    rows = beside(meaning["masks"], words["masks"], places["masks"])
    return tuple(Mask(what(hides), a_text(because), a_text(at)) for hides, because, at in rows)


def _nevers(meaning: Members, words: Members, places: Members) -> tuple[Never, ...]:
    rows = beside(meaning["nevers"], words["nevers"], places["nevers"])
    return tuple(
        _never(record(never, _NEVER), record(read, _REASON), at) for never, read, at in rows
    )


def _never(never: Members, reason: Members, at: object) -> Never:
    return Never(
        stars=texts_of(never["stars"]),
        condition=condition(never["condition"]),
        unless_paths=texts_of(never["except"]),
        because=a_text(reason["because"]),
        until=a_text(reason["until"]),
        at=a_text(at),
    )


def _assigns(meaning: Members, words: Members, places: Members) -> tuple[Assign, ...]:
    assigns = each(lambda assign: record(assign, _ASSIGN), meaning["assigns"])
    paths = [a_text(assign["path"]) for assign in assigns]
    reasons = [record(reason, _REASON) for reason in named(words["assigns"], paths)]
    rows = zip(assigns, paths, reasons, named(places["assigns"], paths), strict=True)
    return tuple(
        Assign(
            path=path,
            star=a_text(assign["star"]),
            because=a_text(reason["because"]),
            until=a_text(reason["until"]),
            at=a_text(at),
        )
        for assign, path, reason, at in rows
    )


def _confidence(meaning: Members) -> Confidence:
    found = record(meaning["confidence"], _CONFIDENCE)
    stars = an_object(found["promote_star"])
    return Confidence(
        combine=_word(Combine, found["combine"]),
        suggest=micro(found["suggest"]),
        promote=micro(found["promote"]),
        margin=micro(found["margin"]),
        promote_star=tuple((star, micro(stars[star])) for star in sorted(stars)),
    )


def _ceilings(meaning: Members, words: Members, places: Members) -> Ceilings:
    found = record(meaning["ceilings"], _CEILINGS)
    limits = beside(found["limits"], words["limits"], places["limits"])
    floors = beside(found["floors"], words["floors"], places["floors"])
    return Ceilings(
        limits=tuple(_limit(record(limit, _LIMIT), text, at) for limit, text, at in limits),
        floors=tuple(
            Floor(amount(record(floor, _FLOOR)["amount"]), a_text(text), a_text(at))
            for floor, text, at in floors
        ),
        stars_per_module=a_count(found["stars_per_module"]),
        on_breach=_word(OnBreach, found["on_breach"]),
    )


def _limit(limit: Members, text: object, at: object) -> Ceiling:
    return Ceiling(
        amount=amount(limit["amount"]),
        star=a_text(limit["star"]),
        globs=texts_of(limit["under"]),
        per=a_text(limit["per"]),
        text=a_text(text),
        at=a_text(at),
    )


def _facet(value: object) -> FacetUse:
    facet = record(value, _FACET)
    values = an_object(facet["values"])
    return FacetUse(
        name=a_text(facet["name"]),
        locations=texts_of(facet["locations"]),
        missing=texts_of(facet["missing"]),
        values=tuple((name, a_text(values[name])) for name in sorted(values)),
        group_missing=a_flag(facet["group_missing"]),
        type=a_text(facet["type"]),
    )


def _word(words: Callable[[str], T], value: object) -> T:
    try:
        return words(a_text(value))
    except ValueError as error:
        raise MalformedError(f"`{value}` is none of the known words") from error
