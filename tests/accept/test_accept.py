"""`accept` as a whole: its formats, what it says where nothing fails, and the second gate."""

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from accept.finished import CEILINGS, CONFIG, RULES, Scene, begun, finish
from program.documents import complaints
from program.repositories import git
from program.run import starlang, succeed
from run.test_signing import Keys
from run.world import START, silent

from starlang.accept.criteria import CRITERIA
from starlang.accept.criterion import Result
from starlang.errors import GateClosedError
from starlang.run.apply import apply
from starlang.run.approve import approve
from starlang.run.artifacts import MESSAGE
from starlang.run.canary import canary
from starlang.run.merge import FILE, approve_merge, tree_of_run
from starlang.run.report import report
from starlang.run.rollback import rollback
from starlang.run.status import status
from starlang.run.verify import verify

pytestmark = pytest.mark.requirement("R30")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(finish(begun(tmp_path_factory.mktemp("whole") / "repo")))


@pytest.fixture
def scene(shared: Scene) -> Scene:
    """A finished run, as it was accepted."""
    shared.undo()
    return shared


def test_a_finished_run_is_accepted_and_says_what_was_compared(scene: Scene) -> None:
    found = scene.accept()

    assert found.accepted
    assert [each.criterion.number for each in found.criteria] == list(range(1, 28))
    applicable = {e.criterion.number for e in found.criteria if e.result is Result.HOLDS}
    assert applicable == set(range(1, 27))
    answers = {each.criterion.number: each.answer for each in found.criteria}
    assert all(answers[number].compared for number in applicable)
    assert all(each.answer.read for each in found.criteria)
    assert (answers[9].compared, answers[10].compared, answers[7].compared) == (8, 8, 8)
    assert "1 module of T1 by /testing/quality_tier (1), /module/quality_tier (0)" in (
        answers[11].words
    )
    assert answers[12].words == "17 values: owner 8, tier 8, contract 1"
    assert "`merge` under `[approval]` asks for none" in answers[27].words


def test_every_format_says_the_same(scene: Scene) -> None:
    def shown(form: str) -> str:
        return succeed("accept", "--format", form, cwd=scene.root).text

    document = shown("json")
    assert complaints("acceptance", document.encode()) == []
    names = [(each["criterion"], each["result"]) for each in json.loads(document)["criteria"]]
    assert len(names) == len(CRITERIA)
    cases = ET.fromstring(shown("junit")).iter("testcase")  # noqa: S314 -- our own document
    assert [case.get("name") for case in cases] == [
        *(f"{number:02} {name}" for number, (name, _) in enumerate(names, 1)),
        "the whole",
    ]
    text, table = succeed("accept", cwd=scene.root), shown("markdown")
    assert text.said == "accepted\n"
    for (name, result), line in zip(names, text.text.splitlines(), strict=True):
        assert f"  {name}" in line
        assert f"  {result}" in line
        assert f"| {name} | {result} |" in table


def test_every_format_says_what_fails(scene: Scene) -> None:
    scene.edit(scene.manifest("web/page"), '"ops"', '"sec | <b>"')

    done = starlang("accept", cwd=scene.root)
    assert done.code == 3
    assert "12 parity with the backup fails; to mend it: put the manifest back" in done.said
    assert "not accepted: 1 criterion fails" in done.said
    found = json.loads(starlang("accept", "--format", "json", cwd=scene.root).text)
    assert complaints("acceptance", json.dumps(found).encode()) == []
    assert not found["accepted"]
    (finding,) = found["criteria"][11]["findings"]
    assert finding["file"] == scene.manifest("web/page")
    junit = ET.fromstring(  # noqa: S314 -- our own document
        starlang("accept", "--format", "junit", cwd=scene.root).text
    )
    failed = [
        case.get("name") for case in junit.iter("testcase") if case.find("failure") is not None
    ]
    assert failed == ["12 parity with the backup", "the whole"]
    markdown = starlang("accept", "--format", "markdown", cwd=scene.root).text
    assert markdown.startswith("# Not accepted\n")
    (row,) = [line for line in markdown.splitlines() if "| fails |" in line]
    assert row.replace("\\|", "").count("|") == 7
    assert "`" in row


