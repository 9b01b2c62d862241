"""RuleSet x ModuleGraph -> Evaluation."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, compress, pairwise, repeat
from operator import getitem, sub
from typing import NamedTuple

from attrs import frozen

from starlang.collector import collector_paused
from starlang.engine.decisions import Carried, Case, Decider, Decision, Scorer, StarLabels
from starlang.engine.program import Classes, Numbering, Program, classify, numbered
from starlang.engine.texts import TextClasses
from starlang.manifests.graph import Adjacency, FacetColumn, ModuleGraph, Relations
from starlang.matching.globs import covers
from starlang.rules.model import RuleSet
from starlang.rules.relations import Neighbours
from starlang.rules.spelling import TEXT_FACETS

# What the engine found out about every module.


@frozen(eq=False, repr=False)
class Evaluation:
    """Evidence, scores and decisions of all modules of `graph` under `rules`.

    Modules share cases and decisions: `cases[case_codes[i]]` and
    `decisions[decision_codes[i]]` are those of module `i`. Modules with the same number of a
    decision have the same scores and carry the same labels. `carried[i]` says what its
    manifest carried. `assigned` maps a module to the index of the assignment it is
    under. `absent` are indexes of assignments whose path no module has. `reassess`
    tells that every module was decided as if it carried the default star. `program` numbers
    the tests of the rules, and `texts` tells for each text facet that they read where which
    hold. `near` knows the neighbours that counted, where rules ask for any.
    """

    rules: RuleSet
    graph: ModuleGraph
    cases: Sequence[Case]
    case_codes: Sequence[int]
    decisions: Sequence[Decision]
    decision_codes: Sequence[int]
    carried_kinds: Sequence[Carried]
    carried_codes: Sequence[int]
    assigned: Mapping[int, int]
    absent: tuple[int, ...]
    program: Program
    texts: Mapping[str, Classes]
    reassess: bool = False
    near: "Neighbourhood | None" = None

    def __len__(self) -> int:
        return len(self.graph)

    def case(self, index: int) -> Case:
        """The case of module `index`."""
        return self.cases[self.case_codes[index]]

    def decision(self, index: int) -> Decision:
        """The decision on module `index`, before ceilings."""
        return self.decisions[self.decision_codes[index]]

    def carried(self, index: int) -> Carried:
        """What module `index` carried before the run."""
        return self.carried_kinds[self.carried_codes[index]]


# Tests over neighbours: counted over the edges, for all modules at once.
#
# Which modules count at all is one byte a module. The bytes of all neighbours of all
# modules are laid one after the other, in the order of the edges, and those of one module
# are counted in one go: one pass over the edges for each relation and each choice of
# modules, however many tests ask about them.

Flags = bytes
"""For each module 1 or 0."""


class Neighbourhood:
    """The relations of some modules, and which of them count for a test.

    `stars` is what each carried before the run; `reached` says of each star that a test
    reads by `reaching` who reaches it.
    """

    def __init__(
        self,
        relations: Relations,
        paths: Sequence[str],
        stars: FacetColumn,
        reached: Mapping[str, Flags],
    ) -> None:
        self._relations = relations
        self._paths = paths
        self._stars = stars
        self._reached = reached
        self._carrying = cache(self._find_carrying)
        self._under = cache(self._find_under)

    def __reduce__(self) -> tuple[type["Neighbourhood"], tuple[object, ...]]:
        """What was found out already is not copied: it is found out again where it is asked."""
        return Neighbourhood, (self._relations, self._paths, self._stars, self._reached)

    def counting(self, test: Neighbours, module: int) -> list[int]:
        """The neighbours of `module` that count for `test`, sorted."""
        flags = self._flags(test)
        near = self._relations.of(test.facet).of(module)
        return [other for other in near if flags is None or flags[other]]

    def classes(self, tests: Sequence[tuple[int, Neighbours]]) -> Classes:
        """The class of each module; `tests` are (number, test) pairs, sorted by number."""
        counted: dict[tuple[str, str, str, tuple[str, ...]], array[int]] = {}
        columns: list[Flags] = []
        for _, test in tests:
            key = (test.facet, test.standing, test.star, test.globs)
            if key not in counted:
                counted[key] = _counts(self._relations.of(test.facet), self._flags(test))
            columns.append(_meeting(test, counted[key]))
        codes, rows = numbered(zip(*columns, strict=True))
        numbers = [number for number, _ in tests]
        return Classes(codes, [tuple(compress(numbers, row)) for row in rows])

    def _flags(self, test: Neighbours) -> Flags | None:
        """Which modules count for `test`, None for all."""
        chosen = [self._under(test.globs)] if test.globs else []
        if test.standing == "currently":
            chosen.append(self._carrying(test.star))
        elif test.standing:
            chosen.append(self._reached[test.star])
        if not chosen:
            return None
        return chosen[0] if len(chosen) == 1 else bytes(map(min, *chosen))

    def _find_carrying(self, star: str) -> Flags:
        carries = [star in values for values in self._stars.values]
        return bytes(map(carries.__getitem__, self._stars.codes))

    def _find_under(self, globs: tuple[str, ...]) -> Flags:
        return bytes(any(covers(glob, path) for glob in globs) for path in self._paths)


def _counts(relation: Adjacency, flags: Flags | None) -> "array[int]":
    """How many neighbours of each module count."""
    starts = relation.starts
    if flags is None:
        return array("I", map(sub, starts[1:], starts))
    counting = bytes(map(flags.__getitem__, relation.targets))
    return array("I", [counting.count(1, start, end) for start, end in pairwise(starts)])


def _meeting(test: Neighbours, counts: "array[int]") -> Flags:
    return bytes(map(test.is_enough, counts))


class _Special(NamedTuple):
    """What sets a module apart by its own path: an assignment, or exceptions that spare it."""

    assigned: str | None = None
    spared: frozenset[int] = frozenset()


_ORDINARY = _Special()


def evaluate(rules: RuleSet, graph: ModuleGraph, *, reassess: bool = False) -> Evaluation:
    """Decides every module of `graph`; with `reassess` as if each carried the default star.

    A facet of the rules that the graph has no column for is missing in every module.
    """
    return Evaluator(rules).evaluate(graph, reassess=reassess)


class Evaluator:
    """A rule set made ready to decide any number of graphs."""

    def __init__(self, rules: RuleSet) -> None:
        conditions = [*(r.condition for r in rules.rules), *(n.condition for n in rules.nevers)]
        self._rules = rules
        self._count = len(rules.rules)
        self._canon = StarLabels(rules)
        self._program = Program(conditions)
        self._scorer = Scorer(rules)
        self._texts = cache(self._text_classes)
        self._case = cache(self._find_case)
        self._kinds: Numbering[tuple[int, tuple[int, ...]]] = Numbering()
        self._relating = [
            (number, test)
            for number, test in enumerate(self._program.tests)
            if isinstance(test, Neighbours)
        ]
        relations = {test.facet for _, test in self._relating}
        self._facets = [facet for facet in self._program.facets if facet not in relations]

    @collector_paused()
    def evaluate(self, graph: ModuleGraph, *, reassess: bool = False) -> Evaluation:
        """Decides every module of `graph`; with `reassess` as if each carried the default star."""
        rules = self._rules
        carried_codes, labels = numbered(graph.stars)
        carried = list(map(self._canon.carried, labels))
        stars = FacetColumn(tuple(map(self._canon.values, labels)), carried_codes)
        assigned = _assigned(rules, graph)
        special_codes, specials = _specials(rules, graph, assigned)
        judge = Decider(rules, self._secondary_allowed(graph))
        as_if = Carried(rules.default.id)
        standing = [as_if] * len(carried) if reassess else carried
        classes = [self._classes(facet, graph, stars) for facet in self._facets]
        found = zip(self._facets, classes, strict=True)
        texts = {facet: each for facet, each in found if facet in TEXT_FACETS}
        near = None
        if self._relating:
            people = _Individuals(judge, standing, carried_codes, specials, special_codes)
            near = self._relate(graph, stars, classes, people)
        case_codes, cases = self._cases(classes, len(graph))
        kinds = [case.kind for case in cases]
        case_kinds = map(kinds.__getitem__, case_codes)
        decision_codes, decision_keys = numbered(
            zip(case_kinds, carried_codes, special_codes, strict=True)
        )
        alike = dict(zip(kinds, cases, strict=True))
        return Evaluation(
            rules=rules,
            graph=graph,
            cases=cases,
            case_codes=case_codes,
            decisions=[
                judge.decide(
                    _sparing(alike[kind], specials[special]),
                    standing[stars],
                    specials[special].assigned,
                )
                for kind, stars, special in decision_keys
            ],
            decision_codes=decision_codes,
            carried_kinds=carried,
            carried_codes=carried_codes,
            assigned=assigned,
            absent=tuple(n for n, each in enumerate(rules.assigns) if each.path not in graph.index),
            program=self._program,
            texts=texts,
            reassess=reassess,
            near=near,
        )

    def _relate(
        self, graph: ModuleGraph, stars: FacetColumn, classes: list[Classes], people: "_Individuals"
    ) -> "Neighbourhood":
        """Adds the classes of tests over neighbours to `classes`.

        First of those that read what is known, then of those that read who reaches a
        star: layer by layer, since who reaches one star may rest on who reaches another.
        """
        from starlang.manifests.graph import without_edges  # noqa: PLC0415 -- the same
        from starlang.rules.model import layers, needs  # noqa: PLC0415 -- the same

        rules, reached = self._rules, dict[str, "Flags"]()
        relations = graph.relations or without_edges(graph.paths)
        near = Neighbourhood(relations, graph.paths, stars, reached)
        gained = [star.id for star in rules.stars if not star.is_default]
        for layer in ((), *layers(needs(rules.rules, rules.nevers, gained))):
            if layer:
                cases = self._cases(classes, len(graph))
                reached.update({star: people.reaching(star, *cases) for star in layer})
            asked = [
                (number, test)
                for number, test in self._relating
                if (test.star in layer if test.standing == "reaching" else not layer)
            ]
            if asked:
                classes.append(near.classes(asked))
        return near

    def _cases(self, classes: list[Classes], count: int) -> tuple[Sequence[int], list[Case]]:
        """The case of each of `count` modules, and the cases."""
        tests = [found.tests for found in classes]
        if len(classes) == 1:
            return classes[0].codes, list(map(self._case, tests[0]))
        rows: Iterable[tuple[int, ...]] = zip(*(found.codes for found in classes), strict=True)
        codes, combinations = numbered(rows if classes else repeat((), count))
        return codes, [self._case(tuple(chain(*map(getitem, tests, row)))) for row in combinations]

    def _classes(self, facet: str, graph: ModuleGraph, stars: FacetColumn) -> Classes:
        if facet in TEXT_FACETS:
            return self._texts(facet).classify(*_texts(facet, graph))
        missing = FacetColumn(((),), bytes(len(graph)))
        column = stars if facet == "star" else graph.columns.get(facet, missing)
        return classify(self._program.tests_of(facet), column)

    def _text_classes(self, facet: str) -> TextClasses:
        masks = [mask.what for mask in self._rules.masks]
        return TextClasses(self._program.tests_of(facet), masks, joined=facet == "text")

    def _find_case(self, tests: tuple[int, ...]) -> Case:
        """The case of modules for which exactly `tests` hold."""
        rules = held = self._program.holding(tests)
        nevers: tuple[int, ...] = ()
        count = self._count
        if held and held[-1] >= count:
            rules = held[: bisect_left(held, count)]
            nevers = tuple([index - count for index in held[len(rules) :]])
        number, scores = self._scorer.scores(rules)
        return Case(rules, nevers, scores, self._kinds[number, nevers])

    def _secondary_allowed(self, graph: ModuleGraph) -> frozenset[str] | None:
        """Ids of the stars that the profile allows beside a primary one, None for all."""
        allowed = graph.profile.secondary_allowed
        if allowed is None:
            return None
        return frozenset(star for label in allowed if (star := self._canon.star(label)))


def _texts(facet: str, graph: ModuleGraph) -> tuple[Iterable[str], Callable[[int], int]]:
    """The texts of a text facet, and where name and path meet in each (-1: nowhere)."""
    if facet == "path":
        return graph.paths, lambda _: -1
    if facet == "name":
        return graph.names, lambda _: -1
    return map(joined, graph.names, graph.paths), lambda module: len(graph.names[module]) or -1


def joined(name: str, path: str) -> str:
    """The facet `text`: name, a space, path; the path alone where there is no name."""
    return f"{name} {path}" if name else path


def _assigned(rules: RuleSet, graph: ModuleGraph) -> dict[int, int]:
    return {
        graph.index[each.path]: number
        for number, each in enumerate(rules.assigns)
        if each.path in graph.index
    }


def _specials(
    rules: RuleSet, graph: ModuleGraph, assigned: dict[int, int]
) -> tuple[Sequence[int], list[_Special]]:
    """What is special about each module, by number, and the specials."""
    special = {
        index: _Special(assigned=rules.assigns[number].star) for index, number in assigned.items()
    }
    for number, never in enumerate(rules.nevers):
        for path in never.unless_paths:
            if (index := graph.index.get(path)) is not None:
                before = special.get(index, _ORDINARY)
                special[index] = before._replace(spared=before.spared | {number})
    codes = array("I", bytes(4 * len(graph)))
    kinds = [_ORDINARY]
    for index, each in special.items():
        codes[index] = len(kinds)
        kinds.append(each)
    return codes, kinds


def _sparing(case: Case, special: _Special) -> Case:
    """`case` without the exceptions that spare the module."""
    if special.spared.isdisjoint(case.nevers):
        return case
    kept = tuple(number for number in case.nevers if number not in special.spared)
    return case._replace(nevers=kept)


class _Individuals(NamedTuple):
    """What sets modules with the same evidence apart: the stars carried, and what is special."""

    judge: Decider
    carried: Sequence[Carried]
    carried_codes: Sequence[int]
    specials: Sequence[_Special]
    special_codes: Sequence[int]

    def reaching(self, star: str, case_codes: Sequence[int], cases: Sequence[Case]) -> "Flags":
        """For each module whether it reaches `star`."""
        codes, keys = numbered(zip(case_codes, self.carried_codes, self.special_codes, strict=True))
        reaches = [
            self.judge.reaches(
                star,
                _sparing(cases[case], self.specials[special]),
                self.carried[stars],
                self.specials[special].assigned,
            )
            for case, stars, special in keys
        ]
        return bytes(map(reaches.__getitem__, codes))
