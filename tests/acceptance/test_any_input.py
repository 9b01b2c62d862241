"""Whatever stands in a file, the program ends with diagnostics, never with a traceback.

The entry is the program's own, in this process, so that thousands of files can be tried.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from program.documents import Finding, diagnostics_of
from program.effort import examples
from program.projects import CONFIG, Project
from typer.testing import CliRunner

from starlang.cli.app import app_for

ROOT = Path(__file__).resolve().parents[2]
ALL_PAGES = sorted((ROOT / "docs" / "codes").glob("*.md"))
OF_RUNS = [page for page in ALL_PAGES if page.stem[1:] >= "920"]
"""Codes of the guarded run: what leads to them are states of a repository, which other tests
make with real git."""

PAGES = [page for page in ALL_PAGES if page not in OF_RUNS]
RULES = "rule trail-path -> Trail weight 0.80 when path mentions memory\n"
FEW = settings(
    max_examples=examples(120),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@frozen
class Ended:
    code: int
    out: str
    err: str


def run(root: Path, *arguments: str) -> Ended:
    """The program on `arguments`, in the directory `root`."""
    here = Path.cwd()
    os.chdir(root)
    try:
        done = CliRunner().invoke(app_for(), list(arguments))
    finally:
        os.chdir(here)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in {0, 1, 2, 3, 5}
    return Ended(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.config()
    made.rules(RULES)
    made.manifest("core/identity")
    return made


def bad_rule_files() -> list[str]:
    """Every bad rule file of the pages about codes."""
    return [text for page in PAGES for kind, _, text in fences(page) if kind == "star"]


def fences(page: Path) -> Iterator[tuple[str, str, str]]:
    """(language, `file=` or combine, text) of each fence that is to show something bad."""
    for block in page.read_text("utf-8").split("```")[1::2]:
        info, _, text = block.partition("\n")
        kind, *words = info.split() or [""]
        if words[:1] == ["bad"]:
            yield kind, "".join(words[1:]), text


SEEDS = bad_rule_files()


def _piece(text: str, start: int) -> str:
    return text[start : start + 30]


PIECES = st.sampled_from(
    [
        *("(", ")", "{", "}", '"', "/", "\\", "->", ",", "*", "#", "\n", "\0", "\ufeff", "\u202e"),
        *("rule", "when", "not", "and", "table", "star", "weight 1.5", "0.70", "mentions", "until"),
        *("is", "in {", "ignoring", "at least 50%", "per star", 'use "main.star"', "é", "🌱"),
    ]
)


@st.composite
def spoilt(draw: st.DrawFn, seeds: list[str]) -> str:
    """One of `seeds` with pieces put in, taken out, doubled or taken from another."""
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        other = draw(st.sampled_from(seeds))
        middle = draw(
            st.one_of(
                PIECES,
                st.just(""),
                st.just(text[start:end] * 2),
                st.integers(0, len(other)).map(partial(_piece, other)),
            )
        )
        text = text[:start] + middle + text[end:]
    return text


def check_places(found: list[Finding], texts: dict[str, str]) -> None:
    """Every place lies in its file, and what is underlined is something, but at the end."""
    for finding in found:
        text = texts.get(finding["file"])
        if text is None or finding["line"] is None:
            continue
        lines = text.replace("\r\n", "\n").split("\n")
        start = (finding["line"], finding["column"] or 0)
        end = (finding["end_line"] or 0, finding["end_column"] or 0)
        assert 1 <= start[0] <= end[0] <= len(lines), finding
        assert 1 <= start[1] <= len(lines[start[0] - 1]) + 1, finding
        assert 1 <= end[1] <= len(lines[end[0] - 1]) + 1, finding
        at_the_end = start == (len(lines), len(lines[-1]) + 1)
        assert start < end or (start == end and at_the_end), finding


@pytest.mark.requirement("R02")
@FEW
@given(text=spoilt(SEEDS))
def test_spoilt_rule_files(project: Project, text: str) -> None:
    name = "rules/spoilt.star"
    (project.root / name).write_bytes(text.encode())

    done = run(project.root, "check", name, "--format", "json")

    found = diagnostics_of(done.out.encode())["diagnostics"]
    assert (done.code == 1) is any(each["severity"] == "error" for each in found)
    check_places(found, {name: text})


@FEW
@given(data=st.binary(max_size=60))
def test_any_bytes_as_rules(project: Project, data: bytes) -> None:
    (project.root / "rules" / "bytes.star").write_bytes(data)

    done = run(project.root, "check", "rules/bytes.star")

    assert (done.code, done.out != "") == (1, True)


MANIFEST = (
    '{"module": {"name": "a.b", "path": "a/b"}, "constellation_alignment": {"primary_star": "x"}}'
)
MANIFESTS = [
    MANIFEST,
    *(text for page in PAGES for kind, _, text in fences(page) if kind == "json"),
]


@FEW
@given(data=st.one_of(st.binary(max_size=60), spoilt(MANIFESTS).map(str.encode)))
def test_any_bytes_as_manifest(project: Project, data: bytes) -> None:
    path = project.write("manifests/a/b/module.manifest.json", "")
    path.write_bytes(data)

    done = run(project.root, "plan", "--format", "json")

    planned = json.loads(done.out)
    assert (done.code == 5) is bool(planned["blocked"])
    assert planned["modules"][-1]["path"] == "core/identity"


@FEW
@given(data=st.one_of(st.binary(max_size=60), spoilt([CONFIG]).map(str.encode)))
def test_any_bytes_as_config(project: Project, data: bytes) -> None:
    (project.root / "configs" / "starlang.toml").write_bytes(data)

    done = run(project.root, "plan", "--format", "json")

    assert json.loads(done.out)
    assert ("starlang-diagnostics" in done.out) is (done.code == 1)


@FEW
@given(data=st.one_of(st.binary(max_size=60), spoilt(MANIFESTS[1:]).map(str.encode)))
def test_any_bytes_as_compiled_file_and_as_old_rules(project: Project, data: bytes) -> None:
    (project.root / "any.json").write_bytes(data)

    planned = run(project.root, "plan", "--rules", "any.json")
    imported = run(project.root, "import", "any.json", "-o", "imported", "--force")

    assert planned.code == 1
    assert "E8" in planned.err
    assert imported.code in {0, 1}


UNSEEN = {
    "E604": "a walk over directories meets no `.`, `..` or doubled slash",
    "E605": "and no absolute path",
    "E530": "root may read everything",
    "E407": "root may read everything",
    "E861": "it takes a repository: tests/cli/test_diff.py",
    "E575": "it takes a run: tests/project/test_code_pages.py",
    **dict.fromkeys(("E880", "E881", "W881"), "it takes other rules: tests/cli/test_export.py"),
    **dict.fromkeys(
        ("E862", "E863", "E864", "E865", "E866", "E867", "E869", "E870", "W868", "W869"),
        "it takes a rule set that was compiled before: tests/cli/test_drift.py",
    ),
    **dict.fromkeys(
        ("W430", "W431", "W432"), "it takes many modules: tests/inspection/test_origins.py"
    ),
    **dict.fromkeys(
        (
            *("E551", "E552", "E553", "E871", "E872"),
            *(f"W{number}" for number in (*range(550, 558), 566, 567, 568, 870, 871, 882, 883)),
        ),
        "it takes source in a repository: tests/coverage, tests/generate",
    ),
    **dict.fromkeys(("E430", "E431", "W440", "W441"), "it takes modules: tests/cli/test_forbid.py"),
    "E883": "it takes a finished run: tests/accept/test_accept.py",
    "E882": "it takes a run that makes manifests: tests/run/test_missing.py",
    "E226": "the page has no example: it would have 500 facets: tests/checker/test_structure.py",
    "W503": "a plan says W805 instead, of the facets that its rules read",
}
"""Codes that the program does not come to, or not everywhere, and why."""


def told(done: Ended) -> set[str]:
    """The codes in what was printed."""
    words = (done.out + done.err).replace('"', " ").replace("[", " ").replace("]", " ").split()
    codes = (word.strip(":,") for word in words)
    return {code for code in codes if len(code) == 4 and code[0] in "EW" and code[1:].isdigit()}


def shown(page: Path, root: Path) -> set[str]:
    """What the program tells of the bad example of a page."""
    project = Project(root)
    root.mkdir()
    found = list(fences(page))
    kinds = {kind for kind, _, _ in found}
    names = [option.removeprefix("file=") for _, option, _ in found]
    if kinds == {"star"}:
        for name, (_, _, text) in zip(names, found, strict=True):
            project.write(name or "root.star", text)
        return told(run(root, "check", "root.star"))
    if kinds == {"toml", "star"} and not any(names):
        for kind, _, text in found:
            project.write({"toml": "configs/starlang.toml", "star": "rules/main.star"}[kind], text)
        return told(run(root, "check"))
    if page.stem.startswith(("E9", "W9")):
        ((_, option, text),) = found
        project.write("star_rules.json", text)
        combine = option.removeprefix("combine=") or "sum"
        return told(run(root, "import", "star_rules.json", "-o", "x", "--combine", combine))
    if page.stem.startswith("E85"):
        project.config()
        project.manifest("core/identity")
        project.write("rules.json", found[0][2])
        return told(run(root, "plan", "--rules", "rules.json"))
    return _about_manifests(project, found, page.stem)


def _about_manifests(project: Project, found: list[tuple[str, str, str]], code: str) -> set[str]:
    """A project with one good module, and what the fences put beside or over it.

    What `check` does not tell is asked of `plan`.
    """
    root = project.root
    facts = "tag is x or colony is y or uses modules or publishes or subscribes"
    project.rules(f"{RULES}rule every -> Trail weight 0.1 when {facts}")
    manifest = project.manifest("core/identity").relative_to(root).as_posix()
    places = {"json": manifest, "toml": "configs/starlang.toml", "star": "rules/main.star"}
    for kind, option, text in found:
        if kind == "sh":
            subprocess.run(["/bin/bash", "-euc", text], cwd=root, check=True)
        elif kind == "text":
            for path in text.splitlines():
                (root / "manifests" / path).mkdir(parents=True, exist_ok=True)
                project.manifest(path)
        else:
            project.write(option.removeprefix("file=") or places[kind], text)
    arguments = ["--rules", "rules/main.star"]
    if (root / "configs" / "profile.toml").exists():
        arguments += ["--profile", "configs/profile.toml"]
    if (root / "configs" / "schema.json").exists():
        config = root / "configs" / "starlang.toml"
        config.write_text('[project]\nschema = "configs/schema.json"\n', "utf-8")
    checked = told(run(root, "check", *arguments))
    if code in checked:
        return checked
    return told(run(root, "plan", "--format", "json", *arguments))


@frozen
class Scene:
    """What leads to a code whose page has no example: ceilings, further rules and the command."""

    command: str = "plan"
    ceilings: str = ""
    rules: str = ""


SCENES = {
    "E220": Scene("check", rules='use "half.star"'),
    "E406": Scene("check", rules='use "deep1.star"'),
    "E875": Scene("canon check"),
    "E876": Scene("canon check configs/schema.json"),
    "E877": Scene("canon check configs/canon.json"),
    "E878": Scene("canon check configs/canon.json"),
    "E879": Scene("canon check configs/canon.json"),
    "W420": Scene("inspect", rules="rule far -> Watch weight 0.1 when capability is x"),
    "W421": Scene("inspect", rules="rule part -> Trail weight 0.1 when path matches /mem/"),
    "W422": Scene("inspect", rules='mask mentions "nothing" because "x"'),
    "W423": Scene("inspect", rules="rule half -> Watch weight 0.50 when path mentions relic"),
    "W424": Scene(
        "inspect",
        rules="rule one -> Watch weight 0.1 when path mentions relic\n"
        "rule two -> Watch weight 0.2 when path mentions labs",
    ),
    "W425": Scene("inspect"),
    "W426": Scene(
        rules="derive owner alice when path mentions relic\n"
        "derive owner bob when path mentions labs\n"
        "rule own -> Watch weight 0.1 when owner is alice",
    ),
    "W427": Scene(
        "inspect",
        rules="derive owner alice when path mentions nowhere\n"
        "rule own -> Watch weight 0.1 when owner is alice",
    ),
    "E801": Scene(ceilings="at most 0 promoted"),
    "E802": Scene(ceilings="at least 100% Supporting"),
    "E803": Scene("plan --rules rules.json --profile configs/other.toml"),
    "E804": Scene("plan --config configs/schema.toml"),
    "E805": Scene("plan --rules none.json"),
    "E806": Scene("plan --config configs/empty.toml"),
    "E860": Scene("diff none:rules/main.star rules/main.star"),
    "W801": Scene(ceilings="at least 100% Supporting on breach defer"),
    "W802": Scene(),
    "W205": Scene(rules='never promote "none", "store" because "x"'),
    "W803": Scene(rules='never promote "none" because "x"'),
    "W804": Scene(rules='assign "none" to Trail because "x"'),
    "W805": Scene(rules="rule far -> Watch weight 0.1 when tag is x"),
    "W806": Scene(
        rules='rule old -> Watch weight 0.1 when field "/module/path" before "2025-01-01"'
    ),
}


def played(scene: Scene, root: Path) -> set[str]:
    """What the program tells of a project in which one module is promoted."""
    project = Project(root)
    project.config()
    project.write("configs/empty.toml", "")
    project.write("configs/schema.toml", f'{CONFIG}schema = "configs/schema.json"')
    project.write("configs/schema.json", STARLESS)
    project.write("configs/canon.json", COPY)
    profile = (ROOT / "configs" / "profiles" / "constellation-1.1.toml").read_text("utf-8")
    project.write("configs/other.toml", profile.replace("/metadata/owner", "/owner"))
    project.manifest("store/memory")
    project.manifest("labs/relic", star="🪐 Saturn")
    if "deep" in scene.rules:
        for number in range(1, 18):
            used = f'starlang 1\nuse "deep{number + 1}.star"' if number < 17 else "starlang 1"
            project.write(f"rules/deep{number}.star", used)
    if "half" in scene.rules:
        project.write("rules/half.star", f"starlang 1\n{cells('capability', 5_001)}")
    owned = "rule owned -> Watch weight 0.1 when owner is x"
    more = cells("tag", 5_000) if "half" in scene.rules else owned
    project.rules(f"{scene.rules}\n{RULES}\n{more}\nceilings {{ {scene.ceilings} }}")
    if "rules.json" in scene.command:
        run(root, "compile", "-o", "rules.json")
    return told(run(root, *scene.command.split(), "--format", "json"))


STAR = {"properties": {"primary_star": {"maxLength": len("Supporting")}}}
COPY = json.dumps({"stars": [{"id": "Trail", "label": "Memory"}], "aliases": {"Old": "Memory"}})
STARLESS = json.dumps({"properties": {"constellation_alignment": STAR}})


def cells(facet: str, count: int) -> str:
    """A table with a rule for each of `count` values."""
    names = [f"c{number}" for number in range(count)]
    lines = (", ".join(names[start : start + 500]) for start in range(0, count, 500))
    return f"table {facet} weight 0.1 {{\n" + "".join(f"{each} -> Trail\n" for each in lines) + "}"


@pytest.mark.requirement("R02")
@pytest.mark.skipif(sys.platform != "linux", reason="some examples are commands of a shell")
def test_every_code_is_reached(tmp_path: Path) -> None:
    """The bad example of every page gives its code, through the program as people run it."""
    reached: dict[str, set[str]] = {}
    for page in PAGES:
        root = tmp_path / page.stem
        scene = SCENES.get(page.stem)
        reached[page.stem] = shown(page, root) if scene is None else played(scene, root)

    missing = {code for code, codes in reached.items() if code not in codes}
    assert missing - set(UNSEEN) == set(), {code: reached[code] for code in missing}


def test_every_code_of_a_run_is_reached_by_a_test_of_the_run() -> None:
    files = (path for path in (ROOT / "tests").rglob("*.py") if path.parent.name != "acceptance")
    tests = "".join(path.read_text("utf-8") for path in files)

    assert OF_RUNS
    named = {page.stem for page in OF_RUNS if re.search(rf'["\[]{page.stem}["\]]', tests)}
    assert [page.stem for page in OF_RUNS if page.stem not in named] == []
