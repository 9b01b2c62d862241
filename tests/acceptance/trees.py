"""Trees of manifests that the program works on, each with rules that it has imported itself."""

import shutil
from pathlib import Path

from acceptance.reading import Module, View, read_canon, read_modules, read_rules, view
from attrs import frozen
from program.documents import Plan, plan_of
from program.run import Done, starlang, succeed


@frozen
class Tree:
    """A project: old rules, the new ones made of them, manifests and a config."""

    root: Path
    manifests: str
    default: str

    def config(self, more: str = "", *, rules: str = "rules/constellation.star") -> None:
        """Writes the config, with `more` at its end."""
        path = self.root / "configs" / "starlang.toml"
        path.parent.mkdir(exist_ok=True)
        head = f'[project]\nrules = "{rules}"\nmanifests = "{self.manifests}"\n'
        path.write_text(head + more, "utf-8")

    def waive(self, paths: frozenset[str]) -> None:
        """Writes a config with a waiver for the uppercase letters of each path."""
        entry = '[[guards.waive]]\npath = "{}"\ncode = "E602"\nreason = "renamed later"\n'
        self.config("".join(entry.format(path) for path in sorted(paths)))

    def modules(self) -> list[Module]:
        return read_modules(self.root / self.manifests)

    def view(self) -> View:
        rules, canon = read_rules(self.root), read_canon(self.root)
        return view(rules, canon, self.modules(), self.default)

    def run(self, *arguments: str) -> Done:
        return starlang(*arguments, cwd=self.root)

    def plan(self, *arguments: str) -> tuple[int, Plan]:
        done = self.run("plan", "--format", "json", *arguments)
        return done.code, plan_of(done.out)


def with_rules(tree: Tree) -> Tree:
    """`tree` with its old rules imported, once as the generator and once as the suggester read."""
    for combine in ("sum", "max"):
        name = "rules" if combine == "sum" else "rules-max"
        command = ("import", "star_rules.json", "--canon", "star_canon.json", "-o", name, "-q")
        succeed(*command, "--combine", combine, cwd=tree.root)
    tree.config()
    return tree


def copy_of(corpus: Path, root: Path) -> Tree:
    """The corpus, with what lies in its archive, in a directory of its own."""
    shutil.copytree(corpus / "manifests", root / "manifests", copy_function=shutil.copyfile)
    for path in (root / "manifests").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for name in ("star_rules.json", "star_canon.json"):
        shutil.copyfile(corpus / name, root / name)
    return with_rules(Tree(root, "manifests", "Supporting"))
