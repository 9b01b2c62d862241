"""A criterion: one thing that must hold, how it is looked up, and what came of it."""

from collections.abc import Callable
from enum import StrEnum

from attrs import field, frozen

from starlang.accept.evidence import Evidence
from starlang.diagnostics.model import Diagnostic
from starlang.errors import InputError, RefusedError
from starlang.text import counted

SHOWN = 10
"""Findings of a criterion that are listed before the others are counted."""


class Result(StrEnum):
    """What came of a criterion."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_APPLICABLE = "n/a"


@frozen
class Answer:
    """What was compared: how many of which `things`, and where they were `read`.

    `findings` are what does not hold. `digest` is the evidence where there is one digest. An
    answer that does not apply says in `things` why, and `compared` is how many were looked at.
    `cause` is what keeps it from being looked up, and others with it.
    """

    compared: int
    things: str
    read: str
    findings: tuple[Diagnostic, ...] = ()
    digest: str = ""
    applies: bool = True
    cause: tuple[Diagnostic, ...] = field(default=(), kw_only=True)

    @property
    def result(self) -> Result:
        """Whether it holds; a comparison of nothing does not."""
        if self.findings:
            return Result.FAILS
        if not self.applies:
            return Result.NOT_APPLICABLE
        return Result.HOLDS if self.compared else Result.FAILS

    @property
    def words(self) -> str:
        """What was compared, in words."""
        return f"{self.compared:,} {self.things}"


@frozen
class Criterion:
    """A criterion of the table: its number, its name, how it is answered, and what mends it.

    `mends` is a command, or says that only a new run can.
    """

    number: int
    name: str
    look: Callable[[Evidence], Answer]
    mends: str


@frozen
class Answered:
    """A criterion with its answer."""

    criterion: Criterion
    answer: Answer

    @property
    def result(self) -> Result:
        return self.answer.result

    @property
    def mends(self) -> str:
        """What to do about it: the way out of its findings, if all have the same, or the usual."""
        hints = {each.hint for each in self.answer.findings if each.hint}
        return hints.pop() if len(hints) == 1 else self.criterion.mends

    def shown(self, limit: int) -> tuple[Diagnostic, ...]:
        """The findings that people are listed: the first `limit`, 0 for all."""
        return self.answer.findings[: limit or None]

    def more(self, limit: int) -> str:
        """How many findings are not listed, in words; "" if all are."""
        left = len(self.answer.findings) - limit if limit else 0
        return f"and {counted(left, 'more finding')} (--limit 0 lists all)" if left > 0 else ""


def answered(criterion: Criterion, evidence: Evidence) -> Answered:
    """The answer; what cannot be read is a finding, and never the end."""
    try:
        answer = criterion.look(evidence)
    except (RefusedError, InputError) as error:
        words, found = "things: what they are read from cannot be used", error.diagnostics
        answer = Answer(0, words, "", found, cause=found)
    return Answered(criterion, answer)


def does_not_apply(looked_at: int, why: str, read: str) -> Answer:
    """The answer where a criterion is not about anything that is there."""
    return Answer(looked_at, why, read, applies=False)
