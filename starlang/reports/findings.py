"""Diagnostics as JUnit XML: a suite a file, a case a finding.

An error is a failure. A warning stops nothing, so its case passes and says it in its output.
A file without findings is one case that passes: a report without cases looks like no run.
"""

from collections.abc import Iterable, Sequence

from starlang.diagnostics.model import Diagnostic
from starlang.diagnostics.repository import Repository, region, with_hint
from starlang.reports.junit import Case, Suite, render


def junit(name: str, diagnostics: Iterable[Diagnostic], repository: Repository) -> str:
    """The findings of the command `name` as one document."""
    by_file: dict[str, list[Diagnostic]] = {}
    for each in diagnostics:
        by_file.setdefault(repository.path(each.file), []).append(each)
    suites = [_suite(file or name, found, repository) for file, found in by_file.items()]
    return render(name, suites or [Suite(name, (Case("no findings", name),))])


def _suite(file: str, found: Sequence[Diagnostic], repository: Repository) -> Suite:
    return Suite(file, tuple(_case(file, each, repository) for each in found))


def _case(file: str, each: Diagnostic, repository: Repository) -> Case:
    where = region(each)
    return Case(
        name=f"{each.code}{'' if where is None else f' line {where[0].line}'}",
        group=file,
        file=repository.path(each.file),
        line=None if where is None else where[0].line,
        summary=each.message,
        failure=with_hint(each) if each.is_error else None,
        output="" if each.is_error else f"warning: {with_hint(each)}",
    )
