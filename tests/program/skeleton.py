"""A monorepo laid out anew from the names of its files, classes, functions and imports.

The corpus lists, for each directory with Python files, what they define and import; its code is
not there. A skeleton has the same files with the same names in them, and each import stands in
one file of its directory: in the tests that are known to import the package, else in the first
file that can be parsed.

`python tests/program/skeleton.py CORPUS DIRECTORY` lays one out, for benchmarks.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

ROOT_MODULE = "_bridgeutils"
"""A file in the source directory itself, by which others import it."""

Values = Mapping[str, object]


class Row(NamedTuple):
    """A directory with Python files. `tests` are the files that import it."""

    path: str
    package: bool
    files: Sequence[Values]
    imports: tuple[str, ...]
    external: tuple[str, ...]
    tests: tuple[str, ...]

    def place(self, file: str) -> str:
        return f"{self.path}/{file}" if self.path else file


def rows_of(corpus: Path) -> list[Row]:
    lines = (corpus / "packages.jsonl").read_text("utf-8").splitlines()
    return [
        Row(
            path=each["path"],
            package=each["package"],
            files=each["files"],
            imports=tuple(each.get("imports", ())),
            external=tuple(each.get("external", ())),
            tests=tuple(each.get("tested_by", ())),
        )
        for each in map(json.loads, lines)
    ]


def listed(file: Values, key: str) -> list[str]:
    found = file.get(key, [])
    return cast("list[str]", found) if isinstance(found, list) else []


def is_test(name: str) -> bool:
    return name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")


def lay_out(corpus: Path, root: Path) -> None:
    """Writes the skeleton of all sources, and the manifests, into the directory `root`."""
    rows = rows_of(corpus)
    imports = _imports(rows)
    for row in rows:
        folder = root / row.path
        folder.mkdir(parents=True, exist_ok=True)
        for file in row.files:
            name = str(file["file"])
            lines = [*imports.get(row.place(name), ()), *_lines(row, file)]
            (folder / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    shutil.copytree(corpus / "manifests", root / "manifests", copy_function=shutil.copyfile)


def _imports(rows: Sequence[Row]) -> dict[str, list[str]]:
    """File -> its imports."""
    found: dict[str, list[str]] = {}
    tests = {row.path: row.tests for row in rows}
    for row in rows:
        home = row.place(_home(row))
        for path in row.imports:
            own = [each for each in tests.get(path, ()) if each.rpartition("/")[0] == row.path]
            for file in own or [home]:
                found.setdefault(file, []).append(_import(path))
        for path in row.tests:  # tests of a package that lie in it
            if path.rpartition("/")[0] == row.path:
                found.setdefault(path, []).append(_import(row.path))
        for number, name in enumerate(row.external):
            found.setdefault(home, []).extend(_external(name, number))
    return found


def _import(path: str) -> str:
    return f"import {path.replace('/', '.') or ROOT_MODULE}"


def _external(name: str, number: int) -> list[str]:
    """The ways in which packages from elsewhere are imported, in turn."""
    ways = (
        [f"import {name}"],
        [f"from {name} import something"],
        ["try:", f"    import {name}.inner as inner", "except ImportError:", "    inner = None"],
        ["if TYPE_CHECKING:", f"    from {name}.types import Some"],
        ["def late():", f"    import {name}"],
    )
    return ways[number % len(ways)]


def _home(row: Row) -> str:
    """The file that imports what no test is known to import."""
    parsed = [str(each["file"]) for each in row.files if "unparsable" not in each]
    ordered = sorted(parsed, key=lambda name: (is_test(name), name == "__init__.py", name))
    return ordered[0] if ordered else ""


def _lines(row: Row, file: Values) -> Iterator[str]:
    if "unparsable" in file:
        yield "def broken(:"
        return
    if "star_import" in file:
        yield "from os.path import *"
    for name in listed(file, "classes"):
        yield f"class {name}: ..."
    for name in listed(file, "functions"):
        yield f"def {name}(*given): ..."
    for name in listed(file, "async"):
        yield f"async def {name}(*given): ..."
    for name in listed(file, "constants"):
        yield f"{name} = 1"
    if file.get("all") == "dynamic":
        yield "__all__ = sorted(globals())"
    elif "all" in file:
        names = listed(file, "all")
        yield from _bound(row, file, names)
        yield f"__all__ = {names!r}"


def _bound(row: Row, file: Values, names: Sequence[str]) -> Iterator[str]:
    """What binds the names of `__all__` that the file does not define itself."""
    for name in names:
        if not _defines(file, name) and name.isidentifier():
            others = (each for each in row.files if each is not file and _defines(each, name))
            home = next((str(each["file"]).removesuffix(".py") for each in others), None)
            yield f"{name} = 1" if home is None else f"from .{home} import {name}"


def _defines(file: Values, name: str) -> bool:
    kinds = ("classes", "functions", "async", "constants")
    return any(name in listed(file, kind) for kind in kinds)


def commit(root: Path) -> None:
    """Makes `root` a repository with one commit, of a time that is always the same."""
    identity = {f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in _WHO}
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), **identity}
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "all")):
        subprocess.run(
            ["/usr/bin/env", "git", *_SETTINGS, *command],
            cwd=root,
            env=environment,
            check=True,
        )


_SETTINGS = ("-c", "core.fsync=none", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
"""Nothing goes on in the background afterwards."""

_WHO = (("NAME", "Tester"), ("EMAIL", "tester@example.org"), ("DATE", "2026-01-02T03:04:05Z"))


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]), Path(sys.argv[2]))
    commit(Path(sys.argv[2]))
