"""The runbook: a page whose commands are run in order, in one repository that begins empty.

`PYTHONPATH=tests python tests/program/runbook.py` writes what the commands print into the page
anew; tests/test_runbook.py compares.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from program.run import environment, starlang

PAGE = Path(__file__).resolve().parents[2] / "docs" / "runbook.md"
CONSOLE = "console runbook"
_FENCE = re.compile(r"^```(.+)\n((?:(?!```).*\n)*)```$", re.MULTILINE)
_TREE = re.compile(r"starlang approve --merge ([0-9a-f]{16})")

SAMPLES = (
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "2026-03-01T12:00:00Z"),
    (r"[0-9]{8}T[0-9]{6}Z", "20260301T120000Z"),
    (r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9T])", "2026-03-01"),
    (r"\b[0-9a-f]{64}\b", "0123456789abcdef" * 4),
    (r"\b[0-9a-f]{16}\b", "0123456789abcdef"),
    (r"sha256:[0-9a-f]{8}…", "sha256:01234567…"),
    (r"\b[0-9a-f]{12}\b", "0123456789ab"),
    (r"(?<=\bby )(?!git\b)[a-z0-9_-]+(?= at 2026|$)", "alice"),
    (r"(?m) +$", ""),
)
"""What is another one in every run, and what the page has in its place."""


@frozen
class Block:
    """A fenced block of the page: what stands behind the backticks, and its text."""

    info: str
    text: str


def blocks() -> Iterator[Block]:
    """The blocks of the page, in order."""
    for match in _FENCE.finditer(PAGE.read_text("utf-8")):
        yield Block(match[1], match[2])


def same(text: str) -> str:
    """`text` with samples for what is another one in every run."""
    for pattern, sample in SAMPLES:
        text = re.sub(pattern, sample, text, flags=re.MULTILINE)
    return text


class Operator:
    """Somebody who follows the page in the directory `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tree = ""

    def follow(self, block: Block) -> str:
        """Writes the file of a block, or runs its commands; what the block should say."""
        _, is_file, name = block.info.partition(" file=")
        if is_file:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
            return block.text
        return "".join(self._session(block.text))

    def _session(self, text: str) -> Iterator[str]:
        code, printed = 0, ""
        for line in text.splitlines():
            if line == "$ echo $?":
                yield f"{line}\n{code}\n"
                code = 0
            elif line.startswith("$ "):
                assert code == 0, f"before `{line}` something ended with {code}: {printed}"
                code, printed = self._run(line.removeprefix("$ "))
                yield f"{line}\n{same(printed)}"
        assert code == 0, f"the last command ended with {code}: {printed}"

    def _run(self, line: str) -> tuple[int, str]:
        words = shlex.split(line, comments=True)
        if words[0] == "starlang" and not {"|", ">"}.intersection(words):
            done = starlang(*self._meant(words[1:]), cwd=self.root)
            printed = (done.out + done.err).decode()
            code = done.code
        else:
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            shell = subprocess.run(
                ["/usr/bin/env", "bash", "-c", line],
                cwd=self.root,
                env=environment(PATH=path, GIT_CONFIG_NOSYSTEM="1"),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                check=False,
            )
            code, printed = shell.returncode, shell.stdout
        if found := _TREE.search(printed):
            self._tree = found[1]
        return code, printed

    def _meant(self, words: list[str]) -> list[str]:
        """The words with the digest that is meant, in the place of that of the page."""
        meant = {"0123456789abcdef": self._tree if "--merge" in words else self._plan()}
        return [meant.get(each, each) for each in words]

    def _plan(self) -> str:
        for report in self.root.glob("docs/audits/*_canary_report.json"):
            found: str = json.loads(report.read_bytes())["plan"]
            return found
        return ""


def _write() -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "shop")
        root.mkdir()
        operator = Operator(root)

        def replaced(match: re.Match[str]) -> str:
            text = operator.follow(Block(match[1], match[2]))
            return f"```{match[1]}\n{text}```"

        PAGE.write_text(_FENCE.sub(replaced, PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    _write()
