"""Evaluation x Settlement -> Explanation."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, assert_never

from starlang.engine.ceilings import Held, Settlement
from starlang.engine.decisions import Case, Decision, Outcome, Score, StarLabels, raw_score
from starlang.engine.evaluate import Evaluation, joined
from starlang.engine.facts import DerivedColumn
from starlang.engine.program import Program
from starlang.engine.promotions import StarPart
from starlang.explain.model import (
    BearingException,
    EvidenceRow,
    Explanation,
    Grounds,
    HeldStar,
    Match,
    Origin,
    SharedDecision,
)
from starlang.manifests.graph import FacetColumn
from starlang.matching.patterns import Pattern, PatternSet, alternatives
from starlang.matching.sight import Sight
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.derivations import derivation_words
from starlang.rules.model import Never
from starlang.rules.predicate import Predicate
from starlang.rules.predicates import Test
from starlang.rules.relations import InCycle, Neighbours
from starlang.rules.spelling import (
    GRAPH_PREFIX,
    IN_CYCLE,
    OVER_STEPS,
    TEXT_FACETS,
    Scalar,
    spelling,
)
from starlang.rules.text_predicates import Seeing

if TYPE_CHECKING:
    from starlang.manifests.schema import Schema

# The values and spans that made a condition hold, found on demand.
#
# Recording them while evaluating would cost a factor of four; here the exact matcher looks
# at the same masked text again, for the modules that somebody reads about.

NEIGHBOURS_LISTED = 3
"""Neighbours that an explanation names before it counts the others."""

Found = tuple[Match, ...] | None

Search = Callable[[int], Found]
"""What makes a condition hold for the module of a number."""


class MatchFinder:
    """Finds matches of conditions in the modules of one evaluation.

    It knows which tests over texts hold where, so a text is only looked at for those that do.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        rules = evaluation.rules
        self._evaluation = evaluation
        self._graph = evaluation.graph
        self._near = evaluation.near
        self._canon = StarLabels(rules)
        masks = [mask.what for mask in rules.masks]
        self._needles = [mask for mask in masks if isinstance(mask, Needle)]
        self._patterns = [mask for mask in masks if isinstance(mask, Pattern)]
        self._set = PatternSet(list(map(alternatives, self._patterns)))
        # The rules of one module look at the same texts, one after the other.
        self._sight = lru_cache(maxsize=len(TEXT_FACETS))(self._look)
        self._holding = cache(self._find_holding)
        self._from_stars = cache(self._in_stars)
        self._from_column = cache(self._in_column)
        self._from_derivation = cache(self.search)

    def find(self, condition: Condition, module: int) -> Found:
        """What makes `condition` hold: every match of every test that has a part in it.

        None where it does not hold. A condition that holds by what is absent has no match.
        """
        return self.search(condition)(module)

    def search(  # noqa: PLR0911 -- a table, a case a line
        self, condition: Condition
    ) -> Search:
        """The function that finds what makes `condition` hold, to be asked for many modules."""
        match condition:
            case AllOf(parts=parts):
                return _all(list(map(self.search, parts)))
            case AnyOf(parts=parts):
                return _any(list(map(self.search, parts)))
            case Not(part=part):
                negated = self.search(part)
                return lambda module: () if negated(module) is None else None
            case Neighbours() if condition.facet.removeprefix(GRAPH_PREFIX) in OVER_STEPS:
                return partial(self._over_steps, condition)
            case Neighbours():
                return partial(self._among_neighbours, condition)
            case InCycle():
                return self._in_cycle
            case Predicate():
                return self._over_values(condition)
            case _:
                assert_never(condition)

    def _over_values(self, test: Test) -> Search:
        if test.facet in TEXT_FACETS:
            return self._in_text(test)
        derived = self._evaluation.derived.get(test.facet)
        if derived is not None:
            return partial(self._in_derived, test, derived)
        if test.facet == "star":
            return lambda module: self._from_stars(test, self._graph.stars[module])
        column = self._graph.columns.get(test.facet)
        if column is None:  # no module has the facet
            found = _in_values(test, ())
            return lambda _: found
        if test.facet in self._graph.facts.by_facet:
            return partial(self._in_facts, test, column)
        return lambda module: self._from_column(test, column.codes[module])

    def _in_facts(self, test: Test, column: FacetColumn, module: int) -> Found:
        """In the values of a facet that other files give as well, each with its place there."""
        found = self._from_column(test, column.codes[module])
        place = self._place(test.facet, module)
        return found and tuple(match._replace(at=place) for match in found)

    def _place(self, facet: str, module: int) -> str:
        """The line of another file that the values of a module are from, or ""."""
        fact = self._graph.facts.of(facet, module)
        return fact.at if fact and fact.counts else ""

    def _in_derived(self, test: Test, derived: DerivedColumn, module: int) -> Found:
        """In the values of a derived facet, each with the derivations that give it here."""
        facet, values = test.facet, derived.column.of(module)
        if not test.holds(values):
            return None
        return tuple(
            Match(
                facet,
                spelling(value),
                *span,
                origins=self._origins(facet, value, module),
                at=self._place(facet, module),
            )
            for value in values
            for span in test.spans(value)
        )

    def derived(self, module: int) -> tuple[Match, ...]:
        """The values of a module that derivations give, by facet, each with its origins."""
        return tuple(
            Match(facet, spelling(value), 0, len(spelling(value)), origins=origins)
            for facet, derived in sorted(self._evaluation.derived.items())
            if derived.holding(module)
            for value in derived.column.of(module)
            if (origins := self._origins(facet, value, module))
        )

    def _origins(self, facet: str, value: Scalar, module: int) -> tuple[Origin, ...]:
        derivations = self._evaluation.rules.derivations
        held = (derivations[at] for at in self._evaluation.derived[facet].holding(module))
        column = self._graph.columns.get(facet)
        own = () if column is None else column.of(module)
        return tuple(
            Origin(
                derivation_words(each),
                self._from_derivation(each.condition)(module) or (),
                is_own=value in own,
                because=each.because,
                at=each.at,
            )
            for each in held
            if (type(each.value), each.value) == (type(value), value)
        )

    def _in_text(self, test: Test) -> Search:
        facet = test.facet

        def look(module: int) -> Found:
            sight = self._sight(facet, module)
            text = sight.text
            if not isinstance(test, Seeing):
                return _in_values(test, (text,) if text else ())
            return tuple([Match(facet, text, *span) for span in test.seen(sight)]) or None

        number = self._evaluation.program.numbers.get(test)
        if number is None:  # no rule has it
            return look
        codes, holding = self._evaluation.texts[facet].codes, self._holding(facet)[number]
        return lambda module: look(module) if codes[module] in holding else None

    def _find_holding(self, facet: str) -> Mapping[int, set[int]]:
        """Test -> the classes of texts in which it holds."""
        holding: defaultdict[int, set[int]] = defaultdict(set)
        for code, tests in enumerate(self._evaluation.texts[facet].tests):
            for test in tests:
                holding[test].add(code)
        return holding

    def _among_neighbours(self, test: Neighbours, module: int) -> Found:
        """The neighbours that counted: the first few by path, and how many more."""
        if self._near is None:
            return None
        listed, count = self._near.shown(test, module, NEIGHBOURS_LISTED)
        if not test.is_enough(count):
            return None
        relation = test.facet.removeprefix(GRAPH_PREFIX)
        more = [*[0] * (len(listed) - 1), count - len(listed)]
        return tuple(
            Match(relation, path, 0, len(path), further)
            for path, further in zip(listed, more, strict=False)
        )

    def _over_steps(self, test: Neighbours, module: int) -> Found:
        """The shortest way to a module that counted, and how many more did if that matters."""
        if self._near is None:
            return None
        way, more = self._near.way(test, module)
        if not test.is_enough(more + 1 if way else 0):
            return None
        return (self._way(test.facet.removeprefix(GRAPH_PREFIX), way, more),) if way else ()

    def _in_cycle(self, module: int) -> Found:
        cycle, more = self._near.cycle(module) if self._near else ((), 0)
        return (self._way(IN_CYCLE, cycle, more),) if cycle else None

    def _way(self, relation: str, way: Sequence[int], more: int) -> Match:
        *through, end = [self._graph.paths[module] for module in way]
        return Match(relation, end, 0, len(end), more, tuple(through))

    def _look(self, facet: str, module: int) -> Sight:
        name, path = self._graph.names[module], self._graph.paths[module]
        join = -1
        match facet:
            case "path":
                text = path
            case "name":
                text = name
            case _:
                text, join = joined(name, path), len(name) or -1
        # One pass of an automaton tells which patterns are to be asked where they are.
        found = sorted(self._set.found_in(text)) if self._patterns else ()
        return Sight(text, [*self._needles, *map(self._patterns.__getitem__, found)], join)

    def _in_stars(self, test: Test, labels: tuple[str, ...]) -> Found:
        return _in_values(test, self._canon.values(labels))

    def _in_column(self, test: Test, code: int) -> Found:
        """In the values with the number `code`: they themselves are no key, since True is 1."""
        return _in_values(test, self._graph.columns[test.facet].values[code])


