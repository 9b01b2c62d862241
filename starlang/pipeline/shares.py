"""The shares of stars that a repository is to have in the end, beside those that it has.

A share is a goal and no limit of a run: a run that stays below it is not worse than none.
"""

from fractions import Fraction

from attrs import frozen

from starlang.explain.encoding import Json
from starlang.plans.model import Plan
from starlang.workspace.run_settings import Band


@frozen
class Share:
    """A band, and how many of all modules carry its star before and after the run."""

    band: Band
    before: int
    after: int
    modules: int

    @property
    def is_met(self) -> bool:
        """Whether the share after the run lies in the band, exactly."""
        share = Fraction(100 * self.after, self.modules) if self.modules else Fraction(0)
        return self.band.low <= share <= self.band.high

    @property
    def wanted(self) -> str:
        """`12% to 15%`"""
        return f"{_short(self.band.low)}% to {_short(self.band.high)}%"

    @property
    def shown_before(self) -> str:
        """The share before the run, in percent with two places."""
        return _percent(self.before, self.modules)

    @property
    def shown_after(self) -> str:
        """The share after the run, in percent with two places."""
        return _percent(self.after, self.modules)


def shares_of(plan: Plan, bands: tuple[Band, ...]) -> tuple[Share, ...]:
    """The share of each band, in the order of the bands."""
    return tuple(
        Share(band, plan.before.get(band.star, 0), plan.after.get(band.star, 0), len(plan))
        for band in bands
    )


def share_json(share: Share) -> dict[str, Json]:
    """A share as plain data; percentages are decimal strings with two places."""
    return {
        "star": share.band.star,
        "wanted": share.wanted,
        "before": share.shown_before.removesuffix("%"),
        "after": share.shown_after.removesuffix("%"),
        "met": share.is_met,
    }


def _percent(count: int, modules: int) -> str:
    return f"{100 * count / modules if modules else 0:.2f}%"


def _short(value: Fraction) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
