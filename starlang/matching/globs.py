"""Globs over paths: the same wherever a rule file names a path.

Without a wildcard a glob is a directory and all beneath it. With one it matches the
whole path: `*` and `?` stay inside a segment, `**` stands for any number of whole
segments (`x/**` is also `x`). Nothing else is special.

A name with accents has two spellings in Unicode, composed (NFC) and decomposed (NFD), which look
the same; some file systems and archives choose for themselves. A segment covers both, and `?` is a
letter with its accents.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import normalize

from starlang.matching.patterns import escape


def problem(glob: str) -> str | None:  # noqa: PLR0911 -- one return a problem
    """What is wrong with `glob` in a few words, or None."""
    segments = glob.split("/")
    if not glob:
        return "it is empty"
    if glob.startswith("/"):
        return "it starts with `/`; paths are relative to the manifests root"
    if "\\" in glob:
        return "it has a backslash; segments are separated by `/`"
    if "" in segments:
        return "it has an empty segment"
    if glob.startswith("!"):
        return "a `!` excludes nothing here; `unless path under`, `except` and `not under` do"
    if _BRACES.search(glob):
        return "braces are not expanded; give each glob by itself, separated by commas"
    if any(_CLASS.search(segment) for segment in segments):
        return "a `[…]` is not a class of characters; `?` is one character, and `*` any number"
    if "." in segments or ".." in segments:
        return "it has a `.` or `..` segment"
    if any("**" in segment and segment != "**" for segment in segments):
        return "`**` stands for whole segments, so it must be a segment of its own"
    return None


_BRACES = re.compile(r"\{[^{},]*+,[^{}]*+\}")
_CLASS = re.compile(r"\[[^\[\]]+\](?!$)|\[[^\[\]]-[^\[\]]\]")
"""What would be a class of characters; `[slug]` and `v[1]` are names of directories."""


_MOST_BRACES = 20
"""More pairs of braces than these are not expanded."""


def expanded(glob: str) -> Iterator[str]:
    """The globs that one with braces stands for elsewhere: `a/{b,c}` is `a/b` and `a/c`.

    There may be very many: whoever asks takes as many as are needed.
    """
    found = _BRACES.search(glob) if glob.count("{") <= _MOST_BRACES else None
    if found is None:
        yield glob
        return
    for each in found[0][1:-1].split(","):
        yield from expanded(glob[: found.start()] + each.strip() + glob[found.end() :])


def has_wildcard(glob: str) -> bool:
    """Whether `glob` has a `*` or a `?`."""
    return "*" in glob or "?" in glob


def regex(glob: str) -> str:
    """An RE2 pattern that finds a match in exactly the paths that `glob` covers."""
    if not has_wildcard(glob):
        return rf"^{'/'.join(map(_segment, glob.split('/')))}(?:/|\z)"
    segments = glob.split("/")
    while segments[-2:] == ["**", "**"]:
        segments.pop()
    if segments == ["**"]:
        return r"^"
    *heads, last = segments
    start = "".join(map(_head, heads[:-1]))
    if last == "**":
        # `x/**` is `x` as well, so the slash before the rest is optional.
        return rf"^{start}{_last_head(heads[-1])}"
    return rf"^{start}{_head(heads[-1]) if heads else ''}{_segment(last)}\z"


def _last_head(head: str) -> str:
    return rf"{_segment(head)}(?:/|\z)"


def _head(segment: str) -> str:
    return r"(?:[^/]+/)*" if segment == "**" else f"{_segment(segment)}/"


def _segment(segment: str) -> str:
    found = [_literally(form) for form in forms(segment)]
    return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"


_MARKS = "\u0300-\u036f\u3099\u309a"
"""What accents, and the sounds of kana, are where a letter is decomposed."""

_LETTER = f"(?:[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|[^/{_MARKS}\u1160-\u11ff][{_MARKS}]*)"
"""One letter, whichever way it is written: `?` covers the three parts of a syllable of Hangul.

A class of all marks of Unicode would make each `?` as large as a thousand letters.
"""


_ONE_LETTER = re.compile(_LETTER)


def _literally(segment: str) -> str:
    named = {"*": "[^/]*", "?": _LETTER}
    return "".join(named.get(character) or escape(character) for character in segment)


@lru_cache(maxsize=10_000)
def forms(text: str) -> tuple[str, ...]:
    """`text` as it is, composed and decomposed, each once."""
    if text.isascii():
        return (text,)
    return tuple(dict.fromkeys((text, composed(text), normalize("NFD", text))))


def composed(text: str) -> str:
    """The spelling that all spellings of `text` have in common."""
    return text if text.isascii() else normalize("NFC", text)


def covers(glob: str, path: str) -> bool:
    """Whether `path` lies under `glob`; for single questions, without an automaton."""
    if not has_wildcard(glob):
        if glob.isascii():
            return path == glob or path.startswith(f"{glob}/")
        return _covers([*glob.split("/"), "**"], path.split("/"))
    return _covers(glob.split("/"), path.split("/"))


def _covers(globs: list[str], segments: list[str]) -> bool:
    """Row by row over the segments of the glob: which ends of `segments` are reached."""
    reached = {0}
    for glob in globs:
        if glob == "**":
            reached = set(range(min(reached, default=0), len(segments) + 1)) if reached else set()
        elif has_wildcard(glob):
            reached = {
                at + 1
                for at in reached
                if at < len(segments)
                and any(_segment_covers(form, segments[at]) for form in forms(glob))
            }
        else:  # a path may have two thousand segments
            names = forms(glob)
            reached = {at + 1 for at in reached if at < len(segments) and segments[at] in names}
    return len(segments) in reached


def _segment_covers(glob: str, segment: str) -> bool:
    """`*` and `?` against one segment, greedy with one point to come back to: linear space."""
    at = star = mark = 0
    seen_star = False
    index = 0
    while at < len(segment):
        here = glob[index] if index < len(glob) else ""
        if here == "?" and (letter := _ONE_LETTER.match(segment, at)):
            at, index = letter.end(), index + 1
        elif here == segment[at] and here != "*":
            at, index = at + 1, index + 1
        elif here == "*":
            seen_star, star, mark = True, index, at
            index += 1
        elif seen_star:
            mark += 1
            at, index = mark, star + 1
        else:
            return False
    return all(character == "*" for character in glob[index:])
