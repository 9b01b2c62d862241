"""Places in TOML: the text at the place of a value says that value."""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time

import pytest

from starlang.texts.toml import Path, TomlPlaces

DOCUMENT = '''# a comment = 1
title = "a # b = [c]" # after
"quoted key".'and this' = 1
dotted.inner.x = 1.5e3
literal = 'C:\\a'
day = 2027-03-01
moment = 1979-05-27T07:32:00.999-07:00
clock = 07:32:00
long = """
"quotes" and [brackets]
key = "no key" """
raw = \'\'\'
it's # raw
x = 1\'\'\'
nested = [ [1, 2], # first
  ["a, b", { c = "]", d.e = [true] }],
]
inline = { a = 1, "b c" = { d = [] } }

[table]
x = -1
[table.sub.deep]
y = inf
[ spaced . "out" ]
z = "\\u00e9\\"]"

[[list]]
name = "first"
[list.of]
inner = 1
[[list.of.tables]]
n = 1
[[list.of.tables]]
n = 2
[[list]]
name = "second"
[list.of]
inner = 2
'''.replace("\n[table]", "\r\n[table]")


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))
    else:
        yield path, value


def test_the_text_at_the_place_of_each_value_is_that_value() -> None:
    document = tomllib.loads(DOCUMENT)
    places = TomlPlaces(DOCUMENT)
    found = list(leaves(document))

    assert len(found) == 21
    for path, value in found:
        span = places.value(path)
        text = DOCUMENT[span.start : span.end]
        assert tomllib.loads(f"v = {text}")["v"] == value
        assert text == text.strip()


def test_the_key_of_each_value_is_its_last_key() -> None:
    places = TomlPlaces(DOCUMENT)
    expected = {
        ("title",): "title",
        ("quoted key", "and this"): "\"quoted key\".'and this'",
        ("dotted", "inner", "x"): "dotted.inner.x",
        ("nested", 1, 1, "d", "e"): "d.e",
        ("inline", "b c"): '"b c"',
        ("table", "sub", "deep"): "table.sub.deep",
        ("table", "sub", "deep", "y"): "y",
        ("spaced", "out"): 'spaced . "out"',
        ("list", 1): "list",
        ("list", 0, "of", "tables", 1): "list.of.tables",
    }

    for path, key in expected.items():
        span = places.key(path)
        assert DOCUMENT[span.start : span.end] == key
    lines = {path: DOCUMENT.count("\n", 0, places.key(path).start) for path in expected}
    assert lines["list", 1] > lines["list", 0, "of", "tables", 1]


@pytest.mark.parametrize("path", [("nowhere",), ("table", "no"), ("list", 7, "name"), ()])
def test_what_is_not_there_has_the_place_around_it(path: Path) -> None:
    span = TomlPlaces(DOCUMENT).value(path)

    assert 0 <= span.start <= span.end <= len(DOCUMENT)


def test_the_document_has_every_type_of_toml() -> None:
    types = {type(value) for _, value in leaves(tomllib.loads(DOCUMENT))}

    assert types == {str, int, float, list, date, datetime, time}
