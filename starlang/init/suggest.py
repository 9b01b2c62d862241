"""Guessing the shape of manifests: which built-in profile reads them, or one of their own."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from attrs import frozen

from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile_file import DEFAULT_FILE_NAME
from starlang.matching.words import cut
from starlang.rules.spelling import value_text
from starlang.syntax.words import RESERVED
from starlang.texts.pointers import EACH, pointer_to

# Finding manifests in a directory that nobody has described yet.

_SKIPPED = frozenset({"node_modules", "build", "dist", "venv", "quarantine", "__pycache__"})


@frozen
class FoundManifests:
    """Manifests as they lie: `name` is what they are called, `root` the directory above all.

    `count` is 0 where there are none; then `others` are the most frequent JSON files.
    """

    name: str
    root: str
    count: int
    others: tuple[tuple[str, int], ...] = ()


def search(directory: Path, wanted: str | None, manifests: str | None) -> FoundManifests:
    """The manifests below `directory`, or below `manifests` in it.

    They are called `wanted`, or else `module.manifest.json`, or else as most files are that
    have `manifest` in their name. Hidden directories and those of builds are left out.
    """
    top = directory / manifests if manifests else directory
    files = list(_json_files(top))
    names = Counter(file.rpartition("/")[2] for file in files)
    name = wanted or _usual_name(names)
    found = [file for file in files if file.rpartition("/")[2] == name]
    if not found:
        return FoundManifests(name, manifests or "manifests", 0, tuple(names.most_common(3)))
    root = _root_of(found)
    return FoundManifests(name, "/".join(filter(None, (manifests, root))) or ".", len(found))


def _usual_name(names: Counter[str]) -> str:
    likely = [name for name in names if "manifest" in name.lower()]
    if not likely or DEFAULT_FILE_NAME in names:
        return DEFAULT_FILE_NAME
    return max(sorted(likely), key=lambda name: names[name])


def _json_files(top: Path) -> Iterator[str]:
    """Paths of JSON files relative to `top`, in order."""
    for place, directories, files in os.walk(top):
        directories[:] = sorted(
            each for each in directories if not each.startswith(".") and each not in _SKIPPED
        )
        inside = Path(place).relative_to(top).as_posix()
        for file in sorted(files):
            if file.endswith(".json"):
                yield file if inside == "." else f"{inside}/{file}"


def _root_of(files: list[str]) -> str:
    """The deepest directory that all modules lie below, "" for the top.

    The directory of a manifest is its module, which cannot be the root itself.
    """
    modules = [file.split("/")[:-1] for file in files]
    above = [module[:-1] for module in modules]
    common = list(takewhile(lambda part: part is not None, map(_same, zip(*above, strict=False))))
    if "manifests" in common:  # what is called so is meant to be the root
        common = common[: common.index("manifests") + 1]
    return "/".join(part for part in common if part is not None)


def _same(parts: tuple[str, ...]) -> str | None:
    """The one part that all have, None if they differ."""
    return parts[0] if len(set(parts)) == 1 else None


_DEPTH = 5
_SHOWN = 4

_FACETS = {
    "capability": re.compile(r"(?i)capabilit(y|ies)|skills?|features?"),
    "node": re.compile(r"(?i)(pipeline_)?nodes?"),
    "owner": re.compile(r"(?i)owners?|team|maintainers?"),
    "package": re.compile(r"(?i)packages?|external"),
    "tag": re.compile(r"(?i)tags?|labels?|keywords?|topics?"),
    "tier": re.compile(r"(?i)(\w+_)?tier"),
    "type": re.compile(r"(?i)type|kind"),
}
"""What facets are usually called in manifests."""

_NAME = re.compile(r"(?i)name|id|title")

_WEIGHTS = {"capability": "0.60", "node": "0.50", "owner": "0.35", "package": "0.30"}


@frozen
class Fit:
    """How much of some manifests a profile reads: how many carry a star, and values of facets."""

    carrying: int
    facets: Mapping[str, int]

    @property
    def rank(self) -> tuple[int, int]:
        return self.carrying, sum(self.facets.values())

    def words(self, modules: int) -> str:
        """What was found, in a few words."""
        most = sorted(self.facets.items(), key=lambda each: (-each[1], each[0]))
        found = [f"{count:,} have {name}" for name, count in most if count][:_SHOWN]
        return ", ".join([f"{self.carrying:,} of {modules:,} carry a star", *found])


def fit(graph: ModuleGraph) -> Fit:
    """How much of `graph` its profile reads."""
    return Fit(
        sum(any(labels) for labels in graph.stars),
        {
            name: sum(bool(column.values[code]) for code in column.codes)
            for name, column in graph.columns.items()
        },
    )


def own_profile(documents: Sequence[object], file_name: str) -> tuple[str, str, int]:
    """A profile for manifests of another shape: its text, where stars are, and how many have one.

    The place of stars is "" where no key speaks of one.
    """
    counts = Counter(pointer for each in documents for pointer in set(_texts(each, ())))
    stars = [pointer for pointer in counts if "star" in _key(pointer).lower()]
    best = max(sorted(stars), key=lambda pointer: counts[pointer], default="")
    lines = [
        "# Where these manifests keep their facts. Guessed from the manifests: look it over.",
        "",
    ]
    if file_name != DEFAULT_FILE_NAME:
        lines += [f"file = {_toml(file_name)}", ""]
    if name := _likeliest(counts, _NAME, set()):
        lines += ["[module]", f"name = {_toml(name)}", ""]
    lines += ["[stars]", _stars(best), "", "[weights]"]
    lines += ["path = 0.40", "name = 0.40", "text = 0.40"]
    taken = {best, name}
    for facet, pattern in _FACETS.items():
        if pointer := _likeliest(counts, pattern, taken):
            taken.add(pointer)
            lines += ["", f"[facets.{facet}]", f"at = {_toml(pointer)}"]
            lines += [f"weight = {_WEIGHTS[facet]}"] if facet in _WEIGHTS else []
    return "\n".join(lines) + "\n", best, counts[best]


def _stars(pointer: str) -> str:
    if not pointer:
        return (
            'primary = "/star" # where stars go\n'
            'absent = "default" # a manifest without it is a module without a star'
        )
    if pointer.endswith(f"/{EACH}"):
        return f"all = {_toml(pointer.removesuffix(f'/{EACH}'))} # the first is the primary star"
    return f"primary = {_toml(pointer)}"


def _likeliest(counts: Mapping[str, int], pattern: re.Pattern[str], taken: set[str]) -> str:
    """The place whose key matches `pattern` in the most manifests; of equals the shortest."""
    matching = [
        pointer for pointer in counts if pointer not in taken and pattern.fullmatch(_key(pointer))
    ]
    return min(matching, key=lambda each: (-counts[each], each.count("/"), each), default="")


def _key(pointer: str) -> str:
    """The key that names what is at `pointer`: that of the list for `/skills/*/name`."""
    parts = pointer.split("/")[1:]
    if EACH in parts:
        at = parts.index(EACH)
        rest = parts[at + 1 :]
        return parts[at - 1] if at and rest in ([], ["name"], ["id"]) else ""
    return parts[-1] if parts else ""


def _texts(value: object, steps: tuple[str, ...]) -> Iterator[str]:
    """Pointers to all texts in a document."""
    if isinstance(value, str):
        yield pointer_to(steps)
    elif len(steps) >= _DEPTH:
        return
    elif isinstance(value, dict):
        for key, member in value.items():
            if key and key != EACH:
                yield from _texts(member, (*steps, key))
    elif isinstance(value, list) and EACH not in steps and steps:
        for member in value:
            yield from _texts(member, (*steps, EACH))


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# The first rule: the evidence that goes best with a star that modules carry now.

_ENOUGH = 3
"""How many modules make more than a coincidence."""

_LONG = 4
"""Shorter words mean too many things."""


@frozen
class FacetEvidence:
    """Modules with `facet` `value` (a word, for `path`): `carrying` of `modules` carry `star`."""

    facet: str
    value: str
    star: str
    carrying: int
    modules: int


def best_evidence(
    graph: ModuleGraph, carried: Sequence[str | None], default: str
) -> FacetEvidence | None:
    """The value or word that speaks most clearly for a star, None if none does.

    Clear: most of its modules that have a star other than the default carry this one.
    """
    by_value: dict[tuple[str, str], Counter[str]] = {}
    for module, star in enumerate(carried):
        for key in _values(graph, module):
            by_value.setdefault(key, Counter())[star or default] += 1
    found = [
        FacetEvidence(facet, value, star, count, counts.total())
        for (facet, value), counts in by_value.items()
        for star, count in counts.items()
        if star != default and count >= _ENOUGH
    ]
    clear = [each for each in found if 2 * each.carrying > each.modules]
    return min(
        clear,
        key=lambda each: (-(2 * each.carrying - each.modules), each.facet, each.value, each.star),
        default=None,
    )


def _values(graph: ModuleGraph, module: int) -> Iterator[tuple[str, str]]:
    for facet, column in graph.columns.items():
        for value in column.of(module):
            if isinstance(value, str) and value.isprintable() and value:
                yield facet, value
    words = dict.fromkeys(word.folded for word in cut(graph.paths[module]))
    yield from (("path", word) for word in words if len(word) >= _LONG and word.isascii())


def rule_text(evidence: FacetEvidence) -> str:
    """The rule and its test."""
    value = _value(evidence.value)
    test = f"path mentions {value}" if evidence.facet == "path" else f"{evidence.facet} is {value}"
    given = _value(evidence.value)
    because = (
        f"{evidence.carrying:,} of {evidence.modules:,} modules with it carry {evidence.star}"
        if evidence.modules
        else "an example: replace it"
    )
    return f"""rule first -> {evidence.star} weight 0.75
  when {test}
  because "{because}"

test "the first rule promotes"
  given {evidence.facet} {given}
  expect {evidence.star} at 0.75
"""


def _value(value: str) -> str:
    text = value_text(value)
    return f'"{text}"' if text in RESERVED else text


def carried_ids(labels: Sequence[Sequence[str]], ids: Mapping[str, str]) -> list[str | None]:
    """The star that each module carries, None for the default or an unknown one."""
    return [ids.get(each[0]) if each else None for each in labels]
