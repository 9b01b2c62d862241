"""Exporting to the old JSON rules, verified by importing what was written."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import assert_never

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.diff.diff import How, PartChange, Section, compare
from starlang.legacy.exporting import export_rules
from starlang.legacy.importing import import_rules
from starlang.legacy.old_file import Imported
from starlang.manifests.profile import Profile
from starlang.matching.patterns import Pattern, alternatives
from starlang.printable import json_text
from starlang.project.config import find_config, project_root
from starlang.project.files import NOWHERE, Files, led_out, write_text
from starlang.project.inputs import read_bytes
from starlang.project.project import read_rule_set
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, condition_text
from starlang.rules.model import Ceilings, Combine, RuleSet
from starlang.rules.predicate import Predicate
from starlang.rules.text_predicates import Matches
from starlang.texts.json import Refusal, read

# Importing the old JSON rules: read up to three files, write a directory of rule files.


@frozen
class _Document:
    """A JSON file: its value, and its text for labels."""

    value: object
    text: str


def import_file(
    source: Path, canon: Path | None, combine: Combine, exceptions: Path | None = None
) -> Imported:
    """The rule files that say what the old rule file `source` and the files beside it said."""
    rules = _read(source)
    second = None if canon is None else _read(canon)
    third = None if exceptions is None else _read(exceptions)
    if (
        isinstance(rules, Diagnostic)
        or isinstance(second, Diagnostic)
        or isinstance(third, Diagnostic)
    ):
        found = (each for each in (rules, second, third) if isinstance(each, Diagnostic))
        return Imported((), (), tuple(found))
    return import_rules(
        rules.value,
        source.name,
        canon=None if second is None else second.value,
        exceptions=None if third is None else third.value,
        combine=combine,
        text=rules.text,
        canon_name=canon.name if canon else "",
        canon_text=None if second is None else second.text,
        exceptions_name=exceptions.name if exceptions else "",
        exceptions_text=None if third is None else third.text,
    )


def _read(path: Path) -> _Document | Diagnostic:
    data = read_bytes(path, path.name)
    if isinstance(data, Diagnostic):
        return data
    value = read(data)
    if isinstance(value, Refusal):
        return value.diagnostic(path.name, data)
    return _Document(value, data.decode())


def write_files(
    directory: Path, files: Sequence[tuple[str, str]], *, force: bool
) -> tuple[str, ...]:
    """Writes (name, text) files into `directory`; what is wrong in words, or nothing.

    Without `force` no file is replaced, and if one exists none is written.
    """
    config = find_config(Path.cwd())
    home = Path.cwd() if config is None else project_root(config)
    if problem := led_out((directory / name for name, _ in files), directory, home):
        return (problem,)
    others = [name for name, _ in files if (directory / name).is_dir()]
    if others:
        names = ", ".join((directory / name).as_posix() for name in others)
        return (f"{names}: a directory is in the way",)
    existing = [name for name, _ in files if (directory / name).exists()]
    if existing and not force:
        names = ", ".join((directory / name).as_posix() for name in existing)
        return (f"{names}: already there; name another directory, or give --force",)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        return (f"{directory} is a file; name a directory",)
    except OSError as error:
        return (f"{directory} cannot be made: {error.strerror}",)
    problems = (write_text(directory / name, text) for name, text in files)
    return tuple(problem for problem in problems if problem is not None)


_NOT_SAID = frozenset({Section.ORDER, Section.CEILING, Section.FACET})
"""What the old file does not say, and no decision about a module rests on."""


@frozen
class Export:
    """The text of the old file, and what is to be said; with an error there is no text."""

    text: str
    diagnostics: tuple[Diagnostic, ...]


def export_file(rules: RuleSet, profile: Profile) -> Export:
    """`rules` as `star_rules.json`; an error for each part that would come back changed."""
    exported = export_rules(rules)
    text = json_text(json.dumps(exported.document, ensure_ascii=False, indent=2)) + "\n"
    found = list(exported.diagnostics)
    if not any(each.is_error for each in found):
        found += _differences(rules, text, profile)
    is_wrong = any(each.is_error for each in found)
    return Export("" if is_wrong else text, tuple(found))


def _differences(rules: RuleSet, text: str, profile: Profile) -> Iterator[Diagnostic]:
    """What the import makes otherwise of the text than `rules` are."""
    combine = rules.confidence.combine
    back = import_rules(read(text.encode()), "star_rules.json", combine=Combine(combine))
    errors = [each for each in back.diagnostics if each.is_error]
    if errors:
        yield from (_refused(each) for each in errors)
        return
    made = Files(
        {f"{NOWHERE}/{name}": content.encode() for name, content in back.files}, disk=False
    )
    compiled = read_rule_set(NOWHERE / back.files[0][0], NOWHERE, profile, made)
    if compiled.rules is None:
        yield from (_refused(each) for each in compiled.diagnostics)
        return
    for change in compare(_bare(rules), _bare(compiled.rules)).changes:
        if change.section not in _NOT_SAID and not _is_named_only(change):
            yield _otherwise(change)


def _bare(rules: RuleSet) -> RuleSet:
    """The rule set without ceilings, and each pattern as its alternatives, one by one.

    An import lays long alternatives out as several patterns.
    """
    apart = tuple(evolve(each, condition=_apart(each.condition)) for each in rules.rules)
    return evolve(rules, ceilings=Ceilings(), rules=apart)


def _apart(condition: Condition) -> Condition:
    match condition:
        case AnyOf(parts=parts):
            inner = [_apart(part) for part in parts]
            each = [one.parts if isinstance(one, AnyOf) else (one,) for one in inner]
            tests = dict.fromkeys(test for some in each for test in some)
            return AnyOf(tuple(sorted(tests, key=condition_text)))
        case Matches(facet=facet, pattern=pattern, ignoring=ignoring):
            flag = "(?i)" if pattern.ignore_case else ""
            alone = [
                Matches(facet, Pattern(part.removeprefix(flag), pattern.ignore_case), ignoring)
                for part in alternatives(pattern)
            ]
            return AnyOf(tuple(alone)) if len(alone) > 1 else alone[0]
        case AllOf() | Not() | Predicate():
            return condition
        case _:
            assert_never(condition)


def _is_named_only(change: PartChange) -> bool:
    return change.how is How.RENAMED and all(each.what == "name" for each in change.details)


def _otherwise(change: PartChange) -> Diagnostic:
    details = "; ".join(f"{d.what}: {d.before or '-'} -> {d.after or '-'}" for d in change.details)
    words = f": {details}" if details else ""
    return Diagnostic(
        code="E881",
        message=f"{change.section.value} {change.name} would come back changed{words}",
        hint="change it so that the old file can say it, or keep the rule files",
    )


def _refused(error: Diagnostic) -> Diagnostic:
    return Diagnostic(
        code="E881",
        message=f"what was written cannot be read back: {error.message}",
        hint="change the rule so that the old file can say it, or keep the rule files",
    )
