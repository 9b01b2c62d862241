"""Tables: each cell is a rule, named `facet:value->Star`, or `facet:value-/>Star` where against."""

from collections.abc import Iterator, Sequence

from starlang.checker.checked import Placed
from starlang.checker.conditions import check_condition, kinds
from starlang.checker.located import Located, declared
from starlang.checker.rules import Shared, spoken_for, text_of
from starlang.checker.weights import rule_weight
from starlang.rulesets.model import Rule
from starlang.rulesets.spelling import quoted, value_text
from starlang.syntax import nodes


def check_tables(files: Sequence[nodes.File], shared: Shared) -> tuple[Placed[Rule], ...]:
    """The cells of all tables. Reports E205, E304 and what is wrong with their parts."""
    return tuple(
        cell
        for table in declared(files, nodes.Table)
        for row in table.node.rows
        for cell in _row(table, row, shared)
    )


def _row(table: Located[nodes.Table], row: nodes.Row, shared: Shared) -> Iterator[Placed[Rule]]:
    scope = shared.scope(table.source)
    facet = scope.facet(table.node.facet)
    star = spoken_for(scope, row.star, against=row.against)
    for cell in row.cells:
        condition = check_condition(scope, _as_test(table.node.facet, cell))
        if facet is None or condition is None:
            continue
        name = f"{facet}:{_text(cell)}{'-/>' if row.against else '->'}{row.star.text}"
        shared.claim(name, table.label(cell))
        own = row.weight or table.node.weight
        rests_on = kinds(condition)
        place = table.label(table.node.facet)
        weight = rule_weight(scope, own, rests_on, shared.weights, place)
        if star is None or weight is None:
            continue
        made = Rule(
            name=name,
            star=star,
            sign=-1 if row.against else 1,
            weight=weight,
            kinds=rests_on,
            condition=condition,
            because=text_of(row.because or table.node.because),
            at=table.at(cell),
        )
        yield Placed(made, table.label(cell))


def _as_test(facet: nodes.Facet, cell: nodes.Cell) -> nodes.Predicate:
    """The test that a cell stands for."""
    if isinstance(cell.value, nodes.Regex):
        return nodes.Matches(facet, cell.value, span=cell.span)
    if cell.under:
        return nodes.Under(facet, (cell.value,), span=cell.span)
    return nodes.Is(facet, cell.value, span=cell.span)


def _text(cell: nodes.Cell) -> str:
    """A cell as it is written, so that different cells have different names."""
    if isinstance(cell.value, nodes.Regex):
        return f"/{cell.value.text}/{'i' if cell.value.ignore_case else ''}"
    if cell.under:
        return f"under {quoted(cell.value.text)}"
    return value_text(cell.value.text)
