"""Rows 19 to 32 of the table of bad inputs: what is refused, by name and place, and what is not."""

import json
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.texts.json import Refusal, read
from starlang.texts.limits import MAX_BYTES, MAX_DEPTH

REFUSED = [
    # Row 19: a key that stands twice, however it is spelt, wherever it is
    ('{"owner": "a", "owner": "b"}', "E511", '"owner"', 15),
    (r'{"owner": 1, "\u006fwner": 2}', "E511", r'"\u006fwner"', 13),
    ('[{"a": {"b": 1, "c": {}, "b": 2}}]', "E511", '"b"', 25),
    # Row 20: what JSON has no number for, or a double no room
    ("[1, NaN]", "E512", "NaN", 4),
    ('{"a": -Infinity}', "E512", "-Infinity", 6),
    ("[Infinity]", "E512", "Infinity", 1),
    ('{"NaN": "Infinity", "x": NaN}', "E512", "NaN", 25),
    ("[1e308, 1e400]", "E513", "1e400", 8),
    ("[-1e309]", "E513", "-1e309", 1),
    ("[0e-400, 1e-400]", "E513", "1e-400", 9),
    ("[1" + "0" * 210 + "e99]", "E513", "1" + "0" * 210 + "e99", 1),
    ("[0." + "0" * 240 + "1e-99]", "E513", "0." + "0" * 240 + "1e-99", 1),
    # Row 22
    ("[0, 1" + "1" * 4_300 + "]", "E514", "1" * 4_301, 4),
    ("[0." + "1" * 4_299 + "]", "E514", "0." + "1" * 4_299, 1),
    # Row 25: half a pair, alone, reversed, or parted
    (r'{"a": "\ud800"}', "E515", r"\ud800", 7),
    (r'["\uDC00\uD800"]', "E515", r"\uDC00", 2),
    (r'["\ud83d-\ude00"]', "E515", r"\ud83d", 2),
    (r'["\\ud83d\ud83d"]', "E515", r"\ud83d", 9),
    (r'["\ud83d\ud83d\ude00"]', "E515", r"\ud83d", 2),
    # Row 27
    ("[" * 65 + "]" * 65, "E516", "[", 64),
    ('{"a":' * 100_000, "E516", "{", 5 * 64),
    ('{"]": ' + "[" * 64 + '"', "E516", "[", 69),
    # Row 30: truncated
    ('{"a": 1', "E507", "", 7),
    ('{"a": 1,\n', "E507", "", 8),
    ('{"a": tru', "E507", "", 9),
    ('{"a": "b', "E507", "", 8),
    (r'{"a": "b\u00', "E507", "", 12),
    ('{"a": "b\\', "E507", "", 9),
    ("[[-", "E507", "", 3),
    # two documents
    ("{} {}", "E508", "{", 3),
    ("{}\n\n[]", "E508", "[", 4),
    # trailing comma
    ('{"a": 1,}', "E509", ",", 7),
    ('["a" , \n ]', "E509", ",", 5),
    # comments
    ('{"a": 1 // no\n}', "E510", "// no", 8),
    ('/* no */ {"a": 1}', "E510", '/* no */ {"a": 1}', 0),
    ('{"a": 1} # no', "E510", "# no", 9),
    ("{ # no\r\n}", "E510", "# no", 2),
    # and other text that is not valid JSON
    ("{'a': 1}", "E506", "'a'", 1),
    ('{"a": True}', "E506", "True", 6),
    ('{"a" 1}', "E506", "1", 5),
    ('{"a": 1 "b": 2}', "E506", '"b"', 8),
    ('{"a": 1,, "b": 2}', "E506", ",", 8),
    ('{"a": .5}', "E506", ".5", 6),
    ('{"a": 1.}', "E506", "1.", 6),
    ("[01]", "E506", "01", 1),
    ("01", "E506", "01", 0),
    ("[1e]", "E506", "1e", 1),
    ("[+1]", "E506", "+1", 1),
    ('{"a": x"}', "E506", "x", 6),
    ('["a\tb"]', "E506", "\t", 3),
    ('["a\nb"]', "E506", "\n", 3),
    (r'["a\qb"]', "E506", "\\", 3),
    ("[}", "E506", "}", 1),
    ("[1}", "E506", "}", 2),
    ("]", "E506", "]", 0),
    ("[\u00a0]", "E506", "\u00a0", 1),
    ("undefined", "E506", "undefined", 0),
]


