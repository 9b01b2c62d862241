"""What one Python file says: its imports, the names that it binds, what it exports.

Source is parsed and never imported: what a file would do if it ran is not asked. The parser
is that of the Python that runs the program. A file that it refuses may be correct and merely
newer (`type X = …`, `class C[T]`, f-strings with their own quotes inside), and a monorepo is
not to be unreadable because of the Python that looks at it. Such a file goes through
tree-sitter, which knows what is newer: each such part is blanked out, which changes neither
an import nor a name, and the rest is given to Python's parser again. So there is one reader
of syntax trees, and a real mistake remains one, as tree-sitter alone would let many pass.

Measured over the 801 of 8,437 files of a large application that Python 3.11 refuses:
tree-sitter takes 0.7 s of CPU and 3 MB on the disk, libcst 11.8 s and 15 MB.

What a name is bound to is known without running anything where it is a class, a function or
an assignment at the top of the file (also within `if`, `try`, `with` and `match`), or is
imported. What cannot be known is said with its line: a star import, a module `__getattr__`, an
`__all__` that is computed, or that comes from another file.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from starlang.texts.limits import MAX_PARTS, UnreadableError, long_name, parsed

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, QueryCursor

MAX_TOKENS = 500_000
"""Most names, numbers and signs of a Python file: the parser takes a kilobyte for each."""

_ALL = "__all__"

_TOKEN = re.compile(r"""\w++|"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|\#[^\n]*+|[^\w\s"'#]""")
"""Roughly: a text of several lines counts as its lines."""

MAX_SOURCE = 8 << 20
"""Largest Python file that is parsed, in bytes."""

VERSION = "6"
"""Changes whenever the same bytes may be read differently: what is kept is then read anew."""

CLASS, FUNCTION, CONSTANT, MODULE = "class", "function", "constant", "module"
IMPORTED = "imported"


class SourceFile(NamedTuple):
    """What a file says. Lines are counted from 1, and 0 means that there is no such thing.

    `imports`: dotted names, with the dots of a relative import before them; sorted, each once.
    `typed`: those that are only imported under `if TYPE_CHECKING:`. `bound`: what is bound at the
    top of the file, a line for each name and one that says to what: CLASS, FUNCTION, MODULE
    (`import x`) or CONSTANT, with the other name of the file that it is, if it is one; or IMPORTED,
    what it is called where it comes from, and the dotted name of that file.
    `exports`: the names of a literal `__all__`, None without one; `computed` is the line of one
    that is not literal, and `all_line` the line of either. `stars`: what is imported by a star,
    with the dots before it and the line. `dynamic` is the line of a `__getattr__`, `extends` that
    of a `__path__` that is set.
    """

    imports: tuple[str, ...]
    typed: tuple[str, ...]
    bound: str
    exports: tuple[str, ...] | None
    all_line: int
    computed: int
    stars: tuple[tuple[str, int, int], ...]
    dynamic: int
    extends: int

    @property
    def names(self) -> dict[str, str]:
        """Name -> what it is bound to; made anew each time, as most files are not asked for it."""
        lines = self.bound.split("\n")
        return dict(zip(lines[::2], lines[1::2], strict=False))

    def imported_at_run_time(self) -> tuple[str, ...]:
        """The imports that do not stand under `if TYPE_CHECKING:` alone."""
        typed = frozenset(self.typed)
        return tuple(each for each in self.imports if each not in typed)


class Unread(NamedTuple):
    """Why a file cannot be read; `line` is 0 where that is not about one line."""

    why: str
    line: int = 0

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}" if self.line else self.why


def read_source(data: bytes) -> SourceFile | Unread:
    """What the file says that consists of `data`, or why it cannot be read."""
    if len(data) > MAX_SOURCE:
        return Unread(f"it has more than {MAX_SOURCE:,} bytes")
    if (refused := _beyond_limits(data)) is not None:
        return refused
    tree = _parsed(data)
    if isinstance(tree, Unread):
        blanked = _blanked(data)
        tree = tree if blanked is None else _parsed(blanked)
        if isinstance(tree, Unread):
            return tree
    return _Reading(tree).result()


def _beyond_limits(data: bytes) -> Unread | None:
    """What the parser would take gigabytes for: many tokens, or every prefix of a long name."""
    text = data.decode("latin-1")  # each byte is a character: signs and dots are what they are
    if len(data) > MAX_TOKENS and sum(1 for _ in _TOKEN.finditer(text)) > MAX_TOKENS:
        return Unread(f"it has more than {MAX_TOKENS:,} names, numbers and signs")
    if (name := long_name(text)) is not None:
        line = data.count(b"\n", 0, name.start) + 1
        return Unread(f"a name with more than {MAX_PARTS} parts", line)
    return None


