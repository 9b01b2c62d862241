"""How much findings weigh: what a config says about codes and forbids, and what fails a command.

The first letter of a code says what a finding means: with an error nothing is decided, or nothing
may be applied. No config changes that, so an error stays one. What a project may choose is what
makes a command fail in continuous integration: any warning can be raised. Lowering one hides it
from whoever looks at failures alone, so that takes a reason, which stays in the config; and nothing
can be switched off. A broken forbid is an error by decision of whoever wrote the forbid, so the
project may lower it by its name, with a reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, Severity, at
from starlang.manifests.waivers import BROKEN
from starlang.project.files import data_path
from starlang.text import Source, Span, did_you_mean, shown_value
from starlang.texts.toml import TomlTable

if TYPE_CHECKING:
    from starlang.rules.model import RuleSet

LEVELS = tuple(each.value for each in Severity)
"""From the one that weighs most."""

_FORBID = "forbid"
"""The table inside of `[severity]` whose keys are names of forbids."""


@frozen
class Severities:
    """The levels that a config gives to codes, and to forbids by their names.

    `places` are where the forbids are named in `source`, the config.
    """

    codes: Mapping[str, Severity] = field(factory=dict)
    forbids: Mapping[str, Severity] = field(factory=dict)
    places: Mapping[str, Span] = field(factory=dict, eq=False, repr=False)
    source: Source = field(eq=False, repr=False, default=Source("", ""))

    def weighed(self, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """The findings with the levels that the config gives them."""
        return tuple(map(self._weighed, found))

    def _weighed(self, finding: Diagnostic) -> Diagnostic:
        level = self.forbids.get(finding.forbid) if finding.forbid else None
        level = level or self.codes.get(finding.code)
        return finding if level is None else evolve(finding, level=level)

    def unknown(self, rules: "RuleSet") -> Iterator[Diagnostic]:
        """A finding for each forbid that is named and that the rules do not have."""
        known = [each.name for each in rules.forbids]
        for name in self.forbids:
            if name not in known:
                hint = did_you_mean(name, known) or "remove the line, or correct the name"
                message = f"the rules have no forbid {shown_value(name)}"
                yield at(self.source, self.places[name], "E748", message, hint=hint)


def failing(found: Iterable[Diagnostic], level: str) -> list[Diagnostic]:
    """The findings that weigh as much as `level`, or more."""
    counting = LEVELS[: LEVELS.index(level) + 1]
    return [each for each in found if each.severity.value in counting]


def read_severities(table: TomlTable) -> Severities:
    """The table `[severity]`: a code for each key, and a table for forbids."""
    named = table.table(_FORBID)
    codes = _levels(table, [key for key in table.keys() if key != _FORBID], "")  # noqa: SIM118 -- a table is not a mapping
    forbids = _levels(named, named.keys(), BROKEN)
    places = {name: named.key_span(name) for name in forbids}
    return Severities(codes, forbids, places, table.file.source)


def _levels(table: TomlTable, keys: Iterable[str], code: str) -> dict[str, Severity]:
    """The levels at `keys`, which name forbids of `code`, or codes where that is ""."""
    return {key: level for key in keys if (level := _level(table, key, code))}


def _level(table: TomlTable, key: str, code: str) -> Severity | None:
    """The level at `key`, None where that cannot be so, which is reported."""
    if not code and not _is_code(key):
        message = f"there is no code {shown_value(key)}"
        hint = "`starlang codes` lists all of them"
        table.file.report(table.key_span(key), "E748", message, hint)
    reason, entry, at_key = "", table, key
    if table.is_table(key):
        entry, at_key = table.table(key), "level"
        reason = (entry.text("reason") or "").strip()
    written = entry.text(at_key)
    if written not in LEVELS:
        if at_key not in entry.mistaken:
            message = f"{shown_value(written or '')} is not a severity"
            hint = did_you_mean(written or "", LEVELS) or f"write one of {', '.join(LEVELS)}"
            span = entry.value_span(at_key) if written is not None else table.value_span(key)
            table.file.report(span, "E704", message, hint, LEVELS if written is not None else ())
        return None
    level = Severity(written)
    if problem := _lowering(code or key, level, reason, by_name=bool(code)):
        message, hint = problem
        table.file.report(table.value_span(key), "E747", message, hint)
        return None
    return level


def _lowering(code: str, level: Severity, reason: str, *, by_name: bool) -> tuple[str, str] | None:
    """Why a code may not be lowered to `level`, and the way out; None where it may or is not."""
    own = Diagnostic(code=code, message="").severity
    if LEVELS.index(level) <= LEVELS.index(own):
        return None
    if own is Severity.ERROR and not by_name:
        if code == BROKEN:
            hint = "name the forbid under `[severity.forbid]`, or a known module in `[[baseline]]`"
        else:
            hint = "remove the line; a finding about one manifest can go into `[[baseline]]`"
        return f"{code} is an error, and errors cannot be lowered", hint
    if not reason:
        hint = f'say why: `{{ level = "{level}", reason = "…" }}`'
        return f"a severity is lowered to `{level}` without a reason", hint
    return None


def _is_code(key: str) -> bool:
    return key.isalnum() and data_path("docs", "codes", f"{key}.md").is_file()
