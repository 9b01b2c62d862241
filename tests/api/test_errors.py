"""Whatever is passed in: a StarlangError that says why, or a TypeError for a wrong type."""

from collections.abc import Callable
from pathlib import Path

import pytest
from program.projects import Project

import starlang

pytestmark = pytest.mark.requirement("R34")

NAMES = [
    "\0",
    "a\0b.star",
    "\ud800",
    "\ud800/b.star",
    "caf\udce9.star",
    "x" * 5000,
    f"{'x/' * 2500}y.star",
    f"{'x' * 5000}.json",
    "\0.json",
    "",
    ".",
    "/dev/null",
    "none/of/these.star",
    "\n",
]
CALLS: dict[str, Callable[[str], object]] = {
    "compile": starlang.compile,
    "check": starlang.check,
    "compile with profile": lambda name: starlang.compile_text("starlang 1", profile=name),
    "compile with a path as profile": lambda name: starlang.compile_text("", profile=Path(name)),
    "load": starlang.load,
    "load with schema": lambda name: starlang.load_modules({}, schema=name),
    "load with profile": lambda name: starlang.load(".", profile=name),
    "load modules": lambda name: starlang.load_modules({name: {}}),
    "compile_text": lambda name: starlang.compile_text({name: "starlang 1"}),
    "check_text": starlang.check_text,
    "pin": lambda name: starlang.open_run(name).pin(),
    "status": lambda name: starlang.open_run(name).status(),
}


def raised(call: Callable[[], object]) -> starlang.StarlangError | None:
    """What `call` raises, if it is a StarlangError; any other error fails the test."""
    try:
        call()
    except starlang.StarlangError as error:
        return error
    return None


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
@pytest.mark.parametrize("call", CALLS)
def test_a_name_that_leads_nowhere(
    call: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = raised(lambda: CALLS[call](name))

    assert error is None or str(error).encode()
    assert len(repr(error)) <= 100
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_rules_that_lie_nowhere_are_an_error_of_rules(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(starlang.RulesError) as caught:
        starlang.compile(name)

    assert [each.is_error for each in caught.value.diagnostics] == [True]


def test_a_working_directory_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert [each.code for each in starlang.load("manifests").problems] == ["E532"]
    assert isinstance(raised(lambda: starlang.compile("rules/main.star")), starlang.RulesError)
    assert any(each.is_error for each in starlang.check("rules/main.star"))
    with pytest.raises(starlang.StarlangError):
        starlang.open_run().pin()


def test_a_file_without_permission_or_of_another_kind(project: Project) -> None:
    directory = project.root / "rules" / "folder.star"
    directory.mkdir()

    for path in (directory, project.root / "rules" / "main.star" / "below.star"):
        with pytest.raises(starlang.RulesError):
            starlang.compile(path)
    with pytest.raises(starlang.SetupError):
        starlang.load(project.root / "manifests", schema=directory)


def test_a_profile_may_be_a_path(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    profile = project.write("shop", '[stars]\nprimary = "/star"\n')
    rules = project.root / "rules" / "main.star"
    project.rules("rule a -> Trail weight 0.8 when path mentions memory")

    for given in (Path("shop"), "./shop", profile):
        made = starlang.compile(rules, profile=given)
        graph = starlang.load_modules({"x/memory": {"star": "Supporting"}}, profile=given)
        assert made.plan(graph)["x/memory"].star == "Trail"
    with pytest.raises(starlang.SetupError, match="E714"):
        starlang.compile(rules, profile="shop")


WRONG: list[tuple[Callable[[starlang.Rules], object], str]] = [
    (lambda _: starlang.compile(1), "path must be a path .*, not int"),  # type: ignore[arg-type] # -- it is asked for
    (lambda _: starlang.compile(b"x.star"), "path must be a path .*, not bytes"),  # type: ignore[arg-type] # -- the same
    (lambda _: starlang.check(None), "path must be a path .*, not NoneType"),  # type: ignore[arg-type] # -- the same
    (lambda _: starlang.compile("x", profile=1), "profile must be a path"),  # type: ignore[arg-type] # -- the same
    (lambda _: starlang.load({}), "manifests must be a path .*, not dict"),  # type: ignore[arg-type] # -- the same
    (lambda _: starlang.load(".", schema=3), "schema must be a path"),  # type: ignore[arg-type] # -- the same
    (lambda _: starlang.open_run(3), "PathLike.*, not int"),  # type: ignore[arg-type] # -- the same
    (lambda rules: rules.plan("manifests"), "graph must be a ModuleGraph.*, not str"),  # type: ignore[arg-type] # -- the same
    (lambda rules: rules[1], "name of a rule must be a str, not int"),  # type: ignore[index] # -- the same
    (lambda rules: rules.plan(starlang.load_modules({}))[0], "path of a module must be a str"),  # type: ignore[index] # -- the same
    (lambda rules: rules.plan(starlang.load_modules({})).with_outcome(1), "an outcome must be"),  # type: ignore[arg-type] # -- the same
]


@pytest.mark.parametrize(("call", "words"), WRONG)
def test_a_wrong_type_is_said_clearly(
    call: Callable[[starlang.Rules], object], words: str, project: Project
) -> None:
    rules = starlang.compile(project.root / "rules" / "main.star")

    with pytest.raises(TypeError, match=words):
        call(rules)


def test_a_package_that_is_not_installed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = starlang.compile(project.root / "rules" / "main.star")
    plan = rules.plan(starlang.load(project.root / "manifests"))
    for name in ("polars", "pyarrow"):
        monkeypatch.setitem(__import__("sys").modules, name, None)

    for call in (plan.to_polars, plan.to_arrow):
        with pytest.raises(starlang.MissingPackageError, match=r"starlang\[tables\]") as caught:
            call()
        assert isinstance(caught.value, ImportError)
        assert isinstance(caught.value, starlang.StarlangError)
