"""Compiled files: written, read back, and refused where anything is wrong with them."""

import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.predicates import built

from starlang.diagnostics.model import Diagnostic
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules import conditions as c
from starlang.rules import model as m
from starlang.rules import predicates as p
from starlang.rules import relations, text_predicates
from starlang.rules.compiled_file import dumps, loads, ruleset
from starlang.rules.derivations import derivation_key
from starlang.rules.predicate import Predicate
from starlang.rules.sections import section_digest, semantic_digest, text_digest
from starlang.rules.shapes import amount_text, decimal_text, fraction_text
from starlang.rules.text_predicates import Matches, Under

ROOT = Path(__file__).resolve().parents[2]

words = st.text(max_size=5)
names = st.text(min_size=1, max_size=5)
texts = st.lists(words, max_size=3).map(tuple)
micros = st.integers(0, 2_000_000)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)
needles = st.builds(
    Needle, st.lists(st.text("abcé1", min_size=1), min_size=1, max_size=3).map(tuple), st.booleans()
)
patterns = st.builds(Pattern, names, st.booleans())
tests = st.one_of(
    built(
        p.PREDICATES,
        {
            "facet": words,
            "values": texts,
            "needles": st.lists(needles, max_size=2).map(tuple),
            "pattern": patterns,
            "ignoring": st.none() | patterns,
            "globs": texts,
            "texts": texts,
            "number": decimals,
            "count": st.integers(0, 9),
            "value": st.booleans(),
            "day": words,
            "names": texts,
            "at_most": st.booleans(),
            "standing": st.sampled_from(("currently", "reaching")),
            "star": words,
            "where": st.none(),
        },
    )
)
conditions: st.SearchStrategy[c.Condition] = st.recursive(
    tests,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(lambda found: c.AllOf(tuple(found))),
        st.lists(parts, max_size=3).map(lambda found: c.AnyOf(tuple(found))),
        parts.map(c.Not),
    ),
    max_leaves=5,
)
amounts = st.builds(m.Amount, st.fractions(0, 1000, max_denominator=1000), st.booleans())


pairs = st.dictionaries(names, words, max_size=2).map(lambda found: tuple(sorted(found.items())))


def rule_sets() -> st.SearchStrategy[m.RuleSet]:
    star = st.builds(m.Star, names, words, texts, words, words, st.booleans())
    rule = st.builds(
        m.Rule,
        names,
        words,
        st.sampled_from((1, -1)),
        st.integers(1, 1_000_000),
        texts,
        conditions,
        words,
        words,
    )
    derivation = st.builds(
        m.Derivation, words, words | st.booleans() | decimals, conditions, words, words
    )
    stars_own = st.dictionaries(names, micros, max_size=2).map(lambda d: tuple(sorted(d.items())))
    return st.builds(
        m.RuleSet,
        id=words,
        version=words,
        stars=st.lists(star, max_size=3, unique_by=lambda each: each.id).map(tuple),
        order=texts,
        rules=st.lists(rule, max_size=3, unique_by=lambda each: each.name).map(tuple),
        masks=st.lists(st.builds(m.Mask, needles | patterns, words, words), max_size=2).map(tuple),
        confidence=st.builds(
            m.Confidence,
            st.sampled_from(m.Combine),
            micros,
            micros,
            micros,
            stars_own,
            st.integers(1, 9),
            st.sampled_from(((), (("Flow", 2),), (("Flow", 1), ("Trail", 9)))),
            st.sampled_from(((), (("node", "path"),), (("graph", "owner"), ("node", "path")))),
        ),
        nevers=st.lists(
            st.builds(m.Never, texts, conditions, texts, words, words, words), max_size=2
        ).map(tuple),
        assigns=st.lists(
            st.builds(m.Assign, names, words, words, words, words),
            max_size=2,
            unique_by=lambda each: each.path,
        ).map(tuple),
        ceilings=st.builds(
            m.Ceilings,
            st.lists(
                st.builds(m.Ceiling, amounts, words, texts, words, words, words), max_size=2
            ).map(tuple),
            st.lists(st.builds(m.Floor, amounts, words, words), max_size=2).map(tuple),
            st.integers(1, 3),
            st.sampled_from(m.OnBreach),
        ),
        facets=st.lists(
            st.builds(m.FacetUse, words, texts, texts, pairs, st.booleans(), words), max_size=2
        ).map(tuple),
        entries=st.dictionaries(names, texts, max_size=2).map(lambda d: tuple(sorted(d.items()))),
        tests=words,
        derivations=st.lists(derivation, max_size=3).map(
            lambda found: tuple(sorted(found, key=derivation_key))
        ),
        forbids=st.lists(
            st.builds(m.Forbid, names, conditions, texts, words, words, words), max_size=2
        ).map(tuple),
    )


