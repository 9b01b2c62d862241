"""`before`: which values are dates, and what is said of those that are not."""

import pytest

import starlang
from starlang.rules.spelling import day_of
from starlang.rules.text_predicates import Before

RULES = """
starlang 1
ruleset example "1.0"
star Trail
default star Plain
rule old -> Trail weight 0.80 when field "/reviewed" before "2025-01-01"
rule new -> Trail weight 0.20 when field "/reviewed" not before "2025-01-01"
"""

DAYS = {
    "2024-12-31": "2024-12-31",
    "2024-02-29": "2024-02-29",
    "2024-12-31T23:59:59.999Z": "2024-12-31",
    "2025-01-01T00:30+02:00": "2025-01-01",  # in the world's time it is the day before
    "2024-12-31 09:00": "2024-12-31",
    "2024-12-31t23:59:60z": "2024-12-31",
    "2024-12-31T09": "2024-12-31",
    "2024-12-31T09:00:00+0200": "2024-12-31",
}
NO_DAYS = (
    *("2023-02-29", "2100-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "0000-01-01"),
    *(
        "2024-1-1",
        "20241231",
        "2024-12",
        "2024",
        "31.12.2024",
        "12/31/2024",
        "2024-366",
        "2024-W01",
    ),
    *("2024-12-31T24:00", "2024-12-31T09:60", "2024-12-31T", "2024-12-31 ", " 2024-12-31"),
    *("2024-12-31\n", "2024-12-31x", "x2024-12-31", "２０２４-12-31", "+2024-12-31", "", "soon"),
)


@pytest.mark.requirement("R39")
@pytest.mark.parametrize(("text", "day"), [*DAYS.items(), *((text, "") for text in NO_DAYS)])
def test_whole_dates_and_date_times_are_days(text: str, day: str) -> None:
    test = Before("field:/reviewed", "2025-01-01")

    assert day_of(text) == day
    assert test.meets(text) is ("" < day < "2025-01-01")
    assert test.spans(text) == (((0, 10),) if test.meets(text) else ())


@pytest.mark.requirement("R39")
def test_a_plan_compares_days_and_says_once_what_is_not_a_date() -> None:
    values = ["2024-12-31T10:00Z", "2025-01-01", "soon", 2024, None, "later", "2026-01-01"]
    modules = {f"m{at}": {} if v is None else {"reviewed": v} for at, v in enumerate(values)}
    plan = starlang.compile_text(RULES).plan(starlang.load_modules(modules))

    held = {module.path: [row.rule for row in module.evidence] for module in plan}
    (finding,) = [each for each in plan.warnings if each.code == "W806"]

    assert held == {"m0": ["old"], **{f"m{at}": ["new"] for at in range(1, 7)}}
    assert "3 modules" in finding.message
    assert "`soon` in m2" in finding.message
    assert finding.pointer == "/reviewed"
    shown = plan["m0"].explain()
    assert "field:/reviewed: [2024-12-31]T10:00Z" in shown


@pytest.mark.requirement("R39")
def test_why_not_offers_a_day_that_would_do() -> None:
    rules = starlang.compile_text(RULES.replace('field "/reviewed"', "owner"))
    modules = {"a": {"metadata": {"owner": "2025-06-01"}}}
    plan = rules.plan(starlang.load_modules(modules))

    answer = plan["a"].why_not("Trail")

    assert "2024-12-31" in str(answer)
