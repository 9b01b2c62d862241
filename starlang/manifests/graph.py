"""The module graph: every live manifest of a repository, column by column.

A facet is one column, dictionary-encoded: the different tuples of values that occur,
and for each module the number of its tuple. So a rule over a facet with few different
values is decided once a value, and a million modules fit in memory.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import Profile
from starlang.rulesets.spelling import Scalar
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.manifests.relations import Relations


@frozen(repr=False)
class Column:
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
    `documents[i]`: the decoded JSON, or the tuple is empty for graphs made in memory.
    `relations`: which modules use which; None where nobody has asked (see `linking`).
    `profile`: the profile that the facets were read with.
    """

    paths: tuple[str, ...]
    names: tuple[str, ...]
    stars: tuple[tuple[str, ...], ...]
    files: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    columns: Mapping[str, Column] = field(factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    documents: tuple[object, ...] = ()
    relations: "Relations | None" = field(default=None, kw_only=True)
    profile: Profile = field(kw_only=True)

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        modules, problems = counted(len(self), "module"), counted(len(self.problems), "problem")
        return f"<ModuleGraph: {modules}, {problems}>"

    @cached_property
    def index(self) -> dict[str, int]:
        """Path -> number of the module."""
        return {path: number for number, path in enumerate(self.paths)}
