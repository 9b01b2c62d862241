"""What the old tools answered, calculated from the JSON with Python's own `re`.

Nothing here imports the program. Scores are exact decimals, not the floats of the old tools.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TypedDict

from attrs import frozen


class Entry(TypedDict, total=False):
    """An element of one of the lists."""

    star: str
    pattern: str
    capability: str
    node: str
    owner_regex: str
    package_regex: str
    explain: str
    source: str


class OldRules(TypedDict, total=False):
    """The keys of a `star_rules.json` that decide something."""

    canonical_stars: list[str]
    weights: dict[str, float]
    confidence: dict[str, float]
    deny: list[str]
    exclusions: list[Entry]
    rules: list[Entry]
    capability_overrides: list[Entry]
    node_overrides: list[Entry]
    owner_priors: list[Entry]
    dependency_hints: list[Entry]


@frozen
class Module:
    """What the old tools knew of a module, and the packages that they never asked for."""

    name: str
    path: str
    capabilities: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    owner: str = ""
    packages: tuple[str, ...] = ()


def masked(rules: OldRules, module: Module) -> str:
    """Name and path in lower case, one exclusion after the other replaced by a space."""
    text = f"{module.name} {module.path}".lower()
    for exclusion in rules.get("exclusions", []):
        text = re.sub(exclusion["pattern"], " ", text, flags=re.IGNORECASE)
    return text


def found(pattern: str, *texts: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for text in texts)


def evidence(
    rules: OldRules, module: Module, texts: Sequence[str]
) -> Iterator[tuple[str, Decimal]]:
    """(star, weight) of each entry that holds, in the order of the lists."""
    capabilities = [name.lower() for name in module.capabilities]
    nodes = [node.lower() for node in module.nodes]
    owners = [module.owner] if module.owner else []
    questions: Sequence[tuple[Sequence[Entry], Decimal, Callable[[Entry], bool]]] = (
        (
            rules.get("rules", []),
            _weight(rules, "path_regex", "0.4"),
            lambda entry: found(entry["pattern"], *texts),
        ),
        (
            rules.get("capability_overrides", []),
            _weight(rules, "capability_override", "0.6"),
            lambda entry: entry["capability"].lower() in capabilities,
        ),
        (
            rules.get("node_overrides", []),
            _weight(rules, "node_override", "0.5"),
            lambda entry: entry["node"].lower() in nodes,
        ),
        (
            rules.get("owner_priors", []),
            _weight(rules, "owner_prior", "0.35"),
            lambda entry: found(entry["owner_regex"], *owners),
        ),
        (
            rules.get("dependency_hints", []),
            _weight(rules, "dependency_hint", "0.3"),
            lambda entry: found(entry["package_regex"], *module.packages),
        ),
    )
    for entries, weight, holds in questions:
        for entry in entries:
            if holds(entry):
                yield entry["star"], weight


def _weight(rules: OldRules, key: str, default: str) -> Decimal:
    weight = rules.get("weights", {}).get(key)
    return Decimal(default if weight is None else repr(weight))


def summed(rules: OldRules, module: Module) -> dict[str, Decimal]:
    """The generator's score of each star, in the order in which they first scored."""
    scores: dict[str, Decimal] = {}
    for star, weight in evidence(rules, module, [masked(rules, module)]):
        scores[star] = scores.get(star, Decimal(0)) + weight
    return scores


def strongest(rules: OldRules, module: Module) -> tuple[Decimal, str] | None:
    """The suggester's best: the strongest single evidence, and of equal stars the last label."""
    rows = evidence(rules, module, [module.path, module.name])
    return max(((weight, star) for star, weight in rows), default=None)


def generated(rules: OldRules, module: Module) -> tuple[float, str]:
    """The generator's best star: the first of the best, with the floats that it added."""
    scores: dict[str, float] = {}
    for star, weight in evidence(rules, module, [masked(rules, module)]):
        scores[star] = scores.get(star, 0.0) + float(weight)
    star = max(scores, key=scores.__getitem__, default="")
    return scores.get(star, 0.0), star
