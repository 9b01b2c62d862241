"""`starlang-status/1`: how far a run has come, for programs."""

from starlang.diagnostics.formats import as_json
from starlang.explain.encoding import Json
from starlang.pipeline.status import Status

FORMAT = "starlang-status/1"


def status_json(status: Status) -> dict[str, Json]:
    """The status as plain data."""
    return {
        "format": FORMAT,
        "next": status.next,
        "steps": [
            {
                "step": each.step,
                "state": each.state.value,
                "words": each.words,
                "findings": [as_json(finding) for finding in each.findings],
            }
            for each in status.steps
        ],
    }
