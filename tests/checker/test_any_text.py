"""Whatever a rule file says, checking it ends in diagnostics that point into the file."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.checker.check import check
from starlang.checker.lints.run import analyse
from starlang.compiler import compile_rules
from starlang.manifests.profile import Profile
from starlang.rules.compiled_file import dumps, loads
from starlang.syntax.parse import parse
from starlang.text import Source

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "codes"

HEAD = 'starlang 1\nruleset example "1.0"\nstar Flow\nstar Trail\ndefault star Plain\n'


def lines() -> list[str]:
    """Lines of the examples of all pages about codes, which use every form of the language."""
    found: set[str] = set()
    for page in EXAMPLES.glob("[EW][234]*.md"):
        for fence in page.read_text("utf-8").split("```star ")[1:]:
            found.update(fence.split("```")[0].splitlines()[1:])
    return sorted(found - set(HEAD.splitlines()))


@settings(max_examples=examples(150))
@given(head=st.sampled_from(("", HEAD)), drawn=st.lists(st.sampled_from(lines()), max_size=8))
def test_checking_always_ends(head: str, drawn: list[str], profile: Profile) -> None:
    source = Source("0.star", head + "\n".join(drawn))
    parsed = parse(source)
    complete = not any(each.is_error for each in parsed.diagnostics)

    checked = check([parsed.file], profile, complete=complete)

    found = list(checked.diagnostics)
    if checked.ok and complete:
        rules = compile_rules(checked)
        found += analyse(rules, checked)
        assert loads(dumps(rules)) == rules
    for label in (label for each in found for label in each.labels):
        assert 0 <= label.span.start < label.span.end <= len(source.text)
