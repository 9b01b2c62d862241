"""One module under changes, decided by the parts that the evaluator is made of.

Which tests hold for the module is found once; a change of a facet asks only the tests
over that facet again. So thousands of changes can be tried. What is then named is
evaluated anew as a whole (`starlang.why_not.subject`).
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, cached_property

from attrs import evolve

from starlang.engine.ceilings import Settlement, settle
from starlang.engine.decisions import (
    Carried,
    Case,
    Decider,
    Decision,
    Outcome,
    Scorer,
    StarLabels,
)
from starlang.engine.evaluate import Evaluation, Evaluator
from starlang.engine.program import Program
from starlang.engine.sources import SourceCounter
from starlang.explain.explain import MatchFinder, score_of
from starlang.explain.model import Grounds
from starlang.manifests.facets import values_in, with_added, with_dropped
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import Place, prefix_of, used_location
from starlang.manifests.schema import complaints
from starlang.manifests.survey import field_source
from starlang.rules.model import MICRO, OnBreach, RuleSet, conditions_of
from starlang.rules.spelling import FIELD_PREFIX, Scalar
from starlang.texts.pointers import EACH
from starlang.texts.rewriting import with_value
from starlang.why_not.model import FACET_KINDS, MANIFEST_KINDS, Change, ChangeKind, Solution

# A rule set after changes of thresholds, weights, exceptions, assignments and ceilings.


def changed_rules(rules: RuleSet, changes: Sequence[Change]) -> RuleSet:
    """`rules` after those of `changes` that are about rules; `rules` itself if none is."""
    for change in changes:
        if change.kind not in MANIFEST_KINDS:
            rules = _changed(rules, change)
    return rules


def _changed(rules: RuleSet, change: Change) -> RuleSet:  # noqa: PLR0911 -- a table, a kind a line
    confidence, amount = rules.confidence, change.amount
    match change.kind:
        case ChangeKind.PROMOTE:
            stars = {**dict(confidence.promote_star), change.subject: amount}
            changed = evolve(confidence, promote_star=tuple(sorted(stars.items())))
            return evolve(rules, confidence=changed)
        case ChangeKind.SOURCES:
            stars = {**dict(confidence.sources_star), change.subject: amount}
            changed = evolve(confidence, sources_star=tuple(sorted(stars.items())))
            return evolve(rules, confidence=changed)
        case ChangeKind.SUGGEST:
            return evolve(rules, confidence=evolve(confidence, suggest=amount))
        case ChangeKind.MARGIN:
            return evolve(rules, confidence=evolve(confidence, margin=amount))
        case ChangeKind.WEIGHT:
            return evolve(
                rules,
                rules=tuple(
                    evolve(rule, weight=amount) if rule.name == change.subject else rule
                    for rule in rules.rules
                ),
            )
        case ChangeKind.EXCEPT:
            return _with_except(rules, int(change.subject), str(change.value))
        case ChangeKind.UNASSIGN:
            kept = tuple(each for each in rules.assigns if each.path != change.subject)
            return evolve(rules, assigns=kept)
        case _:
            return _with_limit(rules, change)


def _with_except(rules: RuleSet, number: int, path: str) -> RuleSet:
    never = rules.nevers[number]
    changed = evolve(never, unless_paths=(*never.unless_paths, path))
    return evolve(rules, nevers=(*rules.nevers[:number], changed, *rules.nevers[number + 1 :]))


def _with_limit(rules: RuleSet, change: Change) -> RuleSet:
    """With another amount of a ceiling or floor, which is found by where it was declared."""
    ceilings = rules.ceilings

    def amount(percent: bool) -> Fraction:  # noqa: FBT001 -- what the record says of itself
        return Fraction(change.amount, MICRO) if percent else Fraction(change.amount)

    return evolve(
        rules,
        ceilings=evolve(
            ceilings,
            limits=tuple(
                evolve(each, amount=evolve(each.amount, value=amount(each.amount.percent)))
                if each.text == change.subject
                else each
                for each in ceilings.limits
            ),
            floors=tuple(
                evolve(each, amount=evolve(each.amount, value=amount(each.amount.percent)))
                if each.text == change.subject
                else each
                for each in ceilings.floors
            ),
        ),
    )


Values = tuple[Scalar, ...]

_ROOM_CHECKS = 200
"""How many times a module may ask for room under the ceilings: each is a settlement."""


class PlanBase:
    """What questions about all modules of one plan share."""

    def __init__(self, grounds: Grounds) -> None:
        self.grounds = grounds
        self.evaluation = grounds.evaluation
        self.rules = grounds.evaluation.rules
        rules = self.rules
        self.conditions = conditions_of(rules)
        self.program = self.evaluation.program
        self.canon = StarLabels(rules)
        self.finder = MatchFinder(self.evaluation)
        self.kit = Rescorer(rules, self.program)
        self.truths = cache(self._truths)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator of the rules as they are."""
        return Evaluator(self.rules)

    def _truths(self, facet: str, typed: tuple[tuple[type, Scalar], ...]) -> frozenset[int]:
        values = tuple(value for _, value in typed)
        tests = self.program.tests_of(facet)
        return frozenset(number for number, test in tests if test.holds(values))


