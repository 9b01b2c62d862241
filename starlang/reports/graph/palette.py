"""Which colour each star has in a picture: the same in every picture by the same canon."""

from collections.abc import Mapping

from attrs import field, frozen

from starlang.rulesets.model import RuleSet

_COLOURS = (
    ("#2f6fb3", "#ffffff"),
    ("#d95f02", "#000000"),
    ("#1b8a5a", "#ffffff"),
    ("#7b4fa3", "#ffffff"),
    ("#e6b800", "#000000"),
    ("#c2367d", "#ffffff"),
    ("#4fb3bf", "#000000"),
    ("#8a5a2b", "#ffffff"),
    ("#7fae2e", "#000000"),
    ("#b3332f", "#ffffff"),
    ("#5a6fd6", "#ffffff"),
    ("#f2a7c3", "#000000"),
)
"""Fill and text, in the order of the canon; with more stars they come again."""

DEFAULT = ("#d7dde5", "#000000")
UNKNOWN = ("#ffffff", "#000000")
"""Of the default star, and of labels that the canon does not have."""


@frozen
class Palette:
    """Star id -> (fill, text), both `#rrggbb`, in the order of the canon."""

    colours: Mapping[str, tuple[str, str]] = field(repr=False)

    def of(self, star: str) -> tuple[str, str]:
        """The colours of a star, or of a label outside the canon."""
        return self.colours.get(star, UNKNOWN)


def palette(rules: RuleSet) -> Palette:
    """The colours of the stars of `rules`."""
    found = {rules.default.id: DEFAULT}
    others = (star.id for star in rules.stars if not star.is_default)
    for number, star in enumerate(others):
        found[star] = _COLOURS[number % len(_COLOURS)]
    return Palette(found)
