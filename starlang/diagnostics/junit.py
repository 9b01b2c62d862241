"""JUnit XML, the form in which CI servers read what passed and what failed.

Of findings it is a suite a file, a case a finding. An error is a failure. A warning stops
nothing, so its case passes and says it in its output. A file without findings is one case
that passes: a report without cases looks like no run.
"""

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from attrs import frozen

from starlang.diagnostics.formats import Checkout, region, with_hint, within
from starlang.diagnostics.model import Diagnostic
from starlang.printable import paragraph


@frozen
class JUnitCase:
    """One thing that was looked at.

    `failure` is why it failed, in full, None if it passed; `summary` one line of it.
    `output` is what a reader may want to know of one that passed. `line` counts from 1.
    """

    name: str
    group: str
    file: str = ""
    line: int | None = None
    summary: str = ""
    failure: str | None = None
    output: str = ""


@frozen
class Suite:
    """Cases that belong together, in order."""

    name: str
    cases: tuple[JUnitCase, ...]


def render(name: str, suites: Sequence[Suite]) -> str:
    """The suites as one document, with a final line end. No times: they differ a run."""
    root = ET.Element("testsuites", _counts(name, [c for suite in suites for c in suite.cases]))
    for suite in suites:
        element = ET.SubElement(root, "testsuite", _counts(suite.name, suite.cases))
        for case in suite.cases:
            _case(element, case)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _counts(name: str, cases: Sequence[JUnitCase]) -> dict[str, str]:
    failures = sum(case.failure is not None for case in cases)
    return {
        "name": paragraph(name),
        "tests": str(len(cases)),
        "failures": str(failures),
        "errors": "0",
        "skipped": "0",
    }


def _case(suite: ET.Element, case: JUnitCase) -> None:
    attributes = {"name": paragraph(case.name), "classname": paragraph(case.group)}
    if case.file:
        attributes["file"] = paragraph(case.file)
    if case.line is not None:
        attributes["line"] = str(case.line)
    element = ET.SubElement(suite, "testcase", attributes)
    if case.failure is not None:
        failure = ET.SubElement(element, "failure", {"message": paragraph(case.summary)})
        failure.text = paragraph(case.failure)
    if case.output:
        ET.SubElement(element, "system-out").text = paragraph(case.output)


def junit_document(name: str, diagnostics: Iterable[Diagnostic], repository: Checkout) -> str:
    """The findings of the command `name` as one document."""
    by_file: dict[str, list[Diagnostic]] = {}
    for each in map(within, diagnostics):
        by_file.setdefault(repository.path(each.file), []).append(each)
    suites = [_suite_of(file or name, found, repository) for file, found in by_file.items()]
    return render(name, suites or [Suite(name, (JUnitCase("no findings", name),))])


def _suite_of(file: str, found: Sequence[Diagnostic], repository: Checkout) -> Suite:
    return Suite(file, tuple(_case_of(file, each, repository) for each in found))


def _case_of(file: str, each: Diagnostic, repository: Checkout) -> JUnitCase:
    where = region(each)
    return JUnitCase(
        name=f"{each.code}{'' if where is None else f' line {where[0].line}'}",
        group=file,
        file=repository.path(each.file),
        line=None if where is None else where[0].line,
        summary=each.message,
        failure=with_hint(each) if each.is_error else None,
        output="" if each.is_error else f"warning: {with_hint(each)}",
    )
