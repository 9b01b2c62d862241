"""The files that a config names: the profile and the schema."""

from pathlib import Path
from typing import TYPE_CHECKING

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import read_profile
from starlang.project.files import DISK, Files, IrregularError, data_path
from starlang.text import Source, did_you_mean, shown_value
from starlang.texts.limits import MAX_BYTES, encoding_problem

if TYPE_CHECKING:
    from starlang.manifests.schema import Schema


_PROFILES = ("configs", "profiles"), ".toml"
_SCHEMAS = ("configs", "schemas"), ".schema.json"


def built_in_profiles() -> tuple[str, ...]:
    """The names of the profiles that ship with the program, sorted."""
    return _names(_PROFILES, "")


def built_in_schemas() -> tuple[str, ...]:
    """The names of the schemas for manifests that ship with the program, sorted."""
    return _names(_SCHEMAS, "manifest-")


def is_file(written: str) -> bool:
    """Whether a config means a file of the project and not something built in."""
    return "/" in written or written.endswith((".toml", ".json"))


def _names(kind: tuple[tuple[str, str], str], prefix: str) -> tuple[str, ...]:
    directory, ending = kind
    names = (path.name for path in data_path(*directory).glob(f"{prefix}*{ending}"))
    return tuple(sorted(name.removesuffix(ending) for name in names))


def _path(kind: tuple[tuple[str, str], str], written: str, root: Path) -> Path:
    directory, ending = kind
    return root / written if is_file(written) else data_path(*directory, written + ending)


def load_profile(
    profile: str, root: Path, port: Files = DISK, extending: tuple[str, ...] = ()
) -> Profile | tuple[Diagnostic, ...]:
    """The built-in profile of that name, or the one in a file relative to `root`.

    `extending` are the profiles that extend it, the outermost first.
    """
    if not is_file(profile) and profile not in built_in_profiles():
        return (_unknown_profile(profile),)
    if profile in extending:
        return (_circle((*extending, profile)),)
    text = read_text(profile_path(profile, root), profile, port)
    if isinstance(text, Diagnostic):
        return (text,)

    def base(name: str) -> Profile | tuple[Diagnostic, ...]:
        return load_profile(name, root, port, (*extending, profile))

    found, problems = read_profile(profile, Source(profile, text), base)
    return problems if found is None else found


def _circle(names: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        code="E714",
        message=f"profiles extend each other: {' -> '.join(names)}",
        file=names[-2],
        hint="take one `extends` out",
    )


def _unknown_profile(profile: str) -> Diagnostic:
    known = built_in_profiles()
    return Diagnostic(
        code="E714",
        message=f"there is no built-in profile {shown_value(profile)}",
        hint=did_you_mean(profile, known)
        or f"built in: {', '.join(known)}; a file has a `/` in its path",
    )


def profile_path(profile: str, root: Path) -> Path:
    """The file of the built-in profile of that name, or the file relative to `root`."""
    return _path(_PROFILES, profile, root)


def schema_path(schema: str, root: Path) -> Path:
    """The file of the built-in schema of that name, or the file relative to `root`."""
    return _path(_SCHEMAS, schema, root)


def load_schema(path: Path, name: str) -> "Schema | Diagnostic":
    """The JSON Schema in the file `path`, called `name` in findings."""
    from starlang.manifests.schema import read_schema

    data = read_bytes(path, name)
    return data if isinstance(data, Diagnostic) else read_schema(name, data)


def read_text(path: Path, name: str, port: Files = DISK) -> str | Diagnostic:
    """The text of a file of the project, or why there is none."""
    data = read_bytes(path, name, port)
    if isinstance(data, Diagnostic):
        return data
    if (problem := encoding_problem(data)) is not None:
        return _unreadable(name, problem, "save it as UTF-8 without a byte order mark (BOM)")
    return data.decode()


def read_bytes(path: Path, name: str, port: Files = DISK) -> bytes | Diagnostic:
    """The bytes of a file of the project, or why there are none."""
    try:
        data = port.read(path, MAX_BYTES, follow=True)
    except IrregularError:
        return _unreadable(name, "it is not a regular file")
    except OSError as error:
        return _unreadable(name, error.strerror or "it cannot be opened")
    if len(data) > MAX_BYTES:
        return _unreadable(name, f"it has more than {MAX_BYTES:,} bytes")
    return data


def _unreadable(name: str, words: str, hint: str = "") -> Diagnostic:
    return Diagnostic(
        code="E706",
        message=f"`{name}` cannot be read: {words}",
        file=name,
        hint=hint or "correct the path, or put a file there that can be read",
    )
