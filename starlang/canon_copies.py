"""Copies of the canon of stars, wherever a repository repeats it, held against the rules.

Three kinds of JSON repeat it: the old rule file and its canon (`stars`, `canonical_stars` or
`labels`, `aliases`), and a JSON Schema that lists the labels which a manifest may carry.
"""

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, Label
from starlang.manifests.profile import Profile
from starlang.rules.model import RuleSet, Star
from starlang.rules.spelling import spelled
from starlang.text import Source, shown_value
from starlang.texts.pointers import EACH, Step, locate_entry, parts_of, pointer_to

_LABELS = ("canonical_stars", "labels")


@frozen
class CanonFile:
    """A JSON file that repeats the canon: its text and its value.

    `may_lack` tells that it need not: a schema is asked because it may list the labels.
    """

    source: Source
    value: object
    may_lack: bool = False


@frozen
class CanonCheck:
    """What was compared: each copy with the number of its stars or aliases, and what differs."""

    copies: tuple[tuple[str, int], ...]
    differences: tuple[Diagnostic, ...]


def check_canon(
    rules: RuleSet, files: Sequence[CanonFile], profile: Profile, root: str = ""
) -> CanonCheck:
    """Every copy in `files` against the stars of `rules`; and those against themselves.

    `root` is the root rule file, for what is wrong with the stars themselves. A file without
    any copy is a difference if it was named because it should have one.
    """
    copies: list[tuple[str, int]] = []
    found = list(_own(rules, root))
    listed = _listed(files)
    for file in files:
        parts = list(_parts(file, rules, profile, listed))
        copies += [(name, count) for name, count, _ in parts]
        found += [each for _, _, differences in parts for each in differences]
        if not parts and not file.may_lack:
            found.append(_no_copy(file))
    return CanonCheck(tuple(copies), tuple(found))


def _own(rules: RuleSet, root: str) -> Iterator[Diagnostic]:
    """Labels that begin with another emoji than the one that the star says it has."""
    for star in rules.stars:
        first = star.label.split(" ", 1)[0]
        if star.emoji and not first.isascii() and spelled(first) != spelled(star.emoji):
            yield Diagnostic(
                code="E878",
                message=f"{star.id} has the emoji {star.emoji}, and its label begins with {first}",
                file=root,
                hint="correct the one that is wrong in the rules",
            )


Part = tuple[str, int, list[Diagnostic]]


def _listed(files: Sequence[CanonFile]) -> dict[str, tuple[str, str]]:
    """Alias as it is compared -> how it is written, and the first file that lists it."""
    found: dict[str, tuple[str, str]] = {}
    for file in files:
        aliases = _at(file.value, ("aliases",))
        for alias in aliases if isinstance(aliases, Mapping) else ():
            found.setdefault(spelled(alias), (alias, file.source.name))
    return found


def _parts(
    file: CanonFile, rules: RuleSet, profile: Profile, listed: Mapping[str, tuple[str, str]]
) -> Iterator[Part]:
    value = file.value
    if not isinstance(value, Mapping):
        return
    for key in _LABELS:
        if isinstance(labels := value.get(key), list):
            found = _labels(file, (key,), labels, rules)
            yield _named(file, (key,)), len(labels), list(found)
    if isinstance(stars := value.get("stars"), list):
        yield _named(file, ("stars",)), len(stars), list(_ids(file, stars, rules))
    if isinstance(aliases := value.get("aliases"), Mapping):
        yield _named(file, ("aliases",)), len(aliases), list(_aliases(file, aliases, rules, listed))
    for steps, is_secondary in _enums(value, profile):
        labels = _at(value, steps)
        if isinstance(labels, list):
            found = _labels(file, steps, labels, rules, may_lack_default=is_secondary)
            yield _named(file, steps), len(labels), list(found)


def _named(file: CanonFile, steps: Sequence[Step]) -> str:
    return f"{file.source.name} {pointer_to(steps)}"


def _labels(
    file: CanonFile,
    steps: tuple[Step, ...],
    labels: Sequence[object],
    rules: RuleSet,
    *,
    may_lack_default: bool = False,
) -> Iterator[Diagnostic]:
    have = {spelled(each): number for number, each in enumerate(labels) if isinstance(each, str)}
    for star in rules.stars:
        if spelled(star.label) in have or (star.is_default and may_lack_default):
            continue
        message = f"{star.id} is missing: no entry is {shown_value(star.label)}"
        yield _finding(file, steps, "E877", message, "add it, or take the star out of the rules")
    known = {spelled(star.label) for star in rules.stars}
    for label, number in have.items():
        if label not in known:
            message = f"{shown_value(str(labels[number]))} is not a label of a star in the rules"
            hint = "take it out, or add the star to the rules"
            yield _finding(file, (*steps, number), "E877", message, hint)


