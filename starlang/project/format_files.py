"""Rule files in their canonical layout: all are read and laid out before one is written."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from stat import S_IWGRP, S_IWOTH, S_IWUSR

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.format.format import format_source
from starlang.project.config import find_config, project_root
from starlang.project.files import IrregularError, read_regular, write_text
from starlang.project.project import Project, is_compiled, no_rules
from starlang.project.rule_files import read_rules
from starlang.syntax.scanner import MAX_BYTES, decode
from starlang.text import Source

PIPED = "<stdin>"
"""What a text that comes from no file is called."""

_WRITABLE = S_IWUSR | S_IWGRP | S_IWOTH


@frozen
class Layout:
    """A file that can be laid out: how it is called, where it is, its text before and after."""

    name: str
    path: Path
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether the file is not in its canonical layout yet."""
        return self.after != self.before


@frozen
class Layouts:
    """The files that can be laid out, and what keeps others from it."""

    files: tuple[Layout, ...]
    diagnostics: tuple[Diagnostic, ...]


def format_files(paths: Sequence[Path]) -> Layouts:
    """The rule files at `paths`, each once. Links are followed."""
    files = {os.path.realpath(path): path for path in reversed(paths)}
    return _sorted_out(_read(path, path.as_posix()) for path in reversed(files.values()))


def format_project(project: Project) -> Layouts:
    """The root rule file of the project, and all files that it uses."""
    root = project.config.rules
    if root is None or is_compiled(root):
        return Layouts((), (no_rules(project),))
    rules = read_rules(root, project.root)
    home = Path(os.path.realpath(project.root))
    found = _sorted_out(_lay_out(each.source, home / each.source.name) for each in rules.files)
    errors = (each for each in rules.diagnostics if each.is_error)
    return Layouts(found.files, in_order((*errors, *found.diagnostics)))


def format_piped(data: bytes) -> Layouts:
    """A text that comes from no file."""
    source = decode(PIPED, data)
    found = (source,) if isinstance(source, Diagnostic) else _lay_out(source, Path(PIPED))
    return _sorted_out((found,))


def write_layout(file: Layout) -> str | None:
    """Writes the file, whole or not at all; answers with the problem in words, or None."""
    # Replacing a file needs no permission for the file itself, so who protects it must be asked.
    if not file.path.stat().st_mode & _WRITABLE:
        return f"{file.name} cannot be written: it is write-protected"
    config = find_config(file.path.parent)
    home = Path.cwd() if config is None else project_root(config)
    return write_text(file.path, file.after, within=home)


def _sorted_out(found: Iterable[Layout | tuple[Diagnostic, ...]]) -> Layouts:
    """Files on one side, diagnostics on the other."""
    files: list[Layout] = []
    diagnostics: list[Diagnostic] = []
    for each in found:
        if isinstance(each, Layout):
            files.append(each)
        else:
            diagnostics += each
    return Layouts(tuple(files), in_order(diagnostics))


def _lay_out(source: Source, path: Path) -> Layout | tuple[Diagnostic, ...]:
    formatted = format_source(source)
    if formatted.text is None:
        return formatted.diagnostics
    return Layout(source.name, path, source.text, formatted.text)


def _read(path: Path, name: str) -> Layout | tuple[Diagnostic, ...]:
    try:
        source = decode(name, read_regular(path, MAX_BYTES, follow=True))
    except FileNotFoundError:
        return (_refuse("E401", name, "there is no such file", "correct its name"),)
    except IrregularError:
        what = "a directory" if path.is_dir() else "no regular file"
        return (_refuse("E402", name, f"it is {what}", "name the rule files one by one"),)
    except OSError as error:
        hint = "let the user who runs starlang read the file"
        return (_refuse("E407", name, f"it cannot be read: {error.strerror}", hint),)
    return (source,) if isinstance(source, Diagnostic) else _lay_out(source, path)


def _refuse(code: str, name: str, why: str, hint: str) -> Diagnostic:
    message = f"`{name}` cannot be laid out: {why}"
    return Diagnostic(code=code, message=message, file=name, hint=hint)
