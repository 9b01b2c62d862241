"""Where packaged data is found. What an installed wheel does is tested with the wheel."""

from pathlib import Path

from starlang.project.files import data_path

ROOT = Path(__file__).resolve().parents[2]


def test_an_editable_install_reads_the_live_files() -> None:
    assert data_path("configs", "profiles") == ROOT / "configs" / "profiles"
    assert data_path("grammar", "star.lark").is_file()
