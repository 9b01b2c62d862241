"""Old patterns as patterns of the language, and what cannot be said in it."""

from collections.abc import Sequence

from attrs import field, frozen

from starlang.legacy.cursor import Unreadable
from starlang.legacy.looking import Clause, clauses
from starlang.legacy.nodes import Look, Node, looks, walk
from starlang.legacy.old_file import Entry, Exclusion, Steps
from starlang.legacy.python_syntax import parse
from starlang.legacy.re2_syntax import written
from starlang.legacy.shapes import Shapes
from starlang.matching.patterns import Pattern, matches_empty, pattern_problem

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

    entry: Entry
    tree: Node = field(repr=False)
    tests: tuple[Test, ...]


@frozen
class Mask:
    """An exclusion as a mask."""

    exclusion: Exclusion
    tree: Node = field(repr=False)
    matches: Pattern


def translate_entry(entry: Entry, shapes: Shapes) -> Translated | None:
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
    message = f"`{why.text}` is {why.reason}, which patterns do not have here"
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
