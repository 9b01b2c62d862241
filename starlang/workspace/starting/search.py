"""Finding manifests in a directory that nobody has described yet."""

import os
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from attrs import frozen

from starlang.manifests.profile_file import DEFAULT_FILE_NAME

_SKIPPED = frozenset({"node_modules", "build", "dist", "venv", "quarantine", "__pycache__"})


@frozen
class Search:
    """Manifests as they lie: `name` is what they are called, `root` the directory above all.

    `count` is 0 where there are none; then `others` are the most frequent JSON files.
    """

    name: str
    root: str
    count: int
    others: tuple[tuple[str, int], ...] = ()


def search(directory: Path, wanted: str | None, manifests: str | None) -> Search:
    """The manifests below `directory`, or below `manifests` in it.

    They are called `wanted`, or else `module.manifest.json`, or else as most files are that
    have `manifest` in their name. Hidden directories and those of builds are left out.
    """
    top = directory / manifests if manifests else directory
    files = list(_json_files(top))
    names = Counter(file.rpartition("/")[2] for file in files)
    name = wanted or _usual_name(names)
    found = [file for file in files if file.rpartition("/")[2] == name]
    if not found:
        return Search(name, manifests or "manifests", 0, tuple(names.most_common(3)))
    root = _root_of(found)
    return Search(name, "/".join(filter(None, (manifests, root))) or ".", len(found))


def _usual_name(names: Counter[str]) -> str:
    likely = [name for name in names if "manifest" in name.lower()]
    if not likely or DEFAULT_FILE_NAME in names:
        return DEFAULT_FILE_NAME
    return max(sorted(likely), key=lambda name: names[name])


def _json_files(top: Path) -> Iterator[str]:
    """Paths of JSON files relative to `top`, in order."""
    for place, directories, files in os.walk(top):
        directories[:] = sorted(
            each for each in directories if not each.startswith(".") and each not in _SKIPPED
        )
        inside = Path(place).relative_to(top).as_posix()
        for file in sorted(files):
            if file.endswith(".json"):
                yield file if inside == "." else f"{inside}/{file}"


def _root_of(files: list[str]) -> str:
    """The deepest directory that all modules lie below, "" for the top.

    The directory of a manifest is its module, which cannot be the root itself.
    """
    modules = [file.split("/")[:-1] for file in files]
    above = [module[:-1] for module in modules]
    common = list(takewhile(lambda part: part is not None, map(_same, zip(*above, strict=False))))
    if "manifests" in common:  # what is called so is meant to be the root
        common = common[: common.index("manifests") + 1]
    return "/".join(part for part in common if part is not None)


def _same(parts: tuple[str, ...]) -> str | None:
    """The one part that all have, None if they differ."""
    return parts[0] if len(set(parts)) == 1 else None
