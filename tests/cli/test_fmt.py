"""`starlang fmt`: what is written, what is listed, and what is left alone."""

import subprocess
from pathlib import Path
from stat import S_IMODE

import pytest
from program.projects import Project, snapshot
from program.run import PROGRAM, Done, environment, starlang, succeed

pytestmark = pytest.mark.requirement("R32")

LOOSE = 'starlang 1\nuse "canon.star" # the stars\nrule a->Trail when path mentions memory'
TIDY = 'starlang 1\nuse "canon.star"  # the stars\nrule a -> Trail when path mentions memory\n'
WRONG = "starlang 1\nrule a -> when path mentions memory\n"


def pipe(text: bytes, *arguments: str, cwd: Path, **env: str) -> Done:
    done = subprocess.run(
        [PROGRAM, "fmt", "-", *arguments],
        cwd=cwd,
        env=environment(**env),
        input=text,
        capture_output=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_files_are_laid_out_in_place(tmp_path: Path) -> None:
    loose, tidy = tmp_path / "loose.star", tmp_path / "tidy.star"
    loose.write_text(LOOSE, "utf-8")
    tidy.write_text(TIDY, "utf-8")
    was = tidy.stat().st_mtime_ns, tidy.stat().st_ino

    done = succeed("fmt", "loose.star", "tidy.star", cwd=tmp_path)

    assert done.text == "loose.star\n"
    assert done.said == "2 files: 1 changed\n"
    assert loose.read_bytes() == TIDY.encode()
    assert (tidy.stat().st_mtime_ns, tidy.stat().st_ino) == was
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loose.star", "tidy.star"]


def test_without_files_those_of_the_project_are_laid_out(project: Project) -> None:
    project.write("rules/main.star", 'starlang 1 ruleset main "1" use "canon.star"')
    project.write("rules/canon.star", "starlang 1 star A default star B")
    project.write("rules/other.star", LOOSE)

    done = succeed("fmt", cwd=project.root / "rules")

    assert done.text == "rules/main.star\nrules/canon.star\n"
    assert snapshot(project.root / "rules") == {
        "main.star": b'starlang 1\nruleset main "1"\nuse "canon.star"\n',
        "canon.star": b"starlang 1\nstar A\ndefault star B\n",
        "other.star": LOOSE.encode(),
    }


def test_a_used_file_that_cannot_be_read_is_reported(project: Project) -> None:
    project.write("rules/main.star", 'starlang 1 ruleset main "1" use "cannon.star"')

    done = starlang("fmt", cwd=project.root)

    assert done.code == 1
    assert "E401" in done.said
    assert done.text == "rules/main.star\n"


def test_a_project_without_rules_has_nothing_to_lay_out(tmp_path: Path) -> None:
    done = starlang("fmt", cwd=tmp_path)

    assert done.code == 1
    assert "E806" in done.said


def test_check_lists_and_writes_nothing(tmp_path: Path) -> None:
    for name, text in {"a.star": LOOSE, "b.star": TIDY, "c.star": LOOSE}.items():
        (tmp_path / name).write_text(text, "utf-8")
    before = snapshot(tmp_path)

    done = starlang("fmt", "--check", "a.star", "b.star", "c.star", cwd=tmp_path)

    assert (done.code, done.text) == (3, "a.star\nc.star\n")
    assert snapshot(tmp_path) == before
    assert starlang("fmt", "--check", "b.star", cwd=tmp_path).code == 0


@pytest.mark.parametrize("text", [LOOSE, LOOSE.replace("\n", "\r\n"), f"{LOOSE}  # größe\n\n"])
def test_diff_is_a_patch(text: str, tmp_path: Path) -> None:
    file = tmp_path / "rules" / "a.star"
    file.parent.mkdir()
    file.write_bytes(text.encode())

    done = succeed("fmt", "--diff", "rules/a.star", cwd=tmp_path)

    assert file.read_bytes() == text.encode()
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=done.out, check=True)  # noqa: S607 -- git as it is found
    succeed("fmt", "--check", "rules/a.star", cwd=tmp_path)
    assert file.read_bytes() != text.encode()


def test_diff_with_check_tells_by_its_code(tmp_path: Path) -> None:
    (tmp_path / "a.star").write_text(LOOSE, "utf-8")

    done = starlang("fmt", "--diff", "--check", "a.star", cwd=tmp_path)

    assert done.code == 3
    assert done.text.startswith("--- a/a.star\n+++ b/a.star\n@@ ")


