"""The config of a project: `configs/starlang.toml`. See docs/manifests.md.

It may name files inside the project and nothing else: no command, no network, no file
outside of it. Without a config file, the defaults hold.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from os.path import isfile, lexists
from pathlib import Path

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.guards import DEFAULT_GUARDS, Guards
from starlang.manifests.waivers import BROKEN, CANON_CODES, MISSING, ROOT, Waiver
from starlang.matching import globs
from starlang.project.files import DISK, Files
from starlang.project.inputs import (
    built_in_profiles,
    built_in_schemas,
    read_text,
    schema_path,
)
from starlang.project.manifest_files import MIRRORED, OWN, Layout
from starlang.project.settings import LED_OUT, WHOLE, Paths, RunSettings, outside, read_run_settings
from starlang.project.severities import Severities, read_severities
from starlang.text import Source, did_you_mean, shown_value
from starlang.texts.toml import TomlFile, TomlTable

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
        table.file.report(table.value_span(key), "E704", message, hint, _CHOICES)
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
    if found is not None and not 0 <= found <= WHOLE:
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
    `rules`, `compiled`, `schema`: files, None where not named. `manifests`: the directory that
    paths of modules are relative to, and `layout` which manifests below it count.
    `imports`: a file with an import graph, or else `source`: the directory of Python source
    that imports are looked for in; with `type_checking` those under `if TYPE_CHECKING:` count.
    `roots`: globs of directories, relative to the source, that imports begin at beside it.
    `schema_version`: the one that every manifest has to have, "" if any will do.
    `profile`: a built-in name, or a path relative to `root`. `waivers`: the known findings
    about manifests, those of the guards first. `copies` are JSON files that repeat the canon,
    and `canon_known` their known differences. `run` is what the steps of a run go by.
    `coverage` is which packages are to have manifests. `severities`: how much findings weigh.
    """

    root: Path
    manifests: Path
    layout: Layout = MIRRORED
    file: str = ""
    rules: Path | None = None
    compiled: Path | None = None
    schema: Path | None = None
    schema_version: str = ""
    profile: str = DEFAULT_PROFILE
    imports: Path | None = None
    source: Path | None = None
    type_checking: bool = True
    roots: tuple[str, ...] = ()
    guards: Guards = DEFAULT_GUARDS
    waivers: tuple[Waiver, ...] = field(default=())
    copies: tuple[Path, ...] = ()
    canon_known: tuple[Waiver, ...] = ()
    run: RunSettings = field(factory=RunSettings)
    coverage: CoverageSettings = field(factory=CoverageSettings)
    severities: Severities = field(factory=Severities)


def load_config(
    start: Path, explicit: Path | None = None, port: Files = DISK
) -> Config | tuple[Diagnostic, ...]:
    """The config found from the directory `start` upward, or in the file `explicit`.

    Without one, the defaults for a project at `start`. All mistakes of the file at once.
    """
    found = explicit or find_config(start)
    if found is None:
        root = DISK.resolved(start)
        return Config(root=root, manifests=root / "manifests")
    root = project_root(found)
    real = DISK.resolved(found)
    name = _name(real, root)
    # It may be a link to a device, a place that nobody has named.
    shown_name = name if explicit or isfile(found) else FILE.as_posix()  # noqa: PTH113 -- it never raises
    text = read_text(found, shown_name, port)
    if isinstance(text, Diagnostic):
        return (text,)
    if not real.is_relative_to(root):
        return (_led_out(FILE.as_posix() if found.name == FILE.name else found.name),)
    return parse_config(root, Source(name, text))


def find_config(start: Path) -> Path | None:
    """The nearest `configs/starlang.toml` in `start` or a directory above it."""
    start = DISK.resolved(start)
    candidates = (directory / FILE for directory in (start, *start.parents))
    # What lies there is the config, whatever it is: a directory must not pass for "no config".
    return next((path for path in candidates if lexists(path)), None)  # it never raises


def project_root(config: Path) -> Path:
    """The project that a config file belongs to: the directory above `configs/`, or its own.

    It is where the config is named. Where links lead, from a checkout of somebody else, could be
    another project, whose files would be laid out, fixed and rewritten in its stead.
    """
    with suppress(OSError):  # the working directory is gone
        config = config.absolute()
    directory = config.parent
    return DISK.resolved(directory.parent if directory.name == FILE.parent.name else directory)


