"""What the program writes for programs: JSON, held against its published schemas."""

import json
from pathlib import Path
from typing import NotRequired, TypedDict

import jsonschema_rs

_SCHEMAS = Path(__file__).resolve().parents[2] / "configs" / "schemas"


class Score(TypedDict):
    star: str
    raw: str
    score: str
    confidence: str


class Best(Score):
    label: str


class Match(TypedDict):
    facet: str
    value: str
    start: int
    end: int


class Row(TypedDict):
    rule: str
    star: str
    kind: str
    weight: str
    effect: str
    matched: str
    matches: list[Match]
    because: str
    at: str


class Held(TypedDict):
    star: str
    ceiling: str
    group: str
    at: str
    last: str | None
    rank: int
    eligible: int


class Excepted(TypedDict):
    exception: str
    because: str
    at: str


class Module(TypedDict):
    path: str
    file: str
    outcome: str
    current: str
    star: str | None
    label: str
    best: Best | None
    runner_up: Score | None
    lead: str
    thresholds: dict[str, str]
    secondary: list[str]
    evidence: list[Row]
    rules_say: str
    why: str
    exceptions: NotRequired[list[Excepted]]
    barred: NotRequired[list[str]]
    held: NotRequired[Held]
    dropped: NotRequired[list[Held]]


class Change(TypedDict):
    name: str
    text: str


class Finding(TypedDict):
    code: str
    severity: str
    message: str
    file: str
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    hint: str
    pointer: str
    fixes: list[Change]


class Diagnostics(TypedDict):
    diagnostics: list[Finding]
    counts: dict[str, int]


class Edit(TypedDict):
    file: str
    pointer: str
    old: object
    new: object
    before: str


class Ceiling(TypedDict):
    ceiling: str
    group: str
    count: int
    limit: int
    modules: int
    holds: bool
    at: str
    before: NotRequired[int]
    beyond: NotRequired[list[dict[str, str]]]


class Plan(TypedDict):
    applyable: bool
    digest: str
    reassess: bool
    next_promoted: int
    optimum: NotRequired[dict[str, str]]
    inputs: dict[str, str]
    blocked: list[Finding]
    warnings: list[Finding]
    known: list[Finding]
    broken: NotRequired[list[Finding]]
    distribution: dict[str, dict[str, int]]
    ceilings: list[Ceiling]
    edits: list[Edit]
    modules: list[Module]


GraphEdge = TypedDict(
    "GraphEdge",
    {"from": str, "to": NotRequired[str], "event": NotRequired[str], "relation": str},
)


class GraphModule(TypedDict):
    path: str
    name: str
    before: str
    after: str
    outcome: str
    distance: int
    derived: NotRequired[list[dict[str, object]]]


class Graph(TypedDict):
    focus: list[str]
    depth: int
    relations: list[str]
    modules: list[GraphModule]
    events: list[str]
    edges: list[GraphEdge]


class Explanations(TypedDict):
    modules: list[Module]


class Trial(TypedDict):
    name: str
    at: str
    passed: bool
    expected: str
    found: str
    module: Module


class Trials(TypedDict):
    passed: int
    failed: int
    tests: list[Trial]


def complaints(name: str, data: bytes) -> list[str]:
    """What the schema `name` has against the JSON `data`, which must be one document."""
    schema = (_SCHEMAS / f"{name}.schema.json").read_text("utf-8")
    document = json.loads(data)
    found = jsonschema_rs.Draft202012Validator(json.loads(schema)).iter_errors(document)
    return [f"{error.message} at {error.instance_path}" for error in found]


def plan_of(data: bytes) -> Plan:
    plan: Plan = json.loads(data)
    return plan


def graph_of(data: bytes) -> Graph:
    graph: Graph = json.loads(data)
    return graph


def explanations_of(data: bytes) -> Explanations:
    explanations: Explanations = json.loads(data)
    return explanations


def trials_of(data: bytes) -> Trials:
    trials: Trials = json.loads(data)
    return trials


def diagnostics_of(data: bytes) -> Diagnostics:
    diagnostics: Diagnostics = json.loads(data)
    return diagnostics


def by_path(plan: Plan | Explanations) -> dict[str, Module]:
    return {module["path"]: module for module in plan["modules"]}


def codes(findings: list[Finding]) -> list[str]:
    return [finding["code"] for finding in findings]
