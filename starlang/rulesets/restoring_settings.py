"""Confidence, ceilings and facets of a compiled file, read back."""

from collections.abc import Callable
from typing import TypeVar

from starlang.rulesets.model import (
    Ceiling,
    Ceilings,
    Combine,
    Confidence,
    FacetUse,
    Floor,
    OnBreach,
)
from starlang.rulesets.reading import amount, micro
from starlang.rulesets.shapes import (
    MalformedError,
    Members,
    a_count,
    a_flag,
    a_text,
    an_object,
    beside,
    names_of,
    record,
    texts_of,
)

T = TypeVar("T")

_CONFIDENCE = names_of("combine margin promote promote_star suggest")
_CEILINGS = names_of("floors limits on_breach stars_per_module")
_LIMIT = names_of("amount per star under")
_FLOOR = names_of("amount")
_FACET = names_of("group_missing locations missing name type values")


def read_confidence(meaning: Members) -> Confidence:
    """The thresholds of the section `semantics`."""
    found = record(meaning["confidence"], _CONFIDENCE)
    stars = an_object(found["promote_star"])
    return Confidence(
        combine=_word(Combine, found["combine"]),
        suggest=micro(found["suggest"]),
        promote=micro(found["promote"]),
        margin=micro(found["margin"]),
        promote_star=tuple((star, micro(stars[star])) for star in sorted(stars)),
    )


def read_ceilings(meaning: Members, words: Members, places: Members) -> Ceilings:
    """The ceilings, from all three sections."""
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


def read_facet(value: object) -> FacetUse:
    """A facet as the profile defined it when the rules were compiled."""
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
