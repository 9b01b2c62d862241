"""Tests of rules as JUnit XML: a suite a file, a case a test."""

from collections.abc import Sequence

from starlang.diagnostics.formats import Repository
from starlang.diagnostics.junit import Case, Suite, render
from starlang.explain.text import render as explained
from starlang.plans.trials import Trial


def junit(trials: Sequence[Trial], repository: Repository) -> str:
    """The trials as one document."""
    by_file: dict[str, list[Case]] = {}
    for trial in trials:
        file, line = _place(trial)
        path = repository.path(file)
        failure = None
        summary = f"expected {trial.expected}, found {trial.found}"
        if not trial.passed:
            failure = f"{summary}\n{explained(trial.explanation)}"
        case = Case(trial.case.name, path, path, line, "" if trial.passed else summary, failure)
        by_file.setdefault(path, []).append(case)
    return render("starlang test", [Suite(file, tuple(each)) for file, each in by_file.items()])


def _place(trial: Trial) -> tuple[str, int]:
    """The file of a test, and its line."""
    file, line, _ = trial.case.at.rsplit(":", 2)
    return file, int(line)
