"""Modules that are decided alike, and what they share in words."""

from collections.abc import Hashable, Iterable
from typing import NamedTuple, assert_never

from starlang.engine.decisions import Outcome
from starlang.explain.model import EvidenceRow, Explanation
from starlang.explain.words import short, why


class Alike(NamedTuple):
    """Modules with one outcome, one star and the same evidence for it, by path; never empty."""

    modules: tuple[Explanation, ...]

    @property
    def first(self) -> Explanation:
        """One of them, for what all share."""
        return self.modules[0]

    @property
    def star(self) -> str:
        """The star that it is about: what the modules get, or would get."""
        first = self.first
        if first.outcome is Outcome.ASSIGNED or not first.best:
            return first.star or first.current
        return first.best.star

    @property
    def score(self) -> int:
        """The score of the best star in 10^-6, 0 where there is none."""
        return score_of(self.first)

    @property
    def evidence(self) -> str:
        """The rules that speak about the best star, with their weights, the heaviest first."""
        signs = {1: "+", -1: "-"}
        speaking = sorted(
            rules_for_best(self.first), key=lambda row: (-row.sign * row.weight, row.rule)
        )
        return ", ".join(f"{row.rule} {signs[row.sign]}{short(row.weight)}" for row in speaking)

    @property
    def lead(self) -> str:
        """How far the best star is ahead, "" where that decides nothing."""
        if self.first.outcome not in {Outcome.PROMOTED, Outcome.DEFERRED}:
            return ""
        leads = [each.lead for each in self.modules if each.runner_up is not None]
        if not leads:
            return "no rival"
        least, most = short(min(leads)), short(max(each.lead for each in self.modules))
        return f"leads by {least}" if least == most else f"leads by {least} to {most}"

    @property
    def reason(self) -> str:
        """Why the modules get what they get, "" where the evidence alone says it."""
        first = self.first
        match first.outcome:
            case Outcome.ASSIGNED | Outcome.CONTESTED | Outcome.BARRED:
                return why(first)
            case Outcome.DEFERRED:
                return why(first) if len(self.modules) == 1 else self._held
            case Outcome.SUGGESTED:
                by = short(first.promote_at - self.score)
                return f"{by} short of {short(first.promote_at)}"
            case (
                Outcome.PROMOTED
                | Outcome.WEAK
                | Outcome.SILENT
                | Outcome.KEPT
                | Outcome.UNRECOGNISED
            ):
                return ""
            case _:
                assert_never(first.outcome)

    @property
    def _held(self) -> str:
        """What holds all of them back, and their ranks."""
        held = [each.held for each in self.modules if each.held is not None]
        ranks = [each.rank for each in held]
        first = held[0]
        group = f" ({first.group})" if first.group else ""
        last = (
            f"the last one in is {first.last_path} at {short(first.last_score)}"
            if first.last_path is not None
            else "it leaves no room for any"
        )
        return (
            f"held by `{first.ceiling}`{group}: "
            f"ranks {min(ranks):,} to {max(ranks):,} of {first.eligible:,}; {last}"
        )


def alike(modules: Iterable[Explanation]) -> list[Alike]:
    """The groups of `modules`, the largest first."""
    groups: dict[Hashable, list[Explanation]] = {}
    for each in modules:
        groups.setdefault(_key(each), []).append(each)
    found = [Alike(tuple(same)) for same in groups.values()]
    return sorted(found, key=lambda each: (-len(each.modules), -each.score, each.first.path))


def rules_for_best(each: Explanation) -> list[EvidenceRow]:
    """The evidence about the best star."""
    return [row for row in each.rows if each.best and row.star == each.best.star]


def score_of(each: Explanation) -> int:
    """The score of the best star in 10^-6, 0 where there is none."""
    return each.best.score if each.best else 0


def _key(each: Explanation) -> Hashable:
    best, held = each.best, each.held
    rules = tuple(row.rule for row in rules_for_best(each))
    reason: Hashable = (held.ceiling, held.group) if held else None
    if each.outcome in {Outcome.ASSIGNED, Outcome.CONTESTED, Outcome.BARRED}:
        reason = why(each)
    star = best.star if best else None
    return (each.outcome, each.star, each.secondary, star, score_of(each), rules, reason)
