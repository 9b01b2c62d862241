"""The grammar, the list of words in Python and the scanner agree."""

import logging
import re
from pathlib import Path

import pytest
from lark import Lark
from lark import logger as lark_logger
from program.tables import PLACE, built
from program.tables import tables as written

from starlang.syntax.automaton import tables
from starlang.syntax.grammar import find_data, grammar_text
from starlang.syntax.recovery.prefix import start
from starlang.syntax.recovery.spot import BLOCKS, head
from starlang.syntax.scanner import Token, scan, significant
from starlang.syntax.words import (
    CLAUSES,
    DECLARATIONS,
    FORMS,
    KEYWORDS,
    OUTCOMES,
    RELATIONS,
    RESERVED,
    SIGNS,
    SOFT,
    TESTS,
    WORDS,
)

ROOT = Path(__file__).resolve().parents[2]
TERMINALS = {terminal.name for terminal in built().terminals}


def test_every_keyword_is_a_terminal_and_every_other_terminal_is_known() -> None:
    literals = {"STRING", "REGEX", "NUMBER", "PERCENT", "BLANK", "COMMENT", "ONE_VALUE"}
    signs = {"{": "LBRACE", "}": "RBRACE", "(": "LPAR", ")": "RPAR", ",": "COMMA", "->": "ARROW"}

    assert signs == SIGNS
    assert {word.upper() for word in KEYWORDS} | WORDS | literals | {*signs.values()} == TERMINALS


def test_reserved_words_are_those_under_this_heading() -> None:
    part = grammar_text().split("// Reserved words.")[1].split("// Words that mean something in")[0]

    assert set(re.findall(r'"(\w+)"', part)) == RESERVED


def accepted(text: str) -> set[str]:
    """The keywords that the parser's table takes after `text`."""
    prefix = start().then(*significant(scan(text)))
    assert prefix is not None, text
    return {name.lower() for name in prefix.accepts()} & KEYWORDS


def test_declarations_begin_as_the_parser_has_it() -> None:
    assert accepted("") == DECLARATIONS
    assert set(FORMS) == DECLARATIONS - {"default"}, "`default` is a way to begin a star"


def test_outcomes_are_what_the_parser_takes_after_expect() -> None:
    assert accepted('test "x" expect') == OUTCOMES | {"forbidden", "not"}


def test_tests_are_what_the_parser_takes_after_a_facet() -> None:
    assert accepted("rule x -> x when path") == TESTS
    assert accepted("rule x -> x when") == RELATIONS | {"field", "star", "not"}


@pytest.mark.parametrize("name", sorted(DECLARATIONS - {"default", "starlang"}))
def test_clauses_are_what_the_parser_takes_after_the_head(name: str) -> None:
    if name not in CLAUSES:
        assert name in {"use", "order", *BLOCKS}
        return
    prefix = start().then(*head(name))
    assert prefix is not None
    taken = {each.lower() for each in prefix.accepts()} & KEYWORDS

    assert taken - DECLARATIONS == CLAUSES[name]


def test_blocks_are_the_declarations_that_go_on_with_a_brace() -> None:
    brace = Token("sign", "{", 0, 1)
    opening = set()
    for name in DECLARATIONS - {"default", "starlang", "use", "order"}:
        prefix = start().then(*head(name), brace)
        opening |= {name} if prefix is not None else set()

    assert opening == BLOCKS


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    """Lark would decide between shift and reduce without a word."""
    text = (ROOT / "grammar" / "star.lark").read_text("utf-8")

    with caplog.at_level(logging.DEBUG, logger="lark"):
        lark_logger.addHandler(caplog.handler)
        Lark(text, parser="lalr", start="file", keep_all_tokens=True, debug=True)
        lark_logger.removeHandler(caplog.handler)

    assert [each.getMessage() for each in caplog.records if "conflict" in each.getMessage()] == []


def test_the_reference_lists_the_reserved_words() -> None:
    page = (ROOT / "docs" / "language.md").read_text("utf-8")
    block = re.search(r"\n\n((?:    [a-z ]+\n)+)", page[page.index("**Keywords**") :])

    assert block is not None
    assert set(block[1].split()) == RESERVED
    assert DECLARATIONS - {"derive", "forbid"} < RESERVED
    assert OUTCOMES < SOFT


def test_free_words_are_keywords_only_where_that_is_meant() -> None:
    """LALR joins states, and with them what the lexer looks for; see the grammar's head."""
    free = {word.upper() for word in SOFT}
    meant = [
        {"MISSING", "PRESENT", "TRUE", "FALSE"},
        {"FORBIDDEN", *(word.upper() for word in OUTCOMES)},
        {"FIELD"},
        {"FIELD", *(word.upper() for word in RELATIONS - RESERVED)},
        {"FIELD", "WITH", *(word.upper() for word in RELATIONS - RESERVED)},  # after a neighbour
        {"DERIVE", "FORBID"},  # after `expect suggested`: no star is called so there
        set(),
    ]

    both = [
        {name for name in actions if name in free}
        for actions in tables().states
        if any(name in WORDS for name in actions)
    ]

    assert [names for names in both if names not in meant] == []
    clashing = (set(actions) & WORDS for actions in tables().states if "FORBID" in actions)
    assert set().union(*clashing) == {"STAR_NAME"}
    assert max(sum(name in WORDS for name in actions) for actions in tables().states) == 1


def test_the_kept_tables_are_those_of_the_grammar() -> None:
    assert PLACE.read_text("utf-8") == written(), "run python tests/program/tables.py"


def test_the_grammar_is_the_packaged_one_or_else_that_of_the_repository(tmp_path: Path) -> None:
    package = tmp_path / "starlang"
    for place in (tmp_path, package / "_data"):
        (place / "grammar").mkdir(parents=True)
        (place / "grammar" / "star.lark").write_text(f"// {place.name}", "utf-8")

    assert find_data(package, "star.lark") == "// _data"
    (package / "_data").rename(tmp_path / "elsewhere")
    assert find_data(package, "star.lark") == f"// {tmp_path.name}"


@pytest.mark.parametrize(
    "text",
    [
        "owner isabel", "a->B", "a-b->B", "2fa", "api_gateway", "x--y", "retriev*", "0.40", "-5",
        "10%", "0.5%", '"a \\" b"', '"" "x"', "/a[/]b/", "/[]/]/i", "/[^]/]/", "/[[:alpha:]/]/",
        r"/a\/b/i", "matches/x/", "ignoring/x/i", "{a,b}", "(a)", "# a -> b\nc", "größe", "a\r\nb",
    ],
)  # fmt: skip
def test_the_scanner_knows_the_tokens_of_right_files(text: str) -> None:
    kinds = {token.kind for token in scan(text)}

    assert kinds <= {"blank", "comment", "string", "pattern", "number", "percent", "word", "sign"}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("auth.core", ["clump"]),
        ("a/b/c d", ["clump", "word"]),
        ("owner.name", ["clump"]),
        ("foo- bar", ["clump", "word"]),
        ("a== b", ["word", "operator", "word"]),
        ('"open', ["open_string"]),
        ("/open", ["open_pattern"]),
        ("// comment", ["slashes"]),
        ("/* a */ b", ["slashes", "word"]),
        ("'a b' `c`", ["quote", "quote"]),
        ("/x/img", ["pattern"]),
        ("1.2.3", ["clump"]),
        ("§", ["other"]),
    ],
)
def test_the_scanner_names_what_is_wrong(text: str, kinds: list[str]) -> None:
    assert [token.kind for token in significant(scan(text))] == kinds
