"""A whole import, as files that a person would own. `golden/` holds what is expected.

To accept a change, run with `UPDATE_GOLDEN=1` and read the difference.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from starlang.format.format import format_source
from starlang.legacy.evidence import WIDTH
from starlang.legacy.importing import import_rules
from starlang.legacy.old_file import Imported
from starlang.rules.model import Combine, RuleSet
from starlang.text import Source
from starlang.texts.json import read

GOLDEN = Path(__file__).parent / "golden"
OLD = GOLDEN / "star_rules.json"


def imported(combine: Combine) -> Imported:
    data = OLD.read_bytes()
    return import_rules(read(data), OLD.name, combine=combine, text=data.decode())


def told(found: Imported) -> str:
    """Notes and warnings as one text."""
    notes = "".join(f"note: {note}\n" for note in found.notes)
    return notes + "".join(
        f"{each.code} {each.pointer}: {each.message} | {each.hint}\n" for each in found.diagnostics
    )


@pytest.mark.requirement("R05")
@pytest.mark.parametrize("combine", [Combine.SUM, Combine.MAX])
def test_an_import_is_as_expected(
    combine: Combine, compiled: Callable[[Imported], RuleSet]
) -> None:
    found = imported(combine)
    folder = GOLDEN / combine.value
    made = {**dict(found.files), "told.txt": told(found)}
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for name, text in made.items():
            (folder / name).write_text(text, "utf-8")

    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == made
    assert found.files[0][0] == "constellation.star"
    assert compiled(found).confidence.combine is combine


@pytest.mark.parametrize("combine", [Combine.SUM, Combine.MAX])
def test_the_files_are_laid_out_as_the_formatter_would(combine: Combine) -> None:
    for name, text in imported(combine).files:
        assert format_source(Source(name, text)).text == text


def test_long_lists_are_read_all_the_same(compiled: Callable[[Imported], RuleSet]) -> None:
    """No line comes out longer than the ten thousand characters that are read."""
    label = "💡 Beacon (Light)"
    document = {
        "canonical_stars": [label, "Base"],
        "aliases": {f"also known as number {number}": label for number in range(1000)},
        "changelog": [f"change number {number}" for number in range(1000)],
        "rules": [{"star": label, "pattern": "|".join(f"word{n}(?!s)" for n in range(500))}],
        "capability_overrides": [{"capability": f"does-{n}", "star": label} for n in range(1000)],
    }
    rules = compiled(import_rules(document, "star_rules.json"))

    assert len(rules.star("Beacon").aliases) == 1000
    assert len(rules.rules) == 1001


@pytest.mark.parametrize("combine", [Combine.SUM, Combine.MAX])
def test_lines_are_short_where_they_can_be(combine: Combine) -> None:
    long = [
        line
        for _, text in imported(combine).files
        for line in text.splitlines()
        if len(line) > WIDTH and not line.startswith('  because "')
    ]

    assert long == []


def test_the_same_import_gives_the_same_files() -> None:
    assert imported(Combine.SUM) == imported(Combine.SUM)
