"""Where the marks of a chart stand. Templates draw them; the figures stay beside, as text.

A chart of rows (bars, pairs) is a table with a bar in each row, so that it reads aloud,
prints and wraps. A chart over a scale (columns, a curve) is one SVG picture in a plane of
`WIDTH` x `HEIGHT` units, its origin at the top left.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from hashlib import sha256
from itertools import pairwise
from json import dumps
from math import floor, log10
from typing import TYPE_CHECKING, cast

from attrs import field, frozen
from markupsafe import Markup

from starlang.text import Json
from starlang.texts.lookalikes import readable
from starlang.version import VERSION

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment, Template


WIDTH, HEIGHT = 640, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 32, 34
"""Room around the plane for ticks and their labels."""

LEVELS = 9
"""Shades of a matrix, beside "nothing"."""


@frozen
class Bar:
    """One row: a label, its value (>= 0), the value in words, and what more there is to say.

    `kind` is a class of `page.css`: "", "good", "warn", "bad", "quiet".
    """

    label: str
    value: float
    shown: str
    note: str = ""
    kind: str = ""


def lengths(bars: Sequence[Bar], most: float = 0) -> list[str]:
    """The length of each bar, in percent of the longest or of `most`."""
    longest = max([most, *(bar.value for bar in bars)], default=0)
    return [_amount(100 * bar.value / longest if longest else 0) for bar in bars]


@frozen
class Pair:
    """One row of a comparison: how many there were, and how many there will be (both >= 0)."""

    label: str
    before: int
    after: int

    @property
    def change(self) -> str:
        """The difference with its sign, "" without one."""
        return f"{self.after - self.before:+,}" if self.after != self.before else ""


def pair_lengths(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    """The lengths of both bars of each row, in percent of the longest bar of all."""
    longest = max((max(pair.before, pair.after) for pair in pairs), default=0) or 1
    return [
        (_amount(100 * pair.before / longest), _amount(100 * pair.after / longest))
        for pair in pairs
    ]


@frozen
class Tick:
    """A mark on an axis: where (in units of the plane) and what it says."""

    at: str
    text: str


@frozen
class ChartMark:
    """A line across a chart that means something, as a threshold does. `at` is on the x axis."""

    at: float
    text: str


@frozen
class MarkLine:
    """A mark as it is drawn; `anchor` is the side of the line that has room for its text."""

    x: str
    text: str
    text_x: str
    anchor: str


@frozen
class HistogramColumn:
    """One column of a histogram: its range on the x axis, how many, and that in words."""

    start: float
    end: float
    count: int
    title: str
    kind: str = ""


@frozen
class Box:
    """A rectangle as it is drawn."""

    x: str
    y: str
    width: str
    height: str
    title: str
    kind: str


@frozen
class Plane:
    """A chart over two scales. `x_label` and `y_label` say what the axes count."""

    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    boxes: tuple[Box, ...] = ()
    path: str = ""
    lines: tuple[MarkLine, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


def histogram(
    columns: Sequence[HistogramColumn],
    *,
    x_label: str,
    y_label: str,
    marks: Sequence[ChartMark] = (),
) -> Plane:
    """Columns side by side over one scale; ValueError without any."""
    if not columns:
        raise ValueError("a histogram needs columns")
    x = _Scale(columns[0].start, columns[-1].end, _LEFT, WIDTH - _RIGHT)
    y = _counts(column.count for column in columns)
    boxes = []
    for column in columns:
        left, right, top = x(column.start), x(column.end), y(column.count)
        gap = min(1.0, (right - left) / 10)
        boxes.append(
            Box(
                _amount(left + gap / 2),
                _amount(top),
                _amount(right - left - gap),
                _amount(y(0) - top),
                column.title,
                column.kind,
            )
        )
    return Plane(x_label, y_label, x.ticks(), y.ticks(), boxes=tuple(boxes), lines=_lines(marks, x))


def steps(
    points: Sequence[tuple[float, int]],
    *,
    x_label: str,
    y_label: str,
    marks: Sequence[ChartMark] = (),
) -> Plane:
    """A curve that holds its value up to and including each point's x, then changes.

    `points` (x, count) are in order of x; "how many reach at least x" is such a curve.
    ValueError with fewer than two.
    """
    if len(points) < 2:  # noqa: PLR2004 -- a curve has two ends
        raise ValueError("a curve needs two points")
    x = _Scale(points[0][0], points[-1][0], _LEFT, WIDTH - _RIGHT)
    y = _counts(count for _, count in points)
    path = [f"M{_amount(x(points[0][0]))} {_amount(y(points[0][1]))}"]
    for (_, before), (at, count) in pairwise(points):
        if count != before:
            path.append(f"V{_amount(y(count))}")
        path.append(f"H{_amount(x(at))}")
    return Plane(x_label, y_label, x.ticks(), y.ticks(), path="".join(path), lines=_lines(marks, x))


def polyline(
    points: Sequence[tuple[float, float]],
    *,
    x_label: str,
    y_label: str,
    marks: Sequence[ChartMark] = (),
) -> Plane:
    """A line from point to point, both axes from 0 to 1; ValueError with fewer than two."""
    if len(points) < 2:  # noqa: PLR2004 -- a line has two ends
        raise ValueError("a line needs two points")
    x = _Scale(0, 1, _LEFT, WIDTH - _RIGHT)
    y = _Scale(0, 1, HEIGHT - _BOTTOM, _TOP)
    corners = (f"{_amount(x(across))} {_amount(y(up))}" for across, up in points)
    return Plane(
        x_label,
        y_label,
        x.ticks(),
        y.ticks(),
        path="M" + "L".join(corners),
        lines=_lines(marks, x),
    )


def level(count: int, most: int) -> int:
    """The shade of a cell of a matrix: 0 for nothing, 1 to `LEVELS` by its share of `most`."""
    return 0 if count <= 0 or most <= 0 else 1 + (LEVELS - 1) * count // most


@frozen
class _Scale:
    """Maps values onto one side of the plane."""

    low: float
    high: float
    start: int
    end: int
    whole: bool = field(default=False)

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        return self.start + (self.end - self.start) * (value - self.low) / span

    def ticks(self) -> tuple[Tick, ...]:
        step = _step(self.high - self.low, whole=self.whole)
        first = (Decimal(str(self.low)) / step).to_integral_value(ROUND_CEILING)
        last = (Decimal(str(self.high)) / step).to_integral_value(ROUND_FLOOR)
        values = (step * number for number in range(int(first), int(last) + 1))
        return tuple(Tick(_amount(self(float(value))), self._said(value)) for value in values)

    def _said(self, value: Decimal) -> str:
        return f"{int(value):,}" if self.whole else f"{value:,f}"


def _counts(counts: Iterator[int]) -> _Scale:
    return _Scale(0, max(1, *counts), HEIGHT - _BOTTOM, _TOP, whole=True)


def _step(span: float, *, whole: bool) -> Decimal:
    """A round distance between ticks: 1, 2 or 5 times a power of ten, about five of them."""
    rough = span / 5
    power = Decimal(10) ** floor(log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= Decimal(str(rough)))
    return max(step, Decimal(1)) if whole else step


def _lines(marks: Sequence[ChartMark], x: Callable[[float], float]) -> tuple[MarkLine, ...]:
    lines = []
    for mark in marks:
        at = x(mark.at)
        at_left = at < (_LEFT + WIDTH - _RIGHT) / 2
        text_x = at + 4 if at_left else at - 4
        lines.append(
            MarkLine(_amount(at), mark.text, _amount(text_x), "start" if at_left else "end")
        )
    return tuple(lines)


def _amount(value: float) -> str:
    """A length with at most two decimals: the same text on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


