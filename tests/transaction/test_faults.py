"""Every system call of a transaction fails once, in every way; and again during recovery.

A fault counts only if it happened. Afterwards, whatever it was, recovery takes the tree to
all old or all new, and a second recovery has nothing to do. `make test` kills at every call, and
of the calls that fail in other ways it tries every third, from another one on in each way.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from program.effort import THOROUGH
from transaction.tree import Breaking, Fault, Killed, Tree, make_tree, nothing

from starlang.transaction.files import System
from starlang.transaction.journal import RecordKind, StoppedError, UnsureError
from starlang.transaction.running import standings

pytestmark = [pytest.mark.requirement("R24", "R25", "R28"), pytest.mark.fault_row(65, 67)]

COMPOUND = 1_000 if THOROUGH else 300
SEED = 20_261_127

Step = Callable[[Tree, System], object]
Told = Callable[[Counter[str]], None]
EXPECTED = (Killed, OSError, MemoryError, UnsureError, StoppedError)


def apply(tree: Tree, system: System) -> None:
    tree.apply(system)


def recover_forward(tree: Tree, system: System) -> None:
    tree.runner(system).recover(nothing)


def recover_back(tree: Tree, system: System) -> None:
    tree.runner(system).recover(nothing, back=True)


def roll_back(tree: Tree, system: System) -> None:
    tree.runner(system).roll_back(["000001"])


def half_applied(directory: Path) -> Tree:
    """A tree in the middle of being written, and nobody at work."""
    tree = make_tree(directory)
    breaking = Breaking()
    apply(make_tree(directory / "twin"), breaking.system)
    second = [n for n, name in enumerate(breaking.log) if name == "exchange"][1]
    with pytest.raises(Killed):
        apply(tree, Breaking(at=second + 1).system)
    return tree


def applied(directory: Path) -> Tree:
    tree = make_tree(directory)
    tree.apply()
    return tree


def rolled_back(directory: Path) -> Tree:
    tree = applied(directory)
    roll_back(tree, System())
    return tree


def come_back(directory: Path) -> Tree:
    """A tree that was rolled back, and then git has brought all of it again."""
    tree = rolled_back(directory)
    for path, data in tree.new.items():
        (tree.root / path).parent.mkdir(parents=True, exist_ok=True)
        (tree.root / path).write_bytes(data)
        (tree.root / path).chmod(tree.modes[path])
    return tree


def forget(tree: Tree, system: System) -> None:
    tree.runner(system).forget(["000001"])


SCENES: dict[str, tuple[Callable[[Path], Tree], Step]] = {
    "apply": (make_tree, apply),
    "recover forward": (half_applied, recover_forward),
    "recover back": (half_applied, recover_back),
    "roll back": (applied, roll_back),
    "forget": (rolled_back, forget),
}


def settled(tree: Tree, *, back: bool) -> bool:
    """Recovers, and says whether the tree is then all of one kind, with nothing left over."""
    tree.runner().recover(nothing, back=back)
    stands = standings(tree.place)
    last = stands[-1].last if stands else None
    is_new = tree.is_new() and last is RecordKind.COMMIT
    is_old = tree.is_old() and last in {None, RecordKind.ROLLEDBACK}
    return (is_new or is_old) and not tree.leftovers() and tree.runner().recover(nothing) is None


WAYS = [
    (Fault.KILL, False),
    (Fault.SHORT, False),
    (Fault.NO_SPACE, False),
    (Fault.NO_SPACE, True),
    (Fault.IO, False),
    (Fault.IO, True),
    (Fault.MEMORY, False),
]
"""How a call fails, and whether all later ones fail as well."""


EVERY = (0, 1)


def fail_everywhere(
    scene: str, fault: Fault, directory: Path, *, lasting: bool, chosen: tuple[int, int] = EVERY
) -> tuple[Counter[str], list[str]]:
    """Lets calls of a step fail; what came of it, and where it was not survived.

    `chosen` is the number of the first that is tried, and how far it is to the next.
    """
    make, step = SCENES[scene]
    counting = Breaking()
    step(make(directory / "count"), counting.system)
    counts: Counter[str] = Counter()
    broken = []
    calls = list(enumerate(counting.log))
    if fault is Fault.SHORT:
        calls = [each for each in calls if each[1] == "write"]
    first, distance = chosen
    for at, name in calls[first::distance]:
        tree = make(directory / f"{at}")
        breaking = Breaking(at=at, fault=fault, lasting=lasting)
        counts["tried"] += 1
        try:
            step(tree, breaking.system)
        except EXPECTED:
            counts["stopped"] += 1
        counts["fired"] += breaking.fired
        survived = settled(tree, back=bool(at % 2))
        counts["survived"] += survived
        if not survived:
            broken.append(f"{at} {name}")
    return counts, broken


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize(("fault", "lasting"), WAYS)
@pytest.mark.fault_row(69, 81)
def test_one_fault_at_every_call(
    memory: Path, told: Told, scene: str, fault: Fault, *, lasting: bool
) -> None:
    is_tried_in_full = THOROUGH or fault in {Fault.KILL, Fault.SHORT}
    chosen = EVERY if is_tried_in_full else (WAYS.index((fault, lasting)) % 3, 3)
    counts, broken = fail_everywhere(scene, fault, memory, lasting=lasting, chosen=chosen)
    told(counts)

    assert broken == []
    assert fault is Fault.SHORT or counts["stopped"] > counts["tried"] * 0.5
    if not (scene == "forget" and fault is Fault.SHORT):
        assert counts["tried"] == counts["fired"] == counts["survived"] > 0


@pytest.mark.fault_row(101)
def test_a_kill_while_what_has_come_back_is_undone_again(memory: Path) -> None:
    counting = Breaking()
    roll_back(come_back(memory / "count"), counting.system)
    for at in range(len(counting.log)):
        tree = come_back(memory / f"{at}")
        with pytest.raises(Killed):
            roll_back(tree, Breaking(at=at).system)
        tree.runner().recover(nothing, back=True)
        roll_back(tree, System())
        assert tree.is_old()
        assert tree.leftovers() == []


def kill_twice(directory: Path, number: int) -> Counter[str]:
    """Kills a transaction, and then its recovery, up to three times, as often as `number`."""
    chosen = random.Random(SEED)  # noqa: S311 -- the same in every run
    counting = Breaking()
    apply(make_tree(directory / "count", 3), counting.system)
    counts: Counter[str] = Counter()
    for each in range(number):
        tree = make_tree(directory / f"{each}", 3)
        breaking = Breaking(at=chosen.randrange(len(counting.log)))
        counts["tried"] += 1
        try:
            apply(tree, breaking.system)
        except Killed:
            counts["fired"] += 1
        for _ in range(chosen.randrange(1, 3)):
            step = chosen.choice([recover_forward, recover_back])
            again = Breaking(at=chosen.randrange(len(counting.log)))
            try:
                step(tree, again.system)
            except Killed:
                counts["second"] += 1
        counts["survived"] += settled(tree, back=chosen.random() < 0.5)
        shutil.rmtree(tree.directory)
    return counts


@pytest.mark.fault_row(66)
def test_kills_during_recovery_from_kills(memory: Path, told: Told) -> None:
    """Up to three in a row, each time with a direction chosen anew."""
    counts = kill_twice(memory, COMPOUND)
    told(counts)

    assert counts["tried"] == counts["fired"] == counts["survived"] == COMPOUND
    assert counts["second"] > COMPOUND // 4


@pytest.mark.fault_row(68)
def test_when_the_last_record_may_not_be_durable_that_is_said(memory: Path) -> None:
    counting = Breaking()
    apply(make_tree(memory / "count"), counting.system)
    last = max(n for n, name in enumerate(counting.log) if name == "sync")
    tree = make_tree(memory / "tree")

    with pytest.raises(UnsureError):
        apply(tree, Breaking(at=last, fault=Fault.IO).system)

    assert tree.is_new()
    assert settled(tree, back=True)
    assert tree.is_new()


def test_nothing_is_touched_before_it_is_decided_durably(memory: Path) -> None:
    """Every exchange comes after the synced record READY, which comes after all is synced."""
    breaking = Breaking()
    apply(make_tree(memory), breaking.system)
    log = breaking.log
    first = log.index("exchange")

    ready = log.index("sync")
    assert log[:first].count("sync") == 1
    assert log[:ready].count("sync_all") == 1
    # Directories for what is created are made then, and are durable before anything is in them.
    assert log[ready:first].count("make_directory") == 2
    assert log[ready:first].count("sync_all") == 1
    assert log.index("sync_all") < log.index("sync")
    assert "create" not in log[log.index("sync_all") : first]
    after = log[max(n for n, name in enumerate(log) if name == "exchange") :]
    assert after.index("sync_all") < after.index("sync")