class Rescorer:
    """What scores and judges by one rule set; `program` has the tests of its conditions."""

    def __init__(self, rules: RuleSet, program: Program) -> None:
        self.rules = rules
        self.scorer = Scorer(rules)
        self.counter = SourceCounter(rules, program)
        self.judge = Decider(rules, None)


class Subject:
    """Module number `index`, asked why it does not get `star`."""

    def __init__(self, bench: PlanBase, index: int, star: str) -> None:
        self.bench = bench
        self.index = index
        self.star = star
        evaluation = bench.evaluation
        self._default = Carried(bench.rules.default.id)
        real = evaluation.carried(index)
        self.carried = self._default if evaluation.reassess else real
        number = evaluation.assigned.get(index)
        self.assigned = None if number is None else bench.rules.assigns[number].star
        ceilings = bench.rules.ceilings
        has_limits = bool(ceilings.limits or ceilings.floors)
        self._asks_for_room = (
            ceilings.on_breach is OnBreach.DEFER and has_limits and not evaluation.reassess
        )
        self._per = {limit.per for limit in ceilings.limits}
        self._without_room = (-1, -1)
        self._room_checks = 0

    @cached_property
    def tests(self) -> frozenset[int]:
        """The tests that hold for the module now."""
        program, finder = self.bench.program, self.bench.finder
        return frozenset(
            number
            for number, test in enumerate(program.tests)
            if finder.find(test, self.index) is not None
        )

    def values(self, facet: str) -> Values:
        """The values of a facet now."""
        column = self.bench.evaluation.graph.columns.get(facet)
        return () if column is None else column.of(self.index)

    def changed_values(self, changes: Sequence[Change]) -> dict[str, Values]:
        """The facets that `changes` change, with what they then have."""
        found: dict[str, Values] = {}
        for change in changes:
            if change.kind in FACET_KINDS:
                before = found.get(change.subject)
                now = self.values(change.subject) if before is None else before
                found[change.subject] = _applied(now, change)
        return found

    def labels(self, changes: Sequence[Change]) -> tuple[str, ...]:
        """The labels of the manifest after `changes`."""
        labels = self.bench.evaluation.graph.stars[self.index]
        if not any(change.kind is ChangeKind.STAR for change in changes):
            return labels
        return (self.bench.rules.default.label, *labels[1:])

    def decide(self, changes: Sequence[Change] = (), kit: Rescorer | None = None) -> Decision:
        """The decision on the module after `changes`, before ceilings."""
        return self._decided(changes, kit)[1]

    def score(self, changes: Sequence[Change] = ()) -> int:
        """The score of the star after `changes` (of the manifest)."""
        return score_of(self._decided(changes, None)[0].scores, self.star)

    def sources(self, changes: Sequence[Change] = ()) -> int:
        """How many sources the star has after `changes` (of the manifest)."""
        case, _ = self._decided(changes, None)
        counter = self.bench.kit.counter
        tests = self._tests_after(changes)
        found = counter.found(case.rules, {*tests, *self._marks(changes, tests, counter)})
        return found[self.star].count if self.star in found else 0

    def gets(self, changes: Sequence[Change]) -> bool:
        """Whether the module is promoted to the star after `changes`.

        Ceilings are asked as well, unless `changes` are of rules: those change other
        modules too, and only evaluating all of them can tell.
        """
        return self.tried(changes)[1]

    def tried(self, changes: Sequence[Change]) -> tuple[int, bool]:
        """What `score` and `gets` answer, at the cost of one of them."""
        case, decision = self._decided(changes, None)
        return score_of(case.scores, self.star), self._is_given(changes, case, decision)

    def _is_given(self, changes: Sequence[Change], case: Case, decision: Decision) -> bool:
        if decision.outcome is not Outcome.PROMOTED or decision.star != self.star:
            return False
        if not self._asks_for_room or any(c.kind in _OF_ALL for c in changes):
            return True
        return self._has_room(changes, case, decision)

    def _decided(self, changes: Sequence[Change], kit: Rescorer | None) -> tuple[Case, Decision]:
        bench = self.bench
        if kit is None:
            rules = changed_rules(bench.rules, changes)
            is_same = rules is bench.rules
            kit = bench.kit if is_same else Rescorer(rules, bench.program)
        count = len(bench.rules.rules)
        tests = self._tests_after(changes)
        held = bench.program.holding(sorted(tests))
        held = held[: bisect_left(held, count + len(bench.rules.nevers))]
        rules_held = held[: bisect_left(held, count)]
        path = bench.evaluation.graph.paths[self.index]
        nevers = tuple(
            at - count
            for at in held[len(rules_held) :]
            if path not in kit.rules.nevers[at - count].unless_paths
        )
        marks = self._marks(changes, tests, kit.counter)
        lacking = kit.counter.lacking(rules_held, tests.union(marks))
        case = Case(rules_held, nevers, kit.scorer.scores(rules_held)[1], lacking=lacking)
        assigned = None if any(c.kind is ChangeKind.UNASSIGN for c in changes) else self.assigned
        return case, kit.judge.decide(case, self.carried_after(changes), assigned)

    def carried_after(self, changes: Sequence[Change]) -> Carried:
        """What the module counts as carrying after `changes`."""
        if not any(change.kind is ChangeKind.STAR for change in changes):
            return self.carried
        return self.bench.canon.carried(self.labels(changes))

    def _tests_after(self, changes: Sequence[Change]) -> frozenset[int]:
        changed: dict[str, Values] = self.changed_values(changes)
        if any(change.kind is ChangeKind.STAR for change in changes):
            changed["star"] = self.bench.canon.values(self.labels(changes))
        tests = self.tests
        for facet, values in changed.items():
            over = frozenset(number for number, _ in self.bench.program.tests_of(facet))
            typed = tuple((type(value), value) for value in values)
            tests = (tests - over) | self.bench.truths(facet, typed)
        return tests

    def _marks(
        self, changes: Sequence[Change], tests: frozenset[int], counter: SourceCounter
    ) -> Iterator[int]:
        """Where the values of derived facets come from after `changes`, where that matters."""
        changed = self.changed_values(changes) if counter.facets else {}
        derived = self.bench.evaluation.derived
        single = {facet for facet in derived if derived[facet].is_single}

        def own(facet: str) -> Values:
            return changed[facet] if facet in changed else self.values(facet)

        return counter.marks_of(own, tests, single)

    def _has_room(self, changes: Sequence[Change], case: Case, decision: Decision) -> bool:
        """Whether the ceilings leave room, all other modules being as they are."""
        key = (score_of(case.scores, self.star), decision.lead)
        moves = self._per.isdisjoint(change.subject for change in changes)
        if moves and key <= self._without_room:
            return False  # one that stood higher in the order was held already
        if self._room_checks >= _ROOM_CHECKS:
            return False
        self._room_checks += 1
        settled = settle(self._patched(changes, case, decision))
        has_room = self.index not in settled.deferred
        if moves and not has_room:
            self._without_room = max(key, self._without_room)
        return has_room

    @property
    def gave_up(self) -> bool:
        """Whether too many changes asked for room to answer all of them."""
        return self._room_checks >= _ROOM_CHECKS

    def _patched(self, changes: Sequence[Change], case: Case, decision: Decision) -> Evaluation:
        """The evaluation as it is, but for this module."""
        before = self.bench.evaluation
        index = self.index
        assigned = {module: n for module, n in before.assigned.items() if module != index}
        return evolve(
            before,
            graph=self.changed_graph(changes),
            cases=[*before.cases, case],
            case_codes=_with(before.case_codes, index, len(before.cases)),
            decisions=[*before.decisions, decision],
            decision_codes=_with(before.decision_codes, index, len(before.decisions)),
            carried_kinds=[*before.carried_kinds, self.carried_after(changes)],
            carried_codes=_with(before.carried_codes, index, len(before.carried_kinds)),
            assigned=assigned,
        )

    def changed_graph(self, changes: Sequence[Change]) -> ModuleGraph:
        """The graph with this module's facets and labels as they are after `changes`."""
        graph = self.bench.evaluation.graph
        columns = dict(graph.columns)
        for facet, values in self.changed_values(changes).items():
            column = columns.get(facet, FacetColumn(((),), bytes(len(graph))))
            codes = _with(column.codes, self.index, len(column.values))
            columns[facet] = FacetColumn((*column.values, values), codes)
        labels = self.labels(changes)
        stars = graph.stars
        if labels != stars[self.index]:
            stars = (*stars[: self.index], labels, *stars[self.index + 1 :])
        return evolve(graph, columns=columns, stars=stars)


