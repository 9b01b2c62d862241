"""What declarations mean, as values of the compiled rule set."""

from decimal import Decimal
from fractions import Fraction
from typing import Protocol

import pytest

from starlang.checker.context import Checked
from starlang.compiler import compile_cases
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.model import (
    Amount,
    Assign,
    Ceiling,
    Combine,
    Confidence,
    Floor,
    Mask,
    Never,
    OnBreach,
    RuleSet,
    Star,
)
from starlang.rules.predicates import AtLeast, AtMost, Flag, HasAtLeast, OneOf, OnlyIn, Present
from starlang.rules.text_predicates import Matches, Mentions, Under


class Check(Protocol):
    """Checks texts as the files `0.star`, `1.star`, … of one rule set without errors."""

    def __call__(self, *texts: str) -> Checked: ...


class Compile(Protocol):
    """Compiles texts as the files of one rule set."""

    def __call__(self, *texts: str) -> RuleSet: ...


HEAD = 'starlang 1\nruleset example "1.0"\nstar Flow\nstar Trail\ndefault star Plain\n'

CONDITIONS: dict[str, Condition] = {
    "node is risk": OneOf("node", ("risk",)),
    "node is not risk": Not(OneOf("node", ("risk",))),
    "node in {risk, action}": OneOf("node", ("action", "risk")),
    "node not in {risk, action}": Not(OneOf("node", ("action", "risk"))),
    "node only in {risk, action}": OnlyIn("node", ("action", "risk")),
    'path mentions Retriev*, "Vector-Index"': Mentions(
        "path", (Needle(("retriev",), True), Needle(("vector", "index")))
    ),
    "path not mentions memory": Not(Mentions("path", (Needle(("memory",)),))),
    r"path matches /a\/b[/]\.c/i": Matches("path", Pattern(r"a/b[/]\.c", True)),
    "owner matches /a+/ ignoring /ba/": Matches("owner", Pattern("a+"), Pattern("ba")),
    "owner not matches /a+/": Not(Matches("owner", Pattern("a+"))),
    'path under "labs", "core/*"': Under("path", ("core/*", "labs")),
    'path not under "labs"': Not(Under("path", ("labs",))),
    'field "/size" at least 3': AtLeast("field:/size", Decimal(3)),
    'field "/size" at most 2.50': AtMost("field:/size", Decimal("2.5")),
    "node has at least 2 values": HasAtLeast("node", 2),
    "owner is present": Present("owner"),
    "owner is missing": Not(Present("owner")),
    "owner is not missing": Present("owner"),
    'field "/a" is true': Flag("field:/a", True),
    'field "/a" is not false': Not(Flag("field:/a", False)),
    "not not node is risk": OneOf("node", ("risk",)),
    "node is b and (node is a and owner is c)": AllOf(
        (OneOf("node", ("a",)), OneOf("node", ("b",)), OneOf("owner", ("c",)))
    ),
    "node is b or (node is a or node is b)": AnyOf((OneOf("node", ("a",)), OneOf("node", ("b",)))),
    "node is a unless node is b or node is c": AllOf(
        (
            OneOf("node", ("a",)),
            Not(AnyOf((OneOf("node", ("b",)), OneOf("node", ("c",))))),
        )
    ),
    "node is a unless not node is b": AllOf((OneOf("node", ("a",)), OneOf("node", ("b",)))),
    "star is Memory": OneOf("star", ("Trail",)),
}


@pytest.mark.parametrize(("text", "condition"), CONDITIONS.items(), ids=CONDITIONS)
def test_conditions(text: str, condition: Condition, compiled: Compile) -> None:
    head = HEAD.replace("star Trail", "star Trail aka Memory")

    rules = compiled(f"{head}rule a -> Flow weight 0.5 when {text}")

    assert [rule.condition for rule in rules.rules] == [condition]


KINDS = {
    "node is a": ("node",),
    "node is a and owner is b": ("node", "owner"),
    "node is a and owner is not b": ("node",),
    "node is a and not (owner is b or tier is c)": ("node",),
    "node is a unless owner is b": ("node",),
    "node is a and not not owner is b": ("node", "owner"),
    "owner is missing": ("owner",),
    "owner is not missing": ("owner",),
    "node is a and not owner is missing": ("node", "owner"),
    "node is a and not (owner is b) and owner is c": ("node", "owner"),
    'field "/a" is b and field "/c" is d': ("field",),
    "not node is a": (),
}


