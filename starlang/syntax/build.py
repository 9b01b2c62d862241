"""From the parser's tree to the leaves of the syntax tree, and what is wrong with them.

The functions that make conditions and declarations share one `Builder`, which knows the
source and collects diagnostics.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from attrs import define, evolve, field

from starlang.diagnostics.model import Diagnostic, Label, Replacement, at
from starlang.syntax.automaton import Leaf, Tree
from starlang.syntax.nodes import (
    Amount,
    And,
    Before,
    Bound,
    Compare,
    Condition,
    EndsWith,
    Events,
    Facet,
    HasValues,
    In,
    InCycle,
    Is,
    Matches,
    Mentions,
    Name,
    Neighbours,
    Not,
    Number,
    Or,
    Predicate,
    Regex,
    StarTest,
    StartsWith,
    State,
    Text,
    Under,
)
from starlang.syntax.scanner import MAX_FINDINGS, decoded, quoted, wrong_escapes
from starlang.syntax.words import RESERVED
from starlang.text import Source, Span

MAX_DIGITS = 40
"""The longest number, in characters; no weight, threshold or count needs a tenth of it."""

_NAME = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_SPECIAL = re.compile(r"[\\.^$|?*+()\[\]{}/]")
"""What is not itself in a pattern between slashes."""
_VALUE = re.compile(r"\w+(?:-\w+)*\*?")


def tokens(tree: Tree, *types: str) -> list[Leaf]:
    """The tokens directly below `tree`, those of `types` if any are given."""
    found = [child for child in tree.children if isinstance(child, Leaf)]
    return [token for token in found if token.type in types] if types else found


def token(tree: Tree, *types: str) -> Leaf | None:
    """The first of the tokens directly below `tree` with one of `types`."""
    return next(iter(tokens(tree, *types)), None)


def branches(tree: Tree) -> list[Tree]:
    """The trees directly below `tree`."""
    return [child for child in tree.children if isinstance(child, Tree)]


def branch(tree: Tree, rule: str) -> Tree:
    """The first tree directly below `tree` that the grammar calls `rule`."""
    return next(child for child in branches(tree) if child.data == rule)


def span_of(part: Tree | Leaf) -> Span:
    """From the first token to the last; every rule of the grammar but `file` has one."""
    first = last = part
    while isinstance(first, Tree):
        first = first.children[0]
    while isinstance(last, Tree):
        last = last.children[-1]
    return Span(first.start, last.end)


@define
class Builder:
    """The source of a tree, and the diagnostics found while nodes are made of it."""

    source: Source
    diagnostics: list[Diagnostic] = field(factory=list)

    def report(  # noqa: PLR0913 -- the parts of a diagnostic
        self,
        span: Span,
        code: str,
        message: str,
        hint: str,
        others: tuple[Label, ...] = (),
        *,
        choices: Iterable[Replacement] = (),
    ) -> None:
        """Adds a diagnostic about `span`, unless there are plenty."""
        if len(self.diagnostics) > MAX_FINDINGS:
            return
        found = at(self.source, span, code, message, hint=hint, others=others)
        self.diagnostics.append(evolve(found, choices=tuple(choices)))

    def name(self, leaf: Leaf) -> Name:
        """A name, which is ASCII."""
        if not _NAME.fullmatch(leaf):
            message = f"`{leaf}` cannot be a name"
            hint = "a name is a letter or `_`, then letters, digits, `_` and `-`, all ASCII"
            self.report(span_of(leaf), "E113", message, hint)
        return Name(str(leaf), span=span_of(leaf))

    def value(self, leaf: Leaf) -> Text:
        """A string or a bare value."""
        if leaf.type == "STRING":
            return self.string(leaf)
        if leaf.type == "NUMBER":
            self._decimal(leaf, leaf)
        elif not _VALUE.fullmatch(leaf):
            message = f"`{leaf}` is a value only in quotes"
            self.report(span_of(leaf), "E106", message, f"write `{quoted(leaf)}`")
        return Text(str(leaf), quoted=False, span=span_of(leaf))

    def string(self, leaf: Leaf) -> Text:
        """A string; an escape that is unknown is reported."""
        if "\\" in leaf:
            for wrong in wrong_escapes(leaf):
                begin = span_of(leaf).start + wrong.start
                span = Span(begin, begin + len(wrong.text))
                message = f"`{wrong.text}` is not a valid escape"
                hint = r"the escapes are `\"`, `\\`, `\n`, `\t` and `\u{…}`"
                self.report(span, "E103", message, hint)
        return Text(decoded(leaf), quoted=True, span=span_of(leaf))

    def strings(self, tree: Tree) -> tuple[Text, ...]:
        """All strings directly below `tree`."""
        return tuple(self.string(leaf) for leaf in tokens(tree, "STRING"))

    def number(self, leaf: Leaf) -> Number:
        """A number."""
        return Number(self._decimal(leaf, leaf), span=span_of(leaf))

    def amount(self, leaf: Leaf) -> Amount:
        """A number or a percentage."""
        value = self._decimal(leaf, leaf.removesuffix("%"))
        return Amount(value, percent=leaf.type == "PERCENT", span=span_of(leaf))

    def _decimal(self, leaf: Leaf, digits: str) -> Decimal:
        if len(digits) <= MAX_DIGITS:
            return Decimal(digits)
        message = f"the number has {len(digits)} characters, and {MAX_DIGITS} are read"
        self.report(span_of(leaf), "E116", message, "write fewer digits")
        return Decimal(0)

    def regex(self, leaf: Leaf) -> Regex:
        """A pattern; what stands between the slashes stays as written."""
        body = leaf.removesuffix("i")
        return Regex(body[1:-1], ignore_case=body != leaf, span=span_of(leaf))

    def facet(self, tree: Tree) -> Facet:
        """A facet by name, or by JSON pointer."""
        first, *rest = tokens(tree)
        if rest:
            pointer = self.string(rest[0])
            return Facet("field", pointer.text, span=span_of(tree))
        return Facet(self.facet_name(first).text, span=span_of(first))

    def facet_name(self, leaf: Leaf) -> Name:
        """A facet's name; `star` is one too."""
        return Name(str(leaf), span=span_of(leaf)) if leaf in RESERVED else self.name(leaf)

    def clauses(self, trees: Iterable[Tree]) -> dict[str, Tree]:
        """The clauses by name, the first of each; a further one is reported."""
        found: dict[str, Tree] = {}
        for clause in trees:
            rule = "to" if clause.data == "to_star" else str(clause.data)
            if rule in found:
                self._report_second(rule, found[rule], clause)
            else:
                found[rule] = clause
        return found

    def _report_second(self, rule: str, first: Tree, second: Tree) -> None:
        word = str(second.children[0])
        hint = f"keep one `{word}`"
        label = Label(self.source, span_of(first), f"the first `{word}`")
        message, choices = f"`{word}` appears twice", list[Replacement]()
        if rule in {"when", "unless"}:
            hint = f"join the conditions: `{word} A and B` or `{word} A or B`"
            if not self.source.text[span_of(first).end : span_of(second).start].strip():
                place = span_of(tokens(second)[0])
                choices = [Replacement(place, join) for join in ("and", "or")]
        self.report(span_of(second), "E109", message, hint, (label,), choices=choices)

    def missing(self, place: Tree | Leaf, word: str, what: str, hint: str) -> None:
        """Reports that the declaration that starts at `place` has no clause `word`."""
        self.report(span_of(place), "E110", f"{what} has no `{word}`", hint)


