"""`starlang diff`: what changed between rule sets, and who flips because of which change."""

import json
import random
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import TypedDict

import pytest
from acceptance.reading import Module, OldRules, added, read_rules
from acceptance.trees import copy_of
from program.documents import complaints
from program.projects import Project, snapshot
from program.repositories import commit_all, git
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R32")


class Detail(TypedDict):
    what: str
    before: str
    after: str


class Blame(TypedDict):
    part: str
    name: str


class Change(TypedDict):
    part: str
    name: str
    change: str
    details: list[Detail]
    at_old: str
    at_new: str


class Text(TypedDict):
    part: str
    name: str
    what: str


class Verdict(TypedDict):
    outcome: str
    star: str
    score: str


class Flip(TypedDict):
    path: str
    before: Verdict
    after: Verdict
    blame: list[Blame]


class Document(TypedDict):
    changes: list[Change]
    texts: list[Text]
    compared: int
    complete: bool
    modules: list[Flip]


def compared(root: Path, old: str, new: str, *arguments: str) -> Document:
    done = starlang("diff", old, new, "--format", "json", *arguments, cwd=root)
    assert done.out, done.said
    assert complaints("diff", done.out) == []
    document: Document = json.loads(done.out)
    assert done.code == (3 if document["changes"] else 0)
    assert document["complete"]
    return document


def flipped(document: Document) -> dict[str, tuple[str, str, list[str]]]:
    """Path -> outcome before, outcome after, names of what is to blame."""
    return {
        each["path"]: (
            each["before"]["outcome"],
            each["after"]["outcome"],
            [blame["name"] for blame in each["blame"]],
        )
        for each in document["modules"]
    }


RULES = """
rule trail-path -> Trail weight 0.60 when path mentions memory
rule trail-tag -> Trail weight 0.20 when tag is kept
rule watch-path -> Watch weight 0.80 when path mentions guard
"""


@pytest.fixture
def small(project: Project) -> Project:
    """Rules twice, and five modules: two reach 0.80 of Trail or Watch, one reaches 0.60."""
    project.rules(RULES)
    project.rules(RULES, "rules/new.star")
    project.manifest("a/memory", tags=["kept"])
    project.manifest("b/memory")
    project.manifest("c/guard")
    project.manifest("d/guard_memory", star="✦ Trail (Memory)")
    project.manifest("e/page")
    return project


def test_a_weight_is_named_with_the_modules_that_it_moves(small: Project) -> None:
    small.rules(RULES.replace("0.60 when", "0.70 when"), "rules/new.star")

    found = compared(small.root, "rules/main.star", "rules/new.star")

    assert found["changes"] == [
        {
            "part": "rule",
            "name": "trail-path",
            "change": "changed",
            "details": [{"what": "weight", "before": "0.60", "after": "0.70"}],
            "at_old": "rules/main.star:11:1",
            "at_new": "rules/new.star:11:1",
        }
    ]
    assert found["compared"] == 5
    assert flipped(found) == {"b/memory": ("suggested", "promoted", ["trail-path"])}


@pytest.mark.parametrize(("old", "new", "how"), [(0, 1, "added"), (1, 0, "removed")])
def test_a_mask_is_a_change_that_decides(small: Project, old: int, new: int, how: str) -> None:
    mask = 'mask mentions "memory leak" because "a bug"'
    small.rules("\n".join([RULES, *[mask] * old]))
    small.rules("\n".join([RULES, *[mask] * new]), "rules/new.star")

    [change] = compared(small.root, "rules/main.star", "rules/new.star")["changes"]

    assert (change["part"], change["change"]) == ("mask", how)


def test_each_module_has_the_change_that_alone_is_enough(small: Project) -> None:
    changed = RULES.replace("0.60 when", "0.50 when").replace("mentions guard", "mentions page")
    small.rules(f"{changed}confidence {{ suggest 0.55 promote 0.75 }}", "rules/new.star")

    found = compared(small.root, "rules/main.star", "rules/new.star")

    assert {(each["part"], each["name"]) for each in found["changes"]} == {
        ("confidence", "promote"),
        ("confidence", "suggest"),
        ("rule", "trail-path"),
        ("rule", "watch-path"),
    }
    assert flipped(found) == {
        "a/memory": ("promoted", "suggested", ["promote", "trail-path"]),
        "b/memory": ("suggested", "weak", ["suggest", "trail-path"]),
        "c/guard": ("promoted", "silent", ["watch-path"]),
        "e/page": ("silent", "promoted", ["watch-path"]),
    }


