"""Profile files: what they say, and every mistake at its place."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.profiles import profile_of, star_shape

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import FacetSource, ValueType
from starlang.manifests.profile_file import read_profile
from starlang.rules.spelling import RESERVED_NAMES
from starlang.syntax.words import RESERVED as KEYWORDS
from starlang.text import Source

STARS = '[stars]\nprimary = "/star"\n'


def findings(text: str) -> list[tuple[str, str]]:
    """(code, underlined text) of each finding."""
    _, problems = read_profile("p", Source("p.toml", text))
    return [(each.code, underlined(each)) for each in problems]


def underlined(problem: Diagnostic) -> str:
    label = problem.labels[0]
    return label.source.text[label.span.start : label.span.end]


def test_a_whole_profile() -> None:
    profile, problems = read_profile(
        "mine",
        Source(
            "mine.toml",
            """
            file = "catalog.json"
            [module]
            name = "/meta/name"
            path = "/meta/dir"
            [stars]
            primary = "/star"
            secondary = "/more"
            confidence = "/how/sure"
            secondary_allowed = ["Trail", "Watch"]
            [weights]
            path = 0.4
            text = 1
            [facets.tier]
            at = ["/tier", "/meta/tier"]
            values = { gold = "T1", silver = "T2" }
            missing = ["none", ""]
            [facets.owner]
            at = "/owner"
            weight = 0.350000
            group_missing = false
            [facets.coverage]
            at = "/coverage"
            type = "number"
            """,
        ),
    )

    assert problems == ()
    stars = star_shape(
        "/star",
        "/more",
        confidence="/how/sure",
        secondary_allowed=("Trail", "Watch"),
        is_optional=False,
    )
    expected = profile_of(
        stars,
        name="mine",
        module_name="/meta/name",
        path="/meta/dir",
        file_name="catalog.json",
        facets=(
            FacetSource("coverage", ("/coverage",), missing=("",), type=ValueType.NUMBER),
            FacetSource("owner", ("/owner",), missing=("",), weight=350_000, group_missing=False),
            FacetSource(
                "tier",
                ("/tier", "/meta/tier"),
                missing=("none", ""),  # the first one is what new manifests have
                values=(("gold", "T1"), ("silver", "T2")),
            ),
        ),
    )
    assert profile == evolve(expected, weights=(("path", 400_000), ("text", 1_000_000)))
    assert profile.default_weights == {"path": 400_000, "text": 1_000_000, "owner": 350_000}


def test_the_order_of_a_profile_does_not_matter() -> None:
    facets = ['[facets.b]\nat = "/b"\n', '[facets.a]\nat = "/a"\n', STARS]
    one, _ = read_profile("p", Source("p.toml", "".join(facets)))
    other, _ = read_profile("p", Source("p.toml", "".join(reversed(facets))))

    assert one is not None
    assert one == other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Unknown settings
        (f"fiel = 1\n{STARS}", [("E702", "fiel")]),
        (f'{STARS}primery = "/x"\n', [("E702", "primery")]),
        (f'{STARS}[facets.a]\nat = "/a"\nweigth = 1\n', [("E702", "weigth")]),
        (f"{STARS}[weights]\nowner = 0.3\n", [("E702", "owner")]),
        # Wrong types
        (f"file = 1\n{STARS}", [("E703", "1")]),
        (f"{STARS}[module]\nname = [\n 1]\n", [("E703", "[\n 1]")]),
        (f"{STARS}[facets]\na = 1\n", [("E703", "1")]),
        (f'{STARS}[facets.a]\nat = "/a"\ngroup_missing = "no"\n', [("E703", '"no"')]),
        (f"{STARS}[facets.a]\nat = 1\n", [("E703", "1")]),
        (f'{STARS}[facets.a]\nat = "/a"\nvalues = {{ x = 1 }}\n', [("E703", "1")]),
        (f'{STARS}[facets.a]\nat = "/a"\nweight = "0.3"\n', [("E703", '"0.3"')]),
        # Values out of their range
        (f'file = "a/b.json"\n{STARS}', [("E704", '"a/b.json"')]),
        (f"{STARS}[weights]\npath = 0\n", [("E704", "0")]),
        (f"{STARS}[weights]\npath = 1.000001\n", [("E704", "1.000001")]),
        (f"{STARS}[weights]\npath = 0.0000001\n", [("E704", "0.0000001")]),
        (f"{STARS}[weights]\npath = nan\n", [("E703", "nan")]),
        (f'{STARS}[facets.a]\nat = "/a"\ntype = "texts"\n', [("E704", '"texts"')]),
        # Pointers
        ('[stars]\nprimary = "star"\n', [("E707", "star")]),
        ('[stars]\nall = "/stars/*"\n', [("E707", '"/stars/*"')]),
        (f'{STARS}[module]\nname = "/a~2"\n', [("E707", "~2")]),
        (f'{STARS}[facets.a]\nat = ["/a", "b"]\n', [("E707", "b")]),
        # Names of facets
        (f'{STARS}[facets.rule]\nat = "/a"\n', [("E708", "facets.rule")]),
        (f'{STARS}[facets.path]\nat = "/a"\n', [("E708", "facets.path")]),
        (f'{STARS}[facets]\n"a b" = {{ at = "/a" }}\n', [("E708", '"a b"')]),
        (f'{STARS}[facets.a-]\nat = "/a"\n', [("E708", "facets.a-")]),
        # The stars
        ("", [("E709", "")]),
        ("[stars]\n", [("E709", "stars")]),
        ('[stars]\nprimary = "/a"\nall = "/b"\n', [("E709", "stars")]),
        ('[stars]\nall = "/b"\nsecondary = "/c"\n', [("E709", "secondary")]),
        # What has to be there
        (f"{STARS}[facets.a]\n", [("E713", "facets.a")]),
        (f"{STARS}[facets.a]\nat = []\n", [("E713", "facets.a")]),
        # No TOML
        ("[stars\n", [("E701", "\n")]),
        (f"{STARS}x = \n", [("E701", "\n")]),
        ("a = 1\na = 2\n", [("E701", "\n")]),
        (f"{STARS}a = {'[' * 5_000}", [("E701", "")]),
    ],
)
def test_each_mistake_is_found_at_its_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert findings(text) == expected


def test_all_mistakes_are_found_at_once() -> None:
    text = 'wieghts = 1\n[stars]\nall = "x"\n[facets.to]\ntype = 1\n[weights]\nname = 2\n'

    assert sorted(code for code, _ in findings(text)) == [
        *("E702", "E703", "E704", "E707", "E708", "E713")
    ]


def test_where_the_extended_profile_cannot_be_read_nothing_else_is_said() -> None:
    broken = Diagnostic(code="E706", message="it cannot be read", file="base.toml", hint="mend it")
    source = Source("p.toml", 'extends = "base.toml"\n[facets.a]\nat = "/a"\n')

    profile, problems = read_profile("p", source, lambda _: (broken,))

    assert profile is None
    assert sorted(each.code for each in problems) == ["E706", "E714"]


def test_near_names_are_suggested() -> None:
    _, problems = read_profile("p", Source("p.toml", f'{STARS}[facets.a]\nat = "/a"\ntyp = "x"\n'))

    assert "`type`" in problems[0].hint


def test_no_word_of_the_language_can_name_a_facet() -> None:
    assert KEYWORDS <= RESERVED_NAMES


@settings(max_examples=examples(200))
@given(
    st.text(
        st.sampled_from(list("[]{}=.,\"'#\n \\abfst/1_-"))
        | st.characters(exclude_categories=["Cs"]),
        max_size=50,
    )
)
def test_any_text_is_a_profile_or_findings(text: str) -> None:
    profile, problems = read_profile("p", Source("p.toml", text))

    assert (profile is None) == bool(problems)
    for problem in problems:
        assert all(0 <= each.span.start <= each.span.end <= len(text) for each in problem.labels)


SHAPES = """
[[shape]]
when = "/one"
[shape.stars]
primary = "/one/star"
[[shape]]
when = "/other"
[shape.stars]
all = "/other"
"""


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(
    ("stars", "shapes"),
    [
        ("", [("/one", False), ("/other", False)]),
        ('[stars]\nabsent = "default"', [("/one", True), ("/other", True), ("", True)]),
        ('[stars]\nsecondary_allowed = ["A"]', [("/one", False), ("/other", False)]),
        ('[stars]\nprimary = "/star"', [("", False)]),
    ],
)
def test_what_extends_a_profile_with_shapes_keeps_or_replaces_them(
    stars: str, shapes: list[tuple[str, bool]]
) -> None:
    base, _ = read_profile("base", Source("base.toml", SHAPES))
    assert base is not None
    source = Source("p.toml", f'extends = "base.toml"\n{stars}\n')
    profile, problems = read_profile("p", source, lambda _: base)
    assert profile is not None, problems

    found = [
        ("".join(pointer for pointer, _ in each.when.pointers) if each.when else "", each.stars)
        for each in profile.shapes
    ]
    assert [(when, each.is_optional) for when, each in found] == shapes
    if "secondary" in stars:
        assert {each.secondary_allowed for _, each in found} == {("A",)}