# Conditions: what stands after `when` and `unless`.

_OF_STRINGS: dict[str, type[Under] | type[StartsWith] | type[EndsWith]] = {
    "under": Under,
    "starts": StartsWith,
    "ends": EndsWith,
}
"""The tests that ask for a list of strings."""

_STATES = ("MISSING", "PRESENT", "TRUE", "FALSE")


def condition(build: Builder, tree: Tree) -> Condition:
    """The condition that `tree` stands for. Recursive: the depth of nesting is limited."""
    match str(tree.data):
        case "and":
            return And(_parts(build, tree), span=span_of(tree))
        case "or":
            return Or(_parts(build, tree), span=span_of(tree))
        case "not":
            return Not(condition(build, branches(tree)[0]), span=span_of(tree))
        case "group":
            return condition(build, branches(tree)[0])
        case _:
            return _predicate(build, tree)


def _parts(build: Builder, tree: Tree) -> tuple[Condition, ...]:
    return tuple(condition(build, part) for part in branches(tree))


def _predicate(build: Builder, tree: Tree) -> Predicate | Not:
    if tree.data == "neighbours":
        return _neighbours(build, tree)
    if tree.data == "cycle":
        return InCycle(span=span_of(tree))
    if tree.data == "events":
        return Events(
            str(tokens(tree)[0]), _bound(build, tree), build.strings(tree), span=span_of(tree)
        )
    return _facet_test(build, tree)


