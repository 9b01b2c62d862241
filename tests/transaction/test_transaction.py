"""A transaction from begin to end, and everything that stops it."""

import fcntl
import os
from pathlib import Path
from zlib import crc32

import pytest
from transaction.tree import Breaking, Killed, Tree, make_tree, nothing

from starlang.transaction.journal import (
    ConflictError,
    DamagedError,
    JournalError,
    NeitherError,
    RecordKind,
    StaleError,
    TargetsError,
    decode,
    parse,
)
from starlang.transaction.place import LockedError
from starlang.transaction.running import UnfinishedError, standings

pytestmark = pytest.mark.requirement("R24", "R25", "R28")


PUTTING = ("exchange", "move")
"""The calls that put a file in place: one that was there before, and one that is created."""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return make_tree(tmp_path)


@pytest.mark.parametrize("workers", [1, 4])
def test_all_files_get_their_new_contents_and_keep_their_modes(
    tmp_path: Path, workers: int
) -> None:
    tree = make_tree(tmp_path, 500)

    tree.apply(workers=workers)

    assert tree.is_new()
    assert tree.leftovers() == []
    assert [(each.name, each.last) for each in standings(tree.place)] == [
        ("000001", RecordKind.COMMIT)
    ]


def test_a_rollback_brings_back_bytes_modes_and_times(tree: Tree) -> None:
    times = {path: (tree.root / path).stat().st_mtime_ns for path in tree.old}
    inodes = {path: (tree.root / path).stat().st_ino for path in tree.old}
    tree.apply()

    (outcome,) = tree.runner().roll_back(["000001"])

    assert (outcome.count, outcome.left, outcome.kept) == (3, (), ())
    assert tree.is_old()
    assert {path: (tree.root / path).stat().st_mtime_ns for path in tree.old} == times
    assert {path: (tree.root / path).stat().st_ino for path in tree.old} == inodes
    assert standings(tree.place)[-1].last is RecordKind.ROLLEDBACK


def test_two_transactions_are_undone_newest_first(tree: Tree) -> None:
    first = tree.contents()[:1]
    tree.runner().apply(first, {}, nothing)
    tree.runner().apply(tree.contents()[1:], {}, nothing)
    assert tree.is_new()

    outcomes = tree.runner().roll_back(["000001", "000002"])

    assert [each.name for each in outcomes] == ["000002", "000001"]
    assert tree.is_old()


def test_extended_attributes_are_kept(tree: Tree) -> None:
    path = next(iter(tree.new))
    try:
        os.setxattr(tree.root / path, "user.note", b"mine")
    except OSError as error:
        pytest.skip(f"the file system has no extended attributes: {error.strerror}")

    tree.apply()

    assert tree.is_new()
    assert os.getxattr(tree.root / path, "user.note") == b"mine"


@pytest.mark.fault_row(72, 77, 40, 37, 45)
@pytest.mark.parametrize(
    "change",
    ["edited", "gone", "mode", "hard link", "link", "linked parent", "directory", "pipe"],
)
def test_what_is_not_as_planned_stops_everything(tree: Tree, change: str) -> None:
    path = sorted(tree.new)[1]
    file = tree.root / path
    match change:
        case "edited":
            file.write_bytes(b"{}")
        case "gone":
            file.unlink()
        case "mode":
            file.chmod(0o640)
        case "hard link":
            file.with_name("second").hardlink_to(file)
        case "link":
            file.rename(file.with_name("real"))
            file.symlink_to("real")
        case "linked parent":
            file.parent.rename(tree.directory / "elsewhere")
            file.parent.symlink_to(tree.directory / "elsewhere")
        case "directory":
            file.unlink()
            file.mkdir()
        case _:
            file.unlink()
            os.mkfifo(file)
    others = {each: tree.root.joinpath(each).read_bytes() for each in tree.old if each != path}

    with pytest.raises(StaleError) as stopped:
        tree.apply()

    assert [each.path for each in stopped.value.problems] == [path]
    assert {each: tree.root.joinpath(each).read_bytes() for each in others} == others
    assert standings(tree.place) == []
    assert tree.leftovers() == []


