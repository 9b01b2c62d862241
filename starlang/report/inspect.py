"""An inspection on a terminal: what to look at first, then the figures."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from starlang.inspect.encoding import findings, found_again, same_source
from starlang.inspect.inspect import OTHER
from starlang.inspect.model import (
    DerivationUse,
    Differing,
    Inspection,
    Overlap,
    amount,
    modules,
    percent,
)
from starlang.inspect.origins import WordOrigin
from starlang.report.pages import Bar, ChartMark, lengths, level, polyline, render, steps
from starlang.rules.derivations import derivation_words
from starlang.rules.model import MICRO
from starlang.text import counted, shown

_BAR = 24
_BLOCK, _PARTS = "█", " ▏▎▍▌▋▊▉"


def inspection_view(found: Inspection, limit: int, *, draws: bool) -> Iterator[RenderableType]:
    """The view; `limit` rows a table, 0 for all. Without `draws`, bars are of ASCII."""
    rules = found.rules
    carrying = found.modules - found.default_carriers
    yield Text(
        f"{counted(len(rules.rules), 'rule')} over {modules(found.modules)}; "
        f"{carrying:,} carry another star than {rules.default.id}",
        "bold",
    )
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in found.outcomes.items())
    yield Text(f"  as if all carried {rules.default.id}: {outcomes}\n")
    yield from _origins(found, limit)
    yield from _agreement(found, limit)
    yield from _stars(found)
    yield from _rules(found, limit, draws=draws)
    yield from _derived(found, limit)
    yield from _pairs(found, "Rules that count together", found.overlaps, limit)
    yield from _pairs(found, "Rules for different stars that meet", found.conflicts, limit)
    yield from _levels(found, limit)
    yield from _reliability(found, draws=draws)
    yield from _curve(found, draws=draws)
    yield from _fragile(found, limit)


def _origins(found: Inspection, limit: int) -> Iterator[RenderableType]:
    """Where stars and facets come from: what agreement is worth rests on it."""
    origins = found.origins
    if origins.stars is not None:
        yield Text(_look(origins.stars), "bold")
        yield Padding(Text(f"{found_again(origins.stars)}.\n{_words(origins.stars)}"), (0, 0, 1, 2))
    if not (origins.facets or origins.follows):
        return
    yield Text("What follows from what", "bold")
    table = _table("facet", "from", ">modules", ">share", "for example")
    for made in origins.facets:
        share = percent(made.held_out_share)
        table.add_row(made.facet, "words of path", f"{made.others:,}", share, _words(made))
    for each in origins.follows[: limit or None]:
        other, value, count = each.example
        example = f"{shown(other)} -> {shown(value)} ({count:,})"
        row = (each.facet, each.other, f"{each.modules:,}", percent(each.share), example)
        table.add_row(*row)
    yield _indented(table, _more(len(origins.follows), limit))
    for same in origins.same:
        yield Text(f"  {same_source(same)}\n")


def _look(stars: WordOrigin) -> str:
    look = "look made" if stars.is_made else "do not look made"
    return f"The stars {look} from words of the path"


_LISTED = 4
"""Words of a list that are named."""


def _words(origin: WordOrigin) -> str:
    """The first words of a list: `memory -> Trail, …`."""
    listed = [f"{shown(each.word)} -> {shown(each.value)}" for each in origin.words[:_LISTED]]
    more = len(origin.words) - len(listed)
    return ", ".join(listed) + (f" and {more:,} more" if more > 0 else "")


def _levels(found: Inspection, limit: int) -> Iterator[RenderableType]:
    """How often each confidence is right, by star; what one rule tells apart is a line below."""
    levels = found.averaged
    if levels:
        yield Text("How often each confidence is right, by star", "bold")
        table = _table("star", ">confidence", ">modules", ">right", ">share")
        for each in levels[: limit or None]:
            counts = (f"{each.modules:,}", f"{each.right:,}", percent(each.share))
            figures = (amount(each.confidence), *counts)
            table.add_row(shown(each.star), *figures)
        yield _indented(table, _more(len(levels), limit))
    for one in found.trivial:
        rule = shown(found.rules.rules[one.rule].name)
        yield Text(
            f"  {shown(one.star)} is in no average: `{rule}` alone is right for all of its "
            f"{modules(one.modules)}\n"
        )


def _agreement(found: Inspection, limit: int) -> Iterator[RenderableType]:
    """How many modules carry what the rules say, the confusion matrix, and the others."""
    if not found.carrying:
        return
    yield Text(f"{found.agreement}, of the modules that carry a star of their own", "bold")
    counts = {pair: n for pair, n in found.matrix.items() if pair[0] != found.rules.default.id}
    carried = {pair[0] for pair in counts}
    said = {pair[1] for pair in counts}
    known = [star.id for star in found.rules.stars]
    stars = [each for each in (*known, OTHER) if each in carried | said]
    columns = [each for each in stars if each in said]
    table = _table("", "carried \\ rules say", *(f">{stars.index(each) + 1}" for each in columns))
    for number, star in enumerate(stars, 1):
        row = [f"{n:,}" if (n := counts.get((star, each), 0)) else "·" for each in columns]
        table.add_row(f"{number}", shown(star), *(row if star in carried else ()))
    yield _indented(table)
    if not found.differing:
        return
    yield Text("Modules that differ from the rules", "bold")
    table = _table("module", "carried", "rules say", "evidence")
    for each in found.differing[: limit or None]:
        evidence = ", ".join(_evidence(found, each))
        table.add_row(*map(shown, (each.path, each.carried, each.says, evidence)))
    more = _more(len(found.differing), limit)
    yield _indented(table, more and f"{more}; starlang plan --outcome differs")


def _evidence(found: Inspection, each: Differing) -> Iterator[str]:
    """The rules that hold for a module, each with what it adds or takes."""
    for number in each.rules:
        rule = found.rules.rules[number]
        yield f"{rule.name} {'-+'[rule.sign > 0]}{amount(rule.weight)}"


def _stars(found: Inspection) -> Iterator[RenderableType]:
    yield Text("Stars that modules carry, and what the rules say of those modules", "bold")
    table = _table("star", ">carried", ">rules agree", ">best star", ">precision", ">best score")
    for each in found.stars:
        table.add_row(
            shown(each.star),
            f"{each.carried:,}",
            f"{each.promoted:,} ({percent(each.recall)})" if each.carried else "",
            f"{each.leading:,}",
            percent(each.precision),
            Text(amount(each.best), "yellow" if each.best < each.threshold else ""),
        )
    yield _indented(table)


def _rules(found: Inspection, limit: int, *, draws: bool) -> Iterator[RenderableType]:
    used = sorted((u for u in found.uses if u.hits), key=lambda use: (-use.hits, use.rule))
    yield Text(f"Rules that hold somewhere: {len(used):,} of {len(found.uses):,}", "bold")
    table = _table("rule", "", ">modules", ">alone", ">wins", ">agree", ">differ")
    most = max((use.hits for use in used), default=1)
    for use in used[: limit or None]:
        table.add_row(
            shown(found.rules.rules[use.rule].name),
            bar(use.hits, most, 10, draws=draws),
            *(f"{n:,}" for n in (use.hits, use.alone, use.wins, use.agree, use.differ)),
        )
    yield _indented(table, _more(len(used), limit))


def _derived(found: Inspection, limit: int) -> Iterator[RenderableType]:
    """What derivations do: names for conditions, and values that they fill in."""
    if not found.derived:
        return
    yield Text("What is derived, and from what", "bold")
    table = _table("derivation", ">holds", ">given", ">said", ">differs", "from")
    for each in found.derived[: limit or None]:
        derivation = found.rules.derivations[each.derivation]
        counts = (each.holds, each.gives, each.says, each.differs)
        name = shown(f"{derivation_words(derivation)}{' (a name)' if each.is_name else ''}")
        table.add_row(name, *(f"{n:,}" for n in counts), sources_words(each))
    yield _indented(table, _more(len(found.derived), limit))


def sources_words(use: DerivationUse) -> str:
    """`path (12), package (3)`: what made a derivation hold, and for how many modules."""
    return ", ".join(f"{shown(source)} ({count:,})" for source, count in use.origins)


def _pairs(
    found: Inspection, title: str, pairs: Sequence[Overlap], limit: int
) -> Iterator[RenderableType]:
    if not pairs:
        return
    yield Text(f"{title}: {len(pairs):,} pairs", "bold")
    table = _table("one", "other", ">both", ">one", ">other")
    for each in pairs[: limit or None]:
        names = (shown(found.rules.rules[n].name) for n in (each.first, each.second))
        counts = (f"{n:,}" for n in (each.both, each.of_first, each.of_second))
        table.add_row(*names, *counts)
    yield _indented(table, _more(len(pairs), limit))


def _reliability(found: Inspection, *, draws: bool) -> Iterator[RenderableType]:
    error = found.calibration_error
    if error is None:
        return
    yield Text("How often the best star is the one that is carried, by confidence", "bold")
    table = _table("confidence", ">modules", ">right", "")
    for each in found.bins:
        if each.modules:
            table.add_row(
                f"{amount(each.low)} to {amount(each.high)}",
                f"{each.modules:,}",
                f"{each.right:,}",
                bar(each.right, each.modules, _BAR, draws=draws),
            )
    yield _indented(table)
    yield Text(f"  calibration error {percent(error)}\n")


def _curve(found: Inspection, *, draws: bool) -> Iterator[RenderableType]:
    default = found.rules.default.id
    yield Text(f"Modules on {default} that would be promoted, by threshold", "bold")
    table = _table("threshold", ">promoted", "")
    confidence = found.rules.confidence
    named = {confidence.suggest: "suggest", confidence.promote: "promote"}
    steps = sorted({*range(100_000, 1_000_001, 100_000), *named})
    most = max((count for _, count in found.curve), default=0) or 1
    for step in steps:
        count = at_threshold(found, step)
        name = named.get(step, "")
        table.add_row(
            f"{amount(step)} {name}".strip(), f"{count:,}", bar(count, most, _BAR, draws=draws)
        )
    yield _indented(table)


def at_threshold(found: Inspection, threshold: int) -> int:
    """How many modules the curve has at `threshold`."""
    return next((count for at, count in found.curve if at >= threshold), 0)


def _fragile(found: Inspection, limit: int) -> Iterator[RenderableType]:
    if not found.fragile:
        return
    yield Text("Weights that a tenth more or less would change decisions by", "bold")
    table = _table("rule", ">weight", ">moved to", ">modules", "for example")
    for each in found.fragile[: limit or None]:
        table.add_row(
            shown(found.rules.rules[each.rule].name),
            amount(each.weight),
            amount(each.moved),
            f"{each.modules:,}",
            shown(each.examples[0]),
        )
    yield _indented(table, _more(len(found.fragile), limit))


def bar(part: int, whole: int, width: int, *, draws: bool) -> Text:
    """A bar of `part` of `whole`, `width` characters at most."""
    eighths = part * width * 8 // whole if whole else 0
    if not draws:
        return Text("#" * (eighths // 8))
    return Text((_BLOCK * (eighths // 8) + _PARTS[eighths % 8]).rstrip(), "cyan")


def _table(*columns: str) -> Table:
    """A table whose columns are named; `>` before a name puts its figures to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for column in columns:
        is_figure = column.startswith(">")
        table.add_column(
            column.removeprefix(">"), justify="right" if is_figure else "left", overflow="fold"
        )
    return table


