"""Which rules have fired in tests, and which never did."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from attrs import frozen

from starlang.explain.encoding import Json
from starlang.plans.trials import Trial


@frozen
class Coverage:
    """`fired` of `total` rules; `never` are the names of the others with their places."""

    fired: int
    total: int
    never: tuple[tuple[str, str], ...]

    @property
    def share(self) -> Fraction:
        """The share that has fired; of no rules, all."""
        return Fraction(self.fired, self.total) if self.total else Fraction(1)

    @property
    def words(self) -> str:
        """`12 of 45 rules fired (26.6%)`; the share is cut off, never rounded up."""
        tenths = (self.share * 1000).__floor__()
        count = f"{self.fired:,} of {self.total:,} rules"
        return f"{count} fired in tests ({tenths // 10}.{tenths % 10}%)"


def coverage_of(rules: Mapping[str, str], trials: Iterable[Trial]) -> Coverage:
    """The coverage of `rules` (name -> place) by the evidence of `trials`."""
    fired = {row.rule for trial in trials for row in trial.explanation.rows} & rules.keys()
    never = tuple((name, at) for name, at in rules.items() if name not in fired)
    return Coverage(len(fired), len(rules), never)


def coverage_json(coverage: Coverage) -> dict[str, Json]:
    """The coverage as plain data."""
    return {
        "rules": coverage.total,
        "fired": coverage.fired,
        "never": [{"rule": name, "at": at} for name, at in coverage.never],
    }
