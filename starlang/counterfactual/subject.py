"""One module under changes, decided by the parts that the evaluator is made of.

Which tests hold for the module is found once; a change of a facet asks only the tests
over that facet again. So thousands of changes can be tried. What is then named is
evaluated anew as a whole (`starlang.counterfactual.verify`).
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, cached_property

from attrs import evolve

from starlang.counterfactual.model import FACET_KINDS, Change, Kind
from starlang.counterfactual.rule_edits import changed_rules
from starlang.engine.canon import Canon
from starlang.engine.ceilings import settle
from starlang.engine.decisions import Carried, Case, Decision, Judge, Outcome
from starlang.engine.evaluate import Evaluator
from starlang.engine.evaluation import Evaluation
from starlang.engine.scores import Scorer
from starlang.explain.explain import score_of
from starlang.explain.matches import MatchFinder
from starlang.explain.model import Grounds
from starlang.manifests.graph import Column, ModuleGraph
from starlang.rulesets.model import OnBreach, RuleSet
from starlang.rulesets.spelling import Scalar

Values = tuple[Scalar, ...]

_ROOM_CHECKS = 200
"""How many times a module may ask for room under the ceilings: each is a settlement."""


class Bench:
    """What questions about all modules of one plan share."""

    def __init__(self, grounds: Grounds) -> None:
        self.grounds = grounds
        self.evaluation = grounds.evaluation
        self.rules = grounds.evaluation.rules
        rules = self.rules
        self.conditions = [
            *(rule.condition for rule in rules.rules),
            *(never.condition for never in rules.nevers),
        ]
        self.program = self.evaluation.program
        self.canon = Canon(rules)
        self.finder = MatchFinder(self.evaluation)
        self.kit = Kit(rules)
        self.truths = cache(self._truths)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator of the rules as they are."""
        return Evaluator(self.rules)

    def _truths(self, facet: str, typed: tuple[tuple[type, Scalar], ...]) -> frozenset[int]:
        values = tuple(value for _, value in typed)
        tests = self.program.tests_of(facet)
        return frozenset(number for number, test in tests if test.holds(values))


class Kit:
    """What scores and judges by one rule set."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.scorer = Scorer(rules)
        self.judge = Judge(rules, None)


class Subject:
    """Module number `index`, asked why it does not get `star`."""

    def __init__(self, bench: Bench, index: int, star: str) -> None:
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
        if not any(change.kind is Kind.STAR for change in changes):
            return labels
        return (self.bench.rules.default.label, *labels[1:])

    def decide(self, changes: Sequence[Change] = (), kit: Kit | None = None) -> Decision:
        """The decision on the module after `changes`, before ceilings."""
        return self._decided(changes, kit)[1]

    def score(self, changes: Sequence[Change] = ()) -> int:
        """The score of the star after `changes` (of the manifest)."""
        return score_of(self._decided(changes, None)[0].scores, self.star)

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

    def _decided(self, changes: Sequence[Change], kit: Kit | None) -> tuple[Case, Decision]:
        bench = self.bench
        if kit is None:
            rules = changed_rules(bench.rules, changes)
            kit = bench.kit if rules is bench.rules else Kit(rules)
        count = len(bench.rules.rules)
        held = bench.program.holding(sorted(self._tests_after(changes)))
        rules_held = held[: bisect_left(held, count)]
        path = bench.evaluation.graph.paths[self.index]
        nevers = tuple(
            at - count
            for at in held[len(rules_held) :]
            if path not in kit.rules.nevers[at - count].unless_paths
        )
        case = Case(rules_held, nevers, kit.scorer.scores(rules_held)[1])
        assigned = None if any(c.kind is Kind.UNASSIGN for c in changes) else self.assigned
        return case, kit.judge.decide(case, self.carried_after(changes), assigned)

    def carried_after(self, changes: Sequence[Change]) -> Carried:
        """What the module counts as carrying after `changes`."""
        if not any(change.kind is Kind.STAR for change in changes):
            return self.carried
        return self.bench.canon.carried(self.labels(changes))

    def _tests_after(self, changes: Sequence[Change]) -> frozenset[int]:
        changed: dict[str, Values] = self.changed_values(changes)
        if any(change.kind is Kind.STAR for change in changes):
            changed["star"] = self.bench.canon.values(self.labels(changes))
        tests = self.tests
        for facet, values in changed.items():
            over = frozenset(number for number, _ in self.bench.program.tests_of(facet))
            typed = tuple((type(value), value) for value in values)
            tests = (tests - over) | self.bench.truths(facet, typed)
        return tests

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
            column = columns.get(facet, Column(((),), bytes(len(graph))))
            codes = _with(column.codes, self.index, len(column.values))
            columns[facet] = Column((*column.values, values), codes)
        labels = self.labels(changes)
        stars = graph.stars
        if labels != stars[self.index]:
            stars = (*stars[: self.index], labels, *stars[self.index + 1 :])
        return evolve(graph, columns=columns, stars=stars)


_OF_ALL = (Kind.PROMOTE, Kind.SUGGEST, Kind.MARGIN, Kind.WEIGHT, Kind.CEILING)
"""Changes that concern other modules as well."""


def _applied(values: Values, change: Change) -> Values:
    value = change.value
    if value is None:
        return values
    rest = tuple(each for each in values if (type(each), each) != (type(value), value))
    match change.kind:
        case Kind.ADD:
            return (*rest, value)
        case Kind.SET:
            return (value,)
        case _:
            return rest


def _with(codes: Sequence[int], index: int, code: int) -> Sequence[int]:
    changed = list(codes)
    changed[index] = code
    return changed
