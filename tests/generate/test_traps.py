"""Forty-odd packages that a reader of source can fall over; nothing of them is ever run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from generate.traps import INIT, TRAPS, Trap
from program.projects import Project
from program.repositories import commit_all

from starlang.generate.facts import PackageFacts
from starlang.generate.reader import SourceFile, read_source
from starlang.project.generating import Generated, generate
from starlang.project.project import Project as Opened
from starlang.project.project import Wanted, compile_project, open_project

pytestmark = pytest.mark.requirement("R27")

MARK = Path("imported")


def lay_out(project: Project) -> None:
    for trap in TRAPS:
        files = {f"{trap.path}/{name}": data for name, data in trap.files.items()}
        for name, data in {**files, **trap.elsewhere}.items():
            path = project.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)


def generated(root: Path) -> Generated:
    project = open_project(Wanted(root))
    assert isinstance(project, Opened)
    rules = compile_project(project).rules
    assert rules is not None
    return generate(project, rules, None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    project = Project(tmp_path_factory.mktemp("traps") / "project")
    project.config()
    project.rules("")
    lay_out(project)
    imported = project.root / MARK
    project.write(f"runs/{INIT}", f"open({str(imported)!r}, 'w').close()\nraise SystemExit\n")
    commit_all(project.root)
    found = generated(project.root)
    assert not imported.exists()
    return found


@pytest.fixture(scope="module")
def facts(made: Generated) -> dict[str, PackageFacts]:
    return {each.path: each.facts for each in made.manifests}


def test_there_are_enough_of_them(facts: dict[str, PackageFacts]) -> None:
    assert len(TRAPS) >= 40
    assert set(facts) == {trap.path for trap in TRAPS}


def named(trap: Trap) -> str:
    return trap.path


@pytest.mark.parametrize("trap", TRAPS, ids=named)
def test_a_trap_gives_what_can_be_known(trap: Trap, facts: dict[str, PackageFacts]) -> None:
    found = facts[trap.path]

    assert _listed(found.external) == _listed(trap.external)
    assert _listed(found.internal) == _listed(trap.internal)
    assert (found.exports is not None) is trap.exports
    if found.exports is not None:
        assert found.exports.classes == tuple(trap.classes)
        assert found.exports.functions == tuple(trap.functions)
        assert found.exports.constants == tuple(trap.constants)
    assert found.tests == tuple(trap.tests)
    assert found.is_namespace is (trap.kind == "namespace")
    assert list(_places(found)) == [
        (code, f"{trap.path}/{file}", line) for code, file, line in trap.codes
    ]


def _listed(values: object) -> list[str] | None:
    return sorted(map(str, values)) if isinstance(values, list | tuple) else None


def _places(found: PackageFacts) -> Iterator[tuple[str, str, int]]:
    for each in found.problems:
        assert each.hint
        yield each.code, each.file, each.position.line if each.position else 0


@pytest.mark.parametrize(
    "text",
    [
        "class C: ...\ndef f(x): return x\nX = list\n__all__ = ['C']\nimport a\n",
        "X = f'{a}'\ndef f(): return f'{1}' f'{2}'\n",
        "'''text\nof lines'''\nimport a\nif a:\n    from b import c\n",
    ],
)
def test_what_is_blanked_out_changes_nothing(text: str) -> None:
    """The same source with newer parts in it says the same, on the same lines."""
    newer = text.replace("class C:", "class C[T: (int, str)]:").replace("def f(", "def f[T](")
    newer = newer.replace("X = list", "type X = list").replace("f'{1}'", "f'{1 + f'{2}'}'")
    old, new = read_source(text.encode()), read_source(f"{newer}type Y = int\n".encode())

    assert isinstance(old, SourceFile)
    assert isinstance(new, SourceFile)
    assert new._replace(bound="") == old._replace(bound="")
    assert {name: each.split()[0] for name, each in new.names.items() if name != "Y"} == {
        name: each.split()[0] for name, each in old.names.items()
    }


def test_what_is_newer_within_something_newer_goes_with_it() -> None:
    text = "try: ...\nexcept f'{1 + f'{2}'}', B: ...\ntype X = f'{1 + f'{2}'}'\nimport a\n"
    found = read_source(text.encode())

    assert isinstance(found, SourceFile)
    assert found.imports == ("a",)
    assert set(found.names) == {"X", "a"}
