"""What a file says, apart from how it is laid out: for digests, and to say what has changed.

Whether a schema or a profile has drifted is a question about its meaning. Line ends (CR LF), an
indentation, a comment or another order of keys change the bytes and nothing else, so JSON and TOML
are parsed first, and what is compared is each value by its pointer. A file that cannot be parsed,
and one of another kind, is compared by its lines.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import sha256

from starlang.texts.json import Refusal, read
from starlang.texts.limits import MAX_BYTES, UnreadableError, exact_number, long_name, parsed
from starlang.texts.pointers import Step, pointer_to

_SHOWN = 60
"""How much of a value is kept to be shown, in characters; of a longer one its digest as well."""

_NAMED = 3


def values_of(name: str, data: bytes) -> dict[str, str]:
    """Pointer -> the value there in JSON, cut if it is long; "" -> the lines of another file."""
    value = _parsed(name, data)
    if value is None:
        return {"": _kept(data.decode(errors="backslashreplace").replace("\r\n", "\n"))}
    return {pointer_to(steps): _kept(text) for steps, text in _leaves(value, ())}


def _parsed(name: str, data: bytes) -> object:
    """The document, None where it is of no kind whose layout is known not to matter."""
    if name.endswith(".json"):
        value = read(data, MAX_BYTES)
        return None if isinstance(value, Refusal) else value
    if not name.endswith(".toml"):
        return None
    try:
        text = data.decode()
        if long_name(text) is not None:
            return None
        return parsed(lambda: tomllib.loads(text, parse_float=exact_number))
    except (UnicodeDecodeError, UnreadableError):
        return None


def _leaves(value: object, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Everything in `value` that holds nothing else, in JSON."""
    match value:
        case dict() if value:
            for key in sorted(value):
                yield from _leaves(value[key], (*steps, key))
        case list() if value:
            for index, member in enumerate(value):
                yield from _leaves(member, (*steps, index))
        case Decimal():
            yield steps, str(value)
        case _:
            yield steps, json.dumps(value, ensure_ascii=False, default=str)


def _kept(text: str) -> str:
    if len(text) <= _SHOWN:
        return text
    digest = sha256(text.encode(errors="backslashreplace")).hexdigest()
    return f"{text[:_SHOWN]}… sha256:{digest}"


def digest_of_values(values: Mapping[str, str]) -> str:
    """`sha256:` and 64 hex digits, the same for the same values."""
    text = json.dumps(sorted(values.items()), ensure_ascii=False)
    return f"sha256:{sha256(text.encode(errors='backslashreplace')).hexdigest()}"


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """What has changed from `old` to `new`, in words; the first few values, and how many more."""
    pointers = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    words = [_difference(pointer, old.get(pointer), new.get(pointer)) for pointer in pointers]
    more = [f"and {len(words) - _NAMED:,} more"] if len(words) > _NAMED else []
    return ", ".join((*words[:_NAMED], *more))


def _difference(pointer: str, old: str | None, new: str | None) -> str:
    if not pointer:
        return "its text is another one"
    place = f"`{pointer}`"
    if old is None:
        return f"{place} is new ({_short(new)})"
    if new is None:
        return f"{place} is gone ({_short(old)})"
    return f"{place} is {_short(new)}, and was {_short(old)}"


def _short(value: str | None) -> str:
    text, cut, _ = (value or "").partition("… sha256:")
    return f"{text}…" if cut else text
