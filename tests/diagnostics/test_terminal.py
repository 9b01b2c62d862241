"""How diagnostics look to people. Each expected text is shown whole."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.diagnostics.terminal import render
from starlang.text import Position, Source, Span


def place(text: str, marked: str, name: str = "rules/a.star") -> Label:
    """The first place of `marked` in `text`."""
    start = text.index(marked)
    return Label(Source(name, text), Span(start, start + len(marked)))


def shown(*labels: Label, hint: str = "", code: str = "E101", **options: bool) -> str:
    diagnostic = Diagnostic(
        code=code, message="a message", file="rules/a.star", labels=labels, hint=hint
    )
    return "\n" + render(diagnostic, **options) + "\n"


def words(label: Label, message: str) -> Label:
    return Label(label.source, label.span, message)


def test_a_place_in_one_line() -> None:
    label = place("starlang 1\nrule a -> B when x is y\n", "when")

    assert (
        shown(words(label, "here"), hint="do it")
        == """
error[E101]: a message
 --> rules/a.star:2:13
  |
2 | rule a -> B when x is y
  |             ^^^^ here
  |
  = help: do it
"""
    )


def test_a_warning_says_so() -> None:
    assert shown(place("ab", "a"), code="W101").startswith("\nwarning[W101]: a message\n")


def test_two_places_in_one_line_and_one_far_away() -> None:
    text = "one two\n\n\nthree\n" + "\n" * 6 + "four\n"

    labels = [
        place(text, "two"),
        words(place(text, "one"), "before"),
        words(place(text, "four"), "end"),
    ]

    assert (
        shown(*labels)
        == """
error[E101]: a message
  --> rules/a.star:1:5
   |
 1 | one two
   |     ^^^
   | --- before
...
11 | four
   | ---- end
"""
    )


def test_a_place_of_several_lines() -> None:
    text = "a (b\n  c\n  d\n   e) f\n"

    assert (
        shown(words(place(text, text[2:-3]), "all of it"))
        == """
error[E101]: a message
 --> rules/a.star:1:3
  |
1 | a (b
  |   ^^
...
4 |    e) f
  |    ^^ all of it
"""
    )


def test_places_in_two_files() -> None:
    first, second = place("one", "one"), words(place("two", "two", "rules/b.star"), "there")

    assert (
        shown(first, second, hint="choose")
        == """
error[E101]: a message
 --> rules/a.star:1:1
  |
1 | one
  | ^^^
 ::: rules/b.star:1:1
  |
1 | two
  | --- there
  |
  = help: choose
"""
    )


def test_the_end_of_a_text() -> None:
    source = Source("rules/a.star", "rule\n")

    assert (
        shown(Label(source, Span(5, 5)))
        == """
error[E101]: a message
 --> rules/a.star:2:1
  |
2 |
  | ^
"""
    )


@pytest.mark.parametrize(
    ("diagnostic", "arrow"),
    [
        (Diagnostic(code="E501", message="m", file="m/a.json"), " --> m/a.json"),
        (Diagnostic(code="E501", message="m", file="a", pointer="/x/0"), " --> a at /x/0"),
        (Diagnostic(code="E501", message="m", file="a", position=Position(3, 7)), " --> a:3:7"),
        (Diagnostic(code="E501", message="m", pointer="/x"), " --> /x"),
    ],
)
def test_a_whole_file(diagnostic: Diagnostic, arrow: str) -> None:
    assert render(diagnostic).splitlines()[1:] == [arrow]


def test_nothing_but_a_message() -> None:
    assert render(Diagnostic(code="E701", message="m")) == "error[E701]: m"
    assert render(Diagnostic(code="E701", message="m", hint="h")).splitlines()[1:] == [
        "  = help: h"
    ]


def test_a_pointer_stands_beside_the_place() -> None:
    label = place('{"a": 1}', "1", "m.json")
    diagnostic = Diagnostic(code="E501", message="m", file="m.json", labels=(label,), pointer="/a")

    assert " --> m.json:1:7 at /a" in render(diagnostic).splitlines()


def columns(text: str) -> int:
    """The width of a text by Unicode's own table, for the characters of these tests."""
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


@pytest.mark.parametrize(
    "before",
    ["", "\t", "日本", "e\u0301", "🌱", "\u202e", "\x1b[31m", "\ud800", "a\u200db", "\tß日\x00"],
)
def test_marks_stand_below_what_they_mark(before: str) -> None:
    span = Span(len(before), len(before) + 2)

    line, marks = render(at(Source("a", f"{before}XY z"), span, "E101", "m")).split("\n")[3:5]

    assert columns(line[: line.index("XY")]) == columns(marks[: marks.index("^^")])
    assert marks.endswith("^^")


def test_a_picture_made_by_a_selector_is_two_columns_wide() -> None:
    text = "🛡\ufe0f X"

    marks = render(at(Source("a", text), Span(3, 4), "E101", "m")).split("\n")[4]

    assert marks == "  |    ^"


def test_a_long_line_is_cut_around_the_place() -> None:
    text = "a" * 200 + " HERE " + "b" * 200

    line, marks = shown(place(text, "HERE")).splitlines()[4:6]

    assert len(line) == len("1 | ") + 76 == 80
    assert line.startswith("1 | …aaa")
    assert line.endswith("bbb…")
    assert marks.index("^^^^") == line.index("HERE")
    assert marks.rstrip().endswith("^^^^")


def test_a_long_line_is_shown_for_each_place_on_it() -> None:
    text = "ONE " + "a" * 300 + " TWO"

    lines = shown(place(text, "TWO"), place(text, "ONE")).splitlines()

    assert [line.count("TWO") + line.count("ONE") for line in lines] == [0, 0, 0, 0, 1, 0, 1, 0]


def test_without_unicode_all_is_ascii() -> None:
    label = words(place("é日🌱 X", "X"), "→")
    diagnostic = Diagnostic(code="E101", message="ö", file="ü", labels=(label,), hint="…")

    text = render(diagnostic, unicode=False)

    assert text.isascii()
    assert r"\xe9\u65e5\U0001f331 X" in text


def test_color_adds_nothing_but_color() -> None:
    labels = [words(place("one two", "two"), "here"), place("one two", "one")]

    colored = shown(*labels, hint="h", color=True)

    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == shown(*labels, hint="h")
    assert colored.count("\x1b[1;31m") == 2
    assert "\x1b[1;33m" in shown(*labels, code="W101", color=True)


CONTROLS = "\x1b\x07\r\u202e\u200b\ud800\x85\u2028"
nasty = st.text(st.characters() | st.sampled_from(CONTROLS), max_size=30)


@given(nasty, nasty, nasty, st.tuples(st.integers(0, 30), st.integers(0, 30)))
@pytest.mark.fault_row(17, 59)
def test_nothing_can_steer_a_terminal(
    text: str, message: str, name: str, place: tuple[int, int]
) -> None:
    start, end = sorted(min(each, len(text)) for each in place)
    label = Label(Source(name, text), Span(start, end), message)
    diagnostic = Diagnostic(
        code="E101", message=message, file=name, labels=(label, label), hint=message, pointer=name
    )

    rendered = render(diagnostic)

    assert all(line.isprintable() for line in rendered.split("\n"))
    assert rendered.encode()
    assert render(diagnostic, unicode=False).isascii()
