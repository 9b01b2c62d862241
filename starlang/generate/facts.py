"""What is known of a package from its source: what it needs, what it offers, what tests it.

Everything follows from the files as they are read (`starlang.generate.reader`), and nothing
from running them. A package has the facts of the files in its own directory; those of packages
inside it are theirs.

An import of `a.b.c` is of the longest of `a/b/c`, `a/b` and `a` that is a directory with Python
files, or of a file `a.py` in the source itself, or below another root (`starlang.generate.roots`).
What is none of them comes from elsewhere, and its first part is an external dependency unless the
standard library has it. Imports count wherever
they stand: in functions, under `TYPE_CHECKING`, and in each branch of a `try`.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.generate.reader import (
    CLASS,
    CONSTANT,
    FUNCTION,
    IMPORTED,
    MODULE,
    SourceFile,
    Unread,
)
from starlang.generate.roots import Roots, closed, most_dots, undotted
from starlang.text import Position, counted, shown_value

INIT = "__init__.py"
_SHOWN = 3

_REMOVED = """
aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap msilib
nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib
"""
_ADDED = "annotationlib compression"
_NEVER_INSTALLED = "__main__ _typeshed"
STANDARD = frozenset(
    # The same source has the same facts in every version: what some have and others have not.
    [*sys.stdlib_module_names, *f"{_REMOVED} {_ADDED} {_NEVER_INSTALLED}".split()]
)
"""The first parts of modules of the standard library, of all versions that run the program."""

Files = Mapping[str, SourceFile | Unread]


@frozen
class Exports:
    """The names that a package offers, sorted by kind. `unknown` are those whose kind is not."""

    classes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(
            (*self.classes, *self.functions, *self.constants, *self.modules, *self.unknown)
        )


@frozen
class PackageFacts:
    """One package. What is None could not be found out, and `problems` say why, with the line.

    `path` is relative to the source, `""` for the source itself. `internal` are the paths of other
    packages, `external` the first parts of modules from elsewhere, `tests` the files that import
    the package; all sorted. `is_namespace`: its `__init__.py` shares it with other directories.
    """

    path: str
    external: tuple[str, ...] | None
    internal: tuple[str, ...] | None
    exports: Exports | None
    tests: tuple[str, ...]
    is_namespace: bool
    problems: tuple[Diagnostic, ...] = field(default=(), repr=False)


def is_test(path: str) -> bool:
    """Whether a file is one of tests, by its name."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