def test_diff_has_colours_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.star").write_text(LOOSE, "utf-8")

    done = starlang("fmt", "--diff", "a.star", cwd=tmp_path, env={"FORCE_COLOR": "1"})

    assert b"\x1b[32m+rule a -> Trail when path mentions memory\x1b[0m\n" in done.out


def test_a_file_with_errors_is_left_alone_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "wrong.star").write_text(WRONG, "utf-8")
    (tmp_path / "loose.star").write_text(LOOSE, "utf-8")

    done = starlang("fmt", "wrong.star", "loose.star", cwd=tmp_path)

    assert (done.code, done.text) == (1, "loose.star\n")
    assert "wrong.star:2:11" in done.said
    assert (tmp_path / "wrong.star").read_text("utf-8") == WRONG
    assert (tmp_path / "loose.star").read_text("utf-8") == TIDY


def test_errors_weigh_more_than_differences(tmp_path: Path) -> None:
    (tmp_path / "wrong.star").write_text(WRONG, "utf-8")
    (tmp_path / "loose.star").write_text(LOOSE, "utf-8")

    assert starlang("fmt", "--check", "wrong.star", "loose.star", cwd=tmp_path).code == 1


@pytest.mark.parametrize(
    ("name", "code"), [("nothing.star", "E401"), ("folder", "E402"), ("bytes.star", "E117")]
)
def test_what_is_no_rule_file_is_reported(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes.star").write_bytes(b"starlang 1 # \xff")

    done = starlang("fmt", name, cwd=tmp_path)

    assert (done.code, done.text) == (1, "")
    assert f"error[{code}]" in done.said
    assert name in done.said


def test_modes_and_links_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target.star", tmp_path / "link.star"
    target.write_text(LOOSE, "utf-8")
    target.chmod(0o640)
    link.symlink_to("target.star")

    done = succeed("fmt", "link.star", "target.star", cwd=tmp_path)

    assert done.text == "link.star\n"
    assert link.is_symlink()
    assert target.read_text("utf-8") == TIDY
    assert S_IMODE(target.stat().st_mode) == 0o640


def test_a_protected_file_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.star"
    file.write_text(LOOSE, "utf-8")
    file.chmod(0o444)

    done = starlang("fmt", "a.star", cwd=tmp_path)

    assert (done.code, done.text) == (1, "")
    assert done.said.startswith("a.star ")
    assert done.said.endswith("\n1 file: 0 changed\n")
    assert file.read_text("utf-8") == LOOSE
    assert starlang("fmt", "--check", "a.star", cwd=tmp_path).code == 3


def test_stdin_goes_to_stdout(tmp_path: Path) -> None:
    text = f"{LOOSE}  # größe 🌱"

    done = pipe(text.encode(), cwd=tmp_path, LC_ALL="C")

    assert (done.code, done.said) == (0, "")
    assert done.text == f"{TIDY.rstrip()}  # größe 🌱\n"
    assert list(tmp_path.iterdir()) == []


def test_stdin_can_be_checked_and_compared(tmp_path: Path) -> None:
    assert pipe(LOOSE.encode(), "--check", cwd=tmp_path).code == 3
    assert pipe(TIDY.encode(), "--check", cwd=tmp_path) == Done(0, b"", b"")
    assert b"+rule a -> Trail" in pipe(LOOSE.encode(), "--diff", cwd=tmp_path).out


@pytest.mark.parametrize("data", [WRONG.encode(), b"\xff", b"#" * (1 << 20) + b"\n#"])
def test_what_is_wrong_on_stdin_gives_nothing(data: bytes, tmp_path: Path) -> None:
    done = pipe(data, cwd=tmp_path)

    assert (done.code, done.out) == (1, b"")
    assert "<stdin>" in done.said


def test_stdin_stands_alone(tmp_path: Path) -> None:
    assert pipe(LOOSE.encode(), "a.star", cwd=tmp_path).code == 2


def test_quiet_says_no_more_than_names(tmp_path: Path) -> None:
    (tmp_path / "a.star").write_text(LOOSE, "utf-8")

    done = succeed("fmt", "--quiet", "a.star", cwd=tmp_path)

    assert (done.text, done.said) == ("a.star\n", "")
