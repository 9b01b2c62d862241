"""All syntax errors of a file, and the declarations that are right in spite of them."""

from attrs import frozen
from lark import Token as Leaf

from starlang.diagnostics.model import Diagnostic
from starlang.syntax.building.builder import Branch, branches
from starlang.syntax.limits import MAX_FINDINGS
from starlang.syntax.recovery.lexical import mended
from starlang.syntax.recovery.mending import Mending
from starlang.syntax.recovery.prefix import tree_of
from starlang.syntax.recovery.segments import segments
from starlang.syntax.scanner import Token, scan, significant
from starlang.text import Source, Span


@frozen
class Recovered:
    """What was read of a file with errors.

    `trees` are declarations; in the `damaged` spans something was left out of them. `others`
    are only good for being checked: something in them stands in for what could not be read.
    """

    trees: list[Branch]
    others: list[Branch]
    diagnostics: list[Diagnostic]
    damaged: list[Span]

    def follows(self, diagnostic: Diagnostic) -> bool:
        """Whether it says that a clause is missing where one was given up."""
        span = diagnostic.labels[0].span
        inside = any(each.start <= span.start < each.end for each in self.damaged)
        return inside and diagnostic.code == "E110"


def recover(source: Source, text: str) -> Recovered:
    """Reads `text`, the text of `source` without what cannot be seen, which has a syntax error."""
    tokens, diagnostics = mended(source, significant(scan(text)))
    found = Recovered([], [], diagnostics, [])
    waiting = segments(tokens)[::-1]
    while waiting and len(diagnostics) <= MAX_FINDINGS:
        part = waiting.pop()
        mending = _mended(source, part, waiting[-1][0] if waiting else None, found)
        if mending.rest:
            waiting.append(mending.rest)
    return found


def _mended(source: Source, part: list[Token], behind: Token | None, found: Recovered) -> Mending:
    """Reads one declaration, and adds it to what was found."""
    mending = Mending(source, behind, part[::-1])
    mending.run(MAX_FINDINGS + 1 - len(found.diagnostics))
    found.diagnostics.extend(mending.diagnostics)
    if mending.is_damaged:
        found.damaged.append(Span(part[0].start, part[-1].end))
        found.others.extend(_trees(mending.kept))
    if not mending.is_lost:
        found.trees.extend(_trees(mending.sound()))
    return mending


def _trees(tokens: list[tuple[str, Token]]) -> list[Branch]:
    """The tokens as declarations; none where a clause that must be there was given up."""
    tree = tree_of(
        [Leaf(name, token.text, start_pos=token.start, end_pos=token.end) for name, token in tokens]
    )
    return branches(tree) if tree is not None else []
