"""Manifests in JSON, JSON with comments or YAML: one value and one place, whatever the file.

The ending of a file says what it is written in. A file holds one document, in YAML several.
What is read is what JSON has, and every reader is strict in the same way: a key twice, a number
that a double cannot hold, a value nested too deep are refused.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

from starlang.text import Span
from starlang.texts.json import Refusal, read
from starlang.texts.pointers import Step, locate_entry
from starlang.texts.rewriting import Meant, Rewritten, Write, rewrite, without


class Format(StrEnum):
    """What manifests are written in."""

    JSON = "json"
    JSONC = "jsonc"
    YAML = "yaml"
    TOML = "toml"


_ENDINGS = {"jsonc": Format.JSONC, "yaml": Format.YAML, "yml": Format.YAML, "toml": Format.TOML}


def format_of(name: str) -> Format:
    """The format of the file `name`, by its ending; JSON where that says nothing."""
    return _ENDINGS.get(name.rpartition(".")[2].lower(), Format.JSON)


def read_documents(data: bytes, form: Format) -> Sequence[object] | Refusal:
    """The documents of a file, at least one, or why it is not read. Never raises."""
    match form:
        case Format.JSON:
            value = read(data)
        case Format.JSONC:
            text = uncommented(data.decode(errors="surrogateescape"))
            value = read(text.encode(errors="surrogateescape"))
        case Format.YAML:
            from starlang.texts.yaml import read_yaml

            found = read_yaml(data)
            return found if isinstance(found, Refusal) else [each.value for each in found]
        case Format.TOML:
            return Refusal(
                "E575",
                "manifests in TOML are not read",
                "keep the facts of modules in JSON or YAML, or leave the directory out (`ignore`)",
            )
        case _:
            assert_never(form)
    return value if isinstance(value, Refusal) else [value]


def locate_in(text: str, steps: Sequence[Step], form: Format) -> tuple[Span, Span] | None:
    """Where the (key, value) at `steps` is: in YAML in the first document that has them."""
    match form:
        case Format.JSON:
            return locate_entry(text, steps)
        case Format.JSONC:
            return locate_entry(uncommented(text), steps)
        case Format.YAML:
            from starlang.texts.yaml import locate_yaml

            return locate_yaml(text, steps)
        case Format.TOML:
            return None
        case _:
            assert_never(form)


def rewrite_in(
    data: bytes, writes: Sequence[Write], form: Format, is_meant: Meant
) -> Rewritten | Refusal:
    """`data` with each of `writes` made in the document that is meant, or why it is refused."""
    match form:
        case Format.JSON:
            return rewrite(data, writes)
        case Format.YAML:
            from starlang.texts.yaml_writing import rewrite_yaml

            return rewrite_yaml(data, writes, is_meant)
        case Format.JSONC | Format.TOML:
            return Refusal(
                "E575",
                f"a run does not write manifests in {form.value.upper()}",
                "write the star by hand, or write the manifest as JSON or YAML",
            )
        case _:
            assert_never(form)


def without_in(data: bytes, pointers: Sequence[str], form: Format, is_meant: Meant) -> str | None:
    """The text of a manifest without the values at `pointers`; None if it cannot be read."""
    match form:
        case Format.JSON:
            return without(data, pointers)
        case Format.YAML:
            from starlang.texts.yaml_writing import without_yaml

            return without_yaml(data, pointers, is_meant)
        case Format.JSONC | Format.TOML:
            return data.decode(errors="replace")
        case _:
            assert_never(form)


# JSON with comments: what JSON does not have becomes white space, so that every place stays.

_OUTSIDE = re.compile(r'"(?:[^"\\]++|\\.)*+"?|//[^\r\n]*+|/\*(?:(?!\*/).)*+(?:\*/)?', re.DOTALL)
_LAST_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,(?=[ \t\r\n]*[\]}])', re.DOTALL)
_NOT_WHITE = re.compile(r"[^\r\n]")


def uncommented(text: str) -> str:
    """JSON with comments and commas after the last element as JSON of the same length.

    A comment that is never closed stays, and is then refused.
    """
    return _LAST_COMMA.sub(_blank, _OUTSIDE.sub(_blank, text))


def _blank(found: "re.Match[str]") -> str:
    text = found[0]
    if text.startswith('"') or (text.startswith("/*") and not text.endswith("*/")):
        return text
    return _NOT_WHITE.sub(" ", text)
