"""The walk over a tree of manifests, and what stands in its way."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.profiles import profile_of, star_shape

from starlang.manifests.graph import ModuleGraph
from starlang.manifests.guards import DEFAULT_GUARDS, Guards
from starlang.manifests.profile import FacetSource, Profile
from starlang.manifests.schema import Schema, read_schema
from starlang.matching.globs import covers
from starlang.matching.globs import problem as glob_problem
from starlang.project.files import display
from starlang.project.loading import load_graph, read_manifests
from starlang.project.manifest_files import find_manifests, ignored
from starlang.texts.limits import MAX_BYTES

PROFILE = profile_of(
    star_shape("/star"),
    file_name="m.json",
    facets=(FacetSource("owner", ("/owner",)),),
)
MANIFEST = b'{"star": "S", "owner": "o"}'
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs a file system of POSIX")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A manifests directory with one good module, `good`."""
    manifests = tmp_path / "project" / "manifests"
    put(manifests / "good")
    return manifests


def put(directory: Path, data: bytes = MANIFEST) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "m.json").write_bytes(data)
    return directory / "m.json"


def load(root: Path, guards: Guards = DEFAULT_GUARDS, profile: Profile = PROFILE) -> ModuleGraph:
    return load_graph(root, project_root=root.parent, profile=profile, guards=guards)


def found(graph: ModuleGraph) -> list[tuple[str, str]]:
    return [(each.code, each.file) for each in graph.problems]


def test_every_manifest_is_a_module_named_by_its_directory(root: Path) -> None:
    for path in ("a/b/c", "a", "b-c", "b/c"):
        put(root / path)
    (root / "a" / "notes.md").write_text("no manifest", "utf-8")
    (root / "empty").mkdir()
    graph = load(root)

    assert graph.paths == ("a", "a/b/c", "b-c", "b/c", "good")
    assert graph.files == tuple(f"manifests/{path}/m.json" for path in graph.paths)
    assert graph.problems == ()


def test_the_order_in_which_directories_are_listed_does_not_matter(tmp_path: Path) -> None:
    names = [f"m{n % 7}/x{n}" for n in range(40)]
    graphs = []
    for number, order in enumerate([names, names[::-1]]):
        root = tmp_path / str(number) / "manifests"
        for name in order:
            put(root / name, MANIFEST if "x3" not in name else b"{")
        graphs.append(load(root))

    first, second = graphs
    assert first.paths == second.paths
    assert first.problems == second.problems
    assert first.digests == second.digests


@pytest.mark.requirement("R18")
@POSIX
@pytest.mark.fault_row(37)
def test_links_are_listed_and_never_followed(root: Path, tmp_path: Path) -> None:
    """Row 37: wherever they lead."""
    outside = tmp_path / "outside"
    put(outside / "secret")
    (root / "away").symlink_to(outside)
    (root / "inside").symlink_to(root / "good")
    (root / "circle").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    (root / "one").mkdir()
    (root / "one" / "m.json").symlink_to(outside / "secret" / "m.json")
    (root / "two").mkdir()
    (root / "two" / "m.json").symlink_to("nowhere")
    (root / "two" / "README").symlink_to(outside / "secret" / "m.json")
    graph = load(root)

    assert graph.paths == ("good",)
    links = ["away", "circle", "inside", "one/m.json", "self", "two/m.json"]
    assert found(graph) == [("E607", f"manifests/{link}") for link in links]


@POSIX
@pytest.mark.fault_row(39)
def test_what_is_no_regular_file_is_listed_and_never_opened(root: Path) -> None:
    """Row 39: a named pipe would wait for a writer for ever."""
    (root / "pipe").mkdir()
    os.mkfifo(root / "pipe" / "m.json")
    put(root / "directory" / "m.json")
    graph = load(root)

    assert found(graph) == [
        ("E531", "manifests/directory/m.json"),
        ("E531", "manifests/pipe/m.json"),
    ]
    assert graph.paths == ("directory/m.json", "good")


@POSIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_listed(root: Path) -> None:
    (put(root / "file")).chmod(0)
    put(root / "dir" / "inner")
    (root / "dir").chmod(0)
    try:
        graph = load(root)
    finally:
        (root / "dir").chmod(0o755)

    assert found(graph) == [("E530", "manifests/dir"), ("E530", "manifests/file/m.json")]


