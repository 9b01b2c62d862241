"""Worlds: a rule set and a graph of modules that its rules have something to say about.

`worlds()` draws both from one small vocabulary, so that most rules hold somewhere. The
patterns mean the same in RE2 and in Python's `re` (with `re.ASCII`), so that tests can
decide them without the matcher under test.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from attrs import frozen
from hypothesis import strategies as st

from starlang.manifests.graph import Column, ModuleGraph, Scalar
from starlang.manifests.profile import FacetSource, Profile, StarShape, ValueType
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.conditions import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Flag,
    HasAtLeast,
    Matches,
    Mentions,
    Not,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)
from starlang.rulesets.model import (
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
SEPARATORS = ("_", "-", " ", ".", "", "__")
REGEXES = (
    "mem",
    "mem|leak",
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


def _texts(words: Sequence[str], most: int) -> st.SearchStrategy[str]:
    """A few words in any spelling, joined in any way; "" now and then."""
    pieces = st.lists(st.tuples(st.sampled_from(words), st.sampled_from(SEPARATORS)), max_size=most)
    return pieces.map(lambda found: "".join(map("".join, found)))


PLAIN = _texts(WORDS, 3)
ANY = _texts((*WORDS, *CASED, *FOREIGN), 3)
SEGMENTS = st.one_of(PLAIN, PLAIN, ANY).filter(bool)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)
NAMES = st.one_of(st.just(""), PLAIN, ANY)

NUMBERS = st.sampled_from(
    tuple(map(Decimal, ("0", "1", "1.0", "2.50", "-3", "1E+2", "12345678901234567890123456789012")))
)
SCALARS: st.SearchStrategy[Scalar] = st.one_of(PLAIN.filter(bool), NUMBERS, st.booleans())
PROFILE_FACETS = ("owner", "capability", "size", "ready", "any")
FACETS = ("path", "name", "text", "star", *PROFILE_FACETS)


def needles() -> st.SearchStrategy[Needle]:
    """Needles of one to three words, some open."""
    folded = ("memory", "mem", "ocr", "leak", "vision", "v2", "2", "reader", "mémoire", "память")
    words = st.lists(st.sampled_from((*folded, "labs", "straße", "記憶")), min_size=1, max_size=3)
    return st.builds(lambda found, is_open: Needle(tuple(found), is_open), words, st.booleans())


def patterns() -> st.SearchStrategy[Pattern]:
    """Patterns that mean the same in RE2 and in `re`; only ASCII ones ignore case."""
    return st.builds(
        lambda regex, ignore: Pattern(regex, ignore and regex.isascii()),
        st.sampled_from(REGEXES),
        st.booleans(),
    )


def _values_of(facet: str) -> st.SearchStrategy[tuple[str, ...]]:
    if facet == "star":
        known = st.sampled_from((*GIVEN, "Supporting", "Guard"))
    elif facet == "path":
        known = PATHS
    else:
        known = st.one_of(PLAIN.filter(bool), st.sampled_from(("1", "2.5", "100", "true")))
    return st.sets(known, min_size=1, max_size=3).map(lambda found: tuple(sorted(found)))


def tests_over(facet: str) -> st.SearchStrategy[Test]:
    """Any test over `facet`."""
    this = st.just(facet)
    several = st.sets(needles(), min_size=1, max_size=3).map(lambda found: tuple(sorted(found)))
    globs = st.sets(st.sampled_from(GLOBS), min_size=1).map(lambda found: tuple(sorted(found)))
    mentions = st.builds(Mentions, this, several)
    matches = st.builds(Matches, this, patterns(), st.none() | patterns())
    return st.one_of(
        st.builds(OneOf, this, _values_of(facet)),
        st.builds(OnlyIn, this, _values_of(facet)),
        mentions,
        mentions,
        matches,
        matches,
        st.builds(Under, this, globs),
        st.builds(AtLeast, this, NUMBERS),
        st.builds(AtMost, this, NUMBERS),
        st.builds(HasAtLeast, this, st.integers(1, 2)),
        st.builds(Present, this),
        st.builds(Flag, this, st.booleans()),
    )


def conditions() -> st.SearchStrategy[Condition]:
    """Tests joined by `and`, `or` and `not`, a few levels deep."""

    def join(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        both = st.one_of(st.builds(AllOf, several), st.builds(AnyOf, several))
        return st.one_of(both, st.builds(Not, parts))

    leaves: st.SearchStrategy[Condition] = st.sampled_from(FACETS).flatmap(tests_over)
    return st.recursive(leaves, join, max_leaves=4)


AMOUNTS = st.sampled_from((50_000, 100_000, 333_333, 350_000, 400_000, 500_000, 999_999, 1_000_000))


@st.composite
def _rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    count = draw(st.integers(0, 7))
    return tuple(
        Rule(
            name=f"rule-{number}",
            star=draw(st.sampled_from(GIVEN)),
            sign=draw(st.sampled_from((1, 1, 1, -1))),
            weight=draw(AMOUNTS),
            kinds=("path",),
            condition=draw(conditions()),
            because=draw(st.sampled_from(("", "a reason"))),
            at=f"rules.star:{number + 1}:1",
        )
        for number in range(count)
    )


@st.composite
def confidences(draw: st.DrawFn) -> Confidence:
    """Thresholds of all kinds; a promote threshold is never below the suggest threshold."""
    suggest = draw(st.sampled_from((100_000, 300_000, 400_000)))
    higher = st.sampled_from((suggest, 400_000, 500_000, 750_000, 1_000_000))
    own = draw(st.dictionaries(st.sampled_from(GIVEN), higher, max_size=2))
    return Confidence(
        draw(st.sampled_from(Combine)),
        suggest,
        draw(higher),
        draw(st.sampled_from((0, 0, 50_000, 400_000))),
        tuple(sorted(own.items())),
    )


@st.composite
def _nevers(draw: st.DrawFn, paths: Sequence[str]) -> tuple[Never, ...]:
    some_paths = st.lists(st.sampled_from((*paths, "absent")), max_size=2, unique=True)
    return tuple(
        Never(
            tuple(sorted(draw(st.sets(st.sampled_from(GIVEN), max_size=2)))),
            draw(conditions()),
            tuple(sorted(draw(some_paths))),
            because="not here",
            at=f"rules.star:{90 + number}:1",
        )
        for number in range(draw(st.integers(0, 2)))
    )


@st.composite
def _assigns(draw: st.DrawFn, paths: Sequence[str]) -> tuple[Assign, ...]:
    chosen = draw(st.lists(st.sampled_from((*paths, "absent")), max_size=2, unique=True))
    stars = st.sampled_from((*GIVEN, "Supporting"))
    return tuple(Assign(path, draw(stars), because="decided") for path in sorted(chosen))


@st.composite
def ceilings(draw: st.DrawFn) -> Ceilings:
    """Ceilings that cross as they like."""
    amounts = st.one_of(
        st.builds(Amount, st.integers(0, 4).map(Fraction), st.just(value=False)),
        st.builds(Amount, st.fractions(0, 100, max_denominator=8), st.just(value=True)),
    )
    limits = st.builds(
        Ceiling,
        amounts,
        st.sampled_from(("", *GIVEN)),
        st.sampled_from(((), ("labs",), ("mem*", "v2"))),
        st.sampled_from(("", "star", "owner", "capability", "any")),
    )
    return Ceilings(
        tuple(draw(st.lists(limits, max_size=3))),
        tuple(draw(st.lists(st.builds(Floor, amounts), max_size=1))),
        draw(st.integers(1, 3)),
        draw(st.sampled_from(OnBreach)),
    )


def profile(
    secondary_allowed: tuple[str, ...] | None = None, *, in_one_list: bool = False
) -> Profile:
    """A profile with facets of every type; stars stand apart or in one list."""
    shape = (
        StarShape(all="/stars", secondary_allowed=secondary_allowed)
        if in_one_list
        else StarShape("/star", "/beside", secondary_allowed=secondary_allowed)
    )
    return Profile(
        "test",
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


def column(values: Sequence[tuple[Scalar, ...]]) -> Column:
    """The column of a facet that module `i` has `values[i]` of."""
    numbers: dict[tuple[tuple[type, Scalar], ...], int] = {}
    codes = [
        numbers.setdefault(tuple((type(each), each) for each in some), len(numbers))
        for some in values
    ]
    return Column(tuple(tuple(each for _, each in key) for key in numbers), codes)


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


def modules() -> st.SearchStrategy[list[Module]]:
    """One to eight modules, each path once."""
    some_texts = st.lists(ANY.filter(bool), max_size=3, unique=True).map(tuple)
    module = st.builds(
        Module,
        PATHS,
        NAMES,
        st.one_of(
            st.just(()),
            st.just(("Supporting",)),
            st.lists(st.sampled_from(LABELS), max_size=3, unique=True).map(tuple),
            st.sampled_from((("", "Flow"), ("Supporting", "✦ Trail (Memory)"))),
        ),
        some_texts.map(lambda found: found[:1]),
        some_texts,
        st.lists(NUMBERS, max_size=1).map(tuple),
        st.lists(st.booleans(), max_size=1).map(tuple),
        st.lists(SCALARS, max_size=3, unique_by=lambda value: (type(value), value)).map(tuple),
    )
    return st.lists(module, min_size=1, max_size=8, unique_by=lambda each: each.path)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A rule set and a graph."""
    of = profile(draw(st.sampled_from((None, ("🌊 Flow", "Watch"), ()))))
    graph = graph_of(draw(modules()), of)
    masks = st.lists(st.one_of(needles(), patterns()), max_size=2).map(
        lambda found: tuple(map(Mask, found))
    )
    rules = RuleSet(
        id="test",
        version="1",
        stars=STARS,
        order=tuple(draw(st.permutations(GIVEN)))[: draw(st.integers(0, 3))],
        rules=draw(_rules()),
        masks=draw(masks),
        confidence=draw(confidences()),
        nevers=draw(_nevers(graph.paths)),
        assigns=draw(_assigns(graph.paths)),
        ceilings=draw(ceilings()),
    )
    return World(rules, graph)
