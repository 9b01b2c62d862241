"""Patterns: RE2, so the time to match is linear in the text whatever the pattern."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import re2

MAX_PATTERN = 1_000
"""Longest pattern in characters: RE2's time to compile grows with it."""

SET_MEMORY = 256 << 20
"""Upper bound in bytes of one set's automaton, which is built as texts need it."""

_HALF_CHARACTER = re.compile(r"(?<!\\)(?:\\\\)*\\C")


class Pattern(NamedTuple):
    r"""An RE2 pattern as written between the slashes (`\/` already turned into `/`)."""

    regex: str
    ignore_case: bool = False

    def __str__(self) -> str:
        slashed = self.regex.replace("/", "\\/")
        return f"/{slashed}/{'i' if self.ignore_case else ''}"


def escape(text: str) -> str:
    """An RE2 pattern that matches exactly `text`."""
    escaped: str = re2.escape(text)
    return escaped


def pattern_problem(pattern: Pattern) -> str | None:
    """Why RE2 refuses `pattern`, or None if it does not."""
    if len(pattern.regex) > MAX_PATTERN:
        return f"it has {len(pattern.regex):,} characters, and the limit is {MAX_PATTERN:,}"
    if _HALF_CHARACTER.search(pattern.regex):
        return r"`\C` stands for one byte, which may be a part of a character: \C"
    try:
        _compile(pattern)
    except re2.error as error:
        reason = error.args[0]
        return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return None


def group_problem(regex: str) -> str | None:
    """Why `regex` cannot take a part of a text, or None: it needs exactly one group."""
    if problem := pattern_problem(Pattern(regex)):
        return problem
    groups = _taking(regex).groups
    return None if groups == 1 else f"it has {groups or 'no'} groups, and one is needed"


def taken(regex: str, text: str) -> str | None:
    """What the one group of `regex` holds where it is first found in `text`, or None."""
    found = _taking(regex).search(text)
    return found[1] if found else None


@lru_cache(maxsize=1_000)
def _taking(regex: str) -> "re2._Regexp":
    options = re2.Options()
    options.log_errors = False
    return re2.compile(regex, options)


_COUNT = re.compile(r"\{[0-9]")
_LARGE = 250
"""A program that is smaller takes a microsecond a character at worst: a count up to 64 or so."""


def counted_size(pattern: Pattern) -> int:
    """The size of the pattern's program if it repeats something by a large count, else 0.

    Only counts make an automaton of many states from a short pattern.
    """
    if _COUNT.search(pattern.regex) is None:
        return 0
    size: int = _compile(pattern).programsize
    return size if size >= _LARGE else 0


def matches_empty(pattern: Pattern) -> bool:
    """Whether `pattern` matches the empty text, and with it every text."""
    return _compile(pattern).search("") is not None


def _options() -> "re2.Options":
    options = re2.Options()
    options.never_capture = True  # 8,000 nested groups: 2 ms instead of 2.3 s
    options.log_errors = False
    return options


@lru_cache(maxsize=10_000)  # what was tried when rules were read is asked afterwards
def _compile(pattern: Pattern) -> "re2._Regexp":
    return re2.compile(in_set(pattern), _options())


def in_set(pattern: Pattern) -> str:
    """The pattern with its flag inside, to stand beside others.

    Not in a group: that would close one that the pattern leaves open, and hide it.
    """
    return f"(?i){pattern.regex}" if pattern.ignore_case else pattern.regex


def _subject(text: str) -> str | bytes:
    """What RE2 is given for `text`: where offsets are the same, bytes, which take less time.

    A byte of a file name that is not an UTF-8 becomes `?`, which changes no offset.
    """
    return text.encode() if text.isascii() else text.encode(errors="replace").decode()


