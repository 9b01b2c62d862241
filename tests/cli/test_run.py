"""The whole run by the program, on the example, as a person does it and gets it wrong."""

import itertools
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from program.memory import in_memory
from program.projects import snapshot
from program.repositories import commit_all, git, lay_out
from program.run import Done, environment, installed, starlang, succeed

pytestmark = pytest.mark.requirement("R24", "R28", "R31")

STEPS = ("pin", "backup", "canary", "approve", "apply", "verify")


_KEPT: dict[str, Path] = {}
"""Step -> directory in which all steps up to it have been taken; "" where none has."""


@pytest.fixture(scope="module", autouse=True)
def _kept(project_root: Path) -> Iterator[None]:
    """The first place is made; the others are, when they are asked for."""
    with in_memory() as directory:
        _KEPT[""] = directory / "kept"
        root = _KEPT[""] / "constellation"
        shutil.copytree(project_root / "examples" / "constellation", root)
        commit_all(root)
        git(root, "config", "user.email", "alice@example.org")
        yield
    _KEPT.clear()


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A directory in memory where there is one: a run waits for its disk dozens of times."""
    with in_memory() as directory:
        yield directory


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example, committed."""
    lay_out(_KEPT[""], tmp_path)
    return tmp_path / "constellation"


def arguments(step: str, root: Path) -> list[str]:
    """How a step is called; who approves names the plan."""
    if step != "approve":
        return [step]
    report = json.loads((root / "docs/audits/hortus_canary_report.json").read_bytes())
    return [step, report["plan"]]


def up_to(step: str, root: Path) -> None:
    """Takes all steps up to `step`; where nothing else was done, they are taken once for all."""
    if _files(root) == _files(_KEPT[""] / root.name):
        lay_out(kept(step), root.parent)
    else:
        for each in STEPS[: STEPS.index(step) + 1]:
            succeed(*arguments(each, root), cwd=root)


def _files(root: Path) -> dict[str, bytes]:
    """All files but the index of git, which has their times."""
    return {name: data for name, data in snapshot(root).items() if name != ".git/index"}


def kept(step: str) -> Path:
    """A directory in which all steps up to `step` have been taken."""
    if step not in _KEPT:
        before = kept(STEPS[STEPS.index(step) - 1] if step != STEPS[0] else "")
        place = before.with_name(f"{_KEPT[''].name}-{step}")
        lay_out(before, place)
        root = place / "constellation"
        succeed(*arguments(step, root), cwd=root)
        _KEPT[step] = place
    return _KEPT[step]


def test_every_step_names_the_next_one(repository: Path) -> None:
    for step, following in itertools.pairwise(STEPS):
        said = succeed(*arguments(step, repository), cwd=repository).said
        assert re.search(rf"^next: .*starlang {following}", said, re.MULTILINE)
        printed = succeed("status", cwd=repository).text
        assert re.search(rf"^{step} +done", printed, re.MULTILINE)


@pytest.mark.parametrize(
    ("done", "step", "missing"),
    [
        ("", "backup", "pin"),
        ("", "apply", "pin"),
        ("pin", "canary", "backup"),
        ("backup", "apply", "canary"),
        ("backup", "approve 12345678", "canary"),
        ("canary", "apply", "approve"),
        ("", "verify", "pin"),
    ],
)
def test_a_step_out_of_order_names_the_missing_one(
    repository: Path, done: str, step: str, missing: str
) -> None:
    if done:
        up_to(done, repository)
    before = snapshot(repository / "manifests")

    refused = starlang(*step.split(), cwd=repository)

    assert refused.code == 4
    assert "E955" in refused.said
    assert f"`starlang {missing}" in refused.said
    assert snapshot(repository / "manifests") == before


def test_only_lines_of_stars_differ(repository: Path) -> None:
    up_to("apply", repository)

    changed = git(repository, "diff", "-U0", "--", "manifests").splitlines()
    removed = [each for each in changed if re.match(r"-(?!--)", each)]
    added = [each for each in changed if re.match(r"\+(?!\+\+)", each)]
    assert len(removed) == 15
    assert all(re.fullmatch(r'-\s+"primary_star": "Supporting",?\r?', each) for each in removed)
    stars = r'\+\s+"(primary_star|secondary_stars)": '
    assert [each for each in added if not re.match(stars, each)] == []
    assert git(repository, "status", "--porcelain", "--", ".", ":!docs", ":!manifests") == ""


