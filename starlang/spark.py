"""Plans on Spark: the same rules, decisions and evidence, for more modules than a process holds.

Spark moves rows, joins and adds up; who decides is the evaluator of `starlang.engine`, in the
workers, batch by batch (`starlang.tables.parts`). Three things need more than one module:

- **Neighbours.** Of each question that the rules ask about neighbours, in the order in which they
  ask, the workers say which modules count; edges are joined to them, and added up per module. So
  facts come before stars and a star before those that read who reaches it, as in one process.
- **Ceilings.** The promotions go to the driver, with the sizes of groups that workers have added
  up, and are settled there as those of a local plan are.
- **Explanations.** The first neighbours by path are looked for only where they are shown.

Rules that read neighbours run their joins when a frame is asked for, and ceilings that defer run
all: what they hold back is known only after all modules have been decided. Else nothing runs before
somebody asks for rows. What is joined once is kept, so that no step is done twice.

It is kept by `localCheckpoint`, not by `persist`. Each question is put to modules joined to all
that is known before it, and what comes of it is joined to the same again; a persisted frame is a
part of the plan that Spark analyses and prints, so that the plan would double with each question.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial, reduce
from operator import or_
from typing import TYPE_CHECKING

from attrs import fields, frozen

from starlang.api.loading import Location, profile_of
from starlang.api.module import Module
from starlang.api.plan import Ceiling, ceiling_of
from starlang.api.rules import Rules
from starlang.api.tables import amounts_of
from starlang.api.values import refuse_type, shortened
from starlang.engine.ceilings import Settlement, settle_promotions, unlimited
from starlang.errors import MissingPackageError, TablesError, UnknownNameError
from starlang.explain.explain import Explainer
from starlang.manifests.waivers import ROOT
from starlang.plan.make import ceiling_lines
from starlang.project.config import DEFAULT_PROFILE
from starlang.rules.model import OnBreach
from starlang.rules.relations import Neighbours
from starlang.rules.spelling import GRAPH_PREFIX
from starlang.tables.batches import MANIFEST, PATH
from starlang.tables.manifests import Reading
from starlang.tables.parts import (
    FIRST,
    Eligible,
    Job,
    Ruled,
    around,
    deferred_schema,
    eligible,
    first_of,
    held_table,
    of_one,
)

try:
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as F  # noqa: N812 -- as everybody calls it
    from pyspark.sql.pandas.types import from_arrow_schema
except ModuleNotFoundError as error:
    message = f"the package {error.name} is not installed: pip install 'starlang[spark]'"
    raise MissingPackageError(message) from None

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column

    Work = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
    Sums = Callable[[int, str], Column]

SOURCE, TARGET = "source", "target"
_OTHER, _RELATION = "other", "relation"


def plan(
    rules: Rules,
    modules: DataFrame,
    edges: DataFrame | None = None,
    *,
    reassess: bool = False,
    amounts: str = "decimal",
) -> "SparkPlan":
    """What a run over `modules` would do to each, and why.

    `modules` has a row per module, with a column `path` and one for each facet that the rules
    read (`facets` makes them of manifests); `edges` says by `source` and `target`, two paths, who
    uses whom. With `reassess` every module is decided as if it carried the default star.
    TablesError if a column is missing, or a rule reads a relation over several steps.
    """
    if not isinstance(rules, Rules):
        refuse_type("rules", "a Rules, as `compile` and `compile_text` give it", rules)
    job = Job(Ruled.of(*rules.compiled), bool(reassess), amounts_of(amounts))
    wanted = job.evaluator.columns_of(modules.columns)
    if (test := job.evaluator.over_several_steps()) is not None:
        raise TablesError(
            f"the rules read `{test.words()}`: a relation over several steps cannot be counted by "
            "joining edges; ask for direct neighbours, or decide the modules in one process"
        )
    if edges is None and _reads(job, "uses", "used by"):
        raise TablesError(
            f"the rules read who uses whom: give `edges`, with columns `{SOURCE}` and `{TARGET}`"
        )
    return SparkPlan(job, modules.select(*map(_column, wanted)), edges)


def facets(
    manifests: DataFrame, profile: Location = DEFAULT_PROFILE, fields: Sequence[str] = ()
) -> DataFrame:
    """The facets of manifests: a row per module, as `plan` takes them.

    `manifests` has columns `path`, that of the module, and `manifest`, its text. `profile` is a
    built-in name or a file, `fields` are the JSON pointers that rules read by `field`. What
    cannot be read is a row, too; a plan leaves it out and says so.
    """
    reading = Reading(profile_of(profile), tuple(fields))
    return _mapped(manifests.select(PATH, MANIFEST), reading.read, reading.schema())


def _reads(job: Job, *relations: str) -> bool:
    return any(_relation(test) in relations for test in job.evaluator.choices)


def _relation(test: Neighbours) -> str:
    return test.facet.removeprefix(GRAPH_PREFIX)


def _column(name: str) -> "Column":
    """A column by its name, which may have dots in it."""
    return F.col(f"`{name.replace('`', '``')}`")


@frozen(eq=False, repr=False, slots=False)
class SparkPlan:
    """A plan over frames; see `plan`."""

    _job: Job
    _modules: DataFrame
    _edges: DataFrame | None

    # What the plan says.

    @cached_property
    def decisions(self) -> DataFrame:
        """A row per module: what a plan in one process has, but for the file and the sentence.

        `evidence` lists the rules that hold, `scores` the stars with evidence, the best first.
        """
        return self._decided.where(F.col("left_out").isNull()).drop("left_out")

    @cached_property
    def problems(self) -> DataFrame:
        """A row per module that is left out, and why."""
        return self._decided.where(F.col("left_out").isNotNull()).select(PATH, "left_out")

    @cached_property
    def evidence(self) -> DataFrame:
        """A row per match of a rule that holds."""
        return _mapped(self._shown, self._job.evidence, self._job.evidence_schema())

    @cached_property
    def deferred(self) -> DataFrame:
        """A row per star that a ceiling holds back, with its rank and the ceiling."""
        return self._frame(self._held, deferred_schema(self._job.amounts))

    @cached_property
    def ceilings(self) -> tuple[Ceiling, ...]:
        """Each ceiling with its count and its limit."""
        lines = ceiling_lines(self._eligible.paths, self._settlement)
        return tuple(map(ceiling_of, lines))

    def explain(self, path: str) -> str:
        """Why the module at `path` gets what it gets; UnknownNameError if there is none."""
        found = self._shown.where(F.col(PATH) == path).toArrow().combine_chunks()
        if not len(found):
            raise UnknownNameError(f"there is no module `{shortened(path)}` in the plan")
        evaluation = self._job.evaluate(found.to_batches()[0])
        settlement = of_one(self._settlement, self._eligible.number_of(path))
        explainer = Explainer(evaluation, settlement, paths=self._eligible.paths)
        return Module(explainer.explain(0)).explain()

    def release(self) -> None:
        """Lets go of what is kept on the workers; what is asked for later is found out anew.

        Spark frees it once nobody holds a frame of the plan either, when it next cleans up.
        """
        for name in set(vars(self)) - {each.name for each in fields(SparkPlan)}:
            del self.__dict__[name]

    # Ceilings: settled on the driver, where somebody asks what they hold back.

    @cached_property
    def _eligible(self) -> Eligible:
        rows = _mapped(self._known, self._job.promotions, self._job.promotions_schema())
        return eligible(rows.toArrow())

    @cached_property
    def _settlement(self) -> Settlement:
        wanted, sizes = self._eligible.promotions, self._eligible.sizes
        if self._job.reassess or sizes is None:
            return unlimited(wanted)
        return settle_promotions(self._job.ruled.rules.ceilings, sizes, wanted)

    @cached_property
    def _held(self) -> "pa.Table":
        return held_table(self._eligible, self._settlement, self._job.amounts)

    def _frame(self, table: "pa.Table", schema: "pa.Schema") -> DataFrame:
        return self._modules.sparkSession.createDataFrame(table, from_arrow_schema(schema))

    @cached_property
    def _decided(self) -> DataFrame:
        ceilings = self._job.ruled.rules.ceilings
        frame = self._known
        if ceilings.on_breach is OnBreach.DEFER and (ceilings.limits or ceilings.floors):
            held = self.deferred.groupBy(F.col("module").alias(PATH))
            frame = frame.join(held.agg(F.collect_list("star").alias("held")), PATH, "left")
        return _mapped(frame, self._job.decide, self._job.decisions_schema())

    # Neighbours: who counts, joined to edges, and added up.

    @property
    def _known(self) -> DataFrame:
        """The modules, each with how many neighbours count for each choice."""
        return self._rounds[0]

    @cached_property
    def _rounds(self) -> "tuple[DataFrame, Sequence[DataFrame]]":
        """The modules with all that is counted, and who counts for each question."""
        frame, every, known = self._modules, list[DataFrame](), None
        for number in range(len(self._job.evaluator.questions)):
            asked = self._ask(frame, number)
            every.append(asked)
            counts = self._joined(number, asked, _count)
            known = _keep(counts if known is None else known.join(counts, PATH, "full_outer"))
            frame = self._modules.join(known, PATH, "left")
        return frame, every

    def _ask(self, frame: DataFrame, number: int) -> DataFrame:
        """The modules that count for question `number`, and for which choices."""
        schema = self._job.ask_schema(number)
        counts = [F.col(around(n)) > 0 for n, _ in self._job.asked(number)]
        rows = _mapped(frame, partial(self._job.ask, number), schema)
        return _keep(rows.where(reduce(or_, counts)))

    @cached_property
    def _shown(self) -> DataFrame:
        """The modules with the first neighbours that count for each choice, too."""
        frame, every = self._rounds
        for number, asked in enumerate(every):
            first = self._joined(number, asked, _first)
            frame = frame.join(first, PATH, "left")
        return frame

    def _joined(self, number: int, asked: DataFrame, sums: "Sums") -> DataFrame:
        """What `sums` makes of the neighbours that count, for each module that has some."""
        relations = {_relation(test) for _, test in self._job.asked(number)}
        ends = [
            self._ends(relation).withColumn(_RELATION, F.lit(relation))
            for relation in sorted(relations)
        ]
        every = reduce(DataFrame.unionByName, ends)
        pairs = every.join(asked.withColumnRenamed(PATH, _OTHER), _OTHER)
        return pairs.groupBy(PATH).agg(*(sums(n, _relation(t)) for n, t in self._job.asked(number)))

    def _ends(self, relation: str) -> DataFrame:
        """The pairs of a relation: a module, and a neighbour of it."""
        match relation:
            case "uses":
                return self._used(SOURCE, TARGET)
            case "used by":
                return self._used(TARGET, SOURCE)
            case "inside":
                return self._nested.select(PATH, _OTHER)
            case _:  # `contains`: those over several steps are refused
                return self._nested.select(F.col(_OTHER).alias(PATH), F.col(PATH).alias(_OTHER))

    def _used(self, one: str, other: str) -> DataFrame:
        if self._edges is None:
            raise TablesError(f"there are no edges: give `{SOURCE}` and `{TARGET}`")
        edges = self._edges.select(F.col(one).alias(PATH), F.col(other).alias(_OTHER)).distinct()
        return edges.where(F.col(PATH) != F.col(_OTHER))

    @cached_property
    def _nested(self) -> DataFrame:
        """Each module with the nearest one that encloses it."""
        paths = self._modules.select(PATH)
        parts = F.split(F.col(PATH), "/")
        above = F.transform(
            F.sequence(F.lit(1), F.size(parts) - 1),
            lambda n: F.array_join(F.slice(parts, 1, n), "/"),
        )
        inner = F.when(F.size(parts) > 1, above).otherwise(F.array().cast("array<string>"))
        every = F.concat(F.array(F.lit(ROOT)), F.filter(inner, lambda each: each != ""))
        pairs = paths.where(F.col(PATH) != ROOT).select(
            PATH, F.posexplode(every).alias("depth", _OTHER)
        )
        there = pairs.join(paths.withColumnRenamed(PATH, _OTHER), _OTHER)
        return _keep(there.groupBy(PATH).agg(F.max_by(_OTHER, "depth").alias(_OTHER)))


def _keep(frame: DataFrame) -> DataFrame:
    """The frame, computed once, without the plan that it was made from."""
    return frame.localCheckpoint(eager=False)


def _mapped(frame: DataFrame, work: "Work", schema: "pa.Schema") -> DataFrame:
    return frame.mapInArrow(work, from_arrow_schema(schema))


def _counting(choice: int, relation: str) -> "Column":
    """The neighbour, where it stands in the relation and counts for the choice."""
    is_meant = (F.col(_RELATION) == relation) & (F.col(around(choice)) > 0)
    return F.when(is_meant, F.col(_OTHER))


def _count(choice: int, relation: str) -> "Column":
    """How many neighbours count."""
    return F.count(_counting(choice, relation)).alias(around(choice))


def _first(choice: int, relation: str) -> "Column":
    """The first of them by path."""
    found = F.collect_list(_counting(choice, relation))
    return F.slice(F.array_sort(found), 1, FIRST).alias(first_of(choice))
