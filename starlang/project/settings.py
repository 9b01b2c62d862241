"""What a config says about the guarded run, and how it names files."""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, at
from starlang.matching import globs
from starlang.project.inputs import is_file
from starlang.text import Source, Span, did_you_mean, shown_value
from starlang.texts.toml import TomlTable

if TYPE_CHECKING:
    from starlang.rules.model import RuleSet

# Paths in a config: relative, with `/`, and inside the project wherever links lead.


class Paths:
    """Reads the paths of one table."""

    def __init__(self, root: Path, table: TomlTable) -> None:
        self._root = root
        self._table = table

    def path(self, key: str) -> Path | None:
        """The path at `key` as an absolute one, or None; one out of the project is reported."""
        written = self._table.text(key)
        if written is None:
            return None
        path = self._root / written
        if problem := outside(self._root, written):
            hint = "write a path relative to the project, such as `rules/main.star`"
            self._report(key, "E705", f"{shown_value(written)} {problem}", hint)
        return path

    def listed(self, key: str) -> tuple[Path, ...]:
        """The paths at `key`, an array or a single one, as absolute ones."""
        found = []
        for number, written in enumerate(self._table.texts(key) or ()):
            path = self._root / written
            if problem := outside(self._root, written):
                hint = "write a path relative to the project, such as `star_canon.json`"
                span = self._table.value_span(key, number)
                self._table.file.report(span, "E705", f"{shown_value(written)} {problem}", hint)
            found.append(path)
        return tuple(found)

    def named(self, key: str, known: tuple[str, ...]) -> str | None:
        """The name of something built in, or the path of a file, as it is written."""
        written = self._table.text(key)
        if written is None or written in known:
            return written
        if is_file(written):
            self.path(key)
        else:
            nearest = did_you_mean(written, known)
            message = f"there is no built-in {key} {shown_value(written)}"
            hint = nearest or f"built in: {', '.join(known)}; a file has a `/` in its path"
            self._report(key, "E714", message, hint)
        return written

    def _report(self, key: str, code: str, message: str, hint: str) -> None:
        self._table.file.report(self._table.value_span(key), code, message, hint)


LED_OUT = "leads out of the project through a symbolic link"


def outside(root: Path, written: str) -> str | None:
    """Why `written` does not name something inside the project at `root`, or None."""
    if not written or "\\" in written or "\0" in written:
        return "is not a path with `/` between its parts"
    if Path(written).is_absolute() or written[1:2] == ":":
        return "is an absolute path"
    if ".." in written.split("/"):
        return "leads up with `..`"
    try:
        inside = (root / written).resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return "is a symbolic link that leads back to itself"
    return None if inside else LED_OUT


# What a config says about the guarded run: its canary, its checks, and who may approve.

PERCENT = 10
PROTECTED = ("owner", "tier", "contract")
"""The facets that are usually protected, as far as the profile has them."""
DAYS = 7

_MOST_DAYS = 90
_PREFIX = re.compile(r"\w[\w.-]{0,63}")
WHOLE = 100
"""Percent."""
_BAND = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)% to ([0-9]{1,3}(?:\.[0-9]{1,6})?)%")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@frozen
class ApprovalSettings:
    """Who may approve, and for how long.

    `signers`: a file of allowed signers, relative to the project, "" if signatures are not
    asked for. `domain` goes into the namespace of signatures. `days`: how long an approval holds
    at most. `bind_branch`: whether it holds on the branch alone that it was made on.
    `refuses_own`: whether the maker of a plan may not approve it, where nothing is signed.
    `merge`: whether the final tree needs an approval of its own, by somebody else.
    """

    signers: str = ""
    domain: str = ""
    days: int = DAYS
    bind_branch: bool = False
    refuses_own: bool = False
    merge: bool = False


@frozen
class Band:
    """The share of modules that is to carry `star`, in percent, both ends included.

    `span` is the key in `source`, the config.
    """

    star: str
    low: Fraction
    high: Fraction
    source: Source = field(eq=False, repr=False)
    span: Span = field(eq=False, repr=False)


@frozen
class AuditSettings:
    """Where the files of a run are, for people and auditors; paths are relative to the project.

    `prefix`: what their names begin with, "" for the name of the rule set. `folder`: where they
    lie. `top`: the document that has the figures between two markers.
    """

    prefix: str = ""
    folder: str = "docs/audits"
    top: str = "docs/CONSTELLATION_TOP.md"


@frozen
class RunSettings:
    """What the steps of a run go by.

    `percent` (1 to 100) of all manifests are the canary, and of those that change: of each
    directory at the top at least one, and of each prefix of `critical`. `seed` chooses which.

    `protected` are the facets that a run must leave as they are, None where the config does not
    say which. `contracts` is the directory of contracts that manifests refer to, None if there is
    none. `bands`: the shares that stars are to have in the end, by star; they are shown, and stop
    no run. `no_schema`: why manifests are accepted without a schema, "" if they are not. `audit`
    says where files of the run are.
    """

    percent: int = PERCENT
    critical: tuple[str, ...] = ()
    seed: str = ""
    protected: tuple[str, ...] | None = None
    contracts: Path | None = None
    approval: ApprovalSettings = field(factory=ApprovalSettings)
    bands: tuple[Band, ...] = ()
    no_schema: str = ""
    audit: AuditSettings = field(factory=AuditSettings)


