"""From bytes to a graph: facets, stars, and what is odd about them."""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.profiles import profile_of, star_shape

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.build import ManifestFile, build_graph, with_fields
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import FacetSource, Profile, StarShape, ValueType

STARS = star_shape("/star", "/also")


def profile(*facets: FacetSource, stars: StarShape = STARS) -> Profile:
    return profile_of(stars, facets)


def built(
    manifests: Mapping[str, object], using: Profile, fields: tuple[str, ...] = ()
) -> ModuleGraph:
    files = [
        ManifestFile(
            f"{path}/m.json",
            f"manifests/{path}/m.json",
            value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode(),
        )
        for path, value in manifests.items()
    ]
    return build_graph(files, using, fields)


def seen(finding: Diagnostic) -> tuple[str, str, str]:
    """Code, file, and the underlined text."""
    if not finding.labels:
        return finding.code, finding.file, ""
    label = finding.labels[0]
    return finding.code, finding.file, label.source.text[label.span.start : label.span.end]


def misfits(graph: ModuleGraph) -> list[tuple[str, str, str]]:
    return [seen(each.finding) for each in graph.misfits]


def values(graph: ModuleGraph, facet: str) -> list[tuple[object, ...]]:
    return [graph.columns[facet].of(number) for number in range(len(graph))]


def test_modules_are_sorted_by_path_whatever_the_order_of_the_files() -> None:
    manifests = {path: {"star": "S"} for path in ("b", "a/z", "a-b", "a", "Z", "é", "a/b/c")}

    graph = built(manifests, profile())

    assert graph.paths == ("Z", "a", "a-b", "a/b/c", "a/z", "b", "é")
    assert graph.files == tuple(f"manifests/{path}/m.json" for path in graph.paths)
    assert graph.digests[0] == sha256(b'{"star": "S"}').hexdigest()
    assert graph.index["a/z"] == 4


def test_a_facet_has_the_values_of_its_location_each_once_in_order() -> None:
    cap = FacetSource("cap", ("/caps/*/name",))
    manifests = {
        "a": {"star": "S", "caps": [{"name": "y"}, {"name": "x"}, {"name": "y"}]},
        "b": {"star": "S", "caps": []},
        "c": {"star": "S"},
        "d": {"star": "S", "caps": [{"name": "x"}, {"kind": "z"}, {"name": None}]},
        "e": {"star": "S", "caps": None},
    }
    graph = built(manifests, profile(cap))

    assert values(graph, "cap") == [("y", "x"), (), (), ("x",), ()]
    assert graph.problems == ()


def test_texts_that_mean_no_value_and_texts_with_another_name() -> None:
    owner = FacetSource(
        "owner", ("/owner",), missing=("", "unassigned"), values=(("T1_critical", "T1"),)
    )
    manifests = {
        "a": {"star": "S", "owner": "unassigned"},
        "b": {"star": "S", "owner": ""},
        "c": {"star": "S", "owner": "T1_critical"},
        "d": {"star": "S", "owner": "T1"},
    }
    graph = built(manifests, profile(owner))

    assert values(graph, "owner") == [(), (), ("T1",), ("T1",)]
    assert graph.columns["owner"].codes[2] == graph.columns["owner"].codes[3]


def test_numbers_are_exact_and_true_is_not_one() -> None:
    any_value = FacetSource("v", ("/v",), type=ValueType.ANY)
    entries: list[bytes] = [b"1", b"true", b"1.10", b"1.1", b'"1"', b"false", b"0", b"1e2", b"null"]
    manifests = {f"m{n}": b'{"star":"S","v":%s}' % entry for n, entry in enumerate(entries)}
    graph = built(manifests, profile(any_value))

    found = values(graph, "v")
    assert found == [
        (Decimal(1),),
        (True,),
        (Decimal("1.1"),),
        (Decimal("1.1"),),
        ("1",),
        (False,),
        (Decimal(0),),
        (Decimal(100),),
        (),
    ]
    assert [type(each[0]) for each in found[:2]] == [Decimal, bool]
    postings = graph.columns["v"].postings()
    assert postings[bool, True] == [1]
    assert postings[Decimal, Decimal(1)] == [0]
    big = built({"m": b'{"star":"S","v":12345678901234567890123}'}, profile(any_value))
    assert values(big, "v") == [(Decimal(12345678901234567890123),)]


