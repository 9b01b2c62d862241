"""Comments at the ends of lines, one below the other where lines follow each other."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from starlang.syntax.formatting.documents import columns
from starlang.syntax.formatting.printing import WIDTH, PrintedLine

_GAP = "  "
_REACH = 20
"""How far a remark may stand from where it would stand without the others, in columns."""


def with_remarks(lines: Sequence[PrintedLine]) -> Iterator[str]:
    """The lines with their remarks, which stand in one column within each paragraph.

    An empty line or a comment on its own line ends a paragraph. Where a remark would go far
    or leave the page for the sake of others, each follows its own line of code.
    """
    blocks = [list(block) for _, block in groupby(lines, _is_code)]
    for block, following in zip(blocks, [*blocks[1:], []], strict=True):
        if not _is_code(block[0]):
            yield from (line.text for line in block)
            continue
        comment = following[0].text if following else ""
        for line, column in zip(block, _columns_of(block, comment), strict=True):
            yield from _with_remarks(line, column)


def _is_code(line: PrintedLine) -> bool:
    return line.text.strip(" ") != "" and not line.text.lstrip(" ").startswith("#")


def _with_remarks(line: PrintedLine, column: int) -> Iterator[str]:
    if not line.remarks:
        yield line.text
        return
    first, *others = line.remarks
    yield f"{line.text}{' ' * (column - columns(line.text))}{first}"
    yield from (f"{' ' * column}{other}" for other in others)


def _columns_of(lines: Sequence[PrintedLine], comment: str) -> list[int]:
    """Where the remarks of each line begin; `comment` is what stands below the lines."""
    own = [columns(line.text) + len(_GAP) for line in lines]
    told = [column for column, line in zip(own, lines, strict=True) if line.remarks] or [0]
    longest = max((columns(each) for line in lines for each in line.remarks), default=0)
    is_near = max(told) - min(told) <= _REACH and max(told) + longest <= WIDTH
    found = [max(told) if is_near else column for column in own]
    # A comment right below a remark, in its column, would be read as going on with it.
    if comment and lines[-1].remarks and found[-1] == len(comment) - len(comment.lstrip(" ")):
        found = [column + 1 for column in found]
    return found
