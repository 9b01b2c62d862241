"""How much text patterns may look at: values that are too long, and work that is too much.

RE2 takes linear time in a text, whatever the pattern. But the factor is the size of the pattern's
program where its automaton meets no state twice, as that of `a[ab]{900}c` over random letters: a
megabyte takes ten seconds, and twenty such rules several minutes. A manifest of a stranger may
have such a value, and a rule of a stranger such a count. So before anything is decided:

- A value with more than `MAX_VALUE` characters is not looked at. Its module is left out of the
  plan with an error; nothing is cut, since the rest might have held what counts.
- Patterns that count far (`{900}`) have a budget of work per plan, which grows with the number of
  modules: for each text its characters times what the automaton can keep apart, which is the size
  of the program, but at most the characters again. Where the budget does not suffice, the modules
  that would take the most are left out, the first by path of those that take the same: so the same
  input has the same answer.

Other patterns have no budget: their automaton has few states, and one step a character.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.facets import texts_in
from starlang.manifests.graph import ModuleGraph
from starlang.matching.patterns import Pattern, counted_size
from starlang.rules.conditions import Condition, walk_all
from starlang.rules.model import RuleSet
from starlang.rules.spelling import TEXT_FACETS, Scalar, facet_text
from starlang.rules.text_predicates import Matches, Mentions
from starlang.text import counted
from starlang.texts.pointers import pointer_to

MAX_VALUE = 10_000
"""Most characters of a value that patterns look at."""

WORK = 20_000_000
"""What patterns that count may take per plan: two values of 10,000 characters and a count of 900.

