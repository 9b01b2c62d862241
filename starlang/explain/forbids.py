"""What must never be: which modules are as a `forbid` says that none may be, and why.

A forbid decides nothing, so the engine does not know it when it decides. It is asked of the same
engine as an exception that bars nothing: masks, relations and stars mean there what they mean in
rules, and what made it hold is found as for an explanation.

A statement is about one tree: `star` and `currently` are what its manifests carry. So a plan asks
twice, of the tree as it is and of the tree that it would leave behind (`starlang.plan.make`).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, at_place
from starlang.engine.evaluate import Evaluation, evaluate
from starlang.explain.explain import MatchFinder
from starlang.explain.model import Match
from starlang.explain.words import match_text
from starlang.manifests.facets import entries_in
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import DEPENDENCIES, Place
from starlang.manifests.survey import ManifestPlaces, field_source
from starlang.manifests.waivers import BROKEN
from starlang.matching.globs import covers
from starlang.rules.conditions import Condition, condition_text, walk_all
from starlang.rules.derivations import Names
from starlang.rules.model import Forbid, Never, RuleSet
from starlang.rules.relations import Neighbours
from starlang.rules.spelling import FIELD_PREFIX, GRAPH_PREFIX, Scalar, quoted, spelling
from starlang.rules.text_predicates import Under
from starlang.text import did_you_mean
from starlang.texts.pointers import Step

WOULD_BREAK = "E431"
"""A plan would make a module so."""


class Violation(NamedTuple):
    """A module that breaks a forbid: its number and path, and what made the condition hold."""

    forbid: Forbid
    module: int
    path: str
    matches: tuple[Match, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others of the same tree, and is the same in another one."""
        return (self.forbid.name, self.path)


class Asked(NamedTuple):
    """All forbids of `rules`, asked of all modules of `graph`.

    `violations` are sorted by forbid, then by path; `spared` are the modules that would be among
    them but for an `except`, each as the name of the forbid and the path.
    """

    rules: RuleSet
    graph: ModuleGraph
    violations: tuple[Violation, ...] = ()
    spared: frozenset[tuple[str, str]] = frozenset()


def ask(rules: RuleSet, graph: ModuleGraph) -> Asked:
    """Asks all forbids of `rules`; without any, `graph` is not looked at."""
    if not rules.forbids:
        return Asked(rules, graph)
    return asked_of(evaluate(as_exceptions(rules), graph))


def as_exceptions(rules: RuleSet) -> RuleSet:
    """A rule set that decides nothing, and has an exception for each forbid of `rules`."""
    nevers = tuple(Never((), each.condition) for each in rules.forbids)
    return evolve(rules, rules=(), assigns=(), nevers=nevers)


def asked_of(evaluation: Evaluation) -> Asked:
    """What an evaluation by the rule set of `as_exceptions` says."""
    rules, graph = evaluation.rules, evaluation.graph
    finder = MatchFinder(evaluation)
    searches = [finder.search(each.condition) for each in rules.forbids]
    found: list[list[Violation]] = [[] for _ in rules.forbids]
    spared: set[tuple[str, str]] = set()
    excepted = [
        {graph.number_of(path): path for path in forbid.unless_paths} for forbid in rules.forbids
    ]
    for module in range(len(graph)):
        for number in evaluation.case(module).nevers:
            forbid = rules.forbids[number]
            if module in excepted[number]:
                spared.add((forbid.name, excepted[number][module]))
            else:
                matches = searches[number](module) or ()
                found[number].append(Violation(forbid, module, graph.paths[module], matches))
    return Asked(rules, graph, tuple(chain.from_iterable(found)), frozenset(spared))


