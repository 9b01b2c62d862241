"""Reasons of exceptions and masks."""

from starlang.checker.scope import Scope
from starlang.diagnostics.model import Label
from starlang.syntax.nodes import Text


def check_reason(scope: Scope, because: Text | None) -> None:
    """Reports E216: a reason that says nothing. That there is one, the parser sees to."""
    if because is not None and not because.text.strip():
        place = Label(scope.source, because.span)
        hint = "say why: whoever reads the plan will ask"
        scope.findings.report("E216", place, "an empty reason is none", hint=hint)
