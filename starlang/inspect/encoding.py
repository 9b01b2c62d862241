"""`starlang-inspection/1`: an inspection as JSON. Amounts and shares are decimal strings."""

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction

from starlang.diagnostics.formats import as_json
from starlang.diagnostics.model import Diagnostic, at_place
from starlang.explain.words import exact
from starlang.inspect.model import (
    DeadRule,
    DerivationUse,
    InsideWord,
    Inspection,
    NearMiss,
    OnThreshold,
    Overlap,
    Reversal,
    amount,
    modules,
    percent,
)
from starlang.inspect.origins import Origins, WordOrigin
from starlang.printable import json_text
from starlang.rules.derivations import derivation_words
from starlang.rules.shapes import scalar_json
from starlang.rules.sources import PATH
from starlang.rules.spelling import facet_text
from starlang.text import Json, counted, shown_value

# What an inspection has found that somebody should look at, as warnings with a place.

_NAMED = 5

DOUBLE = Fraction(95, 100)
"""Two rules see the same thing if they hold together in so large a share of what either does."""


def findings(found: Inspection) -> Iterator[Diagnostic]:
    """All warnings: where labels come from, then what each rule, mask and star does."""
    yield from _of_labels(found)
    for dead in found.dead:
        yield _dead(found, dead)
    for use in found.derived:
        if use.is_idle and found.modules:
            yield _idle(found, use)
    yield from found.ambiguous
    yield from _inside(found)
    for number in found.idle_masks:
        mask = found.rules.masks[number]
        yield at_place(
            mask.at,
            "W422",
            f"the mask `{mask.what}` hides nothing in any path or name",
            hint="remove it, or correct what it looks for",
        )
    for edge in found.edges:
        yield _edge(found, edge)
    for overlap in found.overlaps:
        if overlap.share >= DOUBLE:
            yield _double(found, overlap)
    for star in found.stars:
        if star.best < star.threshold:
            yield Diagnostic(
                code="W425",
                message=(
                    f"no module reaches {star.star}: the best score is {amount(star.best)}, and "
                    f"{amount(star.threshold)} is asked for"
                ),
                hint="give it more evidence, or lower its threshold: `promote STAR 0.60`",
            )


def _of_labels(found: Inspection) -> Iterator[Diagnostic]:
    """What has to be known before figures about agreement are read."""
    if found.origins.stars is not None and found.origins.stars.is_made:
        yield _made(found.origins.stars)
    if found.reversal is not None:
        yield _reversal(found.reversal)
    for same in found.origins.same:
        if not any({*same} <= {*known} for known in found.rules.confidence.same):
            yield _one_source(found, same)


def _dead(found: Inspection, dead: DeadRule) -> Diagnostic:
    rule = found.rules.rules[dead.rule]
    return at_place(
        rule.at,
        "W420",
        f"`{rule.name}` holds for no module{_in_vain(dead.misses)}",
        hint="correct what it asks for, or remove it",
    )


def _in_vain(misses: Sequence[NearMiss]) -> str:
    """`: "x" is nowhere, but "y" is in 2 modules`, or nothing."""
    words = [
        f"{shown_value(each.wanted)} is nowhere"
        + (f", but {shown_value(each.near)} is in {modules(each.modules)}" if each.near else "")
        for each in misses[:_NAMED]
    ]
    more = len(misses) - _NAMED
    tail = f" and {more:,} more" if more > 0 else ""
    return f": {'; '.join(words)}{tail}" if words else ""


def _idle(found: Inspection, use: DerivationUse) -> Diagnostic:
    """A derivation of which no module has the value, and why."""
    derivation = found.rules.derivations[use.derivation]
    if not use.holds:
        why = f"holds for no module{_in_vain(use.misses)}"
        hint = "correct what it asks for, or remove it"
    elif use.differs:
        where = counted(use.differs, "module")
        why = f"gives its value to no module: it holds for {where}, with another value each"
        hint = "a manifest's own value is never changed; remove it, or let it ask for less"
    else:
        why = "gives its value to no module: wherever it holds, another derivation does as well"
        hint = "exclude one of them with `unless`"
    return at_place(derivation.at, "W427", f"`{derivation_words(derivation)}` {why}", hint=hint)


def _inside(found: Inspection) -> Iterator[Diagnostic]:
    """One finding for each text of a rule."""
    texts: dict[tuple[int, str], list[InsideWord]] = {}
    for each in found.inside:
        texts.setdefault((each.rule, each.text), []).append(each)
    for (number, text), places in texts.items():
        rule = found.rules.rules[number]
        words = ", ".join(f"{each.word} ({each.modules:,})" for each in places[:_NAMED])
        more = len(places) - _NAMED
        tail = f" and {more:,} more words" if more > 0 else ""
        yield at_place(
            rule.at,
            "W421",
            f"`{rule.name}` finds {shown_value(text)} inside longer words: {words}{tail}",
            hint=f"`mentions {text}` finds it as a word: in {modules(places[0].whole)}",
        )


