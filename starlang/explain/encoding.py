"""An explanation as plain data for JSON. Amounts are decimal strings with six places."""

import json
from collections.abc import Mapping, Sequence

from starlang.engine.scores import Score
from starlang.engine.settlement import Standing
from starlang.explain.amounts import exact
from starlang.explain.model import Explanation, HeldBack, Match, Row
from starlang.explain.why import why

FORMAT = "starlang-explanations/1"

_SORTING = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_ORDERED = json.JSONEncoder(ensure_ascii=False)

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def explanation_json(each: Explanation) -> dict[str, Json]:
    """The module as it stands in a plan; keys that do not apply are left out.

    The keys of this and of all that is in it are in order, so nothing need be sorted.
    """
    found: dict[str, Json] = {}
    if each.barred:
        found["barred"] = each.barred
    found["best"] = None if each.best is None else _best(each.best, each.best_label)
    if each.standings:
        found["ceilings"] = [_standing(standing) for standing in each.standings]
    found["current"] = each.current
    if each.dropped:
        found["dropped"] = list(map(_held, each.dropped))
    found["evidence"] = [row_json(row) for row in each.rows]
    if each.exceptions:
        found["exceptions"] = [
            {"at": e.at, "because": e.because, "exception": e.words} for e in each.exceptions
        ]
    found["file"] = each.file
    if each.held is not None:
        found["held"] = _held(each.held)
    found["label"] = each.label
    if each.best is not None:
        found["lead"] = exact(each.lead)
    found["outcome"] = each.outcome.value
    found["path"] = each.path
    found["rules_say"] = each.rules_say
    found["runner_up"] = None if each.runner_up is None else score_json(each.runner_up)
    found["secondary"] = list(each.secondary)
    found["star"] = each.star
    if each.best is not None:
        found["thresholds"] = _thresholds(each)
    found["why"] = why(each)
    return found


def _standing(standing: Standing) -> dict[str, Json]:
    return {
        "ceiling": standing.ceiling,
        "group": standing.group,
        "limit": standing.limit,
        "place": standing.place,
        "star": standing.star,
    }


def _held(held: HeldBack) -> dict[str, Json]:
    return {
        "at": held.at,
        "ceiling": held.ceiling,
        "eligible": held.eligible,
        "group": held.group,
        "last": held.last_path,
        "rank": held.rank,
        "star": held.star,
    }


def _best(score: Score, label: str) -> dict[str, Json]:
    figures = score_json(score)
    return {"confidence": figures.pop("confidence"), "label": label, **figures}


def _thresholds(each: Explanation) -> dict[str, Json]:
    return {
        "margin": exact(each.margin),
        "promote": exact(each.promote_at),
        "suggest": exact(each.suggest_at),
    }


def score_json(score: Score) -> dict[str, Json]:
    """A score with all three of its figures."""
    return {
        "confidence": exact(score.confidence),
        "raw": exact(score.raw),
        "score": exact(score.score),
        "star": score.star,
    }


def row_json(row: Row) -> dict[str, Json]:
    """One piece of evidence; the keys are in order."""
    return {
        "at": row.at,
        "because": row.because,
        "effect": exact(row.effect),
        "kind": "+".join(row.kinds),
        "matched": row.matches[0].text if row.matches else "",
        "matches": list(map(_match, row.matches)),
        "rule": row.rule,
        "star": row.star,
        "weight": exact(row.sign * row.weight),
    }


def _match(match: Match) -> dict[str, Json]:
    """What matched; `more` only where further ones are not listed. The keys are in order."""
    found: dict[str, Json] = {"end": match.end, "facet": match.facet}
    if match.more:
        found["more"] = match.more
    return {**found, "start": match.start, "value": match.value}


def encode(explanations: Sequence[Explanation]) -> str:
    """`starlang-explanations/1` as JSON text: a module a line, ending in a newline."""
    modules = ",\n".join(ordered_line(explanation_json(each)) for each in explanations)
    return f'{{\n"format": "{FORMAT}",\n"modules": [\n{modules}\n]\n}}\n'


def line(value: Json) -> str:
    """`value` as one line of JSON, the keys sorted."""
    return _SORTING.encode(value)


def ordered_line(value: Json) -> str:
    """`value`, whose keys are in order already, as one line of JSON: a third faster."""
    return _ORDERED.encode(value)


quoted = json.encoder.encode_basestring
"""A text as `ordered_line` writes it, in a tenth of the time."""
