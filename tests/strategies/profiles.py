"""Profiles for tests: stars at plain pointers, and one shape."""

from collections.abc import Sequence

from attrs import evolve

from starlang.manifests.profile import FacetSource, Place, Profile, Shape, StarShape, ValueType


def star_shape(  # noqa: PLR0913 -- the keys of `[stars]`
    primary: str = "",
    secondary: str = "",
    every: str = "",
    confidence: str = "",
    secondary_allowed: tuple[str, ...] | None = None,
    *,
    is_optional: bool = True,
) -> StarShape:
    """Where stars are, by pointers; `every` is `all`."""
    return StarShape(
        primary=Place("star", (primary,)) if primary else None,
        secondary=Place("star", (f"{secondary}/*",)) if secondary else None,
        all=Place("star", (f"{every}/*",)) if every else None,
        confidence=Place("star", (confidence,), type=ValueType.ANY) if confidence else None,
        secondary_allowed=secondary_allowed,
        is_optional=is_optional,
    )


def profile_of(  # noqa: PLR0913 -- the keys of a profile
    stars: StarShape,
    facets: Sequence[FacetSource] = (),
    *,
    name: str = "test",
    module_name: str = "",
    path: str = "",
    file_name: str = "module.manifest.json",
) -> Profile:
    """A profile with one shape."""
    shape = Shape(
        stars,
        module_name=Place("name", (module_name,)) if module_name else None,
        path=Place("path", (path,)) if path else None,
    )
    return Profile(name, (shape,), file_names=(file_name,), facets=tuple(facets))


def with_stars(profile: Profile, stars: StarShape) -> Profile:
    """`profile` with stars at other places."""
    return evolve(profile, shapes=(evolve(profile.shapes[0], stars=stars),))
