"""The example notebook runs from the first cell to the last, and is stored without outputs."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = [pytest.mark.requirement("R34"), pytest.mark.requirement("R49")]


@pytest.fixture(scope="module")
def notebook(project_root: Path) -> Path:
    return project_root / "examples" / "notebook" / "plan.ipynb"


def test_it_runs_and_shows_flips_and_a_plot(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    read = nbformat.read(notebook, 4)  # type: ignore[no-untyped-call] # -- it has no types
    where = {"metadata": {"path": str(notebook.parent)}}

    done = NotebookClient(read, timeout=120, resources=where).execute()

    code = [cell for cell in done.cells if cell.cell_type == "code"]
    shown = [output.get("data", {}) for cell in code for output in cell.outputs]
    texts = [str(each.get("text/plain", "")) for each in shown]
    assert texts[0] == "<Plan: 62 modules, 16 edits, applyable>"
    assert "text/html" in shown[0]
    assert any("outcome_before" in text and "suggested" in text for text in texts)
    assert "image/png" in shown[-1]


def test_outputs_are_not_stored(notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]

    assert code != []
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(code)
