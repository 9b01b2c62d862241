"""Options that mean the same in every command."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from starlang.cli.parameters import option

ConfigOption = Annotated[
    Path | None,
    option(
        "--config",
        metavar="FILE",
        help="The project's config. [default: configs/starlang.toml, searched upward]",
    ),
]
RulesOption = Annotated[
    Path | None,
    option("--rules", metavar="FILE", help="The root rule file, or a compiled rule set."),
]
ManifestsOption = Annotated[
    Path | None,
    option("--manifests", metavar="DIR", help="The directory that holds the manifests."),
]
ProfileOption = Annotated[
    str | None,
    option(
        "--profile", metavar="NAME|FILE", help="The manifest profile: a built-in name or a file."
    ),
]
QuietOption = Annotated[bool, option("--quiet", "-q", help="No messages, only data.")]
NoColorOption = Annotated[bool, option("--no-color", help="No colours.")]


class Format(StrEnum):
    """What a command writes to stdout."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, option("--format", help="How to write the result.")]
