"""Where labels come from: what follows from words of the path, and what from another facet.

Agreement of rules with the stars that modules carry says little if those stars were made by
the same means: by a program that looked for words in paths. So that is asked first. A list of
words, of which the first that a path has decides, is learnt from all modules but a fifth, and
tried on that fifth; and the same is done with the stars dealt out anew. Stars that people chose
for what modules do are found again far less often. Whatever is learnt is learnt without the
fifth in question *and* without its twins: the same directory often lies under several roots.

The same is asked of every facet that rules read, since a facet that was filled in from the path
is no second source of evidence (`starlang.rules.sources`).

Finding the shortest list is as hard as covering sets, so words are taken greedily: each time the
one that is right for the most modules that are left, where a wrong one costs as much as nine
right ones. Nothing is drawn at random: digests of paths deal out folds and stars.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple

from attrs import frozen

from starlang.engine.evaluate import Evaluation
from starlang.matching.words import cut
from starlang.rules.sources import PATH, joined_sets
from starlang.rules.spelling import FIELD_PREFIX, GRAPH_PREFIX, spelling

STAR = "star"
"""The facet that stands for the stars that manifests carry."""

MADE, CHANCE = Fraction(90, 100), Fraction(30, 100)
"""Labels look made from words if more than the first share is found again, and by chance less
than the second."""

FOLLOWS = Fraction(95, 100)
"""A facet follows from another one if so large a share of it can be told from that."""

_FOLDS = 5
_LONGEST = 60
"""Words of a list; stars that take more are not made from words."""

_FEWEST = 10
"""Modules below which no share means anything."""

_MOST = 5_000
"""Modules that are looked at: of more, those with the smallest digests."""

_WRONG = 9
"""How many modules that a word is right for make up for one that it is wrong for."""


class ListedWord(NamedTuple):
    """A word of a list, what it stands for, and how many modules it decides."""

    word: str
    value: str
    modules: int


@frozen
class WordOrigin:
    """How far the values of `facet` can be told from words of the path.

    `usual` is the value where no word fits: the default star, or the most frequent value. Of
    `modules` looked at, the list of `words` is right for `rebuilt`. Of the `others`, which have
    another value than the usual one, `held_out` are right where they had no part in the list,
    and `shuffled` if values are dealt out anew.
    """

    facet: str
    usual: str
    words: tuple[ListedWord, ...]
    modules: int
    rebuilt: int
    others: int
    held_out: int
    shuffled: int

    @property
    def held_out_share(self) -> Fraction:
        """Of the modules with another value than the usual one, the share found again."""
        return Fraction(self.held_out, self.others)

    @property
    def shuffled_share(self) -> Fraction:
        """The same where there is nothing to find."""
        return Fraction(self.shuffled, self.others)

    @property
    def is_made(self) -> bool:
        """Whether the values look made from words of the path."""
        return self.held_out_share > MADE and self.shuffled_share < CHANCE


@frozen
class Follows:
    """Of `modules` that have both, `right` values of `facet` can be told from those of `other`.

    `example` are the most frequent values of both, and how many modules have them.
    """

    facet: str
    other: str
    modules: int
    right: int
    example: tuple[str, str, int]

    @property
    def share(self) -> Fraction:
        """How much of it can be told."""
        return Fraction(self.right, self.modules)


@frozen
class Origins:
    """Where stars and facets come from; `stars` is None where too few modules carry one.

    `facets` are those that rules read and that look made from words. `same` are sources that
    follow from each other.
    """

    modules: int
    stars: WordOrigin | None
    facets: tuple[WordOrigin, ...]
    follows: tuple[Follows, ...]
    same: tuple[tuple[str, ...], ...]


Column = Sequence[str]
"""The values of a facet in each module that is looked at, joined; "" where it is missing."""


def origins(evaluation: Evaluation) -> Origins:
    """Where the values of the manifests come from."""
    graph, rules = evaluation.graph, evaluation.rules
    modules = _sample(graph.paths)
    columns = _columns(evaluation, modules)
    read = sorted(columns.keys() & {use.name for use in rules.facets})
    paths = _Paths([graph.paths[module] for module in modules])
    found = [paths.origin(name, columns[name], _usual(columns[name])) for name in read]
    made = tuple(each for each in found if each is not None and each.is_made)
    follows = tuple(sorted(_all_follows(columns), key=lambda each: (each.facet, each.other)))
    joined = [(PATH, each.facet) for each in made]
    joined += [(each.other, each.facet) for each in follows if {each.other, each.facet} <= {*read}]
    stars = paths.origin(STAR, columns[STAR], rules.default.id)
    return Origins(len(modules), stars, made, follows, joined_sets(joined))


def _sample(paths: Sequence[str]) -> Sequence[int]:
    if len(paths) <= _MOST:
        return range(len(paths))
    return sorted(sorted(range(len(paths)), key=lambda module: _digest(paths[module]))[:_MOST])


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _columns(evaluation: Evaluation, modules: Sequence[int]) -> dict[str, Column]:
    """The facets with more than one value, and the stars."""
    found: dict[str, Column] = {}
    for name, column in sorted(evaluation.graph.columns.items()):
        if not name.startswith((GRAPH_PREFIX, FIELD_PREFIX)):
            joined = [", ".join(map(spelling, values)) for values in column.values]
            found[name] = [joined[column.codes[module]] for module in modules]
    found[STAR] = [evaluation.carried(module).primary or "" for module in modules]
    return {name: values for name, values in found.items() if len({*values}) > 1 or name == STAR}


def _usual(column: Column) -> str:
    """The most frequent value, of several the first in the alphabet."""
    counts = Counter(column)
    return min(counts, key=lambda value: (-counts[value], value))


# Lists of words, of which the first that a path has decides.


class _Paths:
    """The words of paths, and how paths are dealt out."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._words = [frozenset(word.folded for word in cut(path)) for path in paths]
        # The same directory under another root is a twin.
        twins = [path.partition("/")[2] or path for path in paths]
        self._folds = [_digest(twin)[0] % _FOLDS for twin in twins]
        self._dealt = sorted(range(len(paths)), key=lambda at: _digest(f"dealt {paths[at]}"))

    def origin(self, facet: str, column: Column, usual: str) -> WordOrigin | None:
        """How far `column` can be told from words; None if too few values are unusual."""
        others = sum(value != usual for value in column)
        if others < _FEWEST:
            return None
        every = range(len(column))
        words = self._learnt(column, usual, every)
        shuffled = list(column)
        for place, module in zip(self._dealt, every, strict=True):
            shuffled[place] = column[module]
        return WordOrigin(
            facet,
            usual,
            tuple(words),
            len(column),
            sum(self._told(words, usual, module) == column[module] for module in every),
            others,
            self._held_out(column, usual),
            self._held_out(shuffled, usual),
        )

    def _held_out(self, column: Column, usual: str) -> int:
        """Of the unusual values, those that a list tells which is learnt without their fold."""
        right = 0
        for fold in range(_FOLDS):
            inside = [module for module, each in enumerate(self._folds) if each != fold]
            words = self._learnt(column, usual, inside)
            outside = (module for module, each in enumerate(self._folds) if each == fold)
            asked = (module for module in outside if column[module] != usual)
            right += sum(self._told(words, usual, module) == column[module] for module in asked)
        return right

    def _told(self, words: Sequence[ListedWord], usual: str, module: int) -> str:
        own = self._words[module]
        return next((each.value for each in words if each.word in own), usual)

    def _learnt(self, column: Column, usual: str, modules: Sequence[int]) -> list[ListedWord]:
        having: defaultdict[str, set[int]] = defaultdict(set)
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for module in modules:
            for word in self._words[module]:
                having[word].add(module)
                counts[word][column[module]] += 1
        found: list[ListedWord] = []
        while len(found) < _LONGEST and (best := _best(counts, usual)):
            found.append(best)
            for module in tuple(having[best.word]):
                for word in self._words[module]:
                    having[word].discard(module)
                    counts[word][column[module]] -= 1
        return found


