"""Labels of manifests as stars of the canon."""

import pytest
from strategies.rule_sets import STARS

from starlang.engine.decisions import Carried, StarLabels
from starlang.rules.model import RuleSet

CANON = StarLabels(RuleSet("test", "1", STARS, (), ()))


@pytest.mark.requirement("R08")
@pytest.mark.parametrize(
    ("label", "star"),
    [
        ("Flow", "Flow"),
        ("🌊 Flow", "Flow"),
        ("🌊\ufe0f Flow", "Flow"),
        ("Stream", "Flow"),
        ("élan", "Flow"),
        ("e\u0301lan", "Flow"),
        ("🛡 Watch", "Watch"),
        ("🛡\ufe0e Watch", "Watch"),
        ("Supporting", "Supporting"),
        ("None", "Supporting"),
        ("flow", None),
        ("Flow ", None),
        ("🌸 Flow", None),
        ("🌊\u200d Flow", None),
    ],
)
def test_a_label_is_recognised_by_id_label_or_alias(label: str, star: str | None) -> None:
    assert CANON.star(label) == star


@pytest.mark.parametrize(
    ("labels", "carried"),
    [
        ((), Carried("Supporting")),
        (("",), Carried("Supporting")),
        (("Flow",), Carried("Flow")),
        (("Memory", "🛡️ Watch", "Guard"), Carried("Trail", ("Watch", "Guard"))),
        (("Guard", "Flow"), Carried(None, ("Flow",))),
        (("", "Flow"), Carried("Flow")),
    ],
)
def test_what_a_manifest_carries(labels: tuple[str, ...], carried: Carried) -> None:
    assert CANON.carried(labels) == carried


@pytest.mark.parametrize(
    ("labels", "values"),
    [
        ((), ("Supporting",)),
        (("None",), ("Supporting",)),
        (("Memory", "Trail", "Guard"), ("Trail", "Guard")),
    ],
)
def test_the_values_of_the_facet_star(labels: tuple[str, ...], values: tuple[str, ...]) -> None:
    assert CANON.values(labels) == values
