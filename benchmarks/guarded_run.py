"""What a manifest costs in each step of a run over 100,000 of them, in units of 20,000.

A quarter of the manifests changes, and some are held back. Each step is a process of its own:
its processor time, its largest memory, and the size of the page that the canary writes.

    python benchmarks/guarded_run.py [--few N] [--many N] [DIRECTORY]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

import worlds
from attrs import frozen
from measuring import STARLANG

LIMIT = 1.3
"""What costs this much more a manifest is not linear."""

PAGE = 2_000_000
"""Most bytes of the page, however many manifests there are."""

CONFIG = """[project]
rules = "rules/main.star"

[canary]
critical = ["critical"]

[verify]
protected = ["owner", "tier"]
"""
RULES = """starlang 1
ruleset benchmark "1.0"

star Trail
star Watch
default star Supporting

rule trail-node -> Trail weight 0.50 when node is memory
rule trail-path -> Trail weight 0.40 when path mentions memory
rule watch-node -> Watch weight 0.50 when node is risk
rule watch-owner -> Watch weight 0.30 when owner in {owner_1, owner_2, owner_3}

ceilings {
  at most 20% promoted per star
  at least 55% Supporting
  on breach defer
}
"""
STEPS = ("pin", "backup", "canary", "status", "approve", "apply", "verify", "rollback")


@frozen
class Cost:
    """Processor seconds and the largest memory in bytes."""

    seconds: float
    memory: int


def world(root: Path, amount: int) -> None:
    """A committed project of `amount` manifests."""
    chance = Random(1)  # noqa: S311 -- no secret
    words = [*worlds.vocabulary(chance, amount // 4 + 100), *["memory"] * (amount // 40)]
    for path in worlds.paths(chance, words, amount):
        file = root / "manifests" / path / "module.manifest.json"
        file.parent.mkdir(parents=True)
        file.write_text(manifest(chance, path), "utf-8")
    for name, text in (("configs/starlang.toml", CONFIG), ("rules/main.star", RULES)):
        (root / name).parent.mkdir()
        (root / name).write_text(text, "utf-8")
    for command in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "-q", "-m", "all"),
    ):
        subprocess.run(["git", *command], cwd=root, check=True)  # noqa: S603, S607 -- our own


def manifest(chance: Random, path: str) -> str:
    """A manifest of shape 1.1, about as large as those of the corpus."""
    memory = "memory" in path
    node = "memory" if memory or chance.random() < 0.2 else chance.choice(("risk", "thought"))  # noqa: PLR2004 -- one in five
    owner = chance.randrange(40)
    document = {
        "schema_version": "1.1.0",
        "module": {"name": path.replace("/", "."), "path": path, "type": "package"},
        "matriz_integration": {"status": "partial", "pipeline_nodes": [node]},
        "constellation_alignment": {"primary_star": "Supporting", "star_aliases": []},
        "capabilities": [{"name": f"capability_{chance.randrange(60)}", "type": "processing"}],
        "testing": {"quality_tier": f"T{chance.randint(1, 4)}", "test_paths": []},
        "observability": {"spans": [f"span.{path}.{number}" for number in range(12)]},
        "metadata": {"owner": f"owner_{owner}", "tags": []},
    }
    return f"{json.dumps(document, indent=2)}\n"


def run(root: Path, *command: str) -> Cost:
    """What one process costs; the program has to succeed."""
    out = os.open(os.devnull, os.O_WRONLY)
    process = subprocess.Popen(  # noqa: S603 -- a command of the benchmarks
        [STARLANG, *command, "--quiet"] if command[0] != "status" else [STARLANG, *command],
        cwd=root,
        stdout=out,
        stderr=subprocess.PIPE,
    )
    said = process.stderr.read() if process.stderr else b""
    _, code, used = os.wait4(process.pid, 0)
    os.close(out)
    if code:
        raise SystemExit(f"{' '.join(command)}: {code}\n{said.decode()}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def costs(directory: Path, amount: int) -> tuple[dict[str, Cost], int, int]:
    """The cost of each step over `amount` manifests; the bytes of the page, and what changes."""
    top = Path(tempfile.mkdtemp(dir=directory, prefix=".bench."))
    root = top / "repo"
    try:
        root.mkdir()
        world(root, amount)
        found: dict[str, Cost] = {}
        audits = root / "docs" / "audits"
        for step in STEPS:
            more: tuple[str, ...] = ()
            if step == "approve":
                (path,) = audits.glob("*_canary_report.json")
                report = json.loads(path.read_bytes())
                more = (report["plan"], "--by", "b@example.org")
            found[step] = run(root, step, *more)
        (page,) = audits.glob("*_canary_report.html")
        return found, page.stat().st_size, len(report["modules"])
    finally:
        shutil.rmtree(top)


def main() -> None:
    """Both sizes, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", nargs="?", default=".")
    parser.add_argument("--few", type=int, default=20_000)
    parser.add_argument("--many", type=int, default=100_000)
    chosen = parser.parse_args()
    sizes = (chosen.few, chosen.many)
    found = [costs(Path(chosen.directory).resolve(), amount) for amount in sizes]
    (few, _, _), (many, page, changes) = found
    growth = chosen.many / chosen.few
    is_linear = True
    for step in STEPS:
        time = many[step].seconds / few[step].seconds / growth
        memory = many[step].memory / few[step].memory / growth
        is_linear = is_linear and max(time, memory) <= LIMIT
        print(
            f"{step:<9}"
            + "  ".join(
                f"{amount:>7,}: {cost[step].seconds:7.2f} s {cost[step].memory / 1e6:6.0f} MB"
                for amount, (cost, _, _) in zip(sizes, found, strict=True)
            )
            + f"  a manifest costs {time:.2f} times the time, {memory:.2f} times the memory"
        )
    print(f"the page about {changes:,} changes has {page:,} bytes (limit {PAGE:,})")
    reached = is_linear and page <= PAGE
    print(f"linear (limit {LIMIT}): {'reached' if reached else 'NOT reached'}")
    sys.exit(not reached)


if __name__ == "__main__":
    main()