@pytest.mark.requirement("R06")
@pytest.mark.parametrize(("text", "kinds"), KINDS.items(), ids=KINDS)
def test_kinds(text: str, kinds: tuple[str, ...], compiled: Compile) -> None:
    rules = compiled(f"{HEAD}rule a -> Flow weight 0.5 when {text}")

    assert rules.rules[0].kinds == kinds


@pytest.mark.requirement("R06")
def test_default_weights(compiled: Compile) -> None:
    """0.40 path, 0.60 capability, 0.50 node, 0.35 owner, 0.30 package, unless the rule set says."""
    text = (
        HEAD + "weights { node 0.55 }\n"
        "rule a -> Flow when path mentions x\nrule b -> Flow when capability is x\n"
        "rule c -> Flow when node is x\nrule d -> Flow when owner is x\n"
        "rule e -> Flow when package is x\nrule f -> Flow weight 0.000001 when package is y"
    )

    weights = {rule.name: rule.weight for rule in compiled(text).rules}

    assert weights == {
        "a": 400_000,
        "b": 600_000,
        "c": 550_000,
        "d": 350_000,
        "e": 300_000,
        "f": 1,
    }


def test_table_cells_are_rules(compiled: Compile) -> None:
    text = (
        HEAD + 'table node because "all" {\n'
        '  memory, "two words" -> Trail\n'
        r"  /a\/b/i -> Flow weight 0.2" + "\n"
        '  risk against Trail because "one"\n'
        '}\ntable path weight 0.3 { under "labs/*" -> Flow }'
    )

    rules = {rule.name: rule for rule in compiled(text).rules}

    assert {name: (rule.star, rule.sign, rule.weight) for name, rule in rules.items()} == {
        'node:"two words"->Trail': ("Trail", 1, 500_000),
        r"node:/a\/b/i->Flow": ("Flow", 1, 200_000),
        "node:memory->Trail": ("Trail", 1, 500_000),
        "node:risk-/>Trail": ("Trail", -1, 500_000),
        'path:under "labs/*"->Flow': ("Flow", 1, 300_000),
    }
    assert rules["node:risk-/>Trail"].because == "one"
    assert rules["node:memory->Trail"].because == "all"
    assert rules["node:memory->Trail"].at == "0.star:7:3"
    assert rules[r"node:/a\/b/i->Flow"].condition == Matches("node", Pattern("a/b", True))
    assert rules['path:under "labs/*"->Flow'].condition == Under("path", ("labs/*",))


def test_stars_and_their_order(compiled: Compile) -> None:
    text = (
        'starlang 1\nruleset e "1" { b "x", "y" a "z" }\norder Watch\n'
        'star Watch label "🛡️ Watch" emoji "🛡️" domain "Guardian" aka Guard, "Watch (Guardian)"\n'
        "default star Plain\nstar Flow\nstar Drift\nrule a -> Flow when node is x"
    )

    rules = compiled(text)

    assert rules.stars[-1] == Star(
        "Watch", "🛡️ Watch", ("Guard", "Watch (Guardian)"), "🛡️", "Guardian"
    )
    assert [star.id for star in rules.stars] == ["Drift", "Flow", "Plain", "Watch"]
    assert rules.default == Star("Plain", "Plain", is_default=True)
    assert rules.order == ("Watch", "Drift", "Flow")
    assert (rules.id, rules.version) == ("e", "1")
    assert rules.entries == (("a", ("z",)), ("b", ("x", "y")))


@pytest.mark.requirement("R07")
def test_confidence(compiled: Compile) -> None:
    rule = "rule a -> Flow when node is x\n"

    assert compiled(HEAD + rule).confidence == Confidence(Combine.SUM, 500_000, 700_000, 0, ())
    assert compiled(
        HEAD + rule + "confidence { combine noisy_or promote Trail 0.95 margin 0.000001 }",
        "starlang 1\nconfidence { suggest 0.30 promote Flow 0.80 promote 1 }",
    ).confidence == Confidence(
        Combine.NOISY_OR, 300_000, 1_000_000, 1, (("Flow", 800_000), ("Trail", 950_000))
    )


