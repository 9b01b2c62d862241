"""Warnings about answers that may differ from the old tools', each with an example."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, reduce
from itertools import chain, combinations, product
from operator import add

from attrs import define, frozen

from starlang.legacy.evidence import amount
from starlang.legacy.old_file import (
    PROMOTE,
    SUGGEST,
    ListKind,
    OldDocument,
    OldEntry,
    OldFile,
)
from starlang.legacy.python_patterns import (
    Tree,
    asks_for_words,
    found,
    replaced,
    samples,
    sees_gaps,
)
from starlang.legacy.stars import Resolved
from starlang.legacy.translating import Mask, Test, Translated
from starlang.matching.patterns import Finder, Pattern
from starlang.matching.sight import blank
from starlang.rules.model import Combine
from starlang.text import shown_value

# Old and new answers about one text, side by side.
#
# Old: exclusions replaced one after the other, then the pattern with its look-arounds. New:
# all masks and `ignoring` found in the original text, their union blanked, then the pattern.

_FEW, _SOME = 2, 4
"""How many samples of a pattern are combined with others."""

_SLOWER = 20
"""How much longer our own matcher takes than RE2, about."""

_finder = cache(Finder)


@define
class Budget:
    """How often a pattern may still be asked about a text."""

    left: int

    def spend(self, texts: Iterable[str], patterns: int) -> Iterator[str]:
        """The texts, each of which `patterns` are asked about, as long as there is enough left."""
        for text in texts:
            if self.left <= 0:
                return
            self.left -= patterns
            yield text


def old_text(masks: Sequence[Mask], text: str) -> str:
    """`text` as the generator saw it: one exclusion after the other replaced by a space."""
    for mask in masks:
        # Where both agree, RE2 is faster.
        agree = text.isascii() and mask.tree.getwidth()[0] > 0
        text = _replaced(mask.matches, text) if agree else replaced(mask.tree, text)
    return text


def _replaced(pattern: Pattern, text: str) -> str:
    parts: list[str] = []
    kept = 0
    for start, end in _finder(pattern).spans(text):
        parts += [text[kept:start], " "]
        kept = end
    return "".join(parts) + text[kept:]


def new_text(patterns: Iterable[Pattern], text: str) -> str:
    """`text` as a rule sees it: all that the patterns find in it blanked at once."""
    return blank(text, [span for each in patterns for span in _finder(each).spans(text)]).text


def old_answer(pattern: Translated, masks: Sequence[Mask], text: str) -> bool:
    """Whether the old pattern was found in `text`."""
    left = old_text(masks, text)
    return any(_was_found(test, left) for test in pattern.tests)


def _was_found(test: Test, text: str) -> bool:
    has_looks = test.clause.old is not test.clause.core
    if text.isascii() and not has_looks:
        return _finder(test.matches).found_in(text)
    return found(test.clause.old, text)


def new_answer(pattern: Translated, masks: Sequence[Mask], text: str) -> bool:
    """Whether one of the tests that stand for it holds for `text`."""
    hidden = [span for mask in masks for span in _finder(mask.matches).spans(text)]
    for test in pattern.tests:
        ignored = list(_finder(test.ignoring).spans(text)) if test.ignoring else []
        if _finder(test.matches).found_in(blank(text, [*hidden, *ignored]).text):
            return True
    return False


def where_masks_differ(pair: Sequence[Mask], budget: Budget, *, spaces_count: bool) -> str | None:
    """A text that two exclusions (or one, twice) leave differently from their masks do.

    Unless `spaces_count`, texts that differ only in the length of a gap are alike.
    """
    hidden = [mask.matches for mask in pair]
    words, others = samples(pair[0].tree), samples(pair[-1].tree)
    for text in budget.spend(combined(words, others), len(pair)):
        old, new = old_text(pair, text), new_text(hidden, text)
        if old != new and (spaces_count or old.split() != new.split()):
            return text
    return None


def where_tests_differ(pattern: Translated, masks: Sequence[Mask], budget: Budget) -> str | None:
    """A text to which a pattern with look-arounds answers differently from its tests do."""
    words = [
        text
        for test in pattern.tests
        if test.ignoring is not None
        for node in (test.clause.core, *test.clause.ignored)
        for text in samples(node, _SOME)
    ]
    others = [text for mask in masks for text in samples(mask.tree, _FEW)]
    patterns = len(masks) + _cost(pattern)
    for text in budget.spend(combined(words, [*words, *others]), patterns):
        if old_answer(pattern, masks, text) is not new_answer(pattern, masks, text):
            return text
    return None


def _cost(pattern: Translated) -> int:
    """How many questions to RE2 one question to the tests of `pattern` is worth, about."""
    slow = sum(test.clause.old is not test.clause.core for test in pattern.tests)
    return len(pattern.tests) + slow * _SLOWER


def where_alphabets_differ(tree: Tree, pattern: Pattern) -> str | None:
    r"""A text with a letter beyond ASCII, to which `\b`, `\w` and `\d` make answers differ."""
    for sample in samples(tree, _SOME) if asks_for_words(tree) else ():
        for text in (f"é{sample}", f"{sample}é", sample.replace("_", "é").replace(" ", "é")):
            if replaced(tree, text) != new_text([pattern], text):
                return text
    return None


def where_roots_differ(pattern: Translated, root: str, budget: Budget) -> str | None:
    """A path in which a pattern is found only with `root` in front of it."""
    for path in budget.spend(_paths(pattern), _cost(pattern)):
        if old_answer(pattern, (), root + path) is not new_answer(pattern, (), path):
            return path
    return None


def _paths(pattern: Translated) -> Iterator[str]:
    """Paths in which a pattern could be found."""
    for test in pattern.tests:
        for sample in ("x", *samples(test.clause.core, _SOME)):
            yield f"{sample.lstrip('/')}x" if sample.endswith("/") else sample.lstrip("/")


# Two texts in one.

SEPARATORS = ("", " ", "/", "_", "-", ".")
"""What may be between two words of a name or a path."""


def joined(first: str, second: str) -> Iterator[str]:
    """The two texts side by side, run together, and one inside the other, in all ways."""
    both = ((first, second), (second, first))
    for one, other in both:
        for separator in SEPARATORS:
            yield f"{one}{separator}{other}"
    for one, other in both:
        for length in range(1, min(len(one), len(other))):
            if one.endswith(other[:length]):
                yield one + other[length:]
    for one, other in both:
        for at in range(1, len(one)):
            yield f"{one[:at]}{other}{one[at:]}"
            if one[at] == " ":
                yield f"{one[:at]}{other}{one[at + 1 :]}"


def combined(words: Iterable[str], others: Sequence[str]) -> Iterator[str]:
    """Every word with every other one, joined in all ways; each text once."""
    texts = (
        text for word in words for text in chain([word], *(joined(word, other) for other in others))
    )
    seen: set[str] = set()
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


# Where the old sums and ties come out otherwise: binary floats, and who scored first.
#
# The generator added weights as floats, in the order path, capability, node, owner, and of
# equal stars took the one that a list named first for that module. Here sums are exact and
# one order of stars holds for all modules. Whether that can differ is found by trying all
# small sets of evidence: a few entries of each list for each star.

ADDED = (ListKind.RULES, ListKind.CAPABILITIES, ListKind.NODES, ListKind.OWNERS)
"""The lists that the generator read, in its order. Of nodes a module had but one."""

_MOST = {ListKind.RULES: 2, ListKind.CAPABILITIES: 2, ListKind.NODES: 1, ListKind.OWNERS: 2}
"""How many entries of each list are tried together."""


Placed = tuple[int, OldEntry]
"""An entry that holds, and its place among all entries."""


@frozen
class Sum:
    """Some evidence for one star, in the order of its places."""

    rows: tuple[Placed, ...]
    exact: Decimal
    binary: float

    @property
    def has_node(self) -> bool:
        return any(entry.kind is ListKind.NODES for _, entry in self.rows)

    def __str__(self) -> str:
        return " and ".join(f"`{entry.value}`" for _, entry in self.rows)


def sums(
    evidence: Sequence[Placed], weights: Mapping[ListKind, Decimal], *, late: bool
) -> Iterator[Sum]:
    """For each number of entries of each list one sum, of the first or of the last entries."""
    lists = [[row for row in evidence if row[1].kind is kind] for kind in ADDED]
    counts = (
        range(min(len(rows), _MOST[kind]) + 1) for kind, rows in zip(ADDED, lists, strict=True)
    )
    for taken in product(*counts):
        rows = tuple(
            row
            for count, each in zip(taken, lists, strict=True)
            for row in (each[len(each) - count :] if late else each[:count])
        )
        if rows:
            amounts = [weights[entry.kind] for _, entry in rows]
            yield Sum(rows, sum(amounts, Decimal(0)), reduce(add, map(float, amounts), 0.0))


def reversed_tie(
    ahead: Sequence[Placed], behind: Sequence[Placed], weights: Mapping[ListKind, Decimal]
) -> tuple[Sum, Sum] | None:
    """A tie of two stars that the generator gave to the second, though `order` has it behind.

    A module had one node, so both stars have evidence of a node only if it is the same.
    """
    for node in (None, *sorted(_nodes(ahead) & _nodes(behind))):
        by_exact: dict[Decimal, list[Sum]] = {}
        for each in sums(_in_node(behind, node), weights, late=False):
            by_exact.setdefault(each.exact, []).append(each)
        for one in sums(_in_node(ahead, node), weights, late=True):
            for other in by_exact.get(one.exact, ()):
                is_other_node = node is None and one.has_node and other.has_node
                was_ahead = (-other.binary, other.rows[0][0]) < (-one.binary, one.rows[0][0])
                if was_ahead and not is_other_node:
                    return one, other
    return None


def _nodes(evidence: Sequence[Placed]) -> set[str]:
    return {entry.value for _, entry in evidence if entry.kind is ListKind.NODES}


def _in_node(evidence: Sequence[Placed], node: str | None) -> Sequence[Placed]:
    """What can hold in `node`; all of it where that is None."""
    if node is None:
        return evidence
    return [row for row in evidence if row[1].kind is not ListKind.NODES or row[1].value == node]


def missed_threshold(
    evidence: Sequence[Placed], weights: Mapping[ListKind, Decimal], threshold: Decimal
) -> Sum | None:
    """A sum that reaches `threshold` as a decimal and not as a float, or the other way round."""
    for each in sums(evidence, weights, late=False):
        if (each.exact >= threshold) is not (each.binary >= float(threshold)):
            return each
    return None


MAX_QUESTIONS = 400_000
"""How often a pattern is asked about a text at most: some seconds."""

ROOT = "manifests/"
"""What every path began with when the suggester looked at it."""


def compare(  # noqa: PLR0913, PLR0917 -- what was imported, and what it became
    old: OldFile,
    document: OldDocument,
    resolved: Resolved,
    masks: Sequence[Mask],
    translated: Sequence[Translated],
    combine: Combine,
) -> bool:
    """Reports what may differ from the answers of the old tool; whether all was compared."""
    budget = Budget(MAX_QUESTIONS)
    compared = Differences(old, document, resolved.ids, budget)
    on_paths = [each for each in translated if each.entry.kind is ListKind.RULES]
    compared.of_look_arounds(masks, on_paths)
    compared.of_look_arounds((), [e for e in translated if e.entry.kind is not ListKind.RULES])
    compared.of_masks(masks, on_paths)
    compared.of_alphabets(masks, translated)
    if combine is Combine.SUM:
        compared.of_unread([ListKind.PACKAGES], "generator")
        compared.of_sums(resolved.order)
    else:
        compared.of_unread([ListKind.OWNERS, ListKind.PACKAGES], "suggester")
        compared.of_weights()
        compared.of_roots(on_paths)
    return budget.left > 0


@frozen
class Differences:
    """Compares old and new answers and reports warnings. `stars` maps labels to ids."""

    old: OldFile
    document: OldDocument
    stars: Mapping[str, str]
    budget: Budget

    def of_masks(self, masks: Sequence[Mask], rules: Sequence[Translated]) -> None:
        """W901, once an exclusion: one that leaves another text than its mask."""
        spaces_count = any(sees_gaps(rule.tree) for rule in rules)
        for number, mask in enumerate(masks):
            for other in masks[: number + 1]:
                pair = (mask,) if other is mask else (other, mask)
                text = where_masks_differ(pair, self.budget, spaces_count=spaces_count)
                if text is not None:
                    self.report_masks(pair, text)
                    break

    def report_masks(self, pair: Sequence[Mask], text: str) -> None:
        left, now = old_text(pair, text), new_text([mask.matches for mask in pair], text)
        message = (
            f"{_named(pair)}, one after the other, left {shown_value(left)} of"
            f" {shown_value(text)}; masks are "
            f"found in the original text and leave {shown_value(now)}"
        )
        hint = "change one of the masks if such names occur"
        self.document.report(pair[-1].exclusion.steps, "W901", message, hint=hint)

    def of_look_arounds(self, masks: Sequence[Mask], rules: Sequence[Translated]) -> None:
        """W902: rules whose `ignoring` hides more or less than the look-around excluded."""
        for rule in rules:
            text = where_tests_differ(rule, masks, self.budget)
            if text is not None:
                steps = (*rule.entry.steps, rule.entry.kind.key)
                was = old_answer(rule, masks, text)
                message = (
                    f"with `ignoring` this pattern is {'not ' if was else ''}found in "
                    f"{shown_value(text)}, with its look-around it was{'' if was else ' not'}"
                )
                hint = "add a mask or a further test to the rule if such names occur"
                self.document.report(steps, "W902", message, hint=hint)

    def of_alphabets(self, masks: Sequence[Mask], rules: Sequence[Translated]) -> None:
        r"""W903, once: patterns with `\b`, `\w` or `\d`, which know ASCII only here."""
        differing = [
            (steps, text)
            for steps, texts in (
                *(((*r.entry.steps, r.entry.kind.key), _foreign(r)) for r in rules),
                *((m.exclusion.steps, [where_alphabets_differ(m.tree, m.matches)]) for m in masks),
            )
            for text in [next(filter(None, texts), None)]
            if text is not None
        ]
        if not differing:
            return
        steps, text = differing[0]
        count = (
            "this pattern" if len(differing) == 1 else f"{len(differing)} patterns, this one first"
        )
        message = (
            rf"{count}: `\b`, `\w` and `\d` know only ASCII here, so answers to texts like "
            f"{shown_value(text)} differ"
        )
        hint = "nothing needs to be done where names and paths are ASCII"
        self.document.report(steps, "W903", message, hint=hint)

    def of_sums(self, order: Sequence[str]) -> None:
        """W904: ties that the generator gave to another star, sums that floats missed."""
        by_star: dict[str, list[Placed]] = {star: [] for star in order}
        entries = (entry for kind in ADDED for entry in self.old.of(kind))
        for row in enumerate(entries):
            by_star[self.stars[row[1].star]].append(row)
        weights = self.old.weights
        ties = [
            (ahead, behind, *tie)
            for ahead, behind in combinations(order, 2)
            if (tie := reversed_tie(by_star[ahead], by_star[behind], weights))
        ]
        if ties:
            self.report_ties(ties)
        for key, threshold in ((SUGGEST, self.old.suggest), (PROMOTE, self.old.promote)):
            found = (missed_threshold(rows, weights, threshold) for rows in by_star.values())
            if missed := next(filter(None, found), None):
                message = (
                    f"{missed} give exactly {amount(missed.exact)}, and the old binary floats "
                    f"gave {missed.binary!r}: on the other side of `{key}`"
                )
                hint = "move the threshold if the old answer was the right one"
                self.document.report(("confidence", key), "W904", message, hint=hint)

    def report_ties(self, ties: Sequence[tuple[str, str, Sum, Sum]]) -> None:
        (ahead, behind, one, other), *more = ties
        message = (
            f"{one} and {other} give {amount(one.exact)} for one star each; the "
            f"generator took `{behind}`, and here `order` shows `{ahead}`"
        )
        if more:
            message += f" (the same with {', '.join(f'{a} and {b}' for a, b, *_ in more)})"
        hint = "nothing is promoted on a tie; change `order` if another star should be shown"
        self.document.report((one.rows[-1][1].kind.section,), "W904", message, hint=hint)

    def of_unread(self, kinds: Sequence[ListKind], tool: str) -> None:
        """W905: evidence that the old tool never looked at."""
        for kind in kinds:
            if self.old.of(kind):
                message = (
                    f"the {tool} never read `{kind.section}`; here each entry is evidence of "
                    f"{amount(self.old.weights[kind])}"
                )
                hint = f"remove {kind.rule_file} and its `use` to let them go on counting nothing"
                self.document.report((kind.section,), "W905", message, hint=hint)

    def of_weights(self) -> None:
        """W905: weights that the suggester did not take from the file."""
        for kind in (ListKind.RULES, ListKind.CAPABILITIES, ListKind.NODES):
            own, usual = self.old.weights[kind], kind.usual
            if own != usual and self.old.of(kind):
                message = (
                    f"the suggester took {amount(usual)} whatever the file says; here it is "
                    f"{amount(own)}"
                )
                hint = f"write {amount(usual)} if the suggester's answers are wanted"
                self.document.report(("weights", kind.weight), "W905", message, hint=hint)

    def of_roots(self, rules: Sequence[Translated]) -> None:
        """W907: patterns that the suggester found, or not, because of the manifests root."""
        for rule in rules:
            text = where_roots_differ(rule, ROOT, self.budget)
            if text is not None:
                below = old_answer(rule, (), ROOT + text)
                message = (
                    f"the suggester looked at paths with `{ROOT}` in front, and did "
                    f"{'' if below else 'not '}find this pattern in {shown_value(ROOT + text)};"
                    " here the "
                    f"path is {shown_value(text)}, and it is {'not ' if below else ''}found"
                )
                hint = "change the pattern if the old answer was the right one"
                steps = (*rule.entry.steps, rule.entry.kind.key)
                self.document.report(steps, "W907", message, hint=hint)


def _foreign(rule: Translated) -> Iterator[str | None]:
    return (where_alphabets_differ(test.clause.core, test.matches) for test in rule.tests)


def _named(masks: Sequence[Mask]) -> str:
    patterns = " and ".join(f"`{mask.exclusion.pattern}`" for mask in masks)
    return f"the exclusions {patterns}" if len(masks) > 1 else f"the exclusion {patterns}"