@pytest.mark.requirement("R03")
@settings(max_examples=examples(200))
@given(rule_sets())
def test_what_is_written_is_read_back(rules: m.RuleSet) -> None:
    text = dumps(rules)
    document = json.loads(text)

    assert ruleset(document["semantics"], document["texts"], document["places"]) == rules
    assert text.isascii()
    assert text.endswith("}\n")


def test_every_form_of_the_language_is_read_back(everything: m.RuleSet) -> None:
    assert loads(dumps(everything)) == everything


def test_every_class_of_a_test_can_be_read_back_and_generated() -> None:
    """One that is in no union would be written to compiled files, and refused there."""
    classes = {
        each
        for module in (p, text_predicates, relations)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Predicate) and "key" in vars(each)
    }

    assert classes == set(p.PREDICATES)
    assert len({each.key for each in p.PREDICATES}) == len(p.PREDICATES)


def test_every_test_of_the_language_is_among_these_forms(everything: m.RuleSet) -> None:
    """Else what the schema says of it is not tried."""
    written = [rule.condition for rule in everything.rules]

    assert {type(test) for each in written for test in c.walk(each)} == set(p.PREDICATES)


def test_a_compiled_file_is_as_its_schema_says(everything: m.RuleSet) -> None:
    schema = json.loads((ROOT / "configs/schemas/ruleset.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    assert list(validator.iter_errors(json.loads(dumps(everything)))) == []


def test_the_schema_knows_no_other_members(everything: m.RuleSet) -> None:
    schema = json.loads((ROOT / "configs/schemas/ruleset.schema.json").read_text("utf-8"))
    document = json.loads(dumps(everything))
    document["semantics"]["rules"][0]["extra"] = 1

    assert not jsonschema.Draft202012Validator(schema).is_valid(document)


def test_the_file_is_canonical(everything: m.RuleSet) -> None:
    """Keys are sorted, a rule is a line, and the digests are those of the sections."""
    text = dumps(everything)
    document = json.loads(text)

    assert json.loads(text, object_pairs_hook=lambda pairs: [k for k, _ in pairs]) == sorted(
        document
    )
    for rule in everything.rules:
        assert sum(f'"name": {json.dumps(rule.name)}' in line for line in text.splitlines()) == 1
    assert (
        document["digest"] == semantic_digest(everything) == section_digest(document["semantics"])
    )
    assert document["text_digest"] == text_digest(everything) == section_digest(document["texts"])


def refusal(text: str) -> tuple[str, str]:
    found = loads(text, "compiled.json")
    assert isinstance(found, Diagnostic)
    assert found.hint
    return found.code, found.file


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1,]", "{}{}", "[" * 100_000, "\ufeff{}", '{"a": nul}'],
    ids=["empty", "open", "comma", "two", "deep", "mark", "word"],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    assert refusal(text) == ("E850", "compiled.json")


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        "{}",
        '{"format": 1}',
        '{"format": "starlang-plan/1"}',
        '{"format": "starlang-ruleset/x"}',
        '{"format": "starlang-ruleset/"}',
        '{"format": "starlang-ruleset/99999999999999999999"}',
    ],
)
def test_what_is_no_rule_set_is_refused(text: str) -> None:
    assert refusal(text) == ("E851", "compiled.json")


def test_other_versions_are_refused_by_name(everything: m.RuleSet) -> None:
    text = dumps(everything)
    newer_language = json.loads(text)
    newer_language["semantics"]["language"] = 2

    assert refusal(text.replace("starlang-ruleset/1", "starlang-ruleset/2"))[0] == "E852"
    assert refusal(json.dumps(newer_language))[0] == "E852"
    assert refusal(text.replace("starlang-ruleset/1", "starlang-ruleset/0"))[0] == "E853"


def test_an_edit_by_hand_is_refused(everything: m.RuleSet) -> None:
    text = dumps(everything)

    assert refusal(text.replace('"weight": "0.700000"', '"weight": "0.710000"'))[0] == "E854"
    assert refusal(text.replace('"kinds": ["path"]', '"kinds": ["path"], "x": 1'))[0] == "E856"
    assert refusal(text.replace("cornerstones", "keystones"))[0] == "E855"


def test_layout_is_no_damage(everything: m.RuleSet) -> None:
    document = json.loads(dumps(everything))

    assert loads(json.dumps(document, indent=7).replace("\n", "\r\n")) == everything


