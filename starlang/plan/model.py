"""The plan as a value."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, assert_never

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.engine.decisions import Outcome
from starlang.explain.model import EvidenceRow, Explanation
from starlang.explain.words import short, sources, why
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

    @property
    def figures(self) -> str:
        """The count beside the limit in words, which for a floor is not the most but the least."""
        if self.before is None:
            return f"{self.count:,} of {self.limit:,}"
        return f"{self.count:,} of {self.modules:,}, {self.limit:,} needed"


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
    reassessment by rules that read relations, else None. `broken` are forbids that modules break
    already, which forbids nothing to a run that leaves it so. `optimum` tells how far what
    ceilings that cross let pass may be from the best choice, None where it is the best.
    `held_by_sources` is how many modules are suggested, have the score to be promoted and
    lack only sources; None where no star asks for more than one. `new` are the modules whose
    manifests the run would make: they are decided like all others, and not counted in `before`.
    `ignored` is how many manifests lie in directories that settings leave out.
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
    held_by_sources: int | None = None
    broken: tuple[Diagnostic, ...] = ()
    new: tuple[str, ...] = field(default=(), repr=False)
    ignored: int = 0

    @property
    def modules_before(self) -> int:
        """How many modules have a manifest before the run."""
        return len(self) - len(self.new)

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


# Modules that are decided alike, and what they share in words.


class Alike(NamedTuple):
    """Modules with one outcome, one star and the same evidence for it, by path; never empty."""

    modules: tuple[Explanation, ...]

    @property
    def first(self) -> Explanation:
        """One of them, for what all share."""
        return self.modules[0]

    @property
    def star(self) -> str:
        """The star that it is about: what the modules get, or would get."""
        first = self.first
        if first.outcome is Outcome.ASSIGNED or not first.best:
            return first.star or first.current
        return first.best.star

    @property
    def score(self) -> int:
        """The score of the best star in 10^-6, 0 where there is none."""
        return score_of(self.first)

    @property
    def evidence(self) -> str:
        """The rules that speak about the best star, with their weights, the heaviest first."""
        signs = {1: "+", -1: "-"}
        speaking = sorted(
            rules_for_best(self.first), key=lambda row: (-row.sign * row.weight, row.rule)
        )
        return ", ".join(f"{row.rule} {signs[row.sign]}{short(row.weight)}" for row in speaking)

    @property
    def lead(self) -> str:
        """How far the best star is ahead, "" where that decides nothing."""
        if self.first.outcome not in {Outcome.PROMOTED, Outcome.DEFERRED}:
            return ""
        leads = [each.lead for each in self.modules if each.runner_up is not None]
        if not leads:
            return "no rival"
        least, most = short(min(leads)), short(max(each.lead for each in self.modules))
        return f"leads by {least}" if least == most else f"leads by {least} to {most}"

    @property
    def reason(self) -> str:
        """Why the modules get what they get, "" where the evidence alone says it."""
        first = self.first
        match first.outcome:
            case Outcome.ASSIGNED | Outcome.CONTESTED | Outcome.BARRED:
                return why(first)
            case Outcome.DEFERRED:
                return why(first) if len(self.modules) == 1 else self._held
            case Outcome.SUGGESTED if first.lacks_sources:
                return f"reaches {short(first.promote_at)}, {sources(first)}"
            case Outcome.SUGGESTED:
                by = short(first.promote_at - self.score)
                return f"{by} short of {short(first.promote_at)}"
            case (
                Outcome.PROMOTED
                | Outcome.WEAK
                | Outcome.SILENT
                | Outcome.KEPT
                | Outcome.UNRECOGNISED
            ):
                return ""
            case _:
                assert_never(first.outcome)

    @property
    def _held(self) -> str:
        """What holds all of them back, and their ranks."""
        held = [each.held for each in self.modules if each.held is not None]
        ranks = [each.rank for each in held]
        first = held[0]
        group = f" ({first.group})" if first.group else ""
        last = (
            f"the last one in is {first.last_path} at {short(first.last_score)}"
            if first.last_path is not None
            else "it leaves no room for any"
        )
        return (
            f"held by `{first.ceiling}`{group}: "
            f"ranks {min(ranks):,} to {max(ranks):,} of {first.eligible:,}; {last}"
        )


def alike(modules: Iterable[Explanation]) -> list[Alike]:
    """The groups of `modules`, the largest first."""
    groups: dict[Hashable, list[Explanation]] = {}
    for each in modules:
        groups.setdefault(_key(each), []).append(each)
    found = [Alike(tuple(same)) for same in groups.values()]
    return sorted(found, key=lambda each: (-len(each.modules), -each.score, each.first.path))


def rules_for_best(each: Explanation) -> list[EvidenceRow]:
    """The evidence about the best star."""
    return [row for row in each.rows if each.best and row.star == each.best.star]


def score_of(each: Explanation) -> int:
    """The score of the best star in 10^-6, 0 where there is none."""
    return each.best.score if each.best else 0


def _key(each: Explanation) -> Hashable:
    best, held = each.best, each.held
    rules = tuple(row.rule for row in rules_for_best(each))
    reason: Hashable = (held.ceiling, held.group) if held else None
    if each.outcome in {Outcome.ASSIGNED, Outcome.CONTESTED, Outcome.BARRED}:
        reason = why(each)
    if each.outcome is Outcome.SUGGESTED and best and each.lacks_sources:
        found = each.sources_of(best.star)
        reason = (found.names, found.count)
    star = best.star if best else None
    return (each.outcome, each.star, each.secondary, star, score_of(each), rules, reason)