def test_before_any_run_one_reason_is_said_once(tmp_path: Path) -> None:
    root = begun(tmp_path / "repo").root

    done = starlang("accept", cwd=root)
    assert done.code == 3
    assert done.said.count("error[E955]: there is no backup") == 1
    assert "7 backup whole fails; to mend it: run `starlang backup`\n" in done.said
    because = "n/a    0 things: not compared, because criterion 7 fails"
    assert f" 2  made from the pins             {because}\n" in done.text
    # What was never committed cannot be taken back from a commit.
    assert "git checkout" not in done.said


def test_more_than_ten_findings_are_counted_for_people(scene: Scene) -> None:
    for number in range(13):
        scene.write(f"src/more/p{number}/__init__.py", "")

    found = json.loads(starlang("accept", "--format", "json", cwd=scene.root).text)
    said = starlang("accept", cwd=scene.root).said
    assert "and 3 more findings (--limit 0 lists all)" in said
    every = starlang("accept", "--limit", "0", cwd=scene.root).said
    assert "--limit" not in every
    assert every.count("src/more/p") > said.count("src/more/p")

    coverage = found["criteria"][8]
    assert (coverage["result"], len(coverage["findings"]), coverage["more"]) == ("fails", 13, 0)


def codes_of(scene: Scene) -> set[str]:
    return {each.code for one in scene.accept().failing for each in one.answer.findings}


def test_what_is_missing_and_what_does_not_hold_have_codes_of_their_own(scene: Scene) -> None:
    (scene.root / scene.audit("promotions.csv")).unlink()
    assert codes_of(scene) == {"E996"}
    scene.undo()
    scene.git("commit", "-q", "--amend", "-m", "feat: stars")
    assert "E995" in codes_of(scene)


def test_what_no_criterion_is_about_makes_the_whole_fail(scene: Scene) -> None:
    def stray() -> None:
        scene.write("stray.txt", "x")

    def edited() -> None:
        scene.edit(scene.manifest("web/page"), '"tags": []', '"tags": ["x"]')

    says = {
        "not of the run: stray.txt": stray,
        "`bytes outside the stars` does not hold: `manifests/web/page": edited,
    }
    for words, plant in says.items():
        plant()
        found = scene.accept()
        assert not found.failing
        assert not found.accepted
        assert any(words in each.message for each in found.reasons), found.reasons
        done = starlang("accept", cwd=scene.root)
        assert done.code == 3
        assert "the whole fails" in done.said
        scene.undo()
    assert scene.accept().accepted


@pytest.mark.parametrize("is_known", [True, False])
def test_a_forbid_counts_unless_the_baseline_has_it(tmp_path: Path, *, is_known: bool) -> None:
    entry = (
        '\n[[baseline]]\npath = "web/view"\ncode = "E430"\nforbid = "views have owners"\n'
        'reason = "soon"\n'
    )
    forbid = '\nforbid "views have owners" when path is "web/view" and owner is ops because "x"\n'
    config = CONFIG + (entry if is_known else "")
    scene = Scene(finish(begun(tmp_path / "repo", config, RULES + CEILINGS + forbid)))

    found = scene.accept()

    assert not found.failing
    assert found.accepted is is_known
    words = "`forbids` did not hold before the run: 1 forbids, over 8 modules, 1 violation"
    assert [each for each in found.reasons if words in each.message] == list(found.reasons)


def test_another_commit_is_not_accepted(scene: Scene) -> None:
    tree = git(scene.root, "rev-parse", "HEAD^{tree}").strip()
    other = git(scene.root, "commit-tree", tree, "-m", "elsewhere").strip()
    before = git(scene.root, "rev-parse", "HEAD").strip()
    git(scene.root, "reset", "-q", "--hard", other)

    found = scene.accept()

    git(scene.root, "reset", "-q", "--hard", before)
    assert [each.code for each in found.reasons if "another commit" in each.message] == ["E997"]
    assert scene.accept().accepted


