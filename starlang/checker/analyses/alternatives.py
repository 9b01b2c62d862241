"""Alternatives and needles that another one beside them covers."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from starlang.checker.analyses.facts import needle_covers
from starlang.checker.checked import Written
from starlang.checker.regexes import Kind, Token, alternatives, tokens
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
    if any(token.kind in {Kind.FLAGS, Kind.OTHER} for token in found):
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


def _literal(branch: Sequence[Token], *, ignore_case: bool) -> str | None:
    """The text that `branch` is, if it is nothing else."""
    if any(token.kind is not Kind.LITERAL for token in branch):
        return None
    text = "".join(token.text for token in branch)
    if ignore_case and not text.isascii():
        return None
    return text.lower() if ignore_case else text


def _certain_runs(branch: Sequence[Token], *, ignore_case: bool) -> list[str]:
    """Texts that stand in whatever `branch` matches."""
    runs = [""]
    depth = 0
    for token, following in zip(branch, [*branch[1:], None], strict=True):
        depth += token.kind is Kind.OPEN
        depth -= token.kind is Kind.CLOSE
        repeated = following is not None and following.kind is Kind.REPEAT
        if token.kind is Kind.LITERAL and depth == 0 and not repeated:
            runs[-1] += token.text
        elif token.kind is not Kind.ANCHOR:
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
