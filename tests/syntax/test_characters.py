"""Bytes and characters that are refused, and what a reader takes for something else."""

import pytest

from starlang.diagnostics.model import Diagnostic
from starlang.diagnostics.terminal import render
from starlang.syntax.nodes import StarDecl
from starlang.syntax.parse import parse
from starlang.syntax.scanner import decode
from starlang.text import Source

RIGHT = "starlang 1\nstar A\n"


def found(text: str) -> list[tuple[str, str]]:
    diagnostics = parse(Source("seen.star", text)).diagnostics
    spans = [(each.code, each.labels[0].span) for each in diagnostics]
    return [(code, text[span.start : span.end]) for code, span in spans]


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"\xef\xbb\xbf" + RIGHT.encode(), 0),
        (b"starlang 1\n# \xff\n", 13),
        (b"starlang 1\n# \xed\xa0\x80\n", 13),
        (b"starlang 1\n# \xc3", 13),
        (b"starlang 1\n\0", 11),
        (RIGHT.encode("utf-16"), 0),
        (RIGHT.encode("utf-16-be"), 0),
        (RIGHT.encode("utf-16-le"), 1),
    ],
)
@pytest.mark.fault_row(12)
def test_bytes_that_are_no_utf_8_text_are_refused_with_their_offset(
    data: bytes, offset: int
) -> None:
    refused = decode("seen.star", data)

    assert isinstance(refused, Diagnostic)
    assert refused.code == "E117"
    assert f"(byte {offset})" in refused.message
    assert refused.file == "seen.star"


@pytest.mark.parametrize("data", [b"", b"\n", b"# \xc3\xa9", RIGHT.replace("\n", "\r\n").encode()])
def test_other_bytes_are_a_source(data: bytes) -> None:
    assert decode("seen.star", data) == Source("seen.star", data.decode())


@pytest.mark.fault_row(12)
def test_ends_of_lines_may_be_cr_lf() -> None:
    text = RIGHT.replace("\n", "\r\n") + '# a\r\nstar B label "b"\r\n'

    assert found(text) == []
    assert parse(Source("a", text)).file == parse(Source("b", text.replace("\r", ""))).file


@pytest.mark.parametrize(
    "character",
    ["\u202e", "\u200b", "\u200d", "\u00ad", "\ufeff", "\x07", "\x1b", "\x7f", "\x85", "\r", "\x0b",
     "\x0c", "\u2028", "\u2066", "\U000e0041", "\ud800"],
)  # fmt: skip
@pytest.mark.parametrize(
    "place",
    ["# a {} comment\n", 'use "a{}b"\n', "star {}B\n", "rule a -> B when path matches /x{}/"],
)
@pytest.mark.fault_row(13)
def test_what_cannot_be_seen_is_refused_wherever_it_stands(character: str, place: str) -> None:
    text = RIGHT + place.format(character)

    assert found(text) == [("E118", character)]
    assert character not in render(parse(Source("seen.star", text)).diagnostics[0])


def test_neighbours_are_reported_once() -> None:
    assert found(RIGHT + "# \u200b\u200c x \u202e") == [
        ("E118", "\u200b\u200c"),
        ("E118", "\u202e"),
    ]


@pytest.mark.fault_row(12)
def test_nul_and_a_mark_in_front_are_named_in_texts_too() -> None:
    assert found("\ufeff" + RIGHT) == [("E117", "\ufeff")]
    assert found(RIGHT + "# \0") == [("E117", "\0")]


def test_a_joiner_may_stand_where_emoji_do() -> None:
    astronaut = "👩\u200d🚀"
    star = f'star B label "{astronaut} B" emoji "{astronaut}" aka b, "{astronaut}"'

    parsed = parse(Source("seen.star", RIGHT + star))

    assert parsed.diagnostics == ()
    last = parsed.file.declarations[-1]
    assert isinstance(last, StarDecl)
    assert last.emoji is not None
    assert last.emoji.text == astronaut
    assert (
        found(f'{RIGHT}{star} domain "{astronaut}"\nuse "{astronaut}"') == [("E118", "\u200d")] * 2
    )


def test_an_escape_says_what_cannot_be_seen() -> None:
    parsed = parse(Source("seen.star", RIGHT + r'star B domain "\u{200d}\u{0}\u{202E}\u{10FFFF}"'))

    last = parsed.file.declarations[-1]
    assert parsed.diagnostics == ()
    assert isinstance(last, StarDecl)
    assert last.domain is not None
    assert last.domain.text == "\u200d\0\u202e\U0010ffff"


@pytest.mark.parametrize("blank", ["\u00a0", "\u3000", "\u2003"])
def test_other_blanks_are_none(blank: str) -> None:
    assert found(f'{RIGHT}star{blank}B\n# a{blank}b\nuse "a{blank}b"\n') == [("E118", blank)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rule a -> B when path mentions memоry", ["memоry"]),
        ('rule a -> B when owner is "gυardian angel"', ["gυardian"]),
        ("rule a -> B when path matches /memоry|x/", ["memоry"]),
        ("rule a -> B when path mentions память, größe, 記憶メモリ, Δ", []),
        ("rule a -> B when path matches /\\bпамять[a-zа-я]/", []),
        ('rule a -> B when owner is "x\\nпамять"', []),
        ("# a comment may say memоry", []),
    ],
)
@pytest.mark.fault_row(13)
def test_words_of_two_scripts_that_look_alike_warn(text: str, words: list[str]) -> None:
    assert found(RIGHT + text) == [("W101", word) for word in words]