def _edge(found: Inspection, edge: OnThreshold) -> Diagnostic:
    rules = [found.rules.rules[number] for number in edge.rules]
    names = " + ".join(rule.name for rule in rules)
    return at_place(
        rules[0].at if rules else "",
        "W423",
        f"{counted(edge.modules, 'module is', 'modules are')} exactly on the threshold to "
        f"{edge.threshold} {edge.star}, {amount(edge.score)}: {names}",
        hint="decide which side they belong to, and move a weight or the threshold",
    )


def _double(found: Inspection, overlap: Overlap) -> Diagnostic:
    first, second = found.rules.rules[overlap.first], found.rules.rules[overlap.second]
    most = max(overlap.of_first, overlap.of_second)
    where = (
        f"hold for the same {modules(overlap.both)}"
        if overlap.both == most
        else f"hold together in {overlap.both:,} of {modules(most)} ({percent(overlap.share)})"
    )
    return at_place(
        first.at,
        "W424",
        f"`{first.name}` and `{second.name}` {where}: what they see is counted twice",
        hint="keep one of them, or give both together the weight that they deserve",
    )


def _reversal(found: Reversal) -> Diagnostic:
    low, high = found.low, found.high
    return Diagnostic(
        code="W430",
        message=(
            f"a confidence of {amount(high.confidence)} is right for "
            f"{percent(Fraction(high.right, high.modules))} of {modules(high.modules)}, and one of "
            f"{amount(low.confidence)} for {percent(Fraction(low.right, low.modules))} of "
            f"{modules(low.modules)}: more evidence is less often right"
        ),
        hint="look at which rules add up there; they may see the same word twice",
    )


def _made(stars: WordOrigin) -> Diagnostic:
    return Diagnostic(
        code="W431",
        message=f"the stars look made from words of the path: {found_again(stars)}",
        hint="that rules agree with such stars does not show that either is right",
    )


def found_again(origin: WordOrigin) -> str:
    """How well a list of words tells values: `a list of 14 words rebuilds …`."""
    return (
        f"a list of {counted(len(origin.words), 'word')} rebuilds {origin.rebuilt:,} of "
        f"{origin.modules:,}; of those that it has not seen it finds "
        f"{percent(origin.held_out_share)} again, and of values dealt out by chance "
        f"{percent(origin.shuffled_share)}"
    )


def _one_source(found: Inspection, same: Sequence[str]) -> Diagnostic:
    line = same_source(same)
    asks = any(number > 1 for number in (found.rules.confidence.sources, *_own_numbers(found)))
    where = "write" if asks else "ask for `from 2 sources`, and write"
    return Diagnostic(
        code="W432",
        message=f"{_and(in_order(same))} follow from each other: they are one source of evidence",
        hint=f"{where} `{line}` in `confidence`",
    )


def _own_numbers(found: Inspection) -> Iterator[int]:
    return (number for _, number in found.rules.confidence.sources_star)


def same_source(same: Sequence[str]) -> str:
    """The line of a `confidence` block that says it: `same source path, node`."""
    return f"same source {', '.join(map(facet_text, in_order(same)))}"


def in_order(same: Sequence[str]) -> list[str]:
    """What is one source, the path first."""
    return sorted(same, key=lambda each: (each != PATH, each))


def _and(names: Sequence[str]) -> str:
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} and {last}"


FORMAT = "starlang-inspection/1"


def encode(found: Inspection) -> str:
    """The inspection as JSON text, an entry a line."""
    return json_text(json.dumps(inspection_json(found), ensure_ascii=False, indent=1)) + "\n"


