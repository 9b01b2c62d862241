"""The published schema of configs says what the reader of configs says."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import jsonschema_rs
import pytest
from program.projects import CONFIG

from starlang.project.config import Config, parse_config
from starlang.text import Source

pytestmark = pytest.mark.requirement("R50")

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "configs" / "schemas" / "config.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)

FILLED: Mapping[str, Mapping[str, str]] = {
    "[project]": {},
    "[graph]": {},
    "[guards]": {},
    "[[guards.waive]]": {"path": '"a"', "code": '"E601"', "reason": '"x"'},
    "[[baseline]]": {"path": '"a"', "code": '"E601"', "reason": '"x"'},
    "[canon]": {},
    "[coverage]": {},
    "[[coverage.exclude]]": {"glob": '"a"', "reason": '"x"'},
    "[canary]": {},
    "[verify]": {},
    "[approval]": {},
    "[accept]": {},
    "[audit]": {},
}
"""Header of each table with fixed keys -> what an entry of it needs, as TOML."""

VALUES = (
    *('"x"', '"a/b"', '"/a"', '"../a"', '"a/../b"', "'a\\b'", '"c:/a"', '"refuse"', '"allow"'),
    *('"warn"', '"skip"', '"module"', '" "', '"2027-03-01"', '"2027-3-1"', '"E612"', '"E700"'),
    *("0", "1", "1.5", "42", "91", "101", "-1", "true", "false", "[]", '["a"]', "[1]", '["a", 1]'),
    *("{}", "[{}]", "{ a = 1 }", "nan"),
)


def properties(header: str) -> set[str]:
    """The keys that the schema knows in a table."""
    found = SCHEMA
    for name in header.strip("[]").split("."):
        found = found["properties"][name]
        reference = found.get("items", {}).get("$ref", "")
        found = SCHEMA["$defs"][reference.rpartition("/")[2]] if reference else found
        found = found.get("items", found)
    return set(found["properties"])


def codes(text: str) -> set[str]:
    found = parse_config(ROOT, Source("starlang.toml", text))
    return set() if isinstance(found, Config) else {each.code for each in found}


def plain(text: str) -> object:
    """What a config says, as JSON has it: days are texts."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def is_valid(text: str) -> bool:
    return VALIDATOR.is_valid(plain(text))


def known(text: str) -> set[str]:
    """The keys that the reader names where it does not know one."""
    found = parse_config(ROOT, Source("starlang.toml", text))
    assert not isinstance(found, Config)
    (hint,) = {each.hint for each in found if "qqqq" in each.message}
    return set((hint or "").removeprefix("known here: ").split(", "))


def test_it_has_the_keys_that_the_reader_asks_for() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert known("qqqq = 1") == set(SCHEMA["properties"])
    for header, needed in FILLED.items():
        lines = "".join(f"{key} = {value}\n" for key, value in needed.items())
        assert known(f"{header}\n{lines}qqqq = 1\n") == properties(header), header
        assert not is_valid(f"{header}\n{lines}qqqq = 1\n")
    named = {header.strip("[]").partition(".")[0] for header in FILLED}
    assert set(SCHEMA["properties"]) - named == {"severity"}


def settings() -> Iterator[tuple[str, str]]:
    for header, needed in FILLED.items():
        for key in properties(header):
            for value in VALUES:
                entry = {**needed, key: value}
                yield key, f"{header}\n" + "".join(f"{k} = {v}\n" for k, v in entry.items())


UNKNOWN_HERE = {
    ("profile", "E714"): "which are built in",
    ("schema", "E714"): "which are built in",
    ("signers", "E704"): "they need a domain",
    ("domain", "E704"): "it needs signers",
}


def test_it_accepts_what_the_reader_accepts() -> None:
    wrong = []
    count = 0
    for key, text in settings():
        count += 1
        found = codes(text)
        beyond = {(key, code) for code in found} <= set(UNKNOWN_HERE)
        if is_valid(text) is not (not found) and not (found and beyond):
            wrong.append((text.replace("\n", "; "), found))
    assert wrong == []
    assert count > 1_000


SEVERITIES = (
    ('W701 = "error"', True),
    ('W701 = "off"', False),
    ("W701 = true", False),
    ('W701 = { level = "note", reason = "known" }', True),
    ('W701 = { level = "error", why = "x" }', False),
    ('W701 = { reason = "x" }', False),
    ('forbid = { "x y" = "error" }', True),
    ('forbid = { "x y" = "less" }', False),
    ('forbid = "error"', False),
    ('W7 = "error"', False),
)


@pytest.mark.parametrize(("line", "is_right"), SEVERITIES)
def test_severities(line: str, is_right: bool) -> None:  # noqa: FBT001 -- an expectation
    text = f"[severity]\n{line}\n"
    assert (is_valid(text), not codes(text)) == (is_right, is_right)


@pytest.mark.parametrize(
    ("share", "is_right"),
    [("12% to 15%", True), ("1.25% to 2%", True), ("12 to 15", False), ("1% to 2% ", False)],
)
def test_shares(share: str, is_right: bool) -> None:  # noqa: FBT001 -- an expectation
    text = f'[accept.shares]\nTrail = "{share}"\n'
    assert (is_valid(text), not codes(text)) == (is_right, is_right)


def test_a_date_is_a_day() -> None:
    text = '[[baseline]]\npath = "a"\ncode = "E601"\nreason = "x"\nuntil = 2027-03-01\n'
    assert (is_valid(text), codes(text)) == (True, set())


def test_configs_of_examples_and_documentation_are_as_it_says() -> None:
    texts = [path.read_text("utf-8") for path in sorted(ROOT.glob("examples/**/starlang.toml"))]
    for page in sorted((ROOT / "docs").rglob("*.md")):
        texts += re.findall(
            r"^```toml config\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
    assert len(texts) > 5
    for text in (CONFIG, *texts):
        assert [each.message for each in VALIDATOR.iter_errors(plain(text))] == []
