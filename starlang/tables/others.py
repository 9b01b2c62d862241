"""The tables of a graph, of a comparison of two rule sets, and of an inspection."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from attrs import frozen

from starlang.diff.flips import Flips
from starlang.inspect.model import Inspection
from starlang.manifests.graph import ModuleGraph
from starlang.plan.make import graph_digest
from starlang.rules.model import MICRO, RuleSet
from starlang.rules.sections import semantic_digest
from starlang.rules.spelling import EVENTS, GRAPH_PREFIX, facet_text, spelling
from starlang.tables.model import Definition, Kind, Row

# What is known of modules before any rule is asked.


def _graph(graph: ModuleGraph) -> dict[str, str]:
    return {"graph": graph_digest(graph)}


def _facets(graph: ModuleGraph) -> Iterator[Row]:
    """A row per value; a value of another file than the manifest comes with its line there."""
    shown = [f for f in sorted(graph.columns) if _is_facet(f)]
    for module, path in enumerate(graph.paths):
        manifest = graph.files[module] if graph.files else None
        for label in filter(None, graph.stars[module]):
            yield (path, "star", label, manifest, None)
        for facet in shown:
            fact = graph.facts.of(facet, module)
            place: Row = (manifest, None) if fact is None or not fact.counts else _place(fact.at)
            for value in graph.columns[facet].of(module):
                yield (path, facet_text(facet), spelling(value), *place)


def _is_facet(name: str) -> bool:
    """Whether a column is one that rules read, and not what relations are made from."""
    return not name.startswith(GRAPH_PREFIX) or name.removeprefix(GRAPH_PREFIX) in EVENTS


def _place(at: str) -> Row:
    """`file:line` as two cells."""
    file, _, line = at.rpartition(":")
    return (file, int(line)) if line.isdecimal() else (at, None)


FACETS = Definition(
    "facets",
    {
        "module": Kind.TEXT,
        "facet": Kind.TEXT,
        "value": Kind.TEXT,
        "file": Kind.TEXT,
        "line": Kind.COUNT,
    },
    _facets,
    _graph,
)


def _edges(graph: ModuleGraph) -> Iterator[Row]:
    if graph.relations is None:
        return
    for module, path in enumerate(graph.paths):
        for other in graph.relations.uses.of(module):
            yield (path, graph.paths[other])


EDGES = Definition("edges", {"source": Kind.TEXT, "target": Kind.TEXT}, _edges, _graph)

GRAPH_TABLES: Mapping[str, Definition[ModuleGraph]] = {each.name: each for each in (FACETS, EDGES)}
"""The tables of a graph by name."""


# What another rule set decides differently.


@frozen
class Compared:
    """Two rule sets, and the modules that they decide differently."""

    old: RuleSet
    new: RuleSet
    flips: Flips


def _flips(found: Compared) -> Iterator[Row]:
    for flip in found.flips.flips:
        before, after = flip.before, flip.after
        yield (
            flip.path,
            before.outcome.value,
            before.star,
            before.score,
            after.outcome.value,
            after.star,
            after.score,
            tuple([f"{each.section.value} {each.name}" for each in flip.blame]),
        )


def _rule_sets(found: Compared) -> dict[str, str]:
    return {"old": semantic_digest(found.old), "new": semantic_digest(found.new)}


FLIPS = Definition(
    "flips",
    {
        "module": Kind.TEXT,
        "outcome_before": Kind.TEXT,
        "star_before": Kind.TEXT,
        "score_before": Kind.AMOUNT,
        "outcome_after": Kind.TEXT,
        "star_after": Kind.TEXT,
        "score_after": Kind.AMOUNT,
        "blame": Kind.TEXTS,
    },
    _flips,
    _rule_sets,
)


# What each rule and star does in a repository.


def _inspected(found: Inspection) -> dict[str, str]:
    return {"rules": semantic_digest(found.rules)}


def _share(share: Fraction | None) -> int | None:
    """A share as an amount, rounded half up."""
    return None if share is None else (share * MICRO + Fraction(1, 2)).__floor__()


def _rules(found: Inspection) -> Iterator[Row]:
    for use in found.uses:
        rule = found.rules.rules[use.rule]
        share = Fraction(use.hits, found.modules) if found.modules else None
        weight = rule.sign * rule.weight
        does = (use.hits, _share(share), use.alone, use.wins, use.agree, use.differ)
        yield (rule.name, rule.star, weight, *does, rule.at)


RULES = Definition(
    "rules",
    {
        "rule": Kind.TEXT,
        "star": Kind.TEXT,
        "weight": Kind.AMOUNT,
        "hits": Kind.COUNT,
        "share": Kind.AMOUNT,
        "alone": Kind.COUNT,
        "wins": Kind.COUNT,
        "agree": Kind.COUNT,
        "differ": Kind.COUNT,
        "at": Kind.TEXT,
    },
    _rules,
    _inspected,
)


def _stars(found: Inspection) -> Iterator[Row]:
    for each in found.stars:
        counts = (each.carried, each.promoted, each.leading, each.given)
        shares = (_share(each.precision), _share(each.recall))
        yield (each.star, *counts, *shares, each.best, each.threshold)


STARS = Definition(
    "stars",
    {
        "star": Kind.TEXT,
        "carried": Kind.COUNT,
        "promoted": Kind.COUNT,
        "leading": Kind.COUNT,
        "given": Kind.COUNT,
        "precision": Kind.AMOUNT,
        "recall": Kind.AMOUNT,
        "best": Kind.AMOUNT,
        "threshold": Kind.AMOUNT,
    },
    _stars,
    _inspected,
)


def _matrix(found: Inspection) -> Iterator[Row]:
    for (carried, says), modules in found.matrix.items():
        yield (carried, says, modules)


MATRIX = Definition(
    "matrix",
    {"carried": Kind.TEXT, "says": Kind.TEXT, "modules": Kind.COUNT},
    _matrix,
    _inspected,
)


def _curve(found: Inspection) -> Iterator[Row]:
    yield from found.curve


CURVE = Definition("curve", {"threshold": Kind.AMOUNT, "promoted": Kind.COUNT}, _curve, _inspected)

INSPECTION_TABLES: Mapping[str, Definition[Inspection]] = {
    each.name: each for each in (RULES, STARS, MATRIX, CURVE)
}
"""The tables of an inspection by name."""
