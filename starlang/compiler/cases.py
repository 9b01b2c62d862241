"""The test blocks of rule files, ready to be run."""

from attrs import field, frozen

from starlang.manifests.graph import Scalar
from starlang.source.text import Source, Span


@frozen
class TestCase:
    """What a `test` block gives and expects.

    `given` are (facet, values) pairs sorted by facet; facets that are not given are
    missing. `outcome` is the expected outcome by name, or "" for a bare star, which
    means promoted or assigned (for the default star: not promoted). `star` is an id or
    "", `score` in 10^-6 or None where the test does not say. `at` is `file:line:column`.
    """

    __test__ = False  # pytest would collect the class by its name

    name: str
    given: tuple[tuple[str, tuple[Scalar, ...]], ...]
    outcome: str = ""
    star: str = ""
    score: int | None = None
    at: str = ""
    source: Source = field(kw_only=True, eq=False, repr=False)
    span: Span = field(kw_only=True, eq=False, repr=False)

    def values(self, facet: str) -> tuple[Scalar, ...]:
        """The values given for `facet`; () where it is missing."""
        return dict(self.given).get(facet, ())
