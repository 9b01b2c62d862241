"""What is probably a mistake is said, and nothing else is said.

`«…»` marks what the message underlines, `‹…›` the other places that it shows.
"""

from collections.abc import Callable
from datetime import date
from typing import Protocol

import pytest

from starlang.checker.analyses.expiry import expired_exceptions
from starlang.checker.checked import Checked
from starlang.diagnostics.model import Diagnostic
from starlang.source.text import Span

Told = Callable[..., tuple[Diagnostic, ...]]


class Marked(Protocol):
    text: str
    spans: tuple[Span, ...]
    others: tuple[Span, ...]


Mark = Callable[[str], Marked]

HEAD = """\
starlang 1
ruleset example "1.0"
star Flow
star Trail
default star Plain
rule base -> Flow weight 0.75 when path mentions base
"""

WARNINGS = {
    "W201 alias": ("W201", "star Drift aka Dream, «Drift»"),
    "W201 value": ("W201", "rule a -> Flow weight 0.8 when node in {memory, risk, «memory»}"),
    "W201 needle": ("W201", 'rule a -> Flow weight 0.8 when path mentions Memory, «"memory"»'),
    "W201 glob": ("W201", 'never promote "labs", «"labs"» because "old"'),
    "W201 star": ("W201", 'never promote to Flow, «Flow» "labs" because "old"'),
    "W201 part": (
        "W201",
        "rule a -> Flow weight 0.8 when node is risk and tier is T1 and «node is risk»",
    ),
    "W202": (
        "W202",
        'test ‹"t"› given node a expect Plain\ntest «"t"» given node b expect Plain',
    ),
    "W204": (
        "W204",
        'mask mentions ‹"memory leak"› because "a"\nmask mentions «"Memory-Leak"» because "b"',
    ),
    "W301 sum": ("W301", "rule «a» -> Trail weight 0.60 when node is risk"),
    "W301 star": (
        "W301",
        "confidence { ‹promote Trail 0.90› }\nrule «a» -> Trail weight 0.80 when node is risk",
    ),
    "W301 max": (
        "W301",
        "confidence { combine max }\nrule «a» -> Trail weight 0.60 when node is risk\n"
        "rule ‹b› -> Trail weight 0.60 when tier is T1",
    ),
    "W301 noisy": (
        "W301",
        "confidence { combine noisy_or }\nrule «a» -> Trail weight 0.40 when node is risk\n"
        "rule ‹b› -> Trail weight 0.40 when tier is T1",
    ),
    "W302": (
        "W302",
        "rule a -> Trail weight 0.72 when node is risk\n"
        "rule «b» -> Trail weight 0.01 when tier is T1",
    ),
    "W302 against": (
        "W302",
        "rule a -> Trail weight 0.72 when node is risk\n"
        "rule «b» against Trail weight 0.01 when tier is T1",
    ),
    "W303": (
        "W303",
        "confidence { «promote 0.70» }\nrule ‹a› -> Trail weight 0.40 when node is risk\n"
        "rule ‹b› -> Trail weight 0.30 when tier is T1",
    ),
    "W303 default": (
        "W303",
        "rule «a» -> Trail weight 0.40 when node is risk\n"
        "rule ‹b› -> Trail weight 0.30 when tier is T1",
    ),
    "W304 equal": (
        "W304",
        "rule «a» -> Trail weight 0.41 when node is risk\n"
        "rule ‹b› -> Trail weight 0.42 when node is risk",
    ),
    "W304 values": (
        "W304",
        "rule a1 -> Trail weight 0.80 when tier is T1\n"
        "rule «a» -> Trail weight 0.41 when node is risk\n"
        "rule ‹b› -> Trail weight 0.42 when node in {risk, action}",
    ),
    "W304 needles": (
        "W304",
        'rule «a» -> Trail weight 0.41 when path mentions "memory fold"\n'
        "rule ‹b› -> Trail weight 0.42 when path mentions mem*",
    ),
    "W304 globs": (
        "W304",
        'rule «a» -> Trail weight 0.41 when path under "labs/*/api"\n'
        'rule ‹b› -> Trail weight 0.42 when path under "labs"',
    ),
    "W304 max": (
        "W304",
        "confidence { combine max }\nrule «a» -> Trail weight 0.75 when node is risk and tier is T1\n"
        "rule ‹b› -> Trail weight 0.76 when node is risk",
    ),
    "W305 globs": (
        "W305",
        'rule «a» -> Flow weight 0.8 when path under "labs" and path under "core"',
    ),
    "W305 only": (
        "W305",
        "rule «a» -> Flow weight 0.8 when node only in {risk} and node is memory",
    ),
    "W305 missing": (
        "W305",
        "rule «a» -> Flow weight 0.8 when owner is missing and owner is alice",
    ),
    "W305 unless": (
        "W305",
        "rule «a» -> Flow weight 0.8 when node is risk unless node in {risk, memory}",
    ),
    "W305 never": ("W305", '«never promote when path is missing because "r"»'),
    "W306": ("W306", "rule «a» -> Flow weight 0.8 when node is risk or node is not risk"),
    "W306 never": ("W306", '«never promote "**" because "r"»'),
    "W307 literal": (
        "W307",
        r"rule a -> Flow weight 0.8 when path matches /‹bio›|«biolog(y|ical)»/",
    ),
    "W307 case": ("W307", r"rule a -> Flow weight 0.8 when path matches /«Dreamer»|x\/y|‹dream›/i"),
    "W307 after slash": ("W307", r"rule a -> Flow weight 0.8 when path matches /x\/y|«abc»|‹b›/"),
    "W307 equal": ("W307", r"rule a -> Flow weight 0.8 when path matches /‹memory›|«memory»/"),
    "W307 needle": ("W307", "rule a -> Flow weight 0.8 when path mentions «retriever», ‹retriev*›"),
    "W307 phrase": (
        "W307",
        'rule a -> Flow weight 0.8 when path mentions «"old memory"», ‹memory›',
    ),
    "W308": (
        "W308",
        "ceilings { ‹at most 5 promoted per owner› ‹at most 6 promoted per star› «on breach defer» }",
    ),
    "W309": ("W309", "rule a -> Flow weight 0.8 when path matches /memory«.*»fold/"),
    "W310 wider": (
        "W310",
        "ceilings { ‹at most 5 promoted› «at most 6 promoted per star» }",
    ),
    "W310 star": (
        "W310",
        "ceilings { ‹at most 5 promoted per star› «at most 6 promoted to Flow» }",
    ),
    "W310 all": ("W310", 'ceilings { «at most 100% promoted under "labs"» }'),
    "W312 missing": ("W312", "rule a -> Flow weight 0.8 when owner is «unassigned»"),
    "W312 renamed": ("W312", "rule a -> Flow weight 0.8 when tier is «T1_critical»"),
    "W312 given": ("W312", 'test "t" given tier «T1_critical» expect Plain'),
}


