"""Which manifests are the canary: some of everything, the same every time.

The manifests are divided by the directory at the top. Each division gets its share, at least
one; what is left over by rounding goes to those with the largest remainder. Of those that
change in a division, the same share is taken first: the canary shows what changes, and, with
the others, that nothing else does. Each critical prefix is topped up to the same share.

Inside a division the order is that of SHA-256 over seed and path: nobody chooses, and nothing
changes it but the paths themselves.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import islice

from attrs import frozen

_TOP = "."
"""The division of a manifest that lies in no directory."""


@frozen
class Group:
    """A division, or a critical prefix, as numbers of manifests.

    `size`: all; `changing`: those that the plan changes; `chosen`: those in the canary;
    `written`: those in the canary that change.
    """

    name: str
    size: int
    changing: int
    chosen: int
    written: int


@frozen
class Sample:
    """The canary. `paths` are sorted, and `written` are those of them that the plan changes.

    `critical` has each prefix, also those without manifests.
    """

    paths: tuple[str, ...]
    written: frozenset[str]
    divisions: tuple[Group, ...]
    critical: tuple[Group, ...]

    @property
    def absent(self) -> tuple[str, ...]:
        """The critical prefixes that no manifest lies under."""
        return tuple(each.name for each in self.critical if not each.size)


def sample(
    paths: Iterable[str],
    changing: Collection[str],
    percent: int,
    critical: Sequence[str],
    seed: str = "",
) -> Sample:
    """`percent` of `paths`, and of those that are `changing`, each rounded up.

    More where divisions and prefixes ask for it. Paths are relative to the manifests root.
    """
    ranked = sorted(paths, key=lambda path: (_rank(seed, path), path))
    changes = frozenset(changing)
    chosen: set[str] = set()
    _choose(chosen, [path for path in ranked if path in changes], percent)
    _choose(chosen, ranked, percent)
    under = {prefix: [path for path in ranked if _is_under(path, prefix)] for prefix in critical}
    for each in under.values():
        _fill(chosen, each, -(-len(each) * percent // 100))
    divisions = _divided(ranked)
    return Sample(
        tuple(sorted(chosen)),
        changes & chosen,
        tuple(_group(name, divisions[name], changes, chosen) for name in sorted(divisions)),
        tuple(_group(prefix, each, changes, chosen) for prefix, each in under.items()),
    )


def _divided(ranked: Iterable[str]) -> dict[str, list[str]]:
    divisions: dict[str, list[str]] = {}
    for path in ranked:
        top = path.partition("/")[0] if "/" in path else _TOP
        divisions.setdefault(top, []).append(path)
    return divisions


def _choose(chosen: set[str], ranked: Sequence[str], percent: int) -> None:
    """Brings each division of `ranked` up to its share."""
    divisions = _divided(ranked)
    shares = _shares({name: len(each) for name, each in divisions.items()}, percent)
    for name, each in divisions.items():
        _fill(chosen, each, shares[name])


def _fill(chosen: set[str], ranked: Sequence[str], share: int) -> None:
    """Adds the first of `ranked` that are missing until `share` of them are chosen."""
    missing = max(0, share - len(chosen.intersection(ranked)))
    chosen.update(list(islice((path for path in ranked if path not in chosen), missing)))


def _shares(sizes: Mapping[str, int], percent: int) -> dict[str, int]:
    """How many of each division: one, or its share; what rounding leaves, by remainder."""
    total = -(-sum(sizes.values()) * percent // 100)
    shares = {name: max(1, size * percent // 100) for name, size in sizes.items()}
    by_remainder = sorted(
        sizes, key=lambda name: (100 * shares[name] - sizes[name] * percent, name)
    )
    left = total - sum(shares.values())
    for name in by_remainder:
        if left <= 0:
            break
        if shares[name] < sizes[name]:
            shares[name] += 1
            left -= 1
    return shares


def _group(name: str, paths: Sequence[str], changes: frozenset[str], chosen: set[str]) -> Group:
    changing = changes.intersection(paths)
    taken = chosen.intersection(paths)
    return Group(name, len(paths), len(changing), len(taken), len(changing & taken))


def _is_under(path: str, prefix: str) -> bool:
    return path.startswith(f"{prefix}/")


def _rank(seed: str, path: str) -> str:
    return sha256(f"{seed}\0{path}".encode(errors="surrogateescape")).hexdigest()
