"""The answer to "why not this star?" as plain text, at most 80 columns wide."""

from collections.abc import Iterator, Sequence

from starlang.engine.decisions import Outcome
from starlang.explain.words import WIDTH, match_text, short, wrapped
from starlang.printable import Paint, lines_text, plain
from starlang.rules.spelling import facet_text
from starlang.text import counted
from starlang.why_not.ask import CauseGroup
from starlang.why_not.model import Absent, Cause, Hindrance, Search, Solution, WhyNot

_OF_MANIFEST = "smallest changes of the manifest"
_OF_RULES = "smallest changes of the rules"

_ABSENT = 8
"""How many rules that do not hold are shown."""

_OTHERS = 3
"""How many other modules are named."""


def render(each: WhyNot, *, width: int = WIDTH, paint: Paint = plain, whole: bool = False) -> str:
    """What is there, what is missing, what is in the way, and what would change it.

    `whole`: with every rule that does not hold, and every other module that would change.
    """
    return lines_text(_Text(each, width, paint, whole=whole).lines())


def standing(each: WhyNot) -> str:
    """One sentence: where the module stands for the star."""
    star = each.star
    if each.cause is Cause.HAS:
        return _had(each)
    if each.cause is Cause.DEFAULT:
        return f"it gets {each.after}."
    if each.current == star:
        return f"it carries {star} already; if it did not, {_short_of(each)}"
    return _short_of(each)


def _had(each: WhyNot) -> str:
    if each.current != each.star:
        return f"it has {each.star}."
    if each.outcome is not Outcome.PROMOTED:
        return f"it has {each.star} before the run."
    return (
        f"it carries {each.star} already, and the rules agree: {short(each.score.score)} "
        f"reaches {short(each.promote_at)} to be promoted."
    )


def _short_of(each: WhyNot) -> str:
    star, score = each.star, each.score
    needed = f"{short(each.promote_at)} to be promoted"
    if not each.present:
        return f"no rule for {star} holds; it needs {needed}."
    raw = f" (raw {short(score.raw)})" if score.raw != score.score else ""
    if each.missing:
        return (
            f"{star} has {short(score.score)}{raw} and needs {needed}: {short(each.missing)} short."
        )
    return f"{star} has {short(score.score)}{raw}, enough for the {needed}."


def render_groups(
    groups: Sequence[CauseGroup],
    star: str,
    *,
    width: int = WIDTH,
    paint: Paint = plain,
    whole: bool = False,
) -> str:
    """How many modules lack the star for which cause, and what would help the first of each.

    `whole`: with the paths of all of them.
    """
    total = sum(len(group.paths) for group in groups)
    lines = [f"{counted(total, 'module')}  why not {star}?"]
    for group in groups:
        count = f"{len(group.paths):,}"
        first, *rest = wrapped(group.words, width, 9)
        lines += [f"{count.rjust(7)}  {first.lstrip()}", *rest]
        lines += [
            paint("quiet", line) for line in wrapped(_some(group.paths, whole=whole), width, 11)
        ]
        if group.example is not None:
            lines += _help(group.example, width)
    return lines_text(lines)


def _some(paths: Sequence[str], *, whole: bool) -> str:
    more = 0 if whole else len(paths) - _OTHERS
    if more <= 0:
        return ", ".join(paths)
    return f"{', '.join(paths[:_OTHERS])} and {more:,} more (--limit 0 lists all)"


def _help(each: WhyNot, width: int) -> Iterator[str]:
    """The first smallest change for the example of a group."""
    for search in (each.manifest, each.rules):
        for solution in () if search is None else search.solutions[:1]:
            words = " + ".join(change.words for change in solution.changes)
            reached = f"{each.star} {short(solution.score)}"
            yield from wrapped(f"{each.path}: {words}  -> {reached}", width, 11)


