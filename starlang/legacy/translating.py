"""Old patterns as patterns of the language, and what cannot be said in it."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice, product

from attrs import field, frozen

from starlang.legacy.old_file import Exclusion, OldDocument, OldEntry, Steps
from starlang.legacy.python_patterns import (
    Node,
    Tree,
    Unreadable,
    grouped,
    inside,
    is_ahead,
    is_alternatives,
    is_edge,
    is_group,
    is_look,
    is_negative,
    looks,
    parse,
    row,
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

    old: Tree
    core: Tree
    ignored: tuple[Tree, ...] = ()


def clauses(pattern: Tree) -> tuple[Clause, ...] | Unreadable:
    """The alternatives of `pattern`, in order, or what in it has no counterpart."""
    found: list[Clause] = []
    for option in _options(pattern):
        rows = list(islice(_spelled_out(option), MAX_ALTERNATIVES + 1))
        if len(rows) > MAX_ALTERNATIVES:
            return _refused("a look-around with too many alternatives around it", option)
        for nodes in rows:
            clause = _clause(nodes)
            if isinstance(clause, Unreadable):
                return clause
            found.append(clause)
    return tuple(found)


def _options(tree: Tree) -> Iterator[Tree]:
    """The alternatives of the outermost level."""
    if len(tree) == 1 and (is_alternatives(tree[0]) or (is_group(tree[0]) and looks(tree))):
        for option in inside(tree[0]):
            yield from _options(option)
    else:
        yield tree


def _spelled_out(tree: Tree) -> Iterator[tuple[Node, ...]]:
    """The alternatives of `tree` as rows, without groups and choices around a look-around."""
    most = MAX_ALTERNATIVES + 1
    ways = [list(islice(_ways(node), most)) for node in tree]
    for nodes in islice(product(*ways), most):
        yield tuple(chain.from_iterable(nodes))


def _ways(node: Node) -> Iterator[tuple[Node, ...]]:
    if looks(node) and (is_alternatives(node) or is_group(node)):
        for option in inside(node):
            yield from _spelled_out(option)
    else:
        yield (node,)


def _clause(nodes: Sequence[Node]) -> Clause | Unreadable:
    old = row(*nodes)
    if not looks(old):
        return Clause(old, old)
    if unfit := _unfit(nodes):
        return unfit
    before = [node for node in nodes if is_look(node) and not is_ahead(node)]
    after = [node for node in nodes if is_look(node) and is_ahead(node)]
    solid = [node for node in nodes if not is_look(node)]
    core = (*_wanted(before), *solid, *_wanted(after))
    ignored = (
        *(row(*inside(look)[0], *core) for look in before if is_negative(look)),
        *(row(*core, *inside(look)[0]) for look in after if is_negative(look)),
    )
    return Clause(old, row(*core), ignored)


def _wanted(found: list[Node]) -> Iterator[Node]:
    return chain.from_iterable(inside(look)[0] for look in found if not is_negative(look))


def _unfit(nodes: Sequence[Node]) -> Unreadable | None:
    """The first look-around that is not a test of what lies around the whole alternative."""
    solid = [at for at, node in enumerate(nodes) if not (is_look(node) or is_edge(node))]
    for at, node in enumerate(nodes):
        if is_look(node):
            [part] = inside(node)
            if not solid:
                return _refused("a look-around with nothing beside it", [node])
            if (at < solid[-1]) if is_ahead(node) else (at > solid[0]):
                return _refused("a look-around in the middle", [node])
            if looks(part) or (is_negative(node) and part.getwidth()[0] == 0):
                return _refused("a look-around that looks for nothing definite", [node])
        elif looks(node):
            return _refused("a look-around that is repeated", [node])
    for ahead in (False, True):
        side = [node for node in nodes if is_look(node) and is_ahead(node) is ahead]
        if len(side) > 1 and not all(map(is_negative, side)):
            return _refused("several look-arounds in one place", side[1:])
    return None


def _refused(what: str, around: Tree | Sequence[Node]) -> Unreadable:
    """That the first look-around in `around` is refused."""
    return Unreadable(what, grouped(next(filter(is_look, walk(around)))), invalid=False)


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
    tree: Tree = field(repr=False)
    tests: tuple[Test, ...]


@frozen
class Mask:
    """An exclusion as a mask."""

    exclusion: Exclusion
    tree: Tree = field(repr=False)
    matches: Pattern


def translate_entry(entry: OldEntry, document: OldDocument) -> Translated | None:
    """The entry's pattern as tests; None after E908, E909 or E910."""
    steps = (*entry.steps, entry.kind.key)
    tree = _tree(entry.value, steps, document)
    if tree is None:
        return None
    found = clauses(tree)
    if isinstance(found, Unreadable):
        _refuse(found, steps, document)
        return None
    each_once: dict[tuple[Pattern, Pattern | None], Test] = {}
    for test in map(_test, found):
        each_once.setdefault((test.matches, test.ignoring), test)
    tests = tuple(each_once.values())
    patterns = [each for test in tests for each in (test.matches, test.ignoring) if each]
    return Translated(entry, tree, tests) if _fit(patterns, steps, document) else None


def translate_exclusion(exclusion: Exclusion, document: OldDocument) -> Mask | None:
    """The exclusion as a mask; None after E908, E909 or E910."""
    tree = _tree(exclusion.pattern, exclusion.steps, document)
    if tree is None:
        return None
    if looks(tree):
        _refuse(_refused("a look-around in an exclusion", tree), exclusion.steps, document)
        return None
    pattern = Pattern(written(tree), ignore_case=True)
    return Mask(exclusion, tree, pattern) if _fit([pattern], exclusion.steps, document) else None


def _tree(pattern: str, steps: Steps, document: OldDocument) -> Tree | None:
    tree = parse(pattern)
    if isinstance(tree, Unreadable):
        _refuse(tree, steps, document)
        return None
    return tree


def _refuse(why: Unreadable, steps: Steps, document: OldDocument) -> None:
    if why.invalid:
        message = f"`{why.text}`: {why.reason}; this pattern never worked in the old tools either"
        document.report(steps, "E908", message, hint="correct the pattern, or remove the entry")
        return
    message = f"`{why.text}` is {why.reason}, which cannot be carried"
    hint = "write the alternatives out, or split the entry in two"
    document.report(steps, "E909", message, hint=hint)


def _test(clause: Clause) -> Test:
    ignored = "|".join(map(grouped, clause.ignored))
    return Test(
        Pattern(grouped(clause.core), ignore_case=True),
        Pattern(ignored, ignore_case=True) if ignored else None,
        clause,
    )


def _fit(patterns: Sequence[Pattern], steps: Steps, document: OldDocument) -> bool:
    """Whether RE2 takes all patterns and none matches the empty text."""
    for pattern in patterns:
        if problem := pattern_problem(pattern):
            message = f"this pattern is refused: {problem}"
            document.report(steps, "E909", message, hint=_READ_ALIKE)
            return False
        if matches_empty(pattern):
            message = "this pattern matches the empty text, so it says nothing about a text"
            hint = "require at least one character, for example by `+` in place of `*`"
            document.report(steps, "E910", message, hint=hint)
            return False
    return True
