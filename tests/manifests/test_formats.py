"""Manifests in TOML and in JSON with comments: read strictly, and changed by single spans."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.profile_file import read_profile
from starlang.text import Source
from starlang.texts.documents import Format, locate_in, read_documents, rewrite_in, without_in
from starlang.texts.json import Refusal
from starlang.texts.rewriting import Value, Write

CARGO = """\
# The store.
[package]
name = "store" # as published
version.workspace = true

[package.metadata.docs]
all = true

[dependencies]
serde = { version = "1", optional = true }
"""
STAR = "/package/metadata/starlang/star"


def anything(document: object) -> bool:
    return isinstance(document, dict)


def assert_edited(text: str, write: Write, form: Format, after: str | None) -> None:
    """Asserts that the edit of `text` gives `after` and changes nothing else; None: E575."""
    found = rewrite_in(text.encode(), [write], form, anything)

    if after is None:
        assert isinstance(found, Refusal)
        assert found.code == "E575"
        return
    assert not isinstance(found, Refusal), found
    assert found.data.decode() == after
    first, rest = (
        without_in(data, [write.pointer], form, anything) for data in (text.encode(), found.data)
    )
    assert first == rest


def values(text: str, form: Format = Format.TOML) -> object:
    found = read_documents(text.encode(), form)
    assert not isinstance(found, Refusal), found
    return found[0]


@pytest.mark.requirement("R38")
def test_values_of_toml_are_those_that_json_has() -> None:
    text = """
number = 0x1F
exact = 1.10
day = 2025-01-31
time = 2025-01-31T07:32:00Z
clock = 07:32:00
list = [1, [true]]
point.x = 'a'
[[bin]]
name = "one"
[[bin]]
name = "two"
"""
    assert values(text) == {
        "number": 31,
        "exact": Decimal("1.10"),
        "day": "2025-01-31",
        "time": "2025-01-31T07:32:00+00:00",
        "clock": "07:32:00",
        "list": [1, [True]],
        "point": {"x": "a"},
        "bin": [{"name": "one"}, {"name": "two"}],
    }
    assert values("") == {}
    found = locate_in(text, ("bin", 1, "name"), Format.TOML)
    assert found is not None
    assert text[found[1].start : found[1].end] == '"two"'


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a = 1\na = 2", "E576"),
        (b"a = [1", "E576"),
        (b"a = 1e999", "E576"),
        (b"[" * 5_000, "E576"),
        (b"a." * 5_000 + b"b = 1", "E576"),
        (b"<<<<<<< a\n=======\n>>>>>>> b\n", "E576"),
        (b"a = " + b"[" * 70 + b"]" * 70, "E516"),
        (b"a = nan", "E512"),
        (b"a = 0x" + b"f" * 9_000, "E514"),
        (b"\xef\xbb\xbfa = 1", "E504"),
        (b"\xff\xfea\0", "E503"),
        (b'a = "\xff"', "E505"),
        (b"#" * (1 << 20) + b"\n", "E501"),
    ],
)
def test_toml_that_others_read_differently_is_refused(data: bytes, code: str) -> None:
    found = read_documents(data, Format.TOML)

    assert (found.code if isinstance(found, Refusal) else "") == code


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("text", "pointer", "value", "after"),
    [
        (CARGO, "/package/name", "till", CARGO.replace('"store"', '"till"')),
        (CARGO, STAR, "core", f'{CARGO}\n[package.metadata.starlang]\nstar = "core"\n'),
        (
            f"{CARGO}[package.metadata.starlang] # ours\r\n",
            STAR,
            'a"b',
            f'{CARGO}[package.metadata.starlang] # ours\r\nstar = "a\\"b"\r\n',
        ),
        ("[tool.x]", "/tool/star", "a", '[tool.x]\n\n[tool]\nstar = "a"\n'),
        ("tool.x = 1", "/tool/a b/star", "a", 'tool.x = 1\n\n[tool."a b"]\nstar = "a"\n'),
        ("[tool]\nx.y = 1\n", "/tool/x/star", "a", '[tool]\nx.star = "a"\nx.y = 1\n'),
        ("tool = {x = 1}", "/tool/star", "a", None),
        ("# mine\n\nx = 1\n[a]\n", "/star", "a", '# mine\n\nstar = "a"\nx = 1\n[a]\n'),
        ("star = 'old' # why\n", "/star", "new", "star = 'new' # why\n"),
        ("star = 'old'\n", "/star", "it's", 'star = "it\'s"\n'),
        ('star = """\nold"""\n', "/star", "new", 'star = "new"\n'),
        ("stars = [\n 'a', # one\n]\n", "/stars", ["b", "c"], 'stars = ["b", "c"]\n'),
        ("s = 1", "/s", 0.5, "s = 0.5"),
        ("x = '''\n[a]\n'''\n", "/a/star", "b", "x = '''\n[a]\n'''\n\n[a]\nstar = \"b\"\n"),
    ],
)
def test_an_edit_of_toml_changes_one_place(
    text: str, pointer: str, value: Value, after: str | None
) -> None:
    assert_edited(text, Write(pointer, value), Format.TOML, after)


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("text", "pointer", "after"),
    [
        (
            '{ // the team\n  "a": 1 // one\n}\n',
            "/star",
            '{ // the team\n  "a": 1, // one\n  "star": "s"\n}\n',
        ),
        (
            '{\n  "a": 1, // one\n}\n',
            "/star",
            '{\n  "a": 1, // one\n  "star": "s",\n}\n',
        ),
        ('{\n  "a": 1,\n  /* end */\n}', "/star", '{\n  "a": 1,\n  "star": "s",\n  /* end */\n}'),
        ('{"a": 1 // c\n}', "/star", '{"a": 1, "star": "s" // c\n}'),
        (
            '{ "a": 1, // x\n  "b": 2 // d\n}',
            "/star",
            '{ "a": 1, // x\n  "b": 2, "star": "s" // d\n}',
        ),
        ('{"star": /* old */ "x"}', "/star", '{"star": /* old */ "s"}'),
        ('{"a": 1, /* b */ "b": {}}', "/b/star", '{"a": 1, /* b */ "b": {"star": "s"}}'),
        ('{"star": [1, // why\n 2]}', "/star", None),
        ("{ // nothing yet\n}", "/star", None),
    ],
)
def test_an_edit_of_json_keeps_its_comments(text: str, pointer: str, after: str | None) -> None:
    assert_edited(text, Write(pointer, "s"), Format.JSONC, after)
    if after is None:
        return
    data = after.encode()
    rest = without_in(data, [pointer], Format.JSONC, anything)
    changed = data.replace(b"one", b"two").replace(b"/* b", b"/* c")
    if changed != data:
        assert without_in(changed, [pointer], Format.JSONC, anything) != rest


NAMES = st.sampled_from(["a", "b", "star", "x y", "ü"])
SCALARS = st.booleans() | st.integers(-9, 99) | st.text("ab#'\"=[]\n\\", max_size=6)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(NAMES, TREES | st.dictionaries(NAMES, TREES, max_size=3), max_size=4)
POINTERS = st.lists(NAMES, min_size=1, max_size=3).map("/".join).map("/{}".format)


def inline(value: object) -> str:
    """A value as TOML, on one line."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)} = {inline(v)}" for k, v in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}] "
    return json.dumps(value, ensure_ascii=False)