def _indented(table: Table, more: str = "") -> RenderableType:
    if more:
        table.add_row(Text(more, "dim"))
    return Padding(table, (0, 0, 1, 2), expand=False)


def _more(count: int, limit: int) -> str:
    return f"and {count - limit:,} more" if limit and count > limit else ""


# An inspection as one page, with plots.

_FEWEST = 2

_MOST_DIFFERING = 2_000
"""Modules that differ which a page lists; each is one row of some 300 bytes."""
_MOST_EVIDENCE = 4
"""Rules that are named for each of them."""

_TITLES = {
    "W431": "Where the stars come from",
    "W432": "Facets that follow from each other",
    "W430": "A higher confidence that is less often right",
    "W425": "Stars that no module reaches",
    "W420": "Rules that hold for no module",
    "W427": "Derivations that give their value to no module",
    "W426": "Several derived values where there is room for one",
    "W421": "Found inside longer words",
    "W422": "Masks that hide nothing",
    "W423": "Scores exactly on a threshold",
    "W424": "Rules that see the same modules",
}
"""Code of a finding -> what such findings are called, in the order of the page."""


def page(found: Inspection) -> str:
    """The page, self-contained: it opens from a file, without a network."""
    rules = found.rules
    used = sorted(found.uses, key=lambda use: (-use.hits, use.rule))
    bars = [
        Bar(
            rules.rules[use.rule].name,
            use.hits,
            f"{use.hits:,}",
            f"wins {use.wins:,}, agrees with {use.agree:,}, differs from {use.differ:,}",
            "" if use.hits else "warn",
        )
        for use in used
    ]
    confidence = rules.confidence
    named = {confidence.suggest: "suggest", confidence.promote: "promote"}
    marks = [ChartMark(threshold / MICRO, name) for threshold, name in named.items()]
    points = [(at / MICRO, count) for at, count in found.curve if at <= MICRO]
    reliable = [
        (each.total / (each.modules * MICRO), each.right / each.modules)
        for each in found.bins
        if each.modules
    ]
    return render(
        "inspection.html.j2",
        title="The rules against the modules",
        values={
            "found": found,
            "rules": rules.rules,
            "bars": bars,
            "lengths": lengths(bars),
            "matrix": _matrix(found),
            "amount": amount,
            "percent": percent,
            "origins": list(_sentences(found)),
            "differing": list(_differing(found)),
            "left": max(0, len(found.differing) - _MOST_DIFFERING),
            "levels": found.averaged,
            "derived": [
                (derivation_words(rules.derivations[each.derivation]), each, sources_words(each))
                for each in found.derived
            ],
            "groups": [
                (title, listed)
                for code, title in _TITLES.items()
                if (listed := [each for each in findings(found) if each.code == code])
            ],
            "curve": steps(
                points,
                x_label="threshold",
                y_label="modules that would be promoted",
                marks=marks,
            )
            if len(points) >= _FEWEST
            else None,
            "reliability": polyline(
                reliable, x_label="confidence of the best star", y_label="share that carries it"
            )
            if len(reliable) >= _FEWEST
            else None,
        },
    )


