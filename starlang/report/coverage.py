"""Coverage on a terminal: the two sums, then what is in them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from starlang.coverage.coverage import Coverage, refused_words, shown_package
from starlang.printable import Paint
from starlang.text import counted, ignored_words

if TYPE_CHECKING:
    from starlang.project.generating import Generated


def coverage_lines(coverage: Coverage, limit: int, paint: Paint) -> Iterator[str]:
    """The view; `limit` lines a list, 0 for all."""
    parts = (
        ("covered", coverage.covered),
        ("missing", coverage.missing),
        ("refused", coverage.refused),
        ("excluded", coverage.excluded),
    )
    total = len(coverage.found.packages)
    summed = " + ".join(f"{len(part):,} {name}" for name, part in parts)
    yield paint("title", f"{counted(total, 'package')} = {summed}")
    yield f"  {_share(coverage)}"
    if coverage.refused:
        yield f"  {refused_words(coverage)}"
    yield ""
    yield from _manifests(coverage, paint)
    for title, lines in _lists(coverage):
        yield from _list(title, [*lines], limit, paint)


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


def _manifests(coverage: Coverage, paint: Paint) -> Iterator[str]:
    total = len(coverage.found.manifests)
    left = coverage.without_package
    words = f"{total - left:,} with a package + {left:,} without"
    yield paint("title", f"{counted(total, 'manifest')} = {words}")
    if left:
        parts = (len(coverage.moved), len(coverage.files), len(coverage.gone))
        moved, files, gone = (f"{part:,}" for part in parts)
        yield f"  {left:,} without = {moved} moved + {files} of a file + {gone} gone"
    if above := coverage.above:
        yield (
            f"  {above:,} of them {'is' if above == 1 else 'are'} of a directory that has packages "
            "below it: a manifest for several packages counts for none"
        )
    if beside := coverage.beside:
        them = f"{len(beside):,} of them" if len(beside) < left else "all of them"
        yield f"  {them} would have one if packages were below `{coverage.found.prefix}`:"
        yield f'  write `source = "{coverage.found.prefix}"` under `[coverage]`'
    if ignored := coverage.found.ignored:
        yield f"  {ignored_words(ignored)}"
    yield ""


def _lists(coverage: Coverage) -> Iterator[tuple[str, Iterable[str]]]:
    """The title and the lines of each list."""
    yield "Missing", map(shown_package, coverage.missing)
    yield (
        "Refused",
        (
            f"{shown_package(path)}  {', '.join(sorted({each.code for each in refusals}))}"
            for path, refusals in coverage.refused.items()
        ),
    )
    yield "Excluded", _reasons(coverage)
    yield "Moved", _moves(coverage)
    yield "Of a file", (f"{path}  is {file}" for path, file in coverage.files.items())
    yield "Gone", map(shown_package, coverage.gone)


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


def _list(title: str, lines: Sequence[str], limit: int, paint: Paint) -> Iterator[str]:
    if not lines:
        return
    yield paint("title", title)
    listed = lines[: limit or None]
    yield from (f"  {line}" for line in listed)
    if left := len(lines) - len(listed):
        yield f"  {paint('quiet', f'and {left:,} more; --limit 0 lists all')}"


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
