"""`backup`: copies that are verified, a work tree of HEAD, and nothing where a guard fails."""

import json
import shutil
import subprocess
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from program.repositories import commit_all, git
from run.world import START, World

from starlang.errors import GateClosedError, RefusedError, UnreadyError, UnsafeError
from starlang.run.backup import backup
from starlang.run.gates import Gates
from starlang.run.pin import pin

NAME = "manifests_20260301T120000Z"


def backed_up(world: World, name: str = NAME) -> Path:
    pin(world.run())
    assert backup(world.run()).directory == name
    return world.root / ".backups" / name


def refused(world: World, kind: type[RefusedError]) -> list[str]:
    """The codes with which `backup` refuses; it has written nothing."""
    before = git(world.root, "worktree", "list")
    with pytest.raises(kind) as raised:
        backup(world.run())
    assert not (world.root / ".backups").exists()
    assert git(world.root, "worktree", "list") == before
    return [each.code for each in raised.value.diagnostics]


@pytest.mark.requirement("R20")
def test_every_manifest_is_copied_byte_for_byte_with_its_mode(world: World) -> None:
    world.manifest("web/page").chmod(0o600)
    copy = backed_up(world)

    live = {path.relative_to(world.root): path for path in world.root.glob("manifests/**/*.json")}
    copied = {path.relative_to(copy): path for path in copy.glob("manifests/**/*.json")}
    assert len(live) == 3
    assert copied.keys() == live.keys()
    for name, path in live.items():
        assert copied[name].read_bytes() == path.read_bytes()
        assert copied[name].stat().st_mode == path.stat().st_mode


@pytest.mark.requirement("R20")
def test_the_metadata_says_what_was_copied_when_and_of_which_commit(world: World) -> None:
    found = json.loads((backed_up(world) / "backup_metadata.json").read_bytes())

    assert found["timestamp"] == "2026-03-01T12:00:00Z"
    assert found["manifest_count"] == 3
    assert found["git_commit"] == git(world.root, "rev-parse", "HEAD").strip()
    assert found["git_branch"] == "main"
    assert found["phase"] == "small_pre_regeneration"


