"""What an engine for tables runs in its workers: functions from record batches to record batches.

A `Job` says by which rules; it can be pickled, and the evaluator that it stands for is made once
per process. What is around modules comes as columns, which the engine has joined from edges:
`around_N` has how many neighbours count for choice number N, `first_N` the first of them by path,
and `held` the stars that ceilings hold back.
"""

import json
import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from starlang.engine.ceilings import unlimited
from starlang.engine.decisions import StarLabels
from starlang.engine.evaluate import Evaluation
from starlang.engine.neighbours import Question, choice
from starlang.engine.promotions import Promotion, Scopes, Sizes, gains
from starlang.explain.explain import NEIGHBOURS_LISTED, Explainer
from starlang.explain.forbids import asked_of, findings, places_of
from starlang.manifests.profile import Profile
from starlang.manifests.waivers import Waiver, living_with
from starlang.rules.model import RuleSet
from starlang.rules.relations import Neighbours
from starlang.rules.sources import Sources
from starlang.tables.arrow import BATCH, arrow, batch_of, schema_of
from starlang.tables.batches import (
    PATH,
    STAR,
    Around,
    BatchEvaluator,
    facet_column,
    integers,
)
from starlang.tables.decide import Held, decide_batch, decisions_schema
from starlang.tables.manifests import manifest_of
from starlang.tables.model import Amounts, Kind, Row
from starlang.tables.plan import EVIDENCE, evidence_rows

if TYPE_CHECKING:
    import pyarrow as pa

Batches = Iterable["pa.RecordBatch"]


@frozen
class Ruled:
    """A rule set and the profile of the modules that it decides; equal where digests are."""

    digest: str
    rules: RuleSet = field(eq=False, repr=False)
    profile: Profile = field(eq=False, repr=False)

    @classmethod
    def of(cls, rules: RuleSet, profile: Profile) -> "Ruled":
        """The digest is for the processes of one job, and changes with the version of Python."""
        return cls(sha256(pickle.dumps((rules, profile))).hexdigest(), rules, profile)


@lru_cache(maxsize=8)
def _evaluator(ruled: Ruled, *, asks_forbids: bool) -> BatchEvaluator:
    return BatchEvaluator(ruled.rules, ruled.profile, asks_forbids)


@frozen
class Job:
    """By which rules modules are decided, and how; or what of them the forbids are asked about."""

    ruled: Ruled
    reassess: bool
    amounts: Amounts
    asks_forbids: bool = False

    @property
    def evaluator(self) -> BatchEvaluator:
        """The evaluator, one per process."""
        return _evaluator(self.ruled, asks_forbids=self.asks_forbids)

    @property
    def asking(self) -> str:
        """What asks about modules, in words."""
        return "forbids" if self.asks_forbids else "rules"

    def evaluate(self, batch: "pa.RecordBatch") -> Evaluation:
        """The modules of a batch that can be decided."""
        graph, rows, _ = self.evaluator.split(batch)
        around = self._around(batch).of(rows)
        decided = self.evaluator.evaluate(graph, around, reassess=self.reassess)
        return evolve(decided, near=around)

    def _around(self, batch: "pa.RecordBatch") -> Around:
        choices, names = self.evaluator.choices, set(batch.schema.names)
        counts = {
            test: integers(batch.column(around(n)).cast("int32").fill_null(0))
            for n, test in enumerate(choices)
            if around(n) in names
        }
        first = {
            test: [paths or () for paths in batch.column(first_of(n)).to_pylist()]
            for n, test in enumerate(choices)
            if first_of(n) in names
        }
        return Around(counts, first)

    # Which modules count as neighbours.

    def asked(self, number: int) -> tuple[tuple[int, Neighbours], ...]:
        """The choices of neighbours that question `number` asks about, with their numbers."""
        tests = self.evaluator.questions[number]
        found = {choice(test) for test in tests if isinstance(test, Neighbours)}
        return tuple((n, test) for n, test in enumerate(self.evaluator.choices) if test in found)

    def ask_schema(self, number: int) -> "pa.Schema":
        """The path of a module that counts somewhere, and for which choices it does."""
        kinds = {around(n): Kind.COUNT for n, _ in self.asked(number)}
        return schema_of({PATH: Kind.TEXT, **kinds}, self.amounts)

    def ask(self, number: int, batches: Batches) -> Iterator["pa.RecordBatch"]:
        """Which modules count for the tests of question `number`."""
        pa = arrow()
        for batch in batches:
            graph, rows, _ = self.evaluator.split(batch)
            near = self._around(batch).of(rows)
            question = self.evaluator.ask(graph, near, number, reassess=self.reassess)
            flags = [_flags(question, test, len(graph)) for _, test in self.asked(number)]
            arrays = [pa.array(graph.paths, pa.string()), *(pa.array(f, pa.int64()) for f in flags)]
            yield pa.record_batch(arrays, schema=self.ask_schema(number))

    # Decisions, and what ceilings must know to settle them.

    def decisions_schema(self) -> "pa.Schema":
        return decisions_schema(self.amounts)

    def decide(self, batches: Batches) -> Iterator["pa.RecordBatch"]:
        """The decisions, with what ceilings hold back."""
        for batch in batches:
            held: Sequence[Held] = ()
            if "held" in batch.schema.names:
                held = [frozenset(stars or ()) for stars in batch.column("held").to_pylist()]
            near = self._around(batch)
            yield decide_batch(
                self.evaluator, batch, near, held, self.amounts, reassess=self.reassess
            )

    @staticmethod
    def labels_schema() -> "pa.Schema":
        return schema_of({PATH: Kind.TEXT, STAR: Kind.TEXTS}, Amounts.MICRO)

    def labels(self, batches: Batches) -> Iterator["pa.RecordBatch"]:
        """The labels that each module carries after the run, the primary one first."""
        canon = StarLabels(self.ruled.rules)
        for batch in batches:
            (decided,) = self.decide([batch])
            rows = decided.select([PATH, "current", "star", "label", "secondary"]).to_pylist()
            for row, carried in zip(rows, _labels(batch), strict=True):
                changes = row["secondary"] or row["star"] not in {None, row["current"]}
                after = (row["star"], row["label"], row["secondary"] or ())
                row[STAR] = list(canon.after(carried, *after) if changes else carried)
            yield arrow().RecordBatch.from_pylist(rows, self.labels_schema())

    @staticmethod
    def promotions_schema() -> "pa.Schema":
        return schema_of(PROMOTIONS, Amounts.MICRO)

    def promotions(self, batches: Batches) -> Iterator["pa.RecordBatch"]:
        """The promotions of all batches, and at the end the sizes of all of them in one row."""
        sizes: Sizes | None = None
        for batch in batches:
            evaluation = self.evaluate(batch)
            scopes = Scopes(evaluation)
            own = Sizes.of(evaluation, scopes)
            sizes = own if sizes is None else sizes + own
            paths = evaluation.graph.paths
            yield batch_of(
                [_promotion_row(each, paths[each.module]) for each in gains(evaluation, scopes)],
                PROMOTIONS,
                Amounts.MICRO,
            )
        if sizes is not None:
            yield batch_of([(None, *[None] * 6, _sizes_text(sizes))], PROMOTIONS, Amounts.MICRO)

    # Evidence.

    def evidence_schema(self) -> "pa.Schema":
        return schema_of(EVIDENCE.columns, self.amounts)

    def evidence(self, batches: Batches) -> Iterator["pa.RecordBatch"]:
        """A row per match of a rule that holds."""
        for batch in batches:
            evaluation = self.evaluate(batch)
            rows: list[Row] = []
            for row in _evidence(evaluation):
                rows.append(row)
                if len(rows) == BATCH:
                    yield batch_of(rows, EVIDENCE.columns, self.amounts)
                    rows = []
            yield batch_of(rows, EVIDENCE.columns, self.amounts)

    # What must never be.

    @staticmethod
    def broken_schema() -> "pa.Schema":
        return schema_of(_BROKEN, Amounts.MICRO)

    def broken(
        self, code: str, waivers: Sequence[Waiver], batches: Batches
    ) -> Iterator["pa.RecordBatch"]:
        """A row per forbid that a module breaks; `waivers` say what is accepted, and why."""
        for batch in batches:
            evaluation = self.evaluate(batch)
            graph, every = evaluation.graph, asked_of(evaluation).violations
            found = [
                evolve(finding, file=manifest_of(each.path, self.ruled.profile))
                for each, finding in zip(
                    every, findings(every, graph, places_of(graph), code), strict=True
                )
            ]
            accepted = {each: by.reason for each, by in living_with(found, waivers, "").waived}
            rows: list[Row] = [
                (each.path, each.forbid.name, code, finding.message, accepted.get(finding))
                for each, finding in zip(every, found, strict=True)
            ]
            yield batch_of(rows, _BROKEN, Amounts.MICRO)


