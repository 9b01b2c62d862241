"""The evidence of the old file in the words of the language: rules and tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from textwrap import wrap

from attrs import define, field, frozen

from starlang.legacy.matching import sees_gaps
from starlang.legacy.old_file import ListKind, OldEntry, OldFile, Shapes
from starlang.legacy.python_patterns import Assertion, InTurn, Literal, Node, walk, written
from starlang.legacy.stars import unused
from starlang.legacy.translating import Mask, Test, Translated
from starlang.matching.patterns import Pattern
from starlang.rules.model import Combine
from starlang.syntax.words import KEYWORDS

# Texts, values, lists and comments of the language; the formatter lays out the rest.

WIDTH = 100
"""Columns of a line, as the formatter counts them."""

_COMMENT_WIDTH = 98
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_JOINER = "\u200d"


def string(text: str, *, joiner: bool = False) -> str:
    """`text` in quotes; `joiner` tells that U+200D may stand there as it is."""
    return f'"{"".join(c if joiner and c == _JOINER else _seen(c) for c in text)}"'


def _seen(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):X}}}"


def value(text: str, *, joiner: bool = False) -> str:
    """`text` as a value: bare where it is a word, no keyword and no number."""
    is_word = text.isascii() and text.replace("-", "_").isidentifier() and text.strip("-") == text
    return text if is_word and text not in KEYWORDS else string(text, joiner=joiner)


def comment(*paragraphs: str) -> str:
    """The paragraphs as comment lines, an empty one between them."""
    blocks = [wrap(_on_one_line(each), _COMMENT_WIDTH) for each in paragraphs if each]
    return "\n#\n".join("\n".join(f"# {line}" for line in block) for block in blocks)


def _on_one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def listed(items: Iterable[str]) -> str:
    """The items, separated by commas, each on its own line: no line may be too long to be read."""
    return ",\n".join(items)


def rows(items: Iterable[str], width: int) -> Iterator[str]:
    """The items, separated by commas, on lines of up to `width` columns."""
    line = ""
    for item in items:
        longer = f"{line}, {item}" if line else item
        if line and len(longer) > width:
            yield line
            line = item
        else:
            line = longer
    if line:
        yield line


def block(head: str, lines: Iterable[str]) -> str:
    """`head { … }`, a line each."""
    inside = "".join(f"  {line}\n" for line in lines)
    return f"{head} {{\n{inside}}}"


FACETS = {
    ListKind.RULES: "text",
    ListKind.CAPABILITIES: "capability",
    ListKind.NODES: "node",
    ListKind.OWNERS: "owner",
    ListKind.PACKAGES: "package",
}
"""What rules of each list read."""

LISTS = {
    ListKind.RULES: ("paths.star", "Words in names and paths, from `rules` of {name}."),
    ListKind.CAPABILITIES: (
        "capabilities.star",
        "What a module says it can do, from `capability_overrides` of {name}.",
    ),
    ListKind.NODES: (
        "nodes.star",
        "Where a module works in the pipeline, from `node_overrides` of {name}.",
    ),
    ListKind.OWNERS: ("owners.star", "Who keeps a module, from `owner_priors` of {name}."),
    ListKind.PACKAGES: (
        "packages.star",
        "Which packages a module is made with, from `dependency_hints` of {name}.",
    ),
}
"""File and first sentence of each list."""

_SUFFIXES = FACETS | {ListKind.RULES: "path"}
_CELLS_WIDTH = 72


@frozen
class NewRule:
    """A `rule`: it holds where one of the tests holds over one of the facets.

    `tests` are (facets, test) pairs. `weight` is "" where the default one is right.
    """

    name: str
    star: str
    tests: tuple[tuple[tuple[str, ...], Test], ...]
    weight: str = ""
    remark: str = ""


@frozen
class NewCell:
    """A cell of a table: a value, or a pattern where a value must match without regard to case."""

    text: str
    star: str


@frozen
class ImportedList:
    """What one list becomes: rules, or the cells of a table and rules for repeated ones.

    `repeated` are (name, cell) pairs. `source` is what all entries name as their source.
    """

    kind: ListKind
    rules: tuple[NewRule, ...] = ()
    cells: tuple[NewCell, ...] = ()
    repeated: tuple[tuple[str, NewCell], ...] = ()
    source: str = ""


def rule_name(star: str, kind: ListKind, taken: set[str]) -> str:
    """`flow-path`, `watch-owner-2`; it is taken from now on."""
    name = unused(f"{star.lower()}-{_SUFFIXES[kind]}", taken)
    taken.add(name)
    return name


def cell(text: str, *, ignore_case: bool) -> str:
    """How a value stands in a table, or in the test of a rule after `is` or `matches`."""
    as_pattern = "*" in text or (ignore_case and text != text.lower())
    if not as_pattern:
        return value(text)
    whole = written(InTurn(tuple(map(Literal, text))))
    return f"/^{whole}$/{'i' if ignore_case else ''}"


def table(facet: str, cells: Sequence[NewCell]) -> str:
    """A table with the cells of each star together, in the order in which stars first occur."""
    by_star: dict[str, list[str]] = {}
    for each in cells:
        by_star.setdefault(each.star, []).append(each.text)
    lines = [
        f"{line} -> {star}" for star, texts in by_star.items() for line in rows(texts, _CELLS_WIDTH)
    ]
    return block(f"table {facet}", lines)


def cell_rule(name: str, star: str, facet: str, text: str) -> str:
    """A rule that says the same as a cell, for an entry that stands twice."""
    verb = "matches" if text.startswith("/") else "is"
    return f"rule {name} -> {star} when {facet} {verb} {text}"


def rule(new: NewRule) -> str:
    """A rule, with its source in a comment where it has one of its own."""
    head = f"rule {new.name} -> {new.star}{f' weight {new.weight}' if new.weight else ''}"
    tests = [line for facets, test in _gathered(new) for line in _lines(facets, test)]
    remark = f"# source: {new.remark}\n" if new.remark else ""
    condition = "\n or ".join(tests)
    return f"{remark}{head} when {condition}"


def _gathered(new: NewRule) -> Iterator[tuple[tuple[str, ...], Test | list[str]]]:
    """The plain tests over the same facets together, where the first of them stood."""
    plain: dict[tuple[str, ...], list[str]] = {}
    for facets, test in new.tests:
        if test.ignoring is None:
            plain.setdefault(facets, []).append(test.matches.regex)
    told: set[tuple[str, ...]] = set()
    for facets, test in new.tests:
        if test.ignoring is not None:
            yield facets, test
        elif facets not in told:
            told.add(facets)
            yield facets, plain[facets]


def _lines(facets: tuple[str, ...], test: Test | list[str]) -> Iterator[str]:
    for facet in facets:
        if isinstance(test, list):
            room = WIDTH - len(f"  when {facet} matches //i")
            for alternatives in _packed(test, room):
                yield f"{facet} matches /{alternatives}/i"
        else:
            yield f"{facet} matches {_slashed(test.matches)} ignoring {_slashed(test.ignoring)}"


def _packed(alternatives: Sequence[str], room: int) -> Iterator[str]:
    """The alternatives joined by `|`, as many as there is room for."""
    line = ""
    for each in alternatives:
        longer = f"{line}|{each}" if line else each
        if line and len(longer) > room:
            yield line
            line = each
        else:
            line = longer
    yield line


def _slashed(pattern: Pattern | None) -> str:
    return f"/{pattern.regex}/i" if pattern is not None else ""


def amount(number: Decimal) -> str:
    """A decimal in as few places as say it, at least two."""
    text = f"{number:f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


# The entries of the old lists as rules and cells, each with a name of its own.

_FACETS = {
    ListKind.RULES: ("text",),
    ListKind.OWNERS: ("owner",),
    ListKind.PACKAGES: ("package",),
}
_APART = ("path", "name")


@define
class EvidenceGatherer:
    """Makes the evidence of one rule set. `stars` maps labels to ids, `names` are taken."""

    old: OldFile
    combine: Combine
    stars: Mapping[str, str]
    shapes: Shapes
    names: set[str] = field(factory=set)

    def evidence(self, translated: Sequence[Translated]) -> Iterator[ImportedList]:
        """The lists that have entries, in the order of the generator."""
        for kind in ListKind:
            if kind.is_pattern:
                rules = [each for each in translated if each.entry.kind is kind]
                made = self.rules(kind, rules)
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
                self.shapes.report(mask.exclusion.steps, "W906", message, hint=hint)
        return tuple(once.values())

    def rules(self, kind: ListKind, translated: Sequence[Translated]) -> ImportedList:
        sources = {each.entry.source for each in translated}
        source = sources.pop() if len(sources) == 1 else ""
        rules = [self.rule(each, remark="" if source else each.entry.source) for each in translated]
        return ImportedList(kind, rules=tuple(rules), source=source)

    def rule(self, translated: Translated, *, remark: str) -> NewRule:
        entry = translated.entry
        star = self.stars[entry.star]
        tests = tuple((self.facets(entry.kind, test), test) for test in translated.tests)
        is_one_kind = len({facet for facets, _ in tests for facet in facets}) == 1
        return NewRule(
            rule_name(star, entry.kind, self.names),
            star,
            tests,
            weight="" if is_one_kind else amount(self.old.weights[entry.kind]),
            remark=remark,
        )

    def facets(self, kind: ListKind, test: Test) -> tuple[str, ...]:
        """What a test reads.

        The suggester read name and path apart. That is the same as `text`, but for patterns
        that can tell where the one ends and the other begins.
        """
        parts = (test.clause.core, *test.clause.ignored)
        if kind is ListKind.RULES and self.combine is Combine.MAX and any(map(_tells_ends, parts)):
            return _APART
        return _FACETS[kind]

    def cells(self, kind: ListKind, entries: Sequence[OldEntry]) -> ImportedList:
        ignore_case = self.combine is Combine.SUM
        kept = self.kept(entries)
        seen: set[NewCell] = set()
        cells: list[NewCell] = []
        repeated: list[tuple[str, NewCell]] = []
        for entry in kept:
            text = cell(entry.value, ignore_case=ignore_case)
            made = NewCell(text, self.stars[entry.star])
            again = NewCell(text.lower() if ignore_case else text, made.star)
            if again in seen:
                self.warn(entry, "the generator counted it twice, and so does a rule of its own")
                repeated.append((rule_name(made.star, kind, self.names), made))
            else:
                seen.add(again)
                cells.append(made)
        return ImportedList(kind, cells=tuple(cells), repeated=tuple(repeated))

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
        message = f"`{entry.value}` appears twice in `{entry.kind.value}`: {what}"
        hint = "remove one of the entries, unless both are meant"
        self.shapes.report(entry.steps, "W906", message, hint=hint)


def _tells_ends(node: Node) -> bool:
    """Whether the text around it, or a space inside, can matter to a pattern."""
    edges = {"^", "$", r"\A", r"\Z"}
    has_end = any(isinstance(each, Assertion) and each.text in edges for each in walk(node))
    return has_end or sees_gaps(node)
