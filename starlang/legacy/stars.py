"""The stars of the old file: one for each label that manifests carry, with an id.

The old file has two lists: `canonical_stars` are the labels, `stars` gives ids, emoji and
domains. They belong together by the first word of a label, or by an alias.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence

from attrs import define, field, frozen

from starlang.legacy.limits import Exceptions
from starlang.legacy.old_file import (
    NamedLabel,
    OldCanon,
    OldDocument,
    OldEntry,
    OldFile,
    OldStar,
    Steps,
    named,
)
from starlang.rules.model import Combine
from starlang.rules.spelling import spelled
from starlang.syntax.words import KEYWORDS
from starlang.text import did_you_mean

# Ids and names of the language, cut from texts that were none.

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_DIGITS = frozenset("0123456789")


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

    `name` is its label, with the place in the old documents, and `old` its entry of `stars`.
    `spellings` are the ways to write it that the old documents have beside the label, other
    than by an alias.
    """

    id: str
    name: NamedLabel
    old: OldStar | None
    spellings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.name.text

    @property
    def emoji(self) -> str:
        return (self.old and self.old.emoji) or emoji_of(self.label)

    @property
    def domain(self) -> str:
        return (self.old and self.old.domain) or domain_of(self.label)

    @property
    def is_listed(self) -> bool:
        """Whether the label is in `canonical_stars`, and not made of the id."""
        return self.old is None or self.name.steps != self.old.steps

    @property
    def other_emoji(self) -> str:
        """The emoji of the label where `stars` has another one."""
        in_label = emoji_of(self.label)
        return in_label if spelled(self.emoji) != spelled(in_label) else ""


def new_stars(rules: OldCanon, canon: OldCanon) -> tuple[NewStar, ...]:
    """A star for each label, in order, then one for each id that has no label."""
    pairs = _pairs(rules, canon)
    taken = {old.id.casefold() for _, old in pairs if old is not None}
    stars: list[NewStar] = []
    for label, old in pairs:
        star_id = _id(label, old, taken)
        taken.add(star_id.casefold())
        listed = [old, *(star for star in canon.stars if star.id == old.id)] if old else ()
        spellings = tuple(text for star in listed for text in (star.id, star.in_full))
        stars.append(NewStar(star_id, label, old, spellings))
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


# All names of all stars: which star a label means, and which spellings collide.


@define
class Meanings:
    """Collects spellings of stars.

    `aliases` are those to declare, by id, in order; `needless` those that go without.
    """

    stars: Sequence[NewStar]
    documents: Sequence[OldDocument]
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
                self._unknown(label, alias.steps, self.documents[alias.document])
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
            self._unknown(label, steps, self.documents[document])
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
            self.documents[name.document].report(
                name.steps,
                "E907",
                f"`{name.text}` stands for `{star}` here, and for `{owner}` elsewhere{alike}",
                hint="let every label, alias and id mean one star only",
            )
            return False
        is_new = text not in self._meant
        self._meant[text] = star
        return is_new

    def _unknown(self, label: str, steps: Steps, document: OldDocument) -> None:
        labels = [star.label for star in self.stars]
        hint = (
            did_you_mean(label, labels) or "add it to `canonical_stars`, or use a label from there"
        )
        document.report(steps, "E905", f"no star has the label `{label}`", hint=hint)


def default_star(
    stars: Sequence[NewStar], entries: Mapping[str, OldEntry], document: OldDocument
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
        document.report((*entry.steps, "star"), "E911", message, hint=hint)
        return None
    if len(unnamed) == 1:
        return unnamed[0]
    listed = named(star.label for star in (unnamed or stars))
    document.report(
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
    the star ids of the modules that have theirs whatever the rules say, by path. `needless` are
    the aliases that need not be declared.
    """

    stars: tuple[NewStar, ...]
    default: NewStar
    ids: Mapping[str, str]
    aliases: Mapping[str, list[str]]
    needless: Sequence[str]
    order: tuple[str, ...]
    denied: tuple[str, ...]
    denies_default: bool
    forced: Mapping[str, str]


def resolve(
    old: OldFile,
    canon: OldCanon,
    exceptions: Exceptions,
    combine: Combine,
    documents: Sequence[OldDocument],
) -> Resolved | None:
    """None after E905, E906, E907 or E911."""
    rules = documents[0]
    before = len(rules.found)
    stars = new_stars(old.canon, canon)
    meanings = Meanings(stars, documents)
    meanings.collect((*old.canon.aliases, *canon.aliases))
    ids: dict[str, str] = {}
    entries: dict[str, OldEntry] = {}
    for entry in old.entries:
        star = meanings.resolve(entry.star, (*entry.steps, "star"))
        if star is not None:
            ids[entry.star] = star
            entries.setdefault(star, entry)
    denied = [star for label in old.deny if (star := meanings.resolve(label.text, label.steps))]
    forced = {
        each.path: star
        for each in exceptions.forced
        if (star := meanings.resolve(each.star, each.steps, document=2))
    }
    if len(rules.found) > before:
        return None
    default = default_star(stars, entries, rules)
    if default is None:
        return None
    return Resolved(
        stars=stars,
        default=default,
        ids=ids,
        aliases=meanings.aliases,
        needless=meanings.needless,
        order=_order([star for star in stars if star is not default], entries, combine),
        denied=tuple(dict.fromkeys(star for star in denied if star != default.id)),
        denies_default=default.id in denied,
        forced=forced,
    )


def _order(
    gained: list[NewStar], entries: Mapping[str, OldEntry], combine: Combine
) -> tuple[str, ...]:
    """Which of equal stars the old tool took: the one named first, or the last label."""
    if combine is Combine.MAX:
        return tuple(star.id for star in sorted(gained, key=lambda s: s.label, reverse=True))
    return tuple(dict.fromkeys([*entries, *(star.id for star in gained)]))
