"""The plan as a value."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.engine.decisions import Outcome
from starlang.explain.model import Explanation
from starlang.explain.words import short
from starlang.text import Json

if TYPE_CHECKING:
    from starlang.engine.optimum import Optimum


@frozen
class Edit:
    """One value of one manifest that would change.

    `pointer` is a JSON pointer (RFC 6901); `old` is None where nothing is there yet.
    `before` is the SHA-256 of the file that the edit was computed from.
    """

    file: str
    pointer: str
    old: Json
    new: Json
    before: str


MISSED = "missed before, not made worse"
"""What is said of a floor that the tree was below already, and that no promotion has broken."""


@frozen
class CeilingLine:
    """A ceiling, one of its groups, or a floor, after the run.

    For a floor `count` is the number of modules on the default star, `limit` the number
    needed, and `before` the number before the run (None for a ceiling). `holds` tells whether
    it is kept after the run. `beyond` are the promotions that break it, in the order of taking.
    """

    ceiling: str
    group: str
    count: int
    limit: int
    modules: int
    holds: bool
    at: str
    before: int | None = None
    beyond: tuple["Beyond", ...] = ()

    @property
    def verdict(self) -> str:
        """`holds`, `breached`, or of a floor that the tree was below already `missed before …`."""
        if self.holds:
            return "holds"
        return MISSED if self.before is not None and not self.beyond else "breached"


class Beyond(NamedTuple):
    """A promotion past a limit: the module, the star that it would gain, and its score."""

    path: str
    star: str
    score: int


class Decided(NamedTuple):
    """A decision in short: the outcome, and the star that it is about with its score."""

    outcome: Outcome
    star: str | None
    score: int

    @property
    def words(self) -> str:
        """`suggested Flow at 0.60`"""
        star = f" {self.star} at {short(self.score)}" if self.star else ""
        return f"{self.outcome.value}{star}"


class NeighbourChange(NamedTuple):
    """A module that is decided differently because of its neighbours or events.

    `without` is the decision if rules and exceptions that read relations are left out.
    `rules` are those of them that hold for the module, `because` says what made them hold;
    both are empty where the others alone decide now.
    """

    path: str
    without: Decided
    now: Decided
    rules: tuple[str, ...]
    because: str

    @property
    def why(self) -> str:
        """The change in one sentence."""
        because = f": {self.because}" if self.because else ""
        return f"{self.now.words} instead of {self.without.words}{because}."


@frozen(slots=False)
class Plan:
    """What a run would do to every module, and why. Iterates over explanations by path.

    `inputs` are digests of everything that it was made from. `blocked` is what forbids
    to apply it. `known` are findings that the config accepts (waivers and baseline).
    `next_promoted` is the number of modules that a run after this one would promote.
    `neighbours` are the modules that neighbours make to be decided differently: of a
    reassessment by rules that read relations, else None. `optimum` tells how far what
    ceilings that cross let pass may be from the best choice, None where it is the best.
    """

    inputs: Mapping[str, str]
    reassess: bool
    explanations: tuple[Explanation, ...] = field(repr=False)
    edits: tuple[Edit, ...] = field(repr=False)
    before: Mapping[str, int]
    after: Mapping[str, int]
    ceilings: tuple[CeilingLine, ...]
    blocked: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]
    known: tuple[Diagnostic, ...]
    next_promoted: int
    neighbours: tuple[NeighbourChange, ...] | None = None
    optimum: "Optimum | None" = None

    @property
    def applyable(self) -> bool:
        """Whether nothing forbids to apply the plan."""
        return not self.blocked

    def __len__(self) -> int:
        return len(self.explanations)

    def __iter__(self) -> Iterator[Explanation]:
        return iter(self.explanations)

    def __getitem__(self, path: str) -> Explanation:
        """The module at `path`; KeyError if there is none."""
        return self.explanations[self._index[path]]

    def __contains__(self, path: object) -> bool:
        return path in self._index

    @cached_property
    def _index(self) -> dict[str, int]:
        return {each.path: number for number, each in enumerate(self.explanations)}

    def of(self, *outcomes: Outcome) -> tuple[Explanation, ...]:
        """The modules with one of `outcomes`, by path."""
        return tuple(each for each in self.explanations if each.outcome in outcomes)
