"""The entries of the old lists as rules and cells, each with a name of its own."""

from collections.abc import Iterator, Mapping, Sequence

from attrs import define, field

from starlang.legacy.comparing import sees_gaps
from starlang.legacy.evidence import NewCell, NewRule, cell, rule_name
from starlang.legacy.files import Evidence, amount
from starlang.legacy.nodes import Edge, Node, walk
from starlang.legacy.old_file import Entry, Kind, OldFile
from starlang.legacy.shapes import Shapes
from starlang.legacy.translating import Mask, Test, Translated
from starlang.matching.patterns import Pattern
from starlang.rulesets.model import Combine

_FACETS = {
    Kind.RULES: ("text",),
    Kind.OWNERS: ("owner",),
    Kind.PACKAGES: ("package",),
}
_APART = ("path", "name")


@define
class Gatherer:
    """Makes the evidence of one rule set. `stars` maps labels to ids, `names` are taken."""

    old: OldFile
    combine: Combine
    stars: Mapping[str, str]
    shapes: Shapes
    names: set[str] = field(factory=set)

    def evidence(self, translated: Sequence[Translated]) -> Iterator[Evidence]:
        """The lists that have entries, in the order of the generator."""
        for kind in Kind:
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
                message = f"`{mask.exclusion.pattern}` stands twice in `exclusions`: once is enough"
                hint = "remove one of them"
                self.shapes.report(mask.exclusion.steps, "W906", message, hint=hint)
        return tuple(once.values())

    def rules(self, kind: Kind, translated: Sequence[Translated]) -> Evidence:
        sources = {each.entry.source for each in translated}
        source = sources.pop() if len(sources) == 1 else ""
        rules = [self.rule(each, remark="" if source else each.entry.source) for each in translated]
        return Evidence(kind, rules=tuple(rules), source=source)

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

    def facets(self, kind: Kind, test: Test) -> tuple[str, ...]:
        """What a test reads.

        The suggester read name and path apart. That is the same as `text`, but for patterns
        that can tell where the one ends and the other begins.
        """
        parts = (test.clause.core, *test.clause.ignored)
        if kind is Kind.RULES and self.combine is Combine.MAX and any(map(_tells_ends, parts)):
            return _APART
        return _FACETS[kind]

    def cells(self, kind: Kind, entries: Sequence[Entry]) -> Evidence:
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
        return Evidence(kind, cells=tuple(cells), repeated=tuple(repeated))

    def kept(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """All entries; for the suggester the last one of each value, as it knew no other."""
        if self.combine is Combine.SUM:
            return entries
        last = {entry.value: entry for entry in entries}
        for entry in entries:
            if last[entry.value] is not entry:
                self.warn(entry, "the suggester knew the last entry only, and this one is left out")
        return [entry for entry in entries if last[entry.value] is entry]

    def warn(self, entry: Entry, what: str) -> None:
        message = f"`{entry.value}` stands twice in `{entry.kind.value}`: {what}"
        hint = "remove one of the entries, unless both are meant"
        self.shapes.report(entry.steps, "W906", message, hint=hint)


def _tells_ends(node: Node) -> bool:
    """Whether the text around it, or a space inside, can matter to a pattern."""
    edges = {"^", "$", r"\A", r"\Z"}
    has_end = any(isinstance(each, Edge) and each.text in edges for each in walk(node))
    return has_end or sees_gaps(node)