@POSIX
def test_a_directory_that_cannot_be_looked_into_is_listed(root: Path) -> None:
    """Its path is longer than the system takes, whoever asks."""
    name = "d" * 250
    directory = os.open(root, os.O_RDONLY)
    for _ in range(17):
        os.mkdir(name, dir_fd=directory)
        inner = os.open(name, os.O_RDONLY, dir_fd=directory)
        os.close(directory)
        directory = inner
    os.close(directory)
    graph = load(root)

    assert graph.paths == ("good",)
    [problem] = graph.problems
    assert problem.code == "E530"
    assert problem.file.startswith(f"manifests/{name}/{name}/")


@POSIX
def test_a_file_that_vanishes_or_turns_into_something_else_is_listed(root: Path) -> None:
    """After the walk, before the read."""
    gone, turned, linked = (put(root / name) for name in ("gone", "turned", "linked"))
    tree = find_manifests(root, "manifests", ("m.json",), ())
    gone.unlink()
    turned.unlink()
    turned.mkdir()
    linked.unlink()
    linked.symlink_to(root / "good" / "m.json")
    manifests, problems = read_manifests(root, "manifests", tree.files)

    assert [each.path for each in manifests] == ["good/m.json"]
    assert [(each.code, each.file) for each in problems] == [
        ("E530", "manifests/gone/m.json"),
        ("E607", "manifests/linked/m.json"),
        ("E531", "manifests/turned/m.json"),
    ]


@pytest.mark.fault_row(28)
def test_a_file_beyond_the_limit_is_refused_without_reading_all_of_it(root: Path) -> None:
    """Row 28: sparse, so that reading it would be noticed."""
    put(root / "limit", b'{"star": "' + b"x" * (MAX_BYTES - 12) + b'"}')
    huge = put(root / "huge", b"")
    os.truncate(huge, 1 << 40)
    graph = load(root)

    assert graph.paths == ("good", "limit")
    assert found(graph) == [("E501", "manifests/huge/m.json")]


@POSIX
@pytest.mark.parametrize("name", ["new\nline", "esc\x1b[31m", "-rf", " lead", "tab\t", "é"])
@pytest.mark.fault_row(43)
def test_strange_names_are_processed(root: Path, name: str) -> None:
    """Row 43."""
    put(root / name)
    graph = load(root)

    assert name in graph.paths
    assert graph.problems == ()


@pytest.mark.skipif(sys.platform != "linux", reason="only here are file names any bytes")
def test_a_name_that_is_no_utf8_is_listed_escaped(root: Path) -> None:
    directory = os.fsencode(root) + b"/caf\xe9"
    os.mkdir(directory)  # noqa: PTH102 -- a path of bytes
    with open(directory + b"/m.json", "wb") as file:  # noqa: PTH123 -- the same
        file.write(MANIFEST)
    graph = load(root)

    [problem] = graph.problems
    assert (problem.code, graph.paths) == ("E608", ("good",))
    assert problem.file == "manifests/caf\\udce9/m.json"
    assert problem.message.encode()


@pytest.mark.requirement("R18")
def test_archives_are_never_read(root: Path) -> None:
    put(root / ".archive" / "old", b"{")
    put(root / "core" / ".archive" / "old" / "Older", b"{")
    put(root / "archive" / "new")
    graph = load(root)

    assert graph.paths == ("archive/new", "good")
    assert graph.problems == ()


@pytest.mark.requirement("R18")
def test_every_violation_of_a_guard_is_listed_and_the_modules_are_still_there(root: Path) -> None:
    paths = ["Core/x", "a/build/b", "lukhas/y", "node_modules/Z", "trailing."]
    for path in paths:
        put(root / path)
    graph = load(root)

    assert graph.paths == (*sorted([*paths, "good"]),)
    assert found(graph) == [
        ("E602", "manifests/Core/x/m.json"),
        ("E603", "manifests/a/build/b/m.json"),
        ("E601", "manifests/lukhas/y/m.json"),
        ("E602", "manifests/node_modules/Z/m.json"),
        ("E603", "manifests/node_modules/Z/m.json"),
        ("E606", "manifests/trailing./m.json"),
    ]


def test_what_is_called_almost_like_a_manifest_is_pointed_out(root: Path) -> None:
    (root / "a").mkdir()
    (root / "a" / "M.json").write_bytes(MANIFEST)
    graph = load(root)

    assert found(graph) == [("W505", "manifests/a/M.json")]


