"""Promotions, and what ceilings need to know of all other modules: how many there are.

Which promotions stay is decided over the whole repository at once, but it takes little of it. Of
a module that gains a star a ceiling must know in which groups it counts (`Places`); of all others
only how many there are, in each group (`Sizes`). Sizes of parts of a repository add up, so what
is settled does not depend on where modules were decided (`starlang.engine.ceilings`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from attrs import frozen

from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import Evaluation
from starlang.matching.globs import covers
from starlang.rules.model import Ceiling
from starlang.rules.spelling import spelling

MISSING = None
"""The group of modules that a `per FACET` ceiling finds no value in."""

Group = str | None

Places = tuple[tuple[Group, ...], ...]
"""For each ceiling the groups in which it counts a module, whatever star the module gains.

None where it is out of scope, "" where the ceiling has no groups of modules.
"""


class StarPart(StrEnum):
    """Whether a star is gained as a module's primary star or beside it."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class Promotion(NamedTuple):
    """A star that a module would gain. Amounts are in 10^-6."""

    module: int
    star: str
    part: StarPart
    score: int
    lead: int
    is_assigned: bool = False
    leaves_default: bool = False
    places: Places = ()


def taking_order(promotion: Promotion, module: str | int) -> tuple[bool, bool, int, int, str | int]:
    """What promotions are sorted by; `module` sorts modules as their paths do."""
    is_secondary = promotion.part is StarPart.SECONDARY
    return (not promotion.is_assigned, is_secondary, -promotion.score, -promotion.lead, module)


def promotions(evaluation: Evaluation, scopes: "Scopes | None" = None) -> list[Promotion]:
    """Every star that a module would gain if there were no ceilings, in the order of taking.

    `scopes` are those of the evaluation, where they are known.
    """
    paths, found = evaluation.graph.paths, gains(evaluation, scopes)
    return sorted(found, key=lambda each: taking_order(each, paths[each.module]))


def gains(evaluation: Evaluation, scopes: "Scopes | None" = None) -> Iterator[Promotion]:
    """The same in the order of modules."""
    scopes = scopes or Scopes(evaluation)
    codes = {
        code
        for code, decision in enumerate(evaluation.decisions)
        if decision.outcome in {Outcome.PROMOTED, Outcome.ASSIGNED}
    }
    for module, code in enumerate(evaluation.decision_codes):
        if code in codes:
            yield from _gained(evaluation, module, scopes)


def gains_one(evaluation: Evaluation, module: int) -> bool:
    """Whether the star that a module is to have is one that it does not carry, nor the default.

    Where modules are reassessed, it may be the one that it carries; then nothing is gained beside.
    """
    carried, default = evaluation.carried(module).primary, evaluation.rules.default.id
    return evaluation.decision(module).star not in {None, default, carried}


def _gained(evaluation: Evaluation, module: int, scopes: "Scopes") -> Iterator[Promotion]:
    decision, carried = evaluation.decision(module), evaluation.carried(module)
    star = decision.star
    if star is None or not gains_one(evaluation, module):
        return
    default = evaluation.rules.default.id
    score = {each.star: each.score for each in evaluation.case(module).scores}
    assigned = decision.outcome is Outcome.ASSIGNED
    leaves = carried.primary == default
    lead = 0 if assigned else decision.lead
    places = scopes.places(module)
    primary = StarPart.PRIMARY
    yield Promotion(module, star, primary, score.get(star, 0), lead, assigned, leaves, places)
    for other in decision.secondary:
        yield Promotion(module, other, StarPart.SECONDARY, score[other], lead, places=places)


# Where ceilings count modules.


class Scopes:
    """The scopes and groups of all ceilings over the modules of one evaluation."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._scopes = [_Scope(evaluation, limit) for limit in evaluation.rules.ceilings.limits]
        self._same: dict[Places, Places] = {}

    def places(self, module: int) -> Places:
        """Where `module` counts; one object for all modules that count alike."""
        found = tuple([scope.of(module) for scope in self._scopes])
        return self._same.setdefault(found, found)

    def sizes(self) -> tuple[Mapping[Group, int], ...]:
        """For each ceiling how many modules of its scope are in each group."""
        return tuple(scope.sizes() for scope in self._scopes)

    def totals(self) -> tuple[int, ...]:
        """For each ceiling how many modules are in its scope."""
        return tuple(scope.total for scope in self._scopes)


class _Scope:
    """The modules that one ceiling is about, and their groups."""

    def __init__(self, evaluation: Evaluation, ceiling: Ceiling) -> None:
        paths, globs = evaluation.graph.paths, ceiling.globs
        self._inside = (
            bytes(any(covers(glob, path) for glob in globs) for path in paths) if globs else None
        )
        self.total = len(paths) if self._inside is None else sum(self._inside)
        per = ceiling.per
        self._column = None if per in {"", "star"} else evaluation.column(per)
        self._without: tuple[Group, ...] = ("",)  # of a module without values
        if per not in {"", "star"}:
            source = evaluation.graph.profile.facet(per)
            self._without = (MISSING,) if source is None or source.group_missing else ()
        values = () if self._column is None else self._column.values
        # By spelling, as `is` compares: JSON's true is not 1, and 1.0 is.
        self._groups = [tuple(dict.fromkeys(map(spelling, v))) or self._without for v in values]

    def of(self, module: int) -> tuple[Group, ...]:
        """The groups in which `module` counts."""
        if self._inside is not None and not self._inside[module]:
            return ()
        return self._without if self._column is None else self._groups[self._column.codes[module]]

    def sizes(self) -> Mapping[Group, int]:
        if self._column is None:
            return dict.fromkeys(self._without, self.total)
        codes = self._column.codes
        if self._inside is not None:
            codes = [code for code, is_in in zip(codes, self._inside, strict=True) if is_in]
        found: Counter[Group] = Counter()
        for code, count in Counter(codes).items():
            found.update(dict.fromkeys(self._groups[code], count))
        return found


@frozen
class Sizes:
    """How many modules there are for ceilings and floors to count.

    `on_default` carried the default star before the run, `joining` are assigned to it and carried
    another one. `totals` and `groups` have for each ceiling the modules of its scope, together
    and by group.
    """

    modules: int
    on_default: int
    joining: int
    totals: tuple[int, ...]
    groups: tuple[Mapping[Group, int], ...]

    @classmethod
    def of(cls, evaluation: Evaluation, scopes: Scopes | None = None) -> "Sizes":
        """The sizes of all modules of an evaluation, whose scopes may be known."""
        default, scopes = evaluation.rules.default.id, scopes or Scopes(evaluation)
        kinds = [carried.primary == default for carried in evaluation.carried_kinds]
        joining = (
            evaluation.rules.assigns[number].star == default
            and evaluation.carried(module).primary != default
            for module, number in evaluation.assigned.items()
        )
        on_default = sum(map(kinds.__getitem__, evaluation.carried_codes))
        totals, groups = scopes.totals(), scopes.sizes()
        return cls(len(evaluation), on_default, sum(joining), totals, groups)

    def __add__(self, other: "Sizes") -> "Sizes":
        """The sizes of both parts of a repository."""
        return Sizes(
            self.modules + other.modules,
            self.on_default + other.on_default,
            self.joining + other.joining,
            tuple(map(sum, zip(self.totals, other.totals, strict=True))),
            tuple(
                Counter(one) + Counter(two)
                for one, two in zip(self.groups, other.groups, strict=True)
            ),
        )
