"""CODEOWNERS as GitHub reads it: its page, its messages, and what was seen in repositories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starlang.manifests.codeowners import owning_nothing, read_codeowners

pytestmark = pytest.mark.requirement("R27")


@pytest.mark.parametrize(
    ("pattern", "taken", "others"),
    [
        ("docs/*", ["docs/a.md"], ["docs/b/a.md"]),
        ("/*", ["a"], ["a/b"]),
        ("/tests/q/*", [], ["tests/q/a/b.py"]),
        ("foo/*.txt", ["foo/b.txt"], ["foo/bar/b.txt"]),
        ("apps/", ["deep/apps/x"], []),
        ("/docs/", ["docs/a/b"], ["x/docs/a"]),
        ("**/logs", ["build/logs/a", "deep/nested/logs/x"], []),
        ("*.js", ["a/b/c.js"], ["a/b/c.ts"]),
        ("*", ["a", "a/b", "a/b/c.js"], []),
        ("/apps/github", ["apps/github/x", "apps/github"], ["x/apps/github"]),
        ("/Docs/", [], ["docs/a"]),
        ("/build/logs/", ["build/logs/a"], ["build/logs"]),
        ("foo/**/bar", ["foo/bar", "foo/a/b/bar"], []),
        ("foo/**", ["foo/a/b"], ["foo"]),
        ("foo/**/", ["foo/bar", "foo/a/b"], ["foo"]),
        ("*.env*", ["a/.env.local", "x.env/y"], []),
        (r"/a\ b/", ["a b/c"], ["a", "a b"]),
        ("/.github/workflows/*", [".github/workflows/ci.yml"], []),
    ],
)
def test_patterns_take_these_files(pattern: str, taken: list[str], others: list[str]) -> None:
    owners = read_codeowners("CODEOWNERS", f"{pattern} @o\n")

    assert owners.problems == ()
    assert {path: owners.owners_of(path) for path in taken} == dict.fromkeys(taken, ("@o",))
    assert {path: owners.owners_of(path) for path in others} == dict.fromkeys(others, ())


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("!/src/ @o", "src/a"),
        ("/src/[ab].py @o", "src/a.py"),
        ("/src/[ab].py @o", "src/[ab].py"),
        ("/x/[a @o", "x/[a"),
        (r"\#x @o", "#x"),
        ("/x/ nobody", "x/a"),
        ("/x/ @b nobody", "x/a"),
    ],
)
def test_a_line_with_a_mistake_is_skipped_and_reported(line: str, path: str) -> None:
    owners = read_codeowners("CODEOWNERS", f"* @a\n{line}\n")

    assert owners.owners_of(path) == ("@a",)
    assert [(each.code, each.place) for each in owners.problems] == [("W566", "CODEOWNERS:2:1")]


@pytest.mark.parametrize(
    ("text", "path", "owned"),
    [
        ("/apps/ @a\n/apps/github\n", "apps/github", ()),
        ("/apps/ @a\n/apps/github\n", "apps/other", ("@a",)),
        ("/apps/github # skip\n", "apps/github", ()),
        ("*.js @js #note @x\n", "a.js", ("@js",)),
        ("/a/ @a\n/a/ @b\n", "a/x", ("@b",)),
        ("/a/ @a\r\n\t/b/\t@b  @org/team\r\n", "b/x", ("@b", "@org/team")),
        ("/a/ somebody@example.org\n", "a/x", ("somebody@example.org",)),
        ("\ufeff/a/ @a\n", "a/x", ("@a",)),
        ("# comment\n\n   \n* @a", "a/x", ("@a",)),
        ("", "a", ()),
    ],
)
def test_files_are_read_so(text: str, path: str, owned: tuple[str, ...]) -> None:
    owners = read_codeowners("CODEOWNERS", text)

    assert owners.problems == ()
    assert owners.owners_of(path) == owned


def test_a_line_that_owns_nothing_is_shown_with_the_line_that_shadows_it() -> None:
    owners = read_codeowners("CODEOWNERS", "/a/ @a\n/b/ @b\n/gone/ @c\n*.py @all\n")
    found = owning_nothing(owners, ["a/x.py", "a/y.py", "b/x.py", "b/y.txt"])

    assert [(each.code, each.place) for each in found] == [
        ("W567", "CODEOWNERS:1:1"),
        ("W567", "CODEOWNERS:3:1"),
    ]
    assert "line 4" in found[0].message
    assert "matches no file" in found[1].message


PIECES = st.sampled_from(
    ["*", "**", "/", "\\", "[", "]", "!", "#", "?", " ", "\t", "\n", "\r", "@a", "a@b.c", "a", "\0"]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60), st.text(max_size=20))
def test_no_text_makes_it_raise(text: str, path: str) -> None:
    owners = read_codeowners("CODEOWNERS", text)

    assert len(owners.lines) + len(owners.problems) <= text.count("\n") + 1
    owners.owners_of(path)
    owning_nothing(owners, [path])


def test_no_pattern_takes_long() -> None:
    pattern = "*a" * 60
    owners = read_codeowners("CODEOWNERS", f"{pattern}b @o\n")

    assert owners.owners_of("a" * 4000) == ()
