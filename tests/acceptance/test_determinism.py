"""The same plan, byte for byte, whatever the machine and its mood; each run is a process."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from acceptance.trees import Tree
from program.run import PROGRAM, environment, succeed

pytestmark = pytest.mark.requirement("R12")

PLAN = ("plan", "--format", "json")
TEXT = ("plan", "--limit", "0")


def planned(tree: Tree, *arguments: str, cwd: Path | None = None, **env: str) -> bytes:
    done = subprocess.run(
        [PROGRAM, *(arguments or PLAN)],
        cwd=cwd or tree.root,
        env=environment(**env),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 5, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def plan(tree: Tree) -> bytes:
    return planned(tree, PYTHONHASHSEED="0")


def test_hash_seed_locale_zone_and_working_directory(tree: Tree, plan: bytes) -> None:
    below = tree.root / "manifests" / "core"

    again = planned(
        tree,
        cwd=below,
        PYTHONHASHSEED="4711",
        LC_ALL="C",
        TZ="Asia/Kathmandu",
        COLUMNS="40",
        PYTHONOPTIMIZE="2",
    )

    assert again == plan


def test_the_view_for_people(tree: Tree) -> None:
    first = planned(tree, *TEXT, PYTHONHASHSEED="0", TZ="UTC")

    assert planned(tree, *TEXT, PYTHONHASHSEED="1", TZ="Asia/Kathmandu") == first


@pytest.fixture(scope="module")
def elsewhere(tree: Tree) -> Iterator[Tree]:
    """The same files in another directory, created in another order.

    It lies in memory if it can: there a directory lists its files in the order of their making,
    while ext4 lists them by a hash of their names.
    """
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 -- asked for
    root = Path(tempfile.mkdtemp(prefix="starlang-", dir=memory)) / "another-place"
    files = [path for path in tree.root.rglob("*") if path.is_file()]
    Random(7).shuffle(files)  # noqa: S311 -- any order will do
    for file in files:
        target = root / file.relative_to(tree.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    yield Tree(root, tree.manifests, tree.default)
    shutil.rmtree(root.parent)


def test_order_and_place_of_files(tree: Tree, elsewhere: Tree, plan: bytes) -> None:
    if order(tree) == order(elsewhere):
        pytest.skip("both file systems list directories alike, so the order cannot be seen to vary")

    assert planned(elsewhere) == plan


def order(tree: Tree) -> list[list[str]]:
    """How each directory lists what is in it."""
    directories = sorted(path for path in (tree.root / tree.manifests).rglob("*") if path.is_dir())
    return [os.listdir(directory) for directory in directories]  # noqa: PTH208 -- its order


@pytest.fixture(scope="module")
def installed(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, unpacked as an installer does it."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target / "built"],
        cwd=project_root,
        env=environment(),
        capture_output=True,
        check=True,
    )
    (wheel,) = (target / "built").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target / "installed")
    return target / "installed"


def test_wheel_and_editable_install(tree: Tree, installed: Path, plan: bytes) -> None:
    where = [sys.executable, "-c", "import starlang; print(starlang.__file__)"]
    env = environment(PYTHONPATH=str(installed))
    found = subprocess.run(where, cwd=tree.root, env=env, capture_output=True, check=True)

    assert Path(found.stdout.decode().strip()).is_relative_to(installed)
    assert planned(tree, PYTHONPATH=str(installed)) == plan


@pytest.mark.requirement("R03")
def test_sources_and_compiled_file(
    tree: Tree, elsewhere: Tree, plan: bytes, tmp_path: Path
) -> None:
    """Two places compile to the same bytes, and both give the same plan."""
    succeed("compile", "-o", tmp_path / "rules.json", cwd=tree.root)
    compiled = tmp_path / "rules.json"

    assert succeed("compile", cwd=elsewhere.root).out == compiled.read_bytes()
    assert planned(tree, *PLAN, "--rules", str(compiled)) == plan
