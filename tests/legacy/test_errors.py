"""What cannot be carried is an error that names it, at its place in the JSON."""

import json
from collections.abc import Mapping

import pytest

from starlang.diagnostics.model import Diagnostic
from starlang.legacy.importing import import_rules
from starlang.rules.model import Combine
from starlang.texts.json import read

pytestmark = pytest.mark.requirement("R05")

STARS: Mapping[str, object] = {
    "canonical_stars": ["🌊 Flow (Mind)", "✦ Trail (Memory)", "Base"],
    "rules": [{"star": "🌊 Flow (Mind)", "pattern": "mind"}],
}


def diagnostics(document: object, canon: object | None = None) -> tuple[Diagnostic, ...]:
    """Of an import of the JSON as it would be read from files."""
    text, canon_text = (
        json.dumps(each, ensure_ascii=False, indent=1) for each in (document, canon)
    )
    imported = import_rules(
        read(text.encode()),
        "old/star_rules.json",
        text=text,
        canon=read(canon_text.encode()) if canon is not None else None,
        canon_name="old/star_canon.json",
        canon_text=canon_text,
    )
    assert imported.ok is not any(each.is_error for each in imported.diagnostics)
    assert imported.notes == () or imported.ok
    return imported.diagnostics


def shown(found: tuple[Diagnostic, ...]) -> list[tuple[str, str, str]]:
    """Code, pointer and underlined text of each, as a person would see it."""
    rows = []
    for each in found:
        label = each.labels[0]
        assert label.source.name == each.file
        text = label.source.text[label.span.start : label.span.end]
        assert text
        rows.append((each.code, each.pointer, text))
    return rows


@pytest.mark.parametrize(
    ("change", "code", "pointer", "text"),
    [
        ({"version": []}, "E901", "/version", "[]"),
        ({"updated": 5}, "E901", "/updated", "5"),
        ({"confidence": {"min_suggest": 5.75}}, "E904", "/confidence/min_suggest", "5.75"),
        ({"confidence": {"min_autopromote": None}}, "E901", "/confidence/min_autopromote", "null"),
        ({"changelog": {}}, "E901", "/changelog", "{}"),
        ({"changelog": ["a", " "]}, "E901", "/changelog/1", '" "'),
        ({"stars": "Flow"}, "E901", "/stars", '"Flow"'),
        ({"stars": ["Flow"]}, "E901", "/stars/0", '"Flow"'),
        ({"aliases": {"": "Base"}}, "E901", "/aliases/", '"Base"'),
        ({"aliases": {"M": 1}}, "E901", "/aliases/M", "1"),
        ({"weights": None}, "E901", "/weights", "null"),
        ({"weights": {"path_regex": True}}, "E901", "/weights/path_regex", "true"),
        ({"weights": {"path_regex": "0.4"}}, "E901", "/weights/path_regex", '"0.4"'),
        ({"rules": {"star": "Base"}}, "E901", "/rules", '"rules"'),
        (
            {"node_overrides": [{"node": "", "star": "Base"}]},
            "E901",
            "/node_overrides/0/node",
            '""',
        ),
        ({"exclusion": []}, "E902", "/exclusion", '"exclusion"'),
        ({"weights": {"path": 0.4}}, "E902", "/weights/path", '"path"'),
        ({"confidence": {"suggest": 0.4}}, "E902", "/confidence/suggest", '"suggest"'),
        ({"stars": [{"id": "Flow", "label": "F"}]}, "E902", "/stars/0/label", '"label"'),
        (
            {"exclusions": [{"pattern": "a", "because": "b"}]},
            "E902",
            "/exclusions/0/because",
            '"because"',
        ),
        (
            {"owner_priors": [{"owner_regex": "a", "star": "Flow", "source": "b"}]},
            "E902",
            "/owner_priors/0/source",
            '"source"',
        ),
        ({"exclusions": [{"explain": "b"}]}, "E903", "/exclusions/0", "{"),
        ({"weights": {"path_regex": 0}}, "E904", "/weights/path_regex", "0"),
        ({"weights": {"owner_prior": 1.01}}, "E904", "/weights/owner_prior", "1.01"),
        ({"weights": {"owner_prior": 0.1234567}}, "E904", "/weights/owner_prior", "0.1234567"),
        (
            {"confidence": {"min_suggest": 0.8, "min_autopromote": 0.7}},
            "E904",
            "/confidence/min_autopromote",
            "0.7",
        ),
        (
            {"node_overrides": [{"node": "a", "star": "Flo"}]},
            "E905",
            "/node_overrides/0/star",
            '"Flo"',
        ),
        ({"deny": ["Drift"]}, "E905", "/deny/0", '"Drift"'),
        ({"aliases": {"M": "Drift"}}, "E905", "/aliases/M", '"Drift"'),
        ({"aliases": {"Trail": "🌊 Flow (Mind)"}}, "E907", "/aliases/Trail", '"🌊 Flow (Mind)"'),
        ({"aliases": {"base": "🌊 Flow (Mind)"}}, "E907", "/aliases/base", '"🌊 Flow (Mind)"'),
        ({"stars": [{"id": "Flow"}, {"id": "Flow"}]}, "E907", "/stars/1/id", '"Flow"'),
        (
            {"rules": [{"star": "🌊 Flow (Mind)", "pattern": "a("}]},
            "E908",
            "/rules/0/pattern",
            '"a("',
        ),
        (
            {"owner_priors": [{"star": "🌊 Flow (Mind)", "owner_regex": r"(a)\1"}]},
            "E909",
            "/owner_priors/0/owner_regex",
            r'"(a)\\1"',
        ),
        (
            {"dependency_hints": [{"star": "🌊 Flow (Mind)", "package_regex": "a|b*"}]},
            "E910",
            "/dependency_hints/0/package_regex",
            '"a|b*"',
        ),
        (
            {"node_overrides": [{"node": "a", "star": "Base"}]},
            "E911",
            "/node_overrides/0/star",
            '"Base"',
        ),
    ],
)
def test_one_mistake_is_named_at_its_place(
    change: dict[str, object], code: str, pointer: str, text: str
) -> None:
    assert shown(diagnostics({**STARS, **change})) == [(code, pointer, text)]


