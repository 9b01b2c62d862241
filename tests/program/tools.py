"""Programs of the system that some tests need."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import pytest

Found = TypeVar("Found")
_ROOT = Path(__file__).resolve().parents[2]


def needs(program: str) -> str:
    """Where `program` is. Without it the test is skipped, but fails where it has to be there.

    `.ci/run` installs every such program and sets STARLANG_REQUIRE_TOOLS, so that nothing
    is skipped there by mistake.
    """
    found = shutil.which(program)
    return _there(found, f"needs `{program}`, which is not installed")


def needs_file(name: str, command: str) -> Path:
    """The file `name` of the repository, which `command` puts there; without it as `needs`."""
    path = _ROOT / name
    return _there(path if path.is_file() else None, f"needs `{name}`: run `{command}`")


def _there(found: Found | None, reason: str) -> Found:
    if found is not None:
        return found
    if os.environ.get("STARLANG_REQUIRE_TOOLS"):
        pytest.fail(f"{reason}, and STARLANG_REQUIRE_TOOLS is set")
    pytest.skip(reason)


def needs_package(name: str, command: str) -> None:
    """Goes on if the Python package is there; without it as `needs`."""
    _there(find_spec(name), f"needs the package `{name}`: run `{command}`")
