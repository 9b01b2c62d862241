"""New manifests for the packages of a project that have none: read, derived, checked.

Nothing is written here. The same commit gives the same texts: the only time in them is that of
the commit, and what is read are the files of the work tree.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import cached_property

from attrs import frozen

from starlang.collector import collector_paused
from starlang.coverage.coverage import Coverage, shown_package
from starlang.diagnostics.model import Diagnostic, in_order
from starlang.errors import InputError, UnreadyError
from starlang.generate.facts import INIT, PackageFacts, Sources
from starlang.generate.manifest import (
    Common,
    Container,
    Known,
    known_of,
    names_of,
    new_manifest,
    new_text,
    put_derived,
    unlike,
)
from starlang.generate.roots import naming_nothing, roots_below
from starlang.manifests.build import ManifestFile
from starlang.manifests.codeowners import (
    CodeOwners,
    owning_nothing,
)
from starlang.manifests.guards import guard
from starlang.manifests.schema import Schema, complaints
from starlang.manifests.waivers import ROOT, living_with
from starlang.project.facts import owners_of, top_of
from starlang.project.files import display
from starlang.project.git import Git, GitError
from starlang.project.loading import read_tree, sidecar_draft
from starlang.project.packages import coverage_of, package_at, source_of
from starlang.project.planning import Drafts, graph_from, read_schema, with_drafts
from starlang.project.project import Project
from starlang.project.sources import read_files
from starlang.rules.model import RuleSet, reads_graph
from starlang.rules.spelling import Scalar
from starlang.text import counted, did_you_mean, shown_value
from starlang.texts.documents import Format, read_documents
from starlang.texts.json import Refusal

_COLLIDES = "E609"
"""The code of a guard that looks at two paths: they differ only in case or Unicode form."""

_SHOWN = 5
"""How many directories a hint names."""

_TELLING = 3
"""So many imports begin at a directory that is no root before it is said: one may be a mistake."""

_MOSTLY = (3, 4)
"""The share of them that directories of one name have, if a glob names all that are meant."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@frozen(eq=False)
class NewManifest:
    """A manifest that is to be made. `file` is relative to the project, `facts` what is in it."""

    path: str
    file: str
    document: Container
    form: Format
    facts: PackageFacts

    @cached_property
    def text(self) -> str:
        return new_text(self.document, self.form)

    @property
    def data(self) -> bytes:
        return self.text.encode()

    @property
    def draft(self) -> bytes:
        """What is read as the same, and made ten times as fast, where it is JSON or YAML."""
        return new_text(self.document, self.form, is_draft=True).encode()


@frozen(eq=False)
class Generated:
    """What would be made, sorted by path, and what was found on the way.

    `problems` are about the sources and CODEOWNERS, and `errors` say why nothing of it can be
    written: a manifest that the schema refuses, or that could not be read back.
    """

    manifests: tuple[NewManifest, ...]
    coverage: Coverage
    problems: tuple[Diagnostic, ...]
    errors: tuple[Diagnostic, ...]


def drafts_of(project: Project, made: Iterable[NewManifest]) -> Drafts:
    """Manifests by their paths below the manifests root."""
    return _below(project, {each.file: each.data for each in made})


def _below(project: Project, texts: Drafts) -> Drafts:
    """The same by their paths below the manifests root."""
    shown = display(project.config.manifests, project.root)
    return {file.removeprefix(f"{shown}/" if shown else ""): text for file, text in texts.items()}


def missing_manifests(project: Project, rules: RuleSet, at: str | None = None) -> Generated:
    """What a run that makes them would make; InputError where they cannot be made."""
    schema = read_schema(project)
    if isinstance(schema, tuple):
        raise InputError(schema)
    made = generate(project, rules, schema, at=at)
    if made.errors:
        raise InputError(made.errors)
    return made


