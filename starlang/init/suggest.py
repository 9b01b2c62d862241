"""Guessing the shape of manifests: which built-in profile reads them, or one of their own."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile, StarShape
from starlang.manifests.profile_file import DEFAULT_FILE_NAME, read_profile
from starlang.manifests.waivers import toml
from starlang.project.inputs import load_profile, profile_path
from starlang.rules.spelling import NAME, RESERVED_NAMES
from starlang.text import Source
from starlang.texts.pointers import EACH, parts_of, pointer_to, resolve

# Fields that could be the role of a module: few different short texts.

_DEPTH = 4
_MOST = 30
_FEW = 10
_SHORT = 40
_WORDS = 3
_LABEL = re.compile(r"[^\W\d]\S*(?: \S+)*|[^\w\s]\S* \S.*")
_NO_LABEL = re.compile(r"[/:@^~*<>=$]|\.\w{1,4}$")
"""Paths, addresses, versions and names of files, which are no labels however few there are."""
_STAR = re.compile(r"(?:^|_)stars?(?:_|$)", re.IGNORECASE)
_FORMAT = frozenset(
    {
        "/$schema",
        "/apiVersion",
        "/build-system/build-backend",
        "/kind",
        "/license",
        "/package/edition",
        "/package/license",
        "/packageManager",
        "/publishConfig/access",
        "/repository/type",
        "/schema_version",
        "/version",
    }
)
"""Fields to which the formats themselves give a meaning that is no role."""
_MODULE_TYPES = frozenset({"module", "commonjs"})
"""What `type` says in a package.json: how its files are loaded."""


@frozen
class StarField:
    """A field of manifests that could be the role of their modules.

    `values` are its texts with the number of manifests that have each, the most frequent first.
    `is_named`: whether the field is called a star. `is_list`: whether it is a list of texts.
    """

    pointer: str
    carrying: int
    values: tuple[tuple[str, int], ...]
    is_list: bool = False

    @property
    def is_named(self) -> bool:
        """Whether the field is called a star."""
        return bool(_STAR.search(self.pointer.rpartition("/")[2]))

    @property
    def words(self) -> str:
        """The values with their counts."""
        return ", ".join(f"{value} {count:,}" for value, count in self.values)


def star_fields(graph: ModuleGraph) -> tuple[StarField, ...]:
    """The fields that could be the role, those in most manifests first."""
    maps = _maps(graph.profile)
    texts: dict[str, Counter[str]] = {}
    for document in graph.documents:
        for pointer, text in _texts(document, (), maps):
            texts.setdefault(pointer, Counter())[text] += 1
    fields = {
        field.pointer: field
        for pointer, counts in texts.items()
        if (field := _field(pointer, counts)).is_named
        or _is_role(field, counts, len(graph.documents))
    }
    if usual := usual_field(graph):
        fields[usual.pointer] = usual
    return tuple(sorted(fields.values(), key=lambda each: (-each.carrying, each.pointer)))


def usual_field(graph: ModuleGraph) -> StarField | None:
    """Where the profile of `graph` has the star; None where no manifest carries one there."""
    labels = Counter(each[0] for each in graph.stars if each and each[0])
    shapes = graph.profile.shapes
    if not labels or len(shapes) > 1:
        return None
    place = shapes[0].stars.first
    located = Counter(
        location
        for document in graph.documents
        for location in place.locations
        if any(True for _ in resolve(document, parts_of(location)))
    )
    at = max(place.locations, key=located.__getitem__)
    pointer = at.removesuffix(f"/{EACH}")
    return StarField(pointer, labels.total(), tuple(labels.most_common()), at != pointer)


def field_at(graph: ModuleGraph, pointer: str) -> StarField:
    """The field at `pointer`, whatever is there."""
    pointer = pointer.removesuffix(f"/{EACH}")
    counts: Counter[str] = Counter()
    is_list = False
    for document in graph.documents:
        for _, value in resolve(document, parts_of(pointer)):
            is_list = is_list or isinstance(value, list)
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, str) and first:
                counts[first] += 1
    return StarField(pointer, counts.total(), tuple(counts.most_common()), is_list)


def _field(pointer: str, counts: Counter[str]) -> StarField:
    at = pointer.removesuffix(f"/{EACH}")
    return StarField(at, counts.total(), tuple(counts.most_common()), at != pointer)


def _is_role(field: StarField, counts: Counter[str], modules: int) -> bool:
    """Whether there are few different short texts, and more than one that modules share."""
    if field.is_list or field.pointer in _FORMAT or _MODULE_TYPES.issuperset(counts):
        return False
    if not all(map(_is_short, counts)) or not 1 < len(counts) <= _MOST:
        return False
    if field.carrying < _FEW:
        return len(counts) < field.carrying
    shared = sum(count > 1 for count in counts.values())
    return shared > 1 and 2 * len(counts) <= field.carrying and 10 * field.carrying >= modules


def _is_short(text: str) -> bool:
    is_label = _LABEL.fullmatch(text) is not None and not _NO_LABEL.search(text)
    return is_label and len(text) <= _SHORT and text.count(" ") < _WORDS


def _maps(profile: Profile) -> frozenset[str]:
    """Objects whose keys are values: what is in them is no field of a manifest."""
    places = (*profile.facets, *profile.relations)
    return frozenset(at for each in places if each.keys for at in each.locations if at)


def _texts(
    value: object, steps: tuple[str, ...], maps: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Pointers to all texts in a document, and the texts."""
    if isinstance(value, str):
        if value:
            yield pointer_to(steps), value
    elif len(steps) >= _DEPTH:
        return
    elif isinstance(value, dict):
        for key, member in value.items():
            if key and key != EACH and pointer_to((*steps, key)) not in maps:
                yield from _texts(member, (*steps, key), maps)
    elif isinstance(value, list) and EACH not in steps and steps:
        for member in value[:1]:
            yield from _texts(member, (*steps, EACH), maps)