@pytest.mark.fault_row(40, 77)
@pytest.mark.parametrize("what", ["file", "link", "directory", "linked parent", "parent is a file"])
def test_nothing_that_is_there_is_overwritten_by_what_is_created(tree: Tree, what: str) -> None:
    path = max(tree.new)
    file = tree.root / path
    if "parent" not in what:
        file.parent.mkdir(parents=True)
    match what:
        case "file":
            file.write_bytes(SAVED)
        case "link":
            file.symlink_to("nowhere")
        case "directory":
            file.mkdir()
        case "linked parent":
            (tree.directory / "elsewhere").mkdir()
            file.parent.parent.symlink_to(tree.directory / "elsewhere")
        case _:
            file.parent.parent.write_bytes(SAVED)
    before = sorted(map(str, tree.directory.rglob("*")))

    with pytest.raises(StaleError) as stopped:
        tree.apply()

    assert [each.path for each in stopped.value.problems] == [path]
    assert {each: (tree.root / each).read_bytes() for each in tree.old} == tree.old
    made = {str(each) for each in tree.place.state.rglob("*")} | {str(tree.place.state)}
    assert sorted({*map(str, tree.directory.rglob("*"))} - made) == before


def test_only_empty_directories_that_it_made_are_removed(tree: Tree) -> None:
    tree.apply()
    path = max(tree.new)
    beside = tree.root / path.partition("/")[0] / "notes.txt"
    beside.write_bytes(SAVED)

    tree.runner().roll_back(["000001"])

    assert tree.files() == {**tree.old, beside.relative_to(tree.root).as_posix(): SAVED}
    assert not (tree.root / path).parent.exists()


def test_what_was_created_and_edited_since_stays_unless_it_is_forced(tree: Tree) -> None:
    tree.apply()
    path = max(tree.new)
    (tree.root / path).write_bytes(SAVED)

    (outcome,) = tree.runner().roll_back(["000001"])
    assert (outcome.count, outcome.left) == (2, (path,))
    assert tree.files() == {**tree.old, path: SAVED}

    (forced,) = tree.runner().roll_back(["000001"], force=True)
    assert tree.is_old()
    ((kept, where),) = forced.kept
    assert kept == path
    assert (tree.place.state / "runs" / where).read_bytes() == SAVED


@pytest.mark.fault_row(101)
def test_what_has_come_back_is_undone_again_and_nothing_that_was_kept_is_lost(tree: Tree) -> None:
    """As git brings it back: stashed before a rollback, and applied after it."""
    tree.apply()
    for path in tree.new:
        (tree.root / path).write_bytes(SAVED)
    tree.runner().roll_back(["000001"])
    (forced,) = tree.runner().roll_back(["000001"], force=True)
    assert sorted(path for path, _ in forced.kept) == sorted(tree.new)

    for _ in range(3):
        for path, data in tree.new.items():
            (tree.root / path).parent.mkdir(parents=True, exist_ok=True)
            (tree.root / path).write_bytes(data)
            (tree.root / path).chmod(tree.modes[path])
        (outcome,) = tree.runner().roll_back(["000001"])
        assert (outcome.count, outcome.left) == (3, ())
        assert tree.is_old()

    runs = tree.place.state / "runs"
    assert [(runs / where).read_bytes() for _, where in forced.kept] == [SAVED] * 3


def test_what_is_saved_right_before_it_is_taken_away_stays(tree: Tree) -> None:
    """Between the look at what was created and the move that removes it, somebody saves."""
    tree.apply()
    path = max(tree.new)
    saves = [SAVED]

    def save(name: str, _arguments: tuple[object, ...]) -> None:
        if name == "move" and saves:
            (tree.root / path).write_bytes(saves.pop())

    (outcome,) = tree.runner(Breaking(before=save).system).roll_back(["000001"])

    assert (outcome.count, outcome.left) == (2, (path,))
    assert tree.files() == {**tree.old, path: SAVED}


