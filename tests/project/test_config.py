"""The config of a project: what it says, where it is found, and every mistake at its place."""

import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.manifests.guards import DEFAULT_GUARDS, Guards
from starlang.manifests.profile import Profile
from starlang.manifests.schema import Schema
from starlang.project.config import Config, load_config
from starlang.project.files import data_path
from starlang.project.inputs import built_in_profiles, built_in_schemas, load_profile, load_schema


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "configs").mkdir(exist_ok=True)
    (tmp_path / "configs" / "starlang.toml").write_text(text, "utf-8")
    return tmp_path


def config_of(tmp_path: Path, text: str) -> Config:
    config = load_config(written(tmp_path, text))
    assert isinstance(config, Config), config
    return config


def findings(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    """(code, underlined text) of each finding."""
    problems = load_config(written(tmp_path, text))
    assert not isinstance(problems, Config)
    labels = [(each.code, each.labels[0]) for each in problems]
    return [(code, text[label.span.start : label.span.end]) for code, label in labels]


def test_a_whole_config(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        """
        [project]
        rules = "rules/main.star"
        compiled = "build/rules.json"
        manifests = "catalog"
        profile = "constellation-plain"
        schema = "configs/schemas/mine.json"

        [guards]
        prefixes = ["old"]
        segments = []
        uppercase = "allow"
        unportable = "allow"
        collisions = "refuse"
        ignore = ["attic", "**/.archive"]

        [[guards.waive]]
        path = "core/A"
        code = "E602"
        reason = "renamed next month"
        until = 2027-03-01

        [[baseline]]
        path = "labs/**"
        code = "W504"
        reason = "old names"
        until = "2027-04-01"
        """,
    )

    assert config.root == tmp_path
    assert config.file == "configs/starlang.toml"
    assert (config.rules, config.compiled) == (
        tmp_path / "rules/main.star",
        tmp_path / "build/rules.json",
    )
    assert config.manifests == tmp_path / "catalog"
    assert config.profile == "constellation-plain"
    assert config.schema == tmp_path / "configs/schemas/mine.json"
    assert config.guards == Guards(
        prefixes=("old",),
        segments=(),
        uppercase=False,
        portable=False,
        ignore=("attic", "**/.archive"),
    )
    assert [(each.path, each.code, each.reason, each.until) for each in config.waivers] == [
        ("core/A", "E602", "renamed next month", date(2027, 3, 1)),
        ("labs/**", "W504", "old names", date(2027, 4, 1)),
    ]
    places = [each.source.place(each.span) for each in config.waivers]
    assert places == ["configs/starlang.toml:17:11", "configs/starlang.toml:23:11"]


@pytest.mark.parametrize("text", ["", "[project]\n", "# nothing\n"])
def test_what_a_config_leaves_out_has_a_default(tmp_path: Path, text: str) -> None:
    config = config_of(tmp_path, text)

    assert config == Config(
        root=tmp_path, manifests=tmp_path / "manifests", file="configs/starlang.toml"
    )
    assert config.guards == DEFAULT_GUARDS
    assert config.profile == "constellation-1.1"


def test_without_a_config_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config(root=tmp_path, manifests=tmp_path / "manifests")


def test_a_config_is_searched_upward_and_the_nearest_counts(tmp_path: Path) -> None:
    written(tmp_path, '[project]\nmanifests = "outer"\n')
    inner = tmp_path / "a"
    inner.mkdir()
    written(inner, '[project]\nmanifests = "inner"\n')
    deep = inner / "b" / "c"
    deep.mkdir(parents=True)
    beside = tmp_path / "d"
    beside.mkdir()

    for start, root, name in ((deep, inner, "inner"), (beside, tmp_path, "outer")):
        config = load_config(start)
        assert isinstance(config, Config)
        assert (config.root, config.manifests) == (root, root / name)


def test_a_config_can_be_named(tmp_path: Path) -> None:
    written(tmp_path / ".", "[project]\n")
    other = tmp_path / "other.toml"
    other.write_text('[project]\nrules = "x.star"\n', "utf-8")
    config = load_config(tmp_path, other)
    usual = load_config(Path("/"), tmp_path / "configs" / "starlang.toml")

    assert isinstance(config, Config)
    assert isinstance(usual, Config)
    assert (config.root, config.file, config.rules) == (tmp_path, "other.toml", tmp_path / "x.star")
    assert usual.root == tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[projcet]\nrules = "a"\n', [("E702", "projcet")]),
        ('[project]\nrule = "a"\n', [("E702", "rule")]),
        ("[guards]\nuppercase_letters = 1\n", [("E702", "uppercase_letters")]),
        ('[[baseline]]\npath="a"\ncode="E602"\nreason="r"\nuntl="x"\n', [("E702", "untl")]),
        ("project = 1\n", [("E703", "1")]),
        ("[project]\nrules = 1\n", [("E703", "1")]),
        ("[guards]\nsegments = [1]\n", [("E703", "[1]")]),
        ("[baseline]\n", [("E703", "baseline")]),
        ("baseline = [1]\n", [("E703", "[1]")]),
        ('[guards]\nuppercase = "alow"\n', [("E704", '"alow"')]),
        ("[guards]\nuppercase = true\n", [("E703", "true")]),
        ('[guards]\nsegments = ["a", "b/c"]\n', [("E704", '"b/c"')]),
        ('[guards]\nprefixes = ["a/*"]\n', [("E704", '"a/*"')]),
        ('[guards]\nignore = ["/a"]\n', [("E704", '"/a"')]),
        ('[guards]\nignore = ["a**"]\n', [("E704", '"a**"')]),
        ('[project]\nrules = "/etc/passwd"\n', [("E705", '"/etc/passwd"')]),
        ('[project]\nmanifests = "../other"\n', [("E705", '"../other"')]),
        ('[project]\nrules = "a/../../b"\n', [("E705", '"a/../../b"')]),
        ("[project]\nrules = 'a\\b'\n", [("E705", "'a\\b'")]),
        ('[project]\nrules = "C:/a"\n', [("E705", '"C:/a"')]),
        ('[project]\nrules = ""\n', [("E705", '""')]),
        ('[project]\nprofile = "../p.toml"\n', [("E705", '"../p.toml"')]),
        ('[project]\nschema = "/s.json"\n', [("E705", '"/s.json"')]),
        ('[project]\nprofile = "constelation-1.1"\n', [("E714", '"constelation-1.1"')]),
        ('[project]\nschema = "manifest"\n', [("E714", '"manifest"')]),
        ('[accept.shares]\nFlow = "12 to 15%"\n', [("E704", '"12 to 15%"')]),
        ('[accept.shares]\nFlow = "15% to 12%"\n', [("E704", '"15% to 12%"')]),
        ('[accept.shares]\nFlow = "12% to 101%"\n', [("E704", '"12% to 101%"')]),
        ("[accept.shares]\nFlow = 12\n", [("E703", "12")]),
        ("[accept]\nfloor = 12\n", [("E702", "floor")]),
        ('[[baseline]]\npath = "a"\n', [("E713", "baseline"), ("E713", "baseline")]),
        ('[[baseline]]\npath="a"\ncode="E602"\nreason=" "\n', [("E713", "baseline")]),
        ('[[baseline]]\npath="a"\ncode=602\nreason="r"\n', [("E703", "602")]),
        ('[[baseline]]\npath="a"\ncode="602"\nreason="r"\n', [("E704", '"602"')]),
        ('[[baseline]]\npath="/a"\ncode="E602"\nreason="r"\n', [("E704", '"/a"')]),
        ('[[guards.waive]]\npath="a"\ncode="W504"\nreason="r"\n', [("E704", '"W504"')]),
        (
            '[[baseline]]\npath="a"\ncode="E602"\nreason="r"\nuntil="2027-02-30"\n',
            [("E703", '"2027-02-30"')],
        ),
        (
            '[[baseline]]\npath="a"\ncode="E602"\nreason="r"\nuntil="20270301"\n',
            [("E703", '"20270301"')],
        ),
        (
            '[[baseline]]\npath="a"\ncode="E602"\nreason="r"\nuntil=2027-03-01T00:00:00\n',
            [("E703", "2027-03-01T00:00:00")],
        ),
        ("[project\n", [("E701", "\n")]),
        ("[project]\n[project]\n", [("E701", "]")]),
        ('a = "\\q"\n', [("E701", '"')]),
    ],
)
def test_each_mistake_is_found_at_its_place(
    tmp_path: Path, text: str, expected: list[tuple[str, str]]
) -> None:
    assert findings(tmp_path, text) == expected


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    text = (
        '[project]\nrulez = 1\nmanifests = "/x"\n[guards]\nignore = 1\n[[baseline]]\ncode = "x"\n'
    )

    codes = [code for code, _ in findings(tmp_path, text)]
    assert sorted(codes) == ["E702", "E703", "E704", "E705", "E713", "E713"]


