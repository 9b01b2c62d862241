"""Record batches of modules as graphs, so that the evaluator decides them.

A batch has a column `path`, and a column for each facet that the rules read: texts, flags or
numbers, or lists of them. Facets whose values may be of several types are lists of structs with
`text`, `flag` and `number`, of which one is set. `star` has the labels that a module carries, the
primary one first, and `name` its name; both may be left out.

What is around a module is not in a batch. Who knows it gives a count for each choice of
neighbours that tests ask about, and the first of them by path where explanations are wanted.
"""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from attrs import field, frozen

from starlang.engine import budget
from starlang.engine.evaluate import Evaluation, Evaluator
from starlang.engine.neighbours import (
    Answers,
    Near,
    Question,
    Surrounding,
    answered,
    choice,
    is_over_steps,
)
from starlang.engine.program import Numbering, Program
from starlang.errors import TablesError
from starlang.explain.forbids import as_exceptions
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import DEPENDENCIES, Profile
from starlang.rules.derivations import read_facets
from starlang.rules.model import RuleSet, all_conditions_of
from starlang.rules.relations import InCycle, Neighbours
from starlang.rules.spelling import BUILTIN_FACETS, EVENTS, GRAPH_PREFIX, Scalar, facet_text
from starlang.tables.arrow import arrow

if TYPE_CHECKING:
    import pyarrow as pa

_T = TypeVar("_T")

PATH, NAME, STAR = "path", "name", "star"

UNFIT, MANIFEST = "unfit", "manifest"
"""The column with the places of a manifest that cannot be read, and what is there for all."""


RELATIONS = (DEPENDENCIES, *(f"{GRAPH_PREFIX}{relation}" for relation in EVENTS))
"""The places that must be readable where rules ask about any relation."""

LeftOut = Mapping[int, str]
"""Why modules, by their rows, are not decided."""


def _too_much(found: budget.LeftOut) -> dict[int, str]:
    return {row: f"{each.code}: {each.message}" for row, each in found.by_module.items()}


# What is asked of a batch, and of what is around its modules.


