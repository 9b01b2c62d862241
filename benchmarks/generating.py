"""What coverage, new manifests and acceptance cost, over a skeleton of 6,529 files and real source.

Time is of the processors, of a command and all its processes, and of several runs the shortest:
other work on the machine makes it longer and never shorter. The skeleton is made from the corpus,
and taken through a whole run, so that `accept` can be compared with `verify`. Real source is that
of a package that is downloaded, unpacked, read, and thrown away; it is never installed.

    python benchmarks/generating.py [--runs N] [--corpus DIR] [--source DIR]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring import CORPUS, ROOT, STARLANG

PACKAGE = "homeassistant==2025.10.4"
LIMITS = {
    "coverage": 0.5,
    "generate, cold": 6.0,
    "generate, unchanged": 1.0,
    "accept / verify": 1.5,
    "real source, cold": 20.0,
    "real source, unchanged": 2.0,
    "files unread": 10.0,
}
_CONFIG = (
    '[project]\nrules = "main.star"\nprofile = "profile.toml"\n[coverage]\nsource = "source"\n'
)
_KNOWN = '[[baseline]]\npath = "{}"\ncode = "{}"\nreason = "as it was found"\n'
_DIFFERS = (
    ("configs/corpus.schema.json", "E877"),
    ("stars/constellation.star", "E878"),
    ("**", "W510"),
)
"""Where the canon of the corpus and its copies differ, and manifests from the schema."""

_RULES = 'starlang 1\nruleset plain "1.0"\nstar One\n  label "One"\ndefault star Other\n'
_PROFILE = '[module]\nname = "/name"\n[stars]\nprimary = "/role"\n[new]\n'
_PROFILE += '"/needs/*" = { fact = "external" }\n"/offers/*" = { fact = "classes" }\n'


def cost(*command: str | Path, cwd: Path, accepted: tuple[int, ...] = (0,)) -> tuple[float, str]:
    """Seconds of the processors that a command takes with all its processes, and what it says."""
    # What is installed has its bytecode beside it; a checkout gets it from the first command.
    env = {key: each for key, each in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = os.times()
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, check=False)  # noqa: S603 -- our own
    after = os.times()
    if done.returncode not in accepted:
        raise SystemExit(f"{command}: {done.returncode}\n{done.stderr.decode()}")
    spent = after.children_user - before.children_user
    return spent + after.children_system - before.children_system, done.stderr.decode()


def shortest(runs: int, *command: str | Path, cwd: Path, accepted: tuple[int, ...] = (0,)) -> float:
    """The least that a command costs in several runs."""
    return min(cost(*command, cwd=cwd, accepted=accepted)[0] for _ in range(runs))


def git(root: Path, *arguments: str) -> None:
    """A command of git that has to succeed."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.fsync=none")
    subprocess.run(  # noqa: S603 -- git, in a directory of our own
        ["/usr/bin/env", "git", *identity, *arguments], cwd=root, check=True, capture_output=True
    )


def skeleton(runs: int, corpus: Path, root: Path) -> Iterator[tuple[str, float]]:
    """The figures over the skeleton."""
    maker = ROOT / "tests" / "program" / "monorepo.py"
    subprocess.run([sys.executable, maker, corpus, root], check=True)  # noqa: S603 -- our own
    missed = (0, 3)
    yield "coverage", shortest(runs, STARLANG, "coverage", cwd=root, accepted=missed)
    dry = (STARLANG, "generate", "--quiet")
    yield "generate, cold", min(cold(root, *dry) for _ in range(max(1, runs // 2)))
    yield "generate, unchanged", shortest(runs, *dry, cwd=root)
    git(root, "config", "user.email", "maker@example.org")
    with (root / "configs" / "starlang.toml").open("a", encoding="utf-8") as config:
        config.writelines(map(_KNOWN.format, *zip(*_DIFFERS, strict=True)))
    git(root, "commit", "-q", "-a", "-m", "what is known of the canon")
    for step in (("pin",), ("backup", "--with-missing"), ("canary",)):
        cost(STARLANG, *step, "--quiet", cwd=root)
    [report] = (root / "docs" / "audits").glob("*_canary_report.json")
    digest = report.read_text("utf-8").partition('"plan": "')[2].partition('"')[0]
    cost(STARLANG, "approve", digest, "--by", "reader@example.org", "--quiet", cwd=root)
    cost(STARLANG, "apply", "--quiet", cwd=root)
    verify = shortest(runs, STARLANG, "verify", "--quiet", cwd=root, accepted=missed)
    cost(STARLANG, "report", "--quiet", cwd=root, accepted=missed)
    accept = shortest(runs, STARLANG, "accept", "--quiet", cwd=root, accepted=missed)
    print(f"verify takes {verify:.2f} s, accept {accept:.2f} s")
    yield "accept / verify", accept / verify


def cold(root: Path, *command: str | Path) -> float:
    """What a command costs where no result of a file is kept."""
    (root / ".git" / "starlang" / "sources.json").unlink(missing_ok=True)
    return cost(*command, cwd=root)[0]


def real_source(runs: int, source: Path, root: Path) -> Iterator[tuple[str, float]]:
    """The figures over real source, in a project of its own."""
    shutil.copytree(source, root / "source", ignore=_other_files)
    files = sum(1 for _ in (root / "source").rglob("*.py"))
    for name, text in (("main.star", _RULES), ("profile.toml", _PROFILE)):
        (root / name).write_text(text, "utf-8")
    (root / "configs").mkdir()
    config = root / "configs" / "starlang.toml"
    config.write_text(_CONFIG, "utf-8")
    (root / "manifests").mkdir()
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "all")):
        git(root, *command)
    dry = (STARLANG, "generate", "--limit", "0")
    yield "real source, cold", cold(root, *dry) + shortest(1, STARLANG, "coverage", cwd=root)
    warm = shortest(runs, *dry, cwd=root) + shortest(runs, STARLANG, "coverage", cwd=root)
    yield "real source, unchanged", warm
    said = cost(*dry, cwd=root)[1]
    unread = [line for line in said.splitlines() if "W553" in line]
    print(f"{files:,} files; unread: {unread}")
    yield "files unread", len(unread)


def _other_files(directory: str, names: list[str]) -> list[str]:
    """All but Python files and directories."""
    return [n for n in names if not n.endswith(".py") and not Path(directory, n).is_dir()]


@contextmanager
def downloaded(directory: Path) -> Iterator[Path]:
    """The Python source of the package."""
    command = ("pip", "download", "--quiet", "--no-deps", "--ignore-requires-python")
    subprocess.run(  # noqa: S603 -- pip, of this environment
        [sys.executable, "-m", *command, "--dest", directory, PACKAGE], check=True
    )
    [archive] = directory.iterdir()
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(directory / "package")
    yield directory / "package"


def main() -> None:
    """Prepares, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--source", type=Path, help="unpacked already")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        found = dict(skeleton(chosen.runs, chosen.corpus, place / "skeleton"))
        (place / "archive").mkdir()
        (place / "real").mkdir()
        if chosen.source is not None:
            found |= dict(real_source(chosen.runs, chosen.source, place / "real"))
        else:
            with downloaded(place / "archive") as source:
                found |= dict(real_source(chosen.runs, source, place / "real"))
    for name, figure in found.items():
        state = "holds" if figure <= LIMITS[name] else "TOO MUCH"
        print(f"{name:24}{figure:8.2f}  (limit {LIMITS[name]:g}): {state}")


if __name__ == "__main__":
    main()
