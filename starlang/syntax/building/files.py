"""From the parser's tree to a `File`."""

from collections.abc import Callable

from starlang.diagnostics.model import Label
from starlang.syntax.building import blocks, declarations
from starlang.syntax.building.builder import Branch, Builder, span_of, tokens
from starlang.syntax.nodes import Declaration, File, Header
from starlang.text import Span

_MAKERS: dict[str, Callable[[Builder, Branch], Declaration | None]] = {
    "ruleset": blocks.ruleset,
    "use": declarations.use,
    "order": declarations.order,
    "star": declarations.star,
    "weights": blocks.weights,
    "confidence": blocks.confidence,
    "mask": declarations.mask,
    "rule": declarations.rule,
    "table": blocks.table,
    "never": declarations.never,
    "assign": declarations.assign,
    "ceilings": blocks.ceilings,
    "test": declarations.test,
}


def build_file(build: Builder, trees: list[Branch]) -> File:
    """The file whose header and declarations are `trees`; what cannot be made is left out."""
    headers = [tree for tree in trees if tree.data == "header"]
    others = [tree for tree in trees if tree.data != "header"]
    _check_header(build, headers, others)
    made = (_MAKERS[str(tree.data)](build, tree) for tree in others)
    return File(
        build.source,
        _header(build, headers[0]) if headers else None,
        tuple(each for each in made if each is not None),
        span=Span(0, len(build.source.text)),
    )


def check_trees(build: Builder, trees: list[Branch]) -> None:
    """Reports what is wrong with declarations that are no part of the file."""
    for tree in trees:
        if tree.data != "header":
            _MAKERS[str(tree.data)](build, tree)


def _header(build: Builder, tree: Branch) -> Header:
    return Header(build.number(tokens(tree, "NUMBER")[0]), span=span_of(tree))


def _check_header(build: Builder, headers: list[Branch], others: list[Branch]) -> None:
    if not headers:
        end = len(build.source.text)
        place = span_of(tokens(others[0])[0]) if others else Span(end, end)
        message = "the file does not say which version of the language it is written in"
        build.report(place, "E111", message, "begin the file with `starlang 1`")
        return
    if others and span_of(others[0]) < span_of(headers[0]):
        hint = "move it to the top of the file"
        build.report(span_of(headers[0]), "E111", "`starlang 1` stands first in a file", hint)
    for second in headers[1:]:
        label = Label(build.source, span_of(headers[0]), "the first one")
        build.report(
            span_of(second), "E109", "`starlang` stands twice", "remove this one", (label,)
        )
