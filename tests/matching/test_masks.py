"""Masked texts, and the way back to the original."""

from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.matching.sight import blank


def test_each_run_of_hidden_text_becomes_one_space() -> None:
    assert blank("stopwatch/memory leak", [(0, 9), (10, 21)]).text == " / "
    assert blank("abcdef", [(1, 3), (2, 4)]).text == "a ef"
    assert blank("abcdef", [(1, 3), (3, 4)]).text == "a ef"
    assert blank("abcdef", [(4, 6), (0, 1)]).text == " bcd "
    assert blank("abc", []).text == "abc"
    assert blank("abc", [(1, 1)]).text == "abc"


def test_a_span_is_mapped_back() -> None:
    masked = blank("my stopwatch is a watch", [(3, 12)])
    assert masked.text == "my   is a watch"
    start = masked.text.index("watch")
    assert masked.original(start, start + 5) == (18, 23)
    assert masked.original(2, 5) == (2, 13)  # the spaces around, and the run between
    assert masked.original(3, 4) == (3, 12)  # the blank alone is the whole run
    assert masked.original(0, 4) == (0, 12)


TEXTS = st.text("abc /", min_size=1, max_size=20)
SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted), max_size=5)


def clipped(text: str, spans: list[list[int]]) -> list[tuple[int, int]]:
    return [(start, min(end, len(text))) for start, end in spans if start < len(text)]


@given(TEXTS, SPANS)
@settings(max_examples=examples(300))
def test_the_order_of_masks_does_not_matter(text: str, spans: list[list[int]]) -> None:
    found = clipped(text, spans)
    assert blank(text, found) == blank(text, found[::-1]) == blank(text, [*found, *found])


@given(TEXTS, SPANS)
@settings(max_examples=examples(500))
def test_every_span_leads_back_to_what_it_shows(text: str, spans: list[list[int]]) -> None:
    found = clipped(text, spans)
    hidden = {place for start, end in found for place in range(start, end)}
    masked = blank(text, found)
    for start in range(len(masked.text)):
        for end in range(start + 1, len(masked.text) + 1):
            original_start, original_end = masked.original(start, end)
            # What stands there, blanked again, is what was seen.
            part = [(s - original_start, e - original_start) for s, e in found]
            inside = [(max(s, 0), min(e, original_end - original_start)) for s, e in part]
            again = blank(text[original_start:original_end], [s for s in inside if s[0] < s[1]])
            assert again.text == masked.text[start:end]
    for place in range(len(text)):
        now = masked.masked_offset(place)
        assert masked.text[now] == (" " if place in hidden else text[place])
