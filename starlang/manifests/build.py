"""From the bytes of manifests to a module graph.

A manifest that cannot be read is a problem and no module. A value of a wrong type is a
problem too, and its facet is missing; so what can be decided is still shown.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.columns import Gatherer
from starlang.manifests.facets import Reading, read_facet
from starlang.manifests.graph import Column, ModuleGraph
from starlang.manifests.oddities import Oddities
from starlang.manifests.pointers import EACH
from starlang.manifests.profile import FacetSource, Profile, StarShape, ValueType
from starlang.manifests.reader import read
from starlang.manifests.refusals import Refusal
from starlang.rulesets.conditions import FIELD_PREFIX


@frozen
class ManifestFile:
    """A manifest as it was read.

    `path`: the file, relative to the manifests root; `name`: relative to the project
    root, as diagnostics show it. Both POSIX.
    """

    path: str
    name: str
    data: bytes = field(repr=False)

    @property
    def module(self) -> str:
        """The path of its module: the directory that it lies in, "" at the root."""
        return self.path.rpartition("/")[0]
