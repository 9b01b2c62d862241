"""From the text of a file to its syntax tree, with every syntax error of the file."""

import re
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from starlang.diagnostics.model import Diagnostic, at, in_order
from starlang.syntax.automaton import parse_text
from starlang.syntax.build import Builder, branches
from starlang.syntax.characters import mixed_scripts, without_unseen
from starlang.syntax.declarations import build_file, check_trees
from starlang.syntax.nodes import File
from starlang.syntax.scanner import MAX_FINDINGS, at_most, over_limit
from starlang.text import Source, Span

VERSION = "1"
"""The version of the language that this program reads."""

_HEADER = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+starlang[ \t\r\n]+([0-9][\w.]*)")


class Parsed(NamedTuple):
    """A file as far as it could be read. Declarations with errors may be missing from it."""

    file: File
    diagnostics: tuple[Diagnostic, ...]


@lru_cache(maxsize=2)  # a file that is formatted is read first, and it is the same text
def parse(source: Source) -> Parsed:
    """The syntax tree of `source` and all its syntax errors, sorted. Never raises."""
    refusal = over_limit(source) or _other_version(source)
    if refusal is not None:
        return Parsed(File(source, None, ()), (refusal,))
    text, diagnostics = without_unseen(source)
    diagnostics += islice(mixed_scripts(source, text), MAX_FINDINGS)
    build = Builder(source)
    tree = parse_text(text)
    if tree is not None:
        file = build_file(build, branches(tree))
        return Parsed(file, at_most(in_order(diagnostics + build.diagnostics)))
    # Most files are right, and need nothing of what follows.
    from starlang.syntax.recovery.borrowed import other_language  # noqa: PLC0415 -- start-up counts
    from starlang.syntax.recovery.recover import recover  # noqa: PLC0415 -- as above

    if (other := other_language(source, text)) is not None:
        return Parsed(File(source, None, ()), (other,))
    recovered = recover(source, text)
    check_trees(build, recovered.others)
    file = build_file(build, recovered.trees)
    diagnostics += recovered.diagnostics
    diagnostics += (each for each in build.diagnostics if not recovered.follows(each))
    return Parsed(file, at_most(in_order(diagnostics)))


def _other_version(source: Source) -> Diagnostic | None:
    """An error if the file is of another version; its other errors would be false."""
    match = _HEADER.match(source.text)
    if match is None or match[1] == VERSION:
        return None
    message = f"the file is written in version {match[1]} of the language"
    hint = f"this program reads `starlang {VERSION}`; a newer one may read the file"
    return at(source, Span(*match.span(1)), "E112", message, hint=hint)
