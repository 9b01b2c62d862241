"""What a module costs under 5,000 rules, in units of what it costs under 45.

70 % of the rules are `mentions`, 25 % alternations of three words, 5 % bounded or
anchored patterns, and each is about a word that occurs. *Cold* is the first evaluation
with new rules, making them ready included; *warm* is the next one, of other modules.
Patterns that join two words by `.*` make the automaton that all patterns share slow,
which `starlang check` warns of; they are shown apart. Times are of the processor.

    python benchmarks/growth.py [--modules N] [--runs N]
"""

import argparse
from collections.abc import Sequence
from random import Random
from time import process_time

import worlds
from measuring import Figures, verdict

from starlang.engine.evaluate import Evaluator
from starlang.manifests.graph import ModuleGraph
from starlang.matching.patterns import Pattern
from starlang.rules.conditions import Condition
from starlang.rules.model import RuleSet
from starlang.rules.text_predicates import Matches

FEW, MANY = 45, 5_000
VOCABULARY = 60_000
"""Different words in paths: with 5,000 rules, six in ten modules have evidence."""

WARM, WARM_AIM, COLD, COLD_AIM = 3.0, 2.0, 6.0, 4.0


def measure(rules: RuleSet, graphs: Sequence[ModuleGraph]) -> list[float]:
    """Seconds of the first and of the second evaluation by the same rules."""
    times = []
    started = process_time()
    evaluator = Evaluator(rules)
    for graph in graphs:
        evaluator.evaluate(graph)
        times.append(process_time() - started)
        started = process_time()
    return times


def main() -> None:
    """Makes rules and modules, measures in turn and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--modules", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    chance = Random(1)  # noqa: S311 -- no secret
    words = worlds.vocabulary(chance, VOCABULARY)
    graphs = [worlds.graph(chance, words, chosen.modules) for _ in range(2)]
    few = worlds.path_conditions(iter(words), FEW)
    many = worlds.path_conditions(iter(words), MANY)
    pairs = [".*".join(chance.choices(words, k=2)) for _ in range(10)]
    joined: list[Condition] = [Matches("path", Pattern(pair)) for pair in pairs]
    sets = {
        f"{FEW} rules": worlds.rule_set(few),
        f"{MANY:,} rules": worlds.rule_set(many),
        f"{FEW} rules, 10 of them joined by `.*`": worlds.rule_set([*few[10:], *joined]),
    }
    times: dict[str, list[list[float]]] = {name: [] for name in sets}
    for _ in range(chosen.runs):
        for name, rules in sets.items():
            times[name].append(measure(rules, graphs))
    found = {
        name: [Figures(each) for each in zip(*runs, strict=True)] for name, runs in times.items()
    }
    for name, (cold, warm) in found.items():
        costs = [each.median / chosen.modules * 1e6 for each in (cold, warm)]
        print(f"{name:40} cold {costs[0]:6.2f}, warm {costs[1]:6.2f} microseconds a module")
    (few_cold, few_warm), (many_cold, many_warm), _ = found.values()
    for name, few_of, many_of, limit, aim in (
        ("warm", few_warm, many_warm, WARM, WARM_AIM),
        ("cold", few_cold, many_cold, COLD, COLD_AIM),
    ):
        ratio = many_of.median / few_of.median
        print(verdict(name, ratio, limit, aim, [few_of.spread, many_of.spread]))


if __name__ == "__main__":
    main()
