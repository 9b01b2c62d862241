"""Modules that are decided differently under another rule set, and the changes to blame for it.

A change is to blame for a module if it belongs to a smallest set of changes that alone,
made to the old rule set, give the module its new decision: none of them can be left out.
Every such claim is an evaluation of all modules with just those changes.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from starlang.diff.diff import PartChange, Section, assemble, compare, parts_of
from starlang.engine.ceilings import Settlement, settle
from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import Evaluation, evaluate
from starlang.manifests.graph import ModuleGraph
from starlang.rules.model import RuleSet

MAX_RUNS = 300
"""Evaluations of all modules that finding the blame may take."""

_NOTHING = frozenset({Outcome.WEAK, Outcome.SILENT})
_ABOUT_BEST = frozenset({Outcome.PROMOTED, Outcome.SUGGESTED, Outcome.CONTESTED, Outcome.DEFERRED})


@frozen
class DecidedStar:
    """What becomes of a module. `star` is the one that it gets or that is suggested, or keeps.

    `score` is that of the best star, in 10^-6, 0 where nothing speaks for one.
    """

    outcome: Outcome
    star: str
    score: int

    @property
    def decides(self) -> tuple[Outcome, str]:
        """What makes a flip: too little evidence and none at all are the same."""
        return (Outcome.SILENT, "") if self.outcome in _NOTHING else (self.outcome, self.star)


@frozen
class Flip:
    """A module that is decided differently. `blame` is empty where it was not found out."""

    path: str
    before: DecidedStar
    after: DecidedStar
    blame: tuple[PartChange, ...]


@frozen
class Flips:
    """The modules that flip among `compared` ones; `runs` evaluations found out why.

    `complete` is false where `MAX_RUNS` did not suffice for all of them.
    """

    flips: tuple[Flip, ...]
    compared: int
    runs: int
    complete: bool


def flips(old: RuleSet, new: RuleSet, graph: ModuleGraph, *, reassess: bool = False) -> Flips:
    """The modules of `graph` that `old` and `new` decide differently, by path."""
    court = _PartialChanges(old, new, graph, reassess=reassess)
    before, after = court.verdicts(()), court.verdicts(court.units)
    moved = [n for n in range(len(graph)) if before[n].decides != after[n].decides]
    found = tuple(
        Flip(graph.paths[module], before[module], after[module], court.blame(module))
        for module in moved
    )
    complete = all(flip.blame for flip in found)
    return Flips(found, len(graph), court.runs, complete)


Unit = tuple[PartChange, ...]
"""Changes that are made together: a canon is old or new as a whole, and so is a profile."""


class _PartialChanges:
    """Decides all modules under the old rules with some of the changes, each set once."""

    def __init__(self, old: RuleSet, new: RuleSet, graph: ModuleGraph, *, reassess: bool) -> None:
        self._old, self._new, self._graph, self._reassess = old, new, graph, reassess
        self._before, self._after = parts_of(old), parts_of(new)
        self.units: tuple[Unit, ...] = tuple(_units(compare(old, new).changes))
        self._known: dict[frozenset[Unit], Sequence[DecidedStar] | None] = {}
        self._blamed: dict[tuple[frozenset[Unit], int], tuple[Unit, ...]] = {}
        self._evidence: list[dict[str, set[int]]] = []
        self.runs = 0

    def verdicts(self, units: Sequence[Unit]) -> Sequence[DecidedStar]:
        """The verdicts with just `units` made; () where they do not make a rule set."""
        made = frozenset(units)
        if made not in self._known:
            self._known[made] = self._decided(made)
        return self._known[made] or ()

    def _decided(self, units: frozenset[Unit]) -> Sequence[DecidedStar] | None:
        parts = dict(self._before)
        for unit in units:
            for key in (key for change in unit for key in change.keys):
                parts.pop(key, None)
                if key in self._after:
                    parts[key] = self._after[key]
        rules = assemble(self._new, parts)
        if rules is None:
            return None
        self.runs += 1
        evaluation = evaluate(rules, self._graph, reassess=self._reassess)
        if units in (frozenset(), frozenset(self.units)):
            self._evidence.append(_modules_by_rule(evaluation))
        settlement = settle(evaluation)
        return [_verdict(evaluation, settlement, module) for module in range(len(self._graph))]

    def blame(self, module: int) -> tuple[PartChange, ...]:
        """The changes to blame for the flip of `module`, () if that takes too many runs."""
        wanted = self.verdicts(self.units)[module].decides

        def suffices(units: Sequence[Unit]) -> bool:
            made = self.verdicts(units)
            return bool(made) and made[module].decides == wanted

        suspects = [unit for unit in self.units if self._concerns(unit, module)]
        if not self._has_room(len(suspects)):
            return ()
        if not suffices(suspects):
            suspects = list(self.units)
            if not self._has_room(len(suspects)):
                return ()
        for unit in tuple(suspects):
            fewer = [each for each in suspects if each is not unit]
            if suffices(fewer):
                suspects = fewer
        return tuple(change for unit in suspects for change in unit)

    def _has_room(self, more: int) -> bool:
        return self.runs + more <= MAX_RUNS

    def _concerns(self, unit: Unit, module: int) -> bool:
        """Whether a change may touch the module: a rule that never holds for it cannot."""
        for change in unit:
            if change.section is not Section.RULE:
                return True
            names = {key.name for key in change.keys}
            if any(module in found.get(name, ()) for found in self._evidence for name in names):
                return True
        return False


def _modules_by_rule(evaluation: Evaluation) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for module in range(len(evaluation)):
        for rule in evaluation.case(module).rules:
            found.setdefault(evaluation.rules.rules[rule].name, set()).add(module)
    return found


def _units(changes: Sequence[PartChange]) -> Iterator[Unit]:
    together = (frozenset({Section.STAR, Section.ORDER}), frozenset({Section.FACET}))
    for sections in together:
        if unit := tuple(change for change in changes if change.section in sections):
            yield unit
    yield from (
        (change,) for change in changes if not any(change.section in each for each in together)
    )


def _verdict(evaluation: Evaluation, settlement: Settlement, module: int) -> DecidedStar:
    decision = evaluation.decision(module)
    held = module in settlement.deferred
    outcome = Outcome.DEFERRED if held else decision.outcome
    best = decision.best
    if best is not None and outcome in _ABOUT_BEST:
        return DecidedStar(outcome, best.star, best.score)
    star = decision.star
    written = next(filter(None, evaluation.graph.stars[module]), "")
    return DecidedStar(outcome, written if star is None else star, best.score if best else 0)
