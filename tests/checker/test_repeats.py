"""Rules that repeat others: only those that have something in common are compared."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.rule_sets import conditions

from starlang.checker.lints.logic import can_hold, follows, must_hold
from starlang.checker.lints.repeats import pairs
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, Condition
from starlang.rules.predicates import HasAtMost
from starlang.rules.text_predicates import Mentions

_LETTER = Mentions("path", (Needle(("a",)),))


@settings(max_examples=examples(150))
@given(st.lists(conditions(), min_size=2, max_size=5))
@example([_LETTER, AllOf((_LETTER, HasAtMost("name", 1)))])  # each module has one name
def test_every_condition_that_follows_from_another_is_compared_with_it(
    written: list[Condition],
) -> None:
    some = [each for each in written if can_hold(each)]
    compared = set(pairs(some))

    for number, condition in enumerate(some):
        for other, wider in enumerate(some):
            if number != other and follows(condition, wider) and not must_hold(wider):
                assert (number, other) in compared


def test_the_number_of_comparisons_does_not_grow_as_the_square() -> None:
    apart: list[Condition] = [Mentions("path", (Needle((f"{n:04}",)),)) for n in range(5_000)]
    alike: list[Condition] = [Mentions("path", (Needle(("a",), open=True),))] * 5_000

    assert list(pairs(apart)) == []
    assert len(list(pairs(alike))) <= 5_000 * 50
