"""One module under changes, decided by the parts that the evaluator is made of.

Which tests hold for the module is found once; a change of a facet asks only the tests
over that facet again. So thousands of changes can be tried. What is then named is
evaluated anew as a whole (`starlang.why_not.subject`).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, cached_property

from attrs import evolve

from starlang.engine.ceilings import settle
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
from starlang.engine.facts import Deriver
from starlang.engine.program import Program
from starlang.engine.sources import SourceCounter
from starlang.explain.explain import MatchFinder, score_of
from starlang.explain.model import Grounds
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import Place
from starlang.manifests.survey import field_source
from starlang.rules.conditions import Condition, walk, where_of
from starlang.rules.derivations import Names, tests_through
from starlang.rules.model import MICRO, REACHING, OnBreach, RuleSet, conditions_of
from starlang.rules.relations import Neighbours
from starlang.rules.spelling import FIELD_PREFIX, Scalar
from starlang.why_not.model import FACET_KINDS, MANIFEST_KINDS, Change, ChangeKind

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

_EVALUATIONS = 200
"""How many times all modules may be evaluated for one, where others change with it."""

_Own = tuple[tuple[str, tuple[tuple[type, Scalar], ...]], ...]
"""Facets with values and their types: `True` and 1 are equal, and are not the same value."""


def _typed(values: Iterable[tuple[str, Values]]) -> _Own:
    return tuple((facet, tuple((type(each), each) for each in said)) for facet, said in values)


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
        self.deriver = Deriver(rules, self.program)
        self.comes_back = comes_back(rules)
        self.names = Names(rules.derivations)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator of the rules as they are."""
        return Evaluator(self.rules)

    @cached_property
    def derived(self) -> tuple[str, ...]:
        """The facets that rules make, each after all that it rests on."""
        levels = self.deriver.levels
        return tuple(sorted(levels, key=lambda facet: (levels[facet], facet)))

    def _truths(self, facet: str, typed: tuple[tuple[type, Scalar], ...]) -> frozenset[int]:
        values = tuple(value for _, value in typed)
        tests = self.program.tests_of(facet)
        return frozenset(number for number, test in tests if test.holds(values))


def comes_back(rules: RuleSet) -> bool:
    """Whether a change of one module may change others, and they in turn that module.

    So it is if rules ask of neighbours what rests on their neighbours.
    """

    def looks(condition: Condition) -> bool:
        tests = tests_through(condition, rules.derivations)
        return any(isinstance(test, Neighbours) and _asks_more(test) for test in tests)

    def about(star: str) -> Iterator[Condition]:
        yield from (rule.condition for rule in rules.rules if rule.star == star)
        yield from (n.condition for n in rules.nevers if not n.stars or star in n.stars)

    for test in (test for each in conditions_of(rules) for test in walk(each)):
        where = where_of(test)
        if where is not None and looks(where):
            return True
        if not isinstance(test, Neighbours) or test.standing != REACHING:
            continue
        if any(map(looks, about(test.star))):
            return True
    return False


