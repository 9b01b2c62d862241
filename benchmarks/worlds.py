"""Made-up monorepos and rule sets of any size; the same seed gives the same ones."""

from collections.abc import Sequence
from itertools import count
from random import Random

from starlang.manifests.graph import Column, ModuleGraph
from starlang.manifests.profile import FacetSource, Profile, StarShape
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.conditions import AllOf, Condition, Matches, Mentions, Not, OneOf, Under
from starlang.rulesets.model import Mask, Never, Rule, RuleSet, Star

GIVEN = ("Anchor", "Drift", "Flow", "Horizon", "Living", "Oracle", "Trail", "Watch")
STARS = (*map(Star, GIVEN, GIVEN), Star("Supporting", "Supporting", is_default=True))
PROFILE = Profile(
    "benchmark",
    StarShape("/star"),
    facets=tuple(FacetSource(name, (f"/{name}",)) for name in ("capability", "node", "owner")),
)

_CONSONANTS, _VOWELS = "bcdfghklmnprstvwz", "aeiou"


def words(chance: Random, amount: int) -> list[str]:
    """`amount` different words of four to ten letters."""
    found: dict[str, None] = {}
    while len(found) < amount:
        syllables = chance.randint(2, 4)
        word = "".join(
            chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(syllables)
        )
        found[word + chance.choice(("", "", "n", "r", "s"))] = None
    return list(found)


def paths(chance: Random, vocabulary: Sequence[str], amount: int) -> tuple[str, ...]:
    """`amount` paths, sorted: twenty modules a directory, and every last segment a new one."""
    directories = [
        "/".join("_".join(chance.choices(vocabulary, k=2)) for _ in range(chance.randint(1, 3)))
        for _ in range(amount // 20 + 1)
    ]
    numbers = count()
    return tuple(
        sorted(
            f"{chance.choice(directories)}/{'_'.join(chance.choices(vocabulary, k=2))}_{next(numbers)}"
            for _ in range(amount)
        )
    )


def graph(chance: Random, vocabulary: Sequence[str], amount: int) -> ModuleGraph:
    """Modules with paths and facets; five in six carry the default star."""
    columns = {
        facet: _column(chance, [f"{facet}_{number}" for number in range(different)], amount)
        for facet, different in (("capability", 60), ("node", 6), ("owner", 40))
    }
    carried = [*([()] * 5), *((star,) for star in chance.sample(GIVEN, 1))]
    return ModuleGraph(
        paths=paths(chance, vocabulary, amount),
        names=("",) * amount,
        stars=tuple(chance.choices(carried, k=amount)),
        columns=columns,
        profile=PROFILE,
    )


def _column(chance: Random, values: Sequence[str], amount: int) -> Column:
    tuples = ((), *((value,) for value in values), tuple(values[:2]))
    return Column(tuples, bytes(chance.choices(range(len(tuples)), k=amount)))


def path_conditions(chance: Random, vocabulary: Sequence[str], amount: int) -> list[Condition]:
    """70 % `mentions`, 25 % alternations of three words, 5 % bounded or anchored patterns."""
    found: list[Condition] = []
    for number in range(amount):
        first, second, third = chance.sample(vocabulary, 3)
        place = number % 20
        if place < 14:
            found.append(Mentions("path", (Needle((first,), open=place == 13),)))
        elif place < 19:
            found.append(Matches("path", Pattern(f"{first}|{second}|{third}", ignore_case=True)))
        else:
            pattern = rf"\b{first}" if number % 40 < 20 else f"^{first}"
            found.append(Matches("path", Pattern(pattern)))
    return found


def rule_set(
    chance: Random, conditions: Sequence[Condition], kind: str = "path", weight: int = 400_000
) -> RuleSet:
    """A rule a condition, for one star after the other."""
    rules = tuple(
        Rule(f"rule-{number:05}", chance.choice(GIVEN), 1, weight, (kind,), condition)
        for number, condition in enumerate(conditions)
    )
    return RuleSet("benchmark", "1", STARS, (), rules)


def mixed_rule_set(chance: Random, vocabulary: Sequence[str]) -> RuleSet:
    """45 rules of all kinds, three of them with `ignoring`; two masks and an exception."""
    conditions = path_conditions(chance, vocabulary, 20)
    for _ in range(5):
        first, second, third, fourth = chance.sample(vocabulary, 4)
        needles = (Needle((first,)), Needle((second, third)), Needle((fourth[:4],), open=True))
        conditions.append(Mentions("path", needles))
    for _ in range(3):
        first, second, third = chance.sample(vocabulary, 3)
        pattern = Pattern(f"{first}|{second}", ignore_case=True)
        conditions.append(
            Matches("path", pattern, ignoring=Pattern(f"{third[:4]}_{first}|{third}"))
        )
    conditions += [OneOf("capability", (f"capability_{number}",)) for number in range(12)]
    conditions += [OneOf("node", (f"node_{number}",)) for number in range(3)]
    guarded = Not(Under("path", (f"{chance.choice(vocabulary)}*/**",)))
    conditions += [
        AllOf((Matches("owner", Pattern(r"\bowner_1")), guarded)),
        AllOf((conditions[0], OneOf("owner", ("owner_2", "owner_3")))),
    ]
    rules = rule_set(chance, conditions)
    return RuleSet(
        rules.id,
        rules.version,
        rules.stars,
        rules.order,
        rules.rules,
        masks=tuple(Mask(Needle(tuple(chance.sample(vocabulary, size)))) for size in (1, 2)),
        nevers=(Never((), Under("path", (f"{chance.choice(vocabulary)}*/**",))),),
    )