def test_near_names_are_suggested(tmp_path: Path) -> None:
    problems = load_config(
        written(tmp_path, '[project]\nprofile = "constelation-1.1"\nruls = "x"\n')
    )

    assert not isinstance(problems, Config)
    assert ["`constellation-1.1`" in problems[0].hint, "`rules`" in problems[1].hint] == [
        True,
        True,
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
@pytest.mark.parametrize("key", ["rules", "manifests", "schema"])
def test_a_path_that_leads_out_of_the_project_through_a_link_is_refused(
    tmp_path: Path, key: str
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "outside").mkdir()
    (project / "link").symlink_to(tmp_path / "outside")
    (project / "round").symlink_to(project / "round")
    (project / "within").symlink_to(project)

    for target, refused in (("link/x", True), ("round/x", True), ("within/x", False)):
        text = f'[project]\n{key} = "{target}"\n'
        if refused:
            assert findings(project, text) == [("E705", f'"{target}"')]
        else:
            config_of(project, text)


def test_a_config_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    directory = tmp_path / "directory.toml"
    directory.mkdir()
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# caf\xe9\n")
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * ((1 << 20) + 1))

    for path in (tmp_path / "absent.toml", directory, latin, large):
        problems = load_config(tmp_path, path)
        assert not isinstance(problems, Config)
        assert [(each.code, each.file) for each in problems] == [("E706", path.name)]


