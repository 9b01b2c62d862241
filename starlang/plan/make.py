"""The plan: the edits of the manifests, what neighbours change, and everything put together."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from attrs import evolve, frozen

from starlang.collector import collector_paused
from starlang.diagnostics.model import Diagnostic, in_order
from starlang.engine.ceilings import Settlement, settle
from starlang.engine.decisions import Decision, Outcome, StarLabels
from starlang.engine.evaluate import Evaluation, Evaluator, evaluate
from starlang.engine.promotions import Promotion
from starlang.explain.explain import Explainer
from starlang.explain.forbids import (
    WOULD_BREAK,
    Asked,
    ask,
    doubts,
    findings,
    places_of,
)
from starlang.explain.model import EvidenceRow, Explanation
from starlang.explain.words import short
from starlang.manifests.elsewhere import filled
from starlang.manifests.graph import ModuleGraph, Sidecar
from starlang.manifests.profile import Place, prefix_of, used_location
from starlang.manifests.survey import ManifestPlaces, Survey, field_source
from starlang.matching.patterns import taken
from starlang.plan.findings import breaches, observations
from starlang.plan.model import Beyond, CeilingLine, Decided, Edit, NeighbourChange, Plan
from starlang.rules.conditions import Condition
from starlang.rules.derivations import derivation_words, tests_through
from starlang.rules.model import MICRO, RuleSet
from starlang.rules.sources import Sources
from starlang.rules.spelling import FIELD_PREFIX, GRAPH_PREFIX
from starlang.text import Json
from starlang.texts.pointers import EACH, pointer_to
from starlang.texts.rewriting import value_at, with_value

if TYPE_CHECKING:
    from starlang.engine.optimum import Optimum
    from starlang.manifests.schema import Schema


# Edits: the values of manifests that a plan changes, and nothing else.


def edits_of(
    rules: RuleSet, graph: ModuleGraph, explanations: Sequence[Explanation]
) -> tuple[Edit, ...]:
    """The edits that give every module the stars of its explanation, by file.

    A graph made in memory has no documents, and there is nothing to edit.
    """
    if not graph.documents:
        return ()
    if graph.sidecar is not None:
        return tuple(_of_sidecar(graph.sidecar, explanations))
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
        if edits_change(explanation)
        for pointer, new in _edits(graph, module, after[module], explanation)
    )


def _of_sidecar(sidecar: Sidecar, explanations: Sequence[Explanation]) -> Iterator[Edit]:
    for each in explanations:
        if each.star not in {None, each.current}:
            pointer, old = pointer_to((each.path,)), sidecar.stars.get(each.path)
            yield Edit(sidecar.file, pointer, old, each.label, sidecar.digest)


def labels_after(
    rules: RuleSet, graph: ModuleGraph, explanations: Sequence[Explanation]
) -> tuple[tuple[str, ...], ...]:
    """The labels that each manifest carries after the run, primary first.

    Stars that it has beside are kept, but one that becomes the primary star moves up.
    """
    canon = StarLabels(rules)
    return tuple(
        canon.after(carried, each.star, each.label, each.secondary)
        if edits_change(each)
        else carried
        for carried, each in zip(graph.stars, explanations, strict=True)
    )


def edits_change(explanation: Explanation) -> bool:
    """Whether the module's manifest would change."""
    judged = explanation.judged
    return bool(explanation.secondary) or judged.star not in {None, judged.current}


def _edits(
    graph: ModuleGraph, module: int, after: tuple[str, ...], explanation: Explanation
) -> Iterator[tuple[str, Json]]:
    """(pointer, new value) of one manifest."""
    shape, document = graph.shape(module).stars, graph.documents[module]
    is_new = explanation.star != explanation.current
    if shape.all is not None:
        yield _listed(document, shape.all, after)
    elif shape.primary is not None and is_new:
        pointer = used_location(document, shape.primary.locations)
        yield pointer, f"{prefix_of(shape.primary.take) or ''}{explanation.label}"
    if shape.secondary is not None and after[1:] != graph.stars[module][1:]:
        yield _listed(document, shape.secondary, after[1:])
    if shape.confidence is not None and is_new:
        pointer = used_location(document, shape.confidence.locations)
        yield pointer, _shortest(_confidence(explanation))


def _listed(document: object, place: Place, labels: Sequence[str]) -> tuple[str, Json]:
    """The pointer to a list of stars and the list with `labels`; what is no star there stays."""
    pointers = [location.removesuffix(f"/{EACH}") for location in place.locations]
    pointer = used_location(document, pointers)
    written = [f"{prefix_of(place.take) or ''}{label}" for label in labels]
    old = value_at(document, pointer)
    if not place.take or not isinstance(old, list):
        return pointer, list(written)
    rest = [_json(each) for each in old if not _is_star(each, place)]
    first = next((at for at, each in enumerate(old) if _is_star(each, place)), len(rest))
    return pointer, [*rest[:first], *written, *rest[first:]]


