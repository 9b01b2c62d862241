"""Living with known findings: waivers and the baseline.

Untidy repositories start somewhere. An entry names a path and a code, and says why; the
findings that it covers are set aside, and an entry that covers none is reported.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, at, in_order
from starlang.matching.globs import composed, covers, has_wildcard
from starlang.text import Source, Span, shown_value

BROKEN = "E430"
"""A module is as a forbid says that none may be. An entry for it names both, and no glob."""

CANON_CODES = frozenset({"E876", "E877", "E878", "E879"})
"""Findings that are not about manifests but about copies of the canon, by the path of the file."""

MISSING = "W550"
"""The finding that a package has no manifest, which entries of `[[coverage.exclude]]` accept."""

ROOT = "."
"""What the module is called that is the manifests root itself, and the package likewise."""


@frozen
class Waiver:
    """A known finding that a run may go on with.

    `path` is the path of a module (or of a file or directory under the manifests root),
    or a glob with a wildcard; without one it covers that path alone. `until` is the last
    day on which it holds, None for ever. `forbid` names the one that a module may break for now.
    """

    path: str
    code: str
    reason: str
    until: date | None = None
    forbid: str = ""
    source: Source = field(eq=False, repr=False, default=Source("", ""))
    span: Span = field(eq=False, repr=False, default=Span(0, 0))


@frozen
class SortedFindings:
    """Findings sorted out, each list in the order in which it came in.

    `open`: those that no entry covers, errors and warnings. `waived`: (finding, the first
    entry that covers it). `unused`: a warning for each entry that covers none.
    """

    open: tuple[Diagnostic, ...]
    waived: tuple[tuple[Diagnostic, Waiver], ...]
    unused: tuple[Diagnostic, ...]

    @property
    def blocking(self) -> tuple[Diagnostic, ...]:
        """The open findings that are errors."""
        return tuple(finding for finding in self.open if finding.is_error)


def living_with(
    findings: Iterable[Diagnostic], waivers: Sequence[Waiver], root: str
) -> SortedFindings:
    """Sorts `findings` out; `root` is the directory that the paths of entries are relative to.

    That is the manifests directory as the `file` of findings begins with it, or "".
    """
    remaining: list[Diagnostic] = []
    waived: list[tuple[Diagnostic, Waiver]] = []
    used: set[int] = set()
    numbered = _Index(waivers)
    for finding in findings:
        covering = numbered.covering(finding, root)
        used.update(covering)
        if covering:
            waived.append((finding, waivers[min(covering)]))
        else:
            remaining.append(finding)
    return SortedFindings(
        open=tuple(remaining),
        waived=tuple(waived),
        unused=in_order(_unused(each) for n, each in enumerate(waivers) if n not in used),
    )


class _Index:
    """Waivers by what they cover: a first baseline has as many entries as there are findings."""

    def __init__(self, waivers: Sequence[Waiver]) -> None:
        self._exact: dict[tuple[str, str, str], list[int]] = {}
        self._globs: dict[str, list[tuple[int, str]]] = {}
        for number, waiver in enumerate(waivers):
            if has_wildcard(waiver.path):
                self._globs.setdefault(waiver.code, []).append((number, waiver.path))
            else:
                key = (waiver.code, waiver.forbid, composed(waiver.path))
                self._exact.setdefault(key, []).append(number)

    def covering(self, finding: Diagnostic, root: str) -> list[int]:
        """The numbers of the waivers that cover `finding`."""
        prefix = f"{root}/" if root else ""
        if not finding.file.startswith(prefix):
            return []
        inside = finding.file.removeprefix(prefix)
        paths = (inside, inside.rpartition("/")[0] or ROOT)
        keys = [(finding.code, finding.forbid, composed(path)) for path in paths]
        exact = [number for key in keys for number in self._exact.get(key, ())]
        globs = self._globs.get(finding.code, ())
        return exact + [n for n, glob in globs if any(covers(glob, path) for path in paths)]


def _unused(waiver: Waiver) -> Diagnostic:
    return at(
        waiver.source,
        waiver.span,
        "W701",
        f"nothing with the code {waiver.code} is found at {shown_value(waiver.path)}"
        + (f" for the forbid {shown_value(waiver.forbid)}" if waiver.forbid else ""),
        hint="delete the entry",
    )


def expired(waivers: Iterable[Waiver], today: date) -> tuple[Diagnostic, ...]:
    """A warning for each entry whose last day is over. A plan knows no day and never asks."""
    return in_order(
        at(
            waiver.source,
            waiver.span,
            "W702",
            f"the entry for {waiver.code} at {shown_value(waiver.path)} held until {waiver.until}",
            hint="put the finding right and delete the entry, or set another day",
        )
        for waiver in waivers
        if waiver.until is not None and waiver.until < today
    )


# Entries of a config that set known findings aside, made from the findings.
#
# What `init` writes for a repository that it finds, and what a step of a run advises where
# findings stop it, are the same entries.

_MOST = 10
"""So many entries with one code are listed; of more, one glob is advised, but never of guards."""

_FAMILIES = ("E5", "E6", "W5")
_GUARDS = "guards.waive"


@frozen
class ConfigEntry:
    """One entry: its table, the code, the path or glob, and how many findings it is for."""

    table: str
    code: str
    path: str
    count: int = 1

    def lines(self, reason: str) -> list[str]:
        """The entry as lines of TOML."""
        return [
            f"[[{self.table}]]",
            f"path = {toml(self.path)}",
            f"code = {toml(self.code)}",
            f"reason = {toml(reason)}",
        ]


def entries_of(
    findings: Iterable[Diagnostic], root: str, file_names: Sequence[str]
) -> list[ConfigEntry]:
    """An entry for each finding that one can set aside; those of the guards come first.

    `root` is the manifests directory as the `file` of findings begins with it, and
    `file_names` what manifests are called.
    """
    counts: dict[ConfigEntry, int] = {}
    for each in findings:
        if each.file and (each.code in CANON_CODES or each.code.startswith(_FAMILIES)):
            entry = ConfigEntry(_table(each), each.code, _path(each, root, file_names))
            counts[entry] = counts.get(entry, 0) + 1
    ordered = sorted(counts, key=lambda each: (each.table != _GUARDS, each.path, each.code))
    return [evolve(each, count=counts[each]) for each in ordered]


def folded(entries: Sequence[ConfigEntry]) -> list[ConfigEntry]:
    """The same, with one glob for many entries of one code."""
    by_code: dict[str, list[ConfigEntry]] = {}
    for each in entries:
        by_code.setdefault(each.code, []).append(each)
    found: list[ConfigEntry] = []
    for code, same in by_code.items():
        if len(same) <= _MOST or same[0].table == _GUARDS or code in CANON_CODES:
            found += same
        else:
            found.append(ConfigEntry(same[0].table, code, "**", sum(each.count for each in same)))
    return found


def _table(finding: Diagnostic) -> str:
    return _GUARDS if finding.code.startswith("E6") else "baseline"


def _path(finding: Diagnostic, root: str, file_names: Sequence[str]) -> str:
    if finding.code in CANON_CODES:
        return finding.file
    inside = finding.file.removeprefix(f"{root}/") if root else finding.file
    folder, _, name = inside.rpartition("/")
    return (folder or ROOT) if name in file_names else inside


def toml(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False)
