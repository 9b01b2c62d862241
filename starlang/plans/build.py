"""Evaluation -> Plan."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from starlang.collector import collector_paused
from starlang.diagnostics.model import Diagnostic, in_order
from starlang.engine.ceilings import settle
from starlang.engine.evaluate import Evaluator
from starlang.engine.evaluation import Evaluation
from starlang.engine.promotions import Promotion
from starlang.engine.settlement import Settlement
from starlang.explain.explain import Explainer
from starlang.explain.model import Explanation
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.validation import Schema
from starlang.plans.edits import edits_of, labels_after
from starlang.plans.findings import breaches, observations
from starlang.plans.model import Beyond, CeilingLine, NeighbourChange, Plan
from starlang.rulesets.model import RuleSet

if TYPE_CHECKING:
    from starlang.engine.optimum import Optimum


@frozen
class Inputs:
    """Digests of what a plan is made from, and what is already known to be wrong.

    `digests` names each input (`rules`, `canon`, `profile`, …). `blocking` are findings
    that forbid to apply the plan, `known` those that the config accepts.
    """

    digests: Mapping[str, str]
    blocking: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    known: tuple[Diagnostic, ...] = ()


@collector_paused()
def make_plan(
    rules: RuleSet,
    graph: ModuleGraph,
    inputs: Inputs,
    *,
    schema: Schema | None = None,
    reassess: bool = False,
) -> Plan:
    """The plan of a run of `rules` over `graph`; with `reassess` a comparison without edits.

    The `schema` decides nothing; explanations keep it, to name only what it allows.
    """
    evaluator = Evaluator(rules)
    evaluation = evaluator.evaluate(graph, reassess=reassess)
    settlement = settle(evaluation)
    explainer = Explainer(evaluation, settlement, schema)
    explanations = tuple(map(explainer.explain, range(len(graph))))
    return Plan(
        inputs={**inputs.digests, "graph": graph_digest(graph)},
        reassess=reassess,
        explanations=explanations,
        edits=() if reassess else edits_of(rules, graph, explanations),
        before=_distribution(each.current for each in explanations),
        after=_distribution(each.star or each.current for each in explanations),
        ceilings=tuple(_lines(graph, settlement)),
        blocked=in_order([*inputs.blocking, *breaches(evaluation, settlement)]),
        warnings=in_order([*inputs.warnings, *observations(evaluation, settlement)]),
        known=in_order(inputs.known),
        next_promoted=0 if reassess else _next_promoted(evaluator, evaluation, explanations),
        optimum=_optimum(evaluation, settlement),
        neighbours=_because_of_neighbours(evaluation, explanations) if reassess else None,
    )


def _optimum(evaluation: Evaluation, settlement: Settlement) -> "Optimum | None":
    if not settlement.deferred:
        return None
    from starlang.engine.optimum import optimum  # noqa: PLC0415 -- most plans never need it

    return optimum(evaluation, settlement)


def _because_of_neighbours(
    evaluation: Evaluation, explanations: Sequence[Explanation]
) -> tuple[NeighbourChange, ...] | None:
    from starlang.plans.neighbours import changes  # noqa: PLC0415 -- most plans never need it

    return changes(evaluation, explanations)


def graph_digest(graph: ModuleGraph) -> str:
    """One digest over path and SHA-256 of every manifest."""
    lines = zip(graph.paths, graph.digests, strict=False)
    data = "".join(f"{path}\0{digest}\n" for path, digest in lines)
    return f"sha256:{sha256(data.encode(errors='surrogateescape')).hexdigest()}"


def _distribution(stars: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for star in stars:
        counts[star] = counts.get(star, 0) + 1
    return dict(sorted(counts.items()))


def _lines(graph: ModuleGraph, settlement: Settlement) -> Iterable[CeilingLine]:
    def beyond(promotions: Sequence[Promotion]) -> tuple[Beyond, ...]:
        return tuple(Beyond(graph.paths[p.module], p.star, p.score) for p in promotions)

    for count in settlement.counts:
        ceiling = count.ceiling
        yield CeilingLine(
            ceiling.text,
            count.group,
            count.count,
            count.limit,
            count.modules,
            count.holds,
            ceiling.at,
            beyond=beyond(count.beyond),
        )
    for floor in settlement.floors:
        yield CeilingLine(
            floor.floor.text,
            "",
            floor.after,
            floor.needed,
            floor.modules,
            not floor.is_missed,
            floor.floor.at,
            floor.before,
            beyond(floor.beyond),
        )


def _next_promoted(
    evaluator: Evaluator, evaluation: Evaluation, explanations: Sequence[Explanation]
) -> int:
    """How many modules a run after this one would promote.

    Those are modules that a ceiling holds back now, and modules whose rules read the stars
    that this run gives. Where this run changes nothing, the next one is the same.
    """
    stars = labels_after(evaluation.rules, evaluation.graph, explanations)
    if stars == evaluation.graph.stars:
        return 0
    following = evaluator.evaluate(evolve(evaluation.graph, stars=stars))
    return len({promotion.module for promotion in settle(following).promotions})
