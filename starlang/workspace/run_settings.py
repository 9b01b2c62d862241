"""What a config says about the guarded run: its canary, its checks, and who may approve."""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic, at
from starlang.manifests.toml_text import Table
from starlang.manifests.wording import shown
from starlang.matching import globs
from starlang.rulesets.model import RuleSet
from starlang.text import Source, Span, did_you_mean
from starlang.workspace.config_paths import Paths

PERCENT = 10
PROTECTED = ("owner", "tier", "contract")
DAYS = 7

_MOST_DAYS = 90
_PREFIX = re.compile(r"\w[\w.-]{0,63}")
_WHOLE = 100
_BAND = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)% to ([0-9]{1,3}(?:\.[0-9]{1,6})?)%")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@frozen
class ApprovalSettings:
    """Who may approve, and for how long.

    `signers`: a file of allowed signers, relative to the project, "" if signatures are not
    asked for. `domain` goes into the namespace of signatures. `days`: how long an approval holds
    at most. `bind_branch`: whether it holds on the branch alone that it was made on.
    `refuses_own`: whether the maker of a plan may not approve it, where nothing is signed.
    """

    signers: str = ""
    domain: str = ""
    days: int = DAYS
    bind_branch: bool = False
    refuses_own: bool = False


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
class RunSettings:
    """What the steps of a run go by.

    `percent` (1 to 100) of all manifests are the canary, and of those that change: of each
    directory at the top at least one, and of each prefix of `critical`. `seed` chooses which.

    `protected` are the facets that a run must leave as they are. `contracts` is the directory
    of contracts that manifests refer to, None if there is none. `bands`: the shares that stars
    are to have in the end, by star; they are shown, and stop no run. `prefix`: what files of the
    run begin with, "" for the name of the rule set.
    """

    percent: int = PERCENT
    critical: tuple[str, ...] = ()
    seed: str = ""
    protected: tuple[str, ...] = PROTECTED
    contracts: Path | None = None
    approval: ApprovalSettings = field(factory=ApprovalSettings)
    bands: tuple[Band, ...] = ()
    prefix: str = ""


def read_run_settings(root: Path, table: Table) -> RunSettings:
    """The tables `[canary]`, `[verify]`, `[approval]`, `[accept]` and `[audit]`."""
    canary, verify = table.table("canary"), table.table("verify")
    protected = verify.texts("protected")
    return RunSettings(
        percent=_whole(canary, "percent", PERCENT, 100),
        critical=_prefixes(canary),
        seed=canary.text("seed") or "",
        protected=PROTECTED if protected is None else protected,
        contracts=Paths(root, verify).path("contracts"),
        approval=_approval(root, table.table("approval")),
        prefix=_prefix(table.table("audit")),
        bands=_bands(table.table("accept").table("shares")),
    )


def unknown_stars(bands: tuple[Band, ...], rules: RuleSet) -> Iterator[Diagnostic]:
    """A finding for each band of a star that the rules do not have."""
    known = [star.id for star in rules.stars]
    for band in bands:
        if band.star not in known:
            hint = did_you_mean(band.star, known) or f"the rules have {', '.join(known)}"
            message = f"`{band.star}` is not a star of the rules"
            yield at(band.source, band.span, "E715", message, hint=hint)


def _bands(table: Table) -> tuple[Band, ...]:
    found = []
    for star in table.keys():  # noqa: SIM118 -- a table is no mapping
        text = table.text(star)
        match = _BAND.fullmatch(text or "")
        low, high = (
            (Fraction(match[1]), Fraction(match[2])) if match else (Fraction(1), Fraction(0))
        )
        if low <= high <= _WHOLE:
            found.append(Band(star, low, high, table.file.source, table.key_span(star)))
        elif text is not None:
            message = f"{shown(text)} is not a band of shares"
            hint = "write two percentages, the lower one first, such as `12% to 15%`"
            table.file.report(table.value_span(star), "E704", message, hint)
    return tuple(sorted(found, key=lambda band: band.star))


def prefix_problem(name: str) -> bool:
    """Whether files cannot be called after `name`: 1 to 64 letters, digits, `_`, `-` and `.`."""
    return _PREFIX.fullmatch(name) is None


def _prefix(table: Table) -> str:
    found = table.text("prefix")
    if found is not None and prefix_problem(found):
        message = f"{shown(found)} cannot begin the name of a file"
        hint = "write 1 to 64 letters, digits, `_`, `-` and `.`, such as `phase4`"
        table.file.report(table.value_span("prefix"), "E704", message, hint)
    return found or ""


def _prefixes(table: Table) -> tuple[str, ...]:
    found = tuple(each.rstrip("/") for each in table.texts("critical") or ())
    for number, prefix in enumerate(found):
        words = globs.problem(prefix) or (
            "it has a wildcard" if globs.has_wildcard(prefix) else None
        )
        if words:
            span = table.value_span("critical", number)
            hint = "write the path of a directory, such as `core` or `memory/fold`"
            table.file.report(span, "E704", f"{shown(prefix)} is no prefix: {words}", hint)
    return found


def _approval(root: Path, table: Table) -> ApprovalSettings:
    signers = table.text("signers") or ""
    domain = table.text("domain") or ""
    if signers:
        Paths(root, table).path("signers")
    if signers and not _DOMAIN.fullmatch(domain):
        span = table.value_span("domain") if domain else table.span
        message = f"signatures need a `domain`, and {shown(domain)} is none"
        hint = 'write your own, such as `domain = "example.org"`: no other use of a key counts'
        table.file.report(span, "E704", message, hint)
    days = _whole(table, "days", DAYS, _MOST_DAYS)
    bind_branch = table.flag("bind_branch", default=False)
    return ApprovalSettings(signers, domain, days, bind_branch, _refuses_own(table))


def _refuses_own(table: Table) -> bool:
    found = table.text("own_plan") or "warn"
    if found not in {"warn", "refuse"}:
        message = f'`own_plan` is {shown(found)}, and not "warn" or "refuse"'
        hint = 'write `own_plan = "refuse"` if nobody may approve a plan of their own'
        table.file.report(table.value_span("own_plan"), "E704", message, hint)
    return found == "refuse"


def _whole(table: Table, key: str, default: int, most: int) -> int:
    found = table.number(key)
    if found is None:
        return default
    if found != int(found) or not 1 <= found <= most:
        message = f"`{key}` is {found}, and no whole number from 1 to {most}"
        table.file.report(table.value_span(key), "E704", message, f"write {default}")
        return default
    return int(found)
