"""Rule files after checking: names resolved, amounts exact, conditions typed.

The values are those of the compiled rule set, each with the place that it was
declared at. They are not in normal form yet, and not sorted: that is the compiler's
part.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from attrs import define, evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, Label, Replacement, in_order, named_replacement
from starlang.manifests.profile import Profile
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.model import (
    Assign,
    Ceiling,
    Confidence,
    Derivation,
    Floor,
    Forbid,
    Mask,
    Never,
    OnBreach,
    Rule,
    Star,
)
from starlang.syntax.nodes import Declaration, File, TestDecl
from starlang.text import Source, Span

# The diagnostics that the passes of the checker collect.


@define
class Findings:
    """Collects diagnostics, so that a pass can go on after a mistake."""

    _found: list[Diagnostic] = field(factory=list)

    def report(  # noqa: PLR0913 -- the parts of a diagnostic, each by name
        self,
        code: str,
        place: Label,
        message: str,
        *,
        hint: str = "",
        label: str = "",
        others: Iterable[Label] = (),
        replacement: Replacement | None = None,
        choices: Iterable[Replacement] = (),
    ) -> None:
        """Adds a diagnostic about `place`; `others` are further places, each with its words.

        `replacement` is the hint as an edit, where that is not about the whole place; `choices`
        are the edits that it names where the author has to choose.
        """
        first = evolve(place, message=label) if label else place
        self._found.append(
            Diagnostic(
                code=code,
                message=message,
                file=place.source.name,
                labels=(first, *others),
                hint=hint,
                replacement=replacement or named_replacement(place.source, place.span, hint),
                choices=tuple(choices),
            )
        )

    def report_repeated(self, place: Label, message: str, hint: str = "remove it") -> None:
        """Reports W201: an item of a list that makes no difference, which the edit removes."""
        item = item_of(place.source.text, place.span)
        edit = None if item is None else Replacement(item, "")
        self.report("W201", place, message, hint=hint, replacement=edit)

    def in_order(self) -> tuple[Diagnostic, ...]:
        """What was reported, sorted, each once."""
        return in_order(self._found)


def item_of(text: str, span: Span) -> Span | None:
    """An item of a list with the comma that joins it to the next or the one before."""
    start, end = span
    after = _skip(text, end)
    if text[after : after + 1] == ",":
        return Span(start, _skip(text, after + 1))
    before = start
    while text[before - 1 : before] in {" ", "\t"}:
        before -= 1
    return Span(before - 1, end) if text[before - 1 : before] == "," else None


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in {" ", "\t"}:
        at += 1
    return at


def first_line(source: Source, span: Span) -> Label:
    """A place for a declaration of several lines: its first line."""
    position = source.position(span.start)
    rest = len(source.line(position.line)) - position.column + 1
    return Label(source, Span(span.start, min(span.end, span.start + rest)))


# Declarations of all files, sorted by kind.

D = TypeVar("D")


class HasSpan(Protocol):
    """A node of the syntax tree."""

    @property
    def span(self) -> Span: ...


@frozen
class Located(Generic[D]):
    """A declaration and the file that it stands in."""

    node: D
    source: Source

    def label(self, node: HasSpan) -> Label:
        """The place of `node`, which is part of this declaration."""
        return Label(self.source, node.span)

    def at(self, node: HasSpan) -> str:
        """`file:line:column` of `node`, which is part of this declaration."""
        return self.source.place(node.span)


def declared(files: Sequence[File], kind: type[D]) -> Iterator[Located[D]]:
    """The declarations of class `kind`, in the order of files and lines."""
    for file in files:
        for declaration in file.declarations:
            node: Declaration = declaration
            if isinstance(node, kind):
                yield Located(node, file.source)


# Settings, each made at most once in all files of a rule set.


@frozen
class Settings:
    """Where each setting is made, by its words; reports E206 for one made twice."""

    findings: Findings
    places: dict[str, Label] = field(factory=dict)

    def claim(self, words: str, place: Label) -> bool:
        """Whether the setting `words` at `place` is the first of its kind."""
        first = self.places.setdefault(words, place)
        if first is place:
            return True
        self.findings.report(
            "E206",
            place,
            f"`{words}` is set twice",
            label="set again here",
            others=[evolve(first, message="set here first")],
            hint="remove one: nothing overrides anything, whatever the order of files",
        )
        return False


T = TypeVar("T")


@frozen
class Placed(Generic[T]):
    """A value and the place that declares it; the place does not count in equality."""

    value: T
    label: Label = field(eq=False, repr=False)


@frozen
class Written:
    """A pattern or a list of needles as it was written.

    `label` underlines it. `offsets[i]` is the offset in the source of character `i` of
    the pattern, with one more for its end; `places[i]` is the place of needle `i`.
    `hides` tells that it takes text out of sight: a mask, or what stands after `ignoring`.
    """

    label: Label = field(eq=False, repr=False)
    pattern: Pattern | None = None
    offsets: tuple[int, ...] = field(default=(), eq=False, repr=False)
    needles: tuple[Needle, ...] = ()
    places: tuple[Label, ...] = field(default=(), eq=False, repr=False)
    hides: bool = False

    def part(self, start: int, end: int) -> Label:
        """The place of the characters `start` to `end` of the pattern."""
        return Label(self.label.source, Span(self.offsets[start], self.offsets[end]))


@frozen
class Checked:
    """All declarations of a rule set that are right, and the diagnostics about the others.

    Only a `Checked` without errors (`ok`) may be compiled. `weights` are the default
    weights of kinds in 10^-6, the profile's overridden by the rule set's. `settings`
    are the places of settings by their words: `suggest`, `promote`, `promote Flow`,
    `margin`, `combine`, `on breach`, `stars per module`, `order`, `weights path`.
    """

    id: str
    version: str
    entries: tuple[tuple[str, tuple[str, ...]], ...]
    stars: tuple[Placed[Star], ...]
    order: tuple[str, ...]
    rules: tuple[Placed[Rule], ...]
    masks: tuple[Placed[Mask], ...]
    confidence: Confidence
    nevers: tuple[Placed[Never], ...]
    assigns: tuple[Placed[Assign], ...]
    forbids: tuple[Placed[Forbid], ...]
    limits: tuple[Placed[Ceiling], ...]
    floors: tuple[Placed[Floor], ...]
    stars_per_module: int
    on_breach: OnBreach
    tests: tuple[Placed[TestDecl], ...]
    weights: Mapping[str, int]
    settings: Mapping[str, Label]
    written: tuple[Written, ...]
    profile: Profile
    diagnostics: tuple[Diagnostic, ...]
    derivations: tuple[Placed[Derivation], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)

    def places(self) -> dict[str, Label]:
        """`at` of a compiled value -> the place that declares it."""
        ruling = {each.value.at: each.label for each in self.rules}
        masking = {each.value.at: each.label for each in self.masks}
        barring = {each.value.at: each.label for each in self.nevers}
        assigning = {each.value.at: each.label for each in self.assigns}
        limiting = {each.value.at: each.label for each in self.limits}
        keeping = {each.value.at: each.label for each in self.floors}
        forbidding = {each.value.at: each.label for each in self.forbids}
        deriving = {each.value.at: each.label for each in self.derivations}
        found = ruling | masking | barring | assigning | limiting | keeping
        return found | forbidding | deriving
