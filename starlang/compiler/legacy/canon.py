"""All names of all stars: which star a label means, and which spellings collide."""

from collections.abc import Mapping, Sequence

from attrs import define, field

from starlang.compiler.legacy.old_file import Entry, Named, Steps
from starlang.compiler.legacy.shapes import Shapes
from starlang.compiler.legacy.stars import NewStar
from starlang.rulesets.labels import spelled
from starlang.text import did_you_mean


@define
class Meanings:
    """Collects spellings of stars.

    `aliases` are those to declare, by id, in order; `needless` those that go without.
    """

    stars: Sequence[NewStar]
    shapes: tuple[Shapes, Shapes]
    aliases: dict[str, list[str]] = field(factory=dict)
    needless: list[str] = field(factory=list)
    _meant: dict[str, str] = field(factory=dict)
    _folded: dict[str, tuple[str, str]] = field(factory=dict)

    def collect(self, aliases: Sequence[tuple[Named, str]]) -> None:
        """Takes ids, labels, aliases and other spellings, in this order. E905 and E907."""
        for star in self.stars:
            self._claim(Named(star.id, star.name.steps, star.name.document), star.id)
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
                    self._claim(Named(text, (), 0), star.id)
                    self.aliases.setdefault(star.id, []).append(text)

    def find(self, label: str) -> str | None:
        """The id of the star that `label` means."""
        return self._meant.get(spelled(label))

    def resolve(self, label: str, steps: Steps) -> str | None:
        """The same for a label of the rules; reports E905."""
        found = self.find(label)
        if found is None:
            self._unknown(label, steps, self.shapes[0])
        return found

    def _is_free(self, text: str) -> bool:
        return spelled(text).casefold() not in self._folded

    def _claim(self, name: Named, star: str) -> bool:
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
                hint="let every label, alias and id stand for one star only",
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
    stars: Sequence[NewStar], entries: Mapping[str, Entry], shapes: Shapes
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
        f"it cannot be told which star is the default one: {listed}",
        hint="let one label be a bare word, without emoji or parentheses, that no entry names",
    )
    return None
