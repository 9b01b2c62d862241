"""RuleSet x ModuleGraph -> Evaluation."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from attrs import evolve, frozen

from starlang.engine.canon import Canon
from starlang.engine.classes import Classes, numbered
from starlang.engine.decisions import Carried, Case, Decision, Judge
from starlang.engine.evaluation import Evaluation
from starlang.engine.program import Program
from starlang.engine.scores import scores
from starlang.engine.texts import TextClasses
from starlang.engine.values import classify
from starlang.manifests.graph import Column, ModuleGraph
from starlang.rulesets.conditions import TEXT_FACETS
from starlang.rulesets.model import RuleSet


@frozen
class _Special:
    """What sets a module apart by its own path: an assignment, or exceptions that spare it."""

    assigned: str | None = None
    spared: frozenset[int] = frozenset()


_ORDINARY = _Special()


def evaluate(rules: RuleSet, graph: ModuleGraph, *, reassess: bool = False) -> Evaluation:
    """Decides every module of `graph`; with `reassess` as if each carried the default star.

    A facet of the rules that the graph has no column for is missing in every module.
    """
    canon = Canon(rules)
    carried_codes, labels = numbered(graph.stars)
    star_column = Column(tuple(map(canon.values, labels)), carried_codes)
    case_codes, cases = _cases(rules, graph, star_column)
    carried = [canon.carried(each) for each in labels]
    assigned = _assigned(rules, graph)
    keys = zip(case_codes, carried_codes, _specials(rules, graph, assigned), strict=False)
    decision_codes, decision_keys = numbered(keys)
    judge = _judge(rules, graph)
    as_if = Carried(rules.default.id)
    return Evaluation(
        rules=rules,
        graph=graph,
        cases=cases,
        case_codes=case_codes,
        decisions=[
            _decide(judge, cases[case], as_if if reassess else carried[labels], special)
            for case, labels, special in decision_keys
        ],
        decision_codes=decision_codes,
        carried_kinds=carried,
        carried_codes=carried_codes,
        assigned=assigned,
        absent=tuple(n for n, each in enumerate(rules.assigns) if each.path not in graph.index),
        reassess=reassess,
    )


def _cases(rules: RuleSet, graph: ModuleGraph, stars: Column) -> tuple[Sequence[int], list[Case]]:
    """The case of each module, and the cases."""
    program = Program([*(r.condition for r in rules.rules), *(n.condition for n in rules.nevers)])
    classes = [_classes(facet, program, rules, graph, stars) for facet in program.facets]
    rows: Iterable[tuple[int, ...]] = zip(*(found.codes for found in classes), strict=True)
    codes, combinations = numbered(rows if classes else repeat((), len(graph)))
    rank = ranks(rules)
    return codes, [_case(rules, program, classes, rank, row) for row in combinations]


def _classes(
    facet: str, program: Program, rules: RuleSet, graph: ModuleGraph, stars: Column
) -> Classes:
    tests = program.tests_of(facet)
    if facet in TEXT_FACETS:
        masks = [mask.what for mask in rules.masks]
        texts = TextClasses(tests, masks, joined=facet == "text")
        return texts.classify(*_texts(facet, graph))
    if facet == "star":
        return classify(tests, stars)
    missing = Column(((),), bytes(len(graph)))
    return classify(tests, graph.columns.get(facet, missing))


def _texts(facet: str, graph: ModuleGraph) -> tuple[Iterable[str], Iterator[int]]:
    """The texts of a text facet, and where name and path meet in each (-1: nowhere)."""
    if facet == "path":
        return graph.paths, repeat(-1, len(graph))
    if facet == "name":
        return graph.names, repeat(-1, len(graph))
    joins = (len(name) if name else -1 for name in graph.names)
    return map(joined, graph.names, graph.paths), joins


def joined(name: str, path: str) -> str:
    """The facet `text`: name, a space, path; the path alone where there is no name."""
    return f"{name} {path}" if name else path


def ranks(rules: RuleSet) -> dict[str, int]:
    """Star id -> place among equals: the stars in `order` first, then the others by id."""
    others = sorted(star.id for star in rules.stars if star.id not in rules.order)
    return {star: place for place, star in enumerate((*rules.order, *others))}


def _case(
    rules: RuleSet,
    program: Program,
    classes: Sequence[Classes],
    rank: dict[str, int],
    row: tuple[int, ...],
) -> Case:
    tests = [test for found, code in zip(classes, row, strict=True) for test in found.tests[code]]
    held = program.holding(tests)
    count = len(rules.rules)
    held_rules = tuple(index for index in held if index < count)
    nevers = tuple(index - count for index in held if index >= count)
    speaking = (rules.rules[index] for index in held_rules)
    return Case(held_rules, nevers, scores(speaking, rules.confidence, rank))


def _assigned(rules: RuleSet, graph: ModuleGraph) -> dict[int, int]:
    return {
        graph.index[each.path]: number
        for number, each in enumerate(rules.assigns)
        if each.path in graph.index
    }


def _specials(rules: RuleSet, graph: ModuleGraph, assigned: dict[int, int]) -> Iterable[_Special]:
    special = {
        index: _Special(assigned=rules.assigns[number].star) for index, number in assigned.items()
    }
    for number, never in enumerate(rules.nevers):
        for path in never.unless_paths:
            if (index := graph.index.get(path)) is not None:
                before = special.get(index, _ORDINARY)
                special[index] = evolve(before, spared=before.spared | {number})
    if not special:
        return repeat(_ORDINARY)
    return (special.get(index, _ORDINARY) for index in range(len(graph)))


def _judge(rules: RuleSet, graph: ModuleGraph) -> Judge:
    allowed = graph.profile.stars.secondary_allowed
    if allowed is None:
        return Judge(rules, None)
    canon = Canon(rules)
    return Judge(rules, frozenset(star for label in allowed if (star := canon.star(label))))


def _decide(judge: Judge, case: Case, carried: Carried, special: _Special) -> Decision:
    if not special.spared.isdisjoint(case.nevers):
        kept = tuple(number for number in case.nevers if number not in special.spared)
        case = evolve(case, nevers=kept)
    return judge.decide(case, carried, special.assigned)