# How much of some manifests a profile reads.

_SHOWN = 4


@frozen
class Fit:
    """How many of some manifests carry a star, and how many have values of facets."""

    carrying: int
    facets: Mapping[str, int]

    @property
    def rank(self) -> tuple[int, int]:
        """More is better."""
        return self.carrying, sum(self.facets.values())

    def words(self, modules: int) -> str:
        """What was found, in a few words."""
        most = sorted(self.facets.items(), key=lambda each: (-each[1], each[0]))
        found = [f"{count:,} have {name}" for name, count in most if count][:_SHOWN]
        return ", ".join([f"{self.carrying:,} of {modules:,} carry a star", *found])


def fit(graph: ModuleGraph) -> Fit:
    """How much of `graph` its profile reads. That it has keys says nothing of a manifest."""
    return Fit(
        sum(any(labels) for labels in graph.stars),
        {
            name: sum(bool(column.values[code]) for code in column.codes)
            for name, column in graph.columns.items()
            if (source := graph.profile.facet(name)) and "" not in source.locations
        },
    )


# The text of a profile: a built-in one with another place of stars, or one of its own.

_ABSENT = 'absent = "default" # a manifest without it is a module without a star'
_STARS = re.compile(r"^\[stars\]\n(?:(?!\[).*\n)*", re.MULTILINE)
_MOST_FACETS = 12
_NAMES = ("name", "id", "title")
_LEVELS = 2
"""How deep a field may be to be a facet under its own name."""


def stars_lines(field: StarField) -> str:
    """The table of stars that has them at a field."""
    place = f"all = {toml(field.pointer)} # the first is the primary star"
    if not field.is_list:
        place = f"primary = {toml(field.pointer)}"
    return f"[stars]\n{place}\n{_ABSENT}\n"


