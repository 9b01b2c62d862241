"""Batches of modules are decided as graphs are, whatever columns they come as."""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from engine.test_evaluate import finding
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.rule_sets import World, worlds

import starlang
from starlang.engine.ceilings import unlimited
from starlang.engine.evaluate import evaluate
from starlang.engine.promotions import promotions
from starlang.explain.explain import Explainer
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.rules.spelling import Scalar
from starlang.tables.batches import BatchEvaluator
from starlang.tables.decide import decide
from starlang.tables.model import Amounts
from starlang.tables.plan import decided

ANY = pa.list_(pa.struct({"text": pa.string(), "flag": pa.bool_(), "number": pa.string()}))


def as_struct(value: Scalar) -> dict[str, str | bool | None]:
    match value:
        case bool():
            return {"text": None, "flag": value, "number": None}
        case Decimal():
            return {"text": None, "flag": None, "number": str(value)}
        case str():
            return {"text": value, "flag": None, "number": None}


def column(facet: FacetColumn, count: int) -> "pa.Array":
    """A column of texts where all values are texts, else of structs."""
    rows = [facet.of(module) for module in range(count)]
    if all(isinstance(value, str) for row in rows for value in row):
        return pa.array([list(row) or None for row in rows], pa.list_(pa.string()))
    return pa.array([list(map(as_struct, row)) for row in rows], ANY)


def batch_of(graph: ModuleGraph) -> "pa.RecordBatch":
    columns = {name: column(each, len(graph)) for name, each in graph.columns.items()}
    stars = pa.array(list(map(list, graph.stars)), pa.list_(pa.string()))
    texts = {"path": pa.array(graph.paths), "name": pa.array(graph.names)}
    return pa.record_batch({**texts, "star": stars, **columns})


@pytest.mark.requirement("R49", "R35")
@given(world=worlds(), size=st.integers(1, 8), reassess=st.booleans())
@settings(deadline=None, max_examples=examples(200))
def test_batches_are_decided_as_a_graph_is(world: World, size: int, *, reassess: bool) -> None:
    evaluation = evaluate(world.rules, world.graph, reassess=reassess)
    explainer = Explainer(evaluation, unlimited(promotions(evaluation)))
    whole = batch_of(world.graph)
    parts = [whole.slice(start, size) for start in range(0, len(whole), size)]
    engine = BatchEvaluator(world.rules, world.graph.profile)

    found = decide(engine, parts, amounts=Amounts.MICRO, reassess=reassess)

    rows = [row for batch in found for row in batch.to_pylist()]
    assert [row["path"] for row in rows] == list(world.graph.paths)
    for module, row in enumerate(rows):
        told, one = explainer.explain(module), finding(evaluation, module)
        expected = decided(told.judged, told.secondary, one.evidence)
        named = list(row)[1 : 1 + len(expected)]
        assert [tuple(v) if isinstance(v, list) else v for v in map(row.get, named)] == [*expected]
        assert {each["star"]: each["raw"] for each in row["scores"]} == one.raw
        weights = {rule.name: rule.sign * rule.weight for rule in world.rules.rules}
        told_weights = {each["rule"]: each["weight"] for each in row["evidence"]}
        assert told_weights == {name: weights[name] for name in one.evidence}


RULES = """
starlang 1
ruleset tried "1"
star Trail
default star Plain
rule memory -> Trail weight 0.50 when path mentions memory
rule stored -> Trail weight 0.30 when capability is a or owner is a
rule tested -> Trail weight 0.10 when field "/tested" is true
"""


def decisions(rules: starlang.Rules, *batches: "pa.RecordBatch") -> list[object]:
    rows = [row for batch in rules.decide(batches) for row in batch.to_pylist()]
    return [row["score"] for row in rows]


LAYOUTS = (
    (pa.string(), pa.list_),
    (pa.large_string(), pa.large_list),
    (pa.string_view(), pa.list_view),
    (pa.string(), pa.large_list_view),
)


@pytest.mark.requirement("R49")
def test_frames_of_others_are_decided_as_they_come() -> None:
    """Polars gives views of texts, and lists that have always the same length."""
    rules = starlang.compile_text(RULES)
    frame = pl.DataFrame(
        {"path": ["x/0", "x/1"], "capability": [["a"], ["b"]], "owner": [None, "b"]},
        {"path": pl.String, "capability": pl.Array(pl.String, 1), "owner": None},
    ).with_columns(pl.lit(value=None).alias("field:/tested"))
    (batch,) = pa.table(frame).to_batches()
    usual = pa.record_batch({"path": ["x/0", "x/1"], "capability": [["a"], ["b"]]})
    for name, values in (("owner", [None, "b"]), ("field:/tested", [None, None])):
        usual = usual.append_column(name, pa.array(values, pa.string()))

    assert pa.types.is_string_view(batch["path"].type)
    assert pa.types.is_fixed_size_list(batch["capability"].type)
    for start in (0, 1):
        parts = [[each.slice(start)] for each in (batch, usual)]
        assert list(rules.decide(parts[0])) == list(rules.decide(parts[1]))


