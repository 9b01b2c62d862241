"""Whatever a text of the project holds, what is written steers nothing and is no command."""

import csv
import json
import re
import unicodedata
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.projects import CANON, Project
from program.run import starlang

import starlang as library
from starlang.cli.commands import COMMANDS
from starlang.printable import csv_cell, dot_string, json_text, line_text

pytestmark = [pytest.mark.requirement("R45"), pytest.mark.fault_row(95)]

NASTY = (
    "n \x1b]0;X\x07\u202ex\x9b31m\x7f",
    "x\r=1+1",
    "y\n::error::X",
    "::error::X",
    "  ::add-mask::secret",
    "a" * 62 + " ::stop-commands::x",
    "\n##[add-mask]z",
    "q ##vso[task.setvariable variable=x]v ##teamcity[x]",
    "\u2028::error::a\u2066b\u200bc\ufeff\U000e0041\u0085::notice::d",
    "\t@SUM(1)",
    "<colour:0000000000000000:31>",
    "a|b ]]><x> `c` </script><img src=x onerror=1> &amp; %0A",
    "=cmd|' /c calc'!A1",
)
STEERS = {each for text in NASTY for each in text if unicodedata.category(each) in {"Cc", "Cf"}}
STEERS |= {"\u2028"}
STEERS -= {"\n"}


def escaped(text: str) -> str:
    """`text` as a string of a rule file."""
    plain = re.compile("[a-z0-9 :=@#]")
    return "".join(each if plain.match(each) else f"\\u{{{ord(each):x}}}" for each in text)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("hostile"))
    reasons = [
        f'rule r{number} -> Trail weight 0.90 when owner is "{escaped(text)}"'
        f' because "{escaped(text)}"\n'
        f'never promote "core/m{number}" because "{escaped(text)}"\n'
        f'test "{escaped(text)}" given owner "{escaped(text)}" expect Watch\n'
        for number, text in enumerate(NASTY)
    ]
    project.config()
    project.rules("\n".join(reasons))
    for number, text in enumerate(NASTY):
        for path in (f"core/m{number}", f"odd/{text.replace('/', '_')}"):
            label = text if path.startswith("odd") else "Supporting"
            project.manifest(path, owner=text, star=label, tags=[text], capabilities=[text])
        project.write(f"pkg/{text.replace('/', '_')}/__init__.py", "")
    project.write("rules/\x1b]0;\u202e::error::X.star", 'star "\x1b"\nrule ::error::')
    return project.root


CALLS = [
    *(f"check --format {each}" for each in ("text", "json", "sarif", "github", "junit")),
    *(f"plan --limit 0 --format {each}" for each in ("text", "csv", "json", "sarif", "github")),
    *("plan --format junit", "test", "test --format json", "test --junit -"),
    *(f"explain --under odd/** --format {each}" for each in ("text", "json")),
    *(f"explain --outcome barred --format {each}" for each in ("text", "json")),
    *("explain core/m0 --why-not Watch", "explain --under ** --why-not Trail"),
    *(f"inspect --limit 0 --format {each}" for each in ("text", "json", "html")),
    *(f"graph --limit 0 --format {each}" for each in ("text", "json", "dot", "html")),
    *("graph core/m3", "compile", "compile --check -o x.json", "canon check", "status", "pin"),
    *("fmt --check", "fmt --diff", "diff rules/other.json", "generate", "codes E101"),
    *(f"coverage --format {each}" for each in ("text", "json", "sarif", "github", "junit")),
    *(f"canon check x.json --format {each}" for each in ("text", "sarif", "junit")),
]


SCRIPTS = ("<script>", "</script>", '<script type="application/json" id="data">')
DOCUMENTS = {"compile", "fmt --diff", "test --junit -"}


