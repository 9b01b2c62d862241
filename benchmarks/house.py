"""The figures of the house: how many files there are, how long, and how many a command enters.

    python benchmarks/house.py

Everything is counted from the code itself. A line of code is a line that is not empty and
holds more than comments and docstrings. A file is entered if one of its functions runs; module
bodies do not count, since importing a module is not reading it.
"""

import ast
import io
import json
import statistics
import subprocess
import sys
import tempfile
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "starlang"
MOST_FILES_PER_THOUSAND = 7
LONGEST = 600
SHORT = 100
"""Below this many lines, a module that only its own folder imports belongs to its importer."""

_ENTERED = """
import sys
entered = set()
def note(frame, event, _):
    if event == "call" and frame.f_code.co_name != "<module>":
        entered.add(frame.f_code.co_filename)
sys.setprofile(note)
from starlang.cli.main import run
import os
os._exit = lambda code: sys.exit(code)
sys.argv = ["starlang", *sys.argv[1:]]
try:
    run()
finally:
    sys.setprofile(None)
    import json
    sys.__stderr__.write("\\n" + json.dumps(sorted(entered)) + "\\n")
"""
_FIVE_LINES = """starlang 1
ruleset five "1.0"
star Trail label "Trail"
default star Supporting
rule memory -> Trail when path mentions memory
"""


@frozen
class File:
    """One module: all its `lines`, and its `code` without blank lines, comments and docstrings."""

    path: Path
    lines: int
    code: int
    comments: int
    imports: int

    @property
    def module(self) -> str:
        """The dotted name."""
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts)


@cache
@cache
def files() -> tuple[File, ...]:
    """Every module of the package but `__init__.py`, by path."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return tuple(read(path) for path in paths if path.name != "__init__.py")


def read(path: Path) -> File:
    """The counts of one module."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    with_code: set[int] = set()
    comments = 0
    quiet = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments += 1
        if token.type not in quiet:
            with_code.update(range(token.start[0], token.end[0] + 1))
    imports: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        body = getattr(node, "body", None)
        for each in body if isinstance(body, list) else ():
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                with_code -= set(range(each.lineno, (each.end_lineno or each.lineno) + 1))
    return File(path, len(text.splitlines()), len(with_code), comments, len(imports))


def importers(modules: Sequence[File]) -> dict[str, set[str]]:
    """Module -> the modules of the package that import it, anywhere in their text."""
    names = {each.module for each in modules}
    found: dict[str, set[str]] = {name: set() for name in names}
    for path in sorted(PACKAGE.rglob("*.py")):
        own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for imported in _imported(ast.parse(path.read_text("utf-8"))):
            for name in (imported, imported.rpartition(".")[0]):
                if name in names:
                    found[name].add(own)
                    break
    return found


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (f"{alias.name}.*" for alias in node.names)


def short_and_private(modules: Sequence[File]) -> list[File]:
    """Modules under `SHORT` lines whose only importer is in their own folder."""
    found = importers(modules)
    return [
        each
        for each in modules
        if each.lines < SHORT
        and len(found[each.module]) == 1
        and all(
            name.rpartition(".")[0] == each.module.rpartition(".")[0] for name in found[each.module]
        )
    ]


def ignored_imports() -> int:
    """How many exceptions the contracts about layers and cycles list."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    return sum(
        len(each.get("ignore_imports", ()))
        for each in contracts
        if each["type"] in {"layers", "acyclic_siblings"}
    )


def entered(arguments: list[str], directory: Path) -> set[str]:
    """The files of the package in which a function runs."""
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", _ENTERED, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    listed: list[str] = json.loads(done.stderr.strip().splitlines()[-1])
    return {name for name in listed if name.startswith(str(PACKAGE))}


def main() -> None:
    """Prints the figures."""
    modules = files()
    code = sum(each.code for each in modules)
    lengths = sorted(each.lines for each in modules)
    total = sum(lengths)
    with tempfile.TemporaryDirectory() as directory:
        small = Path(directory) / "five.star"
        small.write_text(_FIVE_LINES, "utf-8")
        check = entered(["check", "five.star"], Path(directory))
    plan = entered(["plan"], ROOT / "examples" / "constellation")
    rows: list[tuple[str, str]] = [
        ("files beside __init__.py", f"{len(modules)}"),
        ("lines of code", f"{code:,}"),
        ("files per 1,000 lines of code", f"{1000 * len(modules) / code:.1f}"),
        ("lines of a file, median", f"{statistics.median(lengths):.0f}"),
        ("lines of a file, longest", f"{lengths[-1]}"),
        ("lines that import", f"{100 * sum(each.imports for each in modules) / total:.1f} %"),
        ("comments in 100 lines", f"{100 * sum(each.comments for each in modules) / total:.1f}"),
        ("short modules for one neighbour", f"{len(short_and_private(modules))}"),
        ("exceptions of layers and cycles", f"{ignored_imports()}"),
        ("files that `check` of five lines enters", f"{len(check)}"),
        ("files that `plan` of the greenhouse enters", f"{len(plan)}"),
    ]
    for name, figure in rows:
        print(f"{name:<44}{figure:>8}")


if __name__ == "__main__":
    main()
