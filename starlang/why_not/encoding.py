"""`starlang-why-not/1`: the answers as JSON. Amounts are decimal strings with six places."""

import json
from collections.abc import Sequence

from starlang.explain.encoding import row_json, score_json, sources_json
from starlang.explain.words import exact
from starlang.printable import json_text
from starlang.rules.spelling import spelling
from starlang.text import Json
from starlang.why_not.ask import CauseGroup
from starlang.why_not.model import Absent, Change, Hindrance, Search, Solution, WhyNot

FORMAT = "starlang-why-not/1"


def encode(star: str, answers: Sequence[WhyNot], groups: Sequence[CauseGroup] = ()) -> str:
    """The document, ending in a newline; of groups, the examples are the answers."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "star": star,
        "groups": [_group(group) for group in groups],
        "modules": [
            answer_json(each)
            for each in (*answers, *(group.example for group in groups if group.example))
        ],
    }
    return json_text(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def answer_json(each: WhyNot) -> dict[str, Json]:
    """One answer."""
    return {
        "path": each.path,
        "file": each.file,
        "outcome": each.outcome.value,
        "current": each.current,
        "after": each.after,
        "cause": each.cause.value,
        "score": score_json(each.score),
        "missing": exact(each.missing),
        **_sources(each),
        "thresholds": {
            "margin": exact(each.margin),
            "promote": exact(each.promote_at),
            "suggest": exact(each.suggest_at),
        },
        "rival": None if each.rival is None else score_json(each.rival),
        "present": [row_json(row) for row in each.present],
        "absent": [_absent(rule) for rule in each.absent],
        "hindrances": [_hindrance(hindrance) for hindrance in each.hindrances],
        "manifest": _search(each.manifest),
        "rules": _search(each.rules),
    }


def _sources(each: WhyNot) -> dict[str, Json]:
    """The sources of the star, where a promotion takes more than one."""
    if each.sources_at == 1:
        return {}
    return {"sources": sources_json(each.sources_at, each.sources)}


def _group(group: CauseGroup) -> dict[str, Json]:
    return {
        "cause": group.cause.value,
        "words": group.words,
        "count": len(group.paths),
        "paths": group.paths,
        "example": group.example.path if group.example else None,
    }


def _absent(rule: Absent) -> dict[str, Json]:
    parts: list[Json] = [
        {"condition": part.words, "holds": part.holds, "found": part.found, "note": part.note}
        for part in rule.parts
    ]
    return {
        "rule": rule.rule,
        "weight": exact(rule.weight),
        "parts": parts,
        "because": rule.because,
        "at": rule.at,
        **({} if rule.adds_source is None else {"adds_source": rule.adds_source}),
    }


def _hindrance(hindrance: Hindrance) -> dict[str, Json]:
    return {
        "cause": hindrance.cause.value,
        "words": hindrance.words,
        "release": hindrance.release,
        "at": hindrance.at,
    }


def _search(search: Search | None) -> Json:
    if search is None:
        return None
    return {
        "count": search.count,
        "searched": search.searched,
        "complete": search.complete,
        "held": search.held,
        "frozen": search.frozen,
        "reach": exact(search.reach) if search.complete else None,
        "solutions": [_solution(solution) for solution in search.solutions],
    }


def _solution(solution: Solution) -> dict[str, Json]:
    return {
        "changes": [_change(change) for change in solution.changes],
        "score": exact(solution.score),
        "others": solution.others,
        "breached": solution.breached,
    }


def _change(change: Change) -> dict[str, Json]:
    return {
        "kind": change.kind.value,
        "words": change.words,
        "subject": change.subject,
        "value": None if change.value is None else spelling(change.value),
        "amount": change.amount_text,
        "at": change.at,
    }
