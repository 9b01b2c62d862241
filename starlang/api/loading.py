"""Loading manifests, from a directory or from dictionaries, with a profile and a schema."""

import json
from collections.abc import Mapping
from decimal import Decimal
from os import PathLike, fspath
from pathlib import Path

from starlang.api.values import refuse_type, shortened
from starlang.errors import SetupError
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.schema import Schema, read_schema
from starlang.project.config import DEFAULT_PROFILE
from starlang.project.files import NOWHERE, Files
from starlang.project.inputs import is_file, load_profile, load_schema
from starlang.project.loading import load_graph

Location = str | PathLike[str]

Document = Mapping[str, object]
"""A JSON object as Python reads it."""

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
        inside = f"{path}/{read.file_names[0]}" if path else read.file_names[0]
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


def path_of(what: str, value: Location) -> Path:
    """The argument `what` as a path."""
    if isinstance(value, str | PathLike):
        written: object = fspath(value)
        if isinstance(written, str):
            return Path(written)
    return refuse_type(what, "a path (str or os.PathLike[str])", value)


def profile_of(value: Location) -> Profile:
    """A built-in profile by its name, or the one in a file; SetupError if there is none.

    A text is a file if it has a `/` in it or ends in `.toml`, a `Path` always.
    """
    path = path_of("profile", value)
    written = value if isinstance(value, str) else path.as_posix()
    if not isinstance(value, str) and not is_file(written):
        written = f"./{written}"
    found = load_profile(written, Path())
    if not isinstance(found, Profile):
        raise SetupError(found)
    return found


def schema_of(value: Location | Document | None) -> Schema | None:
    """The JSON Schema in a file, or that a dictionary is; SetupError if it cannot be used."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        found = read_schema("schema", json_bytes("schema", value))
    else:
        path = path_of("schema", value)
        found = load_schema(path, path.name)
    if not isinstance(found, Schema):
        raise SetupError((found,))
    return found


def json_bytes(what: str, value: object) -> bytes:
    """`value` as JSON text; TypeError if it cannot be said in JSON, or is nested without end."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    except (RecursionError, TypeError, ValueError) as error:
        raise TypeError(f"{what} cannot be written as JSON: {error}") from None
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which the reader names
        return json.dumps(value, indent=2, default=_plain).encode()


_MOST_DIGITS = 1_000


def _plain(value: object) -> object:
    """What `json` cannot write by itself, as something that it can."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal):
        return _plain_number(value)
    raise TypeError(f"{type(value).__name__} is not a type of JSON")


def _plain_number(value: Decimal) -> int | float:
    """The integer or the float that `value` is; ValueError where it is none."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a number of JSON")
    if value.adjusted() < _MOST_DIGITS:  # the integer of `1E+999999` takes minutes
        whole = int(value) if value == value.to_integral_value() else None
        for plain in (whole, float(value)):
            if plain is not None and Decimal(str(plain)) == value:
                return plain
    raise ValueError(f"the number {value} has too many digits; write it as a text")
