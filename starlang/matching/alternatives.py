r"""The alternatives of a pattern, apart.

RE2 merges patterns of a set that begin alike into one tree, which keeps its automaton
small however many there are; but it does not look into a group for that. `cat|dog` put
in as two patterns costs a tenth of what it costs as one, from some hundred patterns on.

Only patterns of plain shape are taken apart, the others stay whole: no nested groups,
no flags, no `\Q…\E`. Whatever this does, a set decides the same.
"""

import re

from starlang.matching.patterns import Pattern, in_set

_PIECE = re.compile(
    r"""
      \|
    | \\ [^QE]                         # an escape
    | \[ [^][\\]+ ]                    # a class without escapes and names
    | \( (?: \?: | (?!\?) ) [^][()\\]* \)   # a group without groups
    | [^][()\\]
    """,
    re.VERBOSE | re.DOTALL,
)


_LITERAL = re.compile(r"[a-z0-9_/ -]*", re.IGNORECASE | re.ASCII)


def lower_alternatives(pattern: Pattern) -> tuple[str, ...]:
    """The same for ASCII texts in lower case only.

    A word needs no flag there, and one with a capital is never found. An automaton that
    is not told of two cases has half as many different characters.
    """
    found: list[str] = []
    for part in alternatives(pattern):
        word = part.removeprefix("(?i)") if pattern.ignore_case else part
        if _LITERAL.fullmatch(word) is None:
            found.append(part)
        elif pattern.ignore_case or word == word.lower():
            found.append(word.lower())
    return tuple(dict.fromkeys(found))


def alternatives(pattern: Pattern) -> tuple[str, ...]:
    """RE2 patterns of which one is found in a text exactly if `pattern` is."""
    pieces = [match.group() for match in _PIECE.finditer(pattern.regex)]
    if sum(map(len, pieces)) != len(pattern.regex):
        return (in_set(pattern),)
    parts = [""]
    for piece in pieces:
        if piece == "|":
            parts.append("")
        else:
            parts[-1] += piece
    return tuple(in_set(Pattern(part, pattern.ignore_case)) for part in dict.fromkeys(parts))
