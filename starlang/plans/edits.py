"""Edits: the values of manifests that a plan changes, and nothing else."""

from collections.abc import Iterator, Sequence

from starlang.explain.model import Explanation
from starlang.manifests.graph import ModuleGraph
from starlang.plans.model import Edit
from starlang.rulesets.model import RuleSet


def edits_of(
    rules: RuleSet, graph: ModuleGraph, explanations: Sequence[Explanation]
) -> tuple[Edit, ...]:
    """The edits that give every module the stars of its explanation, by file."""
    labels = {star.id: star.label for star in rules.stars}
    return tuple(
        edit
        for module, explanation in enumerate(explanations)
        if changes(explanation)
        for edit in _edits(labels, graph, module, explanation)
    )


def changes(explanation: Explanation) -> bool:
    """Whether the module's manifest would change."""
    return bool(explanation.secondary) or explanation.star not in {None, explanation.current}


def _edits(
    labels: dict[str, str], graph: ModuleGraph, module: int, explanation: Explanation
) -> Iterator[Edit]:
    shape = graph.profile.stars
    carried = graph.stars[module]
    gained = [labels[star] for star in explanation.secondary]
    file, digest = graph.files[module], graph.digests[module]
    if shape.all:
        stars = [explanation.label, *carried[1:], *gained]
        yield Edit(file, shape.all, list(carried) or None, stars, digest)
    else:
        old = carried[0] if carried else None
        if old != explanation.label:
            yield Edit(file, shape.primary, old, explanation.label, digest)
        if gained:
            beside = list(carried[1:])
            yield Edit(file, shape.secondary, beside or None, [*beside, *gained], digest)
