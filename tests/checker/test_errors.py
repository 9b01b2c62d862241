"""Each mistake is found, at its place, together with the other place that it involves.

`«…»` marks what the message underlines, `‹…›` the other places that it shows.
"""

from collections.abc import Callable
from typing import Protocol

import pytest

from starlang.diagnostics.model import Diagnostic
from starlang.source.text import Span

Told = Callable[..., tuple[Diagnostic, ...]]


class Marked(Protocol):
    text: str
    spans: tuple[Span, ...]
    others: tuple[Span, ...]


Mark = Callable[[str], Marked]

HEAD = """\
starlang 1
ruleset example "1.0"
star Flow
star Trail
default star Plain
rule base -> Flow weight 0.75 when path mentions base
"""

ERRORS = {
    # Stars and other names
    "E201 rule": ("E201", "rule a -> «Trial» when node is memory"),
    "E201 order": ("E201", "order Flow, «Trial»"),
    "E201 threshold": ("E201", "confidence { promote «Trial» 0.90 }"),
    "E201 never": ("E201", 'never promote to «Trial» "labs" because "old"'),
    "E201 assign": ("E201", 'assign "a/b" to «Trial» because "cornerstone"'),
    "E201 ceiling": ("E201", "ceilings { at most 5 promoted to «Trial» }"),
    "E201 floor": ("E201", "ceilings { at least 5 «Plane» }"),
    "E201 test": ("E201", 'test "t" given path a expect «Trial»'),
    "E201 value": ("E201", "rule a -> Flow weight 0.7 when star in {Trail, «Trial»}"),
    "E202": ("E202", "rule a -> Flow weight 0.7 when «capabilty» is retrieval"),
    "E202 table": ("E202", "table «nod» { memory -> Trail }"),
    "E202 per": ("E202", "ceilings { at most 5 promoted per «ownr» }"),
    "E202 given": ("E202", 'test "t" given «nod» memory expect Trail'),
    "E203": ("E203", "weights { «capabilty» 0.60 }"),
    "E204": ("E204", "star ‹Drift›\nstar «Drift»"),
    "E205": (
        "E205",
        "rule ‹a› -> Flow when node is thought\nrule «a» -> Trail when node is memory",
    ),
    "E205 cells": ("E205", "table node { ‹memory› -> Trail  «memory» -> Trail }"),
    "E205 tables": (
        "E205",
        "table node { ‹memory› -> Trail }\ntable node weight 0.2 { «memory» -> Trail }",
    ),
    "E206 weights": ("E206", "weights { ‹node› 0.50 }\nweights { «node» 0.60 }"),
    "E206 suggest": ("E206", "confidence { ‹suggest 0.50› «suggest 0.40» }"),
    "E206 promote": (
        "E206",
        "confidence { ‹promote Flow 0.90› }\nconfidence { «promote Flow 0.95» }",
    ),
    "E206 combine": ("E206", "confidence { ‹combine sum› «combine max» }"),
    "E206 order": ("E206", "‹order Flow, Trail›\n«order Trail, Flow»"),
    "E206 breach": ("E206", "ceilings { ‹on breach abort› «on breach defer» }"),
    "E206 stars": (
        "E206",
        "ceilings { ‹at most 2 stars per module› «at most 3 stars per module» }",
    ),
    "E207": ("E207", 'star Drift aka ‹Dream›\nstar Night label «"Dream"»'),
    "E207 selector": ("E207", 'star Drift label ‹"✦\\u{FE0F} D"›\nstar Night label «"✦ D"»'),
    "E207 composed": ("E207", 'star Drift aka ‹"é"›\nstar Night aka «"e\u0301"»'),
    "E208": ("E208", "star ‹Drift›\nstar «drift»"),
    "E210": ("E210", "default star «Other»"),
    "E211 rule": ("E211", "rule a -> «Plain» when node is memory"),
    "E211 against": ("E211", "rule a against «Plain» when node is memory"),
    "E211 cell": ("E211", "table node { memory -> «Plain» }"),
    "E211 order": ("E211", "order Flow, «Plain»"),
    "E211 never": ("E211", 'never promote to «Plain» "labs" because "old"'),
    "E211 ceiling": ("E211", "ceilings { at most 5 promoted to «Plain» }"),
    "E211 threshold": ("E211", "confidence { promote «Plain» 0.90 }"),
    "E213": ("E213", "order Flow, Trail, «Flow»"),
    "E216": ("E216", 'never promote "labs" because «"  "»'),
    "E216 mask": ("E216", 'mask mentions "memory leak" because «""»'),
    "E217 number": ("E217", "rule a -> Flow weight 0.7 when «path at least 3»"),
    "E217 flag": ("E217", "rule a -> Flow weight 0.7 when «owner is true»"),
    "E217 glob": ("E217", 'rule a -> Flow weight 0.7 when «text under "labs"»'),
    "E217 values": ("E217", "rule a -> Flow weight 0.7 when «path has at least 2 values»"),
    "E217 per": ("E217", "ceilings { at most 5 promoted per «path» }"),
    "E218 label": ("E218", 'star Drift label «""»'),
    "E218 alias": ("E218", 'star Drift aka Dream, «" "»'),
    "E219 start": ("E219", 'rule a -> Flow weight 0.7 when «field "testing"» is present'),
    "E219 escape": ("E219", 'rule a -> Flow weight 0.7 when «field "/a~b"» is present'),
    # Amounts
    "E301 zero": ("E301", "rule a -> Flow weight «0» when node is memory"),
    "E301 above": ("E301", "rule a -> Flow weight «1.000001» when node is memory"),
    "E301 negative": ("E301", "table node weight «-0.1» { memory -> Trail }"),
    "E301 places": ("E301", "weights { node «0.1234567» }"),
    "E301 long": ("E301", "weights { node «0.5000000000000000000000000000000000001» }"),
    "E302 zero": ("E302", "confidence { suggest «0» }"),
    "E302 above": ("E302", "confidence { promote «1.1» }"),
    "E302 margin": ("E302", "confidence { margin «-0.1» }"),
    "E302 star": ("E302", "confidence { promote Flow «90» }"),
    "E303": ("E303", "confidence { ‹suggest 0.60› «promote 0.50» }"),
    "E303 suggest": ("E303", "confidence { «suggest 0.80» }"),
    "E303 star": ("E303", "confidence { «promote Flow 0.40» }"),
    "E304 two": ("E304", "rule «a» -> Flow when node is memory and owner is x"),
    "E304 none": ("E304", "rule «a» -> Flow when owner is not x"),
    "E304 without": ("E304", "rule «a» -> Flow when tier is T1"),
    "E304 field": ("E304", 'rule «a» -> Flow when field "/a" is present'),
    "E304 table": ("E304", "table «tag» { memory -> Trail }"),
    # Patterns, globs, needles, values
    "E305 lookbehind": ("E305", "rule a -> Flow when path matches /«(?<!»sub)conscious/"),
    "E305 lookahead": ("E305", "rule a -> Flow when path matches /dream«(?!»liner)/i"),
    "E305 reference": ("E305", r"rule a -> Flow when path matches /(a)«\1»/"),
    "E305 after slash": ("E305", r"rule a -> Flow when path matches /a\/b\/«(?=»c)/"),
    "E305 open": ("E305", "rule a -> Flow when path matches /a«(»b/"),
    "E305 closed": ("E305", "rule a -> Flow when path matches /a«)»(b/"),
    "E305 repeated": ("E305", "rule a -> Flow when path matches /a«{1001}»/"),
    "E305 range": ("E305", "rule a -> Flow when path matches /[«z-a»]/"),
    "E305 ignoring": ("E305", "rule a -> Flow when path matches /a/ ignoring /b«(?!»c)/"),
    "E305 mask": ("E305", 'mask matches /b«(?!»c)/ because "r"'),
    "E305 length": ("E305", f"rule a -> Flow when path matches /«{'a' * 1001}»/"),
    "E306": ("E306", "rule a -> Flow when path matches «/(memory)?/»"),
    "E306 cell": ("E306", "table path { «/a*/» -> Flow }"),
    "E307 absolute": ("E307", 'rule a -> Flow when path under "labs", «"/labs"»'),
    "E307 stars": ("E307", 'never promote «"labs**"» because "old"'),
    "E307 ceiling": ("E307", 'ceilings { at most 5 promoted under «"labs/"» }'),
    "E308 none": ("E308", 'rule a -> Flow when path mentions memory, «"--"»'),
    "E308 slash": ("E308", 'rule a -> Flow when path mentions «"memory/fold"»'),
    "E308 mask": ("E308", 'mask mentions «"…"» because "r"'),
    "E309 needle": ("E309", 'rule a -> Flow when path mentions «"*memory"»'),
    "E309 path": ("E309", 'assign «"labs/*"» to Flow because "r"'),
    "E310 zero": ("E310", "rule a -> Flow when node has at least «0» values"),
    "E310 fraction": ("E310", "rule a -> Flow when node has at least «1.5» values"),
    "E318 is": ("E318", 'rule a -> Flow when path is «"labs/"»'),
    "E318 assign": ("E318", 'assign «"../a"» to Flow because "r"'),
    "E318 given": ("E318", 'test "t" given path «"/a"» expect Plain'),
    # Exceptions
    "E311": ("E311", 'never promote "labs" because "old" until «"2027-02-30"»'),
    "E311 form": ("E311", 'assign "a" to Flow because "r" until «"20270301"»'),
    "E312": ("E312", 'assign ‹"a"› to Flow because "r"\nassign «"a"» to Trail because "s"'),
    "E313 globs": (
        "E313",
        '‹never promote "labs" because "old"›\nassign «"labs/a"» to Flow because "r"',
    ),
    "E313 star": (
        "E313",
        '‹never promote to Flow "labs" because "old"›\nassign «"labs/a"» to Flow because "r"',
    ),
    "E313 when": (
        "E313",
        '‹never promote when path under "labs" and not path is "labs/b" because "old"›\n'
        'assign «"labs/a"» to Flow because "r"',
    ),
    "E314": ("E314", 'never promote "labs" except "labs/a", «"core/a"» because "old"'),
    # Ceilings
    "E315 percent": ("E315", "ceilings { at most «101%» promoted }"),
    "E315 count": ("E315", "ceilings { at most «1.5» promoted }"),
    "E315 stars": ("E315", "ceilings { at most «0» stars per module }"),
    "E315 floor": ("E315", "ceilings { at least «100.5%» Plain }"),
    "E316": ("E316", "ceilings { at least 55% «Flow» }"),
    "E317": ("E317", "ceilings { ‹at most 5 promoted› «at most 6 promoted» }"),
    "E317 order": (
        "E317",
        'ceilings { ‹at most 5 promoted under "a", "b"› «at most 5 promoted under "b", "a"» }',
    ),
    "E317 floor": ("E317", "ceilings { ‹at least 55% Plain› «at least 60% Plain» }"),
    # Tests
    "E319": ("E319", 'test "t" given node memory expect Trail at «-0.1»'),
    "E320 two": ("E320", 'test "t" given path a, «b» expect Plain'),
    "E320 again": ("E320", 'test "t" given node a «node» b expect Plain'),
    "E321": ("E321", 'test "t" given «text» a expect Plain'),
    "E322 star": ("E322", 'test "t" given node a «expect silent Flow»'),
    "E322 default": ("E322", 'test "t" given node a «expect suggested Plain»'),
    "E323": ("E323", 'test "t" given owner «true» expect Plain'),
}


@pytest.mark.requirement("R02")
@pytest.mark.parametrize(("code", "text"), ERRORS.values(), ids=ERRORS)
def test_a_mistake_is_found_at_its_place(code: str, text: str, told: Told, marked: Mark) -> None:
    shown = marked(HEAD + text)

    found = [each for each in told(shown.text) if each.is_error]

    assert [each.code for each in found] == [code]
    labels = found[0].labels
    assert labels[0].span == shown.spans[0]
    if shown.others:
        assert [label.span for label in labels[1:]] == list(shown.others)
    assert found[0].hint
