"""The stars of the old file: ids, labels, spellings, the default one and the order."""

from collections.abc import Callable

import pytest

from starlang.legacy.importing import import_rules
from starlang.legacy.old_file import Imported
from starlang.rules.model import Combine, RuleSet, Star

pytestmark = pytest.mark.requirement("R05", "R08")

Compile = Callable[[Imported], RuleSet]

MIND = {"star": "🌊 Flow (Mind)", "pattern": "mind"}
BASE = {
    "canonical_stars": ["⚛️ Anchor (Identity)", "🌊 Flow (Mind)", "Base"],
    "rules": [
        MIND,
        {"star": "⚛️ Anchor (Identity)", "pattern": "identity"},
    ],
}


def stars(compiled: Compile, **changes: object) -> dict[str, Star]:
    imported = import_rules({**BASE, **changes}, "star_rules.json")
    return {star.id: star for star in compiled(imported).stars}


def test_ids_and_domains_come_from_stars_and_labels_from_the_canonical_list(
    compiled: Compile,
) -> None:
    listed = [{"id": "Anchor", "emoji": "⚓", "domain": "Core"}, {"id": "Base", "emoji": "🔧"}]

    assert stars(compiled, stars=listed) == {
        "Anchor": Star(
            "Anchor", "⚛️ Anchor (Identity)", ("⚓ Anchor (Core)",), emoji="⚓", domain="Core"
        ),
        "Flow": Star("Flow", "🌊 Flow (Mind)", emoji="🌊", domain="Mind"),
        "Base": Star("Base", "Base", ("🔧 Base",), emoji="🔧", is_default=True),
    }


def test_a_label_finds_its_id_through_an_alias(compiled: Compile) -> None:
    found = stars(
        compiled,
        canonical_stars=["⚛️ Identity Core", "🌊 Flow (Mind)", "Base"],
        rules=[{"star": "⚛️ Identity Core", "pattern": "a"}, MIND],
        stars=[{"id": "Anchor", "emoji": "⚓", "domain": "Core"}],
        aliases={"Anchor": "⚛️ Identity Core"},
    )

    assert found["Anchor"].label == "⚛️ Identity Core"
    assert set(found) == {"Anchor", "Flow", "Base"}


def test_a_label_without_an_id_gets_one(compiled: Compile) -> None:
    labels = ["⚖️ North Star (Ethics)", "✦", "1️⃣ 2fa", "weak", "Émile", "🌊 Flow (Mind)", "Base"]
    found = stars(
        compiled,
        canonical_stars=labels,
        rules=[{"star": label, "pattern": "a"} for label in labels[:-1]],
    )

    assert {star.label: star_id for star_id, star in found.items()} == {
        "⚖️ North Star (Ethics)": "North",
        "✦": "unnamed",
        "1️⃣ 2fa": "x-2fa",
        "weak": "x-weak",
        "Émile": "Emile",
        "🌊 Flow (Mind)": "Flow",
        "Base": "Base",
    }
    assert (found["North"].emoji, found["North"].domain) == ("⚖️", "Ethics")


def test_labels_with_the_same_word_get_different_ids(compiled: Compile) -> None:
    labels = ["🌊 Flow (Mind)", "🌀 Flow (Water)", "🌫 flow", "Base"]
    rules = [{"star": label, "pattern": "a"} for label in labels[:-1]]
    found = stars(compiled, canonical_stars=labels, rules=rules, stars=[{"id": "Flow"}])

    assert found["Flow"].label == "🌊 Flow (Mind)"
    assert {star.label for star in found.values()} == set(labels)
    assert len({star_id.casefold() for star_id in found}) == 4


def test_an_id_without_a_label_is_its_own_label(compiled: Compile) -> None:
    found = stars(compiled, stars=[{"id": "Drift", "emoji": "🌙", "domain": "Dream"}])

    assert found["Drift"] == Star(
        "Drift", "Drift", ("🌙 Drift (Dream)",), emoji="🌙", domain="Dream"
    )
    assert found["Base"].is_default


def test_an_id_that_is_none_here_stays_an_alias(compiled: Compile) -> None:
    found = stars(compiled, stars=[{"id": "Deep Sea"}, {"id": "test"}])

    assert found["Deep-Sea"].label == "Deep Sea"
    assert found["x-test"].label == "test"


def test_entries_may_name_a_star_by_its_id_or_an_alias(compiled: Compile) -> None:
    rules = [{"star": "Anchor", "pattern": "a"}, {"star": "Mind", "pattern": "b"}]
    imported = import_rules({**BASE, "aliases": {"Mind": "Flow"}, "rules": rules}, "old.json")

    assert [rule.star for rule in compiled(imported).rules] == ["Anchor", "Flow"]


def test_the_canon_adds_aliases_and_stars(compiled: Compile) -> None:
    canon = {
        "stars": [{"id": "Anchor", "emoji": "⚓", "domain": "Core"}],
        "labels": ["🌊 Flow (Mind)", "🌙 Drift (Dream)"],
        "aliases": {"Identity": "⚛️ Anchor (Identity)", "Anchor": "⚛️ Anchor (Identity)"},
    }
    imported = import_rules(BASE, "star_rules.json", canon=canon)
    found = {star.id: star for star in compiled(imported).stars}

    assert found["Anchor"].aliases == ("Identity", "⚓ Anchor (Core)")
    assert found["Drift"].label == "🌙 Drift (Dream)"
    assert "star_canon.json" in dict(imported.files)["canon.star"].partition("starlang 1")[0]


@pytest.mark.parametrize(
    ("combine", "order"),
    [
        # As the entries name them; Drift, which none names, comes last.
        (Combine.SUM, ("Flow", "Anchor", "Watch", "Drift")),
        # The last label first: the suggester sorted labels backwards.
        (Combine.MAX, ("Watch", "Drift", "Flow", "Anchor")),
    ],
)
def test_the_order_is_that_of_the_old_tool(
    combine: Combine, order: tuple[str, ...], compiled: Compile
) -> None:
    labels = ["⚛️ Anchor (Identity)", "🌙 Drift", "🌊 Flow (Mind)", "🛡️ Watch", "Base"]
    nodes = [{"node": "a", "star": "🛡️ Watch"}, {"node": "b", "star": "🌊 Flow (Mind)"}]
    document = {**BASE, "canonical_stars": labels, "node_overrides": nodes}

    assert compiled(import_rules(document, "old.json", combine=combine)).order == order


ODD = ['say "no"', "back\\slash", "line\nbreak", "tab\there", "zero\u200bwidth", "in", "12", "-x-"]
ODD += ["a*b", "é ü", "👩‍🚀", "it's", "a,b", "# no", "{}", "nul\u0000"]


def test_any_text_comes_through(compiled: Compile) -> None:
    document = {
        **BASE,
        "version": ODD[0],
        "changelog": ODD,
        "aliases": dict.fromkeys(ODD, "🌊 Flow (Mind)"),
        "exclusions": [{"pattern": f"x{n}", "explain": text} for n, text in enumerate(ODD)],
        "capability_overrides": [{"capability": text, "star": "Flow"} for text in ODD],
    }
    for combine in (Combine.SUM, Combine.MAX):
        rules = compiled(import_rules(document, "dir/odd \u202e name.json", combine=combine))

        assert rules.version == ODD[0]
        assert dict(rules.entries)["changelog"] == tuple(ODD)
        assert set(ODD) <= set(rules.star("Flow").aliases)
        assert len([rule for rule in rules.rules if "capability" in rule.kinds]) == len(ODD)
        if combine is Combine.SUM:
            assert {mask.because for mask in rules.masks} == set(ODD)
