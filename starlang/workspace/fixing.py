"""`check --fix`: removes what is certain to make no difference, and proves that it made none."""

from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.rulesets.digests import semantic_digest, text_digest
from starlang.text import Span
from starlang.workspace.checking import check_files
from starlang.workspace.files import DISK, Files
from starlang.workspace.project import Project
from starlang.workspace.sources import Compiled, read_rule_set
from starlang.workspace.writing import write_text

_LISTED = frozenset({"W201"})
"""An item that stands in its list twice."""
_COMMENT = frozenset({"W314"})
"""A comment that allows nothing."""

_PASSES = 10
"""How often a file is looked at again: a fix can make room for the next."""


@frozen
class Fixed:
    """How many findings were fixed in which files, and what could not be written."""

    count: int
    files: tuple[str, ...]
    problems: tuple[str, ...] = ()


def fix_files(project: Project, files: tuple[Path, ...]) -> Fixed:
    """Fixes what can be in the rule files of the project, or in `files`.

    A fix is written only if the rule set that it belongs to decides, and says, the same.
    """
    count, written = 0, dict[str, None]()
    for _ in range(_PASSES):
        texts, fixed = _fixes(check_files(project, files).diagnostics)
        proven = {name: text for name, text in texts.items() if _is_proven(project, name, text)}
        if not proven:
            break
        for name, text in proven.items():
            problem = write_text(project.root / name, text)
            if problem is not None:
                return Fixed(count, tuple(written), (problem,))
            count += fixed[name]
            written[name] = None
    return Fixed(count, tuple(written))


def _fixes(found: Iterable[Diagnostic]) -> tuple[dict[str, str], dict[str, int]]:
    """File -> its text with what can be removed left out, and how much that is."""
    spans: dict[str, list[Span]] = {}
    texts: dict[str, str] = {}
    for each in found:
        if each.code not in _LISTED | _COMMENT or not each.labels:
            continue
        source, span = each.labels[0].source, each.labels[0].span
        remove = _comment if each.code in _COMMENT else _item
        cut = remove(source.text, span)
        if cut is not None:
            texts[source.name] = source.text
            spans.setdefault(source.name, []).append(cut)
    counts = {}
    for name, cuts in spans.items():
        texts[name], counts[name] = _without(texts[name], cuts)
    return texts, counts


def _without(text: str, cuts: list[Span]) -> tuple[str, int]:
    """The text without `cuts`, of those that overlap only the last; and how many that are."""
    count, end = 0, len(text)
    for cut in sorted(set(cuts), reverse=True):
        if cut.end <= end:
            text = text[: cut.start] + text[cut.end :]
            count, end = count + 1, cut.start
    return text, count


def _item(text: str, span: Span) -> Span | None:
    """An item of a list with the comma that joins it to the next or the one before."""
    start, end = span
    after = _skip(text, end)
    if text[after : after + 1] == ",":
        return Span(start, _skip(text, after + 1))
    before = start
    while text[before - 1 : before] in {" ", "\t"}:
        before -= 1
    return Span(before - 1, end) if text[before - 1 : before] == "," else None


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in {" ", "\t"}:
        at += 1
    return at


def _comment(text: str, span: Span) -> Span:
    """A comment with the blanks before it, and with its line if it has that to itself."""
    start = span.start
    while text[start - 1 : start] in {" ", "\t"}:
        start -= 1
    is_alone = start == 0 or text[start - 1] == "\n"
    ends_line = text[span.end : span.end + 1] == "\n"
    return Span(start, span.end + 1 if is_alone and ends_line else span.end)


def _is_proven(project: Project, name: str, text: str) -> bool:
    """Whether the rule set that the file belongs to is the same with `text` in it."""
    root = project.config.rules
    own = read_rule_set(root, project.root, project.profile) if root else Compiled(None)
    if own.rules is None or name not in own.names:
        root = project.root / name
        own = read_rule_set(root, project.root, project.profile)
    if own.rules is None or root is None:
        return False
    fixed = Files({f"{DISK.resolved(project.root)}/{name}": text.encode()})
    changed = read_rule_set(root, project.root, project.profile, fixed)
    if changed.rules is None:
        return False
    before, after = own.rules, changed.rules
    return (semantic_digest(before), text_digest(before)) == (
        semantic_digest(after),
        text_digest(after),
    )
