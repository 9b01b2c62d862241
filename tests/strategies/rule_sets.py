"""Worlds: a rule set and a graph of modules that its rules have something to say about.

`worlds()` draws both from one small vocabulary, so that most rules hold somewhere. The
patterns mean the same in RE2 and in Python's `re` (with `re.ASCII`), so that tests can
decide them without the matcher under test.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from random import Random
from typing import TypeVar, get_args

from attrs import evolve, frozen
from hypothesis import strategies as st
from strategies.predicates import built
from strategies.profiles import profile_of, star_shape

from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import FacetSource, Profile, ValueType
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.model import (
    Amount,
    Assign,
    Ceiling,
    Ceilings,
    Combine,
    Confidence,
    Floor,
    Mask,
    Never,
    OnBreach,
    Rule,
    RuleSet,
    Star,
)
from starlang.rules.predicates import FacetTest, Test
from starlang.rules.spelling import Scalar
from starlang.rules.text_predicates import Matches, Seeing

T = TypeVar("T", str, Needle)

STARS = (
    Star("Flow", "🌊 Flow", ("Stream", "e\u0301lan"), emoji="🌊"),
    Star("Supporting", "Supporting", ("None",), is_default=True),
    Star("Trail", "✦ Trail (Memory)", ("Memory",)),
    Star("Watch", "🛡️ Watch"),
)
GIVEN = ("Flow", "Trail", "Watch")
LABELS = (
    "Supporting",
    "None",
    "Flow",
    "🌊 Flow",
    "🌊\ufe0f Flow",
    "élan",
    "Memory",
    "🛡 Watch",
    "flow",
    "Guard",
)

WORDS = ("memory", "mem", "ocr", "endocrine", "vision", "leak", "v2", "2", "labs")
CASED = ("Memory", "OCR", "OCRReader", "memoryLeak", "V2", "VISION", "Labs2Go")
FOREIGN = ("mémoire", "me\u0301moire", "MÉMOIRE", "памʼять", "Память", "straße", "STRAẞE", "記憶")
FOLDED = ("mémoire", "память", "straße", "記憶")
SEPARATORS = ("_", "-", " ", ".", "", "__")
REGEXES = (
    "mem",
    "mem|leak",
    "Mem|OCR",
    "Labs",
    "mem(ory)?|vi[s-t]ion",
    r"\bmem",
    r"ocr\b",
    r"\b2",
    "^mem",
    "leak$",
    "o.*r",
    "[lm]e[a-m]+",
    "y[ _-]leak",
    "/v2|labs/",
    " ",
    r"\d+",
    "é",
    "м",
    r"\b",
)
GLOBS = ("labs", "mem*", "*", "**", "labs/**", "**/ocr", "*/v?", "mem/**/ocr", "v2/ocr")


@frozen
class World:
    """A rule set, and a graph to decide by it."""

    rules: RuleSet
    graph: ModuleGraph


def _texts(words: Sequence[str], count: int) -> list[str]:
    """`count` texts of one to three words each, joined in all ways; always the same."""
    chance = Random(count)  # noqa: S311 -- no secret
    return [
        "".join(
            chance.choice(words) + chance.choice(SEPARATORS) for _ in range(chance.randint(1, 3))
        )
        for _ in range(count)
    ]


def _paths(segments: Sequence[str], count: int) -> list[str]:
    chance = Random(count)  # noqa: S311 -- no secret
    return ["/".join(chance.choices(segments, k=chance.randint(1, 3))) for _ in range(count)]


# Pools of texts, because one choice of many is drawn (and shrunk) faster than many of few.
PLAIN = st.sampled_from(_texts(WORDS, 120))
ANY = st.sampled_from(_texts((*WORDS, *CASED, *FOREIGN), 360))
PATHS = st.sampled_from(
    sorted({"labs", "mem", "v2/ocr", *_paths(_texts((*WORDS, *WORDS, *CASED, *FOREIGN), 200), 360)})
)
NAMES = st.one_of(st.just(""), PLAIN, ANY)

NUMBERS = st.sampled_from(
    tuple(map(Decimal, ("0", "1", "1.0", "2.50", "-3", "1E+2", "12345678901234567890123456789012")))
)
SCALARS: st.SearchStrategy[Scalar] = st.one_of(PLAIN, NUMBERS, st.booleans())
PROFILE_FACETS = ("owner", "capability", "size", "ready", "any")
FACETS = ("path", "name", "text", "star", *PROFILE_FACETS)


def _needles(count: int) -> list[Needle]:
    words = ("memory", "mem", "ocr", "leak", "vision", "v2", "2", "reader", "labs")
    chance = Random(count)  # noqa: S311 -- no secret
    found = {
        Needle(tuple(chance.choices((*words, *FOLDED), k=chance.choice((1, 1, 2, 3)))), is_open)
        for _ in range(count)
        for is_open in (False, True)
    }
    return sorted({*found, *(Needle((word,)) for word in (*words, *FOLDED))})


NEEDLES = st.sampled_from(_needles(60))
"""Needles of one to three words, some open."""

PATTERNS = st.sampled_from(
    [Pattern(regex) for regex in REGEXES]
    + [Pattern(regex, ignore_case=True) for regex in REGEXES if regex.isascii()]
)
"""Patterns that mean the same in RE2 and in `re`; only ASCII ones ignore case."""


NAMES_FOR_CONDITIONS = ("ui", "word")
"""Facets that only derivations make."""
DERIVED = st.sampled_from(("yes", "no", "memory", "2024-02-29"))
"""Their values, and some of those that are filled in."""


@cache
def _values_of(facet: str) -> st.SearchStrategy[tuple[str, ...]]:
    if facet == "star":
        known = st.sampled_from((*GIVEN, "Supporting", "Guard"))
    elif facet == "path":
        known = PATHS
    elif facet in NAMES_FOR_CONDITIONS:
        known = DERIVED
    else:
        known = st.one_of(PLAIN, st.sampled_from(("1", "2.5", "100", "true")), DERIVED)
    return st.sets(known, min_size=1, max_size=3).map(lambda found: tuple(sorted(found)))


EDGES = st.sampled_from(
    ("m", "mem", "memory", "Mem", "labs/", "labs", "y", "2", "é", "/", "ocr", "v2/")
)
"""What texts begin or end with."""


DAYS = ("2024-03-01", "2025-01-01", "0001-01-02", "9999-12-31")
"""What dates are compared with."""
DATES = st.sampled_from(
    (
        "2024-02-29",
        "2024-03-01",
        "2023-02-29",
        "2024-12-31T23:59:59Z",
        "2025-01-01 00:00+02:00",
        "2025-1-1",
        "2024",
        "0001-01-01",
        "2024-12-31T24:00Z",
        "2024-12-31x",
        "2024-12-31T09",
    )
)
"""Dates, date-times, and what is taken for one and is not."""


def listed(elements: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """One to three elements, sorted, each once: as a compiled rule has them."""
    return st.sets(elements, min_size=1, max_size=3).map(lambda found: tuple(sorted(found)))


@cache
def any_test_over(facet: str) -> st.SearchStrategy[Test]:
    """Any test over `facet`; those that look into texts are drawn more often."""
    said = {
        "facet": st.just(facet),
        "values": _values_of(facet),
        "needles": listed(NEEDLES),
        "pattern": PATTERNS,
        "ignoring": st.none() | PATTERNS,
        "globs": listed(st.sampled_from(GLOBS)),
        "texts": listed(EDGES),
        "number": NUMBERS,
        "count": st.integers(1, 2),
        "value": st.booleans(),
        "day": st.sampled_from(DAYS),
    }
    classes = get_args(FacetTest)
    often = [each for each in classes if issubclass(each, Seeing)]
    return st.one_of(built([*classes, *often], said))


@cache
def conditions() -> st.SearchStrategy[Condition]:
    """Tests joined by `and`, `or` and `not`, a few levels deep."""

    def join(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        both = st.one_of(st.builds(AllOf, several), st.builds(AnyOf, several))
        return st.one_of(both, st.builds(Not, parts))

    frequent = Matches("path", Pattern("[a-m]"))
    leaves: st.SearchStrategy[Condition] = st.one_of(
        st.sampled_from(FACETS).flatmap(any_test_over),
        st.sampled_from(("path", "text", "name")).flatmap(any_test_over),
        st.just(frequent),
    )
    return st.recursive(leaves, join, max_leaves=4)


AMOUNTS = st.sampled_from((50_000, 100_000, 333_333, 350_000, 400_000, 500_000, 999_999, 1_000_000))
SIGNS = st.sampled_from((1, 1, 1, -1))
BECAUSE = st.sampled_from(("", "a reason"))
RULES = st.lists(
    st.builds(
        Rule,
        name=st.just(""),
        star=st.sampled_from(GIVEN),
        sign=SIGNS,
        weight=AMOUNTS,
        kinds=st.just(("path",)),
        condition=conditions(),
        because=BECAUSE,
    ),
    min_size=1,
    max_size=9,
).map(
    lambda found: tuple(
        evolve(rule, name=f"rule-{number}", at=f"rules.star:{number + 1}:1")
        for number, rule in enumerate(found)
    )
)
NEVERS = st.lists(
    st.builds(
        Never,
        st.sets(st.sampled_from(GIVEN), max_size=2).map(lambda found: tuple(sorted(found))),
        conditions(),
        because=st.just("not here"),
    ),
    max_size=2,
)
CONFIDENCES = st.builds(
    Confidence,
    st.sampled_from(Combine),
    st.sampled_from((50_000, 300_000, 400_000)),
    st.sampled_from((400_000, 400_000, 750_000)),
    st.sampled_from((0, 0, 50_000, 400_000)),
    st.sampled_from(((), (("Flow", 900_000),), (("Flow", 400_000), ("Watch", 1_000_000)))),
    st.sampled_from((1, 1, 2, 2, 3)),
    st.sampled_from(((), (), (("Flow", 1),), (("Flow", 2), ("Trail", 9)))),
    st.sampled_from(((), (), (("owner", "path"),), (("any", "capability"), ("graph", "path")))),
)
COUNTS = st.builds(Amount, st.integers(0, 4).map(Fraction), st.just(value=False))
SHARES = st.builds(
    Amount,
    st.sampled_from([Fraction(*pair) for pair in ((0, 1), (50, 1), (100, 3), (99, 2), (100, 1))]),
    st.just(value=True),
)
LIMITS = st.builds(
    Ceiling,
    st.one_of(COUNTS, SHARES),
    st.sampled_from(("", *GIVEN)),
    st.sampled_from(((), ("labs",), ("mem*", "v2"))),
    st.sampled_from(("", "star", "owner", "capability", "any")),
)
CEILINGS = st.builds(
    Ceilings,
    st.lists(LIMITS, max_size=3).map(tuple),
    st.lists(st.builds(Floor, st.one_of(COUNTS, SHARES)), max_size=1).map(tuple),
    st.integers(1, 3),
    st.sampled_from(OnBreach),
)
"""Ceilings that cross as they like."""


def profile(
    secondary_allowed: tuple[str, ...] | None = None, *, in_one_list: bool = False
) -> Profile:
    """A profile with facets of every type; stars stand apart or in one list."""
    shape = (
        star_shape(every="/stars", secondary_allowed=secondary_allowed)
        if in_one_list
        else star_shape("/star", "/beside", secondary_allowed=secondary_allowed)
    )
    return profile_of(
        shape,
        module_name="/name",
        facets=(
            FacetSource("owner", ("/owner",)),
            FacetSource("capability", ("/capabilities/*",), group_missing=False),
            FacetSource("size", ("/size",), type=ValueType.NUMBER),
            FacetSource("ready", ("/ready",), type=ValueType.FLAG),
            FacetSource("any", ("/any/*",), type=ValueType.ANY),
        ),
    )


def column(values: Sequence[tuple[Scalar, ...]]) -> FacetColumn:
    """The column of a facet that module `i` has `values[i]` of."""
    numbers: dict[tuple[tuple[type, Scalar], ...], int] = {}
    codes = [
        numbers.setdefault(tuple((type(each), each) for each in some), len(numbers))
        for some in values
    ]
    return FacetColumn(tuple(tuple(each for _, each in key) for key in numbers), codes)


@frozen
class Module:
    """One module of a graph made in memory."""

    path: str
    name: str = ""
    stars: tuple[str, ...] = ()
    owner: tuple[Scalar, ...] = ()
    capability: tuple[Scalar, ...] = ()
    size: tuple[Scalar, ...] = ()
    ready: tuple[Scalar, ...] = ()
    any: tuple[Scalar, ...] = ()


def graph_of(modules: Sequence[Module], of: Profile | None = None) -> ModuleGraph:
    """The graph of `modules`, in any order."""
    ordered = sorted(modules, key=lambda module: module.path)
    return ModuleGraph(
        paths=tuple(module.path for module in ordered),
        names=tuple(module.name for module in ordered),
        stars=tuple(module.stars for module in ordered),
        columns={
            "owner": column([module.owner for module in ordered]),
            "capability": column([module.capability for module in ordered]),
            "size": column([module.size for module in ordered]),
            "ready": column([module.ready for module in ordered]),
            "any": column([module.any for module in ordered]),
        },
        profile=of or profile(),
    )


_SOME_TEXTS = st.lists(ANY | DATES, max_size=3, unique=True).map(tuple)
_STARS = st.sampled_from(
    [(), (), (), ("Supporting",), ("None",), ("", "Flow"), ("Supporting", "✦ Trail (Memory)")]
    + [("Supporting", label) for label in LABELS]
    + [(label,) for label in LABELS]
    + [("Flow", "Watch", "Trail"), ("Guard", "Flow")]
)
MODULES = st.lists(
    st.builds(
        Module,
        PATHS,
        NAMES,
        _STARS,
        _SOME_TEXTS.map(lambda found: found[:1]),
        _SOME_TEXTS,
        st.lists(NUMBERS, max_size=1).map(tuple),
        st.lists(st.booleans(), max_size=1).map(tuple),
        st.lists(SCALARS, max_size=3, unique_by=lambda value: (type(value), value)).map(tuple),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda module: module.path,
)
_ALLOWED = st.sampled_from((None, ("🌊 Flow", "Watch"), ()))
_ORDERS = st.permutations(GIVEN).map(tuple)
_MASKS = st.lists(st.one_of(NEEDLES, PATTERNS), max_size=2)
_PLACES = st.lists(st.integers(0, 9), max_size=2, unique=True)
_GIVEN_OR_DEFAULT = st.sampled_from((*GIVEN, "Supporting"))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A rule set and a graph. Exceptions name paths of the graph, and some that it has not."""
    graph = graph_of(draw(MODULES), profile(draw(_ALLOWED)))

    def paths() -> list[str]:
        known = [*graph.paths, "absent"]
        return sorted({known[min(place, len(known) - 1)] for place in draw(_PLACES)})

    nevers = (evolve(never, unless_paths=tuple(paths())) for never in draw(NEVERS))
    assigns = (Assign(path, draw(_GIVEN_OR_DEFAULT), because="decided") for path in paths())
    rules = RuleSet(
        id="test",
        version="1",
        stars=STARS,
        order=draw(_ORDERS)[: draw(st.integers(0, 3))],
        rules=draw(RULES),
        masks=tuple(map(Mask, draw(_MASKS))),
        confidence=draw(CONFIDENCES),
        nevers=tuple(nevers),
        assigns=tuple(assigns),
        ceilings=draw(CEILINGS),
    )
    return World(rules, graph)
