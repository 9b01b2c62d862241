"""The port to files: the disk, and over it what exists only in memory."""

import json
import os
from pathlib import Path

import pytest
from program.projects import CANON, Project

from starlang.manifests.profile import Profile
from starlang.project.config import DEFAULT_PROFILE
from starlang.project.files import DISK, NOWHERE, Files, IrregularError
from starlang.project.inputs import load_profile, read_text
from starlang.project.loading import load_graph
from starlang.project.project import read_rule_set

pytestmark = pytest.mark.requirement("R32")

MAIN = f'starlang 1\nruleset small "1.0"\nuse "more.star"\n{CANON}'
SAVED = "starlang 1\nrule saved -> Trail weight 0.8 when path mentions memory\n"
UNSAVED = SAVED.replace("saved", "unsaved")


@pytest.fixture
def profile() -> Profile:
    found = load_profile(DEFAULT_PROFILE, Path())
    assert isinstance(found, Profile)
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(Path(os.path.realpath(tmp_path)) / "project")
    made.write("main.star", MAIN)
    made.write("more.star", SAVED)
    made.manifest("store/memory")
    return made


def names(project: Project, profile: Profile, port: Files) -> list[str]:
    compiled = read_rule_set(project.root / "main.star", project.root, profile, port)
    assert compiled.rules is not None, compiled.diagnostics
    return [rule.name for rule in compiled.rules.rules]


def test_what_is_not_saved_lies_over_what_is(project: Project, profile: Profile) -> None:
    more = project.root / "more.star"

    assert names(project, profile, DISK) == ["saved"]
    assert names(project, profile, Files({str(more): UNSAVED.encode()})) == ["unsaved"]
    assert more.read_text("utf-8") == SAVED


def test_a_file_that_was_never_saved_is_used(project: Project, profile: Profile) -> None:
    main = MAIN.replace("more", "new").encode()
    port = Files({f"{project.root}/main.star": main, f"{project.root}/new.star": UNSAVED.encode()})

    assert names(project, profile, port) == ["unsaved"]


def test_an_overlay_is_found_through_links(project: Project, profile: Profile) -> None:
    """It is known by where the links lead, as the files of a rule set are."""
    (project.root / "linked.star").symlink_to("more.star")
    project.write("main.star", MAIN.replace("more", "linked"))

    port = Files({f"{project.root}/more.star": UNSAVED.encode()})

    assert names(project, profile, port) == ["unsaved"]


def test_near_names_in_memory_are_meant(project: Project, profile: Profile) -> None:
    port = Files(
        {f"{project.root}/main.star": MAIN.replace("more", "mroe").encode()},
    )

    compiled = read_rule_set(project.root / "main.star", project.root, profile, port)

    assert [each.hint for each in compiled.diagnostics] == ["did you mean `more.star`?"]


def test_without_a_disk_nothing_of_it_is_read(project: Project, profile: Profile) -> None:
    port = Files({f"{project.root}/main.star": MAIN.encode()}, disk=False)

    compiled = read_rule_set(project.root / "main.star", project.root, profile, port)

    assert [each.code for each in compiled.diagnostics] == ["E401"]
    assert not Files({}, disk=False).is_directory(project.root)
    with pytest.raises(FileNotFoundError):
        Files({}, disk=False).read(project.root / "more.star", 100)


def named(name: str) -> bytes:
    return json.dumps({"module": {"name": name}, "constellation_alignment": {}}).encode()


def test_manifests_of_the_disk_and_of_memory_are_one_graph(
    project: Project, profile: Profile
) -> None:
    root = project.root / "manifests"
    project.manifest("web/page")
    memory = {
        f"{root}/store/memory/{profile.file_names[0]}": named("changed"),
        f"{root}/new/one/{profile.file_names[0]}": named("new"),
        f"{root}/new/.archive/old/{profile.file_names[0]}": b"[",
        f"{root}/new/other.json": b"[",
        f"{project.root}/elsewhere/{profile.file_names[0]}": b"[",
    }

    graph = load_graph(root, project_root=project.root, profile=profile, port=Files(memory))

    assert dict(zip(graph.paths, graph.names, strict=True)) == {
        "new/one": "new",
        "store/memory": "changed",
        "web/page": "web.page",
    }
    assert graph.files[0] == f"manifests/new/one/{profile.file_names[0]}"


@pytest.mark.parametrize("length", [9, 10, 11])
def test_the_limit_holds_in_memory_as_on_the_disk(tmp_path: Path, length: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * length)
    port = Files({str(path): b"x" * length}, disk=False)

    assert port.read(path, 9) == DISK.read(path, 9) == b"x" * min(length, 10)


def test_other_kinds_of_files_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(IrregularError):
            DISK.read(path, 10)
    (tmp_path / "link").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="link"):
        DISK.read(tmp_path / "link", 10)


@pytest.mark.parametrize("name", ["\0", "a\0b", "\ud800", "x" * 5000, f"{'x/' * 3000}y"])
def test_names_that_no_file_can_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        DISK.read(tmp_path / name, 10)
    assert DISK.resolved(Path(name)).is_absolute()
    assert not DISK.is_directory(tmp_path / name)
    assert DISK.beside(tmp_path / name / "z", ".star") == []
    found = read_text(tmp_path / name, "given")
    assert getattr(found, "code", "") == "E706"


def test_nowhere_is_nowhere() -> None:
    assert NOWHERE.is_absolute()
    assert not NOWHERE.exists()
