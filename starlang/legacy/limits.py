"""How far a run may go, and which modules it leaves or sets: `limits` and the exceptions' file.

`limits` stands in the old rule file. The exceptions have a file of their own, which lists globs
that Python's `fnmatch` compared with the path of a module: there `*` and `?` go over `/`, and a
pattern without a wildcard is one path. Globs of rule files stay inside a segment, and cover what
lies below where they have no wildcard, so a pattern is written as the globs that say the same.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from attrs import field, frozen

from starlang.legacy.old_file import Shapes, Steps
from starlang.matching import globs
from starlang.text import shown_value

_WHOLE = 100
_MOST = 16
"""Globs that one pattern may become."""

RUN, STAR, STARS, FLOOR = (
    "max_promotions_run",
    "max_promotions_per_star",
    "max_stars_per_module",
    "min_supporting_percentage",
)
LIMITS = (RUN, STAR, STARS, FLOOR)
"""The keys of `limits`."""

NEVER, FORCE = "do_not_promote", "force_promote"


@frozen
class Limits:
    """What `limits` says; None where it says nothing. `floor` is in percent."""

    promoted: int | None = None
    per_star: int | None = None
    stars: int | None = None
    floor: Decimal | None = None

    def lines(self, default: str) -> list[str]:
        """The limits as lines of a `ceilings` block; a breach stops the run."""
        found = (
            ("at most {} promoted", self.promoted),
            ("at most {} promoted per star", self.per_star),
            ("at most {} stars per module", self.stars),
            (f"at least {{}}% {default}", None if self.floor is None else _plain(self.floor)),
        )
        return [*(text.format(n) for text, n in found if n is not None), "on breach abort"]


USUAL = Limits(promoted=800, per_star=200, stars=2, floor=Decimal(55))
"""What an import writes where the old file has no limits."""


def read_limits(document: object, shapes: Shapes) -> Limits | None:
    """The limits of the old file, None where it has none. Reports E901, E902 and E904."""
    value = document.get("limits") if isinstance(document, dict) else None
    if value is None:
        return None
    members = shapes.record(value, ("limits",), LIMITS)
    promoted, per_star, stars = (
        _count(shapes, members, key, least) for key, least in ((RUN, 0), (STAR, 0), (STARS, 1))
    )
    return Limits(promoted, per_star, stars, _percentage(shapes, members))


def _count(shapes: Shapes, members: Mapping[str, object], key: str, least: int) -> int | None:
    value = members.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    message = f"`{key}` is {shown_value(value)}, and it must be a whole number from {least} on"
    shapes.report(("limits", key), "E904", message, hint="write a number like 200")
    return None


def _percentage(shapes: Shapes, members: Mapping[str, object]) -> Decimal | None:
    value = members.get(FLOOR)
    if value is None:
        return None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        found = Decimal(str(value))
        if 0 <= found <= _WHOLE and found == round(found, 6):
            return found
    message = (
        f"`{FLOOR}` is {shown_value(value)}, and it must be a percentage with at most six places"
    )
    shapes.report(("limits", FLOOR), "E904", message, hint="write a number like 55.0")
    return None


def _plain(value: Decimal) -> str:
    """A decimal without an exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@frozen
class Barred:
    """A pattern of `do_not_promote` as globs with a wildcard, and as paths without one."""

    pattern: str
    globs: tuple[str, ...]
    paths: tuple[str, ...]

    def covers(self, path: str) -> bool:
        """Whether it is about the module at `path`."""
        return path in self.paths or any(globs.covers(glob, path) for glob in self.globs)


@frozen
class Forced:
    """An entry of `force_promote`: `star` is an id, a label or an alias."""

    path: str
    star: str
    reason: str
    steps: Steps = field(eq=False, default=())


@frozen
class Exceptions:
    """What a `star_rules_exceptions.json` says; `name` is how the file is called."""

    name: str = ""
    barred: tuple[Barred, ...] = ()
    forced: tuple[Forced, ...] = ()

    def both(self, barred: Barred) -> list[str]:
        """The paths that are forced although `barred` is about them: they get their star."""
        return [each.path for each in self.forced if barred.covers(each.path)]


def read_exceptions(document: object, shapes: Shapes) -> Exceptions:
    """The records of a `star_rules_exceptions.json`. Reports E901 to E903 and E909."""
    members = shapes.record(document, (), (NEVER, FORCE))
    return Exceptions(
        shapes.file.rpartition("/")[2],
        tuple(_barred(shapes, members.get(NEVER))),
        tuple(_forced(shapes, members.get(FORCE))),
    )


def _barred(shapes: Shapes, value: object) -> Iterator[Barred]:
    for pattern, steps in shapes.texts(value, NEVER):
        found = globs_of(pattern)
        if isinstance(found, str):
            message = f"the glob {shown_value(pattern)} cannot be carried: {found}"
            hint = "write it with `*`, such as `experiments/*`, or list the paths"
            shapes.report(steps, "E909", message, hint=hint)
        else:
            yield Barred(pattern, *found)


def _forced(shapes: Shapes, value: object) -> Iterator[Forced]:
    for path, entry in shapes.mapping(value, (FORCE,)).items():
        steps = (FORCE, path)
        known = ("star", "reason")
        members = shapes.record(entry, steps, known, required=known)
        star, reason = (shapes.text(members, key, steps) for key in known)
        problem = globs.problem(path)
        if problem is None and globs.has_wildcard(path):
            problem = "it has a wildcard, and one module is meant"
        if problem is not None:
            message = f"{shown_value(path)} is not the path of a module: {problem}"
            shapes.report(steps, "E909", message, hint="write its path", at_key=True)
        elif star and reason:
            yield Forced(path, star, reason, (*steps, "star"))


def globs_of(pattern: str) -> tuple[tuple[str, ...], tuple[str, ...]] | str:
    """The globs and paths that `fnmatch` finds `pattern` in, and no others; or a problem."""
    if "[" in pattern:
        return "it has a class of characters (`[…]`)"
    parts = re.findall(r"\*+|[^*]", pattern)
    found = [""]
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        found = [made for before in found for made in _longer(before, part, following)]
        if len(found) > _MOST:
            return "it has too many wildcards inside of names"
    problems = [problem for each in found if (problem := globs.problem(each))]
    if problems:
        return problems[0]
    wild = tuple(each for each in found if globs.has_wildcard(each))
    return wild, tuple(each for each in found if not globs.has_wildcard(each))


def _longer(before: str, part: str, following: str) -> Iterator[str]:
    """`before`, and then `part`: a wildcard stays inside a segment, or goes over some of them."""
    is_start, is_end = before[-1:] in {"", "/"}, following in {"", "/"}
    if part.startswith("*"):
        if not following or (is_start and is_end):
            yield f"{before}*/**"  # `x/**` is also `x`
        elif is_start:
            yield f"{before}**/*"
        else:
            yield f"{before}*"
            yield f"{before}*/**{'' if is_end else '/*'}"
    elif part == "?":
        yield f"{before}?"
        if not is_start and not is_end:
            yield f"{before}/"
    else:
        yield before + part
