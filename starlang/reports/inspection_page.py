"""An inspection as one page, with plots."""

from starlang.inspection.agreement import OTHER
from starlang.inspection.findings import findings
from starlang.inspection.model import Inspection
from starlang.inspection.wording import amount, percent
from starlang.reports.pages.charts import Bar, Mark, lengths, level, polyline, steps
from starlang.reports.pages.frame import render
from starlang.rulesets.model import MICRO

_FEWEST = 2

_TITLES = {
    "W425": "Stars that no module reaches",
    "W420": "Rules that hold for no module",
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
    marks = [Mark(threshold / MICRO, name) for threshold, name in named.items()]
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
