"""Ledgers: how far each ceiling is used up while promotions are taken one by one."""

from collections.abc import Sequence
from fractions import Fraction

from starlang.engine.evaluation import Evaluation
from starlang.engine.promotions import Promotion
from starlang.matching.globs import covers
from starlang.rulesets.model import Amount, Ceiling, Floor
from starlang.rulesets.spelling import spelling

MISSING = None
"""The group of modules that a `per FACET` ceiling finds no value in."""

Group = str | None


class Ledger:
    """One ceiling, its groups and their counts."""

    def __init__(self, evaluation: Evaluation, ceiling: Ceiling) -> None:
        self.ceiling = ceiling
        graph = evaluation.graph
        self._scope = (
            {n for n, path in enumerate(graph.paths) if any(covers(g, path) for g in ceiling.globs)}
            if ceiling.globs
            else None
        )
        self._groups = _Groups(evaluation, ceiling.per)
        self._sizes = self._groups.sizes(self._scope)
        self._total = len(graph) if self._scope is None else len(self._scope)
        self._limits: dict[Group, int] = {}
        self.counts: dict[Group, int] = {}
        self.eligible: dict[Group, int] = {}
        self.beyond: dict[Group, list[Promotion]] = {}
        self.last: dict[Group, Promotion] = {}

    def groups(self, promotion: Promotion) -> Sequence[Group]:
        """The groups in which this ceiling counts `promotion`."""
        if self.ceiling.star and promotion.star != self.ceiling.star:
            return ()
        if self._scope is not None and promotion.module not in self._scope:
            return ()
        return self._groups.of(promotion)

    def size(self, group: Group) -> int:
        """How many live modules are in the scope and `group`; stars divide no modules."""
        return self._total if self.ceiling.per in {"", "star"} else self._sizes.get(group, 0)

    def limit(self, group: Group) -> int:
        """The largest number of promotions that the ceiling allows in `group`."""
        if group not in self._limits:
            self._limits[group] = allowed(self.ceiling.amount, self.size(group))
        return self._limits[group]

    def is_full(self, group: Group) -> bool:
        return self.counts.get(group, 0) >= self.limit(group)

    def ask(self, promotion: Promotion) -> None:
        """Counts `promotion` as one that would like to be taken."""
        for group in self.groups(promotion):
            self.eligible[group] = self.eligible.get(group, 0) + 1

    def add(self, promotion: Promotion, group: Group) -> None:
        if self.is_full(group):
            self.beyond.setdefault(group, []).append(promotion)
        self.counts[group] = self.counts.get(group, 0) + 1
        self.last[group] = promotion


class _Groups:
    """The groups of a `per` clause."""

    def __init__(self, evaluation: Evaluation, per: str) -> None:
        self._graph = evaluation.graph
        self._per = per
        self._column = self._graph.columns.get(per)
        source = self._graph.profile.facet(per)
        self._group_missing = source is None or source.group_missing

    def of(self, promotion: Promotion) -> Sequence[Group]:
        if self._per == "":
            return ("",)
        if self._per == "star":
            return (promotion.star,)
        return self._values(promotion.module)

    def _values(self, module: int) -> Sequence[Group]:
        # By spelling, as `is` compares: JSON's true is not 1, and 1.0 is.
        values = map(spelling, self._column.of(module) if self._column else ())
        return tuple(dict.fromkeys(values)) or ((MISSING,) if self._group_missing else ())

    def sizes(self, scope: set[int] | None) -> dict[Group, int]:
        if self._per in {"", "star"}:
            return {}
        counts: dict[Group, int] = {}
        for module in sorted(scope) if scope is not None else range(len(self._graph)):
            for group in self._values(module):
                counts[group] = counts.get(group, 0) + 1
        return counts


class FloorLedger:
    """One floor: how many modules may still leave the default star."""

    def __init__(self, evaluation: Evaluation, floor: Floor) -> None:
        self.floor = floor
        self.modules = len(evaluation.graph)
        default = evaluation.rules.default.id
        kinds = [carried.primary == default for carried in evaluation.carried_kinds]
        self.before = sum(kinds[code] for code in evaluation.carried_codes)
        joining = sum(
            evaluation.rules.assigns[number].star == default
            and evaluation.carried(module).primary != default
            for module, number in evaluation.assigned.items()
        )
        self.after = self.before + joining
        self.needed = needed(floor.amount, self.modules)
        self.eligible = 0
        self.beyond: list[Promotion] = []
        self.last: Promotion | None = None

    def ask(self, promotion: Promotion) -> None:
        """Counts `promotion` as one that would like to be taken."""
        self.eligible += promotion.leaves_default

    def is_full(self, promotion: Promotion) -> bool:
        return promotion.leaves_default and self.after <= self.needed

    def add(self, promotion: Promotion) -> None:
        if not promotion.leaves_default:
            return
        if self.after <= self.needed:
            self.beyond.append(promotion)
        self.after -= 1
        self.last = promotion


def named(group: Group) -> str:
    """A group in words: `(missing)` for modules without the facet."""
    return "(missing)" if group is None else group


def allowed(amount: Amount, modules: int) -> int:
    """The largest number of promotions n with n * 100 <= P * modules, or N itself."""
    return int(amount.value * modules / 100) if amount.percent else int(amount.value)


def needed(amount: Amount, modules: int) -> int:
    """The smallest number of modules n with n * 100 >= P * modules, or N itself."""
    exact = amount.value * modules / 100 if amount.percent else amount.value
    return -int(Fraction(-exact) // 1)
