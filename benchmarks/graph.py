"""A plan by rules over neighbours, of 10^4, 10^5 and 10^6 modules with five edges each.

A size is measured in a process of its own, which lays out the edges, makes the whole plan
and writes it as JSON to nowhere. Time is of the processor, and memory the peak of the
process, both without making up the modules. Growth is the exponent between the smallest
size and the largest: doubling the size takes 2^exponent times as much.

    python benchmarks/graph.py [--sizes N …]
"""

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from math import log
from random import Random
from time import process_time
from typing import NamedTuple

import worlds
from attrs import evolve

from starlang.engine.decisions import Outcome
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.linking import Imports, linked
from starlang.plan.encoding import pieces
from starlang.plan.make import Inputs, make_plan
from starlang.rules.conditions import AllOf, Condition, Not
from starlang.rules.model import RuleSet
from starlang.rules.relations import Events, Neighbours

EDGES = 5
"""Edges a module."""

SIZES = (10_000, 100_000, 1_000_000)

LIMIT = 1.1
"""The largest exponent of growth."""

_EVENTS = ("memory.stored@v1", "memory.lost@v1", "core.up@v2")


class Cost(NamedTuple):
    """What one size takes: seconds, and bytes at the peak."""

    seconds: float
    peak: int


def rules(words: Sequence[str]) -> RuleSet:
    """Rules over paths for every star, and over neighbours for those that come later."""
    about: list[tuple[str, Condition]] = [
        ("Trail", Neighbours("graph:used by", 3, standing="currently", star="Flow")),
        ("Trail", Neighbours("graph:uses", 2, standing="reaching", star="Anchor")),
        ("Watch", Neighbours("graph:used by", 1, standing="reaching", star="Trail")),
        ("Watch", AllOf((Neighbours("graph:uses"), Not(Neighbours("graph:uses", 4))))),
        ("Oracle", Neighbours("graph:contains", 1, globs=(f"{words[0][:2]}*/**",))),
        ("Oracle", Neighbours("graph:inside", standing="currently", star="Supporting")),
        ("Living", Neighbours("graph:used by", 0, at_most=True)),
        ("Living", Events("graph:publishes", 2, names=("memory.*",))),
    ]
    made = worlds.rule_set(worlds.path_conditions(iter(words), 24))
    relating = worlds.rule_set([condition for _, condition in about])
    named = zip(relating.rules, about, strict=True)
    more = tuple(
        evolve(rule, name=f"near-{number}", star=star)
        for number, (rule, (star, _)) in enumerate(named)
    )
    confidence = evolve(made.confidence, suggest=400_000, promote=400_000)
    return evolve(made, rules=(*made.rules, *more), confidence=confidence)


def modules(chance: Random, words: Sequence[str], amount: int) -> tuple[ModuleGraph, Imports]:
    """Modules, a quarter of them inside of another one, and who imports whom."""
    made = worlds.graph(chance, words, amount - amount // 4)
    paths = tuple(sorted([*made.paths, *(f"{path}/core" for path in made.paths[: amount // 4])]))
    codes = bytes(chance.choices(range(4), k=amount))
    events = FacetColumn((_EVENTS[:0], _EVENTS[:1], _EVENTS[:2], _EVENTS), codes)
    graph = ModuleGraph(
        paths=paths,
        names=("",) * amount,
        stars=tuple(chance.choices([*([()] * 5), ("Flow",)], k=amount)),
        columns={"graph:publishes": events},
        profile=worlds.PROFILE,
    )
    return graph, Imports("imports", {path: chance.choices(paths, k=EDGES) for path in paths})


def measure(amount: int) -> Cost:
    """The cost of a plan of `amount` modules, in this process."""
    chance = Random(amount)  # noqa: S311 -- no secret
    words = worlds.vocabulary(chance, 2_000)
    graph, imports = modules(chance, words, amount)
    before, started = _peak(), process_time()
    made = make_plan(rules(words), linked(graph, imports), Inputs({}))
    written = sum(map(len, pieces(made)))
    if written < amount or not made.of(Outcome.PROMOTED):
        raise SystemExit("no module is promoted, so this measures nothing")
    return Cost(process_time() - started, _peak() - before)


def _peak() -> int:
    """The most memory that this process had so far; Linux counts KiB, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def apart(amount: int) -> Cost:
    """`measure` in a process of its own."""
    command = [sys.executable, __file__, "--alone", str(amount)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- ours
    seconds, peak = json.loads(done.stdout)
    return Cost(seconds, peak)


def main() -> None:
    """Measures all sizes, or one of them in this process, and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.alone is not None:
        print(json.dumps(measure(chosen.alone)))
        return
    costs = {amount: apart(amount) for amount in sorted(chosen.sizes)}
    for amount, cost in costs.items():
        each = (
            f"{cost.seconds / amount * 1e6:6.1f} µs and {cost.peak / amount:7,.0f} bytes a module"
        )
        total = f"{cost.seconds:7.2f} s, {cost.peak / 2**20:8,.0f} MiB"
        print(f"{amount:9,} modules, {amount * EDGES:9,} edges: {total}  ({each})")
    if len(costs) == 1:
        return
    (small, less), *_, (large, more) = costs.items()
    for name, one, other in zip(Cost._fields, less, more, strict=True):
        exponent = log(other / one) / log(large / small)
        said = "within the limit" if exponent <= LIMIT else "TOO MUCH"
        print(f"growth of {name}, {small:,} to {large:,}: {exponent:.2f} (limit {LIMIT:g}): {said}")


if __name__ == "__main__":
    main()
