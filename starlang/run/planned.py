"""The plan of a run: made from the backup, so that it stays the same while it is being applied."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import SetupError, UnsafeError
from starlang.manifests.build import ManifestFile
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.plan.encoding import plan_digest
from starlang.plan.model import Edit, Plan
from starlang.project.planning import graph_from, plan_project, read_schema, with_drafts
from starlang.rules.model import RuleSet
from starlang.run.backups import Backup
from starlang.run.ground import Run
from starlang.text import Json, counted
from starlang.texts.documents import rewrite_in
from starlang.texts.json import Refusal
from starlang.texts.pointers import parts_of
from starlang.texts.rewriting import Value, Write
from starlang.transaction.journal import NOTHING

if TYPE_CHECKING:
    from starlang.manifests.schema import Schema


# The live manifests held against a backup.


class LiveChange(StrEnum):
    """How a live manifest differs from what is expected, in words."""

    EDITED = "has been edited"
    GONE = "is gone"
    NEW = "is new"


@frozen
class Difference:
    """A manifest that is not as expected. `path` is relative to the manifests root."""

    path: str
    change: LiveChange


def differences(
    live: list[ManifestFile],
    images: Mapping[str, bytes],
    planned: Mapping[str, bytes] | None = None,
) -> Iterator[Difference]:
    """Every manifest whose bytes are not those of `images`, nor those of `planned`, by path."""
    after = planned or {}
    found = contents(live)
    for path in sorted(found.keys() | images.keys()):
        if path not in found:
            yield Difference(path, LiveChange.GONE)
        elif path not in images:
            if found[path] != after.get(path):
                yield Difference(path, LiveChange.NEW)
        elif found[path] not in {images[path], after.get(path)}:
            yield Difference(path, LiveChange.EDITED)


def contents(live: list[ManifestFile]) -> dict[str, bytes]:
    """Path -> bytes."""
    return {each.path: each.data for each in live}


def since_backup(
    found: tuple[Difference, ...], shown_root: str, backup: str
) -> tuple[Diagnostic, ...]:
    """A finding for each difference."""
    prefix = f"{shown_root}/" if shown_root else ""
    return tuple(
        Diagnostic(
            code="E959",
            message=f"`{prefix}{each.path}` {each.change} since the backup `{backup}`",
            file=f"{prefix}{each.path}",
            hint="undo the change, or accept it: `starlang backup`, and all steps after it again",
        )
        for each in found
    )


@frozen
class Rewriting:
    """A manifest before and after its edits. `path` is relative to the manifests root.

    One that `is_new` is to be made: there is nothing before it, and its edits are those of its
    draft.
    """

    path: str
    module: str
    before: bytes
    after: bytes
    edits: tuple[Edit, ...]
    is_new: bool = False

    @property
    def digest_before(self) -> str:
        """SHA-256 of what it replaces, NOTHING where that is nothing."""
        return NOTHING if self.is_new else sha256(self.before).hexdigest()


@frozen(slots=False)
class Planned:
    """A plan that may be applied, and what it makes of each manifest that it changes, by path."""

    plan: Plan = field(repr=False)
    graph: ModuleGraph = field(repr=False)
    rules: RuleSet = field(repr=False)
    schema: "Schema | None" = field(repr=False)
    rewritings: tuple[Rewriting, ...] = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """The digest of inputs and decisions."""
        return plan_digest(self.plan)

    @cached_property
    def edits_digest(self) -> str:
        """The digest of every byte that is written, and of what it replaces."""
        lines = (
            f"{each.digest_before or 'new'} {sha256(each.after).hexdigest()} {each.path}\0"
            for each in self.rewritings
        )
        return f"sha256:{sha256(''.join(lines).encode()).hexdigest()}"

    @cached_property
    def changes(self) -> tuple[Rewriting, ...]:
        """The same, a module each: of a file with the stars of several, what it says of each."""
        return tuple(part for each in self.rewritings for part in self._parts(each))

    def _parts(self, each: Rewriting) -> Iterator[Rewriting]:
        if each.path != self.graph.profile.sidecar:
            yield each
            return
        for edit in each.edits:
            (module,) = parts_of(edit.pointer)
            before, after = (
                f"{dumps({module: label}, ensure_ascii=False)}\n" if label else ""
                for label in (edit.old, edit.new)
            )
            yield Rewriting(each.path, module, before.encode(), after.encode(), (edit,))

    @cached_property
    def new_files(self) -> frozenset[str]:
        """The paths of files that are to be made: manifests, and the sidecar if there is none."""
        return frozenset(each.path for each in self.rewritings if each.is_new)

    @cached_property
    def created(self) -> frozenset[str]:
        """The paths of manifests that are to be made."""
        return self.new_files - {self.graph.profile.sidecar}

    @property
    def count_words(self) -> str:
        """How many manifests are written, in words: `15`, or `18, of which 3 are new`."""
        count, new = len(self.rewritings), len(self.new_files)
        return f"{count:,}, of which {counted(new, 'is', 'are')} new" if new else f"{count:,}"

    @cached_property
    def after(self) -> Mapping[str, bytes]:
        """Path of a manifest -> the bytes that it is to get."""
        return {each.path: each.after for each in self.rewritings}


def plan_run(run: Run, rules: RuleSet, backup: Backup, problems: Iterable[Diagnostic]) -> Planned:
    """The plan over what is in a `backup`; `problems` are those of the paths.

    UnsafeError if a ceiling, a guard or an unreadable manifest forbids to apply it.
    """
    images = (ManifestFile(path, run.shown(path), data) for path, data in backup.images.items())
    drafts = backup.drafts
    manifests, found = with_drafts(run.project, images, problems, drafts)
    schema = read_schema(run.project)
    if isinstance(schema, tuple):
        raise SetupError(schema)
    graph = graph_from(run.project, rules, schema, manifests, found)
    plan = plan_project(run.project, rules, graph, schema, drafts=drafts)
    if plan.blocked:
        raise UnsafeError(*plan.blocked)
    edits: dict[str, list[Edit]] = {run.shown(path): [] for path in drafts}
    for edit in plan.edits:
        edits.setdefault(edit.file, []).append(edit)
    profile = run.project.profile
    rewritings = [
        _rewriting(each, edits[each.name], profile, is_new=each.path in drafts)
        for each in manifests
        if each.name in edits
    ]
    changing = sorted((each for each in rewritings if each.after != each.before), key=_path)
    return Planned(plan, graph, rules, schema, tuple(changing))


def _path(each: Rewriting) -> str:
    return each.path


def _rewriting(
    manifest: ManifestFile, edits: list[Edit], profile: Profile, *, is_new: bool
) -> Rewriting:
    writes = [Write(edit.pointer, _value(edit.new)) for edit in edits]
    form = profile.format_of(manifest.file_name)
    found = rewrite_in(manifest.data, writes, form, profile.is_manifest)
    if isinstance(found, Refusal):
        raise UnsafeError(found.diagnostic(manifest.name, manifest.data))
    before = b"" if is_new else manifest.data
    return Rewriting(
        manifest.path, manifest.module, before, found.data, tuple(edits), is_new=is_new
    )


def _value(new: Json) -> Value:
    """The new value of an edit: a label, a list of labels, or a confidence."""
    if isinstance(new, list | tuple):
        return [str(each) for each in new]
    if isinstance(new, str | int | float):
        return new
    raise TypeError(f"no value of an edit: {new!r}")
