"""Facts about modules that other files keep: owners in CODEOWNERS, figures in a table, stars.

A table is CSV, whose first line names the columns and whose first column is the path of a module,
or JSON, an object by path: `{"core/api": {"age": 12}}`, or `{"core/api": 12}` for one facet.
It is asked where the place of a facet has no value in the manifest. What is wrong with a row is
reported with its line, and the row counts for nothing.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from io import StringIO
from typing import NamedTuple

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.manifests.facets import Encoder
from starlang.manifests.graph import FacetColumn, Fact, Facts, ModuleGraph, Sidecar, column_of
from starlang.manifests.profile import FacetSource, ValueType
from starlang.rules.spelling import Scalar
from starlang.text import Source, Span, counted, did_you_mean, kind_of, shown_value
from starlang.texts.json import Refusal, keys, read

MAX_TABLE = 64 << 20
"""Largest table that is read, in bytes: that of a million modules."""

_WANTED = {
    ValueType.TEXT: "a text",
    ValueType.NUMBER: "a number",
    ValueType.FLAG: "true or false",
    ValueType.ANY: "a text, a number, true or false",
}
_FLAGS = {"true": True, "false": False}


class Row(NamedTuple):
    """What a file says of one module: its values as they are written, and where they are."""

    values: tuple[object, ...]
    span: Span


class Rows(NamedTuple):
    """What a file says of a facet, by path of the module, and what is wrong with it."""

    source: Source
    by_path: Mapping[str, Row]
    problems: Sequence[Diagnostic] = ()


def read_table(name: str, data: bytes, facet: FacetSource) -> Rows:
    """The column of `facet` in the table `name`; never raises, whatever the bytes are."""
    source = Source(name, data.decode(errors="replace"))
    found = (_json if name.endswith(".json") else _csv)(source, data, facet)
    problems, rows = list(found.problems), {}
    for path, row in found.by_path.items():
        values = [_value(each, facet.type) for each in row.values]
        wrong = [raw for raw, each in zip(row.values, values, strict=True) if each is None]
        if wrong:
            problems.append(_wrong_type(source, row.span, wrong[0], facet))
        else:
            rows[path] = Row(tuple(values), row.span)
    return Rows(source, rows, problems)


def _csv(source: Source, data: bytes, facet: FacetSource) -> Rows:
    import csv  # noqa: PLC0415 -- few profiles read a table

    try:
        lines = _lines(data.decode("utf-8-sig"))
        _, header = next(lines, (1, []))
        names = [each.strip() for each in header]
        if facet.column not in names[1:]:
            return Rows(source, {}, [_no_column(source, names[1:], facet)])
        return _by_path(source, lines, names.index(facet.column))
    except UnicodeDecodeError:
        return _unusable(source, "it is not UTF-8", "save it as UTF-8")
    except csv.Error as error:
        return _unusable(source, f"it is not valid CSV: {error}", "correct the table")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) of every row that is not empty."""
    import csv  # noqa: PLC0415 -- as above

    reader = csv.reader(_physical(text), strict=True)
    first = 1
    for cells in reader:
        if any(cells):
            yield first, cells
        first = reader.line_num + 1


def _physical(text: str) -> list[str]:
    """The lines as CSV has them: `splitlines` knows more ends than that."""
    return list(StringIO(text, newline=""))


def _by_path(source: Source, lines: Iterator[tuple[int, list[str]]], column: int) -> Rows:
    rows: dict[str, Row] = {}
    problems: list[Diagnostic] = []
    starts = [0]
    for line in _physical(source.text):
        starts.append(starts[-1] + len(line))
    for number, cells in lines:
        path, span = cells[0].strip(), _line_span(source.text, starts, number)
        if path in rows:
            problems.append(_twice(source, path, span, rows[path].span))
        else:
            cell = cells[column].strip() if column < len(cells) else ""
            rows[path] = Row((cell,) if cell else (), span)
    return Rows(source, rows, problems)