@pytest.mark.requirement("R10")
def test_exceptions(compiled: Compile) -> None:
    text = (
        HEAD + "rule a -> Flow when node is x\n"
        'never promote to Trail, Flow "b", "a" except "b/y", "b/x" because "r" until "2027-03-01"\n'
        'never promote when owner is missing unless node is x because "s"\n'
        'assign "c/d", "c/b" to Trail because "t" until "2027-03-02"\n'
    )

    rules = compiled(text)

    assert set(rules.nevers) == {
        Never(
            ("Flow", "Trail"),
            Under("path", ("a", "b")),
            ("b/x", "b/y"),
            "r",
            "2027-03-01",
            "0.star:7:1",
        ),
        Never(
            (),
            AllOf((Not(OneOf("node", ("x",))), Not(Present("owner")))),
            (),
            "s",
            "",
            "0.star:8:1",
        ),
    }
    assert rules.assigns == (
        Assign("c/b", "Trail", "t", "2027-03-02", "0.star:9:15"),
        Assign("c/d", "Trail", "t", "2027-03-02", "0.star:9:8"),
    )


@pytest.mark.requirement("R11")
def test_ceilings(compiled: Compile) -> None:
    text = (
        HEAD + "rule a -> Flow when node is x\nceilings {\n"
        'at most 12.5% promoted to Flow under "b", "a" per owner\n'
        "at most 5 promoted per star\nat most 2 stars per module\nat least 55% Plain\n"
        'on breach defer }\nceilings { at most 7 promoted per field "/a" }'
    )

    ceilings = compiled(text).ceilings

    assert set(ceilings.limits) == {
        Ceiling(
            Amount(Fraction(25, 2), True),
            "Flow",
            ("a", "b"),
            "owner",
            'at most 12.5% promoted to Flow under "a", "b" per owner',
            "0.star:8:1",
        ),
        Ceiling(
            Amount(Fraction(5), False),
            per="star",
            text="at most 5 promoted per star",
            at="0.star:9:1",
        ),
        Ceiling(
            Amount(Fraction(7), False),
            per="field:/a",
            text='at most 7 promoted per field "/a"',
            at="0.star:13:12",
        ),
    }
    assert ceilings.floors == (
        Floor(Amount(Fraction(55), True), "at least 55% Plain", "0.star:11:1"),
    )
    assert (ceilings.stars_per_module, ceilings.on_breach) == (2, OnBreach.DEFER)


def test_masks_are_taken_apart_and_each_stands_once(compiled: Compile) -> None:
    text = (
        HEAD + "rule a -> Flow when node is x\n"
        'mask mentions stopwatch, "memory leak*" because "z"\n'
        'mask matches /brand/i because "b"\nmask mentions Stopwatch because "a"'
    )

    masks = compiled(text).masks

    assert set(masks) == {
        Mask(Needle(("stopwatch",)), "a", "0.star:9:15"),
        Mask(Needle(("memory", "leak"), True), "z", "0.star:7:26"),
        Mask(Pattern("brand", True), "b", "0.star:8:14"),
    }
    assert len(masks) == 3


def test_only_the_facets_that_rules_read_are_part_of_a_rule_set(compiled: Compile) -> None:
    text = (
        HEAD + "rule a -> Flow when node is x unless owner is missing\n"
        'never promote when tier is T4 because "r"\nceilings { at most 5 promoted per lane }'
    )

    assert [facet.name for facet in compiled(text).facets] == ["lane", "node", "owner", "tier"]


def test_cases(checked: Check) -> None:
    text = (
        HEAD + "rule a -> Flow when node is x\n"
        'test "one" given path "a/b" node x, "true" field "/n" 1.50, true, "1.50", 2fa\n'
        "  expect suggested Flow at 0.5\n"
        'test "two" given star Trail expect Plain\ntest "three" given node y expect silent'
    )

    one, two, three = compile_cases(checked(text))

    assert one.given == (
        ("field:/n", (Decimal("1.5"), True, "1.50", "2fa")),
        ("node", ("x", "true")),
        ("path", ("a/b",)),
    )
    assert (one.name, one.outcome, one.star, one.score) == ("one", "suggested", "Flow", 500_000)
    assert one.at == "0.star:7:1"
    assert (two.outcome, two.star, two.score) == ("", "Plain", None)
    assert (three.outcome, three.star) == ("silent", "")
    assert one.values("node") == ("x", "true")
    assert one.values("owner") == ()
