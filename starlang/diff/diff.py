"""A rule set taken apart into what can change by itself, and put together again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from attrs import evolve, frozen

from starlang.matching.words import Needle
from starlang.rules.conditions import AnyOf, Condition, condition_text, walk
from starlang.rules.derivations import cycle, derivation_key, derivation_words, read_derivations
from starlang.rules.model import (
    Assign,
    Ceiling,
    Ceilings,
    Combine,
    Confidence,
    Derivation,
    FacetUse,
    Floor,
    Forbid,
    Mask,
    Never,
    OnBreach,
    Rule,
    RuleSet,
    Star,
    amount_words,
    conditions_of,
    limit_text,
    short_amount,
)
from starlang.rules.relations import Neighbours
from starlang.rules.sources import joined_sets
from starlang.rules.spelling import facet_text, quoted


class Section(StrEnum):
    """The kinds of parts, in the order in which changes are listed."""

    STAR = "star"
    ORDER = "order"
    CONFIDENCE = "confidence"
    DERIVE = "derive"
    RULE = "rule"
    MASK = "mask"
    NEVER = "never promote"
    ASSIGN = "assign"
    CEILING = "ceiling"
    FACET = "facet"
    FORBID = "forbid"


class Key(NamedTuple):
    """What a part is known by: its section, and its name there."""

    section: Section
    name: str


@frozen
class DerivedValue:
    """All declarations that derive one value of one facet."""

    derivations: tuple[Derivation, ...]


Value = (
    Star
    | tuple[str, ...]
    | DerivedValue
    | Rule
    | Mask
    | Never
    | Assign
    | Forbid
    | Ceiling
    | Floor
    | FacetUse
    | int
    | StrEnum
)


@frozen
class RulePart:
    """One part. `facts` say in words all that decides; equal facts decide alike.

    `said` are words that decide nothing (`because`, an emoji); `at` is where it stands.
    """

    value: Value
    facts: tuple[tuple[str, str], ...]
    said: tuple[tuple[str, str], ...] = ()
    at: str = ""


Parts = Mapping[Key, RulePart]


def parts_of(rules: RuleSet) -> Parts:
    """All parts of `rules`."""
    return {
        **{Key(Section.STAR, star.id): _star(star) for star in rules.stars},
        Key(Section.ORDER, "order"): RulePart(rules.order, (("", ", ".join(rules.order)),)),
        **_confidence(rules.confidence),
        **_derivations(rules),
        **{Key(Section.RULE, rule.name): _rule(rule) for rule in rules.rules},
        **{Key(Section.MASK, _hidden(mask)): _mask(mask) for mask in rules.masks},
        **dict(map(_never, rules.nevers)),
        **{Key(Section.ASSIGN, each.path): _assign(each) for each in rules.assigns},
        **_ceilings(rules.ceilings),
        **{Key(Section.FACET, use.name): _facet(use) for use in rules.facets},
        **{Key(Section.FORBID, each.name): _forbid(each) for each in rules.forbids},
    }


def _star(star: Star) -> RulePart:
    facts = (
        ("label", star.label),
        ("aliases", ", ".join(map(quoted, star.aliases))),
        ("default", "yes" if star.is_default else "no"),
    )
    return RulePart(star, facts, (("emoji", star.emoji), ("domain", star.domain)))


def _confidence(confidence: Confidence) -> dict[Key, RulePart]:
    amounts = {
        "suggest": confidence.suggest,
        "promote": confidence.promote,
        "margin": confidence.margin,
        **{f"promote {star}": amount for star, amount in confidence.promote_star},
    }
    combine = RulePart(confidence.combine, (("", confidence.combine.value),))
    asked = {_SOURCES: confidence.sources}
    asked |= {f"{_SOURCES} for {star}": number for star, number in confidence.sources_star}
    sources = {name: number for name, number in asked.items() if name != _SOURCES or number > 1}
    return {
        Key(Section.CONFIDENCE, "combine"): combine,
        **{
            Key(Section.CONFIDENCE, name): RulePart(number, (("", str(number)),))
            for name, number in sources.items()
        },
        **{
            Key(Section.CONFIDENCE, f"{_SAME} {', '.join(map(facet_text, same))}"): RulePart(
                same, (("", "yes"),)
            )
            for same in confidence.same
        },
        **{
            Key(Section.CONFIDENCE, name): RulePart(amount, (("", short_amount(amount)),))
            for name, amount in amounts.items()
        },
    }


_SOURCES, _SAME = "sources", "same source"


def _derivations(rules: RuleSet) -> dict[Key, RulePart]:
    """By facet and value, which several declarations may give together."""
    read = set(read_derivations(rules))
    found: dict[str, list[Derivation]] = {}
    for each in rules.derivations:
        found.setdefault(derivation_words(each).removeprefix("derive "), []).append(each)
    return {Key(Section.DERIVE, name): _derivation(found[name], read) for name in found}


def _derivation(derivations: Sequence[Derivation], read: Collection[Derivation]) -> RulePart:
    """What no rule reads decides nothing, and all of it is said."""
    when = ("when", condition_text(AnyOf(tuple(each.condition for each in derivations))))
    reasons = ("because", "; ".join(each.because for each in derivations if each.because))
    is_read = derivations[0] in read
    facts, said = ((when,), (reasons,)) if is_read else ((), (when, reasons))
    return RulePart(DerivedValue(tuple(derivations)), facts, said, derivations[0].at)


def _rule(rule: Rule) -> RulePart:
    facts = (
        ("star", rule.star if rule.sign > 0 else f"against {rule.star}"),
        ("weight", short_amount(rule.weight)),
        ("when", condition_text(rule.condition)),
        ("kind", " + ".join(rule.kinds)),
    )
    return RulePart(rule, facts, (("because", rule.because),), rule.at)


def _hidden(mask: Mask) -> str:
    return f"{'mentions' if isinstance(mask.what, Needle) else 'matches'} {mask.what}"


def _mask(mask: Mask) -> RulePart:
    return RulePart(mask, (), (("because", mask.because),), mask.at)


def _never(never: Never) -> tuple[Key, RulePart]:
    to = f"to {', '.join(never.stars)} " if never.stars else ""
    words = f"{to}when {condition_text(never.condition)}"
    facts = (("except", ", ".join(map(quoted, never.unless_paths))),)
    said = (("because", never.because), ("until", never.until))
    return Key(Section.NEVER, words), RulePart(never, facts, said, never.at)


def _forbid(forbid: Forbid) -> RulePart:
    """All of it is said, since nothing of it decides."""
    said = (
        ("when", condition_text(forbid.condition)),
        ("except", ", ".join(map(quoted, forbid.unless_paths))),
        ("because", forbid.because),
        ("until", forbid.until),
    )
    return RulePart(forbid, (), said, forbid.at)


def _assign(assign: Assign) -> RulePart:
    said = (("because", assign.because), ("until", assign.until))
    return RulePart(assign, (("star", assign.star),), said, assign.at)


def _ceilings(ceilings: Ceilings) -> dict[Key, RulePart]:
    per_module, on_breach = ceilings.stars_per_module, ceilings.on_breach
    found = {
        Key(Section.CEILING, "stars per module"): RulePart(per_module, (("", str(per_module)),)),
        Key(Section.CEILING, "on breach"): RulePart(on_breach, (("", on_breach.value),)),
    }
    for limit in ceilings.limits:
        _, _, scope = limit_text(limit).partition(f"{amount_words(limit.amount)} ")
        share = "share " if limit.amount.percent else ""
        part = RulePart(limit, (("at most", amount_words(limit.amount)),), (), limit.at)
        found[Key(Section.CEILING, share + scope)] = part
    for floor in ceilings.floors:
        share = (
            "share on the default star" if floor.amount.percent else "modules on the default star"
        )
        part = RulePart(floor, (("at least", amount_words(floor.amount)),), (), floor.at)
        found[Key(Section.CEILING, share)] = part
    return found


def _facet(use: FacetUse) -> RulePart:
    facts = (
        ("at", ", ".join(use.locations)),
        ("missing", ", ".join(map(quoted, use.missing))),
        ("values", ", ".join(f"{quoted(old)} = {quoted(new)}" for old, new in use.values)),
        ("group_missing", "yes" if use.group_missing else "no"),
        ("type", use.type),
        *((("merge", "yes"),) if use.merge else ()),
        *((("keys", "yes"),) if use.keys else ()),
        *((("take", use.take),) if use.take else ()),
        *((("from", use.elsewhere),) if use.elsewhere else ()),
        *((("column", use.column),) if use.column else ()),
    )
    return RulePart(use, facts)


def assemble(frame: RuleSet, parts: Parts) -> RuleSet | None:
    """The rule set of `parts`, with the id and texts of `frame`; None if they do not fit.

    They do not fit where one names a star that the canon does not have.
    """
    values = [part.value for part in parts.values()]
    order = parts[Key(Section.ORDER, "order")].value
    made = evolve(
        frame,
        stars=tuple(sorted((v for v in values if isinstance(v, Star)), key=lambda s: s.id)),
        order=order if isinstance(order, tuple) else (),
        rules=tuple(sorted((v for v in values if isinstance(v, Rule)), key=lambda r: r.name)),
        masks=tuple(v for v in values if isinstance(v, Mask)),
        confidence=_confidence_of(parts),
        nevers=tuple(v for v in values if isinstance(v, Never)),
        assigns=tuple(sorted((v for v in values if isinstance(v, Assign)), key=lambda a: a.path)),
        ceilings=_ceilings_of(parts),
        facets=tuple(v for v in values if isinstance(v, FacetUse)),
        derivations=_derivations_of(parts),
    )
    return made if _fits(made) else None


def _derivations_of(parts: Parts) -> tuple[Derivation, ...]:
    found = (
        each
        for part in parts.values()
        if isinstance(part.value, DerivedValue)
        for each in part.value.derivations
    )
    return tuple(sorted(found, key=derivation_key))


def _confidence_of(parts: Parts) -> Confidence:
    found = {
        key.name: part.value for key, part in parts.items() if key.section is Section.CONFIDENCE
    }
    combine = found["combine"]
    amounts = {name: amount for name, amount in found.items() if isinstance(amount, int)}
    stars = _by_star(amounts, "promote ")
    return Confidence(
        combine=combine if isinstance(combine, Combine) else Combine.SUM,
        suggest=amounts["suggest"],
        promote=amounts["promote"],
        margin=amounts["margin"],
        promote_star=tuple(sorted(stars.items())),
        sources=amounts.get(_SOURCES, 1),
        sources_star=tuple(sorted(_by_star(amounts, f"{_SOURCES} for ").items())),
        same=joined_sets(same for same in found.values() if isinstance(same, tuple)),
    )


def _by_star(amounts: Mapping[str, int], before: str) -> dict[str, int]:
    """What the names that begin with `before` and end with a star stand for, by star."""
    named = (name for name in amounts if name.startswith(before))
    return {name.removeprefix(before): amounts[name] for name in named}


def _ceilings_of(parts: Parts) -> Ceilings:
    values = [part.value for key, part in parts.items() if key.section is Section.CEILING]
    per_module = parts[Key(Section.CEILING, "stars per module")].value
    on_breach = parts[Key(Section.CEILING, "on breach")].value
    return Ceilings(
        limits=tuple(v for v in values if isinstance(v, Ceiling)),
        floors=tuple(v for v in values if isinstance(v, Floor)),
        stars_per_module=per_module if isinstance(per_module, int) else 1,
        on_breach=on_breach if isinstance(on_breach, OnBreach) else OnBreach.ABORT,
    )


def _fits(rules: RuleSet) -> bool:
    defaults = [star.id for star in rules.stars if star.is_default]
    gained = {star.id for star in rules.stars if not star.is_default}
    named = {rule.star for rule in rules.rules}
    named |= {star for never in rules.nevers for star in never.stars}
    confidence = rules.confidence
    named |= {star for star, _ in (*confidence.promote_star, *confidence.sources_star)}
    named |= {limit.star for limit in rules.ceilings.limits if limit.star}
    known = gained | {*defaults}
    conditions = conditions_of(rules)
    worn = {*rules.order, *(each.star for each in rules.assigns), *_stars_in(conditions)}
    has_cycle = bool(cycle(rules.derivations))
    return len(defaults) == 1 and named <= gained and worn <= known and not has_cycle


def _stars_in(conditions: Sequence[Condition]) -> Iterator[str]:
    for condition in conditions:
        for test in walk(condition):
            if isinstance(test, Neighbours) and test.standing:
                yield test.star


# What differs between two rule sets, part by part.


class How(StrEnum):
    """What became of a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


