"""From the three sections of a compiled file back to the rule set."""

from collections.abc import Callable, Iterable, Sequence
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
    a_list,
    a_text,
    an_object,
    each,
    member,
    texts_of,
)

T = TypeVar("T")


def ruleset(decides: object, reads: object, stands: object) -> RuleSet:
    """The rule set of the sections `semantics`, `texts` and `places`; raises `MalformedError`."""
    return RuleSet(
        id=a_text(member(reads, "id")),
        version=a_text(member(reads, "version")),
        stars=each(lambda star: _star(star, member(reads, "stars")), member(decides, "stars")),
        order=texts_of(member(decides, "order")),
        rules=_rules(decides, reads, stands),
        masks=_masks(decides, reads, stands),
        confidence=_confidence(member(decides, "confidence")),
        nevers=_nevers(decides, reads, stands),
        assigns=_assigns(decides, reads, stands),
        ceilings=_ceilings(member(decides, "ceilings"), reads, stands),
        facets=each(_facet, member(decides, "facets")),
        entries=tuple(
            (name, texts_of(values))
            for name, values in sorted(an_object(member(reads, "entries")).items())
        ),
        tests=a_text(member(reads, "tests")),
    )


def _star(star: object, reads: object) -> Star:
    star_id = a_text(member(star, "id"))
    read = member(reads, star_id)
    return Star(
        id=star_id,
        label=a_text(member(star, "label")),
        aliases=texts_of(member(star, "aliases")),
        emoji=a_text(member(read, "emoji")),
        domain=a_text(member(read, "domain")),
        is_default=a_flag(member(star, "default")),
    )


def _rules(decides: object, reads: object, stands: object) -> tuple[Rule, ...]:
    because, at = member(reads, "rules"), member(stands, "rules")

    def read(rule: object) -> Rule:
        name = a_text(member(rule, "name"))
        return Rule(
            name=name,
            star=a_text(member(rule, "star")),
            sign=a_count(member(rule, "sign")),
            weight=micro(member(rule, "weight")),
            kinds=texts_of(member(rule, "kinds")),
            condition=condition(member(rule, "condition")),
            because=a_text(member(because, name)),
            at=a_text(member(at, name)),
        )

    return each(read, member(decides, "rules"))


def _masks(decides: object, reads: object, stands: object) -> tuple[Mask, ...]:
    rows = _beside(member(decides, "masks"), member(reads, "masks"), member(stands, "masks"))
    return tuple(Mask(what(hides), a_text(because), a_text(at)) for hides, because, at in rows)


def _nevers(decides: object, reads: object, stands: object) -> tuple[Never, ...]:
    rows = _beside(member(decides, "nevers"), member(reads, "nevers"), member(stands, "nevers"))
    return tuple(
        Never(
            stars=texts_of(member(never, "stars")),
            condition=condition(member(never, "condition")),
            unless_paths=texts_of(member(never, "except")),
            because=a_text(member(read, "because")),
            until=a_text(member(read, "until")),
            at=a_text(at),
        )
        for never, read, at in rows
    )


def _assigns(decides: object, reads: object, stands: object) -> tuple[Assign, ...]:
    words, at = member(reads, "assigns"), member(stands, "assigns")

    def read(assign: object) -> Assign:
        path = a_text(member(assign, "path"))
        return Assign(
            path=path,
            star=a_text(member(assign, "star")),
            because=a_text(member(member(words, path), "because")),
            until=a_text(member(member(words, path), "until")),
            at=a_text(member(at, path)),
        )

    return each(read, member(decides, "assigns"))


def _confidence(value: object) -> Confidence:
    stars = an_object(member(value, "promote_star"))
    return Confidence(
        combine=_word(Combine, member(value, "combine")),
        suggest=micro(member(value, "suggest")),
        promote=micro(member(value, "promote")),
        margin=micro(member(value, "margin")),
        promote_star=tuple((star, micro(at)) for star, at in sorted(stars.items())),
    )


def _ceilings(value: object, reads: object, stands: object) -> Ceilings:
    limits = _beside(member(value, "limits"), member(reads, "limits"), member(stands, "limits"))
    floors = _beside(member(value, "floors"), member(reads, "floors"), member(stands, "floors"))
    return Ceilings(
        limits=tuple(
            Ceiling(
                amount=amount(member(limit, "amount")),
                star=a_text(member(limit, "star")),
                globs=texts_of(member(limit, "under")),
                per=a_text(member(limit, "per")),
                text=a_text(text),
                at=a_text(at),
            )
            for limit, text, at in limits
        ),
        floors=tuple(
            Floor(amount(member(floor, "amount")), a_text(text), a_text(at))
            for floor, text, at in floors
        ),
        stars_per_module=a_count(member(value, "stars_per_module")),
        on_breach=_word(OnBreach, member(value, "on_breach")),
    )


def _facet(value: object) -> FacetUse:
    values = an_object(member(value, "values"))
    return FacetUse(
        name=a_text(member(value, "name")),
        locations=texts_of(member(value, "locations")),
        missing=texts_of(member(value, "missing")),
        values=tuple((name, a_text(new)) for name, new in sorted(values.items())),
        group_missing=a_flag(member(value, "group_missing")),
        type=a_text(member(value, "type")),
    )


def _word(words: Callable[[str], T], value: object) -> T:
    try:
        return words(a_text(value))
    except ValueError as error:
        raise MalformedError(f"`{value}` is none of the known words") from error


def _beside(*lists: object) -> Iterable[Sequence[object]]:
    """Lists that go by position, row by row."""
    columns = [a_list(each_list) for each_list in lists]
    if len({len(column) for column in columns}) > 1:
        raise MalformedError("lists that belong together have different lengths")
    return zip(*columns, strict=True)
