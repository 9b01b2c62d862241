"""What `starlang inspect` costs beside a plan over the same manifests, in one run.

With the corpus at hand, it is measured there; otherwise on the example.

    python benchmarks/inspection.py [--runs N] [--corpus DIR]
"""

import argparse
import tempfile
from pathlib import Path

from measuring import CORPUS, EXAMPLE, STARLANG, alternating, process
from plan import BLOCKED, prepare

LIMIT = 1.0
"""Seconds beyond the plan that an inspection may take."""


def main() -> None:
    """Prepares, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--corpus", type=Path, default=CORPUS if CORPUS.is_dir() else EXAMPLE)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory, "project")
        prepare(chosen.corpus, project)

        def command(*arguments: str) -> float:
            return process(str(STARLANG), *arguments, cwd=project, accepted=(0, BLOCKED))

        found = alternating(
            chosen.runs,
            {
                "starlang plan --format json": lambda: command("plan", "--format", "json"),
                "starlang inspect --format json": lambda: command("inspect", "--format", "json"),
                "starlang inspect --format html": lambda: command("inspect", "--format", "html"),
            },
        )
    for name, figures in found.items():
        print(f"{name:32}{figures}")
    plan, *inspections = found.values()
    beyond = max(each.median for each in inspections) - plan.median
    ratio = max(each.median for each in inspections) / plan.median
    print(f"beyond the plan: {beyond:.2f} s (limit {LIMIT}); {ratio:.2f} times the plan")


if __name__ == "__main__":
    main()