class Detail(NamedTuple):
    """One fact that differs: what it is, and how it was and is now, "" for nothing."""

    what: str
    before: str
    after: str


@frozen
class PartChange:
    """One part that differs. `keys` are what it is known by before and after.

    `details` are all facts of an added or removed part. `at_old` and `at_new` are the
    places of its declaration, "" where it has none.
    """

    section: Section
    how: How
    name: str
    details: tuple[Detail, ...]
    keys: tuple[Key, ...]
    at_old: str = ""
    at_new: str = ""


@frozen
class TextChange:
    """Words that differ and decide nothing: a reason, an emoji, a day."""

    section: Section
    name: str
    detail: Detail


@frozen
class Comparison:
    """All that differs: `changes` can change a decision, `texts` cannot."""

    changes: tuple[PartChange, ...]
    texts: tuple[TextChange, ...]


def compare(old: RuleSet, new: RuleSet) -> Comparison:
    """What differs, by section and name."""
    before, after = parts_of(old), parts_of(new)
    renamed = _renamed(before, after)
    changes = [_renaming(before, after, *pair) for pair in renamed.items()]
    gone = set(renamed) | set(renamed.values())
    deciding = (key for key in {**before, **after} if _decides(key, before, after))
    keys = (key for key in deciding if key not in gone)
    differing = (_change(key, before.get(key), after.get(key)) for key in keys)
    changes += [change for change in differing if change is not None]
    sections = list(Section)
    return Comparison(
        tuple(sorted(changes, key=lambda each: (sections.index(each.section), each.name))),
        tuple(_texts(before, after, renamed)),
    )