def time_of(project: Project, written: str | None, commit: str = "HEAD") -> str:
    """The time for new manifests: that of `commit`, or the one that is `written`, in UTC."""
    if written is not None:
        try:
            found = datetime.fromisoformat(written)
        except ValueError:
            raise UnreadyError(_no_time(written)) from None
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC).strftime(_TIME)
    try:
        seconds = Git(project.root).line("log", "-1", "--no-show-signature", "--format=%ct", commit)
    except GitError:
        raise UnreadyError(_no_commit()) from None
    return datetime.fromtimestamp(int(seconds), UTC).strftime(_TIME)


@collector_paused()
def generate(
    project: Project,
    rules: RuleSet,
    schema: Schema | None,
    *,
    at: str | None = None,
    only: AbstractSet[str] | None = None,
) -> Generated:
    """The manifests of all packages that have none, or of those of `only` that have none."""
    coverage = coverage_of(project)
    skips_root = project.config.layout.skips_root
    source = source_of(project)
    shown = display(source, project.root)
    named = None if only is None else {_in_source(each, shown) for each in only}
    wanted = [
        path
        for path in coverage.missing
        if not (skips_root and not path) and (named is None or shown_package(path) in named)
    ]
    above = package_at(source, project.root)
    roots = roots_below(project.config.roots, above, coverage.found.files)
    sources = Sources(read_files(source, coverage.found.files), shown, roots)
    facts = tuple(sources.facts(wanted, coverage.found.packages))
    owners, problems = owners_of(project)
    label = next(star.label for star in rules.stars if star.id == rules.default.id)
    version, time = project.config.schema_version, time_of(project, at)
    common = Common(project.profile, label, version, time, roots)
    prefix = source.resolve().relative_to(top_of(project)).as_posix()
    prefix = "" if prefix == "." else f"{prefix}/"
    known = {each.path: _known(each, owners, prefix, common) for each in facts}

    made = tuple(
        NewManifest(
            each.path,
            file := coverage.found.manifest_of(each.path),
            new_manifest(known[each.path], common),
            project.profile.format_of(file),
            each,
        )
        for each in facts
    )
    derived = _derived(project, rules, made)
    for each in made:
        put_derived(each.document, derived.get(each.path, {}), project.profile)
    found = [*problems, *(problem for each in facts for problem in each.problems)]
    idle = naming_nothing(project.config.roots, roots)
    found += (_idle_root(each, shown, project.config.file) for each in idle)
    # Who has named roots knows of them, and what else could be one is not asked.
    elsewhere = {} if project.config.roots else sources.begun_elsewhere()
    if max(elsewhere.values(), default=0) >= _TELLING:
        found.append(_begun_elsewhere(elsewhere, project.config.file))
    asked_in_vain = (named or set()) - {shown_package(each) for each in wanted}
    found += (_not_missing(each, coverage) for each in sorted(asked_in_vain))
    if owners is not None:
        files = (prefix + path for path in coverage.found.files)
        found += owning_nothing(owners, sorted(files))
    if skips_root and "" in coverage.missing and only is None:
        found.append(_root(coverage))
    found += _colliding(project, made, coverage)
    errors = [*_unnamed(project, derived), *_refused(project, made, derived, schema)]
    if made and not project.profile.can_make:
        errors = [_of_others(project, made)]
    return Generated(made, coverage, in_order(found), in_order(errors))


Derived = Mapping[str, Mapping[str, Sequence[Scalar]]]
"""Path of a module -> facet -> the values that rules derive for it."""