@pytest.mark.fault_row(36)
@pytest.mark.parametrize("path", ["../outside", "a0/../../outside", "/etc/hostname"])
def test_no_path_leads_out(tree: Tree, path: str) -> None:
    (tree.directory / "outside").write_bytes(b"x")
    target, data = tree.contents()[0]
    bad = type(target)(path, target.before, target.after, target.mode)

    with pytest.raises((StaleError, OSError)):
        tree.runner().apply([(bad, data)], {}, nothing)

    assert (tree.directory / "outside").read_bytes() == b"x"
    assert tree.is_old()


@pytest.mark.fault_row(70)
def test_a_second_one_is_told_who_is_at_work(tree: Tree) -> None:
    seen: list[str] = []

    def second(name: str, _arguments: tuple[object, ...]) -> None:
        if name == "exchange" and not seen:
            with pytest.raises(LockedError) as stopped:
                tree.apply()
            seen.append(str(stopped.value))

    tree.apply(Breaking(before=second).system)

    assert seen == [f"somebody, process {os.getpid()}"]
    assert tree.is_new()


@pytest.mark.fault_row(75)
def test_git_is_kept_out_while_files_are_exchanged(tree: Tree) -> None:
    held: list[bool] = []
    lock = tree.directory / "index.lock"

    def look(name: str, _arguments: tuple[object, ...]) -> None:
        if name in PUTTING:
            held.append(lock.exists())

    tree.apply(Breaking(before=look).system)

    assert held == [True, True, True]
    assert not lock.exists()


@pytest.mark.fault_row(76)
def test_it_does_not_begin_while_git_is_at_work(tree: Tree) -> None:
    lock = tree.directory / "index.lock"
    lock.write_bytes(b"git's own")

    with pytest.raises(FileExistsError):
        tree.apply()

    assert tree.is_old()
    assert lock.read_bytes() == b"git's own"
    assert standings(tree.place) == []


SAVED = b'{"star": "saved by an editor"}\n'


@pytest.mark.fault_row(73)
@pytest.mark.parametrize("way", ["in place", "by rename"])
@pytest.mark.parametrize("victim", [0, 1, 2])
def test_a_save_in_the_last_moment_is_not_lost(tree: Tree, way: str, victim: int) -> None:
    path = sorted(tree.new)[victim]
    exchanges: list[None] = []

    def save(name: str, _arguments: tuple[object, ...]) -> None:
        if name not in PUTTING:
            return
        if len(exchanges) == victim:
            write(tree.root / path, way)
        exchanges.append(None)

    with pytest.raises(ConflictError) as stopped:
        tree.apply(Breaking(before=save).system)

    assert [each.path for each in stopped.value.problems] == [path]
    assert tree.files() == {**tree.old, path: SAVED}
    assert standings(tree.place)[-1].last is RecordKind.ROLLEDBACK
    tree.runner().apply([each for each in tree.contents() if each[0].path != path], {}, nothing)


@pytest.mark.fault_row(73)
@pytest.mark.parametrize("way", ["in place", "by rename"])
def test_of_two_saves_in_the_last_moment_the_newer_stays(tree: Tree, way: str) -> None:
    """One before the file is exchanged, one before it is exchanged back."""
    path = min(tree.new)
    exchanges: list[None] = []

    def save(name: str, _arguments: tuple[object, ...]) -> None:
        if name != "exchange":
            return
        exchanges.append(None)
        if len(exchanges) == 1:
            write(tree.root / path, way, b"saved first")
        if len(exchanges) == 2:
            write(tree.root / path, way)

    with pytest.raises(ConflictError):
        tree.apply(Breaking(before=save).system)

    assert tree.files() == {**tree.old, path: SAVED}
    kept = [file.read_bytes() for file in tree.place.state.rglob("*") if file.is_file()]
    assert b"saved first" in kept


