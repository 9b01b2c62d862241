"""Stars that no module can be promoted to, however much evidence it has."""

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve

from starlang.checker.analyses.sums import evidence, highest
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.rulesets.model import Rule, RuleSet
from starlang.rulesets.wording import short_amount

_SHOWN = 3


def unreachable_stars(
    rules: RuleSet, places: Mapping[str, Label], settings: Mapping[str, Label]
) -> Iterator[Diagnostic]:
    """W301 for stars whose rules together miss the promote threshold."""
    confidence = rules.confidence
    for star, known in evidence(rules).items():
        best = highest(confidence.combine, [rule.weight for rule in known.speaking])
        needed = confidence.promote_at(star)
        if known.speaking and best < needed:
            nor = ", nor even suggested" if best < confidence.suggest else ""
            threshold = settings.get(f"promote {star}") or settings.get("promote")
            short_of = f"is never promoted{nor}"
            yield _warning(star, known.speaking, best, needed, short_of, places, threshold)


def _warning(  # noqa: PLR0913, PLR0917 -- the facts of the message
    star: str,
    speaking: Sequence[Rule],
    best: int,
    needed: int,
    short_of: str,
    places: Mapping[str, Label],
    threshold: Label | None,
) -> Diagnostic:
    shown = speaking[:_SHOWN]
    first, *others = (
        evolve(places[rule.at], message=f"gives {short_amount(rule.weight)}") for rule in shown
    )
    if threshold:
        others.append(evolve(threshold, message=f"asks for {short_amount(needed)}"))
    count = len(speaking)
    together = "its only rule gives" if count == 1 else f"its {count} rules together give at most"
    return at(
        first.source,
        first.span,
        "W301",
        f"`{star}` {short_of}: {together} {short_amount(best)} of {short_amount(needed)}",
        label=first.message,
        others=others,
        hint=f"add evidence for `{star}`, raise a weight, or lower `promote {star}`",
    )