def read_run_settings(root: Path, table: TomlTable) -> RunSettings:
    """The tables `[canary]`, `[verify]`, `[approval]`, `[accept]` and `[audit]`."""
    canary, verify, accept = (table.table(each) for each in ("canary", "verify", "accept"))
    protected = verify.texts("protected")
    return RunSettings(
        percent=_whole(canary, "percent", PERCENT, 100),
        critical=_prefixes(canary),
        seed=canary.text("seed") or "",
        protected=protected,
        contracts=Paths(root, verify).path("contracts"),
        approval=_approval(root, table.table("approval")),
        bands=_bands(accept.table("shares")),
        no_schema=_reason(accept, "no_schema"),
        audit=_audit(root, table.table("audit")),
    )


def _audit(root: Path, table: TomlTable) -> AuditSettings:
    default, paths = AuditSettings(prefix=_prefix(table)), Paths(root, table)
    found = {key: paths.path(key) for key in ("folder", "top")}
    inside = {key: path for key, path in found.items() if path and path.is_relative_to(root)}
    named = {key: path.relative_to(root).as_posix() for key, path in inside.items()}
    return evolve(default, **named)


def _reason(table: TomlTable, key: str) -> str:
    """A reason, which is more than white space; "" where none is given."""
    text = table.text(key)
    if text is not None and not text.strip():
        hint = f"say why in a sentence, or leave `{key}` out"
        table.file.report(table.value_span(key), "E704", f"`{key}` gives no reason", hint)
    return (text or "").strip()


def unknown_stars(bands: tuple[Band, ...], rules: "RuleSet") -> Iterator[Diagnostic]:
    """A finding for each band of a star that the rules do not have."""
    known = [star.id for star in rules.stars]
    for band in bands:
        if band.star not in known:
            hint = did_you_mean(band.star, known) or f"the rules have {', '.join(known)}"
            message = f"`{band.star}` is not a star of the rules"
            yield at(band.source, band.span, "E715", message, hint=hint)


def _bands(table: TomlTable) -> tuple[Band, ...]:
    found = []
    for star in table.keys():  # noqa: SIM118 -- a table is not a mapping
        text = table.text(star)
        match = _BAND.fullmatch(text or "")
        low, high = (
            (Fraction(match[1]), Fraction(match[2])) if match else (Fraction(1), Fraction(0))
        )
        if low <= high <= WHOLE:
            found.append(Band(star, low, high, table.file.source, table.key_span(star)))
        elif text is not None:
            message = f"{shown_value(text)} is not a band of shares"
            hint = "write two percentages, the lower one first, such as `12% to 15%`"
            table.file.report(table.value_span(star), "E704", message, hint)
    return tuple(sorted(found, key=lambda band: band.star))


def prefix_problem(name: str) -> bool:
    """Whether files cannot be called after `name`: 1 to 64 letters, digits, `_`, `-` and `.`."""
    return _PREFIX.fullmatch(name) is None


def _prefix(table: TomlTable) -> str:
    found = table.text("prefix")
    if found is not None and prefix_problem(found):
        message = f"{shown_value(found)} cannot begin the name of a file"
        hint = "write 1 to 64 letters, digits, `_`, `-` and `.`, such as `phase4`"
        table.file.report(table.value_span("prefix"), "E704", message, hint)
    return found or ""


def _prefixes(table: TomlTable) -> tuple[str, ...]:
    found = tuple(each.rstrip("/") for each in table.texts("critical") or ())
    for number, prefix in enumerate(found):
        words = globs.problem(prefix) or (
            "it has a wildcard" if globs.has_wildcard(prefix) else None
        )
        if words:
            span = table.value_span("critical", number)
            hint = "write the path of a directory, such as `core` or `memory/fold`"
            table.file.report(
                span, "E704", f"{shown_value(prefix)} is not a valid prefix: {words}", hint
            )
    return found


def _approval(root: Path, table: TomlTable) -> ApprovalSettings:
    signers = table.text("signers") or ""
    domain = table.text("domain") or ""
    if signers:
        Paths(root, table).path("signers")
    if signers and not _DOMAIN.fullmatch(domain):
        span = table.value_span("domain") if domain else table.span
        message = f"signatures need a `domain`, and {shown_value(domain)} is not a valid one"
        hint = 'write your own, such as `domain = "example.org"`: no other use of a key counts'
        table.file.report(span, "E704", message, hint)
    days = _whole(table, "days", DAYS, _MOST_DAYS)
    bind_branch = table.flag("bind_branch", default=False)
    merge = table.flag("merge", default=False)
    return ApprovalSettings(signers, domain, days, bind_branch, _refuses_own(table), merge)


def _refuses_own(table: TomlTable) -> bool:
    found = table.text("own_plan") or "warn"
    if found not in {"warn", "refuse"}:
        message = f'`own_plan` is {shown_value(found)}, and not "warn" or "refuse"'
        hint = "nobody may approve a plan of their own if it is `refuse`, and `warn` only says so"
        choices = ("warn", "refuse")
        table.file.report(table.value_span("own_plan"), "E704", message, hint, choices)
    return found == "refuse"


def _whole(table: TomlTable, key: str, default: int, most: int) -> int:
    found = table.number(key)
    if found is None:
        return default
    if found != int(found) or not 1 <= found <= most:
        message = f"`{key}` is {found}, and no whole number from 1 to {most}"
        table.file.report(table.value_span(key), "E704", message, f"write {default}")
        return default
    return int(found)
