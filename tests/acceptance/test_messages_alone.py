"""Somebody who knows nothing but what the program prints comes from `pin` to a verified run.

The corpus as it was before its stars were given: every module that the rules would promote
carries the default star again. Rules as they are imported, but that the weakest are deferred;
its own schema; no finding is known yet. The reader of messages runs the command that is said
to be next, and writes what is said to be written. That is all that they know.
"""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from acceptance.trees import Tree, copy_of
from attrs import field, frozen
from program.documents import Plan
from program.projects import snapshot
from program.repositories import commit_all, git
from program.run import starlang

pytestmark = pytest.mark.requirement("R09", "R11", "R17", "R21", "R24", "R26", "R31")

CONFIG = """schema = "schemas/module.schema.json"

[canon]
copies = ["star_rules.json", "star_canon.json"]

[canary]
critical = ["core", "matriz", "identity", "governance", "consciousness/qualia", "memory/fold"]

[verify]
contracts = "contracts"
"""
DEFAULT = "Supporting"
ADVISED = re.compile(
    r"put into (\S+), each with your reason:\n\n(.*?)(?=^next: )", re.DOTALL | re.MULTILINE
)
NEXT = re.compile(r"^next: (?:.*, then )?starlang (.+)$", re.MULTILINE)
MOST = 20
"""Commands after which the reader would give up."""


@frozen
class Reader:
    """Whoever follows the messages. `transcript` has the commands and all that they print."""

    root: Path
    transcript: list[str] = field(factory=list)

    def follow(self, command: str) -> str:
        """Runs `command` and what is next after it, until nothing is next; the last one."""
        for _ in range(MOST):
            done = starlang(*command.split(), cwd=self.root)
            said = done.text + done.said
            self.transcript.append(f"$ starlang {command}\n{said}[exit code {done.code}]\n")
            if (advised := ADVISED.search(said)) is not None:
                self._write(advised[1], advised[2])
            if (following := NEXT.search(said)) is None:
                return command
            command = following[1]
        return command

    def _write(self, name: str, text: str) -> None:
        """Does what a message says, as somebody who has a reason for each entry."""
        file = self.root / name
        reasons = text.replace('reason = ""', 'reason = "was so when the run began"')
        file.write_text(f"{file.read_text('utf-8')}\n{reasons}", "utf-8")
        self.transcript.append(f"[written at the end of {name}, each with a reason]\n")


@pytest.fixture
def repository(corpus: Path, reassessed: Plan, tmp_path: Path) -> Tree:
    """The corpus, committed, with the default star in every module that could be promoted."""
    tree = copy_of(corpus, tmp_path / "repo")
    shutil.copytree(corpus / "contracts", tree.root / "contracts")
    schema = tree.root / "schemas" / "module.schema.json"
    schema.parent.mkdir()
    shutil.copyfile(corpus / "matriz_module_compliance.schema.json", schema)
    promoted = [each["file"] for each in reassessed["modules"] if each["outcome"] == "promoted"]
    assert len(promoted) == 413
    for name in promoted:
        put_back(tree.root / name)
    ceilings = tree.root / "rules" / "ceilings.star"
    ceilings.write_text(
        ceilings.read_text("utf-8").replace("breach abort", "breach defer"), "utf-8"
    )
    tree.config(CONFIG)
    commit_all(tree.root)
    return tree


def put_back(file: Path) -> None:
    text, count = re.subn(
        r'("primary_star": ")[^"]*"', rf'\1{DEFAULT}"', file.read_text("utf-8"), count=1
    )
    assert count == 1
    file.write_text(text, "utf-8")


def test_messages_lead_from_pin_to_a_verified_run(repository: Tree) -> None:
    before = snapshot(repository.root / repository.manifests)
    outcomes = Counter(each["outcome"] for each in repository.plan()[1]["modules"])
    reader = Reader(repository.root)

    last = reader.follow("pin")
    (repository.root.parent / "transcript.txt").write_text("".join(reader.transcript), "utf-8")

    assert last == "verify", reader.transcript[-1]
    assert reader.transcript[-1].endswith("[exit code 0]\n")
    after = snapshot(repository.root / repository.manifests)
    changed = {name for name, data in after.items() if data != before[name]}
    # 705 modules carried the default star and 413 were put back; 55 % of 1,421 are 782.
    assert len(changed) == outcomes["promoted"] == 705 + 413 - 782 == 336
    assert outcomes["deferred"] == 413 - 336 == 77
    lines = git(repository.root, "diff", "-U0", "--", repository.manifests).splitlines()
    edits = [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    assert len(edits) == 2 * 336
    assert all('"primary_star": ' in line for line in edits)
