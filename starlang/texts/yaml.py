"""YAML, read as the core schema of YAML 1.2: `no` and `on` are texts, and nothing is constructed.

The composer of libyaml finds the nodes and their places; their values are made here, since the
resolver of PyYAML is that of YAML 1.1. What other readers understand differently is refused by
name: tags, merge keys, keys that are no texts, the same key twice.

Aliases are read, but a document may not grow by them: `max_nodes` bounds what they stand for.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import yaml
from attrs import frozen
from yaml._yaml import CParser

from starlang.text import Span, shown_value
from starlang.texts.json import (
    DIGITS,
    NOT_A_NUMBER,
    RANGE,
    Refusal,
    empty,
    invalid_utf8,
    other_encoding,
    too_large,
)
from starlang.texts.limits import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, out_of_range
from starlang.texts.pointers import Step

MAX_NODES = 200_000
"""Values of a document, those that aliases stand for counted each time."""

_SUSPICIOUS = 1_000
"""So many openings of collections are composed only after their depth was measured."""

_OPENINGS = ("[", "{", "- ", "? ", "-\t", "?\t", "-\n", "?\n")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE, _FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))


_TAG_OF = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}


class _Loader(CParser):
    """The composer, which asks for the tag of each node without one: every scalar is a text."""

    def resolve(self, kind: type[yaml.Node], _value: object, _implicit: object) -> str:
        """The tag of a node."""
        return _TAG_OF[kind]

    def descend_resolver(self, _node: object, _index: object) -> None:
        """Nothing: no tag depends on where a node is."""

    def ascend_resolver(self) -> None:
        """Nothing, as on the way down."""


@frozen(eq=False)
class YamlDocument:
    """One document of a file: its value as JSON has it, and its nodes with their places."""

    value: object
    root: yaml.Node


class _RefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def read_yaml(data: bytes, limit: int = MAX_BYTES) -> list[YamlDocument] | Refusal:
    """All documents of a file, or why it is not read."""
    if len(data) > limit:
        return too_large(limit)
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in data[:2]:
        return other_encoding()
    try:
        return _documents(data.decode())
    except _RefusedError as error:
        return error.refusal
    except UnicodeDecodeError as error:
        return invalid_utf8(data, error.start)
    except yaml.YAMLError as error:
        return _syntax(data.decode(), error)


def _documents(text: str) -> list[YamlDocument]:
    if sum(text.count(opening) for opening in _OPENINGS) > _SUSPICIOUS:
        _measure(text)
    # A text without aliases has no more values than characters: few of them need no count.
    is_plain_text = len(text) < MAX_NODES and not any(mark in text for mark in _NOT_PLAIN)
    loader = _Loader(text)
    found = []
    try:
        while loader.check_node():
            if (root := loader.get_node()) is None:
                break
            value = _plain_value(root, 0) if is_plain_text else _Values().of(root, 0)
            found.append(YamlDocument(value, root))
    finally:
        loader.dispose()
    if not found or all(each.value is None for each in found):
        raise _RefusedError(empty())
    return found


def _measure(text: str) -> None:
    """Refuses what is nested too deep: composing it would use up the stack."""
    loader, depth = _Loader(text), 0
    try:
        while (event := loader.get_event()) is not None:
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise _RefusedError(_too_deep(_index(event.start_mark)))
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    finally:
        loader.dispose()


_NOT_PLAIN = ("!", "*", "<<", "? ", "?\n")
"""Without these a text has no tag, alias or merge key, and hardly a key that is not a text."""

_NO_TEXT = frozenset("0123456789+-.~nNtTfF")
"""What a plain scalar begins with that may not be a text."""


def _plain_value(node: yaml.Node, depth: int) -> object:
    """The value of a node of a text without any of `_NOT_PLAIN`, as `_Values` makes it.

    Nearly all manifests are such texts, and take half the time.
    """
    if depth > MAX_DEPTH:
        raise _RefusedError(_too_deep(_index(node.start_mark)))
    if isinstance(node, yaml.ScalarNode):
        text = node.value
        return text if node.style or (text and text[0] not in _NO_TEXT) else _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain_value(each, depth + 1) for each in node.value]
    found: dict[str, object] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in found:
            return _Values().of(node, depth)  # which refuses it
        found[key.value] = _plain_value(value, depth + 1)
    return found


class _Values:
    """Makes the values of one document, and refuses what cannot be a value."""

    def __init__(self) -> None:
        self._nodes = 0
        self._open: set[int] = set()

    def of(self, node: yaml.Node, depth: int) -> object:
        """The value of `node`."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _RefusedError(_grows())
        if depth > MAX_DEPTH:
            raise _RefusedError(_too_deep(_index(node.start_mark)))
        if id(node) in self._open:
            raise _RefusedError(_unread(node, "an alias to what it lies in"))
        if node.tag not in _TAGS:
            raise _RefusedError(_unread(node, f"the tag {shown_value(node.tag)}"))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        self._open.add(id(node))
        value: object
        if isinstance(node, yaml.MappingNode):
            value = self._mapping(node, depth)
        else:
            value = [self.of(each, depth + 1) for each in node.value]
        self._open.discard(id(node))
        return value

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        places: dict[str, Span] = {}
        for key, value in node.value:
            name = _key(key)
            if name in found:
                raise _RefusedError(_duplicate(name, span_of(key), places[name]))
            found[name], places[name] = self.of(value, depth + 1), span_of(key)
        return found