def _is_star(value: object, place: Place) -> bool:
    return isinstance(value, str) and taken(place.take, value) is not None


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


# Which decisions are others because of neighbours and events: the what-if of a reassessment.


def neighbour_changes(
    evaluation: Evaluation, explanations: Sequence[Explanation]
) -> tuple[NeighbourChange, ...] | None:
    """The modules that are decided differently, by path; None if the rules read no relation.

    Compared with the same rules without those, and the exceptions, that read a relation, also
    through names; and without the values that relations fill in; before ceilings.
    """
    rules, profile = evaluation.rules, evaluation.graph.profile
    filled = [each for each in rules.derivations if profile.facet(each.facet) is not None]
    named = [each for each in rules.derivations if each not in filled]

    def reads(condition: Condition) -> bool:
        tests = tests_through(condition, named)
        return any(test.facet.startswith(GRAPH_PREFIX) for test in tests)

    reading = [rule for rule in rules.rules if reads(rule.condition)]
    barring = [never for never in rules.nevers if reads(never.condition)]
    filling = [each for each in filled if reads(each.condition)]
    if not reading and not barring and not filling:
        return None
    rest = evolve(
        rules,
        rules=tuple(rule for rule in rules.rules if rule not in reading),
        nevers=tuple(never for never in rules.nevers if never not in barring),
        derivations=tuple(each for each in rules.derivations if each not in filling),
    )
    other = evaluate(rest, evaluation.graph, reassess=evaluation.reassess)
    names = {rule.name for rule in reading}
    made = {(derivation_words(each), each.at) for each in filling}
    places = {never.at for never in barring}
    found = []
    for module, each in enumerate(explanations):
        before, now = _decided(other.decision(module)), _decided(evaluation.decision(module))
        if (before.outcome, before.star) != (now.outcome, now.star):
            rows = [row for row in each.rows if row.rule in names or _is_made(row, made)]
            barred = [e.words for e in each.exceptions if e.at in places]
            because = "; ".join((*map(_evidence, rows), *barred))
            rules_holding = tuple(row.rule for row in rows)
            found.append(NeighbourChange(each.path, before, now, rules_holding, because))
    return tuple(found)


def _is_made(row: EvidenceRow, made: Collection[tuple[str, str]]) -> bool:
    """Whether a value that the row rests on is one that a derivation of `made` fills in."""
    origins = (origin for match in row.matches for origin in match.origins)
    return any((each.derivation, each.at) in made and not each.is_own for each in origins)


def _decided(decision: Decision) -> Decided:
    best = decision.best
    star = best.star if best else None
    if decision.outcome == "assigned":
        star = decision.star
    return Decided(decision.outcome, star, best.score if best else 0)


def _evidence(row: EvidenceRow) -> str:
    found = [f"{match.facet} {match.value}" for match in row.matches[:1]]
    found += [match.value for match in row.matches[1:]]
    more = sum(match.more for match in row.matches)
    sign = "+" if row.sign > 0 else "-"
    listed = ", ".join(found) + (f" and {more:,} more" if more else "")
    return f"{row.rule} {sign}{short(row.weight)} {row.star}" + (f" ({listed})" if listed else "")


# Evaluation -> Plan.


@frozen
class Inputs:
    """Digests of what a plan is made from, and what is already known to be wrong.

    `digests` names each input (`rules`, `canon`, `profile`, …). `blocking` are findings
    that forbid to apply the plan, `known` those that the config accepts. `places` knows the
    texts of manifests, where they are at hand.
    """

    digests: Mapping[str, str]
    blocking: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    known: tuple[Diagnostic, ...] = ()
    places: ManifestPlaces | None = None


# What must never be, of the tree as it is and of the tree that the plan would leave behind.


class Forbidden(NamedTuple):
    """What is broken before a plan, and what after it."""

    before: Asked
    after: Asked

    @classmethod
    def of(
        cls,
        rules: RuleSet,
        graph: ModuleGraph,
        explanations: Sequence[Explanation],
        edits: Sequence[Edit],
    ) -> "Forbidden":
        """Asks twice only where there is an edit that a forbid could read."""
        before = ask(rules, graph)
        if not rules.forbids or not edits:
            return cls(before, before)
        planned = graph_after(graph, labels_after(rules, graph, explanations), edits)
        return cls(before, ask(rules, planned))

    def standing(self, places: ManifestPlaces | None) -> Iterator[Diagnostic]:
        """A finding for each module that breaks a forbid already."""
        graph = self.before.graph
        yield from findings(self.before.violations, graph, places or places_of(graph))

    def caused(self, places: ManifestPlaces | None) -> Iterator[Diagnostic]:
        """A finding for each module that would break one only after the plan: it blocks it."""
        graph, known = self.before.graph, {each.key for each in self.before.violations}
        new = [each for each in self.after.violations if each.key not in known]
        yield from findings(new, graph, places or places_of(graph), WOULD_BREAK)


