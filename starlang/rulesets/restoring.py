"""From the three sections of a compiled file back to the rule set.

Every object must have exactly the members that the compiler writes, so nothing in a
file is passed over in silence.
"""

from starlang.rulesets.model import Assign, Mask, Never, Rule, RuleSet, Star
from starlang.rulesets.reading import condition, micro, what
from starlang.rulesets.restoring_settings import read_ceilings, read_confidence, read_facet
from starlang.rulesets.shapes import (
    Members,
    a_count,
    a_flag,
    a_text,
    an_object,
    beside,
    each,
    named,
    names_of,
    record,
    texts_of,
)

_SEMANTICS = names_of("assigns ceilings confidence facets language masks nevers order rules stars")
_TEXTS = names_of("assigns entries floors id limits masks nevers rules stars tests version")
_PLACES = names_of("assigns floors limits masks nevers rules")
_STAR = names_of("aliases default id label")
_STAR_TEXTS = names_of("domain emoji")
_RULE = names_of("condition kinds name sign star weight")
_NEVER = names_of("condition except stars")
_ASSIGN = names_of("path star")
_REASON = names_of("because until")


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
        confidence=read_confidence(meaning),
        nevers=_nevers(meaning, words, places),
        assigns=_assigns(meaning, words, places),
        ceilings=read_ceilings(meaning, words, places),
        facets=each(read_facet, meaning["facets"]),
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