def _parsed(data: bytes) -> ast.Module | Unread:
    try:
        return parsed(lambda: _tree(data))
    except UnreadableError as error:
        wrong = error.__cause__
        if isinstance(wrong, SyntaxError):
            return Unread(wrong.msg, wrong.lineno or 0)
        return Unread(error.words)


def _tree(data: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is doubtful in the source is not ours to say
        return ast.parse(data)


class _Reading:
    """A syntax tree while it is read."""

    def __init__(self, tree: ast.Module) -> None:
        self._names: dict[str, str] = {}
        self._stars: list[tuple[str, int, int]] = []
        self._exports: list[str] | None = None
        self._all_line = self._computed = self._extends = self._dynamic = 0
        found = [*_imports(tree)]
        self._imports = {each for each, _ in found}
        self._needed = {each for each, typed in found if not typed}
        for statement in _top(tree.body):
            self._read(statement)

    def result(self) -> SourceFile:
        return SourceFile(
            imports=tuple(sorted(self._imports)),
            typed=tuple(sorted(self._imports - self._needed)),
            bound="\n".join(chain.from_iterable(self._names.items())),
            exports=None if self._exports is None or self._computed else tuple(self._exports),
            all_line=self._all_line,
            computed=self._computed,
            stars=tuple(self._stars),
            dynamic=self._dynamic,
            extends=self._extends,
        )

    def _read(self, node: ast.AST) -> None:
        match node:
            case ast.ClassDef(name=name):
                self._names[name] = CLASS
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._names[name] = FUNCTION
                self._special(name, node.lineno)
            case ast.Import(names=aliases):
                for alias in aliases:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._names[name] = MODULE
                    self._special(name, node.lineno)
            case ast.ImportFrom():
                self._imported(node)
            case ast.Assign(targets=targets, value=value):
                if any(map(_is_part_of_all, targets)):
                    self._computed = node.lineno
                self._assigned([each for t in targets for each in _targets(t)], value, node.lineno)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assigned([*_targets(target)], value, node.lineno)
            case _:
                self._changed(node)

    def _changed(self, node: ast.AST) -> None:
        match node:
            case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                self._extended(value, node.lineno)
            case ast.Expr(value=ast.Call() as call):
                self._called(call, node.lineno)
            case ast.Expr(value=ast.NamedExpr(target=target, value=value)):
                self._assigned([target.id], value, node.lineno)
            case ast.Delete(targets=targets):
                for name in (each for t in targets for each in _targets(t)):
                    self._names.pop(name, None)
                    if name == _ALL:
                        self._computed = node.lineno
            case _:  # nothing else binds a name that others are to use
                pass

    def _imported(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self._stars.append((node.module or "", node.level, node.lineno))
            else:
                name, module = alias.asname or alias.name, "." * node.level + (node.module or "")
                self._names[name] = f"{IMPORTED} {alias.name} {module}"
                self._special(name, node.lineno)

    def _assigned(self, names: Sequence[str], value: ast.expr, line: int) -> None:
        for name in names:
            if name == _ALL:
                self._all_line, self._exports = line, None
                self._extended(value, line)
            elif name == "__path__":
                self._extends = line
            else:
                # What is imported or defined, and replaced where that fails, is what is meant.
                other = f" {value.id}" if isinstance(value, ast.Name) else ""
                self._names.setdefault(name, CONSTANT + other)
                self._special(name, line)

    def _special(self, name: str, line: int) -> None:
        """What a name means for the exports, however it comes to be bound."""
        if name == "__getattr__":
            self._dynamic = line
        elif name == _ALL:  # what another file or a function says of it is not known
            self._computed = line

    def _extended(self, value: ast.expr, line: int) -> None:
        found = _literal(value)
        self._all_line = self._all_line or line
        if found is None:
            self._computed = line
        else:
            self._exports = [*(self._exports or ()), *found]

    def _called(self, call: ast.Call, line: int) -> None:
        """`__all__.extend([…])` and its like; `declare_namespace(__name__)`."""
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="__all__"), attr="extend"), args=[names]
            ):
                self._extended(names, line)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="__all__"), attr="append"), args=[name]
            ):
                self._extended(ast.List(elts=[name], ctx=ast.Load()), line)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"))):
                self._computed = line
            case ast.Call(func=ast.Attribute(attr="declare_namespace")):
                self._extends = line
            case _:  # what other calls do is not known, and is not asked
                pass


_STATEMENTS = ("body", "handlers", "orelse", "finalbody", "cases")
"""The fields that hold statements: no expression imports, and most nodes are in one."""

_INSIDE: Mapping[type[ast.AST], Sequence[str]] = {
    kind: [name for name in kind._fields if name in _STATEMENTS]
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.stmt | ast.ExceptHandler | ast.match_case)
}
"""Kind of a node -> those of its fields."""

