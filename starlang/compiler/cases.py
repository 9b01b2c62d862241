"""The test blocks of rule files, ready to be run."""

from collections.abc import Iterable
from decimal import Decimal

from attrs import field, frozen

from starlang.checker.amounts import micro
from starlang.checker.checked import Checked, Placed
from starlang.checker.values import json_value
from starlang.rulesets.canonical import Json, amount_text, decimal_text
from starlang.rulesets.spelling import EVENTS, FIELD_PREFIX, GRAPH_PREFIX, Scalar
from starlang.syntax.nodes import Facet, Given, GivenModules, TestDecl
from starlang.text import Source, Span


@frozen(order=True)
class GivenNeighbour:
    """Another module: how the one under test stands to it, its path, the star it carries."""

    relation: str
    path: str
    star: str


@frozen
class TestCase:
    """What a `test` block gives and expects.

    `given` are (facet, values) pairs sorted by facet; facets that are not given are
    missing. `neighbours` are sorted. `outcome` is the expected outcome by name, or "" for a
    bare star, which means promoted or assigned (for the default star: not promoted). `star`
    is an id or "", `score` in 10^-6 or None where the test does not say. `at` is
    `file:line:column`.
    """

    __test__ = False  # pytest would collect the class by its name

    name: str
    given: tuple[tuple[str, tuple[Scalar, ...]], ...]
    outcome: str = ""
    star: str = ""
    score: int | None = None
    at: str = ""
    neighbours: tuple[GivenNeighbour, ...] = ()
    source: Source = field(kw_only=True, eq=False, repr=False)
    span: Span = field(kw_only=True, eq=False, repr=False)

    def values(self, facet: str) -> tuple[Scalar, ...]:
        """The values given for `facet`; () where it is missing."""
        return dict(self.given).get(facet, ())


def compile_cases(checked: Checked) -> tuple[TestCase, ...]:
    """The test blocks of all files, in the order of files and lines."""
    return tuple(map(_case, checked.tests))


def _case(test: Placed[TestDecl]) -> TestCase:
    node, source = test.value, test.label.source
    expect = node.expect
    given = (
        (_facet(g.facet), _each_once(map(json_value, g.values)))
        for g in node.given
        if isinstance(g, Given)
    )
    neighbours = {
        GivenNeighbour(g.relation, each.path.text, each.star.text)
        for g in node.given
        if isinstance(g, GivenModules)
        for each in g.modules
    }
    return TestCase(
        name=node.name.text,
        given=tuple(sorted(given, key=lambda pair: pair[0])),
        neighbours=tuple(sorted(neighbours)),
        outcome=expect.outcome,
        star=expect.star.text if expect.star else "",
        score=micro(expect.score.value) if expect.score else None,
        at=source.place(node.span),
        source=source,
        span=test.label.span,
    )


def _each_once(values: Iterable[Scalar]) -> tuple[Scalar, ...]:
    """As a manifest has them: the number 1 and `true` are two values, though Python's are equal."""
    return tuple({(type(value), value): value for value in values}.values())


def _facet(facet: Facet) -> str:
    if facet.pointer is not None:
        return f"{FIELD_PREFIX}{facet.pointer}"
    return f"{GRAPH_PREFIX}{facet.name}" if facet.name in EVENTS else facet.name


def cases_json(cases: tuple[TestCase, ...]) -> Json:
    """`cases` without their places, sorted by name."""
    return [_json(case) for case in sorted(cases, key=lambda case: case.name)]


def _json(case: TestCase) -> Json:
    return {
        "given": {facet: [_typed(value) for value in values] for facet, values in case.given},
        "name": case.name,
        **_neighbours(case),
        "outcome": case.outcome,
        "score": amount_text(case.score) if case.score is not None else "",
        "star": case.star,
    }


def _neighbours(case: TestCase) -> dict[str, Json]:
    """The neighbours, if any are given."""
    if not case.neighbours:
        return {}
    return {"neighbours": [[each.relation, each.path, each.star] for each in case.neighbours]}


def _typed(value: Scalar) -> Json:
    """A value as JSON, numbers as an object since texts are strings."""
    return {"number": decimal_text(value)} if isinstance(value, Decimal) else value
