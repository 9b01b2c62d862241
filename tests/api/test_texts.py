"""Rules and manifests without a directory: texts and dictionaries."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from program.projects import CANON, Project

import starlang

pytestmark = pytest.mark.requirement("R34")

HEAD = 'starlang 1\nruleset tried "1.0"\n'
RULE = "rule trail-path -> Trail weight 0.80 when path mentions memory\n"
PRIMARY = {"constellation_alignment": {"primary_star": "Supporting"}}


def codes(diagnostics: tuple[starlang.Diagnostic, ...]) -> list[str]:
    return [each.code for each in diagnostics]


def test_a_rule_is_tried_without_any_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    rules = starlang.compile_text(HEAD + CANON + RULE)
    plan = rules.plan(starlang.load_modules({"store/memory": PRIMARY, "web/page": PRIMARY}))

    assert [(each.path, each.star, each.score) for each in plan] == [
        ("store/memory", "Trail", Decimal("0.8")),
        ("web/page", "Supporting", Decimal(0)),
    ]
    assert (plan.applyable, [each.file for each in plan.edits]) == (
        True,
        ["manifests/store/memory/module.manifest.json"],
    )
    assert [row.place for row in plan["store/memory"].evidence] == ["<text>:9:1"]
    assert list(tmp_path.iterdir()) == []


def test_texts_use_each_other_by_their_names() -> None:
    texts = {
        "rules/main.star": f'{HEAD}use "parts/canon.star"\nuse "../more.star"\n',
        "rules/parts/canon.star": f"starlang 1\n{CANON}",
        "more.star": f"starlang 1\n{RULE}",
        "rules/idle.star": "this is not read",
    }

    rules = starlang.compile_text(texts)

    assert [(rule.name, rule.place) for rule in rules] == [("trail-path", "more.star:2:1")]
    assert {star.id for star in rules.stars} == {"Trail", "Watch", "Supporting"}


def test_texts_compile_to_what_their_files_compile_to(project: Project) -> None:
    path = project.root / "rules" / "main.star"
    from_file = starlang.compile(path)

    from_text = starlang.compile_text({"main.star": path.read_text("utf-8")})

    assert from_text.to_json() == from_file.to_json()
    assert from_text == from_file
    assert [each.passed for each in from_text.test()] == [True]
    assert starlang.compile_text({"a.json": from_file.to_json()}) == from_file


def test_modules_are_loaded_as_their_files_are(project: Project) -> None:
    rules = starlang.compile(project.root / "rules" / "main.star")
    root = project.root / "manifests"
    files = {
        path.parent.relative_to(root).as_posix(): path for path in root.rglob("*.manifest.json")
    }
    on_disk = starlang.load(root)

    in_memory = starlang.load_modules({path: file.read_bytes() for path, file in files.items()})

    assert in_memory == on_disk
    assert rules.plan(in_memory).to_json() == rules.plan(on_disk).to_json()
    texts = {path: file.read_text("utf-8") for path, file in files.items()}
    assert starlang.load_modules(texts) == on_disk


def test_what_files_may_not_say_texts_may_not_say() -> None:
    for texts, expected in (
        ("", ["E111"]),
        ("rule a", ["E101", "E111"]),
        ({"a.star": f'{HEAD}use "b.star"\n{CANON}'}, ["E401"]),
        ({"a.star": f'{HEAD}use "../b.star"\n{CANON}', "b.star": "starlang 1"}, ["E404"]),
        ({"a.star": f'{HEAD}use "/etc/passwd"\n{CANON}'}, ["E403"]),
        ({"a.star": f'{HEAD}use "a.star"\n{CANON}'}, ["E405"]),
        ({"../a.star": HEAD + CANON}, ["E403"]),
        ({"a.star": HEAD + CANON, "/b.star": "starlang 1"}, ["E403"]),
        ({"\0": HEAD + CANON}, ["E403"]),
        ({"": HEAD + CANON}, ["E403"]),
        ({}, ["E401"]),
        (f"{HEAD}{CANON}# \ud800", ["E117"]),
        (f"\ufeff{HEAD}{CANON}", ["E117"]),
    ):
        with pytest.raises(starlang.RulesError) as caught:
            starlang.compile_text(texts)
        assert codes(caught.value.diagnostics) == expected, texts
        str(caught.value).encode()


def test_a_missing_text_gets_the_one_that_is_meant() -> None:
    texts = {"main.star": f'{HEAD}use "cannon.star"\n', "canon.star": f"starlang 1\n{CANON}"}

    with pytest.raises(starlang.RulesError) as caught:
        starlang.compile_text(texts)

    assert caught.value.diagnostics[0].hint == "did you mean `canon.star`?"


def test_checking_a_text_finds_what_checking_a_file_finds(project: Project) -> None:
    weak = f"{HEAD}{CANON}rule weak -> Trail weight 0.10 when path mentions memory\n"
    path = project.write("rules/weak.star", weak)

    found = starlang.check_text({"weak.star": weak})

    assert found == starlang.check(path)
    assert codes(found) == ["W301"]
    allowed = weak.replace("memory\n", 'memory  # allow W301 because "it is a trial"\n')
    assert starlang.check_text(allowed) == ()
    assert starlang.compile_text(allowed).warnings == ()


def test_warnings_of_rules_are_those_that_no_comment_allows() -> None:
    twice = f"{HEAD}{CANON}rule a -> Trail weight 0.8 when node in {{x, x}}\n"

    assert codes(starlang.compile_text(twice).warnings) == ["W201"]
    allowed = twice.replace("x}\n", 'x}  # allow W201 because "it is a trial"\n')
    assert starlang.compile_text(allowed).warnings == ()


@pytest.mark.requirement("R18")
def test_what_manifests_say_wrong_is_a_problem_of_the_graph() -> None:
    graph = starlang.load_modules(
        {
            "a/Upper": PRIMARY,
            "b": "[",
            "c": b"\xff",
            "d": "[]",
            "e": {"v": float("nan"), **PRIMARY},
            "f": {"v": "\ud800", **PRIMARY},
            "g//h": PRIMARY,
            "../i": PRIMARY,
            "": PRIMARY,
            "j\ud800": PRIMARY,
            "/k": PRIMARY,
        }
    )

    errors = {each.code for each in graph.problems if each.is_error}
    assert errors >= {"E602", "E507", "E505", "E520", "E512", "E515", "E608", "E605"}
    assert graph.paths == (".", "../i", "/k", "a/Upper", "g//h")


def test_numbers_of_dictionaries_are_exact() -> None:
    document = {"a": Decimal("0.1"), "b": Decimal(12345678901234567890), "c": 2.5, **PRIMARY}
    graph = starlang.load_modules({"x": document})

    assert graph.documents == (
        {"a": Decimal("0.1"), "b": 12345678901234567890, "c": Decimal("2.5"), **PRIMARY},
    )


def circle() -> dict[str, object]:
    made: dict[str, object] = {}
    made["self"] = made
    return made


def deep() -> dict[str, object]:
    made: dict[str, object] = {}
    for _ in range(100_000):
        made = {"in": made}
    return made


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: starlang.load_modules({"a/b": {"v": {1, 2}}}), "`a/b`.*set"),
        (lambda: starlang.load_modules({"a/b": circle()}), "`a/b`.*[Cc]ircular"),
        (lambda: starlang.load_modules({"a/b": deep()}), "`a/b`.*recursion"),
        (lambda: starlang.load_modules({"a/b": {"v": 10**5000}}), "`a/b`.*digits"),
        (lambda: starlang.load_modules({"a/b": {"v": Decimal("0.1234567890123456789")}}), "digits"),
        (lambda: starlang.load_modules({"a/b": []}), "`a/b` must be a mapping.*list"),  # type: ignore[dict-item] # -- it is asked for
        (lambda: starlang.load_modules({1: {}}), "path of a module must be a str, not int"),  # type: ignore[dict-item] # -- it is asked for
        (lambda: starlang.load_modules([]), "modules must be a mapping.*list"),  # type: ignore[arg-type] # -- it is asked for
        (lambda: starlang.compile_text(b"x"), "texts must be a str.*bytes"),  # type: ignore[arg-type] # -- it is asked for
        (lambda: starlang.compile_text({"a": b"x"}), "`a` must be a str, not bytes"),  # type: ignore[dict-item] # -- it is asked for
        (lambda: starlang.compile_text({1: "x"}), "name of a text must be a str, not int"),  # type: ignore[dict-item] # -- it is asked for
    ],
)
def test_a_wrong_type_is_said_clearly(call: Callable[[], object], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call()


def test_a_schema_may_be_a_dictionary() -> None:
    schema = {"required": ["tests"]}

    graph = starlang.load_modules({"a/b": PRIMARY}, schema=schema)

    (found,) = (each for each in graph.problems if each.code == "W510")
    assert (found.file, "tests" in found.message) == ("manifests/a/b/module.manifest.json", True)
    with pytest.raises(starlang.SetupError) as caught:
        starlang.load_modules({"a/b": PRIMARY}, schema={"type": "no such type"})
    assert codes(caught.value.diagnostics) == ["E711"]