def test_a_run_that_changes_nothing_can_be_accepted(tmp_path: Path) -> None:
    world = begun(tmp_path / "repo", CONFIG.replace("80%", "100%"), CEILINGS)
    world.reported()
    verify(world.run())
    report(world.run())

    found = Scene(world).accept()

    assert found.accepted, (found.failing, found.reasons)
    answers = {each.criterion.number: each for each in found.criteria}
    assert {n for n, each in answers.items() if each.result is Result.NOT_APPLICABLE} == {
        5,
        19,
        26,
        27,
    }
    assert "nothing was to be approved" in answers[5].answer.words


def test_after_rollback_nothing_is_accepted(tmp_path: Path) -> None:
    world = begun(tmp_path / "repo")
    verify(world.applied())
    report(world.run())
    assert Scene(world).accept().accepted  # what is not committed is of the run
    rollback(world.run(), silent)

    found = Scene(world).accept()

    assert not found.accepted
    assert any("was rolled back" in each.message for each in found.reasons)


def test_without_a_run_everything_says_what_is_missing(tmp_path: Path) -> None:
    found = Scene(begun(tmp_path / "repo")).accept()

    assert not found.accepted
    assert {each.criterion.number for each in found.failing} == {1, 7}
    assert all(each.mends for each in found.failing)
    rest = [each for each in found.criteria if each.result is Result.NOT_APPLICABLE]
    assert sum("because criterion 7 fails" in each.answer.words for each in rest) > 15
    assert all(each.answer.findings or not each.answer.compared for each in found.failing)


# What a change to the config has loosened is in the table.

LOOSE = {
    "exclude": ('[[coverage.exclude]]\nglob = "lib/**"\nreason = "x"\n', 9, "; 2 excluded"),
    "ignore": (
        '[guards]\nignore = ["web"]\n[[coverage.exclude]]\nglob = "web/**"\nreason = "x"\n',
        14,
        ", 3 manifests ignored",
    ),
    "guards": (
        '[guards]\nprefixes = []\nuppercase = "allow"\n',
        14,
        "; not guarded: `lukhas/`, `uppercase`",
    ),
    "baseline": (
        '[[baseline]]\npath = "**"\ncode = "W511"\nreason = "x"\n',
        3,
        "locked to 1.1.0, 1 known finding",
    ),
    "known errors": (
        '[[baseline]]\npath = "**"\ncode = "W510"\nreason = "x"\n',
        10,
        "read twice, 1 known finding",
    ),
}


@pytest.mark.parametrize("name", LOOSE)
def test_what_the_config_has_loosened_is_said(tmp_path: Path, name: str) -> None:
    more, number, says = LOOSE[name]
    scene = Scene(begun(tmp_path / "repo", f"{CONFIG}\n{more}"))
    if name == "baseline":
        scene.edit(scene.manifest("web/page"), '"1.1.0"', '"1.0.0"')
    if name == "known errors":
        label = '"primary_star": "Supporting"'
        scene.edit(scene.manifest("web/page"), label, label.replace("Supporting", "Bogus"))
    git(scene.root, "commit", "-q", "-a", "--allow-empty", "-m", "loose")
    finish(scene.world)

    found = scene.accept()
    assert found.accepted, (found.failing, found.reasons)
    assert says in found.criteria[number - 1].answer.words


def test_a_path_that_passes_for_another_is_named(tmp_path: Path) -> None:
    scene = Scene(begun(tmp_path / "repo"))
    twin = "lib/t\N{CYRILLIC SMALL LETTER IE}xt"
    text = (scene.root / scene.manifest("lib/text")).read_text("utf-8")
    text = text.replace("lib/text", twin).replace("lib.text", twin.replace("/", "."))
    scene.write(scene.manifest(twin), text)
    scene.write(f"src/{twin}/__init__.py", "")
    git(scene.root, "add", "-A")
    git(scene.root, "commit", "-q", "-m", "a twin")
    finish(scene.world)

    words = scene.accept().criteria[13].answer.words
    assert words.endswith("; looking alike: `lib/t\\u0435xt` like `lib/text`")


