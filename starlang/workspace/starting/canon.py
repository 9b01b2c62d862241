"""A canon of the labels that manifests carry."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen

from starlang.rulesets.labels import spelled
from starlang.rulesets.spelling import quoted
from starlang.syntax.words import RESERVED

ID = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
"""What an id of the language looks like."""
_DOMAIN = re.compile(r"\(([^()]+)\)\s*$")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINER = "\u200d"


@frozen
class Found:
    """A star as it was found: its label, other spellings, and how many modules carry it."""

    id: str
    label: str
    aliases: tuple[str, ...]
    modules: int


def stars_of(labels: Iterable[Sequence[str]]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The stars that modules carry, the most frequent first, and labels that cannot be one.

    Labels whose first word is the same are one star; the most frequent one is its label.
    """
    written: dict[str, Counter[str]] = {}
    for each in labels:
        for label in filter(None, each):
            written.setdefault(spelled(label), Counter())[label] += 1
    counts = {max(sorted(w), key=w.__getitem__): w.total() for w in written.values()}
    unusable = tuple(sorted(label for label in counts if not _is_usable(label)))
    by_id: dict[str, list[str]] = {}
    for label in sorted(counts, key=lambda label: (-counts[label], label)):
        if label not in unusable:
            star = _id(label)
            same = next((known for known in by_id if known.lower() == star.lower()), star)
            by_id.setdefault(same, []).append(label)
    found = [
        Found(star, ours[0], tuple(ours[1:]), sum(counts[label] for label in ours))
        for star, ours in by_id.items()
    ]
    return tuple(sorted(found, key=lambda star: (-star.modules, star.id))), unusable


def canon_text(stars: Sequence[Found], default: str, modules: int) -> str:
    """The canon as a rule file; `default` is the id of the default star."""
    carried = sum(star.modules for star in stars)
    lines = [
        f"# The stars that the manifests carry: {carried:,} labels in {modules:,} manifests.",
        "# Guessed from them: an id is the first word of a label, further spellings are `aka`,",
        f"# and the default is what most of them carry, {default}. Look it over.",
        "",
        "starlang 1",
    ]
    for star in sorted(stars, key=lambda star: (star.id == default, star.id)):
        lines += ["", *_star(star, is_default=star.id == default)]
    return "\n".join(lines) + "\n"


def _star(star: Found, *, is_default: bool) -> list[str]:
    one = "module carries" if star.modules == 1 else "modules carry"
    told = f"{star.modules:,} {one} it" if star.modules else "an example: give it a name of yours"
    lines = [f"{'default star' if is_default else 'star'} {star.id}  # {told}"]
    if star.label != star.id:
        lines.append(f"  label {quoted(star.label)}")
    if domain := _DOMAIN.search(star.label):
        lines.append(f"  domain {quoted(domain[1])}")
    aliases = [each for each in star.aliases if each != star.id]
    if aliases:
        lines.append(f"  aka {', '.join(map(quoted, aliases))}")
    return lines


def _id(label: str) -> str:
    """The first word of `label` that can be an id."""
    found = ID.search(_plain(label))
    if found is None:
        return f"Star_{sum(map(ord, label)) % 1000}"
    return f"{found[0]}_star" if found[0] in RESERVED else found[0]


def _plain(label: str) -> str:
    """`label` without accents, since ids are ASCII."""
    decomposed = unicodedata.normalize("NFKD", label)
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _is_usable(label: str) -> bool:
    """Whether a rule file may hold `label`, and whether there is anything to see in it."""
    unseen = {each for each in label if unicodedata.category(each) in _UNSEEN} - {_JOINER}
    return not unseen and label.strip() == label and label != ""
