"""Where imports begin: the directories of a source that Python's path has in it.

In a source with one root a package is imported by its path. A repository of several projects has
several, such as the `src` of each: `sdk/src/shop/cart` is imported as `shop.cart`, also from
another project. Only the config can say which directories these are (`roots` under `[graph]`):
whatever lies in a directory with packages could be imported from there by some path.

An absolute import is looked for below every root, and is of the longest path that is there; of two
as long, that below the root of the importing file counts, then that of the deeper root, and that
of the source itself last.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cached_property

from attrs import frozen

from starlang.matching.globs import composed, covers, has_wildcard


def undotted(name: str) -> tuple[str, int]:
    """A name without the dots of a relative import, and how many these are."""
    dotted = name.lstrip(".")
    return dotted, len(name) - len(dotted)


def below(above: Sequence[str], dotted: str, level: int) -> list[str] | None:
    """The steps of an import below a source that is the package `above`; None if it is elsewhere.

    A source that is not a package has nothing above it. A relative import has begun below.
    """
    steps = dotted.split(".") if dotted else []
    if level or not above:
        return steps
    return steps[len(above) :] if steps[: len(above)] == list(above) else None


def parts_above(here: str, level: int) -> list[str]:
    """The directory that a relative import in the directory `here` starts from, in parts."""
    parts = here.split("/") if here else []
    return parts[: len(parts) - (level - 1)] if level else []


def most_dots(here: str) -> int:
    """With how many dots an import in the directory `here` still stays in the source."""
    return here.count("/") + 2 if here else 1


@frozen(slots=False)
class Roots:
    """The roots of a source. `above` is the dotted name of a source that is a package itself.

    `further` are directories of the source, the deepest first.
    """

    above: str = ""
    further: tuple[str, ...] = ()

    @cached_property
    def outer(self) -> tuple[str, ...]:
        """The parts of the name of the source, none if it is no package."""
        return tuple(self.above.split(".")) if self.above else ()

    def of(self, path: str) -> str:
        """The deepest root above `path`, `""` for the source."""
        return next((each for each in self.further if path.startswith(f"{each}/")), "")

    def name_of(self, path: str) -> str:
        """How a package is imported; `""` for a source that is none."""
        if root := self.of(path):
            return path[len(root) + 1 :].replace("/", ".")
        return ".".join(filter(None, (self.above, path.replace("/", "."))))

    def places(self, here: str, dotted: str, level: int) -> Iterator[tuple[str, list[str]]]:
        """Each root with the parts below the source that an import would have there.

        The likeliest first; a relative import has one place. What lies beyond the source has none.
        """
        steps = below(self.outer, dotted, level)
        if level:
            if level <= most_dots(here):
                yield "", [*parts_above(here, level), *(steps or ())]
            return
        if self.further:
            own = self.of(f"{here}/")
            for root in sorted(self.further, key=lambda each: each != own):
                yield root, [*root.split("/"), *dotted.split(".")]
        if steps is not None:
            yield "", steps

    def found(
        self, here: str, dotted: str, level: int, known: Container[str], files: Container[str]
    ) -> str | None:
        """The longest path of `known` that an import in the directory `here` leads to.

        A file in a root is of that root, and is not looked for in others.
        """
        best, longest = None, -1
        for root, parts in self.places(here, dotted, level):
            above = root.count("/") + 1 if root else 0
            # A relative import may mean the package that it starts from.
            least = above + (0 if (level or self.outer) and not root else 1)
            for size in range(len(parts), least - 1, -1):
                path = "/".join(parts[:size])
                is_file = bool(root) and size == above + 1 and f"{path}.py" in files
                if path in known or is_file:
                    if size - above > longest:
                        best, longest = root if is_file else path, size - above
                    break
        return best


def closed(directories: Iterable[str]) -> set[str]:
    """These directories and all above them, but for the source itself."""
    found: set[str] = set()
    for each in directories:
        path = each
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found


def roots_below(globs: Sequence[str], above: str, files: Iterable[str]) -> Roots:
    """The directories that `globs` name, of those that `files` lie in or below."""
    directories = closed({file.rpartition("/")[0] for file in files}) if globs else set()
    named = (each for each in directories if any(_names(glob, each) for glob in globs))
    return Roots(above, tuple(sorted(named, key=lambda each: (-each.count("/"), each))))


def naming_nothing(globs: Iterable[str], roots: Roots) -> Iterator[str]:
    """Those of `globs` that name none of the `roots`."""
    return (glob for glob in globs if not any(_names(glob, each) for each in roots.further))


def _names(glob: str, path: str) -> bool:
    """Whether `glob` names the directory itself: what lies beneath is no root by that."""
    return covers(glob, path) if has_wildcard(glob) else composed(path) == composed(glob)
