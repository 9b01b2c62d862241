"""What ceilings make of promotions, as values."""

from typing import NamedTuple

from attrs import frozen

from starlang.engine.promotions import Promotion
from starlang.rulesets.model import Ceiling, Floor


@frozen
class Count:
    """A ceiling (or one group of it) after the run.

    `count` promotions against `limit`, the largest count that is allowed, among
    `modules` modules of its scope. `group` is the star or facet value, "" without `per`.
    `beyond` are the promotions past the limit, in order: kept ones under `abort`.
    """

    ceiling: Ceiling
    group: str
    count: int
    limit: int
    modules: int
    beyond: tuple[Promotion, ...] = ()

    @property
    def holds(self) -> bool:
        return self.count <= self.limit


@frozen
class FloorCount:
    """A floor after the run: `before` and `after` modules on the default star of `modules`.

    `needed` is the smallest count that meets the floor. `missed_before` tells that the
    tree was below it already, which is no breach: a floor is breached by promotions that
    leave the default star where none may, and `beyond` are those, in order.
    """

    floor: Floor
    before: int
    after: int
    needed: int
    modules: int
    beyond: tuple[Promotion, ...] = ()

    @property
    def missed_before(self) -> bool:
        return self.before < self.needed

    @property
    def is_missed(self) -> bool:
        return self.after < self.needed

    @property
    def holds(self) -> bool:
        return not self.beyond


class Held(NamedTuple):
    """Why a promotion was deferred: the ceiling's words, and the last one that fitted.

    It is number `rank` of the `eligible` promotions that the ceiling counts (in this group),
    in the order of taking.
    """

    ceiling: str
    at: str
    group: str
    last: Promotion | None
    rank: int = 0
    eligible: int = 0


class Standing(NamedTuple):
    """Where a promotion to `star` stood: number `place` of at most `limit` under `ceiling`."""

    star: str
    ceiling: str
    group: str
    place: int
    limit: int


@frozen(eq=False, repr=False)
class Settlement:
    """What the ceilings make of an evaluation.

    `promotions` are those that stay, in order; `deferred` maps a module to what held
    its primary promotion back; `dropped` are secondary promotions held back.
    `standings` maps a module that stays promoted to its place under each ceiling.
    """

    promotions: tuple[Promotion, ...]
    deferred: dict[int, Held]
    dropped: dict[tuple[int, str], Held]
    standings: dict[int, list[Standing]]
    counts: tuple[Count, ...]
    floors: tuple[FloorCount, ...]

    @property
    def holds(self) -> bool:
        return all(count.holds for count in self.counts) and all(f.holds for f in self.floors)
