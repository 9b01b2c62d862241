"""Changing single values in YAML; every other byte stays as it was.

A scalar is replaced where it is, in its own style where the new text allows it. A key that is
missing becomes the first of its mapping, so that comments and blocks below stay where they are.
What cannot be changed in one place is refused by name: aliases and anchors, block scalars,
collections over several lines. What comes out is read again, and holds the edit and nothing else.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

import yaml

from starlang.texts.json import Refusal
from starlang.texts.limits import MAX_BYTES
from starlang.texts.pointers import parts_of
from starlang.texts.rewriting import (
    Meant,
    Rewritten,
    Value,
    Write,
    as_read,
    same,
    spoilt,
    with_value,
)
from starlang.texts.yaml import YamlDocument, entry_at, read_yaml, span_of

_PLAIN = re.compile(r"[A-Za-z][\w ./+-]*")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


class _RefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def rewrite_yaml(data: bytes, writes: Sequence[Write], is_meant: Meant) -> Rewritten | Refusal:
    """`data` with each of `writes` made in the document that is meant, or why it is refused."""
    document = _meant(data, is_meant)
    for write in writes:
        if isinstance(document, Refusal):
            return document
        try:
            data, document = _one(data, document, write, is_meant)
        except _RefusedError as error:
            return error.refusal
    return document if isinstance(document, Refusal) else Rewritten(data, document.value)


def without_yaml(data: bytes, pointers: Sequence[str], is_meant: Meant) -> str | None:
    """The text without the values at `pointers`, their keys, and lines that held only them."""
    for pointer in pointers:
        parts = parts_of(pointer)
        for depth in range(len(parts), 0, -1):
            document = _meant(data, is_meant)
            if isinstance(document, Refusal):
                return None
            # Mappings that hold nothing else go, too: an edit may have made them.
            is_cut = depth == len(parts) or _is_empty(document.value, parts[:depth])
            found = entry_at(document.root, parts[:depth])
            if found is not None and is_cut:
                data = _cut(data.decode(), found[0], found[1]).encode()
    return data.decode()


def _is_empty(value: object, parts: Sequence[str]) -> bool:
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return value is None or value == {}


def _meant(data: bytes, is_meant: Meant) -> YamlDocument | Refusal:
    documents = read_yaml(data)
    if isinstance(documents, Refusal):
        return documents
    fitting = [each for each in documents if is_meant(each.value)]
    return fitting[0] if len(fitting) == 1 else spoilt(None)


def _one(
    data: bytes, document: YamlDocument, write: Write, is_meant: Meant
) -> tuple[bytes, YamlDocument]:
    """The text and the document after one write."""
    text = data.decode()
    parts = parts_of(write.pointer)
    after = _written(text, document.root, parts, write.value).encode()
    wanted = with_value(document.value, write.pointer, as_read(write.value))
    found = _meant(after, is_meant)
    if (
        isinstance(found, Refusal)
        or not same(_sorted(found.value), _sorted(wanted))
        or len(after) > MAX_BYTES
    ):
        raise _RefusedError(spoilt(found if isinstance(found, Refusal) else None))
    return after, found


def _sorted(value: object) -> object:
    """A value whose objects have their keys in order: a new key becomes the first."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _written(text: str, root: yaml.Node, parts: Sequence[str], value: Value) -> str:
    for depth in range(len(parts), -1, -1):
        found = entry_at(root, parts[:depth])
        if found is None:
            continue
        if depth == len(parts):
            return _replaced(text, found[1], value)
        return _with_key(text, found[1], parts[depth:], value)
    raise AssertionError(parts)  # the root is always there


def _replaced(text: str, node: yaml.Node, value: Value) -> str:
    span = span_of(node)
    old = text[span.start : span.end]
    is_line = "\n" not in old and not old.startswith(("&", "!"))
    if isinstance(node, yaml.ScalarNode) and node.style in {None, "", "'", '"'} and is_line and old:
        return f"{text[: span.start]}{_spelt(value, node.style)}{text[span.end :]}"
    if isinstance(node, yaml.SequenceNode) and node.flow_style and is_line:
        return f"{text[: span.start]}{_spelt(value, None)}{text[span.end :]}"
    raise _RefusedError(_unwritable("a value in this form"))


def _with_key(text: str, node: yaml.Node, parts: Sequence[str], value: Value) -> str:
    """The text with one more key, the first of the mapping `node`."""
    span = span_of(node)
    if not isinstance(node, yaml.MappingNode):
        raise _RefusedError(_unwritable("a value where a mapping is needed"))
    if node.flow_style:
        if len(parts) > 1:
            raise _RefusedError(_unwritable("a mapping on one line that lacks several keys"))
        separator = ", " if node.value else ""
        member = f"{_spelt(parts[0], None)}: {_spelt(value, None)}{separator}"
        return f"{text[: span.start + 1]}{member}{text[span.start + 1 :]}"
    line_end = "\r\n" if "\r\n" in text else "\n"
    margin = " " * node.start_mark.column
    lines = [f"{' ' * 2 * depth}{_spelt(each, None)}:" for depth, each in enumerate(parts)]
    lines[-1] += f" {_spelt(value, None)}"
    added = f"{line_end}{margin}".join(lines)
    return f"{text[: span.start]}{added}{line_end}{margin}{text[span.start :]}"


def _spelt(value: Value, style: str | None) -> str:
    """A value as YAML writes it on one line, in the style of the one before if it can be."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and value == value.strip()
    return value if not style and is_plain else json.dumps(value, ensure_ascii=False)


def _cut(text: str, key: yaml.Node, value: yaml.Node) -> str:
    start, end = span_of(key).start, span_of(value).end
    line, rest = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    rest = len(text) if rest == -1 else rest + 1
    if not text[line:start].strip() and not text[end:rest].strip():
        return text[:line] + text[rest:]
    return text[:start] + text[end:]


def _unwritable(what: str) -> Refusal:
    return Refusal(
        "E575",
        f"a run cannot write {what} in YAML without changing more than the star",
        "write the value on one line, or write the star by hand; a `sidecar` in "
        "`[stars]` of the profile keeps stars out of manifests",
    )


# New documents.


def new_yaml(document: Mapping[str, object]) -> str:
    """A document in blocks, a key a line."""
    return "".join(f"{line}\n" for line in _block(document)) or "{}\n"


def _block(value: Mapping[str, object]) -> Iterator[str]:
    for key, each in value.items():
        name = _spelt(key, None)
        if isinstance(each, dict | list) and each:
            yield f"{name}:"
            inner = _block(each) if isinstance(each, dict) else _items(each)
            yield from (f"  {line}" for line in inner)
        else:
            yield f"{name}: {_leaf(each)}"


def _items(values: Sequence[object]) -> Iterator[str]:
    for each in values:
        lines = _block(each) if isinstance(each, dict) and each else iter([_leaf(each)])
        yield f"- {next(lines)}"
        yield from (f"  {line}" for line in lines)


def _leaf(value: object) -> str:
    """A value on one line; what is nested further is written as JSON, which YAML reads."""
    return _spelt(value, None) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