class _Text:
    def __init__(self, each: WhyNot, width: int, paint: Paint, *, whole: bool) -> None:
        self._each = each
        self._whole = whole
        self._width = width
        self._paint = paint

    def lines(self) -> Iterator[str]:
        each, paint = self._each, self._paint
        outcome = paint(each.outcome.value, each.outcome.value)
        yield f"{paint('title', each.path)}  {outcome}  why not {each.star}?"
        yield from self._wrapped(standing(each), 2)
        for hindrance in each.hindrances:
            yield from self._hindrance(hindrance)
        if each.cause in {Cause.HAS, Cause.DEFAULT}:
            return
        yield from self._present()
        yield from self._absent()
        same = each.rules is None
        yield from self._search("smallest changes" if same else _OF_MANIFEST, each.manifest)
        yield from self._search(_OF_RULES, each.rules)

    def _hindrance(self, hindrance: Hindrance) -> Iterator[str]:
        at = f" ({hindrance.at})" if hindrance.at else ""
        yield from self._wrapped(f"in the way: {hindrance.words}{at}", 2)
        if hindrance.release:
            yield from self._wrapped(f"to release it: {hindrance.release}", 6)

    def _present(self) -> Iterator[str]:
        if not self._each.present:
            return
        yield f"  what holds about {self._each.star}"
        for row in self._each.present:
            sign, style = ("+", "for") if row.sign > 0 else ("-", "against")
            weight = self._paint(style, f"{sign}{short(row.weight)}")
            yield f"    {weight}  {row.rule}{self._at(row.at)}"
            for match in row.matches:
                yield from self._wrapped(match_text(match), 10)

    def _absent(self) -> Iterator[str]:
        absent = self._each.absent
        if not absent:
            return
        yield "  what does not hold"
        listed = absent if self._whole else absent[:_ABSENT]
        for rule in listed:
            yield from self._rule(rule)
        if left := len(absent) - len(listed):
            yield f"    and {left:,} more rules for {self._each.star} (--limit 0 lists all)"

    def _rule(self, rule: Absent) -> Iterator[str]:
        source = {None: "", True: "  adds a source", False: "  adds score, but no source"}
        name = f"{rule.rule}{source[rule.adds_source]}"
        yield f"    {short(rule.weight).rjust(5)}  {name}{self._at(rule.at)}"
        for part in rule.parts:
            mark = "yes" if part.holds else "no "
            alone = len(rule.parts) == 1
            yield from self._wrapped(part.words if alone else f"{mark} {part.words}", 10)
            for found in () if part.holds else part.found:
                yield from self._wrapped(f"here {found}", 12)
            if part.note:
                yield from self._wrapped(part.note, 12)

    def _search(self, title: str, search: Search | None) -> Iterator[str]:
        if search is None:
            return
        if not search.solutions:
            yield from self._wrapped(f"{title}: {nothing(self._each, search)}", 2)
            return
        shown_, count = len(search.solutions), search.count
        yield f"  {title}{f', {shown_} of {count:,}' if count > shown_ else ''}"
        for solution in search.solutions:
            yield from self._solution(solution)

    def _solution(self, solution: Solution) -> Iterator[str]:
        words = " + ".join(change.words for change in solution.changes)
        reached = f"{self._each.star} {short(solution.score)}"
        yield from self._wrapped(f"{words}  -> {reached}", 4)
        if solution.others:
            named = _some(solution.others, whole=self._whole)
            yield from self._wrapped(f"other modules that change star: {named}", 10)
        for text in solution.breached:
            yield from self._wrapped(f"`{text}` is breached then, and blocks the plan", 10)

    def _at(self, place: str) -> str:
        return self._paint("quiet", f"  {place}") if place else ""

    def _wrapped(self, text: str, indent: int) -> list[str]:
        return wrapped(text, self._width, indent)


def nothing(each: WhyNot, search: Search) -> str:
    """Why there is no solution to name."""
    if search is each.rules:
        if search.held:
            return "none; a ceiling holds it back whichever threshold or weight is changed"
        if each.score.score == 0:
            return "none; nothing speaks for the star"
        return "none; no single threshold or weight is enough"
    if search.complete:
        reach = f"{each.star} reaches {short(search.reach)}"
        frozen = ", ".join(map(facet_text, search.frozen))
        if each.lacks_sources and search.reach >= each.promote_at:
            reach += f", but not from {each.sources_at} sources"
        kept = f", and what its rules read in {frozen} is not changed" if frozen else ""
        return f"none; with all that profile and schema allow, {reach}{kept}"
    if search.searched < 1:
        return "none found; there are too many to try"
    sets = counted(search.searched, "change")
    return f"none of up to {sets}; larger ones were not tried"
