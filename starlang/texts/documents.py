"""Manifests in JSON, JSON with comments, YAML or TOML: one value and one place, whatever the file.

The profile or the ending of a file says what it is written in. A file holds one document, in YAML
several. What is read is what JSON has, and every reader is strict in the same way: a key twice, a
number that a double cannot hold, a value nested too deep are refused.
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import assert_never

from attrs import evolve

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
    found = _read(data, form)
    return _advised(found, data, form) if isinstance(found, Refusal) else found


def _read(data: bytes, form: Format) -> Sequence[object] | Refusal:
    value: object
    match form:
        case Format.JSON:
            value = read(data)
        case Format.JSONC:
            from starlang.texts.jsonc import read_jsonc

            value = read_jsonc(data)
        case Format.YAML:
            from starlang.texts.yaml import read_yaml

            found = read_yaml(data)
            return found if isinstance(found, Refusal) else [each.value for each in found]
        case Format.TOML:
            from starlang.texts.toml_documents import read_toml

            value = read_toml(data)
        case _:
            assert_never(form)
    return value if isinstance(value, Refusal) else [value]


_SYNTAX = frozenset({"E506", "E508", "E509", "E510", "E572", "E576"})
"""Why a file is not read that may well be written in another format."""

_NAMES = {
    Format.JSON: "JSON",
    Format.JSONC: "JSON with comments",
    Format.TOML: "TOML",
    Format.YAML: "YAML",
}


_OPEN = frozenset({b"{", b"["})
"""What begins so is meant to be JSON, though YAML reads much of what is not."""


def _advised(refusal: Refusal, data: bytes, form: Format) -> Refusal:
    """The refusal, with the setting to make where the file is an object in another format."""
    if refusal.code not in _SYNTAX:
        return refusal
    for other, name in _NAMES.items():
        is_likely = other is not form and not (other is Format.YAML and data.lstrip()[:1] in _OPEN)
        found = _read(data, other) if is_likely else refusal
        if not isinstance(found, Refusal) and any(isinstance(each, dict) for each in found):
            hint = f'{refusal.hint}, or write `format = "{other}"` in the profile: it is {name}'
            return evolve(refusal, hint=hint)
    return refusal


def locate_in(text: str, steps: Sequence[Step], form: Format) -> tuple[Span, Span] | None:
    """Where the (key, value) at `steps` is: in YAML in the first document that has them."""
    match form:
        case Format.JSON:
            return locate_entry(text, steps)
        case Format.JSONC:
            from starlang.texts.jsonc import uncommented

            return locate_entry(uncommented(text), steps)
        case Format.YAML:
            from starlang.texts.yaml import locate_yaml

            return locate_yaml(text, steps)
        case Format.TOML:
            from starlang.texts.toml_documents import locate_toml

            return locate_toml(text, steps)
        case _:
            assert_never(form)


def rewrite_in(
    data: bytes, writes: Sequence[Write], form: Format, is_meant: Meant
) -> Rewritten | Refusal:
    """`data` with each of `writes` made in the document that is meant, or why it is refused."""
    match form:
        case Format.JSON:
            return rewrite(data, writes)
        case Format.JSONC:
            from starlang.texts.jsonc import rewrite_jsonc

            return rewrite_jsonc(data, writes)
        case Format.YAML:
            from starlang.texts.yaml_writing import rewrite_yaml

            return rewrite_yaml(data, writes, is_meant)
        case Format.TOML:
            from starlang.texts.toml_documents import rewrite_toml

            return rewrite_toml(data, writes)
        case _:
            assert_never(form)


def new_in(document: Mapping[str, object], form: Format) -> str:
    """A new document as text, which is read as the same one.

    YAML reads JSON, so a text that its plain form cannot hold is written as that.
    """
    plain = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    match form:
        case Format.JSON | Format.JSONC:
            return plain
        case Format.YAML:
            from starlang.texts.yaml_writing import new_yaml

            text = new_yaml(document)
            return text if read_documents(text.encode(), form) == [document] else plain
        case Format.TOML:
            from starlang.texts.toml_documents import new_toml

            return new_toml(document)
        case _:
            assert_never(form)


def without_in(data: bytes, pointers: Sequence[str], form: Format, is_meant: Meant) -> str | None:
    """The text of a manifest without the values at `pointers`; None if it cannot be read."""
    match form:
        case Format.JSON:
            return without(data, pointers)
        case Format.JSONC:
            from starlang.texts.jsonc import without_jsonc

            return without_jsonc(data, pointers)
        case Format.YAML:
            from starlang.texts.yaml_writing import without_yaml

            return without_yaml(data, pointers, is_meant)
        case Format.TOML:
            from starlang.texts.toml_documents import without_toml

            return without_toml(data, pointers)
        case _:
            assert_never(form)
