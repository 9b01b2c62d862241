"""Input that others control: each odd file is a finding about it, and the others are planned."""

import json
import os
import shutil
import socket
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path

import pytest
from program.documents import codes, plan_of
from program.projects import Project, snapshot
from program.run import Done, starlang

from starlang.texts.json import Refusal, read

SUITE = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "JSONTestSuite" / "test_parsing"
BY_POLICY = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
"""JSON leaves open what a key means that appears twice; here it is refused."""

pytestmark = pytest.mark.requirement("R45")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two modules, one of which is promoted."""
    made = Project(tmp_path / "project")
    made.config()
    made.rules("rule trail -> Trail weight 0.80 when path mentions memory")
    made.manifest("a/memory")
    made.manifest("a/odd")
    return made


def planned(project: Project) -> tuple[list[str], list[str]]:
    """The codes of what blocks the plan, and the modules that are promoted."""
    done = starlang("plan", "--format", "json", cwd=project.root)
    assert done.code in {0, 5}, done.said
    document = plan_of(done.out)
    promoted = [each["path"] for each in document["modules"] if each["outcome"] == "promoted"]
    return codes(document["blocked"]), promoted


def refused(done: Done, code: str, *words: str) -> None:
    """A command that ends with 1 and names `code` and all `words`."""
    said = " ".join((done.text + done.said).split())
    assert (done.code, code in said) == (1, True), said
    for word in words:
        assert word in said


HUGE = ("1e1000000000000000000", "0e1000000000000000000", "-1.5E-99999999999999999999", "9" * 5_000)


@pytest.mark.fault_row(85)
def test_a_number_that_no_arithmetic_bears_is_a_finding_about_its_manifest(
    project: Project,
) -> None:
    for number in HUGE:
        odd = project.write("manifests/a/odd/module.manifest.json", f'{{"v": [{number}]}}')
        blocked, promoted = planned(project)

        assert blocked == ["E514" if number == HUGE[-1] else "E513"]
        assert promoted == ["a/memory"]
    assert odd.is_file()


@pytest.mark.fault_row(85)
@pytest.mark.parametrize(
    ("config", "file", "code"),
    [
        ('schema = "configs/schema.json"', "configs/schema.json", "E711"),
        ('[graph]\nimports = "graph.json"', "graph.json", "E51"),
        ('[canon]\ncopies = ["copy.json"]', "copy.json", ""),
    ],
)
def test_the_same_number_elsewhere_is_a_finding_too(
    project: Project, config: str, file: str, code: str
) -> None:
    text = (project.root / "configs/starlang.toml").read_text("utf-8")
    project.write("configs/starlang.toml", f"{text}{config}\n")
    project.rules("rule busy -> Trail weight 0.80 when used by at least 1 modules")
    for number in HUGE:
        project.write(file, f'{{"v": {number}}}')
        command = ("canon", "check") if "canon" in config else ("plan", "--format", "json")

        done = starlang(*command, cwd=project.root)

        assert done.code in {0, 1, 5}
        assert file in done.said + done.text
        assert code in done.said + done.text


@pytest.mark.fault_row(87)
@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 40_000 + " = 1",
        "[" + "x . " * 300 + "x]\n",
        "a = {" + "b." * 9_000 + "c = 1}",
        "threshold = 1e1000000000000000000",
        "threshold = 0e1000000000000000000",
        "threshold = " + "9" * 5_000,
        "a = " + "[" * 5_000,
        "a = 1\n<<<<<<< ours\nb = 1\n=======\nb = 2\n>>>>>>> theirs\n",
    ],
    ids=lambda text: text[:12],
)
def test_a_config_that_a_parser_takes_badly_is_a_finding_at_its_place(
    project: Project, text: str
) -> None:
    project.write("configs/starlang.toml", text)

    refused(starlang("check", cwd=project.root), "E701", "configs/starlang.toml:")


@pytest.mark.fault_row(12, 26)
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("\ufeff[project]\n".encode(), "starts with a byte order mark"),
        ("[project]\n".encode("utf-16"), "UTF-16"),
        ("[project]\n".encode("utf-16-le"), "UTF-16"),
        ("# café\n".encode("latin-1"), "byte 5 (0xe9) is not UTF-8"),
    ],
)
def test_a_config_in_another_encoding_is_named_as_what_it_is(
    project: Project, data: bytes, words: str
) -> None:
    (project.root / "configs/starlang.toml").write_bytes(data)

    refused(starlang("check", cwd=project.root), "E706", words)


CONFLICT = "<<<<<<< ours\n{one}\n=======\n{other}\n>>>>>>> theirs\n"


@pytest.mark.fault_row(88)
def test_a_merge_conflict_is_named_where_it_is(project: Project) -> None:
    conflict = CONFLICT.format(one='{"a": 1}', other='{"a": 2}')
    manifest = project.write("manifests/a/odd/module.manifest.json", conflict)
    blocked = plan_of(starlang("plan", "--format", "json", cwd=project.root).out)["blocked"]
    assert [(each["code"], each["line"]) for each in blocked] == [("E506", 1)]
    assert "merge conflict" in blocked[0]["message"]
    manifest.unlink()

    rules = project.root / "rules/main.star"
    rules.write_text(f"{rules.read_text('utf-8')}\n{CONFLICT.format(one='', other='')}", "utf-8")
    refused(starlang("check", cwd=project.root), "E150", "merge conflict", "rules/main.star:")


def test_seven_signs_alone_are_not_a_conflict(project: Project) -> None:
    project.rules("-- <<<<<<< ours\n-- =======\nrule a -> Trail when path mentions memory")

    assert "E150" not in starlang("check", cwd=project.root).said


@pytest.mark.fault_row(89)
@pytest.mark.parametrize("kind", ["fifo", "directory", "device", "socket", "loop"])
@pytest.mark.parametrize("file", ["configs/starlang.toml", "configs/own.toml", "rules/main.star"])
def test_what_is_not_a_regular_file_is_not_taken_for_one_that_is_absent(
    project: Project, file: str, kind: str
) -> None:
    if file == "configs/own.toml":
        text = (project.root / "configs/starlang.toml").read_text("utf-8")
        project.write("configs/starlang.toml", text.replace("constellation-1.1", file))
    path = project.root / file
    path.unlink(missing_ok=True)
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/zero")
        case "socket":
            with socket.socket(socket.AF_UNIX) as bound, chdir(path.parent):  # the path is long
                bound.bind(path.name)
        case _:
            path.symlink_to(path.name)

    done = starlang("check", cwd=project.root)

    assert done.code == 1
    assert f"{file}" in done.said + done.text
    assert "init" not in done.said


@pytest.mark.fault_row(89)
@pytest.mark.parametrize("linked", ["configs", "configs/starlang.toml"])
def test_a_config_that_leads_to_another_project_changes_nothing_there(
    project: Project, linked: str
) -> None:
    other = Project(project.root.parent / "other")
    other.config()
    other.rules("rule   odd -> Trail weight 0.10 when path mentions  a\n")
    other.manifest("a/b")
    before = snapshot(other.root)
    shutil.rmtree(project.root / "configs")
    (project.root / linked).parent.mkdir(exist_ok=True)
    (project.root / linked).symlink_to(other.root / linked)

    for command in ("fmt", "check --fix", "plan", "plan --config configs/starlang.toml"):
        done = starlang(*command.split(), cwd=project.root)
        assert (done.code, "error[E705]: `configs/starlang.toml`" in done.said) == (1, True)
    assert snapshot(other.root) == before


@pytest.mark.fault_row(89)
def test_a_name_that_no_file_can_have_is_refused(project: Project) -> None:
    long = "m" * 5_000
    for arguments in (
        ("plan", "--manifests", long),
        ("plan", "--rules", f"{long}.star"),
        ("compile", "--check", "-o", "."),
        ("compile", "-o", "."),
        ("compile", "-o", long),
        ("plan", "-o", ""),
        ("check", "--config", long),
    ):
        done = starlang(*arguments, cwd=project.root)

        assert done.code in {1, 2}, (arguments, done.said)
        assert done.said


SOURCES: Mapping[str, str] = {
    "dots": "import " + "a." * 50_000 + "a\n",
    "from": "from " + "b ." * 9_000 + "b import c\n",
    "attribute": "x = y" + ".z" * 70_000 + "\n",
    "many": "a;" * 500_000,
    "deep": "(" * 50_000,
    "null": "import a\0",
}


@pytest.mark.fault_row(87)
def test_python_source_that_a_parser_takes_badly_is_left_out_by_name(project: Project) -> None:
    project.config('[graph]\nsource = "src"\n')
    project.rules("rule busy -> Trail weight 0.80 when used by at least 1 modules")
    project.write("src/a/odd/__init__.py", "import a.memory\n")
    project.write("src/a/memory/__init__.py", "")
    for name, text in SOURCES.items():
        project.write(f"src/bad/{name}.py", text)

    document = plan_of(starlang("plan", "--format", "json", cwd=project.root).out)

    unparsed = {each["file"] for each in document["warnings"] if each["code"] == "W547"}
    assert unparsed == {f"src/bad/{name}.py" for name in SOURCES}
    assert [m["path"] for m in document["modules"] if m["outcome"] == "promoted"] == ["a/memory"]


@pytest.mark.fault_row(90)
@pytest.mark.parametrize(
    "odd",
    [
        '{"format": ' + "9" * 5_000 + "}",
        '{"format": 1e1000000000000000000}',
        "[" * 100_000,
        '{"format": "starlang-rules/1", "semantics": "\\ud800"}',
        "\ud800",
    ],
    ids=["digits", "exponent", "depth", "surrogate", "encoding"],
)
def test_a_compiled_file_that_a_parser_takes_badly_is_refused(project: Project, odd: str) -> None:
    (project.root / "rules.json").write_bytes(odd.encode(errors="surrogatepass"))

    done = starlang("plan", "--rules", "rules.json", cwd=project.root)

    assert (done.code, "E85" in done.said) == (1, True)


@pytest.mark.fault_row(90)
def test_a_forged_compiled_file_with_right_digests_is_refused(project: Project) -> None:
    from starlang.rules.sections import section_digest  # noqa: PLC0415 -- of this test alone

    assert starlang("compile", "-o", "rules.json", cwd=project.root).code == 0
    text = (project.root / "rules.json").read_text("utf-8")
    for old, new in (
        ('"memory"', '"\\ud800"'),
        ('"Trail"', '"\\udfff"'),
        ('"weight": "0.800000"', f'"weight": "{"9" * 5_000}"'),
    ):
        document = json.loads(text.replace(old, new))
        document["digest"] = section_digest(document["semantics"])
        document["text_digest"] = section_digest(document["texts"])
        project.write("rules.json", json.dumps(document))

        done = starlang("plan", "--rules", "rules.json", cwd=project.root)

        assert (done.code, "E85" in done.said) == (1, True), done.said


@pytest.mark.fault_row(19, 20, 25, 26, 27)
def test_the_public_suite_of_json_files_is_decided_as_it_says() -> None:
    if not SUITE.is_dir():
        pytest.skip("the JSON suite is not at hand")
    refused, accepted, crashed = 0, [], []
    for path in sorted(SUITE.iterdir()):
        try:
            value = read(path.read_bytes())
        except Exception as error:  # noqa: BLE001 -- that is the question
            crashed.append((path.name, error))
            continue
        if path.name.startswith("n_"):
            assert isinstance(value, Refusal), path.name
            refused += 1
        elif path.name.startswith("y_") and not isinstance(value, Refusal):
            accepted.append(path.name)
    named = {path.name for path in SUITE.glob("y_*")}

    assert crashed == []
    assert refused == 188
    assert named - set(accepted) == BY_POLICY
    assert len(list(SUITE.glob("i_*"))) == 35
