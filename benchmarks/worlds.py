"""Made-up monorepos and rule sets of any size; the same seed gives the same ones."""

from collections.abc import Iterator, Sequence
from itertools import count
from random import Random

from attrs import evolve

from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import FacetSource, Place, Profile, Shape, StarShape
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, Condition, Not
from starlang.rules.model import Mask, Never, Rule, RuleSet, Star
from starlang.rules.predicates import OneOf
from starlang.rules.text_predicates import Matches, Mentions, Under

GIVEN = ("Anchor", "Drift", "Flow", "Horizon", "Living", "Oracle", "Trail", "Watch")
STARS = (*map(Star, GIVEN, GIVEN), Star("Supporting", "Supporting", is_default=True))
PROFILE = Profile(
    "benchmark",
    (Shape(StarShape(primary=Place("star", ("/star",)))),),
    facets=tuple(FacetSource(name, (f"/{name}",)) for name in ("capability", "node", "owner")),
)

_CONSONANTS, _VOWELS = "bcdfghklmnprstvwz", "aeiou"


def vocabulary(chance: Random, amount: int) -> list[str]:
    """`amount` different words of six to eleven letters."""
    found: dict[str, None] = {}
    while len(found) < amount:
        syllables = range(chance.randint(3, 5))
        word = "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in syllables)
        found[word + chance.choice(("", "", "n", "r", "s"))] = None
    return list(found)


def paths(chance: Random, words: Sequence[str], amount: int) -> tuple[str, ...]:
    """`amount` paths, sorted: twenty modules a directory, and every last segment a new one."""
    directories = [
        "/".join("_".join(chance.choices(words, k=2)) for _ in range(chance.randint(1, 3)))
        for _ in range(amount // 20 + 1)
    ]
    numbers = count()
    return tuple(
        sorted(
            f"{chance.choice(directories)}/{'_'.join(chance.choices(words, k=2))}_{next(numbers)}"
            for _ in range(amount)
        )
    )


def graph(chance: Random, words: Sequence[str], amount: int) -> ModuleGraph:
    """Modules with paths and facets; five in six carry the default star."""
    columns = {
        facet: _column(chance, [f"{facet}_{number}" for number in range(different)], amount)
        for facet, different in (("capability", 60), ("node", 6), ("owner", 40))
    }
    carried = [*([()] * 5), (chance.choice(GIVEN),)]
    return ModuleGraph(
        paths=paths(chance, words, amount),
        names=("",) * amount,
        stars=tuple(chance.choices(carried, k=amount)),
        columns=columns,
        profile=PROFILE,
    )


def _column(chance: Random, values: Sequence[str], amount: int) -> FacetColumn:
    tuples = ((), *((value,) for value in values), tuple(values[:2]))
    return FacetColumn(tuples, bytes(chance.choices(range(len(tuples)), k=amount)))


def path_conditions(words: Iterator[str], amount: int) -> list[Condition]:
    """Of twenty, fourteen `mentions`, five alternations, one bounded or anchored pattern."""
    shapes = [_mentions] * 14 + [_alternation] * 5 + [_bounded]
    return [shapes[number % len(shapes)](words, number) for number in range(amount)]


def _mentions(words: Iterator[str], number: int) -> Condition:
    return Mentions("path", (Needle((next(words),), open=number % 7 == 0),))


def _alternation(words: Iterator[str], _: int) -> Condition:
    three = "|".join(next(words) for _ in range(3))
    return Matches("path", Pattern(three, ignore_case=True))


def _bounded(words: Iterator[str], number: int) -> Condition:
    start = "^" if number % 40 < 20 else r"\b"  # noqa: PLR2004 -- in turn
    return Matches("path", Pattern(f"{start}{next(words)}"))


def rule_set(conditions: Sequence[Condition]) -> RuleSet:
    """A rule of 0.40 for each condition, for one star after the other."""
    rules = tuple(
        Rule(f"rule-{number:05}", GIVEN[number % len(GIVEN)], 1, 400_000, ("path",), condition)
        for number, condition in enumerate(conditions)
    )
    return RuleSet("benchmark", "1", STARS, (), rules)


def mixed_rule_set(words: Iterator[str]) -> RuleSet:
    """45 rules of all kinds, three of them with `ignoring`; two masks and an exception."""
    conditions = path_conditions(words, 20)
    for _ in range(5):
        needles = (Needle((next(words), next(words))), Needle((next(words)[:4],), open=True))
        conditions.append(Mentions("path", needles))
    for _ in range(3):
        word = next(words)
        pattern = Pattern(f"{word}|{next(words)}", ignore_case=True)
        ignoring = Pattern(f"{next(words)}_{word}|{next(words)}_[a-m]")
        conditions.append(Matches("path", pattern, ignoring=ignoring))
    conditions += [OneOf("capability", (f"capability_{number}",)) for number in range(12)]
    conditions += [OneOf("node", (f"node_{number}",)) for number in range(3)]
    elsewhere = Not(Under("path", (f"{next(words)}*/**",)))
    conditions += [
        AllOf((Matches("owner", Pattern(r"\bowner_1")), elsewhere)),
        AllOf((conditions[0], OneOf("owner", ("owner_2", "owner_3")))),
    ]
    return evolve(
        rule_set(conditions),
        masks=(Mask(Needle((next(words), next(words)))), Mask(Needle((next(words),)))),
        nevers=(Never((), Under("path", (f"{next(words)}*/**",))),),
    )