def graph_after(
    graph: ModuleGraph, stars: tuple[tuple[str, ...], ...], edits: Sequence[Edit]
) -> ModuleGraph:
    """`graph` as its manifests are after `edits`, which give them `stars`."""
    documents, numbers = list(graph.documents), {file: n for n, file in enumerate(graph.files)}
    for edit in edits:
        if edit.file not in numbers:  # that of stars alone
            continue
        number = numbers[edit.file]
        documents[number] = with_value(documents[number], edit.pointer, edit.new)
    written = {edit.pointer for edit in edits}
    sources = [
        *graph.profile.facets,
        *(
            field_source(name.removeprefix(FIELD_PREFIX))
            for name in graph.columns
            if name.startswith(FIELD_PREFIX)
        ),
    ]
    survey = Survey(tuple(documents), places_of(graph))
    read = {
        source.name: filled(survey.column(source), graph.facts.by_facet.get(source.name, {}))
        for source in sources
        if any(_meet(place, pointer) for place in source.locations for pointer in written)
    }
    return evolve(graph, stars=stars, documents=tuple(documents), columns={**graph.columns, **read})


def _meet(location: str, pointer: str) -> bool:
    """Whether what is at `pointer` may be at `location`, above it or below it."""
    pairs = zip(location.split("/"), pointer.split("/"), strict=False)
    return all(part in {EACH, other} for part, other in pairs)


@collector_paused()
def make_plan(
    rules: RuleSet,
    graph: ModuleGraph,
    inputs: Inputs,
    *,
    schema: "Schema | None" = None,
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
    edits = () if reassess else edits_of(rules, graph, explanations)
    forbidden = Forbidden.of(rules, graph, explanations, edits)
    return Plan(
        inputs={**inputs.digests, "graph": graph_digest(graph)},
        reassess=reassess,
        explanations=explanations,
        edits=edits,
        before=_distribution(each.current for each in explanations),
        after=_distribution(each.star or each.current for each in explanations),
        ceilings=tuple(ceiling_lines(graph.paths, settlement)),
        blocked=in_order(
            [*inputs.blocking, *breaches(evaluation, settlement), *forbidden.caused(inputs.places)]
        ),
        warnings=in_order(
            [*inputs.warnings, *observations(evaluation, settlement), *doubts(forbidden.before)]
        ),
        known=in_order(inputs.known),
        next_promoted=0 if reassess else _next_promoted(evaluator, evaluation, explanations),
        optimum=_optimum(evaluation, settlement),
        held_by_sources=_held_by_sources(rules, explanations),
        neighbours=_because_of_neighbours(evaluation, explanations) if reassess else None,
        broken=in_order(forbidden.standing(inputs.places)),
        ignored=graph.ignored,
    )


def _held_by_sources(rules: RuleSet, explanations: Sequence[Explanation]) -> int | None:
    if not Sources(rules).asked:
        return None
    suggested = (each for each in explanations if each.outcome is Outcome.SUGGESTED)
    return sum(each.lacks_sources for each in suggested)


def _optimum(evaluation: Evaluation, settlement: Settlement) -> "Optimum | None":
    if not settlement.deferred:
        return None
    from starlang.engine.optimum import optimum  # noqa: PLC0415 -- most plans never need it

    return optimum(evaluation, settlement)


def _because_of_neighbours(
    evaluation: Evaluation, explanations: Sequence[Explanation]
) -> tuple[NeighbourChange, ...] | None:

    return neighbour_changes(evaluation, explanations)


def graph_digest(graph: ModuleGraph) -> str:
    """One digest over path and SHA-256 of every manifest."""
    lines = zip(graph.paths, graph.digests, strict=False)
    data = "".join(f"{path}\0{digest}\n" for path, digest in lines)
    if graph.sidecar is not None:
        data += f"\0{graph.sidecar.file}\0{graph.sidecar.digest}\n"
    return f"sha256:{sha256(data.encode(errors='surrogateescape')).hexdigest()}"


def _distribution(stars: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for star in stars:
        counts[star] = counts.get(star, 0) + 1
    return dict(sorted(counts.items()))


def ceiling_lines(paths: Sequence[str], settlement: Settlement) -> Iterable[CeilingLine]:
    """The ceilings of a settlement, which numbers the modules at `paths`."""

    def beyond(promotions: Sequence[Promotion]) -> tuple[Beyond, ...]:
        return tuple(Beyond(paths[p.module], p.star, p.score) for p in promotions)

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
