"""No arrangement of the same declarations makes a difference."""

from random import Random
from typing import Protocol

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.rules.model import RuleSet
from starlang.rules.sections import semantic_digest, text_digest


class Compile(Protocol):
    """Compiles texts as the files of one rule set."""

    def __call__(self, *texts: str) -> RuleSet: ...


# In `⟨, |a; b⟩` the parts a and b may stand in any order, joined by the word before the `|`.
DECLARATIONS = """
star Flow ⟨ |label "F"; emoji "f"; domain "d"; aka ⟨, |F1; "F 2"⟩⟩

star Trail

default star Plain

weights { ⟨ |node 0.55; owner 0.20; path 0.41⟩ }

confidence { ⟨ |combine max; suggest 0.45; promote Flow 0.8 from 3 sources; margin 0.1;
same source ⟨, |path; node⟩; same source ⟨, |owner; node⟩⟩ }

derive ui yes ⟨ |when ⟨ or |path mentions ⟨, |web; app⟩; tier is T1⟩; unless lane is l; because "u"⟩

derive ui no when path mentions batch

derive node w when ui is yes and (owner ⟨ or owner |before "2025-01-01"; is missing⟩)

forbid "f" ⟨
|when ⟨ and |depends on modules under ⟨, |"l"; "k"⟩ where (⟨ or |ui is yes; tier is T1⟩);
not in a cycle⟩; except ⟨, |"x/b"; "x/a"⟩; because "v"; until "2027-01-01"⟩

mask mentions ⟨, |stopwatch; "memory leak*"; drift⟩ because "m"

mask matches /brand/ because "b"

rule a -> Flow ⟨
|when node in {⟨, |x; y; z⟩} and (⟨ or |owner is o; path matches /q/⟩); because "r"; weight 0.6⟩

rule b against Trail ⟨
|when ⟨ and |path mentions ⟨, |a; b⟩; path under ⟨, |"l"; "k"⟩; (tier is T1 or lane is l)⟩;
unless ⟨ or |node is q; owner only in {⟨, |v; w⟩}; not node is r⟩; weight 0.2⟩

table node ⟨ |because "t"; weight 0.3⟩ {
  ⟨ |⟨, |m; n⟩ -> Trail; o against Flow; /p/ -> Flow⟩ }

never promote to ⟨, |Flow; Trail⟩ ⟨, |"x"; "y"⟩ ⟨ |except ⟨, |"x/b"; "x/a"⟩; because "n"⟩

assign ⟨, |"s/t"; "s/u"; "s/v"⟩ ⟨ |to Flow; because "c"; until "2027-01-01"⟩

ceilings { ⟨
|at most 9 promoted; at most 8% promoted under ⟨, |"l"; "k"⟩; at least 5 Plain;
at most 2 stars per module⟩ }

rule c -> Flow when uses at least 2 modules
  where (⟨ and |owner not before "2025-01-01"; ui is yes⟩)

test "t" given ⟨ |node x; path a; owner o;
uses ⟨, |"b" with ⟨ and |tier T1; owner o⟩; "c" star Flow⟩⟩
  expect Flow at 0.6
""".strip().split("\n\n")
ROOT = 'ruleset example "1.0" { ⟨ |about "a", "b"; updated "2026"⟩ }'


def arranged(text: str, random: Random | None) -> str:
    """`text` with all its parts in an order that `random` chooses, or as they are written."""
    arranged_text, rest = _arranged(text, random, end="")
    assert rest == ""
    return arranged_text


def _arranged(text: str, random: Random | None, *, end: str) -> tuple[str, str]:
    """The arranged text up to one of the characters `end`, and the rest from there."""
    done = ""
    while text and text[0] not in end:
        if text[0] == "⟨":
            joint, _, text = text[1:].partition("|")
            parts = []
            while not text.startswith("⟩"):
                part, text = _arranged(text.lstrip("; \n"), random, end=";⟩")
                parts.append(part)
            if random is not None:
                random.shuffle(parts)
            done += joint.join(parts)
            text = text[1:]
        else:
            done += text[0]
            text = text[1:]
    return done, text


def without_places(rules: RuleSet) -> RuleSet:
    ceilings = rules.ceilings
    return evolve(
        rules,
        rules=tuple(evolve(each, at="") for each in rules.rules),
        derivations=tuple(evolve(each, at="") for each in rules.derivations),
        forbids=tuple(evolve(each, at="") for each in rules.forbids),
        masks=tuple(evolve(each, at="") for each in rules.masks),
        nevers=tuple(evolve(each, at="") for each in rules.nevers),
        assigns=tuple(evolve(each, at="") for each in rules.assigns),
        ceilings=evolve(
            ceilings,
            limits=tuple(evolve(each, at="") for each in ceilings.limits),
            floors=tuple(evolve(each, at="") for each in ceilings.floors),
        ),
    )


@pytest.fixture(scope="module")
def written(compiled: Compile) -> RuleSet:
    """The declarations as they stand above, in one file."""
    texts = [arranged(text, None) for text in (ROOT, *DECLARATIONS)]
    return compiled("\n".join(["starlang 1", *texts]))


@pytest.mark.requirement("R03", "R12")
@settings(max_examples=examples(60))
@given(
    random=st.randoms(use_true_random=False), layout=st.sampled_from(("\n", " # c\n", "\r\n\t "))
)
def test_arrangement_leaves_no_trace(
    random: Random, layout: str, compiled: Compile, written: RuleSet
) -> None:
    declarations = [arranged(text, random) for text in DECLARATIONS]
    random.shuffle(declarations)
    cuts = sorted(random.randrange(len(declarations) + 1) for _ in range(random.randrange(3)))
    parts = [declarations[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    root, *used = parts
    root.insert(random.randrange(len(root) + 1), arranged(ROOT, random))

    other = compiled(*(layout.join(["starlang 1", *part, ""]) for part in (root, *used)))

    assert without_places(other) == without_places(written)
    assert semantic_digest(other) == semantic_digest(written)
    assert text_digest(other) == text_digest(written)