def _line_span(text: str, starts: Sequence[int], number: int) -> Span:
    start, end = starts[number - 1], starts[min(number, len(starts) - 1)]
    return Span(start, start + len(text[start:end].rstrip("\r\n")))


def _json(source: Source, data: bytes, facet: FacetSource) -> Rows:
    value = read(data, MAX_TABLE)
    if isinstance(value, Refusal):
        return Rows(source, {}, [value.diagnostic(source.name, data)])
    if not isinstance(value, dict):
        hint = 'write an object by path, such as `{"core/api": {"age": 12}}`'
        return _unusable(source, f"it is {kind_of(value)}, not an object", hint)
    listed = [each for each in value.values() if isinstance(each, dict)]
    if listed and not any(facet.column in each for each in listed):
        known = sorted({key for each in listed for key in each})
        return Rows(source, {}, [_no_column(source, known, facet)])
    spans = {json.loads(token[0]): Span(*token.span()) for at, token in keys(source.text) if not at}
    found = {path: Row(_cells(each, facet), spans[path]) for path, each in value.items()}
    return Rows(source, found)


def _cells(value: object, facet: FacetSource) -> tuple[object, ...]:
    cell = value.get(facet.column) if isinstance(value, dict) else value
    if cell is None:
        return ()
    return tuple(cell) if isinstance(cell, list) else (cell,)


def _value(raw: object, wanted: ValueType) -> object:
    """A value of the type that is wanted, of a cell or of JSON; None where it is none."""
    if isinstance(raw, str) and wanted is ValueType.NUMBER:
        try:
            number = Decimal(raw)
        except InvalidOperation:
            return None
        return number if number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS else None
    if isinstance(raw, str) and wanted is ValueType.FLAG:
        return _FLAGS.get(raw.lower())
    return raw if wanted.accepts(raw) else None


_MOST_DIGITS = 300
"""Numbers with more digits have no double."""


# Facts in the columns of a graph.


def with_facts(
    graph: ModuleGraph, facet: FacetSource, found: Mapping[int, tuple[Sequence[object], str]]
) -> ModuleGraph:
    """`graph` with values of `facet` from elsewhere: module -> (values, where they are)."""
    column = graph.columns[facet.name]
    encoder = Encoder(facet)
    facts = {}
    for module, (raw, place) in found.items():
        code = encoder.code(tuple(raw))
        values = () if code is None else encoder.values[code]
        if values:
            facts[module] = Fact(values, place, counts=not column.of(module))
    return evolve(
        graph,
        columns={**graph.columns, facet.name: filled(column, facts)},
        facts=Facts({**graph.facts.by_facet, facet.name: facts}, graph.facts.files),
    )


def filled(column: FacetColumn, facts: Mapping[int, Fact]) -> FacetColumn:
    """A column with the values of `facts` where it has none."""
    if not facts:
        return column
    values: list[tuple[Scalar, ...]] = []
    numbers: dict[tuple[tuple[type, Scalar], ...], int] = {}
    codes: list[int] = []
    for module, code in enumerate(column.codes):
        own = column.values[code] or (facts[module].values if module in facts else ())
        key = tuple((type(each), each) for each in own)  # JSON's true is not 1
        if key not in numbers:
            numbers[key] = len(values)
            values.append(own)
        codes.append(numbers[key])
    return column_of(values, codes)


def unknown_paths(rows: Rows, paths: Collection[str]) -> Iterator[Diagnostic]:
    """A warning that counts the rows of paths where no module is."""
    unknown = [(row.span, path) for path, row in rows.by_path.items() if path not in paths]
    if not unknown:
        return
    span, path = min(unknown)
    many = counted(len(unknown), "path", "paths")
    yield at(
        rows.source,
        span,
        "W563",
        f"{many} of the table {'is' if len(unknown) == 1 else 'are'} not of a module, the first is"
        f" {shown_value(path)}",
        hint=did_you_mean(path, paths) or "correct the path, or delete the row",
    )


