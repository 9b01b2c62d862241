"""Path guards: where no module may lie, each with a code of its own.

They look at paths alone, which are relative to the manifests root. A violation blocks a
run; the module itself is still decided and shown.
"""

from collections.abc import Iterable, Iterator
from unicodedata import category, normalize

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.names import carrying_problem
from starlang.manifests.wording import shown


@frozen
class Guards:
    """Which guards hold.

    `prefixes`: no path is one of these or lies beneath it. `segments`: no directory on
    the way has one of these names. `uppercase`: refuse uppercase letters. `portable`:
    refuse names that git or Windows cannot carry. `collisions`: refuse paths that differ
    only in case or Unicode form. `ignore`: globs of directories that are never read.
    """

    prefixes: tuple[str, ...] = ("lukhas",)
    segments: tuple[str, ...] = ("quarantine", "build", "dist", ".venv", "node_modules")
    uppercase: bool = True
    portable: bool = True
    collisions: bool = True
    ignore: tuple[str, ...] = ("**/.archive",)


DEFAULT_GUARDS = Guards()


@frozen
class Violation:
    """A guard that a path breaks."""

    code: str
    message: str
    hint: str


def guard(modules: Iterable[tuple[str, str]], guards: Guards) -> Iterator[Diagnostic]:
    """Every violation of `modules`: (path, file to name in the finding); "" is no module."""
    listed = [(path, file) for path, file in modules if path]
    known: dict[str, tuple[Violation, ...]] = {}
    for path, file in listed:
        for violation in violations(path, guards, known):
            yield _finding(violation, file)
    if guards.collisions:
        yield from _collisions(listed)


def violations(
    path: str, guards: Guards, known: dict[str, tuple[Violation, ...]] | None = None
) -> Iterator[Violation]:
    """What is wrong with one path; `known` keeps answers about its segments between calls."""
    if path.startswith(("/", "\\")) or path[1:3] in {":/", ":\\"}:
        yield Violation(
            "E605",
            f"{shown(path)} is an absolute path",
            "write it relative to the manifests root",
        )
    for prefix in guards.prefixes:
        if path == prefix or path.startswith(f"{prefix}/"):
            yield Violation(
                "E601",
                f"{shown(path)} lies under `{prefix}/`, which the guards forbid",
                "move the module out of it",
            )
    known = {} if known is None else known
    for segment in path.removeprefix("/").split("/"):
        if segment not in known:
            known[segment] = tuple(_of_segment(segment, guards))
        yield from known[segment]


def _of_segment(segment: str, guards: Guards) -> Iterator[Violation]:
    if segment in {"", ".", ".."}:
        yield Violation(
            "E604",
            f"the path has the segment {shown(segment)}",
            "write the path without `.`, `..` and doubled slashes",
        )
    elif segment in guards.segments:
        yield Violation(
            "E603",
            f"the path leads through `{segment}`, which the guards forbid",
            "move the module out of it, or let `ignore` in `[guards]` skip the directory",
        )
    if guards.uppercase and (letter := uppercase_letter(segment)):
        yield Violation(
            "E602",
            f"{shown(segment)} has an uppercase letter (`{letter}`)",
            "rename the directory in lower case, or waive it by `[[guards.waive]]` in the config",
        )
    if guards.portable and (problem := carrying_problem(segment)):
        hint = "rename the directory, or waive it by `[[guards.waive]]` in the config"
        yield Violation("E606", f"{shown(segment)} {problem}", hint)


def uppercase_letter(text: str) -> str | None:
    """The first uppercase or titlecase letter of any script, or None."""
    if text.isascii() and text == text.lower():
        return None
    return next((c for c in text if category(c) in {"Lu", "Lt"}), None)


def _collisions(modules: list[tuple[str, str]]) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for path, file in modules:
        other = first.setdefault(_folded(path), path)
        if other != path:
            message = f"{shown(path)} and {shown(other)} differ only in case or Unicode form"
            hint = "rename one: macOS and Windows cannot check out both"
            yield _finding(Violation("E609", message, hint), file)


def _folded(path: str) -> str:
    if path.isascii():
        return path.lower()
    return normalize("NFC", normalize("NFC", path).casefold())


def _finding(violation: Violation, file: str) -> Diagnostic:
    return Diagnostic(
        code=violation.code, message=violation.message, file=file, hint=violation.hint
    )
