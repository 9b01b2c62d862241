"""Packages and manifests as two sets: every package and every manifest in exactly one place."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypedDict

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from program.documents import complaints
from program.projects import Project
from program.repositories import commit_all, git
from program.run import Done, modules_imported, starlang, succeed
from program.skeleton import rows_of

from starlang.coverage.coverage import Coverage, Found, Terms, measure, truncated
from starlang.manifests.guards import DEFAULT_GUARDS
from starlang.manifests.waivers import Waiver
from starlang.project.config import load_config
from starlang.project.packages import look
from starlang.project.project import Project as Opened
from starlang.project.project import Wanted, open_project

pytestmark = pytest.mark.requirement("R27")

NEVER = {"quarantine", "build", "dist", ".venv", "node_modules"}


def kinds(coverage: Coverage) -> tuple[int, int, int, int]:
    return (
        len(coverage.covered),
        len(coverage.missing),
        len(coverage.refused),
        len(coverage.excluded),
    )


@pytest.fixture(scope="module")
def monorepo(skeleton: Path) -> Found:
    project = open_project(Wanted(skeleton))
    assert isinstance(project, Opened)
    return look(project)


def waived(*paths: str) -> list[Waiver]:
    return [Waiver(path, "E602", "they are called so") for path in paths]


def without(*globs: str) -> list[Waiver]:
    return [Waiver(glob, "W550", "no packages of ours") for glob in globs]


def test_the_monorepo_by_sets(monorepo: Found, corpus: Path) -> None:
    plain = measure(monorepo, Terms(DEFAULT_GUARDS))
    capitals = [path for path in monorepo.manifests if path != path.lower()]
    terms = Terms(DEFAULT_GUARDS, waived(*capitals), at_least=Decimal(99))
    found = measure(monorepo, terms)

    assert len(capitals) == 7
    assert len(monorepo.packages) == 1257
    assert kinds(plain) == (629, 596, 24, 8)
    assert kinds(found) == (632, 596, 21, 8)
    assert (found.in_scope, found.percent, found.holds) == (1249, "50.60", False)
    assert found.without_package == 789
    assert [len(each) for each in (found.moved, found.files, found.gone)] == [537, 7, 245]
    assert found.refusals() == {"E602": 21}

    # The same sets, from the list that the skeleton was made of.
    packages = {row.path for row in rows_of(corpus) if row.package}
    assert monorepo.packages == packages
    assert set(found.excluded) == {path for path in packages if NEVER & set(path.split("/"))}
    assert {*found.covered} == (packages & monorepo.manifests.keys()) - found.excluded.keys()


def test_what_a_guard_refuses_limits_what_can_be_reached(monorepo: Found) -> None:
    terms = Terms(DEFAULT_GUARDS, (), without("**/tests", "**/archive", "."), Decimal(99))
    found = measure(monorepo, evolve(terms, waivers=waived(*monorepo.manifests)))
    everywhere = measure(monorepo, evolve(terms, waivers=waived("**")))

    assert (found.in_scope, len(found.refused), found.reachable) == (1212, 21, "98.26")
    assert not found.can_hold
    assert (everywhere.in_scope, len(everywhere.missing), everywhere.reachable) == (
        1212,
        580,
        "100.00",
    )
    assert found.unused == everywhere.unused == ()


@pytest.mark.parametrize(
    ("count", "total", "shown"),
    [(0, 7, "0.00"), (7, 7, "100.00"), (19799, 20000, "98.99"), (632, 1249, "50.60")],
)
def test_shares_are_truncated(count: int, total: int, shown: str) -> None:
    assert truncated(count, total) == shown


def test_a_share_just_below_the_target_misses_it() -> None:
    packages = {f"p{number}" for number in range(20000)}
    manifests = {path: path for path in packages if path >= "p1179"}
    found = Found(packages, set(), manifests, {}, "manifests", "", "m.json")
    missing = 20000 - len(manifests)
    share = Decimal(100 * len(manifests)) / 20000
    terms = Terms(DEFAULT_GUARDS)

    assert missing > 0
    assert measure(found, evolve(terms, at_least=share)).holds
    assert not measure(found, evolve(terms, at_least=share + Decimal("0.001"))).holds


def test_of_no_package_nothing_holds() -> None:
    nothing = Found(set(), set(), {}, {}, "manifests", "", "m.json")
    found = measure(nothing, Terms(DEFAULT_GUARDS, at_least=Decimal(0)))

    assert (found.percent, found.holds, found.can_hold) == (None, False, False)


NAMES = st.sampled_from(["a", "b", "Upper", "build", "tests", "lukhas", "x"])
PATHS = st.frozensets(st.lists(NAMES, max_size=3).map("/".join), max_size=12)


@given(PATHS, PATHS, PATHS, st.lists(st.sampled_from(["**/tests", ".", "a", "b/*"]), max_size=3))
def test_every_path_is_in_one_place(
    packages: frozenset[str], manifests: frozenset[str], modules: frozenset[str], globs: list[str]
) -> None:
    listed = {path: path for path in manifests}
    files = {f"{path}.py" for path in modules}
    found = Found(packages, files, listed, {}, "manifests", "", "m.json")
    coverage = measure(found, Terms(DEFAULT_GUARDS, (), without(*globs)))

    of_packages = [*coverage.covered, *coverage.missing, *coverage.refused, *coverage.excluded]
    left = [*coverage.moved, *coverage.files, *coverage.gone]
    assert sorted(of_packages) == sorted(packages)
    assert sorted(left) == sorted(manifests - packages)
    assert set(coverage.covered) <= manifests
    assert manifests.isdisjoint(coverage.missing)


# What git knows, in repositories of a few files.


class Manifests(TypedDict):
    moved: list[dict[str, str]]
    files: list[dict[str, str]]
    gone: list[str]


class Document(TypedDict):
    covered: list[str]
    missing: list[str]
    refused: list[dict[str, object]]
    excluded: list[dict[str, str]]
    manifests: Manifests
    findings: list[dict[str, str]]


def packages(project: Project, *paths: str) -> None:
    for path in paths:
        project.write(f"{path}/__init__.py", f'"""{path}"""\n')


def asked(project: Project) -> Document:
    done = starlang("coverage", "--format", "json", cwd=project.root)
    assert complaints("coverage", done.out) == []
    document: Document = json.loads(done.out)
    return document


def test_packages_are_what_git_knows(project: Project) -> None:
    packages(project, "a", "a/gone", "ignored/tracked", "a/lib", "é/ü")
    project.write("plain/module.py", "")
    commit_all(project.root)
    project.write(".gitignore", "ignored/\n")
    packages(project, "ignored/untracked", "new")
    (project.root / "a" / "gone" / "__init__.py").unlink()
    (project.root / "link").symlink_to("a")
    (project.root / "here").mkdir()
    (project.root / "here" / "__init__.py").symlink_to("../a/__init__.py")

    found = asked(project)
    assert found["missing"] == ["a", "a/lib", "here", "ignored/tracked", "new", "é/ü"]
    assert (found["covered"], found["excluded"], found["refused"]) == ([], [], [])


def test_no_rules_are_loaded_to_count_packages(project: Project) -> None:
    packages(project, "a")
    project.manifest("a")
    commit_all(project.root)
    imported = modules_imported("coverage", cwd=project.root)

    assert {"starlang.coverage.coverage", "subprocess"} <= imported
    assert not imported & {"rich.console", "starlang.rules.model", "starlang.engine"}


def test_a_name_that_is_not_utf_8_is_refused(project: Project) -> None:
    strange = os.fsencode(project.root / "bytes") + b"\xff"
    os.mkdir(strange)  # noqa: PTH102 -- a path of bytes
    Path(os.fsdecode(strange + b"/__init__.py")).write_text("", "utf-8")
    git(project.root, "init", "-q")

    found = asked(project)
    assert [each["codes"] for each in found["refused"]] == [["E608"]]
    assert found["missing"] == []


def test_git_knows_where_a_package_went(project: Project) -> None:
    packages(project, "first/deep", "second", "third")
    for path in ("first/deep", "second", "third"):
        project.manifest(path)
    commit_all(project.root)
    git(project.root, "mv", "first", "once")
    commit_all(project.root)
    git(project.root, "mv", "once", "twice")
    commit_all(project.root)
    git(project.root, "mv", "second", "staged")
    git(project.root, "rm", "-qr", "third")

    found = asked(project)
    assert found["manifests"]["moved"] == [
        {"path": "first/deep", "to": "twice/deep"},
        {"path": "second", "to": "staged"},
    ]
    assert found["manifests"]["gone"] == ["third"]


@pytest.mark.parametrize(("moved", "stayed", "counts"), [(10, 10, 10), (9, 0, 0), (10, 11, 0)])
def test_most_manifests_of_a_directory_say_where_it_went(
    project: Project, moved: int, stayed: int, counts: int
) -> None:
    packages(project, *(f"new/m{number}" for number in range(moved)))
    for number in range(moved + stayed):
        project.manifest(f"old/m{number}")
    git(project.root, "init", "-q")

    assert len(asked(project)["manifests"]["moved"]) == counts


# The command.


def refused(root: Path) -> Done:
    done = starlang("coverage", cwd=root)
    assert (done.code, done.out) == (1, b"")
    return done


def test_it_needs_a_work_tree_and_a_source(project: Project) -> None:
    assert "error[E988]: packages are what git knows" in refused(project.root).said
    project.config('[coverage]\nsource = "src"\n')
    assert "there is no directory `src` to look for packages in" in refused(project.root).said


def test_where_there_is_no_package_no_manifest_is_to_be_deleted(project: Project) -> None:
    project.write("docs/readme.md", "")
    project.manifest("a")
    git(project.root, "init", "-q")

    for place, source in (("the project", ""), ("docs", "[coverage]\nsource = 'docs'\n")):
        project.config(source)
        text = succeed("coverage", cwd=project.root).text
        assert f"nothing under {place} has an `__init__.py`; `source` under" in text
        found = succeed("coverage", "--format", "github", cwd=project.root).text
        assert "W551::the manifest has no package" in found
        assert "help: correct `source` under `[coverage]`" in found
        assert "git rm" not in found


def test_the_exit_code_says_whether_enough_is_covered(project: Project) -> None:
    packages(project, "src/a", "src/b")
    project.manifest("a")
    git(project.root, "init", "-q")
    ends = {}
    for target in ("50", "50.5", "100"):
        project.config(f'[coverage]\nsource = "src"\nat_least = {target}\n')
        done = starlang("coverage", "--format", "json", cwd=project.root)
        ends[target] = done.code
        said = starlang("coverage", cwd=project.root).said
        assert ("error[E998]: 50.00 % of 2 packages are covered" in said) is (done.code == 3)

    assert ends == {"50": 0, "50.5": 3, "100": 3}
    xml = starlang("coverage", "--format", "junit", "--since", "HEAD", cwd=project.root)
    assert xml.code == 1
    assert "E860" in xml.text
    commit_all(project.root)
    xml = starlang("coverage", "--format", "junit", "--since", "HEAD", cwd=project.root)
    assert (xml.code, re.findall(r'failures="(\d)"', xml.text)[0]) == (3, "1")


def test_a_target_that_guards_forbid_is_said(project: Project) -> None:
    packages(project, "a", "B", "lukhas/c")
    git(project.root, "init", "-q")
    project.config("[coverage]\nat_least = 99\n")

    done = starlang("coverage", cwd=project.root)
    assert done.code == 3
    words = "2 packages are refused by E601 and E602; at most 33.33 % can be reached"
    assert f"error[E551]: 99 % cannot be reached: {words}" in done.said
    assert words in done.text


def names(done: Done) -> Sequence[str]:
    return [line.partition("file=")[2].partition(",")[0] for line in done.text.splitlines()]


def test_a_pull_request_names_its_own_packages(project: Project) -> None:
    packages(project, "old", "touched")
    commit_all(project.root)
    git(project.root, "checkout", "-q", "-b", "topic")
    packages(project, "added", "Bad")
    project.write("touched/more.py", "")
    commit_all(project.root)
    git(project.root, "checkout", "-q", "main")
    packages(project, "elsewhere")
    commit_all(project.root)
    git(project.root, "checkout", "-q", "topic")

    every = starlang("coverage", "--format", "github", cwd=project.root)
    own = starlang("coverage", "--format", "github", "--since", "main", cwd=project.root)
    assert {*names(every)} == {f"{path}/__init__.py" for path in ("Bad", "added", "old", "touched")}
    assert {*names(own)} == {f"{path}/__init__.py" for path in ("Bad", "added", "touched")}
    unknown = starlang("coverage", "--format", "github", "--since", "nope", cwd=project.root)
    assert (unknown.code, unknown.said) == (1, "")
    assert unknown.text.startswith("::error ")
    assert "title=starlang E860::" in unknown.text


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("at_least = 101", "E704"),
        ('at_least = "99"', "E703"),
        ('source = "../elsewhere"', "E705"),
        ("least = 99", "E702"),
        ('[[coverage.exclude]]\nglob = "a"', "E713"),
        ('[[coverage.exclude]]\nglob = "/a"\nreason = "b"', "E704"),
    ],
)
def test_mistakes_in_the_config_are_said(project: Project, settings: str, code: str) -> None:
    project.config(f"[coverage]\n{settings}\n")
    found = load_config(project.root)

    assert isinstance(found, tuple)
    assert [each.code for each in found] == [code]


def test_an_exclusion_that_has_run_out_is_a_finding_of_check(project: Project) -> None:
    project.rules("")
    project.config('[[coverage.exclude]]\nglob = "labs"\nreason = "soon"\nuntil = "2020-01-01"\n')

    done = starlang("check", cwd=project.root)
    assert "W702" in done.said + done.text
    subprocess.run(["/usr/bin/env", "git", "init", "-q"], cwd=project.root, check=True)
    said = starlang("coverage", cwd=project.root).said
    assert 'warning[W552]: there is no package at "labs"' in said
