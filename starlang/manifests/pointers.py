"""JSON pointers, with `*` for all elements of an array.

`/capabilities/*/name` is the `name` of every element of `capabilities`. `~1` stands for
`/` and `~0` for `~` (RFC 6901). An index is written in digits. A null counts as absent.
"""

from collections.abc import Callable, Iterator, Sequence

from starlang.manifests.positions import Step

EACH = "*"
"""The part of a pointer that stands for all elements of an array."""

_MAX_INDEX = 9  # digits; a file of the size that is read has no more elements


def pointer_problem(text: str) -> tuple[int, str] | None:
    """Where a pointer is wrong (an offset into `text`) and why, or None."""
    if not text:
        return 0, "it is empty"
    if not text.startswith("/"):
        return 0, "it does not start with `/`"
    at = text.find("~")
    while at != -1:
        if text[at + 1 : at + 2] not in {"0", "1"}:
            return at, "a `~` is written `~0`, and a `/` inside a key `~1`"
        at = text.find("~", at + 2)
    return None


def parts_of(text: str) -> tuple[str, ...]:
    """The unescaped parts of a pointer that has no problem."""
    return tuple(_unescape(part) for part in text.split("/")[1:])


def pointer_to(steps: Sequence[Step]) -> str:
    """The pointer that leads along `steps`, "" for the root."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def is_index(part: str) -> bool:
    """Whether `part` can name an element of an array."""
    return part.isascii() and part.isdecimal() and len(part) <= _MAX_INDEX


def element(array: list[object], part: str) -> object:
    """The element that the index `part` names, or None where the array is shorter."""
    return array[int(part)] if int(part) < len(array) else None


def resolve(document: object, parts: Sequence[str]) -> Iterator[tuple[tuple[Step, ...], object]]:
    """(steps, value) of everything that `parts` lead to; null and absent values are left out."""
    found: list[tuple[tuple[Step, ...], object]] = [((), document)]
    for part in parts:
        found = [entry for steps, value in found for entry in _below(steps, value, part)]
    return ((steps, value) for steps, value in found if value is not None)


def misfit(
    document: object, parts: Sequence[str], accepts: Callable[[object], bool]
) -> tuple[tuple[Step, ...], int, object] | None:
    """The first value of a wrong type on the way along `parts`, or at its end.

    As (steps, how many parts lead there, value); None where nothing is wrong. `accepts`
    judges the end.
    """
    found: list[tuple[tuple[Step, ...], object]] = [((), document)]
    for depth, part in enumerate(parts):
        for steps, value in found:
            if value is not None and not _fits(value, part):
                return steps, depth, value
        found = [entry for steps, value in found for entry in _below(steps, value, part)]
    for steps, value in found:
        if value is not None and not accepts(value):
            return steps, len(parts), value
    return None


def _fits(value: object, part: str) -> bool:
    """Whether `part` can lead into `value`."""
    if isinstance(value, list):
        return part == EACH or is_index(part)
    return isinstance(value, dict) and part != EACH


def _below(
    steps: tuple[Step, ...], value: object, part: str
) -> list[tuple[tuple[Step, ...], object]]:
    match value:
        case list() if part == EACH:
            return [((*steps, index), member) for index, member in enumerate(value)]
        case list() if is_index(part):
            return [((*steps, int(part)), element(value, part))]
        case dict() if part in value and part != EACH:
            return [((*steps, part), value[part])]
        case _:
            return []


def _unescape(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
