"""What is in a directory: manifests, the profile that reads them, and where they lie."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import takewhile
from pathlib import Path

from attrs import field, frozen

from starlang.init.suggest import fit, made_profile
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import DEFAULT_FILE_NAME
from starlang.manifests.waivers import toml
from starlang.project.config import Config, parse_config
from starlang.project.files import display, files_below
from starlang.project.inputs import built_in_profiles, load_profile, read_text
from starlang.project.loading import ManifestTree, graph_of, read_tree
from starlang.project.manifest_files import hidden_by_git
from starlang.text import Source

OWN_PROFILE = "configs/profile.toml"
"""Where a project has a profile of its own."""

# What is there: files that could be manifests, and where they lie.

ENDINGS = (".json", ".jsonc", ".yaml", ".yml", ".toml")
"""How the names of manifests end."""
_SKIPPED = ("node_modules", "build", "dist", "target", "venv", "__pycache__")
"""Directories of what is built or installed."""


@frozen
class Wanted:
    """What the caller knows: each "" if it is to be found out.

    `file` is what manifests are called, `manifests` the directory below which they lie, `star`
    a pointer to the role in a manifest, and `package` what a workflow installs.
    """

    file: str = ""
    manifests: str = ""
    star: str = ""
    package: str = ""


def manifest_files(top: Path) -> Iterator[str]:
    """Paths relative to `top` of files that could be manifests, in order.

    Hidden directories, those of builds, and what git ignores are left out.
    """
    hidden = hidden_by_git(top)

    def is_looked_into(name: str, path: str) -> bool:
        return not name.startswith(".") and name not in _SKIPPED and path not in hidden

    for path in files_below(top, is_looked_into):
        if path.endswith(ENDINGS) and path not in hidden:
            yield path


def _root_of(files: Sequence[str]) -> str:
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


@frozen
class Reading:
    """Manifests read with one profile: its name, and what the files are called."""

    profile: str
    names: tuple[str, ...]
    graph: ModuleGraph = field(repr=False)

    @property
    def rank(self) -> tuple[bool, int, int]:
        """More is better: manifests of the usual name, then as many stars and facets as can be."""
        return DEFAULT_FILE_NAME in self.names, *fit(self.graph).rank

    @property
    def called(self) -> str:
        """The names of the files that are manifests."""
        found = {file.rpartition("/")[2] for file in self.graph.files}
        return " or ".join(name for name in self.names if name in found) or self.names[0]


def readings_of(directory: Path, wanted: Wanted, names: Counter[str]) -> list[Reading]:
    """What the built-in profiles read here, the best first."""
    found: list[Reading] = []
    trees: dict[tuple[str, ...], ManifestTree] = {}  # profiles that call them alike share one
    for name in built_in_profiles():
        profile = load_profile(name, directory)
        if isinstance(profile, Profile):
            called = tuple(each for each in profile.file_names if names[each])
            if called and wanted.file in {"", *called}:
                if called not in trees:
                    trees[called] = _tree_with(directory, _first_config(wanted), profile)
                found.append(Reading(name, called, graph_of(*trees[called], profile=profile)))
    found = [each for each in found if each.rank[1:] > (0, 0)]
    return sorted(found, key=lambda each: each.rank, reverse=True)


def plain_reading(directory: Path, wanted: Wanted, names: Counter[str]) -> Reading | None:
    """Manifests that no built-in profile reads; None where no file is called like one."""
    likely = [name for name in names if "manifest" in name.lower()]
    name = wanted.file or max(sorted(likely), key=names.__getitem__, default="")
    if not names[name]:
        return None
    text = f'file = {toml(name)}\n[stars]\nprimary = "/star"\nabsent = "default"\n'
    profile = made_profile(OWN_PROFILE, text, directory)
    return Reading("", (name,), graph_with(directory, _first_config(wanted), profile))


def _first_config(wanted: Wanted) -> str:
    """A config under which everything is read that could be a manifest."""
    whole = Place((wanted.manifests or ".",), is_beside=True)
    ignored = ", ".join(map(toml, whole.ignored))
    return f"[project]\n{whole.lines()[0]}\n[guards]\nignore = [{ignored}]\n"


def graph_with(directory: Path, text: str, profile: Profile) -> ModuleGraph:
    """The graph of the manifests that the config of `text` means."""
    return graph_of(*_tree_with(directory, text, profile), profile=profile)


def _tree_with(directory: Path, text: str, profile: Profile) -> ManifestTree:
    config = parse_config(directory.resolve(), Source("configs/starlang.toml", text))
    if not isinstance(config, Config):
        words = "; ".join(each.message for each in config)
        raise RuntimeError(words)  # noqa: TRY004 -- the config is made here, and so is right
    root, shown = config.manifests, display(config.manifests, config.root)
    return read_tree(root, shown, profile, config.guards, layout=config.layout)


# Where manifests lie.


@frozen
class Place:
    """Which directories have manifests, and how the config says so.

    `is_beside`: whether manifests lie beside code, where git knows what is not meant.
    """

    manifests: tuple[str, ...]
    skips_root: bool = False
    is_beside: bool = False

    @property
    def shown(self) -> str:
        """The directory that findings about manifests begin with, "" for the project."""
        return "" if self.is_whole else self.manifests[0]

    @property
    def is_whole(self) -> bool:
        """Whether paths of modules are relative to the project."""
        return self.manifests[0] == "." or "*" in self.manifests[0]

    @property
    def words(self) -> str:
        """Where the manifests are, for the person who starts the project."""
        where = "this directory" if self.manifests == (".",) else ", ".join(self.manifests)
        return f"{where}; that of the root is left out" if self.skips_root else where

    def lines(self) -> list[str]:
        """The settings of `[project]`."""
        one = toml(self.manifests[0])
        return [
            f"manifests = [{one}]" if "*" in one else f"manifests = {one}",
            *(['root = "skip" # what is in the root is not a module'] if self.skips_root else []),
        ]

    @property
    def is_mixed(self) -> bool:
        """Whether other files than manifests lie in these directories, too."""
        return self.is_beside or self.is_whole

    @property
    def ignored(self) -> tuple[str, ...]:
        """The directories below it that hold no manifests of modules."""
        return (
            ("**/.*", *(f"**/{each}" for each in _SKIPPED)) if self.is_mixed else ("**/.archive",)
        )


def place_of(directory: Path, reading: Reading, wanted: Wanted) -> Place:
    """Where the manifests of `reading` lie: the caller's directory, or what they have in common."""
    refused = (each.file for each in reading.graph.problems if each.is_error)
    named = {each for each in refused if each.rpartition("/")[2] in reading.names}
    files = sorted({*reading.graph.files, *named})
    above = _directories_of(files)
    is_beside = any(_has_code(directory, each, reading.names, above) for each in files)
    at_root = [each for each in reading.names if each in files]
    if wanted.manifests:
        return Place((wanted.manifests,), is_beside=is_beside)
    if at_root:
        return Place((".",), _lists_workspaces(directory), is_beside)
    root = _root_of(files)
    others = any((directory / each).is_file() for each in reading.names)
    path = reading.graph.profile.shapes[0].path
    if not root or not is_beside or path is not None or root.endswith("manifests"):
        # A file of the root that holds another document would be reported in every plan.
        skips_root = others and not root
        is_beside = is_beside and not root.endswith("manifests")
        return Place((root or ".",), skips_root, is_beside)
    return Place((f"{root}/**",), is_beside=True)


def _directories_of(files: Iterable[str]) -> frozenset[str]:
    """All directories that `files` are in, those above included, "" for the top."""
    found: set[str] = set()
    for file in files:
        directory = file.rpartition("/")[0]
        while directory not in found:
            found.add(directory)
            directory = directory.rpartition("/")[0]
    return frozenset(found)


def _has_code(directory: Path, file: str, names: Sequence[str], above: AbstractSet[str]) -> bool:
    """Whether anything lies beside a manifest but manifests, and directories `above` others."""
    place = file.rpartition("/")[0]
    prefix = f"{place}/" if place else ""
    try:
        with os.scandir(f"{directory}/{place}") as entries:
            return any(
                each.name not in names and (each.is_file() or prefix + each.name not in above)
                for each in entries
            )
    except OSError:
        return False


def _lists_workspaces(directory: Path) -> bool:
    """Whether the package.json at the top is that of the workspaces and of no package."""
    if any((directory / each).is_file() for each in ("pnpm-workspace.yaml", "lerna.json")):
        return True
    text = read_text(directory / "package.json", "package.json")
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "workspaces" in found
