"""Edits: the values of manifests that a plan changes, and nothing else."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from starlang.engine.canon import Canon
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
    after = labels_after(rules, graph, explanations)
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
        for pointer, new in _edits(graph, module, after[module], explanation)
    )


def labels_after(
    rules: RuleSet, graph: ModuleGraph, explanations: Sequence[Explanation]
) -> tuple[tuple[str, ...], ...]:
    """The labels that each manifest carries after the run, primary first.

    Stars that it has beside are kept, but one that becomes the primary star moves up.
    """
    canon = Canon(rules)
    labels = {star.id: star.label for star in rules.stars}
    return tuple(
        (
            each.label,
            *(label for label in carried[1:] if canon.star(label) != each.star),
            *(labels[star] for star in each.secondary),
        )
        if changes(each)
        else carried
        for carried, each in zip(graph.stars, explanations, strict=True)
    )


def changes(explanation: Explanation) -> bool:
    """Whether the module's manifest would change."""
    judged = explanation.judged
    return bool(explanation.secondary) or judged.star not in {None, judged.current}


def _edits(
    graph: ModuleGraph, module: int, after: tuple[str, ...], explanation: Explanation
) -> Iterator[tuple[str, Json]]:
    """(pointer, new value) of one manifest."""
    shape = graph.profile.stars
    is_new = explanation.star != explanation.current
    if shape.all:
        yield shape.all, list(after)
    elif is_new:
        yield shape.primary, explanation.label
    if not shape.all and after[1:] != graph.stars[module][1:]:
        yield shape.secondary, list(after[1:])
    if shape.confidence and is_new:
        yield shape.confidence, _shortest(_confidence(explanation))


def _confidence(explanation: Explanation) -> int:
    """The confidence in the star that the module is given, which is not always the best."""
    given = (score for score in explanation.scores if score.star == explanation.star)
    return next((score.confidence for score in given), 0)


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
