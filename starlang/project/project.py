"""A project: what its config and the command line say, and its rule set."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.profile import FacetSource, Profile
from starlang.project.config import Config, load_config
from starlang.project.files import DISK, Files, IrregularError, display
from starlang.project.inputs import load_profile
from starlang.project.settings import PROTECTED
from starlang.text import Source

if TYPE_CHECKING:
    from starlang.checker.context import Checked
    from starlang.compiler import TestCase
    from starlang.project.rule_files import RuleFiles
    from starlang.rules.model import RuleSet

# Rule sets from files: sources that are checked and compiled, or a compiled rule set.
#
# The parser and the checker are imported only where there is a source to read.

MAX_COMPILED = 64 << 20
"""Largest compiled rule set that is read, in bytes."""


class Compiled(NamedTuple):
    """A rule set, and what is to be said about its sources.

    `rules` is None where `diagnostics` has errors. `cases` are the test blocks of the
    sources, and `names` the files read, the root first; a compiled file has no tests.
    `checked` is what the sources declare, None without them. `sources` are their texts.
    """

    rules: "RuleSet | None"
    diagnostics: tuple[Diagnostic, ...] = ()
    cases: tuple["TestCase", ...] = ()
    names: tuple[str, ...] = ()
    checked: "Checked | None" = None
    sources: tuple[Source, ...] = ()

    @property
    def open(self) -> list[Diagnostic]:
        """What is to be said but for what comments in the sources allow."""
        if not self.diagnostics:
            return []
        from starlang.checker.allowances import allowances_in

        return allowances_in(self.sources).keep(self.diagnostics)


def is_compiled(path: Path) -> bool:
    """Whether `path` names a compiled rule set and not a source."""
    return path.suffix == ".json"


def read_rule_set(path: Path, project_root: Path, profile: Profile, port: Files = DISK) -> Compiled:
    """The rule set of the root file, or of the compiled file, at `path`."""
    if is_compiled(path):
        return _read_compiled(path, display(path, project_root), port)
    from starlang.project.rule_files import read_rules

    return compile_sources(read_rules(path, project_root, port), profile)


def _read_compiled(path: Path, name: str, port: Files) -> Compiled:
    from starlang.rules.compiled_file import loads

    try:
        data = port.read(path, MAX_COMPILED, follow=True)
    except IrregularError:
        return Compiled(None, (_unreadable(name, "it is not a regular file"),))
    except OSError as error:
        return Compiled(None, (_unreadable(name, error.strerror or str(error)),))
    if len(data) > MAX_COMPILED:
        return Compiled(None, (_unreadable(name, f"it is larger than {MAX_COMPILED:,} bytes"),))
    rules = loads(data.decode(errors="replace"), name)
    if isinstance(rules, Diagnostic):
        return Compiled(None, (rules,), names=(name,))
    return Compiled(rules, names=(name,))


def _unreadable(name: str, why: str) -> Diagnostic:
    return Diagnostic(
        code="E805",
        message=f"the compiled rule set cannot be read: {why}",
        file=name,
        hint="name a file that `starlang compile -o` has written",
    )


def compile_sources(files: "RuleFiles", profile: Profile) -> Compiled:
    """The rule set that `files` declare; nothing is read."""
    from starlang.checker.check import check
    from starlang.compiler import compile_cases, compile_rules

    names = tuple(file.source.name for file in files.files)
    if not files.files:
        return Compiled(None, files.diagnostics)
    checked = check(files.files, profile, complete=files.complete)
    found = [*files.diagnostics, *checked.diagnostics]
    sources = tuple(file.source for file in files.files)
    if not checked.ok or not files.complete:
        return Compiled(None, in_order(found), names=names, sources=sources)
    rules = compile_rules(checked)
    cases = compile_cases(checked)
    return Compiled(rules, in_order(found), cases, names, checked, sources)


# Projects.

Problems = tuple[Diagnostic, ...]


class Wanted(NamedTuple):
    """What a caller asks for; None leaves it to the config.

    `start` is the directory that the config is searched from, upward.
    """

    start: Path
    config: Path | None = None
    rules: Path | None = None
    manifests: Path | None = None
    profile: str | None = None


@frozen(repr=False)
class Project:
    """A config and the profile that it names."""

    config: Config
    profile: Profile

    @property
    def root(self) -> Path:
        """The directory that files are named relative to."""
        return self.config.root

    @property
    def protected(self) -> tuple[str, ...]:
        """The facets that a run must leave as they are: those of the config, or the usual ones.

        A profile with none of the usual ones has all of its facets protected.
        """
        if self.config.run.protected is not None:
            return self.config.run.protected
        known = [
            facet.name for facet in self.profile.facets if not _reads_stars(self.profile, facet)
        ]
        return tuple(name for name in PROTECTED if name in known) or tuple(known)

    def digests(self) -> Mapping[str, str]:
        """SHA-256 of the config, the profile and the schema, as far as they are files."""
        config = self.config
        files = {
            "config": self.root / config.file if config.file else None,
            "schema": config.schema,
        }
        found = {name: _digest(path) for name, path in files.items() if path is not None}
        return {**found, "profile": _digest_of(repr(self.profile).encode())}


def _reads_stars(profile: Profile, facet: FacetSource) -> bool:
    """Whether a facet changes with the star, as one of all tags does where the star is a tag."""
    takes = {
        (location.removesuffix("/*"), place.take)
        for shape in profile.shapes
        for place in shape.stars.places
        for location in place.locations
    }
    return "" in facet.locations or any(
        location.removesuffix("/*") == at and facet.take in {"", take}
        for location in facet.locations
        for at, take in takes
    )


def open_project(wanted: Wanted, port: Files = DISK) -> Project | Problems:
    """The project that `wanted` describes, or why it cannot be opened."""
    config = load_config(wanted.start, wanted.config, port)
    if not isinstance(config, Config):
        return config
    if wanted.rules is not None:
        config = evolve(config, rules=wanted.start / wanted.rules)
        if config.file == "":
            config = evolve(config, root=_root_for(wanted))
    if wanted.manifests is not None:
        config = _with_manifests(config, wanted.start / wanted.manifests)
    profile_root = wanted.start if wanted.profile is not None else config.root
    profile = load_profile(wanted.profile or config.profile, profile_root, port)
    return Project(config, profile) if isinstance(profile, Profile) else profile


def _with_manifests(config: Config, manifests: Path) -> Config:
    """The config for another directory of manifests."""
    is_project = DISK.resolved(manifests) == DISK.resolved(config.root)
    layout = evolve(config.layout, roots=(), asks_git=is_project)
    return evolve(config, manifests=manifests, layout=layout)


def _root_for(wanted: Wanted) -> Path:
    """Without a config, the project is where the caller stands, if the rules lie in it."""
    start = DISK.resolved(wanted.start)
    rules = DISK.resolved(start / wanted.rules) if wanted.rules else start
    return start if rules.is_relative_to(start) else rules.parent


def compile_project(project: Project) -> Compiled:
    """The project's rule set."""
    if project.config.rules is None:
        return Compiled(None, (no_rules(project),))
    return read_rule_set(project.config.rules, project.root, project.profile)


