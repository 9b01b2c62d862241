"""Ceilings counted the plain way: every question is answered from the whole set again."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from attrs import frozen
from engine.naive import find_out, spelled, star_ids, under

from starlang.manifests.graph import ModuleGraph
from starlang.rules.model import Amount, Ceiling, RuleSet


@frozen
class Gain:
    """A star that a module would gain."""

    path: str
    star: str
    score: int
    lead: int = 0
    is_assigned: bool = False
    is_secondary: bool = False
    leaves_default: bool = True


def gains(rules: RuleSet, graph: ModuleGraph) -> list[Gain]:
    """Every star that a module would gain without ceilings, in the order of taking."""
    found: list[Gain] = []
    for module, path in enumerate(graph.paths):
        said = find_out(rules, graph, module)
        carried = (star_ids(rules, graph.stars[module]) or [rules.default.id])[0]
        if said.outcome not in {"promoted", "assigned"} or said.star is None:
            continue
        if said.star in {rules.default.id, carried}:
            continue
        assigned = said.outcome == "assigned"
        score = max(said.raw.get(said.star, 0), 0)
        lead = 0 if assigned else said.lead
        leaves = carried == rules.default.id
        found.append(Gain(path, said.star, score, lead, assigned, leaves_default=leaves))
        for star in said.secondary:
            gain = Gain(path, star, said.raw[star], lead, is_secondary=True, leaves_default=False)
            found.append(gain)
    return sorted(
        found, key=lambda g: (not g.is_assigned, g.is_secondary, -g.score, -g.lead, g.path)
    )


@frozen(eq=False)
class Limits:
    """The ceilings of `rules` over `graph`."""

    rules: RuleSet
    graph: ModuleGraph

    def breached(self, taken: Sequence[Gain]) -> list[tuple[str, str]]:
        """(ceiling, group) of every limit that `taken` is too much for."""
        wrong = []
        for number, ceiling in enumerate(self.rules.ceilings.limits):
            groups = {group for gain in taken for group in self.groups(ceiling, gain)}
            for group in sorted(groups):
                count = sum(group in self.groups(ceiling, gain) for gain in taken)
                if not self.allows(ceiling, group, count):
                    wrong.append((f"limit {number}", group))
        leaving = sum(gain.leaves_default for gain in taken)
        for number, floor in enumerate(self.rules.ceilings.floors):
            after = self.on_default() + self.joining() - leaving
            if leaving and not self._reached(floor.amount, after):
                wrong.append((f"floor {number}", ""))
        return wrong

    def allows(self, ceiling: Ceiling, group: str, count: int) -> bool:
        if not ceiling.amount.percent:
            return count <= ceiling.amount.value
        return count * 100 <= ceiling.amount.value * self._size(ceiling, group)

    def groups(self, ceiling: Ceiling, gain: Gain) -> list[str]:
        if ceiling.star not in {"", gain.star}:
            return []
        if ceiling.globs and not any(under(glob, gain.path) for glob in ceiling.globs):
            return []
        if ceiling.per == "star":
            return [gain.star]
        return self._groups_of(ceiling, self.graph.paths.index(gain.path))

    def _groups_of(self, ceiling: Ceiling, module: int) -> list[str]:
        if not ceiling.per:
            return [""]
        column = self.graph.columns[ceiling.per]
        source = self.graph.profile.facet(ceiling.per)
        assert source is not None
        values = sorted({spelled(value) for value in column.values[column.codes[module]]})
        return values or (["(missing)"] if source.group_missing else [])

    def _size(self, ceiling: Ceiling, group: str) -> int:
        return sum(
            (not ceiling.globs or any(under(glob, path) for glob in ceiling.globs))
            and (ceiling.per in {"", "star"} or group in self._groups_of(ceiling, module))
            for module, path in enumerate(self.graph.paths)
        )

    def on_default(self) -> int:
        return sum(self._carries_default(module) for module in range(len(self.graph)))

    def joining(self) -> int:
        """Modules that an assignment brings to the default star."""
        return sum(
            each.star == self.rules.default.id
            and each.path in self.graph.paths
            and not self._carries_default(self.graph.paths.index(each.path))
            for each in self.rules.assigns
        )

    def _carries_default(self, module: int) -> bool:
        default = self.rules.default.id
        return (star_ids(self.rules, self.graph.stars[module]) or [default])[0] == default

    def _reached(self, amount: Amount, count: int) -> bool:
        share = Fraction(count * 100, len(self.graph)) if amount.percent else Fraction(count)
        return share >= amount.value


def total(taken: Iterable[Gain]) -> int:
    return sum(gain.score for gain in taken)
