"""`starlang-plan/1`: the plan as canonical JSON.

Keys are sorted, and every module, edit and finding stands on a line of its own, so
that two plans compare well.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from starlang.diagnostics.formats import as_json
from starlang.explain.encoding import Lines, line
from starlang.explain.model import Explanation
from starlang.explain.words import exact
from starlang.plan.model import CeilingLine, Decided, Edit, NeighbourChange, Plan
from starlang.text import Json

FORMAT = "starlang-plan/1"

_LISTS = ("blocked", "ceilings", "edits", "known", "warnings")

_TEXTS = frozenset({"at", "message", "hint", "page"})
_TEXTS |= {"line", "column", "end_line", "end_column", "related"}
"""Members of findings and ceilings that are places or sentences."""


def encode(plan: Plan) -> str:
    """The plan as JSON text, ending in a newline."""
    return "".join(pieces(plan))


def pieces(plan: Plan, *, differing: bool = False) -> Iterator[str]:
    """The JSON text of the plan, piece by piece; of its modules all, or those that differ.

    One emoji makes every character of a text take four bytes, so the whole is better
    never put together where it is only written away.
    """
    parts = _sections(plan)
    digest = digest_of(plan, parts)
    scalars: dict[str, Json] = {
        "format": FORMAT,
        "applyable": plan.applyable,
        "digest": digest,
        "reassess": plan.reassess,
        "next_promoted": plan.next_promoted,
    }
    if plan.held_by_sources is not None:
        scalars["held_by_sources"] = plan.held_by_sources
    yield "{"
    for key, value in {**scalars, **parts}.items():
        yield f"\n{line(key)}: "
        lines = _listed(map(line, value)) if isinstance(value, list) else [line(value)]
        yield from lines
        yield ","
    yield '\n"modules": '
    yield from _listed(map(Lines().line, _chosen(plan, differing=differing)))
    yield "\n}\n"


def _chosen(plan: Plan, *, differing: bool) -> Iterator[Explanation]:
    return (each for each in plan if each.differs or not differing)


def plan_digest(plan: Plan) -> str:
    """The digest of `plan`, as its JSON names it."""
    return digest_of(plan, _sections(plan))


def digest_of(plan: Plan, parts: Mapping[str, Json]) -> str:
    """`sha256:` and the digest of what the plan was made from and what it decides.

    Places, sentences and reasons are left out: a reworded reason, or a rule that moved to
    another line, is the same plan. Evidence is not looked at: it follows from the inputs.
    """
    decided: dict[str, Json] = {
        **{name: _decisive(parts[name]) for name in _LISTS},
        "distribution": parts["distribution"],
        "inputs": {name: value for name, value in plan.inputs.items() if name != "texts"},
        "modules": list(map(_decision, plan)),
        "reassess": plan.reassess,
    }
    data = json.dumps(decided, sort_keys=True, separators=(",", ":"))
    return f"sha256:{sha256(data.encode()).hexdigest()}"


def _decisive(found: Json) -> Json:
    if isinstance(found, list):
        return [_decisive(entry) for entry in found]
    if isinstance(found, dict):
        return {key: value for key, value in found.items() if key not in _TEXTS}
    return found


def _decision(each: Explanation) -> Json:
    judged = each.judged
    # A score is written as the pair that it is.
    return [
        each.path,
        judged.outcome,
        judged.current,
        judged.star,
        judged.label,
        each.secondary,
        judged.scores,
    ]


def _listed(lines: Iterable[str]) -> Iterator[str]:
    before = "[\n"
    for each in lines:
        yield before + each
        before = ",\n"
    yield "[]" if before == "[\n" else "\n]"


def _sections(plan: Plan) -> dict[str, Json]:
    return {
        "inputs": dict(plan.inputs),
        "blocked": [as_json(each) for each in plan.blocked],
        "warnings": [as_json(each) for each in plan.warnings],
        "known": [as_json(each) for each in plan.known],
        "distribution": {"before": dict(plan.before), "after": dict(plan.after)},
        "ceilings": [ceiling_json(line) for line in plan.ceilings],
        "edits": [_edit(edit) for edit in plan.edits],
        **({"new": list(plan.new)} if plan.new else {}),
        **({"broken": [as_json(each) for each in plan.broken]} if plan.broken else {}),
        **({"ignored": plan.ignored} if plan.ignored else {}),
        **_optimum(plan),
        **_neighbours(plan),
    }


def _neighbours(plan: Plan) -> dict[str, Json]:
    """What neighbours change, where that was asked."""
    if plan.neighbours is None:
        return {}
    modules = [_change(each) for each in plan.neighbours]
    return {"neighbours": {"changed": len(modules), "modules": modules}}


def _change(change: NeighbourChange) -> dict[str, Json]:
    return {
        "path": change.path,
        "without": _decided(change.without),
        "with": _decided(change.now),
        "rules": list(change.rules),
        "why": change.why,
    }


def _decided(decided: Decided) -> dict[str, Json]:
    outcome, star, score = decided
    return {"outcome": outcome.value, "star": star, "score": exact(score)}


def ceiling_json(line: CeilingLine) -> dict[str, Json]:
    """A ceiling as a plan has it."""
    found: dict[str, Json] = {
        "ceiling": line.ceiling,
        "group": line.group,
        "count": line.count,
        "limit": line.limit,
        "modules": line.modules,
        "holds": line.holds,
        "at": line.at,
    }
    if line.before is not None:
        found["before"] = line.before
    if line.beyond:
        found["beyond"] = [
            {"path": each.path, "star": each.star, "score": exact(each.score)}
            for each in line.beyond
        ]
    return found


def _optimum(plan: Plan) -> dict[str, Json]:
    """How far from the best choice the promotions may be, where ceilings cross."""
    if plan.optimum is None:
        return {}
    return {"optimum": {"kept": exact(plan.optimum.kept), "bound": exact(plan.optimum.bound)}}


def _edit(edit: Edit) -> dict[str, Json]:
    return {
        "file": edit.file,
        "pointer": edit.pointer,
        "old": edit.old,
        "new": edit.new,
        "before": f"sha256:{edit.before}",
    }