def own_text(profile: str, field: StarField, directory: Path) -> str:
    """The built-in profile with its stars at `field`: extended, or else copied."""
    base = load_profile(profile, directory)
    head = f"# As the built-in profile {profile}, with the star at {field.pointer}.\n\n"
    stars = base.shapes[0].stars if isinstance(base, Profile) else StarShape()
    if stars == StarShape(primary=stars.primary, is_optional=True) and not field.is_list:
        return f"{head}extends = {toml(profile)}\n\n{stars_lines(field)}"
    text = profile_path(profile, directory).read_text(encoding="utf-8")
    return head + _STARS.sub(lambda _: f"{stars_lines(field)}\n", text, count=1)


def new_text(
    graph: ModuleGraph, file_name: str, field: StarField, shipped: Sequence[Profile]
) -> str:
    """A profile for manifests that no built-in one reads.

    Facets of built-in profiles whose place leads somewhere are taken over; other fields become
    facets under their own names.
    """
    counts = Counter(
        pointer
        for each in graph.documents
        for pointer in {pointer for pointer, _ in _texts(each, ())}
    )
    lines = [
        "# Where these manifests keep their facts. Guessed from the manifests: look it over.",
        "",
    ]
    if file_name != DEFAULT_FILE_NAME:
        lines += [f"file = {toml(file_name)}", ""]
    name = _name_of(counts)
    lines += ["[module]", f"name = {toml(name)}", ""] if name else []
    lines += [stars_lines(field), "[weights]", "path = 0.40", "name = 0.40", "text = 0.40"]
    taken = {name, field.pointer, f"{field.pointer}/{EACH}"}
    for facet, (pointer, weight) in _facets(counts, taken, shipped).items():
        lines += ["", f"[facets.{facet}]", f"at = {toml(pointer)}", f"weight = {weight}"]
    return "\n".join(lines) + "\n"


def _name_of(counts: Mapping[str, int]) -> str:
    """The place of the name: at the top, or one level below it."""
    named = [each for each in counts if each.rpartition("/")[2] in _NAMES and EACH not in each]
    shallow = [each for each in named if each.count("/") <= _LEVELS]
    return min(shallow, key=lambda each: (-counts[each], each.count("/"), each), default="")


def _facets(
    counts: Mapping[str, int], taken: set[str], shipped: Sequence[Profile]
) -> dict[str, tuple[str, str]]:
    """Facet -> its pointer and its weight."""
    found: dict[str, tuple[str, str]] = {}
    used = set(taken)
    for facet in chain.from_iterable(profile.facets for profile in shipped):
        at = next((each for each in facet.locations if each in counts and each not in used), "")
        if at and facet.name not in found and not facet.keys and not facet.take:
            found[facet.name] = (at, f"{(facet.weight or 300_000) / 1_000_000:.2f}")
            used.add(at)
    for pointer in sorted(counts, key=lambda each: (-counts[each], each)):
        name = _facet_name(pointer)
        if pointer not in used and name and name not in found and len(found) < _MOST_FACETS:
            found[name] = (pointer, "0.30")
    return dict(sorted(found.items()))


def _facet_name(pointer: str) -> str:
    """What a field is called as a facet, "" where that cannot be said simply."""
    parts = pointer.split("/")[1:]
    if parts[-2:] in ([EACH, "name"], [EACH, "id"]):
        parts = parts[:-1]
    parts = parts[:-1] if parts[-1] == EACH else parts
    name = "_".join(parts)
    is_name = NAME.fullmatch(name) and name not in RESERVED_NAMES
    return name if is_name and EACH not in parts and len(parts) <= _LEVELS else ""


def made_profile(name: str, text: str, directory: Path) -> Profile:
    """The profile of `text`, which is made here and so is right."""

    def base(built_in: str) -> Profile | tuple[Diagnostic, ...]:
        return load_profile(built_in, directory)

    profile, problems = read_profile(name, Source(name, text), base)
    if profile is None:
        raise RuntimeError("; ".join(each.message for each in problems))
    return profile