def toml(document: dict[str, object]) -> str:
    """A document as TOML; tables at the top have headers, and comments are everywhere."""
    name = {key: json.dumps(key, ensure_ascii=False) for key in document}
    lines = ["# first"]
    plain = {key: each for key, each in document.items() if not isinstance(each, dict)}
    lines += [f"{name[key]} = {inline(each)} # {key}" for key, each in plain.items()]
    for key, table in document.items():
        if isinstance(table, dict):
            lines += ["", f"[{name[key]}] # table"]
            lines += [
                f"{json.dumps(k, ensure_ascii=False)} = {inline(v)}" for k, v in table.items()
            ]
    return "\n".join(lines) + "\n"


def with_star(document: dict[str, object], parts: list[str]) -> dict[str, object] | None:
    first, *rest = parts
    if not rest:
        return {**document, first: "new"}
    inside = document.get(first, {})
    below = with_star(inside, rest) if isinstance(inside, dict) else None
    return None if below is None else {**document, first: below}


@pytest.mark.requirement("R38")
@settings(max_examples=examples(150))
@given(document=TABLES, pointer=POINTERS)
def test_after_an_edit_toml_holds_it_and_nothing_else(
    document: dict[str, object], pointer: str
) -> None:
    text = toml(document)
    assert values(text) == document
    found = rewrite_in(text.encode(), [Write(pointer, "new")], Format.TOML, anything)

    wanted = with_star(document, pointer.split("/")[1:])
    if isinstance(found, Refusal):
        assert found.code == "E575"
        return
    assert wanted is not None
    assert values(found.data.decode()) == wanted
    assert without_in(found.data, [pointer], Format.TOML, anything) == without_in(
        text.encode(), [pointer], Format.TOML, anything
    )


