"""Warnings that somebody has looked at and allowed, with a reason, where they arise.

    rule trail-words -> Trail  # allow W303 because "the next release raises it"

A comment `# allow CODE because "…"` covers warnings with this code whose place begins on its
line, or, if it stands alone, on the next line that holds something. Only warnings can be
allowed. One that covers nothing is reported itself, so none outlives its cause.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import define, evolve, field

from starlang.diagnostics.model import Diagnostic, Replacement, at
from starlang.syntax.scanner import Token, scan
from starlang.text import Source, Span

_BEGIN = re.compile(r"#\s*allow\s+[EW][0-9]")
_CODE = re.compile(r"W[0-9]{3}")
_WHOLE = re.compile(r'#\s*allow ((?:W[0-9]{3})(?:, W[0-9]{3})*) because "[^"]*\S[^"]*"\s*')


@define
class _Allowance:
    """One code that a comment allows on one line of a file."""

    source: Source
    span: Span
    code: str
    line: int
    is_used: bool = False


@define
class Allowances:
    """What the comments of some files allow."""

    malformed: list[Diagnostic] = field(factory=list)
    _allowed: list[_Allowance] = field(factory=list)

    def read(self, source: Source) -> None:
        """Adds the allowances of a file."""
        tokens = scan(source.text) if "allow" in source.text else ()
        for number, token in enumerate(tokens):
            if token.kind != "comment" or not _BEGIN.match(token.text):
                continue
            whole = _WHOLE.fullmatch(token.text)
            if whole is None:
                self.malformed.append(_malformed(source, token))
                continue
            line = _line(source, tokens, number)
            for code in whole[1].split(", "):
                self._allowed.append(_Allowance(source, token.span, code, line))

    def keep(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Those of `found` that nobody has allowed."""
        return [each for each in found if not self._covers(each)]

    def _covers(self, each: Diagnostic) -> bool:
        if each.is_error or not each.labels:
            return False
        first = each.labels[0]
        line = first.source.position(first.span.start).line
        covering = [
            one
            for one in self._allowed
            if (one.code, one.line, one.source.name) == (each.code, line, first.source.name)
        ]
        for one in covering:
            one.is_used = True
        return bool(covering)

    def unused(self) -> Iterator[Diagnostic]:
        """W314 for each that has covered nothing, once everything was shown to `keep`."""
        for one in self._allowed:
            if not one.is_used:
                message = f"nothing with the code {one.code} is found here"
                found = at(one.source, one.span, "W314", message, hint="delete the comment")
                yield evolve(found, replacement=_without(one))


def _without(unused: _Allowance) -> Replacement:
    """The comment without the code, or nothing where it allows no other.

    With a comment go the blanks before it, and its line if it has that to itself.
    """
    text, (start, end) = unused.source.text, unused.span
    codes, because, reason = text[start:end].partition(" because ")
    rest = [code for code in _CODE.findall(codes) if code != unused.code]
    if rest:
        return Replacement(unused.span, f"# allow {', '.join(rest)}{because}{reason}")
    while text[start - 1 : start] in {" ", "\t"}:
        start -= 1
    is_alone = start == 0 or text[start - 1] == "\n"
    ends_line = text[end : end + 1] == "\n"
    return Replacement(Span(start, end + 1 if is_alone and ends_line else end), "")


def allowances_in(sources: Iterable[Source]) -> Allowances:
    """The allowances of all `sources`."""
    found = Allowances()
    for source in sources:
        found.read(source)
    return found


def _line(source: Source, tokens: Sequence[Token], number: int) -> int:
    """The line that the comment with this number among `tokens` is about."""
    comment = tokens[number]
    if not comment.first:
        return source.position(comment.start).line
    following = (each for each in tokens[number + 1 :] if each.kind not in {"blank", "comment"})
    meant = next(following, comment)
    return source.position(meant.start).line


def _malformed(source: Source, token: Token) -> Diagnostic:
    return at(
        source,
        token.span,
        "W313",
        "this comment allows nothing: a code of a warning and a reason are needed",
        hint='write `# allow W303 because "…"`; errors cannot be allowed',
    )