def _derived(project: Project, rules: RuleSet, made: Sequence[NewManifest]) -> Derived:
    """What the rules derive for the new modules, of facets that manifests have a place for.

    Where a derivation asks for neighbours, the modules are seen among all others, as a plan would
    see them.
    """
    facets = {each.facet for each in rules.derivations}
    filled = sorted(name for name in facets if project.profile.facet(name) is not None)
    if not (filled and made):
        return {}
    from starlang.engine.evaluate import evaluate

    asks = any(reads_graph(each.condition) for each in rules.derivations)
    is_apart = not (asks or project.profile.sidecar)
    texts = _below(project, {each.file: each.draft for each in made})
    seen = with_drafts(project, (), (), texts) if is_apart else with_new(project, texts)
    graph = graph_from(project, rules, None, *seen)
    derived = evaluate(rules, graph).derived
    new = {each.path or ROOT for each in made}
    return {
        "" if path == ROOT else path: {
            name: derived[name].column.values[derived[name].column.codes[number]]
            for name in filled
            if derived[name].holding(number)
        }
        for number, path in enumerate(graph.paths)
        if path in new
    }


def with_new(project: Project, drafts: Drafts) -> tuple[list[ManifestFile], list[Diagnostic]]:
    """All manifests that there are, and those that would be made; and what is wrong with them."""
    config = project.config
    shown = display(config.manifests, project.root)
    there, problems = read_tree(
        config.manifests, shown, project.profile, config.guards, layout=config.layout
    )
    missing = sidecar_draft(config.manifests, project.profile)
    return with_drafts(project, there, problems, {**drafts, **missing})


def _known(facts: PackageFacts, owners: CodeOwners | None, prefix: str, common: Common) -> Known:
    owned = owners.owners_of(f"{prefix}{facts.path}/{INIT}".replace("//", "/")) if owners else ()
    return known_of(facts, owned, common)


def _unnamed(project: Project, derived: Derived) -> Iterator[Diagnostic]:
    """A finding for each derived value that manifests have several names for."""
    found = {
        (facet, value)
        for values in derived.values()
        for facet, listed in values.items()
        for value in listed
    }
    for facet, value in sorted(found, key=str):
        names = names_of(project.profile, facet, value)
        if len(names) > 1:
            yield Diagnostic(
                code="E553",
                message=f"`{facet}` is derived as `{value}`, and manifests have"
                f" {len(names)} names for that: {', '.join(names)}",
                hint="leave one name under `values` of the facet, or give it by `[new]`",
            )


def _of_others(project: Project, made: Sequence[NewManifest]) -> Diagnostic:
    profile, name = project.profile, project.profile.file_names[0]
    lacking = counted(len(made), "package lacks", "packages lack")
    return Diagnostic(
        code="E871",
        message=f"`{name}` is there for others as well, so none is made unasked: the profile "
        f"`{profile.name}` has no `[new]`, and {lacking} one",
        file=made[0].file,
        hint=f'add `[new]` to the profile, or to one that `extends = "{profile.name}"`; leave it '
        "empty if the places of the profile say all that new ones hold",
    )


def _refused(
    project: Project, made: Sequence[NewManifest], derived: Derived, schema: Schema | None
) -> Iterator[Diagnostic]:
    """What the profile or the schema has against the new manifests, as they would be read."""
    read = [read_documents(each.draft, each.form) for each in made]
    documents = [None if isinstance(each, Refusal) else each[0] for each in read]
    values = [derived.get(each.path, {}) for each in made]
    others = unlike(documents, values, project.profile)
    for each, document, words in zip(made, documents, others, strict=True):
        if words:
            yield Diagnostic(
                code="E872",
                message=f"the manifest that would be made is not read as it is meant: {words}",
                file=each.file,
                hint="let `[new]` of the profile give what is missing, or correct the place there",
            )
        for pointer, sentence in sorted(complaints(schema, document)) if schema else ():
            yield Diagnostic(
                code="E552",
                message=f"the schema refuses the manifest that would be made: {sentence}",
                file=each.file,
                pointer=pointer,
                hint="let `[new]` of the profile, or `derive` in the rules, give what it asks for",
            )