def test_what_ships_with_the_program_can_be_loaded() -> None:
    assert {"constellation-1.1", "constellation-plain"} <= set(built_in_profiles())
    assert built_in_schemas() == ("manifest-1.1",)
    for name in built_in_profiles():
        profile = load_profile(name, Path("/nowhere"))
        assert isinstance(profile, Profile)
        assert profile.name == name


def test_the_built_in_schema_is_found_by_its_name(tmp_path: Path) -> None:
    config = config_of(tmp_path, '[project]\nschema = "manifest-1.1"\n')

    assert config.schema == data_path("configs", "schemas", "manifest-1.1.schema.json")
    assert isinstance(load_schema(config.schema, "manifest-1.1"), Schema)


def test_a_profile_of_the_project_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mine.toml").write_text('[stars]\nprimary = "/star"\n', "utf-8")
    config = config_of(tmp_path, '[project]\nprofile = "configs/mine.toml"\n')
    profile = load_profile(config.profile, config.root)
    absent = load_profile("configs/no.toml", config.root)

    assert isinstance(profile, Profile)
    assert profile.name == "configs/mine.toml"
    assert isinstance(absent, tuple)
    assert [(each.code, each.file) for each in absent] == [("E706", "configs/no.toml")]


def test_the_mistakes_of_a_profile_are_named_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('[stars]\nprimary = "star"\n', "utf-8")
    problems = load_profile("p.toml", tmp_path)

    assert isinstance(problems, tuple)
    label = problems[0].labels[0]
    assert (problems[0].code, label.source.place(label.span)) == ("E707", "p.toml:2:12")


@settings(max_examples=examples(80))
@given(
    st.text(st.sampled_from(list("[]{}=.\"'#\n \\/*,")) | st.sampled_from("abp"), max_size=40).map(
        lambda text: text.replace("a", "project").replace("b", "guards").replace("p", "rules")
    )
)
def test_any_text_is_a_config_or_findings(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    config = load_config(written(tmp_path_factory.mktemp("any"), text))

    if not isinstance(config, Config):
        assert config
        assert all(each.code.startswith("E7") and each.labels for each in config)
