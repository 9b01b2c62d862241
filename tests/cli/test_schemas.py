"""Every JSON document that the program writes is as its published schema says."""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import jsonschema_rs
import pytest
from program.documents import complaints
from program.projects import Project
from program.run import starlang, succeed

from starlang.accept.criterion import Result
from starlang.diagnostics.model import Severity
from starlang.diff.diff import How, Section
from starlang.engine.decisions import Outcome
from starlang.manifests.profile import ValueType
from starlang.report.graph_picture import Relation
from starlang.rules.model import Combine, OnBreach
from starlang.run.checks import Verdict
from starlang.run.status import StepState
from starlang.why_not.model import Cause, ChangeKind

WRITTEN = {
    "diagnostics": ("check", "--format", "json"),
    "tests": ("test", "--format", "json"),
    "ruleset": ("compile",),
    "plan": ("plan", "--format", "json"),
    "explanations": ("explain", "mind/goal_stack", "attic/old_vision", "--format", "json"),
    "inspection": ("inspect", "--format", "json"),
    "graph": ("graph", "safety/door_identity", "--depth", "2", "--format", "json"),
    "why-not": ("explain", "--why-not", "Trail", "--under", "**", "--format", "json"),
}

ELSEWHERE = {
    "coverage",
    "generated",
    "drift",
    "lock",
    "canary",
    "verification",
    "pins",
    "backup",
    "status",
    "diff",
    "spent",
    "acceptance",
    "distribution",
    "removed",
    "config",
}
"""Written by the steps of a run, and tested in tests/run; others in tests of their own.

Configs are written by people: tests/project/test_config_schema.py.
"""


def schemas(root: Path) -> dict[str, Path]:
    found = (root / "configs" / "schemas").glob("*.schema.json")
    return {path.name.removesuffix(".schema.json"): path for path in found}


def test_each_schema_is_one_and_is_tested_here(project_root: Path) -> None:
    found = {name: path for name, path in schemas(project_root).items() if "manifest" not in name}

    assert set(found) == set(WRITTEN) | ELSEWHERE
    for path in found.values():
        jsonschema_rs.meta.validate(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_for_the_example(hortus: Path, name: str) -> None:
    assert complaints(name, succeed(*WRITTEN[name], cwd=hortus).out) == []


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("plan", ("plan", "--format", "json")),
        ("plan", ("plan", "--format", "json", "--reassess")),
        ("ruleset", ("compile",)),
        ("tests", ("test", "--format", "json")),
        ("diagnostics", ("check", "--format", "json")),
        ("explanations", ("explain", "a/relic", "a/memory", "b/memory", "--format", "json")),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else each,
)
def test_what_is_written_for_what_is_rare(
    project: Project, name: str, command: tuple[str, ...]
) -> None:
    """Findings of every kind, waived ones, held-back stars, `max`, all sorts of conditions."""
    project.rules(
        r"""
        confidence { combine max promote Watch 0.95 margin 0.05 }
        mask mentions "memory leak*" because "a bug"
        rule trail-path -> Trail weight 0.90 when path mentions memory or name matches /^MEM/i
        rule watch-field -> Watch weight 1.0
          when field "/metadata/tags/*" in {x, "\u{1F331}"} and not (owner is missing)
          because "é"
        rule against-it against Trail weight 0.05 when text matches /b.memory/ ignoring /x/
        never promote to Watch when path under "a" and owner is present
          because "no" until "2020-01-01"
        never promote "c" because "nothing there"
        assign "a/page" to Watch because "decided"
        assign "z/none" to Watch because "gone"
        ceilings {
          at most 1 promoted per star
          at most 50.5% promoted under "a"
          at most 3 promoted per owner
          at most 2 stars per module
          at least 90% Supporting
          on breach defer
        }
        test "yes" given path "memory" expect Trail
        test "no"  given path "memory" expect barred
        """
    )
    project.config('[[guards.waive]]\npath = "a/Upper"\ncode = "E602"\nreason = "x"\n')
    project.manifest("a/relic", star="🪐 Saturn")
    project.manifest("a/memory", owner="x", tags=["x"])
    project.manifest("b/memory", owner="y", tags=["x"])
    project.manifest("a/page")
    project.manifest("a/Upper")
    project.write("manifests/a/broken/module.manifest.json", "[")

    assert complaints(name, starlang(*command, cwd=project.root).out) == []


def test_diagnostics_of_wrong_rules(project: Project) -> None:
    project.rules('use "none.star"\nrule x -> Trial weight 7 wehn path is "\u202e"\nrule y')

    done = starlang("check", "--format", "json", cwd=project.root)

    assert done.code == 1
    assert complaints("diagnostics", done.out) == []


def test_modules_are_described_alike_in_all_schemas(project_root: Path) -> None:
    """A reader of one document can read the modules of the others."""
    described = {
        name: json.loads(path.read_text("utf-8"))["$defs"]
        for name, path in schemas(project_root).items()
        if name in {"plan", "explanations", "tests"}
    }
    shared = set(described["explanations"])

    assert described["tests"].keys() - shared == {"test"}
    for name, definitions in described.items():
        assert {key: definitions[key] for key in shared} == described["explanations"], name


WORDS: dict[str, type[StrEnum]] = {
    "cause": Cause,
    "change": How,
    "combine": Combine,
    "kind": ChangeKind,
    "on_breach": OnBreach,
    "outcome": Outcome,
    "part": Section,
    "relation": Relation,
    "result": Result,
    "severity": Severity,
    "state": StepState,
    "type": ValueType,
    "verdict": Verdict,
}
"""What a schema calls a choice, and where the program keeps it."""

OWN = {"sign", "threshold", "facet", "status", "when", "additionalProperties"}
"""Choices that are no enumeration of the program."""


def choices(schema: object, pointer: str = "") -> Iterator[tuple[str, list[object]]]:
    """Each `enum` of a schema with its pointer."""
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield pointer, schema["enum"]
        for key, value in schema.items():
            yield from choices(value, f"{pointer}/{key}")
    if isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from choices(value, f"{pointer}/{index}")


def test_choices_are_those_of_the_program(project_root: Path) -> None:
    wrong, met = [], set()
    for name, path in schemas(project_root).items():
        if "manifest" in name or name == "config":  # that one is held to its reader
            continue
        for pointer, words in choices(json.loads(path.read_text("utf-8"))):
            last = pointer.rpartition("/")[2]
            met.add(last)
            is_part = "/if/" in pointer or "/$defs/left/" in pointer
            # Only findings by themselves have the severities of the config.
            is_part = is_part or (last == "severity" and name != "diagnostics")
            known = set(map(str, WORDS.get(last, ())))
            fits = set(words) < known if is_part else set(words) == known
            if last not in OWN and not fits:
                wrong.append((name, pointer, words))

    assert wrong == []
    assert met == set(WORDS) | OWN
