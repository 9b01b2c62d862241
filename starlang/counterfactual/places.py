"""Where a deferred module stands under the ceiling that holds it, and what would let it in."""

from fractions import Fraction

from attrs import evolve, frozen

from starlang.counterfactual.model import Change, Kind
from starlang.counterfactual.rule_edits import changed_rules
from starlang.counterfactual.subject import Subject
from starlang.engine.ceilings import settle
from starlang.engine.promotions import Promotion
from starlang.engine.settlement import Held
from starlang.explain.amounts import short
from starlang.rulesets.model import MICRO, Amount, Ceiling, Floor
from starlang.rulesets.wording import amount_words


@frozen
class Place:
    """Number `rank` of `wanting` promotions that the ceiling counts, in the order of taking.

    `raised` is the least change of the ceiling that leaves room for the module.
    """

    words: str
    rank: int
    wanting: int
    at: str
    raised: Change


def place_of(subject: Subject, held: Held) -> Place | None:
    """Where the module stands, and which limit would let it in; None if that cannot be told."""
    evaluation = subject.bench.evaluation
    ceilings = evaluation.rules.ceilings
    holders: list[Ceiling | Floor] = [*ceilings.limits, *ceilings.floors]
    holder = next((each for each in holders if each.text == held.ceiling), None)
    raised = None if holder is None else _raised(subject, holder, len(evaluation))
    if raised is None:
        return None
    group = f" ({held.group})" if held.group else ""
    words = (
        f"number {held.rank:,} of {held.eligible:,} eligible under `{held.ceiling}`{group}"
        f"{_last(subject, held.last)}"
    )
    return Place(words, held.rank, held.eligible, held.at, raised)


def _last(subject: Subject, last: Promotion | None) -> str:
    if last is None:
        return "; it leaves no room for any"
    path = subject.bench.evaluation.graph.paths[last.module]
    if last.is_assigned:
        return f"; the last one in is {path}, which is assigned"
    return f"; the last one in is {path} with {last.star} at {short(last.score)}"


def _raised(subject: Subject, holder: Ceiling | Floor, modules: int) -> Change | None:
    """The least other amount that leaves room, found by halving: more room never holds more."""
    is_floor = isinstance(holder, Floor)
    step = MICRO // 100 if holder.amount.percent else 1
    now = int(holder.amount.value * (100 if holder.amount.percent else 1))
    limit = 100 * 100 if holder.amount.percent else modules
    no, yes = now, 0 if is_floor else limit * subject.bench.rules.ceilings.stars_per_module
    if not _fits(subject, _limit(holder, yes * step)):
        return None
    while abs(yes - no) > 1:
        middle = (yes + no) // 2
        if _fits(subject, _limit(holder, middle * step)):
            yes = middle
        else:
            no = middle
    return _limit(holder, yes * step)


def _limit(holder: Ceiling | Floor, amount: int) -> Change:
    value = Fraction(amount, MICRO) if holder.amount.percent else Fraction(amount)
    text = amount_words(Amount(value, holder.amount.percent))
    words = holder.text.replace(amount_words(holder.amount), text, 1)
    return Change(
        Kind.CEILING, f"`{words}` (now `{holder.text}`)", holder.text, amount=amount, at=holder.at
    )


def _fits(subject: Subject, change: Change) -> bool:
    evaluation = subject.bench.evaluation
    rules = changed_rules(evaluation.rules, [change])
    return subject.index not in settle(evolve(evaluation, rules=rules)).deferred
