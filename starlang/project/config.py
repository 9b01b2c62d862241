"""The config of a project: `configs/starlang.toml`. See docs/manifests.md.

It may name files inside the project and nothing else: no command, no network, no file
outside of it. Without a config file, the defaults hold.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from os.path import isfile, lexists
from pathlib import Path

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, at, in_order
from starlang.manifests.guards import DEFAULT_GUARDS, Guards
from starlang.manifests.waivers import BROKEN, CANON_CODES, MISSING, ROOT, Waiver
from starlang.matching import globs
from starlang.project.files import DISK
from starlang.project.inputs import (
    built_in_profiles,
    built_in_schemas,
    is_file,
    read_text,
    schema_path,
)
from starlang.rules.model import RuleSet
from starlang.text import Source, Span, did_you_mean, shown_value
from starlang.texts.toml import TomlFile, TomlTable

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
        if problem := self._outside(written, path):
            hint = "write a path relative to the project, such as `rules/main.star`"
            self._report(key, "E705", f"{shown_value(written)} {problem}", hint)
        return path

    def listed(self, key: str) -> tuple[Path, ...]:
        """The paths at `key`, an array or a single one, as absolute ones."""
        found = []
        for number, written in enumerate(self._table.texts(key) or ()):
            path = self._root / written
            if problem := self._outside(written, path):
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

    def _outside(self, written: str, path: Path) -> str | None:
        if not written or "\\" in written or "\0" in written:
            return "is not a path with `/` between its parts"
        if Path(written).is_absolute() or written[1:2] == ":":
            return "is an absolute path"
        if ".." in written.split("/"):
            return "leads up with `..`"
        try:
            inside = path.resolve().is_relative_to(self._root)
        except (OSError, RuntimeError):  # links that lead round in circles
            inside = False
        return None if inside else "leads out of the project through a symbolic link"

    def _report(self, key: str, code: str, message: str, hint: str) -> None:
        self._table.file.report(self._table.value_span(key), code, message, hint)


# The guards, waivers and baseline of a config.

_CODE = re.compile(r"[EW][0-9]{3}")
_CHOICES = ("refuse", "allow")


def read_guards(table: TomlTable) -> Guards:
    """The guards that `[guards]` sets; what it does not name keeps its default."""
    return Guards(
        prefixes=_listed(table, "prefixes", DEFAULT_GUARDS.prefixes, _no_directory),
        segments=_listed(table, "segments", DEFAULT_GUARDS.segments, _no_segment),
        uppercase=_refused(table, "uppercase"),
        portable=_refused(table, "unportable"),
        collisions=_refused(table, "collisions"),
        ignore=_listed(table, "ignore", DEFAULT_GUARDS.ignore, globs.problem),
    )


def read_waivers(table: TomlTable, key: str, family: str) -> tuple[Waiver, ...]:
    """The entries `[[key]]`, all of whose codes begin with `family`."""
    return tuple(_waiver(entry, family) for entry in table.tables(key))


def _listed(
    table: TomlTable, key: str, default: tuple[str, ...], problem: Callable[[str], str | None]
) -> tuple[str, ...]:
    values = table.texts(key)
    if values is None:
        return default
    for index, value in enumerate(values):
        if words := problem(value):
            span = table.value_span(key, index)
            table.file.report(span, "E704", f"{shown_value(value)} is not allowed here: {words}")
    return values


def _no_directory(path: str) -> str | None:
    return globs.problem(path) or ("it has a wildcard" if globs.has_wildcard(path) else None)


def _no_segment(name: str) -> str | None:
    return _no_directory(name) or ("it has a `/`" if "/" in name else None)


def _refused(table: TomlTable, key: str) -> bool:
    choice = table.text(key) or _CHOICES[0]
    if choice not in _CHOICES:
        hint = did_you_mean(choice, _CHOICES) or "write `refuse` or `allow`"
        message = f"`{key}` is {shown_value(choice)}, neither `refuse` nor `allow`"
        table.file.report(table.value_span(key), "E704", message, hint)
    return choice == _CHOICES[0]


def _waiver(entry: TomlTable, family: str) -> Waiver:
    path, code, reason = (_required(entry, key) for key in ("path", "code", "reason"))
    if path and (words := globs.problem(path)):
        message = f"{shown_value(path)} is not a path of a module and no glob: {words}"
        entry.file.report(entry.value_span("path"), "E704", message, "correct the path")
    if code and not (_CODE.fullmatch(code) and code.startswith(family)):
        message = f"{shown_value(code)} is not a code{' of a guard' if family else ''}"
        hint = "write a code such as `E602`; codes of other families belong into `[[baseline]]`"
        entry.file.report(entry.value_span("code"), "E704", message, hint)
    until, forbid = entry.day("until"), entry.text("forbid") or ""
    _check_forbid(entry, path, code, forbid)
    return Waiver(path, code, reason, until, forbid, entry.file.source, entry.span)


def _check_forbid(entry: TomlTable, path: str, code: str, forbid: str) -> None:
    """One entry accepts one module and one forbid: what is new is never accepted with it."""
    if code != BROKEN:
        if forbid:
            message = f"`forbid` goes with the code {BROKEN}, and this entry is for {code}"
            hint = f'remove `forbid`, or write `code = "{BROKEN}"`'
            entry.file.report(entry.value_span("forbid"), "E704", message, hint)
        return
    if not forbid and "forbid" not in entry.mistaken:
        hint = 'name the forbid that the module breaks: `forbid = "…"`'
        entry.file.report(entry.span, "E713", "the entry has no `forbid`", hint)
    if globs.has_wildcard(path):
        message = f"{shown_value(path)} is a glob, and a known violation is that of one module"
        hint = "write an entry for each module, with its path"
        entry.file.report(entry.value_span("path"), "E704", message, hint)


_KNOWN = "an entry has `path`, `code` and `reason`: which finding, and why it may stay"
_EXCLUSION = "an entry has `glob` and `reason`: which packages, and why they need no manifest"


def _required(entry: TomlTable, key: str, hint: str = _KNOWN) -> str:
    text = entry.text(key)
    if not (text or "").strip() and key not in entry.mistaken:
        message = f"the entry has no `{key}`"
        entry.file.report(entry.span, "E713", message, hint)
    return text or ""


# What a config says about the guarded run: its canary, its checks, and who may approve.

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

    `protected` are the facets that a run must leave as they are. `contracts` is the directory
    of contracts that manifests refer to, None if there is none. `bands`: the shares that stars
    are to have in the end, by star; they are shown, and stop no run. `no_schema`: why manifests
    are accepted without a schema, "" if they are not. `audit` says where files of the run are.
    """

    percent: int = PERCENT
    critical: tuple[str, ...] = ()
    seed: str = ""
    protected: tuple[str, ...] = PROTECTED
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
        protected=PROTECTED if protected is None else protected,
        contracts=Paths(root, verify).path("contracts"),
        approval=_approval(root, table.table("approval")),
        bands=_bands(accept.table("shares")),
        no_schema=_reason(accept, "no_schema"),
        audit=_audit(root, table.table("audit")),
    )