class Sources:
    """All files of a source, and what can be asked about them. `shown` is its directory.

    `roots` are where absolute imports begin in it.
    """

    def __init__(self, files: Files, shown: str = "", roots: Roots | None = None) -> None:
        self._files = files
        self._roots = roots or Roots()
        self._prefix = f"{shown}/" if shown else ""
        self._inside: dict[str, list[str]] = {}
        for path in sorted(files):
            self._inside.setdefault(_directory(path), []).append(path)
        self._steps = {path.rpartition("/")[2] for path in self._inside}
        # The same names are imported by many files.
        self._target = cache(self._found)
        self._bound = cache(self._names_of)
        self._home = cache(self._file)
        self._kind = cache(self._followed)

    @property
    def directories(self) -> AbstractSet[str]:
        """The directories with Python files."""
        return self._inside.keys()

    def imported(self, path: str) -> Iterator[tuple[str, str | None]]:
        """Dotted name -> the directory that the file `path` imports by it, None if elsewhere.

        Relative imports beyond the source are left out.
        """
        file = self._files[path]
        names = file.imports if isinstance(file, SourceFile) else ()
        return self._imported(_directory(path), names)

    def _imported(self, here: str, names: Iterable[str]) -> Iterator[tuple[str, str | None]]:
        root, beyond = self._roots.of(f"{here}/"), "." * (most_dots(here) + 1)
        for name in names:
            if not name.startswith("."):
                yield name, self._target(root, name)
            elif not name.startswith(beyond):
                yield name, self._target(here, name)

    def _found(self, here: str, name: str) -> str | None:
        dotted, level = undotted(name)
        before, _, last = name.rpartition(".")
        # What is not the name of any directory leads no further than the name before it, which
        # all have in common that are imported from there.
        if last not in self._steps and dotted.count(".") > len(self._roots.outer):
            return self._target(here, before)
        found = self._roots.found(here, dotted, level, self._inside, self._files)
        if found is not None:
            return found
        places = self._roots.places(here, dotted, level)
        own = (parts[0] for root, parts in places if parts and not root)
        return "" if any(f"{first}.py" in self._files for first in own) else None

    def begun_elsewhere(self) -> dict[str, int]:
        """Directory that is no root -> how many imports lead to packages if they begin there.

        Those are counted that no root leads to a package, and of the directories above a file the
        deepest that is none itself.
        """
        inside = closed(self._inside)
        names = {path.rpartition("/")[2] for path in inside} - STANDARD

        @cache
        def leads_nowhere(root: str, name: str) -> bool:
            target = self._target(root, name)
            return target is None or (bool(target) and f"{target}/{INIT}" not in self._files)

        @cache
        def beginning(here: str, first: str) -> str | None:
            while here:
                is_known = here in self._roots.further or f"{here}/{INIT}" in self._files
                if not is_known and f"{here}/{first}" in inside:
                    return here
                here = _directory(here)
            return None

        found: Counter[str] = Counter()
        for path, file in self._files.items():
            here = _directory(path)
            root = self._roots.of(f"{here}/")
            for name in file.imports if isinstance(file, SourceFile) else ():
                first = name.partition(".")[0]
                if first not in names or not leads_nowhere(root, name):
                    continue
                if (place := beginning(here, first)) is not None:
                    found[place] += 1
        return dict(found)

    def testers(self) -> dict[str, list[str]]:
        """Directory -> the files of tests that import it, sorted."""
        found: dict[str, list[str]] = {}
        for path in sorted(filter(is_test, self._files)):
            for target in {target for _, target in self.imported(path)}:
                if target is not None:
                    found.setdefault(target, []).append(path)
        return found

    def facts(self, packages: Iterable[str], known: AbstractSet[str]) -> Iterator[PackageFacts]:
        """The facts of `packages`, sorted; `known` are all packages of the source."""
        tests = self.testers()
        for path in sorted(packages):
            yield self._facts(path, known, tests.get(path, ()))

    def _facts(self, path: str, known: AbstractSet[str], tests: Sequence[str]) -> PackageFacts:
        files = self._inside.get(path, [])
        read = [file for each in files if isinstance(file := self._files[each], SourceFile)]
        names = frozenset[str]().union(*(file.imports for file in read))
        problems = [*self._unread(files), *self._beyond(path, files, names)]
        imported = [*self._imported(path, names)]
        targets = {target for _, target in imported if target is not None}
        outside = (name for name, target in imported if target is None)
        firsts = {name.lstrip(".").partition(".")[0] for name in outside}
        init = self._files.get(_within(path, INIT), Unread("it is not there"))
        exports, doubts = self._exports(_within(path, INIT), init)
        return PackageFacts(
            path=path,
            external=tuple(sorted(firsts - STANDARD - {""})) if read else None,
            internal=tuple(sorted((targets & known) - {path})) if read else None,
            exports=exports,
            tests=tuple(tests),
            is_namespace=isinstance(init, SourceFile) and init.extends > 0,
            problems=(*problems, *doubts),
        )

    def _unread(self, files: Iterable[str]) -> Iterator[Diagnostic]:
        for path in files:
            if isinstance(file := self._files[path], Unread):
                yield self._problem(
                    path,
                    file.line,
                    "W553",
                    f"the file cannot be read: {file.why}",
                    "correct it; what it imports is not in the manifest until then",
                )

    def _beyond(
        self, here: str, files: Iterable[str], names: Iterable[str]
    ) -> Iterator[Diagnostic]:
        """A finding for each of `names` that leads out of the source, in each file of `here`."""
        beyond = "." * (most_dots(here) + 1)
        outside = {name for name in names if name.startswith(beyond)}
        for path in files if outside else ():
            file = self._files[path]
            for name in file.imports if isinstance(file, SourceFile) else ():
                if name in outside:
                    yield self._problem(
                        path,
                        0,
                        "W556",
                        f"`{name}` is beyond the directory of the source",
                        "correct the import, or `source` in the config; it counts for nothing",
                    )

    def _problem(self, path: str, line: int, code: str, message: str, hint: str) -> Diagnostic:
        return Diagnostic(
            code=code,
            message=message,
            file=self._prefix + path,
            position=Position(line, 1) if line else None,
            hint=hint,
        )

    # What a package exports.

    def _names_of(self, path: str) -> Mapping[str, str]:
        """What is bound at the top of a file of the source, nothing where there is none."""
        file = self._files.get(path)
        return file.names if isinstance(file, SourceFile) else {}

    def _exports(
        self, path: str, file: SourceFile | Unread
    ) -> tuple[Exports | None, list[Diagnostic]]:
        if isinstance(file, Unread):
            return None, []
        if file.computed:
            return None, [self._unknown(path, file.computed, "`__all__` is computed")]
        if file.exports is None:
            if file.stars:
                return None, [self._unknown(path, file.stars[0][2], "it imports a star")]
            if file.dynamic:
                return None, [self._unknown(path, file.dynamic, "it has a `__getattr__`")]
            bound = self._bound(path).items()
            names = [name for name, what in bound if self._is_public(path, name, what)]
            return self._sorted(path, names), []
        found = self._sorted(path, file.exports)
        return found, [*self._absent(path, file, found)]

    def _unknown(self, path: str, line: int, why: str) -> Diagnostic:
        hint = "write `__all__` as a list of names; exports are left out until then"
        return self._problem(path, line, "W554", f"what is exported is not known: {why}", hint)

    def _absent(self, path: str, file: SourceFile, found: Exports) -> Iterator[Diagnostic]:
        """A finding for names in `__all__` that nothing binds."""
        if file.stars or file.dynamic:
            return
        absent = [name for name in found.unknown if name not in self._bound(path)]
        if absent:
            listed = ", ".join(map(shown_value, absent[:_SHOWN]))
            more = f" and {len(absent) - _SHOWN:,} more" if len(absent) > _SHOWN else ""
            words = counted(len(absent), "name that does", "names that do")
            yield self._problem(
                path,
                file.all_line,
                "W555",
                f"`__all__` has {words} not exist: {listed}{more}",
                "define it, or take it out of `__all__`; importing it would fail",
            )

    def _is_public(self, path: str, name: str, what: str) -> bool:
        """Whether a package without `__all__` offers a name: what it defines or takes from within.

        Variables in lower case are not constants, and what comes from elsewhere is no offer.
        """
        kind = what.partition(" ")[0]
        if name.startswith("_") or kind == MODULE:
            return False
        if kind == CONSTANT:
            return name.isupper()
        return kind != IMPORTED or self._kind(path, name) in {CLASS, FUNCTION, CONSTANT}

    def _sorted(self, path: str, names: Iterable[str]) -> Exports:
        by_kind: dict[str | None, list[str]] = {}
        for name in sorted(set(names)):
            by_kind.setdefault(self._kind(path, name), []).append(name)
        kinds = (CLASS, FUNCTION, CONSTANT, MODULE, None)
        return Exports(*(tuple(by_kind.get(kind, ())) for kind in kinds))

    def _followed(self, path: str, name: str) -> str | None:
        """What a name of a file is bound to, followed through imports within the source."""
        seen: set[tuple[str, str]] = set()
        while (path, name) not in seen:
            seen.add((path, name))
            names = self._bound(path)
            kind, _, other = names.get(name, "").partition(" ")
            if not kind:
                return MODULE if self._is_inside(path, name) else None
            if kind == CONSTANT and other in names:
                name = other
            elif kind != IMPORTED:
                return kind
            else:
                name, _, module = other.partition(" ")
                here = _directory(path)
                start = here if module.startswith(".") else self._roots.of(f"{here}/")
                home = self._home(start, module)
                if home is None:
                    return None
                path = home
        return None  # it leads round in a circle

    def _file(self, here: str, module: str) -> str | None:
        """The file of the module that a name is from: `x.py`, or the `__init__.py` of a package."""
        home = None
        for _, parts in self._roots.places(here, *undotted(module)):
            path = "/".join(parts)
            home = _within(path, INIT)
            if home in self._files:
                return home
            if f"{path}.py" in self._files:
                return f"{path}.py"
        return home

    def _is_inside(self, path: str, name: str) -> bool:
        """Whether a name of a package is a module or a package within it."""
        if path.rpartition("/")[2] != INIT:
            return False
        inside = _within(_directory(path), name)
        return f"{inside}.py" in self._files or inside in self._inside


def _directory(path: str) -> str:
    return path.rpartition("/")[0]


def _within(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
