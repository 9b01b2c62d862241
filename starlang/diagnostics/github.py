"""Diagnostics as workflow commands of GitHub, which shows them in a pull request.

The host shows no more than ten of a kind for each step, so errors come first.
"""

from collections.abc import Iterable

from starlang.diagnostics.model import Diagnostic
from starlang.diagnostics.repository import Repository, plain, region, with_hint


def dumps(diagnostics: Iterable[Diagnostic], repository: Repository) -> str:
    """A line a diagnostic, each with a line end."""
    ordered = sorted(diagnostics, key=lambda each: not each.is_error)
    return "".join(f"{command(each, repository)}\n" for each in ordered)


def command(each: Diagnostic, repository: Repository) -> str:
    """One diagnostic as one workflow command."""
    properties: dict[str, str] = {}
    if path := repository.path(each.file):
        properties["file"] = path
    if (where := region(each)) is not None:
        start, end = where
        properties |= {"line": str(start.line), "endLine": str(end.line)}
        if start.line == end.line:  # columns of other lines would be taken for those of the first
            properties |= {"col": str(start.column), "endColumn": str(end.column)}
    elif path:
        properties["line"] = "1"
    properties["title"] = f"starlang {each.code}"
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{each.severity} {said}::{_data(with_hint(each))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")