def _ids(file: CanonFile, entries: Sequence[object], rules: RuleSet) -> Iterator[Diagnostic]:
    by_id = {star.id: star for star in rules.stars}
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        name = entry.get("id") if isinstance(entry, Mapping) else entry
        star = by_id.get(str(name))
        if star is None:
            message = f"{shown_value(str(name))} is not a star of the rules"
            hint = "take it out, or add the star to the rules"
            yield _finding(file, ("stars", number), "E877", message, hint)
            continue
        seen.add(star.id)
        if isinstance(entry, Mapping):
            yield from _facts(file, ("stars", number), entry, star)
    for star in rules.stars:
        if star.id not in seen:
            message = f"{star.id} is missing"
            hint = "add it, or take the star out of the rules"
            yield _finding(file, ("stars",), "E877", message, hint)


def _facts(
    file: CanonFile, steps: tuple[Step, ...], entry: Mapping[str, object], star: Star
) -> Iterator[Diagnostic]:
    for key, own in (("emoji", star.emoji), ("domain", star.domain), ("label", star.label)):
        said = entry.get(key)
        if not isinstance(said, str) or not own:
            continue
        if spelled(said) != spelled(own):
            message = (
                f"the {key} of {star.id} is {shown_value(said)} here"
                f" and {shown_value(own)} in the rules"
            )
            yield _finding(file, (*steps, key), "E878", message, "make them equal")


def _aliases(
    file: CanonFile,
    aliases: Mapping[str, object],
    rules: RuleSet,
    listed: Mapping[str, tuple[str, str]],
) -> Iterator[Diagnostic]:
    """Other names of stars: those that only one side has, and those that mean another star."""
    means = {
        spelled(name): star for star in rules.stars for name in (star.id, star.label, *star.aliases)
    }
    labels = {spelled(star.label): star for star in rules.stars}
    for alias, label in aliases.items():
        star, meant = means.get(spelled(alias)), labels.get(spelled(str(label)))
        if star is None:
            message = f"the alias {shown_value(alias)} is not in the rules"
            yield _finding(file, ("aliases", alias), "E879", message, "add it there: `aka`")
        elif star is not meant:
            message = (
                f"{shown_value(alias)} means {shown_value(str(label))} here"
                f" and {star.id} in the rules"
            )
            yield _finding(file, ("aliases", alias), "E879", message, "make them equal")
    have = {spelled(alias) for alias in aliases}
    wanted = {spelled(a): (a, "the rules have") for star in rules.stars for a in star.aliases}
    others = {key: (alias, f"`{name}` has") for key, (alias, name) in listed.items()}
    for key, (alias, who) in sorted({**others, **wanted}.items()):
        if key not in have:
            message = f"the alias {shown_value(alias)} is missing, which {who}"
            hint = "add it here, or take it out there"
            yield _finding(file, ("aliases",), "E879", message, hint)


def _enums(
    schema: Mapping[str, object], profile: Profile
) -> Iterator[tuple[tuple[Step, ...], bool]]:
    """Where a schema lists the labels of primary and secondary stars."""
    for shape in profile.shapes:
        for place in (shape.stars.primary, shape.stars.secondary, shape.stars.all):
            for location in place.locations if place else ():
                steps: list[Step] = []
                for part in parts_of(location.removesuffix(f"/{EACH}")):
                    steps += ["properties", part]
                if isinstance(_at(schema, (*steps, "items")), Mapping):
                    steps.append("items")
                yield (*steps, "enum"), place is shape.stars.secondary


def _at(value: object, steps: Sequence[Step]) -> object:
    for step in steps:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _finding(
    file: CanonFile, steps: Sequence[Step], code: str, message: str, hint: str
) -> Diagnostic:
    entry = locate_entry(file.source.text, list(steps))
    labels: tuple[Label, ...] = ()
    if entry is not None:
        key, value = entry
        text = file.source.text[value.start : value.end]
        labels = (Label(file.source, key if "\n" in text else value),)
    return Diagnostic(
        code=code,
        message=message,
        file=file.source.name,
        labels=labels,
        hint=hint,
        pointer=pointer_to(steps),
    )


def _no_copy(file: CanonFile) -> Diagnostic:
    return Diagnostic(
        code="E876",
        message=f"`{file.source.name}` repeats no canon: nothing in it was compared",
        file=file.source.name,
        hint="name files with `stars`, `labels`, `aliases`, or a schema that lists the labels",
    )