# What is wrong with a table.


def _no_column(source: Source, known: Sequence[str], facet: FacetSource) -> Diagnostic:
    nearest = did_you_mean(facet.column, known)
    named = ", ".join(known) or "none"
    return at(
        source,
        Span(0, min(len(source.text), 1)),
        "E743",
        f"the table has no column {shown_value(facet.column)}, which `{facet.name}` is read from",
        hint=nearest or f"it has {named}: name one as `column`, or add it to the table",
    )


def _twice(source: Source, path: str, span: Span, first: Span) -> Diagnostic:
    return at(
        source,
        span,
        "E744",
        f"the path {shown_value(path)} is in the table twice",
        hint="keep the row that is meant",
        others=(Label(source, first, "the first one"),),
    )


def _wrong_type(source: Source, span: Span, value: object, facet: FacetSource) -> Diagnostic:
    found = kind_of(value)
    what = f"the text {shown_value(value)}" if isinstance(value, str) else found
    wanted = _WANTED[facet.type]
    return at(
        source,
        span,
        "E744",
        f"`{facet.name}`: {what} is not {wanted}",
        hint=f"write {wanted}, or leave the value out",
    )


def _unusable(source: Source, why: str, hint: str) -> Rows:
    problem = Diagnostic(
        code="E743", message=f"the table cannot be read: {why}", file=source.name, hint=hint
    )
    return Rows(source, {}, [problem])


def refused(name: str, why: str) -> Diagnostic:
    """A table that is not there, or cannot be opened."""
    return Diagnostic(
        code="E743",
        message=f"the table cannot be read: {why}",
        file=name,
        hint="put the file there, or correct `from` in the profile",
    )


# The sidecar: one JSON file with the star of each module by its path, for those who do not want
# the tool in their manifests. It lies where the manifests lie, and a run treats it as one of them:
# it is backed up, written in the same transaction, verified and put back.

_FORM = 'write an object by path, such as `{"core/api": "Trail"}`, or `{}` for no stars'


def read_sidecar(
    name: str, data: bytes, paths: Collection[str]
) -> tuple[Sidecar, list[Diagnostic]]:
    """The stars in the file `name`, and what is wrong with it; `paths` are those of all modules.

    What cannot be read counts as no star, and is an error: it blocks a run.
    """
    digest = sha256(data).hexdigest()
    value = read(data)
    if isinstance(value, Refusal):
        return Sidecar(name, digest, {}), [value.diagnostic(name, data)]
    if not isinstance(value, dict):
        message = f"the sidecar is {kind_of(value)}, not an object"
        problem = Diagnostic(code="E745", message=message, file=name, hint=_FORM)
        return Sidecar(name, digest, {}), [problem]
    stars = {path: label for path, label in value.items() if isinstance(label, str)}
    odd = [path for path in value if path not in stars or path not in paths]
    return Sidecar(name, digest, stars), _odd(name, data, value, odd, paths) if odd else []


def _odd(
    name: str,
    data: bytes,
    value: Mapping[str, object],
    odd: Collection[str],
    paths: Collection[str],
) -> list[Diagnostic]:
    """A finding for each entry that is not a text, or not of a module."""
    source = Source(name, data.decode())
    spans = {json.loads(token[0]): Span(*token.span()) for at, token in keys(source.text) if not at}
    found = []
    for path in odd:
        if not isinstance(value[path], str):
            message = f"the star of {shown_value(path)} is {kind_of(value[path])}, not a text"
            found.append(at(source, spans[path], "E745", message, hint="write the label of a star"))
            continue
        message = f"the sidecar has a star for {shown_value(path)}, which is not a module"
        hint = did_you_mean(path, paths) or "correct the path, or delete the entry"
        found.append(at(source, spans[path], "W564", message, hint=hint))
    return found