def test_a_ceiling_is_to_blame_for_whom_it_holds(small: Project) -> None:
    small.rules(f"{RULES}ceilings {{ at most 1 promoted on breach defer }}", "rules/new.star")

    found = compared(small.root, "rules/main.star", "rules/new.star")

    assert flipped(found) == {"c/guard": ("promoted", "deferred", ["on breach", "promoted"])}


def test_what_decides_nothing_is_no_difference(small: Project) -> None:
    lines = [line for line in RULES.splitlines() if line]
    shuffled = "\n".join(f"# a note\n{line}  \n" for line in reversed(lines))
    said = shuffled.replace("tag is kept", 'tag is kept\n  because "it stays"')
    small.rules(said, "rules/new.star")

    found = compared(small.root, "rules/main.star", "rules/new.star")

    assert (found["changes"], found["modules"]) == ([], [])
    assert [(each["name"], each["what"]) for each in found["texts"]] == [("trail-tag", "because")]
    text = succeed("diff", "rules/main.star", "rules/new.star", cwd=small.root).text
    assert text.startswith("The rule sets decide alike.")


def test_a_renamed_rule_is_one_change_and_moves_nobody(small: Project) -> None:
    small.rules(RULES.replace("rule trail-tag", "rule kept"), "rules/new.star")

    found = compared(small.root, "rules/main.star", "rules/new.star")

    assert [(each["change"], each["name"]) for each in found["changes"]] == [
        ("renamed", "trail-tag")
    ]
    assert found["modules"] == []


def test_a_new_star_comes_with_its_rules(small: Project) -> None:
    more = 'star Page\n  label "Page"\nrule page -> Page weight 0.9 when path mentions page\n'
    small.rules(RULES + more, "rules/new.star")

    found = compared(small.root, "rules/main.star", "rules/new.star")

    assert {(each["part"], each["name"], each["change"]) for each in found["changes"]} == {
        ("star", "Page", "added"),
        ("order", "order", "changed"),
        ("rule", "page", "added"),
    }
    assert set(flipped(found)) == {"e/page"}
    assert {"Page", "page"} <= set(flipped(found)["e/page"][2])


def test_revisions_are_read_from_git(small: Project) -> None:
    small.rules(f'use "more.star"\n{RULES}')
    small.write(
        "rules/more.star", 'starlang 1\nrule page -> Trail weight 0.9 when path is "e/page"'
    )
    commit_all(small.root)
    git(small.root, "tag", "v1")
    small.write(
        "rules/more.star", 'starlang 1\nrule page -> Trail weight 0.6 when path is "e/page"'
    )
    before = snapshot(small.root)

    found = compared(small.root, "v1:rules/main.star", "rules/main.star")

    assert [(each["name"], each["at_old"]) for each in found["changes"]] == [
        ("page", "rules/more.star:2:1")
    ]
    assert flipped(found) == {"e/page": ("promoted", "suggested", ["page"])}
    assert compared(small.root, "v1:rules/main.star", "HEAD:rules/main.star")["changes"] == []
    assert compared(small.root / "rules", "v1:main.star", "main.star")["changes"]
    assert snapshot(small.root) == before


@pytest.mark.parametrize(
    ("old", "code", "words"),
    [
        ("v9:rules/main.star", "E860", "no revision `v9`"),
        ("main:rules/mian.star", "E861", "did you mean `rules/main.star`?"),
        ("main:manifests/a/memory/module.manifest.json", "E851", "not a compiled rule set"),
        ("rules/none.star", "E401", "rules/none.star"),
        ("-x:rules/main.star", "E860", "no revision `-x`"),
    ],
)
def test_what_is_not_there_is_said(small: Project, old: str, code: str, words: str) -> None:
    commit_all(small.root)

    done = starlang("diff", "--", old, "rules/main.star", cwd=small.root)

    assert (done.code, done.out) == (1, b"")
    assert f"[{code}]" in done.said
    assert words in " ".join(done.said.split())


