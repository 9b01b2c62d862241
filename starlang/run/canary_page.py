"""The canary report as one page that a reviewer can decide from in five minutes.

The verdict, the groups and all figures are in the page as text. Single modules are data, which
the page's script lists, filters and opens: those to look at first come first, and if there are
more than a page should hold, the last ones are left out and counted. So the page stays below
2 MB however many manifests a run changes; the JSON beside it has everything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from json import JSONEncoder

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, FindingsByCode, by_code
from starlang.engine.decisions import Outcome
from starlang.explain.model import EvidenceRow, Explanation
from starlang.explain.words import match_text, short, why
from starlang.plan.model import Alike, CeilingLine, Plan
from starlang.report.pages import embedded, render
from starlang.rules.model import MICRO
from starlang.run.canary_figures import CODE, LEFT, TOP, Figures, StarShare, Weighed, spare, telling
from starlang.run.canary_report import Reported, diff_of, figures_of, labels_of
from starlang.run.checks import Share, Verdict
from starlang.run.planned import Rewriting
from starlang.text import Json

LISTED = 900_000
"""Most bytes of the list of modules in a page."""

DETAILED = 600_000
"""Most bytes of their explanations and diffs."""

_COMPACT = JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_EXAMPLES = 5
"""Modules that are named of a group."""

_SHOWN = 6
"""Groups of one kind that are shown at once; the others are folded."""

_GROUPS = 40
"""Groups, findings or values that are shown of one kind before the others are counted."""

_FIRST = 6
"""Modules that are named as those to look at first."""

_CAPTIONS = {
    "deferred": "Held back by a limit",
    "contested": "Contested: the evidence is for two stars",
    "suggested": "Suggested only: not enough evidence",
}


@frozen
class ShownGroup:
    """A group as the page shows it. `bar` is its part of all that change, in percent."""

    number: int
    star: str
    score: str
    evidence: str
    lead: str
    reason: str
    count: int
    bar: str
    examples: tuple[str, ...]
    first: Explanation
    diff: tuple[tuple[str, str], ...]


@frozen
class Bars:
    """A star's bars in percent of the longest; `marks` are the ends of its band, and its floor."""

    share: StarShare
    before: str
    after: str
    marks: tuple[tuple[str, str], ...]
    wanted: Share | None

    @property
    def is_shown(self) -> bool:
        """Whether the star is worth a row that is not folded."""
        return self.share.moves or self.wanted is not None


def page(reported: Reported) -> str:
    """The page, self-contained: it opens from a file, without a network."""
    planned = reported.planned
    plan, checks = planned.plan, reported.checks
    figures = figures_of(reported)
    changing = len(figures.changing)
    groups = _groups(figures.groups, changing, 0, reported)
    left, number = {}, len(figures.groups)
    for outcome in LEFT:
        alike = figures.left(outcome)
        shown = _groups(alike, max(1, len(plan.of(outcome))), number, reported)
        left[outcome.value] = (shown, alike)
        number += len(alike)
    return render(
        "canary.html.j2",
        title="What the plan would change",
        scripts=("canary.js",),
        values={
            "approve": reported.approve,
            "head": reported.head,
            "making": reported.head.making,
            "plan": plan,
            "sample": reported.sample,
            "checks": sorted(checks, key=lambda each: each.verdict is not Verdict.FAILS),
            "failing": [each for each in checks if each.verdict is Verdict.FAILS],
            "figures": figures,
            "changing": changing,
            "changes": len(planned.rewritings) - len(figures.created),
            "created": [_made(each, reported) for each in figures.created[:_GROUPS]],
            "outcomes": {each.value: count for each, count in figures.outcomes.items()},
            "shares": star_bars(figures, reported.shares),
            "limits": limit_bars(plan),
            "groups": groups,
            "left": left,
            "captions": _CAPTIONS,
            "weakest": [(each, *_words(each)) for each in figures.weighed[:_FIRST]],
            "spares": _spares(figures.weighed),
            "holding": _holding(figures),
            "marked": Counter(mark for each in figures.weighed for mark in each.marks),
            "warnings": _most_first(plan.warnings),
            "known": _most_first(plan.known),
            "oddities": _most_first(reported.oddities),
            "affected": {name: figures.by(name) for name in _divisions(figures)},
            "canary": _canary(reported),
            "divisions": sorted(reported.sample.divisions, key=lambda each: -each.changing),
            "some": _GROUPS,
            "unfolded": _SHOWN,
            "data": embedded(_data(figures, reported)),
            "short": short,
            "why": why,
            "rows": _rows,
        },
    )


