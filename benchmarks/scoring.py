"""A million modules in memory to decisions with complete evidence, on one core.

Every path is different, and so is every last segment. Nothing is left from one run to
the next: the rules are made ready anew each time. Times are of the processor, so what
else the machine does counts little.

    python benchmarks/scoring.py [--modules N] [--runs N]
"""

import argparse
import gc
import resource
from random import Random
from time import process_time

import worlds
from measuring import Figures, verdict

from starlang.engine.evaluate import evaluate

LIMIT, AIM = 2.5, 1.0
"""Microseconds a module: 400,000 and 1,000,000 modules a second."""

MEMORY = 500
"""Megabytes at most, a megabyte being 10^6 bytes, for a million modules."""


def main() -> None:
    """Makes the modules, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--modules", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance = Random(chosen.seed)  # noqa: S311 -- no secret
    words = worlds.vocabulary(chance, 600)
    graph = worlds.graph(chance, words, chosen.modules)
    rules = worlds.mixed_rule_set(iter(words))
    times = []
    for _ in range(chosen.runs):
        gc.collect()
        started = process_time()
        evaluation = evaluate(rules, graph)
        times.append(process_time() - started)
        speaking = sum(bool(evaluation.cases[code].rules) for code in evaluation.case_codes)
        rows = sum(len(evaluation.cases[code].rules) for code in evaluation.case_codes)
        cases, decisions = len(evaluation.cases), len(evaluation.decisions)
        del evaluation
    figures = Figures(tuple(times))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    each = figures.median / chosen.modules * 1e6
    print(f"{chosen.modules:,} modules, {len(rules.rules)} rules: {figures}")
    print(f"{rows:,} rows of evidence; {speaking / chosen.modules:.0%} of the modules have some")
    print(f"{cases:,} combinations of rules, {decisions:,} different decisions")
    print(f"{chosen.modules / figures.median:,.0f} modules a second")
    print(verdict("microseconds a module", each, LIMIT, AIM, [figures.spread]))
    print(f"peak memory of the process: {peak:,.0f} MB (limit {MEMORY})")


if __name__ == "__main__":
    main()
