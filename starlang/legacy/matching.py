"""Where an old pattern matches, as Python's `re` would answer with `IGNORECASE`.

`re` itself must never see a user's pattern: it may take for ever. Here every pattern takes
polynomial time, since nothing is asked of it but where matches end: each node gives the
ends of its matches from one offset, the preferred one first, each once. That is for short
texts, to compare old answers with new ones.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, product

from attrs import frozen

from starlang.legacy.python_patterns import (
    Alternatives,
    AnyCharacter,
    Assertion,
    Class,
    InTurn,
    Literal,
    Look,
    Node,
    Parentheses,
    Repeat,
    Shorthand,
    walk,
)


def found(node: Node, text: str) -> bool:
    """Whether the pattern `node` is found in `text`."""
    matcher = _Matcher(text, {})
    return any(matcher.ends(node, at) for at in range(len(text) + 1))


def replaced(node: Node, text: str) -> str:
    """`text` with a space in place of each match of `node`, as `re.sub` replaces."""
    matcher = _Matcher(text, {})
    parts: list[str] = []
    start, must_move = 0, False
    while (match := _next(matcher, node, start, must_move=must_move)) is not None:
        at, end = match
        parts += [text[start:at], " "]
        start, must_move = end, at == end
    return "".join(parts) + text[start:]


def _next(
    matcher: "_Matcher", node: Node, start: int, *, must_move: bool
) -> tuple[int, int] | None:
    """The first match from `start` on; with `must_move` no empty one at `start` itself."""
    for at in range(start, len(matcher.text) + 1):
        for end in matcher.ends(node, at):
            if not (must_move and at == end == start):
                return at, end
    return None


@frozen
class _Matcher:
    """Matches in one text; `known` are answers by node and offset."""

    text: str
    known: dict[tuple[int, int], tuple[int, ...]]

    def ends(self, node: Node, at: int) -> tuple[int, ...]:
        key = (id(node), at)
        answer = self.known.get(key)
        if answer is None:
            answer = self.known[key] = tuple(dict.fromkeys(self._ends(node, at)))
        return answer

    def _ends(  # noqa: PLR0911 -- a table, a line a kind of node
        self, node: Node, at: int
    ) -> Iterable[int]:
        match node:
            case InTurn(parts=parts):
                return self._in_turn(parts, at)
            case Alternatives(options=options):
                return (end for option in options for end in self.ends(option, at))
            case Parentheses(part=part):
                return self.ends(part, at)
            case Repeat():
                return self._repeated(node, at)
            case Look():
                return (at,) if self._seen(node, at) is not node.negative else ()
            case Assertion(text=edge):
                return (at,) if self._is_edge(edge, at) else ()
            case Literal() | AnyCharacter() | Shorthand() | Class():
                has_one = at < len(self.text) and admits(node, self.text[at])
                return (at + 1,) if has_one else ()

    def _in_turn(self, parts: Iterable[Node], at: int) -> Iterable[int]:
        ends: tuple[int, ...] = (at,)
        for part in parts:
            if not ends:
                break
            if len(ends) == 1:
                ends = self.ends(part, ends[0])
            else:
                ways = (end for start in ends for end in self.ends(part, start))
                ends = tuple(dict.fromkeys(ways))
        return ends

    def _repeated(self, node: Repeat, at: int) -> Iterator[int]:
        """Depth first, the way that backtracking tries: greedy ends come after all longer ones."""
        path = [(at, 0, iter(self.ends(node.part, at)))]
        seen = {(at, 0)}
        if node.lazy and node.low == 0:
            yield at
        while path:
            start, count, ways = path[-1]
            step = next(ways, None)
            if step is None:
                path.pop()
                if not node.lazy and count >= node.low:
                    yield start
                continue
            counted = min(count + 1, node.low) if node.high is None else count + 1
            if (node.high is not None and count >= node.high) or (step, counted) in seen:
                continue
            seen.add((step, counted))
            if node.lazy and counted >= node.low:
                yield step
            path.append((step, counted, iter(self.ends(node.part, step))))

    def _seen(self, look: Look, at: int) -> bool:
        if look.ahead:
            return bool(self.ends(look.part, at))
        return any(at in self.ends(look.part, start) for start in range(at + 1))

    def _is_edge(self, edge: str, at: int) -> bool:
        text = self.text
        if edge in {"^", r"\A"}:
            return at == 0
        if edge in {"$", r"\Z"}:
            return at == len(text) or (edge == "$" and text[at:] == "\n")
        if not text:
            return False  # in `re`, not even `\B` holds in an empty text
        before = at > 0 and _is_word(text[at - 1])
        after = at < len(text) and _is_word(text[at])
        return (before is not after) is (edge == r"\b")


def admits(node: Literal | AnyCharacter | Shorthand | Class, character: str) -> bool:
    """Whether `node`, which stands for one character, may stand for this one."""
    match node:
        case Literal(character=literal):
            return _folded(literal) == _folded(character)
        case AnyCharacter():
            return character != "\n"
        case Shorthand(letter=letter):
            return _is_of_kind(letter, character)
        case Class(members=members, negated=negated):
            cases = {character, character.lower(), character.upper()}
            return any(_has(member, cases) for member in members) is not negated


def sees_gaps(node: Node) -> bool:
    """Whether the length of a gap can matter to a pattern: some part of it admits a space."""
    one_character = (Literal, AnyCharacter, Shorthand, Class)
    return any(isinstance(each, one_character) and admits(each, " ") for each in walk(node))


def _has(member: tuple[str, str] | Shorthand, cases: set[str]) -> bool:
    if isinstance(member, Shorthand):
        return any(_is_of_kind(member.letter, character) for character in cases)
    low, high = member
    return any(low <= character <= high for character in cases)


def _folded(character: str) -> str:
    return character.upper().lower()


def _is_of_kind(letter: str, character: str) -> bool:
    holds = {"d": str.isdecimal, "w": _is_word, "s": str.isspace}[letter.lower()](character)
    return holds is letter.islower()


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


# Texts in which old and new answers could differ, made from the patterns themselves.

SEPARATORS = ("", " ", "/", "_", "-", ".")
"""What may stand between two words of a name or a path."""

MAX_SAMPLES = 12
"""How many texts are taken for one pattern."""

MAX_LENGTH = 100
"""How long a sample may be: longer ones take long, and few names are as long."""

_TRIED = " _-/.ab0"
"""Characters that a class is shown by, separators first, since those are what classes are for."""

_MANY = 3


def samples(node: Node, most: int = MAX_SAMPLES) -> tuple[str, ...]:
    """Short texts that `node` matches (its look-arounds aside), lower case, each once."""
    texts = islice(_samples(node, most), most)
    return tuple(dict.fromkeys(text.lower() for text in texts if len(text) <= MAX_LENGTH))


def _samples(node: Node, most: int) -> Iterator[str]:
    match node:
        case Literal(character=character):
            yield character
        case AnyCharacter() | Shorthand() | Class():
            yield from islice((c for c in _candidates(node) if admits(node, c)), _MANY)
        case Assertion() | Look():
            yield ""
        case Parentheses(part=part):
            yield from _samples(part, most)
        case Repeat():
            yield from _repeated(node, most)
        case Alternatives(options=options):
            yield from _in_turns([_samples(option, most) for option in options])
        case InTurn(parts=parts):
            ways = [list(islice(_samples(part, most), most)) for part in parts]
            yield from map("".join, islice(product(*ways), most))


def _candidates(node: AnyCharacter | Shorthand | Class) -> Iterator[str]:
    own = node.members if isinstance(node, Class) and not node.negated else ()
    ends = (member[0] for member in own if not isinstance(member, Shorthand))
    return chain(ends, _TRIED)


def _repeated(node: Repeat, most: int) -> Iterator[str]:
    more = node.low + 1 if node.high is None else min(node.low + 1, node.high)
    for text in islice(_samples(node.part, most), _MANY):
        for times in {more: None, node.low: None}:
            yield text * times


def _in_turns(ways: list[Iterator[str]]) -> Iterator[str]:
    """The first of each, then the second of each, and so on."""
    while ways:
        left = []
        for way in ways:
            for text in islice(way, 1):
                yield text
                left.append(way)
        ways = left


def joined(first: str, second: str) -> Iterator[str]:
    """The two texts side by side, run together, and one inside the other, in all ways."""
    both = ((first, second), (second, first))
    for one, other in both:
        for separator in SEPARATORS:
            yield f"{one}{separator}{other}"
    for one, other in both:
        for length in range(1, min(len(one), len(other))):
            if one.endswith(other[:length]):
                yield one + other[length:]
    for one, other in both:
        for at in range(1, len(one)):
            yield f"{one[:at]}{other}{one[at:]}"
            if one[at] == " ":
                yield f"{one[:at]}{other}{one[at + 1 :]}"


def combined(words: Iterable[str], others: Sequence[str]) -> Iterator[str]:
    """Every word with every other one, joined in all ways; each text once."""
    seen: set[str] = set()
    for word in words:
        for text in chain([word], *(joined(word, other) for other in others)):
            if text not in seen:
                seen.add(text)
                yield text
