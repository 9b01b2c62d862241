"""Which of the modules that change are the canary: some of everything, the same every time.

The modules are divided by the directory at the top. Each division gets its share, at least
one; what is left over by rounding goes to those with the largest remainder. Inside a
division the order is that of SHA-256 over seed and path: nobody chooses, and nothing changes
it but the paths themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from attrs import frozen


@frozen
class Group:
    """A division, or a critical prefix: how many modules change in it, and how many are chosen."""

    name: str
    size: int
    chosen: int


@frozen
class Sample:
    """The canary. `paths` are sorted; `critical` has each prefix, also those without modules."""

    paths: tuple[str, ...]
    divisions: tuple[Group, ...]
    critical: tuple[Group, ...]


def sample(paths: Iterable[str], percent: int, critical: Sequence[str], seed: str = "") -> Sample:
    """`percent` of `paths`, rounded up; more where divisions and prefixes ask for it."""
    ranked = sorted(paths, key=lambda path: (_rank(seed, path), path))
    divisions: dict[str, list[str]] = {}
    for path in ranked:
        divisions.setdefault(path.partition("/")[0], []).append(path)
    shares = _shares({name: len(each) for name, each in divisions.items()}, percent)
    chosen = {path for name, each in divisions.items() for path in each[: shares[name]]}
    under = {prefix: [path for path in ranked if _is_under(path, prefix)] for prefix in critical}
    for each in under.values():
        if each and chosen.isdisjoint(each):
            chosen.add(each[0])
    return Sample(
        tuple(sorted(chosen)),
        tuple(_group(name, divisions[name], chosen) for name in sorted(divisions)),
        tuple(_group(prefix, each, chosen) for prefix, each in under.items()),
    )


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


def _group(name: str, paths: Sequence[str], chosen: set[str]) -> Group:
    return Group(name, len(paths), len(chosen.intersection(paths)))


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _rank(seed: str, path: str) -> str:
    return sha256(f"{seed}\0{path}".encode(errors="surrogateescape")).hexdigest()
