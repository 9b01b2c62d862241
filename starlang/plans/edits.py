"""Edits: the values of manifests that a plan changes, and nothing else."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from starlang.explain.encoding import Json
from starlang.explain.model import Explanation
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.post_image import value_at
from starlang.plans.model import Edit
from starlang.rulesets.model import MICRO, RuleSet


def edits_of(
    rules: RuleSet, graph: ModuleGraph, explanations: Sequence[Explanation]
) -> tuple[Edit, ...]:
    """The edits that give every module the stars of its explanation, by file.

    A graph made in memory has no documents, and there is nothing to edit.
    """
    if not graph.documents:
        return ()
    labels = {star.id: star.label for star in rules.stars}
    return tuple(
        Edit(
            graph.files[module],
            pointer,
            _json(value_at(graph.documents[module], pointer)),
            new,
            graph.digests[module],
        )
        for module, explanation in enumerate(explanations)
        if changes(explanation)
        for pointer, new in _edits(labels, graph, module, explanation)
    )


def changes(explanation: Explanation) -> bool:
    """Whether the module's manifest would change."""
    return bool(explanation.secondary) or explanation.star not in {None, explanation.current}


def _edits(
    labels: dict[str, str], graph: ModuleGraph, module: int, explanation: Explanation
) -> Iterator[tuple[str, Json]]:
    """(pointer, new value) of one manifest."""
    shape = graph.profile.stars
    primary, beside = explanation.label, list(graph.stars[module][1:])
    gained = [labels[star] for star in explanation.secondary]
    is_new = explanation.star != explanation.current
    if shape.all:
        yield shape.all, [primary, *beside, *gained]
    elif is_new:
        yield shape.primary, primary
    if gained and not shape.all:
        yield shape.secondary, [*beside, *gained]
    if shape.confidence and is_new:
        yield shape.confidence, _shortest(explanation.best.confidence if explanation.best else 0)


def _shortest(micro: int) -> int | float:
    """A confidence as a JSON number in its shortest form: six places fit a double exactly."""
    return micro // MICRO if micro % MICRO == 0 else micro / MICRO


def _json(value: object) -> Json:
    """A value of a manifest at the place of a star, as the plan shows it."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return float(value)
        case list():
            return [_json(item) for item in value]
        case _:
            return None
