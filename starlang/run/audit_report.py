"""The artifacts that people read: the report of the day, the block of figures, the dashboard.

A name, a reason or a path in them comes from a manifest or a rule. In Markdown it is written as
code, so that it cannot become a link, a picture or a column of its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from starlang.diagnostics.model import Diagnostic
from starlang.explain.model import Explanation
from starlang.explain.words import short
from starlang.plan.model import rules_for_best
from starlang.report.pages import Bar, lengths, level, render
from starlang.run.artifacts import (
    DASHBOARD,
    MESSAGE,
    FinishedRun,
    commit_message,
    coverage_figures,
    listed_digests,
    tables,
)
from starlang.run.canary_figures import telling
from starlang.run.canary_page import limit_bars, star_bars
from starlang.run.checks import shown_share
from starlang.text import counted
from starlang.texts.lookalikes import readable

_EXAMPLES = 3
"""Modules that are named of a group."""

_GROUPS = 40
"""Groups, and rules, that are shown before the others are counted."""

_ROWS = 200
"""Stars and limits that are shown: labels and owners may be as many as modules."""


def artifacts(finished: FinishedRun) -> dict[str, bytes]:
    """Name -> bytes of all that `starlang report` writes, but for the block of figures."""
    made = tables(finished)
    return {
        **made,
        finished.dated: dated_report(finished, made).encode(),
        DASHBOARD: dashboard(finished).encode(),
        MESSAGE: commit_message(finished).encode(),
    }


# Markdown.


@cache
def code(text: str) -> str:
    """`text` as code in a cell of a table: whatever is in it, it is shown and does nothing."""
    shown = readable(text).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in _ticks(shown)), default=0))
    gap = " " if "`" in shown else ""
    return f"{fence}{gap}{shown}{gap}{fence}" if shown else ""


def _ticks(text: str) -> Iterator[str]:
    """The runs of backticks in a text."""
    run = ""
    for character in f"{text} ":
        if character == "`":
            run += character
        elif run:
            yield run
            run = ""


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    ruled = ["---:" if each.startswith(">") else "---" for each in head]
    names = [each.removeprefix(">") for each in head]
    lines = [names, ruled, *rows]
    return [f"| {' | '.join(map(str, each))} |" for each in lines] + [""]


def dated_report(finished: FinishedRun, made: Mapping[str, bytes]) -> str:
    """The report of the day; `made` are the artifacts that it names with their digests."""
    lines = [
        f"# Manifests regenerated on {finished.day}",
        "",
        *_head(finished),
        "## Stars",
        "",
        *star_table(finished),
        "## Ceilings",
        "",
        *_ceilings(finished),
        "## What changed, by evidence",
        "",
        *_groups(finished),
        "## Coverage",
        "",
        *_table(("what", ">count"), coverage_figures(finished)),
        "## What was compared with the backup",
        "",
        *_checks(finished),
        "## Files",
        "",
        *_table(
            ("file", "digest"),
            [
                (code(finished.run.shown_audit(name)), code(digest))
                for name, digest in listed_digests(made)
            ],
        ),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(finished: FinishedRun) -> list[str]:
    planned, metadata = finished.planned, finished.backup.metadata
    rules = planned.rules
    facts = {
        "plan": code(planned.digest),
        "edits": code(planned.edits_digest),
        "run": code(finished.name),
        "rules": code(f"{rules.id} {rules.version}"),
        "backup": code(finished.backup.directory.name),
        "commit before": code(metadata.git_commit),
        "approved by": code(finished.approved_by),
        "applied by": code(finished.applied_by),
        "applied at": finished.applied_at,
        "manifests": f"{finished.manifests:,}",
        "modules": f"{len(finished.plan):,}",
        "unreadable": f"{finished.unreadable:,}",
        "changed": f"{finished.changed:,}",
        **({"made": f"{finished.created:,}"} if finished.created else {}),
    }
    return _table(("what", "value"), [each for each in facts.items() if each[1]])


def star_table(finished: FinishedRun) -> list[str]:
    """Each star with its modules before and after, as lines of Markdown."""
    plan, total = finished.plan, len(finished.plan)
    total_before = plan.modules_before
    wanted = {each.band.star: each for each in finished.shares}
    rows = []
    for star in finished.stars:
        before, after = plan.before.get(star, 0), plan.after.get(star, 0)
        band = wanted.get(star)
        goal = f"{band.wanted}: {'within' if band.is_met else 'outside'}" if band else ""
        shares = (shown_share(before, total_before), shown_share(after, total))
        rows.append((code(star), f"{before:,}", f"{after:,}", *shares, goal))
    return _table((("star"), ">before", ">after", ">share before", ">share after", "wanted"), rows)


def _ceilings(finished: FinishedRun) -> list[str]:
    found = telling(finished.plan)
    if not found:
        return ["No limit has counted anything.", ""]
    rows = [
        (
            code(" ".join(filter(None, (line.ceiling, line.group)))),
            f"{line.count:,}",
            f"{line.limit:,}",
            line.verdict,
        )
        for line in found
    ]
    return _table(("ceiling", ">count", ">limit", "state"), rows)


def _groups(finished: FinishedRun) -> list[str]:
    groups = finished.figures.groups
    if not groups:
        return ["Nothing: the plan changes no manifest.", ""]
    rows = [
        (
            f"{len(each.modules):,}",
            code(each.star),
            short(each.score) if each.first.best else "",
            code(each.evidence or each.reason),
            ", ".join(code(module.path) for module in each.modules[:_EXAMPLES]),
        )
        for each in groups[:_GROUPS]
    ]
    left = groups[_GROUPS:]
    more = sum(len(each.modules) for each in left)
    tail = [f"And {counted(len(left), 'smaller group')}, {counted(more, 'module')}.", ""]
    intro = ["Modules with the same evidence are decided alike, and are one group.", ""]
    head = (">modules", "star", ">score", "evidence", "for example")
    return [*intro, *_table(head, rows), *(tail if left else [])]


def _checks(finished: FinishedRun) -> list[str]:
    rows = [
        (code(each.name), each.verdict.value, f"{each.compared:,}", code(each.things))
        for each in finished.checks
    ]
    return _table(("check", "verdict", ">compared", "what"), rows)


# The block of figures in a document that is otherwise written by hand.


def markers(name: str) -> tuple[str, str]:
    """The two lines between which the figures of the run `name` stand."""
    return f"<!-- starlang {name}: begin -->", f"<!-- starlang {name}: end -->"


def block(finished: FinishedRun) -> list[str]:
    """The lines between the markers."""
    made = f" and {finished.created:,} made" if finished.created else ""
    head = (
        f"{counted(len(finished.plan), 'module')} on {finished.day}, "
        f"{finished.changed:,} changed{made} by the run {code(finished.name)}."
    )
    return ["", head, "", *star_table(finished), f"Plan: {code(finished.planned.digest)}", ""]


def with_block(data: bytes, name: str, lines: Sequence[str]) -> bytes | None:
    """`data` with these lines between the markers of `name`; None if it does not have the two.

    Every byte outside is kept, and lines end as that of the first marker does.
    """
    found = data.split(b"\n")
    places = [
        [n for n, line in enumerate(found) if line.strip(b" \t\r") == marker.encode()]
        for marker in markers(name)
    ]
    match places:
        case [[begin], [end]] if begin < end:
            ending = b"\r" if found[begin].endswith(b"\r") else b""
            new = [line.encode() + ending for line in lines]
            return b"\n".join([*found[: begin + 1], *new, *found[end:]])
        case _:
            return None


def without_markers(file: str, name: str) -> Diagnostic:
    """Says which two lines a document lacks."""
    first, last = markers(name)
    return Diagnostic(
        code="W993",
        message=f"`{file}` has no place for the figures of the run, and nothing was written to it",
        file=file,
        hint=f"add two lines where they are to stand, each once and in this order: `{first}` and "
        f"`{last}`; then report again. `top` under `[audit]` names another document",
    )


# The dashboard.


def dashboard(finished: FinishedRun) -> str:
    """All figures as one page, self-contained: it opens from a file, without a network."""
    figures = finished.figures
    bars = _rule_bars(finished)
    shares, limits = star_bars(figures, finished.shares), limit_bars(finished.plan)
    return render(
        "dashboard.html.j2",
        title=f"Stars on {finished.day}",
        values={
            "finished": finished,
            "plan": finished.plan,
            "shares": shares[:_ROWS],
            "shares_left": len(shares) - _ROWS,
            "limits": limits[:_ROWS],
            "limits_left": len(limits) - _ROWS,
            "groups": figures.groups,
            "outcomes": {each.value: count for each, count in figures.outcomes.items()},
            "coverage": coverage_figures(finished),
            "agreement": _agreement(finished),
            "matrix": _matrix(finished),
            "rules": bars[:_GROUPS],
            "lengths": lengths(bars[:_GROUPS]),
            "rules_left": len(bars) - _GROUPS,
            "idle": [each.label for each in bars if not each.value],
            "examples": _EXAMPLES,
            "some": _GROUPS,
            "short": short,
        },
    )


_OTHER = "(other labels)"
"""What labels outside of the canon are called together; no star has such a name."""


def _carrying(finished: FinishedRun) -> list[Explanation]:
    """The modules that carried a star of their own before the run."""
    default = finished.planned.rules.default.id
    return [each for each in finished.plan if each.current != default]


def _agreement(finished: FinishedRun) -> tuple[int, int]:
    """Of how many modules with a star of their own the rules say the same, and of all of them."""
    carrying = _carrying(finished)
    return sum(each.rules_say == each.current for each in carrying), len(carrying)


def _matrix(finished: FinishedRun) -> dict[str, object]:
    """Rows are stars carried before, columns what the rules say."""
    canon = {each.id for each in finished.planned.rules.stars}
    counts = Counter(
        (each.current if each.current in canon else _OTHER, each.rules_say)
        for each in _carrying(finished)
    )
    rows = sorted({current for current, _ in counts}, key=lambda star: (star == _OTHER, star))
    columns = sorted({says for _, says in counts})
    most = max(counts.values(), default=0)
    cells = [
        [
            {
                "count": counts[row, column],
                "level": level(counts[row, column], most),
                "kind": "same" if row == column else "",
            }
            for column in columns
        ]
        for row in rows
    ]
    return {"rows": rows, "columns": columns, "cells": cells}


def _rule_bars(finished: FinishedRun) -> list[Bar]:
    """In how many modules each rule holds, the most first; the note says what it decides."""
    rules = [each.name for each in finished.planned.rules.rules]
    holds = Counter(row.rule for each in finished.plan for row in each.rows)
    decides = Counter(
        row.rule for each in finished.figures.changing for row in rules_for_best(each)
    )
    bars = [
        Bar(
            name,
            holds[name],
            f"{holds[name]:,}",
            f"decides in {decides[name]:,} that change" if holds[name] else "holds nowhere",
            "" if holds[name] else "warn",
        )
        for name in rules
    ]
    return sorted(bars, key=lambda bar: (-bar.value, bar.label))
