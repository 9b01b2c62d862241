"""Decisions over record batches: the same that a plan makes, before any ceiling is asked.

Modules with the same decision and the same evidence share a row, which is made once; what is
made for each module is its number. So memory is that of one batch, and most of the time is spent
on reading paths.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, repeat
from typing import TYPE_CHECKING

from starlang.engine.decisions import Case
from starlang.engine.evaluate import Evaluation
from starlang.engine.program import numbered
from starlang.engine.promotions import gains_one
from starlang.errors import TablesError
from starlang.explain.explain import shared_decision
from starlang.rules.model import Rule
from starlang.tables.arrow import amounts_array, arrow, batch_of, schema_of
from starlang.tables.batches import NOTHING_AROUND, PATH, Around, BatchEvaluator
from starlang.tables.model import Amounts, Kind, Row
from starlang.tables.plan import MODULES, decided

if TYPE_CHECKING:
    import pyarrow as pa

DECISIONS = {
    name: kind for name, kind in MODULES.columns.items() if name not in {PATH, "file", "why"}
}
"""What the columns of decisions share with the modules of a plan, beside the path."""


def decisions_schema(amounts: Amounts) -> "pa.Schema":
    """The columns of decisions.

    `evidence` lists the rules that hold, `scores` the stars with evidence, the best first.
    `left_out` says why a module is not decided; all the rest is null there.
    """
    pa = arrow()
    amount = amounts_array([], amounts).type
    rules = pa.struct({"rule": pa.string(), "star": pa.string(), "weight": amount})
    stars = pa.struct({"star": pa.string(), "raw": amount})
    said = schema_of({PATH: Kind.TEXT, **DECISIONS}, amounts)
    for name, kind in (("evidence", rules), ("scores", stars)):
        said = said.append(pa.field(name, pa.list_(pa.field("element", kind))))
    return said.append(pa.field("left_out", pa.string()))


def decide(
    evaluator: BatchEvaluator,
    batches: Iterable["pa.RecordBatch"],
    *,
    amounts: Amounts = Amounts.DECIMAL,
    reassess: bool = False,
) -> Iterator["pa.RecordBatch"]:
    """Decides modules, batch by batch, each row by itself; TablesError if that cannot be done.

    A batch that comes out has the rows of the one that goes in, in order.
    """
    if evaluator.questions:
        raise TablesError(_about_others(evaluator))
    for batch in batches:
        yield decide_batch(evaluator, batch, NOTHING_AROUND, (), amounts, reassess=reassess)


def _about_others(evaluator: BatchEvaluator) -> str:
    test = evaluator.questions[0][0]
    return (
        f"the rules read `{test.words()}`, and a batch does not know what is around its modules: "
        "use `starlang.spark.plan`, or `rules.plan` over a graph"
    )


Held = frozenset[str]
"""The stars that ceilings hold back from a module."""

_NONE_HELD: Held = frozenset()


def decide_batch(  # noqa: PLR0913 -- what a batch is decided by
    evaluator: BatchEvaluator,
    batch: "pa.RecordBatch",
    around: Around,
    held: Sequence[Held],
    amounts: Amounts,
    *,
    reassess: bool,
) -> "pa.RecordBatch":
    """The decisions on the modules of one batch, of which it is known what is around them.

    `held` says what ceilings hold back from each, () if they hold back nothing.
    """
    pa = arrow()
    graph, rows, left = evaluator.split(batch)
    evaluation = evaluator.evaluate(graph, around.of(rows), reassess=reassess)
    known = [held[row] for row in rows] if held else repeat(_NONE_HELD, len(graph))
    made, codes = _distinct(evaluation, known, amounts)
    reasons = pa.nulls(len(batch), pa.string())
    if left:
        codes = _spread(codes, rows, len(batch))
        reasons = pa.array(map(left.get, range(len(batch))), pa.string())
    arrays = [batch.column(PATH).cast(pa.string()), *(each.take(codes) for each in made)]
    return pa.record_batch([*arrays, reasons], schema=decisions_schema(amounts))


def _spread(codes: "pa.Array", rows: Sequence[int], count: int) -> "pa.Array":
    """Codes of some rows as codes of all `count`, null for the others."""
    found: list[int | None] = [None] * count
    for row, code in zip(rows, codes.to_pylist(), strict=True):
        found[row] = code
    return arrow().array(found, "int32")


def _distinct(
    evaluation: Evaluation, held: Iterable[Held], amounts: Amounts
) -> tuple[list["pa.Array"], "pa.Array"]:
    """The columns of all different rows, and for each module the number of its row."""
    pa = arrow()
    keys = zip(evaluation.decision_codes, evaluation.case_codes, held, strict=True)
    codes, different = numbered(keys)
    first = _first(codes, len(different))
    cases = [evaluation.cases[case] for _, case, _ in different]
    rows = [
        _row(evaluation, module, case, stars)
        for module, case, (_, _, stars) in zip(first, cases, different, strict=True)
    ]
    made = batch_of(rows, DECISIONS, amounts)
    numbers = pa.Array.from_buffers(pa.uint32(), len(evaluation), [None, pa.py_buffer(codes)])
    evidence = _evidence(evaluation.rules.rules, cases, amounts)
    return [*made.columns, evidence, _scores(cases, amounts)], numbers


def _row(evaluation: Evaluation, module: int, case: Case, held: Held) -> Row:
    """The cells of modules that are decided like `module`."""
    decision = evaluation.decision(module)
    is_held = decision.star in held
    is_gained = not is_held and gains_one(evaluation, module)
    gained = tuple([s for s in decision.secondary if s not in held]) if is_gained else ()
    rules = tuple([evaluation.rules.rules[rule].name for rule in case.rules])
    return decided(shared_decision(evaluation, module, is_held=is_held), gained, rules)


def _first(codes: Sequence[int], count: int) -> list[int]:
    """The first module of each code."""
    found = [0] * count
    for module in range(len(codes) - 1, -1, -1):
        found[codes[module]] = module
    return found


def _evidence(rules: Sequence[Rule], cases: Sequence[Case], amounts: Amounts) -> "pa.Array":
    held = [rules[rule] for case in cases for rule in case.rules]
    columns = {
        "rule": arrow().array([rule.name for rule in held], "string"),
        "star": arrow().array([rule.star for rule in held], "string"),
        "weight": amounts_array([rule.sign * rule.weight for rule in held], amounts),
    }
    return _listed([len(case.rules) for case in cases], columns)


def _scores(cases: Sequence[Case], amounts: Amounts) -> "pa.Array":
    scores = [score for case in cases for score in case.scores]
    columns = {
        "star": arrow().array([score.star for score in scores], "string"),
        "raw": amounts_array([score.raw for score in scores], amounts),
    }
    return _listed([len(case.scores) for case in cases], columns)


def _listed(sizes: Sequence[int], columns: dict[str, "pa.Array"]) -> "pa.Array":
    """A list of structs per row; `sizes` says how many each has."""
    pa = arrow()
    starts = pa.array(array("i", accumulate(sizes, initial=0)), "int32")
    structs = pa.StructArray.from_arrays(list(columns.values()), names=list(columns))
    kind = pa.list_(pa.field("element", structs.type))
    return pa.ListArray.from_arrays(starts, structs).cast(kind)
