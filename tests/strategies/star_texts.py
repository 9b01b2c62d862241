"""Texts of syntax trees: each way to say them that the language knows, by chance."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import assert_never

from starlang.syntax.nodes import (
    Amount,
    And,
    AssignDecl,
    Before,
    Bound,
    BreachSetting,
    CeilingsDecl,
    Cell,
    CombineSetting,
    Compare,
    Condition,
    ConfidenceDecl,
    Declaration,
    DefaultFloor,
    DeriveDecl,
    EndsWith,
    Events,
    Expect,
    Facet,
    ForbidDecl,
    Given,
    GivenModules,
    HasValues,
    In,
    InCycle,
    Is,
    MaskDecl,
    Matches,
    Mentions,
    Name,
    Neighbours,
    NeverDecl,
    Not,
    Number,
    Or,
    Order,
    PromotedLimit,
    Regex,
    Row,
    RuleDecl,
    Ruleset,
    SameSource,
    Setting,
    StarDecl,
    StarsPerModule,
    StartsWith,
    State,
    Table,
    TestDecl,
    Text,
    ThresholdSetting,
    Under,
    Use,
    Weights,
)


class Writer:
    """Says trees as texts; wherever there are several ways, by chance."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def laid_out(self, parts: Iterable[str]) -> str:
        """The parts with blanks and comments between them."""
        text = self._random.choice(["", "\n", "# a comment\n", " \t"])
        before = ""
        for part in parts:
            may_touch = {before, part} & {"{", "}", "(", ")", ",", "->"} or not before
            blanks = [" ", "\n", "\r\n", "\t ", ' # any -> "comment\n', "\n\n#\n"]
            text += self._random.choice(["", " "] if may_touch else [" ", " ", " ", *blanks]) + part
            before = part
        return text + self._random.choice(["", "\n", "\r\n", " # the end"])

    def parts(self, node: Declaration) -> list[str]:  # noqa: C901, PLR0911, PLR0912 -- a dispatcher
        """A declaration as the parts between which blanks may stand."""
        match node:
            case Ruleset(name, version, entries):
                inside = [
                    part
                    for each in entries
                    for part in (each.name.text, *self.listed(each.values, closed=True))
                ]
                block = self.block(inside) if inside or self.chance() else []
                return ["ruleset", name.text, self.text(version), *block]
            case Use(path):
                return ["use", self.text(path)]
            case Order(stars):
                return ["order", *self.listed(stars)]
            case StarDecl():
                return self.star(node)
            case Weights(entries):
                pairs = [(each.facet.text, self.number(each.weight)) for each in entries]
                return ["weights", *self.block([part for pair in pairs for part in pair])]
            case ConfidenceDecl(settings):
                return ["confidence", *self.block([p for s in settings for p in self.setting(s)])]
            case MaskDecl(needles, pattern, because):
                what = ["matches", self.regex(pattern)] if pattern else []
                what = what or ["mentions", *self.listed(needles)]
                return ["mask", *what, *self.clauses(self.because(because))]
            case DeriveDecl():
                return self.derive(node)
            case RuleDecl():
                return self.rule(node)
            case Table(facet, rows, weight, because):
                head = self.clauses(self.weight(weight), self.because(because))
                return ["table", *self.facet(facet), *head, *self.block(self.rows(rows))]
            case NeverDecl():
                return self.never(node)
            case ForbidDecl(name, when, unless, exempt, because, until):
                clauses = self.clauses(
                    ["when", *self.condition(when)],
                    ["unless", *self.condition(unless)] if unless else [],
                    ["except", *self.listed(exempt)] if exempt else [],
                    self.because(because),
                    self.clause("until", until),
                )
                return ["forbid", self.text(name), *clauses]
            case AssignDecl(paths, star, because, until):
                clauses = self.clauses(
                    ["to", star.text], self.because(because), self.clause("until", until)
                )
                return ["assign", *self.listed(paths), *clauses]
            case CeilingsDecl(entries):
                return ["ceilings", *self.block([p for each in entries for p in self.limit(each)])]
            case TestDecl(name, given, expect):
                facts = [p for each in given for p in self.given(each)]
                said = ["given", *facts] if facts else []
                return ["test", self.text(name), *said, "expect", *self.expect(expect)]
            case _:
                assert_never(node)

    def star(self, node: StarDecl) -> list[str]:
        head = ["default", "star"] if node.is_default else ["star"]
        clauses = self.clauses(
            self.clause("label", node.label),
            self.clause("emoji", node.emoji),
            self.clause("domain", node.domain),
            ["aka", *self.listed(node.aka)] if node.aka else [],
        )
        return [*head, node.name.text, *clauses]

    def derive(self, node: DeriveDecl) -> list[str]:
        clauses = self.clauses(
            ["when", *self.condition(node.when)],
            ["unless", *self.condition(node.unless)] if node.unless else [],
            self.because(node.because),
        )
        return ["derive", *self.facet(node.facet), self.text(node.value), *clauses]

    def rule(self, node: RuleDecl) -> list[str]:
        clauses = self.clauses(
            ["when", *self.condition(node.when)],
            ["unless", *self.condition(node.unless)] if node.unless else [],
            self.weight(node.weight),
            self.because(node.because),
        )
        return ["rule", node.name.text, *self.verdict(node.star, against=node.against), *clauses]

    def rows(self, rows: Iterable[Row]) -> list[str]:
        return [
            part
            for row in rows
            for part in (
                *self.cells(row.cells),
                *self.verdict(row.star, against=row.against),
                *self.clauses(self.weight(row.weight), self.because(row.because)),
            )
        ]

    def cells(self, cells: Iterable[Cell]) -> list[str]:
        parts: list[str] = []
        for cell in cells:
            value = cell.value
            said = self.regex(value) if isinstance(value, Regex) else self.text(value)
            parts += [*([","] if parts else []), *(["under"] if cell.under else []), said]
        return parts + ([","] if self.chance() else [])

    def never(self, node: NeverDecl) -> list[str]:
        to = ["to", *self.listed(node.stars)] if node.stars else []
        to_first = bool(to) and self.chance()
        clauses = self.clauses(
            [] if to_first else to,
            ["when", *self.condition(node.when)] if node.when else [],
            ["unless", *self.condition(node.unless)] if node.unless else [],
            ["except", *self.listed(node.exempt)] if node.exempt else [],
            self.because(node.because),
            self.clause("until", node.until),
        )
        return ["never", "promote", *(to if to_first else []), *self.listed(node.globs), *clauses]

    def setting(self, node: Setting) -> list[str]:
        match node:
            case CombineSetting(method):
                return ["combine", method.text]
            case ThresholdSetting(name, value, star, sources):
                named = [star.text] if star else []
                word = "source" if self.chance() else "sources"
                asked = ["from", self.number(sources), word] if sources else []
                return [name, *named, self.number(value), *asked]
            case SameSource(facets):
                listed = [part for each in facets for part in (",", *self.facet(each))]
                return ["same", "source", *listed[1:]]
            case _:
                assert_never(node)

    def limit(
        self, node: PromotedLimit | StarsPerModule | DefaultFloor | BreachSetting
    ) -> list[str]:
        match node:
            case PromotedLimit(amount, star, globs, per):
                clauses = self.clauses(
                    ["to", star.text] if star else [],
                    ["under", *self.listed(globs)] if globs else [],
                    ["per", *self.facet(per)] if per else [],
                )
                return ["at", "most", self.amount(amount), "promoted", *clauses]
            case StarsPerModule(count):
                return ["at", "most", self.number(count), "stars", "per", "module"]
            case DefaultFloor(amount, star):
                return ["at", "least", self.amount(amount), star.text]
            case BreachSetting(action):
                return ["on", "breach", action.text]

    def given(self, node: Given | GivenModules) -> list[str]:
        if isinstance(node, GivenModules):
            said: list[str] = []
            for each in node.modules:
                comma = [","] if said else []
                star = ["star", each.star.text] if each.star else []
                said += [*comma, self.text(each.path), *star, *self.facts(each.facts)]
            return [*node.relation.split(), *said]
        return [*self.facet(node.facet), *self.listed(node.values)]

    def facts(self, facts: Sequence[Given]) -> list[str]:
        said: list[str] = []
        for each in facts:
            said += ["and" if said else "with", *self.given(each)]
        return said

    def expect(self, node: Expect) -> list[str]:
        if node.forbid:
            return [*node.outcome.split(), self.text(node.forbid)]
        star = [node.star.text] if node.star else []
        score = ["at", self.number(node.score)] if node.score else []
        return [*([node.outcome] if node.outcome else []), *star, *score]

    def condition(self, node: Condition) -> list[str]:  # noqa: C901, PLR0911, PLR0912 -- a dispatcher
        match node:
            case And(parts):
                return self.joined("and", parts, (And, Or))
            case Or(parts):
                return self.joined("or", parts, (Or,))
            case Not(part):
                return ["not", *self.operand(part, (And, Or))]
            case Is(facet, value, negated):
                return [*self.facet(facet), *self.is_(negated=negated), self.text(value)]
            case In(facet, members, negated, only):
                how = ["only"] if only else self.not_(negated=negated)
                return [
                    *self.facet(facet),
                    *how,
                    "in",
                    *self.block(self.listed(members, closed=True)),
                ]
            case Mentions(facet, needles, negated):
                how = self.not_(negated=negated)
                return [*self.facet(facet), *how, "mentions", *self.listed(needles)]
            case Matches(facet, pattern, ignoring, negated):
                rest = ["ignoring", self.regex(ignoring)] if ignoring else []
                how = [*self.not_(negated=negated), "matches", self.regex(pattern)]
                return [*self.facet(facet), *how, *rest]
            case Under(facet, globs, negated):
                how = self.not_(negated=negated)
                return [*self.facet(facet), *how, "under", *self.listed(globs)]
            case StartsWith(facet, texts, negated) | EndsWith(facet, texts, negated):
                edge = "starts" if isinstance(node, StartsWith) else "ends"
                how = [*self.not_(negated=negated), edge, "with"]
                return [*self.facet(facet), *how, *self.listed(texts)]
            case Before(facet, day, negated):
                return [*self.facet(facet), *self.not_(negated=negated), "before", self.text(day)]
            case Compare(facet, at_least, number):
                how = ["at", "least" if at_least else "most"]
                return [*self.facet(facet), *how, self.number(number)]
            case HasValues(facet, at_least, count):
                how = ["has", "at", "least" if at_least else "most"]
                return [*self.facet(facet), *how, self.number(count), "values"]
            case Neighbours(relation, bound, standing, globs, where):
                star = [standing.word, standing.star.text] if standing else []
                under = ["under", *self.listed(globs)] if globs else []
                inside = ["where", "(", *self.condition(where), ")"] if where else []
                head = [*relation.split(), *self.bound(bound), "modules"]
                return [*head, *star, *under, *inside]
            case Events(relation, bound, event_names):
                return [relation, *self.bound(bound), *self.listed(event_names)]
            case InCycle():
                return ["in", "a", "cycle"]
            case State(facet, word, negated):
                return [*self.facet(facet), *self.is_(negated=negated), word]
            case _:
                assert_never(node)

    def bound(self, bound: Bound | None) -> list[str]:
        if bound is None:
            return []
        return ["at", "least" if bound.at_least else "most", self.number(bound.number)]

    def joined(self, word: str, parts: Iterable[Condition], grouped: tuple[type, ...]) -> list[str]:
        said: list[str] = []
        for part in parts:
            said += [*([word] if said else []), *self.operand(part, grouped)]
        return said

    def operand(self, node: Condition, grouped: tuple[type, ...]) -> list[str]:
        said = self.condition(node)
        return ["(", *said, ")"] if isinstance(node, grouped) or self.chance(5) else said

    def is_(self, *, negated: bool) -> list[str]:
        return self._random.choice([["is", "not"], ["not", "is"]]) if negated else ["is"]

    def not_(self, *, negated: bool) -> list[str]:
        return ["not"] if negated else []

    def verdict(self, star: Name, *, against: bool) -> list[str]:
        return ["against" if against else "->", star.text]

    def because(self, because: Text | None) -> list[str]:
        return self.clause("because", because)

    def weight(self, weight: Number | None) -> list[str]:
        return ["weight", self.number(weight)] if weight else []

    def clause(self, word: str, text: Text | None) -> list[str]:
        return [word, self.text(text)] if text else []

    def clauses(self, *clauses: list[str]) -> list[str]:
        """The clauses in any order."""
        order = list(clauses)
        self._random.shuffle(order)
        return [part for clause in order for part in clause]

    def block(self, parts: list[str]) -> list[str]:
        return ["{", *parts, "}"]

    def listed(self, elements: Iterable[Name | Text], *, closed: bool = False) -> list[str]:
        parts: list[str] = []
        for element in elements:
            said = element.text if isinstance(element, Name) else self.text(element)
            parts += [*([","] if parts else []), said]
        return parts + ([","] if closed and parts and self.chance() else [])

    def facet(self, facet: Facet) -> list[str]:
        if facet.pointer is None:
            return [facet.name]
        return ["field", self.text(Text(facet.pointer))]

    def text(self, text: Text) -> str:
        return f'"{"".join(map(self.character, text.text))}"' if text.quoted else text.text

    def character(self, character: str) -> str:
        if character in '"\\':
            return f"\\{character}"
        if character in "\n\t" and self.chance():
            return {"\n": "\\n", "\t": "\\t"}[character]
        if not character.isprintable() or self.chance(20):
            return f"\\u{{{ord(character):x}}}"
        return character

    def regex(self, regex: Regex) -> str:
        return f"/{regex.text}/{'i' if regex.ignore_case else ''}"

    def number(self, number: Number) -> str:
        return f"{number.value:f}"

    def amount(self, amount: Amount) -> str:
        return f"{amount.value:f}{'%' if amount.percent else ''}"

    def chance(self, sides: int = 2) -> bool:
        return self._random.randrange(sides) == 0
