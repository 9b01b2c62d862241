"""The smallest changes of the rules that promote a module to a star.

One threshold, one weight, or one ceiling, and a margin beside it where the lead is too
small: each by no more than it takes. Scores grow with every weight for a star and fall
with every weight against it, so the least change of a weight is found by halving.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from attrs import evolve, frozen

from starlang.engine.ceilings import Held, settle
from starlang.engine.promotions import Promotion
from starlang.explain.words import short
from starlang.rules.model import MICRO, Amount, Ceiling, Floor, Rule, amount_words
from starlang.text import counted
from starlang.why_not.again import verified
from starlang.why_not.manifest_changes import SHOWN
from starlang.why_not.model import Change, ChangeKind, Search, Solution
from starlang.why_not.subject import Subject, changed_rules

# Where a deferred module stands under the ceiling that holds it, and what would let it in.


@frozen
class CeilingRank:
    """Number `rank` of `wanting` promotions that the ceiling counts, in the order of taking.

    `raised` is the least change of the ceiling that leaves room for the module.
    """

    words: str
    rank: int
    wanting: int
    at: str
    raised: Change


def place_of(subject: Subject, held: Held) -> CeilingRank | None:
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
    return CeilingRank(words, held.rank, held.eligible, held.at, raised)


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
        ChangeKind.CEILING,
        f"`{words}` (now `{holder.text}`)",
        holder.text,
        amount=amount,
        at=holder.at,
    )


def _fits(subject: Subject, change: Change) -> bool:
    evaluation = subject.bench.evaluation
    rules = changed_rules(evaluation.rules, [change])
    return subject.index not in settle(evolve(evaluation, rules=rules)).deferred


def smallest_settings(
    subject: Subject, place: CeilingRank | None, first: Sequence[Change]
) -> Search:
    """The smallest changes of amounts that promote; each begins with `first`."""
    if first and subject.gets(first) and place is None:
        solution = verified(subject, first)
        if solution is not None:
            return Search((solution,), 1, len(first), complete=False)
    attempts = list(_attempts(subject, place, first))
    attempts.sort(key=lambda changes: (len(changes), [change.words for change in changes]))
    found: list[Solution] = []
    for changes in attempts:
        if found and len(changes) > len(found[0].changes) - len(first):
            break
        solution = verified(subject, [*first, *changes])
        if solution is not None:
            found.append(solution)
    found.sort(key=lambda each: (len(each.others), [change.words for change in each.changes]))
    held = bool(attempts) and not found
    return Search(tuple(found[:SHOWN]), len(found), 1, complete=False, held=held)


def _attempts(
    subject: Subject, place: CeilingRank | None, first: Sequence[Change]
) -> Iterator[tuple[Change, ...]]:
    if place is not None:
        yield (place.raised,)
        return
    singles = list(_singles(subject, first))
    yield from singles
    if subject.bench.rules.confidence.margin == 0:
        return
    for changes in [(), *_singles(subject, [*first, _margin(0, 0)])]:
        lead = subject.decide([*first, *changes, _margin(0, 0)]).lead
        if 0 < lead < subject.bench.rules.confidence.margin:
            yield (*changes, _margin(lead, subject.bench.rules.confidence.margin))


def _singles(subject: Subject, first: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    yield from _thresholds(subject, first)
    rules = subject.bench.rules.rules
    held = subject.bench.program.holding(sorted(subject.tests))
    for rule in (rules[number] for number in held if number < len(rules)):
        helps = (rule.star == subject.star) == (rule.sign > 0)
        change = _weight(subject, first, rule, raises=helps)
        if change is not None:
            yield (change,)


def _thresholds(subject: Subject, first: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """Lower thresholds, and fewer sources; promoting takes at least what suggesting does (E303)."""
    confidence = subject.bench.rules.confidence
    score, needed = subject.score(first), confidence.promote_at(subject.star)
    sources = tuple(_sources(subject, first)) if score > 0 else ()
    if not 0 < score < needed:
        if sources:
            yield sources
        return
    words = f"promote {subject.star} {short(score)} (now {short(needed)})"
    promote = Change(ChangeKind.PROMOTE, words, subject.star, amount=score)
    if score >= confidence.suggest:
        yield (promote, *sources)
    else:
        words = f"suggest {short(score)} (now {short(confidence.suggest)})"
        yield promote, Change(ChangeKind.SUGGEST, words, amount=score), *sources


def _sources(subject: Subject, first: Sequence[Change]) -> Iterator[Change]:
    """As few sources as there are, where the star asks for more."""
    confidence = subject.bench.rules.confidence
    asked = confidence.sources_at(subject.star)
    found = max(subject.sources(first), 1) if asked > 1 else 1
    if found < asked:
        words = f"ask for {counted(found, 'source')} for {subject.star} (now {asked})"
        yield Change(ChangeKind.SOURCES, words, subject.star, amount=found)


def _weight(
    subject: Subject, first: Sequence[Change], rule: Rule, *, raises: bool
) -> Change | None:
    """The least change of the weight of `rule` that promotes, or None if none does."""

    def change(amount: int) -> Change:
        words = f"weight {short(amount)} for rule {rule.name} (now {short(rule.weight)})"
        return Change(ChangeKind.WEIGHT, words, rule.name, amount=amount, at=rule.at)

    def gets(amount: int) -> bool:
        return subject.gets([*first, change(amount)])

    furthest = MICRO if raises else 1
    if furthest == rule.weight or not gets(furthest) or gets(rule.weight):
        return None
    return change(_nearest(gets, rule.weight, furthest))


def _nearest(holds: Callable[[int], bool], no: int, yes: int) -> int:
    """The amount nearest to `no` that holds, where all beyond it up to `yes` do."""
    while abs(yes - no) > 1:
        middle = (yes + no) // 2
        if holds(middle):
            yes = middle
        else:
            no = middle
    return yes


def _margin(amount: int, now: int) -> Change:
    return Change(ChangeKind.MARGIN, f"margin {short(amount)} (now {short(now)})", amount=amount)
