"""Rules that say which architectural role a module has, and an engine that explains its answers.

    rules = starlang.compile("rules/constellation.star")
    graph = starlang.load("manifests")
    plan = rules.plan(graph)
    print(plan["labs/api/oidc"].explain())

The names are loaded when they are first used, so that `import starlang` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from starlang.version import VERSION as __version__  # noqa: N811 -- the name that tools look for

if TYPE_CHECKING:
    from starlang.api import Rules, check, compile, load  # noqa: A004 -- the library's own words
    from starlang.counterfactual.model import WhyNot
    from starlang.diagnostics.model import Diagnostic
    from starlang.engine.decisions import Outcome
    from starlang.errors import (
        InputError,
        RefusedError,
        RulesError,
        SetupError,
        StarlangError,
        UnknownStarError,
    )
    from starlang.explain.model import Explanation
    from starlang.manifests.graph import ModuleGraph
    from starlang.pipeline.steps import GuardedRun, open_run
    from starlang.plans.model import Plan

_HOMES = {
    "Diagnostic": "starlang.diagnostics.model",
    "Explanation": "starlang.explain.model",
    "GuardedRun": "starlang.pipeline.steps",
    "InputError": "starlang.errors",
    "ModuleGraph": "starlang.manifests.graph",
    "Outcome": "starlang.engine.decisions",
    "Plan": "starlang.plans.model",
    "RefusedError": "starlang.errors",
    "Rules": "starlang.api",
    "RulesError": "starlang.errors",
    "SetupError": "starlang.errors",
    "StarlangError": "starlang.errors",
    "UnknownStarError": "starlang.errors",
    "WhyNot": "starlang.counterfactual.model",
    "check": "starlang.api",
    "compile": "starlang.api",
    "load": "starlang.api",
    "open_run": "starlang.pipeline.steps",
}

__all__ = [
    "Diagnostic",
    "Explanation",
    "GuardedRun",
    "InputError",
    "ModuleGraph",
    "Outcome",
    "Plan",
    "RefusedError",
    "Rules",
    "RulesError",
    "SetupError",
    "StarlangError",
    "UnknownStarError",
    "WhyNot",
    "__version__",
    "check",
    "compile",
    "load",
    "open_run",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'starlang' has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
