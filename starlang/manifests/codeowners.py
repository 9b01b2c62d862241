r"""`CODEOWNERS`, as GitHub reads it: which line owns a file, and which lines own nothing.

The last line that matches a file decides, also where it names no owner. The page of GitHub and
its behaviour differ from gitignore, and from what most libraries do:

- a line that GitHub finds a mistake in is skipped as a whole: it begins with `!` or `\#`, has
  a bracket in its pattern, or names an owner that is none;
- `#` begins a comment wherever a word can begin;
- `docs/*` is only what lies in `docs` itself, `/docs/` and `apps/` all that lies beneath.

Patterns are turned into regular expressions by the library `codeowners`, which has these
rules for `*`, `**` and anchors right; its reading of lines is wrong on most of the above
(`tests/manifests/test_codeowners.py`) and is not used. Its expressions are never matched by `re`:
a pattern such as `*a*a*a*a*b` would take `re` forever on some paths, and others write it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.matching.patterns import MAX_PATTERN, PatternSet
from starlang.text import Source, Span, counted, shown_value

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where the file is looked for; only the first that is there is read."""

MAX_BYTES = 3 << 20
"""A file that is larger is ignored as a whole."""

_WORD = re.compile(r"(?:\\.|[^\s\\]|\\(?=\s|$))+")
_OWNER = re.compile(r"@[\w.-]+(?:/[\w.-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+")
_END = r"\Z"


@frozen
class OwnerLine:
    """A line that counts: its pattern, and its owners as they are written, in order."""

    span: Span
    pattern: str
    owners: tuple[str, ...]


@frozen(eq=False)
class CodeOwners:
    """The lines of one file. `problems` are about lines that are skipped."""

    source: Source
    lines: tuple[OwnerLine, ...]
    problems: tuple[Diagnostic, ...]
    _set: PatternSet

    def matching(self, path: str) -> list[int]:
        """The numbers of all lines that match a file, in the order of the file."""
        return sorted(self._set.found_in(path))

    def line_of(self, path: str) -> OwnerLine | None:
        """The line that decides about a file, None if no line matches it."""
        found = self.matching(path)
        return self.lines[found[-1]] if found else None

    def owners_of(self, path: str) -> tuple[str, ...]:
        """The owners of a file, none where no line matches it or the line that does names none."""
        line = self.line_of(path)
        return line.owners if line else ()


def read_codeowners(name: str, text: str) -> CodeOwners:
    """The file called `name`; never raises, whatever the text is."""
    source = Source(name, text)
    lines: list[OwnerLine] = []
    regexes: list[list[str]] = []
    problems: list[Diagnostic] = []
    start = 0
    for line in text.removesuffix("\n").split("\n"):
        words = _words(line.removeprefix("\ufeff") if start == 0 else line)
        if words:
            span = Span(start, start + len(line.rstrip()))
            problem, regex = _read(words)
            if regex is None:
                problems.append(_skipped(source, span, problem))
            else:
                lines.append(OwnerLine(span, words[0], tuple(words[1:])))
                regexes.append([regex])
        start += len(line) + 1
    return CodeOwners(source, tuple(lines), tuple(problems), PatternSet(regexes))


def _words(line: str) -> list[str]:
    """The words of a line before its comment; a space after a backslash is part of a word."""
    found: list[str] = []
    for match in _WORD.finditer(line):
        if match[0].startswith("#"):
            break
        found.append(match[0])
    return found


def _read(words: Sequence[str]) -> tuple[str, str | None]:
    """What is wrong with a line, and the RE2 pattern of one that is right."""
    pattern, *owners = words
    wrong = next((each for each in owners if not _OWNER.fullmatch(each)), None)
    if pattern.startswith("!"):
        return "a pattern cannot be negated", None
    if pattern.startswith("\\#"):
        return "a pattern cannot begin with `#`, not even with a backslash before it", None
    if "[" in pattern or "]" in pattern:
        return "brackets have no meaning in a pattern", None
    if wrong is not None:
        return (
            f"{shown_value(wrong)} is neither `@user` nor `@org/team` nor an e-mail address",
            None,
        )
    if len(pattern) > MAX_PATTERN // 8:
        return f"the pattern has more than {MAX_PATTERN // 8} characters", None
    return "", _regex(pattern)


def _regex(pattern: str) -> str:
    """The pattern of the library in the syntax of RE2."""
    from codeowners import path_to_regex  # noqa: PLC0415 -- it is asked for where there is a file

    if pattern.endswith("/**/"):
        pattern = pattern[:-1]
    found: str = path_to_regex(pattern).pattern
    if found.endswith(f"(?:{_END}|/)"):
        return found.removesuffix(f"(?:{_END}|/)") + r"(?:\z|/)"
    return found.removesuffix(_END) + r"\z" if found.endswith(_END) else found


def _skipped(source: Source, span: Span, problem: str) -> Diagnostic:
    return at(
        source,
        span,
        "W566",
        f"GitHub skips this line: {problem}",
        hint="correct the line; until then it gives nothing an owner",
    )


def owning_nothing(owners: CodeOwners, files: Iterable[str]) -> list[Diagnostic]:
    """A finding for each line that decides about none of `files`, with the line that shadows it."""
    decides: set[int] = set()
    shadowed: dict[int, dict[int, int]] = {}
    for matching, count in Counter(tuple(owners.matching(path)) for path in files).items():
        decides.update(matching[-1:])
        for number in matching[:-1]:
            by = shadowed.setdefault(number, {})
            by[matching[-1]] = by.get(matching[-1], 0) + count
    idle = (number for number in range(len(owners.lines)) if number not in decides)
    return [_idle(owners, number, shadowed.get(number, {})) for number in idle]


def _idle(owners: CodeOwners, number: int, by: Mapping[int, int]) -> Diagnostic:
    line = owners.lines[number]
    if not by:
        return at(
            owners.source,
            line.span,
            "W567",
            f"{shown_value(line.pattern)} matches no file, so the line owns nothing",
            hint="correct the pattern, or delete the line",
        )
    first = max(by, key=lambda each: (by[each], each))
    other = owners.lines[first]
    place = owners.source.position(other.span.start).line
    return at(
        owners.source,
        line.span,
        "W567",
        f"the line owns nothing: of the {counted(sum(by.values()), 'file')} that it matches, later"
        f" lines own all; line {place}, {shown_value(other.pattern)}, owns {by[first]:,}",
        hint="move the line below those that are more general: the last one that matches decides",
        others=(Label(owners.source, other.span, "this line comes later"),),
    )
