"""After a power cut at any moment, whatever the disk kept, all files are old or all are new."""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from program.effort import THOROUGH
from transaction.power import Disk, Recorder
from transaction.test_faults import (
    Told,
    applied,
    apply,
    half_applied,
    recover_back,
    recover_forward,
    roll_back,
    settled,
)
from transaction.tree import Tree, make_tree, nothing

from starlang.transaction.files import System
from starlang.transaction.journal import DamagedError, NeitherError, PutBackError

pytestmark = [pytest.mark.requirement("R24", "R28"), pytest.mark.fault_row(65, 66)]

STATES = 1_000 if THOROUGH else 400
SEED = 20_261_128

SCENES: dict[str, tuple[Callable[[Path], Tree], Callable[[Tree, System], None]]] = {
    "apply": (make_tree, apply),
    "recover forward": (half_applied, recover_forward),
    "recover back": (half_applied, recover_back),
    "roll back": (applied, roll_back),
}


def survives(tree: Tree, *, back: bool) -> bool:
    try:
        return settled(tree, back=back)
    except (DamagedError, NeitherError, PutBackError, FileExistsError, OSError):
        return False


class HarmfulError(Exception):
    """A cut has done harm."""


def cut_everywhere(
    scene: str, memory: Path, states: int, skips: int = -1
) -> tuple[Counter[str], int]:
    """Cuts the power after every call, several times; what came of it, and how many syncs.

    With a sync that it `skips`, it raises HarmfulError at the first cut that does harm.
    """
    make, step = SCENES[scene]
    chance = random.Random(SEED)  # noqa: S311 -- the same in every run
    counts: Counter[str] = Counter()
    tree = make(memory / "tree")
    calls = _calls(scene, memory)

    def cut(disk: Disk) -> None:
        for _ in range(-(-states // calls)):
            counts["cut"] += 1
            place = memory / "after"
            disk.cut(chance, place)
            after = Tree(place, tree.old, tree.new, tree.modes)
            survived = survives(after, back=chance.random() < 0.5)
            counts["survived"] += survived
            shutil.rmtree(place)
            if skips >= 0 and not survived:
                raise HarmfulError

    recorder = Recorder(tree.directory, cut, skips)
    step(tree, recorder.system)
    assert recorder.disk is not None
    for _ in range(states // 10):
        counts["cut"] += 1
        place = memory / "after"
        recorder.disk.cut(chance, place)
        survived = _is_final(Tree(place, tree.old, tree.new, tree.modes), scene)
        counts["survived"] += survived
        shutil.rmtree(place)
        if skips >= 0 and not survived:
            raise HarmfulError
    return counts, len(recorder.syncs)


def _calls(scene: str, memory: Path) -> int:
    make, step = SCENES[scene]
    count = [0]

    def one_more(_disk: Disk) -> None:
        count[0] += 1

    tree = make(memory / "count")
    step(tree, Recorder(tree.directory, one_more).system)
    shutil.rmtree(tree.directory)
    return count[0]


def _is_final(tree: Tree, scene: str) -> bool:
    """What was reported as done is done, and cannot be recovered in another direction."""
    try:
        recovered = tree.runner().recover(nothing, back=scene in {"apply", "recover forward"})
    except (DamagedError, NeitherError, PutBackError, FileExistsError, OSError):
        return False
    is_there = tree.is_new() if scene in {"apply", "recover forward"} else tree.is_old()
    return recovered is None and is_there and not tree.leftovers()


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_lost_or_mixed(memory: Path, told: Told, scene: str) -> None:
    counts, _ = cut_everywhere(scene, memory, STATES)
    told(Counter(tried=counts["cut"], fired=counts["cut"], survived=counts["survived"]))

    assert counts["cut"] >= STATES
    assert counts["survived"] == counts["cut"]


def test_every_sync_is_needed(memory: Path) -> None:
    """The model has teeth: without any one of them, some cut does harm."""
    _, syncs = cut_everywhere("apply", memory / "all", 1)
    harmless = []
    for number in range(syncs):
        with suppress(HarmfulError):
            cut_everywhere("apply", memory / f"{number}", STATES, skips=number)
            harmless.append(number)

    assert syncs == 5
    assert harmless == []
