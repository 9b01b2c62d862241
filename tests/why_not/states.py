"""Every state that a module could be in, and which of them are promoted: by brute force.

Nothing here knows how the answer is searched: all states are modules of one graph.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import chain, combinations, product
from typing import get_args

from attrs import evolve, frozen
from hypothesis import strategies as st
from strategies.predicates import built
from strategies.profiles import profile_of, star_shape

from starlang.engine.ceilings import settle
from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import evaluate
from starlang.explain.explain import Explainer
from starlang.explain.model import Explanation
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import FacetSource
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.model import (
    Combine,
    Confidence,
    Derivation,
    Never,
    Rule,
    RuleSet,
    Star,
)
from starlang.rules.predicates import FacetTest, OneOf, Test
from starlang.rules.text_predicates import Before

GIVEN = ("Flow", "Trail", "Watch")
STARS = (*(Star(name, name) for name in GIVEN), Star("Plain", "Plain", is_default=True))

VALUES = {"cap": ("a", "b", "c", "x", "y"), "tag": ("a", "d", "x", "y"), "owner": ("e", "f", "x")}
"""What each facet may have. No test names `x` and `y`, and none counts further than three."""

LISTS = ("cap", "tag")
PROFILE = profile_of(
    star_shape("/star"),
    facets=(
        FacetSource("cap", ("/caps/*/name",)),
        FacetSource("tag", ("/tags/*",)),
        FacetSource("owner", ("/owner",), missing=("nobody",)),
    ),
)

State = tuple[tuple[str, ...], ...]
"""The values of `cap`, `tag` and `owner`."""


def _some(facet: str, *more: str) -> Iterator[tuple[str, ...]]:
    values = (*VALUES[facet], *more)
    most = len(values) if facet in LISTS else 1
    return chain.from_iterable(combinations(values, size) for size in range(most + 1))


ALL = tuple(product(*map(_some, VALUES)))

WITH_ANYTHING = tuple(product(*(_some(facet, "anything") for facet in VALUES)))
"""The same with the value that is offered where any will do: it starts with a letter of others."""


NAME = "word"
"""A name for conditions: no manifest has it."""


def _nameable(facet: str) -> tuple[str, ...]:
    values = VALUES.get(facet, ("k", "l"))
    return tuple(value for value in values if value not in {"x", "y"})


def _named(facet: str) -> st.SearchStrategy[tuple[str, ...]]:
    known = st.sampled_from(_nameable(facet))
    return st.sets(known, min_size=1, max_size=2).map(lambda found: tuple(sorted(found)))


@cache  # drawn from for each leaf, and made and checked in more time than that takes
def _tests(facet: str) -> st.SearchStrategy[Test]:
    """Tests that each of the values without a name meets, or none of them."""
    known = st.sampled_from(_nameable(facet))
    one = known.map(lambda value: (value,))
    said = {
        "facet": st.just(facet),
        "values": _named(facet),
        "needles": known.map(lambda value: (Needle((value,)),)),
        "pattern": known.map(Pattern),
        "ignoring": st.none(),
        "globs": one,
        "texts": one,
        "number": st.just(Decimal(1)),
        "count": st.integers(1, 2),
        "value": st.booleans(),
    }
    # A day is a value that no state has, and that is named all the same.
    tests = [test for test in get_args(FacetTest) if test is not Before]
    return st.one_of(built([OneOf, OneOf, *tests], said))


def _join(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=2).map(tuple)
    return st.one_of(st.builds(AllOf, several), st.builds(AnyOf, several), st.builds(Not, parts))


def conditions(*facets: str) -> st.SearchStrategy[Condition]:
    """Conditions over these facets."""
    return st.recursive(st.sampled_from(facets).flatmap(_tests), _join, max_leaves=3)


CONDITIONS = conditions(*VALUES)
RULES = st.lists(
    st.builds(
        Rule,
        st.just(""),
        st.sampled_from(("Trail", "Trail", "Flow", "Watch")),
        st.sampled_from((1, 1, 1, -1)),
        st.sampled_from((200_000, 300_000, 400_000, 500_000, 700_000)),
        st.just(("cap",)),
        CONDITIONS,
    ),
    min_size=1,
    max_size=10,
).map(lambda rules: tuple(evolve(rule, name=f"r{n}") for n, rule in enumerate(rules)))
NEVERS = st.lists(
    st.builds(Never, st.sampled_from(((), ("Trail",), ("Flow",))), CONDITIONS), max_size=1
).map(tuple)
CONFIDENCES = st.builds(
    Confidence,
    st.sampled_from(Combine),
    st.just(400_000),
    st.sampled_from((500_000, 700_000, 900_000)),
    st.sampled_from((0, 0, 100_000)),
)
RULE_SETS = st.builds(
    RuleSet,
    st.just("states"),
    st.just("1"),
    st.just(STARS),
    st.just(GIVEN),
    RULES,
    confidence=CONFIDENCES,
    nevers=NEVERS,
)
STATES = st.sampled_from(ALL)


def _derivations(facet: str, *read: str) -> st.SearchStrategy[tuple[Derivation, ...]]:
    values = st.sampled_from(_nameable(facet))
    made = st.builds(Derivation, st.just(facet), values, conditions(*read))
    return st.lists(made, max_size=2).map(tuple)


DERIVATIONS = st.builds(
    lambda *several: tuple(chain(*several)),
    _derivations(NAME, "cap"),
    _derivations("tag", "cap", NAME),
    _derivations("owner", "cap", "tag", NAME),
)
"""A name, and a list and a single value that are filled in; none reads what comes after it."""


def _with_derivations(
    rules: RuleSet, derivations: tuple[Derivation, ...], facets: list[str], sources: int
) -> RuleSet:
    """`rules`, of which some also read what is derived; the more sources, the fewer facets."""
    reading = tuple(
        evolve(rule, condition=OneOf(facet, _nameable(facet)[:1]))
        for rule, facet in zip(rules.rules, facets, strict=False)
    )
    return evolve(
        rules,
        rules=(*reading, *rules.rules[len(reading) :]),
        derivations=derivations,
        confidence=evolve(rules.confidence, sources=sources),
        facets=tuple(facet.use for facet in PROFILE.facets),
    )


DERIVING_RULE_SETS = st.builds(
    _with_derivations,
    RULE_SETS,
    DERIVATIONS,
    st.lists(st.sampled_from((NAME, NAME, "tag", "owner")), min_size=1, max_size=3),
    st.sampled_from((1, 1, 2)),
)


def graph_of(states: Sequence[State], labels: Sequence[str] = ("Plain",)) -> ModuleGraph:
    """A graph with a module in each of `states`, which carry `labels` in turn."""
    paths = tuple(f"m{number:05}" for number in range(len(states)))
    return ModuleGraph(
        paths=paths,
        names=("",) * len(states),
        stars=tuple((labels[number % len(labels)],) for number in range(len(states))),
        columns={
            facet: FacetColumn(tuple(state[at] for state in states), range(len(states)))
            for at, facet in enumerate(VALUES)
        },
        profile=PROFILE,
    )


KNOWN: State = tuple(VALUES.values())
"""A state with every value, so that each is in the vocabulary of a graph with it."""


@frozen
class Promoted:
    """The states in which a module would be promoted, by star."""

    by_star: dict[str, list[State]]

    def nearest(self, star: str, state: State) -> int | None:
        """How many changes the nearest one is away, or None if there is none."""
        return min((distance(state, each) for each in self.by_star.get(star, [])), default=None)


def promoted(rules: RuleSet) -> Promoted:
    """Every state, decided as a module of its own; without ceilings they do not meet."""
    evaluation = evaluate(rules, graph_of(ALL))
    found: dict[str, list[State]] = {}
    for number, state in enumerate(ALL):
        decision = evaluation.decision(number)
        if decision.outcome is Outcome.PROMOTED and decision.star is not None:
            found.setdefault(decision.star, []).append(state)
    return Promoted(found)


def distance(before: State, after: State) -> int:
    """How many values are added or taken away; of a single one, whether it changes."""
    changed = 0
    for facet, old, new in zip(VALUES, before, after, strict=True):
        different = set(old) ^ set(new)
        changed += len(different) if facet in LISTS else bool(different)
    return changed


def explained(rules: RuleSet, graph: ModuleGraph) -> list[Explanation]:
    evaluation = evaluate(rules, graph)
    explainer = Explainer(evaluation, settle(evaluation))
    return [explainer.explain(module) for module in range(len(graph))]
