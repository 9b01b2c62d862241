"""Valid rule files: random syntax trees, and texts that say them in any layout.

`star_files()` draws a pair of a text and the tree that it must be parsed to. Declarations
are right as syntax; names in them need not be declared, nor weights make sense.
"""

from decimal import Decimal
from typing import TypeVar, get_args

from hypothesis import strategies as st
from strategies.predicates import built
from strategies.star_texts import Writer

from starlang.rules.spelling import RELATIONS as MODULE_RELATIONS
from starlang.syntax.nodes import (
    Amount,
    And,
    AssignDecl,
    Bound,
    BreachSetting,
    CeilingsDecl,
    Cell,
    CombineSetting,
    Condition,
    ConfidenceDecl,
    Declaration,
    DefaultFloor,
    DeriveDecl,
    Entry,
    Events,
    Expect,
    Facet,
    FacetPredicate,
    File,
    ForbidDecl,
    Given,
    GivenModule,
    GivenModules,
    Header,
    In,
    InCycle,
    Is,
    MaskDecl,
    Name,
    Neighbours,
    NeverDecl,
    Not,
    Number,
    Or,
    Order,
    PromotedLimit,
    Regex,
    Row,
    RuleDecl,
    Ruleset,
    SameSource,
    StarDecl,
    StarsPerModule,
    StarTest,
    Table,
    TestDecl,
    Text,
    ThresholdSetting,
    Use,
    WeightEntry,
    Weights,
)
from starlang.syntax.words import RELATIONS, RESERVED
from starlang.text import Source

T = TypeVar("T")

_STATES = ["missing", "present", "true", "false"]
_OUTCOMES = ["suggested", "contested", "weak", "silent", "barred", "kept"]
# Without `derive` and `only`: in a file with errors, a star called `derive` after
# `expect suggested` is taken for a declaration, and a facet called `only` before `in` for a test.
_SOFT = [
    "label",
    "most",
    "field",
    "has",
    "starts",
    "ends",
    "with",
    "values",
    "sum",
    "until",
    "except",
    "stars",
    "due",
]
_NOT_NAMES = RESERVED | RELATIONS | {"field"} | set(_OUTCOMES)

# Leaves

names = (
    st.one_of(
        st.sampled_from(["Trail", "memory-words", "a", "_x", "A1", "x--y", *_SOFT]),
        st.from_regex(r"[A-Za-z_]([A-Za-z0-9_-]{0,6}[A-Za-z0-9_])?", fullmatch=True),
    )
    .filter(lambda text: text not in _NOT_NAMES)
    .map(Name)
)
words = st.one_of(
    st.sampled_from(
        ["memory", "2fa", "api_gateway", "vector-index", "größe", "7", *_SOFT, *_STATES]
    ),
    st.from_regex(r"[A-Za-z0-9_]{1,6}(-[A-Za-z0-9_]{1,4})?", fullmatch=True),
).filter(lambda text: text not in RESERVED)
strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(Text)
bare = words.map(lambda text: Text(text, quoted=False))
values = bare | strings
values_after_is = bare.filter(lambda value: value.text not in _STATES) | strings
needles = values | words.map(lambda text: Text(f"{text}*", quoted=False))
numbers = st.decimals(0, 1000, places=3).map(lambda value: Number(value.normalize() + 0))
counts = st.integers(0, 900).map(lambda value: Number(Decimal(value)))
given_values = values | numbers.map(lambda number: Text(f"{number.value:f}", quoted=False))
regexes = st.builds(
    Regex,
    st.sampled_from(["memory", r"\bocr\b", "[/]", r"a\/b", "[]a/]+", "[^]]", "[[:alpha:]/]x", "#"]),
    ignore_case=st.booleans(),
)
facets = names.map(lambda name: Facet(name.text)) | st.sampled_from(
    [
        Facet("star"),
        Facet("path"),
        Facet("field", "/testing/has tests"),
        Facet("field", "/a/*/b"),
    ]
)


def several(elements: st.SearchStrategy[T], least: int = 1) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(elements, min_size=least, max_size=3).map(tuple)


# Conditions

relations = st.sampled_from(MODULE_RELATIONS)
maybe_bound = st.none() | st.builds(Bound, st.booleans(), numbers)
maybe_standing = st.none() | st.builds(StarTest, st.sampled_from(["currently", "reaching"]), names)
event_relations = st.sampled_from(["publishes", "subscribes"])
predicates: st.SearchStrategy[Condition] = st.one_of(
    *built(
        get_args(FacetPredicate),
        {
            "facet": facets,
            "value": values_after_is,
            "values": several(values),
            "needles": several(needles),
            "pattern": regexes,
            "ignoring": st.none() | regexes,
            "globs": several(strings),
            "texts": several(strings),
            "day": strings,
            "at_least": st.booleans(),
            "number": numbers,
            "count": counts,
            "word": st.sampled_from(_STATES),
            "negated": st.booleans(),
            "only": st.booleans(),
        },
    ),
    st.builds(
        Neighbours,
        relations,
        maybe_bound,
        maybe_standing,
        several(strings, 0),
        st.none() | st.builds(Is, facets, values_after_is),
    ),
    st.builds(Events, event_relations, maybe_bound, several(strings, 0)),
    st.builds(InCycle),
).filter(lambda test: not (isinstance(test, In) and test.only and test.negated))
conditions: st.SearchStrategy[Condition] = st.recursive(
    predicates,
    lambda inner: st.one_of(several(inner, 2).map(And), several(inner, 2).map(Or), inner.map(Not)),
    max_leaves=5,
)