def _audit(root: Path, table: TomlTable) -> AuditSettings:
    default, paths = AuditSettings(prefix=_prefix(table)), Paths(root, table)
    found = {key: paths.path(key) for key in ("folder", "top")}
    named = {key: path.relative_to(root).as_posix() for key, path in found.items() if path}
    return evolve(default, **named)


def _reason(table: TomlTable, key: str) -> str:
    """A reason, which is more than white space; "" where none is given."""
    text = table.text(key)
    if text is not None and not text.strip():
        hint = f"say why in a sentence, or leave `{key}` out"
        table.file.report(table.value_span(key), "E704", f"`{key}` gives no reason", hint)
    return (text or "").strip()


def unknown_stars(bands: tuple[Band, ...], rules: RuleSet) -> Iterator[Diagnostic]:
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
        if low <= high <= _WHOLE:
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
        message = f"signatures need a `domain`, and {shown_value(domain)} is none"
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
        hint = 'write `own_plan = "refuse"` if nobody may approve a plan of their own'
        table.file.report(table.value_span("own_plan"), "E704", message, hint)
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


# What a config says about coverage.


@frozen
class CoverageSettings:
    """Which packages are to have manifests, and how many of them, in percent, None for any.

    `source`: the directory that the paths of packages are relative to, None for that of the
    graph, or else the project. `exclude`: entries whose `path` is a glob of packages.
    """

    source: Path | None = None
    at_least: Decimal | None = None
    exclude: tuple[Waiver, ...] = ()


def _coverage(root: Path, table: TomlTable) -> CoverageSettings:
    return CoverageSettings(
        source=Paths(root, table).path("source"),
        at_least=_percent(table, "at_least"),
        exclude=tuple(_exclusion(entry) for entry in table.tables("exclude")),
    )


def _percent(table: TomlTable, key: str) -> Decimal | None:
    found = table.number(key)
    if found is not None and not 0 <= found <= _WHOLE:
        message = f"`{key}` is {found}, and not a share from 0 to 100 percent"
        table.file.report(table.value_span(key), "E704", message, f"write `{key} = 99`")
    return found


def _exclusion(entry: TomlTable) -> Waiver:
    glob, reason = (_required(entry, key, _EXCLUSION) for key in ("glob", "reason"))
    if glob and glob != ROOT and (words := globs.problem(glob)):
        message = f"{shown_value(glob)} is not a path of a package and no glob: {words}"
        entry.file.report(entry.value_span("glob"), "E704", message, "correct the glob")
    return Waiver(
        glob, MISSING, reason, entry.day("until"), source=entry.file.source, span=entry.span
    )


