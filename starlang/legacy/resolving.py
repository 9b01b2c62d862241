"""Labels of the old file as ids: of stars, of evidence, of what is denied."""

from collections.abc import Mapping

from attrs import frozen

from starlang.legacy.canon import Meanings, default_star
from starlang.legacy.imported import Note
from starlang.legacy.old_file import Canon, Entry, OldFile
from starlang.legacy.shapes import Shapes
from starlang.legacy.stars import NewStar, new_stars
from starlang.rulesets.model import Combine


@frozen
class Resolved:
    """The stars, and which one each label of the rules means.

    `ids` go by label, `aliases` (what to declare as `aka`) and `denied` by id.
    """

    stars: tuple[NewStar, ...]
    default: NewStar
    ids: Mapping[str, str]
    aliases: Mapping[str, list[str]]
    order: tuple[str, ...]
    denied: tuple[str, ...]


def resolve(
    old: OldFile,
    canon: Canon,
    combine: Combine,
    shapes: tuple[Shapes, Shapes],
    notes: list[Note],
) -> Resolved | None:
    """None after E905, E906, E907 or E911."""
    before = len(shapes[0].found)
    stars = new_stars(old.canon, canon, notes)
    meanings = Meanings(stars, shapes)
    meanings.collect((*old.canon.aliases, *canon.aliases))
    ids: dict[str, str] = {}
    named: dict[str, Entry] = {}
    for entry in old.entries:
        star = meanings.resolve(entry.star, (*entry.steps, "star"))
        if star is not None:
            ids[entry.star] = star
            named.setdefault(star, entry)
    denied = [star for label in old.deny if (star := meanings.resolve(label.text, label.steps))]
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
    )


def _order(gained: list[NewStar], named: Mapping[str, Entry], combine: Combine) -> tuple[str, ...]:
    """Which of equal stars the old tool took: the one named first, or the last label."""
    if combine is Combine.MAX:
        return tuple(star.id for star in sorted(gained, key=lambda s: s.label, reverse=True))
    return tuple(dict.fromkeys([*named, *(star.id for star in gained)]))
