"""`starlang-inspection/1`: an inspection as JSON. Amounts and shares are decimal strings."""

import json
from collections.abc import Iterator
from fractions import Fraction

from starlang.diagnostics.formats import as_json
from starlang.diagnostics.model import Diagnostic, at_place
from starlang.explain.words import exact
from starlang.inspect.model import (
    DeadRule,
    InsideWord,
    Inspection,
    OnThreshold,
    Overlap,
    amount,
    modules,
)
from starlang.text import Json, counted, shown_value

# What an inspection has found that somebody should look at, as warnings with a place.

_NAMED = 5


def findings(found: Inspection) -> Iterator[Diagnostic]:
    """All warnings: dead rules, words, masks, thresholds, doubles, stars out of reach."""
    for dead in found.dead:
        yield _dead(found, dead)
    yield from _inside(found)
    for number in found.idle_masks:
        mask = found.rules.masks[number]
        yield at_place(
            mask.at,
            "W422",
            f"the mask `{mask.what}` hides nothing in any path or name",
            hint="remove it, or correct what it looks for",
        )
    for edge in found.edges:
        yield _edge(found, edge)
    for overlap in found.overlaps:
        if overlap.both == overlap.of_first == overlap.of_second:
            yield _double(found, overlap)
    for star in found.stars:
        if star.best < star.threshold:
            yield Diagnostic(
                code="W425",
                message=(
                    f"no module reaches {star.star}: the best score is {amount(star.best)}, and "
                    f"{amount(star.threshold)} is asked for"
                ),
                hint="give it more evidence, or lower its threshold: `promote STAR 0.60`",
            )


def _dead(found: Inspection, dead: DeadRule) -> Diagnostic:
    rule = found.rules.rules[dead.rule]
    misses = [
        f"{shown_value(each.wanted)} is nowhere"
        + (f", but {shown_value(each.near)} is in {modules(each.modules)}" if each.near else "")
        for each in dead.misses[:_NAMED]
    ]
    more = len(dead.misses) - _NAMED
    tail = f" and {more:,} more" if more > 0 else ""
    words = f": {'; '.join(misses)}{tail}" if misses else ""
    return at_place(
        rule.at,
        "W420",
        f"`{rule.name}` holds for no module{words}",
        hint="correct what it asks for, or remove it",
    )


def _inside(found: Inspection) -> Iterator[Diagnostic]:
    """One finding for each text of a rule."""
    texts: dict[tuple[int, str], list[InsideWord]] = {}
    for each in found.inside:
        texts.setdefault((each.rule, each.text), []).append(each)
    for (number, text), places in texts.items():
        rule = found.rules.rules[number]
        words = ", ".join(f"{each.word} ({each.modules:,})" for each in places[:_NAMED])
        more = len(places) - _NAMED
        tail = f" and {more:,} more words" if more > 0 else ""
        yield at_place(
            rule.at,
            "W421",
            f"`{rule.name}` finds {shown_value(text)} inside longer words: {words}{tail}",
            hint=f"`mentions {text}` finds it as a word: in {modules(places[0].whole)}",
        )


def _edge(found: Inspection, edge: OnThreshold) -> Diagnostic:
    rules = [found.rules.rules[number] for number in edge.rules]
    names = " + ".join(rule.name for rule in rules)
    return at_place(
        rules[0].at if rules else "",
        "W423",
        f"{counted(edge.modules, 'module is', 'modules are')} exactly on the threshold to "
        f"{edge.threshold} {edge.star}, {amount(edge.score)}: {names}",
        hint="decide which side they belong to, and move a weight or the threshold",
    )


def _double(found: Inspection, overlap: Overlap) -> Diagnostic:
    first, second = found.rules.rules[overlap.first], found.rules.rules[overlap.second]
    return at_place(
        first.at,
        "W424",
        f"`{first.name}` and `{second.name}` hold for the same {modules(overlap.both)}: what they "
        "see is counted twice",
        hint="keep one of them, or give both together the weight that they deserve",
    )


FORMAT = "starlang-inspection/1"


def encode(found: Inspection) -> str:
    """The inspection as JSON text, an entry a line."""
    return f"{json.dumps(inspection_json(found), ensure_ascii=False, indent=1)}\n"


def inspection_json(found: Inspection) -> dict[str, Json]:
    """The inspection as plain data."""
    rules = found.rules.rules
    return {
        "format": FORMAT,
        "modules": found.modules,
        "default_carriers": found.default_carriers,
        "outcomes": dict(found.outcomes),
        "rules": [
            {
                "rule": rules[use.rule].name,
                "star": rules[use.rule].star,
                "sign": rules[use.rule].sign,
                "weight": exact(rules[use.rule].weight),
                "at": rules[use.rule].at,
                "hits": use.hits,
                "share": _share(Fraction(use.hits, found.modules) if found.modules else None),
                "alone": use.alone,
                "wins": use.wins,
                "agree": use.agree,
                "differ": use.differ,
            }
            for use in found.uses
        ],
        "overlaps": [_overlap(found, each) for each in found.overlaps],
        "conflicts": [_overlap(found, each) for each in found.conflicts],
        "dead": [
            {
                "rule": rules[each.rule].name,
                "misses": [
                    {
                        "facet": miss.facet,
                        "wanted": miss.wanted,
                        "near": miss.near,
                        "modules": miss.modules,
                    }
                    for miss in each.misses
                ],
            }
            for each in found.dead
        ],
        "inside_words": [
            {
                "rule": rules[each.rule].name,
                "text": each.text,
                "word": each.word,
                "modules": each.modules,
                "whole": each.whole,
            }
            for each in found.inside
        ],
        "idle_masks": [str(found.rules.masks[number].what) for number in found.idle_masks],
        "stars": [
            {
                "star": each.star,
                "carried": each.carried,
                "promoted": each.promoted,
                "leading": each.leading,
                "given": each.given,
                "precision": _share(each.precision),
                "recall": _share(each.recall),
                "best": exact(each.best),
                "threshold": exact(each.threshold),
            }
            for each in found.stars
        ],
        "matrix": [
            {"carried": carried, "says": says, "modules": count}
            for (carried, says), count in found.matrix.items()
        ],
        "reliability": [
            {
                "from": exact(each.low),
                "to": exact(each.high),
                "modules": each.modules,
                "right": each.right,
                "confidence": _share(
                    Fraction(each.total, each.modules * 1_000_000) if each.modules else None
                ),
            }
            for each in found.bins
        ],
        "calibration_error": _share(found.calibration_error),
        "on_thresholds": [
            {
                "star": each.star,
                "score": exact(each.score),
                "threshold": each.threshold,
                "modules": each.modules,
                "rules": [rules[number].name for number in each.rules],
            }
            for each in found.edges
        ],
        "curve": [
            {"threshold": exact(threshold), "promoted": count} for threshold, count in found.curve
        ],
        "fragile": [
            {
                "rule": rules[each.rule].name,
                "weight": exact(each.weight),
                "moved": exact(each.moved),
                "modules": each.modules,
                "examples": list(each.examples),
            }
            for each in found.fragile
        ],
        "findings": [as_json(each) for each in findings(found)],
    }


def _overlap(found: Inspection, each: Overlap) -> dict[str, Json]:
    rules = found.rules.rules
    return {
        "first": rules[each.first].name,
        "second": rules[each.second].name,
        "both": each.both,
        "of_first": each.of_first,
        "of_second": each.of_second,
    }


def _share(share: Fraction | None) -> str | None:
    """A share with six places, rounded half up."""
    return None if share is None else exact((share * 1_000_000 + Fraction(1, 2)).__floor__())