# From a template and its values to one self-contained page.
#
# Jinja escapes every value. What is not printable (a bidirectional override, an escape) is
# shown by its number as on the terminal, so that a name cannot pass for another one. The
# page's policy allows the styles and the scripts that stand in it by their digests, and
# nothing else: no network, no handler in an attribute, no script that came in with a name.

_JOINTS = re.compile(
    r"(?<=[/_.:@>-])(?=[^\W\d])|(?<=[/_:@])(?=\d)|(?<=[0-9a-f]{16})(?=[0-9a-f]{16})"
)
"""Where a line may end inside of a path, a name or a digest: not in a number."""


@cache
def environment() -> "Environment":
    """Where templates come from, and how values get into them; it keeps what it has compiled."""
    from jinja2 import (  # noqa: PLC0415 -- 10 ms, and views on a terminal share this file
        Environment,
        PackageLoader,
        StrictUndefined,
    )

    made = Environment(
        loader=PackageLoader("starlang.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["breakable"] = breakable
    made.filters["percent"] = percent
    return made


def render(
    template: str,
    *,
    title: str,
    scripts: tuple[str, ...] = (),
    styles: tuple[str, ...] = (),
    values: Mapping[str, object],
) -> str:
    """The page that `template` (a file in `templates/`) makes of `values`.

    Every page has `page.css` and `page.js`; `scripts` are further files in `templates/`, and
    `styles` the digests of styles that those add. Template and scripts belong to the program;
    of `title` and `values` anything may come from users' files.
    """
    made = environment().get_template(template)
    return fill(made, title=title, scripts=scripts, styles=styles, values=values)


def fill(
    template: "Template",
    *,
    title: str,
    scripts: tuple[str, ...] = (),
    styles: tuple[str, ...] = (),
    values: Mapping[str, object],
) -> str:
    """The page that `template` makes of `values`, as in `render`."""
    style = file_text(template.environment, "page.css")
    script = "\n".join(file_text(template.environment, name) for name in ("page.js", *scripts))
    return template.render(
        title=title,
        version=VERSION,
        policy=_policy((_digest(style), *styles), script),
        # Between these tags a browser reads text as it stands: escaped, it would be another.
        style=Markup(style),  # noqa: S704 -- a file of the program
        script=Markup(script),  # noqa: S704 -- the same
        **values,
    )


def embedded(value: Json) -> Markup:
    """`value` as JSON inside of a `<script type="application/json">`.

    Texts are shown as everywhere in a page, and nothing in them can end the element.
    """
    text = dumps(_visible(value), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 -- no character of HTML is left in it


def _visible(value: Json) -> Json:
    match value:
        case str():
            return readable(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {readable(key): _visible(each) for key, each in value.items()}
        case _:
            return [_visible(each) for each in value]


def percent(part: int, whole: int) -> str:
    """`78.7%`; of nothing it is `0.0%`."""
    return f"{part / whole if whole else 0:.1%}"


def breakable(text: str) -> Markup:
    """`text` with places to break a line at: behind what joins the words of a path or a name."""
    parts = _JOINTS.split(readable(text))
    return Markup("<wbr>").join(parts)


def file_text(environment: "Environment", name: str) -> str:
    """The text of a file in `templates/`."""
    text, *_ = cast("BaseLoader", environment.loader).get_source(environment, name)
    return text


def _printable(value: object) -> object:
    """What a template puts into the page; markup that a macro made is printable already."""
    return readable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _policy(styles: tuple[str, ...], script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(styles)}",
            f"script-src {_digest(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
