"""The monorepo as a project: rules of the old tools, derivations, a profile and a config.

The rules are imported; the derivations are the word list that the nodes of the existing manifests
were made by, and the profile is one of its own (`tests/generate/monorepo/`).

`python tests/program/monorepo.py CORPUS DIRECTORY` lays one out and commits it, for benchmarks.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from program.skeleton import commit, lay_out

PROGRAM = Path(sys.executable).with_name("starlang")
PARTS = Path(__file__).parents[1] / "generate" / "monorepo"
CONFIG = """[project]
rules = "stars/constellation.star"
profile = "configs/profile.toml"
schema = "configs/corpus.schema.json"
schema_version = "1.1.0"

[coverage]
at_least = 99
"""
EXCLUDE = '[[coverage.exclude]]\nglob = "{}"\nreason = "no packages of ours"\n'
WAIVE = '[[guards.waive]]\npath = "{}"\ncode = "E602"\nreason = "they are called so"\n'


def configure(root: Path, waived: Iterable[str]) -> None:
    """Writes the config, with these paths waived."""
    config = CONFIG + "".join(map(EXCLUDE.format, ("**/tests", "**/archive", ".")))
    config += "".join(map(WAIVE.format, waived))
    (root / "configs" / "starlang.toml").write_text(config, "utf-8")


def furnish(root: Path, corpus: Path) -> None:
    """Puts everything into a skeleton that a project has beside packages and manifests."""
    (root / "stars").mkdir()
    for name in ("star_rules.json", "star_canon.json"):
        shutil.copyfile(corpus / name, root / "stars" / name)
    command = (PROGRAM, "import", "star_rules.json", "-o", ".", "--quiet")
    subprocess.run(command, cwd=root / "stars", check=True, stdout=subprocess.DEVNULL)
    shutil.copyfile(PARTS / "derived.star", root / "stars" / "derived.star")
    rules = root / "stars" / "constellation.star"
    rules.write_text(f'{rules.read_text("utf-8")}\nuse "derived.star"\n', "utf-8")
    (root / "configs").mkdir(exist_ok=True)
    shutil.copyfile(PARTS / "profile.toml", root / "configs" / "profile.toml")
    schema = corpus / "matriz_module_compliance.schema.json"
    shutil.copyfile(schema, root / "configs" / "corpus.schema.json")
    (root / ".github").mkdir(exist_ok=True)
    shutil.copyfile(corpus / ".github" / "CODEOWNERS", root / ".github" / "CODEOWNERS")


def capitals(root: Path) -> tuple[str, ...]:
    """The modules with a capital in their path, sorted."""
    paths = (path.parent for path in (root / "manifests").rglob("module.manifest.json"))
    shown = (path.relative_to(root / "manifests").as_posix() for path in paths)
    return tuple(sorted(each for each in shown if each != each.lower() and ".archive" not in each))


def linked(skeleton: Path, root: Path) -> None:
    """A copy whose files are further names of those of the skeleton; only new ones are written."""
    shutil.copytree(skeleton, root, copy_function=os.link)


if __name__ == "__main__":
    target = Path(sys.argv[2])
    lay_out(Path(sys.argv[1]), target)
    furnish(target, Path(sys.argv[1]))
    configure(target, capitals(target))
    commit(target)