@frozen(eq=False)
class BatchEvaluator:
    """A rule set made ready to decide batches; modules carry what the profile calls a star.

    With `asks_forbids` it decides nothing, and says where the forbids of the rules hold.
    `columns` are the facets that batches must have, `forbidden` those that forbids read and that
    are looked at where they are there: a value may be too long for them. `questions` are the tests
    over neighbours that are asked one after the other, and `choices` all that they are about.
    """

    rules: RuleSet
    profile: Profile
    asks_forbids: bool = False
    evaluator: Evaluator = field(init=False, repr=False)
    columns: tuple[str, ...] = field(init=False)
    forbidden: tuple[str, ...] = field(init=False)
    read_places: frozenset[str] = field(init=False)
    questions: tuple[tuple[Surrounding, ...], ...] = field(init=False)
    choices: tuple[Neighbours, ...] = field(init=False)

    def __reduce__(self) -> tuple[type["BatchEvaluator"], tuple[RuleSet, Profile, bool]]:
        """An evaluator is made ready anew in another process."""
        return BatchEvaluator, (self.rules, self.profile, self.asks_forbids)

    @evaluator.default
    def _evaluator(self) -> Evaluator:
        return Evaluator(as_exceptions(self.rules) if self.asks_forbids else self.rules)

    @columns.default
    def _columns(self) -> tuple[str, ...]:
        asked = read_facets(as_exceptions(self.rules)) if self.asks_forbids else frozenset()
        return self._of_modules(asked | read_facets(self.rules))

    @forbidden.default
    def _forbidden(self) -> tuple[str, ...]:
        every = self._of_modules(read_facets(as_exceptions(self.rules)))
        return tuple(facet for facet in every if facet not in self.columns)

    def _of_modules(self, read: frozenset[str]) -> tuple[str, ...]:
        """The facets that modules must have, where `read` are looked at."""
        derived = {each.facet for each in self.rules.derivations}
        named = derived - {facet.name for facet in self.profile.facets}
        return tuple(
            facet
            for facet in sorted(read | (derived - named))
            if facet not in named and facet not in BUILTIN_FACETS and _is_of_module(facet)
        )

    @read_places.default
    def _read_places(self) -> frozenset[str]:
        facets = Program(all_conditions_of(self.rules)).facets
        limits = (each.per for each in self.rules.ceilings.limits)
        related = any(facet.startswith(GRAPH_PREFIX) for facet in facets)
        read = {MANIFEST, STAR, *facets, *limits, *(RELATIONS if related else ())}
        return frozenset({*read, *([NAME] if "text" in facets else [])})

    @questions.default
    def _questions(self) -> tuple[tuple[Surrounding, ...], ...]:
        """What is asked of every module is asked where there is none, too."""
        asked: list[tuple[Surrounding, ...]] = []

        def answer(question: Question) -> Answers:
            asked.append(question.tests)
            return [b"" for _ in question.tests]

        answered(self.evaluator.steps(_graph((), (), (), {}, self.profile)), answer)
        return tuple(asked)

    @choices.default
    def _choices(self) -> tuple[Neighbours, ...]:
        asked = [test for tests in self.questions for test in tests if isinstance(test, Neighbours)]
        return tuple(dict.fromkeys(map(choice, asked)))

    def over_several_steps(self) -> Surrounding | None:
        """A test that no count of direct neighbours answers, None if there is none."""
        tests = chain.from_iterable(self.questions)
        return next((t for t in tests if isinstance(t, InCycle) or is_over_steps(t)), None)

    def columns_of(self, names: Collection[str]) -> tuple[str, ...]:
        """The columns that are looked at, of a table with columns `names`.

        TablesError if one is missing, or there twice.
        """
        needed = [PATH, *self.columns]
        if not {NAME, "text"}.isdisjoint(read_facets(self.rules)):
            needed.append(NAME)
        if missing := [name for name in needed if name not in names]:
            raise TablesError(_missing(missing, self.profile))
        wanted = (
            *needed,
            *(n for n in (NAME, STAR, UNFIT) if n in names and n not in needed),
            *(name for name in self.forbidden if name in names),
        )
        counts = Counter(names)
        if twice := [name for name in wanted if counts[name] > 1]:
            raise TablesError(f"the table of modules has several columns `{twice[0]}`: keep one")
        return wanted

    def split(self, batch: "pa.RecordBatch") -> tuple[ModuleGraph, Sequence[int], LeftOut]:
        """The modules of a batch that can be decided, their rows, and the others (as rows)."""
        graph = self._graph(batch)
        left = {
            **_too_much(budget.over_budget(self.rules, graph)),
            **dict(self._unfit(graph, batch)),
        }
        if not left:
            return graph, range(len(graph)), left
        rows = [row for row in range(len(graph)) if row not in left]
        return self._graph(batch.take(arrow().array(rows, "int32"))), rows, left

    def _unfit(self, graph: ModuleGraph, batch: "pa.RecordBatch") -> Iterator[tuple[int, str]]:
        """The modules with a value of a wrong type where the rules read one."""
        if UNFIT not in batch.schema.names:
            return
        for row, places in enumerate(batch.column(UNFIT).to_pylist()):
            if read := self.read_places.intersection(places or ()):
                what = "manifest" if MANIFEST in read else f"`{min(read)}`"
                yield row, f"{graph.paths[row]} is left out: its {what} cannot be read"

    def _graph(self, batch: "pa.RecordBatch") -> ModuleGraph:
        """The modules of a batch, in its order; TablesError if a column cannot be used."""
        there = self.columns_of(batch.schema.names)
        paths = _texts(batch, PATH)
        names = _texts(batch, NAME) if NAME in there else ("",) * len(paths)
        stars: tuple[tuple[str, ...], ...] = ((),) * len(paths)
        if STAR in there:
            column = facet_column(STAR, batch.column(STAR))
            labels = [tuple(map(str, values)) for values in column.values]
            stars = tuple(map(labels.__getitem__, column.codes))
        facets = [name for name in there if name in {*self.columns, *self.forbidden}]
        columns = {name: facet_column(name, batch.column(name)) for name in facets}
        return _graph(paths, names, stars, columns, self.profile)

    def ask(self, graph: ModuleGraph, around: "Around", number: int, *, reassess: bool) -> Question:
        """Question `number` about the modules of `graph`, if those before are answered."""
        steps = self.evaluator.steps(graph, reassess=reassess)
        question = next(steps)
        for _ in range(number):
            question = steps.send(around.answer(question))
        return question

    def evaluate(self, graph: ModuleGraph, around: "Around", *, reassess: bool) -> Evaluation:
        """Decides the modules of `graph`."""
        return answered(self.evaluator.steps(graph, reassess=reassess), around.answer)


