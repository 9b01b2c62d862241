"""RuleSet x ModuleGraph -> Evaluation."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import chain, compress, repeat
from operator import getitem
from typing import NamedTuple

from attrs import evolve, field, frozen

from starlang.collector import collector_paused
from starlang.engine.decisions import (
    Carried,
    Case,
    Decider,
    Decision,
    Scorer,
    StarLabels,
)
from starlang.engine.facts import DerivedColumn, Deriver, held_tests
from starlang.engine.neighbours import (
    Answers,
    Chosen,
    Flags,
    Near,
    Question,
    Surrounding,
    Surroundings,
    answered,
    read_star,
)
from starlang.engine.program import Classes, Numbering, Program, classify, numbered
from starlang.engine.sources import SourceCounter, source_tests
from starlang.engine.texts import TextClasses
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.rules.conditions import Condition, walk
from starlang.rules.derivations import level_of
from starlang.rules.model import RuleSet, conditions_of, layers, needs
from starlang.rules.relations import InCycle, Neighbours
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
    hold. `near` knows the neighbours that counted, where rules ask for any. `derived` are the
    facets that rules make; `graph` has what manifests say.
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
    near: Near | None = None
    derived: Mapping[str, DerivedColumn] = field(factory=dict)

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

    def column(self, facet: str) -> FacetColumn | None:
        """A facet of manifests or of derivations as rules see it; None if no module has it."""
        derived = self.derived.get(facet)
        return self.graph.columns.get(facet) if derived is None else derived.column


# Evaluation.


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


_CASES = 16_384
"""Cases that an evaluator remembers: one that decides a stream must not grow with it."""


class Evaluator:
    """A rule set made ready to decide any number of graphs.

    What a module has around it is not looked up here: `steps` asks, and who has the edges answers.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._count = len(rules.rules)
        self._decisive = self._count + len(rules.nevers)
        self._canon = StarLabels(rules)
        self._program = Program(conditions_of(rules), source_tests(rules))
        self._deriver = Deriver(rules, self._program)
        self._scorer = Scorer(rules)
        self._counter = SourceCounter(rules, self._program)
        self._texts = cache(self._text_classes)
        self._case = lru_cache(_CASES)(self._find_case)
        self._kinds: Numbering[tuple[int, tuple[int, ...], frozenset[str]]] = Numbering()
        self._relating = [
            (number, test)
            for number, test in enumerate(self._program.tests)
            if isinstance(test, Neighbours | InCycle)
        ]
        found_later = {test.facet for _, test in self._relating} | self._deriver.levels.keys()
        self._facets = [facet for facet in self._program.facets if facet not in found_later]
        levels = (*self._deriver.levels.values(), *map(self._level, self._program.wheres))
        self._deepest = max(levels, default=0)

    @collector_paused()
    def evaluate(self, graph: ModuleGraph, *, reassess: bool = False) -> Evaluation:
        """Decides every module of `graph`; with `reassess` as if each carried the default star."""
        surroundings = Surroundings(graph)
        steps = self.steps(graph, reassess=reassess)
        return evolve(answered(steps, surroundings.answer), near=surroundings.near)

    def steps(
        self, graph: ModuleGraph, *, reassess: bool = False
    ) -> Generator[Question, Answers, Evaluation]:
        """The evaluation of `graph`, but for its relations: what is asked of them is yielded.

        Rules decide what is asked and in which order, and modules do not: so of every part of a
        repository the same is asked, and each part can be decided apart.
        """
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
        chosen = Chosen(graph.paths, stars)
        derived = yield from self._find_facts(graph, classes, chosen)
        people = _Individuals(judge, standing, carried_codes, specials, special_codes)
        yield from self._find_reaching(chosen, classes, people)
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
            absent=tuple(
                n for n, each in enumerate(rules.assigns) if graph.number_of(each.path) is None
            ),
            program=self._program,
            texts=texts,
            reassess=reassess,
            derived=derived,
        )

    def _find_facts(
        self, graph: ModuleGraph, classes: list[Classes], chosen: Chosen
    ) -> Generator[Question, Answers, dict[str, DerivedColumn]]:
        """Adds to `classes` those of derived facets, and of neighbours as far as facts tell.

        Level by level: a derivation may read neighbours, and what they must meet be derived.
        """
        found: dict[str, DerivedColumn] = {}
        for level in range(self._deepest + 1):
            derived = dict(self._deriver.derived(level, graph, classes))
            found |= derived
            asked = ((self._program.tests_of(facet), each) for facet, each in derived.items())
            classes += [classify(tests, each.column) for tests, each in asked if tests]
            marked = derived.keys() & self._counter.facets
            classes += [self._counter.classes(derived[facet], facet) for facet in sorted(marked)]
            yield from self._ask_about_facts(level, chosen, classes)
        return found

    def _ask_about_facts(
        self, level: int, chosen: Chosen, classes: list[Classes]
    ) -> Generator[Question, Answers, None]:
        """Adds the classes of tests over neighbours that can be known at `level`."""
        for where, holds in self._program.wheres.items():
            if self._level(where) == level:
                read = frozenset(self._program.numbers[test] for test in walk(where))
                codes, combinations = held_tests(classes, read, len(chosen))
                meets = list(map(holds, combinations))
                chosen.meeting[where] = bytes(map(meets.__getitem__, codes))
        yield from self._ask(
            lambda test: not read_star(test) and self._level(test) == level, chosen, classes
        )

    def _ask(
        self, is_asked: Callable[[Surrounding], bool], chosen: Chosen, classes: list[Classes]
    ) -> Generator[Question, Answers, None]:
        """Asks the tests over neighbours that are meant, and adds what is answered to `classes`."""
        asked = [(number, test) for number, test in self._relating if is_asked(test)]
        if asked:
            numbers, tests = zip(*asked, strict=True)
            answers = yield Question(tests, chosen)
            codes, rows = numbered(zip(*answers, strict=True))
            classes.append(Classes(codes, [tuple(compress(numbers, row)) for row in rows]))

    def _level(self, condition: Condition) -> int:
        """The level at which all is known that `condition` reads, but for who reaches a star."""
        return level_of(condition, self._deriver.levels)

    def _find_reaching(
        self, chosen: Chosen, classes: list[Classes], people: "_Individuals"
    ) -> Generator[Question, Answers, None]:
        """Adds the classes of tests that read who reaches a star to `classes`.

        Layer by layer, since who reaches one star may rest on who reaches another.
        """
        rules = self._rules
        gained = [star.id for star in rules.stars if not star.is_default]
        for layer in layers(needs(rules.rules, rules.nevers, gained)) if self._relating else ():
            cases = self._cases(classes, len(chosen))
            chosen.reached.update({star: people.reaching(star, *cases) for star in layer})
            yield from self._ask(partial(_reads_one_of, layer), chosen, classes)

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
        """The case of modules for which exactly `tests` hold; marks of sources are among them."""
        count = len(self._program.tests)
        rules = held = self._program.holding([number for number in tests if number < count])
        nevers: tuple[int, ...] = ()
        count = self._count
        if held and held[-1] >= count:
            rules = held[: bisect_left(held, count)]
            others = held[len(rules) : bisect_left(held, self._decisive)]
            nevers = tuple([index - count for index in others])
        number, scores = self._scorer.scores(rules)
        lacking = self._counter.lacking(rules, tests)
        return Case(rules, nevers, scores, self._kinds[number, nevers, lacking], lacking)

    def _secondary_allowed(self, graph: ModuleGraph) -> frozenset[str] | None:
        """Ids of the stars that the profile allows beside a primary one, None for all."""
        allowed = graph.profile.secondary_allowed
        if allowed is None:
            return None
        return frozenset(star for label in allowed if (star := self._canon.star(label)))


def _reads_one_of(stars: Collection[str], test: Surrounding) -> bool:
    return read_star(test) in stars


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
        module: number
        for number, each in enumerate(rules.assigns)
        if (module := graph.number_of(each.path)) is not None
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
            if (index := graph.number_of(path)) is not None:
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

    def reaching(self, star: str, case_codes: Sequence[int], cases: Sequence[Case]) -> Flags:
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
