"""Options that mean the same in every command."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The project's config. [default: configs/starlang.toml, searched upward]",
    ),
]
RulesOption = Annotated[
    Path | None,
    typer.Option("--rules", metavar="FILE", help="The root rule file, or a compiled rule set."),
]
ManifestsOption = Annotated[
    Path | None,
    typer.Option("--manifests", metavar="DIR", help="The directory that holds the manifests."),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile", metavar="NAME|FILE", help="The manifest profile: a built-in name or a file."
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No messages, only data.")]
NoColorOption = Annotated[bool, typer.Option("--no-color", help="No colours.")]


class Format(StrEnum):
    """What a command writes to stdout."""

    TEXT = "text"
    JSON = "json"


class CheckFormat(StrEnum):
    """What `check` writes to stdout."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


class PlanFormat(StrEnum):
    """What `plan` writes to stdout."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    SARIF = "sarif"
    GITHUB = "github"


class InspectFormat(StrEnum):
    """What `inspect` writes."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class GraphFormat(StrEnum):
    """What `graph` writes."""

    TEXT = "text"
    JSON = "json"
    DOT = "dot"
    HTML = "html"


FormatOption = Annotated[Format, typer.Option("--format", help="How to write the result.")]
