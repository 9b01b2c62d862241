r"""Old patterns: read as Python's `re` reads them, matched, shown by examples, written for RE2.

The old tools gave their patterns to `re`, and RE2 reads some of the same characters in
another way (`{,3}`, `\Z`, `[[:alpha:]]`), so a pattern is read as its author tested it
and written anew.

The trees are those of Python's own parser, `re._parser`, which is private, so nothing else may
import it, and the tests say what is relied on here. A `Tree` is a sequence of nodes, each an
operation with its argument: `(BRANCH, (None, [tree, tree]))`. The parser keeps no groups that
change nothing, and takes alternatives apart (`ab|ac` is `a[bc]`), although people are to find
their pattern again in the rule file. So each alternative but the first gets a mark in front,
which keeps the parser from finding something in common.

A pattern is only read, never compiled or matched by `re`: both may take for ever.
"""

import re
import re._parser as sre  # type: ignore[import-not-found]  # -- typeshed has no private modules
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, product, zip_longest
from typing import Any

from attrs import frozen

MAX_DEPTH = 32
"""How deep groups may be nested."""

MAX_REPEAT = 1_000
"""How often RE2 repeats something; a larger number may be plain characters to it."""

MAX_LENGTH = 20_000
"""Longest pattern in characters: `re._parser` takes quadratic time for some."""

Tree = Any
"""A `SubPattern` of `re._parser`."""
Node = tuple[Any, Any]
"""An operation and its argument."""

_BOUNDARIES = frozenset({sre.AT_BOUNDARY, sre.AT_NON_BOUNDARY})
_EDGES = {
    sre.AT_BEGINNING: "^",
    sre.AT_BEGINNING_STRING: r"\A",
    sre.AT_BOUNDARY: r"\b",
    sre.AT_NON_BOUNDARY: r"\B",
    sre.AT_END: "$",
    sre.AT_END_STRING: r"\z",
}
_CATEGORIES = {
    getattr(sre, f"CATEGORY_{no}{name}"): letter.upper() if no else letter
    for name, letter in (("DIGIT", "d"), ("SPACE", "s"), ("WORD", "w"))
    for no in ("", "NOT_")
}
"""The letter of each shorthand, such as `d` of `\\d`."""


@frozen
class Unreadable:
    """Why a pattern is not a tree. `text` is the part that is to blame.

    `invalid`: `re` refuses it too; otherwise it is valid, but nothing here can carry it.
    """

    reason: str
    text: str
    invalid: bool


# From the text to the tree.

