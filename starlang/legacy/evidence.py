"""The evidence of the old file in the words of the language: rules and tables, each with a name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from attrs import define, field, frozen

from starlang.legacy.old_file import ListKind, OldDocument, OldEntry, OldFile
from starlang.legacy.python_patterns import escaped, tells_ends
from starlang.legacy.stars import unused
from starlang.legacy.translating import Mask, Test, Translated
from starlang.matching.patterns import Pattern
from starlang.rules.model import Combine
from starlang.syntax.words import KEYWORDS
from starlang.text import shown

# Texts, values and lists of the language; the formatter lays out the rest.

WIDTH = 100
"""Columns of a line, as the formatter counts them."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_JOINER = "\u200d"
_CELLS_WIDTH = 72


def quoted(text: str, *, joiner: bool = False) -> str:
    """`text` in quotes; `joiner` tells that U+200D may be there as it is."""
    return f'"{"".join(c if joiner and c == _JOINER else _seen(c) for c in text)}"'


def _seen(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):X}}}"


def value(text: str, *, joiner: bool = False) -> str:
    """`text` as a value: bare where it is a word, no keyword and no number."""
    is_word = text.isascii() and text.replace("-", "_").isidentifier() and text.strip("-") == text
    return text if is_word and text not in KEYWORDS else quoted(text, joiner=joiner)


def packed(items: Iterable[str], separator: str, width: int) -> Iterator[str]:
    """The items, joined by `separator`, on lines of up to `width` columns."""
    line = ""
    for item in items:
        longer = f"{line}{separator}{item}" if line else item
        if line and len(longer) > width:
            yield line
            line = item
        else:
            line = longer
    if line:
        yield line


def amount(number: Decimal) -> str:
    """A decimal in as few places as say it, at least two."""
    whole, _, places = f"{number:f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


# The entries of the old lists.

_APART = ("path", "name")
Facets = tuple[str, ...]


@frozen
class ImportedList:
    """What one list becomes: rules (each as lines), or the lines of a table.

    `repeated` are rules for entries that are in the list twice. `source` is what all entries
    name as their source.
    """

    kind: ListKind
    rules: Sequence[Sequence[str]] = ()
    cells: Sequence[str] = ()
    repeated: Sequence[str] = ()
    source: str = ""


