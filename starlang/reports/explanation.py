"""One module's explanation on a terminal."""

from collections.abc import Iterator

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from starlang.engine.decisions import Outcome
from starlang.explain.amounts import short
from starlang.explain.model import Explanation, Match, Row
from starlang.explain.why import why
from starlang.source.shown import shown

COLOURS = {
    Outcome.PROMOTED: "green",
    Outcome.ASSIGNED: "green",
    Outcome.SUGGESTED: "cyan",
    Outcome.CONTESTED: "yellow",
    Outcome.DEFERRED: "yellow",
    Outcome.BARRED: "red",
    Outcome.UNRECOGNISED: "red",
}


def explanation_view(each: Explanation) -> Iterator[Text | Padding]:
    """The module's decision, its evidence, and all that stood for or against it."""
    title = Text.assemble((shown(each.path), "bold"), "  ", (each.outcome.value, _colour(each)))
    if each.star not in {None, each.current} or each.secondary:
        stars = " + ".join([each.star or "", *each.secondary])
        title.append(f"  {shown(each.current)} -> {stars}")
    yield title
    yield _indented(Text(shown(why(each))))
    if each.rows:
        yield _indented(_evidence(each))
    for line in _lines(each):
        yield _indented(Text(shown(line)))


def _colour(each: Explanation) -> str:
    return COLOURS.get(each.outcome, "dim")


def _indented(body: Text | Table) -> Padding:
    return Padding(body, (0, 0, 0, 2), expand=False)


def _evidence(each: Explanation) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for row in sorted(each.rows, key=lambda row: (row.star, -row.sign * row.weight, row.rule)):
        table.add_row(_weight(row), Text(_rule(row)), Text(_found(row)))
    return table


def _weight(row: Row) -> Text:
    sign = "+" if row.sign > 0 else "-"
    return Text(f"{sign}{short(row.weight)} {row.star}", "green" if row.sign > 0 else "red")


def _rule(row: Row) -> str:
    reason = f"\n{row.because}" if row.because else ""
    effect = "" if abs(row.effect) == row.weight else f" (counts {short(row.effect)})"
    return shown(f"{row.rule}{effect}") + (f"\n{row.at}" if row.at else "") + shown(reason)


def _found(row: Row) -> str:
    return "\n".join(map(match_text, row.matches))


def match_text(match: Match) -> str:
    """`facet: value`, the matched part in brackets unless it is the whole value."""
    before, found, after = (
        shown(match.value[: match.start]),
        shown(match.text),
        shown(match.value[match.end :]),
    )
    marked = f"{before}[{found}]{after}" if before or after else found
    return f"{match.facet}: {marked}"


def _lines(each: Explanation) -> Iterator[str]:
    for score in each.scores:
        yield f"{score.star}: {_figures(score.raw, score.score, score.confidence)}"
    if each.best is not None:
        thresholds = f"suggest {short(each.suggest_at)}, promote {short(each.promote_at)}"
        margin = f", margin {short(each.margin)}" if each.margin else ""
        yield f"thresholds for {each.best.star}: {thresholds}{margin}"
    for exception in each.exceptions:
        yield f"exception: {exception.words} ({exception.because}) {exception.at}"
    for standing in each.standings:
        group = f" ({standing.group})" if standing.group else ""
        yield f"ceiling: {standing.ceiling}{group}: number {standing.place} of {standing.limit}"


def _figures(raw: int, score: int, confidence: int) -> str:
    if raw == score == confidence:
        return f"score {short(score)}"
    return f"raw {short(raw)}, score {short(score)}, confidence {short(confidence)}"
