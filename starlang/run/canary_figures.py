"""What a reviewer decides from, counted: groups, shares, what is weakest, who is affected."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property

from attrs import frozen

from starlang.engine.decisions import Outcome
from starlang.explain.model import Explanation
from starlang.explain.words import exact, why
from starlang.plan.model import Alike, CeilingLine, Plan, alike, rules_for_best, score_of
from starlang.run.planned import Planned, Rewriting
from starlang.text import Json

LEFT = (Outcome.DEFERRED, Outcome.CONTESTED, Outcome.SUGGESTED)
"""Outcomes of modules that nearly got a star: whoever approves the others should know them."""

TOP = "top directory"
"""What the division by the first segment of a path is called; no facet has a blank in its name."""

CODE = "source code"
"""What is known of the code of a module: another thing that no facet can be called."""

HIGHEST = "T1"
"""The tier that the profiles that ship with the program call the highest."""


@frozen
class StarShare:
    """A star, and how many of `total` modules carry it; `floor`: how many of them must.

    Before the run there are `total_before` modules: fewer where it makes manifests.
    """

    star: str
    before: int
    after: int
    total: int
    total_before: int
    floor: CeilingLine | None = None

    @property
    def moves(self) -> bool:
        """Whether the run changes how many modules carry the star."""
        return self.before != self.after


@frozen
class Weighed:
    """A module with what makes it worth a look.

    `spare` is the smallest change of its scores, in 10^-6, that would decide it in another way:
    down to the threshold, or to the runner-up and the margin; None where no evidence decides.
    `marks` say why it comes first: a critical prefix, the highest tier.
    """

    each: Explanation
    spare: int | None
    marks: tuple[str, ...]


@frozen
class Affected:
    """One value of a facet: how many modules have it, would change, and are held back."""

    value: str
    modules: int
    changing: int
    held: int


@frozen(eq=False, slots=False)
class Figures:
    """Everything that is counted from a plan, each once at most.

    `code`: module -> what its source is, of those that are listed, where that is known.
    """

    planned: Planned
    critical: tuple[str, ...]
    code: Mapping[str, str]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The facets of the profile that some manifest has, owner and tier first."""
        columns = self.planned.graph.columns
        found = [each.name for each in self.planned.graph.profile.facets if each.name in columns]
        ordered = sorted(found, key=lambda name: (name not in {"owner", "tier"}, name))
        return (*ordered, CODE) if self.code else tuple(ordered)

    @cached_property
    def changing(self) -> tuple[Explanation, ...]:
        """The modules whose stars change, by path; also those of manifests that are made."""
        plan = self.planned.plan
        return tuple(plan[each.module] for each in self.planned.changes if each.edits)

    @cached_property
    def created(self) -> tuple[Rewriting, ...]:
        """The manifests that are made, by path."""
        return tuple(each for each in self.planned.rewritings if each.path in self.planned.created)

    @cached_property
    def outcomes(self) -> Mapping[Outcome, int]:
        """How many modules have each outcome; those that none has are left out."""
        counts = Counter(each.outcome for each in self.planned.plan)
        return {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}

    @cached_property
    def groups(self) -> tuple[Alike, ...]:
        """What changes, in groups of modules that are decided alike."""
        return tuple(alike(self.changing))

    def left(self, outcome: Outcome) -> tuple[Alike, ...]:
        """The same of the modules with `outcome`, one of `LEFT`."""
        return self._left[outcome]

    @cached_property
    def _left(self) -> Mapping[Outcome, tuple[Alike, ...]]:
        return {each: tuple(alike(self.planned.plan.of(each))) for each in LEFT}

    @cached_property
    def shares(self) -> tuple[StarShare, ...]:
        """Every star: those that change most first, then by name."""
        plan = self.planned.plan
        floors = [line for line in plan.ceilings if line.before is not None]
        floor = next((line for line in floors if line.modules == len(plan)), None)
        default = self.planned.rules.default.id
        found = [
            StarShare(
                star,
                plan.before.get(star, 0),
                plan.after.get(star, 0),
                len(plan),
                plan.modules_before,
                floor if star == default else None,
            )
            for star in plan.before.keys() | plan.after.keys()
        ]
        return tuple(
            sorted(found, key=lambda each: (-abs(each.after - each.before), -each.after, each.star))
        )

    @cached_property
    def weighed(self) -> tuple[Weighed, ...]:
        """What changes, in the order to look at: critical or of the highest tier, then weakest."""
        found = [Weighed(each, spare(each), self.marks(each.path)) for each in self.changing]
        return tuple(sorted(found, key=_first_to_look_at))

    @cached_property
    def marked(self) -> int:
        """How many of what changes is critical or of the highest tier."""
        return sum(bool(each.marks) for each in self.weighed)

    def marks(self, path: str) -> tuple[str, ...]:
        """Why the module at `path` deserves a look before others."""
        under = [
            f"under {each}/"
            for each in self.critical
            if path == each or path.startswith(f"{each}/")
        ]
        highest = [f"tier {HIGHEST}"] if HIGHEST in self.facets(path).get("tier", ()) else []
        return (*under, *highest)

    def facets(self, path: str) -> Mapping[str, tuple[str, ...]]:
        """Facet -> its values in the manifest of a module; facets without a value are left out."""
        number = self.planned.graph.index[path]
        columns = self.planned.graph.columns
        found = ((name, columns[name].of(number)) for name in self.names if name != CODE)
        facets = {name: tuple(map(str, values)) for name, values in found if values}
        return {**facets, CODE: (self.code[path],)} if path in self.code else facets

    def by(self, name: str) -> tuple[Affected, ...]:
        """The values of a facet, or of `TOP`, those with the most changes first.

        A module with two values counts under both, one without any under "".
        """
        values = self._values_of(name)
        counts = [
            Counter(value for each in modules for value in values(each.path))
            for modules in (
                self.planned.plan,
                self.changing,
                self.planned.plan.of(Outcome.DEFERRED),
            )
        ]
        modules, changing, held = counts
        order = sorted(changing | held, key=lambda each: (-changing[each], -held[each], each))
        return tuple(Affected(each, modules[each], changing[each], held[each]) for each in order)

    def _values_of(self, name: str) -> Callable[[str], tuple[str, ...]]:
        if name == TOP:
            return lambda path: (path.partition("/")[0],)
        if name == CODE:
            return lambda path: (self.code[path],) if path in self.code else ()
        column, index = self.planned.graph.columns[name], self.planned.graph.index
        return lambda path: tuple(map(str, column.of(index[path]))) or ("",)


