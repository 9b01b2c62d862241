"""Places of values: the slice of the text at a pointer decodes to the value at that pointer."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.texts.pointers import Step, locate, locate_key, parts_of, pointer_to

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['"', "\\", "{", "}", "[", "]", ",", ":", "a/b", "~", "🌊", "\n", ""]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=25,
)


def everything_in(value: object) -> Iterator[tuple[tuple[Step, ...], object]]:
    yield (), value
    members: list[tuple[Step, object]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    for step, member in members:
        for steps, inner in everything_in(member):
            yield (step, *steps), inner


@settings(max_examples=examples(150))
@given(
    value=VALUES,
    indent=st.sampled_from([None, 2]),
    escaped=st.booleans(),
    comma=st.sampled_from([",", " , ", ",\n\t"]),
)
def test_the_slice_at_each_place_is_the_value_there(
    value: object, indent: int | None, *, escaped: bool, comma: str
) -> None:
    text = f" {json.dumps(value, indent=indent, ensure_ascii=escaped, separators=(comma, ': '))}\n"

    for steps, inner in everything_in(value):
        span = locate(text, steps)
        assert span is not None
        assert json.loads(text[span.start : span.end]) == inner
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        key = locate_key(text, steps)
        assert key is not None
        if steps and isinstance(steps[-1], str):
            assert json.loads(text[key.start : key.end]) == steps[-1]
        else:
            assert key == span


@pytest.mark.parametrize(
    "steps",
    [("b",), ("a", 3), ("a", "0"), (0,), ("a", 0, "x"), ("c", "d"), ("a", 1, "e", "f"), ("",)],
)
def test_where_nothing_is_there_is_no_place(steps: tuple[Step, ...]) -> None:
    text = '{"a": [1, {"e": {}}, []], "c": "d"}'

    assert locate(text, steps) is None
    assert locate_key(text, steps) is None


def test_depth_costs_no_stack() -> None:
    text = '{"a":' * 20_000 + "7" + "}" * 20_000

    span = locate(text, ("a",) * 20_000)

    assert span is not None
    assert text[span.start : span.end] == "7"


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_pointers_keep_any_key(keys: list[str]) -> None:
    assert parts_of(pointer_to(keys)) == tuple(keys)