@pytest.mark.fault_row(73)
@pytest.mark.parametrize("call", ["sync_all", "link"])
def test_a_save_after_the_check_and_before_the_first_exchange_is_a_conflict(
    tree: Tree, call: str
) -> None:
    path = sorted(tree.new)[1]

    def save(name: str, _arguments: tuple[object, ...]) -> None:
        if name == call and (tree.root / path).read_bytes() == tree.old[path]:
            write(tree.root / path, "by rename")

    with pytest.raises(ConflictError):
        tree.apply(Breaking(before=save).system)

    assert tree.files() == {**tree.old, path: SAVED}
    assert standings(tree.place)[-1].last is RecordKind.ROLLEDBACK


def write(file: Path, way: str, data: bytes = SAVED) -> None:
    if way == "in place":
        file.write_bytes(data)
    else:
        file.with_name("temporary").write_bytes(data)
        file.with_name("temporary").replace(file)


@pytest.mark.fault_row(74)
def test_what_is_written_into_the_displaced_file_is_kept(tree: Tree) -> None:
    path = min(tree.new)
    handle = os.open(tree.root / path, os.O_WRONLY)
    exchanges: list[None] = []

    def save(name: str, _arguments: tuple[object, ...]) -> None:
        exchanges.extend([None] if name in PUTTING else [])
        if name == "sync_all" and len(exchanges) == 3:
            os.truncate(handle, 0)
            os.pwrite(handle, SAVED, 0)
            exchanges.append(None)

    with pytest.raises(ConflictError):
        tree.apply(Breaking(before=save).system)
    os.close(handle)

    assert tree.is_old()
    kept = [file for file in (tree.place.state).rglob("*") if file.is_file()]
    assert SAVED in [file.read_bytes() for file in kept]


@pytest.mark.fault_row(84)
def test_a_rollback_leaves_what_was_edited_since(tree: Tree) -> None:
    tree.apply()
    path = sorted(tree.new)[1]
    (tree.root / path).write_bytes(SAVED)

    (outcome,) = tree.runner().roll_back(["000001"])

    assert (outcome.count, outcome.left) == (2, (path,))
    assert tree.files() == {**tree.old, path: SAVED}

    (forced,) = tree.runner().roll_back(["000001"], force=True)

    assert tree.is_old()
    ((kept, where),) = forced.kept
    assert kept == path
    assert (tree.place.state / "runs" / where).read_bytes() == SAVED


@pytest.mark.fault_row(84)
def test_what_is_saved_right_after_it_was_put_back_stays(tree: Tree) -> None:
    tree.apply()
    path = min(tree.new)

    def save(name: str, _arguments: tuple[object, ...]) -> None:
        if name == "sync_all" and tree.is_old():
            write(tree.root / path, "by rename")

    (outcome,) = tree.runner(Breaking(before=save).system).roll_back(["000001"])

    assert outcome.left == (path,)
    assert tree.files() == {**tree.old, path: SAVED}


@pytest.mark.fault_row(79)
@pytest.mark.parametrize("damage", ["missing", "other bytes"])
def test_a_rollback_takes_the_backup_where_its_own_copy_is_damaged(tree: Tree, damage: str) -> None:
    tree.apply()
    copy = tree.place.state / "runs" / "000001" / "stage" / "1"
    copy.unlink()
    if damage == "other bytes":
        copy.write_bytes(b"rubbish")

    tree.runner().roll_back(["000001"])

    assert tree.is_old()


@pytest.mark.fault_row(79)
def test_without_any_whole_copy_it_says_so(tree: Tree) -> None:
    tree.apply()
    (tree.place.state / "runs" / "000001" / "stage" / "1").write_bytes(b"rubbish")
    path = sorted(tree.new)[1]
    del tree.old[path]

    with pytest.raises(DamagedError, match=path):
        tree.runner().roll_back(["000001"])