def _all(searches: Sequence[Search]) -> Search:
    def search(module: int) -> Found:
        found: list[Match] = []
        for each in searches:
            part = each(module)
            if part is None:
                return None
            found += part
        return tuple(found)

    return search


def _any(searches: Sequence[Search]) -> Search:
    def search(module: int) -> Found:
        held = [part for each in searches if (part := each(module)) is not None]
        return tuple(chain.from_iterable(held)) if held else None

    return search


def _in_values(test: Test, values: Sequence[Scalar]) -> Found:
    if not test.holds(values):
        return None
    facet = test.facet.removeprefix(GRAPH_PREFIX)
    return tuple(
        Match(facet, spelling(value), *span) for value in values for span in test.spans(value)
    )


class Explainer:
    """Explains modules of one evaluation.

    `paths` are those of the modules that the settlement numbers, if they are others.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        settlement: Settlement,
        schema: "Schema | None" = None,
        paths: Sequence[str] | None = None,
    ) -> None:
        self._paths = evaluation.graph.paths if paths is None else paths
        self._grounds = Grounds(evaluation, settlement, schema)
        self._evaluation = evaluation
        self._settlement = settlement
        self._rules = evaluation.rules
        finder = MatchFinder(evaluation)
        self._searches = cache(lambda rule: finder.search(self._rules.rules[rule].condition))
        self._effects = cache(self._find_effects)
        self._columns = cache(self._find_columns)
        self._rows: dict[tuple[int, ...], EvidenceRow] = {}
        self._judgements: dict[tuple[int, bool], SharedDecision] = {}
        self._gained: dict[int, list[str]] = {}
        for promotion in settlement.promotions:
            if promotion.part is StarPart.SECONDARY:
                self._gained.setdefault(promotion.module, []).append(promotion.star)
        self._dropped: dict[int, list[tuple[str, Held]]] = {}
        for (module, star), held in settlement.dropped.items():
            self._dropped.setdefault(module, []).append((star, held))

    def explain(self, module: int) -> Explanation:
        """The explanation of module number `module`."""
        evaluation, settlement = self._evaluation, self._settlement
        decision = evaluation.decision(module)
        held = settlement.deferred.get(module)
        return Explanation(
            path=evaluation.graph.paths[module],
            file=evaluation.graph.files[module] if evaluation.graph.files else "",
            judged=self._judged(module, is_held=held is not None),
            rows=self.rows(module),
            secondary=tuple(self._gained.get(module, ())),
            exceptions=tuple(self._exceptions(module, decision)),
            held=None if held is None else held_star(decision.rules_say, held, self._paths),
            dropped=tuple(
                [held_star(star, held, self._paths) for star, held in self._dropped.get(module, ())]
            ),
            standings=tuple(settlement.standings.get(module, ())),
            grounds=self._grounds,
        )

    def rows(self, module: int) -> tuple[EvidenceRow, ...]:
        """The rules that hold for module number `module`."""
        case = self._evaluation.case(module)
        return tuple([self._row(rule, module, case) for rule in case.rules])

    def _judged(self, module: int, *, is_held: bool) -> SharedDecision:
        """One object for all modules with the same decision, so the same scores and labels."""
        key = (self._evaluation.decision_codes[module], is_held)
        judged = self._judgements.get(key)
        if judged is None:
            judged = self._judgements[key] = shared_decision(
                self._evaluation, module, is_held=is_held
            )
        return judged

    def _row(self, index: int, module: int, case: Case) -> EvidenceRow:
        """The row of a rule; one object for all modules with the same rules and values."""
        columns = self._columns(index)
        if columns is None:
            return self._new_row(index, module, case)
        codes = [column.codes[module] for column in columns]
        key = (index, self._evaluation.case_codes[module], *codes)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._new_row(index, module, case)
        return row

    def _find_columns(self, index: int) -> tuple[FacetColumn, ...] | None:
        """The columns that a rule reads, or None if it reads what has none."""
        columns = self._evaluation.graph.columns
        facets = Program([self._rules.rules[index].condition]).facets
        plain = columns.keys() - self._evaluation.derived.keys()
        if not plain - self._evaluation.graph.facts.by_facet.keys() >= set(facets):
            return None
        return tuple(columns[facet] for facet in facets)

    def _new_row(self, index: int, module: int, case: Case) -> EvidenceRow:
        rule = self._rules.rules[index]
        return EvidenceRow(
            rule=rule.name,
            star=rule.star,
            sign=rule.sign,
            weight=rule.weight,
            effect=self._effects(case.rules)[index],
            kinds=rule.kinds,
            matches=self._searches(index)(module) or (),
            because=rule.because,
            at=rule.at,
        )

    def _find_effects(self, held: Sequence[int]) -> dict[int, int]:
        """Rule -> raw score of its star minus the raw score without the rule."""
        rules = self._rules.rules
        combine = self._rules.confidence.combine

        def raw(star: str, without: int = -1) -> int:
            speaking = [rules[n] for n in held if rules[n].star == star and n != without]
            weights_for = [rule.weight for rule in speaking if rule.sign > 0]
            return raw_score(combine, weights_for, [r.weight for r in speaking if r.sign < 0])

        return {n: raw(rules[n].star) - raw(rules[n].star, n) for n in held}

    def _exceptions(self, module: int, decision: Decision) -> list[BearingException]:
        found = [self._never(self._rules.nevers[number]) for number in decision.nevers]
        number = self._evaluation.assigned.get(module)
        if number is not None:
            assign = self._rules.assigns[number]
            words = f"assign to {assign.star}"
            found.append(BearingException(words, assign.because, assign.at))
        return found

    @staticmethod
    def _never(never: Never) -> BearingException:
        to = f" to {', '.join(never.stars)}" if never.stars else ""
        return BearingException(f"never promote{to}", never.because, never.at)


def held_star(star: str, held: Held, paths: Sequence[str]) -> HeldStar:
    """What holds `star` back; `paths` are those of the modules that the settlement numbers."""
    last = held.last
    path = paths[last.module] if last else None
    score = last.score if last else 0
    return HeldStar(star, held.ceiling, held.group, held.at, path, score, held.rank, held.eligible)


def shared_decision(evaluation: Evaluation, module: int, *, is_held: bool) -> SharedDecision:
    """What modules with the same decision as `module` share; `is_held`: a ceiling defers it."""
    decision, carried = evaluation.decision(module), evaluation.carried(module)
    star = carried.primary if is_held else decision.star
    written = next(filter(None, evaluation.graph.stars[module]), "")
    if star is None or (star == carried.primary and written):
        label = written  # an alias in the manifest stays as it is
    else:
        label = evaluation.rules.star(star).label
    return SharedDecision(
        outcome=Outcome.DEFERRED if is_held else decision.outcome,
        current=written if carried.primary is None else carried.primary,
        current_label=written,
        star=star,
        label=label,
        best=decision.best,
        runner_up=decision.runner_up,
        lead=decision.lead,
        scores=evaluation.case(module).scores,
        barred=tuple(sorted(decision.barred)),
        rules_say=decision.rules_say,
    )


def score_of(scores: Sequence[Score], star: str) -> int:
    """The score of `star` among `scores`, 0 where it has no evidence."""
    return next((score.score for score in scores if score.star == star), 0)
