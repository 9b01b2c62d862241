"""Conditions: tests joined by `and`, `or` and `not`.

What a test is, its class says (`starlang.rules.predicates`); here is what does not
depend on it. `walk` is the one way over all tests of a condition.

The normal form is one form for all ways to arrange the same parts. `and` and `or` are flat
there, without repeated parts, and sorted; nothing is denied twice. No test is changed but
for the order of its lists, and none is dropped, so an explanation can name the parts as they
were written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import assert_never, cast

from attrs import evolve, frozen

from starlang.rules.predicate import Predicate
from starlang.rules.predicates import PREDICATES, Test
from starlang.rules.relations import Neighbours
from starlang.rules.shapes import CanonicalJson, MalformedError, Members, an_object, compact, each


class Joint:
    """What holds other conditions: it can be asked like a test how it is said and written."""

    def words(self) -> str:
        return condition_text(_joint(self))

    def normal(self) -> "Condition":
        return normal(_joint(self))

    def to_json(self) -> CanonicalJson:
        return condition_json(_joint(self))


def _joint(joint: Joint) -> "Condition":
    return cast("AllOf | AnyOf | Not", joint)


@frozen
class AllOf(Joint):
    """Every part holds; without parts it always holds."""

    parts: tuple["Condition", ...]


@frozen
class AnyOf(Joint):
    """Some part holds; without parts it never holds."""

    parts: tuple["Condition", ...]


@frozen
class Not(Joint):
    """The part does not hold."""

    part: "Condition"


Condition = Test | AllOf | AnyOf | Not


def walk(condition: Condition, *, denied: bool = True) -> Iterator[Test]:
    """All tests of `condition`, with repetitions; those under `not` only if `denied`."""
    match condition:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from walk(part, denied=denied)
        case Not(part=part):
            if denied:
                yield from walk(part)
        case Predicate():
            yield condition
        case _:
            assert_never(condition)


def walk_all(condition: Condition) -> Iterator[Test]:
    """All tests of `condition`, and after each one over neighbours those that they must meet."""
    for test in walk(condition):
        yield test
        where = where_of(test)
        if where is not None:
            yield from walk(where)


def where_of(test: Test) -> Condition | None:
    """What the neighbours must meet that `test` counts; None where it asks nothing of them."""
    return cast("Condition | None", test.where) if isinstance(test, Neighbours) else None


def facets_in(condition: Condition) -> frozenset[str]:
    """The facets and relations that `condition` reads, of the module or of its neighbours."""
    return frozenset(test.facet for test in walk_all(condition))


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The parts that must all hold."""
    return condition.parts if isinstance(condition, AllOf) else (condition,)


# Words


def condition_text(condition: Condition) -> str:  # noqa: PLR0911 -- a table, a case a line
    """`condition` as a rule would say it: `capability is x and not (path under "labs")`."""
    match condition:
        case AllOf(parts=()):
            return "always"
        case AnyOf(parts=()):
            return "never"
        case AllOf(parts=parts):
            return " and ".join(map(_inside, parts))
        case AnyOf(parts=parts):
            return " or ".join(map(_inside, parts))
        case Not(part=Predicate() as test):
            return test.denied_words()
        case Not(part=part):
            return f"not ({condition_text(part)})"
        case Predicate():
            return condition.words()
        case _:
            assert_never(condition)


def _inside(part: Condition) -> str:
    text = condition_text(part)
    is_compound = isinstance(part, AllOf | AnyOf) and len(part.parts) > 1
    return f"({text})" if is_compound else text


# The normal form


def normal(condition: Condition) -> Condition:
    """`condition` in normal form; it holds for exactly the same modules."""
    match condition:
        case AllOf(parts=parts):
            return _joined(AllOf, parts)
        case AnyOf(parts=parts):
            return _joined(AnyOf, parts)
        case Not(part=part):
            inner = normal(part)
            return inner.part if isinstance(inner, Not) else Not(inner)
        case Predicate():
            return condition.normal()
        case _:
            assert_never(condition)


def _joined(join: type[AllOf] | type[AnyOf], parts: Sequence[Condition]) -> Condition:
    flat: set[Condition] = set()
    for part in map(normal, parts):
        flat.update(part.parts if isinstance(part, join) else [part])
    return flat.pop() if len(flat) == 1 else join(tuple(sorted(flat, key=condition_key)))


# Compiled files


def condition_key(condition: Condition) -> str:
    """What the parts of a condition are sorted by."""
    return compact(condition_json(condition))


def condition_json(condition: Condition) -> CanonicalJson:
    """`condition` as JSON: one key that names the test, and what it asks."""
    match condition:
        case AllOf(parts=parts):
            return {"all": list(map(condition_json, parts))}
        case AnyOf(parts=parts):
            return {"any": list(map(condition_json, parts))}
        case Not(part=part):
            return {"not": condition_json(part)}
        case Predicate():
            return condition.to_json()
        case _:
            assert_never(condition)


_DEEPEST = 256
"""Deepest nesting of a condition; the parser allows less, so only a forged file has more."""

_TESTS: Mapping[str, Callable[[Members], Test]] = {test.key: test.from_json for test in PREDICATES}


def condition_from(value: object, depth: int = 0) -> Condition:
    """The condition that a compiled file says, of at most 256 levels; or `MalformedError`."""
    if depth > _DEEPEST:
        raise MalformedError("a condition is nested too deeply")

    def inner(part: object) -> Condition:
        return condition_from(part, depth + 1)

    members = an_object(value)
    name = next((name for name in members if name in _TESTS), None)
    if name == Neighbours.key:
        return _neighbours_from(members, depth)
    if name is not None:
        return _TESTS[name](members)
    if len(members) != 1:
        raise MalformedError("a condition was expected")
    ((joint, parts),) = members.items()
    match joint:
        case "all":
            return AllOf(each(inner, parts))
        case "any":
            return AnyOf(each(inner, parts))
        case "not":
            return Not(inner(parts))
        case _:  # any other name: the file is newer, or forged
            raise MalformedError("a condition was expected")


def _neighbours_from(members: Members, depth: int) -> Neighbours:
    asked = dict(an_object(members[Neighbours.key]))
    where = condition_from(asked.pop("where"), depth + 1) if "where" in asked else None
    test = Neighbours.from_json({**members, Neighbours.key: asked})
    return evolve(test, where=where)
