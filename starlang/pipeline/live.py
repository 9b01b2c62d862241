"""The live manifests held against a backup."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.build import ManifestFile
from starlang.text import counted

_SHOWN = 10
"""How many manifests are named before the others are counted."""


class Change(StrEnum):
    """How a live manifest differs from what is expected, in words."""

    EDITED = "has been edited"
    GONE = "is gone"
    NEW = "is new"


@frozen
class Difference:
    """A manifest that is not as expected. `path` is relative to the manifests root."""

    path: str
    change: Change


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
            yield Difference(path, Change.GONE)
        elif path not in images:
            yield Difference(path, Change.NEW)
        elif found[path] not in {images[path], after.get(path)}:
            yield Difference(path, Change.EDITED)


def contents(live: list[ManifestFile]) -> dict[str, bytes]:
    """Path -> bytes."""
    return {each.path: each.data for each in live}


def since_backup(
    found: tuple[Difference, ...], shown_root: str, backup: str
) -> tuple[Diagnostic, ...]:
    """A finding for each of the first differences, and one that counts the others."""
    prefix = f"{shown_root}/" if shown_root else ""
    named = [
        Diagnostic(
            code="E959",
            message=f"`{prefix}{each.path}` {each.change} since the backup `{backup}`",
            file=f"{prefix}{each.path}",
            hint="undo the change, or accept it: `starlang backup`, and all steps after it again",
        )
        for each in found[:_SHOWN]
    ]
    if len(found) > _SHOWN:
        rest = counted(len(found) - _SHOWN, "more manifest is", "more manifests are")
        named.append(
            Diagnostic(
                code="E959",
                message=f"and {rest} not as in the backup `{backup}`",
                file=shown_root,
                hint="`starlang backup` copies the manifests as they are now",
            )
        )
    return tuple(named)
