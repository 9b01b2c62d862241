"""A comparison of two rule sets on a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from starlang.diff.diff import Comparison, Detail, How, PartChange, Section
from starlang.diff.flips import DecidedStar, Flip, Flips
from starlang.explain.words import short
from starlang.report.terminal import first_rows
from starlang.text import shown

_COLOURS = {How.ADDED: "green", How.REMOVED: "red", How.CHANGED: "yellow", How.RENAMED: "cyan"}


def diff_view(found: Comparison, moved: Flips | None, limit: int) -> Iterator[RenderableType]:
    """The view; `limit` modules a group, 0 for all."""
    if not found.changes:
        yield Text("The rule sets decide alike.", "bold")
    for section in Section:
        same = [change for change in found.changes if change.section is section]
        if same:
            yield from _section(section, same, limit)
    yield from _texts(found)
    if moved is not None and found.changes:
        yield from _modules(moved, limit)


def _section(
    section: Section, changes: Sequence[PartChange], limit: int
) -> Iterator[RenderableType]:
    counts = Counter(change.how for change in changes)
    figures = ", ".join(f"{counts[how]:,} {how.value}" for how in How if counts[how])
    yield Text(f"{_TITLES[section]}: {figures}", "bold")
    table = _columns(3)
    listed, more = first_rows(changes, limit)
    for change in listed:
        place = change.at_new or change.at_old
        for number, words in enumerate(_words(change) or [""]):
            how = Text(change.how.value, _COLOURS[change.how]) if not number else ""
            name = Text(shown(change.name) if not number else "")
            table.add_row(how, name, Text(shown(words)))
        if place:
            table.add_row("", "", Text(place, "dim"))
    if more:
        table.add_row("", "", more)
    yield Padding(table, (0, 0, 1, 2), expand=False)


_TITLES = {
    Section.STAR: "Stars",
    Section.ORDER: "Order of the stars",
    Section.CONFIDENCE: "Confidence",
    Section.DERIVE: "Derivations",
    Section.RULE: "Rules",
    Section.MASK: "Masks",
    Section.NEVER: "Exceptions",
    Section.ASSIGN: "Assignments",
    Section.CEILING: "Ceilings",
    Section.FACET: "Facets of the profile",
    Section.FORBID: "Forbids",
}


def _words(change: PartChange) -> list[str]:
    match change.how:
        case How.ADDED:
            return [_fact(each.what, each.after) for each in change.details if each.after]
        case How.REMOVED:
            return [_fact(each.what, each.before) for each in change.details if each.before]
        case How.RENAMED:
            return [f"now {change.details[0].after}"]
        case How.CHANGED:
            return [words for each in change.details for words in _steps(each)]


def _fact(what: str, value: str) -> str:
    return f"{what} {value}".lstrip()


def _steps(detail: Detail) -> list[str]:
    """What a fact was and is: in one line, or where it is long below one another."""
    if _is_long(detail):
        return [detail.what, f"- {detail.before or 'nothing'}", f"+ {detail.after or 'nothing'}"]
    return [_fact(detail.what, f"{detail.before or 'nothing'} → {detail.after or 'nothing'}")]


def _is_long(detail: Detail) -> bool:
    return len(detail.before) + len(detail.after) > 60  # noqa: PLR2004 -- what a line holds


def _texts(found: Comparison) -> Iterator[RenderableType]:
    """Words that decide nothing, in one line a kind."""
    if not found.texts:
        return
    counts = Counter((each.section, each.detail.what) for each in found.texts)
    yield Text("Words that decide nothing", "bold")
    table = _columns(1)
    for (section, what), count in counts.items():
        names = [
            shown(e.name) for e in found.texts if (e.section, e.detail.what) == (section, what)
        ]
        more = f" and {count - 3:,} more" if count > 3 else ""  # noqa: PLR2004 -- a few suffice
        table.add_row(Text(f"`{what}` of {section.value} {', '.join(names[:3])}{more}"))
    yield Padding(table, (0, 0, 1, 2), expand=False)


def _modules(moved: Flips, limit: int) -> Iterator[RenderableType]:
    count = len(moved.flips)
    flip = "flips" if count == 1 else "flip"
    yield Text(f"{count:,} of {moved.compared:,} modules {flip}", "bold")
    groups: dict[tuple[tuple[str, ...], str], list[Flip]] = {}
    for each in moved.flips:
        blame = tuple(_named(change) for change in each.blame)
        groups.setdefault((blame, _became(each.before, each.after)), []).append(each)
    ordered = sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))
    listed_groups, more = first_rows(ordered, limit)
    for (blame, became), same in listed_groups:
        yield Text(f"\n  {len(same):,}  {became}")
        table = _columns(3)
        for number, words in enumerate(blame):
            table.add_row("because of" if not number else "", Text(shown(words)))
        if not blame:
            table.add_row("because of", Text("more changes together than could be tried"))
        listed = same[:limit] if limit else same
        for number, each in enumerate(listed):
            table.add_row("modules" if not number else "", Text(shown(each.path)), _scores(each))
        if len(listed) < len(same):
            table.add_row("", f"and {len(same) - len(listed):,} more (--limit 0 lists all)")
        yield Padding(table, (0, 0, 0, 5), expand=False)
    if more:
        yield Text(f"\n  {more}")


def _scores(flip: Flip) -> str:
    before, after = (short(each.score) for each in (flip.before, flip.after))
    return after if before == after else f"{before} → {after}"


def _named(change: PartChange) -> str:
    """A change in a line; what it is in full stands above."""
    if change.how is not How.CHANGED:
        return f"{change.section.value} {change.name} ({change.how.value})"
    steps = [each.what if _is_long(each) else _steps(each)[0] for each in change.details]
    return f"{change.section.value} {change.name}: {', '.join(steps)}"


def _became(before: DecidedStar, after: DecidedStar) -> str:
    return f"{_verdict(before)} → {_verdict(after)}"


def _verdict(verdict: DecidedStar) -> str:
    if not verdict.decides[1]:
        return "not enough evidence"
    return f"{verdict.outcome.value} {shown(verdict.star)}"


def _columns(count: int) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for _ in range(count):
        table.add_column(overflow="fold")
    return table
