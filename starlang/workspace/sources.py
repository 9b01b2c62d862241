"""Rule sets from files: sources that are checked and compiled, or a compiled rule set.

The parser and the checker are imported only where there is a source to read.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.profile import Profile
from starlang.rulesets.model import RuleSet
from starlang.text import Source
from starlang.workspace.files import DISK, Files, IrregularError
from starlang.workspace.tree import display

if TYPE_CHECKING:
    from starlang.checker.checked import Checked
    from starlang.compiler.cases import TestCase
    from starlang.workspace.rule_files import RuleFiles

MAX_COMPILED = 64 << 20
"""Largest compiled rule set that is read, in bytes."""


class Compiled(NamedTuple):
    """A rule set, and what is to be said about its sources.

    `rules` is None where `diagnostics` has errors. `cases` are the test blocks of the
    sources, and `names` the files read, the root first; a compiled file has no tests.
    `checked` is what the sources declare, None without them. `sources` are their texts.
    """

    rules: RuleSet | None
    diagnostics: tuple[Diagnostic, ...] = ()
    cases: tuple["TestCase", ...] = ()
    names: tuple[str, ...] = ()
    checked: "Checked | None" = None
    sources: tuple[Source, ...] = ()

    @property
    def open(self) -> list[Diagnostic]:
        """What is to be said but for what comments in the sources allow."""
        if not self.diagnostics:
            return []
        from starlang.checker.allowances import allowances_in

        return allowances_in(self.sources).keep(self.diagnostics)


def is_compiled(path: Path) -> bool:
    """Whether `path` names a compiled rule set and not a source."""
    return path.suffix == ".json"


def read_rule_set(path: Path, project_root: Path, profile: Profile, port: Files = DISK) -> Compiled:
    """The rule set of the root file, or of the compiled file, at `path`."""
    if is_compiled(path):
        return _read_compiled(path, display(path, project_root), port)
    from starlang.workspace.rule_files import read_rules

    return compile_sources(read_rules(path, project_root, port), profile)


def _read_compiled(path: Path, name: str, port: Files) -> Compiled:
    from starlang.rulesets.codec import loads

    try:
        data = port.read(path, MAX_COMPILED, follow=True)
    except IrregularError:
        return Compiled(None, (_unreadable(name, "it is no regular file"),))
    except OSError as error:
        return Compiled(None, (_unreadable(name, error.strerror or str(error)),))
    if len(data) > MAX_COMPILED:
        return Compiled(None, (_unreadable(name, f"it is larger than {MAX_COMPILED:,} bytes"),))
    rules = loads(data.decode(errors="replace"), name)
    if isinstance(rules, Diagnostic):
        return Compiled(None, (rules,), names=(name,))
    return Compiled(rules, names=(name,))


def _unreadable(name: str, why: str) -> Diagnostic:
    return Diagnostic(
        code="E805",
        message=f"the compiled rule set cannot be read: {why}",
        file=name,
        hint="name a file that `starlang compile -o` has written",
    )


def compile_sources(files: "RuleFiles", profile: Profile) -> Compiled:
    """The rule set that `files` declare; nothing is read."""
    from starlang.checker.check import check
    from starlang.compiler.cases import compile_cases
    from starlang.compiler.compile import compile_rules

    names = tuple(file.source.name for file in files.files)
    if not files.files:
        return Compiled(None, files.diagnostics)
    checked = check(files.files, profile, complete=files.complete)
    found = [*files.diagnostics, *checked.diagnostics]
    sources = tuple(file.source for file in files.files)
    if not checked.ok or not files.complete:
        return Compiled(None, in_order(found), names=names, sources=sources)
    rules = compile_rules(checked)
    cases = compile_cases(checked)
    return Compiled(rules, in_order(found), cases, names, checked, sources)
