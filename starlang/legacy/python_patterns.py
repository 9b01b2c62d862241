r"""Old patterns as trees, and the trees as RE2 patterns.

The old tools gave their patterns to `re`, and RE2 reads some of the same characters in
another way (`{,3}`, `\Z`, `[[:alpha:]]`), so a pattern is read as its author tested it
and written anew.

What is valid, and what an escape or a class means, Python's own parser says: `re._parser`,
which is private, so nothing else may import it, and the tests say what is relied on here. Its
trees are of no use as they are. It takes alternatives apart (`ab|ac` is `a[bc]`) and forgets
groups, and people are to find their pattern again in the rule file. So the pattern is cut
into tokens, and its structure is that of the tokens.

A pattern is only read, never compiled or matched by `re`: both may take for ever.
"""

import re
import re._parser as sre  # type: ignore[import-not-found]  # -- typeshed has no private modules
import warnings
from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import define, field, frozen

MAX_DEPTH = 32
"""How deep groups may be nested."""

MAX_REPEAT = 1_000
"""How often RE2 repeats something; a larger number may be plain characters to it."""

MAX_LENGTH = 20_000
"""Longest pattern in characters: `re._parser` takes quadratic time for some."""


@frozen
class Unreadable:
    """Why a pattern is not a tree. `text` is the part that is to blame.

    `invalid`: `re` refuses it too; otherwise it is valid, but nothing here can carry it.
    """

    reason: str
    text: str
    invalid: bool


# The tree of an old pattern, which has the syntax of Python's `re`.


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
class Assertion:
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
class Parentheses:
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
class Alternatives:
    """Alternatives, the preferred one first; at least two."""

    options: tuple["Node", ...]


