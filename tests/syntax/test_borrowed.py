"""What authors of other tools type, and the sentence that each of them needs.

Rego, import-linter, dependency-cruiser, Nx, YAML and English: for each line the one error that is
reported, and words of its message or of its way out.
"""

import pytest

from starlang.syntax.parse import parse
from starlang.text import Source

HABITS = [
    ('test "t" given path "a" uses "b" expect Trail', "E101", '`uses "a" star STAR`'),
    ("ceilings { at most 1 star per module }", "E101", "did you mean `stars`?"),
    ('forbid when path under "a" because "x"', "E101", 'forbid "NAME" when'),
    ('forbid labs-apart when path under "a" because "x"', "E106", 'write `"labs-apart"`'),
    ('forbid labs stay apart when path under "a" because "x"', "E106", 'write `"labs stay apart"`'),
    ('forbid \'labs\' when path under "a" because "x"', "E107", 'write `"labs"`'),
    ('forbid "x" if path under "a" because "x"', "E107", "write `when`"),
    ('forbid "x" where path under "a" because "x"', "E107", "write `when`"),
    ('forbid "x": path under "a" because "x"', "E101", "leave the colon out"),
    ('forbid "x" { path under "a" }', "E101", "has no braces"),
    ('forbid "x" when path under "a"', "E110", "has no `because`"),
    ('forbid "x" path under "a" because "x"', "E101", "`when` is missing"),
    ('forbid "x" when path under "a" except a/b because "x"', "E106", 'write `"a/b"`'),
    (
        'forbid "x" when path under "a" except path under "a/b" because "x"',
        "E101",
        "unless CONDITION",
    ),
    ('forbid "x" when path under "a" unless "a/b" because "x"', "E101", 'write `except "a/b"`'),
    ('forbid "x" when path under "a" until 2027-03-01 because "x"', "E106", 'write `"2027-03-01"`'),
    ('forbid "x" when path under "a" weight 0.40 because "x"', "E101", "has no weight"),
    ('forbid "x" -> Trail when path under "a" because "x"', "E101", "gives no star"),
    ('forbid "x" severity error when path under "a" because "x"', "E101", "leave `severity` out"),
    ('forbid "x" when path under "a" because x', "E106", 'write `"x"`'),
    ('forbid "x" when path under "a" message "x"', "E107", "write `because`"),
    ('forbid "x" when path under "a" reason "x"', "E107", "write `because`"),
    ('forbid "x" when path under "a" msg "x"', "E107", "write `because`"),
    ('forbid "x" when path under "a" description "x"', "E107", "write `because`"),
    ('deny "x" when path under "a" because "x"', "E108", "for what must never be"),
    ('deny[msg] { path under "a" }', "E108", "for what must never be"),
    ('violation "x" when path under "a" because "x"', "E108", "for what must never be"),
    ('contract "x" when path under "a" because "x"', "E108", "for what must never be"),
    ('assert "x" when path under "a" because "x"', "E108", "for what must never be"),
    ('disallow "x" when path under "a" because "x"', "E108", "for what must never be"),
    ('require "x" when path under "a" because "x"', "E108", "for what must never be"),
    ('boundary "x" when path under "a" because "x"', "E108", "for what must never be"),
    ('must not "x" when path under "a" because "x"', "E108", "for what must never be"),
    ('forbidden "x" when path under "a" because "x"', "E108", "did you mean `forbid`?"),
    ('forbids "x" when path under "a" because "x"', "E108", "did you mean `forbid`?"),
    ('never "x" when path under "a" because "x"', "E101", "for what must never be"),
    ('never allow "x" when path under "a" because "x"', "E101", "for what must never be"),
    (
        'forbid "x" from "core" to "labs" because "x"',
        "E101",
        'path under "…" and depends on modules',
    ),
    ('forbid "core" -> "labs"', "E101", "say `when` it holds"),
    (
        'forbid "x" when path under "a" => uses modules under "b" because "x"',
        "E101",
        "join both with `and`",
    ),
    (
        'forbid "x" when path under "a" depends on modules under "b" because "x"',
        "E101",
        "`and` is missing",
    ),
    ('forbid "x" when path under "a" && in a cycle because "x"', "E107", "write `and`"),
    ('forbid "x" when depends modules under "b" because "x"', "E101", "write `depends on modules`"),
    (
        'forbid "x" when depend on modules under "b" because "x"',
        "E101",
        "write `depends on modules`",
    ),
    (
        'forbid "x" when depends_on modules under "b" because "x"',
        "E101",
        "write `depends on modules`",
    ),
    (
        'forbid "x" when dependsOn modules under "b" because "x"',
        "E101",
        "write `depends on modules`",
    ),
    ('forbid "x" when depends upon modules under "b" because "x"', "E108", "did you mean `on`?"),
    ('forbid "x" when depends on "b" because "x"', "E107", 'write `modules under "b"'),
    ('forbid "x" when depends on path under "b" because "x"', "E107", 'write `modules under "b"`'),
    ('forbid "x" when depends on under "b" because "x"', "E107", 'write `modules under "b"`'),
    (
        'forbid "x" when depends on no modules under "b" because "x"',
        "E107",
        "write `at most 0 modules`",
    ),
    ('forbid "x" when depends on 3 modules because "x"', "E107", "write `at least 3 modules`"),
    ('forbid "x" when depends on at least 3 module because "x"', "E108", "did you mean `modules`?"),
    (
        'forbid "x" when does not depend on modules under "b" because "x"',
        "E101",
        "write `not depends on modules`",
    ),
    ('forbid "x" when imports modules under "b" because "x"', "E101", "write `uses modules`"),
    ('forbid "x" when import "b" because "x"', "E101", "write `uses modules`"),
    (
        'forbid "x" when imported by modules under "b" because "x"',
        "E101",
        "write `used by modules`",
    ),
    (
        'forbid "x" when required by modules under "b" because "x"',
        "E101",
        "write `used by modules`",
    ),
    ('forbid "x" when needed modules under "b" because "x"', "E101", "write `needed by modules`"),
    ('forbid "x" when reaches modules under "b" because "x"', "E101", "write `depends on modules`"),
    (
        'forbid "x" when transitively uses modules under "b" because "x"',
        "E101",
        "write `depends on modules`",
    ),
    (
        'forbid "x" when uses indirectly modules under "b" because "x"',
        "E107",
        "write `depends on modules`",
    ),
    ('forbid "x" when uses directly modules under "b" because "x"', "E107", "one step already"),
    (
        'forbid "x" when uses only modules under "b" because "x"',
        "E107",
        "which ones it must not use",
    ),
    ('forbid "x" when in cycle because "x"', "E107", "write `in a cycle`"),
    ('forbid "x" when in cycles because "x"', "E107", "write `in a cycle`"),
    ('forbid "x" when in the cycle because "x"', "E107", "write `in a cycle`"),
    ('forbid "x" when not in cycle because "x"', "E107", "write `in a cycle`"),
    ('forbid "x" when in a loop because "x"', "E107", "write `in a cycle`"),
    ('forbid "x" when in a circle because "x"', "E107", "write `in a cycle`"),
    ('forbid "x" when is in a cycle because "x"', "E101", "write `in a cycle`"),
    ('forbid "x" when path in a cycle because "x"', "E101", "write `in a cycle`"),
    ('forbid "x" when circular because "x"', "E101", "write `in a cycle`"),
    ('forbid "x" when cyclic because "x"', "E101", "write `in a cycle`"),
    ('forbid "x" when orphan because "x"', "E101", "used by at most 0 modules"),
    ('test "t" given path "a/b" expect forbid "x"', "E101", 'write `expect forbidden "x"`'),
    ('test "t" given path "a/b" expect violation "x"', "E101", 'write `expect forbidden "x"`'),
    ('test "t" given path "a/b" expect allowed "x"', "E101", 'write `expect not forbidden "x"`'),
    ('test "t" given path "a/b" expect not forbid "x"', "E108", "did you mean `forbidden`?"),
    ('test "t" given path "a/b" expect forbidden x', "E106", 'write `"x"`'),
    ('derive ui = yes when path under "a"', "E107", "leave it out"),
    ('derive ui: yes when path under "a"', "E107", "leave it out"),
    ('derive ui yes if path under "a"', "E107", "write `when`"),
    ('derive ui yes where path under "a"', "E107", "write `when`"),
    ('derive ui when path under "a"', "E101", "derive FACET VALUE when CONDITION"),
    ('derive ui is yes when path under "a"', "E101", "only blanks are between"),
    ('derive ui -> yes when path under "a"', "E101", "only blanks are between"),
    ('derive ui as yes when path under "a"', "E101", "only blanks are between"),
    ('derive ui yes { path under "a" }', "E101", "has no braces"),
    ('derive ui yes when path under "a" weight 0.40', "E101", "has no weight"),
    ('derive ui yes, no when path under "a"', "E101", "write another `derive`"),
    ('derive ui yes path under "a"', "E101", "`when` is missing"),
    ('let ui yes when path under "a"', "E108", "derive FACET VALUE when CONDITION"),
    ('set ui yes when path under "a"', "E108", "derive FACET VALUE when CONDITION"),
    ('facet ui yes when path under "a"', "E108", "derive FACET VALUE when CONDITION"),
    ('define ui yes when path under "a"', "E108", "did you mean `derive`?"),
    ("confidence { promote 0.70 with 2 sources }", "E101", "from 2 sources"),
    ("confidence { promote 0.70 from at least 2 sources }", "E101", "means at least 2"),
    ("confidence { promote 0.70 from 2 }", "E101", "`sources`"),
    ("confidence { sources 2 }", "E101", "promote 0.70 from 2 sources"),
    ("confidence { promote Trail from 2 sources }", "E101", "the threshold comes first"),
    ("confidence { same source path and node }", "E101", "commas separate facets"),
    ("confidence { same sources path, node }", "E108", "did you mean `source`?"),
    *(
        (f'forbid "x" when reviewed {said} because "x"', code, f"write `{write}")
        for said, code, write in [
            ('after "2025-01-01"', "E107", 'reviewed not before "2025-01-02"`'),
            ('> "2025-01-01"', "E107", 'reviewed not before "2025-01-02"`'),
            ('>= "2025-01-01"', "E107", 'reviewed not before "2025-01-01"`'),
            ('< "2025-01-01"', "E107", 'reviewed before "2025-01-01"`'),
            ('<= "2025-01-01"', "E107", 'reviewed before "2025-01-02"`'),
            ("< 2025-01-01", "E107", 'reviewed before "2025-01-01"`'),
            ("since 2025", "E107", 'reviewed not before "2025-01-01"`'),
            ('since "2025-03"', "E107", 'reviewed not before "2025-03-01"`'),
            ('until "2024-12-31"', "E107", 'reviewed before "2025-01-01"`'),
            ('from "2025-01-01"', "E107", 'reviewed not before "2025-01-01"`'),
            ('on or after "2025-01-01"', "E107", 'reviewed not before "2025-01-01"`'),
            ('on or before "2024-02-28"', "E107", 'reviewed before "2024-02-29"`'),
            ('later than "2025-01-01"', "E107", 'reviewed not before "2025-01-02"`'),
            ('earlier than "2025-01-01"', "E107", 'reviewed before "2025-01-01"`'),
            ('older than "2025/1/1"', "E107", 'reviewed before "2025-01-01"`'),
            ('is before "2025-01-01"', "E107", 'reviewed before "2025-01-01"`'),
            ('is not before "2025-01-01"', "E107", 'reviewed not before "2025-01-01"`'),
            ('is after "2025-01-01"', "E107", 'reviewed not before "2025-01-02"`'),
            ('at least "2025-01-01"', "E107", 'reviewed not before "2025-01-01"`'),
            ('at most "2025-01-01"', "E107", 'reviewed before "2025-01-02"`'),
            ('between "2025-01-01" and "2025-06-30"', "E107", 'reviewed not before "2025-01-01"'),
            ("before 2025-01-01", "E106", '"2025-01-01"`'),
            ("before 2025", "E106", '"2025-01-01"`'),
            ("before today", "E107", 'reviewed before "2025-01-01"`'),
            ("before now()", "E107", 'reviewed before "2025-01-01"`'),
            ("before 90 days ago", "E107", 'reviewed before "2025-01-01"`'),
            ("older than 90 days", "E107", 'reviewed before "2025-01-01"`'),
            ("is older than 90 days", "E107", 'reviewed before "2025-01-01"`'),
            ("newer than 90d", "E107", 'reviewed not before "2025-01-01"`'),
            ("> 90 days", "E107", 'reviewed not before "2025-01-01"`'),
            ("< today", "E107", 'reviewed before "2025-01-01"`'),
            ("within 90 days", "E107", 'reviewed not before "2025-01-01"`'),
        ]
    ),
    (
        'forbid "x" when field "/reviewed" < "2025-01-01" because "x"',
        "E107",
        'write `field "/reviewed" before "2025-01-01"`',
    ),
    *(
        (f'forbid "x" when uses modules {said} because "x"', code, words)
        for said, code, words in [
            ("where role is backend", "E119", "write `where (role is backend)`"),
            ("where role is a and tier is T1", "E119", "write `where (role is a)`"),
            ("where not role is backend", "E119", "write `where (not role is backend)`"),
            ("with role backend", "E119", "write `modules where (role is backend)`"),
            ("with role is backend", "E119", "write `modules where (role is backend)`"),
            ("with (role is backend)", "E119", "write `modules where (role is backend)`"),
            ("whose role is backend", "E119", "write `modules where (role is backend)`"),
            ("having role backend", "E119", "write `modules where (role is backend)`"),
            ("which have role backend", "E119", "write `modules where (role is backend)`"),
            ("for which role is backend", "E119", "write `modules where (role is backend)`"),
            ("if role == backend", "E119", "write `modules where (role is backend)`"),
            ("(role is backend)", "E119", "write `modules where (role is backend)`"),
            ("[role is backend]", "E119", "write `modules where (role is backend)`"),
            ("role is backend", "E119", "write `modules where (role is backend)`"),
            ("that are backend", "E107", "`modules where (FACET is backend)`"),
            ("where (role is a) where (tier is T1)", "E109", "`where (A and B)`"),
            ("where (role is a) and where (tier is T1)", "E101", "with one `where`"),
            ('where (role is a) under "core"', "E101", 'write `modules under "core" where (…)`'),
            ("where (role is a) currently Trail", "E101", "write `modules currently Trail where"),
            ("where (currently Trail)", "E101", "write `modules currently Trail where"),
            ('where (under "core")', "E115", 'write `modules under "core"`'),
            ("where", "E101", "write `where (CONDITION)`"),
        ]
    ),
    *(
        (f'forbid "x" when {said} because "x"', code, words)
        for said, code, words in [
            ("uses any module that is backend", "E107", "`modules where (FACET is backend)`"),
            ("uses any module where (role is backend)", "E107", "write `modules`"),
            ("uses where (role is backend)", "E107", "write `modules where (…)`"),
            ("uses (role is backend)", "E107", "write `modules where (…)`"),
            ("any uses modules where (role is a)", "E101", "`uses modules where (…)` for any"),
            ("no modules where (role is a)", "E101", "`uses at most 0 modules where (…)` for none"),
            ("modules where (role is a)", "E101", "write `uses modules where (CONDITION)`"),
            ("owner is x where tier is T1", "E107", "write `and`"),
        ]
    ),
    ('rule a -> Trail when date < "2025-01-01"', "E107", 'write `date before "2025-01-01"`'),
    ('rule a -> Trail when before "2025-01-01"', "E115", "does not say what it tests"),
    *[
        (f"rule a -> Trail weight 0.40 when {condition}", code, words)
        for condition, code, words in (
            ("owner is not a or b", "E115", "write `not in {a, b}`"),
            ("owner is a or b", "E115", "write `in {a, b}`"),
            ("owner is not a and b", "E115", "write `and owner is not b`"),
            ("path mentions a and b", "E115", "write `and path mentions b`"),
            ("path mentions a or b", "E115", "commas separate a list"),
            ("level between 1 and 3", "E107", "write `at least 1 and level at most 3`"),
            ("len(capability) >= 3", "E107", "write `capability has at least 3 values`"),
            ("count(capability) > 2", "E107", "write `capability has at least 3 values`"),
            ("size(capability) < 3", "E107", "write `capability has at most 2 values`"),
            ("capability.length >= 3", "E107", "write `capability has at least 3 values`"),
            ("capability.count() <= 3", "E107", "write `capability has at most 3 values`"),
            ("has owner", "E107", "write `owner is present`"),
            ("exists owner", "E107", "write `owner is present`"),
            ("defined(owner)", "E107", "write `owner is present`"),
            ("missing owner", "E107", "write `owner is missing`"),
            ("owner exists", "E107", "write `is present`"),
            ("owner one of a, b", "E107", "write `in {a, b}`"),
            ("owner any of [a, b]", "E107", "write `in {a, b}`"),
            ("owner is one of {a, b}", "E107", "write `in {a, b}`"),
            ("owner is not one of (a, b)", "E107", "write `not in {a, b}`"),
        )
    ],
    ("rule a -> Trail weight .5 when path mentions a", "E101", "write `0.5`"),
    ("rule a -> Trail weight 50% when path mentions a", "E101", "write `0.50`"),
    ('rule a -> "Trail (Memory)" when path mentions a', "E113", "by its id"),
    (
        'star Trail label "Trail (Memory)" rule a -> "Trail (Memory)" when path mentions a',
        "E113",
        "write `Trail`",
    ),
    ("let x = owner is a", "E108", "write `derive x yes when …`"),
    ('include "canon.star"', "E108", "write `use`"),
    ('import "canon.star"', "E108", "write `use`"),
]