def _is_of_module(facet: str) -> bool:
    name = facet.removeprefix(GRAPH_PREFIX)
    return name == facet or name in EVENTS


def _missing(names: Sequence[str], profile: Profile) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    read = ", ".join(facet_text(name) for name in names)
    what = f"a column {listed}, which" if len(names) == 1 else f"columns {listed}, which"
    facets = filter(None, map(profile.facet, names))
    elsewhere = [
        f"; `{each.name}` is from {each.elsewhere}, which no manifest has: join it to the manifests"
        f" as a column `{each.name}` before `facets` reads them"
        for each in facets
        if each.elsewhere
    ]
    return (
        f"the rules read {read}: the table of modules must have {what} may be null wherever a "
        f"module has no value{''.join(elsewhere)}"
    )


def _graph(
    paths: tuple[str, ...],
    names: tuple[str, ...],
    stars: tuple[tuple[str, ...], ...],
    columns: Mapping[str, FacetColumn],
    profile: Profile,
) -> ModuleGraph:
    return ModuleGraph(paths=paths, names=names, stars=stars, columns=columns, profile=profile)


@frozen(eq=False)
class Around(Near):
    """What is around the modules of a batch: a count for each choice of neighbours.

    `first` are the first of them by path, where they are known.
    """

    counts: Mapping[Neighbours, Sequence[int]]
    first: Mapping[Neighbours, Sequence[Sequence[str]]] = field(factory=dict)

    def of(self, rows: Sequence[int]) -> "Around":
        """What is around some of the modules."""

        def some(column: Sequence[_T]) -> Sequence[_T]:
            return column if len(rows) == len(column) else [column[row] for row in rows]

        counts = {test: some(column) for test, column in self.counts.items()}
        return Around(counts, {test: some(column) for test, column in self.first.items()})

    def answer(self, question: Question) -> Answers:
        """Which modules meet the tests of a question."""
        return [bytes(map(test.is_enough, self.counts[choice(test)])) for test in _direct(question)]

    def shown(self, test: Neighbours, module: int, most: int) -> tuple[Sequence[str], int]:
        asked = choice(test)
        return self.first[asked][module][:most], self.counts[asked][module]

    def way(self, test: Neighbours, module: int) -> tuple[tuple[int, ...], int]:
        raise LookupError(test, module)  # a test over steps is refused before

    def cycle(self, module: int) -> tuple[tuple[int, ...], int]:
        raise LookupError(module)  # the same


NOTHING_AROUND = Around({})


def _direct(question: Question) -> Iterator[Neighbours]:
    return (test for test in question.tests if isinstance(test, Neighbours))


# Columns.
#
# A facet is encoded once for all values that are alike, so a million modules cost what their
# different values cost. Lists have no hash in Arrow; joined texts have, as long as no text is
# empty or has the separator in it. What is not so simple is looked at row by row.

_SEPARATOR = "\x1f"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


