"""The one sentence that says why a module got what it got."""

from typing import assert_never

from starlang.engine.decisions import Outcome
from starlang.explain.amounts import short
from starlang.explain.model import Explanation


def why(explanation: Explanation) -> str:  # noqa: C901, PLR0911 -- one return an outcome
    """The decision in one sentence, in plain words."""
    match explanation.outcome:
        case Outcome.ASSIGNED:
            return f"assigned to {explanation.star}{_reason(explanation)}."
        case Outcome.UNRECOGNISED:
            return (
                f"carries `{explanation.current_label}`, which is not in the canon: "
                "left as it is unless it is assigned."
            )
        case Outcome.KEPT:
            return _kept(explanation)
        case Outcome.BARRED:
            return f"no star may be given here{_reason(explanation)}."
        case Outcome.PROMOTED:
            return f"{_best(explanation)} reaches {_promote(explanation)}{_lead(explanation)}."
        case Outcome.DEFERRED:
            return _deferred(explanation)
        case Outcome.CONTESTED:
            return _contested(explanation)
        case Outcome.SUGGESTED:
            return (
                f"{_best(explanation)} reaches {short(explanation.suggest_at)} to be suggested, "
                f"but not {_promote(explanation)}."
            )
        case Outcome.WEAK:
            return _weak(explanation)
        case Outcome.SILENT:
            return "no rule holds."
        case _:
            assert_never(explanation.outcome)


def _best(explanation: Explanation) -> str:
    best = explanation.best
    return f"{best.star} at {short(best.score)}" if best else "nothing"


def _promote(explanation: Explanation) -> str:
    return f"{short(explanation.promote_at)} to be promoted"


def _reason(explanation: Explanation) -> str:
    reasons = [each.because for each in explanation.exceptions if each.because]
    return f", because: {'; '.join(reasons)}" if reasons else ""


def _lead(explanation: Explanation) -> str:
    second = explanation.runner_up
    if second is None:
        return " and has no rival"
    return f" and leads {second.star} ({short(second.score)}) by {short(explanation.lead)}"


def _kept(explanation: Explanation) -> str:
    kept = f"carries {explanation.star} already"
    if explanation.star in explanation.barred:
        kept += f", though an exception bars it from that{_reason(explanation)}"
    says = explanation.rules_say
    if says == explanation.star:
        return f"{kept}, and the rules agree."
    if says == explanation.default:
        return f"{kept}; the rules would not promote it now."
    return f"{kept}; the rules would now give it {says}."


def _deferred(explanation: Explanation) -> str:
    held = explanation.held
    if held is None:  # only a deferred module has this sentence
        return ""
    group = f" ({held.group})" if held.group else ""
    last = (
        f"; the last one in is {held.last_path} at {short(held.last_score)}"
        if held.last_path is not None
        else "; it leaves no room for any"
    )
    return (
        f"{_best(explanation)} is eligible, held by `{held.ceiling}`{group}: "
        f"rank {held.rank:,} of {held.eligible:,}{last}."
    )


def _contested(explanation: Explanation) -> str:
    second = explanation.runner_up
    reached = f"{_best(explanation)} reaches {_promote(explanation)}"
    if second is None:
        return f"{reached}, but leads by less than the margin {short(explanation.margin)}."
    if second.star in explanation.barred and explanation.lead <= 0:
        return (
            f"{reached}, but {second.star} ({short(second.score)}), from which it is barred, "
            "is not behind it, and no other star moves up in its place."
        )
    if explanation.lead <= 0:
        return f"{reached}, but {second.star} has the same score."
    return (
        f"{reached}, but leads {second.star} ({short(second.score)}) only by "
        f"{short(explanation.lead)}, and the margin is {short(explanation.margin)}."
    )


def _weak(explanation: Explanation) -> str:
    if explanation.best is not None:
        return f"{_best(explanation)} is below {short(explanation.suggest_at)} to be suggested."
    if any(score.score > 0 for score in explanation.scores):
        return f"the stars that the evidence is for are barred here{_reason(explanation)}."
    return "the evidence against outweighs the evidence for every star."