def _colliding(
    project: Project, made: Iterable[NewManifest], coverage: Coverage
) -> Iterator[Diagnostic]:
    """A finding for each new manifest that the guards would refuse beside another one.

    Alone its path may be accepted. The next plan would be blocked, so it is said now.
    """
    there = coverage.found.manifests
    every = {**there, **{each.path: each.file for each in made}}
    guards, waivers = project.config.guards, project.config.waivers
    known = {each.file for each in guard(sorted(there.items()), guards) if each.code == _COLLIDES}
    beside = (each for each in guard(sorted(every.items()), guards) if each.code == _COLLIDES)
    shown = display(project.config.manifests, project.root)
    for each in living_with((e for e in beside if e.file not in known), waivers, shown).open:
        yield Diagnostic(
            code="W882",
            message=f"{each.message}, so a plan with both is blocked ({_COLLIDES})",
            file=each.file,
            hint="move the old manifest to the package (`git mv`), exclude the package "
            "(`[[coverage.exclude]]`), or waive E609 as well (`[[guards.waive]]`)",
        )


def _in_source(path: str, source: str) -> str:
    """A package as it was named, relative to the source: people also name it from the project."""
    inside = path.removeprefix(f"{source}/") if source else path
    return "." if path == source else inside


def _not_missing(path: str, coverage: Coverage) -> Diagnostic:
    missing = [shown_package(each) for each in coverage.missing]
    has_one = path in {shown_package(each) for each in coverage.covered}
    words = "has a manifest already" if has_one else "is not a package without a manifest"
    near = did_you_mean(path, missing)
    return Diagnostic(
        code="W883",
        message=f"`{path}` {words}, so nothing is made for it",
        hint=near or "`starlang coverage` lists all that are missing, relative to the source",
    )


def _begun_elsewhere(found: Mapping[str, int], config: str) -> Diagnostic:
    """A finding about directories that imports seem to begin at, with what to write."""
    names: Counter[str] = Counter()
    for place, count in found.items():
        names[place.rpartition("/")[2]] += count
    name, most = min(names.items(), key=lambda each: (-each[1], each[0]))
    alike = [each for each in found if f"/{each}".endswith(f"/{name}")]
    # Mostly they are called alike, and what else looks like one is none.
    is_shared = len(alike) > 1 and most * _MOSTLY[1] >= sum(names.values()) * _MOSTLY[0]
    places = sorted(alike if is_shared else found, key=lambda each: (-found[each], each))
    listed = [f"**/{name}"] if is_shared else places[:_SHOWN]
    roots = ", ".join(f'"{each}"' for each in listed)
    more = ", …" if not is_shared and len(places) > _SHOWN else ""
    lead = counted(sum(found[each] for each in places), "import leads", "imports lead")
    others = counted(len(places) - 1, "other directory", "other directories")
    return Diagnostic(
        code="W870",
        message=f"{lead} to no package of the source, unless imports begin at `{places[0]}`"
        + (f" and {others}" if len(places) > 1 else ""),
        file=config,
        hint=f"if they do, write `roots = [{roots}{more}]` under `[graph]`",
    )


def _idle_root(glob: str, source: str, config: str) -> Diagnostic:
    return Diagnostic(
        code="W871",
        message=f"{shown_value(glob)} under `roots` names no directory with Python files",
        file=config,
        hint=f"correct it: it is relative to the source, `{source or '.'}`; or delete it",
    )


def _root(coverage: Coverage) -> Diagnostic:
    return Diagnostic(
        code="W557",
        message="the source itself is a package, and the config leaves out a manifest in the root",
        file=coverage.found.manifest_of(""),
        hint='exclude it: `[[coverage.exclude]]` with `glob = "."`; or delete `root = "skip"`',
    )


def _no_time(written: str) -> Diagnostic:
    return Diagnostic(
        code="E989",
        message=f"`{written}` is not a time",
        hint="write it as `2026-01-31T12:00:00Z`",
    )


def _no_commit() -> Diagnostic:
    return Diagnostic(
        code="E989",
        message="there is no commit whose time new manifests could have",
        hint="commit the project first, or name a time: `--at 2026-01-31T12:00:00Z`",
    )
