"""The plan: what a run would do to every module."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import frozen

from starlang.api.module import Module
from starlang.api.tables import Table, Tabular, amounts_of, named
from starlang.api.values import ReadOnly, Shown, amount, refuse_type, shortened
from starlang.diagnostics.model import Diagnostic
from starlang.engine.decisions import Outcome
from starlang.errors import UnknownNameError
from starlang.plan import model
from starlang.tables.model import Table as Rows
from starlang.tables.model import TableOf
from starlang.text import Json, counted, did_you_mean

if TYPE_CHECKING:
    from starlang.tables.plan import Listed

Value = None | bool | int | Decimal | str | tuple["Value", ...]
"""A value of a manifest in an edit."""


@frozen(repr=False)
class Edit(Shown):
    """One value of one manifest that would change.

    `pointer` is a JSON pointer (RFC 6901); `old` is None where nothing is there yet.
    `before` is the SHA-256 of the file that the edit was computed from.
    """

    file: str
    pointer: str
    old: Value
    new: Value
    before: str

    def _words(self) -> str:
        return f"{shortened(self.file)} {self.pointer} {self.new!r}"


def _fixed(value: Json) -> Value:
    """A value that cannot be changed: an array is a tuple."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(_fixed, value))
    return value if isinstance(value, int | str) else None


@frozen(repr=False)
class Beyond(Shown):
    """A promotion past a limit: the module, the star that it would gain, and its score."""

    path: str
    star: str
    score: Decimal

    def _words(self) -> str:
        return f"{shortened(self.path)} {self.star} {self.score}"


@frozen(repr=False)
class Ceiling(Shown):
    """A ceiling, one of its groups, or a floor, after the run.

    For a floor `count` is the number of modules on the default star, `limit` the number
    needed, and `before` the number before the run (None for a ceiling). `group` is the star
    or the value of a facet that the ceiling counts apart, or "". `modules` are those of its
    scope. `beyond` are the promotions that break it. `place` is `file:line:column`.
    """

    ceiling: str
    group: str
    count: int
    limit: int
    modules: int
    holds: bool
    before: int | None
    beyond: tuple[Beyond, ...]
    place: str

    def _words(self) -> str:
        group = f" ({self.group})" if self.group else ""
        holds = "holds" if self.holds else "is breached"
        return f"`{self.ceiling}`{group}: {self.count:,} of {self.limit:,}, {holds}"


def ceiling_of(line: model.CeilingLine) -> Ceiling:
    """A line of a plan as the library gives it."""
    beyond = (Beyond(each.path, each.star, amount(each.score)) for each in line.beyond)
    return Ceiling(
        line.ceiling,
        line.group,
        line.count,
        line.limit,
        line.modules,
        line.holds,
        line.before,
        tuple(beyond),
        line.at,
    )


@frozen(repr=False)
class Decided(Shown):
    """A decision in short: the outcome, and the star that it is about with its score."""

    outcome: Outcome
    star: str | None
    score: Decimal

    def _words(self) -> str:
        return f"{self.outcome.value} {self.star or ''} {self.score}"


def _decided(decided: model.Decided) -> Decided:
    return Decided(decided.outcome, decided.star, amount(decided.score))


@frozen(repr=False)
class NeighbourChange(Shown):
    """A module that is decided differently because of its neighbours or events.

    `without` is the decision if rules and exceptions that read relations are left out, `now`
    the one that is made. `rules` are those of them that hold, `why` says it in one sentence.
    """

    path: str
    without: Decided
    now: Decided
    rules: tuple[str, ...]
    why: str

    def _words(self) -> str:
        return f"{shortened(self.path)}: {self.why}"


@frozen(repr=False)
class Optimum(Shown):
    """Total scores of promotions: of those that stay, and of the best choice at most."""

    kept: Decimal
    bound: Decimal

    def _words(self) -> str:
        return f"{self.kept} of at most {self.bound}"