_OF_ALL = (
    ChangeKind.PROMOTE,
    ChangeKind.SUGGEST,
    ChangeKind.MARGIN,
    ChangeKind.WEIGHT,
    ChangeKind.CEILING,
    ChangeKind.SOURCES,
)
"""Changes that concern other modules as well."""


def _applied(values: Values, change: Change) -> Values:
    value = change.value
    if value is None:
        return values
    rest = tuple(each for each in values if (type(each), each) != (type(value), value))
    match change.kind:
        case ChangeKind.ADD:
            return (*rest, value)
        case ChangeKind.SET:
            return (value,)
        case _:
            return rest


def _with(codes: Sequence[int], index: int, code: int) -> Sequence[int]:
    changed = list(codes)
    changed[index] = code
    return changed


# Changes made, and everything evaluated again: the manifest read again, all modules decided.


def verified(subject: Subject, changes: Sequence[Change]) -> Solution | None:
    """What comes of `changes`, or None if they do not promote the module to the star."""
    if not writable(subject, changes):
        return None
    bench = subject.bench
    before = bench.evaluation
    rules = changed_rules(bench.rules, changes)
    evaluator = bench.evaluator if rules is bench.rules else Evaluator(rules)
    after = evaluator.evaluate(subject.changed_graph(changes), reassess=before.reassess)
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


def source_of(bench: PlanBase, facet: str) -> Place | None:
    """Where the manifests have a facet, or None for what no manifest is asked to change.

    A module is called and lies as it does: `path`, `name` and `text` are never changed.
    """
    if facet.startswith(FIELD_PREFIX):
        return field_source(facet.removeprefix(FIELD_PREFIX))
    return bench.evaluation.graph.profile.facet(facet)


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
    if change.kind is ChangeKind.STAR:
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
