"""Thresholds, and the way evidence combines."""

from collections.abc import Sequence

from attrs import define, evolve, field

from starlang.checker.amounts import check_threshold
from starlang.checker.canon import Canon
from starlang.checker.located import Located, declared
from starlang.checker.scope import Scope
from starlang.checker.settings import Settings
from starlang.manifests.profile import Profile
from starlang.rulesets.model import Combine, Confidence
from starlang.rulesets.wording import short_amount
from starlang.syntax.nodes import CombineSetting, ConfidenceDecl, File, ThresholdSetting


def check_confidence(
    files: Sequence[File], profile: Profile, canon: Canon, settings: Settings
) -> Confidence:
    """The `confidence` blocks of all files together. Reports E201, E206, E211, E302, E303."""
    said = _Said(settings)
    for declaration in declared(files, ConfidenceDecl):
        scope = Scope(declaration.source, canon, profile, settings.findings)
        for setting in declaration.node.settings:
            said.take(scope, declaration, setting)
    confidence = said.confidence()
    if said.all_right:
        _check_order(confidence, settings)
    return confidence


@define
class _Said:
    """What the blocks read so far say."""

    settings: Settings
    combine: Combine = Combine.SUM
    values: dict[str, int] = field(factory=dict)
    stars: dict[str, int] = field(factory=dict)
    all_right: bool = True

    def take(
        self,
        scope: Scope,
        declaration: Located[ConfidenceDecl],
        setting: CombineSetting | ThresholdSetting,
    ) -> None:
        if isinstance(setting, CombineSetting):
            if self.settings.claim("combine", declaration.label(setting)):
                self.combine = Combine(setting.method.text)
            return
        words = f"{setting.name} {setting.star.text}" if setting.star else setting.name
        value = check_threshold(scope, setting.value, words, zero=setting.name == "margin")
        star = self._star(scope, setting)
        is_first = self.settings.claim(words, declaration.label(setting))
        if value is None or star is None:
            self.all_right = False
        elif is_first:
            table = self.stars if setting.star else self.values
            table[star] = value

    def _star(self, scope: Scope, setting: ThresholdSetting) -> str | None:
        """What the value is kept under: the star of `promote STAR`, else the word."""
        if setting.star is None:
            return setting.name
        hint = "no evidence gives the default star; remove this threshold"
        return scope.gained_star(setting.star, "no module is promoted to", hint)

    def confidence(self) -> Confidence:
        usual = Confidence()
        return Confidence(
            combine=self.combine,
            suggest=self.values.get("suggest", usual.suggest),
            promote=self.values.get("promote", usual.promote),
            margin=self.values.get("margin", usual.margin),
            promote_star=tuple(sorted(self.stars.items())),
        )


def _check_order(confidence: Confidence, settings: Settings) -> None:
    """Reports E303: a promote threshold below `suggest`."""
    thresholds = {"promote": confidence.promote}
    thresholds |= {f"promote {star}": value for star, value in confidence.promote_star}
    suggest = settings.places.get("suggest")
    for words, value in thresholds.items():
        place = settings.places.get(words, suggest)
        if value >= confidence.suggest or place is None:
            continue
        others = [evolve(suggest, message="`suggest` is set here")] if suggest else []
        lower, upper = short_amount(value), short_amount(confidence.suggest)
        settings.findings.report(
            "E303",
            place,
            f"`{words}` is {lower}, which is below `suggest` at {upper}",
            others=[] if place is suggest else others,
            hint="promoting takes at least what suggesting takes",
        )
