"""Checking and formatting cost as much as there are rules, counted in calls of functions."""

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Protocol

import pytest

from starlang.diagnostics.model import Diagnostic
from starlang.format.format import format_source
from starlang.text import Source

HEAD = """starlang 1
ruleset large "1.0"
star Anchor
star Flow
default star Supporting
weights { path 0.40 owner 0.35 }
confidence { combine sum suggest 0.30 promote 0.70 margin 0.10 }
"""
KINDS: dict[str, Callable[[int], str]] = {
    "different words": lambda n: f"path mentions word{n}",
    "the same beginning": lambda n: f"path mentions a{n}*",
    "the same word and another": lambda n: f"path mentions memory and path mentions word{n}",
    "each is denied": lambda n: f"not path mentions word{n}",
    "a word and not another": lambda n: f"path mentions word{n} and not path mentions other{n}",
    "patterns": lambda n: f"path matches /word{n}|x{n}y/",
    "values of one facet": lambda n: f"owner is team{n}",
    "directories": lambda n: f'path under "src/area{n}"',
}


class Tell(Protocol):
    def __call__(self, *texts: str) -> tuple[Diagnostic, ...]: ...


def rules(amount: int, condition: Callable[[int], str]) -> str:
    written = (
        f'rule r{n} -> {("Anchor", "Flow")[n % 2]}\n  when {condition(n)}\n  because "x"\n'
        for n in range(amount)
    )
    return HEAD + "\n".join(written)


def calls(work: Callable[[], object]) -> int:
    """How many functions were called, those of C included."""
    counted: Counter[str] = Counter()

    def note(_: FrameType, event: str, __: object) -> None:
        counted[event] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted["call"] + counted["c_call"]


@pytest.mark.requirement("R45")
@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_rules_take_twice_the_calls(told: Tell, kind: str) -> None:
    few, many = (rules(amount, KINDS[kind]) for amount in (80, 160))
    told(few)  # what is made once is not counted

    assert calls(lambda: told(many + " ")) <= 2.3 * calls(lambda: told(few + " "))


def test_twice_the_rules_take_twice_the_calls_to_lay_out() -> None:
    few, many = (Source("x", rules(amount, KINDS["patterns"])) for amount in (50, 100))
    assert calls(lambda: format_source(many)) <= 2.1 * calls(lambda: format_source(few))
