"""Plain command lines, which are read without Typer: to the same values as Typer reads."""

from functools import partial
from inspect import Parameter, signature
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from program.run import modules_imported, starlang
from typer._click.exceptions import UsageError  # where Typer keeps the Click that it is made of

from starlang.cli.app import command_of
from starlang.cli.commands import COMMANDS, function_of
from starlang.cli.plain import plain_call

WORDS = (
    *("", "x", "core/identity", "rules/a.star", "a=b", "é", "~", "*.star"),
    *("0", "1", "3", "007", "90", "91", "+1", "1_0", "٣", "1.5", "9999999999"),
    *("text", "json", "JSON", "csv", "html", "sarif", "check", "true", "promoted"),
    *("-", "--", "-h", "--help", "--version", "-1", "-x", "-qo", "-q3", "--no-such"),
)


class _Called(Exception):  # noqa: N818 -- it is not an error: it takes away what a command is given
    def __init__(self, given: dict[str, object]) -> None:
        super().__init__(given)
        self.given = given


def by_typer(name: str, words: list[str]) -> dict[str, object] | None:
    """What the function of a command is given by Typer; None where Typer refuses or helps."""

    def called(**given: object) -> None:
        raise _Called(given)

    function = function_of(name)
    called.__dict__["__signature__"] = signature(function)
    called.__annotations__ = function.__annotations__
    try:
        command_of(name, called)(words, standalone_mode=False)  # type: ignore[arg-type]  # -- mypy has no such function types
    except _Called as call:
        return call.given
    except UsageError:
        return None
    return None


def by_plain(name: str, words: list[str]) -> dict[str, object] | None:
    """What it is given without Typer; None where the words are not plain."""
    call = plain_call([name, *words])
    if call is None:
        return None
    assert isinstance(call, partial)
    assert call.args == ()
    defaults = signature(function_of(name)).parameters.values()
    return {
        **{each.name: each.default for each in defaults if each.default is not Parameter.empty},
        **call.keywords,
    }


def flags(name: str) -> list[str]:
    hints = [hint for hint in function_of(name).__annotations__.values() if hint]
    return [flag for hint in hints for flag in get_args(hint)[1].flags]


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A command and words after it: its options, joined or apart, and words of all kinds."""
    name = draw(st.sampled_from(list(COMMANDS)))
    word = st.sampled_from(WORDS)
    flag = st.sampled_from(flags(name) or ["--quiet"])
    joined = st.builds("{}={}".format, flag, word)
    return name, [
        word
        for part in draw(st.lists(st.tuples(flag, word) | flag | word | joined, max_size=5))
        for word in ([part] if isinstance(part, str) else part)
    ]


@settings(max_examples=examples(1_500))
@given(lines())
def test_what_is_read_without_typer_is_what_typer_reads(line: tuple[str, list[str]]) -> None:
    name, words = line
    plainly = by_plain(name, words)

    if plainly is not None:
        assert plainly == by_typer(name, words)


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("plan", {}),
        ("plan -q --no-color --limit 0 --output=p.json", {"limit": 0, "output": Path("p.json")}),
        ("plan --under a/** --under=b", {"under": ["a/**", "b"]}),
        ("explain core/identity core/b --format json", {"modules": ["core/identity", "core/b"]}),
        ("check a.star b.star", {"files": [Path("a.star"), Path("b.star")]}),
        ("test -k name -k other", {"named": ["name", "other"]}),
        ("approve 0123abcd --days 90", {"digest": "0123abcd", "days": 90}),
        ("diff main:rules.star rules.star", {"old": "main:rules.star", "new": "rules.star"}),
        ("import old.json -o rules", {"source": Path("old.json"), "output": Path("rules")}),
        ("canon check copy.json", {"files": [Path("copy.json")]}),
        *((name, {}) for name in ("pin", "backup", "canary", "apply", "verify", "rollback", "gc")),
    ],
)
def test_usual_lines_need_no_typer(line: str, given: dict[str, object]) -> None:
    name, *words = line.split()
    found = by_plain(name, words)

    assert found is not None
    assert found == by_typer(name, words)
    assert found.items() >= given.items()


@pytest.mark.parametrize(
    "line",
    [
        *("", "--help", "-h", "pln", "plan -h", "plan --help", "plan --limit", "plan --limit x"),
        *("plan --limit -1", "plan --format JSON", "plan x", "plan -qo p.json", "plan -- x"),
        *("plan -q=1", "plan --quiet=1", "plan --config a --config b", "plan --config="),
        *("fmt -", "approve", "approve a b", "diff", "gc --keep 0", "approve a --days 91"),
    ],
)
def test_what_is_not_plain_is_left_to_typer(line: str) -> None:
    assert plain_call(line.split(" ") if line else []) is None


def test_words_are_left_to_typer_where_a_shell_asks_how_they_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("_STARLANG_COMPLETE", "complete_bash")

    assert plain_call(["plan"]) is None
    assert plain_call(["--version"]) is None


def test_a_plain_line_does_not_import_typer(tmp_path: Path) -> None:
    assert "typer" not in modules_imported("--version", cwd=tmp_path)
    assert "typer" not in modules_imported("codes", "E104", cwd=tmp_path)
    assert "typer" in modules_imported("codes", "--help", cwd=tmp_path)


def test_a_misuse_is_worded_alike_whoever_read_the_line(tmp_path: Path) -> None:
    """`--flag=` and combined letters are Typer's; what the command then refuses is the same."""
    plain = starlang("plan", "-q", "--output", "p.json", "--outcome", "promotd", cwd=tmp_path)
    other = starlang("plan", "-qo", "p.json", "--outcome", "promotd", cwd=tmp_path)

    assert plain_call(["plan", "-q", "--output", "p.json", "--outcome", "promotd"]) is not None
    assert "Invalid value for --outcome: 'promotd': did you mean `promoted`?" in plain.said
    assert "Usage: starlang plan [OPTIONS]" in plain.said
    assert (plain.code, plain.out, plain.err) == (2, other.out, other.err)
