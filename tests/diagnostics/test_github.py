"""Workflow commands: read back as the runner of GitHub reads them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starlang.diagnostics.formats import Checkout, github_command, github_commands
from starlang.diagnostics.model import Diagnostic, at
from starlang.text import Source, Span, shown

pytestmark = pytest.mark.requirement("R32")

COMMAND = re.compile(r"::(error|warning) ([^:]*)::(.*)")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """What the runner makes of a line: it splits first and unescapes then, `%25` last."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    properties = dict(each.split("=", 1) for each in found[2].split(","))
    return found[1], {name: _plain(value) for name, value in properties.items()}, _plain(found[3])


def _plain(text: str) -> str:
    for code, character in (("3A", ":"), ("2C", ","), ("0D", "\r"), ("0A", "\n"), ("25", "%")):
        text = text.replace(f"%{code}", character)
    return text


def test_a_finding_on_one_line() -> None:
    source = Source("rules/a.star", "one\ntwo\n")
    found = at(source, Span(4, 7), "W204", "100% of a: b, c", hint="h")

    assert github_command(found, Checkout(prefix="sub/")) == (
        "::warning file=sub/rules/a.star,line=2,endLine=2,col=1,endColumn=4,"
        "title=starlang W204::100%25 of a: b, c%0Ahelp: h"
    )


def test_a_finding_over_lines_has_no_columns() -> None:
    _, properties, _ = read(
        github_command(at(Source("a", "one\ntwo"), Span(1, 6), "E1", "m"), Checkout())
    )

    assert properties == {"file": "a", "line": "1", "endLine": "2", "title": "starlang E1"}


def test_errors_come_first() -> None:
    found = [Diagnostic(code=code, message=code, file="a") for code in ("W1", "E1", "W2", "E2")]
    lines = github_commands(found, Checkout()).splitlines()

    assert [read(line)[2] for line in lines] == ["E1", "E2", "W1", "W2"]


@given(st.text(), st.text(min_size=1))
def test_nothing_in_a_finding_is_a_command_of_its_own(message: str, file: str) -> None:
    found = Diagnostic(code="E706", message=message, file=file)
    text = github_command(found, Checkout())

    assert "\n" not in text
    assert "\r" not in text
    if "%" not in message + file:  # else a text that looks escaped reads back as what it stands for
        kind, properties, said = read(text)
        lines = "\n".join(map(shown, message.split("\n")))
        assert (kind, properties["file"], said) == ("error", shown(file), lines)
