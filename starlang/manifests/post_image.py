"""What a manifest would say after an edit, to ask the schema about it beforehand."""

from collections.abc import Sequence

from starlang.manifests.pointers import is_index, parts_of


def value_at(document: object, pointer: str) -> object:
    """The value at `pointer` (without `*`), or None where there is none."""
    value = document
    for part in parts_of(pointer):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and is_index(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def with_value(document: object, pointer: str, value: object) -> object:
    """`document` with `value` at `pointer`; objects that are missing on the way are made.

    The original is not changed; what lies beside the way is shared.
    """
    return _with(document, parts_of(pointer), value)


def _with(document: object, parts: Sequence[str], value: object) -> object:
    if not parts:
        return value
    first, *rest = parts
    if isinstance(document, list) and is_index(first) and int(first) < len(document):
        items = list(document)
        items[int(first)] = _with(items[int(first)], rest, value)
        return items
    members = dict(document) if isinstance(document, dict) else {}
    members[first] = _with(members.get(first), rest, value)
    return members
