"""A name with accents is the same name, composed or decomposed; what only looks alike is shown."""

import json
from unicodedata import normalize

import pytest
from program.projects import Project
from program.repositories import commit_all
from program.run import starlang

from starlang.matching.globs import covers, regex
from starlang.matching.patterns import PatternSet

pytestmark = [pytest.mark.requirement("R45"), pytest.mark.fault_row(128)]

COMPOSED, DECOMPOSED = (normalize(form, "café") for form in ("NFC", "NFD"))
HANGUL = "각"
RULES = 'rule m -> Trail weight 0.9 when path mentions memory because "x"\n'


def outcomes(project: Project) -> dict[str, str]:
    found = json.loads(starlang("plan", "--format", "json", cwd=project.root).out)
    return {each["path"]: each["outcome"] for each in found["modules"]}


@pytest.mark.parametrize(("lies", "written"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
@pytest.mark.parametrize(
    ("exception", "outcome"),
    [
        ('never promote "{}" because "x"', "barred"),
        ('never promote "*/memory", "{}/x*" because "x"', "barred"),
        ('never promote when path under "{}/**" because "x"', "barred"),
        ('never promote "**" except "{}/memory" because "x"', "promoted"),
        ('assign "{}/memory" to Watch because "x"', "assigned"),
    ],
)
def test_an_exception_covers_both_spellings_of_a_directory(
    project: Project, lies: str, written: str, exception: str, outcome: str
) -> None:
    path = f"{lies}/memory"
    project.manifest(path)
    project.rules(RULES + exception.format(written) + "\n")
    found = outcomes(project)
    assert found == {path: outcome}


@pytest.mark.parametrize(
    ("glob", "path", "is_covered"),
    [
        (COMPOSED, f"{DECOMPOSED}/x", True),
        (f"*/{DECOMPOSED}", f"a/{COMPOSED}", True),
        (f"{COMPOSED}*/**", f"{DECOMPOSED}s/y/z", True),
        (COMPOSED, "cafe/x", False),
        ("cafe", f"{DECOMPOSED}/x", False),
        (COMPOSED, f"{DECOMPOSED}s", False),
        ("caf?", COMPOSED, True),
        ("caf?", DECOMPOSED, True),
        ("caf?", f"{DECOMPOSED}s", False),
        ("caf??", f"{DECOMPOSED}s", True),
        ("caf??", DECOMPOSED, False),
        ("?/*", f"{HANGUL}/x", True),
        ("?/*", f"{normalize('NFD', HANGUL)}/x", True),
        ("??/*", f"{normalize('NFD', HANGUL)}/x", False),
        ("*?x", f"{DECOMPOSED}x", True),
        ("?", normalize("NFD", "ガ"), True),
    ],
)
def test_single_questions_and_the_automaton_agree(glob: str, path: str, is_covered: bool) -> None:  # noqa: FBT001 -- an expectation
    assert covers(glob, path) is is_covered
    assert (0 in PatternSet([[regex(glob)]]).found_in(path)) is is_covered


def test_a_manifest_that_calls_itself_by_the_other_spelling_is_right(project: Project) -> None:
    project.rules(RULES)
    for lies, own in ((DECOMPOSED, COMPOSED), ("cafe", "саfe")):
        module = {"path": f"{own}/memory", "name": "x"}
        star = {"primary_star": "Supporting"}
        document = {"module": module, "constellation_alignment": star}
        project.write(f"manifests/{lies}/memory/module.manifest.json", json.dumps(document))
    found = json.loads(starlang("plan", "--format", "json", cwd=project.root).out)

    (finding,) = (each for each in found["warnings"] if each["code"] == "W501")
    assert finding["file"] == "manifests/cafe/memory/module.manifest.json"
    assert "they look alike, and differ in U+0441" in finding["message"]


@pytest.mark.parametrize(("lies", "written"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_an_entry_of_the_baseline_covers_both_spellings(
    project: Project, lies: str, written: str
) -> None:
    path = f"{lies}/Upper"
    project.rules(RULES)
    project.manifest(path)
    entry = '[[{}]]\npath = "{}"\ncode = "E602"\nreason = "later"\n'
    for table, name in (
        ("guards.waive", f"{written}/Upper"),
        ("baseline", f"{written}/Upper/module.manifest.json"),
        ("baseline", "caf?/*"),
    ):
        project.config(entry.format(table, name))
        found = json.loads(starlang("plan", "--format", "json", cwd=project.root).out)
        assert found["blocked"] == []
        assert [each["code"] for each in found["warnings"] if each["code"] == "W701"] == []


@pytest.mark.parametrize(("lies", "written"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_a_package_is_covered_by_a_manifest_in_the_other_spelling(
    project: Project, lies: str, written: str
) -> None:
    project.config('[coverage]\nsource = "src"\nat_least = 100\n')
    project.rules(RULES)
    project.manifest(f"{lies}/memory")
    project.write(f"src/{written}/memory/__init__.py", "")
    commit_all(project.root)
    done = starlang("coverage", "--format", "json", cwd=project.root)
    found = json.loads(done.out)

    assert (done.code, found["covered"], found["missing"]) == (0, [f"{lies}/memory"], [])
    assert found["manifests"]["gone"] == []


@pytest.mark.parametrize(
    ("label", "what"),
    [
        ("✦ Tr\u0430il (Memory)", "differ in U+0430 CYRILLIC SMALL LETTER A and U+0061"),
        ("✦ Trail (Memo\u200bry)", "differ in U+200B ZERO WIDTH SPACE and U+0072"),
        ("🛡️ Wat\u0441h (Guardian)", "differ in U+0441 CYRILLIC SMALL LETTER ES and U+0063"),
    ],
)
def test_a_label_that_looks_like_one_of_the_canon_is_told_apart(
    project: Project, label: str, what: str
) -> None:
    project.rules(RULES)
    project.manifest("a/memory", star=label)
    project.manifest("b/memory", star="Elsewhere")
    found = json.loads(starlang("plan", "--format", "json", cwd=project.root).out)
    first, second = (each["message"] for each in found["warnings"] if each["code"] == "W802")

    assert f"they look alike, and {what}" in first
    assert "alike" not in second


def test_a_module_that_looks_like_another_is_told_apart(project: Project) -> None:
    project.rules(RULES)
    project.manifest("cafe")
    done = starlang("explain", "caf\u0435", cwd=project.root)

    assert "did you mean `cafe`? They look alike, and differ in U+0435" in done.said