def spare(each: Explanation) -> int | None:
    """What decides a promotion, in 10^-6: the smaller of its leads; None without evidence.

    The leads are those over the threshold, and over the runner-up beyond the margin.
    """
    if each.best is None or each.outcome is Outcome.ASSIGNED:
        return None
    over_threshold = each.best.score - each.promote_at
    if each.runner_up is None:
        return over_threshold
    return min(over_threshold, each.lead - each.margin)


def telling(plan: Plan) -> list[CeilingLine]:
    """The limits and floors of a plan that have counted anything."""
    return [
        line for line in plan.ceilings if line.count or line.before is not None or not line.holds
    ]


def _first_to_look_at(each: Weighed) -> tuple[bool, bool, int, str]:
    by_hand = each.spare is None
    return (not each.marks, by_hand, each.spare or 0, each.each.path)


def figures_json(figures: Figures) -> dict[str, Json]:
    """The figures as plain data; amounts are decimal strings with six places."""
    return {
        "outcomes": {outcome.value: count for outcome, count in figures.outcomes.items()},
        "groups": [_group_json(each) for each in figures.groups],
        "left": [_left_json(each) for outcome in LEFT for each in figures.planned.plan.of(outcome)],
    }


def weight_json(figures: Figures, each: Explanation) -> dict[str, Json]:
    """What a module that changes has to spare, what marks it, and its facets."""
    found = spare(each)
    facets: dict[str, Json] = {
        name: list(values) for name, values in figures.facets(each.path).items()
    }
    return {
        "spare": None if found is None else exact(found),
        "marks": list(figures.marks(each.path)),
        "facets": facets,
    }


def _group_json(group: Alike) -> dict[str, Json]:
    return {
        "outcome": group.first.outcome.value,
        "star": group.star,
        "score": exact(group.score),
        "rules": [row.rule for row in rules_for_best(group.first)],
        "modules": len(group.modules),
    }


def _left_json(each: Explanation) -> dict[str, Json]:
    return {
        "path": each.path,
        "outcome": each.outcome.value,
        "star": each.best.star if each.best else None,
        "score": exact(score_of(each)),
        "why": why(each),
    }
