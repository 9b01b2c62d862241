"""The explanation of one module, as a value. Amounts are in 10^-6."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from attrs import field, frozen

from starlang.engine.ceilings import CeilingPlace, Settlement
from starlang.engine.decisions import Outcome, Score
from starlang.engine.evaluate import Evaluation
from starlang.rules.model import RuleSet
from starlang.rules.sources import Observed, Sources, observed

if TYPE_CHECKING:
    from starlang.manifests.schema import Schema


class Match(NamedTuple):
    """What made a test hold: the code points `start` to `end` of a facet's value.

    For a test over neighbours the value is the path of one. `more` counts further ones
    that are not listed; it stands with the last that is. `through` are the paths between, of
    a test over several steps; a cycle ends at the module itself. `origins` are the derivations
    that give the value here: it comes from them, even if the manifest has it as well. `at` is
    the line of another file that the value is from, "" where it is in the manifest.
    """

    facet: str
    value: str
    start: int
    end: int
    more: int = 0
    through: tuple[str, ...] = ()
    origins: tuple["Origin", ...] = ()
    at: str = ""

    @property
    def text(self) -> str:
        """The matched text."""
        return self.value[self.start : self.end]


class Origin(NamedTuple):
    """A derivation that gives a module a value, and what made its condition hold.

    `derivation` is what it is called, `derive node memory`. `is_own` tells that the manifest has
    the value, too. A condition that holds by what is absent has no matches.
    """

    derivation: str
    matches: tuple[Match, ...]
    is_own: bool
    because: str
    at: str


class EvidenceRow(NamedTuple):
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


@frozen
class BearingException:
    """An exception that bears on the module, in its canonical words."""

    words: str
    because: str
    at: str


@frozen
class HeldStar:
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
    schema: "Schema | None" = None
    sources: Sources = field(init=False)

    @sources.default
    def _sources(self) -> Sources:
        return Sources(self.evaluation.rules)


class SharedDecision(NamedTuple):
    """What is decided alike for modules with the same evidence, exceptions and labels.

    `Explanation` says what each part means.
    """

    outcome: Outcome
    current: str
    current_label: str
    star: str | None
    label: str
    best: Score | None
    runner_up: Score | None
    lead: int
    scores: tuple[Score, ...]
    barred: tuple[str, ...]
    rules_say: str


@frozen
class Explanation:
    """One module's decision, and all that led to it.

    `secondary` are the ids gained beside the primary star, `dropped` those that a ceiling
    holds back. What modules share is looked up in `judged` and `grounds`.
    """

    path: str
    file: str
    judged: SharedDecision
    rows: tuple[EvidenceRow, ...]
    secondary: tuple[str, ...]
    exceptions: tuple[BearingException, ...]
    held: HeldStar | None
    dropped: tuple[HeldStar, ...]
    standings: tuple[CeilingPlace, ...]
    grounds: Grounds = field(eq=False, repr=False)

    @property
    def outcome(self) -> Outcome:
        """What became of the module."""
        return self.judged.outcome

    @property
    def current(self) -> str:
        """The star id that the manifest carries, or its label where the canon has none."""
        return self.judged.current

    @property
    def current_label(self) -> str:
        """The label as it is written in the manifest, "" where there is none."""
        return self.judged.current_label

    @property
    def star(self) -> str | None:
        """The star id that it carries after the run, None where that is not in the canon."""
        return self.judged.star

    @property
    def label(self) -> str:
        """The label that it carries after the run."""
        return self.judged.label

    @property
    def best(self) -> Score | None:
        """The best star that is not barred, None where no evidence is for any."""
        return self.judged.best

    @property
    def runner_up(self) -> Score | None:
        """The strongest other star, barred or not."""
        return self.judged.runner_up

    @property
    def lead(self) -> int:
        """How far the best star is before the runner-up."""
        return self.judged.lead

    @property
    def scores(self) -> tuple[Score, ...]:
        """All stars with evidence, ranked."""
        return self.judged.scores

    @property
    def barred(self) -> tuple[str, ...]:
        """The ids that an exception bars here, sorted."""
        return self.judged.barred

    @property
    def rules_say(self) -> str:
        """The star that the rules would give if the module carried the default."""
        return self.judged.rules_say

    @property
    def differs(self) -> bool:
        """Whether it carries a star other than the default, and the rules say something else."""
        return self.current not in {self.default, self.rules_say}

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
    def sources_at(self) -> int:
        """How many sources a promotion to the best star takes, 1 where nothing counts them."""
        return self._rules.confidence.sources_at(self.best.star) if self.best else 1

    def sources_of(self, star: str) -> Observed:
        """The sources of the evidence for `star`: what its rows list."""
        return sources_in(self.grounds.sources, (row for row in self.rows if row.star == star))

    @property
    def lacks_sources(self) -> bool:
        """Whether the best star has the score to be promoted, and only lacks sources."""
        if self.best is None or self.sources_at == 1 or self.best.score < self.promote_at:
            return False
        return self.sources_of(self.best.star).count < self.sources_at

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


def sources_in(known: Sources, rows: Iterable[EvidenceRow]) -> Observed:
    """The sources of rows about one star; those against it give none."""
    speaking = (row for row in rows if row.sign > 0)
    return observed([set(sources_of(known, row.matches)) for row in speaking])


def sources_of(known: Sources, matches: Iterable[Match]) -> Iterator[str]:
    """A derived value counts as what it comes from, unless `same source` names its facet."""
    for match in matches:
        if not match.origins or known.joins(match.facet):
            yield known.of(match.facet)
        else:
            for origin in match.origins:
                yield from sources_of(known, origin.matches)