def test_broken_rules_of_a_revision_are_diagnosed(small: Project) -> None:
    small.rules("rule x -> Nowhere weight 0.5 when path mentions x")
    commit_all(small.root)
    small.rules(RULES)

    done = starlang("diff", "HEAD:rules/main.star", "rules/main.star", cwd=small.root)

    assert done.code == 1
    assert "rules/main.star:10" in done.said
    assert "Nowhere" in done.said


def test_without_manifests_the_rules_are_compared_all_the_same(project: Project) -> None:
    project.rules(RULES)
    project.rules(RULES.replace("0.20", "0.25"), "rules/new.star")

    done = starlang("diff", "rules/main.star", "rules/new.star", cwd=project.root)

    assert done.code == 3
    assert "weight 0.20 → 0.25" in done.text
    assert "no modules are compared" in done.said


def test_a_compiled_rule_set_is_compared_too(small: Project) -> None:
    succeed("compile", "-o", "rules.json", cwd=small.root)
    small.rules(RULES.replace("0.60 when", "0.70 when"), "rules/new.star")

    assert compared(small.root, "rules.json", "rules/main.star")["changes"] == []
    assert set(flipped(compared(small.root, "rules.json", "rules/new.star"))) == {"b/memory"}


Sums = dict[str, Decimal]


def sums_of(rules: OldRules, module: Module) -> Sums:
    """What each label has, as the old generator added it."""
    sums: Sums = {}
    for _, label, weight in added(rules, module):
        sums[label] = sums.get(label, Decimal(0)) + weight
    return sums


def decided(rules: OldRules, sums: Sums) -> tuple[str, str]:
    """(outcome, label) of a module on the default star that has `sums`."""
    suggest, promote = (
        Decimal(str(rules["confidence"][key])) for key in ("min_suggest", "min_autopromote")
    )
    best = max(sums.values(), default=Decimal(0))
    leaders = [label for label in rules["canonical_stars"] if sums.get(label) == best]
    if best >= promote:
        return "promoted" if len(leaders) == 1 else "contested", leaders[0]
    return ("suggested", leaders[0]) if best >= suggest else ("nothing", "")


def test_one_weight_and_one_pattern_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    """Exactly those are named, and the flips are those of a plain reading of the JSON rules."""
    tree = copy_of(corpus, tmp_path / "tree")
    shutil.copytree(tree.root / "rules", tree.root / "changed")
    edit(tree.root / "changed" / "paths.star", "|aud(it|itor)", "")
    edit(
        tree.root / "changed" / "nodes.star",
        "attention, thought -> Flow",
        "attention -> Flow\n  thought   -> Flow weight 0.45",
    )
    before, after = read_rules(tree.root), read_rules(tree.root)
    audit = next(each for each in after["rules"] if "aud(it|itor)" in each["pattern"])
    audit["pattern"] = audit["pattern"].replace("|aud(it|itor)", "")
    weight = Decimal(str(before["weights"]["node_override"]))
    flow = next(each["star"] for each in before["node_overrides"] if each["node"] == "thought")
    blamed = {}
    for module in tree.modules():
        sums, other = sums_of(before, module), sums_of(after, module)
        if "thought" in module.nodes:
            other[flow] += Decimal("0.45") - weight
        if decided(before, sums) != decided(after, other):
            by_pattern = decided(before, sums_of(after, module)) == decided(after, other)
            blamed[module.path] = "watch-path" if by_pattern else "node:thought->Flow"

    found = compared(
        tree.root, "rules/constellation.star", "changed/constellation.star", "--reassess"
    )

    assert [(each["part"], each["name"]) for each in found["changes"]] == [
        ("rule", "node:thought->Flow"),
        ("rule", "watch-path"),
    ]
    assert set(blamed.values()) == {"watch-path", "node:thought->Flow"}
    assert {path: blame for path, (_, _, blame) in flipped(found).items()} == {
        path: [blame] for path, blame in blamed.items()
    }


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def test_the_corpus_laid_out_otherwise_is_the_same(corpus: Path, tmp_path: Path) -> None:
    """All files reordered, with comments and other layout."""
    tree = copy_of(corpus, tmp_path / "tree")
    chosen = random.Random(20_261_127)  # noqa: S311 -- the same in every run
    for file in sorted((tree.root / "rules").glob("*.star")):
        copied = tree.root / "other" / file.name
        copied.parent.mkdir(exist_ok=True)
        copied.write_text(shuffled(file.read_text("utf-8"), chosen), "utf-8")

    found = compared(
        tree.root, "rules/constellation.star", "other/constellation.star", "--reassess"
    )

    assert (found["changes"], found["texts"], found["modules"]) == ([], [], [])


