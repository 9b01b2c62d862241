"""The texts of the files of a new project."""

from collections.abc import Iterable
from pathlib import Path

from starlang.diagnostics.model import Diagnostic
from starlang.syntax.formatting.format import format_source
from starlang.syntax.words import RESERVED
from starlang.text import Source
from starlang.workspace.entries import entries_of, toml
from starlang.workspace.starting.canon import ID

WORKFLOW = """\
# Checks the star rules in every pull request.

name: starlang
on: [pull_request]

jobs:
  rules:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
      - run: pip install starlang
      - run: starlang check --format github
      - run: starlang test
      - run: starlang plan --format github
"""

EXAMPLE = """\
{
  "schema_version": "1.1.0",
  "module": {
    "name": "example.first",
    "path": "example/first"
  },
  "constellation_alignment": {
    "primary_star": ""
  },
  "metadata": {
    "owner": "unassigned"
  }
}
"""
"""A manifest for a project that has none yet."""


def config_text(manifests: str, profile: str, known: Iterable[Diagnostic], file_name: str) -> str:
    """The config; what is wrong with manifests already is set aside in it."""
    lines = [
        "# Where the rules and manifests are, and which shape the manifests have.",
        "",
        "[project]",
        'rules = "rules/main.star"',
        f"manifests = {toml(manifests)}",
        f"profile = {toml(profile)}",
    ]
    errors = [each for each in known if each.is_error]
    root = "" if manifests == "." else manifests
    for entry in entries_of(errors, root, file_name):
        lines += ["", *entry.lines("was so before starlang came; look it over")]
    return "\n".join(lines) + "\n"


def main_text(directory: Path, rule: str) -> str:
    """The root rule file."""
    return laid_out(f"""# Which star a module has. To see what these rules do: starlang plan

starlang 1

ruleset {_name(directory)} "0.1"

use "canon.star"

confidence {{
  suggest 0.50
  promote 0.70
}}

ceilings {{
  at most 50 promoted  # as many as a reviewer reads; more are deferred
  on breach defer
}}

{rule}""")


def laid_out(text: str) -> str:
    """A rule file in its canonical layout."""
    return format_source(Source("new.star", text)).text or text


def _name(directory: Path) -> str:
    found = ID.search(directory.resolve().name)
    name = found[0] if found else "project"
    return "project" if name in RESERVED else name
