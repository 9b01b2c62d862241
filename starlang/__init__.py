"""Rules that say which architectural role a module has, and an engine that explains its answers.

    rules = starlang.compile("rules/constellation.star")
    graph = starlang.load("manifests")
    plan = rules.plan(graph)
    print(plan["labs/api/oidc"].explain())

The names are loaded when they are first used, so that `import starlang` costs nothing.
"""

from importlib import import_module

from starlang.version import VERSION as __version__  # noqa: N811 -- the name that tools look for

# `python -m starlang` comes here before `__main__` has taken the working directory off the
# import path, so `typing` might be a file of a checkout.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlang.api.loading import load, load_modules
    from starlang.api.module import Module
    from starlang.api.plan import Ceiling, Edit, Plan
    from starlang.api.rules import (  # the library's own words
        Rule,
        Rules,
        Star,
        TestResult,
        check,
        check_text,
        compile,  # noqa: A004 -- the library has its own word
        compile_text,
    )
    from starlang.api.tables import Table, graph_table, multiset_hash
    from starlang.api.values import Evidence, Match, Score, Thresholds
    from starlang.api.why_not import WhyNot
    from starlang.diagnostics.model import Diagnostic
    from starlang.engine.decisions import Outcome
    from starlang.errors import (
        InputError,
        MissingPackageError,
        RefusedError,
        RulesError,
        SetupError,
        StarlangError,
        TablesError,
        UnknownNameError,
        UnknownStarError,
    )
    from starlang.manifests.graph import ModuleGraph
    from starlang.run.steps import GuardedRun, open_run

_HOMES = {
    "Ceiling": "starlang.api.plan",
    "Diagnostic": "starlang.diagnostics.model",
    "Edit": "starlang.api.plan",
    "Evidence": "starlang.api.values",
    "GuardedRun": "starlang.run.steps",
    "InputError": "starlang.errors",
    "Match": "starlang.api.values",
    "MissingPackageError": "starlang.errors",
    "Module": "starlang.api.module",
    "ModuleGraph": "starlang.manifests.graph",
    "Outcome": "starlang.engine.decisions",
    "Plan": "starlang.api.plan",
    "RefusedError": "starlang.errors",
    "Rule": "starlang.api.rules",
    "Rules": "starlang.api.rules",
    "RulesError": "starlang.errors",
    "Score": "starlang.api.values",
    "SetupError": "starlang.errors",
    "Star": "starlang.api.rules",
    "StarlangError": "starlang.errors",
    "TablesError": "starlang.errors",
    "Table": "starlang.api.tables",
    "TestResult": "starlang.api.rules",
    "Thresholds": "starlang.api.values",
    "UnknownNameError": "starlang.errors",
    "UnknownStarError": "starlang.errors",
    "WhyNot": "starlang.api.why_not",
    "check": "starlang.api.rules",
    "check_text": "starlang.api.rules",
    "compile": "starlang.api.rules",
    "compile_text": "starlang.api.rules",
    "graph_table": "starlang.api.tables",
    "load": "starlang.api.loading",
    "load_modules": "starlang.api.loading",
    "multiset_hash": "starlang.api.tables",
    "open_run": "starlang.run.steps",
}

__all__ = [
    "Ceiling",
    "Diagnostic",
    "Edit",
    "Evidence",
    "GuardedRun",
    "InputError",
    "Match",
    "MissingPackageError",
    "Module",
    "ModuleGraph",
    "Outcome",
    "Plan",
    "RefusedError",
    "Rule",
    "Rules",
    "RulesError",
    "Score",
    "SetupError",
    "Star",
    "StarlangError",
    "Table",
    "TablesError",
    "TestResult",
    "Thresholds",
    "UnknownNameError",
    "UnknownStarError",
    "WhyNot",
    "__version__",
    "check",
    "check_text",
    "compile",
    "compile_text",
    "graph_table",
    "load",
    "load_modules",
    "multiset_hash",
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
