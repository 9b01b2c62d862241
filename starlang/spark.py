"""Plans on Spark: the same rules, decisions and evidence, for more modules than a process holds.

Spark moves rows, joins and adds up; who decides is the evaluator of `starlang.engine`, in the
workers, batch by batch (`starlang.tables.parts`). Three things need more than one module:

- **Neighbours.** Of each question that the rules ask about neighbours, in the order in which they
  ask, the workers say which modules count; edges are joined to them, and added up per module. So
  facts come before stars and a star before those that read who reaches it, as in one process.
- **Ceilings.** The promotions go to the driver, with the sizes of groups that workers have added
  up, and are settled there as those of a local plan are (`starlang.tables.ceilings`).
- **Explanations.** The first neighbours by path are looked for only where they are shown.

Rules that read neighbours run their joins when a frame is asked for, and ceilings that defer run
all: what they hold back is known only after all modules have been decided. Else nothing runs before
somebody asks for rows. What is joined once is kept, so that no step is done twice.

It is kept by `localCheckpoint`, not by `persist`. Each question is put to modules joined to all
that is known before it, and what comes of it is joined to the same again; a persisted frame is a
part of the plan that Spark analyses and prints, so that the plan would double with each question.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, partial, reduce
from operator import or_
from typing import TYPE_CHECKING

from attrs import evolve, fields, frozen

from starlang.api.loading import Location, profile_of
from starlang.api.module import Module
from starlang.api.plan import Ceiling, ceiling_of
from starlang.api.rules import Rules
from starlang.api.tables import amounts_of
from starlang.api.values import refuse_type, shortened
from starlang.engine.ceilings import Settlement, settle_promotions, unlimited
from starlang.errors import MissingPackageError, TablesError, UnknownNameError
from starlang.explain.explain import Explainer
from starlang.explain.forbids import WOULD_BREAK
from starlang.manifests.profile import DEPENDENCIES
from starlang.manifests.waivers import BROKEN, ROOT, Waiver
from starlang.plan.make import ceiling_lines
from starlang.project.config import DEFAULT_PROFILE
from starlang.rules.model import OnBreach
from starlang.rules.relations import Neighbours
from starlang.rules.spelling import GRAPH_PREFIX
from starlang.tables.arrow import MultisetHash, arrow, schema_of
from starlang.tables.batches import MANIFEST, NAME, PATH, STAR, UNFIT
from starlang.tables.ceilings import Eligible, deferred_schema, eligible, held_table, of_one
from starlang.tables.manifests import TWICE, Reading
from starlang.tables.model import Amounts, Kind
from starlang.tables.parts import FIRST, Job, Ruled, around, first_of

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
_HASHED = schema_of({"rows": Kind.TEXT, "total": Kind.TEXT}, Amounts.MICRO)
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
    return _checked_plan(job, modules, edges, rules.waivers)


def _checked_plan(
    job: Job, given: DataFrame, edges: DataFrame | None, waivers: Sequence[Waiver]
) -> "SparkPlan":
    wanted = job.evaluator.columns_of(given.columns)
    if (test := job.evaluator.over_several_steps()) is not None:
        raise TablesError(
            f"the {job.asking} read `{test.words()}`: a relation over several steps cannot be "
            "counted by joining edges; ask for direct neighbours, or decide the modules in one "
            "process"
        )
    if edges is None and _reads(job, "uses", "used by"):
        raise TablesError(
            f"the {job.asking} read who uses whom: give `edges`, with columns `{SOURCE}` and "
            f"`{TARGET}`"
        )
    return SparkPlan(job, given, given.select(*map(_column, wanted)), edges, waivers)


def facets(
    manifests: DataFrame, profile: Location = DEFAULT_PROFILE, fields: Sequence[str] = ()
) -> DataFrame:
    """The facets of manifests: a row per module, as `plan` takes them.

    `manifests` has columns `path`, that of the module, and `manifest`, its text. `profile` is a
    built-in name or a file, `fields` are the JSON pointers that rules read by `field`. What
    cannot be read is a row, too; a plan leaves it out and says so.

    What the profile reads in other files comes as columns beside the manifests: a facet from
    CODEOWNERS or a table by its name, for where the manifest has no value, and `star` where one
    file has the stars of all modules. Without such a column there is none of the facet, so that
    rules that read it are refused; TablesError without the stars.
    """
    reading = Reading(profile_of(profile), tuple(fields), manifests.columns)
    wanted = manifests.select(*map(_column, reading.columns))
    return _mapped(wanted, reading.read, reading.schema())


def edges(modules: DataFrame, profile: Location = DEFAULT_PROFILE) -> DataFrame:
    """Who uses whom, as manifests say it: `source` and `target`, as `plan` takes them.

    `modules` is what `facets` makes of manifests by the same `profile`. A reference names a module
    by its path, its name or its path with dots, as in a plan of one process; what names none, or
    several, gives no edge. TablesError if the profile knows no place of dependencies.
    """
    read = profile_of(profile)
    if DEPENDENCIES not in modules.columns:
        raise TablesError(
            f"the profile `{read.name}` has no place where manifests say what they use: give "
            f"edges of another source, with columns `{SOURCE}` and `{TARGET}`"
        )
    is_read = ~F.array_contains(F.coalesce(F.col(UNFIT), F.array()), MANIFEST)
    there = modules.where(is_read).select(PATH, NAME, _column(DEPENDENCIES).alias("texts"))
    said = there.select(F.col(PATH).alias(SOURCE), F.explode("texts").alias("text"))
    names = there.where(F.col(NAME) != "").groupBy(F.col(NAME).alias("text"))
    named = said.join(
        names.agg(F.count(PATH).alias("many"), F.min(PATH).alias("one")), "text", "left"
    )
    by_name = F.when(F.col("many") == 1, F.col("one"))
    meant = named if read.external else _with_paths(named, there)
    target = by_name if read.external else F.coalesce("by_path", _by_dots(), by_name)
    found = meant.select(SOURCE, target.alias(TARGET))
    return found.where(F.col(TARGET) != F.col(SOURCE)).distinct()


def _with_paths(named: DataFrame, there: DataFrame) -> DataFrame:
    """References with the module that each is the path of, as it is and with dots for slashes."""
    path = F.col(PATH)
    paths = there.select(path.alias("text"), path.alias("by_path"))
    dotted = there.select(path.alias("slashes"), path.alias("dotted"), F.col(NAME).alias("called"))
    slashes = F.replace("text", F.lit("."), F.lit("/")).alias("slashes")
    return named.select("*", slashes).join(paths, "text", "left").join(dotted, "slashes", "left")


def _by_dots() -> "Column":
    """The module with this path, unless it is the name of others."""
    is_meant = F.col("many").isNull() | (F.col("called") == F.col("text"))
    return F.when(is_meant, F.col("dotted"))


def multiset_hash(frame: DataFrame) -> str:
    """A digest of the rows of `frame`: that of `starlang.multiset_hash` over the same rows."""
    parts = _mapped(frame, _hashed, _HASHED).collect()
    sums = (MultisetHash(int(each.rows), int(each.total, 16)) for each in parts)
    return str(sum(sums, MultisetHash()))


def _hashed(batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    found = MultisetHash.of(batches)
    row = {"rows": str(found.rows), "total": f"{found.total:x}"}
    yield arrow().RecordBatch.from_pylist([row], _HASHED)


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
    _given: DataFrame
    _modules: DataFrame
    _edges: DataFrame | None
    _waivers: Sequence[Waiver]

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
    def forbids(self) -> DataFrame:
        """A row per module that breaks a `forbid`: E430 as it is, E431 if only the plan does it.

        `accepted` is why the config of the rules accepts it, null if it does not. TablesError if
        the forbids read what `modules` does not have, or a relation over several steps.
        """
        job = evolve(self._job, asks_forbids=True, reassess=False)
        if not self._job.ruled.rules.forbids:
            return self._frame(job.broken_schema().empty_table(), job.broken_schema())
        now = _keep(self._broken(job, self._given, BROKEN))
        if self._job.reassess:
            return now
        labels = _mapped(self._settled, self._job.labels, self._job.labels_schema())
        there = self._given.drop(STAR).join(labels, PATH)
        after = self._broken(job, there, WOULD_BREAK)
        return now.unionByName(after.join(now, ["module", "forbid"], "left_anti"))

    def _broken(self, job: Job, given: DataFrame, code: str) -> DataFrame:
        asking = _checked_plan(job, given, self._edges, self._waivers)
        work = partial(job.broken, code, self._waivers)
        return _mapped(asking._shown, work, job.broken_schema())  # noqa: SLF001 -- of its own kind

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
        number = self._eligible.number_of(path)
        settlement = of_one(self._settle(() if number is None else {number}), number)
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
        return self._settle(())

    def _settle(self, about: Collection[int]) -> Settlement:
        """What ceilings hold back, and of the modules `about` all that there is to explain."""
        wanted, sizes = self._eligible.promotions, self._eligible.sizes
        if self._job.reassess or sizes is None:
            return unlimited(wanted, about)
        return settle_promotions(self._job.ruled.rules.ceilings, sizes, wanted, about)

    @cached_property
    def _held(self) -> "pa.Table":
        return held_table(self._eligible, self._settlement, self._job.amounts)

    def _frame(self, table: "pa.Table", schema: "pa.Schema") -> DataFrame:
        return self._modules.sparkSession.createDataFrame(table, from_arrow_schema(schema))

    @cached_property
    def _decided(self) -> DataFrame:
        return _mapped(self._settled, self._job.decide, self._job.decisions_schema())

    @property
    def _settled(self) -> DataFrame:
        """The modules with all that decides them, `held` by ceilings too."""
        ceilings = self._job.ruled.rules.ceilings
        if ceilings.on_breach is not OnBreach.DEFER or not (ceilings.limits or ceilings.floors):
            return self._known
        held = self.deferred.groupBy(F.col("module").alias(PATH))
        return self._known.join(held.agg(F.collect_list("star").alias("held")), PATH, "left")

    # Neighbours: who counts, joined to edges, and added up.

    @property
    def _known(self) -> DataFrame:
        """The modules, each with how many neighbours count for each choice."""
        return self._rounds[0]

    @cached_property
    def _rounds(self) -> "tuple[DataFrame, Sequence[DataFrame]]":
        """The modules with all that is counted, and who counts for each question."""
        frame, every, known = self._checked, list[DataFrame](), None
        for number in range(len(self._job.evaluator.questions)):
            asked = self._ask(frame, number)
            every.append(asked)
            counts = self._joined(number, asked, _count)
            known = _keep(counts if known is None else known.join(counts, PATH, "full_outer"))
            frame = self._modules.join(known, PATH, "left")
        return frame, every

    @property
    def _checked(self) -> DataFrame:
        """The modules; a path that is there twice ends every query with an error."""
        wrong = F.raise_error(F.concat(F.lit(f"{TWICE} "), F.col(PATH)))
        checked = self._twice.select(F.when(F.col(PATH).isNotNull(), wrong.cast("string")))
        return self._modules.where(checked.scalar().isNull())

    @cached_property
    def _twice(self) -> DataFrame:
        """One row: a path that is there twice, or null. Looked up by the first query alone."""
        counted = self._modules.groupBy(PATH).count().where(F.col("count") > 1)
        return _keep(counted.agg(F.min(PATH).alias(PATH)))

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
