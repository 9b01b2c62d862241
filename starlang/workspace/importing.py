"""Importing the old JSON rules: read two files, write a directory of rule files."""

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.legacy.importing import import_rules
from starlang.legacy.old_file import Imported
from starlang.manifests.reader import read
from starlang.manifests.refusals import Refusal
from starlang.rulesets.model import Combine
from starlang.workspace.inputs import read_bytes
from starlang.workspace.writing import write_text


@frozen
class _Document:
    """A JSON file: its value, and its text for labels."""

    value: object
    text: str


def import_file(source: Path, canon: Path | None, combine: Combine) -> Imported:
    """The rule files that say what the old rule file `source` said."""
    rules = _read(source)
    second = None if canon is None else _read(canon)
    if isinstance(rules, Diagnostic) or isinstance(second, Diagnostic):
        return Imported((), (), tuple(d for d in (rules, second) if isinstance(d, Diagnostic)))
    return import_rules(
        rules.value,
        source.name,
        canon=None if second is None else second.value,
        combine=combine,
        text=rules.text,
        canon_name=canon.name if canon else "",
        canon_text=None if second is None else second.text,
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
