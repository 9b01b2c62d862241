"""`starlang-drift/1`: what has drifted, for programs."""

import json

from starlang.comparison.encoding import Side, encode
from starlang.diagnostics.formats import as_json
from starlang.explain.encoding import Json
from starlang.rulesets.model import RuleSet
from starlang.workspace.drift import Drift

FORMAT = "starlang-drift/1"


def drift_json(found: Drift, artifact: str, rules: RuleSet) -> str:
    """The drift as JSON text. `rules` holds the comparison, as `starlang diff` writes it."""
    compared: Json = None
    if found.comparison is not None and found.old is not None:
        old, new = Side(artifact, found.old), Side("the rules", rules)
        text = encode(old, new, found.comparison, found.flips, reassess=False)
        compared = json.loads(text)
    document: dict[str, Json] = {
        "format": FORMAT,
        "drifted": found.has_drifted,
        "findings": [as_json(each) for each in found.findings],
        "rules": compared,
    }
    return f"{json.dumps(document, ensure_ascii=False, indent=1)}\n"
