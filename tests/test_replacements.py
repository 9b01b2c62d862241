"""A hint that names what is to be written is an edit, and the edit ends the finding."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from attrs import evolve
from program.documents import diagnostics_of, plan_of
from program.projects import Project
from program.run import starlang
from syntax.test_borrowed import HABITS
from test_code_pages import BESIDE_A_CONFIG, Example, examples, name_of, told

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import Profile
from starlang.project.fixes import replaced
from starlang.project.inputs import load_profile
from starlang.syntax.parse import parse
from starlang.text import Source

pytestmark = pytest.mark.requirement("R02")

WHOLE = re.compile(r"(did you mean|write) `[^`…]+`(?!.*\bor\b)[^`]*")
"""A hint that names one text to be written; with an `or` the author has to choose."""
EXAMPLE_OF_A_NUMBER = "promote 0.70 from 2 sources"


def holds_one(found: Diagnostic) -> bool:
    is_example = EXAMPLE_OF_A_NUMBER in found.hint or re.search(r"`.*\b[A-Z]{2,}\b", found.hint)
    return bool(WHOLE.fullmatch(found.hint)) and not is_example


def ends_with_its_edit(
    found: Iterable[Diagnostic], again: Callable[[str, str], Iterable[Diagnostic]]
) -> None:
    """Each edit makes one finding less, and no other; a hint that holds one text has an edit.

    So does each of several to choose from.
    """
    found = list(found)
    before = Counter(each.code for each in found)
    for each in found:
        assert each.replacement is not None or not holds_one(each), each.hint
        for edit in each.fixes:
            source = each.labels[0].source
            after = Counter(other.code for other in again(source.name, replaced(source.text, edit)))
            if each.replacement is None:  # an author may choose what gives a warning
                after = Counter({c: n for c, n in after.items() if c in before or c[0] == "E"})
            assert after < before, (each.hint, edit.text)


@pytest.fixture(scope="module")
def profile() -> Profile:
    found = load_profile("constellation-1.1", Path())
    assert isinstance(found, Profile)
    return found


@pytest.mark.parametrize(
    "example",
    [e for e in examples("star") if e.kind == "bad" and e.code[1] not in BESIDE_A_CONFIG],
    ids=name_of,
)
def test_on_the_page_of_a_code(example: Example, tmp_path: Path, profile: Profile) -> None:
    def again(name: str, text: str) -> Iterable[Diagnostic]:
        files = tuple((each, text if each == name else old) for each, old in example.files)
        return told(evolve(example, files=files), tmp_path, profile)

    ends_with_its_edit(told(example, tmp_path, profile), again)


def test_of_each_habit() -> None:
    for text, *_ in HABITS:
        source = Source("habit.star", f"starlang 1\n{text}\n")
        for each in parse(source).diagnostics:
            if each.fixes:
                ends_with_its_edit([each], lambda _, new: parse(Source("x.star", new)).diagnostics)


@pytest.mark.parametrize(
    ("condition", "edits"),
    [
        ('reviewed between "2025-01-01" and "2025-06-30"', []),
        ('reviewed not between "2025-01-01" and "2025-06-30"', []),
        ("reviewed older than 90 days", []),
        ("reviewed before today", []),
        ('owner in ["a , b", "( c"]', ['{"a , b", "( c"}']),
        ('owner one of "a , b", c', ['in {"a , b", c}']),
    ],
)
def test_an_edit_says_all_that_was_meant_and_invents_nothing(
    condition: str, edits: list[str]
) -> None:
    """Half of a test, a day that nobody named, or another text would be no mending."""
    source = Source("habit.star", f"starlang 1\nrule a -> B weight 0.40 when {condition}\n")
    found = parse(source).diagnostics

    assert found
    assert [each.replacement.text for each in found if each.replacement is not None] == edits


NO_OPEN_ENDS = (
    'not (owner in {core} or owner ends with "-team" or owner mentions "web"'
    ' or owner starts with "team-")'
)
RULE = "rule a -> Trail weight 0.40 when "


@pytest.mark.parametrize(
    ("condition", "texts"),
    [
        ('path mentions "memory/fold"', ['path under "memory/fold"']),
        (
            'capability not mentions store, "a/b", "/c/d"',
            ['(capability not mentions store and path not under "a/b", "c/d")'],
        ),
        ("node has at least 0 values", ["node is present", "node is missing"]),
        ('owner in {"team-*"}', ['owner starts with "team-"']),
        (
            'owner not in {core, "*-team", "*web*", "team-*"}',
            [NO_OPEN_ENDS],
        ),
        (
            'owner is not "core*"',
            ["not mentions core*", 'not starts with "core"', r"not matches /^core\*$/"],
        ),
        ('owner is "a*b/c"', [r"matches /^a\*b\/c$/"]),
        ('owner matches "^core"', ["/^core/"]),
        ('field "testing.has_tests" is true', ['field "/testing/has_tests"']),
        ('uses modules where (under "core")', ["path "]),
        ("owner is core\n  when tier is T1", ["and", "or"]),
    ],
)
def test_a_hint_with_a_choice_offers_each(
    condition: str, texts: list[str], profile: Profile, tmp_path: Path
) -> None:
    """An editor shows them; nothing is chosen for the author."""
    canon = 'starlang 1\nruleset x "1.0"\nstar Trail\ndefault star Supporting\n'
    written = Example("x", "bad", (("root.star", f"{canon}{RULE}{condition}\n"),))

    def again(name: str, text: str) -> Iterable[Diagnostic]:
        return told(evolve(written, files=((name, text),)), tmp_path, profile)

    found = told(written, tmp_path, profile)
    offering = [each for each in found if each.choices]

    assert offering
    for each in offering:
        assert each.replacement is None
        assert [edit.text for edit in each.choices] == texts
    ends_with_its_edit(offering, again)


def test_settings_and_programs(tmp_path: Path) -> None:
    """`check --fix` mends a config that cannot be used, and then its profile; programs see both."""
    project = Project(tmp_path)
    config = project.config(
        '[guards]\nuppercase = "never"\n[cannary]\npercent = 5\n[severity]\nW301 = "eror"\n',
    )
    named = config.read_text("utf-8").replace('"constellation-1.1"', '"configs/own.toml"')
    config.write_text(named, "utf-8")
    own = project.write("configs/own.toml", 'extend = "constellation-1.1"\n')
    project.rules("rule a -> Trail weight 0.80 when path mentions memory\n")
    document = diagnostics_of(starlang("check", "--format", "json", cwd=tmp_path).out)
    log = json.loads(starlang("check", "--format", "sarif", cwd=tmp_path).out)

    fixes = [fix["text"] for each in document["diagnostics"] for fix in each["fixes"]]
    results = [each.get("fixes", []) for each in log["runs"][0]["results"]]
    changes = [fix["artifactChanges"][0]["replacements"][0] for each in results for fix in each]
    assert sorted(fixes) == ['"allow"', '"error"', '"refuse"', "canary"]
    assert sorted(each["insertedContent"]["text"] for each in changes) == sorted(fixes)

    done = starlang("check", "--fix", cwd=tmp_path)

    assert done.code == 1, "who has to choose chooses"
    assert "fixed 2 findings in configs/starlang.toml" in done.said
    config.write_text(config.read_text("utf-8").replace("never", "allow"), "utf-8")
    assert "fixed 1 finding in configs/own.toml" in starlang("check", "--fix", cwd=tmp_path).said
    assert own.read_text("utf-8") == 'extends = "constellation-1.1"\n'


def test_manifests(tmp_path: Path) -> None:
    """What a schema allows is offered where the value is; a manifest is not edited by `check`."""
    project = Project(tmp_path)
    project.config('schema = "configs/schema.json"\n')
    values = {"enum": ["core", "web", 7]}
    owner = {"properties": {"metadata": {"properties": {"owner": values}}}}
    project.write("configs/schema.json", json.dumps(owner))
    project.rules("rule a -> Trail weight 0.80 when path mentions memory\n")
    project.manifest("a/b", owner="cores")
    project.manifest("a/c", owner="nobody")
    several = project.manifest("a/d", owner="nobody")
    text = several.read_text("utf-8").replace('"nobody"', '{\n"team": 1\n}')
    several.write_text(text, "utf-8")

    done = starlang("plan", "--format", "json", cwd=tmp_path)
    told = [*plan_of(done.out)["warnings"], *plan_of(done.out)["blocked"]]
    found = {each["file"]: each for each in told if each["code"] == "W510"}

    one, other, of_lines = (
        found[f"manifests/a/{name}/module.manifest.json"]["fixes"] for name in "bcd"
    )
    assert of_lines == [], "the finding points at the key, which is not what is to be written"
    assert [each["text"] for each in one] == ['"core"']
    assert [each["text"] for each in other] == ['"core"', '"web"', "7"]


def test_check_makes_them(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.config()
    project.rules("rule a -> Trial weight 0.80 when path contains memory && owner == archive\n")
    done = starlang("check", "--fix", cwd=tmp_path)

    text = (tmp_path / "rules" / "main.star").read_text("utf-8")
    assert "rule a -> Trail weight 0.80 when path mentions memory and owner is archive\n" in text
    assert (done.code, "fixed 4 findings" in done.said) == (0, True)
