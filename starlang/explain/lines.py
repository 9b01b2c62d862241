"""Explanations as lines of JSON, many at a time.

Most modules share all but their path, their file and the text that matched. What they
share is encoded once, as a template with holes; the line is the very same that
`explanation_json` gives when it is encoded by itself.
"""

from attrs import evolve

from starlang.explain.encoding import explanation_json, ordered_line, quoted, row_json
from starlang.explain.model import Explanation, Match, Row

_HOLES = ("\ue000evidence\ue000", "\ue000file\ue000", "\ue000path\ue000")
_MATCHED, _MATCHES = "\ue000matched\ue000", "\ue000matches\ue000"

Template = tuple[str, ...]
"""The text between the holes, or () where the text itself looks like a hole."""


class Lines:
    """Writes the explanations of one plan; it must not outlive them."""

    def __init__(self) -> None:
        # Parts of explanations are told apart by identity, which costs less than equality.
        self._modules: dict[tuple[int, tuple[str, ...]], Template] = {}
        self._rules: dict[tuple[str, int], Template] = {}
        self._rows: dict[int, str] = {}

    def line(self, each: Explanation) -> str:
        """The line of one module."""
        if each.standings or each.held or each.exceptions or each.dropped:
            return ordered_line(explanation_json(each))  # it shares little with others
        template = self._template(each)
        if not template:
            return ordered_line(explanation_json(each))
        start, after_evidence, after_file, end = template
        evidence = ", ".join(map(self._row, each.rows))
        file, path = quoted(each.file), quoted(each.path)
        return f"{start}{evidence}{after_evidence}{file}{after_file}{path}{end}"

    def _template(self, each: Explanation) -> Template:
        key = (id(each.judged), each.secondary)
        template = self._modules.get(key)
        if template is None:
            evidence, file, path = _HOLES
            shared = explanation_json(evolve(each, path=path, file=file, rows=()))
            template = _cut(ordered_line({**shared, "evidence": [evidence]}), _HOLES)
            self._modules[key] = template
        return template

    def _row(self, row: Row) -> str:
        known = self._rows.get(id(row))
        if known is None:
            known = self._rows[id(row)] = self._new_row(row)
        return known

    def _new_row(self, row: Row) -> str:
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
        return f"{start}{matched}{middle}{', '.join(map(_match, row.matches))}{end}"


def _match(match: Match) -> str:
    facet, value = quoted(match.facet), quoted(match.value)
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
