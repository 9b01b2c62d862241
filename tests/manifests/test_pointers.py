"""JSON pointers as profiles and rules write them."""

import pytest

from starlang.texts.pointers import parts_of, pointer_problem, resolve

DOCUMENT = {
    "a/b": {"~": 1},
    "list": [{"name": "x"}, {"name": None}, {"other": 1}, {"name": "y"}],
    "tags": ["p", "q"],
    "0": "zero",
    "nested": [{"of": ["a", "b"]}, {"of": []}],
    "*": "star",
}


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a~1b/~0", [(("a/b", "~"), 1)]),
        ("/list/*/name", [(("list", 0, "name"), "x"), (("list", 3, "name"), "y")]),
        ("/tags/*", [(("tags", 0), "p"), (("tags", 1), "q")]),
        ("/tags/1", [(("tags", 1), "q")]),
        ("/tags/2", []),
        ("/tags/x", []),
        ("/0", [(("0",), "zero")]),
        ("/nested/*/of/*", [(("nested", 0, "of", 0), "a"), (("nested", 0, "of", 1), "b")]),
        ("/nested/*/of", [(("nested", 0, "of"), ["a", "b"]), (("nested", 1, "of"), [])]),
        ("/a~1b/*", [(("a/b", "~"), 1)]),  # all values of an object
        ("/nowhere/*/x", []),
    ],
)
def test_a_pointer_leads_to(pointer: str, found: list[object]) -> None:
    assert list(resolve(DOCUMENT, parts_of(pointer))) == found


@pytest.mark.parametrize(
    ("pointer", "offset"), [("", 0), ("a/b", 0), ("/a~", 2), ("/a~2", 2), ("/~0~x", 3)]
)
def test_a_pointer_that_is_none_says_where(pointer: str, offset: int) -> None:
    problem = pointer_problem(pointer)

    assert problem is not None
    assert problem[0] == offset


@pytest.mark.parametrize("pointer", ["/", "/a", "/~0~1", "/a//b", "/*/x"])
def test_pointers_without_a_problem(pointer: str) -> None:
    assert pointer_problem(pointer) is None