FILES = {
    "Rego": "package app.authz\n\ndefault allow = false\n",
    "Cedar": 'permit(principal, action == Action::"view", resource)\nwhen { resource.x };\n',
    "SQL": "-- who owns what\nSELECT path FROM modules WHERE owner = 'a';\n",
    "CODEOWNERS": "# owners\n*  @org/team\n/docs/ @docs\n",
    "HCL": 'resource "a" "b" {\n  name = "c"\n}\n',
    "JSON": '{"rules": [{"star": "Trail"}]}\n',
    "YAML": "rules:\n  - star: Trail\n",
    "Python": "def rule(x):\n    return 1\n",
}
"""The beginning of a file in each language."""

VALUES = ("default", "order", "star", "test", "use")
"""Keywords that are values where only a value can be."""


@pytest.mark.requirement("R02", "R51")
@pytest.mark.parametrize(("text", "code", "words"), HABITS, ids=[text for text, *_ in HABITS])
def test_each_habit_gets_its_sentence(text: str, code: str, words: str) -> None:
    found = parse(Source("habit.star", f"starlang 1\n{text}\n")).diagnostics

    assert [each.code for each in found] == [code], [str(each) for each in found]
    assert words in f"{found[0].message}; {found[0].hint}"


def test_there_are_ninety() -> None:
    assert len({text for text, *_ in HABITS}) >= 120


@pytest.mark.requirement("R02")
@pytest.mark.parametrize("language", FILES)
def test_a_file_of_another_language_is_one_finding(language: str) -> None:
    (found,) = parse(Source("x.star", FILES[language])).diagnostics

    assert found.code == "E120"
    assert f"looks like {language}" in found.message
    assert found.hint


@pytest.mark.requirement("R02")
@pytest.mark.parametrize("word", VALUES)
def test_a_keyword_is_a_value_where_only_a_value_can_be(word: str) -> None:
    conditions = (f"owner is {word}", f"owner in {{a, {word}}}", f"path mentions {word}, b")
    rules = "".join(f"rule r{n} -> Trail when {each}\n" for n, each in enumerate(conditions))
    text = f"starlang 1\n{rules}table owner {{ {word} -> Trail }}\n"
    quoted = text.replace(f" {word}", f' "{word}"')

    assert parse(Source("x.star", text)).diagnostics == ()
    assert parse(Source("x.star", quoted)).diagnostics == ()