def _asks_more(test: Neighbours) -> bool:
    """Whether it matters how neighbours are, and not only where they are."""
    return bool(test.standing) or test.where is not None


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
        self._evaluations = 0
        self._kits: dict[tuple[Change, ...], Rescorer] = {(): bench.kit}
        self._known: dict[tuple[object, ...], tuple[Case, Decision]] = {}
        self._over = cache(self._tests_over)
        self._through = cache(self._with_derived)

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
        """The values of a facet in the manifest now."""
        column = self.bench.evaluation.graph.columns.get(facet)
        return () if column is None else column.of(self.index)

    def seen(self, facet: str) -> Values:
        """The values of a facet as rules see them now."""
        column = self.bench.evaluation.column(facet)
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
        found = counter.found(
            case.rules, self._marked(changes, self._tests_after(changes), counter)
        )
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
        """What was found out once is remembered: many changes let the same tests hold."""
        if kit is not None:
            tests = self._tests_after(changes)
            return self._judged(changes, kit, tests, self._marked(changes, tests, kit.counter))
        of_rules = tuple(each for each in changes if each.kind not in MANIFEST_KINDS)
        if self.bench.comes_back and len(of_rules) < len(changes):
            return self._evaluated(changes)
        kit = self._kits.get(of_rules)
        if kit is None:
            rules = changed_rules(self.bench.rules, of_rules)
            kit = self._kits[of_rules] = Rescorer(rules, self.bench.program)
        tests = self._tests_after(changes)
        marked = self._marked(changes, tests, kit.counter)
        key = (of_rules, marked, any(change.kind is ChangeKind.STAR for change in changes))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._judged(changes, kit, tests, marked)
        return found

    def _evaluated(self, changes: Sequence[Change]) -> tuple[Case, Decision]:
        """Decided with all other modules, since these may be others after `changes`."""
        self._evaluations += 1
        after = self.evaluated(changes)
        return after.case(self.index), after.decision(self.index)

    def evaluated(self, changes: Sequence[Change]) -> Evaluation:
        """All modules after `changes`."""
        bench = self.bench
        rules = changed_rules(bench.rules, changes)
        evaluator = bench.evaluator if rules is bench.rules else Evaluator(rules)
        return evaluator.evaluate(self.changed_graph(changes), reassess=bench.evaluation.reassess)

    def _judged(
        self,
        changes: Sequence[Change],
        kit: Rescorer,
        tests: frozenset[int],
        marked: frozenset[int],
    ) -> tuple[Case, Decision]:
        bench = self.bench
        count = len(bench.rules.rules)
        held = bench.program.holding(sorted(tests))
        held = held[: bisect_left(held, count + len(bench.rules.nevers))]
        rules_held = held[: bisect_left(held, count)]
        path = bench.evaluation.graph.paths[self.index]
        nevers = tuple(
            at - count
            for at in held[len(rules_held) :]
            if path not in kit.rules.nevers[at - count].unless_paths
        )
        lacking = kit.counter.lacking(rules_held, marked)
        case = Case(rules_held, nevers, kit.scorer.scores(rules_held)[1], lacking=lacking)
        assigned = None if any(c.kind is ChangeKind.UNASSIGN for c in changes) else self.assigned
        return case, kit.judge.decide(case, self.carried_after(changes), assigned)

    def carried_after(self, changes: Sequence[Change]) -> Carried:
        """What the module counts as carrying after `changes`."""
        if not any(change.kind is ChangeKind.STAR for change in changes):
            return self.carried
        return self.bench.canon.carried(self.labels(changes))

    def _tests_after(self, changes: Sequence[Change]) -> frozenset[int]:
        by_facet: dict[str, list[Change]] = {}
        for change in changes:
            if change.kind in MANIFEST_KINDS:
                by_facet.setdefault(change.subject, []).append(change)
        tests = self.tests
        for several in by_facet.values():
            over, now = self._over(tuple(several))
            tests = (tests - over) | now
        if not by_facet or not self.bench.derived:
            return tests
        return self._through(tests, self._changed_own(changes))[0]

    def _tests_over(self, changes: tuple[Change, ...]) -> tuple[frozenset[int], frozenset[int]]:
        """The tests over the one facet that `changes` are about, and those that hold then."""
        facet = changes[0].subject
        values: Values
        if changes[0].kind is ChangeKind.STAR:
            values = self.bench.canon.values(self.labels(changes))
        else:
            values = self.changed_values(changes)[facet]
        over = frozenset(number for number, _ in self.bench.program.tests_of(facet))
        return over, self.bench.truths(facet, tuple((type(value), value) for value in values))

    def _with_derived(
        self, tests: frozenset[int], own: "_Own"
    ) -> tuple[frozenset[int], Mapping[str, Values]]:
        """`tests` after all derivations; and what derived facets have then.

        `own` is what the manifest then says of those that change.
        """
        bench, said = self.bench, dict(own)
        found: dict[str, Values] = {}
        for facet in bench.derived:
            typed = said.get(facet)
            values = self._own(facet) if typed is None else tuple(value for _, value in typed)
            is_single = bench.evaluation.derived[facet].is_single
            held = bench.deriver.holding(facet, tests)
            found[facet] = bench.deriver.values(held, values, is_single=is_single)
            over = frozenset(number for number, _ in bench.program.tests_of(facet))
            now = tuple((type(value), value) for value in found[facet])
            tests = (tests - over) | bench.truths(facet, now)
        return tests, found

    def _own(self, facet: str) -> Values:
        """What the manifest says now: nothing of a name for conditions."""
        return () if source_of(self.bench, facet) is None else self.values(facet)

    def derived_after(self, changes: Sequence[Change]) -> Mapping[str, Values]:
        """The derived facets with what they have after `changes` of the manifest."""
        return self._through(self._tests_after(changes), self._changed_own(changes))[1]

    def _changed_own(self, changes: Sequence[Change]) -> _Own:
        """What the manifest says after `changes` of those derived facets that they change."""
        own = self.changed_values(changes)
        return _typed((facet, own[facet]) for facet in self.bench.derived if facet in own)

    def _marked(
        self, changes: Sequence[Change], tests: frozenset[int], counter: SourceCounter
    ) -> frozenset[int]:
        """`tests`, and where values of derived facets come from, where that matters."""
        changed = self.changed_values(changes) if counter.facets else {}
        derived = self.bench.evaluation.derived
        single = {facet for facet in derived if derived[facet].is_single}

        def own(facet: str) -> Values:
            return changed[facet] if facet in changed else self.values(facet)

        return tests.union(counter.marks_of(own, tests, single))

    def _has_room(self, changes: Sequence[Change], case: Case, decision: Decision) -> bool:
        """Whether the ceilings leave room, all other modules being as they are."""
        key = (score_of(case.scores, self.star), decision.lead)
        subjects = {change.subject for change in changes}.union(self.bench.derived)
        moves = self._per.isdisjoint(subjects)
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
        """Whether too many changes asked for all modules to answer all of them."""
        return self._room_checks >= _ROOM_CHECKS or self._evaluations >= _EVALUATIONS

    def _patched(self, changes: Sequence[Change], case: Case, decision: Decision) -> Evaluation:
        """The evaluation as it is, but for this module."""
        before = self.bench.evaluation
        index = self.index
        assigned = {module: n for module, n in before.assigned.items() if module != index}
        derived = dict(before.derived)
        for facet, values in self.derived_after(changes).items():
            column = derived[facet].column
            codes = _with(column.codes, index, len(column.values))
            changed = FacetColumn((*column.values, values), codes)
            derived[facet] = derived[facet]._replace(column=changed)
        return evolve(
            before,
            derived=derived,
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


def source_of(bench: PlanBase, facet: str) -> Place | None:
    """Where the manifests have a facet, or None for what no manifest is asked to change.

    A module is called and lies as it does: `path`, `name` and `text` are never changed.
    """
    if facet.startswith(FIELD_PREFIX):
        return field_source(facet.removeprefix(FIELD_PREFIX))
    return bench.evaluation.graph.profile.facet(facet)
