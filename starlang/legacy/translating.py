"""Old patterns as patterns of the language, and what cannot be said in it."""

from collections.abc import Iterator, Sequence
from itertools import islice, product

from attrs import field, frozen

from starlang.legacy.old_file import Exclusion, OldEntry, Shapes, Steps
from starlang.legacy.python_patterns import (
    Alternatives,
    Assertion,
    Look,
    Node,
    Parentheses,
    Repeat,
    Unreadable,
    children,
    in_row,
    least_width,
    looks,
    parse,
    walk,
    written,
)
from starlang.matching.patterns import Pattern, matches_empty, pattern_problem

# Look-around as what RE2 and the language have: longer patterns, and `ignoring`.
#
# A pattern is a list of alternatives, and each can be looked for by itself. So every
# alternative with a look-around becomes a clause of its own, and what its `ignoring`
# blanks cannot hide another alternative:
#
#     (?<=a)b    ab                        it is only asked whether there is a match
#     b(?=c)     bc
#     (?<!a)b    b ignoring ab
#     b(?!c)     b ignoring bc

MAX_ALTERNATIVES = 64
"""Into how many alternatives one may be spelled out because of a look-around in it."""


@frozen
class Clause:
    """One alternative: found where `core` is, unless the text is blanked by `ignored`.

    `old` is the same as it was written, with its look-around.
    """

    old: Node
    core: Node
    ignored: tuple[Node, ...] = ()


def clauses(pattern: Node) -> tuple[Clause, ...] | Unreadable:
    """The alternatives of `pattern`, in order, or what in it has no counterpart."""
    found: list[Clause] = []
    for option in _options(pattern):
        rows = list(islice(_spelled_out(option), MAX_ALTERNATIVES + 1))
        if len(rows) > MAX_ALTERNATIVES:
            text = _first_look(option).text
            return _refused("a look-around with too many alternatives around it", text)
        for row in rows:
            clause = _clause(row)
            if isinstance(clause, Unreadable):
                return clause
            found.append(clause)
    return tuple(found)


def _options(node: Node) -> Iterator[Node]:
    """The alternatives of the outermost level."""
    if isinstance(node, Alternatives):
        for option in node.options:
            yield from _options(option)
    elif isinstance(node, Parentheses) and looks(node):
        yield from _options(node.part)
    else:
        yield node


def _spelled_out(node: Node) -> Iterator[tuple[Node, ...]]:
    """The alternatives of `node` as rows, without groups and choices around a look-around."""
    if not looks(node) or isinstance(node, Look | Repeat):
        yield (node,)
    elif isinstance(node, Alternatives):
        for option in node.options:
            yield from _spelled_out(option)
    elif isinstance(node, Parentheses):
        yield from _spelled_out(node.part)
    else:
        most = MAX_ALTERNATIVES + 1
        rows = [list(islice(_spelled_out(part), most)) for part in children(node)]
        for row in islice(product(*rows), most):
            yield tuple(part for parts in row for part in parts)


def _clause(parts: tuple[Node, ...]) -> Clause | Unreadable:
    old = in_row(parts)
    if not looks(old):
        return Clause(old, old)
    if isinstance(unfit := _unfit(parts), Unreadable):
        return unfit
    before = [part for part in parts if isinstance(part, Look) and not part.ahead]
    after = [part for part in parts if isinstance(part, Look) and part.ahead]
    solid = [part for part in parts if not isinstance(part, Look)]
    core: tuple[Node, ...] = (*_wanted(before), *solid, *_wanted(after))
    ignored = (
        *(in_row((_grouped(look.part), *core)) for look in before if look.negative),
        *(in_row((*core, _grouped(look.part))) for look in after if look.negative),
    )
    return Clause(old, in_row(core), ignored)


def _wanted(found: list[Look]) -> tuple[Node, ...]:
    return tuple(_grouped(look.part) for look in found if not look.negative)


def _grouped(node: Node) -> Node:
    return Parentheses(node, captures=False) if isinstance(node, Alternatives) else node


def _unfit(parts: tuple[Node, ...]) -> Unreadable | None:
    """The first look-around that is not a test of what lies around the whole alternative."""
    solid = [at for at, part in enumerate(parts) if not isinstance(part, Look | Assertion)]
    for at, part in enumerate(parts):
        if isinstance(part, Look):
            if not solid:
                return _refused("a look-around with nothing beside it", part.text)
            if (at < solid[-1]) if part.ahead else (at > solid[0]):
                return _refused("a look-around in the middle", part.text)
            if looks(part.part) or (part.negative and least_width(part.part) == 0):
                return _refused("a look-around that looks for nothing definite", part.text)
        elif looks(part):
            return _refused("a look-around that is repeated", _first_look(part).text)
    return _together(parts)


