"""Two sets, never a quotient: the packages of the source, and the manifests.

A quotient hides what matters. A repository whose packages move while its manifests stay
where they were has as many manifests as packages, and one divided by the other says 100 %,
although no manifest describes a package that exists. So each side is accounted for on its
own, and every element of it is named and is of exactly one kind:

- a package is *covered* (a manifest lies at its path), *missing* (none does), *refused* (a
  guard forbids that one lies there, so none can be made) or *excluded* (it is not to have
  one: the config says so with a reason, or it lies where no package ever is);
- a manifest without a package is *moved* (its package has another path now), *a file* (its
  module is `x.py` and not a directory) or *gone*.

The kinds of packages are asked for in the order excluded, refused, covered, missing, so
that they add up. The share is over all packages but those excluded; it is exact, and shown
truncated: 98.995 % is shown as 98.99 % and is less than 99 %.

A guard and a target can exclude each other. Packages that are refused count as not covered,
and what share can be reached in spite of them is part of the result.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from fractions import Fraction

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic, at, in_order
from starlang.manifests.guards import Guards, guard
from starlang.manifests.waivers import MISSING, ROOT, Waiver, living_with
from starlang.matching.globs import composed, covers
from starlang.text import counted, shown_value

WITHOUT_PACKAGE = "W551"

_AT_LEAST = 10
"""So many manifests of one directory must have their rest elsewhere before it counts as moved."""

_HUNDRED = 100

_NO_SOURCE = "correct `source` under `[coverage]`, the directory that packages are looked for in"


@frozen
class Found:
    """What is compared; all paths are relative to the source, and `""` is the source itself.

    `packages`: directories with an `__init__.py`. `files`: all Python files. `manifests`: the
    path of a module -> its manifest as findings name it. `renamed`: the former path of a
    package -> its present one, where git knows it. `prefix` is the manifests directory and
    `source` that of the source, as findings begin with them; `file_name` is what manifests are
    called. `ignored`: how many manifests lie in directories that settings leave out. `can_make`:
    whether `starlang generate` would make one.
    """

    packages: AbstractSet[str]
    files: AbstractSet[str]
    manifests: Mapping[str, str]
    renamed: Mapping[str, str]
    prefix: str
    source: str
    file_name: str
    ignored: int = 0
    can_make: bool = True

    def manifest_of(self, package: str) -> str:
        """The manifest of `package` as findings name it, whether there is one or not."""
        return "/".join(filter(None, (self.prefix, package, self.file_name)))


@frozen
class Terms:
    """What the config says: the guards and their waivers, exclusions, and the target.

    `exclude` are entries whose path is a glob, or `.` for the source itself; `at_least` is in
    percent, None where nothing is asked for.
    """

    guards: Guards
    waivers: Sequence[Waiver] = ()
    exclude: Sequence[Waiver] = ()
    at_least: Decimal | None = None


@frozen
class Coverage:
    """Every package and every manifest without one, each in one place; all sorted by path.

    `excluded`: package -> why. `refused`: package -> the findings of the guards, at least one.
    `moved`: path of a manifest -> the package that it was made for. `files`: path -> the file.
    `unused`: a finding for each exclusion that matches no package. `found` is what was compared.
    """

    covered: tuple[str, ...]
    missing: tuple[str, ...]
    excluded: Mapping[str, str]
    refused: Mapping[str, tuple[Diagnostic, ...]]
    moved: Mapping[str, str]
    files: Mapping[str, str]
    gone: tuple[str, ...]
    unused: tuple[Diagnostic, ...]
    at_least: Decimal | None
    found: Found

    @property
    def in_scope(self) -> int:
        """How many packages there are but for those excluded."""
        return len(self.covered) + len(self.missing) + len(self.refused)

    @property
    def without_package(self) -> int:
        """How many manifests have no package."""
        return len(self.moved) + len(self.files) + len(self.gone)

    @property
    def beside(self) -> tuple[str, ...]:
        """The manifests that lie in a package, where none lies at the path of one.

        They lie beside the code, and the source is another directory than that of the manifests.
        """
        found = self.found
        if self.covered or not found.prefix or found.source:
            return ()
        return tuple(p for p in sorted(found.manifests) if f"{found.prefix}/{p}" in found.packages)

    @property
    def above(self) -> int:
        """How many manifests without a package are of a directory with packages below it."""
        parents = {
            "/".join(p.split("/")[:n]) for p in self.found.packages for n in range(p.count("/") + 1)
        }
        return sum(path in parents for path in (*self.files, *self.gone))

    @property
    def percent(self) -> str | None:
        """The share of packages that are covered, truncated to two places; None of nothing."""
        return truncated(len(self.covered), self.in_scope)

    @property
    def reachable(self) -> str | None:
        """The share that can be reached while the guards refuse what they refuse, likewise."""
        return truncated(self.in_scope - len(self.refused), self.in_scope)

    @property
    def holds(self) -> bool:
        """Whether as much is covered as is asked for; of no package at all nothing is."""
        return self.at_least is None or self._reaches(len(self.covered))

    @property
    def can_hold(self) -> bool:
        """Whether the target can be reached while the guards refuse what they refuse."""
        return self.at_least is None or self._reaches(self.in_scope - len(self.refused))

    def _reaches(self, count: int) -> bool:
        total = self.in_scope
        return total > 0 and Fraction(count * _HUNDRED, total) >= Fraction(self.at_least or 0)

    def refusals(self) -> dict[str, int]:
        """Code of a guard -> how many packages it refuses; one that several refuse counts once."""
        codes = Counter(min(each.code for each in found) for found in self.refused.values())
        return dict(sorted(codes.items()))


def truncated(count: int, total: int) -> str | None:
    """`count` of `total` in percent with two places, never rounded up; None of nothing."""
    if not total:
        return None
    whole, rest = divmod(count * _HUNDRED * _HUNDRED // total, _HUNDRED)
    return f"{whole}.{rest:02}"


def measure(found: Found, terms: Terms) -> Coverage:
    """Sorts all packages, and all manifests without a package, into their kinds."""
    found = _spelled_alike(found)
    excluded, unused = _excluded(found.packages, terms)
    counted_in = found.packages - excluded.keys()
    refused = _refused(found, counted_in, terms)
    candidates = counted_in - refused.keys()
    left = {path for path in found.manifests if path not in found.packages}
    moved = _moved(left, found)
    files = {path: f"{path}.py" for path in left - moved.keys() if f"{path}.py" in found.files}
    return Coverage(
        covered=tuple(sorted(candidates & found.manifests.keys())),
        missing=tuple(sorted(candidates - found.manifests.keys())),
        excluded=dict(sorted(excluded.items())),
        refused=dict(sorted(refused.items())),
        moved=dict(sorted(moved.items())),
        files=dict(sorted(files.items())),
        gone=tuple(sorted(left - moved.keys() - files.keys())),
        unused=unused,
        at_least=terms.at_least,
        found=found,
    )


def _spelled_alike(found: Found) -> Found:
    """The same with packages called as their manifests are: a name with accents has two spellings.

    Where both are packages, they stay two.
    """
    spelled = {composed(path): path for path in found.manifests if not path.isascii()}
    if not spelled:
        return found

    def as_manifest(package: str) -> str:
        path = spelled.get(composed(package), package)
        return package if path in found.packages else path

    return evolve(found, packages=frozenset(map(as_manifest, found.packages)))


def _excluded(
    packages: AbstractSet[str], terms: Terms
) -> tuple[dict[str, str], tuple[Diagnostic, ...]]:
    """Package -> why it is excluded, and a finding for each entry that matches none."""
    excluded: dict[str, str] = {}
    unused: list[Diagnostic] = []
    for entry in terms.exclude:
        matched = [path for path in packages if _matches(entry.path, path)]
        for path in matched:
            excluded.setdefault(path, entry.reason)
        if not matched:
            unused.append(_idle(entry))
    never = frozenset(terms.guards.segments)
    for path in packages - excluded.keys():
        if named := never.intersection(path.split("/")):
            excluded[path] = f"it is in `{min(named)}`, where packages never are"
        elif any(covers(glob, path) for glob in terms.guards.ignore):
            excluded[path] = "`ignore` in `[guards]` leaves its directory out"
    return excluded, in_order(unused)


def _matches(glob: str, package: str) -> bool:
    """A name with `**/` before it is a directory anywhere, and all beneath it is meant."""
    if glob == ROOT:
        return not package
    return covers(f"{glob}/**" if package else glob, package)


def _idle(entry: Waiver) -> Diagnostic:
    return at(
        entry.source,
        entry.span,
        "W552",
        f"there is no package at {shown_value(entry.path)}, so nothing is excluded",
        hint="correct the glob, or delete the entry",
    )


def _refused(
    found: Found, packages: Iterable[str], terms: Terms
) -> dict[str, tuple[Diagnostic, ...]]:
    named = {found.manifest_of(path): path for path in sorted(packages)}
    findings = guard(((path, file) for file, path in named.items()), terms.guards)
    refused: dict[str, tuple[Diagnostic, ...]] = {}
    for each in living_with(findings, terms.waivers, found.prefix).open:
        path = named[each.file]
        refused[path] = (*refused.get(path, ()), each)
    return refused


def _moved(left: AbstractSet[str], found: Found) -> dict[str, str]:
    """Path of a manifest without a package -> where its package is now."""
    by_git = {path: found.renamed[path] for path in left if path in found.renamed}
    moved = {path: to for path, to in by_git.items() if to in found.packages}
    by_directory: dict[str, list[str]] = {}
    for path in left:
        by_directory.setdefault(path.partition("/")[0], []).append(path)
    places: dict[str, list[str]] = {}
    for package in found.packages:
        first, _, rest = package.partition("/")
        places.setdefault(rest, []).append(first)
    for paths in by_directory.values():
        for path, to in _moved_together(paths, places).items():
            moved.setdefault(path, to)
    return moved


def _moved_together(paths: Sequence[str], places: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The same for `paths` under one first directory, if most of their rests are under another.

    `places`: the rest of a package -> the first directories that it is under.
    """
    own = paths[0].partition("/")[0]
    rests = {rest: path for path in paths if (rest := path.partition("/")[2])}
    elsewhere: dict[str, list[str]] = {}
    for rest in rests:
        for first in places.get(rest, ()):
            if first != own:
                elsewhere.setdefault(first, []).append(rest)
    first, moved = max(
        elsewhere.items(), key=lambda each: (len(each[1]), each[0]), default=("", [])
    )
    if len(moved) < max(_AT_LEAST, -(-len(paths) // 2)):
        return {}
    return {rests[rest]: f"{first}/{rest}" for rest in moved}


# What of it somebody should look at.


def shown_package(path: str) -> str:
    """A package as people are shown it."""
    return path or ROOT


def findings(coverage: Coverage, only: AbstractSet[str] | None = None) -> Iterator[Diagnostic]:
    """What is missing, refused or left over; with `only`, what of it is about these packages."""
    for path in coverage.missing:
        if only is None or path in only:
            yield _missing(coverage.found, path)
    for path, refusals in coverage.refused.items():
        if only is None or path in only:
            yield from (evolve(each, file=_source(path, coverage.found)) for each in refusals)
    if only is None:
        for path in (*coverage.moved, *coverage.files, *coverage.gone):
            yield _left(coverage, path)
        yield from coverage.unused
    if not coverage.can_hold:
        yield _unreachable(coverage)
    elif not coverage.holds:
        yield Diagnostic(
            code="E998",
            message=f"{coverage.percent} % of {coverage.in_scope:,} packages are covered, and "
            f"{coverage.at_least} % are asked for",
            hint="`starlang generate` makes manifests for the packages that are missing"
            if coverage.found.can_make
            else "add manifests for the packages that `starlang coverage` names as missing",
        )


def _missing(found: Found, path: str) -> Diagnostic:
    file = found.manifest_of(path)
    made, by_hand = f"`starlang generate --write` makes it at `{file}`", f"add `{file}` by hand"
    return Diagnostic(
        code=MISSING,
        message=f"the package {shown_value(shown_package(path))} has no manifest",
        file=_source(path, found),
        hint=f"{made if found.can_make else by_hand}; or exclude the package with a reason: "
        "`[[coverage.exclude]]`",
    )


def _source(path: str, found: Found) -> str:
    return "/".join(filter(None, (found.source, path, "__init__.py")))


def _left(coverage: Coverage, path: str) -> Diagnostic:
    if to := coverage.moved.get(path):
        words, hint = f"its package is at `{shown_package(to)}` now", "move it there with `git mv`"
    elif file := coverage.files.get(path):
        words, hint = f"`{file}` is a file", "move it to the package of that file, or delete it"
    else:
        words = "there is no such directory with an `__init__.py`"
        # Where packages are looked for in the wrong place, no manifest has one.
        hint = "delete it with `git rm`" if coverage.found.packages else _NO_SOURCE
    return Diagnostic(
        code=WITHOUT_PACKAGE,
        message=f"the manifest has no package: {words}",
        file=coverage.found.manifests[path],
        hint=hint,
    )


def _unreachable(coverage: Coverage) -> Diagnostic:
    if not coverage.in_scope:
        message = f"there is no package, so {coverage.at_least} % cannot be reached"
        return Diagnostic(code="E551", message=message, hint=_NO_SOURCE)
    return Diagnostic(
        code="E551",
        message=f"{coverage.at_least} % cannot be reached: {refused_words(coverage)}",
        hint="rename them, waive them by `[[guards.waive]]`, or exclude them with a reason: "
        "`[[coverage.exclude]]`",
    )


def refused_words(coverage: Coverage) -> str:
    """What the guards refuse, and how much can be reached in spite of it; there is something."""
    refused = counted(len(coverage.refused), "package is", "packages are")
    by = " and ".join(coverage.refusals())
    return f"{refused} refused by {by}; at most {coverage.reachable} % can be reached"
