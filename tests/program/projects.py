"""Small projects in a temporary directory: rules, manifests and a config that name each other."""

import json
from collections.abc import Sequence
from pathlib import Path

import yaml
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
class Layout:
    """Where and how a project keeps its manifests: `folder` holds all of them, "" for beside code.

    `manifests` is what the config says of them. In YAML they have a profile of their own.
    """

    folder: str = "manifests"
    manifests: str = '"manifests"'
    file: str = "module.manifest.json"

    @property
    def is_yaml(self) -> bool:
        return self.file.endswith(".yaml")


MIRRORED = Layout()
YAML_PROFILE = 'extends = "constellation-1.1"\nfile = "module.yaml"\n'


@frozen
class Project:
    """A project with a canon of Trail, Watch and Supporting."""

    root: Path
    layout: Layout = MIRRORED

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def config(self, more: str = "") -> Path:
        """The config, with `more` at its end."""
        profile = "configs/yaml.toml" if self.layout.is_yaml else "constellation-1.1"
        if self.layout.is_yaml:
            self.write(profile, YAML_PROFILE)
        text = CONFIG.replace('"manifests"', self.layout.manifests)
        text = text.replace("constellation-1.1", profile)
        return self.write("configs/starlang.toml", text + more)

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
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        if self.layout.is_yaml:
            text = f"# {path}\n{yaml.safe_dump(document, allow_unicode=True, sort_keys=False)}"
        return self.write(self.place(path), text)

    def place(self, path: str) -> str:
        """Where the manifest of a module lies, relative to the project."""
        return "/".join(filter(None, (self.layout.folder, path, self.layout.file)))

    def manifests(self) -> list[Path]:
        """All manifests, sorted."""
        found = (self.root / self.layout.folder).rglob(self.layout.file)
        parts = ((path, path.relative_to(self.root).parts) for path in found)
        return sorted(path for path, names in parts if not names[0].startswith("."))


def rule_set_at(path: Path) -> RuleSet:
    """The compiled rule set of the root file at `path`, as the program has it inside."""
    found = loads(starlang.compile(path).to_json(), path.name)
    assert isinstance(found, RuleSet)
    return found


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file under `root` with its bytes."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
