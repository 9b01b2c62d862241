"""What holds of every file that is laid out: nothing is lost, and nothing means something else."""

from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.star_files import star_files

from starlang.format.format import format_source
from starlang.format.printer import WIDTH, columns
from starlang.syntax.nodes import File
from starlang.syntax.parse import parse
from starlang.syntax.scanner import scan, significant
from starlang.text import Source

pytestmark = pytest.mark.requirement("R32")

SETTINGS = settings(max_examples=examples(60))
DRAWN = given(star_files(), st.randoms(use_true_random=False))


def laid_out(text: str) -> str:
    done = format_source(Source("drawn.star", text))
    assert done.text is not None, done.diagnostics
    return done.text


def with_comments(text: str, random: Random) -> str:
    """The tokens of `text` with other blanks between them, and comments that can be told apart."""
    numbers = count()
    most = random.choice([1, 2, 4])
    made = ""
    for token in significant(scan(text)):
        made += random.choice([" ", " ", " ", " ", "\n", "\n  ", "\r\n", "\n\n", "\t\n \n"])
        for _ in range(random.randrange(most)):
            end = random.choice(["\n", " \n", " -> {\n", "\r\n\n", "\n    "])
            made += f"# {next(numbers)}{end}"
        made += token.text
    return made + random.choice(["", "\n", " # end", "\n\n # end\n\n"])


def comments_of(text: str) -> list[str]:
    return [each.text.rstrip() for each in scan(text) if each.kind == "comment"]


def in_order(text: str) -> list[str]:
    """Tokens and comments, without commas: those are part of the layout."""
    return [each.text.rstrip() for each in scan(text) if each.kind != "blank" and each.text != ","]


def code_of(line: str) -> str:
    """The line without the comment at its end."""
    return "".join(each.text for each in scan(line) if each.kind != "comment").rstrip()


@SETTINGS
@given(star_files())
def test_a_file_means_the_same(drawn: tuple[str, File]) -> None:
    text, tree = drawn

    assert parse(Source("drawn.star", laid_out(text))).file == tree


@SETTINGS
@DRAWN
def test_laying_out_twice_is_laying_out_once(drawn: tuple[str, File], random: Random) -> None:
    once = laid_out(with_comments(drawn[0], random))

    assert laid_out(once) == once


@SETTINGS
@DRAWN
def test_every_comment_is_kept_once(drawn: tuple[str, File], random: Random) -> None:
    text = with_comments(drawn[0], random)

    assert sorted(comments_of(laid_out(text))) == sorted(comments_of(text))


@SETTINGS
@DRAWN
def test_comments_stay_between_the_same_tokens(drawn: tuple[str, File], random: Random) -> None:
    """Clauses may change places and take their comments along, so here they are in order."""
    text = with_comments(laid_out(drawn[0]), random)

    assert in_order(laid_out(text)) == in_order(text)


@SETTINGS
@DRAWN
def test_only_what_cannot_be_divided_is_longer_than_a_line(
    drawn: tuple[str, File], random: Random
) -> None:
    for line in laid_out(with_comments(drawn[0], random)).splitlines():
        longest = max((columns(token.text) for token in scan(line)), default=0)
        assert columns(code_of(line)) <= WIDTH or longest > WIDTH // 2


@SETTINGS
@DRAWN
def test_ends_of_lines_do_not_matter(drawn: tuple[str, File], random: Random) -> None:
    text = with_comments(drawn[0], random)

    made = laid_out(text)

    assert made == laid_out(text.replace("\r\n", "\n"))
    assert made == laid_out(made.replace("\n", "\r\n"))
    assert made.endswith("\n")
    assert not made.endswith("\n\n")
    assert [line for line in made.split("\n") if line != line.rstrip(" \t\r")] == []
