"""Words, as `mentions` cuts them."""

import unicodedata

import pytest
from engine.naive import words_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.matching.words import Word, cut, fold


def words(text: str) -> list[str]:
    return [word.folded for word in cut(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("__--//", []),
        ("memory/episodic", ["memory", "episodic"]),
        ("endocrine", ["endocrine"]),
        ("ocr_reader", ["ocr", "reader"]),
        ("camelCase", ["camel", "case"]),
        ("OCRReader", ["ocr", "reader"]),
        ("readOCR", ["read", "ocr"]),
        ("HTTPServer2Go", ["http", "server2", "go"]),
        ("ABc", ["a", "bc"]),
        ("aB", ["a", "b"]),
        ("AB", ["ab"]),
        ("sha256sum", ["sha256sum"]),
        ("v2API", ["v2", "api"]),
        ("2fa", ["2fa"]),
        ("x.y-z w", ["x", "y", "z", "w"]),
        ("vector index", ["vector", "index"]),
        ("ÉcoleÉlan", ["école", "élan"]),
        ("me\u0301moire", ["mémoire"]),
        ("E\u0301TE\u0301s", ["ét", "és"]),
        ("\u0301mem", ["mem"]),
        ("памятьПути", ["память", "пути"]),
        ("記憶メモリ", ["記憶メモリ"]),
        ("記憶Memory", ["記憶memory"]),
        ("ǅungla", ["ǆungla"]),
        ("x²y", ["x²y"]),
        ("a😀b", ["a", "b"]),
        ("a\ufe0fb", ["a\ufe0fb"]),
    ],
)
def test_a_text_is_cut_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_word_knows_where_it_stands() -> None:
    assert cut("a/OCRReader") == (Word(0, 1, "a"), Word(2, 5, "ocr"), Word(5, 11, "reader"))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        # CaseFolding.txt of Unicode, status C and S: one character stays one.
        ("ABC", "abc"),
        ("É", "é"),
        ("ẞ", "ß"),
        ("ß", "ß"),
        ("ς", "σ"),
        ("Σ", "σ"),
        ("ſ", "s"),
        ("\u212a", "k"),  # Kelvin sign
        ("\u2126", "ω"),  # Ohm sign
        ("ᾈ", "ᾀ"),
        ("İ", "İ"),  # only full and Turkic folding know it
        ("Ꭰ", "Ꭰ"),
        ("\uab70", "Ꭰ"),
        ("Ⅳ", "ⅳ"),
        ("e\u0301", "é"),
        ("E\u0301", "é"),
    ],
)
def test_simple_case_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


LETTERS = st.text(
    st.sampled_from("aZzA0 9_/-.éÉ\u0301\u0302ßẞСсǅǆ記Ωİſ²\ufe0f\u200d😀") | st.characters(),
    max_size=12,
)


@given(LETTERS)
@example("E\u0301T\u0301a")
@settings(max_examples=examples(500))
def test_words_are_those_of_the_plain_cutter(text: str) -> None:
    assert [(word.start, word.end, word.folded) for word in cut(text)] == list(words_of(text))


@given(LETTERS)
@settings(max_examples=examples(300))
def test_a_text_and_its_composed_form_have_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFC", text)) == words(text)


@given(st.text(st.characters(max_codepoint=127), max_size=20))
@settings(max_examples=examples(300))
def test_the_fast_way_for_ascii_is_the_general_one(text: str) -> None:
    # A letter beyond ASCII at the end, after a space, takes the general way.
    assert cut(text) == cut(f"{text} é")[:-1]


@given(LETTERS)
@settings(max_examples=examples(200))
def test_folding_is_done_after_one_time(text: str) -> None:
    assert fold(fold(text)) == fold(text)
