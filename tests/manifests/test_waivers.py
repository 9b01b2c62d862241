"""Known findings set aside, and entries that cover none."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.waivers import Waiver, entries_of, expired, folded, living_with
from starlang.matching.globs import covers, has_wildcard
from starlang.text import Source, Span

CONFIG = Source("configs/starlang.toml", "[[baseline]]\n[[baseline]]\n")


def finding(code: str, path: str) -> Diagnostic:
    return Diagnostic(code=code, message="m", file=f"manifests/{path}/module.manifest.json")


def waiver(path: str, code: str, until: date | None = None, at: int = 2) -> Waiver:
    return Waiver(path, code, "known", until, source=CONFIG, span=Span(at, at + 8))


def test_an_entry_covers_its_code_at_its_path() -> None:
    findings = [
        finding("E602", "core/A"),
        finding("E602", "core/A/b"),
        finding("E603", "core/A"),
        finding("W501", "core/A"),
    ]
    standing = living_with(findings, [waiver("core/A", "E602")], "manifests")

    assert standing.open == tuple(findings[1:])
    assert standing.blocking == tuple(findings[1:3])
    assert [each for each, _ in standing.waived] == findings[:1]
    assert standing.unused == ()


def test_entries_hold_where_the_project_is_the_directory_of_the_manifests() -> None:
    found = Diagnostic(code="W504", message="m", file="core/store/module.manifest.json")

    standing = living_with([found], [waiver("core/store", "W504")], "")

    assert (standing.open, len(standing.waived), standing.unused) == ((), 1, ())


@pytest.mark.parametrize("root", ["manifests", ""])
@pytest.mark.parametrize("count", [1, 10, 11, 40])
@pytest.mark.parametrize("code", ["E602", "W510", "E505", "E879"])
def test_entries_made_of_findings_cover_them_and_no_others(
    root: str, count: int, code: str
) -> None:
    prefix = f"{root}/" if root and code != "E879" else ""
    name = "canon.json" if code == "E879" else "module.manifest.json"
    findings = [
        Diagnostic(code=code, message="m", file=f"{prefix}core/m{number}/{name}")
        for number in range(count)
    ]
    others = [Diagnostic(code="E801", message="m", file="rules/main.star")]
    entries = folded(entries_of([*findings, *findings, *others], root, "module.manifest.json"))

    made = [waiver(each.path, each.code) for each in entries]
    standing = living_with([*findings, *others], made, root if code != "E879" else "")
    assert standing.open == tuple(others)
    assert standing.unused == ()
    assert sum(each.count for each in entries) == 2 * count
    # A glob over a guard would open it for every path that is still to come.
    is_folded = count > 10 and code not in {"E602", "E879"}
    assert len(entries) == (1 if is_folded else count)
    assert {each.table for each in entries} == {"guards.waive" if code == "E602" else "baseline"}


def test_a_glob_covers_what_it_matches() -> None:
    findings = [finding("E602", path) for path in ("core/A", "core/x/A", "labs/A")]
    standing = living_with(findings, [waiver("core/**", "E602")], "manifests")

    assert standing.open == (findings[2],)


def test_a_link_or_file_can_be_named_itself() -> None:
    link = Diagnostic(code="E607", message="m", file="manifests/core/link")
    standing = living_with([link], [waiver("core/link", "E607")], "manifests")

    assert standing.open == ()


def test_findings_outside_of_the_manifests_are_never_covered() -> None:
    elsewhere = Diagnostic(code="E806", message="m", file="configs/starlang.toml")
    nowhere = Diagnostic(code="E602", message="m")
    standing = living_with(
        [elsewhere, nowhere], [waiver("**", "E602"), waiver("**", "E806")], "manifests"
    )

    assert standing.open == (elsewhere, nowhere)
    assert len(standing.unused) == 2


def test_an_entry_that_covers_nothing_is_reported_where_it_stands() -> None:
    entries = [waiver("core/A", "E602"), waiver("core/B", "E602", at=15)]
    standing = living_with([finding("E602", "core/A")], entries, "manifests")

    [problem] = standing.unused
    label = problem.labels[0]
    assert (problem.code, label.source.place(label.span)) == ("W701", "configs/starlang.toml:2:3")


def test_an_entry_beside_one_that_covers_the_same_is_in_use() -> None:
    entries = [waiver("core/**", "E602"), waiver("core/A", "E602")]
    standing = living_with([finding("E602", "core/A")], entries, "manifests")

    assert standing.unused == ()
    assert standing.waived[0][1] == entries[0]


def test_an_entry_holds_through_its_last_day() -> None:
    entries = [waiver("core/A", "E602", date(2027, 3, 1)), waiver("core/B", "E602")]

    assert expired(entries, date(2027, 3, 1)) == ()
    assert [each.code for each in expired(entries, date(2027, 3, 2))] == ["W702"]


PATHS = st.sampled_from(["a", "a/b", "a/c", "b", "b/a"])
CODES = st.sampled_from(["E602", "E603", "W501"])
GLOBS = PATHS | st.sampled_from(["*", "**", "a/*", "**/a", "?/b"])


@settings(max_examples=examples(150))
@given(st.lists(st.tuples(CODES, PATHS)), st.lists(st.tuples(GLOBS, CODES), max_size=5))
def test_findings_are_sorted_out_as_the_definition_says(
    found: list[tuple[str, str]], entries: list[tuple[str, str]]
) -> None:
    def meant(glob: str, path: str) -> bool:
        return covers(glob, path) if has_wildcard(glob) else glob == path

    def inside(path: str) -> tuple[str, str]:
        return path, f"{path}/module.manifest.json"

    findings = [finding(*each) for each in found]
    waivers = [waiver(*entry, at=n) for n, entry in enumerate(entries)]
    standing = living_with(findings, waivers, "manifests")

    covered = [
        any(code == c and any(meant(g, p) for p in inside(path)) for g, c in entries)
        for code, path in found
    ]
    used = [
        any(code == c and any(meant(g, p) for p in inside(path)) for code, path in found)
        for g, c in entries
    ]
    assert [each in standing.open for each in findings] == [not each for each in covered]
    assert len(standing.open) + len(standing.waived) == len(findings)
    assert len(standing.unused) <= used.count(False)
    assert {each.labels[0].span.start for each in standing.unused} == {
        n for n, each in enumerate(used) if not each
    }
