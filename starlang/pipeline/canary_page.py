"""The canary report as one page that a reviewer can decide from."""

from attrs import frozen

from starlang.explain.amounts import short
from starlang.explain.model import Explanation
from starlang.explain.text import match_text
from starlang.explain.why import why
from starlang.pipeline.canary_report import Reported, diff_of, labels_of
from starlang.reports.pages.charts import Column, Pair, Plane, histogram, pair_lengths
from starlang.reports.pages.frame import render
from starlang.rulesets.model import MICRO

_COLUMNS = 20
"""Columns of the histogram of confidence, each 0.05 wide."""


@frozen
class Changed:
    """A module as the page shows it. `words` are what its search finds."""

    path: str
    current: str
    gets: str
    star: str
    outcome: str
    confidence: str
    is_canary: bool
    why: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    diff: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """What the search field looks through."""
        canary = "canary" if self.is_canary else ""
        return f"{self.path} {self.current} {self.gets} {self.star} {self.outcome} {canary}"


def page(reported: Reported) -> str:
    """The page, self-contained: it opens from a file, without a network."""
    plan, written = reported.planned.plan, reported.sample.written
    modules = [
        _changed(plan[each.module], diff_of(each, plan[each.module].file), each.path in written)
        for each in reported.planned.rewritings
    ]
    stars = sorted(plan.before.keys() | plan.after.keys())
    pairs = [Pair(star, plan.before.get(star, 0), plan.after.get(star, 0)) for star in stars]
    confidences = [_confidence(plan[each.module]) for each in reported.planned.rewritings]
    return render(
        "canary.html.j2",
        title="What the plan would change",
        scripts=("canary.js",),
        values={
            "head": reported.head,
            "making": reported.head.making,
            "plan": plan,
            "sample": reported.sample,
            "checks": reported.checks,
            "shares": reported.shares,
            "modules": modules,
            "stars": sorted({each.star for each in modules}),
            "outcomes": sorted({each.outcome for each in modules}),
            "pairs": pairs,
            "pair_lengths": pair_lengths(pairs),
            "histogram": _histogram(confidences) if confidences else None,
        },
    )


def _changed(explanation: Explanation, diff: str, is_canary: bool) -> Changed:  # noqa: FBT001 -- a field
    rows = tuple(
        (
            f"{row.sign * row.weight / MICRO:+.2f}",
            row.star,
            row.rule,
            "; ".join(map(match_text, row.matches)),
            row.because,
        )
        for row in explanation.rows
    )
    return Changed(
        path=explanation.path,
        current=explanation.current,
        gets=labels_of(explanation),
        star=explanation.star or explanation.label,
        outcome=explanation.outcome.value,
        confidence=short(_confidence(explanation)),
        is_canary=is_canary,
        why=why(explanation),
        rows=rows,
        diff=tuple((_kind(line), line) for line in diff.splitlines()),
    )


def _confidence(explanation: Explanation) -> int:
    """The confidence in the star that the module gets, in 10^-6."""
    given = (each for each in explanation.scores if each.star == explanation.star)
    return next((each.confidence for each in given), 0)


def _kind(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "quiet"
    return {"+": "ins", "-": "del"}.get(line[:1], "")


def _histogram(confidences: list[int]) -> Plane:
    width = MICRO // _COLUMNS
    counts = [0] * _COLUMNS
    for each in confidences:
        counts[min(each // width, _COLUMNS - 1)] += 1
    columns = [
        Column(
            number / _COLUMNS,
            (number + 1) / _COLUMNS,
            count,
            f"{count:,} from {number / _COLUMNS:.2f} to {(number + 1) / _COLUMNS:.2f}",
        )
        for number, count in enumerate(counts)
    ]
    return histogram(columns, x_label="confidence", y_label="modules")
