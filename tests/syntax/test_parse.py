"""What the parts of the language become, and the text that each node covers."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest

from starlang.syntax.nodes import (
    Amount,
    And,
    AssignDecl,
    Before,
    Compare,
    Condition,
    Declaration,
    EndsWith,
    Expect,
    Facet,
    File,
    Given,
    HasValues,
    Header,
    In,
    Is,
    MaskDecl,
    Matches,
    Mentions,
    Name,
    NeverDecl,
    Not,
    Number,
    Or,
    PromotedLimit,
    Regex,
    Row,
    RuleDecl,
    StarDecl,
    StartsWith,
    State,
    Table,
    TestDecl,
    Text,
    Under,
)
from starlang.syntax.parse import parse
from starlang.text import Source, Span

ROOT = Path(__file__).resolve().parents[2]


def file(text: str) -> File:
    parsed = parse(Source("shown.star", f"starlang 1\n{text}"))
    assert [each.message for each in parsed.diagnostics if each.is_error] == []
    return parsed.file


def declared(text: str) -> Declaration:
    (declaration,) = file(text).declarations
    return declaration


def condition(text: str) -> Condition:
    rule = declared(f"rule a -> B when {text}")
    assert isinstance(rule, RuleDecl)
    return rule.when


def bare(text: str) -> Text:
    return Text(text, quoted=False)


X, Y, Z = (Is(Facet(name), bare("a")) for name in "xyz")


@pytest.mark.requirement("R01")
@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("x is a", Is(Facet("x"), bare("a"))),
        ('x is not "a b"', Is(Facet("x"), Text("a b"), negated=True)),
        ("x not is a", Is(Facet("x"), bare("a"), negated=True)),
        ("x is 2fa", Is(Facet("x"), bare("2fa"))),
        ("owner isabel", None),
        ("x is missing", State(Facet("x"), "missing")),
        ("x is not true", State(Facet("x"), "true", negated=True)),
        ('x is "missing"', Is(Facet("x"), Text("missing"))),
        ("x is missing-link", Is(Facet("x"), bare("missing-link"))),
        ("x in {a, missing,}", In(Facet("x"), (bare("a"), bare("missing")))),
        ("x not in {a}", In(Facet("x"), (bare("a"),), negated=True)),
        ('x only in {"a"}', In(Facet("x"), (Text("a"),), only=True)),
        ('x mentions a*, "b c*"', Mentions(Facet("x"), (bare("a*"), Text("b c*")))),
        ("x not mentions most", Mentions(Facet("x"), (bare("most"),), negated=True)),
        (r"x matches /a\/[/]/i", Matches(Facet("x"), Regex(r"a\/[/]", ignore_case=True))),
        ("x matches /a/ ignoring /b/i",
         Matches(Facet("x"), Regex("a"), Regex("b", ignore_case=True))),
        ("x not matches /a/", Matches(Facet("x"), Regex("a"), negated=True)),
        ('x under "a", "b/**"', Under(Facet("x"), (Text("a"), Text("b/**")))),
        ('x not under "a"', Under(Facet("x"), (Text("a"),), negated=True)),
        ("x at least 3", Compare(Facet("x"), at_least=True, number=Number(Decimal(3)))),
        ("x at most -0.5", Compare(Facet("x"), at_least=False, number=Number(Decimal("-0.5")))),
        ("x not at least 3", Not(Compare(Facet("x"), at_least=True, number=Number(Decimal(3))))),
        ("x has at least 2 values", HasValues(Facet("x"), at_least=True, count=Number(Decimal(2)))),
        ("x has at most 1 value", HasValues(Facet("x"), at_least=False, count=Number(Decimal(1)))),
        ("x has at most 2 values", HasValues(Facet("x"), at_least=False, count=Number(Decimal(2)))),
        ('x starts with "a", "b/"', StartsWith(Facet("x"), (Text("a"), Text("b/")))),
        ('x not starts with "a"', StartsWith(Facet("x"), (Text("a"),), negated=True)),
        ('x ends with "a", "b/"', EndsWith(Facet("x"), (Text("a"), Text("b/")))),
        ('x before "2025-01-01"', Before(Facet("x"), Text("2025-01-01"))),
        ('x not before "2025-01-01"', Before(Facet("x"), Text("2025-01-01"), negated=True)),
        ('before before "x"', Before(Facet("before"), Text("x"))),
        ("before is before", Is(Facet("before"), Text("before", quoted=False))),
        ('x not ends with "a"', EndsWith(Facet("x"), (Text("a"),), negated=True)),
        ('starts starts with "ends"', StartsWith(Facet("starts"), (Text("ends"),))),
        ("with not is ends", Is(Facet("with"), bare("ends"), negated=True)),
        ("ends mentions with, starts", Mentions(Facet("ends"), (bare("with"), bare("starts")))),
        ("x not has at least 2 values",
         Not(HasValues(Facet("x"), at_least=True, count=Number(Decimal(2))))),
        ("star is a", Is(Facet("star"), bare("a"))),
        ('field "/a/*" is true', State(Facet("field", "/a/*"), "true")),
        ("only is only", Is(Facet("only"), bare("only"))),
        ("x is a and y is a and z is a", And((X, Y, Z))),
        ("x is a or y is a and z is a", Or((X, And((Y, Z))))),
        ("(x is a or y is a) and z is a", And((Or((X, Y)), Z))),
        ("(x is a and y is a) and z is a", And((And((X, Y)), Z))),
        ("not x is a and y is a", And((Not(X), Y))),
        ("not not (x is a)", Not(Not(X))),
    ],
)  # fmt: skip
def test_conditions(text: str, node: Condition | None) -> None:
    if node is None:
        assert parse(Source("a.star", f"starlang 1\nrule a -> B when {text}")).diagnostics
    else:
        assert condition(text) == node


def test_clauses_stand_in_any_order() -> None:
    usual = 'rule a -> B weight 0.5 when x is a unless y is a because "c"'
    other = 'rule a -> B because "c" unless y is a when x is a weight 0.5'

    assert declared(usual) == declared(other)
    assert declared(usual) == RuleDecl(
        Name("a"), Name("B"), False, X, Y, Number(Decimal("0.5")), Text("c")
    )


def test_rows_may_have_a_weight_and_a_reason() -> None:
    table = 'table x weight 1 { a, /b/i, under "c", -> B weight 0.5 because "d"  until against C }'

    found = declared(table)

    assert isinstance(found, Table)
    assert found.weight == Number(Decimal(1))
    first, second = found.rows
    assert [each.under for each in first.cells] == [False, False, True]
    assert (first.weight, first.because) == (Number(Decimal("0.5")), Text("d"))
    assert isinstance(second, Row)
    assert (second.cells[0].value, second.star, second.against) == (bare("until"), Name("C"), True)


def test_exceptions() -> None:
    whole = 'never promote to A, B "x", "y" except "y/z" because "c" until "d"'

    assert declared(whole) == NeverDecl(
        stars=(Name("A"), Name("B")),
        globs=(Text("x"), Text("y")),
        when=None,
        exempt=(Text("y/z"),),
        because=Text("c"),
        until=Text("d"),
    )
    assert declared('never promote "x" because "c" to A') == NeverDecl(
        (Name("A"),), (Text("x"),), None, because=Text("c")
    )
    assert declared('never promote when x is a because "c" unless y is a') == NeverDecl(
        (), (), X, Y, because=Text("c")
    )
    assert declared('assign "x", "y" to A because "c"') == AssignDecl(
        (Text("x"), Text("y")), Name("A"), Text("c")
    )


def test_ceilings_take_their_parts_in_any_order() -> None:
    usual = 'ceilings { at most 10.5% promoted to A under "x", "y" per star }'
    other = 'ceilings { at most 10.5% promoted per star under "x", "y" to A }'

    assert declared(usual) == declared(other)
    (limit,) = getattr(declared(usual), "entries")  # noqa: B009 -- of any block
    assert limit == PromotedLimit(
        Amount(Decimal("10.5"), percent=True), Name("A"), (Text("x"), Text("y")), Facet("star")
    )


def test_tests() -> None:
    assert declared(
        'test "t" given path "x" tier 3, -1.5 flag true star A expect kept A at 0.9'
    ) == (
        TestDecl(
            Text("t"),
            (
                Given(Facet("path"), (Text("x"),)),
                Given(Facet("tier"), (bare("3"), bare("-1.5"))),
                Given(Facet("flag"), (bare("true"),)),
                Given(Facet("star"), (bare("A"),)),
            ),
            Expect("kept", Name("A"), Number(Decimal("0.9"))),
        )
    )
    assert declared('test "t" expect silent') == TestDecl(Text("t"), (), Expect("silent"))
    assert declared('test "t" expect A') == TestDecl(Text("t"), (), Expect("", Name("A")))


def test_masks_and_stars() -> None:
    assert declared('mask mentions a, "b c" because "d"') == MaskDecl(
        (bare("a"), Text("b c")), None, Text("d")
    )
    assert declared('mask matches /a/ because "b"') == MaskDecl((), Regex("a"), Text("b"))
    assert declared('default star A aka a, "A a" emoji "✦" label "✦ A"') == StarDecl(
        Name("A"), True, Text("✦ A"), Text("✦"), None, (bare("a"), Text("A a"))
    )


def test_strings_are_decoded() -> None:
    assert declared(r'star A label "\"\\\n\t\u{1F331}é"') == StarDecl(
        Name("A"), label=Text('"\\\n\t🌱é')
    )


def test_the_header_is_a_node() -> None:
    assert file("").header == Header(Number(Decimal(1)))
    assert parse(Source("a.star", "# c\n\nstarlang # d\n 1")).diagnostics == ()


def nodes(value: object) -> Iterator[object]:
    """All nodes in `value`, itself included."""
    if isinstance(value, tuple):
        for each in value:
            yield from nodes(each)
    elif hasattr(value, "span"):
        yield value
        for name in getattr(value, "__match_args__", ()):
            yield from nodes(getattr(value, name))


def test_every_node_covers_its_text() -> None:
    both = '(path mentions "x y", b* or not owner is c) and d is e'
    text = f"rule a -> Trail # c\n when {both} weight 0.5"

    covered = {
        (type(each).__name__, shown.text[span.start : span.end])
        for shown in [Source("a.star", f"starlang 1\n{text}")]
        for each in nodes(parse(shown).file.declarations)
        if isinstance(span := getattr(each, "span"), Span)  # noqa: B009 -- of any node
    }

    assert covered == {
        ("RuleDecl", text),
        ("Name", "a"),
        ("Name", "Trail"),
        ("And", both),
        ("Or", 'path mentions "x y", b* or not owner is c'),
        ("Mentions", 'path mentions "x y", b*'),
        ("Not", "not owner is c"),
        ("Is", "owner is c"),
        ("Is", "d is e"),
        ("Number", "0.5"),
        *(("Facet", facet) for facet in ("path", "owner", "d")),
        *(("Text", value) for value in ('"x y"', "b*", "c", "e")),
    }


def test_declarations_with_errors_leave_out_what_could_not_be_read() -> None:
    wrong = 'star A label "x" emoji /x/\ntable x { a -> B  b = C  c -> D }\nrule b -> B when x is'

    parsed = parse(Source("a.star", f"starlang 1\n{wrong}"))

    star, table = parsed.file.declarations
    assert star == StarDecl(Name("A"), label=Text("x"))
    assert isinstance(table, Table)
    assert [row.star.text for row in table.rows] == ["B"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "rules").glob("*.star")), ids=lambda path: path.stem
)
def test_shipped_rules_are_right(path: Path) -> None:
    assert parse(Source(path.name, path.read_text("utf-8"))).diagnostics == ()


def test_threads_may_parse_at_once() -> None:
    text = "\n".join(f"rule r{number} -> B when x is a and y mentions b" for number in range(200))
    results: list[File] = []
    threads = [Thread(target=lambda: results.append(file(text))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [file(text)] * 4
