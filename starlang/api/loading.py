"""Loading manifests: from a directory, or from dictionaries."""

from collections.abc import Mapping
from os import fspath

from starlang.api.arguments import (
    Document,
    Location,
    json_bytes,
    path_of,
    profile_of,
    schema_of,
)
from starlang.api.values import refuse_type, shortened
from starlang.manifests.graph import ModuleGraph
from starlang.project.config import DEFAULT_PROFILE
from starlang.project.files import NOWHERE, Files
from starlang.project.manifest_files import load_graph

_MANIFESTS = NOWHERE / "manifests"


def load(
    manifests: Location,
    *,
    profile: Location = DEFAULT_PROFILE,
    schema: Location | Document | None = None,
) -> ModuleGraph:
    """Every live manifest under the directory `manifests`.

    Never raises for what manifests say: `problems` of the graph holds what cannot be
    read, breaks a guard or, with a `schema`, is not valid. SetupError if the profile or
    the schema cannot be used.
    """
    root = path_of("manifests", manifests)
    return load_graph(
        root,
        project_root=root.parent,
        profile=profile_of(profile),
        schema=schema_of(schema),
    )


def load_modules(
    modules: Mapping[str, Document | str | bytes],
    *,
    profile: Location = DEFAULT_PROFILE,
    schema: Location | Document | None = None,
) -> ModuleGraph:
    """The modules with these paths, each with its manifest: a dictionary, or its JSON text.

    The same as `load` of a directory `manifests` with these files. Nothing is read but the
    profile and the schema. TypeError if a dictionary holds what JSON cannot say.
    """
    read = profile_of(profile)
    if not isinstance(modules, Mapping):
        refuse_type("modules", "a mapping of paths to manifests", modules)
    files: dict[str, bytes] = {}
    for path, manifest in modules.items():
        if not isinstance(path, str):
            refuse_type("the path of a module", "a str", path)
        inside = f"{path}/{read.file_name}" if path else read.file_name
        files[f"{fspath(_MANIFESTS)}/{inside}"] = _bytes(path, manifest)
    return load_graph(
        _MANIFESTS,
        project_root=NOWHERE,
        profile=read,
        schema=schema_of(schema),
        port=Files(files, disk=False),
    )


def _bytes(path: str, manifest: object) -> bytes:
    match manifest:
        case bytes():
            return manifest
        case str():
            return manifest.encode(errors="surrogatepass")
        case Mapping():
            return json_bytes(f"the manifest of `{shortened(path)}`", manifest)
        case _:
            return refuse_type(
                f"the manifest of `{shortened(path)}`", "a mapping, or its JSON text", manifest
            )
