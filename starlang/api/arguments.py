"""What callers pass in: paths, names of profiles, schemas, texts and dictionaries."""

import json
from collections.abc import Mapping
from decimal import Decimal
from os import PathLike, fspath
from pathlib import Path

from starlang.api.values import refuse_type, shortened
from starlang.errors import SetupError
from starlang.manifests.profile import Profile
from starlang.manifests.schema import Schema, read_schema
from starlang.project.inputs import is_file, load_profile, load_schema

Location = str | PathLike[str]

Document = Mapping[str, object]
"""A JSON object as Python reads it."""


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


def _plain(value: object) -> object:
    """What `json` cannot write by itself, as something that it can."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal):
        for plain in (int(value) if value == value.to_integral_value() else None, float(value)):
            if plain is not None and Decimal(str(plain)) == value:
                return plain
        raise ValueError(f"the number {value} has too many digits; write it as a text")
    raise TypeError(f"{type(value).__name__} is not a type of JSON")


def texts_of(texts: str | Mapping[str, str]) -> dict[str, str]:
    """Rule files as texts, by the names that they have for each other; the root first."""
    if isinstance(texts, str):
        return {"<text>": texts}
    if not isinstance(texts, Mapping):
        refuse_type("texts", "a str, or a mapping of names to str", texts)
    for name, text in texts.items():
        if not isinstance(name, str):
            refuse_type("the name of a text", "a str", name)
        if not isinstance(text, str):
            refuse_type(f"the text of `{shortened(str(name))}`", "a str", text)
    return dict(texts)
