"""Manifests in batches, with what other files say of their modules in columns beside them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

import starlang
from starlang.api.loading import profile_of
from starlang.tables.manifests import Reading

pytestmark = pytest.mark.requirement("R35", "R49")

PROFILE = """
extends = "constellation-1.1"
[facets.owner]
at = "/metadata/owner"
missing = ["nobody"]
from = "codeowners"
[facets.age]
at = "/metadata/age"
type = "number"
from = "ages.csv"
column = "age"
"""
RULES = """
starlang 1
ruleset facts "1"
star Trail
star Flow
default star Plain
rule owned -> Trail weight 0.90 when owner is "@ann"
rule old -> Flow weight 0.80 when age at least 10
"""
OWNERS = "a/ @ann\nb/ nobody\nc/ @bob @ann\nd/ @bob\n"
AGES = "path,age\na,12\nb,9.5\nc,\nd,10\n"
OWN: Mapping[str, object] = {"a": {"owner": "bob"}, "b": {"age": 11}, "c": {}, "d": {}, "e": {}}


def batch(**columns: Sequence[object]) -> "pa.RecordBatch":
    texts = [
        json.dumps({"constellation_alignment": {"primary_star": "Plain"}, "metadata": own})
        for own in OWN.values()
    ]
    return pa.RecordBatch.from_pydict({"path": list(OWN), "manifest": texts, **columns})


def read(profile: Path, given: "pa.RecordBatch") -> list["pa.RecordBatch"]:
    reading = Reading(profile_of(profile), (), given.schema.names)
    return list(reading.read([given.select(list(reading.columns))]))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.toml"
    path.write_text(PROFILE, "utf-8")
    return path


def test_facts_of_other_files_are_those_of_a_project(tmp_path: Path, profile: Path) -> None:
    given = batch(
        owner=[["@ann"], ["nobody"], ["@bob", "@ann"], ["@bob"], None],
        age=[12, 9.5, None, 10, None],
    )
    rules = starlang.compile_text(RULES, profile=profile)
    rows = [row for each in rules.decide(read(profile, given)) for row in each.to_pylist()]

    for path, text in zip(OWN, given["manifest"].to_pylist(), strict=True):
        directory = tmp_path / "manifests" / path
        directory.mkdir(parents=True)
        (directory / "module.manifest.json").write_text(text, "utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / "CODEOWNERS").write_text(OWNERS, "utf-8")
    (tmp_path / "ages.csv").write_text(AGES, "utf-8")
    (tmp_path / "rules.star").write_text(RULES, "utf-8")
    layout = '[project]\nrules = "rules.star"\nmanifests = "manifests"\n'
    (tmp_path / "starlang.toml").write_text(f'{layout}profile = "profile.toml"\n', "utf-8")
    graph = starlang.load(tmp_path / "manifests", profile=profile)
    plan = starlang.compile(tmp_path / "rules.star", profile=profile).plan(graph)

    stars = {module.path: module.star for module in plan}
    assert stars == {"a": "Flow", "b": "Flow", "c": "Trail", "d": "Flow", "e": "Plain"}
    assert {row["path"]: row["star"] for row in rows} == stars


def test_a_fact_that_is_not_given_is_missed_only_by_rules_that_read_it(profile: Path) -> None:
    given = batch(age=[12, 9.5, None, 10, None])
    rules = starlang.compile_text(RULES, profile=profile)
    with pytest.raises(starlang.TablesError, match="`owner` is from codeowners, which no manifest"):
        list(rules.decide(read(profile, given)))
    ages = "\n".join(line for line in RULES.splitlines() if "owner" not in line)
    rows = list(starlang.compile_text(ages, profile=profile).decide(read(profile, given)))
    assert rows[0]["star"].to_pylist() == ["Flow", "Flow", "Plain", "Flow", "Plain"]


def test_a_fact_of_a_wrong_type_is_named(profile: Path) -> None:
    given = batch(age=["12", None, None, None, None])
    message = "column `age` has a text for a, and the profile says that `age` is of type `number`"
    with pytest.raises(starlang.TablesError, match=message):
        read(profile, given)


def test_stars_of_a_sidecar_are_a_column(tmp_path: Path) -> None:
    profile = tmp_path / "sidecar.toml"
    profile.write_text('[stars]\nsidecar = "stars.json"\n', "utf-8")
    with pytest.raises(starlang.TablesError, match="stars of all modules in `stars"):
        read(profile, batch())
    (found,) = read(profile, batch(star=["Trail", None, "Flow", None, None]))
    assert found["star"].to_pylist() == [["Trail"], [], ["Flow"], [], []]


def test_a_path_that_is_missing_or_there_twice_is_named() -> None:
    reading = Reading(profile_of("constellation-1.1"), ())
    for paths, message in ((["a", "a"], "two have the path a$"), (["a", None], "has a path")):
        given = pa.RecordBatch.from_pydict({"path": paths, "manifest": ["{}", "{}"]})
        with pytest.raises(starlang.TablesError, match=message):
            list(reading.read([given]))


def test_rows_have_one_digest_in_any_order_and_batches() -> None:
    rows = [{"path": f"a/{n}", "score": n, "rules": ["x", str(n)]} for n in range(50)]
    whole = pa.RecordBatch.from_pylist(rows)
    back = pa.RecordBatch.from_pylist([{**row, "note": None} for row in reversed(rows)])
    digest = starlang.multiset_hash([whole])
    assert digest.startswith("mset-sha256:50:")
    parts = [back.slice(at, 7).select(["note", "rules", "path", "score"]) for at in range(0, 50, 7)]
    assert digest == starlang.multiset_hash(parts) == starlang.multiset_hash(pa.table(back))
    other = [*rows[1:], {"path": "a/0", "score": 1, "rules": ["x", "0"]}]
    twice = [*rows, rows[0]]
    digests = {starlang.multiset_hash(pa.Table.from_pylist(each)) for each in (other, twice)}
    assert len(digests | {digest}) == 3
    with pytest.raises(TypeError, match="table must be a table, or an iterable"):
        starlang.multiset_hash(1)
