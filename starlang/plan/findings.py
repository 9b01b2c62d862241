"""What a plan has to report beside its decisions: breached ceilings, what has no effect."""

from collections.abc import Iterator

from starlang.diagnostics.model import Diagnostic, at_place
from starlang.engine.ceilings import Count, FloorCount, Settlement
from starlang.engine.decisions import StarLabels
from starlang.engine.evaluate import Evaluation
from starlang.engine.promotions import Promotion
from starlang.explain.derived import ambiguities
from starlang.explain.forbids import places_of, said
from starlang.explain.words import short
from starlang.manifests.graph import ModuleGraph
from starlang.matching.globs import covers
from starlang.rules.conditions import walk, walk_all
from starlang.rules.model import OnBreach, RuleSet, all_conditions_of, reads_graph
from starlang.rules.spelling import (
    BUILTIN_FACETS,
    EVENTS,
    FIELD_PREFIX,
    GRAPH,
    GRAPH_PREFIX,
    IN_CYCLE,
    OVER_STEPS,
    day_of,
    facet_text,
    spelling,
)
from starlang.rules.text_predicates import Before, Under
from starlang.text import counted, shown_value
from starlang.texts.lookalikes import told_apart
from starlang.texts.pointers import EACH, pointer_to

_SHOWN = 5
"""How many modules a sentence names before it counts the others."""


def breaches(evaluation: Evaluation, settlement: Settlement) -> Iterator[Diagnostic]:
    """A finding for each ceiling that the run breaches; each forbids to apply the plan."""
    for count in settlement.counts:
        if not count.holds:
            yield _ceiling_breach(evaluation, count)
    for floor in settlement.floors:
        if not floor.holds:
            yield _floor_breach(evaluation, floor)


def _ceiling_breach(evaluation: Evaluation, count: Count) -> Diagnostic:
    group = f" for {count.group}" if count.group else ""
    return at_place(
        count.ceiling.at,
        "E801",
        f"`{count.ceiling.text}`: the run has {count.count:,} promotions{group}, and the "
        f"limit is {count.limit:,}; beyond it: {_named(evaluation, count.beyond)}",
        hint=_way_out(evaluation, "raise the limit", count.beyond),
    )


def _floor_breach(evaluation: Evaluation, floor: FloorCount) -> Diagnostic:
    return at_place(
        floor.floor.at,
        "E802",
        f"`{floor.floor.text}`: {floor.after:,} of {floor.modules:,} modules would carry "
        f"{evaluation.rules.default.id} after the run ({floor.before:,} before), and "
        f"{floor.needed:,} are needed; beyond it: {_named(evaluation, floor.beyond)}",
        hint=_way_out(evaluation, "lower the floor", floor.beyond),
    )


def _way_out(evaluation: Evaluation, first: str, beyond: tuple[Promotion, ...]) -> str:
    if any(promotion.is_assigned for promotion in beyond):
        return f"{first}, or take assignments back: an assignment is never deferred"
    if evaluation.rules.ceilings.on_breach is OnBreach.ABORT:
        return f"{first}, or write `on breach defer` to hold the weakest promotions back"
    return first


def _named(evaluation: Evaluation, promotions: tuple[Promotion, ...]) -> str:
    paths = evaluation.graph.paths
    shown = ", ".join(f"{paths[p.module]} ({p.star} {short(p.score)})" for p in promotions[:_SHOWN])
    more = len(promotions) - _SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown


def observations(evaluation: Evaluation, settlement: Settlement) -> Iterator[Diagnostic]:
    """What does not forbid the run but its owner needs to know."""
    yield from _floors_missed(evaluation, settlement)
    yield from _unrecognised(evaluation)
    yield from _idle_exceptions(evaluation)
    yield from _idle_globs(evaluation)
    yield from ambiguities(evaluation)
    yield from _unseen_facets(evaluation)
    yield from _unseen_relations(evaluation)
    yield from not_dates(evaluation.rules, evaluation.graph)


