"""Exceptions whose day has come."""

from collections.abc import Iterator
from datetime import date

from starlang.checker.checked import Checked
from starlang.diagnostics.model import Diagnostic, Label, at


def expired_exceptions(checked: Checked, today: date) -> Iterator[Diagnostic]:
    """W311 for exceptions with `until` of `today` or a day before; they still hold."""
    for never in checked.nevers:
        yield from _expired(never.value.until, never.label, today)
    for assign in checked.assigns:
        yield from _expired(assign.value.until, assign.label, today)


def _expired(until: str, place: Label, today: date) -> Iterator[Diagnostic]:
    if until and date.fromisoformat(until) <= today:
        message = f"this exception should have gone by {until}, and still holds"
        hint = "remove it, or decide on another day and say why"
        yield at(place.source, place.span, "W311", message, hint=hint)
