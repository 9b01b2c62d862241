"""The pages in `docs/adopt/`, from a clone to a plan and through the run.

What a page shows is typed, from its beginning to its end, in one repository: a copy of the one in
`examples/` that has the name of the page, without what the page adds to it. A fence `file=NAME` is
written where it stands.
"""

import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from program.repositories import commit_all, git
from program.run import on_terminal
from test_documentation import PASSING, fences

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "adopt").glob("*.md"))
ADDED = ("configs", "rules", "README.md", ".gitattributes")
IN_FULL = os.environ.get("STARLANG_PROOFS") == "1"

pytestmark = pytest.mark.requirement("R41")


def passing(text: str) -> list[str]:
    """The lines of `text`, with a word for what is another one in every run."""
    for pattern, name in PASSING:
        text = pattern.sub(name, text)
    return [line.rstrip() for line in text.splitlines()]


@pytest.fixture
def clone(page: Path, tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    shutil.copytree(ROOT / "examples" / page.stem, root, copy_function=shutil.copyfile)
    for name in ADDED:
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).unlink(missing_ok=True)
    commit_all(root)
    git(root, "config", "user.email", "alice@example.org")
    return root


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_goes_as_shown(page: Path, clone: Path) -> None:
    """The run is typed on the page about npm, and on the others with STARLANG_PROOFS=1."""
    for fence in fences(page):
        _, is_file, name = fence.info.partition("file=")
        if is_file:
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_text(fence.text, "utf-8")
        elif fence.info == "console":
            if "starlang pin" in fence.text and page.stem != "npm" and not IN_FULL:
                return
            assert passing(typed(fence.text, clone)) == passing(fence.text)


def typed(shown: str, clone: Path) -> str:
    """The commands of `shown`, and all that they print."""
    seen, code = "", 0
    for line in shown.splitlines():
        if line == "$ echo $?":
            seen += f"{line}\n{code}\n"
            code = 0
        elif line.startswith("$ git"):
            commit_all(clone)
            seen += f"{line}\n"
        elif line.startswith("$ "):
            assert code == 0, seen
            arguments = shlex.split(line)[2:]
            if arguments[0] == "approve":
                (report,) = clone.glob("docs/audits/*_canary_report.json")
                arguments[1] = json.loads(report.read_bytes())["plan"]
            code, printed = on_terminal(*arguments, cwd=clone)
            seen += f"{line}\n{printed}"
    return seen


def test_there_is_a_page_for_each_profile_of_a_format_of_others() -> None:
    profiles = {path.stem for path in (ROOT / "configs" / "profiles").glob("*.toml")}

    assert {page.stem for page in PAGES} == {
        name for name in profiles if not name.startswith("constellation")
    }


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), (page, target)