def is_plain(node: yaml.ScalarNode) -> bool:
    """Whether a scalar is not quoted and not a block."""
    return not node.style


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _TAGS:
        raise _RefusedError(_unread(node, "a key that is not a text"))
    if node.value == "<<" and is_plain(node):
        raise _RefusedError(_unread(node, "a merge key"))
    return str(node.value)


def _scalar(node: yaml.ScalarNode) -> object:
    text = str(node.value)
    if not is_plain(node):
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return _number(node, text)


def _number(node: yaml.ScalarNode, text: str) -> object:
    """The number that a plain scalar is, or its text."""
    if _NO_NUMBER.fullmatch(text):
        message = f"`{text}` is not a number that JSON has"
        hint = "write null, or leave the key out"
        raise _RefusedError(Refusal(NOT_A_NUMBER, message, hint, span_of(node)))
    if not (_FLOAT.fullmatch(text) or _OTHER_BASE.fullmatch(text)):
        return text
    if len(text) > MAX_DIGITS:
        message = f"the number has more than {MAX_DIGITS:,} characters"
        hint = "shorten it, or write it as a text"
        raise _RefusedError(Refusal(DIGITS, message, hint, span_of(node)))
    if _OTHER_BASE.fullmatch(text) or _INTEGER.fullmatch(text):
        return int(text, 0 if text[:1] == "0" and text[1:2] in {"o", "x"} else 10)
    return _decimal(node, text)


def _decimal(node: yaml.ScalarNode, text: str) -> Decimal:
    if out_of_range(text):
        message = f"the number {shown_value(text)} is too large, or too close to zero, for a double"
        hint = "write a number that other programs can read as well, or a text"
        raise _RefusedError(Refusal(RANGE, message, hint, span_of(node)))
    return Decimal(text)


# Places.


def span_of(node: yaml.Node) -> Span:
    """Where a node is; of a block, without the white space after it."""
    return Span(_index(node.start_mark), _index(node.end_mark))


def _index(mark: object) -> int:
    """The offset of a mark of either parser."""
    index = getattr(mark, "index", 0)
    return index if isinstance(index, int) else 0


def locate_yaml(text: str, steps: Sequence[Step]) -> tuple[Span, Span] | None:
    """The places of the (key, value) at `steps`, in the first document that has them."""
    documents = read_yaml(text.encode())
    for document in documents if not isinstance(documents, Refusal) else ():
        if (found := entry_at(document.root, steps)) is not None:
            return span_of(found[0]), span_of(found[1])
    return None


def entry_at(root: yaml.Node, steps: Sequence[Step]) -> tuple[yaml.Node, yaml.Node] | None:
    """The (key, value) nodes at `steps`, which are the same in a sequence and at the root."""
    key = value = root
    for step in steps:
        found = next(_below(value, step), None)
        if found is None:
            return None
        key, value = found
    return key, value


def _below(node: yaml.Node, step: Step) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key, value) for key, value in node.value if key.value == step)
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        yield node.value[step], node.value[step]


# Why a file is not read.


def _syntax(text: str, error: yaml.YAMLError) -> Refusal:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = mark.index if mark else getattr(error, "position", len(text))
    at = min(int(place), max(len(text) - 1, 0))
    found = (getattr(error, "context", None), getattr(error, "problem", None))
    words = " ".join(filter(None, found)) or "it holds a character that YAML does not allow"
    hint = "correct the text here"
    if "\t" in text[max(0, at - 1) : at + 1]:
        hint = "indent with spaces: YAML allows no tabs there"
    return Refusal("E572", f"this is not valid YAML: {words}", hint, Span(at, at + 1))


def _unread(node: yaml.Node, what: str) -> Refusal:
    return Refusal(
        "E573",
        f"{what} is not read: programs understand it differently",
        "write the value out",
        span_of(node),
    )


def _grows() -> Refusal:
    return Refusal(
        "E573",
        f"the document stands for more than {MAX_NODES:,} values, those of aliases included",
        "write fewer aliases, or split the file",
    )


def _too_deep(at: int) -> Refusal:
    message = f"the value is nested more than {MAX_DEPTH} deep"
    return Refusal("E516", message, "make the document flatter", Span(at, at + 1))


def _duplicate(name: str, span: Span, first: Span) -> Refusal:
    return Refusal(
        "E511",
        f"the key {shown_value(name)} appears twice in the same object",
        "keep the one that is meant; readers disagree on which one counts",
        span,
        first,
    )
