"""Exclusions become masks, and where that is not the same an example is told."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legacy.old_tools import Module, OldRules, masked
from program.effort import examples

from starlang.legacy.importing import import_rules
from starlang.legacy.old_file import Imported
from starlang.matching.patterns import Finder, Pattern
from starlang.matching.sight import blank
from starlang.rules.model import Combine, RuleSet

pytestmark = pytest.mark.requirement("R05", "R06")

SEPARATORS = ("", " ", "/", "_", "-", ".")
Compile = Callable[[Imported], RuleSet]


def document(*exclusions: str, rule: str = "x") -> OldRules:
    return {
        "canonical_stars": ["F (Flow)", "Base"],
        "exclusions": [{"pattern": each, "explain": "no"} for each in exclusions],
        "rules": [{"star": "F (Flow)", "pattern": rule}],
    }


def joined(words: Sequence[str], between: Sequence[str] = SEPARATORS) -> Iterator[str]:
    """Rows of one to three words, joined by all separators in all ways."""
    for length in (1, 2, 3):
        for row in product(words, repeat=length):
            for separators in product(between, repeat=length - 1):
                yield row[0] + "".join(map("".join, zip(separators, row[1:], strict=True)))


def differing(old: OldRules, rules: RuleSet, texts: Iterator[str]) -> list[tuple[str, str, str]]:
    """(text, what was left, what is left), but for the length of gaps."""
    patterns = [mask.what for mask in rules.masks if isinstance(mask.what, Pattern)]
    finders = [Finder(pattern) for pattern in patterns]
    found = []
    for text in texts:
        was = masked(old, Module("", text))
        now = blank(text, [span for finder in finders for span in finder.spans(text)]).text
        if was.split() != now.split():
            found.append((text, was, now))
    return found


def pairs(imported: Imported) -> list[str]:
    return [each.pointer for each in imported.diagnostics if each.code == "W901"]


def test_the_exclusions_of_the_corpus_leave_the_same(corpus: Path, compiled: Compile) -> None:
    old: OldRules = json.loads((corpus / "star_rules.json").read_bytes())
    imported = import_rules(old, "star_rules.json")
    words = ["stopwatch", "watchers", "anchoring", "bolts", "dreamliner", "memory", "leak"]
    words += ["visionary", "x"]

    assert pairs(imported) == []
    assert differing(old, compiled(imported), joined(words)) == []


@pytest.mark.parametrize(
    ("exclusions", "text", "was", "now"),
    [
        # The second exclusion is found in what the first one leaves.
        (("x", "a b"), "axb", "", "a b"),
        # The first one takes away what the second one begins with.
        (("memory leak", "leak detector"), "memory leak detector", "detector", ""),
        # The second one is found in what the first one leaves of itself.
        (("a b", "a b"), "aa bb", "", "a b"),
    ],
)
def test_differences_are_told(
    exclusions: tuple[str, str], text: str, was: str, now: str, compiled: Compile
) -> None:
    old = document(*exclusions)
    imported = import_rules(old, "old.json")
    ((_, left, leave),) = differing(old, compiled(imported), iter([text]))

    assert (" ".join(left.split()), " ".join(leave.split())) == (was, now)
    assert pairs(imported) == ["/exclusions/1/pattern"]


def test_the_length_of_a_gap_is_told_only_where_a_rule_can_see_it() -> None:
    assert pairs(import_rules(document("xy", rule="a b"), "old.json")) == ["/exclusions/0/pattern"]
    assert pairs(import_rules(document("xy", rule="a|b"), "old.json")) == []


PARTS = ["ab", "bc", "abc", "b", "a b", "b_c", r"\bab\b", "a.c", "ab?", r"\bb c\b", "[ab]c", "c+"]


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True))
@settings(max_examples=examples(40))
def test_every_difference_over_joined_words_is_told(exclusions: list[str]) -> None:
    """Generated exclusions, and texts made of their words with every separator."""
    old = document(*exclusions)
    imported = import_rules(old, "old.json")
    finders = [Finder(Pattern(each, ignore_case=True)) for each in exclusions]
    told = bool(pairs(imported))
    for text in joined(["ab", "bc", "a", "c"], ["", " ", "_"]):
        was = masked(old, Module("", text))
        now = blank(text, [span for finder in finders for span in finder.spans(text)]).text
        assert told or was.split() == now.split(), text


def test_reasons_are_kept_and_invented_where_there_are_none() -> None:
    old = document("a", "b")
    del old["exclusions"][1]["explain"]
    text = dict(import_rules(old, "dir/old.json").files)["masks.star"]

    assert 'mask matches /a/i because "no"' in text
    assert 'mask matches /b/i because "excluded in old.json"' in text


def test_the_suggester_had_no_exclusions() -> None:
    imported = import_rules(document("a"), "old.json", combine=Combine.MAX)

    assert "masks.star" not in dict(imported.files)
    assert any("1 exclusion " in str(note) for note in imported.notes)


@pytest.mark.parametrize("pattern", ["a(?!b)", "(?<!a)b", "a(?=b)"])
def test_look_arounds_in_exclusions_are_errors(pattern: str) -> None:
    imported = import_rules(document(pattern), "old.json")

    assert [(each.code, each.pointer) for each in imported.diagnostics] == [
        ("E909", "/exclusions/0/pattern")
    ]


def test_texts_that_match_nothing_are_errors() -> None:
    imported = import_rules(document("a*"), "old.json")

    assert [(each.code, each.pointer) for each in imported.diagnostics] == [
        ("E910", "/exclusions/0/pattern")
    ]
    assert re.sub("a*", " ", "b") == " b "
