"""Edits of the text of manifests: the value is there afterwards, and nothing else has changed."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from acceptance.reading import live_files
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.texts.json import Refusal
from starlang.texts.rewriting import Rewritten, Value, Write, rewrite, without

pytestmark = pytest.mark.requirement("R25")

PRIMARY = "/constellation_alignment/primary_star"
SECONDARY = "/constellation_alignment/secondary_stars"
TRAIL = "✦ Trail (Memory)"


def after(text: str, *writes: tuple[str, Value]) -> str:
    found = rewrite(text.encode(), [Write(*each) for each in writes])
    assert isinstance(found, Rewritten), found
    return found.data.decode()


@pytest.mark.parametrize(
    ("before", "writes", "expected"),
    [
        pytest.param('{"a": "x"}', [("/a", "y")], '{"a": "y"}', id="a value"),
        pytest.param('{"a":"x"}\n', [("/a", "y")], '{"a":"y"}\n', id="its line end"),
        pytest.param('{"a":"x"}', [("/b", "y")], '{"a":"x", "b":"y"}', id="colon as the others"),
        pytest.param(
            '{"a":"x","c":[1,2]}', [("/b", "y")], '{"a":"x","c":[1,2],"b":"y"}', id="compact"
        ),
        pytest.param('{"a": "x"}', [("/a", TRAIL)], f'{{"a": "{TRAIL}"}}', id="raw UTF-8"),
        pytest.param(
            '{"b": "\\u00e9", "a": "x"}',
            [("/a", "é🌊")],
            '{"b": "\\u00e9", "a": "\\u00e9\\ud83c\\udf0a"}',
            id="escapes where the file has some",
        ),
        pytest.param(
            '{"b": "C:\\\\u00e9\\u001b", "a": "x"}',
            [("/a", "é")],
            '{"b": "C:\\\\u00e9\\u001b", "a": "é"}',
            id="a backslash or a control character is no such escape",
        ),
        pytest.param('{"a": null}', [("/a", "y")], '{"a": "y"}', id="null is nothing"),
        pytest.param('{"a": null}', [("/a/b", "y")], '{"a": {"b": "y"}}', id="null on the way"),
        pytest.param("{}", [("/a/b", "y")], '{"a": {"b": "y"}}', id="an empty object"),
        pytest.param(
            "{ }", [("/a", ["y", "z"])], '{"a": ["y", "z"]}', id="an empty one with space"
        ),
        pytest.param('{"s": ["x"]}', [("/s/0", "y")], '{"s": ["y"]}', id="an element"),
        pytest.param('{"a": 1.50, "b": -0}', [("/a", 0.7)], '{"a": 0.7, "b": -0}', id="a number"),
        pytest.param(
            '{\r\n\t"a": "x"\r\n}\r\n',
            [("/b/c", ["y"])],
            '{\r\n\t"a": "x",\r\n\t"b": {\r\n\t\t"c": [\r\n\t\t\t"y"\r\n\t\t]\r\n\t}\r\n}\r\n',
            id="CRLF and tabs",
        ),
        pytest.param(
            '{\n  "a": {\n    "b": "x"\n  },\n  "t": ["u"]\n}',
            [("/a/c", ["y", "z"])],
            '{\n  "a": {\n    "b": "x",\n    "c": ["y", "z"]\n  },\n  "t": ["u"]\n}',
            id="lists as the others",
        ),
        pytest.param(
            '{\n  "s": [\n    "x"\n  ],\n  "t": []\n}',
            [("/s", ["y", "z"]), ("/t", ["u"])],
            '{\n  "s": [\n    "y",\n    "z"\n  ],\n  "t": [\n    "u"\n  ]\n}',
            id="a line an item",
        ),
        pytest.param('{"s": ["[x", "]"]}', [("/s", [])], '{"s": []}', id="an empty list"),
        pytest.param('{"a/b": {"~": 1}}', [("/a~1b/~0", "y")], '{"a/b": {"~": "y"}}', id="names"),
        pytest.param(
            '{"a": "x"  ,\n "b" : 1}', [("/a", "x")], '{"a": "x"  ,\n "b" : 1}', id="no change"
        ),
    ],
)
def test_what_stands_there_afterwards(
    before: str, writes: list[tuple[str, Value]], expected: str
) -> None:
    assert after(before, *writes) == expected
    assert json.loads(expected)


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}", b"NaN"])
@pytest.mark.fault_row(33)
def test_what_the_strict_reader_refuses_is_refused(data: bytes) -> None:
    assert isinstance(rewrite(data, [Write("/a", "x")]), Refusal)
    assert without(data, ["/a"]) is None


@pytest.mark.fault_row(33)
def test_what_would_be_too_long_is_refused() -> None:
    data = json.dumps({"a": "x" * (2**20 - 20)}).encode()

    found = rewrite(data, [Write("/b", "y" * 30)])

    assert isinstance(found, Refusal)
    assert found.code == "E920"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KEYS = TEXTS | st.sampled_from(["a/b", "~", "s", "t", "primary"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(-9, 9, places=3).map(float) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
STARS = st.fixed_dictionaries(
    {}, optional={"primary": TEXTS | st.none(), "secondary": st.lists(TEXTS, max_size=3)}
)
MANIFESTS = st.builds(
    lambda one, stars, other: {**one, **({} if stars is None else {"stars": stars}), **other},
    st.dictionaries(KEYS.filter(lambda k: k != "stars"), JSON, max_size=3),
    STARS | st.none(),
    st.dictionaries(KEYS.filter(lambda k: k != "stars"), JSON, max_size=3),
)


@settings(max_examples=examples(300))
@given(
    document=MANIFESTS,
    indent=st.sampled_from([None, 1, 2, 4, "\t"]),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
    escaped=st.booleans(),
    crlf=st.booleans(),
    end=st.sampled_from(["", "\n", "\n\n  "]),
    primary=TEXTS,
    secondary=st.lists(TEXTS, max_size=3) | st.none(),
)
@pytest.mark.fault_row(21, 23, 24)
def test_only_the_stars_change(  # noqa: PLR0913 -- all that a file may look like
    *,
    document: dict[str, object],
    indent: int | str | None,
    separators: tuple[str, str],
    escaped: bool,
    crlf: bool,
    end: str,
    primary: str,
    secondary: list[str] | None,
) -> None:
    """Read by Python's own reader, everything else is equal; and so is the text around it."""
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=escaped) + end
    data = (text.replace("\n", "\r\n") if crlf else text).encode()
    writes = [Write("/stars/primary", primary)]
    writes += [Write("/stars/secondary", secondary)] if secondary is not None else []

    found = rewrite(data, writes)

    assert isinstance(found, Rewritten)
    expected = json.loads(data)
    if expected.get("stars") is None:
        expected["stars"] = {}
    expected["stars"]["primary"] = primary
    if secondary is not None:
        expected["stars"]["secondary"] = secondary
    assert json.loads(found.data) == expected
    assert list(json.loads(found.data)) == list(expected)
    pointers = ["/stars/secondary", "/stars/primary"]
    assert without(found.data, pointers) == without(data, pointers)
    again = rewrite(found.data, writes)
    assert isinstance(again, Rewritten)
    assert again.data == found.data


