"""Patterns whose parts are joined by `.*`."""

from collections.abc import Iterator, Sequence

from starlang.checker.checked import Written
from starlang.checker.regexes import Kind, Token, tokens
from starlang.diagnostics.model import Diagnostic, Label, at


def slow_joints(written: Sequence[Written]) -> Iterator[Diagnostic]:
    """W309: parts of a pattern joined by `.*`, which make the shared automaton large."""
    for each in written:
        found = tokens(each.pattern.regex) if each.pattern else ()
        for number, token in enumerate(found[:-1]):
            following = found[number + 1]
            is_gap = token.kind is Kind.ANY and _is_unbounded(following)
            if is_gap and _joins(found[:number], found[number + 2 :]):
                yield _slow(each.part(token.start, following.end))


def _is_unbounded(token: Token) -> bool:
    return token.kind is Kind.REPEAT and token.text.rstrip("?").endswith(("*", "+", ",}"))


def _joins(before: Sequence[Token], after: Sequence[Token]) -> bool:
    """Whether text is looked for on both sides."""
    texts = (Kind.LITERAL, Kind.CLASS, Kind.ANY)
    return all(any(token.kind in texts for token in side) for side in (before, after))


def _slow(place: Label) -> Diagnostic:
    return at(
        place.source,
        place.span,
        "W309",
        "parts joined like this make the automaton of all patterns large and slow",
        hint="look for the parts in two tests joined by `and`, or bound the gap: `[^/]{0,20}`",
    )
