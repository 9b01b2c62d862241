"""What differs between two rule sets, part by part."""

from enum import StrEnum
from typing import NamedTuple

from attrs import frozen

from starlang.comparison.parts import Key, Part, Parts, Section, parts_of
from starlang.rulesets.model import RuleSet


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
class Change:
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

    changes: tuple[Change, ...]
    texts: tuple[TextChange, ...]


def compare(old: RuleSet, new: RuleSet) -> Comparison:
    """What differs, by section and name."""
    before, after = parts_of(old), parts_of(new)
    renamed = _renamed(before, after)
    changes = [_renaming(before, after, *pair) for pair in renamed.items()]
    gone = set(renamed) | set(renamed.values())
    keys = (key for key in {**before, **after} if key not in gone)
    differing = (_change(key, before.get(key), after.get(key)) for key in keys)
    changes += [change for change in differing if change is not None]
    sections = list(Section)
    return Comparison(
        tuple(sorted(changes, key=lambda each: (sections.index(each.section), each.name))),
        tuple(_texts(before, after, renamed)),
    )


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


def _renaming(before: Parts, after: Parts, one: Key, other: Key) -> Change:
    return Change(
        Section.RULE,
        How.RENAMED,
        one.name,
        (Detail("name", one.name, other.name),),
        (one, other),
        before[one].at,
        after[other].at,
    )


def _change(key: Key, before: Part | None, after: Part | None) -> Change | None:
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
    return Change(key.section, how, key.name, details, (key,), at_old, at_new)


def _texts(before: Parts, after: Parts, renamed: dict[Key, Key]) -> list[TextChange]:
    found = []
    for key, part in before.items():
        other = after.get(renamed.get(key, key))
        if other is None:
            continue
        now = dict(other.said)
        found += [
            TextChange(key.section, key.name, Detail(what, was, now[what]))
            for what, was in part.said
            if now[what] != was
        ]
    sections = list(Section)
    return sorted(found, key=lambda each: (sections.index(each.section), each.name))
