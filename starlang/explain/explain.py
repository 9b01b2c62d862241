"""Evaluation x Settlement -> Explanation."""

from collections.abc import Sequence
from functools import cache

from starlang.engine.decisions import Case, Decision, Outcome
from starlang.engine.evaluation import Evaluation
from starlang.engine.program import Program
from starlang.engine.promotions import Part
from starlang.engine.scores import Score, raw_score
from starlang.engine.settlement import Held, Settlement
from starlang.explain.matches import MatchFinder
from starlang.explain.model import Exempted, Explanation, Grounds, HeldBack, Judged, Row
from starlang.manifests.graph import Column
from starlang.manifests.validation import Schema
from starlang.rulesets.model import Never


class Explainer:
    """Explains modules of one evaluation."""

    def __init__(
        self, evaluation: Evaluation, settlement: Settlement, schema: Schema | None = None
    ) -> None:
        self._grounds = Grounds(evaluation, settlement, schema)
        self._evaluation = evaluation
        self._settlement = settlement
        self._rules = evaluation.rules
        self._labels = {star.id: star.label for star in self._rules.stars}
        finder = MatchFinder(evaluation)
        self._searches = cache(lambda rule: finder.search(self._rules.rules[rule].condition))
        self._effects = cache(self._find_effects)
        self._columns = cache(self._find_columns)
        self._rows: dict[tuple[int, ...], Row] = {}
        self._judgements: dict[tuple[int, bool], Judged] = {}
        self._gained: dict[int, list[str]] = {}
        for promotion in settlement.promotions:
            if promotion.part is Part.SECONDARY:
                self._gained.setdefault(promotion.module, []).append(promotion.star)
        self._dropped: dict[int, list[tuple[str, Held]]] = {}
        for (module, star), held in settlement.dropped.items():
            self._dropped.setdefault(module, []).append((star, held))

    def explain(self, module: int) -> Explanation:
        """The explanation of module number `module`."""
        evaluation, settlement = self._evaluation, self._settlement
        decision, case = evaluation.decision(module), evaluation.case(module)
        held = settlement.deferred.get(module)
        return Explanation(
            path=evaluation.graph.paths[module],
            file=evaluation.graph.files[module] if evaluation.graph.files else "",
            judged=self._judged(module, is_held=held is not None),
            rows=tuple([self._row(rule, module, case) for rule in case.rules]),
            secondary=tuple(self._gained.get(module, ())),
            exceptions=tuple(self._exceptions(module, decision)),
            held=None if held is None else self._held_back(decision.rules_say, held),
            dropped=tuple(
                [self._held_back(star, held) for star, held in self._dropped.get(module, ())]
            ),
            standings=tuple(settlement.standings.get(module, ())),
            grounds=self._grounds,
        )

    def _judged(self, module: int, *, is_held: bool) -> Judged:
        """One object for all modules with the same decision, so the same scores and labels."""
        key = (self._evaluation.decision_codes[module], is_held)
        judged = self._judgements.get(key)
        if judged is None:
            judged = self._judgements[key] = self._judge(module, is_held=is_held)
        return judged

    def _judge(self, module: int, *, is_held: bool) -> Judged:
        evaluation = self._evaluation
        decision, carried = evaluation.decision(module), evaluation.carried(module)
        star = carried.primary if is_held else decision.star
        written = next(filter(None, evaluation.graph.stars[module]), "")
        return Judged(
            outcome=Outcome.DEFERRED if is_held else decision.outcome,
            current=written if carried.primary is None else carried.primary,
            current_label=written,
            star=star,
            label=self._label(star, carried.primary, written),
            best=decision.best,
            runner_up=decision.runner_up,
            lead=decision.lead,
            scores=evaluation.case(module).scores,
            barred=tuple(sorted(decision.barred)),
            rules_say=decision.rules_say,
        )

    def _label(self, star: str | None, carried: str | None, written: str) -> str:
        """An alias in the manifest stays as it is; only a changed star brings its label."""
        if star is None or (star == carried and written):
            return written
        return self._labels[star]

    def _row(self, index: int, module: int, case: Case) -> Row:
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

    def _find_columns(self, index: int) -> tuple[Column, ...] | None:
        """The columns that a rule reads, or None if it reads what has none."""
        columns = self._evaluation.graph.columns
        facets = Program([self._rules.rules[index].condition]).facets
        if not columns.keys() >= set(facets):
            return None
        return tuple(columns[facet] for facet in facets)

    def _new_row(self, index: int, module: int, case: Case) -> Row:
        rule = self._rules.rules[index]
        return Row(
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

    def _exceptions(self, module: int, decision: Decision) -> list[Exempted]:
        found = [self._never(self._rules.nevers[number]) for number in decision.nevers]
        number = self._evaluation.assigned.get(module)
        if number is not None:
            assign = self._rules.assigns[number]
            words = f"assign to {assign.star}"
            found.append(Exempted(words, assign.because, assign.at))
        return found

    @staticmethod
    def _never(never: Never) -> Exempted:
        to = f" to {', '.join(never.stars)}" if never.stars else ""
        return Exempted(f"never promote{to}", never.because, never.at)

    def _held_back(self, star: str, held: Held) -> HeldBack:
        last = held.last
        path = self._evaluation.graph.paths[last.module] if last else None
        score = last.score if last else 0
        return HeldBack(
            star, held.ceiling, held.group, held.at, path, score, held.rank, held.eligible
        )


def score_of(scores: Sequence[Score], star: str) -> int:
    """The score of `star` among `scores`, 0 where it has no evidence."""
    return next((score.score for score in scores if score.star == star), 0)