def _led_out(name: str) -> Diagnostic:
    return Diagnostic(
        code="E705",
        message=f"`{name}` {LED_OUT}",
        file=name,
        hint="put the file itself there, or name the config of the other project with `--config`",
    )


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
    base, layout = _layout(root, project)
    relating = table.table("graph")
    imports, source = _imports(root, relating)
    known = read_waivers(table, "baseline", "")
    return Config(
        root=root,
        file=name,
        manifests=root / base,
        layout=layout,
        rules=paths.path("rules"),
        compiled=paths.path("compiled"),
        schema=schema_path(schema, root) if schema else None,
        schema_version=project.text("schema_version") or "",
        profile=paths.named("profile", built_in_profiles()) or DEFAULT_PROFILE,
        imports=imports,
        source=source,
        type_checking=relating.flag("type_checking", default=True),
        roots=_roots(root, relating),
        guards=_with_own(read_guards(guards), layout),
        waivers=(
            *read_waivers(guards, "waive", "E6"),
            *(each for each in known if each.code not in CANON_CODES),
        ),
        copies=Paths(root, table.table("canon")).listed("copies"),
        canon_known=tuple(each for each in known if each.code in CANON_CODES),
        run=read_run_settings(root, table),
        coverage=_coverage(root, table.table("coverage")),
        severities=read_severities(table.table("severity")),
    )


_ROOTS = ("module", "skip")


def _layout(root: Path, table: TomlTable) -> tuple[str, Layout]:
    """The directory that paths of modules are relative to, and which manifests below it count."""
    choice = table.text("root") or _ROOTS[0]
    if choice not in _ROOTS:
        hint = did_you_mean(choice, _ROOTS) or 'write "module" or "skip"'
        message = f'`root` is {shown_value(choice)}, neither "module" nor "skip"'
        table.file.report(table.value_span("root"), "E704", message, hint, _ROOTS)
    given = table.texts("manifests")
    skips_root = choice == "skip"
    if given is not None and not given:
        message = "`manifests` names no directory"
        table.file.report(
            table.value_span("manifests"), "E704", message, 'write `manifests = "manifests"`'
        )
    if not given:
        return "manifests", Layout(skips_root=skips_root)
    for number, written in enumerate(given):
        _check_root(root, table, written, number)
    if len(given) == 1 and not globs.has_wildcard(given[0]):
        is_project = not given[0].strip("./")
        return given[0], Layout(skips_root=skips_root, asks_git=is_project)
    roots = tuple(sorted({each.rstrip("/") for each in given}))
    if "." in roots:
        return ".", Layout(skips_root=skips_root, asks_git=True)
    return ".", Layout(roots, skips_root=skips_root, asks_git=True)


def _roots(root: Path, table: TomlTable) -> tuple[str, ...]:
    """Where imports begin: directories or globs of them."""
    given = table.texts("roots") or ()
    for number, written in enumerate(given):
        _check_root(root, table, written, number, "roots")
    return tuple(sorted({each.strip("/") for each in given} - {"."}))


def _check_root(
    root: Path, table: TomlTable, written: str, number: int, key: str = "manifests"
) -> None:
    """Reports a directory that leads out of the project, or no valid glob."""
    problem = outside(root, written)
    if problem is None and globs.has_wildcard(written):
        words = globs.problem(written)
        problem = f"is not a valid glob: {words}" if words else None
    if problem:
        span = table.value_span(key, number)
        what = "project" if key == "manifests" else "source"
        hint = f"write a directory relative to the {what}, such as `packages` or `apps/*`"
        table.file.report(span, "E705", f"{shown_value(written)} {problem}", hint)


def _with_own(guards: Guards, layout: Layout) -> Guards:
    """The guards, which leave out what a run keeps where manifests lie beside it."""
    return evolve(guards, ignore=(*guards.ignore, *OWN)) if layout.asks_git else guards


def _imports(root: Path, table: TomlTable) -> tuple[Path | None, Path | None]:
    """The import graph, or the source to look for one in; not both."""
    paths = Paths(root, table)
    imports, source = paths.path("imports"), paths.path("source")
    if imports is not None and source is not None:
        message = "`imports` and `source` both say who imports whom"
        hint = "keep one: a file that says it, or the source to find it in"
        table.file.report(table.key_span("source"), "E704", message, hint)
    return imports, source
