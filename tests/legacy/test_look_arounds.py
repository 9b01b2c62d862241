"""Look-arounds become `ignoring`, and where that is not the same an example is told."""

import re
from collections.abc import Callable, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legacy.old_tools import Module, OldRules, summed
from program.effort import examples

from starlang.diagnostics.model import Diagnostic
from starlang.engine.evaluate import Evaluation
from starlang.legacy.importing import import_rules
from starlang.legacy.old_file import Imported
from starlang.rules.model import Combine, RuleSet

SEPARATORS = ("", " ", "/", "_", "-", ".")
Compile = Callable[[Imported], RuleSet]
Evaluate = Callable[[RuleSet, Sequence[Module]], Evaluation]


def document(pattern: str, *exclusions: str) -> OldRules:
    return {
        "canonical_stars": ["F (Flow)", "Base"],
        "exclusions": [{"pattern": each, "explain": "no"} for each in exclusions],
        "rules": [{"star": "F (Flow)", "pattern": pattern}],
    }


def conditions(imported: Imported) -> str:
    """The `when` of the one rule, on one line."""
    text = dict(imported.files)["paths.star"]
    return " ".join(text.partition(" when ")[2].split())


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(?<!sub)conscious", "text matches /conscious/i ignoring /subconscious/i"),
        ("dream(?!liner)", "text matches /dream/i ignoring /dreamliner/i"),
        ("anchor(?! bolt)", "text matches /anchor/i ignoring /anchor bolt/i"),
        ("(?<!sub)dream(?!er)", "text matches /dream/i ignoring /subdream|dreamer/i"),
        ("dream(?!er|ing)", "text matches /dream/i ignoring /dream(?:er|ing)/i"),
        ("dream(?!er)(?!ing)", "text matches /dream/i ignoring /dreamer|dreaming/i"),
        (r"\b(?<!x-)flow", r"text matches /\bflow/i ignoring /x-\bflow/i"),
        ("(?<=sub)conscious", "text matches /subconscious/i"),
        ("auth(?=_|$)", "text matches /auth(?:_|$)/i"),
        ("(?<=a)dream(?!er)", "text matches /adream/i ignoring /adreamer/i"),
        ("x(?:a|b(?!c))", "text matches /xa/i or text matches /xb/i ignoring /xbc/i"),
        (
            "x|(?:a|b)(?!c)",
            "text matches /x/i or text matches /(?:a|b)/i ignoring /(?:a|b)c/i",
        ),
        (
            "(a(?!b)|c)",
            "text matches /c/i or text matches /a/i ignoring /ab/i",
        ),
    ],
)
def test_look_arounds_are_written_without_them(pattern: str, expected: str) -> None:
    written = conditions(import_rules(document(pattern), "old.json"))

    assert sorted(written.split(" or ")) == sorted(expected.split(" or "))


@pytest.mark.parametrize(
    ("pattern", "construct"),
    [
        ("a(?!b)c", "(?!b)"),
        ("a(?<!b)c", "(?<!b)"),
        ("(?!a)", "(?!a)"),
        ("(?!ab)a", "(?!ab)"),
        ("(?:a(?!b))+", "(?!b)"),
        ("a(?!b(?!c))", "(?!b(?!c))"),
        ("a(?!b*)", "(?!b*)"),
        ("a(?!$)", "(?!$)"),
        ("a(?=b)(?!bc)", "(?!bc)"),
        ("(?:a(?!x)|b)" * 7, "(?!x)"),
    ],
)
def test_other_look_arounds_are_errors(pattern: str, construct: str) -> None:
    imported = import_rules(document(pattern), "old.json")

    assert not imported.ok
    assert [each.code for each in imported.diagnostics] == ["E909"]
    assert f"`{construct}`" in imported.diagnostics[0].message


def test_there_may_be_any_number_of_alternatives() -> None:
    words = [f"w{number}" for number in range(200)]
    imported = import_rules(document("|".join(["a(?!b)", *words])), "old.json")

    assert imported.ok
    assert all(word in conditions(imported) for word in words)


