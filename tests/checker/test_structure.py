"""Mistakes that no single line is to blame for, and rule sets of several files."""

from typing import Protocol

import pytest

from starlang.checker.check import check
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import Profile
from starlang.syntax.parse import parse
from starlang.syntax.scanner import MAX_RULES
from starlang.text import Source


class Tell(Protocol):
    def __call__(self, *texts: str) -> tuple[Diagnostic, ...]: ...


CANON = "starlang 1\nstar Flow\nstar Trail\ndefault star Plain\n"
ROOT = 'starlang 1\nruleset example "1.0"\n'
RULE = "rule base -> Flow weight 0.75 when path mentions base\n"


def codes(found: tuple[Diagnostic, ...]) -> list[tuple[str, str]]:
    return [(each.code, each.file) for each in found]


def shown(found: Diagnostic) -> list[tuple[str, str]]:
    return [
        (label.source.name, label.source.text[label.span.start : label.span.end])
        for label in found.labels
    ]


def test_a_canon_without_a_default_star_is_named_in_the_root(told: Tell) -> None:
    found = told(ROOT + RULE, "starlang 1\nstar Flow\n")

    assert codes(found) == [("E209", "0.star")]
    assert shown(found[0]) == [("0.star", "starlang 1")]


def test_a_second_default_star_shows_both(told: Tell) -> None:
    found = told(ROOT + RULE + "default star Other\n", CANON)

    assert codes(found) == [("E210", "1.star")]
    assert shown(found[0]) == [("1.star", "Plain"), ("0.star", "Other")]


def test_the_root_names_the_rule_set(told: Tell) -> None:
    assert codes(told(CANON + RULE)) == [("E214", "0.star")]


def test_used_files_do_not(told: Tell) -> None:
    found = told(ROOT + RULE, CANON + 'ruleset other "2"\n')

    assert codes(found) == [("E215", "1.star")]
    assert shown(found[0]) == [("1.star", "other")]


def test_a_rule_set_has_one_name(told: Tell) -> None:
    found = told(ROOT + RULE + 'ruleset again "1"\n', CANON)

    assert codes(found) == [("E206", "0.star")]
    assert shown(found[0]) == [("0.star", "again"), ("0.star", "example")]


def test_entries_have_different_names(told: Tell) -> None:
    found = told('starlang 1\nruleset e "1" { about "a" about "b" }\n' + RULE, CANON)

    assert codes(found) == [("E206", "0.star")]


@pytest.mark.fault_row(12)
def test_no_rules_is_a_warning(told: Tell) -> None:
    assert codes(told(ROOT, CANON)) == [("W203", "0.star")]


@pytest.mark.fault_row(14)
def test_nothing_overrides_across_files(told: Tell) -> None:
    found = told(ROOT + RULE, CANON + RULE + "star Flow\n")

    assert codes(found) == [("E205", "1.star"), ("E204", "1.star")]
    assert shown(found[0]) == [("1.star", "base"), ("0.star", "base")]


def test_a_rule_set_has_a_limited_number_of_rules(told: Tell) -> None:
    cells = ",\n".join(f"v{number}" for number in range(MAX_RULES))
    found = told(ROOT + RULE, CANON + f"table node {{ {cells} -> Trail }}")

    assert codes(found) == [("E220", "1.star")]
    assert shown(found[0]) == [("1.star", f"v{MAX_RULES - 1}")]


@pytest.mark.requirement("R02")
def test_all_mistakes_are_told_at_once(told: Tell) -> None:
    found = told(
        ROOT + "rule a -> Trial when nod is x and path matches /(?=a)/ weight 2\n",
        CANON + 'never promote "/x" because "old"\nceilings { at most 200% promoted per ownr }\n',
    )

    assert codes(found) == [
        ("E201", "0.star"),
        ("E202", "0.star"),
        ("E305", "0.star"),
        ("E307", "1.star"),
        ("E315", "1.star"),
        ("E202", "1.star"),
    ]


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("rule a -> trail when node is x", "Trail"),
        ("rule a -> Trial when node is x", "Trail"),
        ("rule a -> Memry when node is x", "Trail"),  # near to the alias of a star
        ("rule a -> Trail when capabilities is x", "capability"),
        ("weights { Owner 0.2 }", "owner"),
    ],
)
@pytest.mark.fault_row(16)
def test_near_names_are_suggested(text: str, suggested: str, told: Tell) -> None:
    found = told(ROOT + RULE + text, CANON.replace("Trail", "Trail aka Memory"))

    assert f"`{suggested}`" in found[0].hint


def test_what_may_only_be_lost_is_not_reported(profile: Profile) -> None:
    """Syntax errors may have cost the star, the default, the name of the set, and a facet."""
    text = "starlang 1\nrule a -> Trail when node is x\nrule b -> Trail when nod is x\n"
    file = parse(Source("0.star", text)).file

    complete = {each.code for each in check((file,), profile).diagnostics}
    partial = {each.code for each in check((file,), profile, complete=False).diagnostics}

    assert complete == {"E201", "E202", "E209", "E214"}
    assert partial == set()


@pytest.mark.requirement("R44")
def test_so_many_derived_facets_are_not_put_in_an_order(told: Tell) -> None:
    lines = "".join(
        f'derive name{number} yes when path mentions "w{number}"\n' for number in range(501)
    )
    read = " or ".join(f"name{number} is yes" for number in range(501))
    rule = f"rule names -> Flow weight 0.75 when {read}\n"

    found = {each.code for each in told(ROOT + CANON.removeprefix("starlang 1\n") + lines + rule)}
    assert "E226" in found
