"""Imported files, compiled and evaluated."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from legacy.old_tools import Module

from starlang.checker.check import check
from starlang.compiler import compile_rules
from starlang.engine.evaluate import Evaluation, evaluate
from starlang.legacy.old_file import Imported
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import read_profile
from starlang.rules.model import RuleSet
from starlang.rules.spelling import Scalar
from starlang.syntax.parse import parse
from starlang.text import Source

PROFILES = Path(__file__).resolve().parents[2] / "configs" / "profiles"
NO_RULES = "W203"


@pytest.fixture(scope="session")
def profile() -> Profile:
    path = PROFILES / "constellation-1.1.toml"
    found, problems = read_profile(path.stem, Source(path.name, path.read_text("utf-8")))
    assert found is not None, problems
    return found


@pytest.fixture(scope="session")
def compiled(profile: Profile) -> Callable[[Imported], RuleSet]:
    """Compiles what was imported; nothing but analyses may have anything to say about it."""

    def compile_imported(imported: Imported) -> RuleSet:
        assert imported.ok, imported.diagnostics
        parsed = [parse(Source(name, text)) for name, text in imported.files]
        assert [problem for each in parsed for problem in each.diagnostics] == []
        checked = check([each.file for each in parsed], profile)
        assert [each for each in checked.diagnostics if each.code != NO_RULES] == []
        return compile_rules(checked)

    return compile_imported


@pytest.fixture(scope="session")
def evaluated(profile: Profile) -> Callable[[RuleSet, Sequence[Module]], Evaluation]:
    """Evaluates a rule set over modules that exist in memory only."""

    def evaluate_modules(rules: RuleSet, modules: Sequence[Module]) -> Evaluation:
        columns = {
            "capability": column([module.capabilities for module in modules]),
            "node": column([module.nodes for module in modules]),
            "owner": column([(each.owner,) if each.owner else () for each in modules]),
            "package": column([module.packages for module in modules]),
        }
        graph = ModuleGraph(
            paths=tuple(module.path for module in modules),
            names=tuple(module.name for module in modules),
            stars=tuple(() for _ in modules),
            columns=columns,
            profile=profile,
        )
        return evaluate(rules, graph)

    return evaluate_modules


def column(rows: Sequence[tuple[Scalar, ...]]) -> FacetColumn:
    return FacetColumn(tuple(rows), range(len(rows)))
