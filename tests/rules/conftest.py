"""A rule set that uses every form of the language at least once."""

from pathlib import Path

import pytest

from starlang.checker.check import check
from starlang.compiler import compile_rules
from starlang.manifests.profile_file import read_profile
from starlang.rules.model import RuleSet
from starlang.syntax.parse import parse
from starlang.text import Source

ROOT = Path(__file__).resolve().parents[2]

EVERYTHING = r"""
starlang 1
ruleset everything "2.0" { about "all \"forms\"", "\\ and ☃" }
order Trail
star Flow label "🌊 Flow" emoji "🌊" domain "Mind" aka Mind, "Flow (Mind)"
star Trail
default star Plain
confidence {
  combine noisy_or suggest 0.40 promote 0.60 from 2 sources promote Trail 0.90 from 3 sources
  margin 0.05 same source path, node
}
mask mentions stopwatch, "memory leak*" because "not what they say"
mask matches /\bbrand\b/i because "a brand"
derive ui yes when path under "ui" or name mentions widget because "its names say so"
derive ui maybe when path mentions screen unless ui2 is missing
derive ui2 yes when used by modules currently Flow
derive tier T1 when ui is yes
rule shown -> Flow weight 0.62 when ui is yes
rule words -> Flow weight 0.70 when text mentions retriev*, "vector index"
    or name matches /a|b/i ignoring /ab/
  because "words"
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
rule steps -> Trail weight 0.36
  when depends on modules currently Flow under "core" or in a cycle
    or needed by at most 3 modules currently Trail under "labs"
rule old -> Trail weight 0.37
  when field "/reviewed" before "2025-01-01"
    or contains modules currently Flow under "core"
         where (owner not before "2024-02-29" and (tier is T1 or ui is yes))
rule doubt against Flow weight 0.20 when path matches /docs/
table node { memory, thought -> Trail  action against Flow }
never promote to Trail, Flow "attic" except "attic/x" because "old" until "2027-01-01"
never promote when owner is missing because "nobody to ask"
assign "core/heart", "core/hand" to Flow because "cornerstones" until "2027-02-01"
forbid "labs stay apart" when path under "core" and depends on modules currently Trail under "labs"
  unless owner is platform
  except "core/bridge", "core/old"
  because "labs may break" until "2027-03-01"
forbid "named" when name is missing because "the pager needs a name"
ceilings {
  at most 12.5% promoted to Flow under "labs", "core" per owner
  at most 9 promoted per star
  at least 55% Plain
  at least 5 Plain
  at most 2 stars per module
  on breach defer
}
test "words" given path "retrieval" expect Flow at 0.7
"""


@pytest.fixture(scope="session")
def everything() -> RuleSet:
    path = ROOT / "configs" / "profiles" / "constellation-1.1.toml"
    profile, problems = read_profile(path.stem, Source(path.name, path.read_text("utf-8")))
    assert profile is not None, problems
    parsed = parse(Source("rules/all.star", EVERYTHING))
    checked = check([parsed.file], profile)
    assert [each for each in (*parsed.diagnostics, *checked.diagnostics) if each.is_error] == []
    return compile_rules(checked)
