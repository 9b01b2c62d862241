"""The same on real system calls: strace kills the process at each of them, one at a time.

`make test` does so at the first and the last of each kind: what happens at the others is seen
by the tests of faults, since the seam sees every call.
"""

from collections import Counter
from pathlib import Path

import pytest
from program.effort import THOROUGH
from program.tools import needs
from transaction.kills import CALLS, SCENES, calls_of, killed_everywhere
from transaction.test_faults import Told, recover_back, recover_forward, roll_back
from transaction.tree import Breaking, Tree

pytestmark = [pytest.mark.requirement("R24", "R28"), pytest.mark.fault_row(65, 66)]


@pytest.mark.parametrize("scene", ["apply", "recover back"])
def test_a_kill_at_every_call_is_survived(memory: Path, told: Told, scene: str) -> None:
    needs("strace")
    found = list(killed_everywhere(scene, memory, ends_only=not THOROUGH))
    fired, survived = sum(each[1] for each in found), sum(each[2] for each in found)
    told(Counter(tried=len(found), fired=fired, survived=survived))

    assert len(found) > (20 if THOROUGH else 10)
    assert [call for call, fired, _ in found if not fired] == []
    assert [call for call, _, survived in found if not survived] == []


def seen_by_the_seam(scene: str, tree: Tree) -> Counter[str]:
    breaking = Breaking()
    match scene:
        case "apply":
            tree.apply(breaking.system)
        case "recover forward":
            recover_forward(tree, breaking.system)
        case "recover back":
            recover_back(tree, breaking.system)
        case _:
            roll_back(tree, breaking.system)
    methods = {method: call for call, names in CALLS.items() for method in names}
    return Counter(methods[name] for name in breaking.log if name in methods)


@pytest.mark.parametrize("scene", SCENES)
def test_the_seam_sees_every_call(memory: Path, scene: str) -> None:
    """What the faults of the other tests break is all that reaches the system."""
    needs("strace")
    make, step = SCENES[scene]
    real = calls_of(step, make(memory / "real"), memory / "log")
    real["unlinkat"] += real.pop("unlink", 0)

    assert real == seen_by_the_seam(scene, make(memory / "seam"))
