"""Dates as other languages compare them: `> "2025-01-01"`, `since 2025`, `older than 90 days`.

The language has one test, `before`, on one day. What compares with a day in another way is said
with it, maybe with the day after. What asks what day it is today cannot be said: a plan is the
same on every day on which it is made.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from starlang.rules.spelling import day_meant
from starlang.syntax.recovery.spot import Fix, Spot, is_clause, shown
from starlang.syntax.scanner import Token, quoted

_BEFORE, _UP_TO, _FROM, _AFTER = (False, 0), (False, 1), (True, 0), (True, 1)
"""Whether `not before` is meant, and how many days after the one that is named."""

_BY_SIGN = {"<": _BEFORE, "<=": _UP_TO, ">=": _FROM, ">": _AFTER}
_BY_BOUND = {"most": _UP_TO, "least": _FROM}
_BY_WORDS = {
    **dict.fromkeys(("before", "earlier than", "older than", "prior to", "lt"), _BEFORE),
    **dict.fromkeys(("until", "through", "on or before", "no later than", "lte"), _UP_TO),
    **dict.fromkeys(("since", "from", "on or after", "no earlier than", "gte", "within"), _FROM),
    **dict.fromkeys(("after", "later than", "newer than", "younger than", "gt"), _AFTER),
}
_LONGEST = 3
"""Words of the longest of these."""

_UNITS = frozenset({"day", "days", "week", "weeks", "month", "months", "year", "years", "d"})
_TODAY = frozenset({"now", "today", "yesterday", "tomorrow", "current_date", "ago"})

_EXAMPLE = "2025-01-01"


def dated(spot: Spot) -> Fix | None:
    """The error explained as a date that is compared in another way."""
    if "BEFORE" in spot.accepts:
        return _between(spot) or _compared(spot, 0)
    word = spot.previous.text if spot.previous else ""
    if word in _BY_BOUND and "NUMBER" in spot.accepts and spot.kind(0) == "string":
        return _bounded(spot, *_BY_BOUND[word])
    is_day = word == "before" and "STRING" in spot.accepts and spot.kind(0) != "string"
    return _no_day(spot) if is_day else None


def is_dated(spot: Spot) -> Fix | None:
    """`is before "2025-01-01"`, `is older than 90 days`: there is no `is` in front."""
    if spot.text(0) != "is" or "BEFORE" not in spot.accepts:
        return None
    size = 2 if spot.text(1) == "not" else 1
    return _compared(spot, size)


def _compared(spot: Spot, start: int) -> Fix | None:
    """A word or a sign, and a day or what stands for one."""
    sign = _BY_SIGN.get(spot.text(start))
    if sign is not None:
        return _said(spot, start, start + 1, *sign) if _is_dated(spot, start + 1) else None
    for size in range(_LONGEST, 0, -1):
        said = " ".join(spot.text(start + at) for at in range(size))
        if said in _BY_WORDS and (size > 1 or start or said != "before"):
            return _said(spot, start, start + size, *_BY_WORDS[said])
    return None


def _is_dated(spot: Spot, index: int) -> bool:
    """Whether a whole date is at `index`, or a time from now on; a number alone is a number."""
    text = spot.text(index)
    return (_day(text) != "" and not text.isdigit()) or _is_clock(spot, index)


def _said(spot: Spot, start: int, index: int, denied: bool, more: int) -> Fix | None:  # noqa: FBT001 -- from a table
    denied = denied != (start > 1)  # `is not …`
    if _is_clock(spot, index):
        return _no_clock(spot, index, denied=denied)
    day = _later(_day(spot.text(index)), more)
    if not day:
        return None
    put = _words(spot, day, denied=denied)
    if not spot.fits(put, index + 1):
        return None
    said = " ".join(each.text for each in spot.ahead[:index])
    message = f"`{said}` is not a word of the language"
    if start:
        message = f"`is` and `{spot.text(index - 1)}` are two tests"
    hint = _hint(spot, day, denied=denied)
    return Fix(spot.error("E107", message, hint=hint, count=index + 1), index + 1, put)


def _bounded(spot: Spot, denied: bool, more: int) -> Fix | None:  # noqa: FBT001 -- from a table
    """`at least "2025-01-01"`."""
    day = _later(_day(spot.text(0)), more)
    if not day:
        return None
    message = f"{shown(spot.token)} is not a number, and dates are compared by `before`"
    diagnostic = spot.error("E107", message, hint=_hint(spot, day, denied=denied))
    return Fix(diagnostic, 1, (spot.stand_in("number"),))


def _between(spot: Spot) -> Fix | None:
    """`between "2025-01-01" and "2025-06-30"`."""
    first, last = _day(spot.text(1)), _later(_day(spot.text(3)), 1)
    if spot.text(0) != "between" or not first or not last or spot.text(2) not in {"and", ","}:
        return None
    facet = _facet(spot)
    hint = f"write `{facet} not before {quoted(first)} and {facet} before {quoted(last)}`"
    *words, day = _words(spot, last, denied=False)
    # One test is read on, so that what follows is; it is not what is to be written.
    put = (*words, day._replace(stand_in=True))
    return Fix(spot.error("E107", "`between` is not a word of the language", hint=hint), 4, put)


def _no_day(spot: Spot) -> Fix | None:
    """`before 2025-01-01`, `before today`, `before 90 days ago`."""
    if _is_clock(spot, 0):
        return _no_clock(spot, 0, denied=False)
    day = _day(spot.text(0))
    if not day:
        return None
    put = (spot.made("string", quoted(day)),)
    message = "a day is written in double quotes"
    return Fix(spot.error("E106", message, hint=f"write `{quoted(day)}`"), 1, put)


def _is_clock(spot: Spot, index: int) -> bool:
    """Whether a time from now on is at `index`: `today`, `now()`, `90 days ago`, `90d`."""
    text = spot.text(index)
    if spot.kind(index) == "number":
        return spot.text(index + 1) in _UNITS
    inner = text.strip('"').replace("(", " ").split()
    is_time = bool(inner) and (inner[0] in _TODAY or inner[-1] in _TODAY | _UNITS)
    return is_time or (text[:1].isdigit() and text.lstrip("0123456789") in _UNITS)


def _no_clock(spot: Spot, index: int, *, denied: bool) -> Fix:
    size = index + sum(1 for _ in _rest(spot, index))
    start = 0 if index else 1  # the word `before` is there already
    *words, day = _words(spot, _EXAMPLE, denied=denied)[start:]
    put = (*words, day._replace(stand_in=True))  # which day is meant, nobody has said
    hint = f"name a day: {_hint(spot, _EXAMPLE, denied=denied)}"
    message = "there is no clock in the language: a plan is the same on every day"
    return Fix(spot.error("E107", message, hint=hint, count=size), size, put)


def _rest(spot: Spot, index: int) -> Iterator[Token]:
    """The tokens from `index` on to the end of the test."""
    depth = 0
    for at, token in enumerate(spot.ahead[index:]):
        depth += (token.text == "(") - (token.text == ")")
        is_end = token.text in {"and", "or", ","} or is_clause(spot.declaration, token)
        if depth < 0 or (at and is_end):
            return
        yield token


def _words(spot: Spot, day: str, *, denied: bool) -> tuple[Token, ...]:
    words = (["not"] if denied else []) + ["before"]
    return (*(spot.made("word", word) for word in words), spot.made("string", quoted(day)))


def _hint(spot: Spot, day: str, *, denied: bool) -> str:
    facet = _facet(spot)
    if not denied:
        return f"write `{facet} before {quoted(day)}`"
    hint = f"write `{facet} not before {quoted(day)}`"
    return f"{hint}, which also holds where there is no date: add `and {facet} is present`"


def _facet(spot: Spot) -> str:
    """The facet that the test is about; it was read just before."""
    skipped = {"at", "least", "most", "not", "before"}
    names = [token for token in spot.before[-_LONGEST - 1 :] if token.text not in skipped]
    if not names:
        return "FACET"
    return f"field {names[-1].text}" if names[-1].kind == "string" else names[-1].text


def _day(text: str) -> str:
    return day_meant(text.strip('"'))


def _later(day: str, days: int) -> str:
    """The day that is `days` after `day`; "" where the calendar has none."""
    if not day or (days and day == date.max.isoformat()):
        return ""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
