"""The tree of an old pattern, which has the syntax of Python's `re`."""

from collections.abc import Iterator

from attrs import frozen


@frozen
class Literal:
    """One character that stands for itself."""

    character: str


@frozen
class AnyCharacter:
    """`.`"""


@frozen
class Shorthand:
    r"""`\d`, `\w`, `\s` or one of their opposites, by its letter."""

    letter: str


@frozen
class Class:
    """`[…]`: ranges of characters (both ends included) and shorthands."""

    members: tuple[tuple[str, str] | Shorthand, ...]
    negated: bool


@frozen
class Edge:
    r"""An assertion of no width: `^`, `$`, `\b`, `\B`, `\A` or `\Z`."""

    text: str


@frozen
class Look:
    """`(?=…)`, `(?!…)`, `(?<=…)` or `(?<!…)`; `text` is how it was written."""

    part: "Node"
    ahead: bool
    negative: bool
    text: str


@frozen
class Group:
    """Parentheses, whether they capture or not: nothing refers to what they captured."""

    part: "Node"
    captures: bool


@frozen
class Repeat:
    """`part` at least `low` and at most `high` times (None: without end)."""

    part: "Node"
    low: int
    high: int | None
    lazy: bool


@frozen
class InTurn:
    """Parts that follow each other; the empty sequence matches the empty text."""

    parts: tuple["Node", ...]


@frozen
class Choice:
    """Alternatives, the preferred one first; at least two."""

    options: tuple["Node", ...]


Node = Literal | AnyCharacter | Shorthand | Class | Edge | Look | Group | Repeat | InTurn | Choice


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`."""
    match node:
        case Look(part=part) | Group(part=part) | Repeat(part=part):
            return (part,)
        case InTurn(parts=parts):
            return parts
        case Choice(options=options):
            return options
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """`node` and all nodes below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def looks(node: Node) -> bool:
    """Whether there is a look-around in `node`."""
    return any(isinstance(each, Look) for each in walk(node))


def in_row(parts: tuple[Node, ...]) -> Node:
    """The parts as one node."""
    return parts[0] if len(parts) == 1 else InTurn(parts)


def least_width(node: Node) -> int:
    """The length of the shortest text that `node` matches."""
    match node:
        case Edge() | Look():
            return 0
        case InTurn(parts=parts):
            return sum(map(least_width, parts))
        case Choice(options=options):
            return min(map(least_width, options))
        case Group(part=part):
            return least_width(part)
        case Repeat(part=part, low=low):
            return low * least_width(part)
        case _:
            return 1