def findings(
    found: Iterable[Violation], graph: ModuleGraph, places: ManifestPlaces, code: str = BROKEN
) -> Iterator[Diagnostic]:
    """A finding for each of `found`, at the place of the fact in the manifest."""
    verb, when = ("would break", " after this plan") if code == WOULD_BREAK else ("breaks", "")
    for each in found:
        name, why = each.forbid.name, each.forbid.because
        place = f"; {each.forbid.at}" if each.forbid.at else ""
        message = f"{each.path} {verb} `{name}`{when} ({why}{place}): {_made(each)}"
        hint = "change what makes it hold, or write `except` in the forbid"
        if code == BROKEN:
            hint += f"; for now, a `[[baseline]]` entry with `forbid = {quoted(name)}` accepts it"
        steps = _place_of(each, graph)
        made_of = places.finding(each.module, steps, code, message, hint=hint)
        yield evolve(made_of, forbid=name)


def places_of(graph: ModuleGraph) -> ManifestPlaces:
    """The manifests of `graph` where their texts are not at hand."""
    return ManifestPlaces(graph.files or graph.paths, lambda _: None)


def _made(each: Violation) -> str:
    """What made the forbid hold, in words. That it is about this path is said already."""
    told = [m for m in each.matches if m.facet != "path" or m.text != m.value] or each.matches
    return "; ".join(map(match_text, told)) or condition_text(each.forbid.condition)


def _place_of(each: Violation, graph: ModuleGraph) -> Sequence[Step]:
    """Where the manifest says the first fact that it says at all; () if that is nowhere."""
    if not graph.documents:
        return ()
    for match in each.matches:
        is_edge = match.facet in {"uses", "depends on", "in a cycle"}
        for steps, value in said(DEPENDENCIES if is_edge else match.facet, each.module, graph):
            if value in _spellings(match, graph):
                return steps
    return ()


def said(facet: str, module: int, graph: ModuleGraph) -> Iterator[tuple[tuple[Step, ...], str]]:
    """The values of a facet as the manifest of `module` says them, with their places."""
    place: Place | None = graph.profile.source(facet)
    place = place or graph.profile.source(GRAPH_PREFIX + facet)
    if facet.startswith(FIELD_PREFIX):
        place = field_source(facet.removeprefix(FIELD_PREFIX))
    for _, steps, value in entries_in(graph.documents[module], place) if place else ():
        if isinstance(value, Scalar):
            yield steps, spelling(value)


def _spellings(match: Match, graph: ModuleGraph) -> tuple[str, ...]:
    """How a manifest may write what matched: a module by path, by name, or with dots."""
    value = match.through[0] if match.through else match.value
    number = graph.index.get(value)
    if number is None:
        return (value,)
    return tuple(filter(None, (value, graph.names[number], value.replace("/", "."))))


# What is probably a mistake in forbids, compared with all modules.


def doubts(asked: Asked) -> Iterator[Diagnostic]:
    """W440 for paths in a forbid that no module has, W441 for exceptions that spare nothing."""
    rules, graph = asked.rules, asked.graph
    if not rules.forbids or not graph.paths:
        return
    filled = [facet.name for facet in graph.profile.facets]
    names = Names(rules.derivations, filled)
    known = {*graph.paths, *(up for path in graph.paths for up in _above(path))}
    for forbid in rules.forbids:
        for glob in sorted(set(_globs(names.expanded(forbid.condition)))):
            if not any(covers(glob, path) for path in graph.paths):
                yield _no_module(forbid, glob, known)
        for path in forbid.unless_paths:
            if graph.number_of(path) is None:
                yield _no_module(forbid, path, graph.paths)
            elif (forbid.name, path) not in asked.spared:
                message = f"forbid `{forbid.name}` excepts `{path}`, which does not break it"
                yield at_place(forbid.at, "W441", message, hint="remove it from `except`")


def _no_module(forbid: Forbid, path: str, known: Iterable[str]) -> Diagnostic:
    message = f"forbid `{forbid.name}` names `{path}`, and no module lies there"
    hint = did_you_mean(path, known) or "correct the path, or remove it"
    return at_place(forbid.at, "W440", message, hint=hint)


def _globs(condition: Condition) -> Iterator[str]:
    for test in walk_all(condition):
        if isinstance(test, Neighbours) or (isinstance(test, Under) and test.facet == "path"):
            yield from test.globs


def _above(path: str) -> Iterator[str]:
    """The directories above `path`."""
    parts = path.split("/")
    return ("/".join(parts[:size]) for size in range(1, len(parts)))
