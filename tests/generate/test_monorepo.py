"""All missing manifests of a monorepo: valid, written as one, and what a plan makes of them.

The rules are those of the old tools, imported; the derivations are the word list that the nodes of
the existing manifests were made by, and the profile is the test's own (`monorepo/`).
"""

import json
import os
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
from attrs import frozen
from program.repositories import git
from program.run import succeed

from starlang.plan.model import Plan
from starlang.project.generating import Generated, generate
from starlang.project.planning import load_project, plan_project, read_schema
from starlang.project.project import Project, Wanted, compile_project, open_project
from starlang.rules.model import RuleSet
from starlang.run.create import create
from starlang.run.ground import actual, open_run
from starlang.run.rollback import rollback
from starlang.transaction.journal import Progressed

pytestmark = pytest.mark.requirement("R27")

HERE = Path(__file__).parent / "monorepo"
CONFIG = """[project]
rules = "stars/constellation.star"
profile = "configs/profile.toml"
schema = "configs/corpus.schema.json"
schema_version = "1.1.0"

[coverage]
at_least = 99
"""
EXCLUDE = '[[coverage.exclude]]\nglob = "{}"\nreason = "no packages of ours"\n'
WAIVE = '[[guards.waive]]\npath = "{}"\ncode = "E602"\nreason = "they are called so"\n'


def quiet(_now: Progressed) -> None:
    return


@frozen
class Monorepo:
    root: Path
    capitals: tuple[str, ...]

    def configure(self, *waived: str) -> Project:
        """The project with these paths waived."""
        config = CONFIG + "".join(map(EXCLUDE.format, ("**/tests", "**/archive", ".")))
        config += "".join(map(WAIVE.format, waived))
        (self.root / "configs" / "starlang.toml").write_text(config, "utf-8")
        opened = open_project(Wanted(self.root))
        assert isinstance(opened, Project)
        return opened


@pytest.fixture(scope="module")
def monorepo(skeleton: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    """A copy whose files are further names of those of the skeleton; only new ones are written."""
    root = tmp_path_factory.mktemp("monorepo") / "repo"
    shutil.copytree(skeleton, root, copy_function=os.link)
    (root / "stars").mkdir()
    for name in ("star_rules.json", "star_canon.json"):
        shutil.copyfile(corpus / name, root / "stars" / name)
    succeed("import", "star_rules.json", "-o", ".", "--quiet", cwd=root / "stars")
    shutil.copyfile(HERE / "derived.star", root / "stars" / "derived.star")
    rules = root / "stars" / "constellation.star"
    rules.write_text(f'{rules.read_text("utf-8")}\nuse "derived.star"\n', "utf-8")
    (root / "configs").mkdir(exist_ok=True)
    shutil.copyfile(HERE / "profile.toml", root / "configs" / "profile.toml")
    schema = corpus / "matriz_module_compliance.schema.json"
    shutil.copyfile(schema, root / "configs" / "corpus.schema.json")
    (root / ".github").mkdir(exist_ok=True)
    shutil.copyfile(corpus / ".github" / "CODEOWNERS", root / ".github" / "CODEOWNERS")
    paths = (path.parent for path in (root / "manifests").rglob("module.manifest.json"))
    shown = (path.relative_to(root / "manifests").as_posix() for path in paths)
    capitals = sorted(each for each in shown if each != each.lower() and ".archive" not in each)
    return Monorepo(root, tuple(capitals))


def rules_of(project: Project) -> RuleSet:
    rules = compile_project(project).rules
    assert rules is not None
    return rules


def made_of(project: Project) -> Generated:
    schema = read_schema(project)
    assert not isinstance(schema, tuple)
    return generate(project, rules_of(project), schema)


def planned(project: Project) -> Plan:
    schema = read_schema(project)
    assert not isinstance(schema, tuple)
    rules = rules_of(project)
    return plan_project(project, rules, load_project(project, rules, schema), schema)


def test_with_every_capital_waived_all_packages_get_a_valid_manifest(
    monorepo: Monorepo, project_root: Path
) -> None:
    made = made_of(monorepo.configure("**"))
    built_in = project_root / "configs" / "schemas" / "manifest-1.1.schema.json"
    ours = jsonschema_rs.validator_for(json.loads(built_in.read_bytes()))
    theirs = jsonschema_rs.validator_for(
        json.loads((monorepo.root / "configs" / "corpus.schema.json").read_bytes())
    )
    documents = {each.path: json.loads(each.text) for each in made.manifests}

    assert len(documents) == 580
    assert made.errors == ()
    assert [path for path, each in documents.items() if not ours.is_valid(each)] == []
    assert [path for path, each in documents.items() if not theirs.is_valid(each)] == []
    assert {each["metadata"]["owner"] for each in documents.values()} == {"@owner-1.dominguez"}
    idle = [each for each in made.problems if each.code == "W567"]
    assert len(idle) == 50
    assert all(each.file == ".github/CODEOWNERS" for each in idle)


def test_generating_comes_before_planning(monorepo: Monorepo) -> None:
    """Written as one, planned, and taken back; what was there keeps its bytes."""
    project = monorepo.configure(*monorepo.capitals)
    assert [each.outcome for each in planned(project) if each.outcome == "promoted"] == []
    status = git(monorepo.root, "status", "--porcelain")
    before = {path: path.read_bytes() for path in (monorepo.root / "manifests").rglob("*.json")}

    run = open_run(project, actual())
    made = made_of(project)
    assert create(run, made, quiet).count == len(made.manifests) == 559
    assert {path: path.read_bytes() for path in before} == before
    assert made_of(project).manifests == ()
    assert made_of(project).coverage.percent == "98.26"

    plan = planned(project)
    assert plan.blocked == ()
    assert sum(each.outcome == "promoted" for each in plan) == 74
    share = 100 * plan.after["Supporting"] / len(plan)
    assert 60 <= share < 61

    rollback(run, quiet)
    assert git(monorepo.root, "status", "--porcelain") == status
    assert sorted((monorepo.root / "manifests").rglob("*.json")) == sorted(before)