def _sentences(found: Inspection) -> Iterator[str]:
    """What is known about where stars and facets come from, a sentence each."""
    origins = found.origins
    if origins.stars is not None:
        stars = origins.stars
        yield f"{_look(stars)}: {found_again(stars)} ({_words(stars)})."
    for made in origins.facets:
        yield f"{made.facet} follows from words of the path: {found_again(made)} ({_words(made)})."
    if found.carrying:
        yield f"{found.agreement}, of the modules that carry a star of their own."
    for same in origins.same:
        yield f"Ready to copy: {same_source(same)}"


def _differing(found: Inspection) -> Iterator[tuple[str, str, str, str]]:
    """Path, star carried, star that the rules say, and evidence of modules that differ."""
    for each in found.differing[:_MOST_DIFFERING]:
        words = list(_evidence(found, each))
        more = len(words) - _MOST_EVIDENCE
        rest = [f"and {more:,} more"] if more > 0 else []
        evidence = ", ".join([*words[:_MOST_EVIDENCE], *rest])
        yield each.path, each.carried, each.says, evidence


def _matrix(found: Inspection) -> dict[str, object]:
    """Rows are stars carried, columns what the rules say; the canon's order."""
    ids = [star.id for star in found.rules.stars]
    rows = [star for star in (*ids, OTHER) if any(carried == star for carried, _ in found.matrix)]
    columns = [star for star in ids if any(says == star for _, says in found.matrix)]
    most = max(found.matrix.values(), default=0)
    cells = [
        [
            {
                "count": (count := found.matrix.get((row, column), 0)),
                "level": level(count, most),
                "kind": "same" if row == column else "",
            }
            for column in columns
        ]
        for row in rows
    ]
    return {"rows": rows, "columns": columns, "cells": cells}
