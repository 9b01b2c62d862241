"""The config of a project: `configs/starlang.toml`. See docs/manifests.md.

It may name files inside the project and nothing else: no command, no network, no file
outside of it. Without a config file, the defaults hold.
"""

from os.path import isfile
from pathlib import Path

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.guards import DEFAULT_GUARDS, Guards
from starlang.manifests.toml_text import Table, TomlFile
from starlang.manifests.waivers import CANON_CODES, Waiver
from starlang.text import Source
from starlang.workspace.config_paths import Paths
from starlang.workspace.config_tables import read_guards, read_waivers
from starlang.workspace.files import DISK
from starlang.workspace.inputs import (
    built_in_profiles,
    built_in_schemas,
    read_text,
    schema_path,
)
from starlang.workspace.run_settings import RunSettings, read_run_settings

FILE = Path("configs", "starlang.toml")
"""Where the config of a project lies, relative to its root."""

DEFAULT_PROFILE = "constellation-1.1"


@frozen
class Config:
    """What a project says about itself.

    `root`: the project, absolute. `file`: the config, relative to it, "" if there is none.
    `rules`, `compiled`, `schema`: files, None where not named. `manifests`: the directory.
    `imports`: a file with an import graph, or else `source`: the directory of Python source
    that imports are looked for in.
    `schema_version`: the one that every manifest has to have, "" if any will do.
    `profile`: a built-in name, or a path relative to `root`. `waivers`: the known findings
    about manifests, those of the guards first. `copies` are JSON files that repeat the canon,
    and `canon_known` their known differences. `run` is what the steps of a run go by.
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
    guards: Guards = DEFAULT_GUARDS
    waivers: tuple[Waiver, ...] = field(default=())
    copies: tuple[Path, ...] = ()
    canon_known: tuple[Waiver, ...] = ()
    run: RunSettings = field(factory=RunSettings)


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
    text = read_text(found, name)
    if isinstance(text, Diagnostic):
        return (text,)
    return parse_config(root, Source(name, text))


def find_config(start: Path) -> Path | None:
    """The nearest `configs/starlang.toml` in `start` or a directory above it."""
    start = DISK.resolved(start)
    candidates = (directory / FILE for directory in (start, *start.parents))
    return next((path for path in candidates if isfile(path)), None)  # noqa: PTH113 -- it never raises


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


def _read(root: Path, name: str, table: Table) -> Config:
    project = table.table("project")
    paths = Paths(root, project)
    schema = paths.named("schema", built_in_schemas())
    guards = table.table("guards")
    imports, source = _imports(root, table.table("graph"))
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
        guards=read_guards(guards),
        waivers=(
            *read_waivers(guards, "waive", "E6"),
            *(each for each in known if each.code not in CANON_CODES),
        ),
        copies=Paths(root, table.table("canon")).listed("copies"),
        canon_known=tuple(each for each in known if each.code in CANON_CODES),
        run=read_run_settings(root, table),
    )


def _imports(root: Path, table: Table) -> tuple[Path | None, Path | None]:
    """The import graph, or the source to look for one in; not both."""
    paths = Paths(root, table)
    imports, source = paths.path("imports"), paths.path("source")
    if imports is not None and source is not None:
        message = "`imports` and `source` both say who imports whom"
        hint = "keep one: a file that says it, or the source to find it in"
        table.file.report(table.key_span("source"), "E704", message, hint)
    return imports, source
