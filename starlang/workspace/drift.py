"""What has drifted since a rule set was compiled, by cause, in the words of those who own it."""

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from starlang.comparison.changes import Comparison, compare
from starlang.comparison.flips import Flips
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.wording import shown
from starlang.rulesets.codec import loads
from starlang.rulesets.model import RuleSet
from starlang.text import counted
from starlang.workspace.canons import canon_agreement
from starlang.workspace.comparing import compare_modules
from starlang.workspace.files import read_regular
from starlang.workspace.lock import Lock, carried, digest_of, lock_of, lock_path, read_lock
from starlang.workspace.project import Project
from starlang.workspace.sources import MAX_COMPILED
from starlang.workspace.tree import display

_NAMED = 10


@frozen(eq=False)
class Drift:
    """What has drifted. `comparison` and `flips` are of the rules, None where they are the same.

    `old` is the compiled rule set, None if it cannot be read.
    """

    findings: tuple[Diagnostic, ...]
    old: RuleSet | None
    comparison: Comparison | None
    flips: Flips | None

    @property
    def has_drifted(self) -> bool:
        return any(each.is_error for each in self.findings)


def find_drift(project: Project, rules: RuleSet, artifact: Path) -> Drift:
    """Holds the compiled file `artifact`, and the lock beside it, against the project as it is."""
    name = display(artifact, project.root)
    lock = read_lock(lock_path(artifact), display(lock_path(artifact), project.root))
    try:
        data = read_regular(artifact, MAX_COMPILED, follow=True)
    except OSError:
        return Drift((_not_compiled(name),), None, None, None)
    read = loads(data.decode(errors="replace"), name)
    old = read if isinstance(read, RuleSet) else None
    findings = list(_artifact(name, data, read, lock))
    comparison = flips = None
    if old is not None:
        found = compare(old, rules)
        if found.changes:
            comparison = found
            flips = compare_modules(project, old, rules, reassess=False)
            findings.append(_rules(name, found, flips))
    findings += _canon(project, rules)
    if isinstance(lock, Lock):
        findings += _since(project, rules, lock)
    return Drift(tuple(findings), old, comparison, flips)


def _artifact(
    name: str, data: bytes, read: RuleSet | Diagnostic, lock: Lock | Diagnostic | None
) -> Iterator[Diagnostic]:
    if isinstance(lock, Diagnostic):
        yield lock
    if isinstance(read, Diagnostic):
        yield _edited(name, read.message)
    elif isinstance(lock, Lock) and lock.digests.get("artifact") != digest_of(data):
        yield _edited(name, "its bytes are not those that the lock names")
    if lock is None:
        yield Diagnostic(
            code="W869",
            message=f"there is no lock beside `{name}`: schema, profile and stars are not compared",
            file=name,
            hint="write one with it: `starlang compile --lock`",
        )


def _since(project: Project, rules: RuleSet, lock: Lock) -> Iterator[Diagnostic]:
    now = lock_of(project, rules)
    then, tool = lock.digests.get("tool"), now.digests["tool"]
    if then != tool:
        yield Diagnostic(
            code="W868",
            message=f"it was compiled by {then}, and this is {tool}",
            hint="compile it again: `starlang compile --lock`",
        )
    config = project.config
    schema = display(config.schema, project.root) if config.schema else ""
    for file in sorted(lock.files.keys() | now.files.keys()):
        if lock.files.get(file) != now.files.get(file):
            yield _file(file, lock, now, is_schema=file == schema)
    yield from _stars(project, lock)


def _file(file: str, lock: Lock, now: Lock, *, is_schema: bool) -> Diagnostic:
    what = "has changed"
    if file not in now.files:
        what = "is no longer used"
    elif file not in lock.files:
        what = "has come to be used"
    return Diagnostic(
        code="E865" if is_schema else "E866",
        message=f"`{file}` {what} since it was compiled",
        file=file,
        hint="look at the change, then accept it: `starlang compile --lock`",
    )


def _stars(project: Project, lock: Lock) -> Iterator[Diagnostic]:
    """Modules whose stars are others than when it was locked."""
    live = carried(project)
    root = display(project.config.manifests, project.root)
    changed = [path for path, labels in lock.stars.items() if path in live and live[path] != labels]
    for path in sorted(changed)[:_NAMED]:
        before, after = (", ".join(each) or "none" for each in (lock.stars[path], live[path]))
        yield Diagnostic(
            code="E867",
            message=f"{path} carries {shown(after)}, and carried {shown(before)}",
            file="/".join(filter(None, (root, path, project.profile.file_name))),
            hint="undo the edit, or accept it: `starlang compile --lock`, as after a run",
        )
    if (more := len(changed) - _NAMED) > 0:
        yield Diagnostic(
            code="E867",
            message=f"and {counted(more, 'more module carries', 'more modules carry')} other stars",
            hint="accept all of it after a run: `starlang compile --lock`",
        )


def _canon(project: Project, rules: RuleSet) -> Iterator[Diagnostic]:
    if not project.config.copies:
        return
    canon = canon_agreement(project, rules)
    yield from canon.unreadable
    if canon.differences:
        number = counted(len(canon.differences), "difference")
        named = ", ".join(sorted({f"`{each.file}`" for each in canon.differences}))
        yield Diagnostic(
            code="E864",
            message=f"copies of the canon disagree with the rules: {number} in {named}",
            hint="`starlang canon check` names each",
        )


def _rules(name: str, found: Comparison, flips: Flips | None) -> Diagnostic:
    moved = ""
    if flips is not None:
        moved = f", and {counted(len(flips.flips), 'module is', 'modules are')} decided otherwise"
    return Diagnostic(
        code="E862",
        message=f"the rules decide otherwise than `{name}`: "
        f"{counted(len(found.changes), 'change')}{moved}",
        file=name,
        hint="look at the changes, then compile: `starlang compile --lock`",
    )


def _edited(name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E863",
        message=f"`{name}` was edited by hand: {words}",
        file=name,
        hint="change the rules, and compile them: `starlang compile --lock`",
    )


def _not_compiled(name: str) -> Diagnostic:
    return Diagnostic(
        code="E870",
        message=f"`{name}` is not there, or cannot be read",
        file=name,
        hint="write it: `starlang compile --lock`",
    )