def _floors_missed(evaluation: Evaluation, settlement: Settlement) -> Iterator[Diagnostic]:
    for floor in settlement.floors:
        if floor.missed_before and floor.holds:
            yield at_place(
                floor.floor.at,
                "W801",
                f"`{floor.floor.text}` is missed before the run: {floor.before:,} of "
                f"{floor.modules:,} modules carry {evaluation.rules.default.id}, and "
                f"{floor.needed:,} are needed",
                hint="lower the floor, or no module can be promoted",
            )


def _star_file(graph: ModuleGraph, module: int) -> str:
    if graph.sidecar is not None:
        return graph.sidecar.file
    return graph.files[module] if graph.files else graph.paths[module]


def _star_pointer(graph: ModuleGraph, module: int) -> str:
    if graph.sidecar is not None:
        return pointer_to((graph.paths[module],))
    stars = graph.shape(module).stars
    return "" if stars.sidecar else stars.first.locations[0].replace(EACH, "0")


def _unrecognised(evaluation: Evaluation) -> Iterator[Diagnostic]:
    canon = StarLabels(evaluation.rules)
    graph = evaluation.graph
    foreign = {
        labels
        for labels in set(graph.stars)
        if any(label and canon.star(label) is None for label in labels)
    }
    known = [label for star in evaluation.rules.stars for label in (star.label, *star.aliases)]
    strange = {
        labels: [label for label in labels if label and canon.star(label) is None]
        for labels in foreign
    }
    apart = {labels: _told_apart(strange[labels], known) for labels in foreign}
    for module, labels in enumerate(graph.stars):
        if labels not in foreign:
            continue
        carried = f"{graph.paths[module]} carries {_quoted(strange[labels])}"
        yield Diagnostic(
            code="W802",
            message=f"{carried}, which is not in the canon{apart[labels]}",
            file=_star_file(graph, module),
            pointer=_star_pointer(graph, module),
            hint="add the label to the canon with `aka`, or `assign` the module to a star",
        )


def _told_apart(labels: list[str], known: list[str]) -> str:
    """What tells the first of `labels` that looks like a known one from it; "" where none does."""
    for label in labels:
        # What is known has emoji, and letters that look alike take a tenth of a second to load.
        for other in () if label.isascii() else known:
            if words := told_apart(label, other):
                return f"; `{other}` is{words}"
    return ""


