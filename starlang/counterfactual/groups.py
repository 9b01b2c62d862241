"""Many modules asked about one star, grouped by what keeps it from them."""

from collections.abc import Callable, Sequence

from attrs import frozen

from starlang.counterfactual.model import Cause, WhyNot
from starlang.counterfactual.why_not import Asker
from starlang.explain.amounts import short
from starlang.explain.model import Explanation

_ASKED_NOTHING = (Cause.HAS, Cause.DEFAULT)


@frozen
class Group:
    """Modules that lack the star for the same cause, by path.

    `example` is the full answer for the first of them, None where they have the star.
    """

    cause: Cause
    words: str
    paths: tuple[str, ...]
    example: WhyNot | None


def grouped(asker: Asker, modules: Sequence[Explanation], star: str) -> tuple[Group, ...]:
    """`modules` by cause, the largest group first."""
    found: dict[tuple[Cause, str], list[Explanation]] = {}
    for each in modules:
        outline = asker.outline(each, star)
        found.setdefault((outline.cause, words(outline)), []).append(each)
    ordered = sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(
        Group(
            cause,
            text,
            tuple(each.path for each in members),
            None if cause in _ASKED_NOTHING else asker.why_not(members[0], star),
        )
        for (cause, text), members in ordered
    )


def words(outline: WhyNot) -> str:
    """What modules of one group have in common, in a few words."""
    return _WORDS[outline.cause](outline)


def _held_by(outline: WhyNot) -> str:
    barred = [each.words for each in outline.hindrances if each.cause is Cause.BARRED]
    return f"barred: {'; '.join(barred)}"


def _deferred(outline: WhyNot) -> str:
    held = outline.held
    group = f" ({held.group})" if held and held.group else ""
    return f"held by `{held.ceiling if held else ''}`{group}"


def _rules(outline: WhyNot) -> str:
    names = [("" if row.sign > 0 else "against ") + row.rule for row in outline.present]
    return ", ".join(names)


def _rival(outline: WhyNot) -> str:
    ahead = f", but {outline.rival.star} is not behind by enough" if outline.rival else ""
    return f"{short(outline.score.score)} from {_rules(outline)}{ahead}"


_WORDS: dict[Cause, Callable[[WhyNot], str]] = {
    Cause.HAS: lambda each: "have it before the run" if each.current == each.star else "get it",
    Cause.DEFAULT: lambda each: f"get {each.after}",
    Cause.ASSIGNED: lambda each: f"assigned to {each.after}",
    Cause.UNRECOGNISED: lambda each: f"carry `{each.current}`, which is not in the canon",
    Cause.KEPT: lambda each: f"carry {each.current} already",
    Cause.BARRED: _held_by,
    Cause.DEFERRED: _deferred,
    Cause.RIVAL: _rival,
    Cause.SHORT: lambda each: f"{short(each.missing)} short: {_rules(each)}",
    Cause.AGAINST: lambda each: f"outweighed: {_rules(each)}",
    Cause.NOTHING: lambda each: f"nothing speaks for it ({each.outcome.value})",
}
