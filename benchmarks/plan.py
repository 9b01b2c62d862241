"""A whole `starlang plan --format json` from compiled rules, in units of the floor.

The floor is what any program must do: read and decode every manifest (`floor.py`). Both
run as processes of their own, in turn, and the parts that have nothing to do with
manifests are printed beside them. With the corpus at hand, its manifests are planned by
its own rules, and checked against its schema; otherwise those of the example.

    python benchmarks/plan.py [--runs N] [--corpus DIR]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import CORPUS, EXAMPLE, ROOT, STARLANG, alternating, process, verdict

LIMIT, AIM = 3.0, 1.5
BLOCKED = 5
"""What `plan` exits with where a finding forbids to apply the plan, as in the corpus."""


def prepare(corpus: Path, project: Path) -> None:
    """A project with the manifests of `corpus`, its schema, and its rules compiled."""
    (project / "configs").mkdir(parents=True)
    shutil.copytree(corpus / "manifests", project / "manifests", copy_function=shutil.copyfile)
    config = '[project]\nrules = "rules.json"\nmanifests = "manifests"\n'
    config += 'profile = "constellation-1.1"\n'
    if (schema := corpus / "matriz_module_compliance.schema.json").exists():
        shutil.copyfile(schema, project / "configs" / "manifest.schema.json")
        config += 'schema = "configs/manifest.schema.json"\n'
    (project / "configs" / "starlang.toml").write_text(config, "utf-8")
    root = ROOT / "rules" / "constellation.star"
    if (old := corpus / "star_rules.json").exists():
        starlang("import", str(old), "--output", str(project / "rules"), "--quiet")
        root = project / "rules" / "constellation.star"
    starlang("compile", "--rules", str(root), "--output", str(project / "rules.json"))


def starlang(*arguments: str) -> None:
    """Runs a command whose time is not measured; what it says is shown only if it fails."""
    command = [str(STARLANG), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 -- our own
    if done.returncode:
        raise SystemExit(done.stderr.decode())


def main() -> None:
    """Prepares, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--corpus", type=Path, default=CORPUS if CORPUS.is_dir() else EXAMPLE)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory, "project")
        prepare(chosen.corpus, project)
        python, floor = sys.executable, str(ROOT / "benchmarks" / "floor.py")
        plan = (str(STARLANG), "plan", "--format", "json")
        found = alternating(
            chosen.runs,
            {
                "floor: read and decode": lambda: process(
                    python, floor, str(project / "manifests")
                ),
                "starlang plan --format json": lambda: process(
                    *plan, cwd=project, accepted=(0, BLOCKED)
                ),
                "python, nothing at all": lambda: process(python, "-c", ""),
                "import starlang": lambda: process(python, "-c", "import starlang"),
                "starlang --version": lambda: process(str(STARLANG), "--version"),
            },
        )
    for name, figures in found.items():
        print(f"{name:30}{figures}")
    base, whole, *_ = found.values()
    spreads = [base.spread, whole.spread]
    print(verdict("plan / floor", whole.median / base.median, LIMIT, AIM, spreads))


if __name__ == "__main__":
    main()
