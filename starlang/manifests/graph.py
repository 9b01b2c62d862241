"""The module graph: every live manifest of a repository, column by column.

A facet is one column, dictionary-encoded: the different tuples of values that occur,
and for each module the number of its tuple. So a rule over a facet with few different
values is decided once a value, and a million modules fit in memory.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, TypeVar

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import Profile, Shape
from starlang.manifests.waivers import ROOT
from starlang.matching.globs import forms
from starlang.rules.spelling import GRAPH_PREFIX, Scalar
from starlang.text import counted

_T = TypeVar("_T")

# Relations between the modules of a graph, as arrays.
#
# The neighbours of all modules stand one after the other in one array, and a second one
# says where those of each module begin. So memory grows with modules and edges alone:
# eight bytes an edge, since each is kept in both directions, and some more a module.


@frozen(repr=False)
class Adjacency:
    """The neighbours of module `i`: `targets[starts[i]:starts[i + 1]]`, sorted, each once."""

    starts: Sequence[int]
    targets: Sequence[int]

    def of(self, module: int) -> Sequence[int]:
        """The neighbours of `module`, sorted."""
        return self.targets[self.starts[module] : self.starts[module + 1]]

    def __len__(self) -> int:
        """The number of edges."""
        return len(self.targets)

    def turned(self) -> "Adjacency":
        """The same edges, seen from their other end."""
        count = len(self.starts) - 1
        sizes = array("I", bytes(4 * (count + 1)))
        for target in self.targets:
            sizes[target + 1] += 1
        starts = array("I", accumulate(sizes))
        following = starts[:]
        targets = array("I", bytes(4 * len(self.targets)))
        for module in range(count):
            for target in self.of(module):
                targets[following[target]] = module
                following[target] += 1
        return Adjacency(starts, targets)


def adjacency(neighbours: Iterable[Iterable[int]]) -> Adjacency:
    """The relation in which module `i` has the `i`-th of `neighbours`, but never itself."""
    starts, targets = array("I", (0,)), array("I")
    for module, found in enumerate(neighbours):
        others = set(found)
        others.discard(module)
        targets.extend(sorted(others))
        starts.append(len(targets))
    return Adjacency(starts, targets)


@frozen(repr=False, slots=False)
class Relations:
    """Which modules use which, and which lies inside which. Modules are numbers."""

    uses: Adjacency
    inside: Adjacency
    """Of each module the nearest one that encloses it, if there is one."""
    imports: str = ""
    """The digest of the import graph that is in it, "" without one."""

    @cached_property
    def used_by(self) -> Adjacency:
        """Of each module those that use it."""
        return self.uses.turned()

    @cached_property
    def contains(self) -> Adjacency:
        """Of each module those that it encloses, with none between."""
        return self.inside.turned()

    def of(self, facet: str) -> Adjacency:
        """The relation that tests call `facet`, such as `graph:used by`."""
        match facet.removeprefix(GRAPH_PREFIX):
            case "uses" | "depends on" | "in a cycle":  # the first step of those over several
                return self.uses
            case "used by" | "needed by":
                return self.used_by
            case "inside":
                return self.inside
            case "contains":
                return self.contains
            case _:
                raise KeyError(facet)


def enclosing(paths: Sequence[str]) -> Adjacency:
    """`inside` for modules at `paths`: the nearest directory above that is a module."""
    numbers = {path: number for number, path in enumerate(paths)}
    starts, targets = array("I", (0,)), array("I")
    for path in paths:
        above = path if path != ROOT else ""
        while above:
            above = above.rpartition("/")[0]
            if (number := numbers.get(above or ROOT)) is not None:
                targets.append(number)
                break
        starts.append(len(targets))
    return Adjacency(starts, targets)


def without_edges(paths: Sequence[str]) -> Relations:
    """The relations of modules of which only the paths are known."""
    return Relations(adjacency(() for _ in paths), enclosing(paths))


@frozen(repr=False)
class FacetColumn:
    """One facet over all modules.

    `values[codes[i]]` is the tuple of values of module `i`, in the order of the
    manifest, each once; the empty tuple means that the facet is missing there.
    """

    values: tuple[tuple[Scalar, ...], ...]
    codes: Sequence[int]

    def of(self, index: int) -> tuple[Scalar, ...]:
        """The values of module `index`."""
        return self.values[self.codes[index]]

    def postings(self) -> dict[tuple[type, Scalar], list[int]]:
        """For each (type, value) the modules that have it, in order: JSON's true is not 1."""
        lists: dict[tuple[type, Scalar], list[int]] = {}
        for index, code in enumerate(self.codes):
            for value in self.values[code]:
                lists.setdefault((type(value), value), []).append(index)
        return lists


def column_of(values: Sequence[tuple[Scalar, ...]], codes: Sequence[int]) -> FacetColumn:
    """A column that holds only the tuples that occur, numbered as they first occur."""
    used = dict.fromkeys(codes)
    if list(used) == list(range(len(values))):
        return FacetColumn(tuple(values), tuple(codes))
    renumbered = {code: number for number, code in enumerate(used)}
    return FacetColumn(
        tuple(values[code] for code in renumbered), tuple(map(renumbered.__getitem__, codes))
    )