def _groups(
    found: Sequence[Alike], all_of_them: int, number: int, reported: Reported
) -> list[ShownGroup]:
    diffs = {each.module: each for each in reported.planned.changes}
    groups = []
    for place, each in enumerate(found[:_GROUPS], number):
        first, count = each.first, len(each.modules)
        rewriting = diffs.get(first.path)
        groups.append(
            ShownGroup(
                place,
                " + ".join((each.star, *first.secondary)),
                short(each.score) if first.best else "",
                each.evidence,
                each.lead,
                each.reason,
                count,
                f"{100 * count / all_of_them:.2f}",
                tuple(module.path for module in each.modules[:_EXAMPLES]),
                first,
                _lines(diff_of(rewriting, first.file)) if rewriting else (),
            )
        )
    return groups


def _made(each: Rewriting, reported: Reported) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """A manifest that is made: its module, the stars that it gets, and what is in it."""
    explanation = reported.planned.plan[each.module]
    return each.module, labels_of(explanation), _lines(diff_of(each, explanation.file))


def _lines(diff: str) -> tuple[tuple[str, str], ...]:
    return tuple((_kind(line), line) for line in diff.splitlines())


def _kind(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "quiet"
    return {"+": "ins", "-": "del"}.get(line[:1], "")


def star_bars(figures: Figures, wanted: Sequence[Share]) -> list[Bars]:
    """The stars that change, then those with a band, then the others."""
    most = max(max(each.before, each.after) for each in figures.shares) or 1
    bands = {each.band.star: each for each in wanted}
    found = []
    for each in figures.shares:
        band = bands.get(each.star)
        ends = (band.band.low, band.band.high) if band else ()
        places = [(float(end) * each.total / 100, "") for end in ends]
        if each.floor is not None:
            places.append((each.floor.limit, "mark"))
        found.append(
            Bars(
                each,
                f"{100 * each.before / most:.2f}",
                f"{100 * each.after / most:.2f}",
                tuple(
                    (f"{100 * place / most:.2f}", kind) for place, kind in places if place <= most
                ),
                band,
            )
        )
    return sorted(found, key=lambda bars: not bars.is_shown)


def limit_bars(plan: Plan) -> list[tuple[CeilingLine, str]]:
    """The limits that have counted anything, and how far each is used, in percent."""
    return [(line, _used(line)) for line in telling(plan)]


def _used(line: CeilingLine) -> str:
    """How far a limit is used, in percent."""
    if line.before is None:
        return f"{min(100.0, 100 * line.count / line.limit) if line.limit else 100:.2f}"
    room = line.before - line.limit
    return f"{min(100.0, 100 * (line.before - line.count) / room) if room > 0 else 100:.2f}"


def _words(each: Weighed) -> tuple[str, str]:
    """How near a decision is to another one, and where it comes from."""
    near = "by hand" if each.spare is None else short(each.spare)
    return near, labels_of(each.each)


def _holding(figures: Figures) -> list[tuple[str, int]]:
    """The limits that hold modules back, and how many each does."""
    held = [each.held for each in figures.planned.plan.of(Outcome.DEFERRED)]
    counts = Counter(f"{each.ceiling} {each.group}".rstrip() for each in held if each)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _spares(weighed: Iterable[Weighed]) -> list[tuple[str, int]]:
    """How many decisions have how much to spare, the weakest first."""
    counts = Counter(each.spare for each in weighed if each.spare is not None)
    return [(short(spare), counts[spare]) for spare in sorted(counts)]


def _most_first(found: Sequence[Diagnostic]) -> list[FindingsByCode]:
    return sorted(by_code(found, _GROUPS), key=lambda each: (-each.count, each.code))


def _divisions(figures: Figures) -> tuple[str, ...]:
    """What the changes are divided by: owner, tier and code, where they are known, and place."""
    known = [name for name in ("owner", "tier", CODE) if name in figures.names]
    return (*known, TOP)


def _canary(reported: Reported) -> list[tuple[str, int, int]]:
    """Star -> how many modules of the canary carry it before and after."""
    before = Counter(each.current for each in reported.explained)
    after = Counter(each.star or each.current for each in reported.explained)
    return [(star, before[star], after[star]) for star in sorted(before | after)]


def _rows(explanation: Explanation) -> list[tuple[str, str, str, str, str]]:
    return [
        (_weight(row), row.star, row.rule, "; ".join(map(match_text, row.matches)), row.because)
        for row in explanation.rows
    ]


def _weight(row: EvidenceRow) -> str:
    return f"{row.sign * row.weight / MICRO:+.2f}"


class _Numbers(dict[str | tuple[str, ...], int]):
    """Gives each value that is asked for a number, in the order of asking."""

    def __missing__(self, value: str | tuple[str, ...]) -> int:
        number = self[value] = len(self)
        return number


def _data(figures: Figures, reported: Reported) -> dict[str, Json]:
    """What the script lists: a row for each module, and the details of the first of them."""
    groups = [*figures.groups, *(each for outcome in LEFT for each in figures.left(outcome))]
    listing = _Listing(figures, reported, groups)
    listed = [*figures.weighed, *_nearly(figures)]
    modules = list(_within(LISTED, map(listing.row, listed)))
    details = list(_within(DETAILED, map(listing.details, listed[: len(modules)])))
    return {
        "currents": list(listing.currents),
        "details": details,
        "facets": [[name, list(numbers)] for name, numbers in listing.facets.items()],
        "groups": [[each.first.outcome.value, each.star, short(each.score)] for each in groups],
        "modules": modules,
        "rules": list(listing.rules),
        "total": len(listed),
    }


def _nearly(figures: Figures) -> Iterator[Weighed]:
    """The modules that nearly got a star."""
    for outcome in LEFT:
        for each in figures.planned.plan.of(outcome):
            yield Weighed(each, spare(each), figures.marks(each.path))


def _within(room: int, values: Iterable[Json]) -> Iterator[Json]:
    """As many of `values`, from the first on, as take at most `room` bytes of JSON."""
    for each in values:
        room -= len(_COMPACT.encode(each).encode()) + 1
        if room < 0:
            return
        yield each


class _Listing:
    """Makes rows and details; what they have in common is kept once, under its number."""

    def __init__(self, figures: Figures, reported: Reported, groups: Sequence[Alike]) -> None:
        self._figures = figures
        self._chosen = frozenset(each.path for each in reported.explained)
        self._news = frozenset(reported.head.making.news)
        self._rewritings = {each.module: each for each in reported.planned.changes}
        self._group = {each.path: n for n, group in enumerate(groups) for each in group.modules}
        self.currents, self.rules = _Numbers(), _Numbers()
        self.facets = {name: _Numbers() for name in (TOP, *figures.names)}

    def row(self, weighed: Weighed) -> Json:
        """Path, group, what it has to spare, flags, star now; then the number of each facet."""
        path = weighed.each.path
        flags = (path in self._chosen) + 2 * bool(weighed.marks) + 4 * (path in self._news)
        values = self._figures.facets(path)
        found = (
            (path.partition("/")[0],) if name == TOP else values.get(name, ())
            for name in self.facets
        )
        return [
            path,
            self._group[path],
            "" if weighed.spare is None else short(weighed.spare),
            flags,
            self.currents[weighed.each.current],
            *(numbers[value] for numbers, value in zip(self.facets.values(), found, strict=True)),
        ]

    def details(self, weighed: Weighed) -> Json:
        """Why; pairs of a rule's number and what it found; marks; the lines of the diff."""
        each = weighed.each
        rewriting = self._rewritings.get(each.path)
        evidence: list[Json] = [
            [self.rules[_rule(row)], "; ".join(map(match_text, row.matches))] for row in each.rows
        ]
        return [
            why(each),
            evidence,
            list(weighed.marks),
            diff_of(rewriting, each.file).splitlines() if rewriting else [],
        ]


def _rule(row: EvidenceRow) -> tuple[str, str, str, str]:
    return (_weight(row), row.star, row.rule, row.because)
