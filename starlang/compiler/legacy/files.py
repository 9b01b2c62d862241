"""The rule files: what stands in which, and the words at the head of each."""

from collections.abc import Sequence
from decimal import Decimal

from attrs import frozen

from starlang.compiler.legacy.evidence import FACETS, NewCell, NewRule, cell_rule, rule, table
from starlang.compiler.legacy.layout import block, comment, listed, string, value
from starlang.compiler.legacy.old_file import Kind, OldFile
from starlang.compiler.legacy.resolving import Resolved
from starlang.compiler.legacy.stars import NewStar
from starlang.compiler.legacy.translating import Mask
from starlang.rulesets.model import Combine
from starlang.syntax.formatting.format import format_source
from starlang.text import Source

HEADER = "starlang 1"
ROOT = "constellation"
CANON = "canon.star"
FIRST_VERSION = "1.0"
"""The version of a rule set whose old file has none."""

LISTS = {
    Kind.RULES: ("paths.star", "Words in names and paths, from `rules` of {name}."),
    Kind.CAPABILITIES: (
        "capabilities.star",
        "What a module says it can do, from `capability_overrides` of {name}.",
    ),
    Kind.NODES: (
        "nodes.star",
        "Where a module works in the pipeline, from `node_overrides` of {name}.",
    ),
    Kind.OWNERS: ("owners.star", "Who keeps a module, from `owner_priors` of {name}."),
    Kind.PACKAGES: (
        "packages.star",
        "Which packages a module is made with, from `dependency_hints` of {name}.",
    ),
}
"""File and first sentence of each list."""

_READ = {
    Combine.SUM: "The generator read the name, a space and the path in lower case: that is the "
    "facet `text` and the flag `i`.",
    Combine.MAX: "The suggester read the path and the name, one after the other and in any case: "
    "that is the facet `text` and the flag `i`, or `path` and `name` where a pattern can tell the "
    "difference.",
}
"""How each of the old tools looked for words."""

_LIMITS = (
    "at most 800 promoted",
    "at most 200 promoted per star",
    "at most 2 stars per module",
    "at least 55% {default}",
    "on breach abort",
)


@frozen
class Evidence:
    """What one list becomes: rules, or the cells of a table and rules for repeated ones.

    `repeated` are (name, cell) pairs. `source` is what all entries name as their source.
    """

    kind: Kind
    rules: tuple[NewRule, ...] = ()
    cells: tuple[NewCell, ...] = ()
    repeated: tuple[tuple[str, NewCell], ...] = ()
    source: str = ""


@frozen
class Constellation:
    """Everything that is to be written. `canon` is the name of the canon's file, "" without one."""

    old: OldFile
    canon: str
    combine: Combine
    resolved: Resolved
    masks: tuple[Mask, ...]
    evidence: tuple[Evidence, ...]


def files(made: Constellation) -> tuple[tuple[str, str], ...]:
    """(name, text) of each file, the root first."""
    others = [(CANON, _canon(made))]
    if made.masks:
        others.append(("masks.star", _masks(made)))
    others += [(LISTS[each.kind][0], _evidence(made, each)) for each in made.evidence]
    if made.resolved.denied:
        others.append(("exceptions.star", _exceptions(made)))
    others.append(("ceilings.star", _ceilings(made)))
    written = [(f"{ROOT}.star", _root(made, [name for name, _ in others])), *others]
    return tuple((name, _laid_out(name, text)) for name, text in written)


def _laid_out(name: str, text: str) -> str:
    return format_source(Source(name, text)).text or text


def _text(head: str, *parts: str) -> str:
    return "\n\n".join([head, HEADER, *(part for part in parts if part)]) + "\n"


def _root(made: Constellation, used: Sequence[str]) -> str:
    old = made.old
    version = f", version {old.version}" if old.version else ""
    answers = {
        Combine.SUM: "as its generator did: the weights of all evidence for a star are added",
        Combine.MAX: "as its suggester did: the strongest single evidence for a star counts",
    }
    head = comment(
        f"The rules of {old.name}{version}, imported. They decide {answers[made.combine]}.",
        "The stars are in canon.star, and what speaks for them in the other files.",
    )
    return _text(
        head,
        _ruleset(made),
        "\n".join(f'use "{name}"' for name in used),
        block("weights", [f"{FACETS[kind]} {amount(w)}" for kind, w in old.weights.items()]),
        block("confidence", _confidence(made)),
    )