class Finder:
    """One compiled pattern that gives spans, for masks and explanations."""

    def __init__(self, pattern: Pattern) -> None:
        self._regexp = _compile(pattern)
        self._match = _match_once(self._regexp)

    def found_in(self, text: str) -> bool:
        """Whether there is a match in `text`."""
        return self._regexp.search(_subject(text)) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Leftmost matches that do not overlap; an empty one only if all are empty."""
        if self._match is not None and text.isascii():
            found = _all_matches(self._match, text.encode())
        else:
            found = [match.span() for match in self._regexp.finditer(_subject(text))]
        return [(start, end) for start, end in found if start < end] or found[:1]


_NOWHERE = (-1, -1)

MatchOnce = Callable[[bytes, int, int], Sequence[tuple[int, int]]]
"""The spans of the first match between two offsets, and of its groups."""


def _match_once(regexp: "re2._Regexp") -> MatchOnce | None:
    """The function that finds one match, without the ones around it, if it is where it was.

    They make objects of matches that take three times as long as finding them.
    """
    inner, anchor = getattr(regexp, "_regexp", None), getattr(re2, "_Anchor", None)
    return None if inner is None or anchor is None else partial(inner.Match, anchor.UNANCHORED)


def _all_matches(match: MatchOnce, data: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at, end = 0, len(data)
    while at <= end and (span := match(data, at, end)[0]) != _NOWHERE:
        found.append(span)
        at = max(span[1], at + 1)  # an empty match would be found again and again
    return found


Match = Callable[[bytes], Sequence[int]]


class PatternSet:
    """Many patterns that one pass over a text decides at once.

    `patterns[n]` holds the alternatives of pattern `n`, RE2 patterns of which one at
    least must be found. RE2 merges alternatives that begin alike, so a pattern should be
    given in as many as there are (`starlang.matching.patterns`).

    `match` takes UTF-8 bytes and gives what `patterns` reads: indexes into `numbers`, in
    no order. `numbers[i]` is the number of a pattern, or `len(patterns)` for `always`, the
    index that is in every answer. An answer without it is void.
    """

    def __init__(self, patterns: Sequence[Sequence[str]], memory: int = SET_MEMORY) -> None:
        options = _options()
        options.max_mem = memory
        made = re2.Set.SearchSet(options)
        entries = [(n, regex) for n, regexes in enumerate(patterns) for regex in regexes]
        for _, regex in entries:
            made.Add(regex)
        # A set whose automaton runs out of memory answers "nothing found". This pattern is
        # found in every text, so its absence tells that the answer is void.
        self.always: int = made.Add("")
        self.numbers = (*(number for number, _ in entries), len(patterns))
        self._entries = entries
        self.match = _match(made)

    def patterns(self, found: Sequence[int]) -> frozenset[int] | None:
        """Numbers of the patterns found, from an answer of `match`; None if it is void."""
        if self.always not in found:
            return None
        return frozenset(self.numbers[at] for at in found if at != self.always)

    def found_in(self, text: str) -> frozenset[int]:
        """Numbers of the patterns found in `text`."""
        data = text.encode(errors="replace")
        found = self.patterns(self.match(data))
        return self._found_singly(data.decode()) if found is None else found

    def _found_singly(self, text: str) -> frozenset[int]:
        return frozenset(number for number, regexp in self._singles if regexp.search(text))

    @cached_property
    def _singles(self) -> list[tuple[int, "re2._Regexp"]]:
        return [(number, re2.compile(regex, _options())) for number, regex in self._entries]


def _match(made: "re2.Set") -> Match:
    """The function that matches a set, without the one around it where that is possible.

    The outer one takes half as long again, and answers None for nothing.
    """
    try:
        made.Compile()
    except re2.error:  # the patterns together are larger than the memory allowed
        return lambda _: ()
    if (inner := getattr(made, "_set", None)) is not None:
        match: Match = inner.Match
        return match
    return lambda text: made.Match(text) or ()


# The alternatives of a pattern, apart.
#
# RE2 merges patterns of a set that begin alike into one tree, which keeps its automaton
# small however many there are; but it does not look into a group for that. `cat|dog` put
# in as two patterns costs a tenth of what it costs as one, from some hundred patterns on.
#
# Only patterns of plain shape are taken apart, the others stay whole: no nested groups,
# no flags, no `\Q…\E`. Whatever this does, a set decides the same.

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