@pytest.mark.parametrize(
    ("text", "code", "underlined", "offset"),
    REFUSED,
    ids=[f"{code}-{text[:24]!r}" for text, code, _, _ in REFUSED],
)
@pytest.mark.fault_row(19, 20, 22, 25, 30)
def test_what_is_refused_is_refused_by_name_and_place(
    text: str, code: str, underlined: str, offset: int
) -> None:
    refusal = read(text.encode())

    assert isinstance(refusal, Refusal)
    assert refusal.span is not None
    found = text[refusal.span.start : refusal.span.end]
    assert (refusal.code, found, refusal.span.start) == (code, underlined, offset)
    assert refusal.hint


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E502"),
        (b" \r\n\t", "E502"),
        ('{"a": 1}'.encode("utf-16"), "E503"),
        ('{"a": 1}'.encode("utf-16-le"), "E503"),
        ('{"a": 1}'.encode("utf-16-be"), "E503"),
        ('{"a": 1}'.encode("utf-32"), "E503"),
        ('{"a": 1}'.encode("utf-8-sig"), "E504"),
        (b'{"a": "\xe9"}', "E505"),
        (b'{"a": "\xed\xa0\x80"}', "E505"),  # half a pair in bytes
        (b'"\xc0\xaf"', "E505"),  # a slash in two bytes
        (b'"\xf5\x80\x80\x80"', "E505"),
        (b'["\xc3\xa9\xff"]', "E505"),
    ],
)
@pytest.mark.fault_row(26)
def test_other_encodings_are_refused_by_name(data: bytes, code: str) -> None:
    refusal = read(data)

    assert isinstance(refusal, Refusal)
    assert refusal.code == code


def test_the_place_of_a_bad_byte_counts_characters_before_it() -> None:
    data = '["é🌊'.encode() + b'\xff"]'
    refusal = read(data)

    assert isinstance(refusal, Refusal)
    assert refusal.span is not None
    assert refusal.span.start == len('["é🌊')
    assert "byte 8 " in refusal.message


@pytest.mark.fault_row(19)
def test_the_two_places_of_a_duplicate_key_are_shown() -> None:
    refusal = read(b'{"owner": 1,\n "x": {"owner": 2},\n "owner": 3}')

    assert isinstance(refusal, Refusal)
    finding = refusal.diagnostic("m.json", b'{"owner": 1,\n "x": {"owner": 2},\n "owner": 3}')
    assert [label.source.place(label.span) for label in finding.labels] == [
        "m.json:3:2",
        "m.json:1:2",
    ]


@pytest.mark.parametrize(("size", "accepted"), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
@pytest.mark.fault_row(28)
def test_both_sides_of_the_size_limit(size: int, *, accepted: bool) -> None:
    value = read(b'"' + b"x" * (size - 2) + b'"')

    assert isinstance(value, str) == accepted
    if not accepted:
        assert isinstance(value, Refusal)
        assert value.code == "E501"


@pytest.mark.parametrize(
    ("text", "depth"),
    [("[" * MAX_DEPTH + "]" * MAX_DEPTH, MAX_DEPTH), ('["' + "[" * 500 + '", []]', 2)],
)
@pytest.mark.fault_row(27)
def test_nesting_up_to_the_limit_is_read_and_brackets_in_texts_do_not_count(
    text: str, depth: int
) -> None:
    value = read(text.encode())

    levels = 0
    while isinstance(value, list):
        levels += 1
        value = value[-1] if value else None
    assert levels == depth


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345678901234567890123", 12345678901234567890123),  # row 21
        ("-" + "9" * 4_299, -int("9" * 4_299)),
        ("-0", 0),  # row 23
        ("1.10", Decimal("1.10")),
        ("1e5", Decimal("1e5")),
        ("9" * 199 + "e99", Decimal("9" * 199 + "e99")),
        ("1E-99", Decimal("1e-99")),
        ("1e+100", Decimal("1e100")),
        ("0.1", Decimal("0.1")),
        ("-0.0e-999", Decimal("-0.0e-999")),
        (r'"\/\u0041"', "/A"),
        (r'"\ud83c\udf0a"', "🌊"),
        (r'"\\ud800"', "\\ud800"),
        ('{"__proto__": 1, "constructor": 2, "": 3}', {"__proto__": 1, "constructor": 2, "": 3}),
        ('{"' + "k" * 10_000 + '": null}', {"k" * 10_000: None}),  # row 32
        (' \t\r\n{"a": [true, false, null]}\n', {"a": [True, False, None]}),
        ('{"a": 1, "A": 2, " a": 3}', {"a": 1, "A": 2, " a": 3}),
    ],
)
@pytest.mark.fault_row(21, 23, 32)
def test_what_is_read_keeps_every_digit_and_character(text: str, value: object) -> None:
    found = read(text.encode())

    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.fault_row(22)
