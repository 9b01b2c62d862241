"""The one diagnostic type of the program."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import frozen

from starlang.text import Position, Source, Span, one_line


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops, a warning does not, a note need not be read."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@frozen
class Label:
    """One place that a diagnostic is about, with a few words on its part in it."""

    source: Source
    span: Span
    message: str = ""


@frozen
class Replacement:
    """A way out as an edit: `text` in the place of `span` of the file, and nothing else."""

    span: Span
    text: str

    @property
    def name(self) -> str:
        """What it does, in a few words."""
        text = self.text.strip()
        return f"write `{text}`" if text else "remove it"


@frozen(kw_only=True)
class Diagnostic:
    """One finding. Its severity follows from the code's first letter (`E` or `W`), or is `level`.

    `level` is what a config says that the finding weighs: it is set where findings are printed,
    and nothing is decided by it.
    `file` is the file that the finding is about, relative and POSIX, or "" where
    none is. `labels` holds the places, the most important first; it is empty where
    the finding is about a whole file. `pointer` is a JSON pointer inside a manifest.
    `position` is the place in `file` where only that is known, and not the text: a
    compiled rule set remembers where its rules were written.
    `hint` is the way out: an imperative sentence; where it holds all that is to be written,
    `replacement` is that as an edit of the source of the first label. Where it leaves a choice,
    `choices` are the edits that it names, of which an editor may offer each. `forbid` is the name
    of the one that a module breaks, and "" for all other findings.
    """

    code: str
    message: str
    file: str = ""
    labels: tuple[Label, ...] = ()
    hint: str = ""
    pointer: str = ""
    position: Position | None = None
    forbid: str = ""
    replacement: Replacement | None = None
    choices: tuple[Replacement, ...] = ()
    level: Severity | None = None

    @property
    def severity(self) -> Severity:
        if self.level is not None:
            return self.level
        return Severity.WARNING if self.code.startswith("W") else Severity.ERROR

    @property
    def fixes(self) -> tuple[Replacement, ...]:
        """The edits that end the finding: the only one, or those to choose from."""
        return self.choices if self.replacement is None else (self.replacement,)

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    @property
    def place(self) -> str:
        """`file:line:column`, as far as they are known."""
        start = self.position
        if self.labels:
            start = self.labels[0].source.position(self.labels[0].span.start)
        return self.file if start is None else f"{self.file}:{start.line}:{start.column}"

    def __str__(self) -> str:
        """One line: `file:line:column: code message`, as far as there is a place."""
        place = self.place
        return f"{place}: {self.code} {self.message}" if place else f"{self.code} {self.message}"

    def __repr__(self) -> str:
        return one_line(f"<Diagnostic {self}>")

    def sort_key(self) -> tuple[str, int, int, str, str, str]:
        """A total order: by file, place, code, then words."""
        span = self.labels[0].span if self.labels else Span(-1, -1)
        return (self.file, span.start, span.end, self.code, self.pointer, self.message)


def at(  # noqa: PLR0913 -- the parts of a diagnostic, each by name
    source: Source,
    span: Span,
    code: str,
    message: str,
    *,
    hint: str = "",
    label: str = "",
    others: Iterable[Label] = (),
    choices: Iterable[str] = (),
) -> Diagnostic:
    """A diagnostic about `span` of `source`; `others` are further places involved.

    `choices` are what may be written in the place of `span`, where a hint names several.
    """
    return Diagnostic(
        code=code,
        message=message,
        file=source.name,
        labels=(Label(source, span, label), *others),
        hint=hint,
        replacement=named_replacement(source, span, hint),
        choices=tuple(Replacement(span, text) for text in choices),
    )


_WHOLE = re.compile(r"(?:did you mean|write) `([^`…]+)`(?!.*\bor\b)[^`]*")
_ENTRY = re.compile(r"([A-Za-z_]\w*) = (.+)")
"""A setting of a config or profile, as hints write it."""
_BARE = re.compile(r"[\w.-]+")
_ESCAPED = re.compile(r"[\"\\\x00-\x1f\x7f]")
_PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")
"""A word such as NAME, which stands for what only the author knows."""


def named_replacement(source: Source, span: Span, hint: str) -> Replacement | None:
    """What a hint names in full and without a choice, in the place that the diagnostic is about."""
    found = _WHOLE.fullmatch(hint)
    if found is None or _PLACEHOLDER.search(found[1]):
        return None
    text, (start, end) = found[1], span
    entry, now = _ENTRY.fullmatch(text), source.text[start:end]
    if entry is not None:  # the setting with its key: of that only the value is to be written
        is_value = source.text[:start].rstrip(" \t=").endswith(entry[1])
        return Replacement(span, entry[2]) if is_value else None
    is_key_of_words = source.name.endswith(".toml") and not _BARE.fullmatch(text)
    if (now[:1] in {'"', "'"} or is_key_of_words) and text[:1] != '"':
        return None if _ESCAPED.search(text) else Replacement(span, f'"{text}"')
    return Replacement(span, text)


def at_place(place: str, code: str, message: str, *, hint: str = "") -> Diagnostic:
    """A diagnostic about `place`, which is `file:line:column` or the name of a file."""
    file, _, rest = place.partition(":")
    line, _, column = rest.partition(":")
    known = line.isdigit() and column.isdigit()
    position = Position(int(line), int(column)) if known else None
    return Diagnostic(code=code, message=message, file=file, hint=hint, position=position)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics sorted, each once."""
    unique = {(d.sort_key(), d.hint): d for d in diagnostics}
    return tuple(unique[key] for key in sorted(unique))


def first_of_each(
    found: Iterable[Diagnostic], limit: int
) -> tuple[tuple[Diagnostic, ...], Mapping[str, int]]:
    """Of each code the first `limit` findings, in their order, and code -> how many are left.

    All of them where `limit` is 0.
    """
    counts: Counter[str] = Counter()
    kept: list[Diagnostic] = []
    for each in found:
        counts[each.code] += 1
        if not limit or counts[each.code] <= limit:
            kept.append(each)
    left = {code: count - limit for code, count in sorted(counts.items()) if limit < count}
    return tuple(kept), left if limit else {}


@frozen
class FindingsByCode:
    """Findings with one code, at least one: all of them, and the first, which are shown."""

    code: str
    found: tuple[Diagnostic, ...]
    first: tuple[Diagnostic, ...]

    @property
    def count(self) -> int:
        return len(self.found)

    @property
    def left(self) -> int:
        """How many are counted and not shown."""
        return len(self.found) - len(self.first)

    @property
    def hint(self) -> str:
        """The way out of the first."""
        return self.found[0].hint


def by_code(found: Iterable[Diagnostic], limit: int) -> list[FindingsByCode]:
    """The findings folded: of each code the first `limit`, 0 for all, as they come."""
    groups: dict[str, list[Diagnostic]] = {}
    for each in found:
        groups.setdefault(each.code, []).append(each)
    return [
        FindingsByCode(code, tuple(same), tuple(same[: limit or None]))
        for code, same in groups.items()
    ]
