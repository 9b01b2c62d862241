"""Ceilings as the program reports them, and the floor."""

from pathlib import Path

import pytest
from program.documents import Plan, by_path, codes, plan_of
from program.projects import Project
from program.run import starlang

pytestmark = pytest.mark.requirement("R11")

RULES = """
rule strong -> Trail weight 0.90 when path mentions memory
rule weaker -> Trail weight 0.80 when path mentions recall
rule other  -> Watch weight 0.70 when path mentions guard
"""


def planned(project: Project, ceilings: str, more: str = "") -> tuple[int, Plan]:
    project.rules(f"{RULES}\nceilings {{ {ceilings} }}\n{more}")
    for path in ("a/memory", "a/recall", "b/recall", "b/guard", "c/page", "c/sheet"):
        project.manifest(path)
    done = starlang("plan", "--format", "json", cwd=project.root)
    return done.code, plan_of(done.out)


def outcomes(plan: Plan) -> dict[str, str]:
    return {path: module["outcome"] for path, module in by_path(plan).items()}


ALL = {"a/memory": "promoted", "a/recall": "promoted", "b/recall": "promoted"} | {
    "b/guard": "promoted",
    "c/page": "silent",
    "c/sheet": "silent",
}


@pytest.mark.parametrize(
    ("limit", "beyond"),
    [
        ("at most 3 promoted", "b/guard"),
        ("at most 2 promoted to Trail", "b/recall"),
        ("at most 1 promoted per star", "a/recall"),
        ('at most 1 promoted under "a"', "a/recall"),
        ('at most 50% promoted under "b"', "b/guard"),
        ("at most 3 promoted per owner", "b/guard"),
        ('at most 2 promoted to Trail under "a", "b"', "b/recall"),
    ],
)
def test_a_breach_blocks_the_plan_which_is_shown_all_the_same(
    project: Project, limit: str, beyond: str
) -> None:
    code, plan = planned(project, limit)

    assert code == 5
    assert plan["applyable"] is False
    assert codes(plan["blocked"]) == ["E801"]
    assert limit in plan["blocked"][0]["message"]
    assert beyond in plan["blocked"][0]["message"]
    assert outcomes(plan) == ALL
    assert [line["ceiling"] for line in plan["ceilings"] if not line["holds"]] == [limit]


@pytest.mark.parametrize("limit", ["at most 4 promoted", "at most 50% promoted", ""])
def test_what_fits_does_not_block(project: Project, limit: str) -> None:
    """Four of six are more than half; 50 % are three."""
    code, plan = planned(project, limit)

    assert (code, codes(plan["blocked"])) == ((5, ["E801"]) if "%" in limit else (0, []))


def test_a_floor_blocks(project: Project) -> None:
    code, plan = planned(project, "at least 50% Supporting")

    assert code == 5
    assert codes(plan["blocked"]) == ["E802"]
    assert "b/guard" in plan["blocked"][0]["message"]
    assert outcomes(plan) == ALL


def test_the_weakest_are_deferred(project: Project) -> None:
    code, plan = planned(project, "at most 2 promoted on breach defer")

    assert code == 0
    assert outcomes(plan) == ALL | {"b/recall": "deferred", "b/guard": "deferred"}
    held = by_path(plan)["b/guard"]["held"]
    assert (held["ceiling"], held["last"]) == ("at most 2 promoted", "a/recall")
    assert plan["next_promoted"] == 2
    assert plan["distribution"]["after"] == {"Supporting": 4, "Trail": 2}


def test_an_assignment_comes_first(project: Project) -> None:
    assign = 'assign "c/page" to Watch because "the front page"'

    code, plan = planned(project, "at most 2 promoted on breach defer", assign)

    assert code == 0
    assert outcomes(plan) == {
        "a/memory": "promoted",
        "a/recall": "deferred",
        "b/recall": "deferred",
        "b/guard": "deferred",
        "c/page": "assigned",
        "c/sheet": "silent",
    }


@pytest.mark.parametrize("on_breach", ["abort", "defer"])
def test_an_assignment_is_never_deferred(project: Project, on_breach: str) -> None:
    assign = "".join(
        f'assign "c/{name}" to Watch because "somebody decided"\n' for name in ("page", "sheet")
    )

    code, plan = planned(project, f"at most 1 promoted on breach {on_breach}", assign)

    assert code == 5
    assert codes(plan["blocked"]) == ["E801"]
    assert "c/sheet" in plan["blocked"][0]["message"]
    assert {outcomes(plan)[path] for path in ("c/page", "c/sheet")} == {"assigned"}


