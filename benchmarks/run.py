"""All benchmarks, one after the other, each in a process of its own.

python benchmarks/run.py
"""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = (
    "plan",
    "scoring",
    "growth",
    "large_rules",
    "graph",
    "forbids",
    "inspection",
    "apply",
    "guarded_run",
)


def main() -> None:
    """Runs them in turn; fails if one of them does."""
    for name in BENCHMARKS:
        print(f"== {name}", flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        subprocess.run([sys.executable, str(script)], check=True)  # noqa: S603 -- our own


if __name__ == "__main__":
    main()
