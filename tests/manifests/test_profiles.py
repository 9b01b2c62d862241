"""The built-in profiles read both shapes of the requirements, without any code for either."""

import json
from pathlib import Path

import pytest

from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import read_profile
from starlang.text import Source

PROFILES = Path(__file__).resolve().parents[2] / "configs" / "profiles"

VERSIONED = {
    "schema_version": "1.1.0",
    "module": {"name": "core.identity", "path": "core/identity", "lane": "core", "colony": "id"},
    "constellation_alignment": {
        "primary_star": "⚓ Anchor",
        "secondary_stars": ["🛡️ Watch"],
    },
    "matriz_integration": {"pipeline_nodes": ["intent", "action"]},
    "capabilities": [{"name": "sign_in"}, {"name": "sign_out"}],
    "dependencies": {"external": [{"package": "jwt"}]},
    "testing": {"quality_tier": "T1_critical"},
    "contracts": ["identity.login@v1"],
    "metadata": {"owner": "identity-team", "tags": ["login"]},
}
PLAIN = {
    "module": {
        "name": "core.identity",
        "path": "core/identity",
        "owner": "identity-team",
        "tier": "T1",
        "lane": "core",
    },
    "constellation": {"stars": ["⚓ Anchor", "🛡️ Watch"], "confidence": 0.9},
    "pipeline_nodes": ["intent", "action"],
    "capabilities": ["sign_in", "sign_out"],
    "dependencies": {"external": ["jwt"]},
    "contracts": ["identity.login@v1"],
    "tags": ["login"],
}
EXPECTED = {
    "capability": ("sign_in", "sign_out"),
    "node": ("intent", "action"),
    "owner": ("identity-team",),
    "package": ("jwt",),
    "tier": ("T1",),
    "tag": ("login",),
    "lane": ("core",),
    "contract": ("identity.login@v1",),
}


def profile(name: str) -> Profile:
    text = (PROFILES / f"{name}.toml").read_text("utf-8")
    found, problems = read_profile(name, Source(f"{name}.toml", text))
    assert problems == ()
    assert found is not None
    return found


def graph(name: str, document: object) -> ModuleGraph:
    text = json.dumps(document).encode()
    path = "core/identity/module.manifest.json"
    return build_graph([ManifestFile(path, path, text)], profile(name))


@pytest.mark.requirement("R06")
@pytest.mark.parametrize(
    ("name", "document"), [("constellation-1.1", VERSIONED), ("constellation-plain", PLAIN)]
)
def test_both_shapes_give_the_same_facets(name: str, document: object) -> None:
    found = graph(name, document)

    assert {facet: found.columns[facet].of(0) for facet in EXPECTED} == EXPECTED
    assert found.stars == (("⚓ Anchor", "🛡️ Watch"),)
    assert found.names == ("core.identity",)
    assert [each for each in found.problems if each.code != "W503"] == []


@pytest.mark.parametrize(
    ("name", "document"), [("constellation-1.1", PLAIN), ("constellation-plain", VERSIONED)]
)
def test_a_profile_that_does_not_fit_is_an_error_and_not_an_empty_answer(
    name: str, document: object
) -> None:
    assert "E522" in {problem.code for problem in graph(name, document).problems}


@pytest.mark.requirement("R06")
@pytest.mark.parametrize("name", ["constellation-1.1", "constellation-plain"])
def test_default_weights(name: str) -> None:
    assert profile(name).default_weights == {
        **dict.fromkeys(("path", "name", "text"), 400_000),
        "capability": 600_000,
        "node": 500_000,
        "owner": 350_000,
        "package": 300_000,
        "graph": 300_000,
    }
