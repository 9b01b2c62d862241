"""Patterns: RE2, so the time to match is linear in the text whatever the pattern."""

from collections.abc import Iterator, Sequence

import re2
from attrs import frozen

MAX_PATTERN = 1_000
"""Longest pattern in characters: RE2's time to compile grows with it."""

_SET_MEMORY = 256 << 20
"""Upper bound in bytes of one set's automaton, which is built as texts need it."""


@frozen
class Pattern:
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
    try:
        _compile(pattern)
    except re2.error as error:
        reason = error.args[0]
        return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return None


def matches_empty(pattern: Pattern) -> bool:
    """Whether `pattern` matches the empty text, and with it every text."""
    return _compile(pattern).search("") is not None


def _options() -> "re2.Options":
    options = re2.Options()
    options.never_capture = True  # 8,000 nested groups: 2 ms instead of 2.3 s
    options.log_errors = False
    return options


def _compile(pattern: Pattern) -> "re2._Regexp":
    return re2.compile(in_set(pattern), _options())


def in_set(pattern: Pattern) -> str:
    """The pattern with its flag inside, to stand beside others."""
    return f"(?i:{pattern.regex})" if pattern.ignore_case else f"(?:{pattern.regex})"


def _encodable(text: str) -> str:
    """`text` with `?` for each byte of a file name that is no UTF-8: offsets stay."""
    return text if text.isascii() else text.encode(errors="replace").decode()


class Finder:
    """One compiled pattern that gives spans, for masks and explanations."""

    def __init__(self, pattern: Pattern) -> None:
        self._regexp = _compile(pattern)

    def found_in(self, text: str) -> bool:
        """Whether there is a match in `text`."""
        return self._regexp.search(_encodable(text)) is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Leftmost matches that do not overlap, without empty ones."""
        for match in self._regexp.finditer(_encodable(text)):
            start, end = match.span()
            if start < end:
                yield start, end


class PatternSet:
    """Many patterns that one pass over a text decides at once."""

    def __init__(self, regexes: Sequence[str]) -> None:
        options = _options()
        options.max_mem = _SET_MEMORY
        self._regexes = tuple(regexes)
        self._set = re2.Set.SearchSet(options)
        for regex in regexes:
            self._set.Add(regex)
        # A set whose automaton runs out of memory answers "nothing found". The last
        # pattern is found in every text, so its absence tells that the answer is void.
        self._sentinel = self._set.Add("")
        self._set.Compile()
        self.match = self._set.Match
        """UTF-8 bytes -> numbers of the patterns found, in no order, or a void answer."""

    def is_void(self, found: Sequence[int]) -> bool:
        """Whether `match` gave up; ask `match_singly` then."""
        return self._sentinel not in found

    def match_singly(self, text: bytes) -> tuple[int, ...]:
        """What `match` answers, pattern by pattern."""
        decoded = text.decode(errors="replace")
        found = [
            number
            for number, regex in enumerate(self._regexes)
            if re2.compile(regex, _options()).search(decoded) is not None
        ]
        return (*found, self._sentinel)
