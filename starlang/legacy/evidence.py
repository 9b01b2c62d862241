"""The evidence of the old file in the words of the language: rules and tables."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from starlang.legacy.layout import WIDTH, block, rows, value
from starlang.legacy.names import unused
from starlang.legacy.nodes import InTurn, Literal
from starlang.legacy.old_file import Kind
from starlang.legacy.re2_syntax import written
from starlang.legacy.translating import Test
from starlang.matching.patterns import Pattern

FACETS = {
    Kind.RULES: "text",
    Kind.CAPABILITIES: "capability",
    Kind.NODES: "node",
    Kind.OWNERS: "owner",
    Kind.PACKAGES: "package",
}
"""What rules of each list read."""

_SUFFIXES = FACETS | {Kind.RULES: "path"}
_CELLS_WIDTH = 72


@frozen
class NewRule:
    """A `rule`: it holds where one of the tests holds over one of the facets.

    `tests` are (facets, test) pairs. `weight` is "" where the default one is right.
    """

    name: str
    star: str
    tests: tuple[tuple[tuple[str, ...], Test], ...]
    weight: str = ""
    remark: str = ""


@frozen
class NewCell:
    """A cell of a table: a value, or a pattern where a value must match without regard to case."""

    text: str
    star: str


def rule_name(star: str, kind: Kind, taken: set[str]) -> str:
    """`flow-path`, `watch-owner-2`; it is taken from now on."""
    name = unused(f"{star.lower()}-{_SUFFIXES[kind]}", taken)
    taken.add(name)
    return name


def cell(text: str, *, ignore_case: bool) -> str:
    """How a value stands in a table, or in the test of a rule after `is` or `matches`."""
    as_pattern = "*" in text or (ignore_case and text != text.lower())
    if not as_pattern:
        return value(text)
    whole = written(InTurn(tuple(map(Literal, text))))
    return f"/^{whole}$/{'i' if ignore_case else ''}"


def table(facet: str, cells: Sequence[NewCell]) -> str:
    """A table with the cells of each star together, in the order in which stars first occur."""
    by_star: dict[str, list[str]] = {}
    for each in cells:
        by_star.setdefault(each.star, []).append(each.text)
    lines = [
        f"{line} -> {star}" for star, texts in by_star.items() for line in rows(texts, _CELLS_WIDTH)
    ]
    return block(f"table {facet}", lines)


def cell_rule(name: str, star: str, facet: str, text: str) -> str:
    """A rule that says the same as a cell, for an entry that stands twice."""
    verb = "matches" if text.startswith("/") else "is"
    return f"rule {name} -> {star} when {facet} {verb} {text}"


def rule(new: NewRule) -> str:
    """A rule, with its source in a comment where it has one of its own."""
    head = f"rule {new.name} -> {new.star}{f' weight {new.weight}' if new.weight else ''}"
    tests = [line for facets, test in _gathered(new) for line in _lines(facets, test)]
    remark = f"# source: {new.remark}\n" if new.remark else ""
    condition = "\n or ".join(tests)
    return f"{remark}{head} when {condition}"


def _gathered(new: NewRule) -> Iterator[tuple[tuple[str, ...], Test | list[str]]]:
    """The plain tests over the same facets together, where the first of them stood."""
    plain: dict[tuple[str, ...], list[str]] = {}
    for facets, test in new.tests:
        if test.ignoring is None:
            plain.setdefault(facets, []).append(test.matches.regex)
    told: set[tuple[str, ...]] = set()
    for facets, test in new.tests:
        if test.ignoring is not None:
            yield facets, test
        elif facets not in told:
            told.add(facets)
            yield facets, plain[facets]


def _lines(facets: tuple[str, ...], test: Test | list[str]) -> Iterator[str]:
    for facet in facets:
        if isinstance(test, list):
            room = WIDTH - len(f"  when {facet} matches //i")
            for alternatives in _packed(test, room):
                yield f"{facet} matches /{alternatives}/i"
        else:
            yield f"{facet} matches {_slashed(test.matches)} ignoring {_slashed(test.ignoring)}"


def _packed(alternatives: Sequence[str], room: int) -> Iterator[str]:
    """The alternatives joined by `|`, as many as there is room for."""
    line = ""
    for each in alternatives:
        longer = f"{line}|{each}" if line else each
        if line and len(longer) > room:
            yield line
            line = each
        else:
            line = longer
    yield line


def _slashed(pattern: Pattern | None) -> str:
    return f"/{pattern.regex}/i" if pattern is not None else ""
