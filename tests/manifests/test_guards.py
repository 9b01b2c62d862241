"""Path guards: every violation of every path, one code a guard."""

import pytest

from starlang.manifests.guards import DEFAULT_GUARDS, Guards, carrying_problem, guard


def codes(path: str, guards: Guards = DEFAULT_GUARDS) -> list[str]:
    return [finding.code for finding in guard([(path, f"{path}/m.json")], guards)]


@pytest.mark.requirement("R18")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("core/identity", []),
        ("lukhas", ["E601"]),
        ("lukhas/core", ["E601"]),
        ("lukhasx/core", []),
        ("core/lukhas", []),
        ("core/Identity", ["E602"]),
        ("CORE/Identity", ["E602", "E602"]),
        ("core/été", []),
        ("core/Été", ["E602"]),
        ("core/\u01c5", ["E602"]),  # a titlecase letter
        ("core/\U0001d400", ["E602"]),  # an uppercase letter without a lowercase one
        ("core/ß", []),
        ("quarantine/x", ["E603"]),
        ("a/build/b", ["E603"]),
        ("a/dist", ["E603"]),
        (".venv/lib", ["E603"]),
        ("a/node_modules/b/build", ["E603", "E603"]),
        ("builder/distant", []),
        ("a/./b", ["E604"]),
        ("../a", ["E604"]),
        ("a//b", ["E604"]),
        ("/etc/a", ["E605"]),
        ("c:/a", ["E605", "E606"]),
        ("C:\\a", ["E605", "E602", "E606"]),
        ("\\\\host\\a", ["E605", "E606"]),
        ("~/a", []),
        ("lukhas/Core/build/aux", ["E601", "E602", "E603", "E606"]),
    ],
)
def test_each_guard_has_its_code(path: str, expected: list[str]) -> None:
    assert codes(path) == expected


@pytest.mark.parametrize(
    "name",
    [
        *(
            ".git",
            ".GIT",
            ".Git",
            "\uff0egit",
            ".g\u200cit",
            ".git\ufeff",
            ".git ",
            ".git.",
            ".git::$x",
        ),
        *(
            "git~1",
            "GIT~2",
            "trailing.",
            "trailing ",
            "con",
            "Aux",
            "nul.txt",
            "COM1",
            "lpt\u00b2.x",
        ),
        *("a:b", "a<b", "a|b", 'a"b', "a?b", "a*b", "a\\b"),
    ],
)
@pytest.mark.fault_row(42)
def test_names_that_git_or_windows_cannot_carry(name: str) -> None:
    """Row 42."""
    assert carrying_problem(name)
    assert "E606" in codes(f"core/{name}")


@pytest.mark.parametrize(
    "name",
    [
        ".github",
        "git",
        "gitx",
        "git~x",
        "console",
        "auxiliary",
        "com",
        "com10",
        "-rf",
        " lead",
        "a\nb",
    ],
)
@pytest.mark.fault_row(42)
def test_names_that_only_look_like_those(name: str) -> None:
    assert carrying_problem(name) is None
    assert codes(f"core/{name}") == []


@pytest.mark.fault_row(41)
def test_paths_that_differ_only_in_case_or_unicode_form() -> None:
    """Row 41."""
    paths = [
        "core/a",
        "core/A",
        "core/\u00e9",
        "core/e\u0301",
        "core/b",
        "core/stra\u00dfe",
        "core/strasse",
    ]
    findings = guard([(path, path) for path in paths], Guards(uppercase=False))

    assert [(each.code, each.file) for each in findings] == [
        ("E609", "core/A"),
        ("E609", "core/e\u0301"),
        ("E609", "core/strasse"),
    ]


def test_guards_are_what_the_config_says() -> None:
    none = Guards(prefixes=(), segments=(), uppercase=False, portable=False, collisions=False)
    paths = ["lukhas/Core", "lukhas/core", "build/aux", "a:b"]

    assert list(guard([(path, path) for path in paths], none)) == []
    mine = Guards(prefixes=("old/tree",), segments=("attic",))
    assert [codes(path, mine) for path in ("old/tree/x", "old/treex", "a/attic", "lukhas")] == [
        ["E601"],
        [],
        ["E603"],
        [],
    ]


def test_every_violation_of_every_module_names_its_file() -> None:
    modules = [(f"A{n}/build", f"manifests/A{n}/build/m.json") for n in range(50)]
    findings = list(guard(modules, DEFAULT_GUARDS))

    assert [(each.code, each.file) for each in findings] == [
        (code, file) for _, file in modules for code in ("E602", "E603")
    ]
