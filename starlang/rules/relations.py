"""Tests over what surrounds a module: the modules in relation to it, the events that it names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, Self

from attrs import evolve, frozen

from starlang.matching.globs import problem as glob_problem
from starlang.matching.sight import Span
from starlang.rules.predicate import Predicate
from starlang.rules.shapes import (
    CanonicalJson,
    MalformedError,
    Members,
    a_count,
    a_text,
    an_object,
    asked_by,
    record,
    texts_of,
)
from starlang.rules.spelling import (
    EVENTS,
    GRAPH_PREFIX,
    IN_CYCLE,
    RELATIONS,
    Scalar,
    facet_text,
    listed,
    whole,
)


class Where(Protocol):
    """A condition that neighbours must meet. It is made of tests as this one is a part of it.

    `starlang.rules.conditions.where_of` knows it as a condition.
    """

    def words(self) -> str: ...

    def normal(self) -> "Where": ...

    def to_json(self) -> CanonicalJson: ...


@frozen(repr=False)
class OfGraph(Predicate):
    """A test of what surrounds a module. `facet` says which, after `graph:`.

    No manifest is asked to change it.
    """

    def is_certain(self) -> bool:
        return False

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- it is about no text
        return ()

    def witnesses(self) -> Iterator[Scalar]:
        return iter(())

    def turns_at(self) -> int:
        return 0

    def named(self) -> Iterator[tuple[str, bool]]:
        return iter(())

    def _faults(self, known: Sequence[str]) -> Iterator[str]:
        if self.facet.removeprefix(GRAPH_PREFIX) not in known or GRAPH_PREFIX not in self.facet:
            yield f"`{self.facet}` is not a relation"


@frozen(repr=False)
class OfRelation(OfGraph):
    """A test that counts what surrounds a module: at least `count`, or `at_most`."""

    count: int = 1
    at_most: bool = False

    def is_enough(self, found: int) -> bool:
        """Whether the test holds where `found` of its kind were counted."""
        return found <= self.count if self.at_most else found >= self.count

    def showing(self) -> Self:
        return evolve(self, count=1, at_most=False) if self.at_most else self

    def is_lasting(self) -> bool:
        return not self.at_most

    def _faults(self, known: Sequence[str]) -> Iterator[str]:
        yield from super()._faults(known)
        if self.count < (0 if self.at_most else 1):
            yield "a number of neighbours is out of range"

    def _bound_words(self) -> Sequence[str]:
        """How many are asked for, unless it is at least one."""
        if self.at_most:
            return (f"at most {self.count}",)
        return (f"at least {self.count}",) if self.count > 1 else ()

    def _bound_json(self) -> Mapping[str, CanonicalJson]:
        return {"at_most" if self.at_most else "at_least": self.count}


@frozen(repr=False)
class Events(OfRelation):
    """The module names at least (or `at_most`) `count` different events that `names` cover.

    A name that ends in `*` covers every event that begins so; no names cover all. The
    events are the values of the facet, `graph:publishes` or `graph:subscribes`.
    """

    names: tuple[str, ...] = ()

    key = "events"

    def holds(self, values: Sequence[Scalar]) -> bool:
        return self.is_enough(sum(map(self.meets, values)))

    def meets(self, value: Scalar) -> bool:
        if not isinstance(value, str):
            return False
        return not self.names or any(_covers_event(name, value) for name in self.names)

    def spans(self, value: Scalar) -> Sequence[Span]:
        return whole(value) if self.meets(value) else ()

    def words(self) -> str:
        names = [listed(self.names)] if self.names else []
        return " ".join((facet_text(self.facet), *self._bound_words(), *names))

    def to_json(self) -> CanonicalJson:
        asked = {**self._bound_json(), "names": list(self.names)}
        return {"facet": self.facet, self.key: asked}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, asked = asked_by(cls.key, members)
        inner = an_object(asked)
        bound = _bound(inner)
        record(inner, {bound, "names"})
        return cls(facet, a_count(inner[bound]), bound == "at_most", texts_of(inner["names"]))

    def faults(self) -> Iterator[str]:
        return self._faults(EVENTS)


@frozen(repr=False)
class Neighbours(OfRelation):
    """At least (or `at_most`) `count` other modules stand to this one in a relation.

    `facet` names the relation: `graph:` and one of `RELATIONS`. Only modules that carried
    `star` before the run count if `standing` is `currently`, only those that reach it if
    it is `reaching`; of these only those under one of `globs`, if there are any, and that
    meet `where`, a condition without relations. Values say nothing about it:
    `starlang.engine.evaluate` decides it.
    """

    standing: str = ""
    star: str = ""
    globs: tuple[str, ...] = ()
    where: Where | None = None

    key = "modules"

    def holds(self, values: Sequence[Scalar]) -> bool:  # noqa: ARG002 -- it looks at no value
        return False

    def meets(self, value: Scalar) -> bool:  # noqa: ARG002 -- the same
        return False

    def spans(self, value: Scalar) -> Sequence[Span]:  # noqa: ARG002 -- the same
        return ()

    def words(self) -> str:
        star = [self.standing, self.star] if self.standing else []
        under = ["under", listed(self.globs)] if self.globs else []
        where = [f"where ({self.where.words()})"] if self.where else []
        relation = facet_text(self.facet)
        return " ".join((relation, *self._bound_words(), "modules", *star, *under, *where))

    def normal(self) -> Self:
        where = None if self.where is None else self.where.normal()
        return evolve(super().normal(), where=where)

    def to_json(self) -> CanonicalJson:
        star = {self.standing: self.star} if self.standing else {}
        where = {"where": self.where.to_json()} if self.where else {}
        asked = {**self._bound_json(), **star, "under": list(self.globs), **where}
        return {"facet": self.facet, self.key: asked}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        """The test without `where`, which is a condition and read as one (`conditions`)."""
        facet, asked = asked_by(cls.key, members)
        inner = an_object(asked)
        bound = _bound(inner)
        standing = next((word for word in ("currently", "reaching") if word in inner), "")
        record(inner, {bound, "under", *([standing] if standing else [])})
        star = a_text(inner[standing]) if standing else ""
        globs = texts_of(inner["under"])
        return cls(facet, a_count(inner[bound]), bound == "at_most", standing, star, globs)

    def faults(self) -> Iterator[str]:
        yield from self._faults(RELATIONS)
        yield from (f"`{glob}` is not a valid glob" for glob in self.globs if glob_problem(glob))


@frozen(repr=False)
class InCycle(OfGraph):
    """The module uses itself through other modules.

    Values say nothing about it: `starlang.engine.evaluate` decides it.
    """

    key = "cycle"

    def holds(self, values: Sequence[Scalar]) -> bool:  # noqa: ARG002 -- it looks at no value
        return False

    def meets(self, value: Scalar) -> bool:  # noqa: ARG002 -- the same
        return False

    def spans(self, value: Scalar) -> Sequence[Span]:  # noqa: ARG002 -- the same
        return ()

    def words(self) -> str:
        return IN_CYCLE

    def denied_words(self) -> str:
        return f"not {IN_CYCLE}"

    def showing(self) -> Self:
        return self

    def is_lasting(self) -> bool:
        return True

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: True}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, asked = asked_by(cls.key, members)
        if asked is not True:
            raise MalformedError("true was expected")
        return cls(facet)

    def faults(self) -> Iterator[str]:
        yield from self._faults((IN_CYCLE,))


def in_cycle() -> InCycle:
    """The one test of its kind."""
    return InCycle(f"{GRAPH_PREFIX}{IN_CYCLE}")


def _bound(members: Members) -> str:
    """The member that says how many; "" where there is none, which `record` then refuses."""
    return next((name for name in ("at_least", "at_most") if name in members), "")


def _covers_event(name: str, event: str) -> bool:
    return event.startswith(name[:-1]) if name.endswith("*") else event == name
