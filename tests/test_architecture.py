"""House rules that no linter knows. The layers are import-linter's (`make lint`)."""

import ast
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "starlang"


WITH_EFFECTS = (
    "starlang/accept",
    "starlang/api",
    "starlang/cli",
    "starlang/init",
    "starlang/project",
    "starlang/report",
    "starlang/run",
    "starlang/transaction",
)
SHORT_WITH_A_REASON: dict[str, str] = {}
"""Modules under 100 lines whose only importer is in their folder, with the reason to keep each."""


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"), str(path)))
        for path in sorted(PACKAGE.rglob("*.py"))
    )


@cache
def nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Every node of every module, with the name of the module."""
    return tuple((name, node) for name, tree in modules() for node in ast.walk(tree))


@cache
def house() -> ModuleType:
    """What counts files and lines: `benchmarks/house.py`, which is a script."""
    spec = spec_from_file_location("house", ROOT / "benchmarks" / "house.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_file_is_what_one_person_changes_for_one_reason() -> None:
    counts = house()
    files = counts.files()
    too_long = {each.module: each.lines for each in files if each.lines > counts.LONGEST}
    code = sum(each.code for each in files)

    assert too_long == {}
    assert len(files) > 100
    assert 1000 * len(files) / code <= counts.MOST_FILES_PER_THOUSAND


def test_short_modules_are_joined_with_their_only_importer() -> None:
    counts = house()
    found = {each.module for each in counts.short_and_private(counts.files())}

    assert len(SHORT_WITH_A_REASON) <= 12
    assert found == set(SHORT_WITH_A_REASON)


def test_no_contract_about_layers_or_cycles_has_exceptions() -> None:
    assert house().ignored_imports() == 0


@pytest.mark.parametrize(
    ("source", "code", "comments", "imports"),
    [
        ('"""Words."""\n\nimport re\n\n# why\nX = 1\n', 2, 1, 1),
        ('def f():\n    """Words.\n\n    More.\n    """\n    return """a\n\nb"""\n', 4, 0, 0),
        ("from a import (\n    b,\n    c,\n)\n", 4, 0, 4),
    ],
)
def test_lines_of_code_are_those_that_do_something(
    tmp_path: Path, source: str, code: int, comments: int, imports: int
) -> None:
    path = tmp_path / "module.py"
    path.write_text(source, "utf-8")
    counted = house().read(path)

    assert (counted.code, counted.comments, counted.imports) == (code, comments, imports)


@pytest.mark.fault_row(7)
def test_standard_regular_expressions_never_see_a_users_pattern() -> None:
    """`re` may take for ever on it. So `re` is called with fixed patterns only: at the top of a
    module, or with a literal."""
    using = {
        name
        for name, node in nodes()
        if isinstance(node, ast.Import) and any(alias.name == "re" for alias in node.names)
    }
    with_a_variable = [
        f"{name}:{call.lineno}"
        for name, function in nodes()
        if name in using
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "re"
        and not (call.args and isinstance(call.args[0], ast.Constant))
    ]
    piecemeal = [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if isinstance(node, ast.ImportFrom) and node.module == "re"
        for alias in node.names
        if alias.name not in {"Match", "Pattern"}
    ]

    assert with_a_variable == []
    assert piecemeal == []


def test_the_private_parser_of_patterns_has_one_importer() -> None:
    importers = [
        name
        for name, node in nodes()
        if isinstance(node, ast.Import)
        and any(alias.name.startswith(("re.", "sre")) for alias in node.names)
    ]

    assert importers == ["starlang/legacy/python_patterns.py"]


def test_the_core_neither_reads_nor_prints() -> None:
    """What needs an import for it, import-linter sees."""
    effects = [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if not name.startswith(WITH_EFFECTS)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "print", "input", "breakpoint"}
    ]

    assert effects == []


@pytest.mark.fault_row(3)
def test_nobody_raises_the_recursion_limit() -> None:
    """With a higher limit, `json` and `repr` end in a segmentation fault instead of an error."""
    raising = [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if isinstance(node, ast.Attribute) and node.attr == "setrecursionlimit"
    ]

    assert raising == []


def test_package_files_hold_prose_only() -> None:
    """Re-exports are where import cycles come from; `import starlang` is the one exception."""
    with_code = [
        name
        for name, tree in modules()
        if name.endswith("/__init__.py")
        and name != "starlang/__init__.py"
        and not (len(tree.body) == 1 and ast.get_docstring(tree))
    ]

    assert with_code == []


def test_every_package_states_its_contract() -> None:
    directories = {path.parent for path in PACKAGE.rglob("*.py")}
    without = [str(d.relative_to(ROOT)) for d in directories if not (d / "__init__.py").is_file()]

    assert sorted(without) == []


def test_packages_are_not_named_after_nothing() -> None:
    empty_names = {"common", "helpers", "manager", "misc", "utils"}
    found = [
        name for name, _ in modules() if empty_names & set(name.removesuffix(".py").split("/"))
    ]

    assert found == []


def test_imports_are_absolute() -> None:
    relative = [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


@pytest.mark.requirement("R08")
def test_no_star_of_the_shipped_canon_is_named_in_code() -> None:
    """A canon is the user's own."""
    canon = (ROOT / "rules" / "canon.star").read_text("utf-8")
    stars = {
        words[words.index("star") + 1]
        for words in map(str.split, canon.splitlines())
        if words[:1] == ["star"] or words[:2] == ["default", "star"]
    }
    naming = [
        f"{name}:{node.lineno}: {node.value}"
        for name, node in nodes()
        if isinstance(node, ast.Constant) and node.value in stars
    ]

    assert len(stars) == 9
    assert naming == []


def test_exceptions_from_lint_and_types_say_what_they_are_for() -> None:
    without = [
        f"{path.relative_to(ROOT)}:{token.start[0]}"
        for folder in (PACKAGE, ROOT / "tests", ROOT / "benchmarks")
        for path in sorted(folder.rglob("*.py"))
        for token in comments(path)
        if token.string.startswith(("# noqa", "# type: ignore")) and " -- " not in token.string
    ]

    assert without == []


def comments(path: Path) -> Iterator[tokenize.TokenInfo]:
    if not re.search(rb"# *(noqa|type: *ignore)", path.read_bytes()):
        return
    with path.open("rb") as file:
        tokens = list(tokenize.tokenize(file.readline))
    yield from (token for token in tokens if token.type == tokenize.COMMENT)


def test_modules_that_the_documentation_names_exist() -> None:
    packages = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    text = (ROOT / "docs" / "internals.md").read_text("utf-8")
    named = {
        name
        for name in re.findall(r"`((?:[a-z_]+\.)+[A-Za-z_]+)`", text)
        if name.partition(".")[0] in packages
    }

    assert len(named) > 10
    assert [name for name in sorted(named) if not is_there(name)] == []


def is_there(name: str) -> bool:
    """Whether `package.module` is one, or `module.Name` is defined at the top of one."""
    module, _, last = name.rpartition(".")
    place = PACKAGE / name.replace(".", "/")
    if place.is_dir() or place.with_suffix(".py").exists():
        return True
    source = PACKAGE / f"{module.replace('.', '/')}.py"
    tree = ast.parse(source.read_text("utf-8")) if source.exists() else ast.Module([], [])
    return any(isinstance(node, ast.ClassDef) and node.name == last for node in tree.body)