def _confidence(made: Constellation) -> list[str]:
    return [
        f"combine {made.combine.value}",
        f"suggest {amount(made.old.suggest)}",
        f"promote {amount(made.old.promote)}",
    ]


def _ruleset(made: Constellation) -> str:
    head = f"ruleset {ROOT} {string(made.old.version or FIRST_VERSION)}"
    entries = []
    if made.old.updated:
        entries.append(f"updated {string(made.old.updated)}")
    if made.old.changelog:
        entries.append(f"changelog {listed(map(string, made.old.changelog))}")
    return block(head, entries) if entries else head


def amount(number: Decimal) -> str:
    """A decimal in as few places as say it, at least two."""
    text = f"{number:f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def _canon(made: Constellation) -> str:
    beside = f", and from {made.canon}" if made.canon else ""
    head = comment(
        f"The stars, from `canonical_stars`, `stars` and `aliases` of {made.old.name}{beside}.",
        "A manifest carries the label. The id, the label and every `aka` are recognised when it is "
        "read.",
    )
    why = {
        Combine.SUM: "Which of two equal stars is shown first: the one that the old rules named "
        "first. It decides no promotion: equal stars are contested.",
        Combine.MAX: "Which of two equal stars is shown first: the one whose label sorted last, as "
        "the suggester had it. It decides no promotion: equal stars are contested.",
    }
    order = f"{comment(why[made.combine])}\norder {listed(made.resolved.order)}"
    stars = [_star(star, made) for star in made.resolved.stars]
    return _text(head, order if made.resolved.order else "", *stars)


def _star(star: NewStar, made: Constellation) -> str:
    lines = [f"{'default ' if star is made.resolved.default else ''}star {star.id}"]
    if star.label != star.id:
        lines.append(f"  label {string(star.label, joiner=True)}")
    if star.emoji:
        lines.append(f"  emoji {string(star.emoji, joiner=True)}")
    if star.domain:
        lines.append(f"  domain {string(star.domain)}")
    if aliases := made.resolved.aliases.get(star.id):
        lines.append(f"  aka {listed(value(each, joiner=True) for each in aliases)}")
    return "\n".join(lines)


def _masks(made: Constellation) -> str:
    head = comment(
        f"Text that must not count, from `exclusions` of {made.old.name}.",
        "Only patterns over names and paths are kept from seeing it.",
    )
    return _text(head, "\n".join(_mask(mask, made) for mask in made.masks))


def _mask(mask: Mask, made: Constellation) -> str:
    why = mask.exclusion.explain or f"excluded in {made.old.name}"
    return f"mask matches /{mask.matches.regex}/i because {string(why)}"


def _evidence(made: Constellation, evidence: Evidence) -> str:
    head = [LISTS[evidence.kind][1].format(name=made.old.name)]
    if evidence.kind is Kind.RULES:
        head.append(_READ[made.combine])
    if evidence.source:
        head.append(f"Source of all of them: {evidence.source}.")
    facet = FACETS[evidence.kind]
    repeated = [cell_rule(name, c.star, facet, c.text) for name, c in evidence.repeated]
    rules = [rule(each) for each in evidence.rules]
    cells = table(facet, evidence.cells) if evidence.cells else ""
    return _text(comment(*head), *rules, cells, *repeated)


def _exceptions(made: Constellation) -> str:
    head = comment(f"Stars that nothing is promoted to, from `deny` of {made.old.name}.")
    why = string(f"denied in {made.old.name}")
    return _text(
        head, *(f'never promote to {each} "**" because {why}' for each in made.resolved.denied)
    )


def _ceilings(made: Constellation) -> str:
    head = comment(
        "How far one run may go.",
        f"{made.old.name} had no limits. These are the usual ones: change them as you need.",
    )
    lines = [line.format(default=made.resolved.default.id) for line in _LIMITS]
    return _text(head, block("ceilings", lines))
