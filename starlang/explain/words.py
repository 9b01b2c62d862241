"""The one sentence that says why a module got what it got."""

from collections.abc import Iterator, Sequence
from functools import cache
from textwrap import wrap
from typing import assert_never

from starlang.engine.decisions import Outcome, Score
from starlang.explain.model import EvidenceRow, Explanation, Match, Origin, sources_in, sources_of
from starlang.printable import Paint, lines_text, plain
from starlang.rules.model import MICRO
from starlang.rules.sources import Sources
from starlang.rules.spelling import facet_text
from starlang.text import shown

# Amounts in words: scores and weights are integers of 10^-6.


@cache
def exact(micro: int) -> str:
    """All six places, for programs: `0.400000`."""
    sign = "-" if micro < 0 else ""
    return f"{sign}{abs(micro) // MICRO}.{abs(micro) % MICRO:06d}"


def short(micro: int) -> str:
    """As few places as say it, at least two, for people: `0.40`, `0.125`."""
    whole, places = exact(micro).split(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def why(explanation: Explanation) -> str:  # noqa: C901, PLR0911 -- one return an outcome
    """The decision in one sentence, in plain words."""
    match explanation.outcome:
        case Outcome.ASSIGNED:
            return f"assigned to {explanation.star}{_reason(explanation)}."
        case Outcome.UNRECOGNISED:
            return (
                f"carries `{explanation.current_label}`, which is not in the canon: "
                "left as it is unless it is assigned."
            )
        case Outcome.KEPT:
            return _kept(explanation)
        case Outcome.BARRED:
            return f"no star may be given here{_reason(explanation)}."
        case Outcome.PROMOTED:
            return f"{_best(explanation)} reaches {_promote(explanation)}{_lead(explanation)}."
        case Outcome.DEFERRED:
            return _deferred(explanation)
        case Outcome.CONTESTED:
            return _contested(explanation)
        case Outcome.SUGGESTED if explanation.lacks_sources:
            return f"{_best(explanation)} reaches {_promote(explanation)}, {sources(explanation)}."
        case Outcome.SUGGESTED:
            return (
                f"{_best(explanation)} reaches {short(explanation.suggest_at)} to be suggested, "
                f"but not {_promote(explanation)}."
            )
        case Outcome.WEAK:
            return _weak(explanation)
        case Outcome.SILENT:
            return "no rule holds."
        case _:
            assert_never(explanation.outcome)


def _best(explanation: Explanation) -> str:
    best = explanation.best
    return f"{best.star} at {short(best.score)}" if best else "nothing"


def _promote(explanation: Explanation) -> str:
    return f"{short(explanation.promote_at)} to be promoted"


def _reason(explanation: Explanation) -> str:
    reasons = [each.because for each in explanation.exceptions if each.because]
    return f", because: {'; '.join(reasons)}" if reasons else ""


def _lead(explanation: Explanation) -> str:
    second = explanation.runner_up
    if second is None:
        return " and has no rival"
    return f" and leads {second.star} ({short(second.score)}) by {short(explanation.lead)}"


def _kept(explanation: Explanation) -> str:
    kept = f"carries {explanation.star} already"
    if explanation.star in explanation.barred:
        kept += f", though an exception bars it from that{_reason(explanation)}"
    says = explanation.rules_say
    if says == explanation.star:
        return f"{kept}, and the rules agree."
    if says == explanation.default:
        return f"{kept}; the rules would not promote it now."
    return f"{kept}; the rules would now give it {says}."


_SHOWN_OF_SOURCE = 3
"""Facets of one source that are named, with what was found in each."""


def sources(explanation: Explanation) -> str:
    """What the evidence for the best star rests on, and that it is too little: "but all of …"."""
    best = explanation.best
    if best is None:  # only a best star can lack sources
        return ""
    rows = [row for row in explanation.rows if row.star == best.star]
    return f"but {rests_on(explanation.grounds.sources, rows, explanation.sources_at)}"


def rests_on(known: Sources, rows: Sequence[EvidenceRow], asked: int) -> str:
    """What the rows of one star rest on, and that a promotion takes `asked` sources."""
    speaking = [row for row in rows if row.sign > 0]
    found = sources_in(known, speaking)
    named = [_source(known, name, speaking) for name in sorted(found.names)]
    wanted = f"{asked} sources are asked for"
    if not named:
        return f"its evidence is what is absent, which is no source; {wanted}"
    if len(named) == 1:
        return f"all of it is from {named[0]}; {wanted}"
    if found.count == 1:
        return f"it is one observation of {_and(named)}; {wanted}"
    if found.count < len(named):
        return f"it is {found.count} independent observations of {_and(named)}; {wanted}"
    return f"it rests on {found.count} sources, {_and(named)}; {wanted}"


def _and(named: Sequence[str]) -> str:
    """Two or more names as a list in a sentence."""
    *most, last = named
    return f"{', '.join(most)} and {last}"


def _source(known: Sources, name: str, rows: Sequence[EvidenceRow]) -> str:
    """A source, and what was found of it: `path (path: memory; node: memory, the same …)`."""
    facets: dict[str, str] = {}
    for match in (match for row in rows for match in row.matches):
        if name in sources_of(known, [match]):
            facets.setdefault(match.facet, f"{match.text}{_counts_as(known, name, match)}")
    more = len(facets) - _SHOWN_OF_SOURCE
    listed = [
        f"{facet_text(facet)}: {text}" for facet, text in list(facets.items())[:_SHOWN_OF_SOURCE]
    ]
    return f"{name} ({'; '.join(listed)}{f'; and {more} more' if more > 0 else ''})"


def _counts_as(known: Sources, name: str, match: Match) -> str:
    """Why a match counts as the source `name`, "" where it is that by itself."""
    if match.origins and not known.joins(match.facet):
        is_own = any(origin.is_own for origin in match.origins)
        return f", which is also derived from {name}" if is_own else f", derived from {name}"
    return f", the same source as {name}" if known.by_itself(match.facet) != name else ""


def _deferred(explanation: Explanation) -> str:
    held = explanation.held
    if held is None:  # only a deferred module has this sentence
        return ""
    group = f" ({held.group})" if held.group else ""
    last = (
        f"; the last one in is {held.last_path} at {short(held.last_score)}"
        if held.last_path is not None
        else "; it leaves no room for any"
    )
    return (
        f"{_best(explanation)} is eligible, held by `{held.ceiling}`{group}: "
        f"rank {held.rank:,} of {held.eligible:,}{last}."
    )


def _contested(explanation: Explanation) -> str:
    second = explanation.runner_up
    reached = f"{_best(explanation)} reaches {_promote(explanation)}"
    if second is None:
        return f"{reached}, but leads by less than the margin {short(explanation.margin)}."
    if second.star in explanation.barred and explanation.lead <= 0:
        return (
            f"{reached}, but {second.star} ({short(second.score)}), from which it is barred, "
            "is not behind it, and no other star moves up in its place."
        )
    if explanation.lead <= 0:
        return f"{reached}, but {second.star} has the same score."
    return (
        f"{reached}, but leads {second.star} ({short(second.score)}) only by "
        f"{short(explanation.lead)}, and the margin is {short(explanation.margin)}."
    )


def _weak(explanation: Explanation) -> str:
    if explanation.best is not None:
        return f"{_best(explanation)} is below {short(explanation.suggest_at)} to be suggested."
    if any(score.score > 0 for score in explanation.scores):
        return f"the stars that the evidence is for are barred here{_reason(explanation)}."
    return "the evidence against outweighs the evidence for every star."


# An explanation as plain text: the same words on a terminal, in a report, in Python.

WIDTH = 80
_MARGIN = 2
_COLUMN = 12
_STEPS = 6
"""Modules on a way that are named; the others are counted."""


def render(each: Explanation, *, width: int = WIDTH, paint: Paint = plain) -> str:
    """The decision, its evidence and all that stood for or against it, without a last newline."""
    lines = [_title(each, paint), *wrapped(why(each), width, _MARGIN)]
    for row in sorted(each.rows, key=lambda row: (row.star, -row.sign * row.weight, row.rule)):
        lines += _row(row, width, paint)
    for name, text in _figures(each):
        first, *rest = wrapped(text, width, _MARGIN + _COLUMN)
        lines += [" " * _MARGIN + paint("quiet", name.ljust(_COLUMN)) + first.lstrip(), *rest]
    return lines_text(lines)


def _title(each: Explanation, paint: Paint) -> str:
    outcome = paint(each.outcome.value, each.outcome.value)
    title = f"{paint('title', each.path)}  {outcome}" if each.path else outcome
    if each.star in {None, each.current} and not each.secondary:
        return title
    stars = " + ".join([each.star or each.current, *each.secondary])
    return f"{title}  {each.current} -> {stars}"


def wrapped(text: str, width: int, indent: int) -> list[str]:
    """`text` in lines of at most `width` columns, each indented; never none."""
    space = " " * indent
    lines = wrap(
        shown(text),
        width,
        initial_indent=space,
        subsequent_indent=space,
        break_long_words=False,  # a path can be copied
        break_on_hyphens=False,
    )
    return lines or [space]


def _row(row: EvidenceRow, width: int, paint: Paint) -> Iterator[str]:
    sign, style = ("+", "for") if row.sign > 0 else ("-", "against")
    weight = paint(style, f"{sign}{short(row.weight)} {row.star}")
    counts = "" if abs(row.effect) == row.weight else f"  (counts {short(row.effect)})"
    place = f"  {row.at}" if row.at else ""
    yield f"    {weight}  {row.rule}{counts}{paint('quiet', place)}"
    for match in row.matches:
        for line in match_lines(match):
            yield from wrapped(line, width, 10)
    if row.because:
        yield from wrapped(f"because {row.because}", width, 10)


def match_text(match: Match) -> str:
    """`facet: value`, the matched part in brackets unless it is the whole value.

    Before a value that is some steps away, the steps.
    """
    before = match.value[: match.start]
    after = match.value[match.end :]
    found = match.text
    marked = f"{before}[{found}]{after}" if before or after else found
    more = f" and {match.more:,} more" if match.more else ""
    place = f" ({match.at})" if match.at else ""
    origins = f"{place}{''.join(map(_origin, match.origins))}"
    return f"{match.facet}: {_steps(match.through)}{marked}{more}{origins}"


def match_lines(match: Match) -> Iterator[str]:
    """`match_text`, then why its value is derived, and in the same way all that it rests on."""
    yield match_text(match)
    for origin in match.origins:
        if origin.because:
            yield f"because {origin.because}"
        for each in origin.matches:
            if each.origins:
                yield from match_lines(each)


def _origin(origin: Origin) -> str:
    place = f" ({origin.at})" if origin.at else ""
    if origin.is_own:
        facets = sorted(set(base_facets(origin.matches)))
        counts = f": counts as {' and '.join(facets)}" if facets else ""
        return f", which {origin.derivation}{place} gives as well{counts}"
    found = dict.fromkeys(f'{each.facet} "{each.text}"' for each in origin.matches)
    source = f" from {' and '.join(found)}" if found else ""
    return f", derived{source} by {origin.derivation}{place}"


def base_facets(matches: Sequence[Match]) -> Iterator[str]:
    """The facets and relations that matches rest on in the end, in their order."""
    for each in matches:
        if not each.origins:
            yield each.facet
        for origin in each.origins:
            yield from base_facets(origin.matches)


def _steps(through: tuple[str, ...]) -> str:
    """The modules on the way to a match, each with an arrow; of many the first few."""
    listed = [f"{path} -> " for path in through[:_STEPS]]
    left = len(through) - len(listed)
    return "".join(listed) + (f"{left:,} more -> " if left else "")


def _figures(each: Explanation) -> Iterator[tuple[str, str]]:
    if each.scores:
        yield "scores", ", ".join(map(_score, each.scores))
    if each.best is not None:
        margin = f", margin {short(each.margin)}" if each.margin else ""
        promote = f"promote {each.best.star} at {short(each.promote_at)}"
        if each.sources_at > 1:
            promote += f" from {each.sources_at} sources"
        yield "thresholds", f"suggest at {short(each.suggest_at)}, {promote}{margin}"
        if each.sources_at > 1:
            found = each.sources_of(each.best.star)
            yield "sources", f"{found.count}: {', '.join(sorted(found.names)) or 'none'}"
    for exception in each.exceptions:
        yield "exception", f"{exception.words}: {exception.because} ({exception.at})"
    for held in each.dropped:
        group = f" ({held.group})" if held.group else ""
        yield "held back", f"{held.star}, by {held.ceiling}{group}"
    for standing in each.standings:
        group = f" ({standing.group})" if standing.group else ""
        place = f"number {standing.place} of {standing.limit}"
        yield "ceiling", f"{standing.ceiling}{group}: {standing.star} is {place}"
    if each.outcome is not Outcome.KEPT and each.rules_say not in {each.star, each.default}:
        yield "rules say", each.rules_say


def _score(score: Score) -> str:
    if score.raw == score.score == score.confidence:
        return f"{score.star} {short(score.score)}"
    figures = [f"raw {short(score.raw)}"]
    if score.confidence != score.score:
        figures.append(f"confidence {short(score.confidence)}")
    return f"{score.star} {short(score.score)} ({', '.join(figures)})"