@pytest.mark.fault_row(79)
@pytest.mark.parametrize("damage", ["missing", "changed", "of another kind"])
def test_a_damaged_list_of_targets_is_refused(tree: Tree, damage: str) -> None:
    tree.apply()
    listed = tree.place.state / "runs" / "000001" / "targets"
    match damage:
        case "missing":
            listed.unlink()
        case "changed":
            listed.write_bytes(listed.read_bytes().replace(b"a1/", b"a2/"))
        case _:
            listed.write_bytes(b"{}")

    with pytest.raises(DamagedError, match="targets"):
        tree.runner().roll_back(["000001"])

    assert tree.is_new()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"format": "starlang-targets/2", "targets": []}',
        b'{"format": "starlang-targets/1", "targets": [["a", "b", "c", 420]]}',
        b'{"format": "starlang-targets/1", "targets": [["a", 1, 2, 3]]}',
    ],
)
def test_a_list_of_targets_of_another_shape_is_none(data: bytes) -> None:
    with pytest.raises(TargetsError):
        decode(data)


@pytest.mark.fault_row(45)
def test_a_file_of_somebody_else_is_refused(tree: Tree) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    path = min(tree.new)
    os.chown(tree.root / path, 12345, -1)

    with pytest.raises(StaleError, match="belongs to another user"):
        tree.apply()

    assert tree.is_old()


def test_nothing_is_rolled_back_while_one_is_unfinished(tree: Tree) -> None:
    stopped_at(tree, "exchange", 2)
    before = tree.files()

    with pytest.raises(UnfinishedError):
        tree.runner().roll_back(["000001"])

    assert tree.files() == before


@pytest.mark.fault_row(84)
def test_what_is_saved_while_it_is_put_back_stays(tree: Tree) -> None:
    tree.apply()
    path = min(tree.new)
    exchanges: list[None] = []

    def save(name: str, _arguments: tuple[object, ...]) -> None:
        if name == "exchange":
            exchanges.append(None)
            if len(exchanges) == 1:
                write(tree.root / path, "by rename")

    (outcome,) = tree.runner(Breaking(before=save).system).roll_back(["000001"])

    assert outcome.left == (path,)
    assert tree.files() == {**tree.old, path: SAVED}


@pytest.mark.fault_row(79)
def test_a_backup_that_is_damaged_itself_is_not_believed(tree: Tree) -> None:
    tree.apply()
    (tree.place.state / "runs" / "000001" / "stage" / "1").write_bytes(b"rubbish")
    path = sorted(tree.new)[1]
    tree.old[path] = b"rubbish of another kind"

    with pytest.raises(DamagedError, match=path):
        tree.runner().roll_back(["000001"])

    assert (tree.root / path).read_bytes() == tree.new[path]


@pytest.mark.fault_row(83)
def test_what_is_not_confirmed_is_undone(tree: Tree) -> None:
    class RefusalError(Exception):
        pass

    def refuse() -> None:
        assert tree.is_new()
        raise RefusalError

    with pytest.raises(RefusalError):
        tree.runner().apply(tree.contents(), {}, refuse)

    assert tree.is_old()
    assert tree.leftovers() == []


def stopped_at(tree: Tree, call: str, number: int) -> None:
    """Kills the transaction at the `number`th call of that name."""
    count = [0]
    breaking = Breaking()

    def look(name: str, _arguments: tuple[object, ...]) -> None:
        if name == call:
            count[0] += 1
            if count[0] == number:
                breaking.at = len(breaking.log) - 1

    breaking.before = look
    with pytest.raises(Killed):
        tree.apply(breaking.system)
    assert breaking.fired


