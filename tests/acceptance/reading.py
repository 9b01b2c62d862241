"""A plain reading of old rules and manifests: what their owner needs to know, in figures.

Calculated from the JSON files alone, with Python's own `re`; nothing here imports the program.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import TypedDict

from attrs import frozen

FLOOR = Decimal("0.55")
"""The floor that an import writes: at least 55 % on the default star."""

Entry = dict[str, str]
Evidence = Sequence[tuple[str, str, Decimal]]
"""(what the entry looks for, label, weight) of each entry that holds."""


class OldRules(TypedDict):
    stars: list[Entry]
    canonical_stars: list[str]
    aliases: dict[str, str]
    weights: dict[str, float]
    confidence: dict[str, float]
    exclusions: list[Entry]
    rules: list[Entry]
    capability_overrides: list[Entry]
    node_overrides: list[Entry]
    owner_priors: list[Entry]
    dependency_hints: list[Entry]


class OldCanon(TypedDict):
    stars: list[Entry]
    labels: list[str]
    aliases: dict[str, str]


class Alignment(TypedDict):
    primary_star: str


class Integration(TypedDict):
    pipeline_nodes: list[str]


class Manifest(TypedDict):
    module: dict[str, str]
    constellation_alignment: Alignment
    matriz_integration: Integration
    capabilities: list[Entry]
    metadata: dict[str, str]


@frozen
class Module:
    path: str
    name: str
    label: str
    capabilities: frozenset[str]
    nodes: frozenset[str]
    owner: str


def read_rules(root: Path) -> OldRules:
    rules: OldRules = json.loads((root / "star_rules.json").read_bytes())
    return rules


def read_canon(root: Path) -> OldCanon:
    canon: OldCanon = json.loads((root / "star_canon.json").read_bytes())
    return canon


def read_manifest(file: Path) -> Manifest:
    manifest: Manifest = json.loads(file.read_bytes())
    return manifest


def live_files(manifests: Path) -> dict[str, Path]:
    """Path of the module -> its manifest, by path; what lies in an archive is none."""
    files = manifests.rglob("module.manifest.json")
    live = {file.parent.relative_to(manifests).as_posix(): file for file in files}
    return {path: live[path] for path in sorted(live) if ".archive" not in path.split("/")}


def read_modules(manifests: Path) -> list[Module]:
    """The live modules, by path."""
    found = live_files(manifests).items()
    return [_module(path, read_manifest(file)) for path, file in found]


def _module(path: str, manifest: Manifest) -> Module:
    return Module(
        path=path,
        name=manifest["module"]["name"],
        label=manifest["constellation_alignment"]["primary_star"],
        capabilities=frozenset(each["name"].lower() for each in manifest["capabilities"]),
        nodes=frozenset(manifest["matriz_integration"]["pipeline_nodes"]),
        owner=manifest["metadata"]["owner"],
    )


def _found_in(*texts: str) -> Callable[[str], bool]:
    return lambda pattern: any(re.search(pattern, text, re.IGNORECASE) for text in texts)


def _evidence(
    rules: OldRules, module: Module, *, texts: Sequence[str], owners: Sequence[str]
) -> Iterator[tuple[str, str, Decimal]]:
    kinds: Sequence[tuple[list[Entry], str, str, Callable[[str], bool]]] = (
        (rules["rules"], "pattern", "path_regex", _found_in(*texts)),
        (
            rules["capability_overrides"],
            "capability",
            "capability_override",
            module.capabilities.__contains__,
        ),
        (rules["node_overrides"], "node", "node_override", module.nodes.__contains__),
        (rules["owner_priors"], "owner_regex", "owner_prior", _found_in(*owners)),
    )
    for entries, looks_for, weighs, holds in kinds:
        weight = Decimal(str(rules["weights"][weighs]))
        for entry in entries:
            if holds(entry[looks_for]):
                yield entry[looks_for], entry["star"], weight


def added(rules: OldRules, module: Module) -> Evidence:
    """The generator's evidence: patterns read name and path, without what is excluded."""
    text = f"{module.name} {module.path}".lower()
    for exclusion in rules["exclusions"]:
        text = re.sub(exclusion["pattern"], " ", text, flags=re.IGNORECASE)
    return list(_evidence(rules, module, texts=[text], owners=[module.owner]))


