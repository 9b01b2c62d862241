"""The gates, in their order: what each step needs of the steps before it.

Each property is what a step before has left behind, checked; it raises GateClosedError
and names the missing step and its command otherwise. `status` asks the same properties.
"""

from functools import cached_property

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.manifests.build import ManifestFile
from starlang.pipeline.backup import guarded_manifests
from starlang.pipeline.backup_reading import Backup, backups_in, read_backup
from starlang.pipeline.ground import Run
from starlang.pipeline.live import differences, since_backup
from starlang.pipeline.pins import Pinned, require_pins


class Gates:
    """The gates of one run, each looked at once at most."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def pinned(self) -> Pinned:
        """The pins; nothing that was pinned has changed."""
        return require_pins(self.run)

    @cached_property
    def live(self) -> list[ManifestFile]:
        """The live manifests, none of which violates a guard."""
        return guarded_manifests(self.run)

    @cached_property
    def backup(self) -> Backup:
        """The newest backup, whole, and of the very bytes that the manifests have now."""
        found = backups_in(self.run.backups)
        if not found:
            raise GateClosedError(_no_backup())
        backup = read_backup(found[-1])
        differing = tuple(differences(self.live, backup.images))
        if differing:
            shown = self.run.shown_manifests
            raise GateClosedError(*since_backup(differing, shown, backup.directory.name))
        return backup


def _no_backup() -> Diagnostic:
    return Diagnostic(
        code="E955",
        message="there is no backup, so nothing could be rolled back",
        hint="run `starlang backup`",
    )
