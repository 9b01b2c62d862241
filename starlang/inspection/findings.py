"""What an inspection has found that somebody should look at, as warnings with a place."""

from collections.abc import Iterator

from starlang.diagnostics.model import Diagnostic, at_place
from starlang.inspection.model import Dead, Edge, Inside, Inspection, Overlap
from starlang.inspection.wording import amount, modules
from starlang.manifests.wording import shown

_NAMED = 5


def findings(found: Inspection) -> Iterator[Diagnostic]:
    """All warnings: dead rules, words, masks, thresholds, doubles, stars out of reach."""
    for dead in found.dead:
        yield _dead(found, dead)
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
        if overlap.both == overlap.of_first == overlap.of_second:
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


def _dead(found: Inspection, dead: Dead) -> Diagnostic:
    rule = found.rules.rules[dead.rule]
    misses = [
        f"{shown(each.wanted)} is nowhere"
        + (f", but {shown(each.near)} is in {modules(each.modules)}" if each.near else "")
        for each in dead.misses[:_NAMED]
    ]
    more = len(dead.misses) - _NAMED
    tail = f" and {more:,} more" if more > 0 else ""
    words = f": {'; '.join(misses)}{tail}" if misses else ""
    return at_place(
        rule.at,
        "W420",
        f"`{rule.name}` holds for no module{words}",
        hint="correct what it asks for, or remove it",
    )


def _inside(found: Inspection) -> Iterator[Diagnostic]:
    """One finding for each text of a rule."""
    texts: dict[tuple[int, str], list[Inside]] = {}
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
            f"`{rule.name}` finds {shown(text)} inside longer words: {words}{tail}",
            hint=f"`mentions {text}` finds it as a word: in {modules(places[0].whole)}",
        )


def _edge(found: Inspection, edge: Edge) -> Diagnostic:
    rules = [found.rules.rules[number] for number in edge.rules]
    names = " + ".join(rule.name for rule in rules)
    return at_place(
        rules[0].at if rules else "",
        "W423",
        f"{modules(edge.modules)} lie exactly on the threshold to {edge.threshold} {edge.star}, "
        f"{amount(edge.score)}: {names}",
        hint="decide which side they belong to, and move a weight or the threshold",
    )


def _double(found: Inspection, overlap: Overlap) -> Diagnostic:
    first, second = found.rules.rules[overlap.first], found.rules.rules[overlap.second]
    return at_place(
        first.at,
        "W424",
        f"`{first.name}` and `{second.name}` hold for the same {modules(overlap.both)}: what they "
        "see is counted twice",
        hint="keep one of them, or give both together the weight that they deserve",
    )
