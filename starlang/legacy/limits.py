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

from starlang.legacy.old_file import OldDocument, Steps
from starlang.matching import globs
from starlang.text import shown_value

_MOST = 16
"""Globs that one pattern may become."""

RUN, STAR, STARS, FLOOR = (
    "max_promotions_run",
    "max_promotions_per_star",
    "max_stars_per_module",
    "min_supporting_percentage",
)
"""The keys of `limits`."""

USUAL = {RUN: Decimal(800), STAR: Decimal(200), STARS: Decimal(2), FLOOR: Decimal(55)}
"""What an import writes where the old file has no limits."""

NEVER, FORCE = "do_not_promote", "force_promote"


def ceilings(limits: Mapping[str, Decimal], default: str) -> list[str]:
    """The limits as lines of a `ceilings` block; a breach stops the run."""
    lines = {
        RUN: "at most {:f} promoted",
        STAR: "at most {:f} promoted per star",
        STARS: "at most {:f} stars per module",
        FLOOR: f"at least {{:f}}% {default}",
    }
    found = (line.format(limits[key].normalize()) for key, line in lines.items() if key in limits)
    return [*found, "on breach abort"]


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


def read_exceptions(value: object, document: OldDocument) -> Exceptions:
    """The records of a `star_rules_exceptions.json`. Reports E901 to E903 and E909."""
    members = document.well_formed(value, "star_rules_exceptions")
    barred, forced = members.get(NEVER) or (), members.get(FORCE) or {}
    return Exceptions(
        document.name,
        tuple(made for index, each in enumerate(barred) for made in _barred(each, index, document)),
        tuple(made for path, each in forced.items() for made in _forced(path, each, document)),
    )


def _barred(pattern: str | None, index: int, document: OldDocument) -> Iterator[Barred]:
    if pattern is None:
        return
    found = globs_of(pattern)
    if isinstance(found, str):
        message = f"the glob {shown_value(pattern)} cannot be carried: {found}"
        hint = "write it with `*`, such as `experiments/*`, or list the paths"
        document.report((NEVER, index), "E909", message, hint=hint)
    else:
        yield Barred(pattern, *found)


def _forced(path: str, entry: Mapping[str, str] | None, document: OldDocument) -> Iterator[Forced]:
    problem = globs.problem(path)
    if problem is None and globs.has_wildcard(path):
        problem = "it has a wildcard, and one module is meant"
    if problem is not None:
        message = f"{shown_value(path)} is not the path of a module: {problem}"
        document.report((FORCE, path), "E909", message, hint="write its path", at_key=True)
    elif entry and entry["star"] and entry["reason"]:
        yield Forced(path, entry["star"], entry["reason"], (FORCE, path, "star"))


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