_TOKEN = re.compile(
    r"""
      (?P<refused> \(\?(?:>|\(|P=|\#) | \\(?![0-7]{3})[1-9][0-9]? )
    | (?P<flags> \(\?[a-zA-Z-]+[:)] )
    | (?P<open> \((?:\?(?:P<[^>]*>|<?[=!]|:))? )
    | (?P<close> \) )
    | (?P<or> \| )
    | (?P<repeat> (?:[*+?]|\{(?!\})[0-9]*(?:,[0-9]*)?\})[?+]? )
    | (?P<atom> \[\^?\]?(?:\\.|[^\]\\])*(?:\]|\Z)  # a class, or one that does not end
              | \\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[0-7]{1,3}|.) | . )
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
_NO_OPS = frozenset("iu")
"""Flags that change nothing: case was ignored anyway, and texts were Unicode."""
_MARK = r"(?=\U0010FFFF)"
_SHOWN = 20


def parse(pattern: str) -> Tree | Unreadable:
    """The tree of `pattern`, or why there is none. Never raises."""
    tokens = list(_TOKEN.finditer(pattern))
    if _depth(tokens) > MAX_DEPTH:
        return _too_deep()
    if len(pattern) > MAX_LENGTH:
        what = f"the beginning of a pattern with more than {MAX_LENGTH:,} characters"
        return Unreadable(what, f"{pattern[:_SHOWN]}…", invalid=False)
    if fault := _fault(pattern):
        return fault
    for token in tokens:
        if what := _without_counterpart(token):
            return Unreadable(what, token.group().rstrip(":)"), invalid=False)
    tree = _read("".join(t.group() + _MARK * (t.lastgroup == "or") for t in tokens))
    _take_marks(tree)
    for node in walk(tree):
        if is_look(node) and not is_ahead(node) and len(set(node[1][1].getwidth())) > 1:
            reason = "look-behind requires fixed-width pattern"
            return Unreadable(reason, grouped(node), invalid=True)
    return tree


def _depth(tokens: Iterable[re.Match[str]]) -> int:
    depth = deepest = 0
    for token in tokens:
        if token.lastgroup != "atom":
            depth += token.group().startswith("(") - token.group().endswith(")")
            deepest = max(deepest, depth)
    return deepest


def _too_deep() -> Unreadable:
    return Unreadable(f"a group that is nested more than {MAX_DEPTH} deep", "(", invalid=False)


def _read(text: str) -> Tree:
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


def _without_counterpart(token: re.Match[str]) -> str:
    """What a token is that RE2 and the language have nothing for, "" if they have."""
    text = token.group()
    match token.lastgroup:
        case "refused":
            return _NAMED.get(text, "a back-reference")
        case "flags" if not _NO_OPS.issuperset(text[2:-1]):
            return f"the flags `{text[2:-1]}`"
        case "repeat" if len(text) > 1 and text.endswith("+"):
            return "a possessive quantifier"
        case "repeat" if any(int(each) > MAX_REPEAT for each in _NUMBER.findall(text)):
            return f"a repetition of more than {MAX_REPEAT:,} times"
        case _:
            return ""


def _take_marks(tree: Tree) -> None:
    """Takes the marks out of `tree`, and makes `(?!)`, which is an operation, a look-around."""
    for at, node in enumerate(tree):
        if node[0] is sre.FAILURE:
            tree[at] = (sre.ASSERT_NOT, (1, row()))
        for below in inside(node):
            _take_marks(below)
        if node[0] is sre.BRANCH:
            for option in node[1][1][1:]:
                del option[0]


# What is in a tree.


def row(*nodes: Node) -> Tree:
    """The nodes as a tree."""
    return sre.SubPattern(sre.State(), list(nodes))


def inside(node: Node) -> Sequence[Tree]:
    """The trees directly below `node`."""
    match node:
        case sre.BRANCH, (_, options):
            return list(options)
        case (
            (sre.ASSERT | sre.ASSERT_NOT | sre.SUBPATTERN | sre.MAX_REPEAT | sre.MIN_REPEAT),
            (*_, part),
        ):
            return [part]
        case _:
            return []


def walk(tree: Tree) -> Iterator[Node]:
    """All nodes of `tree`."""
    for node in tree:
        yield node
        for below in inside(node):
            yield from walk(below)


def is_look(node: Node) -> bool:
    """Whether `node` is a look-around."""
    return node[0] in {sre.ASSERT, sre.ASSERT_NOT}


def is_edge(node: Node) -> bool:
    """Whether `node` is an assertion about one place, such as `^`."""
    return node[0] is sre.AT


def is_group(node: Node) -> bool:
    """Whether `node` is a group; nothing refers to what it captures."""
    return node[0] is sre.SUBPATTERN


def is_repeat(node: Node) -> bool:
    """Whether `node` is something that is repeated."""
    return node[0] in {sre.MAX_REPEAT, sre.MIN_REPEAT}


def is_alternatives(node: Node) -> bool:
    """Whether `node` is a choice of alternatives."""
    return node[0] is sre.BRANCH


def is_ahead(look: Node) -> bool:
    """Whether a look-around is about what follows."""
    return bool(look[1][0] > 0)


def is_negative(look: Node) -> bool:
    """Whether a look-around forbids something."""
    return look[0] is sre.ASSERT_NOT


def looks(part: Node | Tree) -> bool:
    """Whether there is a look-around in a tree, or in a node or below it."""
    return any(map(is_look, walk([part] if isinstance(part, tuple) else part)))


def asks_for_words(tree: Tree) -> bool:
    r"""Whether one of `\b`, `\B`, `\w`, `\W`, `\d` and `\D` is in `tree`."""
    return any(
        (op is sre.AT and argument in _BOUNDARIES)
        or (op is sre.CATEGORY and _CATEGORIES[argument] in "wWdD")
        for node in walk(tree)
        for op, argument in (node, *_members(node))
    )


def sees_gaps(tree: Tree) -> bool:
    """Whether the length of a gap can matter to a pattern: some part of it admits a space."""
    characters = {sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN}
    return any(node[0] in characters and _admits(node, " ") for node in walk(tree))


def tells_ends(tree: Tree) -> bool:
    """Whether the text around it, or a space inside, can matter to a pattern."""
    return sees_gaps(tree) or any(
        op is sre.AT and edge not in _BOUNDARIES for op, edge in walk(tree)
    )


def _is_negated(node: Node) -> bool:
    """Whether one character is admitted that is not a member."""
    return node[0] is sre.NOT_LITERAL or (node[0] is sre.IN and node[1][0][0] is sre.NEGATE)


def _members(node: Node) -> list[Node]:
    """What is in the brackets of a class."""
    match node:
        case sre.IN, members:
            return [each for each in members if each[0] is not sre.NEGATE]
        case sre.NOT_LITERAL, code:
            return [(sre.LITERAL, code)]
        case _:
            return []


# Where a pattern matches, as Python's `re` would answer with `IGNORECASE`.
#
# Every pattern takes polynomial time, since nothing is asked of it but where matches end: each
# node gives the ends of its matches from one offset, the preferred one first, each once. That is
# for short texts, to compare old answers with new ones.


def found(tree: Tree, text: str) -> bool:
    """Whether the pattern is found in `text`."""
    matcher = _Matcher(text, {})
    return any(matcher.ends(tree, at) for at in range(len(text) + 1))


def replaced(tree: Tree, text: str) -> str:
    """`text` with a space in place of each match, as `re.sub` replaces."""
    matcher = _Matcher(text, {})
    parts: list[str] = []
    start, must_move = 0, False
    while match := matcher.next_match(tree, start, must_move=must_move):
        at, end = match
        parts += [text[start:at], " "]
        start, must_move = end, at == end
    return "".join(parts) + text[start:]


@frozen
class _Matcher:
    """Matches in one text; `known` are answers by tree or node and offset."""

    text: str
    known: dict[tuple[int, int], tuple[int, ...]]

    def next_match(self, tree: Tree, start: int, *, must_move: bool) -> tuple[int, int] | None:
        """The first match from `start` on; with `must_move` no empty one at `start` itself."""
        for at in range(start, len(self.text) + 1):
            for end in self.ends(tree, at):
                if not (must_move and at == end == start):
                    return at, end
        return None

    def ends(self, part: Node | Tree, at: int) -> tuple[int, ...]:
        key = (id(part), at)
        answer = self.known.get(key)
        if answer is None:
            answer = self.known[key] = tuple(dict.fromkeys(self._ends(part, at)))
        return answer

    def _ends(  # noqa: PLR0911 -- a table, a line a kind of node
        self, part: Node | Tree, at: int
    ) -> Iterable[int]:
        match part:
            case sre.SubPattern():
                return self._in_turn(part, at)
            case sre.BRANCH, (_, options):
                return (end for option in options for end in self.ends(option, at))
            case sre.SUBPATTERN, (*_, below):
                return self.ends(below, at)
            case (sre.MAX_REPEAT | sre.MIN_REPEAT) as op, (low, high, below):
                return self._repeated(below, at, low, high, is_lazy=op is sre.MIN_REPEAT)
            case ((sre.ASSERT | sre.ASSERT_NOT), (_, below)):
                is_seen = self._is_seen(below, at, is_ahead=is_ahead(part))
                return (at,) if is_seen is not is_negative(part) else ()
            case sre.AT, edge:
                return (at,) if self._is_edge(edge, at) else ()
            case _:  # one character: nothing else can be in a tree
                has_one = at < len(self.text) and _admits(part, self.text[at])
                return (at + 1,) if has_one else ()

    def _in_turn(self, tree: Tree, at: int) -> Iterable[int]:
        ends: tuple[int, ...] = (at,)
        for node in tree:
            ends = tuple(dict.fromkeys(end for start in ends for end in self.ends(node, start)))
            if not ends:
                break
        return ends

    def _repeated(
        self, tree: Tree, at: int, low: int, high: int, *, is_lazy: bool
    ) -> Iterator[int]:
        """Depth first, the way that backtracking tries: greedy ends come after all longer ones."""
        path = [(at, 0, iter(self.ends(tree, at)))]
        seen = {(at, 0)}
        if is_lazy and low == 0:
            yield at
        while path:
            start, count, ways = path[-1]
            step = next(ways, None)
            if step is None:
                path.pop()
                if not is_lazy and count >= low:
                    yield start
                continue
            counted = min(count + 1, low) if high is sre.MAXREPEAT else count + 1
            if (high is not sre.MAXREPEAT and count >= high) or (step, counted) in seen:
                continue
            seen.add((step, counted))
            if is_lazy and counted >= low:
                yield step
            path.append((step, counted, iter(self.ends(tree, step))))

    def _is_seen(self, tree: Tree, at: int, *, is_ahead: bool) -> bool:
        if is_ahead:
            return bool(self.ends(tree, at))
        return any(at in self.ends(tree, start) for start in range(at + 1))

    def _is_edge(self, edge: int, at: int) -> bool:
        text = self.text
        if edge in {sre.AT_BEGINNING, sre.AT_BEGINNING_STRING}:
            return at == 0
        if edge in {sre.AT_END, sre.AT_END_STRING}:
            return at == len(text) or (edge is sre.AT_END and text[at:] == "\n")
        if not text:
            return False  # in `re`, not even `\B` holds in an empty text
        before = at > 0 and _is_word(text[at - 1])
        after = at < len(text) and _is_word(text[at])
        return (before is not after) is (edge is sre.AT_BOUNDARY)


def _admits(node: Node, character: str) -> bool:
    """Whether `node`, which matches one character, matches this one."""
    match node:
        case sre.ANY, _:
            return character != "\n"
        case sre.LITERAL, code:
            return _folded(chr(code)) == _folded(character)
        case sre.NOT_LITERAL, code:
            return _folded(chr(code)) != _folded(character)
        case _:
            cases = {character, character.lower(), character.upper()}
            is_member = any(_has(member, case) for member in _members(node) for case in cases)
            return is_member is not _is_negated(node)


def _folded(character: str) -> str:
    return character.upper().lower()


def _has(member: Node, character: str) -> bool:
    """Whether a character is in one member of a class."""
    match member:
        case sre.LITERAL, code:
            return bool(ord(character) == code)
        case sre.RANGE, (low, high):
            return bool(low <= ord(character) <= high)
        case sre.CATEGORY, category:
            letter = _CATEGORIES[category]
            holds = {"d": str.isdecimal, "w": _is_word, "s": str.isspace}[letter.lower()](character)
            return bool(holds is letter.islower())
        case _:
            raise AssertionError(member)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


# Texts that a pattern matches.

MAX_SAMPLES = 12
"""How many texts are taken for one pattern."""

MAX_SAMPLE = 100
"""How long a sample may be: longer ones take long, and few names are as long."""

_TRIED = " _-/.ab0"
"""Characters that a class is shown by, separators first, since those are what classes are for."""

_MANY = 3


def samples(tree: Tree, most: int = MAX_SAMPLES) -> tuple[str, ...]:
    """Short texts that `tree` matches (its look-arounds aside), lower case, each once."""
    texts = islice(_samples(tree, most), most)
    return tuple(dict.fromkeys(text.lower() for text in texts if len(text) <= MAX_SAMPLE))


def _samples(  # noqa: PLR0911 -- a table, a line a kind of node
    part: Node | Tree, most: int
) -> Iterable[str]:
    match part:
        case sre.SubPattern():
            ways = [list(islice(_samples(node, most), most)) for node in part]
            return map("".join, islice(product(*ways), most))
        case sre.BRANCH, (_, options):
            turns = zip_longest(*(_samples(option, most) for option in options))
            return (text for turn in turns for text in turn if text is not None)
        case sre.SUBPATTERN, (*_, below):
            return _samples(below, most)
        case ((sre.MAX_REPEAT | sre.MIN_REPEAT), (low, high, below)):
            times = dict.fromkeys((min(low + 1, high), low))
            return (text * n for text in islice(_samples(below, most), _MANY) for n in times)
        case ((sre.AT | sre.ASSERT | sre.ASSERT_NOT), _):
            return [""]
        case sre.LITERAL, code:
            return [chr(code)]
        case _:  # a class of characters
            own = () if _is_negated(part) else filter(None, map(_first, _members(part)))
            return islice((c for c in chain(own, _TRIED) if _admits(part, c)), _MANY)


def _first(member: Node) -> str:
    """The first character of a member of a class, "" where that is a category."""
    match member:
        case sre.CATEGORY, _:
            return ""
        case sre.RANGE, (low, _):
            return chr(low)
        case _:
            return chr(member[1])


# Trees of old patterns as RE2 patterns, in the shortest plain spelling.
#
# A `/` comes out escaped, since the pattern will stand between slashes. A look-around comes
# out as it went in: for people to read, since RE2 refuses it.

_SPECIAL = frozenset("\\.+*?()|[]{}^$/")
_SPECIAL_IN_CLASS = frozenset("\\]^[-/")
_CONTROL_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\v": "\\v"}


def written(tree: Tree) -> str:
    """`tree` as RE2 reads it, to be put between slashes or parentheses."""
    text = grouped(tree)
    return text[3:-1] if len(tree) == 1 and tree[0][0] is sre.BRANCH else text


def grouped(part: Node | Tree) -> str:  # noqa: PLR0911 -- a table, a line a kind of node
    """A tree or a node as `written`, with alternatives in parentheses: a part of a pattern."""
    match part:
        case sre.SubPattern():
            return "".join(map(grouped, part))
        case sre.BRANCH, (_, options):
            return f"(?:{'|'.join(map(written, options))})"
        case sre.SUBPATTERN, (group, _, _, below):
            return f"({'' if group else '?:'}{written(below)})"
        case (sre.MAX_REPEAT | sre.MIN_REPEAT) as op, (low, high, below):
            return _repeatable(below) + _sign(low, high) + "?" * (op is sre.MIN_REPEAT)
        case ((sre.ASSERT | sre.ASSERT_NOT), (_, below)):
            sign = f"{'' if is_ahead(part) else '<'}{'!' if is_negative(part) else '='}"
            return f"(?{sign}{written(below)})"
        case sre.AT, edge:
            return _EDGES[edge]
        case sre.ANY, _:
            return "."
        case sre.LITERAL, code:
            return _escaped(code, _SPECIAL)
        case _:
            return _class_text(part)


def _repeatable(tree: Tree) -> str:
    text = grouped(tree)
    is_one = len(tree) == 1 and not is_repeat(tree[0]) and not is_edge(tree[0])
    return text if is_one else f"(?:{text})"


def _sign(low: int, high: int) -> str:
    if sign := {(0, sre.MAXREPEAT): "*", (1, sre.MAXREPEAT): "+", (0, 1): "?"}.get((low, high)):
        return sign
    most = "" if high is sre.MAXREPEAT else str(high)
    return f"{{{low}}}" if low == high else f"{{{low},{most}}}"


def _class_text(node: Node) -> str:
    members = _members(node)
    if not _is_negated(node) and len(members) == 1 and members[0][0] is sre.CATEGORY:
        return _in_class(members[0])
    # A `-` needs no escape at the end, where most people write it.
    dash = (sre.LITERAL, ord("-"))
    inside = "".join(_in_class(member) for member in members if member != dash)
    return f"[{'^' * _is_negated(node)}{inside}{'-' * (dash in members)}]"


def _in_class(member: Node) -> str:
    match member:
        case sre.CATEGORY, category:
            return f"\\{_CATEGORIES[category]}"
        case sre.RANGE, (low, high):
            return f"{_escaped(low, _SPECIAL_IN_CLASS)}-{_escaped(high, _SPECIAL_IN_CLASS)}"
        case _:
            return _escaped(member[1], _SPECIAL_IN_CLASS)


def escaped(text: str) -> str:
    """`text` as a pattern that matches it."""
    return "".join(_escaped(ord(character), _SPECIAL) for character in text)


def _escaped(code: int, special: frozenset[str]) -> str:
    character = chr(code)
    if character in special:
        return f"\\{character}"
    if character.isprintable():
        return character
    return _CONTROL_ESCAPES.get(character, f"\\x{{{code:X}}}")