@pytest.mark.fault_row(71)
def test_after_a_kill_nothing_begins_before_recovery(tree: Tree) -> None:
    stopped_at(tree, "exchange", 2)
    assert not tree.is_old()
    assert not tree.is_new()

    with pytest.raises(UnfinishedError):
        tree.apply()
    outcome = tree.runner().recover(nothing)

    assert outcome is not None
    assert outcome.is_new
    assert tree.is_new()
    assert tree.leftovers() == []
    assert tree.runner().recover(nothing) is None


@pytest.mark.fault_row(78)
def test_recovery_stops_at_a_file_that_is_neither(tree: Tree) -> None:
    stopped_at(tree, "exchange", 2)
    path = max(tree.new)
    (tree.root / path).write_bytes(SAVED)
    before = tree.files()

    with pytest.raises(NeitherError) as stopped:
        tree.runner().recover(nothing)

    assert [each.path for each in stopped.value.problems] == [path]
    assert tree.files() == before
    outcome = tree.runner().recover(nothing, back=True)
    assert outcome is not None
    assert outcome.left == (path,)
    assert tree.files() == {**tree.old, path: SAVED}


@pytest.mark.fault_row(79)
@pytest.mark.parametrize("data", [None, b"rubbish"])
def test_going_forward_needs_what_was_staged(tree: Tree, data: bytes | None) -> None:
    stopped_at(tree, "exchange", 1)
    staged = tree.place.state / "runs" / "000001" / "stage" / "1"
    staged.unlink()
    if data is not None:
        staged.write_bytes(data)

    with pytest.raises(DamagedError, match="staged"):
        tree.runner().recover(nothing)

    outcome = tree.runner().recover(nothing, back=True)
    assert outcome is not None
    assert tree.is_old()


@pytest.mark.fault_row(78)
def test_a_damaged_journal_is_refused_and_a_torn_one_is_not(tree: Tree) -> None:
    stopped_at(tree, "exchange", 2)
    journal = tree.place.state / "runs" / "000001" / "journal"
    data = journal.read_bytes()
    flipped = bytearray(data)
    flipped[30] ^= 1
    journal.write_bytes(flipped)

    with pytest.raises(DamagedError):
        tree.runner().recover(nothing)
    with pytest.raises(DamagedError):
        standings(tree.place)

    journal.write_bytes(data + b"12345678 20 {torn")
    assert tree.runner().recover(nothing) is not None
    assert tree.is_new()


def test_a_journal_tells_what_was_left_out_or_moved(tree: Tree) -> None:
    tree.apply()
    data = (tree.place.state / "runs" / "000001" / "journal").read_bytes()
    lines = data.splitlines(keepends=True)
    entries, length = parse(data)
    assert [entry.kind for entry in entries] == [
        RecordKind.BEGIN,
        RecordKind.READY,
        RecordKind.COMMIT,
    ]
    assert length == len(data)

    for wrong in (lines[1:], [lines[0], lines[2], lines[1]], [lines[0], lines[2], lines[2]]):
        with pytest.raises(JournalError):
            parse(b"".join(wrong))
    with pytest.raises(JournalError, match="version"):
        parse(version_2(lines[0]) + lines[1])


@pytest.mark.fault_row(78)
def test_a_last_record_with_any_other_byte_decided_nothing(tree: Tree) -> None:
    tree.apply()
    data = (tree.place.state / "runs" / "000001" / "journal").read_bytes()
    start = data.rindex(b"\n", 0, -1) + 1

    for place in range(start, len(data) - 1):
        flipped = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        entries, length = parse(flipped)
        assert [entry.kind for entry in entries] == [RecordKind.BEGIN, RecordKind.READY], place
        assert length == start


def version_2(line: bytes) -> bytes:
    text = line.split(b" ", 2)[2].rstrip(b"\n").replace(b'"v":1', b'"v":2')
    return b"%08x %d %s\n" % (crc32(text), len(text), text)


def test_the_lock_is_free_once_its_process_is_gone(tree: Tree) -> None:
    tree.apply()
    with (tree.place.state / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
