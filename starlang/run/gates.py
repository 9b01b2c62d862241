"""The gates, in their order: what each step needs of the steps before it.

Each property is what a step before has left behind, checked; it raises GateClosedError
and names the missing step and its command otherwise. `status` asks the same properties.
"""

from functools import cached_property

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.manifests.build import ManifestFile
from starlang.project.planning import guarded_drafts
from starlang.run.approval_file import Approval, require_approval
from starlang.run.backup import guarded_tree
from starlang.run.backups import Backup, Listed, backups_of, read_backup
from starlang.run.canary_report import Reported
from starlang.run.ground import Run
from starlang.run.pin import Pinned, require_pins
from starlang.run.planned import Planned, Rewriting, contents, differences, plan_run, since_backup
from starlang.run.reporting import make_report, require_report


class Gates:
    """The gates of one run, each looked at once at most."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def pinned(self) -> Pinned:
        """The pins; nothing that was pinned has changed."""
        return require_pins(self.run)

    @cached_property
    def _tree(self) -> tuple[list[ManifestFile], list[Diagnostic]]:
        return guarded_tree(self.run, makes_some=self.makes_some)

    @property
    def live(self) -> list[ManifestFile]:
        """The live manifests, none of which violates a guard."""
        return self._tree[0]

    @cached_property
    def problems(self) -> list[Diagnostic]:
        """What is wrong with their paths, and known to be; and with those that are to be made."""
        manifests, problems = self._tree
        there = (each.path for each in manifests)
        return guarded_drafts(self.run.project, there, problems, self.newest.drafts)

    @property
    def makes_some(self) -> bool:
        """Whether the run is to make manifests."""
        return bool(self._listed) and self._listed[-1].metadata.drafts > 0

    @cached_property
    def _listed(self) -> tuple[Listed, ...]:
        return backups_of(self.run)

    @cached_property
    def newest(self) -> Backup:
        """The newest backup that is whole: it began the run."""
        _ = self.pinned
        problem = GateClosedError(no_backup())
        for listed in reversed(self._listed):
            try:
                return read_backup(listed.directory)
            except GateClosedError as error:
                problem = error
        raise problem

    @cached_property
    def backup(self) -> Backup:
        """The newest backup; each live manifest is as it was copied, or as the plan makes it."""
        backup = self.newest
        found = tuple(differences(self.live, backup.images))
        if found:
            found = tuple(differences(self.live, backup.images, self.planned.after))
        if found:
            shown = self.run.shown_manifests
            raise GateClosedError(*since_backup(found, shown, backup.directory.name))
        return backup

    @cached_property
    def planned(self) -> Planned:
        """The plan over the manifests as they were backed up; nothing forbids to apply it."""
        return plan_run(self.run, self.pinned.rules, self.newest, self.problems)

    @cached_property
    def left(self) -> tuple[Rewriting, ...]:
        """What the plan changes and has not been written yet."""
        _ = self.backup
        live = contents(self.live)
        return tuple(each for each in self.planned.rewritings if live.get(each.path) != each.after)

    @cached_property
    def made(self) -> Reported:
        """The report, made from inputs, manifests and plan as they are now."""
        pins = self.pinned.pins
        return make_report(self.run, pins, self.newest, self.planned, self.problems)

    @cached_property
    def reported(self) -> Reported:
        """The report of the canary; it is about this very plan, and everything held."""
        _ = self.backup
        return require_report(self.run, self.made)

    @cached_property
    def approval(self) -> Approval:
        """The approval of this very report, for this repository, not used and not expired."""
        return require_approval(self.run, self.pinned.pins, self.reported)


def no_backup() -> Diagnostic:
    """Says that there is no backup."""
    return Diagnostic(
        code="E955",
        message="there is no backup, so nothing could be rolled back",
        hint="run `starlang backup`",
    )
