"""`compile --check`: what has drifted since the rules were compiled, by cause."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, cast

import pytest
from program.documents import Finding, complaints
from program.projects import Project, snapshot
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R04")

RULES = """
rule trail-path -> Trail weight 0.80 when path mentions memory because "kept"
rule watch-path -> Watch weight 0.90 when path mentions guard
"""
SCHEMA = {"type": "object"}
COPY = {"labels": ["✦ Trail (Memory)", "🛡️ Watch (Guardian)", "Supporting"]}
CONFIG = """[project]
rules = "rules/main.star"
compiled = "rules.json"
manifests = "manifests"
schema = "configs/schema.json"

[canon]
copies = ["canon.json"]
"""


class Change(TypedDict):
    part: str
    name: str
    change: str


class Flip(TypedDict):
    path: str


class Rules(TypedDict):
    changes: list[Change]
    modules: list[Flip]


class Drift(TypedDict):
    drifted: bool
    findings: list[Finding]
    rules: Rules | None


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.write("configs/starlang.toml", CONFIG)
    made.write("configs/schema.json", json.dumps(SCHEMA))
    made.write("canon.json", json.dumps(COPY))
    made.rules(RULES)
    for path in ("store/memory", "gate/guard", "web/page"):
        made.manifest(path)
    succeed("compile", "--lock", cwd=made.root)
    return made


def drift(project: Project) -> Drift:
    before = snapshot(project.root)
    done = starlang("compile", "--check", "--format", "json", cwd=project.root)
    assert snapshot(project.root) == before
    assert complaints("drift", done.out) == []
    found = cast("Drift", json.loads(done.out))
    assert done.code == (3 if found["drifted"] else 0)
    return found


def codes(found: Drift) -> list[str]:
    return [each["code"] for each in found["findings"]]


def test_nothing_has_drifted_right_after_compiling(project: Project) -> None:
    found = drift(project)

    assert (found["drifted"], found["findings"], found["rules"]) == (False, [], None)
    done = succeed("compile", "--check", cwd=project.root)
    assert "nothing has drifted" in done.said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nrule trail", "\n# a comment\nrule   trail"),
        ('because "kept"', 'because "remembered"'),
    ],
)
def test_layout_and_reasons_are_no_drift(project: Project, old: str, new: str) -> None:
    project.rules(RULES.replace(old, new))

    assert not drift(project)["drifted"]


def test_the_order_of_declarations_is_no_drift(project: Project) -> None:
    project.rules("\n".join(reversed(RULES.strip().splitlines())))

    assert not drift(project)["drifted"]


def test_a_changed_rule_is_named_with_the_modules_that_flip(project: Project) -> None:
    project.rules(RULES.replace("weight 0.80", "weight 0.60"))

    found = drift(project)

    assert codes(found) == ["E862"]
    assert found["rules"] is not None
    assert [(c["part"], c["name"], c["change"]) for c in found["rules"]["changes"]] == [
        ("rule", "trail-path", "changed")
    ]
    assert [each["path"] for each in found["rules"]["modules"]] == ["store/memory"]
    done = starlang("compile", "--check", cwd=project.root)
    assert done.code == 3
    assert "trail-path" in done.text
    assert "0.80" in done.text
    assert "store/memory" in done.text


@pytest.mark.requirement("R44", "R51")
def test_derivations_and_forbids_drift_and_their_reasons_do_not(project: Project) -> None:
    """A forbid changes no star, and CI fails by it: so does what only new manifests have."""
    rules = RULES + (
        "derive word kept when path mentions memory\n"
        'rule trail-word -> Trail weight 0.10 when word is kept because "a"\n'
        "derive tier T1 when path mentions guard\n"
        'forbid "owned" when path under "gate" and owner is missing because "b"\n'
    )
    project.rules(rules)
    succeed("compile", "--lock", cwd=project.root)
    project.rules(rules.replace('because "b"', 'because "c"'))
    assert not drift(project)["drifted"]

    project.rules(rules.replace("owner is missing", "owner is bob").replace("T1", "T2"))
    found = drift(project)
    assert [(each["code"], each["message"]) for each in found["findings"]] == [
        (
            "E862",
            (
                "the rules are not those of `rules.json`, though they decide alike: "
                '`derive tier T1`, `derive tier T2`, `forbid "owned"`'
            ),
        )
    ]

    project.rules(rules.replace("kept when path mentions memory", "kept when path mentions guard"))
    found = drift(project)
    assert codes(found) == ["E862"]
    assert found["rules"] is not None
    assert [(each["part"], each["name"]) for each in found["rules"]["changes"]] == [
        ("derive", "word kept")
    ]


def test_a_compiled_file_that_was_edited_is_told_from_changed_rules(project: Project) -> None:
    artifact = project.root / "rules.json"
    artifact.write_text(artifact.read_text("utf-8").replace('"kept"', '"lost"'), "utf-8")

    assert codes(drift(project)) == ["E863"]


@pytest.mark.fault_row(129)
@pytest.mark.requirement("R45")
@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"kept"', '"lost"', 'is "lost", and was "kept"'),
        ('"Trail"', '"Trial"', 'is "Trial", and was "Trail"'),
        ('"weight": ', '"wait": ', "/weight` is gone"),
        ('"digest": "sha256:', '"digest": "sha256:00', '`/digest` is "sha256:00'),
    ],
)
def test_what_was_edited_by_hand_is_named_value_by_value(
    project: Project, old: str, new: str, named: str
) -> None:
    artifact = project.root / "rules.json"
    artifact.write_text(artifact.read_text("utf-8").replace(old, new), "utf-8")

    (finding,) = (each for each in drift(project)["findings"] if each["code"] == "E863")
    assert named in finding["message"]
    assert "as they are now" not in finding["message"]
    rules = project.root / "rules/main.star"
    rules.write_text(rules.read_text("utf-8").replace("0.80", "0.75"), "utf-8")
    (finding,) = (each for each in drift(project)["findings"] if each["code"] == "E863")
    assert "against the rules as they are now, `/" in finding["message"]


def crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def indented(data: bytes) -> bytes:
    return json.dumps(json.loads(data), indent=7, ensure_ascii=True).encode()


def turned(data: bytes) -> bytes:
    return json.dumps(dict(reversed(json.loads(data).items())), ensure_ascii=False).encode()


@pytest.mark.fault_row(129)
@pytest.mark.requirement("R45")
@pytest.mark.parametrize("name", ["rules.json", "configs/schema.json", "canon.json"])
@pytest.mark.parametrize("lay_out", [crlf, indented, turned])
def test_how_a_file_is_laid_out_is_no_drift(
    project: Project, name: str, lay_out: Callable[[bytes], bytes]
) -> None:
    file = project.root / name
    before = file.read_bytes()
    file.write_bytes(lay_out(before))

    assert file.read_bytes() != before or b"\n" not in before or len(json.loads(before)) == 1
    assert drift(project)["findings"] == []


@pytest.mark.requirement("R45")
def test_how_a_profile_is_laid_out_is_no_drift_and_what_it_says_is(project: Project) -> None:
    profile = '[stars]\nprimary = "/constellation_alignment/primary_star"\n'
    project.write("configs/own.toml", profile)
    config = CONFIG.replace("manifests =", 'profile = "configs/own.toml"\nmanifests =')
    project.write("configs/starlang.toml", config)
    succeed("compile", "--lock", cwd=project.root)
    project.write(
        "configs/own.toml", "# ours\r\n" + profile.replace("\n", "\r\n").replace(" = ", "=")
    )
    assert drift(project)["findings"] == []

    project.write("configs/own.toml", profile + '[facets.kind]\nat = "/kind"\n')
    (finding,) = drift(project)["findings"]
    assert (finding["code"], finding["file"]) == ("E866", "configs/own.toml")
    assert finding["message"].endswith(': `/facets/kind/at` is new ("/kind")')


@pytest.mark.requirement("R45")
def test_what_a_copy_says_otherwise_is_named_value_by_value(project: Project) -> None:
    labels = ["✦ Trail (Memory)", "🛡️ Watch (Guardian)", "Supporting"]
    project.write("canon.json", json.dumps({"labels": [*labels, "x" * 100], "weight": 1.50}))
    succeed("compile", "--lock", cwd=project.root)
    project.write("canon.json", json.dumps({"labels": [*labels, "x" * 99 + "y"], "note": None}))

    (message,) = (e["message"] for e in drift(project)["findings"] if e["code"] == "E866")
    said = message.partition(" since it was compiled: ")[2]
    long = "x" * 59
    assert said == (
        f'`/labels/3` is "{long}…, and was "{long}…, `/note` is new (null), `/weight` is gone (1.5)'
    )


@pytest.mark.requirement("R45")
def test_a_lock_of_an_older_version_has_digests_of_bytes(project: Project) -> None:
    path = project.root / "rules.lock.json"
    lock = json.loads(path.read_bytes())
    del lock["values"]
    for name in lock["files"]:
        if (project.root / name).exists():
            data = (project.root / name).read_bytes()
            lock["files"][name] = f"sha256:{hashlib.sha256(data).hexdigest()}"
    path.write_text(json.dumps(lock), "utf-8")
    found = [each for each in drift(project)["findings"] if each["file"] == "configs/schema.json"]
    assert found == []

    project.write("configs/schema.json", json.dumps({**SCHEMA, "title": "other"}))
    assert "E865" in codes(drift(project))


def test_a_changed_schema_is_named(project: Project) -> None:
    project.write("configs/schema.json", json.dumps({**SCHEMA, "title": "other"}))

    (finding,) = drift(project)["findings"]
    assert (finding["code"], finding["file"]) == ("E865", "configs/schema.json")
    assert finding["message"].endswith('since it was compiled: `/title` is new ("other")')


def test_copies_of_the_canon_that_disagree_are_named(project: Project) -> None:
    project.write("canon.json", json.dumps({"labels": COPY["labels"][:2]}))

    canon, file = drift(project)["findings"]
    assert (canon["code"], file["code"]) == ("E864", "E866")
    assert canon["message"].endswith("disagree with the rules: 1 difference in `canon.json`")


def test_a_star_that_was_edited_by_hand_is_named(project: Project) -> None:
    project.manifest("web/page", star="✦ Trail (Memory)")
    project.manifest("web/new", star="✦ Trail (Memory)")

    (finding,) = drift(project)["findings"]
    file = "manifests/web/page/module.manifest.json"
    assert (finding["code"], finding["file"]) == ("E867", file)
    assert (project.root / file).exists()
    assert "Supporting" in finding["message"]


@pytest.mark.parametrize(
    ("edited", "last"),
    [
        (10, "team/m9 carries"),
        (11, "and 1 more module carries other stars"),
        (12, "and 2 more modules carry other stars"),
    ],
)
def test_of_many_edited_stars_ten_are_named_and_the_others_counted(
    project: Project, edited: int, last: str
) -> None:
    for number in range(12):
        project.manifest(f"team/m{number}")
    succeed("compile", "--lock", cwd=project.root)
    for number in range(edited):
        project.manifest(f"team/m{number}", star="✦ Trail (Memory)")

    found = [each for each in drift(project)["findings"] if each["code"] == "E867"]
    assert len(found) == min(edited, 11)
    assert any(last in each["message"] for each in found)


def test_another_version_is_told_and_is_no_drift(project: Project) -> None:
    lock = project.root / "rules.lock.json"
    lock.write_text(lock.read_text("utf-8").replace('"starlang 0', '"starlang 99'), "utf-8")

    found = drift(project)
    assert (found["drifted"], codes(found)) == (False, ["W868"])


def test_a_lock_that_was_damaged_is_named(project: Project) -> None:
    (project.root / "rules.lock.json").write_text("{")

    assert codes(drift(project)) == ["E869"]


def test_without_a_lock_the_rules_are_compared_all_the_same(project: Project) -> None:
    (project.root / "rules.lock.json").unlink()
    assert codes(drift(project)) == ["W869"]

    project.rules(RULES.replace("guard", "gate"))
    assert codes(drift(project)) == ["W869", "E862"]


def test_what_was_never_compiled_is_named(project: Project) -> None:
    (project.root / "rules.json").unlink()

    assert codes(drift(project)) == ["E870"]


def test_compiling_again_settles_everything(project: Project) -> None:
    project.rules(RULES.replace("weight 0.80", "weight 0.60"))
    project.manifest("web/page", star="✦ Trail (Memory)")
    succeed("compile", "--lock", cwd=project.root)

    assert not drift(project)["drifted"]


def test_the_same_lock_whatever_the_order(project: Project) -> None:
    before = (project.root / "rules.lock.json").read_bytes()
    project.rules("\n".join(reversed(RULES.strip().splitlines())))
    succeed("compile", "--lock", cwd=project.root)

    assert (project.root / "rules.lock.json").read_bytes() != b""
    first, second = json.loads(before), json.loads((project.root / "rules.lock.json").read_bytes())
    assert {**first["digests"], "artifact": ""} == {**second["digests"], "artifact": ""}


def test_locks_are_as_their_schema_says(project: Project) -> None:
    assert complaints("lock", (project.root / "rules.lock.json").read_bytes()) == []


def test_without_a_name_it_is_asked_for(tmp_path: Path) -> None:
    made = Project(tmp_path / "plain")
    made.config()
    made.rules(RULES)

    assert starlang("compile", "--check", cwd=made.root).code == 2
    assert starlang("compile", "--lock", "--check", cwd=made.root).code == 2


def test_on_the_corpus_a_weight_and_a_pattern_are_named(corpus: Path, tmp_path: Path) -> None:
    from acceptance.trees import copy_of  # noqa: PLC0415 -- for this test alone

    tree = copy_of(corpus, tmp_path / "tree")
    tree.config()
    succeed("compile", "--lock", "-o", "rules.json", cwd=tree.root)
    nodes = tree.root / "rules" / "constellation.star"
    nodes.write_text(
        nodes.read_text("utf-8").replace("node       0.50", "node       0.45"), "utf-8"
    )

    done = starlang("compile", "--check", "-o", "rules.json", "--format", "json", cwd=tree.root)
    found = json.loads(done.out)

    assert done.code == 3
    assert {each["name"].split(":")[0] for each in found["rules"]["changes"]} == {"node"}
    assert len(found["rules"]["modules"]) == 102
