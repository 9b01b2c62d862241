"""Guessing the shape of manifests: which built-in profile reads them, or one of their own."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from starlang.manifests.graph import ModuleGraph
from starlang.manifests.pointers import EACH, pointer_to
from starlang.manifests.profile_file import DEFAULT_FILE_NAME

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
            "new = true # no manifest has one yet; delete this line when some have"
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
