"""The answer to "why not this star?", as values. Amounts are in 10^-6."""

from enum import StrEnum

from attrs import frozen

from starlang.engine.decisions import Outcome, Score
from starlang.explain.model import EvidenceRow, HeldStar
from starlang.explain.words import exact
from starlang.rules.sources import NOTHING_SHOWN, Observed
from starlang.rules.spelling import Scalar


class ChangeKind(StrEnum):
    """What a change changes."""

    ADD = "add value"
    SET = "set value"
    DROP = "drop value"
    STAR = "star"
    PROMOTE = "promote threshold"
    SUGGEST = "suggest threshold"
    MARGIN = "margin"
    WEIGHT = "weight"
    EXCEPT = "except"
    UNASSIGN = "assignment"
    CEILING = "ceiling"
    SOURCES = "sources"


FACET_KINDS = (ChangeKind.ADD, ChangeKind.SET, ChangeKind.DROP)
"""Changes of what a manifest declares."""

_AMOUNTS = (ChangeKind.PROMOTE, ChangeKind.SUGGEST, ChangeKind.MARGIN, ChangeKind.WEIGHT)

MANIFEST_KINDS = (*FACET_KINDS, ChangeKind.STAR)
"""Changes of the manifest; all others are changes of the rules."""


@frozen(cache_hash=True)
class Change:
    """One change. `words` say it; the other fields are what it is made by.

    `subject` is a facet, a star, the name of a rule, or the index of an exception or a
    ceiling; `value` the facet's value, `amount` a new amount, a count or a share.
    """

    kind: ChangeKind
    words: str
    subject: str = ""
    value: Scalar | None = None
    amount: int = 0
    at: str = ""

    @property
    def amount_text(self) -> str | None:
        """A new threshold, weight or margin with six places; None where there is none."""
        return exact(self.amount) if self.kind in _AMOUNTS else None


@frozen
class Solution:
    """Changes that together promote the module to the star: made, and evaluated again.

    `score` is what the star has then. `others` are the paths of other modules that end with
    another star than now: a change of rules is for all, and under a ceiling one module takes
    the place of another. `breached` are ceilings that the run then breaches and did not
    before: they block the plan.
    """

    changes: tuple[Change, ...]
    score: int
    others: tuple[str, ...]
    breached: tuple[str, ...]


@frozen
class Search:
    """The smallest solutions of one kind.

    `solutions` all have the same number of changes, the first `SHOWN` of `count`.
    `searched` is the largest number of changes such that no smaller or equal one was left
    out; `complete` tells that there are no further ones at all. `reach` is the highest
    score that any of the changes gave the star, where the search is complete. `held` tells
    that some reach the threshold, but a ceiling holds the module back all the same. `frozen`
    are facets that rules about the star read and that no manifest is asked to change.
    """

    solutions: tuple[Solution, ...]
    count: int
    searched: int
    complete: bool
    reach: int = 0
    held: bool = False
    frozen: tuple[str, ...] = ()


@frozen
class ConditionPart:
    """One conjunct of a rule that does not hold. `note` tells of text that is hidden."""

    words: str
    holds: bool
    found: tuple[str, ...] = ()
    note: str = ""


@frozen
class Absent:
    """A rule for the star that does not hold, and which of its conjuncts fail.

    `adds_source` tells whether it could add a source, None where the star asks for one only.
    """

    rule: str
    weight: int
    parts: tuple[ConditionPart, ...]
    because: str
    at: str
    adds_source: bool | None = None


class Cause(StrEnum):
    """What keeps the star from the module, the first that holds."""

    HAS = "has it"
    DEFAULT = "default"
    ASSIGNED = "assigned"
    UNRECOGNISED = "unrecognised"
    KEPT = "kept"
    BARRED = "barred"
    DEFERRED = "deferred"
    SOURCES = "sources"
    RIVAL = "rival"
    SHORT = "short"
    AGAINST = "against"
    NOTHING = "nothing"


@frozen
class Hindrance:
    """Something in the way beside missing evidence. `release` is what would take it away."""

    cause: Cause
    words: str
    release: str = ""
    at: str = ""


@frozen
class WhyNot:
    """Why one module does not get one star, and what would change that.

    `score` is what the star has now; `present` are the rules about it that hold, `absent`
    those for it that do not. `missing` is what its score is short of `promote_at`.
    `sources_at` is how many sources a promotion takes, `sources` are those that it has.
    `manifest` are the smallest changes of the manifest, `rules` those of the rules; either
    may begin with what must be released first, of whichever kind that is. Where releasing
    is all it takes, the two are the same, and `rules` is None. Both are None where the
    module has the star, the star is the default, or nobody asked for changes.
    """

    path: str
    file: str
    star: str
    outcome: Outcome
    current: str
    after: str
    cause: Cause
    score: Score
    promote_at: int
    suggest_at: int
    margin: int
    rival: Score | None
    present: tuple[EvidenceRow, ...]
    absent: tuple[Absent, ...]
    hindrances: tuple[Hindrance, ...]
    held: HeldStar | None
    sources_at: int = 1
    sources: Observed = NOTHING_SHOWN
    manifest: Search | None = None
    rules: Search | None = None

    @property
    def lacks_sources(self) -> bool:
        """Whether the star has fewer sources than a promotion takes."""
        return self.sources_at > 1 and self.sources.count < self.sources_at

    @property
    def missing(self) -> int:
        """What the star's score is short of its promote threshold, at least 0."""
        return max(self.promote_at - self.score.score, 0)
