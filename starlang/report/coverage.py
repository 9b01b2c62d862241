"""Coverage on a terminal: the two sums, then what is in them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from starlang.coverage.coverage import Coverage, refused_words, shown_package
from starlang.text import counted, ignored_words, shown

if TYPE_CHECKING:
    from starlang.project.generating import Generated


def coverage_view(coverage: Coverage, limit: int) -> Iterator[RenderableType]:
    """The view; `limit` lines a list, 0 for all."""
    parts = (
        ("covered", coverage.covered),
        ("missing", coverage.missing),
        ("refused", coverage.refused),
        ("excluded", coverage.excluded),
    )
    total = len(coverage.found.packages)
    yield _sum(counted(total, "package"), [(name, len(part)) for name, part in parts])
    yield Text(f"  {_share(coverage)}")
    if coverage.refused:
        yield Text(f"  {refused_words(coverage)}")
    yield Text()
    yield from _manifests(coverage)
    yield from _lists(coverage, limit)


def _sum(total: str, parts: Iterable[tuple[str, int]]) -> Text:
    summed = " + ".join(f"{count:,} {name}" for name, count in parts)
    return Text(f"{total} = {summed}", "bold")


def _share(coverage: Coverage) -> str:
    if coverage.percent is None:
        if not coverage.found.packages:
            place = coverage.found.source or "the project"
            where = "`source` under `[coverage]` says where to look"
            return f"nothing under {place} has an `__init__.py`; {where}"
        return "no package is to have a manifest"
    share = f"{coverage.percent} % of {coverage.in_scope:,} are covered"
    if coverage.at_least is None:
        return share
    return f"{share}; {coverage.at_least} % are asked for"


def _manifests(coverage: Coverage) -> Iterator[RenderableType]:
    total = len(coverage.found.manifests)
    left = coverage.without_package
    yield Text(
        f"{counted(total, 'manifest')} = {total - left:,} with a package + {left:,} without", "bold"
    )
    if left:
        parts = (len(coverage.moved), len(coverage.files), len(coverage.gone))
        moved, files, gone = (f"{part:,}" for part in parts)
        yield Text(f"  {left:,} without = {moved} moved + {files} of a file + {gone} gone")
    if above := coverage.above:
        yield Text(
            f"  {above:,} of them {'is' if above == 1 else 'are'} of a directory that has packages "
            "below it: a manifest for several packages counts for none"
        )
    if beside := coverage.beside:
        them = f"{len(beside):,} of them" if len(beside) < left else "all of them"
        yield Text(f"  {them} would have one if packages were below `{coverage.found.prefix}`:")
        yield Text(f'  write `source = "{coverage.found.prefix}"` under `[coverage]`')
    if ignored := coverage.found.ignored:
        yield Text(f"  {ignored_words(ignored)}")
    yield Text()


def _lists(coverage: Coverage, limit: int) -> Iterator[RenderableType]:
    yield from _list("Missing", map(shown_package, coverage.missing), limit)
    refused = (
        f"{shown_package(path)}  {', '.join(sorted({each.code for each in refusals}))}"
        for path, refusals in coverage.refused.items()
    )
    yield from _list("Refused", refused, limit)
    yield from _list("Excluded", _reasons(coverage), limit)
    yield from _list("Moved", _moves(coverage), limit)
    files = (f"{path}  is {file}" for path, file in coverage.files.items())
    yield from _list("Of a file", files, limit)
    yield from _list("Gone", map(shown_package, coverage.gone), limit)


def _reasons(coverage: Coverage) -> Iterator[str]:
    """Each reason with the number of packages, the most frequent first."""
    counts = Counter(coverage.excluded.values())
    for reason, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        yield f"{count:,}: {reason}"


def _moves(coverage: Coverage) -> Iterator[str]:
    """What moved together as one line: the directories that differ, and how many packages."""
    counts = Counter(_differing(path, to) for path, to in coverage.moved.items())
    for (old, new), count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        yield f"{shown_package(old)} → {shown_package(new)}  {counted(count, 'manifest')}"


def _differing(path: str, to: str) -> tuple[str, str]:
    """Both without the segments that they end with alike, but never without all."""
    before, after = path.split("/"), to.split("/")
    while len(before) > 1 and len(after) > 1 and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return "/".join(before), "/".join(after)


def _list(title: str, lines: Iterable[str], limit: int) -> Iterator[RenderableType]:
    listed = [*lines]
    if not listed:
        return
    yield Text(title, "bold")
    for line in listed[: limit or None]:
        yield Padding(Text(shown(line), overflow="fold"), (0, 0, 0, 2))
    left = len(listed) - len(listed[: limit or None])
    if left:
        yield Padding(Text(f"and {left:,} more; --limit 0 lists all", "dim"), (0, 0, 0, 2))


# What `generate` would make.


def generated_lines(made: "Generated") -> Iterator[str]:
    """How many manifests there are to make, and what is known of them."""
    facts = [each.facts for each in made.manifests]
    yield f"{counted(len(facts), 'manifest')} to make, {len(made.coverage.refused):,} refused"
    known = {
        "with dependencies from elsewhere": sum(bool(each.external) for each in facts),
        "with dependencies inside": sum(bool(each.internal) for each in facts),
        "with exports": sum(
            each.exports is not None and bool(each.exports.names) for each in facts
        ),
        "with tests": sum(bool(each.tests) for each in facts),
    }
    width = max(len(f"{count:,}") for count in known.values())
    for words, count in known.items():
        yield f"  {count:>{width},} {words}"