def _decides(key: Key, before: Parts, after: Parts) -> bool:
    """Whether a part decides: a forbid does not, nor what only new manifests have."""
    return key.section not in MAY_DECIDE_NOTHING or any(
        parts[key].facts for parts in (before, after) if key in parts
    )


MAY_DECIDE_NOTHING = frozenset({Section.FORBID, Section.DERIVE})
"""Sections whose parts decide nothing where they have no facts; a mask has none, and decides."""


def _renamed(before: Parts, after: Parts) -> dict[Key, Key]:
    """Rules that are there under another name, and else as they were; only certain pairs."""
    removed, added = _rules_by_facts(before, after), _rules_by_facts(after, before)
    return {
        keys[0]: added[facts][0]
        for facts, keys in removed.items()
        if len(keys) == len(added.get(facts, ())) == 1
    }


def _rules_by_facts(parts: Parts, others: Parts) -> dict[tuple[tuple[str, str], ...], list[Key]]:
    found: dict[tuple[tuple[str, str], ...], list[Key]] = {}
    for key, part in parts.items():
        if key.section is Section.RULE and key not in others:
            found.setdefault(part.facts, []).append(key)
    return found


def _renaming(before: Parts, after: Parts, one: Key, other: Key) -> PartChange:
    return PartChange(
        Section.RULE,
        How.RENAMED,
        one.name,
        (Detail("name", one.name, other.name),),
        (one, other),
        before[one].at,
        after[other].at,
    )