def test_numbers_do_not_depend_on_the_limit_that_the_environment_sets() -> None:
    before = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(640)
        refusal = read(b"[1, " + b"7" * 1_000 + b"]")
    finally:
        sys.set_int_max_str_digits(before)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "E514"


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)
NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,4})(\.[0-9]{1,4})?([eE][-+]?[0-9]{1,3})?", fullmatch=True
)
LIKE_JSON = st.text(
    st.sampled_from(list('{}[],:"\\/ \n\t#-+.eEu0123456789abcdefnulltrueNaInity\ud800é🌊')),
    max_size=60,
)


@settings(max_examples=examples(400))
@given(st.binary(max_size=80) | LIKE_JSON.map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_a_value_or_a_finding(data: bytes) -> None:
    value = read(data)

    if isinstance(value, Refusal):
        finding = value.diagnostic("m.json", data)
        assert finding.code.startswith("E5")
        for label in finding.labels:
            assert 0 <= label.span.start <= label.span.end <= len(label.source.text)
            at_end = label.span.start == len(label.source.text.rstrip(" \t\r\n"))
            assert label.span.start < label.span.end or at_end
    else:
        assert json.loads(data, parse_float=Decimal) == value


@settings(max_examples=examples(200))
@given(value=ANY_JSON, indent=st.sampled_from([None, 1, 4]), escaped=st.booleans())
def test_every_json_document_is_read_as_it_is(
    value: object, indent: int | None, *, escaped: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)

    assert read(text.encode()) == value


@settings(max_examples=examples(300))
@given(ANY_JSON, st.data())
def test_a_damaged_document_is_read_only_if_json_reads_it(
    value: object, data: st.DataObject
) -> None:
    """Whatever the standard library refuses is refused; what it accepts is equal or refused."""
    text = json.dumps(value, indent=1)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    damaged = (text[:start] + data.draw(LIKE_JSON) + text[end:]).encode(errors="surrogatepass")
    found = read(damaged)
    try:
        expected = json.loads(damaged.decode(), parse_float=Decimal)
    except ValueError:
        assert isinstance(found, Refusal)
    else:
        assert isinstance(found, Refusal) or found == expected


@settings(max_examples=examples(300))
@given(st.lists(NUMBERS, max_size=3), ANY_JSON, LIKE_JSON)
def test_what_stands_beside_a_value_does_not_change_how_it_is_read(
    numbers: list[str], value: object, text: str
) -> None:
    """A text full of brackets makes the reader careful: it then takes another way."""
    for document in (f"[{', '.join(numbers)}]", json.dumps(value), text):
        data = document.encode(errors="surrogatepass")
        alone, beside = read(data), read(b'["' + b"{" * 65 + b'",' + data + b"]")

        if not isinstance(alone, Refusal):
            assert isinstance(beside, list)
            assert repr(beside[1:]) == repr([alone])
        elif isinstance(beside, Refusal) and alone.code in {"E511", "E512", "E513", "E515"}:
            assert beside.code == alone.code
