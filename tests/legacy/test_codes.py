"""The pages about codes of the import: a bad example gives its code alone, a good one none."""

import json
from pathlib import Path

import pytest

from starlang.legacy.importing import import_rules
from starlang.rules.model import Combine

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "codes").glob("[EW]9[01]*.md"))


def examples(page: Path, kind: str) -> list[tuple[str, str]]:
    """(info, text) of each fence whose info begins with `json` and `kind`."""
    blocks = page.read_text("utf-8").split("```")[1::2]
    pairs = [block.partition("\n")[::2] for block in blocks]
    return [(info, text) for info, text in pairs if info.split()[:2] == ["json", kind]]


def codes(info: str, text: str) -> set[str]:
    combine = Combine.MAX if "combine=max" in info else Combine.SUM
    imported = import_rules(json.loads(text), "star_rules.json", combine=combine, text=text)
    assert imported.ok is not any(each.is_error for each in imported.diagnostics)
    return {each.code for each in imported.diagnostics}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_show_what_the_page_is_about(page: Path) -> None:
    bad, good = examples(page, "bad"), examples(page, "good")

    assert page.read_text("utf-8").startswith(f"# {page.stem}: ")
    assert bad
    assert good
    assert [codes(*example) for example in bad] == [{page.stem}] * len(bad)
    assert [codes(*example) for example in good] == [set()] * len(good)