def inspection_json(found: Inspection) -> dict[str, Json]:
    """The inspection as plain data."""
    rules = found.rules.rules
    return {
        "format": FORMAT,
        "modules": found.modules,
        "default_carriers": found.default_carriers,
        "outcomes": dict(found.outcomes),
        "rules": [
            {
                "rule": rules[use.rule].name,
                "star": rules[use.rule].star,
                "sign": rules[use.rule].sign,
                "weight": exact(rules[use.rule].weight),
                "at": rules[use.rule].at,
                "hits": use.hits,
                "share": _share(Fraction(use.hits, found.modules) if found.modules else None),
                "alone": use.alone,
                "wins": use.wins,
                "agree": use.agree,
                "differ": use.differ,
            }
            for use in found.uses
        ],
        "overlaps": [_overlap(found, each) for each in found.overlaps],
        "conflicts": [_overlap(found, each) for each in found.conflicts],
        "dead": [
            {
                "rule": rules[each.rule].name,
                "misses": [
                    {
                        "facet": miss.facet,
                        "wanted": miss.wanted,
                        "near": miss.near,
                        "modules": miss.modules,
                    }
                    for miss in each.misses
                ],
            }
            for each in found.dead
        ],
        "inside_words": [
            {
                "rule": rules[each.rule].name,
                "text": each.text,
                "word": each.word,
                "modules": each.modules,
                "whole": each.whole,
            }
            for each in found.inside
        ],
        "idle_masks": [str(found.rules.masks[number].what) for number in found.idle_masks],
        "stars": [
            {
                "star": each.star,
                "carried": each.carried,
                "promoted": each.promoted,
                "leading": each.leading,
                "given": each.given,
                "precision": _share(each.precision),
                "recall": _share(each.recall),
                "best": exact(each.best),
                "threshold": exact(each.threshold),
            }
            for each in found.stars
        ],
        "matrix": [
            {"carried": carried, "says": says, "modules": count}
            for (carried, says), count in found.matrix.items()
        ],
        "agreement": {
            "modules": found.carrying,
            "agree": found.agreeing,
            "share": _share(found.agreement_share),
        },
        "differing": [
            {
                "path": each.path,
                "file": each.file,
                "carried": each.carried,
                "says": each.says,
                "best": each.best or None,
                "score": exact(each.score),
                "evidence": [
                    {
                        "rule": rules[number].name,
                        "star": rules[number].star,
                        "sign": rules[number].sign,
                        "weight": exact(rules[number].weight),
                    }
                    for number in each.rules
                ],
            }
            for each in found.differing
        ],
        "reliability": [
            {
                "from": exact(each.low),
                "to": exact(each.high),
                "modules": each.modules,
                "right": each.right,
                "confidence": _share(
                    Fraction(each.total, each.modules * 1_000_000) if each.modules else None
                ),
            }
            for each in found.bins
        ],
        "calibration_error": _share(found.calibration_error),
        "on_thresholds": [
            {
                "star": each.star,
                "score": exact(each.score),
                "threshold": each.threshold,
                "modules": each.modules,
                "rules": [rules[number].name for number in each.rules],
            }
            for each in found.edges
        ],
        "curve": [
            {"threshold": exact(threshold), "promoted": count} for threshold, count in found.curve
        ],
        "fragile": [
            {
                "rule": rules[each.rule].name,
                "weight": exact(each.weight),
                "moved": exact(each.moved),
                "modules": each.modules,
                "examples": list(each.examples),
            }
            for each in found.fragile
        ],
        "confidences": [
            {
                "star": each.star,
                "confidence": exact(each.confidence),
                "modules": each.modules,
                "right": each.right,
            }
            for each in found.levels
        ],
        "trivial": [
            {"star": each.star, "rule": rules[each.rule].name, "modules": each.modules}
            for each in found.trivial
        ],
        "origins": _origins(found.origins),
        "derived": [_derived(found, each) for each in found.derived],
        "findings": [as_json(each) for each in findings(found)],
    }


def _origins(found: Origins) -> dict[str, Json]:
    return {
        "modules": found.modules,
        "stars": None if found.stars is None else _words(found.stars),
        "facets": list(map(_words, found.facets)),
        "follows": [
            {
                "facet": each.facet,
                "from": each.other,
                "modules": each.modules,
                "right": each.right,
                "share": _share(each.share),
                "example": {
                    "from": each.example[0],
                    "value": each.example[1],
                    "modules": each.example[2],
                },
            }
            for each in found.follows
        ],
        "same_source": [in_order(same) for same in found.same],
    }


def _derived(found: Inspection, use: DerivationUse) -> dict[str, Json]:
    derivation = found.rules.derivations[use.derivation]
    return {
        "facet": derivation.facet,
        "value": scalar_json(derivation.value),
        "at": derivation.at,
        "is_name": use.is_name,
        "holds": use.holds,
        "gives": use.gives,
        "says": use.says,
        "differs": use.differs,
        "origins": [{"source": source, "modules": count} for source, count in use.origins],
    }


def _words(found: WordOrigin) -> dict[str, Json]:
    return {
        "facet": found.facet,
        "usual": found.usual,
        "words": [
            {"word": each.word, "value": each.value, "modules": each.modules}
            for each in found.words
        ],
        "rebuilt": found.rebuilt,
        "others": found.others,
        "held_out": _share(found.held_out_share),
        "shuffled": _share(found.shuffled_share),
        "made": found.is_made,
    }


def _overlap(found: Inspection, each: Overlap) -> dict[str, Json]:
    rules = found.rules.rules
    return {
        "first": rules[each.first].name,
        "second": rules[each.second].name,
        "both": each.both,
        "of_first": each.of_first,
        "of_second": each.of_second,
    }


def _share(share: Fraction | None) -> str | None:
    """A share with six places, rounded half up."""
    return None if share is None else exact((share * 1_000_000 + Fraction(1, 2)).__floor__())
