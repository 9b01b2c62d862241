r"""Where an old pattern matches, as Python's `re` would answer with `IGNORECASE`.

`re` itself must never see a user's pattern: it may take for ever. Here every pattern takes
polynomial time, since nothing is asked of it but where matches end: each node gives the
ends of its matches from one offset, the preferred one first, each once. That is for short
texts, to compare old answers with new ones.
"""

from collections.abc import Iterable, Iterator

from attrs import frozen

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
            case Choice(options=options):
                return (end for option in options for end in self.ends(option, at))
            case Group(part=part):
                return self.ends(part, at)
            case Repeat():
                return self._repeated(node, at)
            case Look():
                return (at,) if self._seen(node, at) is not node.negative else ()
            case Edge(text=edge):
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