def test_lists_that_python_takes_for_equal_are_kept_apart() -> None:
    each = FacetSource("v", ("/v/*",), type=ValueType.ANY)
    graph = built(
        {"a": {"star": "S", "v": [1, "x"]}, "b": {"star": "S", "v": [True, "x"]}}, profile(each)
    )

    assert [[type(v) for v in row] for row in values(graph, "v")] == [[Decimal, str], [bool, str]]


@pytest.mark.parametrize(
    ("value_type", "accepted"),
    [
        (ValueType.TEXT, ("text",)),
        (ValueType.NUMBER, (7, 0.5)),
        (ValueType.FLAG, (True, False)),
        (ValueType.ANY, ("text", 7, 0.5, True, False)),
    ],
)
@pytest.mark.fault_row(29)
def test_a_value_of_a_wrong_type_is_a_problem_and_the_facet_is_missing(
    value_type: ValueType, accepted: tuple[object, ...]
) -> None:
    facet = FacetSource("v", ("/in/v",), type=value_type)
    for value in ("text", 7, 0.5, True, False, ["text"], {"a": 1}):
        graph = built({"m": {"star": "S", "in": {"v": value}}}, profile(facet))
        fits = any(value is each for each in accepted)
        assert (values(graph, "v") != [()]) == fits
        findings = misfits(graph)
        where = ("E521", "manifests/m/m.json", json.dumps(value))
        assert findings == ([] if fits else [where])


@pytest.mark.parametrize(
    ("document", "underlined", "pointer"),
    [
        ({"star": "S", "meta": "x"}, '"x"', "/meta"),
        ({"star": "S", "meta": ["x"]}, '["x"]', "/meta"),
        ({"star": "S", "meta": {"owner": ["x"]}}, '["x"]', "/meta/owner"),
    ],
)
def test_what_stands_in_the_way_of_a_location_is_a_problem(
    document: object, underlined: str, pointer: str
) -> None:
    graph = built({"m": document}, profile(FacetSource("owner", ("/meta/owner",))))

    assert [each[::2] for each in misfits(graph)] == [("E521", underlined)]
    assert graph.misfits[0].finding.pointer == pointer


PACKAGES = FacetSource("package", ("/ext/*/package", "/ext/*"))


@pytest.mark.parametrize(
    ("listed", "expected", "wrong"),
    [
        (["numpy", "scipy"], ("numpy", "scipy"), []),
        ([{"package": "numpy"}, {"package": "scipy"}], ("numpy", "scipy"), []),
        ([], (), []),
        ([{"package": "numpy"}, {"of": "another shape"}], ("numpy",), []),
        ([7], (), ["7"]),
        ("numpy", (), ['"numpy"']),
    ],
)
def test_a_list_in_either_shape_is_read_and_what_is_neither_is_a_misfit(
    listed: object, expected: tuple[str, ...], wrong: list[str]
) -> None:
    graph = built({"m": {"star": "S", "ext": listed}}, profile(PACKAGES))

    assert values(graph, "package") == [expected]
    assert [each[::2] for each in misfits(graph)] == [("E521", each) for each in wrong]


def test_a_wrong_type_at_one_location_is_no_excuse_to_take_another() -> None:
    tier = FacetSource("tier", ("/testing/tier", "/module/tier"))
    graph = built(
        {"m": {"star": "S", "testing": {"tier": 1}, "module": {"tier": "T1"}}}, profile(tier)
    )

    assert [each[::2] for each in misfits(graph)] == [("E521", "1")]


