"""`starlang-generated/1`: the manifests that would be made, and what they were made from."""

import json
from collections.abc import Iterable

from starlang.diagnostics.formats import as_json
from starlang.diagnostics.model import Diagnostic
from starlang.generate.facts import Exports, PackageFacts
from starlang.printable import json_text
from starlang.text import Json


def encode(manifests: Iterable[tuple[str, str, PackageFacts]], found: Iterable[Diagnostic]) -> str:
    """The document, of (file, text, facts) of each manifest; it ends with a line feed."""
    document: dict[str, Json] = {
        "format": "starlang-generated/1",
        "manifests": [
            {"file": file, "text": text, "facts": _facts(facts)} for file, text, facts in manifests
        ],
        "findings": [as_json(each) for each in found],
    }
    return json_text(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _facts(facts: PackageFacts) -> dict[str, Json]:
    return {
        "path": facts.path,
        "external": _listed(facts.external),
        "internal": _listed(facts.internal),
        "exports": _exports(facts.exports),
        "tests": [*facts.tests],
    }


def _listed(values: tuple[str, ...] | None) -> Json:
    return None if values is None else [*values]


def _exports(found: Exports | None) -> Json:
    if found is None:
        return None
    return {
        "classes": [*found.classes],
        "functions": [*found.functions],
        "constants": [*found.constants],
        "modules": [*found.modules],
        "unknown": [*found.unknown],
    }