def _best(counts: Mapping[str, Counter[str]], usual: str) -> ListedWord | None:
    """The word that is right most often, as far as it is right often enough."""
    best, most = None, 1  # a word for one module says nothing of others
    for word in sorted(counts):
        values = counts[word]
        modules = values.total()
        if modules <= most:
            continue
        value = max(sorted(values), key=lambda each: values[each])
        gain = values[value] - _WRONG * (modules - values[value])
        if value != usual and gain > most:
            best, most = ListedWord(word, value, modules), gain
    return best


# Facets that follow from each other.

_OBVIOUS = Fraction(80, 100)
"""A facet that has one value so often follows from anything."""


def _all_follows(columns: Mapping[str, Column]) -> Iterator[Follows]:
    for facet, column in columns.items():
        for other, values in columns.items():
            if facet != other:
                pairs = Counter(pair for pair in zip(values, column, strict=True) if all(pair))
                found = _follows(facet, other, pairs)
                if found is not None:
                    yield found


def _follows(facet: str, other: str, pairs: Counter[tuple[str, str]]) -> Follows | None:
    """Whether `facet` follows from `other`; a module is told from the others like it alone."""
    modules = pairs.total()
    if modules < _FEWEST:
        return None
    of_facet: Counter[str] = Counter()
    by_other: defaultdict[str, list[int]] = defaultdict(list)
    for (value, told), count in pairs.items():
        of_facet[told] += count
        by_other[value].append(count)
    right = sum(map(_told_by_others, by_other.values()))
    if max(of_facet.values()) > _OBVIOUS * modules or right < FOLLOWS * modules:
        return None
    example = min(pairs, key=lambda pair: (-pairs[pair], pair))
    return Follows(facet, other, modules, right, (*example, pairs[example]))


def _told_by_others(counts: Sequence[int]) -> int:
    """How many of some modules have the value that most of the others have."""
    first, second = (*sorted(counts, reverse=True), 0)[:2]
    return first if first - 1 > second else 0