def test_an_apply_again_and_a_second_rollback_do_nothing(repository: Path) -> None:
    before = snapshot(repository / "manifests")
    up_to("apply", repository)
    assert "nothing to write" in succeed("apply", cwd=repository).said
    succeed("rollback", cwd=repository)
    assert snapshot(repository / "manifests") == before
    again = starlang("rollback", cwd=repository)

    assert (again.code, "E931" in again.said) == (4, True)
    assert snapshot(repository / "manifests") == before


def test_what_was_edited_since_is_left_and_then_forced(repository: Path) -> None:
    before = snapshot(repository / "manifests")
    up_to("apply", repository)
    edited = repository / "manifests/forecast/frost/module.manifest.json"
    edited.write_text("mine")

    left = starlang("rollback", cwd=repository)

    assert left.code == 3
    assert "W920" in left.said
    assert "manifests/forecast/frost/module.manifest.json" in left.said
    assert edited.read_text() == "mine"
    edited.unlink()
    edited.write_bytes(before["forecast/frost/module.manifest.json"])
    assert snapshot(repository / "manifests") == before


def test_by_force_everything_comes_back_and_the_edit_is_kept(repository: Path) -> None:
    before = snapshot(repository / "manifests")
    up_to("apply", repository)
    (repository / "manifests/forecast/frost/module.manifest.json").write_text("mine")

    forced = succeed("rollback", "--force", cwd=repository)

    assert "W921" in forced.said
    (place,) = re.findall(r"is kept in (\S+)", forced.said)
    assert Path(place).read_text() == "mine"
    assert snapshot(repository / "manifests") == before


def test_verify_says_three_where_something_differs(repository: Path) -> None:
    up_to("verify", repository)
    edited = repository / "manifests/forecast/frost/module.manifest.json"
    edited.write_bytes(edited.read_bytes().replace(b'"owner": "', b'"owner": "x'))

    found = starlang("verify", cwd=repository)

    assert found.code == 3
    assert "E980" in found.said
    assert "E982" in found.said


@pytest.mark.requirement("R50")
def test_verify_fails_on_what_a_plan_warns_of_only_if_asked_to(repository: Path) -> None:
    up_to("verify", repository)
    codes = {
        level: starlang("verify", "--fail-on", level, cwd=repository)
        for level in ("error", "warning", "note")
    }

    assert [done.code for done in codes.values()] == [0, 1, 1]
    assert "1 finding of severity warning or above: W501" in codes["warning"].said
    assert codes["error"].text == codes["warning"].text


@pytest.mark.parametrize("number", ["0", "91", "x"])
def test_days_are_within_bounds(repository: Path, number: str) -> None:
    up_to("canary", repository)

    assert starlang("approve", "12345678", "--days", number, cwd=repository).code == 2


INTERFERED = """
import os, signal, sys
from pathlib import Path
from starlang.transaction.files import System

call, act, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
done, count = getattr(System, call), [0]

def interfered(self, *arguments, **options):
    result = done(self, *arguments, **options)
    count[0] += 1
    if count[0] == wanted:
        if act == "stop":
            os.kill(os.getpid(), signal.SIGINT)
        else:
            file = Path(act)
            file.write_bytes(file.read_bytes() + b" ")
    return result

setattr(System, call, interfered)
del sys.argv[1:4]
from starlang.cli.main import run
run()
"""
"""The program; right after a system call somebody types ^C, or edits a manifest."""