_BRANCHES: Mapping[type[ast.AST], Sequence[str]] = {
    kind: _INSIDE[kind]
    for kind in (
        *(ast.If, ast.For, ast.While, ast.Try, ast.TryStar, ast.With, ast.Match),
        *(ast.ExceptHandler, ast.match_case),
    )
}
"""The same where what is inside binds names of the module: others have names of their own."""


def _top(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The statements that bind names of the module, in order; deep nesting needs no stack."""
    waiting = [iter(body)]
    while waiting:
        for statement in waiting[-1]:
            yield statement
            if fields := _BRANCHES.get(type(statement)):
                inner = [getattr(statement, name) for name in fields]
                waiting.append(chain.from_iterable(inner))
                break
        else:
            waiting.pop()


def _targets(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _targets(element)
        case ast.Starred(value=value):
            yield from _targets(value)
        case _:  # an attribute or an element binds no name
            pass


def _is_part_of_all(target: ast.expr) -> bool:
    """`__all__[0]`, or `globals()["__all__"]`."""
    match target:
        case ast.Subscript(value=ast.Name(id="__all__")):
            return True
        case ast.Subscript(slice=ast.Constant(value="__all__")):
            return True
        case _:  # no other target changes it
            return False


def _literal(value: ast.expr) -> list[str] | None:
    """The texts of a list or tuple that is written out, or of several that are added up."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        match waiting.pop():
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                waiting += (right, left)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                texts = [each.value for each in elements if isinstance(each, ast.Constant)]
                names = [each for each in texts if isinstance(each, str)]
                if len(names) != len(elements):
                    return None
                found += names
            case _:  # anything else would have to run
                return None
    return found


_CHECKING = "TYPE_CHECKING"


def _imports(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """What is imported anywhere, and whether `if TYPE_CHECKING:` is around it."""
    waiting: list[tuple[Sequence[ast.AST], bool]] = [(tree.body, False)]
    while waiting:
        nodes, typed = waiting.pop()
        for node in nodes:
            if isinstance(node, ast.If):
                waiting += ((node.body, typed or _is_checking(node.test)), (node.orelse, typed))
            elif fields := _INSIDE[type(node)]:
                waiting += [(getattr(node, name), typed) for name in fields]
            elif isinstance(node, ast.Import):
                for each in node.names:
                    yield each.name, typed
            elif isinstance(node, ast.ImportFrom):
                # What is imported from a package may be a package inside it.
                before = "." * node.level + (f"{node.module}." if node.module else "")
                for each in node.names:
                    yield before + each.name, typed


def _is_checking(test: ast.expr) -> bool:
    """Whether `test` is `TYPE_CHECKING`, alone or of a module such as `typing`."""
    return (isinstance(test, ast.Name) and test.id == _CHECKING) or (
        isinstance(test, ast.Attribute) and test.attr == _CHECKING
    )


# What is newer than the Python that runs, blanked out.

_NEWER = """
(type_parameter) @parameters
(type_alias_statement) @alias
(string (interpolation)) @string
(except_clause) @except
"""
_INSTEAD = {"parameters": b"", "string": b"'''\n'''"}


@cache
def _finder() -> "tuple[Parser, QueryCursor]":
    """What parses a file, and finds all that may be newer in one pass."""
    import tree_sitter_python  # noqa: PLC0415 -- only where Python's own parser has refused
    from tree_sitter import Language, Parser, Query, QueryCursor  # noqa: PLC0415 -- the same

    language = Language(tree_sitter_python.language())
    return Parser(language), QueryCursor(Query(language, _NEWER))


def _blanked(data: bytes) -> bytes | None:
    """The file without what is newer, line by line as before; None where nothing is."""
    found = sorted(_newer(data), key=lambda each: (each[0], -each[1]))
    kept: list[bytes] = []
    at = 0
    for start, end, text in found:
        if start >= at:  # what is inside another part has gone with it
            lines = data.count(b"\n", start, end)
            kept += (data[at:start], text.replace(b"\n", b"\n" * lines))
            at = end
    return b"".join((*kept, data[at:])) if found else None


def _newer(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and replacement of each part; its first line end stands for those of the part."""
    parser, cursor = _finder()
    for kind, nodes in cursor.captures(parser.parse(data).root_node).items():
        for node in nodes:
            if kind != "except":
                text = _INSTEAD[kind] if kind in _INSTEAD else _alias(node)
                yield node.start_byte, node.end_byte, text
            elif len(named := node.children_by_field_name("value")) > 1:
                yield named[0].start_byte, named[-1].end_byte, b"()"  # `except A, B:`


def _alias(node: "Node") -> bytes:
    """`type X[T] = …` binds X, as an assignment would."""
    left = node.child_by_field_name("left")
    text = (left.text if left is not None else None) or b"_"
    return text.partition(b"[")[0].strip() + b" = '''\n'''"
