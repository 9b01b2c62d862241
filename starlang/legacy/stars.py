"""The stars of the old file: one for each label that manifests carry, with an id.

The old file has two lists: `canonical_stars` are the labels, `stars` gives ids, emoji and
domains. They belong together by the first word of a label, or by an alias.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from starlang.legacy.imported import Note
from starlang.legacy.names import domain_of, emoji_of, name_from, unused, word_of
from starlang.legacy.old_file import Canon, Named, OldStar
from starlang.rulesets.labels import spelled


@frozen
class NewStar:
    """A star as it will be declared.

    `name` is its label, with the place in the old documents. `spellings` are the ways to
    write it that the old documents have beside the label, other than by an alias.
    `is_listed` tells that the label is in `canonical_stars`, and not made of the id.
    """

    id: str
    name: Named
    emoji: str
    domain: str
    spellings: tuple[str, ...] = ()
    is_listed: bool = True

    @property
    def label(self) -> str:
        return self.name.text


def new_stars(rules: Canon, canon: Canon, notes: list[Note]) -> tuple[NewStar, ...]:
    """A star for each label, in order, then one for each id that has no label."""
    pairs = _pairs(rules, canon)
    taken = {old.id.casefold() for _, old in pairs if old is not None}
    stars: list[NewStar] = []
    for label, old in pairs:
        star_id = _id(label, old, taken)
        taken.add(star_id.casefold())
        star = _star(star_id, label, old, canon)
        notes += _notes(star, old)
        stars.append(star)
    return tuple(stars)


def _pairs(rules: Canon, canon: Canon) -> list[tuple[Named, OldStar | None]]:
    """Each label with the entry of `stars` that it belongs to; ids without a label at the end."""
    labels = _each_once((*rules.labels, *canon.labels))
    unused_stars = {star.id: star for star in canon.stars} | {s.id: s for s in rules.stars}
    aliases = [(alias.text, spelled(label)) for alias, label in (*rules.aliases, *canon.aliases)]
    pairs: list[tuple[Named, OldStar | None]] = []
    for label in labels:
        meant = [alias for alias, target in aliases if target == spelled(label.text)]
        ids = (one for one in (word_of(label.text), *meant) if one in unused_stars)
        pairs.append((label, unused_stars.pop(next(ids, ""), None)))
    pairs += [(Named(s.id, s.steps, s.document), s) for s in unused_stars.values()]
    return pairs


def _each_once(labels: Sequence[Named]) -> list[Named]:
    first: dict[str, Named] = {}
    for label in labels:
        first.setdefault(spelled(label.text), label)
    return list(first.values())


def _id(label: Named, old: OldStar | None, taken: set[str]) -> str:
    """The id of `stars` where it is one of the language, else one cut from id or label."""
    wanted = old.id if old else word_of(label.text)
    name = name_from(wanted, "unnamed")
    return name if old and name == old.id else unused(name, taken)


def _star(star_id: str, label: Named, old: OldStar | None, canon: Canon) -> NewStar:
    if old is None:
        return NewStar(star_id, label, emoji_of(label.text), domain_of(label.text))
    listed = [old, *(star for star in canon.stars if star.id == old.id)]
    return NewStar(
        id=star_id,
        name=label,
        emoji=old.emoji or emoji_of(label.text),
        domain=old.domain or domain_of(label.text),
        spellings=tuple(text for star in listed for text in (star.id, _in_full(star))),
        is_listed=label.steps != old.steps,
    )


def _in_full(star: OldStar) -> str:
    """A star the way that people write it out: emoji, id and domain."""
    domain = f"({star.domain})" if star.domain else ""
    return " ".join(part for part in (star.emoji, star.id, domain) if part)


def _notes(star: NewStar, old: OldStar | None) -> Iterator[Note]:
    if old is None:
        yield Note(
            f"`{star.label}` has no id in `stars`: it is the star `{star.id}`, with the emoji and "
            "the domain that its label has."
        )
        return
    if old.id != star.id:
        yield Note(f"The id `{old.id}` is none in this language: the star is called `{star.id}`.")
    if not star.is_listed:
        yield Note(f"`{old.id}` has no label in `canonical_stars`: its id is its label.")
    in_label = emoji_of(star.label)
    if old.emoji and in_label and spelled(old.emoji) != spelled(in_label):
        yield Note(
            f"`{star.id}` has two emoji: manifests carry {in_label}, `stars` says {old.emoji}. "
            f"`{_in_full(old)}` is recognised too."
        )
