"""Alternatives and needles that another one beside them covers."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from starlang.checker.context import Written
from starlang.checker.lints.logic import needle_covers
from starlang.checker.patterns import PatternToken, TokenKind, alternatives, tokens
from starlang.diagnostics.model import Diagnostic, Label, at


def covered_alternatives(written: Sequence[Written]) -> Iterator[Diagnostic]:
    """W307: what makes no difference in a `matches` or `mentions`.

    Masks and `ignoring` are left out: there a longer alternative hides more text.
    """
    for each in written:
        if each.hides:
            continue
        yield from _covered_needles(each)
        if each.pattern is not None:
            yield from _covered_branches(each, ignore_case=each.pattern.ignore_case)


def _covered_needles(written: Written) -> Iterator[Diagnostic]:
    for needle, place in zip(written.needles, written.places, strict=True):
        for other, wider in zip(written.needles, written.places, strict=True):
            if needle != other and needle_covers(other, needle):
                yield _warning(f"`{needle}`", place, f"`{other}`", wider)
                break


def _covered_branches(written: Written, *, ignore_case: bool) -> Iterator[Diagnostic]:
    regex = written.pattern.regex if written.pattern else ""
    found = tokens(regex)
    if any(token.kind in {TokenKind.FLAGS, TokenKind.OTHER} for token in found):
        return
    branches = [branch for branch in alternatives(found) if branch]
    literals = [_literal(branch, ignore_case=ignore_case) for branch in branches]
    for number, branch in enumerate(branches):
        runs = _certain_runs(branch, ignore_case=ignore_case)
        for other, literal in enumerate(literals):
            same = literals[number] == literal
            if other == number or literal is None or (same and other > number):
                continue
            if any(literal in run for run in runs):
                narrow, wide = (
                    written.part(branches[each][0].start, branches[each][-1].end)
                    for each in (number, other)
                )
                words = (regex[b[0].start : b[-1].end] for b in (branch, branches[other]))
                narrow_text, wide_text = (f"`{text}`" for text in words)
                yield _warning(narrow_text, narrow, wide_text, wide)
                break


def _literal(branch: Sequence[PatternToken], *, ignore_case: bool) -> str | None:
    """The text that `branch` is, if it is nothing else."""
    if any(token.kind is not TokenKind.LITERAL for token in branch):
        return None
    text = "".join(token.text for token in branch)
    if ignore_case and not text.isascii():
        return None
    return text.lower() if ignore_case else text


def _certain_runs(branch: Sequence[PatternToken], *, ignore_case: bool) -> list[str]:
    """Texts that stand in whatever `branch` matches."""
    runs = [""]
    depth = 0
    for token, following in zip(branch, [*branch[1:], None], strict=True):
        depth += token.kind is TokenKind.OPEN
        depth -= token.kind is TokenKind.CLOSE
        repeated = following is not None and following.kind is TokenKind.REPEAT
        if token.kind is TokenKind.LITERAL and depth == 0 and not repeated:
            runs[-1] += token.text
        elif token.kind is not TokenKind.ANCHOR:
            runs.append("")
    return [run.lower() if ignore_case else run for run in runs if run]


def _warning(narrow: str, place: Label, wide: str, wider: Label) -> Diagnostic:
    return at(
        place.source,
        place.span,
        "W307",
        f"{narrow} makes no difference beside {wide}",
        others=[evolve(wider, message="found wherever the other is")],
        hint=f"remove {narrow}, or make {wide} narrower",
    )


# Patterns whose parts are joined by `.*`.


def slow_joints(written: Sequence[Written]) -> Iterator[Diagnostic]:
    """W309: parts of a pattern joined by `.*`, which make the shared automaton large."""
    for each in written:
        found = tokens(each.pattern.regex) if each.pattern else ()
        for number, token in enumerate(found[:-1]):
            following = found[number + 1]
            is_gap = token.kind is TokenKind.ANY and _is_unbounded(following)
            if is_gap and _joins(found[:number], found[number + 2 :]):
                yield _slow(each.part(token.start, following.end))


def _is_unbounded(token: PatternToken) -> bool:
    return token.kind is TokenKind.REPEAT and token.text.rstrip("?").endswith(("*", "+", ",}"))


def _joins(before: Sequence[PatternToken], after: Sequence[PatternToken]) -> bool:
    """Whether text is looked for on both sides."""
    texts = (TokenKind.LITERAL, TokenKind.CLASS, TokenKind.ANY)
    return all(any(token.kind in texts for token in side) for side in (before, after))


def _slow(place: Label) -> Diagnostic:
    return at(
        place.source,
        place.span,
        "W309",
        "parts joined like this make the automaton of all patterns large and slow",
        hint="look for the parts in two tests joined by `and`, or bound the gap: `[^/]{0,20}`",
    )
