"""The explanation of one module, as a value. Amounts are in 10^-6."""

from typing import TYPE_CHECKING, NamedTuple

from attrs import field, frozen

from starlang.engine.decisions import Outcome
from starlang.engine.evaluation import Evaluation
from starlang.engine.scores import Score
from starlang.engine.settlement import Settlement, Standing
from starlang.manifests.validation import Schema
from starlang.records import Record
from starlang.rulesets.model import RuleSet

if TYPE_CHECKING:
    from starlang.counterfactual.model import WhyNot


class Match(NamedTuple):
    """What made a test hold: the code points `start` to `end` of a facet's value.

    For a test over neighbours the value is the path of one. `more` counts further ones
    that are not listed; it stands with the last that is.
    """

    facet: str
    value: str
    start: int
    end: int
    more: int = 0

    @property
    def text(self) -> str:
        """The matched text."""
        return self.value[self.start : self.end]


class Row(NamedTuple):
    """One rule that holds for the module.

    `effect` is the raw score of its star minus what that would be without the rule: for
    `sum` its signed weight, for `max` and `noisy_or` often less.
    """

    rule: str
    star: str
    sign: int
    weight: int
    effect: int
    kinds: tuple[str, ...]
    matches: tuple[Match, ...]
    because: str
    at: str


@frozen(eq=False, repr=False)
class Exempted(Record):
    """An exception that bears on the module, in its canonical words."""

    words: str
    because: str
    at: str


@frozen(eq=False, repr=False)
class HeldBack(Record):
    """What holds a star back. `last_path` and `last_score` tell the last one that fitted.

    It is number `rank` of `eligible` promotions that the ceiling counts.

    `star` is the one held back: the primary star of a deferred module, or a further one.
    """

    star: str
    ceiling: str
    group: str
    at: str
    last_path: str | None
    last_score: int
    rank: int
    eligible: int


@frozen(eq=False, repr=False)
class Grounds:
    """What explanations are made from, kept for further questions.

    `schema` is what manifests must keep to, if there is one.
    """

    evaluation: Evaluation
    settlement: Settlement
    schema: Schema | None = None


@frozen(eq=False, repr=False)
class Explanation(Record):
    """One module's decision, and all that led to it.

    `current` is the star id that the manifest carries, or its label where the canon has
    none; `current_label` the label as written ("" where absent). `star` and `label` are
    what it carries after the run (`star` None: outside the canon). `scores` are all
    stars with evidence, ranked. `secondary` are the ids gained beside the primary star,
    `dropped` those that a ceiling holds back. `barred` are ids that an exception bars here,
    sorted. `rules_say` is the star that the rules would give if the module carried the
    default. What all modules share is looked up in `grounds`.
    """

    path: str
    file: str
    outcome: Outcome
    current: str
    current_label: str
    star: str | None
    label: str
    best: Score | None
    runner_up: Score | None
    lead: int
    scores: tuple[Score, ...]
    rows: tuple[Row, ...]
    secondary: tuple[str, ...]
    exceptions: tuple[Exempted, ...]
    barred: tuple[str, ...]
    held: HeldBack | None
    dropped: tuple[HeldBack, ...]
    standings: tuple[Standing, ...]
    rules_say: str
    grounds: Grounds = field(eq=False, repr=False)

    @property
    def best_label(self) -> str:
        """The label of the best star, "" where there is none."""
        return "" if self.best is None else self._rules.star(self.best.star).label

    @property
    def suggest_at(self) -> int:
        """The score from which a star is suggested."""
        return self._rules.confidence.suggest

    @property
    def promote_at(self) -> int:
        """The score from which the best star is given, or the default one where there is none."""
        star = self.default if self.best is None else self.best.star
        return self._rules.confidence.promote_at(star)

    @property
    def margin(self) -> int:
        """What the best star must lead by."""
        return self._rules.confidence.margin

    @property
    def default(self) -> str:
        """The id of the default star."""
        return self._rules.default.id

    @property
    def _rules(self) -> RuleSet:
        return self.grounds.evaluation.rules

    def explain(self) -> str:
        """All of it as plain text, at most 80 columns wide."""
        from starlang.explain.text import render  # noqa: PLC0415 -- it is made of this value

        return render(self)

    def why_not(self, star: str) -> "WhyNot":
        """Why the module does not get `star` (an id, label or alias), and what would change that.

        `print` it to read it. UnknownStarError if there is no such star.
        """
        from starlang.counterfactual.ask import ask  # noqa: PLC0415 -- it is asked of this value

        return ask(self, star)

    def __str__(self) -> str:
        return self.explain()
