"""Near names for `did you mean`."""

from collections.abc import Iterable
from functools import lru_cache


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, ignoring case, or None where none is close."""
    return _nearest(name, tuple(candidates))


@lru_cache  # hundreds of manifests may have the same slip
def _nearest(name: str, candidates: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 -- start-up counts, and few names are wrong

    by_folded = {candidate.casefold(): candidate for candidate in sorted(candidates)}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """A hint that names the nearest candidate, or "" where none is close."""
    match = nearest(name, candidates)
    return f"did you mean `{match}`?" if match else ""