def test_the_first_location_with_a_value_counts_and_a_contradiction_is_reported() -> None:
    tier = FacetSource(
        "tier", ("/testing/tier", "/module/tier"), missing=("",), values=(("T1_critical", "T1"),)
    )
    manifests = {
        "a": {"star": "S", "testing": {"tier": "T3"}, "module": {"tier": "T1"}},
        "b": {"star": "S", "testing": {"tier": "T1_critical"}, "module": {"tier": "T1"}},
        "c": {"star": "S", "testing": {"tier": ""}, "module": {"tier": "T2"}},
        "d": {"star": "S", "module": {"tier": "T2"}},
    }
    graph = built(manifests, profile(tier))

    assert values(graph, "tier") == [("T3",), ("T1",), ("T2",), ("T2",)]
    assert [seen(problem) for problem in graph.problems] == [("W502", "manifests/a/m.json", '"T3"')]
    second = graph.problems[0].labels[1]
    assert second.source.text[second.span.start : second.span.end] == '"T1"'


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"star": "A"}, ("A",)),
        ({"star": "A", "also": ["B", "C"]}, ("A", "B", "C")),
        ({"star": "A", "also": []}, ("A",)),
        ({"star": None, "x": 1}, ()),
        ({"x": 1}, ()),
        ({"star": ""}, ("",)),
        ({"also": ["B"]}, ("", "B")),
    ],
)
def test_stars_are_the_labels_as_they_are_written_primary_first(
    document: object, expected: tuple[str, ...]
) -> None:
    graph = built({"m": document, "other": {"star": "S"}}, profile())

    assert graph.stars[0] == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [({"stars": ["A", "B"]}, ("A", "B")), ({"stars": []}, ()), ({}, ()), ({"stars": None}, ())],
)
def test_of_one_list_of_stars_the_first_is_primary(
    document: object, expected: tuple[str, ...]
) -> None:
    plain = profile(stars=star_shape(every="/stars"))

    assert built({"m": document, "other": {"stars": ["S"]}}, plain).stars[0] == expected


@pytest.mark.parametrize(
    ("document", "stars", "underlined"),
    [
        ({"star": 7}, (), "7"),
        ({"star": ["A"]}, (), '["A"]'),
        ({"star": "A", "also": "B"}, ("A",), '"B"'),
        ({"star": "A", "also": ["B", 7]}, ("A", "B"), "7"),
    ],
)
def test_a_star_of_a_wrong_type_is_a_problem(
    document: object, stars: tuple[str, ...], underlined: str
) -> None:
    graph = built({"m": document}, profile())

    assert graph.stars == (stars,)
    assert [each[::2] for each in misfits(graph)] == [("E521", underlined)]


def test_names_and_own_paths() -> None:
    using = profile_of(STARS, module_name="/name", path="/path")
    manifests = {
        "a": {"star": "S", "name": "pkg.a", "path": "a"},
        "b": {"star": "S", "path": "a"},
        "c": {"star": "S", "name": 7, "path": None},
    }
    graph = built(manifests, using)

    assert graph.names == ("pkg.a", "", "")
    assert [seen(problem) for problem in graph.problems] == [
        ("W501", "manifests/b/m.json", '"a"'),
    ]
    assert misfits(graph) == [("E521", "manifests/c/m.json", "7")]


def test_a_facet_without_a_trace_warns_and_one_that_is_only_empty_does_not() -> None:
    using = profile_of(
        STARS,
        facets=(
            FacetSource("nowhere", ("/no", "/way/*")),
            FacetSource("empty", ("/tags/*",)),
            FacetSource("keyless", ("/caps/*/name",)),
            FacetSource("missing", ("/owner",), missing=("unassigned",)),
        ),
    )
    document = {"star": "S", "tags": [], "caps": [{"id": 1}], "owner": "unassigned"}
    graph = built({"m": document}, using)

    assert [(problem.code, problem.pointer) for problem in graph.problems] == [
        ("W503", "/caps/*/name"),
        ("W503", "/no"),
    ]


MUST = evolve(STARS, is_optional=False)


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("stars", [MUST, star_shape(every="/stars", is_optional=False)])
def test_manifests_without_the_place_of_stars_are_an_error(stars: StarShape) -> None:
    """A check that finds none of the fields that it is about must fail."""
    graph = built({"m": {"x": 1}, "n": {"constellation": {}}}, profile(stars=stars))

    assert [problem.code for problem in graph.problems] == ["E522"]


