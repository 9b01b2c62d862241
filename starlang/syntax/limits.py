"""How large a file may be: checked before it is parsed, so that nothing takes for ever.

Every limit is far above what people write and far below what hurts.
"""

from collections.abc import Iterator

from starlang.diagnostics.model import Diagnostic, at, in_order
from starlang.syntax.scanner import MAX_BYTES, Token, scan, significant
from starlang.text import Source, Span

MAX_LINE = 10_000
"""Characters in a line."""

MAX_RULES = 10_000
"""Rules in a file; each cell of a table is one."""

MAX_DEPTH = 64
"""Parentheses and `not` around a predicate, together."""

MAX_FINDINGS = 100
"""Findings that are reported of one file; nobody reads more at once."""

_BEFORE_CONDITION = frozenset({"when", "unless", "and", "or", "not", "("})
_VERDICTS = frozenset({"->", "against"})


def over_limit(source: Source) -> Diagnostic | None:
    """The first limit that the text exceeds, or None."""
    text = source.text
    if len(text) > MAX_BYTES // 4 and len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        message = f"the text has more than {MAX_BYTES:,} bytes"
        hint = "split it, and `use` the parts"
        return Diagnostic(code="E116", message=message, file=source.name, hint=hint)
    return _long_line(source) or _too_deep(source) or _too_many_rules(source)


def at_most(findings: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The first findings, and that there are more if so."""
    if len(findings) <= MAX_FINDINGS:
        return findings
    message = f"there are more than {MAX_FINDINGS} findings, and these are the first"
    hint = "correct them, and check again"
    more = Diagnostic(code="E116", message=message, file=findings[0].file, hint=hint)
    return in_order((*findings[:MAX_FINDINGS], more))


def _long_line(source: Source) -> Diagnostic | None:
    start = 0
    for line in source.text.split("\n"):
        length = len(line.removesuffix("\r"))
        if length > MAX_LINE:
            span = Span(start + MAX_LINE, start + length)
            message = f"the line has {length:,} characters, and {MAX_LINE:,} are allowed"
            return at(source, span, "E116", message, hint="break the line")
        start += len(line) + 1
    return None


def _too_deep(source: Source) -> Diagnostic | None:
    text = source.text
    if text.count("(") + text.count("not") <= MAX_DEPTH:  # then there is no need to look closer
        return None
    for token, depth in _depths(significant(scan(text))):
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} parentheses and `not` stand around this"
            hint = "simplify the condition, or make several rules of it"
            return at(source, token.span, "E116", message, hint=hint)
    return None


def _depths(tokens: tuple[Token, ...]) -> Iterator[tuple[Token, int]]:
    """Each `(` and each `not` before a condition, with how deep it leads.

    `outer` holds the depth in front of each open parenthesis, with the `not` that apply to it.
    """
    outer: list[int] = []
    depth = 0
    previous = ""
    for token in tokens:
        base = outer[-1] if outer else 0
        depth = depth if previous == "not" else base
        if token.text == "(":
            depth += 1
            outer.append(depth)
            yield token, depth
        elif token.text == ")" and outer:
            outer.pop()
        elif token.text == "not" and previous in _BEFORE_CONDITION:
            depth += 1
            yield token, depth
        previous = token.text


def _too_many_rules(source: Source) -> Diagnostic | None:
    text = source.text
    if sum(map(text.count, ("rule", ",", "->", "against"))) <= MAX_RULES:
        return None
    for number, token in enumerate(_rules(significant(scan(text))), start=1):
        if number > MAX_RULES:
            message = f"the file has more than {MAX_RULES:,} rules"
            hint = "split it, and `use` the parts"
            return at(source, token.span, "E116", message, hint=hint)
    return None


def _rules(tokens: tuple[Token, ...]) -> Iterator[Token]:
    """The word `rule` of each rule, and the end of each cell of a table."""
    in_table = False
    following = (*tokens[1:], None)
    for token, after in zip(tokens, following, strict=False):
        if token.text in {"table", "}"}:
            in_table = token.text == "table"
        elif token.text == "rule" or (in_table and _ends_cell(token, after)):
            yield token


def _ends_cell(token: Token, after: Token | None) -> bool:
    if token.text in _VERDICTS:
        return True
    return token.text == "," and after is not None and after.text not in _VERDICTS