@frozen
class Misfit:
    """A module with a value of a wrong type, or none, where `place` of the profile is read.

    `place` is the name of a facet or of relations, `name`, `path` or `star`.
    """

    module: int
    place: str
    finding: Diagnostic


@frozen(repr=False)
class Sidecar:
    """The file that has the stars of all modules: its name, its SHA-256, and labels by path."""

    file: str
    digest: str
    stars: Mapping[str, str]

    def labels(self, path: str) -> tuple[str, ...]:
        """The labels of the module at `path`."""
        return (self.stars[path],) if path in self.stars else ()


class Fact(NamedTuple):
    """What another file than its manifest says of a module, and the line where it says it.

    `counts`: whether the manifest has no value, so that this is the value of the facet.
    """

    values: tuple[Scalar, ...]
    at: str
    counts: bool


@frozen(repr=False)
class Facts:
    """Facts from elsewhere: facet -> module -> what counts where the manifest has no value.

    `files`: each file that was asked, with the digest of its bytes.
    """

    by_facet: Mapping[str, Mapping[int, Fact]] = field(factory=dict)
    files: Mapping[str, str] = field(factory=dict)

    def of(self, facet: str, module: int) -> Fact | None:
        """What another file says of the facet of a module."""
        return self.by_facet.get(facet, {}).get(module)

    def of_modules(self, numbers: Mapping[int, int]) -> "Facts":
        """The facts of some modules, and their new numbers."""
        kept = {
            facet: {numbers[at]: fact for at, fact in facts.items() if at in numbers}
            for facet, facts in self.by_facet.items()
        }
        return Facts(kept, self.files)


@frozen(repr=False)
class ModuleGraph:
    """All live modules of a repository, sorted by path (code point order).

    `paths[i]`: directory of module `i` under the manifests root, POSIX, "" never occurs.
    `names[i]`: its name, "" where the manifest has none.
    `stars[i]`: the labels that the manifest carries, primary first; () where there is none.
    The first is "" where a manifest has further stars but no primary one.
    `files[i]`: the manifest, relative to the project root, POSIX.
    `digests[i]`: SHA-256 of its bytes, lower-case hex ("" for modules made in memory).
    `columns`: facet name -> column, for the profile's facets and the fields asked for.
    `problems`: what could not be read or breaks a guard, sorted.
    `misfits`: values that are not of the type that the profile says; they count as missing.
    `documents[i]`: the decoded JSON, or the tuple is empty for graphs made in memory.
    `relations`: which modules use which; None where nobody has asked (see `linking`).
    `facts`: what other files say; it is in the columns, and here is where it is from.
    `ignored`: how many manifests lie in directories that settings leave out.
    `sidecar`: the file that has the stars, if they are not in the manifests.
    `profile`: the profile that the facets were read with.
    """

    paths: tuple[str, ...]
    names: tuple[str, ...]
    stars: tuple[tuple[str, ...], ...]
    files: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    columns: Mapping[str, FacetColumn] = field(factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    misfits: tuple[Misfit, ...] = field(default=(), kw_only=True)
    documents: tuple[object, ...] = ()
    relations: "Relations | None" = field(default=None, kw_only=True)
    facts: Facts = field(factory=Facts, kw_only=True)
    ignored: int = field(default=0, kw_only=True)
    sidecar: Sidecar | None = field(default=None, kw_only=True)
    profile: Profile = field(kw_only=True)

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        modules, problems = counted(len(self), "module"), counted(len(self.problems), "problem")
        return f"<ModuleGraph: {modules}, {problems}>"

    def shape(self, module: int) -> Shape:
        """The shape of a manifest; of one that fits none, the first."""
        shapes = self.profile.shapes
        if len(shapes) == 1 or not self.documents:
            return shapes[0]
        return self.profile.shape_of(self.documents[module]) or shapes[0]

    def without(self, modules: Collection[int]) -> "ModuleGraph":
        """The graph without some modules; relations are to be found anew."""
        kept = [number for number in range(len(self)) if number not in modules]
        numbers = {number: at for at, number in enumerate(kept)}

        def of(column: Sequence[_T]) -> tuple[_T, ...]:
            return tuple(column[number] for number in kept) if column else ()

        return evolve(
            self,
            paths=of(self.paths),
            names=of(self.names),
            stars=of(self.stars),
            files=of(self.files),
            digests=of(self.digests),
            documents=of(self.documents),
            columns={
                name: column_of(column.values, of(column.codes))
                for name, column in self.columns.items()
                if not name.startswith(GRAPH_PREFIX)
            },
            misfits=tuple(
                evolve(each, module=numbers[each.module])
                for each in self.misfits
                if each.module in numbers
            ),
            relations=None,
            facts=self.facts.of_modules(numbers),
        )

    @cached_property
    def index(self) -> dict[str, int]:
        """Path -> number of the module."""
        return {path: number for number, path in enumerate(self.paths)}

    def number_of(self, path: str) -> int | None:
        """The module that lies at `path`, composed or decomposed, None if there is none."""
        return next((self.index[form] for form in forms(path) if form in self.index), None)
