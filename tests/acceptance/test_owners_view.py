"""What `starlang plan` says of a tree at once: every figure, on the corpus and on a changed copy.

Each figure is calculated from the JSON files by `reading`. The copy has other names for stars,
capabilities and directories, and twenty of its manifests are changed; the same sentences must
stand there, with its own figures.
"""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from acceptance.reading import Manifest, View, read_rules
from acceptance.renaming import Renaming, renaming, write_copy
from acceptance.trees import Tree, with_rules
from attrs import frozen
from program.documents import Module as Planned
from program.documents import Plan, by_path, codes
from program.run import on_terminal

pytestmark = pytest.mark.requirement("R08", "R11", "R13", "R18")

SEED = 20_251_019
CHANGED = 20
SATURN = "🪐 Saturn"


@frozen
class Seen:
    """A tree, its figures, and what the program says of it."""

    tree: Tree
    view: View
    code: int
    text: str
    plan: Plan

    @property
    def words(self) -> str:
        """The text as one line."""
        return " ".join(self.text.split())


@frozen
class Copy:
    tree: Tree
    names: Renaming
    changed: frozenset[str]


@pytest.fixture(scope="module")
def copy(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The renamed corpus, with twenty manifests changed."""
    names = renaming(corpus, SEED)
    labels = list(map(names.label, read_rules(corpus)["canonical_stars"]))
    chosen = Random(SEED).sample(range(1421), CHANGED)  # noqa: S311 -- the same in every run
    changed = set()

    def change(number: int, manifest: Manifest) -> Manifest:
        if number not in chosen:
            return manifest
        changed.add(manifest["module"]["path"])
        return changes(names, labels)[chosen.index(number) % 4](manifest)

    root = tmp_path_factory.mktemp("copy") / "tree"
    write_copy(corpus, root, names, change)
    tree = Tree(root, "catalogue", names.label("Supporting"))
    return Copy(with_rules(tree), names, frozenset(changed))


def changes(names: Renaming, labels: list[str]) -> list[Callable[[Manifest], Manifest]]:
    """Ways to change a manifest: another star, a star that nobody knows, and other evidence."""

    def carrying(label: str) -> Callable[[Manifest], Manifest]:
        return lambda manifest: {**manifest, "constellation_alignment": {"primary_star": label}}

    def declaring(nodes: list[str], capabilities: list[str]) -> Callable[[Manifest], Manifest]:
        return lambda manifest: {
            **manifest,
            "matriz_integration": {"pipeline_nodes": nodes},
            "capabilities": [{"name": names.capabilities[each]} for each in capabilities],
        }

    return [
        carrying(labels[0]),
        carrying(SATURN),
        declaring([], ["authentication"]),
        declaring(["thought"], []),
    ]


@pytest.fixture(scope="module", params=["corpus", "copy"])
def seen(request: pytest.FixtureRequest, tree: Tree) -> Seen:
    if request.param == "copy":
        other: Copy = request.getfixturevalue("copy")
        tree = other.tree
    done = tree.run("plan")
    return Seen(tree, tree.view(), done.code, done.text, tree.plan()[1])


def test_the_copy_is_another_tree(tree: Tree, copy: Copy) -> None:
    ours, other = tree.view(), copy.tree.view()

    assert len(copy.changed) == CHANGED
    assert (ours.modules, other.modules) == (1421, 1421)
    assert ours.default != other.default
    assert len(ours.foreign) < len(other.foreign)
    assert ours.outcomes != other.outcomes
    assert [group[0] for group in ours.groups] != [group[0] for group in other.groups]


def test_figures_of_the_corpus(tree: Tree) -> None:
    """Those that its owner would remember; all others follow from the files as well."""
    view = tree.view()

    assert (view.modules, view.default) == (1421, 705)
    assert (view.outcomes.get("promoted", 0), view.outcomes["suggested"]) == (0, 102)
    assert [size for size, *_ in view.groups] == [44, 31, 19, 8]
    assert (len(view.foreign), len(view.uppercase)) == (8, 7)
    assert view.misses_the_floor


def test_it_can_be_read_in_eighty_columns(seen: Seen) -> None:
    """A terminal of 80 columns shows all of it; in a pipe no path is broken."""
    code, screen = on_terminal("plan", cwd=seen.tree.root)
    root, manifests = seen.tree.root, seen.tree.root / seen.tree.manifests
    long = [path for path in re.findall(r"[\w-]+(?:/[\w-]+)+", seen.text) if len(path) >= 40]

    assert (code, "".join(screen.split())) == (seen.code, "".join(seen.text.split()))
    assert [line for line in screen.splitlines() if len(line) > 80] == []
    lines = (screen + seen.text).splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\x1b" not in screen + seen.text
    assert long != []
    assert [p for p in long if not ((root / p).is_dir() or (manifests / p).is_dir())] == []


def test_how_many_carry_the_default(seen: Seen) -> None:
    share = f"{seen.view.default / seen.view.modules:.1%}"

    assert seen.text.splitlines()[0] == (
        f"{seen.view.modules:,} modules planned; "
        f"{seen.view.default:,} carry {seen.tree.default} ({share})"
    )


def test_what_becomes_of_all(seen: Seen) -> None:
    screen = seen.text.split("\n\n")[0]
    rows = re.findall(r"^ +([\d,]+)  ([a-z]+)  ", screen, re.MULTILINE)
    counted = {outcome: int(number.replace(",", "")) for number, outcome in rows}

    assert counted == {"promoted": 0, "suggested": 0} | dict(seen.view.outcomes)
    assert sum(counted.values()) == seen.view.modules


def test_why_none_is_promoted(seen: Seen) -> None:
    assert seen.view.outcomes.get("promoted", 0) == 0
    said = re.search(
        r"None is promoted: modules on (\w+) score at most ([\d.]+) \(([\d,]+) modules?, .*?\), "
        r"and ([\d.]+) is needed",
        seen.words,
    )

    assert said is not None
    assert said.groups() == (
        seen.tree.default,
        f"{seen.view.best:.2f}",
        f"{seen.view.at_best:,}",
        "0.70",
    )


def test_the_suggestions_in_groups_with_the_same_evidence(seen: Seen) -> None:
    count = seen.view.outcomes["suggested"]
    section = seen.text.split(f"\nSuggested ({count})\n")[1].split("\n\n")[0]
    heads = re.findall(
        r"^  (\w+) ([\d.]+)  +(?:(\d+) modules: (.*)|\S+\n +(.*))$", section, re.MULTILINE
    )

    found = sorted((int(size or 1), star, more or one) for star, _, size, more, one in heads)
    expected = sorted((size, label.split(" ")[1], whats) for size, label, whats in seen.view.groups)
    assert [each[:2] for each in found] == [each[:2] for each in expected]
    for _, star, whats in expected:
        named = [text for _, its, text in found if its == star]
        assert any(all(what in text for what in whats) for text in named), whats


def test_stars_outside_of_the_canon(seen: Seen) -> None:
    plan = seen.plan
    foreign = {each["path"] for each in plan["modules"] if each["outcome"] == "unrecognised"}
    warned = {each["file"] for each in plan["warnings"] if each["code"] == "W802"}

    assert foreign == seen.view.foreign
    assert {file.split("/", 1)[1].rpartition("/")[0] for file in warned} == foreign
    assert re.search(rf"^  W802 +{len(foreign)} x ", seen.text, re.MULTILINE)


def test_paths_with_uppercase_letters_block(seen: Seen) -> None:
    plan = seen.plan
    directories = [part for path in seen.view.uppercase for part in path.split("/")]
    violations = sum(part != part.lower() for part in directories)

    assert seen.code == 5
    assert set(codes(plan["blocked"])) == {"E602"}
    paths = {each["file"].split("/", 1)[1].rpartition("/")[0] for each in plan["blocked"]}
    assert paths == seen.view.uppercase
    assert re.search(rf"^  E602 +{violations} x ", seen.text, re.MULTILINE)
    assert f"cannot be applied ({violations})" in seen.text


def test_the_floor_is_missed_already(seen: Seen) -> None:
    view = seen.view
    assert view.misses_the_floor

    said = re.search(
        r"`at least 55% (\w+)` is missed .*?(\d+) of ([\d,]+) .*? (\d+) are", seen.words
    )
    assert said is not None
    figures = [int(number.replace(",", "")) for number in said.groups()[1:]]
    assert (said[1], figures) == (seen.tree.default, [view.default, view.modules, view.needed])


def test_kept_stars_that_the_rules_would_not_give(seen: Seen) -> None:
    kept = seen.view.outcomes["kept"]

    assert f"({seen.view.disagreeing:,} of {kept:,} kept)" in seen.text


def test_with_a_waiver_a_path_the_run_goes_on(seen: Seen) -> None:
    seen.tree.waive(seen.view.uppercase)
    try:
        done = seen.tree.run("plan")
    finally:
        seen.tree.config()

    assert done.code == 0
    assert re.search(rf"\b{len(seen.view.uppercase)} known\b", done.text)
    assert "cannot be applied" not in done.text
    assert "Nothing to write." in done.text


@pytest.mark.requirement("R12")
def test_what_is_not_changed_is_decided_alike(tree: Tree, copy: Copy) -> None:
    """Under the renaming nothing else is different: outcomes, stars, scores, weights."""
    _, ours = tree.plan()
    theirs = by_path(copy.tree.plan()[1])
    names = copy.names

    def translated(module: Planned) -> object:
        best = module["best"]
        return (
            module["outcome"],
            names.label(module["current"]),
            best and (names.label(best["star"]), best["raw"]),
            names.label(module["rules_say"]),
            sorted((names.label(r["star"]), r["kind"], r["weight"]) for r in module["evidence"]),
        )

    def plain(module: Planned) -> object:
        best = module["best"]
        return (
            module["outcome"],
            module["current"],
            best and (best["star"], best["raw"]),
            module["rules_say"],
            sorted((row["star"], row["kind"], row["weight"]) for row in module["evidence"]),
        )

    renamed = {names.path(each["path"]): translated(each) for each in ours["modules"]}
    different = {path for path in theirs if renamed[path] != plain(theirs[path])}
    assert renamed.keys() == theirs.keys()
    assert different <= copy.changed
    assert len(different) > CHANGED // 2