def test_the_table_names_ceilings_shares_and_people(scene: Scene) -> None:
    words = {each.criterion.number: each.answer.words for each in scene.accept().criteria}

    assert words[5] == "1 approval by bob, with its plan and edits; no signature is asked for"
    assert words[8] == (
        "4 kinds of ceilings: at most 2 promoted per star, at most 5 promoted, "
        "at least 50% Supporting, at most 2 stars per module"
    )
    assert words[15] == "1 share of 8 modules: Supporting 75.00% of 60% to 80%"


def test_an_exclusion_whose_last_day_is_over_excludes_nothing(tmp_path: Path) -> None:
    """The day is that of the run: an acceptance does not go bad with time."""

    def reasons(until: str) -> list[str]:
        more = f'\n[[coverage.exclude]]\nglob = "lib/new"\nreason = "x"\nuntil = "{until}"\n'
        scene = Scene(begun(tmp_path / until / "repo", CONFIG + more))
        scene.write("src/lib/new/__init__.py", "")
        git(scene.root, "add", "-A")
        git(scene.root, "commit", "-q", "-m", "a package")
        finish(scene.world)
        scene.world.clock.turn(START + timedelta(days=9))
        found = scene.accept()
        assert not found.failing
        return [each.message for each in found.reasons]

    assert reasons("2026-03-01") == []
    assert reasons("2026-02-28") == [
        'when the plan was applied, the entry for W550 at "lib/new" held until 2026-02-28'
    ]


def test_a_commit_is_found_where_git_converts_the_ends_of_lines(tmp_path: Path) -> None:
    world = begun(tmp_path / "repo")
    world.project.write(".gitattributes", "*.json text eol=crlf\n")
    for each in world.project.manifests():
        each.write_bytes(each.read_bytes().replace(b"\n", b"\r\n"))
    git(world.root, "add", "-A")
    git(world.root, "commit", "-q", "-m", "line ends", "--allow-empty")
    finish(world)

    found = Scene(world).accept()
    assert found.accepted, (found.failing, found.reasons)
    assert found.criteria[25].result is Result.HOLDS
    git(world.root, "commit", "-q", "--amend", "-m", "feat: stars")
    assert [each.criterion.number for each in Scene(world).accept().failing] == [26]


# The second gate.


@pytest.mark.requirement("R31")
def test_the_final_tree_is_reviewed_by_somebody_else(tmp_path: Path) -> None:
    world = begun(tmp_path / "repo", CONFIG + "\n[approval]\nmerge = true\n")
    with pytest.raises(GateClosedError, match="not applied yet"):
        approve_merge(world.approved(), "0" * 16, "carol")
    apply(world.run(), silent)
    verify(world.run())
    done = succeed("report", cwd=world.root)
    tree = tree_of_run(world.run())
    digits = tree.removeprefix("sha256:")[:16]
    assert f"next: starlang approve --merge {digits}" in done.said

    with pytest.raises(GateClosedError, match="approved the plan, and somebody else"):
        approve_merge(world.run(), tree, "bob")
    with pytest.raises(GateClosedError, match="does not name the final tree") as other:
        approve_merge(world.run(), "0" * 16, "carol")
    assert [each.code for each in other.value.diagnostics] == ["E994"]
    # `--by "$REVIEWER"` where that is not set is not a review by whoever types it.
    nobody = starlang("approve", "--merge", digits, "--by", "", cwd=world.root)
    assert (nobody.code, "E967" in nobody.said) == (4, True)
    succeed("approve", "--merge", digits, "--by", "carol", cwd=world.root)
    world.clock.turn(datetime.now(UTC))  # the command has told the time of the machine

    scene = Scene(world)
    assert scene.accept().accepted
    review = world.audit(FILE)
    text = review.read_text()
    assert f"tree: {tree}\n" in text
    for old, new in (("by: carol", "by: dave"), (tree[:20], f"{tree[:19]}z")):
        scene.edit(scene.audit(FILE), old, new)
        assert [each.criterion.number for each in scene.accept().failing] == [27]
        scene.undo()
    git(world.root, "add", "-A")
    git(world.root, "commit", "-q", "-F", world.audit(MESSAGE))
    assert scene.accept().accepted  # a commit is no other tree
    scene.edit(scene.manifest("web/page"), '"tags": []', '"tags": ["x"]')
    assert [each.criterion.number for each in scene.accept().failing] == [27]