def _texts(batch: "pa.RecordBatch", name: str) -> tuple[str, ...]:
    """A column of texts; only names may be missing."""
    texts = _usual(batch.column(name))
    if name == NAME:
        return tuple(text or "" for text in texts.to_pylist())
    import pyarrow.compute as pc

    if texts.null_count or not _is_text(texts.type) or pc.any(pc.equal(texts, "")).as_py():
        raise TablesError("every module has a path: a text in the column `path` that is not empty")
    return tuple(texts.to_pylist())


def facet_column(name: str, values: "pa.Array") -> FacetColumn:
    """A column of a batch as a facet; TablesError if its values are not those of a facet."""
    pa = arrow()
    values = _usual(values)
    if _is_text(values.type):
        return _encoded(values, lambda text: (text,))
    types, kind = pa.types, values.type
    is_list = types.is_list(kind) or types.is_large_list(kind)
    if is_list and _is_text(kind.value_type) and _are_simple(values.flatten()):
        import pyarrow.compute as pc

        joined = pc.binary_join(values.cast(pa.list_(pa.string())), _SEPARATOR)
        return _encoded(joined, _parts)
    # Views are not cast: of a part of their rows, pyarrow 26 gives those of another part.
    if is_list or types.is_list_view(kind) or types.is_large_list_view(kind):
        return _looked_at(name, [row or () for row in values.to_pylist()])
    return _looked_at(name, [() if value is None else (value,) for value in values.to_pylist()])


def _usual(values: "pa.Array") -> "pa.Array":
    """Texts and lists in their usual layout; Polars, for one, gives views of texts."""
    pa = arrow()
    types, kind = pa.types, values.type
    if types.is_dictionary(kind):
        return _usual(values.dictionary_decode())
    if types.is_string_view(kind):
        return values.cast(pa.large_string())
    if types.is_fixed_size_list(kind):
        return values.cast(pa.large_list(kind.value_type))
    return values


def _is_text(kind: "pa.DataType") -> bool:
    types = arrow().types
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _are_simple(texts: "pa.Array") -> bool:
    import pyarrow.compute as pc

    odd = pc.or_(pc.equal(texts, ""), pc.match_substring(texts, _SEPARATOR))
    return not texts.null_count and not pc.any(odd).as_py()


def _parts(joined: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(joined.split(_SEPARATOR))) if joined else ()


def _encoded(texts: "pa.Array", read: Callable[[str], tuple[str, ...]]) -> FacetColumn:
    """A column of texts: what `read` makes of each different one, and () where there is none."""
    encoded = texts.dictionary_encode()
    values = [read(text) for text in encoded.dictionary.to_pylist()]
    indices = encoded.indices.fill_null(len(values))
    return FacetColumn((*values, ()), integers(indices))


def integers(numbers: "pa.Array") -> Sequence[int]:
    """The numbers of an array of 32-bit integers without nulls, not copied."""
    view = memoryview(numbers.buffers()[1]).cast("B").cast("i")
    return view[numbers.offset : numbers.offset + len(numbers)]


def _looked_at(name: str, rows: Sequence[Sequence[object]]) -> FacetColumn:
    numbers: Numbering[tuple[tuple[type, Scalar], ...]] = Numbering()
    codes = array("i")
    for row in rows:
        found = [_scalar(name, value) for value in row if value is not None]
        codes.append(numbers[tuple(dict.fromkeys((type(each), each) for each in found))])
    return FacetColumn(tuple(tuple(value for _, value in key) for key in numbers), codes)


def _scalar(name: str, value: object) -> Scalar:
    match value:
        case str() | bool():
            return value
        case int() | float() | Decimal() if (number := Decimal(str(value))).is_finite():
            return number
        case {"number": str(number)} if _NUMBER.fullmatch(number):
            return Decimal(number)
        case {"number": int() | float() | Decimal() as member}:
            return _scalar(name, member)
        case {"text": str(member)} | {"flag": bool(member)}:
            return member
        case _:
            message = f"the column `{name}` holds {value!r}, which is no value of a facet"
            hint = "a facet is a text, a flag or a number, or a list of them"
            raise TablesError(f"{message}: {hint}")
