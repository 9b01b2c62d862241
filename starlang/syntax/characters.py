"""Characters that a reader cannot see, or takes for others."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from starlang.diagnostics.model import Diagnostic, at
from starlang.syntax.scanner import MAX_FINDINGS, Token, scan, significant
from starlang.syntax.words import CLAUSES, RESERVED
from starlang.text import Source, Span

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_LAYOUT = frozenset("\t\n\r")
_JOINER = "\u200d"
_BYTE_ORDER_MARK = "\ufeff"
_WITH_JOINER = frozenset({"label", "emoji", "aka"})

_ALIKE = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "COPTIC", "CHEROKEE"})
"""Scripts that share shapes, so that a word of two of them deceives."""

_LETTERS = re.compile(r"[^\W\d_]+")
_NO_LETTERS = {  # parts of a literal whose letters are no text
    "string": re.compile(r"\\(?:u\{[^}\"]*\}|.)"),
    "pattern": re.compile(r"\\.|\[\^?\]?+(?:[^\]\\]|\\.)*+\]"),
}


def without_unseen(source: Source) -> tuple[str, list[Diagnostic]]:
    """The text with a blank for each character that is refused, and what is wrong with them.

    Refused are control and format characters, except tab and the ends of lines, and except
    U+200D in the strings of `label`, `emoji` and `aka`, since some emoji are made with it.
    """
    text = source.text
    unseen = {each for each in set(text) - _LAYOUT if unicodedata.category(each) in _UNSEEN}
    if not unseen and "\r" not in text:
        return text, []
    allowed = _joiners(text) if _JOINER in unseen else frozenset()
    refused = [
        offset
        for offset, each in enumerate(text)
        if (each in unseen and offset not in allowed)
        or (each == "\r" and text[offset + 1 : offset + 2] != "\n")
    ]
    runs = islice(_runs(refused), MAX_FINDINGS + 1)
    return _blanked(text, refused), [_refuse(source, span) for span in runs]


def _joiners(text: str) -> frozenset[int]:
    """Where U+200D may stand."""
    found: set[int] = set()
    clause = ""
    for token in significant(scan(text)):
        if token.text in RESERVED or token.text in CLAUSES["star"]:
            clause = token.text
        elif token.kind == "string" and clause in _WITH_JOINER:
            found.update(token.start + i for i, each in enumerate(token.text) if each == _JOINER)
    return frozenset(found)


def _blanked(text: str, offsets: list[int]) -> str:
    characters = list(text)
    for offset in offsets:
        characters[offset] = " "
    return "".join(characters)


def _runs(offsets: list[int]) -> Iterator[Span]:
    """The offsets as spans, neighbours together."""
    start = end = -1
    for offset in offsets:
        if offset != end:
            if end != -1:
                yield Span(start, end)
            start = offset
        end = offset + 1
    if end != -1:
        yield Span(start, end)


def _refuse(source: Source, span: Span) -> Diagnostic:
    first = source.text[span.start]
    if first == "\0":
        return at(source, span, "E117", "the file holds a NUL character", hint="remove it")
    if first == _BYTE_ORDER_MARK and span.start == 0:
        hint = "save it as UTF-8 without a byte order mark (BOM)"
        return at(source, span, "E117", "the file starts with a byte order mark", hint=hint)
    message = f"{_called(first)} cannot be seen"
    hint = f"remove it; in a string, write `\\u{{{ord(first):X}}}`"
    if unicodedata.category(first) == "Cs":
        hint = "remove it: half of a surrogate pair is not a character"
    return at(source, span, "E118", message, hint=hint, choices=("",))


def _called(character: str) -> str:
    name = unicodedata.name(character, "")
    code = f"U+{ord(character):04X}"
    return f"{code} {name}" if name else f"the control character {code}"


def mixed_scripts(source: Source, text: str) -> Iterator[Diagnostic]:
    """Warnings about words whose letters come from scripts that look alike."""
    # A canon has emoji and accents, and is not worth a scan for that.
    if text.isascii() or len(set(filter(None, map(_script, set(text))))) <= 1:
        return
    for token in significant(scan(text)):
        if token.text.isascii():
            continue
        for match in _LETTERS.finditer(_letters_only(token)):
            scripts = sorted(filter(None, map(_script, set(match.group()))))
            if len(set(scripts)) > 1:
                start = token.start + match.start()
                yield _warn(source, Span(start, start + len(match.group())), match.group())


def _letters_only(token: Token) -> str:
    """The token's text, with blanks for escapes and for the classes of a pattern."""
    pattern = _NO_LETTERS.get(token.kind)
    return pattern.sub(lambda m: " " * len(m.group()), token.text) if pattern else token.text


def _script(letter: str) -> str | None:
    words = unicodedata.name(letter, "").split()
    return next((word for word in words if word in _ALIKE), None)


def _warn(source: Source, span: Span, word: str) -> Diagnostic:
    by_script: dict[str, str] = {}
    for letter in word:
        if script := _script(letter):
            by_script.setdefault(script.capitalize(), letter)
    parts = " and ".join(f"{script} (`{each}`)" for script, each in sorted(by_script.items()))
    message = f"`{word}` mixes letters that look alike: {parts}"
    hint = "write the word in one script"
    return at(source, span, "W101", message, hint=hint)