FILE = Path("configs", "starlang.toml")
"""Where the config of a project lies, relative to its root."""

DEFAULT_PROFILE = "constellation-1.1"


@frozen
class Config:
    """What a project says about itself.

    `root`: the project, absolute. `file`: the config, relative to it, "" if there is none.
    `rules`, `compiled`, `schema`: files, None where not named. `manifests`: the directory.
    `imports`: a file with an import graph, or else `source`: the directory of Python source
    that imports are looked for in; with `type_checking` those under `if TYPE_CHECKING:` count.
    `schema_version`: the one that every manifest has to have, "" if any will do.
    `profile`: a built-in name, or a path relative to `root`. `waivers`: the known findings
    about manifests, those of the guards first. `copies` are JSON files that repeat the canon,
    and `canon_known` their known differences. `run` is what the steps of a run go by.
    `coverage` is which packages are to have manifests.
    """

    root: Path
    manifests: Path
    file: str = ""
    rules: Path | None = None
    compiled: Path | None = None
    schema: Path | None = None
    schema_version: str = ""
    profile: str = DEFAULT_PROFILE
    imports: Path | None = None
    source: Path | None = None
    type_checking: bool = True
    guards: Guards = DEFAULT_GUARDS
    waivers: tuple[Waiver, ...] = field(default=())
    copies: tuple[Path, ...] = ()
    canon_known: tuple[Waiver, ...] = ()
    run: RunSettings = field(factory=RunSettings)
    coverage: CoverageSettings = field(factory=CoverageSettings)


def load_config(start: Path, explicit: Path | None = None) -> Config | tuple[Diagnostic, ...]:
    """The config found from the directory `start` upward, or in the file `explicit`.

    Without one, the defaults for a project at `start`. All mistakes of the file at once.
    """
    found = explicit or find_config(start)
    if found is None:
        root = DISK.resolved(start)
        return Config(root=root, manifests=root / "manifests")
    root = project_root(found)
    name = _name(DISK.resolved(found), root)
    # It may be a link to a device, a place that nobody has named.
    text = read_text(found, name if explicit or isfile(found) else FILE.as_posix())  # noqa: PTH113 -- it never raises
    if isinstance(text, Diagnostic):
        return (text,)
    return parse_config(root, Source(name, text))


def find_config(start: Path) -> Path | None:
    """The nearest `configs/starlang.toml` in `start` or a directory above it."""
    start = DISK.resolved(start)
    candidates = (directory / FILE for directory in (start, *start.parents))
    # What lies there is the config, whatever it is: a directory must not pass for "no config".
    return next((path for path in candidates if lexists(path)), None)  # it never raises


def project_root(config: Path) -> Path:
    """The project that a config file belongs to: the directory above `configs/`, or its own."""
    directory = DISK.resolved(config).parent
    return directory.parent if directory.name == FILE.parent.name else directory


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def parse_config(root: Path, source: Source) -> Config | tuple[Diagnostic, ...]:
    """The config that `source` is the text of, or all its mistakes."""
    file = TomlFile(source)
    table = file.root()
    config = _read(root, source.name, table) if table else None
    file.close()
    if config is None or file.problems:
        return in_order(file.problems)
    return config


def _read(root: Path, name: str, table: TomlTable) -> Config:
    project = table.table("project")
    paths = Paths(root, project)
    schema = paths.named("schema", built_in_schemas())
    guards = table.table("guards")
    relating = table.table("graph")
    imports, source = _imports(root, relating)
    known = read_waivers(table, "baseline", "")
    return Config(
        root=root,
        file=name,
        manifests=paths.path("manifests") or root / "manifests",
        rules=paths.path("rules"),
        compiled=paths.path("compiled"),
        schema=schema_path(schema, root) if schema else None,
        schema_version=project.text("schema_version") or "",
        profile=paths.named("profile", built_in_profiles()) or DEFAULT_PROFILE,
        imports=imports,
        source=source,
        type_checking=relating.flag("type_checking", default=True),
        guards=read_guards(guards),
        waivers=(
            *read_waivers(guards, "waive", "E6"),
            *(each for each in known if each.code not in CANON_CODES),
        ),
        copies=Paths(root, table.table("canon")).listed("copies"),
        canon_known=tuple(each for each in known if each.code in CANON_CODES),
        run=read_run_settings(root, table),
        coverage=_coverage(root, table.table("coverage")),
    )


def _imports(root: Path, table: TomlTable) -> tuple[Path | None, Path | None]:
    """The import graph, or the source to look for one in; not both."""
    paths = Paths(root, table)
    imports, source = paths.path("imports"), paths.path("source")
    if imports is not None and source is not None:
        message = "`imports` and `source` both say who imports whom"
        hint = "keep one: a file that says it, or the source to find it in"
        table.file.report(table.key_span("source"), "E704", message, hint)
    return imports, source
