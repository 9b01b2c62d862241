"""Diagnostics as SARIF 2.1.0, which code hosts show beside the code.

Columns count code points, as everywhere in the program, and `columnKind` says so. Findings
that the project accepts are results as well, with a suppression.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import quote

from starlang.diagnostics.model import Diagnostic, Label, Severity
from starlang.diagnostics.repository import Repository, label_region, plain, region, with_hint
from starlang.text import Position
from starlang.version import VERSION

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"


def dumps(
    diagnostics: Sequence[Diagnostic],
    repository: Repository,
    accepted: Sequence[Diagnostic] = (),
) -> str:
    """The diagnostics as one SARIF log, with a final line end; `accepted` are suppressed."""
    found = [*diagnostics, *accepted]
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
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


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
    repository: Repository,
    rule: int,
    seen: Counter[str],
    *,
    suppressed: bool,
) -> Json:
    result: dict[str, Json] = {
        "ruleId": each.code,
        "ruleIndex": rule,
        "level": "error" if each.severity is Severity.ERROR else "warning",
        "message": {"text": with_hint(each)},
        "partialFingerprints": {"starlangFinding/v1": _fingerprint(each, seen)},
    }
    if repository.path(each.file):
        result["locations"] = [_location(each, repository)]
    if related := _related(each.labels[1:], repository):
        result["relatedLocations"] = related
    if suppressed:
        why = "accepted by the project's config"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _location(each: Diagnostic, repository: Repository) -> dict[str, Json]:
    # A place without a line is not shown; what is about a whole file is shown at its top.
    where = region(each)
    place: Json = {"startLine": 1} if where is None else _region(*where)
    location: dict[str, Json] = {"physicalLocation": _physical(repository, each.file, place)}
    if each.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": plain(each.pointer)}]
    return location


def _related(labels: Iterable[Label], repository: Repository) -> list[Json]:
    return [
        {
            "id": number,
            "physicalLocation": _physical(
                repository, label.source.name, _region(*label_region(label))
            ),
            "message": {"text": plain(label.message) or "involved as well"},
        }
        for number, label in enumerate(labels, start=1)
    ]


def _physical(repository: Repository, file: str, place: Json) -> Json:
    uri = quote(plain(repository.path(file)))
    return {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": place}


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