@pytest.mark.requirement("R49")
def test_a_facet_may_be_a_text_a_list_or_a_dictionary() -> None:
    rules = starlang.compile_text(RULES)
    capabilities: Sequence[Sequence[str] | None] = (["a"], ["b", "a"], ["b\x1fa"], ["", "a"], None)
    flags = pa.array([True, False, None, True, None])
    for of_texts, lists in LAYOUTS:
        batch = pa.record_batch(
            {
                "path": pa.array([f"x/{n}" for n in range(5)], of_texts),
                "capability": pa.array(capabilities, lists(of_texts)),
                "owner": pa.array(["a", None, "b", "a", "b"]).dictionary_encode(),
                "field:/tested": flags,
            }
        )
        scores = [Decimal(each) for each in ("0.4", "0.3", "0", "0.4", "0")]
        assert decisions(rules, batch, batch.slice(2)) == [
            each or None for each in (*scores, *scores[2:])
        ]


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"path": ["a"], "owner": ["x"]}, "columns `capability`, `field:/tested`"),
        ({"path": [None]}, "every module has a path"),
        ({"path": [""]}, "every module has a path"),
        ({"path": [7]}, "every module has a path"),
        ({"path": ["a"], "owner": [float("nan")]}, "the column `owner` holds nan"),
        ({"path": ["a"], "owner": [b"x"]}, "the column `owner` holds b'x'"),
        ({"path": ["a"], "owner": [{"who": "x"}]}, "the column `owner` holds {'who': 'x'}"),
        ({"path": ["a"], "owner": [{"number": "x"}]}, "the column `owner` holds {'number': 'x'}"),
    ],
)
def test_a_table_that_cannot_be_decided_is_refused(
    columns: dict[str, list[object]], words: str
) -> None:
    rules = starlang.compile_text(RULES)
    others: dict[str, list[object]] = {"capability": [None], "owner": [None]}
    others["field:/tested"] = [None]
    made = columns if "columns" in words else {**others, **columns}

    with pytest.raises(starlang.TablesError, match=words.replace("(", "[(]")):
        list(rules.decide([pa.record_batch(made)]))


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("number", ["1.50", 1.5, Decimal("1.50")])
def test_the_number_of_a_struct_may_be_a_text_or_a_number(number: object) -> None:
    text = (
        'starlang 1 ruleset numbers "1" star Flow default star Plain '
        'rule number -> Flow weight 0.50 when field "/number" is "1.5"'
    )
    values = [[{"text": None, "number": number}, {"text": "x", "number": None}]]
    batch = pa.record_batch({"path": ["a"], "field:/number": values})

    assert decisions(starlang.compile_text(text), batch) == [Decimal("0.5")]


@pytest.mark.requirement("R49")
def test_a_column_that_is_there_twice_is_named() -> None:
    names = ["path", "owner", "capability", "field:/tested", "owner"]
    twice = pa.record_batch([pa.array(["a"]), *[pa.nulls(1, pa.string())] * 4], names=names)

    with pytest.raises(starlang.TablesError, match="several columns `owner`: keep one"):
        list(starlang.compile_text(RULES).decide([twice]))


@pytest.mark.requirement("R49")
def test_rules_about_neighbours_need_more_than_a_batch() -> None:
    text = RULES + "rule near -> Trail weight 0.10 when used by modules\n"
    rules = starlang.compile_text(text)

    with pytest.raises(starlang.TablesError, match=r"`used by modules`.*use `starlang.spark.plan`"):
        list(rules.decide([]))


@pytest.mark.requirement("R49", "R40")
def test_what_cannot_be_decided_is_a_row_that_says_so() -> None:
    """A value that is too long for patterns leaves out its module, and no other."""
    rules = starlang.compile_text(RULES)
    batch = pa.record_batch(
        {
            "path": [f"memory/{'x' * 10_001}", "memory/b", "c"],
            "capability": pa.array([None, ["a"], ["a"]], pa.list_(pa.string())),
            "owner": pa.nulls(3, pa.string()),
            "field:/tested": pa.nulls(3, pa.bool_()),
            "unfit": pa.array([[], ["tier"], ["owner"]], pa.list_(pa.string())),
        }
    )
    rows = next(rules.decide([batch])).to_pylist()

    assert [row["score"] for row in rows] == [None, Decimal("0.8"), None]
    assert [row["outcome"] is None for row in rows] == [True, False, True]
    assert rows[0]["left_out"].startswith("E580: ")
    assert rows[1]["left_out"] is None
    assert rows[2]["left_out"] == "c is left out: its `owner` cannot be read"
