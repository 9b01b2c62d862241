"""The parser takes what Lark takes, and makes the trees that Lark makes of it."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, UnexpectedInput
from lark import Token as LarkToken
from lark import Tree as LarkTree
from program.effort import examples
from program.tables import built
from strategies.star_files import mutated, star_files

from starlang.rules.spelling import RESERVED_WORDS, WORDS_AS_VALUES
from starlang.syntax.automaton import Leaf, Tree, parse_text
from starlang.syntax.grammar import grammar_text, words_in

Shape = tuple[str, str, int, int] | tuple[str, list["Shape"]]


@cache
def lark() -> Lark:
    return built(dict.fromkeys(words_in(grammar_text()), as_keyword))


def as_keyword(token: LarkToken) -> LarkToken:
    """A reserved word is a keyword, but for those that are values where only a value can be."""
    is_value = token in WORDS_AS_VALUES and token.type in {"VALUE", "CELL_VALUE", "NEEDLE"}
    return token.update(type=token.upper()) if token in RESERVED_WORDS and not is_value else token


def by_lark(text: str) -> Shape | None:
    try:
        return shape_there(lark().parse(text))
    except UnexpectedInput:
        return None


def shape_there(part: LarkTree[LarkToken] | LarkToken) -> Shape:
    if isinstance(part, LarkToken):
        return part.type, str(part), part.start_pos or 0, part.end_pos or 0
    return str(part.data), [shape_there(child) for child in part.children]


def shape(part: Tree | Leaf) -> Shape:
    if isinstance(part, Leaf):
        return part.type, str(part), part.start, part.end
    return part.data, [shape(child) for child in part.children]


def read(text: str) -> Shape | None:
    tree = parse_text(text)
    return None if tree is None else shape(tree)


@settings(deadline=None, max_examples=examples(60))
@given(star_files())
def test_a_right_file_has_the_tree_that_lark_makes(drawn: tuple[str, object]) -> None:
    text, _ = drawn

    assert (tree := read(text)) is not None
    assert tree == by_lark(text)


@settings(deadline=None, max_examples=examples(300))
@given(mutated() | st.text("starule whn-> {}(),\"/'#\n\\0.4%i=*", max_size=60))
def test_what_lark_refuses_is_refused(text: str) -> None:
    assert read(text) == by_lark(text)


AFTER = ("a", "value", "2024", "-5", "0.4", "10%", "default", "when", "star", '"q"', "a*", "a-", "")
PIECES = (
    *("/x/", "/x/i", "/x/img", "/x/.y", "/x//y/", "/x/-5", "/x/5", "/*.py/", "/*x*/", "/*[*/]x/"),
    *("/* x */ /y/", "/*x*/img", "//", "/*", *AFTER, "missing", "missing*", "value.x", "test->"),
)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "text",
    [
        'rule a -> B when path matches {} because "x"',
        'rule a -> B when path matches{}because "x"',
        "rule a -> B when path matches /q/ ignoring{}\nunless path is {}",
        "rule a -> B when path has at least 1 {}",
        "rule a -> B when owner is {}-> C",
        'rule {}-> B when path mentions {}, {} because "x"',
        "table capability { a, {} -> B, {}->C }",
        "table capability { {}-> B weight {} }",
        'mask matches {} because "y"',
        "ceilings { at most {} promoted at least {} {} }",
        'test "x" given tier {}, {} expect suggested {}',
        "derive tier {} when path is {}",
    ],
)
def test_a_token_is_what_it_is_for_lark(text: str, piece: str) -> None:
    written = text.replace("{}", piece)

    assert read(written) == by_lark(written)
