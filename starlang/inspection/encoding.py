"""`starlang-inspection/1`: an inspection as JSON. Amounts and shares are decimal strings."""

import json
from fractions import Fraction

from starlang.diagnostics.formats import as_json
from starlang.explain.amounts import exact
from starlang.explain.encoding import Json
from starlang.inspection.findings import findings
from starlang.inspection.model import Inspection, Overlap

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