@pytest.mark.requirement("R38")
@settings(max_examples=examples(150))
@given(
    document=TABLES,
    pointer=POINTERS,
    comments=st.lists(st.sampled_from(["", " // c", " /* d */"]), min_size=9, max_size=9),
)
def test_after_an_edit_json_with_comments_holds_it_and_nothing_else(
    document: dict[str, object], pointer: str, comments: list[str]
) -> None:
    lines = json.dumps(document, indent=2, ensure_ascii=False).split("\n")
    text = "\n".join(line + comments[at % 9] for at, line in enumerate(lines))
    assert values(text, Format.JSONC) == document
    found = rewrite_in(text.encode(), [Write(pointer, "new")], Format.JSONC, anything)

    if isinstance(found, Refusal):
        assert found.code == "E575"
        return
    wanted = with_star(document, pointer.split("/")[1:])
    if wanted is None:  # what is in the way is written over, as in plain JSON
        return
    assert values(found.data.decode(), Format.JSONC) == wanted
    assert without_in(found.data, [pointer], Format.JSONC, anything) == without_in(
        text.encode(), [pointer], Format.JSONC, anything
    )


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("text", "form", "setting"),
    [
        ('{"a": 1} // x', Format.JSON, "jsonc"),
        ('{"a": [1,]}', Format.JSON, "jsonc"),
        ("a: 1\n", Format.JSON, "yaml"),
        ('[package]\nname = "a"\n', Format.JSON, "toml"),
        ('{\n\t"a": [\n\t\t1\n]}', Format.TOML, "json"),
        ("[a]\nb = 1\n", Format.YAML, "toml"),
        ("{'a': 1}", Format.JSON, ""),
        ("nothing of this", Format.JSON, ""),
    ],
)
def test_a_message_for_the_wrong_format_names_the_right_one(
    text: str, form: Format, setting: str
) -> None:
    found = read_documents(text.encode(), form)

    assert isinstance(found, Refusal)
    assert ("`format = " in found.hint) == bool(setting)
    assert not setting or f'`format = "{setting}"`' in found.hint


@pytest.mark.requirement("R38")
def test_the_profile_says_what_files_are_written_in_whose_names_do_not() -> None:
    text = (
        'file = "SERVICE"\nformat = "{}"\n[stars]\nprimary = "/star"\n[facets.age]\nat = "/age"\n'
    )
    profile, problems = read_profile("own", Source("own.toml", text.format("toml")))
    assert profile is not None, problems
    data = b'# why\nstar = "core"\nage = 12\n'
    graph = build_graph([ManifestFile("a/SERVICE", "m/a/SERVICE", data)], profile)

    assert graph.stars == (("core",),)
    (misfit,) = graph.misfits
    assert misfit.finding.place == "m/a/SERVICE:3:7"
    none, problems = read_profile("own", Source("own.toml", text.format("tml")))
    assert none is None
    assert [(each.code, each.hint) for each in problems] == [("E704", "did you mean `toml`?")]


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("stars", "code"),
    [
        ('sidecar = "stars.json"\nprimary = "/star"', "E709"),
        ('sidecar = "stars.json"\nconfidence = "/sure"', "E709"),
        ('sidecar = "../stars.json"', "E704"),
        ('sidecar = "stars.toml"', "E704"),
        ('[[shape]]\n[shape.stars]\nsidecar = "stars.json"', "E709"),
        ('sidecar = "stars.json"', ""),
    ],
)
def test_a_sidecar_is_the_only_place_of_stars(stars: str, code: str) -> None:
    text = stars if stars.startswith("[") else f"[stars]\n{stars}\n"
    _, problems = read_profile("own", Source("own.toml", text))

    assert [each.code for each in problems] == ([code] if code else [])


@pytest.mark.requirement("R45")
@pytest.mark.fault_row(26)
@pytest.mark.parametrize(
    "data", [b'{"a": 1} // \xd6', b'/* \xff\xfe */ {"a": 1}', b'{"a": 1, } //\xc3']
)
def test_bytes_that_are_not_utf8_are_refused_in_a_comment_too(data: bytes) -> None:
    write = Write("/a", "x")
    for found in (
        read_documents(data, Format.JSONC),
        rewrite_in(data, [write], Format.JSONC, lambda _: True),
    ):
        assert isinstance(found, Refusal)
        assert found.code == "E505"
    assert without_in(data, ["/a"], Format.JSONC, lambda _: True) is None
