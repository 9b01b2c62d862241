"""An explanation as plain data for JSON. Amounts are decimal strings with six places."""

import json
from collections.abc import Mapping, Sequence

from starlang.engine.scores import Score
from starlang.explain.amounts import exact
from starlang.explain.model import Explanation, HeldBack, Match, Row
from starlang.explain.why import why

FORMAT = "starlang-explanations/1"

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def explanation_json(each: Explanation) -> dict[str, Json]:
    """The module as it stands in a plan; keys that do not apply are left out."""
    found: dict[str, Json] = {
        "path": each.path,
        "file": each.file,
        "outcome": each.outcome.value,
        "current": each.current,
        "star": each.star,
        "label": each.label,
        "best": None if each.best is None else {**score_json(each.best), "label": each.best_label},
        "runner_up": None if each.runner_up is None else score_json(each.runner_up),
        "lead": exact(each.lead),
        "thresholds": {
            "suggest": exact(each.suggest_at),
            "promote": exact(each.promote_at),
            "margin": exact(each.margin),
        },
        "secondary": list(each.secondary),
        "evidence": [_row(row) for row in each.rows],
        "rules_say": each.rules_say,
        "why": why(each),
    }
    if each.exceptions:
        found["exceptions"] = [
            {"exception": e.words, "because": e.because, "at": e.at} for e in each.exceptions
        ]
    if each.standings:
        found["ceilings"] = [
            {
                "star": standing.star,
                "ceiling": standing.ceiling,
                "group": standing.group,
                "place": standing.place,
                "limit": standing.limit,
            }
            for standing in each.standings
        ]
    if each.barred:
        found["barred"] = list(each.barred)
    if each.held is not None:
        found["held"] = _held(each.held)
    if each.dropped:
        found["dropped"] = list(map(_held, each.dropped))
    return found


def _held(held: HeldBack) -> dict[str, Json]:
    return {
        "star": held.star,
        "ceiling": held.ceiling,
        "group": held.group,
        "at": held.at,
        "last": held.last_path,
    }


def score_json(score: Score) -> dict[str, Json]:
    """A score with all three of its figures."""
    return {
        "star": score.star,
        "raw": exact(score.raw),
        "score": exact(score.score),
        "confidence": exact(score.confidence),
    }


def _row(row: Row) -> dict[str, Json]:
    return {
        "rule": row.rule,
        "star": row.star,
        "kind": "+".join(row.kinds),
        "weight": exact(row.sign * row.weight),
        "effect": exact(row.effect),
        "matched": row.matches[0].text if row.matches else "",
        "matches": [_match(match) for match in row.matches],
        "because": row.because,
        "at": row.at,
    }


def _match(match: Match) -> dict[str, Json]:
    return {"facet": match.facet, "value": match.value, "start": match.start, "end": match.end}


def encode(explanations: Sequence[Explanation]) -> str:
    """`starlang-explanations/1` as JSON text: a module a line, ending in a newline."""
    modules = ",\n".join(line(explanation_json(each)) for each in explanations)
    return f'{{\n"format": "{FORMAT}",\n"modules": [\n{modules}\n]\n}}\n'


def line(value: Json) -> str:
    """`value` as one line of JSON, the keys sorted."""
    return _ENCODER.encode(value)