def rule_set_name(project: Project) -> str | Problems:
    """What the project's rule set is called, by its root file alone; or why that is not known."""
    from starlang.project.rule_files import root_name

    rules = project.config.rules
    if rules is None:
        return (no_rules(project),)
    if not is_compiled(rules) and (name := root_name(rules, project.root)):
        return name
    compiled = compile_project(project)
    return compiled.rules.id if compiled.rules else compiled.diagnostics


def rule_sets(
    project: Project, files: tuple[Path, ...]
) -> Iterator[tuple[Compiled, set[str] | None]]:
    """The rule sets that `files` belong to, each with the names of its files that are meant.

    A file that the project's rule set uses belongs to that; any other file is the root of a
    rule set of its own, and None says that all its files are meant, as they are without
    `files`.
    """
    if not files:
        yield compile_project(project), None
        return
    own = compile_project(project) if project.config.rules is not None else Compiled(None)
    named = dict.fromkeys(map(DISK.resolved, files))
    inside = {file: display(file, project.root) for file in named if _is_in(project, file)}
    meant = set(inside.values()) & set(own.names)
    if meant:
        yield own, meant
    for file in named:
        if inside.get(file) not in meant:
            yield compile_project(_with_root_file(project, file)), None


def with_rules_of(project: Project, file: Path) -> Project:
    """The project as it is if its rule set uses `file`, or else with `file` as the root of it."""
    from starlang.project.rule_files import read_rules

    file, root = DISK.resolved(file), project.config.rules
    if root is not None and _is_in(project, file):
        name = display(file, project.root)
        is_used = name == display(DISK.resolved(root), project.root) or (
            not is_compiled(root)
            and name in {each.source.name for each in read_rules(root, project.root).files}
        )
        if is_used:
            return project
    return _with_root_file(project, file)


def _with_root_file(project: Project, file: Path) -> Project:
    """Without a config, a file's own folder is its project if it lies elsewhere."""
    root = project.root if project.config.file or _is_in(project, file) else file.parent
    return evolve(project, config=evolve(project.config, rules=file, root=root))


def _is_in(project: Project, file: Path) -> bool:
    return file.is_relative_to(project.root)


def no_rules(project: Project) -> Diagnostic:
    """Says that neither config nor command line names a rule file."""
    where = project.config.file
    return Diagnostic(
        code="E806",
        message="no rule file is named",
        file=where,
        hint=(
            'write `rules = "rules/main.star"` under `[project]`, or give --rules FILE'
            if where
            else "give --rules FILE, or start a project here: `starlang init`"
        ),
    )


def _digest(path: Path) -> str:
    try:
        return _digest_of(path.read_bytes())
    except OSError:
        return ""


def _digest_of(data: bytes) -> str:
    from hashlib import sha256

    return f"sha256:{sha256(data).hexdigest()}"


def reads_graph(rules: "RuleSet") -> bool:
    """Whether the rules ask for neighbours or events."""
    from starlang.rules.model import all_conditions_of
    from starlang.rules.model import reads_graph as reads

    return any(map(reads, all_conditions_of(rules)))


def fields_of(rules: "RuleSet") -> tuple[str, ...]:
    """The JSON pointers that the rules read by `field`."""
    from starlang.rules.spelling import FIELD_PREFIX

    facets = facets_of(rules)
    pointers = {f.removeprefix(FIELD_PREFIX) for f in facets if f.startswith(FIELD_PREFIX)}
    return tuple(sorted(pointers))


def facets_of(rules: "RuleSet") -> frozenset[str]:
    """The facets that the rules read, in conditions and in limits."""
    from starlang.engine.program import Program
    from starlang.rules.model import all_conditions_of

    conditions = Program(all_conditions_of(rules)).facets
    return frozenset((*conditions, *(each.per for each in rules.ceilings.limits)))
