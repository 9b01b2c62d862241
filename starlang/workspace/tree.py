"""From a directory to a module graph: walk, read, check. Signature only, body follows."""

from collections.abc import Sequence
from pathlib import Path

from starlang.manifests.graph import ModuleGraph
from starlang.manifests.guards import DEFAULT_GUARDS, Guards
from starlang.manifests.profile import Profile
from starlang.manifests.validation import Schema


def load_graph(  # noqa: PLR0913 -- what a run depends on, each by name
    root: Path,
    *,
    project_root: Path,
    profile: Profile,
    guards: Guards = DEFAULT_GUARDS,
    fields: Sequence[str] = (),
    schema: Schema | None = None,
) -> ModuleGraph:
    """Every live manifest under `root`, with all that is wrong in `problems`."""
    raise NotImplementedError
