"""The pages of codes about manifests, guards, config and profile show what the program finds.

Every page has a bad example, in which its code and no other is found, and a good one, in which it
is not. An example is a project of its own, made of its fences in order:

- `json` is the manifest of `core/identity`, or the file that `file=` names;
- `toml` is `configs/starlang.toml`, or the file that `file=` names: `configs/profile.toml` and
  `configs/schema.json` are then used as profile and schema;
- `yaml` and `csv` are the file that `file=` names;
- `star` is `rules/main.star`, whose stars the config is held against;
- `text` are paths of modules, one a line, for the guards;
- `sh` are commands in a project with one good manifest; if they make a repository of it, its
  packages are compared with its manifests.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from attrs import evolve, frozen

from starlang.coverage.coverage import findings
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.guards import guard
from starlang.manifests.profile import Profile
from starlang.manifests.schema import Schema
from starlang.manifests.waivers import expired, living_with
from starlang.project.config import Config, load_config
from starlang.project.generating import generate
from starlang.project.imports import relate
from starlang.project.inputs import load_profile, load_schema
from starlang.project.loading import load_graph
from starlang.project.packages import coverage_of
from starlang.project.planning import plan_project, related
from starlang.project.project import Project, read_rule_set
from starlang.project.settings import unknown_stars
from starlang.rules.model import RuleSet
from starlang.texts.documents import rewrite_in
from starlang.texts.json import Refusal
from starlang.texts.rewriting import Write

PAGES = Path(__file__).resolve().parents[2] / "docs" / "codes"
OTHERS = {"E871", "E872", "W870", "W871"}
OURS = sorted(
    page.stem for page in PAGES.glob("*.md") if page.stem[1] in "567" or page.stem in OTHERS
)
MANIFEST = "manifests/core/identity/module.manifest.json"
FILES = {"json": MANIFEST, "toml": "configs/starlang.toml", "star": "rules/main.star"}
GOOD = """{
  "module": {"name": "core.identity", "path": "core/identity"},
  "constellation_alignment": {"primary_star": "Supporting"},
  "matriz_integration": {"pipeline_nodes": []},
  "capabilities": [],
  "dependencies": {"external": []},
  "testing": {"quality_tier": "T3_standard"},
  "metadata": {"owner": "identity-team", "tags": []}
}
"""


@frozen
class Fence:
    kind: str
    is_good: bool
    file: str
    text: str


def fences(page: str) -> Iterator[Fence]:
    lines = iter((PAGES / f"{page}.md").read_text("utf-8").splitlines())
    for line in lines:
        if line.startswith("```"):
            kind, verdict, *rest = line.removeprefix("```").split()
            text = "".join(f"{each}\n" for each in iter(lambda: next(lines), "```"))
            assert verdict in {"good", "bad"}
            file = rest[0].removeprefix("file=") if rest else FILES.get(kind, "")
            yield Fence(kind, verdict == "good", file, text)


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def found(root: Path, example: Iterable[Fence], page: str) -> list[Diagnostic]:
    """Everything that is wrong with the project that the fences of an example make."""
    put(root, MANIFEST, GOOD)
    paths: list[str] = []
    for fence in example:
        if fence.kind == "sh":
            subprocess.run(["/bin/bash", "-euc", fence.text], cwd=root, check=True)
        elif fence.kind == "text":
            paths += fence.text.splitlines()
        else:
            put(root, fence.file, fence.text)
    config = load_config(root)
    return list(_found(config, paths, page)) if isinstance(config, Config) else list(config)


def _found(config: Config, paths: list[str], page: str) -> Iterator[Diagnostic]:
    if (config.root / "configs" / "profile.toml").exists():
        config = evolve(config, profile="configs/profile.toml")
    if (config.root / "configs" / "schema.json").exists():
        config = evolve(config, schema=config.root / "configs" / "schema.json")
    profile = load_profile(config.profile, config.root)
    schema = load_schema(config.schema, "configs/schema.json") if config.schema else None
    if not isinstance(profile, Profile):
        yield from profile
    elif isinstance(schema, Diagnostic):
        yield schema
    else:
        graph = load_graph(
            config.manifests,
            project_root=config.root,
            profile=profile,
            guards=config.guards,
            schema=schema,
            schema_version=config.schema_version,
            layout=config.layout,
        )
        project = Project(config, profile)
        rules = _rules(config, profile)
        graph = related(relate(graph, project), project, rules) if rules else relate(graph, project)
        yield from (each.finding for each in graph.misfits)
        guarded = guard(((path, f"manifests/{path}/m.json") for path in paths), config.guards)
        standing = living_with([*graph.problems, *guarded], config.waivers, "manifests")
        yield from (*standing.open, *standing.unused)
        yield from expired(config.waivers, date(2026, 1, 1))
        if (config.root / ".git").exists():
            yield from _of_packages(Project(config, profile), schema, page)
        if rules is not None:
            yield from unknown_stars(config.run.bands, rules)
            yield from _of_writing(project, rules, graph)


def _of_writing(project: Project, rules: RuleSet, graph: ModuleGraph) -> Iterator[Diagnostic]:
    """What the steps of a run would say about writing the plan."""
    for edit in plan_project(project, rules, graph, None).edits:
        data = (project.root / edit.file).read_bytes()
        form = project.profile.format_of(edit.file)
        write = Write(edit.pointer, str(edit.new))
        written = rewrite_in(data, [write], form, project.profile.is_manifest)
        if isinstance(written, Refusal):
            yield written.diagnostic(edit.file, data)


MADE = {*OTHERS, "E552", "E553", "W553", "W554", "W555", "W556", "W557", "W566", "W567", "W568"}
"""Findings of `generate`; the others about packages are those of `coverage`."""


def _of_packages(project: Project, schema: Schema | None, page: str) -> Iterator[Diagnostic]:
    if page not in MADE:
        yield from findings(coverage_of(project))
        return
    file = project.root / FILES["star"]
    if not file.exists():
        put(project.root, FILES["star"], 'starlang 1 ruleset shown "1"\ndefault star Supporting\n')
    rules = read_rule_set(file, project.root, project.profile).rules
    assert rules is not None
    made = generate(project, rules, schema, at="2026-01-01")
    yield from (*made.errors, *made.problems)


def _rules(config: Config, profile: Profile) -> RuleSet | None:
    path = config.root / FILES["star"]
    if not path.exists():
        return None
    rules = read_rule_set(path, config.root, profile).rules
    assert rules is not None
    return rules


def relevant(problems: list[Diagnostic]) -> set[str]:
    """Their codes. Examples are short: that they lack other facets is not what they are about."""
    lacking = {"W503"} if any(each.code != "W503" for each in problems) else set()
    return {each.code for each in problems} - lacking


@pytest.mark.skipif(sys.platform != "linux", reason="some examples are commands of a shell")
@pytest.mark.parametrize("page", OURS)
def test_the_bad_example_has_this_finding_and_no_other(page: str, tmp_path: Path) -> None:
    problems = found(tmp_path, [fence for fence in fences(page) if not fence.is_good], page)

    assert relevant(problems) == {page}
    assert all(each.hint for each in problems)


@pytest.mark.skipif(sys.platform != "linux", reason="some examples are commands of a shell")
@pytest.mark.parametrize("page", OURS)
def test_the_good_example_has_not(page: str, tmp_path: Path) -> None:
    problems = found(tmp_path, [fence for fence in fences(page) if fence.is_good], page)

    assert relevant(problems) <= {"W503"}
    assert page not in {each.code for each in problems}


@pytest.mark.parametrize("page", OURS)
def test_a_page_begins_with_its_code_and_has_both_examples(page: str) -> None:
    first = (PAGES / f"{page}.md").read_text("utf-8").partition("\n")[0]

    assert first.startswith(f"# {page}: ")
    assert {fence.is_good for fence in fences(page)} == {True, False}