def shuffled(text: str, chosen: random.Random) -> str:
    """Declarations of a file in another order, each with a comment and other spaces."""
    head, *blocks = re.split(r"\n\n(?=\S)", text)
    declarations = [block for block in blocks if not block.startswith(("ruleset", "starlang"))]
    first = [block for block in blocks if block not in declarations]
    chosen.shuffle(declarations)
    moved = [f"# moved\n{block.replace(' -> ', '   ->  ')}" for block in declarations]
    return "\n\n".join([head, *first, *moved]) + "\n"


DERIVED = """
derive stores yes when path mentions {words}
derive hub yes when used by at least {users} modules
derive tier T1 when hub is yes
rule trail-stores -> Trail weight 0.80 when stores is yes
rule watch-near -> Watch weight 0.80 when uses modules where (tier is T1)
rule trail-tier -> Trail weight 0.80 when tier is T1
forbid "owned" when stores is yes and owner is missing because "{reason}"
"""


@pytest.mark.requirement("R44", "R51")
def test_a_derivation_is_to_blame_for_modules_and_for_their_neighbours(project: Project) -> None:
    """What a module has anew changes those that use it; a forbid changes no star of any."""
    project.config('\n[graph]\nimports = "imports.json"\n')
    project.write("imports.json", json.dumps({"imports": {"x/one": ["lib/core"]}}))
    for path in ("a/memory", "b/fold", "lib/core", "x/one"):
        project.manifest(path)
    project.rules(DERIVED.format(words="memory", users=2, reason="x"))
    changed = DERIVED.format(words="memory, fold", users=1, reason="y")
    project.rules(changed.replace("is missing", "is nobody"), "rules/new.star")

    found = compared(project.root, "rules/main.star", "rules/new.star")

    assert [(each["part"], each["name"], each["change"]) for each in found["changes"]] == [
        ("derive", "hub yes", "changed"),
        ("derive", "stores yes", "changed"),
    ]
    assert flipped(found) == {
        "b/fold": ("silent", "promoted", ["stores yes"]),
        "lib/core": ("silent", "promoted", ["hub yes"]),
        "x/one": ("silent", "promoted", ["hub yes"]),
    }
    said = [(each["part"], each["name"], each["what"]) for each in found["texts"]]
    assert said == [("forbid", "owned", "when"), ("forbid", "owned", "because")]

    arguments = ("plan", "--reassess", "--format", "json", "--rules", "rules/new.star")
    plan = json.loads(succeed(*arguments, cwd=project.root).out)
    assert [(each["path"], each["rules"]) for each in plan["neighbours"]["modules"]] == [
        ("lib/core", ["trail-tier"]),
        ("x/one", ["watch-near"]),
    ]


@pytest.mark.requirement("R44")
def test_what_only_new_manifests_have_decides_nothing(project: Project) -> None:
    """A derivation that no rule reads, and one that a rule comes to read."""
    rule = "rule trail-path -> Trail weight 0.60 when path mentions memory\n"
    project.rules(rule)
    project.rules(f"{rule}derive tier T1 when path mentions memory", "rules/new.star")
    reading = f"{rule}derive tier T1 when path mentions memory\nrule t -> Trail when tier is T1"
    project.rules(f"weights {{ tier 0.30 }}\n{reading}", "rules/reading.star")

    assert compared(project.root, "rules/main.star", "rules/new.star")["changes"] == []
    found = compared(project.root, "rules/new.star", "rules/reading.star")

    assert [(each["part"], each["name"], each["change"]) for each in found["changes"]] == [
        ("derive", "tier T1", "changed"),
        ("rule", "t", "added"),
        ("facet", "tier", "added"),
    ]
