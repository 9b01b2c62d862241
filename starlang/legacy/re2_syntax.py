r"""Trees of old patterns as RE2 patterns, in the shortest plain spelling.

A `/` comes out escaped, since the pattern will stand between slashes. A look-around comes
out as it went in: for people to read, since RE2 refuses it.
"""

from typing import assert_never

from starlang.legacy.nodes import (
    AnyCharacter,
    Choice,
    Class,
    Edge,
    Group,
    InTurn,
    Literal,
    Look,
    Node,
    Repeat,
    Shorthand,
)

_SPECIAL = frozenset("\\.+*?()|[]{}^$/")
_SPECIAL_IN_CLASS = frozenset("\\]^[-/")
_CONTROLS = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\v": "\\v"}
_SIGNS = {(0, None): "*", (1, None): "+", (0, 1): "?"}


def written(node: Node) -> str:  # noqa: C901, PLR0911 -- a table, a line a kind of node
    """`node` as RE2 reads it, to stand between slashes."""
    match node:
        case Literal(character=character):
            return _character(character, _SPECIAL)
        case AnyCharacter():
            return "."
        case Shorthand(letter=letter):
            return f"\\{letter}"
        case Class():
            return _class(node)
        case Edge(text=text):
            return r"\z" if text == r"\Z" else text
        case Group(part=part, captures=captures):
            return f"({'' if captures else '?:'}{written(part)})"
        case Repeat():
            return f"{_repeatable(node.part)}{_quantifier(node)}"
        case InTurn(parts=parts):
            return "".join(_within(part) for part in parts)
        case Choice(options=options):
            return "|".join(map(written, options))
        case Look():
            return node.text
        case _:
            assert_never(node)


def _within(part: Node) -> str:
    """A part of a sequence."""
    return f"(?:{written(part)})" if isinstance(part, Choice) else written(part)


def _repeatable(part: Node) -> str:
    text = written(part)
    is_one = not isinstance(part, Choice | InTurn | Repeat)
    return text if is_one else f"(?:{text})"


def _quantifier(node: Repeat) -> str:
    sign = _SIGNS.get((node.low, node.high))
    if sign is None:
        high = "" if node.high is None else str(node.high)
        bounds = str(node.low) if node.low == node.high else f"{node.low},{high}"
        sign = f"{{{bounds}}}"
    return f"{sign}?" if node.lazy else sign


def _class(node: Class) -> str:
    # A `-` needs no escape at the end, where most people write it.
    dash = ("-", "-")
    members = [member for member in node.members if member != dash]
    ending = "-" if len(members) < len(node.members) else ""
    inside = "".join(map(_member, members))
    return f"[{'^' if node.negated else ''}{inside}{ending}]"


def _member(member: tuple[str, str] | Shorthand) -> str:
    if isinstance(member, Shorthand):
        return f"\\{member.letter}"
    low, high = (_character(each, _SPECIAL_IN_CLASS) for each in member)
    return low if low == high else f"{low}-{high}"


def _character(character: str, special: frozenset[str]) -> str:
    if character in special:
        return f"\\{character}"
    if character.isprintable():
        return character
    return _CONTROLS.get(character, f"\\x{{{ord(character):X}}}")
