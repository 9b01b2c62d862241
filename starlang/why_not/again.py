"""Changes made, and everything evaluated again: the manifest read again, all modules decided."""

from collections.abc import Iterator, Sequence

from starlang.engine.ceilings import Settlement, settle
from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import Evaluation
from starlang.explain.explain import score_of
from starlang.manifests.facets import values_in, with_added, with_dropped
from starlang.manifests.profile import prefix_of, used_location
from starlang.manifests.schema import complaints
from starlang.texts.pointers import EACH
from starlang.texts.rewriting import with_value
from starlang.why_not.model import FACET_KINDS, MANIFEST_KINDS, Change, ChangeKind, Solution
from starlang.why_not.subject import Subject, source_of


def verified(subject: Subject, changes: Sequence[Change]) -> Solution | None:
    """What comes of `changes`, or None if they do not promote the module to the star."""
    if not writable(subject, changes):
        return None
    bench = subject.bench
    before = bench.evaluation
    after = subject.evaluated(changes)
    settlement = settle(after)
    decision = after.decision(subject.index)
    is_promoted = decision.outcome is Outcome.PROMOTED and decision.star == subject.star
    if not is_promoted or subject.index in settlement.deferred:
        return None
    old, new = _stars(before, bench.grounds.settlement), _stars(after, settlement)
    others = tuple(
        path
        for module, path in enumerate(before.graph.paths)
        if old[module] != new[module] and module != subject.index
    )
    score = score_of(after.case(subject.index).scores, subject.star)
    breached = set(_breached(settlement)) - set(_breached(bench.grounds.settlement))
    return Solution(tuple(changes), score, others, tuple(sorted(breached)))


def writable(subject: Subject, changes: Sequence[Change]) -> bool:
    """Whether a manifest can say so: the profile reads it back, and the schema accepts it.

    A manifest that the schema refuses already may stay as wrong as it is.
    """
    bench = subject.bench
    graph, schema = bench.evaluation.graph, bench.grounds.schema
    if not any(change.kind in MANIFEST_KINDS for change in changes):
        return True
    before = graph.documents[subject.index] if graph.documents else None
    document = _made_up(subject) if before is None else before
    known = complaints(schema, document) if schema is not None else frozenset()
    for change in changes:
        following = next(
            (
                each
                for each in _documents(subject, document, change)
                if schema is None or complaints(schema, each) <= known
            ),
            None,
        )
        if following is None:
            return False
        document = following
    wanted = subject.changed_values(changes)
    return all(
        set(values_in(document, source)) == set(values)
        # A manifest without a value has the one that another file gives.
        and (values or graph.facts.of(facet, subject.index) is None)
        for facet, values in wanted.items()
        if (source := source_of(bench, facet)) is not None
    )


def _made_up(subject: Subject) -> object:
    """A document with the facets of a module that was made in memory."""
    document: object = {}
    for facet in subject.bench.evaluation.graph.columns:
        source = source_of(subject.bench, facet)
        if source is not None:
            for value in subject.values(facet):
                document = next(with_added(document, source, value), document)
    return document


def _documents(subject: Subject, document: object, change: Change) -> Iterator[object]:
    """`document` after one change, in each way in which a manifest can say it."""
    if change.kind is ChangeKind.STAR and subject.bench.evaluation.graph.sidecar is not None:
        yield document  # its star is in another file
    elif change.kind is ChangeKind.STAR:
        place = subject.bench.evaluation.graph.shape(subject.index).stars.first
        label = f"{prefix_of(place.take) or ''}{subject.bench.rules.default.label}"
        pointer = used_location(document, place.locations)
        yield with_value(document, pointer.replace(EACH, "0"), label)
    elif change.kind not in FACET_KINDS:
        yield document
    elif (source := source_of(subject.bench, change.subject)) and change.value is not None:
        is_drop = change.kind is ChangeKind.DROP
        yield from (with_dropped if is_drop else with_added)(document, source, change.value)


def _stars(evaluation: Evaluation, settlement: Settlement) -> list[str | None]:
    """The star of each module after the run."""
    return [
        evaluation.carried(module).primary
        if module in settlement.deferred
        else evaluation.decision(module).star
        for module in range(len(evaluation))
    ]


def _breached(settlement: Settlement) -> Iterator[str]:
    yield from (each.ceiling.text for each in settlement.counts if not each.holds)
    yield from (each.floor.text for each in settlement.floors if not each.holds)