@pytest.mark.requirement("R37")
def test_one_manifest_without_the_place_of_stars_is_no_module_on_the_default_star() -> None:
    graph = built({"m": {"x": 1}, "n": {"star": "S"}, "o": {"star": None}}, profile(stars=MUST))

    found = [(each.place, each.finding.code, graph.paths[each.module]) for each in graph.misfits]
    assert found == [("star", "E570", "m"), ("star", "E570", "o")]


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("document", [{"star": "S"}, {"x": 1}, {}])
def test_a_profile_may_say_that_a_manifest_without_the_place_has_no_star(
    document: dict[str, object],
) -> None:
    graph = built({"m": {"x": 1}, "n": document}, profile())

    assert (graph.problems, graph.misfits) == ((), ())
    assert graph.stars[0] == ()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (["a"], "E520"),
        ("text", "E520"),
        (b"null", "E520"),
        (b"7", "E520"),
        (b'{"a": 1,}', "E509"),
        (b"", "E502"),
        (b"\xff", "E505"),
    ],
)
@pytest.mark.fault_row(29)
def test_what_is_no_manifest_is_a_problem_and_no_module(value: object, code: str) -> None:
    graph = built({"bad": value, "good": {"star": "S"}}, profile())

    assert graph.paths == ("good",)
    assert [(each.code, each.file) for each in graph.problems] == [(code, "manifests/bad/m.json")]


@pytest.mark.fault_row(30)
def test_all_unreadable_manifests_are_listed_together() -> None:
    bad = {f"bad{n:02}": b"{" * (n % 3) for n in range(20)}
    graph = built({**bad, "good": {"star": "S"}}, profile())

    assert [each.file for each in graph.problems] == sorted(f"manifests/{p}/m.json" for p in bad)


@pytest.mark.requirement("R36")
def test_a_manifest_in_the_root_is_the_module_called_dot() -> None:
    files = [
        ManifestFile("m.json", "manifests/m.json", b'{"star": "S"}'),
        ManifestFile("a/m.json", "manifests/a/m.json", b'{"star": "S"}'),
    ]
    graph = build_graph(files, profile())

    assert graph.paths == (".", "a")
    assert graph.problems == ()


def test_two_manifests_of_one_module_are_a_mistake_of_the_caller() -> None:
    file = ManifestFile("a/m.json", "manifests/a/m.json", b'{"star": "S"}')

    with pytest.raises(ValueError, match="same directory"):
        build_graph([file, file], profile())


@pytest.mark.parametrize(
    "text",
    ["team ", " team", "te\u200bam", "\uff54\uff45\uff41\uff4d", "caf\u0065\u0301", "te\u0007am"],
)
@pytest.mark.fault_row(31)
def test_texts_that_only_look_like_others_are_suspicious_and_compared_as_written(
    text: str,
) -> None:
    """Row 31."""
    owner = FacetSource("owner", ("/owner",))
    manifests = {path: {"star": "S", "owner": text} for path in ("a", "b")}
    graph = built({**manifests, "c": {"star": "S", "owner": "team"}}, profile(owner))

    assert values(graph, "owner") == [(text,), (text,), ("team",)]
    [problem] = graph.problems
    assert (problem.code, problem.file, problem.pointer) == (
        "W504",
        "manifests/a/m.json",
        "/owner",
    )


@pytest.mark.parametrize(
    "text", ["team", "Équipe", "🌊 Flow (Consciousness)", "🛡️ W", "👩‍🚀", "日本"]
)
def test_texts_of_any_script_and_emoji_are_not_suspicious(text: str) -> None:
    graph = built({"m": {"star": text, "owner": text}}, profile(FacetSource("owner", ("/owner",))))

    assert graph.problems == ()


@pytest.mark.parametrize("key", ["Owner", "owner ", "\uff4fwner"])
def test_a_key_that_only_looks_like_one_that_is_read_is_suspicious(key: str) -> None:
    owner = FacetSource("owner", ("/meta/owner",))
    manifests = {"a": {"star": "S", "meta": {"owner": "x"}}, "b": {"star": "S", "meta": {key: "y"}}}
    graph = built(manifests, profile(owner))

    assert values(graph, "owner") == [("x",), ()]
    assert [seen(problem) for problem in graph.problems] == [
        ("W504", "manifests/b/m.json", json.dumps(key, ensure_ascii=False))
    ]


@pytest.mark.fault_row(32)
def test_strange_keys_are_data_only() -> None:
    """Row 32."""
    document = {"star": "S", "__proto__": {"__class__": "x"}, "": 1, "constructor": "y"}
    facets = (FacetSource("proto", ("/__proto__/__class__",)), FacetSource("c", ("/constructor",)))
    graph = built({"m": document}, profile(*facets), ("/",))

    assert [values(graph, name) for name in ("proto", "c", "field:/")] == [
        [("x",)],
        [("y",)],
        [(Decimal(1),)],
    ]


