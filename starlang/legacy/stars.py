"""The stars of the old file: one for each label that manifests carry, with an id.

The old file has two lists: `canonical_stars` are the labels, `stars` gives ids, emoji and
domains. They belong together by the first word of a label, or by an alias.
"""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import define, field, frozen

from starlang.legacy.limits import Exceptions
from starlang.legacy.old_file import (
    NamedLabel,
    Note,
    OldCanon,
    OldEntry,
    OldFile,
    OldStar,
    Shapes,
    Steps,
)
from starlang.rules.model import Combine
from starlang.rules.spelling import spelled
from starlang.syntax.words import KEYWORDS
from starlang.text import did_you_mean

# Ids and names of the language, cut from texts that were none.

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_DIGITS = frozenset("0123456789")


def is_name(text: str) -> bool:
    """Whether `text` is an id as it stands, and no keyword."""
    return text == name_from(text, "") and text != ""


def name_from(text: str, otherwise: str) -> str:
    """The letters, digits, `_` and `-` of `text` as an id; `otherwise` where none are left.

    A keyword, or what starts with a digit, gets a letter more.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    characters = (c if c in _LETTERS or c in _DIGITS else "-" for c in plain)
    name = "-".join(part for part in "".join(characters).split("-") if part)
    if not name:
        return otherwise
    return f"x-{name}" if name in KEYWORDS or name[0] in _DIGITS else name


def unused(name: str, taken: Collection[str]) -> str:
    """`name`, or `name-2` and so on where that is taken; `taken` are case-folded."""
    if name.casefold() not in taken:
        return name
    number = 2
    while f"{name}-{number}".casefold() in taken:
        number += 1
    return f"{name}-{number}"


def word_of(label: str) -> str:
    """The first word of a label after its emoji, "" where there is none."""
    return next((word for word in label.split() if any(c.isalpha() for c in word)), "")


def emoji_of(label: str) -> str:
    """What stands before the first word of a label, if that is no text."""
    word = word_of(label)
    before = label[: label.find(word)].strip() if word else label.strip()
    return "" if any(c.isalnum() for c in before) else before


def domain_of(label: str) -> str:
    """What stands in parentheses at the end of a label."""
    _, opening, rest = label.rstrip().partition("(")
    return rest[:-1].strip() if opening and rest.endswith(")") else ""


@frozen
class NewStar:
    """A star as it will be declared.

    `name` is its label, with the place in the old documents. `spellings` are the ways to
    write it that the old documents have beside the label, other than by an alias.
    `is_listed` tells that the label is in `canonical_stars`, and not made of the id.
    """

    id: str
    name: NamedLabel
    emoji: str
    domain: str
    spellings: tuple[str, ...] = ()
    is_listed: bool = True

    @property
    def label(self) -> str:
        return self.name.text


def new_stars(rules: OldCanon, canon: OldCanon, notes: list[Note]) -> tuple[NewStar, ...]:
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


def _pairs(rules: OldCanon, canon: OldCanon) -> list[tuple[NamedLabel, OldStar | None]]:
    """Each label with the entry of `stars` that it belongs to; ids without a label at the end."""
    labels = _each_once((*rules.labels, *canon.labels))
    unused_stars = {star.id: star for star in canon.stars} | {s.id: s for s in rules.stars}
    aliases = [(alias.text, spelled(label)) for alias, label in (*rules.aliases, *canon.aliases)]
    pairs: list[tuple[NamedLabel, OldStar | None]] = []
    for label in labels:
        meant = [alias for alias, target in aliases if target == spelled(label.text)]
        ids = (one for one in (word_of(label.text), *meant) if one in unused_stars)
        pairs.append((label, unused_stars.pop(next(ids, ""), None)))
    pairs += [(NamedLabel(s.id, s.steps, s.document), s) for s in unused_stars.values()]
    return pairs


def _each_once(labels: Sequence[NamedLabel]) -> list[NamedLabel]:
    first: dict[str, NamedLabel] = {}
    for label in labels:
        first.setdefault(spelled(label.text), label)
    return list(first.values())


def _id(label: NamedLabel, old: OldStar | None, taken: set[str]) -> str:
    """The id of `stars` where it is one of the language, else one cut from id or label."""
    wanted = old.id if old else word_of(label.text)
    name = name_from(wanted, "unnamed")
    return name if old and name == old.id else unused(name, taken)


def _star(star_id: str, label: NamedLabel, old: OldStar | None, canon: OldCanon) -> NewStar:
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


# All names of all stars: which star a label means, and which spellings collide.


@define
class Meanings:
    """Collects spellings of stars.

    `aliases` are those to declare, by id, in order; `needless` those that go without.
    """

    stars: Sequence[NewStar]
    shapes: Sequence[Shapes]
    aliases: dict[str, list[str]] = field(factory=dict)
    needless: list[str] = field(factory=list)
    _meant: dict[str, str] = field(factory=dict)
    _folded: dict[str, tuple[str, str]] = field(factory=dict)

    def collect(self, aliases: Sequence[tuple[NamedLabel, str]]) -> None:
        """Takes ids, labels, aliases and other spellings, in this order. E905 and E907."""
        for star in self.stars:
            self._claim(NamedLabel(star.id, star.name.steps, star.name.document), star.id)
            self._claim(star.name, star.id)
        for alias, label in aliases:
            target = self.find(label)
            if target is None:
                self._unknown(label, alias.steps, self.shapes[alias.document])
            elif self._claim(alias, target):
                self.aliases.setdefault(target, []).append(alias.text)
            elif alias.document == 0:
                self.needless.append(alias.text)
        for star in self.stars:
            for text in star.spellings:
                if self._is_free(text):
                    self._claim(NamedLabel(text, (), 0), star.id)
                    self.aliases.setdefault(star.id, []).append(text)

    def find(self, label: str) -> str | None:
        """The id of the star that `label` means."""
        return self._meant.get(spelled(label))

    def resolve(self, label: str, steps: Steps, document: int = 0) -> str | None:
        """The same for a label of the rules or of another document; reports E905."""
        found = self.find(label)
        if found is None:
            self._unknown(label, steps, self.shapes[document])
        return found

    def _is_free(self, text: str) -> bool:
        return spelled(text).casefold() not in self._folded

    def _claim(self, name: NamedLabel, star: str) -> bool:
        """Whether `name` is a new spelling; one that means another star is E907."""
        text = spelled(name.text)
        first, owner = self._folded.setdefault(text.casefold(), (name.text, star))
        if owner != star:
            alike = (
                "" if spelled(first) == text else f" (as `{first}`, and case alone is too little)"
            )
            self.shapes[name.document].report(
                name.steps,
                "E907",
                f"`{name.text}` stands for `{star}` here, and for `{owner}` elsewhere{alike}",
                hint="let every label, alias and id mean one star only",
            )
            return False
        is_new = text not in self._meant
        self._meant[text] = star
        return is_new

    def _unknown(self, label: str, steps: Steps, shapes: Shapes) -> None:
        labels = [star.label for star in self.stars]
        hint = (
            did_you_mean(label, labels) or "add it to `canonical_stars`, or use a label from there"
        )
        shapes.report(steps, "E905", f"no star has the label `{label}`", hint=hint)


def default_star(
    stars: Sequence[NewStar], entries: Mapping[str, OldEntry], shapes: Shapes
) -> NewStar | None:
    """The star that modules carry before any evidence. Reports E906 and E911.

    The old tools knew it by heart. It is the one that no evidence names and whose label is
    a bare word, or else the only one that no evidence names.
    """
    stars = [star for star in stars if star.is_listed]
    bare = [star for star in stars if star.label == star.id]
    unnamed = [star for star in stars if star.id not in entries]
    both = [star for star in unnamed if star in bare]
    if len(both) == 1:
        return both[0]
    if len(bare) == 1:
        entry = entries[bare[0].id]
        message = f"`{bare[0].label}` is the default star, and no evidence can speak for it"
        hint = "remove this entry: a module without evidence keeps the default star"
        shapes.report((*entry.steps, "star"), "E911", message, hint=hint)
        return None
    if len(unnamed) == 1:
        return unnamed[0]
    listed = ", ".join(f"`{star.label}`" for star in (unnamed or stars))
    shapes.report(
        ("canonical_stars",),
        "E906",
        f"it is not clear which star is the default one: {listed}",
        hint="let one label be a bare word, without emoji or parentheses, that no entry names",
    )
    return None


# Labels of the old file as ids: of stars, of evidence, of what is denied.


@frozen
class Resolved:
    """The stars, and which one each label of the rules means.

    `ids` go by label, `aliases` (what to declare as `aka`) and `denied` by id. `forced` are
    the star ids of the modules that have theirs whatever the rules say, by path.
    """

    stars: tuple[NewStar, ...]
    default: NewStar
    ids: Mapping[str, str]
    aliases: Mapping[str, list[str]]
    order: tuple[str, ...]
    denied: tuple[str, ...]
    forced: Mapping[str, str]


def resolve(  # noqa: PLR0913, PLR0917 -- three documents, and what is said of them
    old: OldFile,
    canon: OldCanon,
    exceptions: Exceptions,
    combine: Combine,
    shapes: Sequence[Shapes],
    notes: list[Note],
) -> Resolved | None:
    """None after E905, E906, E907 or E911."""
    before = len(shapes[0].found)
    stars = new_stars(old.canon, canon, notes)
    meanings = Meanings(stars, shapes)
    meanings.collect((*old.canon.aliases, *canon.aliases))
    ids: dict[str, str] = {}
    named: dict[str, OldEntry] = {}
    for entry in old.entries:
        star = meanings.resolve(entry.star, (*entry.steps, "star"))
        if star is not None:
            ids[entry.star] = star
            named.setdefault(star, entry)
    denied = [star for label in old.deny if (star := meanings.resolve(label.text, label.steps))]
    forced = {
        each.path: star
        for each in exceptions.forced
        if (star := meanings.resolve(each.star, each.steps, document=2))
    }
    if len(shapes[0].found) > before:
        return None
    if meanings.needless:
        known = ", ".join(f"`{alias}`" for alias in meanings.needless)
        notes.append(Note(f"Aliases that are an id or a label need no `aka`: {known}."))
    default = default_star(stars, named, shapes[0])
    if default is None:
        return None
    if default.id in denied:
        notes.append(
            Note(f"`deny` names the default star `{default.id}`: nothing is promoted to it.")
        )
    gained = [star for star in stars if star is not default]
    return Resolved(
        stars=stars,
        default=default,
        ids=ids,
        aliases=meanings.aliases,
        order=_order(gained, named, combine),
        denied=tuple(dict.fromkeys(star for star in denied if star != default.id)),
        forced=forced,
    )


def _order(
    gained: list[NewStar], named: Mapping[str, OldEntry], combine: Combine
) -> tuple[str, ...]:
    """Which of equal stars the old tool took: the one named first, or the last label."""
    if combine is Combine.MAX:
        return tuple(star.id for star in sorted(gained, key=lambda s: s.label, reverse=True))
    return tuple(dict.fromkeys([*named, *(star.id for star in gained)]))