@frozen(repr=False, eq=False, slots=False)
class Plan(Tabular, Shown):
    """What a run would do to every module, and why: a collection of modules, sorted by path.

    Plans are equal if they were made from the same inputs and say the same.
    """

    _made: model.Plan

    @property
    def digest(self) -> str:
        """`sha256:…` over what the plan was made from and what it decides."""
        return self._listed.digest

    @cached_property
    def _listed(self) -> "Listed":
        """What its tables are read off."""
        from starlang.tables.plan import Listed

        return Listed(self._made, self._made.explanations)

    @property
    def inputs(self) -> ReadOnly[str]:
        """Digests of everything that it was made from."""
        return ReadOnly(self._made.inputs)

    @property
    def reassess(self) -> bool:
        """Whether every module was decided as if it carried the default star."""
        return self._made.reassess

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """What would be written, by file."""
        return tuple(
            Edit(each.file, each.pointer, _fixed(each.old), _fixed(each.new), each.before)
            for each in self._made.edits
        )

    @property
    def before(self) -> ReadOnly[int]:
        """Star -> how many modules carry it now."""
        return ReadOnly(self._made.before)

    @property
    def after(self) -> ReadOnly[int]:
        """Star -> how many modules would carry it after the run."""
        return ReadOnly(self._made.after)

    @property
    def ceilings(self) -> tuple[Ceiling, ...]:
        """Each ceiling with its count and its limit."""
        return tuple(map(ceiling_of, self._made.ceilings))

    @property
    def applyable(self) -> bool:
        """Whether nothing forbids to apply the plan."""
        return self._made.applyable

    @property
    def blocked(self) -> tuple[Diagnostic, ...]:
        """What forbids to apply it."""
        return self._made.blocked

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Further findings."""
        return self._made.warnings

    @property
    def known(self) -> tuple[Diagnostic, ...]:
        """The findings that the config accepts: waivers and baseline."""
        return self._made.known

    @property
    def held_by_sources(self) -> int | None:
        """How many modules lack only sources to be promoted; None where no star asks for any."""
        return self._made.held_by_sources

    @property
    def next_promoted(self) -> int:
        """How many modules a run after this one would promote."""
        return self._made.next_promoted

    @property
    def neighbours(self) -> tuple[NeighbourChange, ...] | None:
        """The modules that are decided differently because of their neighbours.

        Of a reassessment by rules that read relations, else None.
        """
        found = self._made.neighbours
        if found is None:
            return None
        return tuple(
            NeighbourChange(e.path, _decided(e.without), _decided(e.now), e.rules, e.why)
            for e in found
        )

    @property
    def optimum(self) -> Optimum | None:
        """How far the promotions that ceilings let pass may be from the best choice.

        None where they are the best choice.
        """
        found = self._made.optimum
        return None if found is None else Optimum(amount(found.kept), amount(found.bound))

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[Module]:
        return map(Module, self._made)

    def __getitem__(self, path: str) -> Module:
        """The module at `path`; UnknownNameError, which is a KeyError, if there is none."""
        if not isinstance(path, str):
            refuse_type("the path of a module", "a str", path)
        if path not in self._made:
            message = f"there is no module `{shortened(path)}` in the plan"
            raise UnknownNameError(message, self._near(path))
        return Module(self._made[path])

    def _near(self, path: str) -> str:
        """The module that is meant: one whose path ends so, or is spelled almost so."""
        paths = [each.path for each in self._made]
        wanted = path.strip("/")
        inside = next((each for each in paths if f"/{each}".endswith(f"/{wanted}")), None)
        if inside is not None and wanted:
            return f"did you mean `{inside}`?"
        return did_you_mean(path, paths)

    def __contains__(self, module: object) -> bool:
        """Whether a path, or a module, is one of the plan."""
        if isinstance(module, Module):
            return module.path in self._made and Module(self._made[module.path]) == module
        return isinstance(module, str) and module in self._made

    def with_outcome(self, *outcomes: Outcome | str) -> tuple[Module, ...]:
        """The modules with one of `outcomes`, by path.

        UnknownNameError if there is no such outcome.
        """
        wanted = frozenset(map(_outcome, outcomes))
        return tuple(Module(each) for each in self._made if each.outcome in wanted)

    def to_json(self) -> str:
        """`starlang-plan/1`: the text that `starlang plan --format json` prints."""
        from starlang.plan.encoding import encode

        return encode(self._made)

    def table(self, name: str = "modules", *, amounts: str = "decimal") -> Table:
        """A table of the plan: `modules`, `evidence`, `scores`, `deferred`, `edits`, `ceilings`.

        Amounts are exact decimals; with `amounts="float"` floats, with `amounts="micro"`
        integers of 10^-6. UnknownNameError if there is no such table.
        """
        from starlang.tables.plan import PLAN_TABLES

        definition = named(PLAN_TABLES, name)
        return Table(TableOf(definition, self._listed, amounts_of(amounts)))

    def _rows(self) -> Rows:
        from starlang.tables.plan import MODULES

        return TableOf(MODULES, self._listed)

    def __eq__(self, other: object) -> bool:
        return self._made == other._made if isinstance(other, Plan) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from starlang.report.fragments import plan_fragment

        return plan_fragment(self._made)

    def _words(self) -> str:
        state = "applyable"
        if not self.applyable:
            state = f"blocked by {counted(len(self.blocked), 'finding')}"
        edits = counted(len(self._made.edits), "edit")
        return f"{counted(len(self), 'module')}, {edits}, {state}"


def _outcome(name: Outcome | str) -> Outcome:
    if not isinstance(name, str):
        refuse_type("an outcome", "an Outcome or its name", name)
    try:
        return Outcome(name)
    except ValueError:
        names = [each.value for each in Outcome]
        hint = did_you_mean(name, names) or f"the outcomes are {', '.join(names)}"
        raise UnknownNameError(f"there is no outcome `{shortened(name)}`", hint) from None
