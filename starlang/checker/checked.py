"""Rule files after checking: names resolved, amounts exact, conditions typed.

The values are those of the compiled rule set, each with the place that it was
declared at. They are not in normal form yet, and not sorted: that is the compiler's
part.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic, Label
from starlang.manifests.profile import Profile
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.model import (
    Assign,
    Ceiling,
    Confidence,
    Floor,
    Mask,
    Never,
    OnBreach,
    Rule,
    Star,
)
from starlang.syntax.nodes import TestDecl
from starlang.text import Span

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
        return ruling | masking | barring | assigning | limiting | keeping