A unit takes up to 20 ns, and a plan looks at a text several times.
"""

WORK_PER_MODULE = 200_000
"""How much more that is for each module: a path of 100 characters under 20 such patterns."""


class _Pattern(NamedTuple):
    """A pattern, what it belongs to, and the size of its program if it counts far, else 0."""

    owner: str
    pattern: Pattern
    size: int


Looking = Mapping[str, Sequence[_Pattern]]
"""The patterns by the facet that they look at; facets without any are left out."""


class LeftOut(NamedTuple):
    """A finding about each module that cannot be decided within the budget."""

    by_module: Mapping[int, Diagnostic]

    @property
    def modules(self) -> frozenset[int]:
        return frozenset(self.by_module)

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        return tuple(self.by_module.values())


def over_budget(rules: RuleSet, graph: ModuleGraph) -> LeftOut:
    """The modules of `graph` whose values are too much for the patterns of `rules`."""
    looking = _looking(rules)
    found = dict(_too_long(looking, graph))
    found |= _too_much(looking, graph, found)
    return LeftOut(found)


def _looking(rules: RuleSet) -> Looking:
    found: dict[str, dict[_Pattern, None]] = {}
    for owner, condition in _owned(rules):
        for test in walk_all(condition):
            if isinstance(test, Mentions):
                found.setdefault(test.facet, {})
            elif isinstance(test, Matches):
                patterns = found.setdefault(test.facet, {})
                for each in filter(None, (test.pattern, test.ignoring)):
                    patterns[_Pattern(owner, each, counted_size(each))] = None
    masks = [each.what for each in rules.masks if isinstance(each.what, Pattern)]
    for facet in found.keys() & TEXT_FACETS:
        found[facet] |= {_Pattern("a mask", each, counted_size(each)): None for each in masks}
    return {facet: tuple(found[facet]) for facet in sorted(found)}


def _owned(rules: RuleSet) -> Iterator[tuple[str, Condition]]:
    """Each condition, and what it belongs to, as a message names it."""
    yield from ((f"rule `{each.name}`", each.condition) for each in rules.rules)
    yield from ((f"`derive {each.facet}`", each.condition) for each in rules.derivations)
    yield from ((f"forbid `{each.name}`", each.condition) for each in rules.forbids)
    yield from (("a `never promote`", each.condition) for each in rules.nevers)


def _built_in(graph: ModuleGraph, facet: str) -> tuple[Sequence[str], ...]:
    """The texts of all modules that a text facet consists of; none for other facets."""
    of = {"path": (graph.paths,), "name": (graph.names,), "text": (graph.names, graph.paths)}
    return of.get(facet, ())


def _length(graph: ModuleGraph, facet: str, module: int) -> int:
    """How many characters patterns over `facet` look at in a module."""
    if facet in TEXT_FACETS:
        return sum(len(texts[module]) for texts in _built_in(graph, facet))
    column = graph.columns.get(facet)
    return sum(len(each) for each in column.of(module) if isinstance(each, str)) if column else 0


def _too_long(looking: Looking, graph: ModuleGraph) -> Iterator[tuple[int, Diagnostic]]:
    for facet in looking:
        for module, length in _long_values(graph, facet):
            message = (
                f"{graph.paths[module]} is left out: its {facet_text(facet)} has {length:,} "
                f"characters, and rules look for words and patterns in {MAX_VALUE:,} at most"
            )
            hint = "shorten the value, or keep it where no rule looks for words or patterns"
            yield module, _finding(graph, module, facet, "E580", message, hint)


def _long_values(graph: ModuleGraph, facet: str) -> Iterator[tuple[int, int]]:
    """(module, characters) of each value that is too long; mostly there is none."""
    for texts in _built_in(graph, facet):
        if max(map(len, texts), default=0) > MAX_VALUE:
            yield from ((n, len(text)) for n, text in enumerate(texts) if len(text) > MAX_VALUE)
    column = None if facet in TEXT_FACETS else graph.columns.get(facet)
    if column is None:
        return
    lengths = [max(map(_size, values), default=0) for values in column.values]
    if max(lengths, default=0) > MAX_VALUE:
        found = ((module, lengths[code]) for module, code in enumerate(column.codes))
        yield from ((module, length) for module, length in found if length > MAX_VALUE)


def _size(value: Scalar) -> int:
    return len(value) if isinstance(value, str) else 0


def _too_much(
    looking: Looking, graph: ModuleGraph, known: Mapping[int, Diagnostic]
) -> dict[int, Diagnostic]:
    """The modules that take the most, until the others are within the budget."""
    counting = {
        facet: patterns
        for facet, every in looking.items()
        if (patterns := [each for each in every if each.size])
    }
    if not counting:
        return {}
    modules = (module for module in range(len(graph)) if module not in known)
    work = {module: _work(counting, graph, module) for module in modules}
    left = WORK + WORK_PER_MODULE * len(graph) - sum(work.values())
    found: dict[int, Diagnostic] = {}
    for module in sorted(work, key=lambda each: (-work[each], each)):
        if left >= 0:
            break
        left += work[module]
        found[module] = _much(graph, module, counting)
    return found


def _work(counting: Looking, graph: ModuleGraph, module: int) -> int:
    """What the patterns that count take for one module at worst."""
    lengths = {facet: _length(graph, facet, module) for facet in counting}
    return sum(
        lengths[facet] * min(lengths[facet], each.size)
        for facet, patterns in counting.items()
        for each in patterns
    )


def _much(graph: ModuleGraph, module: int, counting: Looking) -> Diagnostic:
    """The finding about a module that would take too much, with the costliest pattern in it."""
    facet = max(counting, key=lambda each: _length(graph, each, module))
    worst = max(counting[facet], key=lambda each: each.size)
    others = sum(map(len, counting.values())) - 1
    more = f", and of {counted(others, 'other pattern')} that count" if others else ""
    message = (
        f"{graph.paths[module]} is left out: the search for {worst.pattern} of {worst.owner} in "
        f"its {facet_text(facet)}{more} takes more work than a plan may"
    )
    hint = "count less far in the pattern (`{1,20}` instead of `{1,900}`), or use `+` or `*`"
    return _finding(graph, module, facet, "E581", message, hint)


def _pointer(graph: ModuleGraph, module: int, facet: str) -> str:
    """Where the longest text of the facet is in the manifest, "" if it is not known."""
    source = graph.profile.source(facet)
    if source is None or not graph.documents:
        return ""
    found = list(texts_in(graph.documents[module], source))
    return pointer_to(max(found, key=lambda each: len(each[2]))[1]) if found else ""


def _finding(  # noqa: PLR0913, PLR0917 -- the parts of a diagnostic
    graph: ModuleGraph, module: int, facet: str, code: str, message: str, hint: str
) -> Diagnostic:
    file = graph.files[module] if graph.files else graph.paths[module]
    pointer = _pointer(graph, module, facet)
    return Diagnostic(code=code, message=message, file=file, hint=hint, pointer=pointer)
