"""What checking and formatting rules costs: 5,000 rules in one file, and a tenth of them.

Of twenty rules, fourteen are `mentions`, three a pattern, two have two conditions and one
is about a facet; each has a weight and a star, and each is about a word of its own. The
times are of the processor, of the whole command; tests/project/test_large_rules.py shows
by counting that they are linear.

    python benchmarks/large_rules.py [--rules N] [--runs N]
"""

import argparse
import resource
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import worlds
from measuring import STARLANG, alternating, process, verdict

RULES, LIMIT, AIM = 5_000, 3.0, 2.0
COMMANDS = {"fmt --check": ["fmt", "--check"], "check": ["check"]}

CONFIG = """[project]
rules = "rules/main.star"
manifests = "manifests"
profile = "constellation-1.1"
"""

HEAD = """starlang 1

ruleset large "1.0"

star Anchor
star Flow
default star Supporting

weights {
  path       0.40
  owner      0.40
  capability 0.40
}

confidence {
  combine sum
  suggest 0.30
  promote 0.70
  margin  0.10
}
"""


def text(amount: int) -> str:
    """A rule file with `amount` rules."""
    chance = Random(1)  # noqa: S311 -- no secret
    words = iter(worlds.vocabulary(chance, 3 * amount))
    return HEAD + "".join(_rule(words, number) for number in range(amount))


def _rule(words: Iterator[str], number: int) -> str:
    star = ("Anchor", "Flow")[number % 2]
    condition = _condition(words, number % 20)
    return f'\nrule rule-{number:05} -> {star}\n  when {condition}\n  because "it is so"\n'


def _condition(words: Iterator[str], kind: int) -> str:
    """The condition of a rule of that kind."""
    match kind:
        case 0 | 1 | 2:
            return f"path matches /{next(words)}|{next(words)}/"
        case 3 | 4:
            return f"path mentions {next(words)}, {next(words)} and not path mentions {next(words)}"
        case 5:
            return f"capability is {next(words)}"
        case _:
            return f"path mentions {next(words)}"


def seconds(command: list[str], project: Path) -> float:
    """The processor's time of a command that finds nothing."""
    before = _spent()
    process(str(STARLANG), *command, cwd=project)
    return _spent() - before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Makes the rules, measures in turn and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rules", type=int, default=RULES)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = {}
        for amount in (chosen.rules // 10, chosen.rules):
            project = Path(folder, str(amount))
            (project / "rules").mkdir(parents=True)
            (project / "configs").mkdir()
            (project / "configs" / "starlang.toml").write_text(CONFIG, "utf-8")
            (project / "rules" / "main.star").write_text(text(amount), "utf-8")
            for name, command in COMMANDS.items():
                work[f"{name}, {amount:,} rules"] = partial(seconds, command, project)
        for name, found in alternating(chosen.runs, work).items():
            print(f"{name:28} {found}")
            if name.endswith(f" {chosen.rules:,} rules"):
                print(verdict(name, found.median, LIMIT, AIM, [found.spread]))


if __name__ == "__main__":
    main()