@define
class EvidenceGatherer:
    """Makes the evidence of one rule set. `stars` maps labels to ids, `names` are taken."""

    old: OldFile
    combine: Combine
    stars: Mapping[str, str]
    document: OldDocument
    names: set[str] = field(factory=set)

    def evidence(self, translated: Sequence[Translated]) -> Iterator[ImportedList]:
        """The lists that have entries, in the order of the generator."""
        for kind in ListKind:
            if kind.is_pattern:
                made = self.rules(kind, [each for each in translated if each.entry.kind is kind])
            else:
                made = self.cells(kind, self.old.of(kind))
            if made.rules or made.cells:
                yield made

    def masks(self, masks: Sequence[Mask]) -> tuple[Mask, ...]:
        """Each mask once."""
        once: dict[Pattern, Mask] = {}
        for mask in masks:
            if once.setdefault(mask.matches, mask) is not mask:
                message = (
                    f"`{mask.exclusion.pattern}` appears twice in `exclusions`: once is enough"
                )
                hint = "remove one of them"
                self.document.report(mask.exclusion.steps, "W906", message, hint=hint)
        return tuple(once.values())

    def rules(self, kind: ListKind, translated: Sequence[Translated]) -> ImportedList:
        sources = {each.entry.source for each in translated}
        source = sources.pop() if len(sources) == 1 else ""
        return ImportedList(
            kind, [list(self.rule(each, is_alone=not source)) for each in translated], source=source
        )

    def rule(self, translated: Translated, *, is_alone: bool) -> Iterator[str]:
        """A rule, with its source in a comment where `is_alone`."""
        entry = translated.entry
        tests: dict[Facets, list[Test]] = {}
        for test in translated.tests:
            tests.setdefault(self.facets(entry.kind, test), []).append(test)
        is_one_kind = len({facet for facets in tests for facet in facets}) == 1
        weight = "" if is_one_kind else f" weight {amount(self.old.weights[entry.kind])}"
        if is_alone and entry.source:
            yield f"# source: {shown(entry.source)}"
        yield f"rule {self.name(entry)} -> {self.stars[entry.star]}{weight} when"
        for number, line in enumerate(self.lines(translated.tests, entry.kind)):
            yield f"{' or ' if number else ''}{line}"

    def lines(self, tests: Sequence[Test], kind: ListKind) -> Iterator[str]:
        """The tests; plain ones over the same facets together, where the first of them is."""
        plain: dict[Facets, list[str]] = {}
        for test in tests:
            if test.ignoring is None:
                plain.setdefault(self.facets(kind, test), []).append(test.matches.regex)
        for test in tests:
            facets = self.facets(kind, test)
            alternatives = plain.pop(facets, ()) if test.ignoring is None else ()
            for facet in facets:
                if test.ignoring is not None:
                    ignoring = f"ignoring /{test.ignoring.regex}/i"
                    yield f"{facet} matches /{test.matches.regex}/i {ignoring}"
                room = WIDTH - len(f"  when {facet} matches //i")
                for pattern in packed(alternatives, "|", room):
                    yield f"{facet} matches /{pattern}/i"

    def facets(self, kind: ListKind, test: Test) -> Facets:
        """What a test reads.

        The suggester read name and path apart. That is the same as `text`, but for patterns
        that can tell where the one ends and the other begins.
        """
        parts = (test.clause.core, *test.clause.ignored)
        is_apart = kind is ListKind.RULES and self.combine is Combine.MAX
        return _APART if is_apart and any(map(tells_ends, parts)) else (kind.facet,)

    def name(self, entry: OldEntry) -> str:
        """`flow-path`, `watch-owner-2`; it is taken from now on."""
        suffix = "path" if entry.kind is ListKind.RULES else entry.kind.facet
        name = unused(f"{self.stars[entry.star].lower()}-{suffix}", self.names)
        self.names.add(name)
        return name

    def cells(self, kind: ListKind, entries: Sequence[OldEntry]) -> ImportedList:
        """A table with the cells of each star together, in the order in which they occur."""
        seen: set[tuple[str, str]] = set()
        cells: dict[str, list[str]] = {}
        repeated: list[str] = []
        for entry in self.kept(entries):
            star, text = self.stars[entry.star], self.cell(entry.value)
            again = (text.lower() if self.combine is Combine.SUM else text, star)
            if again in seen:
                self.warn(entry, "the generator counted it twice, and so does a rule of its own")
                verb = "matches" if text.startswith("/") else "is"
                rule = f"rule {self.name(entry)} -> {star} when {kind.facet} {verb} {text}"
                repeated.append(rule)
            else:
                seen.add(again)
                cells.setdefault(star, []).append(text)
        lines = [
            f"{line} -> {star}"
            for star, texts in cells.items()
            for line in packed(texts, ", ", _CELLS_WIDTH)
        ]
        return ImportedList(kind, cells=lines, repeated=repeated)

    def cell(self, text: str) -> str:
        """A value in a table: a pattern where it must match without regard to case."""
        ignore_case = self.combine is Combine.SUM
        if "*" not in text and not (ignore_case and text != text.lower()):
            return value(text)
        return f"/^{escaped(text)}$/{'i' * ignore_case}"

    def kept(self, entries: Sequence[OldEntry]) -> Sequence[OldEntry]:
        """All entries; for the suggester the last one of each value, as it knew no other."""
        if self.combine is Combine.SUM:
            return entries
        last = {entry.value: entry for entry in entries}
        for entry in entries:
            if last[entry.value] is not entry:
                self.warn(entry, "the suggester knew the last entry only, and this one is left out")
        return [entry for entry in entries if last[entry.value] is entry]

    def warn(self, entry: OldEntry, what: str) -> None:
        message = f"`{entry.value}` appears twice in `{entry.kind.section}`: {what}"
        hint = "remove one of the entries, unless both are meant"
        self.document.report(entry.steps, "W906", message, hint=hint)
