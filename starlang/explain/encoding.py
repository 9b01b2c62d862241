"""An explanation as plain data for JSON. Amounts are decimal strings with six places."""

import json
from collections.abc import Sequence

from attrs import evolve

from starlang.engine.ceilings import CeilingPlace
from starlang.engine.decisions import Score
from starlang.explain.model import EvidenceRow, Explanation, HeldStar, Match, Origin
from starlang.explain.words import exact, why
from starlang.printable import json_text
from starlang.rules.sources import NOTHING_SHOWN, Observed
from starlang.text import Json

FORMAT = "starlang-explanations/1"

_SORTING = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_ORDERED = json.JSONEncoder(ensure_ascii=False)


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
    if each.sources_at > 1:
        found["sources"] = _sources(each)
    found["star"] = each.star
    if each.best is not None:
        found["thresholds"] = _thresholds(each)
    found["why"] = why(each)
    return found


def _standing(standing: CeilingPlace) -> dict[str, Json]:
    return {
        "ceiling": standing.ceiling,
        "group": standing.group,
        "limit": standing.limit,
        "place": standing.place,
        "star": standing.star,
    }


def _held(held: HeldStar) -> dict[str, Json]:
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


def _sources(each: Explanation) -> dict[str, Json]:
    """The sources of the best star, where a promotion takes more than one."""
    found = each.sources_of(each.best.star) if each.best else NOTHING_SHOWN
    return sources_json(each.sources_at, found)


def sources_json(asked: int, found: Observed) -> dict[str, Json]:
    """How many sources a promotion takes, and those that there are."""
    return {"asked": asked, "count": found.count, "names": sorted(found.names)}


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


def row_json(row: EvidenceRow) -> dict[str, Json]:
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
    """What matched, the keys in order.

    `at` is there only where the value is from another file than the manifest, `derived` only
    where derivations give it, `more` only where further ones are not listed, `through` only for
    ways over steps.
    """
    found: dict[str, Json] = {}
    if match.at:
        found["at"] = match.at
    if match.origins:
        found["derived"] = list(map(_origin, match.origins))
    found |= {"end": match.end, "facet": match.facet}
    if match.more:
        found["more"] = match.more
    found["start"] = match.start
    if match.through:
        found["through"] = list(match.through)
    return {**found, "value": match.value}


def _origin(origin: Origin) -> dict[str, Json]:
    """A derivation that gives the value; the keys are in order."""
    return {
        "at": origin.at,
        "because": origin.because,
        "derivation": origin.derivation,
        "matches": list(map(_match, origin.matches)),
        "own": origin.is_own,
    }


def encode(explanations: Sequence[Explanation]) -> str:
    """`starlang-explanations/1` as JSON text: a module a line, ending in a newline."""
    modules = ",\n".join(ordered_line(explanation_json(each)) for each in explanations)
    return f'{{\n"format": "{FORMAT}",\n"modules": [\n{modules}\n]\n}}\n'


def line(value: Json) -> str:
    """`value` as one line of JSON, the keys sorted."""
    return json_text(_SORTING.encode(value))


def ordered_line(value: Json) -> str:
    """`value`, whose keys are in order already, as one line of JSON: a third faster."""
    return json_text(_ORDERED.encode(value))


def quoted(text: str) -> str:
    """A text as `ordered_line` writes it, in a tenth of the time."""
    return json_text(json.encoder.encode_basestring(text))


# Explanations as lines of JSON, many at a time.
#
# Most modules share all but their path, their file and the text that matched. What they
# share is encoded once, as a template with holes; the line is the very same that
# `explanation_json` gives when it is encoded by itself.

_HOLES = ("\ue000evidence\ue000", "\ue000file\ue000", "\ue000path\ue000")
_MATCHED, _MATCHES = "\ue000matched\ue000", "\ue000matches\ue000"

Template = tuple[str, ...]
"""The text between the holes, or () where the text itself looks like a hole."""


class Lines:
    """Writes the explanations of one plan; it must not outlive them."""

    def __init__(self) -> None:
        # Parts of explanations are told apart by identity, which costs less than equality.
        self._modules: dict[tuple[int, tuple[str, ...], Observed | None], Template] = {}
        self._rules: dict[tuple[str, int], Template] = {}
        self._rows: dict[int, str] = {}

    def line(self, each: Explanation) -> str:
        """The line of one module."""
        if each.standings or each.held or each.exceptions or each.dropped or each.lacks_sources:
            return ordered_line(explanation_json(each))  # it shares little with others
        template = self._template(each)
        if not template:
            return ordered_line(explanation_json(each))
        start, after_evidence, after_file, end = template
        evidence = ", ".join(map(self._row, each.rows))
        file, path = quoted(each.file), quoted(each.path)
        return f"{start}{evidence}{after_evidence}{file}{after_file}{path}{end}"

    def _template(self, each: Explanation) -> Template:
        best = each.best if each.sources_at > 1 else None
        key = (id(each.judged), each.secondary, each.sources_of(best.star) if best else None)
        template = self._modules.get(key)
        if template is None:
            evidence, file, path = _HOLES
            shared = explanation_json(evolve(each, path=path, file=file))
            template = _cut(ordered_line({**shared, "evidence": [evidence]}), _HOLES)
            self._modules[key] = template
        return template

    def _row(self, row: EvidenceRow) -> str:
        known = self._rows.get(id(row))
        if known is None:
            known = self._rows[id(row)] = self._new_row(row)
        return known

    def _new_row(self, row: EvidenceRow) -> str:
        key = (row.rule, row.effect)
        template = self._rules.get(key)
        if template is None:
            shared = row_json(row._replace(matches=()))
            holes = (_MATCHED, _MATCHES)
            text = ordered_line({**shared, "matched": _MATCHED, "matches": [_MATCHES]})
            template = self._rules[key] = _cut(text, holes)
        if not template:
            return ordered_line(row_json(row))
        start, middle, end = template
        matched = quoted(row.matches[0].text) if row.matches else '""'
        return f"{start}{matched}{middle}{', '.join(map(_match_line, row.matches))}{end}"


def _match_line(match: Match) -> str:
    facet, value = quoted(match.facet), quoted(match.value)
    if match.through or match.origins or match.at:  # few have any
        return ordered_line(_match(match))
    more = f'"more": {match.more}, ' if match.more else ""
    return (
        f'{{"end": {match.end}, "facet": {facet}, {more}"start": {match.start}, "value": {value}}}'
    )


def _cut(text: str, holes: tuple[str, ...]) -> Template:
    """`text` without the `holes`, cut where they were."""
    parts: list[str] = []
    for hole in map(ordered_line, holes):
        if text.count(hole) != 1:
            return ()
        before, _, text = text.partition(hole)
        parts.append(before)
    return (*parts, text)