# Declarations

maybe_weight = st.none() | numbers
maybe_text = st.none() | strings
cells = st.builds(Cell, values | regexes) | st.builds(Cell, strings, under=st.just(value=True))
rows = st.builds(Row, several(cells), names, st.booleans(), maybe_weight, maybe_text)
limits = st.one_of(
    st.builds(
        PromotedLimit,
        st.builds(Amount, numbers.map(lambda number: number.value), percent=st.booleans()),
        star=st.none() | names,
        globs=several(strings, 0),
        per=st.none() | facets,
    ),
    st.builds(StarsPerModule, counts),
    st.builds(
        DefaultFloor,
        st.builds(Amount, numbers.map(lambda number: number.value), percent=st.booleans()),
        names,
    ),
    st.sampled_from(["abort", "defer"]).map(lambda word: BreachSetting(Name(word))),
)
settings = st.one_of(
    st.sampled_from(["sum", "max", "noisy_or"]).map(lambda word: CombineSetting(Name(word))),
    st.builds(ThresholdSetting, st.sampled_from(["suggest", "margin", "promote"]), numbers),
    st.builds(ThresholdSetting, st.just("promote"), numbers, st.none() | names, numbers),
    st.builds(ThresholdSetting, st.just("promote"), numbers, names),
    st.builds(SameSource, several(facets.filter(lambda each: each.name != "star"))),
)
expectations = st.builds(Expect, st.sampled_from(["", *_OUTCOMES]), names, st.none() | numbers)
expectations |= st.builds(Expect, st.sampled_from(_OUTCOMES), st.none(), st.none() | numbers)
expectations |= st.builds(
    Expect, st.sampled_from(["forbidden", "not forbidden"]), st.none(), st.none(), strings
)
facts = st.builds(Given, facets, several(given_values).map(lambda found: found[:1]))
givens = st.one_of(
    st.builds(Given, facets, several(given_values)),
    st.builds(Given, st.sampled_from([Facet("publishes"), Facet("subscribes")]), several(strings)),
    st.builds(
        GivenModules,
        relations,
        several(
            st.builds(GivenModule, strings, names, several(facts, 0))
            | st.builds(GivenModule, strings, st.none(), several(facts))
        ),
    ),
)
nevers = st.builds(
    NeverDecl,
    several(names, 0),
    several(strings),
    st.none(),
    exempt=several(strings, 0),
    because=strings,
    until=maybe_text,
) | st.builds(
    NeverDecl,
    several(names, 0),
    st.just(()),
    conditions,
    st.none() | conditions,
    exempt=several(strings, 0),
    because=strings,
    until=maybe_text,
)
declarations: st.SearchStrategy[Declaration] = st.one_of(
    st.builds(Ruleset, names, strings, several(st.builds(Entry, names, several(strings)), 0)),
    strings.map(Use),
    several(names).map(Order),
    st.builds(
        StarDecl,
        names,
        is_default=st.booleans(),
        label=maybe_text,
        emoji=maybe_text,
        domain=maybe_text,
        aka=several(values, 0),
    ),
    several(
        st.builds(WeightEntry, names | st.just(Name("star")) | st.just(Name("field")), numbers), 0
    ).map(Weights),
    several(settings, 0).map(ConfidenceDecl),
    st.builds(
        DeriveDecl,
        names.map(lambda name: Facet(name.text)),
        given_values,
        conditions,
        st.none() | conditions,
        maybe_text,
    ),
    st.builds(MaskDecl, several(needles), st.none(), strings),
    st.builds(MaskDecl, st.just(()), regexes, strings),
    st.builds(
        RuleDecl,
        names,
        names,
        st.booleans(),
        conditions,
        st.none() | conditions,
        maybe_weight,
        maybe_text,
    ),
    st.builds(Table, facets, several(rows, 0), maybe_weight, maybe_text),
    nevers,
    st.builds(
        ForbidDecl,
        strings,
        conditions,
        st.none() | conditions,
        several(strings, 0),
        strings,
        maybe_text,
    ),
    st.builds(AssignDecl, several(strings), names, strings, maybe_text),
    several(limits, 0).map(CeilingsDecl),
    st.builds(TestDecl, strings, several(givens, 0), expectations),
)


@st.composite
def star_files(draw: st.DrawFn, most: int = 5, *, header: bool = True) -> tuple[str, File]:
    """A text of up to `most` declarations, and its tree; spans are not compared.

    Without `header` it is a part of a file, below another one's `starlang 1`.
    """
    drawn = tuple(draw(st.lists(declarations, max_size=most)))
    writer = Writer(draw(st.randoms(use_true_random=False)))
    first = ["starlang", "1"] if header else []
    text = writer.laid_out([*first, *(part for each in drawn for part in writer.parts(each))])
    head = Header(Number(Decimal(1))) if header else None
    return text, File(Source("drawn.star", text), head, drawn)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A right file with a few stretches removed, doubled or replaced."""
    text, _ = draw(star_files())
    pieces = [
        "",
        "(",
        ")",
        "{",
        "}",
        '"',
        "/",
        ",",
        "->",
        "not",
        " rule ",
        "star",
        "=",
        "\u200b",
        "é",
    ]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 8)))
        piece = draw(st.sampled_from([*pieces, text[start:end] * 2]))
        text = text[:start] + piece + text[end:]
    return text
