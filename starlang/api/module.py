"""One module of a plan: what becomes of it, and all that led to it."""

from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from starlang.api.values import (
    BearingException,
    CeilingPlace,
    Evidence,
    HeldBack,
    Score,
    Shown,
    Thresholds,
    amount,
    evidence_of,
    held_of,
    refuse_type,
    score_of,
    shortened,
)
from starlang.engine.decisions import Outcome
from starlang.explain import model as explain

if TYPE_CHECKING:
    from starlang.api.why_not import WhyNot


@frozen(repr=False)
class Module(Shown):
    """A module of a plan: its decision, and all that led to it. `print` it to read it."""

    _found: explain.Explanation

    @property
    def path(self) -> str:
        """The directory under the manifests root."""
        return self._found.path

    @property
    def file(self) -> str:
        """Its manifest, relative to the project; "" for modules made in memory."""
        return self._found.file

    @property
    def outcome(self) -> Outcome:
        """What becomes of it."""
        return self._found.outcome

    @property
    def current(self) -> str:
        """The star id that the manifest carries, or its label where the canon has none."""
        return self._found.current

    @property
    def star(self) -> str | None:
        """The star id that it carries after the run, None where that is not in the canon."""
        return self._found.star

    @property
    def label(self) -> str:
        """The label that it carries after the run."""
        return self._found.label

    @property
    def secondary(self) -> tuple[str, ...]:
        """The star ids that it gains beside its primary star."""
        return self._found.secondary

    @property
    def best(self) -> Score | None:
        """The best star that it is not barred from, None where no evidence is for any."""
        return None if self._found.best is None else score_of(self._found.best)

    @property
    def score(self) -> Decimal:
        """The score of the best star, 0 without one."""
        return amount(0 if self._found.best is None else self._found.best.score)

    @property
    def confidence(self) -> Decimal:
        """The confidence in the best star, 0 without one, at most 1."""
        return amount(0 if self._found.best is None else self._found.best.confidence)

    @property
    def runner_up(self) -> Score | None:
        """The strongest other star, barred or not."""
        return None if self._found.runner_up is None else score_of(self._found.runner_up)

    @property
    def lead(self) -> Decimal:
        """How far the best star is ahead of the runner-up."""
        return amount(self._found.lead)

    @property
    def scores(self) -> tuple[Score, ...]:
        """All stars with evidence, the best first."""
        return tuple(map(score_of, self._found.scores))

    @property
    def thresholds(self) -> Thresholds:
        """What its best star is measured by, or the default star without one."""
        found = self._found
        return Thresholds(
            amount(found.suggest_at),
            amount(found.promote_at),
            amount(found.margin),
            found.sources_at,
        )

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The rules that hold for it, by name."""
        return tuple(map(evidence_of, self._found.rows))

    @property
    def exceptions(self) -> tuple[BearingException, ...]:
        """The exceptions that bear on it."""
        found = self._found.exceptions
        return tuple(BearingException(each.words, each.because, each.at) for each in found)

    @property
    def barred(self) -> tuple[str, ...]:
        """The star ids that an exception bars it from, sorted."""
        return self._found.barred

    @property
    def held(self) -> HeldBack | None:
        """What holds its promotion back, if it is deferred."""
        return None if self._found.held is None else held_of(self._found.held)

    @property
    def dropped(self) -> tuple[HeldBack, ...]:
        """The secondary stars that a ceiling holds back."""
        return tuple(map(held_of, self._found.dropped))

    @property
    def places(self) -> tuple[CeilingPlace, ...]:
        """Its place under each ceiling that counts its promotion."""
        return tuple(CeilingPlace(*standing) for standing in self._found.standings)

    @property
    def rules_say(self) -> str:
        """The star that the rules would give if it carried the default star."""
        return self._found.rules_say

    @property
    def why(self) -> str:
        """The decision in one sentence."""
        from starlang.explain.words import why

        return why(self._found)

    def explain(self) -> str:
        """All of it as plain text, at most 80 columns wide."""
        from starlang.explain.words import render

        return render(self._found)

    def why_not(self, star: str) -> "WhyNot":
        """Why it does not get `star` (an id, label or alias), and what would change that.

        UnknownStarError if there is no such star.
        """
        from starlang.api.why_not import WhyNot
        from starlang.why_not.ask import ask

        if not isinstance(star, str):
            refuse_type("star", "the id, label or alias of a star", star)
        return WhyNot(ask(self._found, star))

    def __str__(self) -> str:
        return self.explain()

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from starlang.report.fragments import module_fragment

        return module_fragment(self._found)

    def _words(self) -> str:
        return f"{shortened(self.path)} {self.outcome.value}{self._about()}"

    def _about(self) -> str:
        """The star that the decision is about."""
        if self.star is not None and self.star != self.current:
            return f" {self.star}"
        return f", {self.best.star} {self.best.score}" if self.best is not None else ""