_BROKEN = dict.fromkeys(("module", "forbid", "code", "message", "accepted"), Kind.TEXT)


def _labels(batch: "pa.RecordBatch") -> list[list[str]]:
    """The labels that the modules of a batch carry."""
    if STAR not in batch.schema.names:
        return [[] for _ in range(len(batch))]
    column = facet_column(STAR, batch.column(STAR))
    return [list(map(str, column.of(row))) for row in range(len(batch))]


def around(number: int) -> str:
    """The column with how many neighbours count for a choice."""
    return f"around_{number}"


def first_of(number: int) -> str:
    """The column with the first of these neighbours by path, at most `FIRST`."""
    return f"first_{number}"


FIRST = NEIGHBOURS_LISTED


def _flags(question: Question, test: Neighbours, count: int) -> Sequence[int]:
    flags = question.chosen.flags(test)
    return list(flags) if flags is not None else [1] * count


def _evidence(evaluation: Evaluation) -> Iterator[Row]:
    explainer = Explainer(evaluation, unlimited(()))
    sources = Sources(evaluation.rules)
    for module, path in enumerate(evaluation.graph.paths):
        for row in explainer.rows(module):
            yield from evidence_rows(path, row, sources)


# Promotions and sizes as rows.

PROMOTIONS: Mapping[str, Kind] = {
    PATH: Kind.TEXT,
    "star": Kind.TEXT,
    "part": Kind.TEXT,
    "score": Kind.AMOUNT,
    "lead": Kind.AMOUNT,
    "is_assigned": Kind.FLAG,
    "leaves_default": Kind.FLAG,
    "places": Kind.TEXT,
}
"""A promotion as a row; `places` is JSON. A row without a path has sizes there."""


def _promotion_row(each: Promotion, path: str) -> Row:
    return (
        path,
        each.star,
        each.part.value,
        each.score,
        each.lead,
        each.is_assigned,
        each.leaves_default,
        json.dumps(each.places),
    )


def _sizes_text(sizes: Sizes) -> str:
    counts = (sizes.modules, sizes.on_default, sizes.joining, sizes.totals)
    return json.dumps([*counts, [list(groups.items()) for groups in sizes.groups]])


def sizes_of(text: str) -> Sizes:
    """The sizes that a row without a path has."""
    modules, on_default, joining, totals, groups = json.loads(text)
    counted = tuple(Counter(dict(map(tuple, each))) for each in groups)
    return Sizes(modules, on_default, joining, tuple(totals), counted)