@pytest.mark.requirement("R31")
def test_a_change_cannot_switch_the_review_off(tmp_path: Path) -> None:
    world = begun(tmp_path / "repo", CONFIG + "\n[approval]\nmerge = true\n")
    git(world.root, "checkout", "-q", "-b", "feature")
    world.project.write("configs/starlang.toml", CONFIG)
    git(world.root, "commit", "-q", "-a", "-m", "nobody is to look at it")
    finish(world)

    assert [each.criterion.number for each in Scene(world).accept().failing] == [27]


@pytest.mark.requirement("R31")
def test_the_review_is_signed_as_the_approval_is(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.directory.mkdir()
    people = ("maker", "bob", "carol")
    approval = '\n[approval]\nsigners = "configs/signers"\ndomain = "example.org"\nmerge = true\n'
    world = begun(tmp_path / "repo", CONFIG + approval)
    listed = "".join(f"{each}@example.org {keys.public(each)}\n" for each in people)
    world.project.write("configs/signers", listed)
    git(world.root, "add", "-A")
    git(world.root, "commit", "-q", "-m", "signatures are asked for")
    maker, bob, carol = (str(keys.private(each)) for each in people)
    world.prepared()
    made = canary(world.run(), silent, by="maker@example.org", key=maker)
    approve(world.run(), made.reported.head.plan, "bob@example.org", 7, bob)
    apply(world.run(), silent)
    verify(world.run())
    report(world.run())
    tree = tree_of_run(world.run())

    with pytest.raises(GateClosedError, match="has to be signed here"):
        approve_merge(world.run(), tree, "carol@example.org")
    with pytest.raises(GateClosedError, match="its signature does not count"):
        approve_merge(world.run(), tree, "carol@example.org", bob)
    review = approve_merge(world.run(), tree, "carol@example.org", carol)

    assert review.fingerprint == keys.fingerprint("carol")
    scene = Scene(world)
    assert scene.accept().accepted
    keys.sign("carol", world.audit(FILE), "starlang-plan@example.org")
    assert [each.criterion.number for each in scene.accept().failing] == [27]


def test_the_work_tree_goes_once_the_run_is_accepted_and_that_is_recorded(scene: Scene) -> None:
    root, place = scene.root, scene.root.with_name("repo-manifests-presmall")
    scene.edit(scene.audit("promotions.csv"), "0.80", "0.90")
    refused = starlang("gc", "--accepted", "--write", cwd=root)
    assert refused.code == 4
    assert "error[E883]" in refused.said
    assert "22 artifact: promotions" in refused.said
    assert place.is_dir()
    scene.undo()

    assert "work tree" in succeed("gc", "--accepted", "--write", cwd=root).text
    assert not place.exists()
    record = root / scene.audit("removed.json")
    assert complaints("removed", record.read_bytes()) == []
    found = scene.accept()
    assert found.accepted
    assert found.criteria[5].result is Result.NOT_APPLICABLE
    assert "after acceptance" in found.criteria[5].answer.words
    assert [each.state for each in status(scene.world.run()).steps if each.findings] == []

    document = json.loads(record.read_bytes())
    scene.write(scene.audit("removed.json"), json.dumps(document | {"plan": f"sha256:{'0' * 64}"}))
    [other] = scene.accept().failing
    assert other.criterion.number == 6
    assert scene.follow(other)
    scene.undo()
    record.unlink()
    assert scene.accept().accepted
