"""Options that mean the same everywhere, and how results are written."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from starlang.cli.parameters import argument, option

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
RuleFilesArgument = Annotated[
    list[Path] | None,
    argument(metavar="[FILES]...", help="Rule files. [default: all of the rule set]"),
]
RuleFileArgument = Annotated[
    Path | None,
    argument(metavar="[FILE]", help="A file of the rule set. [default: that of the project]"),
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
OutputOption = Annotated[
    Path | None,
    option("--output", "-o", metavar="FILE", help="Where to write. [default: stdout]"),
]
LISTED = 3
"""How many findings with one code are listed before the others are counted."""

FindingsLimitOption = Annotated[
    int, option("--limit", metavar="N", min=0, help="Findings to list per code; 0 for all.")
]
WithMissingOption = Annotated[
    bool,
    option("--with-missing", help="With the manifests that `starlang generate` would make."),
]
QuietOption = Annotated[bool, option("--quiet", "-q", help="No messages, only data.")]
NoColorOption = Annotated[bool, option("--no-color", help="No colours.")]


class Format(StrEnum):
    """How commands write a result that people and programs read."""

    TEXT = "text"
    JSON = "json"


class FindingsFormat(StrEnum):
    """How commands write findings, which CI servers read as well."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


class FailOn(StrEnum):
    """From which severity on a finding makes a command fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


FailOnOption = Annotated[
    FailOn,
    option("--fail-on", metavar="LEVEL", help="Exit with 1 on a finding that weighs this much."),
]

FormatOption = Annotated[
    Format, option("--format", metavar="FORMAT", help="How to write the result.")
]
FindingsFormatOption = Annotated[
    FindingsFormat, option("--format", metavar="FORMAT", help="How to write the findings.")
]


def outcome_names() -> list[str]:
    """The outcomes that a module can have."""
    from starlang.engine.decisions import Outcome

    return [outcome.value for outcome in Outcome]


DIFFERS = "differs"
"""In the place of an outcome: the modules whose star is another one than the rules say."""


def selections() -> list[str]:
    """What modules can be selected by: their outcomes, and that they differ from the rules."""
    return [*outcome_names(), DIFFERS]
