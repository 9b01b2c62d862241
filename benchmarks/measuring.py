"""Figures that travel: medians, their spread, and ratios taken side by side."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from os import environ
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from attrs import frozen

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "lukhas-2025-10-19"
EXAMPLE = ROOT / "examples" / "constellation"
STARLANG = Path(sys.executable).with_name("starlang")

STEADY = 0.15
"""No verdict where figures spread more than this."""


@frozen
class Figures:
    """Times of one thing, in seconds."""

    times: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.times)

    @property
    def spread(self) -> float:
        """The middle half of the times, as a share of the median."""
        first, _, third = quantiles(self.times, n=4)
        return (third - first) / self.median

    def __str__(self) -> str:
        return f"{self.median * 1e3:8.1f} ms  (spread {self.spread:4.0%}, of {len(self.times)})"


def alternating(runs: int, work: Mapping[str, Callable[[], float]]) -> dict[str, Figures]:
    """Each piece of `work` in turn, `runs` times over, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for number in range(runs + 1):
        for name, run in work.items():
            seconds = run()
            if number:
                times[name].append(seconds)
    return {name: Figures(tuple(found)) for name, found in times.items()}


def process(*command: str, cwd: Path = ROOT, accepted: Sequence[int] = (0,)) -> float:
    """The seconds that a process takes from its start to its end, with a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        kept = {name: environ[name] for name in ("PATH", "LANG") if name in environ}
        started = perf_counter()
        done = subprocess.run(  # noqa: S603 -- a command of the benchmarks
            command,
            cwd=cwd,
            env={**kept, "HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        seconds = perf_counter() - started
    if done.returncode not in accepted:
        raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stderr.decode()}")
    return seconds


def verdict(what: str, figure: float, limit: float, aim: float, spreads: Sequence[float]) -> str:
    """One line: the figure, and whether it is within its limits; none if it is not steady."""
    said = f"{what}: {figure:.2f} (limit {limit:g}, aim {aim:g})"
    if max(spreads) > STEADY:
        return f"{said}: no verdict, the figures spread {max(spreads):.0%}"
    if figure <= aim:
        return f"{said}: reaches the aim"
    return f"{said}: {'within the limit' if figure <= limit else 'TOO MUCH'}"
