"""The guards, waivers and baseline of a config."""

import re
from collections.abc import Callable

from starlang.manifests.guards import DEFAULT_GUARDS, Guards
from starlang.manifests.toml_text import Table
from starlang.manifests.waivers import Waiver
from starlang.manifests.wording import shown
from starlang.matching import globs
from starlang.text import did_you_mean

_CODE = re.compile(r"[EW][0-9]{3}")
_CHOICES = ("refuse", "allow")


def read_guards(table: Table) -> Guards:
    """The guards that `[guards]` sets; what it does not name keeps its default."""
    return Guards(
        prefixes=_listed(table, "prefixes", DEFAULT_GUARDS.prefixes, _no_directory),
        segments=_listed(table, "segments", DEFAULT_GUARDS.segments, _no_segment),
        uppercase=_refused(table, "uppercase"),
        portable=_refused(table, "unportable"),
        collisions=_refused(table, "collisions"),
        ignore=_listed(table, "ignore", DEFAULT_GUARDS.ignore, globs.problem),
    )


def read_waivers(table: Table, key: str, family: str) -> tuple[Waiver, ...]:
    """The entries `[[key]]`, all of whose codes begin with `family`."""
    return tuple(_waiver(entry, family) for entry in table.tables(key))


def _listed(
    table: Table, key: str, default: tuple[str, ...], problem: Callable[[str], str | None]
) -> tuple[str, ...]:
    values = table.texts(key)
    if values is None:
        return default
    for index, value in enumerate(values):
        if words := problem(value):
            span = table.value_span(key, index)
            table.file.report(span, "E704", f"{shown(value)} is not allowed here: {words}")
    return values


def _no_directory(path: str) -> str | None:
    return globs.problem(path) or ("it has a wildcard" if globs.has_wildcard(path) else None)


def _no_segment(name: str) -> str | None:
    return _no_directory(name) or ("it has a `/`" if "/" in name else None)


def _refused(table: Table, key: str) -> bool:
    choice = table.text(key) or _CHOICES[0]
    if choice not in _CHOICES:
        hint = did_you_mean(choice, _CHOICES) or "write `refuse` or `allow`"
        message = f"`{key}` is {shown(choice)}, neither `refuse` nor `allow`"
        table.file.report(table.value_span(key), "E704", message, hint)
    return choice == _CHOICES[0]


def _waiver(entry: Table, family: str) -> Waiver:
    path, code, reason = (_required(entry, key) for key in ("path", "code", "reason"))
    if path and (words := globs.problem(path)):
        message = f"{shown(path)} is no path of a module and no glob: {words}"
        entry.file.report(entry.value_span("path"), "E704", message, "correct the path")
    if code and not (_CODE.fullmatch(code) and code.startswith(family)):
        message = f"{shown(code)} is no code{' of a guard' if family else ''}"
        hint = "write a code such as `E602`; codes of other families belong into `[[baseline]]`"
        entry.file.report(entry.value_span("code"), "E704", message, hint)
    until = entry.day("until")
    return Waiver(path, code, reason, until, entry.file.source, entry.span)


def _required(entry: Table, key: str) -> str:
    text = entry.text(key)
    if not (text or "").strip() and key not in entry.mistaken:
        message = f"the entry has no `{key}`"
        hint = "an entry has `path`, `code` and `reason`: which finding, and why it may stay"
        entry.file.report(entry.span, "E713", message, hint)
    return text or ""
