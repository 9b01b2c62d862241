"""Patterns and needles of rule files: what is wrong with them, and where."""

from attrs import frozen

from starlang.checker.checked import Written
from starlang.checker.regexes import Kind, Token, tokens, unbalanced
from starlang.checker.scope import Scope
from starlang.diagnostics.model import Label
from starlang.matching.needles import Needle, needle
from starlang.matching.patterns import Pattern, matches_empty, pattern_problem
from starlang.syntax.nodes import Regex, Text
from starlang.text import Span

_WAYS_OUT = {
    Kind.LOOK: (
        "look-around is not supported, since it has no bound on its running time",
        "exclude what must not count with `ignoring /…/`, or use `mentions` for whole words",
    ),
    Kind.REFERENCE: (
        "back-references are not supported, since they have no bound on their running time",
        "write the alternatives out, or use two tests joined by `and`",
    ),
}


@frozen
class _Problem:
    """What is wrong with a pattern, at `start` to `end` of its text."""

    message: str
    hint: str
    start: int
    end: int


def check_pattern(scope: Scope, regex: Regex, *, hides: bool = False) -> Pattern | None:
    """The pattern that `regex` writes, or None after E305 or E306.

    `hides` tells that it takes text out of sight instead of looking for it.
    """
    text, offsets = _unescaped(regex)
    pattern = Pattern(text, regex.ignore_case)
    place = Label(scope.source, regex.span)
    problem = _problem(pattern)
    if problem is not None:
        span = Span(offsets[problem.start], offsets[problem.end])
        where = Label(scope.source, span if span.start < span.end else regex.span)
        scope.findings.report("E305", where, problem.message, hint=problem.hint)
        return None
    if matches_empty(pattern):
        scope.findings.report(
            "E306",
            place,
            "this pattern matches the empty text, so it says nothing about a value",
            hint="require at least one character, for example by `+` in place of `*`",
        )
        return None
    scope.written.append(Written(place, pattern, offsets, hides=hides))
    return pattern


def _unescaped(regex: Regex) -> tuple[str, tuple[int, ...]]:
    r"""The pattern with `\/` turned into `/`, and the offset of each character in the source.

    There is one offset more than characters: that of the end.
    """
    characters: list[str] = []
    offsets: list[int] = []
    at = 0
    while at < len(regex.text):
        is_escape = regex.text[at] == "\\" and at + 1 < len(regex.text)
        taken = regex.text[at : at + 2] if is_escape else regex.text[at]
        shown = "/" if taken == "\\/" else taken
        characters += shown
        offsets += [regex.span.start + 1 + at + index for index in range(len(shown))]
        at += len(taken)
    offsets.append(regex.span.start + 1 + at)
    return "".join(characters), tuple(offsets)


def _problem(pattern: Pattern) -> _Problem | None:
    found = tokens(pattern.regex)
    for token in found:
        if token.kind in _WAYS_OUT:
            message, hint = _WAYS_OUT[token.kind]
            return _Problem(message, hint, token.start, token.end)
    if token_alone := unbalanced(found):
        return _alone(token_alone)
    refusal = pattern_problem(pattern)
    if refusal is None:
        return None
    start, end = _blamed(pattern.regex, refusal)
    hint = "patterns are those of RE2: https://github.com/google/re2/wiki/Syntax"
    return _Problem(f"this pattern is refused: {refusal}", hint, start, end)


def _alone(token: Token) -> _Problem:
    missing = "(" if token.kind is Kind.CLOSE else ")"
    message = f"`{token.text}` has no `{missing}` that belongs to it"
    hint = f"add `{missing}`, or write `\\{token.text[0]}` for the character itself"
    return _Problem(message, hint, token.start, token.end)


def _blamed(regex: str, refusal: str) -> tuple[int, int]:
    """The part of `regex` that RE2 names at the end of its refusal, or all of it."""
    _, _, part = refusal.partition(": ")
    while part:
        start = regex.find(part)
        if start >= 0:
            return start, start + len(part)
        part = part[:-1] if part.endswith(")") else ""
    return 0, len(regex)


def check_needles(
    scope: Scope, texts: tuple[Text, ...], *, hides: bool = False
) -> tuple[tuple[Needle, Label], ...] | None:
    """The needles that `texts` write and their places, each once, or None after E308 or E309."""
    found: dict[Needle, Label] = {}
    wrong = False
    for text in texts:
        made = _checked_needle(scope, text)
        place = Label(scope.source, text.span)
        if made is None:
            wrong = True
        elif made in found:
            message = f"`{text.text}` says the same as one before it"
            scope.findings.report("W201", place, message, hint="remove it")
        else:
            found[made] = place
    if wrong:
        return None
    label = Label(scope.source, texts[0].span.to(texts[-1].span))
    needles, places = tuple(found), tuple(found.values())
    scope.written.append(Written(label, needles=needles, places=places, hides=hides))
    return tuple(found.items())


def _checked_needle(scope: Scope, text: Text) -> Needle | None:
    place = Label(scope.source, text.span)
    if "*" in text.text[:-1]:
        hint = "`*` may only end a needle, as in `retriev*`; elsewhere use `matches /…/`"
        scope.findings.report("E309", place, f"`*` inside of `{text.text}`", hint=hint)
        return None
    if "/" in text.text:
        hint = f'to name a directory, write `path under "{text.text.strip("/")}"`'
        message = f"`{text.text}` can never be found: a phrase does not cross `/`"
        scope.findings.report("E308", place, message, hint=hint)
        return None
    made = needle(text.text)
    if made is None:
        hint = "a needle needs a letter or a digit; for other characters use `matches /…/`"
        scope.findings.report("E308", place, f"there is no word in `{text.text}`", hint=hint)
    return made