def test_the_rest_tells_other_changes() -> None:
    pointers = [PRIMARY, SECONDARY]
    text = '{"constellation_alignment": {"primary_star": "a", "x": 1.0}, "b": [1]}'
    for other in (
        text.replace("1.0", "1.00"),
        text.replace("[1]", "[ 1]"),
        text.replace('"x"', '"y"'),
        f"{text}\n",
    ):
        assert without(other.encode(), pointers) != without(text.encode(), pointers)


@pytest.mark.fault_row(24)
def test_corpus_manifests_keep_every_other_byte(corpus: Path) -> None:
    """Cut at the place of the star, found by the text of its line, both halves are as before."""
    files = live_files(corpus / "manifests")
    assert len(files) == 1421
    for file in files.values():
        data = file.read_bytes()
        found = rewrite(data, [Write(PRIMARY, TRAIL)])
        assert isinstance(found, Rewritten)
        _, _, rest = data.partition(b'"primary_star": ')
        old = rest[: rest.index(b'"', 1) + 1]
        head = data[: data.index(b'"primary_star": ')] + b'"primary_star": '
        raw = b"\\u" not in data
        label = json.dumps(TRAIL, ensure_ascii=not raw).encode()
        assert found.data == head + label + rest[len(old) :]
        expected = json.loads(data, parse_float=Decimal)
        expected["constellation_alignment"]["primary_star"] = TRAIL
        assert json.loads(found.data, parse_float=Decimal) == expected