@pytest.mark.parametrize(("code", "text"), WARNINGS.values(), ids=WARNINGS)
def test_a_probable_mistake_is_said_at_its_place(
    code: str, text: str, told: Told, marked: Mark
) -> None:
    shown = marked(HEAD + text)

    found = told(shown.text)

    assert [each.code for each in found] == [code]
    labels = found[0].labels
    assert labels[0].span == shown.spans[0]
    assert sorted(label.span for label in labels[1:]) == list(shown.others)
    assert found[0].hint


CLEAN = {
    "different stars may share evidence": (
        "rule a -> Flow weight 0.8 when node is risk\nrule b -> Trail weight 0.8 when node is risk"
    ),
    "a bonus of another kind": (
        "rule a -> Trail weight 0.60 when node is risk\n"
        "rule b -> Trail weight 0.15 when node is risk and owner is alice"
    ),
    "the stronger of two under max": (
        "confidence { combine max }\nrule a -> Trail weight 0.75 when node is risk\n"
        "rule b -> Trail weight 0.80 when node is risk and tier is T1"
    ),
    "values of one facet beside each other": (
        "rule a -> Flow weight 0.8 when node is risk and node is memory"
    ),
    "a mask may contain another": (
        'mask mentions memory, "memory leak" because "r"\nmask matches /bio|biology/ because "r"'
    ),
    "ignoring may contain another": (
        "rule a -> Flow weight 0.8 when path matches /log/ ignoring /bio|biology/"
    ),
    "alternatives that only look alike": (
        r"rule a -> Flow weight 0.8 when path matches /bio\b|biology|bi?omass|x(a|ab)|Bio/"
    ),
    "needles that only look alike": (
        'rule a -> Flow weight 0.8 when path mentions bio, biology, "old c", "old cab"'
    ),
    "a gap at the end": "rule a -> Flow weight 0.8 when path matches /memory.*/",
    "a bounded gap": "rule a -> Flow weight 0.8 when path matches /memory.{0,9}fold/",
    "a sum that a test pins": (
        "rule a -> Trail weight 0.40 when node is risk\nrule b -> Trail weight 0.30 when tier is T1\n"
        'test "t" given node risk tier T1 expect Trail at 0.70'
    ),
    "a rule that reaches a threshold alone": "rule a -> Trail weight 0.70 when node is risk",
    "a sum of rules that exclude each other": (
        'rule a -> Trail weight 0.80 when path under "a"\nrule b -> Trail weight 0.40 when path is "c"\n'
        'rule d -> Trail weight 0.30 when path is "d"'
    ),
    "a small weight that can decide between stars": (
        "rule a -> Trail weight 0.72 when node is risk\nrule b -> Trail weight 0.05 when tier is T1"
    ),
    "a small weight under a margin": (
        "confidence { margin 0.02 }\nrule a -> Trail weight 0.76 when node is risk\n"
        "rule b -> Trail weight 0.01 when tier is T1"
    ),
    "a small weight that decides who is deferred": (
        "ceilings { at most 5 promoted  on breach defer }\n"
        "rule a -> Trail weight 0.72 when node is risk\nrule b -> Trail weight 0.01 when tier is T1"
    ),
    "ceilings within each other": (
        "ceilings { at most 9 promoted  at most 8 promoted per star  at most 7 promoted to Flow\n"
        ' at most 10% promoted to Flow under "labs"  at least 5 Plain  on breach defer }'
    ),
    "crossing ceilings that abort": (
        "ceilings { at most 5 promoted per owner  at most 6 promoted per star }"
    ),
    "all modules, with two stars each": (
        "ceilings { at most 100% promoted  at most 2 stars per module }"
    ),
    "an exception that spares a path": (
        'never promote "labs" except "labs/a" because "old"\nassign "labs/a" to Flow because "r"'
    ),
    "an assignment to the default star": (
        'never promote "labs" because "old"\nassign "labs/a" to Plain because "r"'
    ),
    "an assignment barred from another star": (
        'never promote to Trail "labs" because "old"\nassign "labs/a" to Flow because "r"'
    ),
    "a rule over a field, a number and an alias": (
        "star Drift aka Dream\nweights { field 0.80 }\nconfidence { promote Drift 0.75 }\n"
        'rule a -> Drift when field "/a~1b/*/c~0d" at least 3\n'
        "rule b -> Flow weight 0.8 when star is Dream"
    ),
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
def test_nothing_is_said_of_rules_that_make_sense(text: str, told: Told) -> None:
    assert [(each.code, each.message) for each in told(HEAD + text)] == []


def test_an_exception_is_over_on_its_day(checked: Callable[..., Checked], marked: Mark) -> None:
    shown = marked(
        HEAD + '«never promote "labs" because "old" until "2027-03-01"»\n'
        'assign "a" to Flow because "r" until "2027-03-02"'
    )
    rules = checked(shown.text)

    before = list(expired_exceptions(rules, date(2027, 2, 28)))
    found = list(expired_exceptions(rules, date(2027, 3, 1)))

    assert before == []
    assert [(each.code, each.labels[0].span) for each in found] == [("W311", shown.spans[0])]
