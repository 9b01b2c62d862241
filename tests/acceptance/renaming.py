"""A copy of the corpus in which stars, capabilities and directories have other names.

The new names are a bijection that is drawn with a seed. A directory that a pattern looks at keeps
its words and gets an ending behind a hyphen, which no pattern sees; any other gets a new name.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from random import Random

from acceptance.reading import (
    Entry,
    Manifest,
    OldCanon,
    OldRules,
    live_files,
    read_canon,
    read_manifest,
    read_rules,
)
from attrs import frozen

_LETTERS = "zxkwj"  # no pattern of the corpus is made of these
_WORD = re.compile(r"[A-Za-z]+")


@frozen
class Renaming:
    """Old name -> new name."""

    words: Mapping[str, str]
    capabilities: Mapping[str, str]
    directories: Mapping[str, str]

    def label(self, label: str) -> str:
        """A star's label, alias or id, with the words in it renamed."""
        return _WORD.sub(lambda word: self.words.get(word[0], word[0]), label)

    def path(self, path: str) -> str:
        return "/".join(self.directories[each] for each in path.split("/"))

    def name(self, name: str) -> str:
        return ".".join(self.directories[each] for each in name.split("."))


def renaming(root: Path, seed: int) -> Renaming:
    random = Random(seed)  # noqa: S311 -- the same copy in every run
    rules, canon = read_rules(root), read_canon(root)
    manifests = {path: read_manifest(file) for path, file in live_files(root / "manifests").items()}
    labels = [*rules["canonical_stars"], *rules["aliases"], *canon["aliases"]]
    words = {word for label in labels for word in _WORD.findall(label)}
    capabilities = {each["capability"] for each in rules["capability_overrides"]}
    capabilities |= {each["name"] for m in manifests.values() for each in m["capabilities"]}
    directories = {part for path in manifests for part in path.split("/")}
    names = {part for m in manifests.values() for part in m["module"]["name"].split(".")}
    return Renaming(
        words={word: new.capitalize() for word, new in _new(words, random)},
        capabilities=dict(_new(capabilities, random)),
        directories={
            old: _renamed(old, new, rules) for old, new in _new(directories | names, random)
        },
    )


def _new(names: Iterable[str], random: Random) -> Iterable[tuple[str, str]]:
    """Each name with a new one; no two are alike."""
    listed = sorted(names)
    return zip(listed, map(_word, random.sample(range(5**6, 5**7), len(listed))), strict=True)


def _word(number: int) -> str:
    return _LETTERS[number % 5] + (_word(number // 5) if number >= 5 else "")


def _renamed(directory: str, new: str, rules: OldRules) -> str:
    patterns = [each["pattern"] for each in (*rules["rules"], *rules["exclusions"])]
    if any(re.search(pattern, directory, re.IGNORECASE) for pattern in patterns):
        return f"{directory}-{new}"
    return new if directory == directory.lower() else new.capitalize()


def write_copy(
    root: Path,
    copy: Path,
    names: Renaming,
    change: Callable[[int, Manifest], Manifest],
) -> None:
    """Rules, canon and live manifests of `root` under their new names, in `copy`/catalogue.

    `change` may make another manifest of the one with that number.
    """
    copy.mkdir()
    _write(copy / "star_rules.json", _renamed_rules(read_rules(root), names))
    _write(copy / "star_canon.json", _renamed_canon(read_canon(root), names))
    for number, (path, file) in enumerate(live_files(root / "manifests").items()):
        manifest = _renamed_manifest(read_manifest(file), names)
        directory = copy / "catalogue" / names.path(path)
        directory.mkdir(parents=True, exist_ok=True)
        _write(directory / file.name, change(number, manifest))


def _write(path: Path, document: OldRules | OldCanon | Manifest) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")


def _renamed_rules(rules: OldRules, names: Renaming) -> OldRules:
    def entries(old: Sequence[Entry]) -> list[Entry]:
        return [{**each, "star": names.label(each["star"])} for each in old]

    capabilities = [
        {**each, "capability": names.capabilities[each["capability"]]}
        for each in rules["capability_overrides"]
    ]
    return {
        **rules,
        "stars": _renamed_stars(rules["stars"], names),
        "canonical_stars": list(map(names.label, rules["canonical_stars"])),
        "aliases": _renamed_aliases(rules["aliases"], names),
        "rules": entries(rules["rules"]),
        "capability_overrides": entries(capabilities),
        "node_overrides": entries(rules["node_overrides"]),
        "owner_priors": entries(rules["owner_priors"]),
        "dependency_hints": entries(rules["dependency_hints"]),
    }


def _renamed_canon(canon: OldCanon, names: Renaming) -> OldCanon:
    return {
        **canon,
        "stars": _renamed_stars(canon["stars"], names),
        "labels": list(map(names.label, canon["labels"])),
        "aliases": _renamed_aliases(canon["aliases"], names),
    }


def _renamed_stars(stars: Sequence[Entry], names: Renaming) -> list[Entry]:
    return [{**star, "id": names.label(star["id"])} for star in stars]


def _renamed_aliases(aliases: Mapping[str, str], names: Renaming) -> dict[str, str]:
    return {names.label(alias): names.label(label) for alias, label in aliases.items()}


def _renamed_manifest(manifest: Manifest, names: Renaming) -> Manifest:
    module, alignment = manifest["module"], manifest["constellation_alignment"]
    return {
        **manifest,
        "module": {
            **module,
            "name": names.name(module["name"]),
            "path": names.path(module["path"]),
        },
        "constellation_alignment": {
            **alignment,
            "primary_star": names.label(alignment["primary_star"]),
        },
        "capabilities": [
            {**each, "name": names.capabilities[each["name"]]} for each in manifest["capabilities"]
        ],
    }
