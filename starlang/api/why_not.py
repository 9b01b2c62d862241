"""The answer to "why not this star?", with exact decimals."""

from decimal import Decimal

from attrs import frozen

from starlang.api.values import (
    Evidence,
    HeldBack,
    Score,
    Shown,
    amount,
    evidence_of,
    held_of,
    score_of,
    shortened,
)
from starlang.engine.decisions import Outcome
from starlang.rules.spelling import Scalar
from starlang.why_not import model


@frozen(repr=False)
class Change(Shown):
    """One change, in `words` and by what makes it.

    `subject` is a facet, a star, the name of a rule, the number of an exception, or the words
    of a ceiling. `value` is the value of the facet; `amount` the new threshold, weight or
    margin. Both are None where they do not apply. `place` is `file:line:column`, or "".
    """

    kind: model.ChangeKind
    words: str
    subject: str
    value: Scalar | None
    amount: Decimal | None
    place: str

    def _words(self) -> str:
        return self.words


@frozen(repr=False)
class Solution(Shown):
    """Changes that together promote the module to the star, which has `score` then.

    `others` are the paths of other modules that end with another star than now, `breached`
    ceilings that the run then breaches and did not before.
    """

    changes: tuple[Change, ...]
    score: Decimal
    others: tuple[str, ...]
    breached: tuple[str, ...]

    def _words(self) -> str:
        return f"{' + '.join(each.words for each in self.changes)} -> {self.score}"


@frozen(repr=False)
class Solutions(Shown):
    """The smallest solutions of one kind: the first of `count`, all with as many changes.

    `searched` is the largest number of changes such that no smaller or equal one was left
    out; `complete` says that there are no further ones at all. `reach` is the highest score
    that any of the changes gave the star, None where not all were tried. `held` says that
    some reach the threshold, but a ceiling holds the module back all the same. `frozen` are
    facets that rules about the star read and that no manifest is asked to change.
    """

    solutions: tuple[Solution, ...]
    count: int
    searched: int
    complete: bool
    reach: Decimal | None
    held: bool
    frozen: tuple[str, ...]

    def _words(self) -> str:
        return f"{len(self.solutions):,} of {self.count:,}"


@frozen(repr=False)
class Part(Shown):
    """A part of a condition, whether it holds, and what the module has there.

    `note` names text that is hidden from it.
    """

    words: str
    holds: bool
    found: tuple[str, ...]
    note: str

    def _words(self) -> str:
        return f"{'yes' if self.holds else 'no'}, {self.words}"


@frozen(repr=False)
class AbsentRule(Shown):
    """A rule for the star that does not hold, and the parts of its condition."""

    rule: str
    weight: Decimal
    parts: tuple[Part, ...]
    because: str
    place: str

    def _words(self) -> str:
        return f"{self.weight} by {self.rule}"


@frozen(repr=False)
class Hindrance(Shown):
    """Something in the way beside missing evidence. `release` is what would take it away."""

    cause: model.Cause
    words: str
    release: str
    place: str

    def _words(self) -> str:
        return f"{self.cause.value}, {self.words}"


@frozen(repr=False)
class WhyNot(Shown):
    """Why one module does not get one star, and what would change that. `print` it to read it.

    `manifest` are the smallest changes of the manifest, `rules` those of the rules; either
    may begin with what must be released first. Where releasing is all it takes, the two are
    the same, and `rules` is None. Both are None where the module has the star, or the star is
    the default.
    """

    _answer: model.WhyNot

    @property
    def path(self) -> str:
        """The module."""
        return self._answer.path

    @property
    def star(self) -> str:
        """The id of the star that was asked for."""
        return self._answer.star

    @property
    def outcome(self) -> Outcome:
        """What becomes of the module."""
        return self._answer.outcome

    @property
    def current(self) -> str:
        """The star that it carries."""
        return self._answer.current

    @property
    def after(self) -> str:
        """The star that it carries after the run."""
        return self._answer.after

    @property
    def cause(self) -> model.Cause:
        """What keeps the star from it, the first that holds."""
        return self._answer.cause

    @property
    def score(self) -> Score:
        """What the star has now."""
        return score_of(self._answer.score)

    @property
    def promote_at(self) -> Decimal:
        """The score from which the star is given."""
        return amount(self._answer.promote_at)

    @property
    def suggest_at(self) -> Decimal:
        """The score from which a star is suggested."""
        return amount(self._answer.suggest_at)

    @property
    def margin(self) -> Decimal:
        """What the best star must lead by."""
        return amount(self._answer.margin)

    @property
    def missing(self) -> Decimal:
        """What the score is short of `promote_at`, at least 0."""
        return amount(self._answer.missing)

    @property
    def rival(self) -> Score | None:
        """The other star that is in the way."""
        return None if self._answer.rival is None else score_of(self._answer.rival)

    @property
    def present(self) -> tuple[Evidence, ...]:
        """The rules about the star that hold."""
        return tuple(map(evidence_of, self._answer.present))

    @property
    def absent(self) -> tuple[AbsentRule, ...]:
        """The rules for the star that do not hold."""
        return tuple(
            AbsentRule(
                each.rule,
                amount(each.weight),
                tuple(Part(part.words, part.holds, part.found, part.note) for part in each.parts),
                each.because,
                each.at,
            )
            for each in self._answer.absent
        )

    @property
    def hindrances(self) -> tuple[Hindrance, ...]:
        """What is in the way beside missing evidence."""
        return tuple(
            Hindrance(each.cause, each.words, each.release, each.at)
            for each in self._answer.hindrances
        )

    @property
    def held(self) -> HeldBack | None:
        """What holds the star back, if a ceiling does."""
        return None if self._answer.held is None else held_of(self._answer.held)

    @property
    def manifest(self) -> Solutions | None:
        """The smallest changes of the manifest."""
        return _solutions(self._answer.manifest)

    @property
    def rules(self) -> Solutions | None:
        """The smallest changes of the rules."""
        return _solutions(self._answer.rules)

    def __str__(self) -> str:
        from starlang.why_not.words import render

        return render(self._answer)

    def _words(self) -> str:
        missing = f", {self.missing} short" if self.missing else ""
        return f"{shortened(self.path)} not {self.star}: {self.cause.value}{missing}"


def _solutions(search: model.Search | None) -> Solutions | None:
    if search is None:
        return None
    return Solutions(
        tuple(map(_solution, search.solutions)),
        search.count,
        search.searched,
        search.complete,
        amount(search.reach) if search.complete else None,
        search.held,
        search.frozen,
    )


def _solution(found: model.Solution) -> Solution:
    changes = tuple(map(_change, found.changes))
    return Solution(changes, amount(found.score), found.others, found.breached)


def _change(change: model.Change) -> Change:
    made = None if change.amount_text is None else amount(change.amount)
    return Change(change.kind, change.words, change.subject, change.value, made, change.at)
