"""The first rule: the evidence that goes best with a star that modules carry now."""

from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import frozen

from starlang.init.canon import EXAMPLE_STAR, Canon, Found
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.waivers import ROOT
from starlang.matching.words import cut
from starlang.rules.spelling import quoted, spelled, value_text
from starlang.syntax.words import RESERVED

_ENOUGH = 3
"""How many modules make more than a coincidence; 2 of a few."""
_FEW = 30

_LONG = 4
"""Shorter words mean too many things."""


@frozen
class FacetEvidence:
    """Modules with `facet` `value` (a word, for `path`): `carrying` of `modules` carry `star`.

    `example` is the path of one that carries it, "" where none does. `is_weighted`: whether
    the profile says what evidence from this facet is worth.
    """

    facet: str
    value: str
    star: str
    carrying: int = 0
    modules: int = 0
    example: str = ""
    is_weighted: bool = True

    @property
    def words(self) -> str:
        """What the rule says, for the person who starts the project."""
        what = f"{self.facet} {self.value} -> {self.star}"
        if not self.modules:
            return f"{what}, an example to be replaced"
        return f"{what}, which {self.carrying:,} of {self.modules:,} such modules carry now"

    @property
    def rank(self) -> tuple[bool, bool, int, str, str, str]:
        """Smaller is better: right nine times in ten, about the role, and often; then by name."""
        is_doubtful = 10 * self.carrying < 9 * self.modules
        lead = 2 * self.carrying - self.modules
        return is_doubtful, not self.is_weighted, -lead, self.facet, self.value, self.star


def first_evidence(graph: ModuleGraph, canon: Canon, taken: Sequence[str]) -> FacetEvidence:
    """The evidence for the first rule, or an example; never facets that lie at one of `taken`."""
    ids = {s: star.id for star in canon.stars for s in map(spelled, (star.label, *star.aliases))}
    carried = [ids.get(spelled(each[0])) if each else None for each in graph.stars]
    if best := _best(graph, carried, canon.default, taken):
        return best
    star = next(_without_default(canon), EXAMPLE_STAR)
    return FacetEvidence("path", star.id.lower(), star.id)


def _without_default(canon: Canon) -> Iterator[Found]:
    return (star for star in canon.stars if star.id != canon.default)


def _best(
    graph: ModuleGraph, carried: Sequence[str | None], default: str, taken: Sequence[str]
) -> FacetEvidence | None:
    """The value or word that speaks most clearly for a star, None if none does.

    Clear: most of its modules carry this one, among those that carry any where many carry none.
    """
    by_value: dict[tuple[str, str], Counter[str]] = {}
    examples: dict[tuple[str, str, str], str] = {}
    facets = _facets(graph, taken)
    for module, star in enumerate(carried):
        for key in _values(graph, module, facets):
            by_value.setdefault(key, Counter())[star or default] += 1
            if star and graph.paths[module] != ROOT:
                examples.setdefault((*key, star), graph.paths[module])
    weighted = graph.profile.default_weights
    enough = _ENOUGH if len(graph) > _FEW else _ENOUGH - 1
    found = [
        FacetEvidence(
            facet,
            value,
            star,
            count,
            counts.total(),
            examples.get((facet, value, star), ""),
            facet in weighted,
        )
        for (facet, value), counts in by_value.items()
        for star, count in counts.items()
        if star != default and count >= enough
    ]
    clear = [each for each in found if 2 * each.carrying > each.modules]
    return min(clear, key=lambda each: each.rank, default=None)


def _facets(graph: ModuleGraph, taken: Sequence[str]) -> tuple[str, ...]:
    """The facets that say something of their own, and not what the star is or its place."""
    return tuple(
        facet.name
        for facet in graph.profile.facets
        if not {"", *taken}.intersection(facet.locations)
    )


def _values(graph: ModuleGraph, module: int, facets: Sequence[str]) -> Iterator[tuple[str, str]]:
    for facet in facets:
        for value in graph.columns[facet].of(module):
            if isinstance(value, str) and value.isprintable() and value:
                yield facet, value
    # A path may have two thousand segments, and no word goes on beyond one.
    segments = dict.fromkeys(graph.paths[module].split("/"))
    long = (each for each in segments if len(each) >= _LONG)
    words = dict.fromkeys(word.folded for each in long for word in cut(each))
    yield from (("path", word) for word in words if len(word) >= _LONG and word.isascii())


def rule_text(evidence: FacetEvidence) -> str:
    """The rule and its test."""
    value = _value(evidence.value)
    test = f"path mentions {value}" if evidence.facet == "path" else f"{evidence.facet} is {value}"
    because = (
        f"{evidence.carrying:,} of {evidence.modules:,} modules with it carry {evidence.star}"
        if evidence.modules
        else "an example: replace it"
    )
    return f"""rule first -> {evidence.star} weight 0.75
  when {test}
  because {quoted(because)}

{_test(evidence, value)}
  expect {evidence.star} at 0.75
"""


def _test(evidence: FacetEvidence, value: str) -> str:
    """The head of the test: about a module of this repository that has the evidence."""
    if not evidence.example:
        return f'test "the first rule promotes"\n  given {evidence.facet} {value}'
    path = quoted(evidence.example)
    name = quoted(f"{evidence.example} is {evidence.star}")
    more = "" if evidence.facet == "path" else f" {evidence.facet} {value}"
    return f"test {name}\n  given path {path}{more}"


def _value(value: str) -> str:
    text = value_text(value)
    return f'"{text}"' if text in RESERVED else text
