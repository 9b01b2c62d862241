"""Labels of manifests as stars of the canon."""

from collections.abc import Sequence

from starlang.engine.decisions import Carried
from starlang.rulesets.labels import spelled
from starlang.rulesets.model import RuleSet


class Canon:
    """Finds the star that a label means, by id, label or alias; case counts."""

    def __init__(self, rules: RuleSet) -> None:
        self._default = rules.default.id
        self._ids = {
            spelled(name): star.id
            for star in rules.stars
            for name in (star.id, star.label, *star.aliases)
        }

    def star(self, label: str) -> str | None:
        """The id of the star that `label` means, or None if it is not in the canon."""
        return self._ids.get(spelled(label))

    def carried(self, labels: Sequence[str]) -> Carried:
        """What a manifest with `labels` (primary first) carries."""
        named = [label for label in labels if label]
        if not named:
            return Carried(self._default)
        primary, *others = named
        return Carried(self.star(primary), tuple(self.star(label) or label for label in others))

    def values(self, labels: Sequence[str]) -> tuple[str, ...]:
        """The values of the facet `star`: ids, each once, or labels outside the canon."""
        named = [self.star(label) or label for label in labels if label]
        return tuple(dict.fromkeys(named)) or (self._default,)