def strongest(rules: OldRules, module: Module) -> tuple[str, Decimal] | None:
    """The suggester's answer: the best single evidence, of equal ones the last label.

    It never asked for the owner, who counts here all the same: an import carries every entry,
    and says so. An owner alone is below every threshold.
    """
    texts = [module.path, module.name]
    rows = _evidence(rules, module, texts=texts, owners=[module.owner])
    best = max(((weight, label) for _, label, weight in rows), default=None)
    return best and (best[1], best[0])


@frozen
class View:
    """What the owner of a tree needs to know of it.

    `groups` are the suggested modules with the same evidence: (how many, label, what the entries
    look for), the largest first. `best` is the highest score of a module on the default star,
    which `at_best` modules have. `disagreeing` counts kept modules that would now get another
    star, or none.
    """

    modules: int
    default: int
    outcomes: Mapping[str, int]
    groups: tuple[tuple[int, str, tuple[str, ...]], ...]
    best: Decimal
    at_best: int
    foreign: frozenset[str]
    uppercase: frozenset[str]
    disagreeing: int

    @property
    def needed(self) -> int:
        return ceil(FLOOR * self.modules)

    @property
    def misses_the_floor(self) -> bool:
        return self.default < self.needed


def view(rules: OldRules, canon: OldCanon, modules: Sequence[Module], default: str) -> View:
    """The figures of a plan by sums; `default` is the label of the default star."""
    known = {label: label for label in rules["canonical_stars"]}
    known |= rules["aliases"] | canon["aliases"]
    outcomes: Counter[str] = Counter()
    groups: Counter[tuple[str, tuple[str, ...]]] = Counter()
    highest: Counter[Decimal] = Counter()
    disagreeing = 0
    for module in modules:
        evidence = added(rules, module)
        verdict, label, score = _verdict(rules, evidence)
        star = known.get(module.label or default)
        if star is None:
            outcomes["unrecognised"] += 1
        elif star != default:
            outcomes["kept"] += 1
            disagreeing += star != (label if verdict == "promoted" else default)
        else:
            outcomes[verdict] += 1
            highest[score] += 1
            if verdict == "suggested":
                groups[label, tuple(what for what, star, _ in evidence if star == label)] += 1
    return View(
        modules=len(modules),
        default=sum(known.get(module.label or default) == default for module in modules),
        outcomes=dict(outcomes),
        groups=tuple(sorted(((n, *key) for key, n in groups.items()), reverse=True)),
        best=max(highest),
        at_best=highest[max(highest)],
        foreign=frozenset(m.path for m in modules if (m.label or default) not in known),
        uppercase=frozenset(m.path for m in modules if m.path != m.path.lower()),
        disagreeing=disagreeing,
    )


def _verdict(rules: OldRules, evidence: Evidence) -> tuple[str, str, Decimal]:
    """(outcome, best label, its score) of a module that may be promoted."""
    scores: dict[str, Decimal] = {}
    for _, label, weight in evidence:
        scores[label] = scores.get(label, Decimal(0)) + weight
    if not scores:
        return "silent", "", Decimal(0)
    suggest, promote = (
        Decimal(str(rules["confidence"][key])) for key in ("min_suggest", "min_autopromote")
    )
    best = max(scores.values())
    leaders = [label for label in scores if scores[label] == best]
    if best >= promote:
        return "promoted" if len(leaders) == 1 else "contested", leaders[0], best
    return "suggested" if best >= suggest else "weak", leaders[0], best