Node = (
    Literal
    | AnyCharacter
    | Shorthand
    | Class
    | Assertion
    | Look
    | Parentheses
    | Repeat
    | InTurn
    | Alternatives
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`."""
    match node:
        case Look(part=part) | Parentheses(part=part) | Repeat(part=part):
            return (part,)
        case InTurn(parts=parts):
            return parts
        case Alternatives(options=options):
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
        case Assertion() | Look():
            return 0
        case InTurn(parts=parts):
            return sum(map(least_width, parts))
        case Alternatives(options=options):
            return min(map(least_width, options))
        case Parentheses(part=part):
            return least_width(part)
        case Repeat(part=part, low=low):
            return low * least_width(part)
        case _:
            return 1


# From the text to the tree.

_ESCAPE = r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[0-7]{1,3}|.)"
_MEMBER = re.compile(rf"(?P<low>{_ESCAPE}|.)(?:-(?P<high>{_ESCAPE}|.))?", re.DOTALL)
_TOKEN = re.compile(
    rf"""
      (?P<refused> \(\?(?:>|\(|P=|\#) | \\(?![0-7]{{3}})[1-9][0-9]? )
    | (?P<flags> \(\?[a-zA-Z-]+[:)] )
    | (?P<open> \((?:\?(?:P<[^>]*>|<?[=!]|:))? )
    | (?P<close> \) )
    | (?P<or> \| )
    | (?P<repeat> (?:[*+?]|\{{(?!\}})[0-9]*(?:,[0-9]*)?\}})[?+]? )
    | (?P<edge> [\^$]|\\[AbBZz] )
    | (?P<atom> \[\^?\]?(?:\\.|[^\]\\])*(?:\]|\Z)  # a class, or one that does not end
              | {_ESCAPE} | . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""Cuts any text into tokens, and a valid pattern, unless it is verbose, into the right ones."""

_NUMBER = re.compile("[0-9]+")
_NAMED = {
    "(?>": "an atomic group",
    "(?(": "a condition on a group",
    "(?P=": "a back-reference",
    "(?#": "a comment",
}
_LOOKS = {"(?=": (True, False), "(?!": (True, True), "(?<=": (False, False), "(?<!": (False, True)}
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_NO_OPS = frozenset("iu")
"""Flags that change nothing: case was ignored anyway, and texts were Unicode."""

Token = re.Match[str]


def parse(pattern: str) -> Node | Unreadable:
    """The tree of `pattern`, or why there is none. Never raises."""
    tokens = list(_TOKEN.finditer(pattern))
    if _depth(tokens) > MAX_DEPTH:
        return _too_deep()
    if len(pattern) > MAX_LENGTH:
        what = f"the beginning of a pattern with more than {MAX_LENGTH:,} characters"
        return Unreadable(what, f"{pattern[:_SHOWN]}…", invalid=False)
    fault = _fault(pattern)
    if fault is not None:
        return fault
    for token in tokens:
        if what := _without_counterpart(token):
            return Unreadable(what, token.group().rstrip(":)"), invalid=False)
    return _built(pattern, tokens)


_SHOWN = 20


def _depth(tokens: Sequence[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        if token.lastgroup != "atom":
            depth += token.group().startswith("(") - token.group().endswith(")")
            deepest = max(deepest, depth)
    return deepest


def _too_deep() -> Unreadable:
    return Unreadable(f"a group that is nested more than {MAX_DEPTH} deep", "(", invalid=False)


def _read(text: str) -> sre.SubPattern:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `[[` may mean something else one day
        return sre.parse(text)


def _fault(pattern: str) -> Unreadable | None:
    """What `re` says against `pattern`, in its own words."""
    try:
        _read(pattern)
    except re.error as error:
        token = _TOKEN.match(pattern, error.pos or 0)
        return Unreadable(error.msg, token.group() if token else pattern, invalid=True)
    except (OverflowError, ValueError):  # `a{99999999999}`, and more digits than `int` reads
        return Unreadable("the repetition number is too large", pattern[:_SHOWN], invalid=True)
    except RecursionError:  # in a verbose pattern the tokens miss what looks like a comment
        return _too_deep()
    return None


def _without_counterpart(token: Token) -> str:
    """What a token is that RE2 and the language have nothing for, "" if they have."""
    text = token.group()
    match token.lastgroup:
        case "refused":
            return next(
                (what for start, what in _NAMED.items() if text == start), "a back-reference"
            )
        case "flags" if not _NO_OPS.issuperset(text[2:-1]):
            return f"the flags `{text[2:-1]}`"
        case "repeat" if len(text) > 1 and text.endswith("+"):
            return "a possessive quantifier"
        case "repeat" if any(int(each) > MAX_REPEAT for each in _NUMBER.findall(text)):
            return f"a repetition of more than {MAX_REPEAT:,} times"
        case _:
            return ""


@define
class _Opened:
    """A group that is being read: the alternatives before the current one, and its parts."""

    opening: str
    start: int
    options: list[Node] = field(factory=list)
    parts: list[Node] = field(factory=list)

    def next_option(self) -> None:
        self.options.append(in_row(tuple(self.parts)))
        self.parts.clear()

    def node(self) -> Node:
        self.next_option()
        return self.options[0] if len(self.options) == 1 else Alternatives(tuple(self.options))


def _built(pattern: str, tokens: Sequence[Token]) -> Node | Unreadable:
    opened = [_Opened("", 0)]
    for token in tokens:
        text, parts = token.group(), opened[-1].parts
        match token.lastgroup:
            case "open":
                opened.append(_Opened(text, token.start()))
            case "flags" if text.endswith(":"):
                opened.append(_Opened("(?:", token.start()))
            case "flags":
                pass  # `(?i)` at the start
            case "close":
                group = opened.pop()
                inside = pattern[group.start + len(group.opening) : token.start()]
                if group.opening.startswith("(?<") and len(set(_read(inside).getwidth())) > 1:
                    reason = "look-behind requires fixed-width pattern"
                    return Unreadable(reason, pattern[group.start : token.end()], invalid=True)
                opened[-1].parts.append(_group(group, pattern[group.start : token.end()]))
            case "or":
                opened[-1].next_option()
            case "repeat":
                parts.append(_repeated(parts.pop(), text))
            case "edge":
                parts.append(Assertion(text))
            case _:
                parts.append(_atom(text))
    return opened[0].node()


def _group(group: _Opened, text: str) -> Node:
    if group.opening in _LOOKS:
        return Look(group.node(), *_LOOKS[group.opening], text)
    return Parentheses(group.node(), captures=group.opening != "(?:")


def _repeated(part: Node, text: str) -> Node:
    lazy = len(text) > 1 and text.endswith("?")
    sign = text[:-1] if lazy else text
    if sign in _QUANTIFIERS:
        return Repeat(part, *_QUANTIFIERS[sign], lazy)
    low, comma, high = sign[1:-1].partition(",")
    most = high if comma else low
    return Repeat(part, int(low or 0), int(most) if most else None, lazy)


def _atom(text: str) -> Node:
    """One character, an escape or a class."""
    if text == ".":
        return AnyCharacter()
    if len(text) > 1 and text.startswith("["):
        return _class(text)
    return _one(text)


def _class(text: str) -> Class:
    start = "[^" if text.startswith("[^") else "["
    members: list[tuple[str, str] | Shorthand] = []
    for member in _MEMBER.finditer(text, len(start), len(text) - 1):
        low, high = (
            _one(each or member["low"], within="[]") for each in member.group("low", "high")
        )
        if isinstance(low, Literal) and isinstance(high, Literal):
            members.append((low.character, high.character))
        elif isinstance(low, Shorthand):
            members.append(low)
    return Class(tuple(members), negated=start == "[^")


def _one(text: str, within: str = "") -> Literal | Shorthand:
    """A character or an escape, outside of a class or `within` its brackets."""
    if len(text) == 1:
        return Literal(text)
    if text[1:] in {"d", "D", "w", "W", "s", "S"}:
        return Shorthand(text[1])
    [(_, code)] = _read(f"{within[:1]}{text}{within[1:]}")
    return Literal(chr(code))


# Trees of old patterns as RE2 patterns, in the shortest plain spelling.
#
# A `/` comes out escaped, since the pattern will stand between slashes. A look-around comes
# out as it went in: for people to read, since RE2 refuses it.

_SPECIAL = frozenset("\\.+*?()|[]{}^$/")
_SPECIAL_IN_CLASS = frozenset("\\]^[-/")
_CONTROL_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\v": "\\v"}
_SIGNS = {(0, None): "*", (1, None): "+", (0, 1): "?"}


def written(node: Node) -> str:  # noqa: C901, PLR0911 -- a table, a line a kind of node
    """`node` as RE2 reads it, to stand between slashes."""
    match node:
        case Literal(character=character):
            return _escaped(character, _SPECIAL)
        case AnyCharacter():
            return "."
        case Shorthand(letter=letter):
            return f"\\{letter}"
        case Class():
            return _class_text(node)
        case Assertion(text=text):
            return r"\z" if text == r"\Z" else text
        case Parentheses(part=part, captures=captures):
            return f"({'' if captures else '?:'}{written(part)})"
        case Repeat():
            return f"{_repeatable(node.part)}{_quantifier(node)}"
        case InTurn(parts=parts):
            return "".join(_within(part) for part in parts)
        case Alternatives(options=options):
            return "|".join(map(written, options))
        case Look():
            return node.text
        case _:
            assert_never(node)


def _within(part: Node) -> str:
    """A part of a sequence."""
    return f"(?:{written(part)})" if isinstance(part, Alternatives) else written(part)


def _repeatable(part: Node) -> str:
    text = written(part)
    is_one = not isinstance(part, Alternatives | InTurn | Repeat)
    return text if is_one else f"(?:{text})"


def _quantifier(node: Repeat) -> str:
    sign = _SIGNS.get((node.low, node.high))
    if sign is None:
        high = "" if node.high is None else str(node.high)
        bounds = str(node.low) if node.low == node.high else f"{node.low},{high}"
        sign = f"{{{bounds}}}"
    return f"{sign}?" if node.lazy else sign


def _class_text(node: Class) -> str:
    # A `-` needs no escape at the end, where most people write it.
    dash = ("-", "-")
    members = [member for member in node.members if member != dash]
    ending = "-" if len(members) < len(node.members) else ""
    inside = "".join(map(_in_class, members))
    return f"[{'^' if node.negated else ''}{inside}{ending}]"


def _in_class(member: tuple[str, str] | Shorthand) -> str:
    if isinstance(member, Shorthand):
        return f"\\{member.letter}"
    low, high = (_escaped(each, _SPECIAL_IN_CLASS) for each in member)
    return low if low == high else f"{low}-{high}"


def _escaped(character: str, special: frozenset[str]) -> str:
    if character in special:
        return f"\\{character}"
    if character.isprintable():
        return character
    return _CONTROL_ESCAPES.get(character, f"\\x{{{ord(character):X}}}")
