"""Checked -> RuleSet.

The order of files, declarations, clauses and list items leaves no trace: everything is
sorted by what it says. Only `at` still tells where a declaration stood.
"""

from collections.abc import Collection
from operator import attrgetter

from attrs import evolve

from starlang.checker.checked import Checked
from starlang.compiler.cases import cases_json, compile_cases
from starlang.manifests.profile import DEPENDENCIES, Profile
from starlang.rulesets.canonical import compact
from starlang.rulesets.conditions import normal, walk
from starlang.rulesets.digests import section_digest
from starlang.rulesets.model import (
    Assign,
    Ceilings,
    FacetUse,
    Mask,
    Never,
    Rule,
    RuleSet,
    Star,
)
from starlang.rulesets.sections import floor_json, limit_json, never_json, what_json
from starlang.rulesets.spelling import GRAPH_PREFIX


def compile_rules(checked: Checked) -> RuleSet:
    """The rule set in normal form; `checked` must be without errors (`checked.ok`)."""
    rules = _rules(checked)
    nevers = _nevers(checked)
    ceilings = _ceilings(checked)
    read = {
        *(test.facet for rule in rules for test in walk(rule.condition)),
        *(test.facet for never in nevers for test in walk(never.condition)),
        *(limit.per for limit in ceilings.limits),
    }
    return RuleSet(
        id=checked.id,
        version=checked.version,
        stars=_stars(checked),
        order=checked.order,
        rules=rules,
        masks=_masks(checked),
        confidence=checked.confidence,
        nevers=nevers,
        assigns=_assigns(checked),
        ceilings=ceilings,
        facets=_uses(checked.profile, read),
        entries=checked.entries,
        tests=_digest_of_tests(checked),
    )


def _uses(profile: Profile, read: Collection[str]) -> tuple[FacetUse, ...]:
    """What the rules read, as the profile defines it. Who uses whom rests on the dependencies."""
    names = set(read)
    if names & {f"{GRAPH_PREFIX}uses", f"{GRAPH_PREFIX}used by"}:
        names.add(DEPENDENCIES)
    sources = sorted((*profile.facets, *profile.relations), key=_name)
    return tuple(source.use for source in sources if source.name in names)


def _digest_of_tests(checked: Checked) -> str:
    cases = compile_cases(checked)
    return section_digest(cases_json(cases)) if cases else ""


def _stars(checked: Checked) -> tuple[Star, ...]:
    stars = (evolve(s.value, aliases=tuple(sorted(set(s.value.aliases)))) for s in checked.stars)
    return tuple(sorted(stars, key=attrgetter("id")))


def _rules(checked: Checked) -> tuple[Rule, ...]:
    rules = (evolve(r.value, condition=normal(r.value.condition)) for r in checked.rules)
    return tuple(sorted(rules, key=attrgetter("name")))


def _masks(checked: Checked) -> tuple[Mask, ...]:
    """Each text once; of two reasons for one text the first in the alphabet is kept."""
    masks = [mask.value for mask in checked.masks]
    ordered = sorted(masks, key=lambda mask: (compact(what_json(mask.what)), mask.because, mask.at))
    once = {mask.what: mask for mask in reversed(ordered)}
    return tuple(mask for mask in ordered if once[mask.what] is mask)


def _nevers(checked: Checked) -> tuple[Never, ...]:
    nevers = [
        evolve(
            never.value,
            stars=tuple(sorted(never.value.stars)),
            condition=normal(never.value.condition),
            unless_paths=tuple(sorted(never.value.unless_paths)),
        )
        for never in checked.nevers
    ]
    return tuple(sorted(nevers, key=lambda n: (compact(never_json(n)), n.because, n.until, n.at)))


def _assigns(checked: Checked) -> tuple[Assign, ...]:
    return tuple(sorted((each.value for each in checked.assigns), key=attrgetter("path")))


def _ceilings(checked: Checked) -> Ceilings:
    limits = sorted(
        (each.value for each in checked.limits), key=lambda limit: compact(limit_json(limit))
    )
    floors = sorted(
        (each.value for each in checked.floors), key=lambda floor: compact(floor_json(floor))
    )
    return Ceilings(
        limits=tuple(limits),
        floors=tuple(floors),
        stars_per_module=checked.stars_per_module,
        on_breach=checked.on_breach,
    )


_name = attrgetter("name")
