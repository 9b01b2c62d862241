"""Programs of the system that some tests need."""

import os
import shutil

import pytest


def needs(program: str) -> str:
    """Where `program` is. Without it the test is skipped, but fails where it has to be there.

    `.ci/run` installs every such program and sets STARLANG_REQUIRE_TOOLS, so that nothing
    is skipped there by mistake.
    """
    if (found := shutil.which(program)) is not None:
        return found
    reason = f"needs `{program}`, which is not installed"
    if os.environ.get("STARLANG_REQUIRE_TOOLS"):
        pytest.fail(f"{reason}, and STARLANG_REQUIRE_TOOLS is set")
    pytest.skip(reason)