def test_fields_are_columns_and_can_be_added_later() -> None:
    manifests = {
        "a": {"star": "S", "testing": {"has": True}, "n": [1, 2]},
        "b": {"star": "S", "testing": {}},
    }
    at_once = built(manifests, profile(), ("/testing/has", "/n/*"))
    graph = built(manifests, profile())
    later = with_fields(graph, ["/testing/has", "/n/*"])

    assert [values(at_once, f"field:{p}") for p in ("/testing/has", "/n/*")] == [
        [(True,), ()],
        [(Decimal(1), Decimal(2)), ()],
    ]
    assert graph.columns == {}
    assert values(later, "field:/n/*") == values(at_once, "field:/n/*")
    assert with_fields(later, ["/n/*"]) is later


@pytest.mark.requirement("R39")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"has": True}, ("{…}",)),
        (["a"], ("[…]",)),
        ({}, ()),
        ([], ()),
        (False, (False,)),
        (None, ()),
    ],
)
def test_a_field_that_holds_a_container_is_present(
    value: object, expected: tuple[object, ...]
) -> None:
    graph = with_fields(built({"a": {"star": "S", "bin": value}}, profile()), ["/bin"])

    assert graph.misfits == ()
    assert values(graph, "field:/bin") == [expected]


def test_a_field_that_is_nowhere_is_reported() -> None:
    graph = built({"a": {"star": "S"}}, profile())

    problems = with_fields(graph, ["/no"]).problems
    assert [(each.code, each.pointer) for each in problems] == [("W503", "/no")]


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", "", "1"])
ENTRIES = SCALARS | st.lists(SCALARS, max_size=3)
ROWS = st.lists(
    ENTRIES | st.dictionaries(st.sampled_from(["k", "a", "b"]), SCALARS, max_size=3), max_size=12
)


@pytest.mark.requirement("R39")
@settings(max_examples=examples(150))
@given(ROWS, st.permutations(range(12)))
def test_columns_are_what_a_plain_reading_finds_in_any_order(
    rows: list[object], order: list[int]
) -> None:
    """Against a reading module by module, without tables, codes or shared levels."""
    using = profile(
        FacetSource("one", ("/v",), type=ValueType.ANY),
        FacetSource("each", ("/v/*",), type=ValueType.ANY),
        FacetSource("inner", ("/v/k",), missing=("",), type=ValueType.ANY),
        FacetSource("keyed", ("/v",), keys=True, type=ValueType.ANY),
        FacetSource("both", ("/v/*", "/v", "/v/k"), merge=True, type=ValueType.ANY),
        FacetSource("first", ("/v/k", "/v/*"), type=ValueType.ANY),
        FacetSource("part", ("/v",), keys=True, take="^(a)b?", type=ValueType.ANY),
    )
    manifests = {f"m{n:02}": {"star": "S", "v": row} for n, row in enumerate(rows)}
    names = [name for n in order if (name := f"m{n:02}") in manifests]
    graph = built({name: manifests[name] for name in names}, using)

    for number, row in enumerate(rows):
        single = [] if isinstance(row, list | dict) else [row]
        each = row if isinstance(row, list) else list(row.values()) if isinstance(row, dict) else []
        inner = [row.get("k")] if isinstance(row, dict) else []
        keyed = list(row) if isinstance(row, list | dict) else single
        taken = ["a" if isinstance(one, str) and one[:1] == "a" else one for one in keyed]
        expected = {
            "one": plainly(single, ()),
            "each": plainly(each, ()),
            "inner": plainly(inner, ("",)),
            "keyed": plainly(keyed, ()),
            "both": plainly([*each, *single, *inner], ()),
            "first": plainly(inner, ()) or plainly(each, ()),
            "part": plainly([one for one in taken if one == "a" or not isinstance(one, str)], ()),
        }
        for facet, found in expected.items():
            got = graph.columns[facet].of(number)
            assert [(type(v), v) for v in got] == found, facet
    shuffled = built(manifests, using)
    assert [values(shuffled, f) for f in graph.columns] == [values(graph, f) for f in graph.columns]


def plainly(found: list[object], missing: tuple[str, ...]) -> list[tuple[type, object]]:
    kept = [
        (Decimal, Decimal(v)) if isinstance(v, int) and not isinstance(v, bool) else (type(v), v)
        for v in found
        if v is not None and v not in missing
    ]
    return list(dict.fromkeys(kept))
