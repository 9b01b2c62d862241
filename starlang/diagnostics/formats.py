"""Findings for programs: JSON, SARIF 2.1.0, and workflow commands of GitHub.

The JSON is described by `configs/schemas/diagnostics.schema.json`. Lines and columns count
from 1, columns in code points (`columnKind` says so in SARIF), ends are exclusive. JUnit XML
is in `starlang.diagnostics.junit`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, Label, Replacement, Severity
from starlang.printable import github_data, github_property, json_text, paragraph
from starlang.text import Json, Position, Source, shown
from starlang.version import VERSION


@frozen
class Checkout:
    """Where a project lies, and what its findings are called.

    `prefix` is the project relative to the root of the repository, "" or ending in `/`:
    code hosts name files from there. `fallback` is the file, relative to the project, that
    findings about no file are shown at. `pages` are the pages about codes, in Markdown.
    """

    prefix: str = ""
    fallback: str = ""
    pages: Mapping[str, str] = field(factory=dict)

    def path(self, file: str) -> str:
        """A file of the project, from the root of the repository."""
        return f"{self.prefix}{file or self.fallback}"


def is_outside(file: str) -> bool:
    """Whether a file is not one of the project: code hosts have no page for it."""
    return file.startswith(("/", "../")) or file[1:3] in {":/", ":\\"}


def within(each: Diagnostic) -> Diagnostic:
    """The finding as code hosts can show it: one about a file outside names it in its message.

    A location there would be an absolute URI, which no viewer can relate to the repository.
    """
    if not is_outside(each.file):
        inside = each.labels[:1] + tuple(
            label for label in each.labels[1:] if not is_outside(label.source.name)
        )
        return each if len(inside) == len(each.labels) else evolve(each, labels=inside)
    words = each.message if each.file in each.message else f"{each.place}: {each.message}"
    return evolve(each, message=words, file="", labels=(), position=None)


def region(diagnostic: Diagnostic) -> tuple[Position, Position] | None:
    """Where a finding begins and ends; None where it is about a whole file."""
    if diagnostic.labels:
        return label_region(diagnostic.labels[0])
    if diagnostic.position is not None:
        return diagnostic.position, diagnostic.position
    return None


def label_region(label: Label) -> tuple[Position, Position]:
    """Where a label begins and ends."""
    return label.source.position(label.span.start), label.source.position(label.span.end)


def plain(text: str) -> str:
    """`text` with escapes for lone surrogates, which no UTF-8 stream can carry."""
    return text.encode(errors="backslashreplace").decode()


def with_hint(diagnostic: Diagnostic) -> str:
    """The message and the way out."""
    hint = f"\nhelp: {diagnostic.hint}" if diagnostic.hint else ""
    return plain(f"{diagnostic.message}{hint}")


FORMAT = "starlang-diagnostics/1"


def json_document(diagnostics: Iterable[Diagnostic]) -> str:
    """The diagnostics as one JSON document, with a final line end."""
    return json_text(json.dumps(to_json(diagnostics), indent=2, ensure_ascii=False)) + "\n"


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
        "message": plain(diagnostic.message),
        "file": plain(diagnostic.file),
        **(_json_range(labels[0]) if labels else _json_point(diagnostic.position)),
        "hint": plain(diagnostic.hint),
        "pointer": plain(diagnostic.pointer),
        "related": [_json_label(label) for label in labels[1:]],
        "page": f"docs/codes/{diagnostic.code}.md",
        "fixes": [_json_fix(diagnostic.labels[0].source, each) for each in diagnostic.fixes],
        **({"forbid": plain(diagnostic.forbid)} if diagnostic.forbid else {}),
    }


def _json_label(label: Label) -> dict[str, Json]:
    return {
        "file": plain(label.source.name),
        **_json_range(label),
        "message": plain(label.message),
    }


def _json_fix(source: Source, edit: Replacement) -> Json:
    place = Label(source, edit.span)
    return {"name": plain(edit.name), **_json_range(place), "text": plain(edit.text)}


def _json_range(label: Label) -> dict[str, Json]:
    start = label.source.position(label.span.start)
    end = label.source.position(label.span.end)
    return {
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _json_point(position: Position | None) -> dict[str, Json]:
    """A place without extent, or nulls where none is known."""
    if position is None:
        return dict.fromkeys(("line", "column", "end_line", "end_column"))
    line, column = position.line, position.column
    return {"line": line, "column": column, "end_line": line, "end_column": column}


def github_commands(diagnostics: Iterable[Diagnostic], repository: Checkout) -> str:
    """One line per diagnostic, each with a line end.

    The host shows no more than ten of a kind for each step, so errors come first.
    """
    ordered = sorted(map(within, diagnostics), key=lambda each: not each.is_error)
    return "".join(f"{github_command(each, repository)}\n" for each in ordered)


def github_command(each: Diagnostic, repository: Checkout) -> str:
    """One diagnostic as one workflow command."""
    properties: dict[str, str] = {}
    if path := repository.path(each.file):
        properties["file"] = path
    if (where := region(each)) is not None:
        start, end = where
        properties |= {"line": str(start.line), "endLine": str(end.line)}
        if start.line == end.line:  # columns of other lines would be taken for those of the first
            properties |= {"col": str(start.column), "endColumn": str(end.column)}
    elif path:
        properties["line"] = "1"
    properties["title"] = f"starlang {each.code}"
    said = ",".join(f"{name}={github_property(value)}" for name, value in properties.items())
    command = "notice" if each.severity is Severity.NOTE else each.severity.value
    return f"::{command} {said}::{github_data(with_hint(each))}"


SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif_document(
    diagnostics: Sequence[Diagnostic],
    repository: Checkout,
    accepted: Sequence[Diagnostic] = (),
) -> str:
    """The diagnostics as one SARIF log, with a final line end.

    What the project accepts (`accepted`) are results as well, with a suppression.
    """
    found = [within(each) for each in (*diagnostics, *accepted)]
    codes = sorted({each.code for each in found})
    seen: Counter[str] = Counter()
    results = [
        _result(
            each, repository, codes.index(each.code), seen, suppressed=number >= len(diagnostics)
        )
        for number, each in enumerate(found)
    ]
    driver: Json = {
        "name": "starlang",
        "semanticVersion": VERSION,
        "rules": [_rule(code, repository.pages.get(code, "")) for code in codes],
    }
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(json.dumps(log, indent=2, ensure_ascii=False)) + "\n"


def _rule(code: str, page: str) -> Json:
    """What a code means, from its page."""
    level = "warning" if code.startswith("W") else "error"
    title, _, body = page.partition("\n")
    rule: dict[str, Json] = {"id": code, "defaultConfiguration": {"level": level}}
    if page:
        rule["shortDescription"] = {"text": title.partition(": ")[2]}
        rule["fullDescription"] = {"text": _first_paragraph(body)}
        rule["help"] = {"text": page, "markdown": page}
    return rule


def _first_paragraph(body: str) -> str:
    return body.strip().partition("\n\n")[0].replace("\n", " ")


def _result(
    each: Diagnostic,
    repository: Checkout,
    rule: int,
    seen: Counter[str],
    *,
    suppressed: bool,
) -> Json:
    result: dict[str, Json] = {
        "ruleId": each.code,
        "ruleIndex": rule,
        "level": each.severity.value,
        "message": {"text": paragraph(with_hint(each))},
        "partialFingerprints": {"starlangFinding/v1": _fingerprint(each, seen)},
    }
    if repository.path(each.file):
        result["locations"] = [_location(each, repository)]
    if related := _related(each.labels[1:], repository):
        result["relatedLocations"] = related
    if each.fixes and each.file:
        result["fixes"] = [_fix(each, edit, repository) for edit in each.fixes]
    if suppressed:
        why = "accepted by the project's config"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _fix(each: Diagnostic, edit: Replacement, repository: Checkout) -> Json:
    place = Label(each.labels[0].source, edit.span)
    replacement: Json = {
        "deletedRegion": _region(*label_region(place)),
        "insertedContent": {"text": plain(edit.text)},
    }
    change: Json = {
        "artifactLocation": _artifact(repository, each.file),
        "replacements": [replacement],
    }
    return {"description": {"text": paragraph(edit.name)}, "artifactChanges": [change]}


def _location(each: Diagnostic, repository: Checkout) -> dict[str, Json]:
    # A place without a line is not shown; what is about a whole file is shown at its top.
    where = region(each)
    place: Json = {"startLine": 1} if where is None else _region(*where)
    location: dict[str, Json] = {"physicalLocation": _physical(repository, each.file, place)}
    if each.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": shown(each.pointer)}]
    return location


def _related(labels: Iterable[Label], repository: Checkout) -> list[Json]:
    return [
        {
            "id": number,
            "physicalLocation": _physical(
                repository, label.source.name, _region(*label_region(label))
            ),
            "message": {"text": paragraph(label.message) or "involved as well"},
        }
        for number, label in enumerate(labels, start=1)
    ]


def _physical(repository: Checkout, file: str, place: Json) -> Json:
    return {"artifactLocation": _artifact(repository, file), "region": place}


def _artifact(repository: Checkout, file: str) -> Json:
    return {"uri": quote(plain(repository.path(file))), "uriBaseId": "%SRCROOT%"}


def _region(start: Position, end: Position) -> Json:
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _fingerprint(each: Diagnostic, seen: Counter[str]) -> str:
    """The same for the same finding when lines move: code, file, pointer, and its words.

    Equal ones in one log are numbered.
    """
    parts = f"{each.code}\0{each.file}\0{each.pointer}\0{each.message}"
    digest = sha256(plain(parts).encode()).hexdigest()[:32]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
