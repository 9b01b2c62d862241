"""The three sections of a compiled file: what decides, what explains, and where it stands.

`semantics` is everything that can change a decision, `texts` what people read,
`places` the lines of the sources. Each has a digest of its own, the places none.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import condition_json
from starlang.rules.derivations import read_derivations, unread_derivations
from starlang.rules.model import (
    Amount,
    Assign,
    Ceiling,
    Ceilings,
    Confidence,
    Derivation,
    FacetUse,
    Floor,
    Forbid,
    Never,
    Rule,
    RuleSet,
    Star,
)
from starlang.rules.shapes import (
    CanonicalJson,
    amount_text,
    compact,
    fraction_text,
    needle_json,
    pattern_json,
    scalar_json,
)

LANGUAGE = 1
"""Version of the language that rule sets are compiled from."""

Section = Mapping[str, CanonicalJson]


def semantics(rules: RuleSet) -> Section:
    """Everything of `rules` that can change a decision."""
    return {
        "assigns": [_assign(assign) for assign in rules.assigns],
        "ceilings": _ceilings(rules.ceilings),
        "confidence": _confidence(rules.confidence),
        "facets": [_facet(facet) for facet in rules.facets],
        "language": LANGUAGE,
        "masks": [what_json(mask.what) for mask in rules.masks],
        "nevers": [never_json(never) for never in rules.nevers],
        "order": list(rules.order),
        "rules": [_rule(rule) for rule in rules.rules],
        "stars": [_star(star) for star in rules.stars],
        **_if_any("derivations", [derivation_json(each) for each in read_derivations(rules)]),
    }


def texts(rules: RuleSet) -> Section:
    """Everything of `rules` that people read and that decides nothing.

    By name where there is one, else by position in the list of the other section.
    """
    return {
        "assigns": {a.path: {"because": a.because, "until": a.until} for a in rules.assigns},
        "entries": {name: list(values) for name, values in rules.entries},
        "floors": [floor.text for floor in rules.ceilings.floors],
        "id": rules.id,
        "limits": [limit.text for limit in rules.ceilings.limits],
        "masks": [mask.because for mask in rules.masks],
        "nevers": [{"because": n.because, "until": n.until} for n in rules.nevers],
        "rules": {rule.name: rule.because for rule in rules.rules},
        "stars": {star.id: {"domain": star.domain, "emoji": star.emoji} for star in rules.stars},
        "tests": rules.tests,
        "version": rules.version,
        **_if_any("derivations", [each.because for each in read_derivations(rules)]),
        **_if_any(
            "unread",
            [
                {"because": each.because, "derivation": derivation_json(each)}
                for each in unread_derivations(rules)
            ],
        ),
        **_if_any("forbids", [forbid_json(each) for each in rules.forbids]),
    }


def places(rules: RuleSet) -> Section:
    """Where each declaration stands, as `file:line:column`."""
    return {
        "assigns": {assign.path: assign.at for assign in rules.assigns},
        "floors": [floor.at for floor in rules.ceilings.floors],
        "limits": [limit.at for limit in rules.ceilings.limits],
        "masks": [mask.at for mask in rules.masks],
        "nevers": [never.at for never in rules.nevers],
        "rules": {rule.name: rule.at for rule in rules.rules},
        **_if_any("derivations", [each.at for each in read_derivations(rules)]),
        **_if_any("unread", [each.at for each in unread_derivations(rules)]),
        **_if_any("forbids", [each.at for each in rules.forbids]),
    }


def _if_any(name: str, listed: Sequence[CanonicalJson]) -> Section:
    """A member that is absent where it would be empty: a file without it is as it always was."""
    return {name: listed} if listed else {}


def what_json(what: Pattern | Needle) -> CanonicalJson:
    """What a mask hides."""
    if isinstance(what, Needle):
        return {"mentions": needle_json(what)}
    return {"matches": pattern_json(what)}


def limit_json(limit: Ceiling) -> CanonicalJson:
    """A ceiling, without its words."""
    return {
        "amount": _amount(limit.amount),
        "per": limit.per,
        "star": limit.star,
        "under": list(limit.globs),
    }


def floor_json(floor: Floor) -> CanonicalJson:
    """A floor, without its words."""
    return {"amount": _amount(floor.amount)}


def _star(star: Star) -> CanonicalJson:
    return {
        "aliases": list(star.aliases),
        "default": star.is_default,
        "id": star.id,
        "label": star.label,
    }


def _rule(rule: Rule) -> CanonicalJson:
    return {
        "condition": condition_json(rule.condition),
        "kinds": list(rule.kinds),
        "name": rule.name,
        "sign": rule.sign,
        "star": rule.star,
        "weight": amount_text(rule.weight),
    }


def derivation_json(derivation: Derivation) -> CanonicalJson:
    """A derivation, without its words."""
    return {
        "condition": condition_json(derivation.condition),
        "facet": derivation.facet,
        "value": scalar_json(derivation.value),
    }


def never_json(never: Never) -> CanonicalJson:
    """An exception, without its words."""
    return {
        "condition": condition_json(never.condition),
        "except": list(never.unless_paths),
        "stars": list(never.stars),
    }


def forbid_json(forbid: Forbid) -> CanonicalJson:
    """What must never be, with its words: all of it is text, since it decides nothing."""
    return {
        "because": forbid.because,
        "condition": condition_json(forbid.condition),
        "except": list(forbid.unless_paths),
        "name": forbid.name,
        "until": forbid.until,
    }


def _assign(assign: Assign) -> CanonicalJson:
    return {"path": assign.path, "star": assign.star}


def _confidence(confidence: Confidence) -> CanonicalJson:
    return {
        "combine": confidence.combine.value,
        "margin": amount_text(confidence.margin),
        "promote": amount_text(confidence.promote),
        "promote_star": {star: amount_text(at) for star, at in confidence.promote_star},
        **_sources(confidence),
        "suggest": amount_text(confidence.suggest),
    }


def _sources(confidence: Confidence) -> dict[str, CanonicalJson]:
    """What is asked of sources: absent where nothing is, as in files that know of none."""
    found: dict[str, CanonicalJson] = {}
    if confidence.same:
        found["same_source"] = [list(facets) for facets in confidence.same]
    if confidence.sources != 1:
        found["sources"] = confidence.sources
    if confidence.sources_star:
        found["sources_star"] = dict(confidence.sources_star)
    return found


def _ceilings(ceilings: Ceilings) -> CanonicalJson:
    return {
        "floors": [floor_json(floor) for floor in ceilings.floors],
        "limits": [limit_json(limit) for limit in ceilings.limits],
        "on_breach": ceilings.on_breach.value,
        "stars_per_module": ceilings.stars_per_module,
    }


def _amount(amount: Amount) -> CanonicalJson:
    return f"{fraction_text(amount.value)}{'%' if amount.percent else ''}"


def _facet(facet: FacetUse) -> CanonicalJson:
    return {
        **({"column": facet.column} if facet.column else {}),
        **({"from": facet.elsewhere} if facet.elsewhere else {}),
        **({"keys": True} if facet.keys else {}),
        **({"merge": True} if facet.merge else {}),
        **({"take": facet.take} if facet.take else {}),
        "group_missing": facet.group_missing,
        "locations": list(facet.locations),
        "missing": list(facet.missing),
        "name": facet.name,
        "type": facet.type,
        "values": dict(facet.values),
    }


# The two digests of a rule set.
#
# The semantic digest changes with everything that can change a decision and with
# nothing else; the text digest with what people read. Neither depends on the layout,
# order or files of the sources.


def semantic_digest(rules: RuleSet) -> str:
    """`sha256:` and 64 hex digits over the canonical JSON of what decides."""
    return section_digest(semantics(rules))


def text_digest(rules: RuleSet) -> str:
    """`sha256:` and 64 hex digits over the canonical JSON of what people read."""
    return section_digest(texts(rules))


def section_digest(section: object) -> str:
    """`sha256:` and 64 hex digits over the canonical JSON of one section."""
    return f"sha256:{sha256(compact(section).encode()).hexdigest()}"
