"""`check --fix`: makes the edits that hints name, and removes what makes no difference.

A hint that names what is to be written is an edit; it is made if the finding goes away and no
other comes. What is only removed has to leave the digests of the rule set as they were.
"""

from collections import Counter
from collections.abc import Iterable
from functools import reduce
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, Replacement
from starlang.project.check import Report, check_files
from starlang.project.config import find_config, project_root
from starlang.project.files import DISK, Files, write_text
from starlang.project.inputs import is_file
from starlang.project.project import Compiled, Project, Wanted, open_project, read_rule_set
from starlang.rules.sections import semantic_digest, text_digest
from starlang.text import Source

_REMOVED = frozenset({"W201", "W314"})
"""What makes no difference: an item twice in its list, a comment that allows nothing."""

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

    What is removed leaves what the rule set decides, and says, the same.
    """
    count, written = 0, dict[str, None]()
    for mended in (_replaced, _removed):
        for _ in range(_PASSES):
            made = mended(project, check_files(project, files))
            if not made:
                break
            for name, (text, edits) in made.items():
                problem = write_text(project.root / name, text, within=project.root)
                if problem is not None:
                    return Fixed(count, tuple(written), (problem,))
                count += edits
                written[name] = None
    return Fixed(count, tuple(written))


Made = dict[str, tuple[str, int]]
"""File -> its new text, and how many edits are in it."""


def _replaced(project: Project, report: Report) -> Made:
    """The rule files with the edits of hints made, as many as help."""
    edits: dict[str, list[tuple[Replacement, bool]]] = {}
    sources: dict[str, Source] = {}
    for each in report.diagnostics:
        if each.replacement is not None and each.code not in _REMOVED and each.file in report.names:
            source = each.labels[0].source
            sources[source.name] = source
            is_syntax = each.code.startswith(_SYNTAX)
            edits.setdefault(source.name, []).append((each.replacement, is_syntax))
    made = {}
    for name, listed in edits.items():
        text, count = sources[name].text, 0
        before = _found_with(project, name, None)
        # From the end, so that what is not yet made stays where it was found.
        for edit, is_syntax in sorted(listed, key=lambda each: each[0].span, reverse=True):
            changed = replaced(text, edit)
            after = _found_with(project, name, changed)
            if _is_better(before, after, is_syntax=is_syntax):
                text, before, count = changed, after, count + 1
        if count:
            made[name] = text, count
    return made


_SYNTAX = "E1"


def _is_better(before: Counter[str], after: Counter[str], *, is_syntax: bool) -> bool:
    """Whether there is less, and nothing new; what is behind an error of syntax is seen later."""
    if not is_syntax:
        return after < before
    first, then = (
        Counter({c: n for c, n in e.items() if c[:2] == _SYNTAX}) for e in (before, after)
    )
    return then < first


def replaced(text: str, edit: Replacement) -> str:
    """`text` with one edit made."""
    return text[: edit.span.start] + edit.text + text[edit.span.end :]


def _found_with(project: Project, name: str, text: str | None) -> Counter[str]:
    """How often each code is found in the rule set of a file, with `text` in the file if given."""
    path = project.root / name
    port = DISK if text is None else _with(project.root, name, text)
    root = project.config.rules
    own = read_rule_set(root, project.root, project.profile, port) if root else Compiled(None)
    if name not in own.names:
        own = read_rule_set(path, project.root, project.profile, port)
    return Counter(each.code for each in own.diagnostics)


def _with(root: Path, name: str, text: str) -> Files:
    """The files on the disk, but with `text` in the one called `name` below `root`."""
    return Files({f"{DISK.resolved(root)}/{name}": text.encode()})


def _removed(project: Project, report: Report) -> Made:
    """The rule files with what can be removed left out, where the rule set stays the same."""
    cuts: dict[str, list[Replacement]] = {}
    sources: dict[str, Source] = {}
    for each in report.diagnostics:
        if each.code in _REMOVED and each.replacement is not None:
            source = each.labels[0].source
            sources[source.name] = source
            cuts.setdefault(source.name, []).append(each.replacement)
    made = {name: _without(project, sources[name], listed) for name, listed in cuts.items()}
    return {name: (text, count) for name, (text, count) in made.items() if count}


def _without(project: Project, source: Source, cuts: list[Replacement]) -> tuple[str, int]:
    """A text without those of `cuts` that change nothing, and how many that are.

    Of those that overlap only the last is made. Together they mostly change nothing, which is
    proven at once.
    """
    apart, end = list[Replacement](), len(source.text)
    for cut in sorted(cuts, key=lambda each: each.span, reverse=True):
        if cut.span.end <= end:
            apart.append(cut)
            end = cut.span.start
    whole = reduce(replaced, apart, source.text)
    if _is_proven(project, source.name, whole):
        return whole, len(apart)
    text, count = source.text, 0
    for cut in apart:
        changed = replaced(text, cut)
        if _is_proven(project, source.name, changed):
            text, count = changed, count + 1
    return text, count


def _is_proven(project: Project, name: str, text: str) -> bool:
    """Whether the rule set that the file belongs to is the same with `text` in it."""
    root = project.config.rules
    own = read_rule_set(root, project.root, project.profile) if root else Compiled(None)
    if own.rules is None or name not in own.names:
        root = project.root / name
        own = read_rule_set(root, project.root, project.profile)
    if own.rules is None or root is None:
        return False
    fixed = _with(project.root, name, text)
    changed = read_rule_set(root, project.root, project.profile, fixed)
    if changed.rules is None:
        return False
    before, after = own.rules, changed.rules
    return (semantic_digest(before), text_digest(before)) == (
        semantic_digest(after),
        text_digest(after),
    )


# Settings: the config and the profile that it names.


def fix_settings(wanted: Wanted) -> Fixed:
    """Makes the edits that hints name in the config and in the profile, as far as each helps.

    A config that cannot be used hides what is wrong with the profile, so both are looked at again.
    """
    count, written = 0, dict[str, None]()
    for _ in range(_PASSES):
        root, found = _settings_findings(wanted, DISK)
        for each in sorted(found, key=lambda each: each.sort_key(), reverse=True):
            made = _with_edit(wanted, root, each, found)
            if made is None:
                continue
            problem = write_text(root / each.file, made, within=root)
            if problem is not None:
                return Fixed(count, tuple(written), (problem,))
            count += 1
            written[each.file] = None
            break  # the others are where they were no more
        else:
            break
    return Fixed(count, tuple(written))


def _settings_findings(wanted: Wanted, port: Files) -> tuple[Path, list[Diagnostic]]:
    """Where the project is, and what is wrong with its settings."""
    project = open_project(wanted, port)
    config = wanted.config or find_config(wanted.start)
    root = project_root(config) if config else wanted.start
    if not isinstance(project, Project):
        return root, list(project)
    found = check_files(project, ()).diagnostics if project.config.rules else ()
    return project.root, [each for each in found if each.file.endswith(".toml")]


def _with_edit(
    wanted: Wanted, root: Path, one: Diagnostic, found: Iterable[Diagnostic]
) -> str | None:
    """The text of a file of settings with the edit of `one`, None if that does not help.

    `found` is what is wrong with all settings as they are.
    """
    edit = one.replacement
    if edit is None or not one.labels or not is_file(one.file):
        return None
    text = replaced(one.labels[0].source.text, edit)
    _, then = _settings_findings(wanted, _with(root, one.file, text))
    before, after = (
        Counter(each.code for each in listed if each.file == one.file) for listed in (found, then)
    )
    return text if after < before else None
