"""Rule sets that use no newer word have the digest that they always had.

The digests were computed by the program as it was at dfbe5c5, before there were derived facets,
sources, forbids, `where` and `before`. If one differs, every approval and every compiled file out
there is void: so a change here is a change of the language's version, and never a correction.
The digest has the places of facets in it, so the profile is that of then: owner and capability
have a second place today.
"""

import re
from pathlib import Path

import pytest

import starlang
from starlang.legacy.importing import import_rules
from starlang.rules.model import Combine
from starlang.texts.json import read

ROOT = Path(__file__).resolve().parents[2]

FORMS = r"""
starlang 1
ruleset everything "2.0" { about "all \"forms\"", "\\ and ☃" }
order Trail
star Flow label "🌊 Flow" emoji "🌊" domain "Mind" aka Mind, "Flow (Mind)"
star Trail
default star Plain
confidence { combine noisy_or suggest 0.40 promote 0.60 promote Trail 0.90 margin 0.05 }
mask mentions stopwatch, "memory leak*" because "not what they say"
mask matches /\bbrand\b/i because "a brand"
rule words -> Flow weight 0.70 when text mentions retriev*, "vector index"
    or name matches /a|b/i ignoring /ab/
rule places -> Trail weight 0.95 when path under "core/*", "labs" and not (owner is missing)
  unless path is "labs/x"
rule numbers -> Flow weight 0.80 when field "/size" at least 2.50 and field "/size" at most 3
rule values -> Flow weight 0.61
  when node has at least 2 values and node only in {a, b} and tier in {T1, T2}
rule flags -> Trail weight 0.33
  when field "/a" is true and field "/b" is not false and star is Plain
rule edges -> Flow weight 0.34
  when path starts with "core", "tools/" and name not ends with "_test"
   and capability has at most 3 values
rule around -> Trail weight 0.35
  when used by at least 2 modules currently Flow under "core" or publishes at most 1 "memory.*"
   or contains modules or inside modules under "labs" or uses modules reaching Flow
rule words-of-today -> Flow weight 0.10
  when tag in {derive, forbid, where, before, depends, needed, cycle, source, sources, same, with}
rule doubt against Flow weight 0.20 when path matches /docs/
table node { memory, thought -> Trail  action against Flow }
never promote to Trail, Flow "attic" except "attic/x" because "old" until "2027-01-01"
never promote when owner is missing because "nobody to ask"
assign "core/heart", "core/hand" to Flow because "cornerstones" until "2027-02-01"
ceilings {
  at most 12.5% promoted to Flow under "labs", "core" per owner
  at most 9 promoted per star
  at least 55% Plain
  at least 5 Plain
  at most 2 stars per module
  on breach defer
}
test "words" given path "retrieval" used by "a" star Flow, "b" star Plain expect Flow at 0.7
"""

NEWER = " from 2 sources"
"""What the shipped rules have gained since."""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """Facets of constellation-1.1 where they were then, in the manifests of the first shape."""
    text = (ROOT / "configs" / "profiles" / "constellation-1.1.toml").read_text("utf-8")
    path = tmp_path / "profile.toml"
    for place in ("/capabilities/*/name", "/metadata/owner"):
        text, count = re.subn(rf'(?m)^at = \["{re.escape(place)}", .*$', f'at = "{place}"', text)
        assert count == 1
    path.write_text(text, "utf-8")
    return path


def texts_in(root: Path, first: str) -> dict[str, str]:
    files = sorted(root.glob("*.star"), key=lambda path: (path.name != first, path.name))
    return {path.name: path.read_text("utf-8").replace(NEWER, "") for path in files}


def shipped() -> dict[str, str]:
    return texts_in(ROOT / "rules", "constellation.star")


def greenhouse() -> dict[str, str]:
    return texts_in(ROOT / "examples" / "constellation" / "rules", "hortus.star")


def golden(combine: str) -> dict[str, str]:
    return texts_in(ROOT / "tests" / "legacy" / "golden" / combine, "constellation.star")


@pytest.mark.requirement("R03")
@pytest.mark.parametrize(
    ("texts", "digest"),
    [
        ({"forms.star": FORMS}, "0a38794073c194cafcd68baf41f84343d26610a65cc79725e79b47cec270847a"),
        (shipped(), "adb32239f02ef058bf42502b6e49bb999032520a847cdd3198a48f9817172a7e"),
        (greenhouse(), "b1eac4ada0fe570d1f07aa7a117dd68faedce05c0018b1503723f56f59f8c203"),
        (golden("sum"), "57689e7d4e4bb16828508359d91cb93e9b1e3b8575dc651e7945ba13f2dad89a"),
        (golden("max"), "ebad3df0a658eace2b0c1aee81e0400a427b2af6f64d0eae158d1329583578d4"),
    ],
    ids=["forms", "shipped", "greenhouse", "golden sum", "golden max"],
)
def test_the_digest_is_the_old_one(texts: dict[str, str], digest: str, profile: Path) -> None:
    assert starlang.compile_text(texts, profile=profile).digest == f"sha256:{digest}"


@pytest.mark.requirement("R03")
@pytest.mark.parametrize(
    ("combine", "digest"),
    [
        (Combine.SUM, "d6e4bb53bc78ccdd2399e0c6c65b32c84787cbc38a80695bb04d7396ce82e457"),
        (Combine.MAX, "fb2294b45b098a41bbada39c146c8aa71eb3a0c91aea6ded4a22332b2e454f3f"),
    ],
)
def test_so_is_that_of_the_imported_rules_of_the_corpus(
    corpus: Path, combine: Combine, digest: str, profile: Path
) -> None:
    document, canon = (
        read((corpus / name).read_bytes()) for name in ("star_rules.json", "star_canon.json")
    )
    imported = import_rules(document, "star_rules.json", combine=combine, canon=canon)

    found = starlang.compile_text(dict(imported.files), profile=profile)
    assert found.digest == f"sha256:{digest}"