def _change(key: Key, before: RulePart | None, after: RulePart | None) -> PartChange | None:
    was, now = dict(before.facts if before else ()), dict(after.facts if after else ())
    if before and after and was == now:
        return None
    details = tuple(
        Detail(what, was.get(what, ""), now.get(what, ""))
        for what in {**was, **now}
        if was.get(what) != now.get(what)
    )
    how = How.CHANGED if before and after else How.ADDED if after else How.REMOVED
    at_old, at_new = before.at if before else "", after.at if after else ""
    return PartChange(key.section, how, key.name, details, (key,), at_old, at_new)


def _undecided(parts: Parts, others: Parts, how: How) -> Iterator[TextChange]:
    """The declarations that decide nothing and are only in `parts`."""
    for key, part in parts.items():
        if key.section in MAY_DECIDE_NOTHING and not part.facts and key not in others:
            words = dict(part.said)["when"]
            pair = ("", words) if how is How.ADDED else (words, "")
            yield TextChange(key.section, key.name, Detail("when", *pair))


def _texts(before: Parts, after: Parts, renamed: dict[Key, Key]) -> list[TextChange]:
    found = [*_undecided(before, after, How.REMOVED), *_undecided(after, before, How.ADDED)]
    for key, part in before.items():
        other = after.get(renamed.get(key, key))
        if other is None:
            continue
        now = dict(other.said)
        found += [
            TextChange(key.section, key.name, Detail(what, was, now[what]))
            for what, was in part.said
            if now.get(what, was) != was
        ]
    sections = list(Section)
    return sorted(found, key=lambda each: (sections.index(each.section), each.name))
