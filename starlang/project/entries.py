"""Entries of a config that set known findings aside, made from the findings.

What `init` writes for a repository that it finds, and what a step of a run advises where
findings stop it, are the same entries.
"""

import json
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.waivers import CANON_CODES

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


def entries_of(findings: Iterable[Diagnostic], root: str, file_name: str) -> list[ConfigEntry]:
    """An entry for each finding that one can set aside; those of the guards come first.

    `root` is the manifests directory as the `file` of findings begins with it, and
    `file_name` what manifests are called.
    """
    counts: dict[ConfigEntry, int] = {}
    for each in findings:
        if each.file and (each.code in CANON_CODES or each.code.startswith(_FAMILIES)):
            entry = ConfigEntry(_table(each), each.code, _path(each, root, file_name))
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


def _path(finding: Diagnostic, root: str, file_name: str) -> str:
    if finding.code in CANON_CODES:
        return finding.file
    inside = finding.file.removeprefix(f"{root}/") if root else finding.file
    return inside.removesuffix(f"/{file_name}")


def toml(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False)
