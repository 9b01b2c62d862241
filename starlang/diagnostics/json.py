"""Diagnostics for programs. The format is described by `configs/schemas/diagnostics.schema.json`.

Lines and columns count from 1, columns in code points, ends are exclusive.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from starlang.diagnostics.model import Diagnostic, Label, Severity
from starlang.text import Position

FORMAT = "starlang-diagnostics/1"

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"


def dumps(diagnostics: Iterable[Diagnostic]) -> str:
    """The diagnostics as one JSON document, with a final line end."""
    return json.dumps(to_json(diagnostics), indent=2, ensure_ascii=False) + "\n"


def to_json(diagnostics: Iterable[Diagnostic]) -> dict[str, Json]:
    """The diagnostics in their order, with counts."""
    found = tuple(diagnostics)
    counts = {each.value: sum(d.severity is each for d in found) for each in Severity}
    return {
        "format": FORMAT,
        "diagnostics": [as_json(diagnostic) for diagnostic in found],
        "counts": counts,
    }


def as_json(diagnostic: Diagnostic) -> dict[str, Json]:
    """One diagnostic. What it does not know is null or empty, never absent."""
    labels = diagnostic.labels
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": _text(diagnostic.message),
        "file": _text(diagnostic.file),
        **(_range(labels[0]) if labels else _point(diagnostic.position)),
        "hint": _text(diagnostic.hint),
        "pointer": _text(diagnostic.pointer),
        "related": [_related(label) for label in labels[1:]],
        "page": f"docs/codes/{diagnostic.code}.md",
    }


def _related(label: Label) -> dict[str, Json]:
    return {
        "file": _text(label.source.name),
        **_range(label),
        "message": _text(label.message),
    }


def _range(label: Label) -> dict[str, Json]:
    start = label.source.position(label.span.start)
    end = label.source.position(label.span.end)
    return {
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _point(position: Position | None) -> dict[str, Json]:
    """A place without extent, or nulls where none is known."""
    if position is None:
        return dict.fromkeys(("line", "column", "end_line", "end_column"))
    line, column = position.line, position.column
    return {"line": line, "column": column, "end_line": line, "end_column": column}


def _text(text: str) -> str:
    """`text` with escapes for lone surrogates, which no UTF-8 stream can carry."""
    return text.encode(errors="backslashreplace").decode()
