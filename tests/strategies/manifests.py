"""Graphs of manifests that lie nowhere: documents go through the real reader."""

import json
from collections.abc import Mapping

from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile

Document = Mapping[str, object]


def loaded(documents: Mapping[str, Document], profile: Profile) -> ModuleGraph:
    """The graph of manifests, by path of the module."""
    return build_graph(
        [
            ManifestFile(
                f"{path}/module.manifest.json",
                f"manifests/{path}/module.manifest.json",
                json.dumps(document).encode(),
            )
            for path, document in documents.items()
        ],
        profile,
    )