def _quoted(labels: list[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels)


def _idle_exceptions(evaluation: Evaluation) -> Iterator[Diagnostic]:
    """Exceptions without a module; an exception that spares all it covers is idle too."""
    busy = {number for decision in evaluation.decisions for number in decision.nevers}
    for number, never in enumerate(evaluation.rules.nevers):
        if number not in busy:
            yield at_place(
                never.at,
                "W803",
                f"this exception matches no module ({never.because})",
                hint="remove it, or correct its glob or condition",
            )
    for number in evaluation.absent:
        assign = evaluation.rules.assigns[number]
        yield at_place(
            assign.at,
            "W804",
            f"`{assign.path}` is assigned to {assign.star}, but there is no manifest",
            hint="remove the assignment, or correct the path",
        )


def _idle_globs(evaluation: Evaluation) -> Iterator[Diagnostic]:
    """Each glob of an exception or a ceiling that covers no module, though another one may."""
    rules, paths = evaluation.rules, evaluation.graph.paths
    scopes = [
        (each.at, each.condition.globs)
        for each in rules.nevers
        if isinstance(each.condition, Under) and len(each.condition.globs) > 1
    ]  # where there is one, W803 speaks
    scopes += [(each.at, each.globs) for each in rules.ceilings.limits if each.globs]
    for place, listed in scopes:
        for glob in listed:
            if paths and not any(covers(glob, path) for path in paths):
                yield at_place(
                    place,
                    "W205",
                    f"{shown_value(glob)} covers no module",
                    hint="correct it, or remove it",
                )


def _unseen_facets(evaluation: Evaluation) -> Iterator[Diagnostic]:
    """Facets that rules read, also to derive others, and that no module has."""
    read = {kind for rule in evaluation.rules.rules for kind in rule.kinds} - {_FIELD}
    for each in evaluation.rules.derivations:
        read |= {test.facet for test in walk(each.condition, denied=False)}
    for rule in evaluation.rules.rules:  # whose kind does not say which field is meant
        tests = (test.facet for test in walk(rule.condition, denied=False))
        read |= {facet for facet in tests if facet.startswith(FIELD_PREFIX)}
    profile = evaluation.graph.profile
    names = {each for each in evaluation.derived if profile.facet(each) is None}
    others = {each for each in read if each.startswith(GRAPH_PREFIX)}
    for facet in sorted(read.difference(BUILTIN_FACETS, (GRAPH,), names, others)):
        column = evaluation.column(facet)
        if column is None or not any(column.values):
            yield Diagnostic(
                code="W805",
                message=f"rules read {_read_words(facet)}, and no manifest has it",
                hint="correct the pointer in the rules"
                if facet.startswith(FIELD_PREFIX)
                else "check where the profile looks for it",
            )


_FIELD = FIELD_PREFIX.rstrip(":")
"""The kind of all evidence from fields."""


def _read_words(facet: str) -> str:
    words = f"`{facet_text(facet)}`"
    return words if facet.startswith(FIELD_PREFIX) else f"the facet {words}"


def _unseen_relations(evaluation: Evaluation) -> Iterator[Diagnostic]:
    """Relations that rules read, also to derive facets, and that no module has."""
    rules = evaluation.rules
    deriving = [each for each in rules.derivations if reads_graph(each.condition)]
    if not deriving and all(GRAPH not in rule.kinds for rule in rules.rules):
        return
    conditions = [each.condition for each in rules.rules]
    conditions += [each.condition for each in deriving]
    tests = (test for each in conditions for test in walk(each))
    for facet in sorted({test.facet for test in tests if test.facet.startswith(GRAPH_PREFIX)}):
        relation = facet.removeprefix(GRAPH_PREFIX)
        if relation in EVENTS:
            column = evaluation.graph.columns.get(facet)
            is_seen = column is not None and any(column.values)
            hint = f"check where `{relation}` in `[graph]` of the profile looks for events"
        else:
            relations = evaluation.graph.relations
            is_seen = relations is not None and len(relations.of(facet)) > 0
            hint = _NO_EDGES.get(relation, "no module is in the directory of another one")
        if not is_seen:
            message = f"rules read `{relation}`, and that holds between no modules"
            if relation in EVENTS:
                message = f"rules read `{relation}`, and no module {relation} anything"
            yield Diagnostic(code="W805", message=message, hint=hint)


_LOOK = "check `dependencies` in `[graph]` of the profile, or name an import graph in the config"
_NO_EDGES = dict.fromkeys((*OVER_STEPS, *OVER_STEPS.values(), IN_CYCLE), _LOOK)


def not_dates(rules: RuleSet, graph: ModuleGraph) -> Iterator[Diagnostic]:
    """W806 once for each facet that is compared with a date, and that has other values, too."""
    tests = (test for condition in all_conditions_of(rules) for test in walk_all(condition))
    for facet in sorted({test.facet for test in tests if isinstance(test, Before)}):
        column = graph.columns.get(facet)
        if column is None:
            continue
        strange = [
            next((each for each in values if not isinstance(each, str) or not day_of(each)), None)
            for values in column.values
        ]
        modules = [number for number, code in enumerate(column.codes) if strange[code] is not None]
        if modules and (value := strange[column.codes[modules[0]]]) is not None:
            yield _not_a_date(graph, facet, spelling(value), modules)


def _not_a_date(graph: ModuleGraph, facet: str, value: str, modules: list[int]) -> Diagnostic:
    first, size = modules[0], counted(len(modules), "module")
    steps = (where for where, each in said(facet, first, graph) if each == value)
    has = "has a value that is not a date" if len(modules) == 1 else "have values that are not"
    return places_of(graph).finding(
        first,
        next(steps, ()) if graph.documents else (),
        "W806",
        f"`{facet_text(facet)}` is compared with a date, and {size} {has}: `{value}` in "
        f"{graph.paths[first]}, for example",
        hint="such a value is never before a day; write year, month and day, as in `2025-01-01`",
    )
