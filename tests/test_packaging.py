"""What is installed: a wheel carries its data, an editable install reads the live files."""

import os
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = ("configs", "docs/codes", "grammar", "rules")

WHERE = "from starlang.project.files import data_path; print(data_path(*{parts!r}))"


def run(*command: str, cwd: Path, pythonpath: str = "") -> str:
    # Nothing of the calling environment may decide which copy of the package is found.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if pythonpath:
        env["PYTHONPATH"] = pythonpath
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(target: str, source: Path, into: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into), cwd=source)
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked by pip into a directory of its own."""
    target = tmp_path_factory.mktemp("installed")
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-index", "--no-compile", "--target", str(target), str(wheel)),
        cwd=target,
    )
    return target


def shipped(folder: str) -> set[str]:
    """The data files of the repository under `folder`, relative to its root."""
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in files}


@pytest.mark.parametrize("folder", DATA)
def test_wheel_carries_every_data_file(wheel: Path, folder: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    assert shipped(folder)
    assert {f"starlang/_data/{name}" for name in shipped(folder)} <= names


def test_wheel_is_typed_and_licensed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata_name = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(metadata_name).decode())

    assert "starlang/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"


def test_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"starlang"}


def test_sdist_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    again = build("wheel", unpacked, tmp_path / "wheel")

    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert {name: first.read(name) for name in first.namelist()} == {
            name: second.read(name) for name in second.namelist()
        }


def test_sdist_carries_tests_examples_and_documentation(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"Makefile", "LICENSE", "CHANGELOG.md", "tests/conftest.py", ".ci/run"} <= names
    assert shipped("examples") <= names
    assert {name for name in shipped("docs") if name.endswith(".md")} <= names


@pytest.mark.parametrize("folder", DATA)
def test_installed_wheel_finds_its_own_data(installed: Path, tmp_path: Path, folder: str) -> None:
    code = WHERE.format(parts=tuple(folder.split("/")))

    found = run(sys.executable, "-P", "-c", code, cwd=tmp_path, pythonpath=str(installed))

    assert Path(found.strip()) == installed / "starlang" / "_data" / folder


@pytest.mark.parametrize("folder", DATA)
def test_editable_install_reads_the_live_files(tmp_path: Path, folder: str) -> None:
    code = WHERE.format(parts=tuple(folder.split("/")))

    found = run(sys.executable, "-P", "-c", code, cwd=tmp_path)

    assert Path(found.strip()) == ROOT / folder


def test_installed_wheel_checks_the_shipped_rules(installed: Path) -> None:
    """The grammar, the canon and the profile of the wheel itself work together."""
    run(
        *(sys.executable, "-P", "-c", "from starlang.cli.main import run; run()"),
        *("test", "rules/constellation.star"),
        cwd=installed / "starlang" / "_data",
        pythonpath=str(installed),
    )
