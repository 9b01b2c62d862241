"""A run that is finished and accepted, and faults that are planted in it and taken away again."""

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from attrs import field, frozen
from program.projects import Project
from program.repositories import commit_all, git
from run.world import World, silent

from starlang.accept.accept import Acceptance, accept
from starlang.accept.criterion import Answered
from starlang.run.apply import apply
from starlang.run.artifacts import MESSAGE
from starlang.run.audit_report import markers
from starlang.run.report import report
from starlang.run.verify import verify

LABELS = ["✦ Trail (Memory)", "🛡️ Watch (Guardian)", "Supporting"]
TOP = "docs/CONSTELLATION_TOP.md"
SCHEMA = "schemas/module.schema.json"
MODULES = (
    "brain/core",
    "gate/guard",
    "lib/text",
    "lib/time",
    "store/memory",
    "web/form",
    "web/page",
    "web/view",
)
PROJECT = f"""[project]
rules = "rules/main.star"
manifests = "manifests"
profile = "constellation-1.1"
schema = "{SCHEMA}"
schema_version = "1.1.0"
"""
REST = """
[verify]
contracts = "contracts"

[coverage]
source = "src"
at_least = 88.89

[[coverage.exclude]]
glob = "lukhas/x"
reason = "packages that the guards refuse, for the faults of tests"

[[coverage.exclude]]
glob = "web/Big"
reason = "the same"

[accept.shares]
Supporting = "60% to 80%"
"""
CONFIG = PROJECT + REST
RULES = """
rule trail-path -> Trail weight 0.80 when path mentions memory
rule watch-path -> Watch weight 0.90 when path mentions guard
"""
CEILINGS = """
ceilings {
  at most 5 promoted
  at most 2 promoted per star
  at most 2 stars per module
  at least 50% Supporting
}
"""


def schema_of(labels: list[str], further: list[str]) -> str:
    """A schema that repeats the canon."""
    stars = {
        "primary_star": {"enum": labels},
        "secondary_stars": {"items": {"enum": further}},
    }
    place = {"constellation_alignment": {"properties": stars}}
    return json.dumps({"type": "object", "properties": place}, indent=2, ensure_ascii=False)


def begun(root: Path, config: str = CONFIG, rules: str = RULES + CEILINGS) -> World:
    """Packages with manifests, all of which is committed; nothing of the run is done yet."""
    project = Project(root)
    project.write("configs/starlang.toml", config)
    project.rules(rules)
    project.write(SCHEMA, schema_of(LABELS, LABELS))
    project.write("contracts/thought.formed@v1.json", "{}\n")
    project.write(TOP, "\n".join(["# Stars", *markers("small"), "The end.", ""]))
    for path in MODULES:
        project.write(f"src/{path}/__init__.py", "")
        tier = "T1_critical" if path == "brain/core" else "T3_standard"
        manifest = project.manifest(path, owner="ops")
        document = json.loads(manifest.read_bytes()) | {"testing": {"quality_tier": tier}}
        if path == "brain/core":
            document["contracts"] = ["thought.formed@v1"]
        manifest.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    commit_all(project.root)
    return World(project)


def finish(world: World) -> World:
    """The run from `pin` to the commit with its message."""
    verify(world.applied())
    report(world.run())
    git(world.root, "add", "-A")
    git(world.root, "commit", "-q", "-F", world.audit(MESSAGE))
    return world


@frozen
class Scene:
    """A finished run in which things are changed; `undo` puts all of them back."""

    world: World
    _undo: list[Callable[[], object]] = field(factory=list)

    @property
    def root(self) -> Path:
        return self.world.root

    def accept(self) -> Acceptance:
        return accept(self.world.run())

    def write(self, name: str, data: str | bytes) -> None:
        path = self.root / name
        before = path.read_bytes() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        self._undo.append(lambda: path.unlink() if before is None else path.write_bytes(before))

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_bytes().decode()
        assert old in text, (name, old)
        self.write(name, text.replace(old, new, 1))

    def later(self, undo: Callable[[], object]) -> None:
        """Has `undo` called when all is put back."""
        self._undo.append(undo)

    def delete(self, name: str) -> None:
        path = self.root / name
        before = path.read_bytes()
        path.unlink()
        self._undo.append(lambda: path.write_bytes(before))

    def move(self, old: Path, new: Path) -> None:
        shutil.move(old, new)
        self._undo.append(lambda: shutil.move(new, old) if new.exists() else None)

    def git(self, *arguments: str) -> None:
        before = git(self.root, "rev-parse", "HEAD").strip()
        git(self.root, *arguments)
        self._undo.append(lambda: git(self.root, "reset", "-q", "--hard", before))

    def audit(self, what: str) -> str:
        return f"docs/audits/small_{what}"

    def manifest(self, module: str) -> str:
        return f"manifests/{module}/module.manifest.json"

    @property
    def backup(self) -> str:
        (found,) = (self.root / ".backups").iterdir()
        return f".backups/{found.name}"

    def undo(self) -> None:
        while self._undo:
            self._undo.pop()()

    def follow(self, failing: Answered) -> bool:
        """Does what the way out says: its command, or, where none is printed, what a person can.

        A person undoes the fault, and it is False.
        """
        said = failing.mends.split("`")[1::2]
        commands = [each for each in said if each.startswith(("starlang ", "git "))]
        command = commands[0] if commands else ""
        match shlex.split(command)[:2]:
            case ["starlang", "apply"]:
                apply(self.world.run(), silent)
            case ["starlang", "report"]:
                report(self.world.run())
            case ["git", "checkout" | "worktree" | "commit" | "-C"]:
                git(self.root, *shlex.split(command)[1:])
            case _:
                self.undo()
                return False
        return True
