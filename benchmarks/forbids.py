"""Forbids over 10^5 modules with five edges each: found, and said, in at most five seconds.

Packages use mostly what lies below them, and some use each other: a hundredth of the modules is
in a cycle. What is measured is asking every forbid of every module, and making the findings.
Time is of the processor, without making up the modules.

    python benchmarks/forbids.py [--modules N]
"""

import argparse
from random import Random
from time import process_time

import worlds
from attrs import evolve

from starlang.explain.forbids import ask, findings, places_of
from starlang.manifests.graph import ModuleGraph, Relations, adjacency, enclosing
from starlang.rules.conditions import AllOf
from starlang.rules.model import Forbid, RuleSet
from starlang.rules.relations import Neighbours, in_cycle
from starlang.rules.text_predicates import Under

MODULES = 100_000
EDGES = 5

LIMIT = 5.0
"""The most seconds."""

_GROUPS = ("core", "web", "tools", "kernel", "labs")


def modules(chance: Random, amount: int) -> ModuleGraph:
    """Modules in five groups; each uses others of a lower number, and few one of a higher."""
    paths = tuple(sorted(f"{_GROUPS[n % len(_GROUPS)]}/m{n:06}" for n in range(amount)))
    order = chance.sample(range(amount), amount)
    place = {module: rank for rank, module in enumerate(order)}
    used = [
        {order[chance.randrange(place[module])] for _ in range(EDGES) if place[module]}
        for module in range(amount)
    ]
    for rank in chance.sample(range(amount - 1), amount // 200):
        used[order[rank]].add(order[rank + 1])
        used[order[rank + 1]].add(order[rank])
    relations = Relations(adjacency(used), enclosing(paths))
    return ModuleGraph(
        paths=paths,
        names=("",) * amount,
        stars=((),) * amount,
        relations=relations,
        profile=worlds.PROFILE,
    )


def forbids() -> tuple[Forbid, ...]:
    """One of each kind that is said over the edges."""
    core, labs = Under("path", ("core",)), ("labs/m0000*",)
    return (
        Forbid("uses", AllOf((core, Neighbours("graph:uses", globs=labs))), because="x"),
        Forbid("depends", AllOf((core, Neighbours("graph:depends on", globs=labs))), because="x"),
        Forbid("needed", Neighbours("graph:needed by", globs=("web/m0000*",)), because="x"),
        Forbid("cycle", in_cycle(), because="x"),
    )


COUNTING = Forbid("counted", Neighbours("graph:needed by", 5_000, globs=("web",)), because="x")
"""Asks for a number of modules, which takes a union of sets: it is measured apart."""


def seconds_of(rules: RuleSet, graph: ModuleGraph) -> float:
    """What asking the forbids of `rules` takes, and saying what they find, which it prints."""
    started = process_time()
    asked = ask(rules, graph)
    said = sum(len(each.message) for each in findings(asked.violations, graph, places_of(graph)))
    seconds = process_time() - started
    counts = {f.name: sum(v.forbid is f for v in asked.violations) for f in rules.forbids}
    found = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    print(f"{seconds:5.2f} s, {said:,} characters of findings; modules found: {found}")
    if not all(counts.values()):
        raise SystemExit("a forbid finds nothing, so this measures nothing")
    return seconds


def main() -> None:
    """Measures, prints, and fails above the limit."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--modules", type=int, default=MODULES)
    amount = parser.parse_args().modules
    graph = modules(Random(amount), amount)  # noqa: S311 -- no secret
    rules = evolve(worlds.rule_set([]), rules=(), forbids=forbids())
    relations = graph.relations
    print(f"{amount:,} modules, {len(relations.uses) if relations else 0:,} edges")
    seconds = seconds_of(rules, graph)
    seconds_of(evolve(rules, forbids=(COUNTING,)), modules(Random(amount), amount))  # noqa: S311 -- the same
    if amount <= MODULES and seconds > LIMIT:
        raise SystemExit(f"more than {LIMIT:g} s")


if __name__ == "__main__":
    main()
