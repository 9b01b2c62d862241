"""What holds for every text: drawn files are read back, and no text does harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.star_files import mutated, star_files

from starlang.diagnostics.model import Diagnostic
from starlang.diagnostics.terminal import render
from starlang.syntax.build import Builder
from starlang.syntax.declarations import build_file
from starlang.syntax.nodes import File
from starlang.syntax.parse import Parsed, parse
from starlang.syntax.recovery.recover import recover
from starlang.syntax.scanner import decode, scan, significant
from starlang.text import Source

FEW = settings(max_examples=examples(60))

WRONG = (
    "rule a B when owner is x",
    "rule a -> B wehn owner is x",
    "rule a -> B when owner == x",
    'rule a -> B when owner is x because "open',
    "rule a -> B when owner matches /open",
    "rule a -> B when (owner is x",
    "rule a -> B when path or name mentions x",
    "rule a -> B when owner is a/b",
    "rule a -> B when path mentions x,",
    "rule a -> B",
    "ruel a -> B when owner is x",
    "table node { a -> B",
    "table node { a B }",
    "star 9 label nothing",
    "never promote nothing at all",
    "test given path x expect B",
    "weights { path = 0.4 }",
    'use "a" "b"',
)


def errors(parsed: Parsed) -> list[Diagnostic]:
    return [each for each in parsed.diagnostics if each.is_error]


def in_the_text(source: Source, parsed: Parsed) -> bool:
    """Whether every place lies in the text, and is nothing only at its end."""
    end = len(source.text)
    spans = [label.span for each in parsed.diagnostics for label in each.labels]
    firsts = [each.labels[0].span for each in parsed.diagnostics if each.labels]
    return all(0 <= span.start <= span.end <= end for span in spans) and all(
        span.start < span.end or span.start == end for span in firsts
    )


@FEW
@given(star_files())
def test_a_drawn_file_is_read_back(drawn: tuple[str, File]) -> None:
    text, file = drawn

    parsed = parse(Source("drawn.star", text))

    assert errors(parsed) == []
    assert parsed.file == file


@FEW
@given(star_files())
def test_the_way_for_files_with_errors_reads_right_files_alike(drawn: tuple[str, File]) -> None:
    text, file = drawn
    source = Source("drawn.star", text)

    recovered = recover(source, text)

    assert recovered.diagnostics == []
    assert build_file(Builder(source), recovered.trees) == file


@FEW
@given(star_files(most=3), star_files(most=3, header=False), st.sampled_from(WRONG))
def test_an_error_harms_its_declaration_alone(
    first: tuple[str, File], second: tuple[str, File], wrong: str
) -> None:
    before, after = first[0] + "\n", second[0]

    parsed = parse(Source("drawn.star", f"{before}{wrong}\n{after}"))

    places = [each.labels[0].span.start for each in errors(parsed)]
    beyond = next(iter(significant(scan(after))), None)
    last = len(before) + len(wrong) + 1 + (beyond.start if beyond else len(after))
    assert places
    assert all(len(before) <= place <= last for place in places), parsed.diagnostics
    right, kept = (first[1].declarations, second[1].declarations), parsed.file.declarations
    assert kept[: len(right[0])] == right[0]
    assert kept[len(kept) - len(right[1]) :] == right[1]
    assert sum(map(len, right)) <= len(kept) <= sum(map(len, right)) + 1


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("facet", ["has", "before", "ends", "only", "star", "starts", "until"])
def test_words_of_the_language_as_facets_of_derivations_are_not_taken_for_tests(
    wrong: str, facet: str
) -> None:
    text = f"starlang 1\n{wrong}\nderive {facet} memory when owner is x\n"

    parsed = parse(Source("any.star", text))

    assert (
        parsed.file.declarations[-1:]
        == parse(Source("any.star", f"derive {facet} memory when owner is x\n")).file.declarations
    )
    assert all(each.labels[0].span.start < text.index("derive") + 6 for each in errors(parsed))


@pytest.mark.requirement("R02")
@settings(FEW, max_examples=examples(200))
@given(mutated() | st.text() | st.text("starule whn-> {}(),\"/'#\n\\0.4%i=*", max_size=60))
def test_no_text_raises_and_places_lie_in_it(text: str) -> None:
    source = Source("any.star", text)

    parsed = parse(source)

    assert in_the_text(source, parsed)
    assert all(each.hint for each in parsed.diagnostics)
    for diagnostic in parsed.diagnostics:
        assert render(diagnostic).isprintable() or "\n" in render(diagnostic)


@settings(FEW, max_examples=examples(200))
@given(st.binary() | star_files().map(lambda drawn: drawn[0].encode("utf-8", "surrogatepass")))
def test_any_bytes_end_in_a_file_or_a_diagnostic(data: bytes) -> None:
    source = decode("any.star", data)

    if isinstance(source, Diagnostic):
        assert source.is_error
        assert render(source).isascii()
    else:
        assert source.text.encode() == data
        assert isinstance(parse(source), Parsed)


@FEW
@given(mutated() | st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    tokens = scan(text)

    assert "".join(token.text for token in tokens) == text
    assert [token.start for token in tokens[1:]] == [token.end for token in tokens[:-1]]
