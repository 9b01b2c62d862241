"""Small projects in a temporary directory: rules, manifests and a config that name each other."""

import json
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

import starlang
from starlang.rules.compiled_file import loads
from starlang.rules.model import RuleSet

CANON = """
star Trail
  label "✦ Trail (Memory)"
star Watch
  label "🛡️ Watch (Guardian)"
default star Supporting
"""

CONFIG = """[project]
rules = "rules/main.star"
manifests = "manifests"
profile = "constellation-1.1"
"""


@frozen
class Project:
    """A project with a canon of Trail, Watch and Supporting."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def config(self, more: str = "") -> Path:
        """The config, with `more` at its end."""
        return self.write("configs/starlang.toml", CONFIG + more)

    def rules(self, text: str, name: str = "rules/main.star") -> Path:
        """A root rule file: the canon, and `text`."""
        return self.write(name, f'starlang 1\nruleset small "1.0"\n{CANON}\n{text}')

    def manifest(  # noqa: PLR0913 -- what a module may declare
        self,
        path: str,
        *,
        star: str = "Supporting",
        beside: Sequence[str] = (),
        capabilities: Sequence[str] = (),
        owner: str = "unassigned",
        tags: Sequence[str] = (),
    ) -> Path:
        """A manifest of shape 1.1."""
        document = {
            "schema_version": "1.1.0",
            "module": {"name": path.replace("/", "."), "path": path},
            "constellation_alignment": {
                "primary_star": star,
                **({"secondary_stars": list(beside)} if beside else {}),
            },
            "capabilities": [{"name": name} for name in capabilities],
            "metadata": {"owner": owner, "tags": list(tags)},
        }
        text = json.dumps(document, indent=2, ensure_ascii=False)
        return self.write(f"manifests/{path}/module.manifest.json", f"{text}\n")


def rule_set_at(path: Path) -> RuleSet:
    """The compiled rule set of the root file at `path`, as the program has it inside."""
    found = loads(starlang.compile(path).to_json(), path.name)
    assert isinstance(found, RuleSet)
    return found


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file under `root` with its bytes."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
