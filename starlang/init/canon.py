"""A canon of the labels that manifests carry."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen

from starlang.format.format import format_source
from starlang.project.files import data_path
from starlang.rules.spelling import NAME, quoted, spelled
from starlang.syntax.nodes import StarDecl
from starlang.syntax.parse import parse
from starlang.syntax.words import RESERVED
from starlang.text import Source

_DOMAIN = re.compile(r"\(([^()]+)\)\s*$")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINER = "\u200d"
_NO_ROLE = frozenset(
    {
        *("default", "misc", "miscellaneous", "none", "other", "others", "tbd", "todo"),
        *("unassigned", "unclassified", "undefined", "unknown", "unset", "unspecified"),
    }
)
"""Labels that say that a module has no role: the most frequent one may well be a role."""


@frozen
class Found:
    """A star as it was found: its label, other spellings, and how many modules carry it."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()
    modules: int = 0


NO_STAR = Found("none", "none")
"""The default star where no label says that a module has no role."""
EXAMPLE_STAR = Found("Example", "Example")


@frozen
class Canon:
    """The stars that modules carry, the most frequent first, and which one is the default.

    `unusable` are labels that cannot be a star.
    """

    stars: tuple[Found, ...]
    default: str
    unusable: tuple[str, ...]

    @property
    def words(self) -> str:
        """Which stars there are, for the person who starts the project."""
        carried = [star for star in self.stars if star.modules]
        if not carried:
            return f"none carried yet; the default is {self.default}, and {EXAMPLE_STAR.id} is one"
        found = ", ".join(f"{star.id} {star.modules:,}" for star in carried)
        is_carried = any(star.id == self.default for star in carried)
        why = "which says so" if is_carried else "since no label says that a module has no role"
        return f"{found}; the default is {self.default}, {why}"

    def text(self, modules: int) -> str:
        """The canon as a rule file, for so many manifests."""
        carried = sum(star.modules for star in self.stars)
        lines = [
            f"# The stars that the manifests carry: {carried:,} labels in {modules:,} manifests.",
            "# Made from them: an id is what a label says, further spellings are `aka`, and the",
            "# default is what a module has that has no role. Look it over.",
            "",
            "starlang 1",
        ]
        for star in sorted(self.stars, key=lambda star: (star.id == self.default, star.id)):
            lines += ["", *_star(star, is_default=star.id == self.default)]
        return laid_out("\n".join(lines) + "\n")


def canon_of(labels: Iterable[Sequence[str]]) -> Canon:
    """The canon of the labels of modules, with at least one star beside the default one."""
    stars, unusable = stars_of(labels)
    default = next((star.id for star in stars if _says_no_role(star)), None)
    if default is None:
        default = NO_STAR.id
        stars = (*stars, NO_STAR)
    if len(stars) == 1:
        stars = (*stars, EXAMPLE_STAR)
    return Canon(stars, default, unusable)


def stars_of(labels: Iterable[Sequence[str]]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The stars that modules carry, the most frequent first, and labels that cannot be one.

    Labels that differ only in a symbol before the words or in a domain after them are one
    star; the most frequent one is its label.
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


def shipped_canon() -> tuple[str, tuple[StarDecl, ...]]:
    """The canon that ships with the program: its text, and its stars."""
    text = data_path("rules", "canon.star").read_text(encoding="utf-8")
    declarations = parse(Source("canon.star", text)).file.declarations
    return text, tuple(each for each in declarations if isinstance(each, StarDecl))


def laid_out(text: str) -> str:
    """A rule file in its canonical layout."""
    return format_source(Source("new.star", text)).text or text


def _says_no_role(star: Found) -> bool:
    shipped = {each.name.text for each in shipped_canon()[1] if each.is_default}
    return any(
        label.lower().strip("-_ ") in _NO_ROLE or label in shipped
        for label in (star.id, star.label, *star.aliases)
    )


def _star(star: Found, *, is_default: bool) -> list[str]:
    lines = [f"{'default star' if is_default else 'star'} {star.id}  # {_told(star)}"]
    if star.label != star.id:
        lines.append(f"  label {quoted(star.label)}")
    if domain := _DOMAIN.search(star.label):
        lines.append(f"  domain {quoted(domain[1])}")
    aliases = [each for each in star.aliases if each != star.id]
    if aliases:
        lines.append(f"  aka {', '.join(map(quoted, aliases))}")
    return lines


def _told(star: Found) -> str:
    if star == NO_STAR:
        return "no module carries it: it stands for a module without a star"
    if not star.modules:
        return "an example: give it a name of yours"
    one = "module carries" if star.modules == 1 else "modules carry"
    return f"{star.modules:,} {one} it"


def _id(label: str) -> str:
    """The words of `label`, without a domain after them, as an id."""
    text = _without_accents(label)
    words = NAME.findall(_DOMAIN.sub("", text)) or NAME.findall(text)
    if not words:
        return f"Star_{sum(map(ord, label)) % 1000}"
    star = "_".join(words)
    return f"{star}_star" if star in RESERVED else star


def _without_accents(label: str) -> str:
    """`label` without accents, since ids are ASCII."""
    decomposed = unicodedata.normalize("NFKD", label)
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _is_usable(label: str) -> bool:
    """Whether a rule file may hold `label`, and whether there is anything to see in it."""
    unseen = {each for each in label if unicodedata.category(each) in _UNSEEN} - {_JOINER}
    return not unseen and label.strip() == label and label != ""
