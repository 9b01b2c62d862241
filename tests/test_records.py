"""Records behave as if attrs had written their methods."""

from attrs import evolve, field, frozen

from starlang.records import Record


@frozen(eq=False, repr=False)
class Pair(Record):
    left: int
    right: int = field(default=0, repr=False)
    place: int = field(default=0, eq=False, kw_only=True)


@frozen(eq=False, repr=False)
class Other(Record):
    left: int
    right: int


@frozen(eq=False, repr=False)
class Single(Record):
    value: str


def test_fields_are_compared() -> None:
    assert Pair(1, 2) == Pair(1, 2)
    assert Pair(1, 2) != Pair(1, 3)
    assert Single("a") == Single("a")
    assert Single("a") != Single("b")


def test_what_is_no_part_of_the_value_is_not_compared() -> None:
    assert Pair(1, 2, place=3) == Pair(1, 2, place=4)
    assert len({Pair(1, 2, place=3), Pair(1, 2, place=4), Pair(2, 2)}) == 2


def test_records_of_two_classes_differ() -> None:
    assert Pair(1, 2) != Other(1, 2)
    assert len({Pair(1, 2), Other(1, 2), (1, 2)}) == 3


def test_a_changed_copy_is_equal_where_nothing_changed() -> None:
    assert evolve(Pair(1, 2), left=1) == Pair(1, 2)


def test_fields_are_shown_with_their_names() -> None:
    assert repr(Pair(1, 2, place=3)) == "Pair(left=1, place=3)"
    assert repr(Single("a")) == "Single(value='a')"
