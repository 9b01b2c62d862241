"""Edges from manifests, import graphs and Python source."""

import json
from pathlib import Path

import pytest
from program.documents import by_path, plan_of
from program.projects import Project
from program.run import starlang, succeed

from starlang.project import sources
from starlang.project.imports import scan

pytestmark = pytest.mark.requirement("R15")


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def test_imports_are_read_from_source_without_running_it(tmp_path: Path) -> None:
    put(
        tmp_path,
        core__init_py="import core.store, json\nfrom labs import api\nraise SystemExit(9)\n",
        core__store__disk_py="from . import cache\nfrom .. import other\nfrom ...labs import api\n",
        core__store__cache_py="def late():\n    import labs.api.deep.name\n",
        labs__api__main_py="from core.store import disk\nimport labs.api\nimport unknown.thing\n",
    )

    found = scan(tmp_path, "src", ())

    assert found.problems == ()
    assert found.edges == {
        "core": ("core/store", "labs/api"),
        "core/store": ("core", "labs/api"),
        "labs/api": ("core/store",),
    }


def test_files_that_cannot_be_parsed_are_listed(tmp_path: Path) -> None:
    put(tmp_path, a__bad_py="import b as\n", a__nul_py="\0", a__good_py="import b\n", b__x_py="")

    found = scan(tmp_path, "src", ())

    assert found.edges == {"a": ("b",)}
    assert [(each.code, each.file) for each in found.problems] == [
        ("W547", "src/a/bad.py"),
        ("W547", "src/a/nul.py"),
    ]


@pytest.mark.requirement("R51")
def test_imports_for_tools_that_check_types_may_be_left_out(tmp_path: Path) -> None:
    put(
        tmp_path,
        a__x_py="import typing\nfrom typing import TYPE_CHECKING\nimport b\n"
        "if TYPE_CHECKING:\n    import c\nelse:\n    import d\n"
        "if typing.TYPE_CHECKING:\n    if b:\n        from e import thing\n"
        "if not TYPE_CHECKING:\n    import f\n",
        **{f"{name}__x_py": "" for name in "bcdef"},
    )

    every = scan(tmp_path, "src", ())
    without = scan(tmp_path, "src", (), type_checking=False)

    assert every.edges == {"a": ("b", "c", "d", "e", "f")}
    assert without.edges == {"a": ("b", "d", "f")}


def test_several_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        put(tmp_path, **{f"p{number}__x_py": f"import p{number * 7 % 30}, p{number * 3 % 30}\n"})
    alone = scan(tmp_path, "src", ())

    monkeypatch.setattr(sources, "_ALONE", 5)

    assert scan(tmp_path, "src", ()).edges == alone.edges
    assert len(alone.edges) > 20


def test_ignored_directories_and_links_are_not_read(tmp_path: Path) -> None:
    put(tmp_path, a__x_py="import b, c\n", b__x_py="", c__x_py="", d__x_py="import a\n")
    (tmp_path / "link").symlink_to(tmp_path / "d")

    assert scan(tmp_path, "src", ("b", "d")).edges == {"a": ("c",)}


def project(root: Path, graph: str) -> Project:
    made = Project(root)
    made.rules("rule trail -> Trail weight 0.70 when used by modules\n")
    made.config(graph)
    for path in ("core/api", "core/store", "labs/x"):
        made.manifest(path)
    return made


def promoted(root: Path) -> list[str]:
    plan = plan_of(succeed("plan", "--format", "json", cwd=root).out)
    return [path for path, module in by_path(plan).items() if module["outcome"] == "promoted"]


def test_dependencies_are_named_by_path_name_or_dots(tmp_path: Path) -> None:
    made = project(tmp_path, "")
    for path, used in (("core/api", "core/store"), ("core/store", "labs.x"), ("labs/x", "API")):
        file = tmp_path / "manifests" / path / "module.manifest.json"
        manifest = json.loads(file.read_text("utf-8"))
        manifest["module"]["name"] = {"core/api": "API"}.get(path, path)
        manifest["dependencies"] = {"internal": [{"module": used}]}
        file.write_text(json.dumps(manifest), "utf-8")

    assert made.root == tmp_path
    assert promoted(tmp_path) == ["core/api", "core/store", "labs/x"]


def test_a_plan_uses_the_import_graph_that_the_config_names(tmp_path: Path) -> None:
    made = project(tmp_path, '[graph]\nimports = "imports.json"\n')
    made.write("imports.json", '{"imports": {"core/api": ["core/store"]}}')
    assert promoted(tmp_path) == ["core/store"]

    first = plan_of(succeed("plan", "--format", "json", cwd=tmp_path).out)
    made.write("imports.json", '{"imports": {"core/api": ["core/store", "labs/x"]}}')
    second = plan_of(succeed("plan", "--format", "json", cwd=tmp_path).out)

    assert promoted(tmp_path) == ["core/store", "labs/x"]
    assert first["inputs"]["imports"] != second["inputs"]["imports"]


def test_a_plan_finds_imports_in_source(tmp_path: Path) -> None:
    made = project(tmp_path, '[graph]\nsource = "src"\n')
    made.write("src/core/api/__init__.py", "from labs.x import y\n")
    made.write("src/labs/x/__init__.py", "")

    assert promoted(tmp_path) == ["labs/x"]


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", '{"imports": []}', '{"imports": {"a": "b"}}', "{", '{"imports": {"a": [1]}}'],
)
def test_a_wrong_import_graph_blocks_the_plan_and_is_named(tmp_path: Path, text: str) -> None:
    made = project(tmp_path, '[graph]\nimports = "imports.json"\n')
    made.write("imports.json", text)

    done = starlang("plan", "--format", "json", cwd=tmp_path)

    assert done.code == 5
    [blocked] = plan_of(done.out)["blocked"]
    assert blocked["file"] == "imports.json"


def test_rules_without_relations_never_read_the_graph(tmp_path: Path) -> None:
    made = project(tmp_path, '[graph]\nimports = "absent.json"\n')
    made.rules("rule trail -> Trail weight 0.70 when path mentions store\n")

    assert promoted(tmp_path) == ["core/store"]


def test_a_relation_that_holds_nowhere_is_named(tmp_path: Path) -> None:
    made = project(tmp_path, "")
    made.rules('rule a -> Trail when used by modules or publishes "x" or inside modules\n')

    plan = plan_of(succeed("plan", "--format", "json", cwd=tmp_path).out)

    said = [each["message"] for each in plan["warnings"] if each["code"] == "W805"]
    assert len(said) == 3
    for relation in ("used by", "publishes", "inside"):
        assert any(f"`{relation}`" in each for each in said)