def apply_interfered(root: Path, call: str, act: str, number: int) -> Done:
    """How `apply` ends if somebody acts right after the `number`th `call`."""
    done = subprocess.run(
        [sys.executable, "-c", INTERFERED, call, act, str(number), "apply"],
        cwd=root,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.fault_row(82)
@pytest.mark.parametrize("direction", [(), ("--back",)])
def test_whoever_types_control_c_is_told_how_to_go_on(
    repository: Path, direction: tuple[str, ...]
) -> None:
    before = snapshot(repository / "manifests")
    up_to("approve", repository)

    stopped = apply_interfered(repository, "exchange", "stop", 3)

    assert stopped.code == 130
    assert "starlang recover" in stopped.said
    assert sum(snapshot(repository / "manifests")[each] != before[each] for each in before) == 3
    assert starlang("apply", cwd=repository).code == 4
    succeed("recover", *direction, cwd=repository)
    changed = git(repository, "diff", "--name-only", "--", "manifests").splitlines()
    assert len(changed) == (0 if direction else 15)


@pytest.mark.fault_row(82, 83, 107)
def test_what_ends_without_a_change_says_so_and_can_be_repeated(repository: Path) -> None:
    """^C before anything is written; and an edit meanwhile, after which all is taken back."""
    up_to("approve", repository)
    before = snapshot(repository / "manifests")

    stopped = apply_interfered(repository, "create", "stop", 2)

    assert stopped.code == 130
    assert stopped.said.endswith("stopped before any manifest was written\n")
    assert snapshot(repository / "manifests") == before

    report = json.loads((repository / "docs/audits/hortus_canary_report.json").read_bytes())
    changing = {each["file"] for each in report["modules"]}
    other = next(name for name in sorted(before) if f"manifests/{name}" not in changing)
    undone = apply_interfered(repository, "exchange", f"manifests/{other}", 15)

    assert undone.code == 5
    assert "E932" in undone.said
    assert "and all of it has been taken back" in undone.said
    assert f"manifests/{other}" in undone.said
    edited = {**before, other: before[other] + b" "}
    assert snapshot(repository / "manifests") == edited
    (repository / "manifests" / other).write_bytes(before[other])
    assert "wrote and verified 15 manifests" in succeed("apply", cwd=repository).said


@pytest.mark.fault_row(114)
def test_messages_repeat_the_config_that_was_given(repository: Path) -> None:
    """They are followed from where no config would be found; each command stands in a message."""
    config = "constellation/configs/starlang.toml"
    command = f"starlang apply --config {config}"
    steps = []
    for _ in range(2 * len(STEPS)):
        _, step, *rest = shlex.split(command)
        done = starlang(step, *rest, cwd=repository.parent)
        steps.append((step, done.code))
        found = re.search(r"^next: .*?(starlang .+)$|`(starlang .+?)`", done.said, re.MULTILINE)
        if found is None:
            break
        command = found[1] or found[2]

    assert steps == [("apply", 4), *((each, 0) for each in STEPS)]
    rules = repository / "rules" / "hortus.star"
    rules.write_text(f"{rules.read_text()}\n# another line\n")
    shown = starlang("status", "--config", config, "--format", "json", cwd=repository.parent)
    assert json.loads(shown.out)["next"] == f"starlang pin --config {config}"


def test_progress_is_quiet_when_asked(repository: Path) -> None:
    up_to("canary", repository)
    succeed(*arguments("approve", repository), "--by", "bob@example.org", cwd=repository)
    done = succeed("apply", "--quiet", cwd=repository)

    assert (done.out, done.err) == (b"", b"")


@pytest.mark.fault_row(64)
def test_the_locale_and_the_terminal_change_nothing(repository: Path) -> None:
    up_to("canary", repository)
    first = (repository / "docs/audits/hortus_canary_report.json").read_bytes()
    env = {"LC_ALL": "C", "PYTHONHASHSEED": "7", "COLUMNS": "20", "TZ": "Asia/Tokyo"}
    (repository / "docs/audits/hortus_canary_report.json").unlink()

    assert installed("canary", cwd=repository, env=env).code == 0

    second = json.loads((repository / "docs/audits/hortus_canary_report.json").read_bytes())
    assert {**second, "made_at": ""} == {**json.loads(first), "made_at": ""}


def test_old_runs_are_listed_and_then_removed(repository: Path) -> None:
    up_to("apply", repository)
    succeed("rollback", cwd=repository)
    state = repository / ".git" / "starlang" / "runs"
    assert "nothing to remove" in succeed("gc", cwd=repository).said
    (old,) = (repository / ".backups").iterdir()
    for number in range(30):
        shutil.copytree(old, old.with_name(f"manifests_202001{number:02}T000000Z"))
    shutil.rmtree(old)
    succeed("backup", cwd=repository)
    before = sorted(state.iterdir())

    listed = succeed("gc", "--keep", "1", cwd=repository).text.splitlines()
    assert [line.split()[0] for line in listed] == [*["backup"] * 20, "and"]
    assert listed[-1] == "and 10 more (--limit 0 lists all)"
    row = r"backup +[0-9,]+ bytes  \.backups/manifests_202001[0-9]{2}T000000Z"
    whole = succeed("gc", "--keep", "1", "--limit", "0", cwd=repository).text.splitlines()
    assert [bool(re.fullmatch(row, line)) for line in whole] == [True] * 30
    assert sorted(state.iterdir()) == before
    succeed("gc", "--keep", "1", "--write", cwd=repository)

    (kept,) = (repository / ".backups").iterdir()
    assert not kept.name.startswith("manifests_202001")


def test_a_run_that_is_written_can_be_rolled_back_after_cleaning(repository: Path) -> None:
    before = snapshot(repository / "manifests")
    up_to("apply", repository)
    succeed("gc", "--keep", "1", "--write", cwd=repository)

    succeed("rollback", cwd=repository)

    assert snapshot(repository / "manifests") == before


def test_an_unfinished_run_is_kept_by_cleaning(repository: Path) -> None:
    before = snapshot(repository / "manifests")
    up_to("approve", repository)
    assert apply_interfered(repository, "exchange", "stop", 3).code == 130

    cleaned = starlang("gc", "--keep", "1", "--write", cwd=repository)

    assert "removed" not in cleaned.said
    succeed("recover", "--back", cwd=repository)
    assert snapshot(repository / "manifests") == before


def test_a_work_tree_with_changes_is_not_removed(repository: Path) -> None:
    succeed("pin", cwd=repository)
    succeed("backup", cwd=repository)
    (backup,) = (repository / ".backups").iterdir()
    metadata = backup / "backup_metadata.json"
    text = metadata.read_text()
    commit = json.loads(text)["git_commit"]
    metadata.write_text(text.replace(commit, "0" * 40))
    tree = repository.with_name(f"{repository.name}-manifests-prehortus")
    (tree / "mine.txt").write_text("keep")

    done = starlang("gc", "--write", cwd=repository)

    assert (done.code, "E933" in done.said) == (4, True)
    assert (tree / "mine.txt").read_text() == "keep"


EVERY = 62
"""The manifests of the example."""

SUMMARY = "what failed, and the way out:\n"


def summary(said: str) -> dict[str, str]:
    """What a message says at its end: check or code -> how much of it, and the way out."""
    assert said.count(SUMMARY) == 1
    lines = said.partition(SUMMARY)[2].splitlines()
    return {name: rest for name, _, rest in (each.partition(": ") for each in lines)}


def with_a_schema(root: Path) -> None:
    """A schema that every manifest violates, once."""
    (root / "configs/strict.json").write_text('{"required": ["warranty"]}')
    config = root / "configs/starlang.toml"
    text = config.read_text("utf-8")
    assert text.count("[project]\n") == 1
    config.write_text(text.replace("[project]\n", '[project]\nschema = "configs/strict.json"\n'))


def edited(root: Path, count: int) -> list[str]:
    """The first manifests that have an owner, with another one."""
    found: list[str] = []
    for path in sorted(root.glob("manifests/**/*.json")):
        text = path.read_text("utf-8")
        changed = re.sub(r'("owner": )"[^"]*"', r'\1"nobody"', text)
        if changed != text and len(found) < count:
            path.write_text(changed, "utf-8")
            found.append(path.relative_to(root).as_posix())
    assert len(found) == count
    return found


def places(said: str) -> list[str]:
    """The files of all findings that are printed."""
    return re.findall(r"^ *--> ([^:\s]+)", said, re.MULTILINE)


@pytest.mark.parametrize(("options", "listed"), [((), 3), (("--limit", "1"), 1)])
def test_findings_of_a_check_are_folded_and_summed_up(
    repository: Path, options: tuple[str, ...], listed: int
) -> None:
    with_a_schema(repository)
    up_to("backup", repository)

    done = starlang("canary", *options, cwd=repository)

    assert done.code == 5
    assert len(places(done.said)) == listed
    left = EVERY - listed
    assert f"\nand {left} more findings with W510; --limit 0 lists all\n" in done.said
    assert list(summary(done.said)) == ["schema"]
    words = summary(done.said)["schema"]
    assert words.startswith("62 findings in 62 files (62 manifests); correct the manifests")
    assert "`starlang pin`" in words
    assert len(done.said.splitlines()) < 40


def test_no_limit_lists_every_finding_with_file_and_line(repository: Path) -> None:
    with_a_schema(repository)
    up_to("backup", repository)
    live = sorted(snapshot(repository / "manifests"))

    said = starlang("canary", "--limit", "0", cwd=repository).said
    planned = starlang("plan", "--limit", "0", cwd=repository).text
    folded = starlang("plan", cwd=repository).text

    assert len(live) == EVERY
    found = re.findall(r"^ *--> manifests/([^: ]+):\d+:\d+", said, re.MULTILINE)
    assert sorted(found) == live
    assert "more findings" not in said
    assert list(summary(said)) == ["schema"]
    together = re.sub(r"\s+", "", planned)
    assert [each for each in live if not re.search(rf"manifests/{each}:\d+:\d+:", together)] == []
    assert "more (--limit 0 lists all)" in " ".join(folded.split())
    assert f"{EVERY} x" in folded


def test_verify_sums_up_each_check_that_fails_and_no_other(repository: Path) -> None:
    up_to("apply", repository)
    files = edited(repository, 5)

    done = starlang("verify", cwd=repository)
    every = starlang("verify", "--limit", "0", cwd=repository).said
    checks = json.loads(starlang("verify", "--format", "json", cwd=repository).out)["checks"]

    assert done.code == 3
    failing = [each["check"] for each in checks if each["verdict"] == "fails"]
    assert list(summary(done.said)) == failing
    assert {"bytes outside the stars", "owner"} <= set(failing)
    rest = summary(done.said)["bytes outside the stars"]
    assert rest.startswith(f"5 findings in 5 files ({EVERY} manifests); put it back")
    assert "and 2 more findings with E980" in done.said
    assert [each for each in files if places(every).count(each) < 2] == []


def test_a_gate_that_no_check_closes_is_summed_up_by_code(repository: Path) -> None:
    up_to("backup", repository)
    files = edited(repository, 5)

    done = starlang("canary", cwd=repository)
    every = starlang("canary", "--limit", "0", cwd=repository).said
    status = starlang("status", cwd=repository).said

    assert done.code == 4
    assert places(done.said) == files[:3]
    assert "and 2 more findings with E959; --limit 0 lists all" in done.said
    (line,) = summary(done.said).items()
    assert line[0] == "E959"
    assert line[1].startswith("5 findings in 5 files; undo the change, or accept it")
    assert places(every) == files
    assert "and 2 more findings with E959" in status


def test_guards_that_backup_lists_are_folded_with_the_entries_to_write(repository: Path) -> None:
    source = repository / "manifests" / "safety"
    manifest = next(source.rglob("module.manifest.json")).read_bytes()
    names = [f"manifests/Attic{number}" for number in range(5)]
    for name in names:
        (repository / name).mkdir()
        (repository / name / "module.manifest.json").write_bytes(manifest)
    succeed("pin", cwd=repository)

    done = starlang("backup", cwd=repository)

    assert done.code == 5
    assert "and 2 more findings with E602; --limit 0 lists all" in done.said
    assert summary(done.said)["E602"].startswith("5 findings in 5 files; ")
    assert done.said.count("\n[[guards.waive]]\n") == 5
    assert done.said.partition(SUMMARY)[0].endswith("\nnext: starlang pin\n\n")


def test_one_finding_is_not_summed_up(repository: Path) -> None:
    succeed("pin", cwd=repository)

    assert SUMMARY not in starlang("canary", cwd=repository).said


def test_manifests_that_git_does_not_know_are_all_listed_when_asked(repository: Path) -> None:
    names = [f"manifests/attic{number}/module.manifest.json" for number in range(5)]
    manifest = next((repository / "manifests" / "safety").rglob("module.manifest.json"))
    for name in names:
        (repository / name).parent.mkdir()
        (repository / name).write_bytes(manifest.read_bytes())
    succeed("pin", cwd=repository)

    said = succeed("backup", cwd=repository).said
    every = succeed("backup", "--limit", "0", cwd=repository).said

    assert f"{', '.join(names[:3])} and 2 more (--limit 0 lists all)\n" in said
    assert f"{', '.join(names)}\n" in every