BROKEN: dict[str, Callable[[m.RuleSet], m.RuleSet]] = {
    "no default": lambda r: evolve(r, stars=tuple(evolve(s, is_default=False) for s in r.stars)),
    "two stars of a name": lambda r: evolve(r, stars=(*r.stars, r.stars[0])),
    "a rule for the default": lambda r: evolve(r, rules=(evolve(r.rules[0], star="Plain"),)),
    "a rule for nothing": lambda r: evolve(r, rules=(evolve(r.rules[0], star="Nothing"),)),
    "a sign of 2": lambda r: evolve(r, rules=(evolve(r.rules[0], sign=2),)),
    "no weight": lambda r: evolve(r, rules=(evolve(r.rules[0], weight=0),)),
    "a heavy weight": lambda r: evolve(r, rules=(evolve(r.rules[0], weight=1_000_001),)),
    "an order of other stars": lambda r: evolve(r, order=("Nothing",)),
    "an unknown exception": lambda r: evolve(r, nevers=(evolve(r.nevers[0], stars=("Nothing",)),)),
    "an unknown assignment": lambda r: evolve(r, assigns=(m.Assign("a", "Nothing"),)),
    "an unknown threshold": lambda r: evolve(
        r, confidence=m.Confidence(promote_star=(("Nothing", 700_000),))
    ),
    "promote below suggest": lambda r: evolve(
        r, confidence=m.Confidence(suggest=500_000, promote=400_000)
    ),
    "no sources": lambda r: evolve(r, confidence=m.Confidence(sources=0)),
    "ten sources": lambda r: evolve(r, confidence=m.Confidence(sources_star=(("Flow", 10),))),
    "sources of an unknown star": lambda r: evolve(
        r, confidence=m.Confidence(sources_star=(("Nothing", 2),))
    ),
    "a set of one source": lambda r: evolve(r, confidence=m.Confidence(same=(("path",),))),
    "sets that share a source": lambda r: evolve(
        r, confidence=m.Confidence(same=(("a", "b"), ("b", "c")))
    ),
    "a wide margin": lambda r: evolve(r, confidence=m.Confidence(margin=1_000_001)),
    "no stars": lambda r: evolve(r, ceilings=m.Ceilings(stars_per_module=0)),
    "a negative ceiling": lambda r: evolve(
        r, ceilings=m.Ceilings(floors=(m.Floor(m.Amount(Fraction(-1), percent=False)),))
    ),
    "a bad pattern": lambda r: evolve(
        r, rules=(evolve(r.rules[0], condition=c.Not(Matches("path", Pattern("(")))),)
    ),
    "a bad ignoring": lambda r: evolve(
        r,
        rules=(evolve(r.rules[0], condition=Matches("path", Pattern("a"), Pattern("(?=a)"))),),
    ),
    "a bad mask": lambda r: evolve(r, masks=(m.Mask(Pattern("[")),)),
    "a bad glob": lambda r: evolve(
        r, nevers=(evolve(r.nevers[0], condition=Under("path", ("/a",))),)
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_file_that_no_compiler_wrote_is_refused_whatever_its_digest(
    broken: Callable[[m.RuleSet], m.RuleSet], everything: m.RuleSet
) -> None:
    assert refusal(dumps(broken(everything))) == ("E856", "compiled.json")


@pytest.mark.parametrize(
    "number", ["NaN", "1e999999999", "Infinity", "1_0", "--1", "", "1/0", "9" * 999]
)
def test_numbers_of_another_form_are_refused(number: str, everything: m.RuleSet) -> None:
    for old in ('"0.700000"', '"2.5"', '"12.5%"'):
        text = dumps(everything)
        assert refusal(text.replace(old, json.dumps(number)))[0] == "E856"
        assert old in text


@settings(max_examples=examples(200))
@given(data=st.data())
def test_no_change_of_a_value_goes_unnoticed(data: st.DataObject, everything: m.RuleSet) -> None:
    """Whatever is replaced in a file, it is refused or means the same, and never a traceback."""
    document = json.loads(dumps(everything))
    section = data.draw(st.sampled_from(("semantics", "texts", "places", "digest", "text_digest")))
    holder, key = document, section
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(
            st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder)))
        )
    replaced = holder[key]
    holder[key] = data.draw(
        st.sampled_from((None, 1, 1.5, True, "", "x", "0.5", [], {}, ["x"], {"all": []}))
    )

    found = loads(json.dumps(document))

    if isinstance(found, Diagnostic):
        assert found.code in {"E851", "E852", "E853", "E854", "E855", "E856"}
    else:
        assert section == "places" or holder[key] == replaced
        assert semantic_digest(found) == semantic_digest(everything)


def test_reading_needs_no_parser() -> None:
    program = (
        "import sys; from starlang.rules.compiled_file import loads;"
        "heavy = {'jsonschema', 'rich', 'typer'};"
        "own = {'starlang.syntax', 'starlang.checker', 'starlang.compiler'};"
        "print(sorted((heavy | own) & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


@given(st.integers(-(10**9), 10**9))
def test_amounts_are_decimals(micro: int) -> None:
    text = amount_text(micro)

    assert Fraction(text) == Fraction(micro, 1_000_000)
    assert len(text.partition(".")[2]) == 6


@given(st.fractions(min_value=0), decimals)
def test_numbers_are_exact(fraction: Fraction, number: Decimal) -> None:
    assert Fraction(fraction_text(fraction)) == fraction
    assert Decimal(decimal_text(number)) == number
    assert decimal_text(number) == decimal_text(
        Decimal(f"{number:f}0" if "." in f"{number:f}" else f"{number:f}.0")
    )
