"""Warnings that are allowed with a reason, and those that `check --fix` puts right."""

import json
from pathlib import Path

import pytest
from program.documents import diagnostics_of
from program.projects import Project
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R32")

TWO = """rule trail-words -> Trail weight 0.60 when path mentions memory, archive
rule trail-memory -> Trail weight 0.20 when path mentions memory
rule watch-path -> Watch weight 0.90 when path mentions guard
"""
REASON = 'because "together they promote"'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.config()
    return made


def codes(project: Project, text: str, *files: str) -> list[str]:
    project.rules(text)
    done = starlang("check", *files, "--format", "json", cwd=project.root)
    return sorted({each["code"] for each in diagnostics_of(done.out)["diagnostics"]})


def allowed(comment: str, *, above: bool = False) -> str:
    """The two rules, with a comment at the second one."""
    first, second, *rest = TWO.splitlines()
    lines = [first, comment, second] if above else [first, f"{second}  {comment}"]
    return "\n".join([*lines, *rest, ""])


def test_without_a_comment_it_is_told(project: Project) -> None:
    assert codes(project, TWO) == ["W304"]


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("comment", ["# allow W304 {}", "#allow W304 {}", "# allow W302, W304 {}"])
def test_with_a_reason_it_is_allowed(project: Project, comment: str, *, above: bool) -> None:
    found = codes(project, allowed(comment.format(REASON), above=above))

    assert found == (["W314"] if "W302" in comment else [])


def test_other_comments_may_stand_between(project: Project) -> None:
    text = allowed(f"# allow W304 {REASON}\n# and so on\n", above=True)

    assert codes(project, text) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# allow W304",
        '# allow W304 because ""',
        '# allow W304 because " "',
        '# allow E304 because "no"',
        "# allow W304 because it is so",
        '# allow W304 W305 because "x"',
        '# allow W3040 because "x"',
    ],
)
def test_what_is_malformed_allows_nothing(project: Project, comment: str) -> None:
    assert codes(project, allowed(comment)) == ["W304", "W313"]


def test_one_on_another_line_allows_nothing(project: Project) -> None:
    assert codes(project, f"# allow W304 {REASON}\n{TWO}") == ["W304", "W314"]


def test_an_error_cannot_be_allowed(project: Project) -> None:
    found = codes(project, 'rule a -> Nowhere when path mentions x # allow E201 because "x"\n')

    assert "W313" in found
    assert any(each.startswith("E") for each in found)


def test_a_comment_that_only_speaks_of_it_is_none(project: Project) -> None:
    assert codes(project, f"# we allow what is allowed\n# allow me\n{TWO}") == ["W304"]


def test_allowances_stay_with_their_line_when_laid_out(project: Project) -> None:
    project.rules(allowed(f"# allow W304 {REASON}"))
    succeed("fmt", cwd=project.root)

    done = starlang("check", "--format", "json", cwd=project.root)
    assert diagnostics_of(done.out)["diagnostics"] == []


def fixed(project: Project, text: str) -> str:
    """The rules after `check --fix`, which leaves nothing to fix and the digests as they were."""
    project.rules(text)
    before = digests(project)
    done = starlang("check", "--fix", cwd=project.root)
    assert done.code in {0, 1}, done.said
    assert digests(project) == before
    after = (project.root / "rules" / "main.star").read_text("utf-8")
    again = starlang("check", "--fix", cwd=project.root)
    assert "fixed 0 findings" in again.said
    assert (project.root / "rules" / "main.star").read_text("utf-8") == after
    return after


def digests(project: Project) -> tuple[str, str]:
    found = json.loads(succeed("compile", "-q", cwd=project.root).out)
    return found["digest"], found.get("text_digest", "")


@pytest.mark.parametrize(
    "rule", ["path mentions memory, memory", "path contains memory"], ids=["finding", "hint"]
)
def test_no_link_is_followed_out_of_the_project(project: Project, rule: str) -> None:
    project.rules(f"rule trail -> Trail weight 0.80 when {rule}\n")
    file = project.root / "rules" / "main.star"
    outside = project.root.parent / "outside.star"
    file.rename(outside)
    file.symlink_to(outside)
    before = outside.read_bytes()

    done = starlang("check", "--fix", cwd=project.root)

    assert done.code != 0
    assert outside.read_bytes() == before
    assert file.is_symlink()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("path mentions memory, archive, memory", "path mentions memory, archive"),
        ("path mentions memory, memory, archive", "path mentions memory, archive"),
        ("path mentions memory,memory", "path mentions memory"),
        ("capability in {a, b, a}", "capability in {a, b}"),
    ],
)
def test_what_makes_no_difference_is_removed(project: Project, rule: str, expected: str) -> None:
    text = fixed(project, f"rule trail -> Trail weight 0.80 when {rule}\n")

    assert f"weight 0.80 when {expected}\n" in text


def test_an_unused_allowance_is_removed_with_its_line(project: Project) -> None:
    rule = "rule trail -> Trail weight 0.80 when path mentions memory"
    assert fixed(project, f'# kept\n# allow W304 because "x"\n{rule}\n').endswith(
        f"# kept\n{rule}\n"
    )
    assert fixed(project, f'{rule}  # allow W304 because "x"\n').endswith(f"\n{rule}\n")
    # A code that is there twice leaves nothing behind.
    assert fixed(project, f'{rule} # allow W304, W304 because "x"\n').endswith(f"\n{rule}\n")
    of_both = fixed(project, f'{rule} # allow W304, W302, W304 because "x"\n')
    assert of_both.endswith(f"\n{rule}\n")


def test_what_would_change_what_is_said_stays_and_keeps_nothing_else_back(
    project: Project,
) -> None:
    """Without its alias a star is compiled to another text, with the word twice to the same."""
    written = (
        'star Odd\n  label "Odd!"\n  aka "strange", "Odd!"\n'
        "rule odd -> Odd weight 0.80 when path mentions memory{}\n"
    )
    assert fixed(project, written.format(", memory")).endswith(written.format(""))


def test_what_is_no_certain_fix_is_left(project: Project) -> None:
    assert TWO in fixed(project, TWO)


def test_nothing_is_written_without_it(project: Project) -> None:
    rules = project.rules("rule trail -> Trail weight 0.80 when path mentions memory, memory\n")
    before = rules.read_bytes()
    starlang("check", cwd=project.root)

    assert rules.read_bytes() == before


def test_files_with_errors_are_left_alone(project: Project) -> None:
    rules = project.rules("rule trail -> Trail when path mentions memory, memory and\n")
    before = rules.read_bytes()

    assert starlang("check", "--fix", cwd=project.root).code == 1
    assert rules.read_bytes() == before


def test_used_files_are_fixed_too(project: Project) -> None:
    used = project.write(
        "rules/more.star",
        "starlang 1\nrule trail -> Trail weight 0.80 when path mentions memory, memory\n",
    )
    project.rules('use "more.star"\nrule w -> Watch weight 0.8 when path mentions guard\n')

    done = starlang("check", "--fix", cwd=project.root)

    assert "fixed 1 finding in rules/more.star" in done.said
    assert used.read_text("utf-8").endswith("when path mentions memory\n")