def _together(parts: tuple[Node, ...]) -> Unreadable | None:
    """Look-arounds on one side, one of which wants what another forbids."""
    for ahead in (False, True):
        side = [part for part in parts if isinstance(part, Look) and part.ahead is ahead]
        if len(side) > 1 and not all(look.negative for look in side):
            return _refused("several look-arounds in one place", side[1].text)
    return None


def _first_look(node: Node) -> Look:
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Look):
            return each
        stack += reversed(children(each))
    raise ValueError(node)


def _refused(what: str, text: str) -> Unreadable:
    return Unreadable(what, text, invalid=False)


_READ_ALIKE = "write it as Python's `re` and RE2 both read it"


@frozen
class Test:
    """`matches /…/ [ignoring /…/]`, and the alternative of the old pattern that it stands for."""

    __test__ = False  # pytest would collect the class by its name

    matches: Pattern
    ignoring: Pattern | None
    clause: Clause = field(repr=False)


@frozen
class Translated:
    """A pattern of an entry: it is found where one of the `tests` holds."""

    entry: OldEntry
    tree: Node = field(repr=False)
    tests: tuple[Test, ...]


@frozen
class Mask:
    """An exclusion as a mask."""

    exclusion: Exclusion
    tree: Node = field(repr=False)
    matches: Pattern


def translate_entry(entry: OldEntry, shapes: Shapes) -> Translated | None:
    """The entry's pattern as tests; None after E908, E909 or E910."""
    steps = (*entry.steps, entry.kind.key)
    tree = _tree(entry.value, steps, shapes)
    if tree is None:
        return None
    found = clauses(tree)
    if isinstance(found, Unreadable):
        _refuse(found, steps, shapes)
        return None
    each_once: dict[tuple[Pattern, Pattern | None], Test] = {}
    for test in map(_test, found):
        each_once.setdefault((test.matches, test.ignoring), test)
    tests = tuple(each_once.values())
    patterns = [each for test in tests for each in (test.matches, test.ignoring) if each]
    return Translated(entry, tree, tests) if _fit(patterns, steps, shapes) else None


def translate_exclusion(exclusion: Exclusion, shapes: Shapes) -> Mask | None:
    """The exclusion as a mask; None after E908, E909 or E910."""
    tree = _tree(exclusion.pattern, exclusion.steps, shapes)
    if tree is None:
        return None
    if looks(tree):
        look = next(node for node in walk(tree) if isinstance(node, Look))
        why = Unreadable("a look-around in an exclusion", look.text, invalid=False)
        _refuse(why, exclusion.steps, shapes)
        return None
    pattern = Pattern(written(tree), ignore_case=True)
    return Mask(exclusion, tree, pattern) if _fit([pattern], exclusion.steps, shapes) else None


def _tree(pattern: str, steps: Steps, shapes: Shapes) -> Node | None:
    tree = parse(pattern)
    if isinstance(tree, Unreadable):
        _refuse(tree, steps, shapes)
        return None
    return tree


def _refuse(why: Unreadable, steps: Steps, shapes: Shapes) -> None:
    if why.invalid:
        message = f"`{why.text}`: {why.reason}; this pattern never worked in the old tools either"
        shapes.report(steps, "E908", message, hint="correct the pattern, or remove the entry")
        return
    message = f"`{why.text}` is {why.reason}, which cannot be carried"
    hint = "write the alternatives out, or split the entry in two"
    shapes.report(steps, "E909", message, hint=hint)


def _test(clause: Clause) -> Test:
    core = clause.core
    ignored = clause.ignored
    return Test(
        Pattern(written(core), ignore_case=True),
        Pattern("|".join(map(written, ignored)), ignore_case=True) if ignored else None,
        clause,
    )


def _fit(patterns: Sequence[Pattern], steps: Steps, shapes: Shapes) -> bool:
    """Whether RE2 takes all patterns and none matches the empty text."""
    for pattern in patterns:
        if problem := pattern_problem(pattern):
            message = f"this pattern is refused: {problem}"
            shapes.report(steps, "E909", message, hint=_READ_ALIKE)
            return False
        if matches_empty(pattern):
            message = "this pattern matches the empty text, so it says nothing about a text"
            hint = "require at least one character, for example by `+` in place of `*`"
            shapes.report(steps, "E910", message, hint=hint)
            return False
    return True