@pytest.mark.parametrize(
    ("on_breach", "path", "code", "outcome"),
    [
        ("abort", "y/memory", 5, "promoted"),
        ("defer", "y/memory", 0, "deferred"),
        ("abort", "y/page", 0, "silent"),
        ("defer", "y/page", 0, "silent"),
    ],
)
def test_a_floor_that_the_tree_misses_already(
    project: Project, on_breach: str, path: str, code: int, outcome: str
) -> None:
    """It lets no further module leave; without any it is a warning."""
    project.rules(f"{RULES}\nceilings {{ at least 60% Supporting on breach {on_breach} }}")
    for other in ("x/one", "x/two", "x/three"):
        project.manifest(other, star="Watch")
    project.manifest("y/one")
    project.manifest(path)

    done = starlang("plan", "--format", "json", cwd=project.root)
    plan = plan_of(done.out)

    assert (done.code, codes(plan["blocked"])) == (code, ["E802"] if code else [])
    assert outcomes(plan)[path] == outcome
    (floor,) = plan["ceilings"]
    assert (floor["before"], floor["limit"], floor["modules"]) == (2, 3, 5)
    assert ("W801" in codes(plan["warnings"])) is (code == 0)


def test_the_number_of_stars_a_module_truncates(project: Project) -> None:
    project.manifest("memory/guard")

    one = by_path(planned(project, "")[1])["memory/guard"]
    two = by_path(planned(project, "at most 2 stars per module")[1])["memory/guard"]

    assert (one["star"], one["secondary"]) == ("Trail", [])
    assert (two["star"], two["secondary"]) == ("Trail", ["Watch"])


def test_the_view_says_what_stands_where(project: Project) -> None:
    """Blocked plans are shown in full, with the ceiling above the modules."""
    planned(project, "at most 3 promoted")

    done = starlang("plan", cwd=project.root)

    assert done.code == 5
    lines = done.text.splitlines()
    assert any("at most 3 promoted" in line and "4 of 3" in line for line in lines)
    assert any("b/guard" in line for line in lines)
    assert done.text.index("E801") < done.text.index("a/memory\n")


def test_the_example_defers_the_weakest(hortus: Path, hortus_plan: bytes) -> None:
    plan = plan_of(hortus_plan)

    full = {line["group"] for line in plan["ceilings"] if line["count"] == line["limit"]}
    held = [module for module in plan["modules"] if module["outcome"] == "deferred"]
    assert {module["held"]["group"] for module in held} <= full
    assert hortus.is_dir()


def test_every_promotion_beyond_a_limit_is_listed(project: Project) -> None:
    _, plan = planned(project, "at most 1 promoted")

    (line,) = plan["ceilings"]
    assert line["beyond"] == [
        {"path": "a/recall", "star": "Trail", "score": "0.800000"},
        {"path": "b/recall", "star": "Trail", "score": "0.800000"},
        {"path": "b/guard", "star": "Watch", "score": "0.700000"},
    ]


def test_a_deferred_module_is_told_its_rank(project: Project) -> None:
    _, plan = planned(project, "at most 1 promoted to Trail on breach defer")

    module = by_path(plan)["b/recall"]
    assert module["why"] == (
        "Trail at 0.80 is eligible, held by `at most 1 promoted to Trail`: rank 3 of 3; "
        "the last one in is a/memory at 0.90."
    )
    assert (module["held"]["rank"], module["held"]["eligible"]) == (3, 3)


def test_where_ceilings_cross_the_distance_from_the_best_choice_is_told(project: Project) -> None:
    """a/memory (0.90) takes both places; a/recall is under both, b/recall under one."""
    limits = 'at most 1 promoted to Trail at most 1 promoted under "a" on breach defer'
    _, plan = planned(project, limits, 'rule late -> Watch weight 0.85 when path is "a/recall"')

    assert plan["optimum"] == {"kept": "1.600000", "bound": "2.350000"}
    project.config()
    view = " ".join(starlang("plan", cwd=project.root).text.split())
    assert "score 1.60 together, and no choice can reach more than 2.35." in view


def test_where_ceilings_are_nested_no_distance_is_told(project: Project) -> None:
    _, plan = planned(project, "at most 3 promoted at most 1 promoted per star on breach defer")

    assert "optimum" not in plan
