"""Path guards: where no module may lie, each with a code of its own.

They look at paths alone, which are relative to the manifests root. A violation blocks a
run; the module itself is still decided and shown.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from unicodedata import category, normalize

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.text import shown_value

# File names that git or Windows cannot carry.

# Code points that the file system of macOS ignores in names, and git with it.
_IGNORED = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]
)
_GIT_SHORT = re.compile(r"git~[0-9]+")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])")
_FORBIDDEN = frozenset('<>:"|?*\\')
_PLAIN = re.compile(r"[a-z0-9_-]+")


def is_plain(name: str) -> bool:
    """Whether a name is lower-case ASCII that can be carried everywhere, as nearly all are."""
    return _PLAIN.fullmatch(name) is not None and _DEVICE.fullmatch(name) is None


def carrying_problem(name: str) -> str | None:
    """Why git or Windows cannot carry a file `name`, in words that follow it; or None."""
    plain = normalize("NFKC", name.translate(_IGNORED)).casefold()
    stem = plain.partition(":")[0].rstrip(". ")
    if stem == ".git" or _GIT_SHORT.fullmatch(stem):
        return "is a name that git keeps for itself"
    if name not in {".", ".."} and name.endswith((".", " ")):
        return "ends in a dot or a space, which Windows drops"
    if _DEVICE.fullmatch(name.partition(".")[0].rstrip(" ").casefold()):
        return "is the name of a device on Windows"
    if found := _FORBIDDEN.intersection(name):
        return f"has the character `{min(found)}`, which Windows does not allow"
    return None


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


def guard(modules: Iterable[tuple[str, str]], guards: Guards) -> Iterator[Diagnostic]:
    """Every violation of `modules`: (path, file to name in the finding); "" is not a module."""
    listed = [(path, file) for path, file in modules if path]
    segments = [path.split("/") for path, _ in listed]
    odd = _odd_segments(set(chain.from_iterable(segments)), guards)
    suspects = odd.keys() | {prefix.partition("/")[0] for prefix in guards.prefixes}
    for (path, file), inside in zip(listed, segments, strict=True):
        if not suspects.isdisjoint(inside):
            for violation in _violations(path, guards, odd):
                yield evolve(violation, file=file)
    if guards.collisions:
        yield from _collisions(listed)


def _odd_segments(segments: Iterable[str], guards: Guards) -> dict[str, tuple[Diagnostic, ...]]:
    """What is wrong with those of `segments` that are not plain, as nearly all are.

    An absolute path has one in any case: empty, or with a colon or backslash in it.
    """
    return {
        segment: tuple(_of_segment(segment, guards))
        for segment in segments
        if segment in guards.segments or not is_plain(segment)
    }


def _violations(
    path: str, guards: Guards, odd: Mapping[str, tuple[Diagnostic, ...]]
) -> Iterator[Diagnostic]:
    if path.startswith(("/", "\\")) or path[1:3] in {":/", ":\\"}:
        yield _violation(
            "E605",
            f"{shown_value(path)} is an absolute path",
            "write it relative to the manifests root",
        )
    for prefix in guards.prefixes:
        if path == prefix or path.startswith(f"{prefix}/"):
            yield _violation(
                "E601",
                f"{shown_value(path)} is under `{prefix}/`, which the guards forbid",
                "move the module out of it",
            )
    for segment in path.removeprefix("/").split("/"):
        yield from odd.get(segment, ())


def _of_segment(segment: str, guards: Guards) -> Iterator[Diagnostic]:
    if segment in {"", ".", ".."}:
        yield _violation(
            "E604",
            f"the path has the segment {shown_value(segment)}",
            "write the path without `.`, `..` and doubled slashes",
        )
    elif segment in guards.segments:
        yield _violation(
            "E603",
            f"the path leads through `{segment}`, which the guards forbid",
            "move the module out of it, or let `ignore` in `[guards]` skip the directory",
        )
    if not _is_utf8(segment):
        yield not_utf8(segment)
    if guards.uppercase and (letter := uppercase_letter(segment)):
        yield _violation(
            "E602",
            f"{shown_value(segment)} has an uppercase letter (`{letter}`)",
            "rename the directory in lower case, or waive it by `[[guards.waive]]` in the config",
        )
    if guards.portable and (problem := carrying_problem(segment)):
        hint = "rename the directory, or waive it by `[[guards.waive]]` in the config"
        yield _violation("E606", f"{shown_value(segment)} {problem}", hint)


def not_utf8(file: str) -> Diagnostic:
    """A file or directory whose name is bytes that are no UTF-8."""
    return Diagnostic(
        code="E608",
        message=f"the name of `{file}` is not UTF-8, so no rule or plan can name the module",
        file=file,
        hint="rename the directory",
    )


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


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
            message = (
                f"{shown_value(path)} and {shown_value(other)} differ only in case or Unicode form"
            )
            hint = "rename one, since macOS and Windows cannot check out both; where nobody works "
            hint += "there, waive it by `[[guards.waive]]`, or allow all by `collisions`"
            yield evolve(_violation("E609", message, hint), file=file)


def _folded(path: str) -> str:
    if path.isascii():
        return path.lower()
    return normalize("NFC", normalize("NFC", path).casefold())


def _violation(code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, hint=hint)