@pytest.mark.parametrize(
    ("kind", "code"), [("absent", "E532"), ("file", "E532"), ("empty", "E524")]
)
def test_no_manifests_at_all_is_an_error(tmp_path: Path, kind: str, code: str) -> None:
    root = tmp_path / "manifests"
    if kind == "file":
        root.write_text("", "utf-8")
    if kind == "empty":
        (root / "a").mkdir(parents=True)
    graph = load(root)

    assert len(graph) == 0
    assert found(graph) == [(code, "manifests")]


def test_problems_of_all_kinds_come_together_in_order(root: Path) -> None:
    put(root / "b", b'{"star": "S", "owner": 7}')
    put(root / "C", b'{"star": "S", "star": "T"}')
    put(root / "a", b'{"star": "S", "extra": 1}')
    schema = read_schema(
        "s.json", b'{"properties": {"star": {}, "owner": {}}, "additionalProperties": false}'
    )
    assert isinstance(schema, Schema)
    graph = load_graph(root, project_root=root.parent, profile=PROFILE, schema=schema)

    assert found(graph) == [
        ("E602", "manifests/C/m.json"),
        ("E511", "manifests/C/m.json"),
        ("W510", "manifests/a/m.json"),
    ]
    assert [each.finding.file for each in graph.misfits] == ["manifests/b/m.json"]
    label = graph.problems[2].labels[0]
    assert label.source.place(label.span) == "manifests/a/m.json:1:15"


def test_a_finding_of_the_schema_shows_the_manifest_that_it_is_about(root: Path) -> None:
    schema = read_schema("s.json", b'{"properties": {"owner": {"maxLength": 3}}}')
    assert isinstance(schema, Schema)
    texts = {
        "manifests/other/m.json": b'{"star": "S",\n "owner": "quite long"}',
        "manifests/third/m.json": b'{"owner": "also too long", "star": "S"}',
    }
    for name, text in texts.items():
        put((root.parent / name).parent, text)
    graph = load_graph(root, project_root=root.parent, profile=PROFILE, schema=schema)

    shown = {}
    for finding in graph.problems:
        (label,) = finding.labels
        assert label.source.text == texts[finding.file].decode()
        shown[finding.file] = label.source.text[label.span.start : label.span.end]
    assert shown == {
        "manifests/other/m.json": '"quite long"',
        "manifests/third/m.json": '"also too long"',
    }


def test_files_are_named_relative_to_the_project(tmp_path: Path) -> None:
    assert display(tmp_path / "a" / "b", tmp_path) == "a/b"
    assert display(tmp_path, tmp_path) == ""
    assert display(tmp_path, tmp_path / "elsewhere") == tmp_path.name
    put(tmp_path / "core")
    graph = load_graph(tmp_path, project_root=tmp_path, profile=PROFILE)
    assert graph.files == ("core/m.json",)


SEGMENT = st.sampled_from(["a", "b", ".archive", "old", "ol\u00e9", "ole\u0301"])
GLOB = st.lists(SEGMENT | st.sampled_from(["*", "**", "?", "o*"]), min_size=1, max_size=3).map(
    "/".join
)


@settings(max_examples=examples(200))
@given(st.lists(GLOB, max_size=3), st.lists(SEGMENT, min_size=1, max_size=4))
def test_a_directory_is_left_out_iff_a_glob_covers_it_or_one_above_it(
    globs: list[str], segments: list[str]
) -> None:
    globs = [glob for glob in globs if glob_problem(glob) is None]
    is_ignored = ignored(globs)
    prefixes = ["/".join(segments[: n + 1]) for n in range(len(segments))]
    left_out = any(is_ignored(path, path.rpartition("/")[2]) for path in prefixes)

    assert left_out == any(covers(glob, path) for glob in globs for path in prefixes)


@settings(max_examples=examples(40))
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=4))
def test_any_bytes_as_manifests_end_in_a_graph_and_findings(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    root = tmp_path_factory.mktemp("any") / "manifests"
    for number, data in enumerate(contents):
        put(root / f"m{number}", data)
    graph = load(root)

    assert all(each.message.encode() for each in graph.problems)
    unread = {each.file for each in graph.problems if each.code.startswith(("E50", "E51", "E520"))}
    assert len(graph) + len(unread) == len(contents)


@pytest.mark.requirement("R36")
def test_manifests_that_a_setting_leaves_out_are_counted(root: Path) -> None:
    for path in ("old/a", "old/a/b", ".archive/c", "good/.archive", "kept"):
        put(root / path)
    (root / "old" / "a" / "other.json").write_text("{}", "utf-8")
    graph = load(root, Guards(ignore=("**/.archive", "old")))

    assert graph.paths == ("good", "kept")
    assert graph.ignored == 4
