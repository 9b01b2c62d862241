"""Default weights of kinds, and the weight of each rule."""

from collections.abc import Mapping, Sequence

from starlang.checker.amounts import check_weight
from starlang.checker.canon import Canon
from starlang.checker.located import Located, declared
from starlang.checker.scope import FIELD, Scope, facets
from starlang.checker.settings import Settings
from starlang.diagnostics.model import Label
from starlang.manifests.profile import Profile
from starlang.rulesets.spelling import GRAPH
from starlang.syntax.nodes import File, Number, WeightEntry, Weights
from starlang.text import did_you_mean


def check_weights(
    files: Sequence[File], profile: Profile, canon: Canon, settings: Settings
) -> dict[str, int]:
    """Kind -> default weight in 10^-6, the profile's overridden. Reports E203, E206, E301."""
    weights = dict(profile.default_weights)
    for declaration in declared(files, Weights):
        scope = Scope(declaration.source, canon, profile, settings.findings)
        for entry in declaration.node.entries:
            weight = _entry(scope, declaration, entry, settings)
            if weight is not None:
                weights[entry.facet.text] = weight
    return weights


def _entry(
    scope: Scope, declaration: Located[Weights], entry: WeightEntry, settings: Settings
) -> int | None:
    name = entry.facet.text
    place = declaration.label(entry.facet)
    known = (*facets(scope.profile), FIELD, GRAPH)
    if name not in known:
        hint = did_you_mean(name, known) or "a kind is a facet of the profile, `field` or `graph`"
        message = f"no kind of evidence is called `{name}` in the profile `{scope.profile.name}`"
        scope.findings.report("E203", place, message, hint=hint)
        return None
    weight = check_weight(scope, entry.weight)
    return weight if settings.claim(f"weights {name}", place) else None


def rule_weight(
    scope: Scope,
    number: Number | None,
    kinds: Sequence[str],
    weights: Mapping[str, int],
    place: Label,
) -> int | None:
    """The weight of a rule in 10^-6: its own, else that of its only kind. Reports E301, E304."""
    if number is not None:
        return check_weight(scope, number)
    if len(kinds) == 1 and kinds[0] in weights:
        return weights[kinds[0]]
    listed = ", ".join(f"`{kind}`" for kind in kinds)
    if not kinds:
        why = "its condition rests on no facet: all its tests stand under `not`"
    elif len(kinds) > 1:
        why = f"it rests on {len(kinds)} kinds of evidence ({listed}), which have different weights"
    else:
        why = f"its kind {listed} has no default weight"
    hint = "add `weight 0.40` to the rule"
    if len(kinds) == 1:
        hint += f", or `weights {{ {kinds[0]} 0.40 }}` to the rule set"
    scope.findings.report("E304", place, f"this rule has no weight: {why}", hint=hint)
    return None