def test_a_comparison_that_takes_too_long_is_given_up_and_that_is_said() -> None:
    """The suggester's paths: every one of 6,000 texts against each of 1,500 alternatives."""
    words = "|".join(f"w{number}" for number in range(1_500))
    imported = import_rules(document(words), "old.json", combine=Combine.MAX)

    assert imported.ok
    assert "further differences are possible" in str(imported.notes[-1])


def test_an_alternative_is_not_hidden_by_what_another_one_ignores() -> None:
    """`dreamliner` is blanked for `dream` only: `liner` is found in it, as of old."""
    imported = import_rules(document("dream(?!liner)|liner"), "old.json")

    assert sorted(conditions(imported).split(" or ")) == [
        "text matches /dream/i ignoring /dreamliner/i",
        "text matches /liner/i",
    ]
    assert imported.diagnostics == ()


@pytest.mark.parametrize(
    ("pattern", "exclusions", "text"),
    [
        # The `s` that is blanked with `subconscious` belongs to the word before it.
        ("(?<!sub)conscious", (), "consciousubconscious"),
        # The old pattern gave the `s` back and then saw no `liner`.
        ("dreams?(?!liner)", (), "dreamsliner"),
        # What is blanked leaves a gap, and words begin and end at it.
        (r"\bcon(?!x)", (), "conxcon"),
        # The exclusion had taken `sub` away before the old pattern looked for it.
        ("(?<!sub )conscious", (r"\bsub\b",), "sub conscious"),
    ],
)
def test_differences_are_told_with_an_example(
    pattern: str, exclusions: tuple[str, ...], text: str, compiled: Compile, evaluated: Evaluate
) -> None:
    rules = document(pattern, *exclusions)
    imported = import_rules(rules, "old.json")
    warnings = [each for each in imported.diagnostics if each.code == "W902"]
    evaluate = differing(rules, compiled(imported), evaluated)

    assert [each.pointer for each in warnings] == ["/rules/0/pattern"]
    assert evaluate([text]) == [text]
    assert evaluate([example(warnings[0])]) == [example(warnings[0])]


def example(warning: Diagnostic) -> str:
    """The text that the warning shows."""
    quoted = re.search('"(.*?)"', warning.message)
    assert quoted is not None
    return quoted.group(1)


def differing(
    old: OldRules, rules: RuleSet, evaluated: Evaluate
) -> Callable[[Sequence[str]], list[str]]:
    """Which texts the old and the new rules do not agree on."""

    def differ(texts: Sequence[str]) -> list[str]:
        modules = [Module("", text) for text in texts]
        evaluation = evaluated(rules, modules)
        return [
            module.path
            for index, module in enumerate(modules)
            if bool(evaluation.case(index).rules) is not bool(summed(old, module))
        ]

    return differ


WORDS = st.sampled_from(["con", "sub", "dream", "er", "on", "mer", "bolt"])


@st.composite
def patterns(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A pattern with look-arounds, and the words in it."""
    alternatives, words = [], []
    for _ in range(draw(st.integers(1, 3))):
        word, other = draw(WORDS), draw(WORDS)
        look = draw(st.sampled_from(["(?<!{1}){0}", "{0}(?!{1})", "{0}(?! {1})", "{0}", r"\b{0}"]))
        alternatives.append(look.format(word, other))
        words += [word, other]
    return "|".join(alternatives), sorted(set(words))


@given(case=patterns())
@settings(max_examples=examples(40))
def test_every_difference_over_joined_words_is_told(
    case: tuple[str, list[str]], compiled: Compile, evaluated: Evaluate
) -> None:
    pattern, words = case
    old = document(pattern)
    imported = import_rules(old, "old.json")
    texts = [
        separator.join(row)
        for length in (1, 2, 3)
        for row in product(words, repeat=length)
        for separator in SEPARATORS
    ]

    differ = differing(old, compiled(imported), evaluated)(texts)
    told = any(each.code == "W902" for each in imported.diagnostics)
    assert told or differ == []