@pytest.mark.parametrize("call", CALLS)
def test_nothing_that_is_printed_steers(hostile: Path, call: str) -> None:
    done = starlang(*call.split(" "), cwd=hostile)
    assert done.out + done.err
    for text in (done.text, done.said):
        assert not STEERS & set(text), sorted(map(ascii, STEERS & set(text)))
    logged = [done.said]
    if call not in DOCUMENTS and ("--format" not in call or call.endswith("text")):
        logged.append(done.text)
    for line in "\n".join(logged).split("\n"):
        assert not re.match(r"\s*::(?!: )", line), line
        assert not re.search(r"##[a-z]*\[", line), line
    if call.endswith("github"):
        assert all(re.match(r"::(error|warning) ", line) for line in done.text.splitlines())
    if call.endswith("csv"):
        check_csv(done.text)
    if call.endswith(("junit", "junit -")):
        ET.fromstring(done.text)  # noqa: S314 -- our own
    if call.endswith((" json", " sarif")):
        json.loads(done.text)
    if call.endswith("html"):
        assert "<img" not in done.text
        assert set(re.findall(r"</?script[^>]*>", done.text)) <= {*SCRIPTS}


def check_csv(text: str) -> None:
    """A line is a row, whoever reads it, and no cell is a formula."""
    rows = [next(csv.reader([line])) for line in text.splitlines()]
    assert rows == list(csv.reader(StringIO(text, newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = [cell.strip() for row in rows for cell in row]
    assert not [cell for cell in cells if re.match(r"[=+@\t\r\uff1d]|-(?![0-9])", cell)]


@pytest.mark.parametrize("name", ["\x1b[31mx", "\u202ex\r::error::b", "\n::x::##[add-mask]x"])
@pytest.mark.parametrize("command", ["explain", "check", "fmt", "codes", "import", "nope"])
def test_nothing_that_is_asked_for_steers(hostile: Path, command: str, name: str) -> None:
    done = starlang(command, name, cwd=hostile)
    assert not STEERS & set(done.text + done.said)
    assert "##[" not in done.text + done.said
    assert not re.search(r"(?m)^\s*::(?!: )", done.text + done.said)


TEXTS = st.text("ab:=#[]\\\"%,;' \n\r\t\x1b\x07\x85\u202e\u2028\u200d\ufe0f\U0001f331é@")


@given(TEXTS)
def test_each_format_keeps_its_promise(text: str) -> None:
    line = line_text(text)
    assert not STEERS & set(line)
    assert "\n" not in line
    assert line_text(line) == line
    assert not line.lstrip().startswith("::")
    assert "##[" not in line
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerow([csv_cell(text), "end"])
    check_csv(out.getvalue())
    assert out.getvalue().count("\n") == 1
    assert re.fullmatch(r'"(?:[^"\\\n]|\\["\\n])*"', dot_string(text))
    quoted = json_text(f'"{text}"') if not set(text) & set('"\\\n\r\t\x1b\x07') else '""'
    assert not STEERS & set(quoted)


@settings(max_examples=20)
@given(TEXTS, TEXTS)
def test_whatever_is_in_the_model_it_is_printed_harmlessly(label: str, reason: str) -> None:
    written = escaped(reason)
    rules = library.compile_text(
        f'starlang 1\nruleset small "1.0"\n{CANON}\n'
        f'rule r -> Trail weight 0.90 when owner is "{written}x" because "{written}x"'
    )
    modules = {
        path: {
            "constellation_alignment": {"primary_star": star},
            "metadata": {"owner": f"{reason}x"},
        }
        for path, star in ((f"m/{reason.replace('/', '')}x", label), ("n", "Supporting"))
    }
    graph = library.load_modules(modules)
    plan = rules.plan(graph)
    for module in plan:
        for line in str(module).split("\n"):
            assert not STEERS & set(line)
            assert not line.lstrip().startswith("::")
    for text in (plan.to_json(), plan.to_csv()):
        assert not STEERS & set(text)
    check_csv(plan.to_csv())


def test_every_command_is_tried() -> None:
    tried = {call.split(" ")[0] for call in CALLS} | {"import", "coverage", "init", "export"}
    run = {name for name, entry in COMMANDS.items() if entry.panel == "Run"}
    assert set(COMMANDS) - run <= tried
