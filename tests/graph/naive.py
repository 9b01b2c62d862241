"""What is around modules, found out with networkx and plain loops, to compare the program with.

Who reaches a star is found by asking again for each neighbour, without any order of stars.
"""

from functools import cached_property
from typing import cast

import networkx as nx
from attrs import define, field
from engine.naive import Asked, lacks_sources, raw_score, star_ids, under

from starlang.manifests.graph import ModuleGraph
from starlang.rules.conditions import Condition
from starlang.rules.model import RuleSet
from starlang.rules.relations import Neighbours

Edge = tuple[str, str]


_RELATIONS = (("uses", "used by"), ("inside", "contains"))


@define(eq=False, slots=False)
class Around:
    """The modules of `graph` with the edges `uses`, as `engine.naive` asks for them."""

    rules: RuleSet
    graph: ModuleGraph
    uses: list[Edge]
    reassess: bool = False
    inside: list[Edge] | None = None
    _reached: dict[Edge, bool] = field(factory=dict)

    @cached_property
    def edges(self) -> dict[str, list[Edge]]:
        """The edges of each relation. Inside of what a module lies: the nearest one around it."""
        inside = self.inside or []
        for path in self.graph.paths if self.inside is None else ():
            around = [other for other in self.graph.paths if path.startswith(f"{other}/")]
            inside += [(path, max(around, key=len))] if around else []
        return {"uses": self.uses, "inside": inside}

    @cached_property
    def neighbours(self) -> dict[str, dict[str, list[str]]]:
        """Relation -> path -> the other modules that stand in it, sorted."""
        found: dict[str, dict[str, list[str]]] = {}
        for (there, back), edges in zip(_RELATIONS, self.edges.values(), strict=True):
            joined = nx.DiGraph(edges)
            joined.add_nodes_from(self.graph.paths)
            for relation, seen in ((there, joined), (back, joined.reverse())):
                found[relation] = {
                    path: sorted(other for other in seen.successors(path) if other != path)
                    for path in self.graph.paths
                }
            if "uses" in (there, back):
                found |= {
                    relation: {path: self._over_steps(seen, path) for path in self.graph.paths}
                    for relation, seen in (("depends on", joined), ("needed by", joined.reverse()))
                }
        return found

    @staticmethod
    def _over_steps(edges: "nx.DiGraph[str]", path: str) -> list[str]:
        """The other modules that are reached in one or more steps."""
        return sorted(nx.descendants(edges, path))

    def in_cycle(self, path: str) -> bool:
        used = [other for other in self.neighbours["uses"][path] if other != path]
        return any(path in self.neighbours["depends on"][other] for other in used)

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {path: number for number, path in enumerate(self.graph.paths)}

    def counted(self, test: Neighbours, path: str) -> list[str]:
        near = self.neighbours[test.facet.removeprefix("graph:")][path]
        if test.globs:
            near = [other for other in near if any(under(glob, other) for glob in test.globs)]
        if test.where:
            where = cast("Condition", test.where)
            asked = {o: Asked(self.rules, self.graph, self.numbers[o], self) for o in near}
            near = [other for other in near if asked[other].holds(where)]
        if test.standing == "currently":
            near = [other for other in near if test.star in self.stars(other)]
        elif test.standing:
            near = [other for other in near if self.reaches(other, test.star)]
        return near

    def stars(self, path: str) -> list[str]:
        found = star_ids(self.rules, self.graph.stars[self.numbers[path]])
        return found or [self.rules.default.id]

    def reaches(self, path: str, star: str) -> bool:
        if (path, star) not in self._reached:
            self._reached[path, star] = self._reaches(path, star)
        return self._reached[path, star]

    def _reaches(self, path: str, star: str) -> bool:
        assigned = [each.star for each in self.rules.assigns if each.path == path]
        if assigned:
            return assigned == [star]
        default = self.rules.default.id
        carried = [default] if self.reassess else self.stars(path)
        primary = star_ids(self.rules, self.graph.stars[self.numbers[path]])[:1]
        if star in carried:
            return True
        if not self.reassess and (primary or [default]) != [default]:
            return False
        asked = Asked(self.rules, self.graph, self.numbers[path], self)
        for never in self.rules.nevers:
            is_about = star in never.stars or not never.stars
            if is_about and path not in never.unless_paths and asked.holds(never.condition):
                return False
        rules = [rule for rule in self.rules.rules if rule.star == star]
        rules = [rule for rule in rules if asked.holds(rule.condition)]
        ups = [rule.weight for rule in rules if rule.sign > 0]
        downs = [rule.weight for rule in rules if rule.sign < 0]
        confidence = self.rules.confidence
        needed = dict(confidence.promote_star).get(star, confidence.promote)
        is_enough = raw_score(confidence.combine, ups, downs) >= needed
        return is_enough and not lacks_sources(asked, rules, star)
