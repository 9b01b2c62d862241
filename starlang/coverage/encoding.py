"""`starlang-coverage/1`: coverage as JSON. Shares are decimal strings, in percent."""

import json

from starlang.coverage.coverage import Coverage, findings, shown_package
from starlang.diagnostics.formats import as_json
from starlang.printable import json_text
from starlang.text import Json


def encode(coverage: Coverage) -> str:
    """The document, which ends with a line feed."""
    return json_text(json.dumps(document(coverage), indent=2, ensure_ascii=False)) + "\n"


def document(coverage: Coverage) -> dict[str, Json]:
    """The document as values of JSON."""
    target = coverage.at_least
    return {
        "format": "starlang-coverage/1",
        "packages": len(coverage.found.packages),
        "in_scope": coverage.in_scope,
        "percent": coverage.percent,
        "reachable": coverage.reachable,
        "at_least": None if target is None else str(target),
        "holds": coverage.holds,
        "covered": [*map(shown_package, coverage.covered)],
        "missing": [*map(shown_package, coverage.missing)],
        "excluded": [
            {"path": shown_package(path), "reason": reason}
            for path, reason in coverage.excluded.items()
        ],
        "refused": [
            {"path": shown_package(path), "codes": sorted({each.code for each in refusals})}
            for path, refusals in coverage.refused.items()
        ],
        "manifests": _manifests(coverage),
        "findings": [as_json(each) for each in findings(coverage)],
    }


def _manifests(coverage: Coverage) -> dict[str, Json]:
    return {
        "count": len(coverage.found.manifests),
        "with_package": len(coverage.found.manifests) - coverage.without_package,
        "moved": [{"path": path, "to": shown_package(to)} for path, to in coverage.moved.items()],
        "files": [{"path": path, "file": file} for path, file in coverage.files.items()],
        "gone": [*map(shown_package, coverage.gone)],
        **({"ignored": coverage.found.ignored} if coverage.found.ignored else {}),
    }
