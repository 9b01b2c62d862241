"""What holds of every file that is laid out: nothing is lost, nothing means something else."""

from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.star_files import star_files

from starlang.source.text import Source
from starlang.syntax.formatting.format import format_source
from starlang.syntax.nodes import File
from starlang.syntax.parse import parse
from starlang.syntax.scanner import scan, significant

pytestmark = pytest.mark.requirement("R32")

LONG = "x" * 70
"""A word so long that the others on its line may not find room."""


def formatted(text: str) -> str:
    done = format_source(Source("drawn.star", text))
    assert done.text is not None, done.diagnostics
    return done.text


def parsed(text: str) -> File:
    found = parse(Source("drawn.star", text))
    assert not [each for each in found.diagnostics if each.is_error]
    return found.file


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


def in_order(text: str) -> list[str]:
    """Tokens and comments, without commas: those are signs of the layout."""
    return [each.text.rstrip() for each in scan(text) if each.kind != "blank" and each.text != ","]


def comments_of(text: str) -> list[str]:
    return [each.text.rstrip() for each in scan(text) if each.kind == "comment"]


@settings(deadline=None, max_examples=300)
@given(star_files())
def test_a_file_means_the_same(drawn: tuple[str, File]) -> None:
    text, tree = drawn

    assert parsed(formatted(text)) == tree


@settings(deadline=None, max_examples=300)
@given(star_files(), st.randoms(use_true_random=False))
def test_formatting_twice_is_formatting_once(drawn: tuple[str, File], random: Random) -> None:
    once = formatted(with_comments(drawn[0], random))

    assert formatted(once) == once


@settings(deadline=None, max_examples=200)
@given(star_files(), st.randoms(use_true_random=False))
def test_every_comment_is_kept_once(drawn: tuple[str, File], random: Random) -> None:
    text = with_comments(drawn[0], random)

    assert sorted(comments_of(formatted(text))) == sorted(comments_of(text))


@settings(deadline=None, max_examples=200)
@given(star_files(), st.randoms(use_true_random=False))
def test_comments_stay_between_the_same_tokens(drawn: tuple[str, File], random: Random) -> None:
    """Clauses may change places, with their comments, so here they are in order at first."""
    text = with_comments(formatted(drawn[0]), random)

    assert in_order(formatted(text)) == in_order(text)
