"""The frame of all pages: what comes from files is text in it, whatever it looks like."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from program.browser import browser, opened

from starlang.report import pages as charts
from starlang.report.pages import environment, fill

HOSTILE = [
    "<img src=x onerror=document.title='owned'>",
    "</script><script>document.title='owned'</script>",
    "\" onmouseover=\"document.title='owned'",
    "';document.title='owned'//",
    "{{ 7 * 7 }}{% raw %}",
    "]]><svg onload=document.title='owned'>",
    "a\u202eb",
]

PAGE = """
{% extends "frame.html.j2" %}
{% import "charts.html.j2" as charts %}
{% block main %}
{{ charts.search("list", "Find") }}
<ul id="list">{% for name in names %}<li class="item" title="{{ name }}">{{ name }}</li>{% endfor %}</ul>
{{ charts.bars(caption, rows, lengths) }}
{{ charts.pairs(caption, pairs, pair_lengths) }}
{{ charts.plane(caption, plane) }}
{{ charts.matrix(caption, names, names, cells, names[0], names[1]) }}
{% endblock %}
"""  # noqa: E501 -- a template


def page(names: list[str], template: str = PAGE) -> str:
    rows = [charts.Bar(name, number, str(number), name) for number, name in enumerate(names)]
    pairs = [charts.Pair(name, number, 10) for number, name in enumerate(names)]
    cells = [[{"count": 3, "level": 2, "kind": ""} for _ in names] for _ in names]
    columns = [charts.HistogramColumn(0, 1, 3, names[0])]
    values = {
        "caption": names[1],
        "names": names,
        "rows": rows,
        "lengths": charts.lengths(rows),
        "pairs": pairs,
        "pair_lengths": charts.pair_lengths(pairs),
        "plane": charts.histogram(
            columns, x_label=names[0], y_label=names[1], marks=[charts.ChartMark(0.5, names[2])]
        ),
        "cells": cells,
    }
    return fill(environment().from_string(template), title=names[0], values=values)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


def test_hostile_names_stay_text(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(HOSTILE), "utf-8")
    with opened(chromium, file) as seen:
        assert seen.complaints == []
        assert seen.page.title() == HOSTILE[0]
        shown = [text.replace("\u202e", "\\u202e") for text in HOSTILE]
        assert seen.page.locator("#list li").all_inner_texts() == shown
        assert seen.page.locator("#list li").nth(2).get_attribute("title") == shown[2]
        assert seen.page.locator("img").count() == 0
        assert seen.page.locator("script").count() == 1


def test_a_script_that_is_not_ours_does_not_run(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    planted = PAGE.replace("<ul", "<script>document.title='owned'</script><ul")
    file.write_text(page(HOSTILE, planted), "utf-8")
    with opened(chromium, file) as seen:
        assert seen.page.title() == HOSTILE[0]
        assert any("Content Security Policy" in each for each in seen.complaints)


def test_searching_keeps_what_has_every_word(chromium: Browser, tmp_path: Path) -> None:
    names = ["labs/api", "labs/Door", "core/door"]
    file = tmp_path / "page.html"
    file.write_text(page(names), "utf-8")
    with opened(chromium, file) as seen:
        seen.page.fill("input[type=search]", "DOOR labs")
        visible = seen.page.locator("#list li:visible")
        assert visible.all_inner_texts() == ["labs/Door"]
        assert seen.page.inner_text("output") == "1 of 3"
        seen.page.fill("input[type=search]", "")
        assert visible.all_inner_texts() == names
        assert seen.page.inner_text("output") == ""


def test_a_page_reads_well_on_a_narrow_screen(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(["labs/" + "api/" * 30, "b", "c"]), "utf-8")
    with opened(chromium, file, width=360) as seen:
        wide = "document.querySelector('.bars').getBoundingClientRect().right <= innerWidth"
        assert seen.page.evaluate(wide) is True


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_bars_are_as_long_as_their_values(values: list[int]) -> None:
    bars = [charts.Bar("", value, "") for value in values]
    longest = max(values)
    for length, value in zip(charts.lengths(bars), values, strict=True):
        assert float(length) == pytest.approx(100 * value / longest if longest else 0, abs=0.006)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=9))
def test_pairs_share_one_scale(counts: list[tuple[int, int]]) -> None:
    pairs = [charts.Pair("", before, after) for before, after in counts]
    longest = max(map(max, counts))
    for lengths, values in zip(charts.pair_lengths(pairs), counts, strict=True):
        for length, value in zip(lengths, values, strict=True):
            wanted = 100 * value / longest if longest else 0
            assert float(length) == pytest.approx(wanted, abs=0.006)


def test_changes_carry_their_sign() -> None:
    changes = [charts.Pair("", *both).change for both in [(1, 1), (0, 2000), (2000, 0)]]
    assert changes == ["", "+2,000", "-2,000"]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_columns_stand_on_the_axis_and_reach_their_counts(counts: list[int]) -> None:
    columns = [charts.HistogramColumn(n, n + 1, count, "") for n, count in enumerate(counts)]
    plane = charts.histogram(columns, x_label="x", y_label="y")
    room = plane.bottom - plane.top
    for box, count in zip(plane.boxes, counts, strict=True):
        assert float(box.y) + float(box.height) == pytest.approx(plane.bottom, abs=0.02)
        assert float(box.height) == pytest.approx(room * count / max(1, *counts), abs=0.02)
        assert plane.left <= float(box.x) <= float(box.x) + float(box.width) <= plane.right + 0.01


@given(st.integers(1, 10**7))
@example(3)
def test_ticks_are_few_round_and_where_they_say(most: int) -> None:
    column = charts.HistogramColumn(0, most, most, "")
    plane = charts.histogram([column], x_label="x", y_label="y")
    said = [int(tick.text.replace(",", "")) for tick in plane.y_ticks]
    assert 2 <= len(said) <= 7
    assert said[0] == 0
    steps = {after - before for before, after in pairwise(said)}
    assert len(steps) == 1
    assert str(*steps).rstrip("0") in {"1", "2", "5"}
    for value, tick in zip(said, plane.y_ticks, strict=True):
        wanted = plane.bottom - (plane.bottom - plane.top) * value / most
        assert float(tick.at) == pytest.approx(wanted, abs=0.006)


def test_a_scale_from_0_to_1_has_decimal_ticks() -> None:
    plane = charts.polyline([(0, 0), (1, 1)], x_label="x", y_label="y")
    assert [tick.text for tick in plane.x_ticks] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert plane.path == f"M{plane.left} {plane.bottom}L{plane.right} {plane.top}"


def test_a_curve_of_steps_holds_until_the_next_point() -> None:
    plane = charts.steps([(0.0, 4), (0.5, 4), (1.0, 2)], x_label="x", y_label="y")
    middle, half = (plane.left + plane.right) / 2, (plane.top + plane.bottom) / 2
    assert plane.path == (f"M{plane.left} {plane.top}H{middle:.0f}V{half:.0f}H{plane.right}")


@pytest.mark.parametrize(("at", "anchor"), [(0.1, "start"), (0.9, "end")])
def test_the_text_of_a_mark_stands_where_there_is_room(at: float, anchor: str) -> None:
    columns = [charts.HistogramColumn(0, 1, 3, "")]
    (line,) = charts.histogram(
        columns, x_label="x", y_label="y", marks=[charts.ChartMark(at, "here")]
    ).lines
    assert line.anchor == anchor
    assert (float(line.text_x) > float(line.x)) == (anchor == "start")


def test_shades_tell_nothing_from_little() -> None:
    assert [charts.level(count, 90) for count in (0, 1, 45, 90)] == [0, 1, 5, charts.LEVELS]
    assert charts.level(0, 0) == 0


@pytest.mark.parametrize("chart", [charts.steps, charts.polyline])
def test_a_curve_needs_two_ends(chart: type) -> None:
    with pytest.raises(ValueError, match="two points"):
        chart([(0, 1)], x_label="x", y_label="y")


def test_a_histogram_needs_columns() -> None:
    with pytest.raises(ValueError, match="columns"):
        charts.histogram([], x_label="x", y_label="y")


def test_the_same_values_make_the_same_page() -> None:
    assert page(HOSTILE) == page(HOSTILE)