def _neighbours(build: Builder, tree: Tree) -> Neighbours:
    return Neighbours(
        relation_of(tree),
        _bound(build, tree),
        _standing(build, tree),
        build.strings(tree),
        condition(build, branches(tree)[0]) if token(tree, "WHERE") else None,
        span=span_of(tree),
    )


TWO_WORDS = frozenset({"USED", "DEPENDS", "NEEDED"})
"""The first words of relations that two words name."""


def relation_of(tree: Tree) -> str:
    """The relation that `tree` begins with, in its words."""
    first, *others = tokens(tree)
    return f"{first} {others[0]}" if first.type in TWO_WORDS else str(first)


def _bound(build: Builder, tree: Tree) -> Bound | None:
    number = token(tree, "NUMBER")
    if number is None:
        return None
    at, *_ = tokens(tree, "AT")
    at_least = token(tree, "LEAST") is not None
    return Bound(at_least, build.number(number), span=Span(span_of(at).start, span_of(number).end))


def _standing(build: Builder, tree: Tree) -> StarTest | None:
    word, star = token(tree, "CURRENTLY", "REACHING"), token(tree, "STAR_NAME")
    if word is None or star is None:
        return None
    span = Span(span_of(word).start, span_of(star).end)
    return StarTest(str(word), build.name(star), span=span)


def _facet_test(  # noqa: PLR0911 -- a dispatcher, one return a rule of the grammar
    build: Builder, tree: Tree
) -> Predicate | Not:
    facet = build.facet(branch(tree, "facet"))
    negated = token(tree, "NOT") is not None
    span = span_of(tree)
    match str(tree.data):
        case "is":
            return _is(build, tree, facet, negated=negated)
        case "in":
            values = tuple(build.value(leaf) for leaf in tokens(tree, "VALUE", "STRING"))
            only = token(tree, "ONLY") is not None
            return In(facet, values, negated=negated, only=only, span=span)
        case "mentions":
            needles = tuple(build.value(leaf) for leaf in tokens(tree, "NEEDLE", "STRING"))
            return Mentions(facet, needles, negated=negated, span=span)
        case "matches":
            pattern, *rest = (build.regex(leaf) for leaf in tokens(tree, "REGEX"))
            ignoring = rest[0] if rest else None
            return Matches(facet, pattern, ignoring, negated=negated, span=span)
        case "under" | "starts" | "ends" as rule:
            return _OF_STRINGS[rule](facet, build.strings(tree), negated=negated, span=span)
        case "before":
            return Before(facet, build.strings(tree)[-1], negated=negated, span=span)
        case _:
            count = _count(build, tree, facet, span)
            return Not(count, span=span) if negated else count


def _is(build: Builder, tree: Tree, facet: Facet, *, negated: bool) -> Is | State:
    leaf = tokens(tree)[-1]
    if leaf.type in _STATES:
        return State(facet, str(leaf), negated=negated, span=span_of(tree))
    value = build.value(leaf)
    if "*" in value.text:
        first = span_of(tokens(tree)[0]).start
        _warn_of_star(build, leaf, value.text, Span(first, span_of(leaf).end), negated=negated)
    return Is(facet, value, negated=negated, span=span_of(tree))


def _warn_of_star(build: Builder, leaf: Leaf, value: str, test: Span, *, negated: bool) -> None:
    message = "`*` stands for itself after `is`"
    hint = "use `mentions`, `starts with` or `under`; a pattern finds a `*` itself: `matches /\\*/`"
    bare, not_ = value.removesuffix("*"), "not " if negated else ""
    literal = _SPECIAL.sub(r"\\\g<0>", value)
    words = [f"matches /^{literal}$/"]
    if bare and "*" not in bare:
        words = [f"starts with {quoted(bare)}", *words]
    if bare.isascii() and bare.isalnum():
        words = [f"mentions {bare}*", *words]
    choices = [Replacement(test, f"{not_}{each}") for each in words]
    build.report(span_of(leaf), "W102", message, hint, choices=choices)


def _count(build: Builder, tree: Tree, facet: Facet, span: Span) -> Compare | HasValues:
    number = build.number(tokens(tree, "NUMBER")[0])
    at_least = token(tree, "LEAST") is not None
    if tree.data == "has":
        return HasValues(facet, at_least, number, span=span)
    return Compare(facet, at_least, number, span=span)