def test_sha256sum_confirms_the_list(world: World) -> None:
    world.project.manifest("odd\\slash")
    world.project.config('[guards]\nunportable = "allow"\n')
    copy = backed_up(world)

    done = subprocess.run(
        ["/usr/bin/env", "sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=copy,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.count(b": OK\n") == 4


def test_git_does_not_see_backups_and_no_tracked_file_changes(world: World) -> None:
    backed_up(world)

    assert git(world.root, "status", "--porcelain", "--", ".", ":!docs") == ""


@pytest.mark.requirement("R19")
def test_a_work_tree_of_head_lies_beside_the_repository(world: World) -> None:
    backed_up(world)

    tree = world.root.with_name("repo-manifests-presmall")
    head = git(world.root, "rev-parse", "HEAD")
    assert git(tree, "rev-parse", "HEAD") == head
    assert git(tree, "status", "--porcelain") == ""
    name = "manifests/store/memory/module.manifest.json"
    assert (tree / name).read_bytes() == (world.root / name).read_bytes()


@pytest.mark.requirement("R19")
def test_a_second_backup_uses_the_work_tree_that_is_there(world: World) -> None:
    backed_up(world)
    world.clock.turn(world.clock.now().replace(second=1))

    assert backup(world.run()).worktree.exists


@pytest.mark.requirement("R19")
def test_something_else_in_the_place_of_the_work_tree_is_left_alone(world: World) -> None:
    pin(world.run())
    place = world.root.with_name("repo-manifests-presmall")
    place.mkdir()
    (place / "mine.txt").write_text("keep")

    assert refused(world, UnreadyError) == ["E958"]
    assert (place / "mine.txt").read_text() == "keep"


@pytest.mark.fault_row(106)
@pytest.mark.requirement("R19")
def test_a_work_tree_of_an_older_commit_is_renewed(world: World) -> None:
    pin(world.run())
    tree = world.root.with_name("repo-manifests-presmall")
    git(world.root, "worktree", "add", "-q", "--detach", tree)
    head = commit_all(world.root, "later")

    backup(world.run())

    assert git(tree, "rev-parse", "HEAD").strip() == head
    assert git(world.root, "worktree", "list").count("\n") == 2


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("name", ["rules/main.star", "notes.txt"])
def test_an_older_work_tree_that_somebody_has_changed_is_left_alone(
    world: World, name: str
) -> None:
    pin(world.run())
    tree = world.root.with_name("repo-manifests-presmall")
    git(world.root, "worktree", "add", "-q", "--detach", tree)
    (tree / name).write_text("# mine")
    commit_all(world.root, "later")

    assert refused(world, UnreadyError) == ["E958"]
    assert (tree / name).read_text() == "# mine"


@pytest.mark.fault_row(105)
def test_backups_are_in_the_order_in_which_they_were_made(world: World) -> None:
    """The clock was a year ahead when the first was made, and stands still afterwards."""
    world.clock.turn(START + timedelta(days=400))
    first = backed_up(world, NAME.replace("20260301", "20270405"))
    world.clock.turn(START)
    world.project.manifest("web/page", owner="eve")

    second = backup(world.run())
    third = backup(world.run())

    assert [second.directory, third.directory] == [NAME, f"{NAME}_2"]
    assert Gates(world.run()).newest.directory.name == third.directory
    numbers = [
        json.loads((first.with_name(name) / "backup_metadata.json").read_bytes())["sequence"]
        for name in (first.name, second.directory, third.directory)
    ]
    assert numbers == [1, 2, 3]


@pytest.mark.fault_row(105)
def test_a_backup_that_came_by_a_commit_is_none(world: World) -> None:
    copy = backed_up(world)
    forged = copy.with_name("manifests_99990101T000000Z")
    shutil.copytree(copy, forged)
    metadata = json.loads((forged / "backup_metadata.json").read_bytes())
    (forged / "backup_metadata.json").write_text(json.dumps({**metadata, "sequence": 10**9}))
    git(world.root, "add", "--force", forged)

    assert Gates(world.run()).newest.directory == copy
    assert backup(world.run()).directory == f"{NAME}_2"


@pytest.mark.fault_row(105)
def test_a_backup_that_is_not_whole_gives_way_to_one_that_is(world: World) -> None:
    first = backed_up(world)
    second = first.with_name(backup(world.run()).directory)
    (second / "SHA256SUMS").write_text("")

    assert Gates(world.run()).newest.directory == first


@pytest.mark.requirement("R18", "R20")
def test_every_violation_of_a_guard_is_listed_before_anything_is_written(world: World) -> None:
    world.project.manifest("lukhas/core")
    world.project.manifest("web/Other")
    pin(world.run())

    assert refused(world, UnsafeError) == ["E601", "E602"]


def test_an_unreadable_manifest_is_named_before_anything_is_written(world: World) -> None:
    world.manifest("web/page").write_text("{,}")
    pin(world.run())

    assert refused(world, UnsafeError) == ["E509"]


def test_a_disk_without_room_is_refused_with_figures(world: World) -> None:
    pin(world.run())
    world.room.append(1000)

    assert refused(world, UnreadyError) == ["E954"]


@pytest.mark.requirement("R31")
def test_there_is_no_backup_without_pins(world: World) -> None:
    assert refused(world, GateClosedError) == ["E955"]


@pytest.mark.fault_row(79)
@pytest.mark.parametrize("name", ["SHA256SUMS", "manifests/web/page/module.manifest.json"])
def test_a_backup_with_one_flipped_byte_is_refused(world: World, name: str) -> None:
    file = backed_up(world) / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)

    with pytest.raises(GateClosedError) as raised:
        _ = Gates(world.run()).backup
    assert [each.code for each in raised.value.diagnostics] == ["E957"]


@pytest.mark.fault_row(79)
def test_a_backup_with_a_missing_file_is_refused(world: World) -> None:
    (backed_up(world) / "manifests" / "web" / "page" / "module.manifest.json").unlink()

    with pytest.raises(GateClosedError):
        _ = Gates(world.run()).backup


def test_a_copy_that_was_cut_short_is_no_backup(world: World) -> None:
    copy = backed_up(world)
    (copy / "backup_metadata.json").unlink()

    with pytest.raises(GateClosedError) as raised:
        _ = Gates(world.run()).backup
    assert [each.code for each in raised.value.diagnostics] == ["E955"]


@pytest.mark.fault_row(72)
def test_manifests_that_changed_since_the_backup_are_named(world: World) -> None:
    backed_up(world)
    world.manifest("store/memory").write_bytes(world.manifest("store/memory").read_bytes() + b"\n")
    world.manifest("gate/guard").unlink()
    world.project.manifest("new/one")

    with pytest.raises(GateClosedError) as raised:
        _ = Gates(world.run()).backup
    assert [(each.code, each.file.split("/")[1]) for each in raised.value.diagnostics] == [
        ("E959", "gate"),
        ("E959", "new"),
        ("E959", "store"),
    ]


@pytest.mark.fault_row(46)
def test_bytes_of_the_work_tree_count_and_not_what_git_makes_of_them(world: World) -> None:
    """git would turn CR LF into LF, and `$Id$` into something else."""
    world.project.write(".gitattributes", "*.json text eol=lf ident\n")
    manifest = world.manifest("store/memory")
    manifest.write_bytes(manifest.read_bytes().replace(b"\n", b"\r\n"))
    commit_all(world.root)
    copy = backed_up(world)

    name = "manifests/store/memory/module.manifest.json"
    assert (copy / name).read_bytes() == manifest.read_bytes()
    digest = sha256(manifest.read_bytes()).hexdigest()
    assert f"{digest}  {name}\n" in (copy / "SHA256SUMS").read_text()


@pytest.mark.fault_row(44)
def test_a_manifest_in_a_submodule_is_refused(world: World, tmp_path: Path) -> None:
    other = World(type(world.project)(tmp_path / "other"), world.clock)
    other.project.manifest("deep/one")
    commit_all(other.root)
    allow = ("-c", "protocol.file.allow=always")
    git(world.root, *allow, "submodule", "add", "-q", other.root, "manifests/sub")
    commit_all(world.root)
    pin(world.run())

    assert refused(world, UnsafeError) == ["E934"]


@pytest.mark.fault_row(44)
def test_a_manifest_that_git_ignores_is_refused(world: World) -> None:
    world.project.manifest("scratch/one", owner="ops")
    world.project.write(".gitignore", "/manifests/scratch/\n")
    pin(world.run())

    assert refused(world, UnsafeError) == ["E934"]


@pytest.mark.fault_row(44)
def test_a_manifest_that_a_sparse_checkout_leaves_out_is_missed(world: World) -> None:
    git(world.root, "sparse-checkout", "set", "--no-cone", "/*", "!/manifests/web/")
    assert not world.manifest("web/page").exists()
    pin(world.run())

    assert refused(world, UnsafeError) == ["E934"]


@pytest.mark.fault_row(44)
def test_a_manifest_that_lies_deeper_than_a_run_writes_is_refused(world: World) -> None:
    world.project.manifest("/".join(["d"] * 300))
    pin(world.run())

    assert refused(world, UnsafeError) == ["E934"]


@pytest.mark.fault_row(44)
def test_a_pointer_of_large_file_storage_is_no_manifest(world: World) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    world.manifest("web/page").write_text(pointer)
    pin(world.run())

    assert refused(world, UnsafeError) == ["E506", "E934"]  # unreadable, and why that is


@pytest.mark.fault_row(76)
@pytest.mark.parametrize("name", ["MERGE_HEAD", "rebase-merge", "index.lock", "CHERRY_PICK_HEAD"])
def test_nothing_begins_while_git_is_in_the_middle_of_something(world: World, name: str) -> None:
    pin(world.run())
    (world.root / ".git" / name).write_text("")

    assert refused(world, GateClosedError) == ["E952"]


@pytest.mark.fault_row(61)
def test_backups_that_cannot_be_written_are_refused_before_a_work_tree_is_added(
    world: World,
) -> None:
    pin(world.run())
    (world.root / ".backups").write_text("a file, where a directory should be")

    with pytest.raises(UnreadyError) as raised:
        backup(world.run())

    assert [each.code for each in raised.value.diagnostics] == ["E954"]
    assert not world.root.with_name("repo-manifests-presmall").exists()