@pytest.mark.parametrize("document", [None, [], "rules", 5])
def test_a_document_that_is_no_object_is_refused(document: object) -> None:
    assert [each.code for each in diagnostics(document)] == ["E901"]


def test_without_labels_nothing_else_is_said() -> None:
    assert [each.code for each in diagnostics({"rules": STARS["rules"]})] == ["E903"]
    assert shown(diagnostics({**STARS, "canonical_stars": []})) == [
        ("E903", "/canonical_stars", "[]")
    ]
    assert shown(diagnostics({**STARS, "canonical_stars": None})) == [
        ("E903", "/canonical_stars", "null")
    ]


def test_all_mistakes_are_told_at_once() -> None:
    document = {
        **STARS,
        "rule": [],
        "weights": {"path_regex": 2},
        "rules": [{"star": "Flow", "pattern": "["}, {"star": "Flo", "pattern": "a(?!b)c"}],
        "exclusions": [{"pattern": "a*"}],
    }

    assert sorted(each.code for each in diagnostics(document)) == [
        "E902",
        "E904",
        "E905",
        "E908",
        "E909",
        "E910",
    ]


@pytest.mark.parametrize(
    ("labels", "named", "code"),
    [
        (["🌊 Flow", "✦ Trail"], ["🌊 Flow", "✦ Trail"], "E906"),
        (["🌊 Flow", "✦ Trail", "🔧 Base"], ["🌊 Flow"], "E906"),
        (["🌊 Flow", "Base", "Other"], ["🌊 Flow"], "E906"),
        (["🌊 Flow", "Base"], ["🌊 Flow", "Base"], "E911"),
        (["🌊 Flow", "🌙 Drift", "Base"], ["🌊 Flow", "Base"], "E911"),
        (["🌊 Flow", "🌙 Drift", "Base"], ["🌊 Flow"], None),
        (["🌊 Flow", "🔧 Base"], ["🌊 Flow"], None),
        (["Flow", "Base"], ["Flow"], None),
    ],
)
def test_the_default_star_is_found_or_asked_for(
    labels: list[str], named: list[str], code: str | None
) -> None:
    rules = [{"star": star, "pattern": "a"} for star in named]
    found = diagnostics({"canonical_stars": labels, "rules": rules})

    assert [each.code for each in found] == ([code] if code else [])


def test_the_canon_is_read_as_strictly() -> None:
    canon = {
        "labels": ["🌊 Flow (Mind)", 5],
        "label": [],
        "aliases": {"Mind": "✦ Trail (Memory)", "Thought": "✦ Trial"},
    }

    assert [(e.code, e.file, e.pointer) for e in diagnostics(STARS, canon)] == [
        ("E905", "old/star_canon.json", "/aliases/Thought"),
        ("E901", "old/star_canon.json", "/labels/1"),
        ("E902", "old/star_canon.json", "/label"),
    ] or sorted((e.code, e.pointer) for e in diagnostics(STARS, canon)) == [
        ("E901", "/labels/1"),
        ("E902", "/label"),
        ("E905", "/aliases/Thought"),
    ]


def test_two_documents_may_not_contradict_each_other() -> None:
    rules = {**STARS, "aliases": {"Mind": "🌊 Flow (Mind)"}}
    canon = {"aliases": {"Mind": "✦ Trail (Memory)"}}

    assert [(e.code, e.file, e.pointer) for e in diagnostics(rules, canon)] == [
        ("E907", "old/star_canon.json", "/aliases/Mind")
    ]


def test_the_old_tools_combined_in_two_ways_only() -> None:
    with pytest.raises(ValueError, match="noisy_or"):
        import_rules(STARS, "old.json", combine=Combine.NOISY_OR)


def test_without_the_text_a_diagnostic_still_has_its_pointer() -> None:
    imported = import_rules({**STARS, "rule": []}, "old.json")

    assert [(e.file, e.pointer, e.labels) for e in imported.diagnostics] == [
        ("old.json", "/rule", ())
    ]
