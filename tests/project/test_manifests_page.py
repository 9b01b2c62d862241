"""What `docs/manifests.md` shows and lists is what the program reads."""

import re
from pathlib import Path

from attrs import fields

from starlang.manifests.guards import DEFAULT_GUARDS, Guards
from starlang.manifests.profile_file import read_profile
from starlang.project.config import Config, load_config
from starlang.text import Source

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "manifests.md").read_text("utf-8")
SHOWN = re.findall(r"^```toml (?:profile|config)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_profile_shown_is_one() -> None:
    profiles = [text for text in SHOWN if "stars]" in text]
    read = [read_profile("shown", Source("shown.toml", text)) for text in profiles]

    assert len(profiles) == 7
    assert [problems for _, problems in read] == [()] * 7


def test_every_config_shown_is_one(tmp_path: Path) -> None:
    waivers = []
    for text in (text for text in SHOWN if "[project]" in text):
        (tmp_path / "starlang.toml").write_text(text, "utf-8")
        config = load_config(tmp_path, tmp_path / "starlang.toml")
        assert isinstance(config, Config)
        waivers.append(len(config.waivers))

    assert [each for each in waivers if each] == [2]


def test_the_defaults_of_guards_are_those_in_the_table(tmp_path: Path) -> None:
    rows = re.findall(r"\| `(\w+ = (?:\"refuse\"|\[.*?\]))`", PAGE)
    text = "[guards]\n" + "\n".join(rows)
    (tmp_path / "starlang.toml").write_text(text, "utf-8")
    config = load_config(tmp_path, tmp_path / "starlang.toml")

    assert isinstance(config, Config)
    assert config.guards == DEFAULT_GUARDS
    assert len(rows) == len(fields(Guards)) - 1  # `ignore` stands below the table
    assert f'`["{DEFAULT_GUARDS.ignore[0]}"]`' in PAGE


def test_every_link_to_a_code_leads_to_its_page() -> None:
    links = re.findall(r"\[([EW]\d+)\]\((.*?)\)", PAGE)

    assert links
    assert all((ROOT / "docs" / target).is_file() and code in target for code, target in links)
