"""`starlang-plan/1`: the plan as canonical JSON.

Keys are sorted, and every module, edit and finding stands on a line of its own, so
that two plans compare well. The digest covers what the plan decides: not places,
sentences or reasons, and not the digest itself.
"""

import json
from collections.abc import Mapping
from hashlib import sha256

from starlang.diagnostics.json import as_json
from starlang.explain.encoding import Json, explanation_json, line, ordered_line
from starlang.plans.model import CeilingLine, Edit, Plan

FORMAT = "starlang-plan/1"

_TEXTS = frozenset({"at", "why", "because", "message", "hint", "line", "column"})
_TEXTS |= {"end_line", "end_column", "page"}
"""Members of modules, findings and ceilings that are places or sentences: a reworded reason,
or a rule that moved to another line, is the same plan.
"""


def encode(plan: Plan) -> str:
    """The plan as JSON text, ending in a newline."""
    parts = _sections(plan)
    digest = digest_of(parts)
    scalars: dict[str, Json] = {
        "format": FORMAT,
        "applyable": plan.applyable,
        "digest": digest,
        "reassess": plan.reassess,
        "next_promoted": plan.next_promoted,
    }
    lines = [f"{line(key)}: {line(value)}" for key, value in scalars.items()]
    lines += [f"{line(key)}: {_section(key, value)}" for key, value in parts.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def digest_of(parts: Mapping[str, Json]) -> str:
    """`sha256:` and the digest of the sections without places and sentences."""
    decisive = {name: _decisive(name, part) for name, part in parts.items()}
    data = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
    return f"sha256:{sha256(data.encode()).hexdigest()}"


def _decisive(name: str, part: Json) -> Json:
    if name == "inputs" and isinstance(part, dict):
        return {key: value for key, value in part.items() if key != "texts"}
    return [_without_texts(entry) for entry in part] if isinstance(part, list) else part


def _without_texts(entry: Json) -> Json:
    """`entry`, and the entries right below it, without places and sentences."""
    if not isinstance(entry, dict):
        return entry
    return {key: _shallow(value) for key, value in entry.items() if key not in _TEXTS}


def _shallow(value: Json) -> Json:
    if type(value) is list:
        return [_shallow(item) for item in value]
    if type(value) is dict:
        return {key: item for key, item in value.items() if key not in _TEXTS}
    return value


def _section(key: str, value: Json) -> str:
    if isinstance(value, list) and value:
        write = ordered_line if key == "modules" else line
        return "[\n" + ",\n".join(map(write, value)) + "\n]"
    return line(value)


def _sections(plan: Plan) -> dict[str, Json]:
    return {
        "inputs": dict(plan.inputs),
        "blocked": [as_json(each) for each in plan.blocked],
        "warnings": [as_json(each) for each in plan.warnings],
        "known": [as_json(each) for each in plan.known],
        "distribution": {"before": dict(plan.before), "after": dict(plan.after)},
        "ceilings": [_ceiling(line) for line in plan.ceilings],
        "edits": [_edit(edit) for edit in plan.edits],
        "modules": [explanation_json(each) for each in plan],
    }


def _ceiling(line: CeilingLine) -> dict[str, Json]:
    found: dict[str, Json] = {
        "ceiling": line.ceiling,
        "group": line.group,
        "count": line.count,
        "limit": line.limit,
        "modules": line.modules,
        "holds": line.holds,
        "at": line.at,
    }
    return found if line.before is None else {**found, "before": line.before}


def _edit(edit: Edit) -> dict[str, Json]:
    return {
        "file": edit.file,
        "pointer": edit.pointer,
        "old": edit.old,
        "new": edit.new,
        "before": f"sha256:{edit.before}",
    }
