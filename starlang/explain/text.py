"""An explanation as plain text: the same words on a terminal, in a report, in Python."""

from collections.abc import Callable, Iterator
from textwrap import wrap

from starlang.engine.decisions import Outcome
from starlang.engine.scores import Score
from starlang.explain.amounts import short
from starlang.explain.model import Explanation, Match, Row
from starlang.explain.why import why
from starlang.text import shown

Paint = Callable[[str, str], str]
"""Colours a text: (what it is, text) -> text.

What it is: an outcome, `title`, `for`, `against` or `quiet`.
"""

WIDTH = 80
_MARGIN = 2
_COLUMN = 12


def plain(_: str, text: str) -> str:
    """The `Paint` that leaves every text as it is."""
    return text


def render(each: Explanation, *, width: int = WIDTH, paint: Paint = plain) -> str:
    """The decision, its evidence and all that stood for or against it, without a last newline."""
    lines = [_title(each, paint), *wrapped(why(each), width, _MARGIN)]
    for row in sorted(each.rows, key=lambda row: (row.star, -row.sign * row.weight, row.rule)):
        lines += _row(row, width, paint)
    for name, text in _figures(each):
        first, *rest = wrapped(shown(text), width, _MARGIN + _COLUMN)
        lines += [" " * _MARGIN + paint("quiet", name.ljust(_COLUMN)) + first.lstrip(), *rest]
    return "\n".join(lines)


def _title(each: Explanation, paint: Paint) -> str:
    outcome = paint(each.outcome.value, each.outcome.value)
    title = f"{paint('title', shown(each.path))}  {outcome}" if each.path else outcome
    if each.star in {None, each.current} and not each.secondary:
        return title
    stars = " + ".join([each.star or each.current, *each.secondary])
    return f"{title}  {shown(each.current)} -> {stars}"


def wrapped(text: str, width: int, indent: int) -> list[str]:
    """`text` in lines of at most `width` columns, each indented; never none."""
    space = " " * indent
    lines = wrap(text, width, initial_indent=space, subsequent_indent=space, break_on_hyphens=False)
    return lines or [space]


def _row(row: Row, width: int, paint: Paint) -> Iterator[str]:
    sign, style = ("+", "for") if row.sign > 0 else ("-", "against")
    weight = paint(style, f"{sign}{short(row.weight)} {row.star}")
    counts = "" if abs(row.effect) == row.weight else f"  (counts {short(row.effect)})"
    place = f"  {shown(row.at)}" if row.at else ""
    yield f"    {weight}  {shown(row.rule)}{counts}{paint('quiet', place)}"
    for match in row.matches:
        yield from wrapped(match_text(match), width, 10)
    if row.because:
        yield from wrapped(f"because {shown(row.because)}", width, 10)


def match_text(match: Match) -> str:
    """`facet: value`, the matched part in brackets unless it is the whole value."""
    before = shown(match.value[: match.start])
    after = shown(match.value[match.end :])
    found = shown(match.text)
    marked = f"{before}[{found}]{after}" if before or after else found
    more = f" and {match.more:,} more" if match.more else ""
    return f"{match.facet}: {marked}{more}"


def _figures(each: Explanation) -> Iterator[tuple[str, str]]:
    if each.scores:
        yield "scores", ", ".join(map(_score, each.scores))
    if each.best is not None:
        margin = f", margin {short(each.margin)}" if each.margin else ""
        promote = f"promote {each.best.star} at {short(each.promote_at)}"
        yield "thresholds", f"suggest at {short(each.suggest_at)}, {promote}{margin}"
    for exception in each.exceptions:
        yield "exception", f"{exception.words}: {exception.because} ({exception.at})"
    for held in each.dropped:
        group = f" ({held.group})" if held.group else ""
        yield "held back", f"{held.star}, by {held.ceiling}{group}"
    for standing in each.standings:
        group = f" ({standing.group})" if standing.group else ""
        place = f"number {standing.place} of {standing.limit}"
        yield "ceiling", f"{standing.ceiling}{group}: {standing.star} is {place}"
    if each.outcome is not Outcome.KEPT and each.rules_say not in {each.star, each.default}:
        yield "rules say", each.rules_say


def _score(score: Score) -> str:
    if score.raw == score.score == score.confidence:
        return f"{score.star} {short(score.score)}"
    figures = [f"raw {short(score.raw)}"]
    if score.confidence != score.score:
        figures.append(f"confidence {short(score.confidence)}")
    return f"{score.star} {short(score.score)} ({', '.join(figures)})"
