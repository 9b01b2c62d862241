"""Report, page and list: made from inputs, manifests and plan, and made again to be compared.

What a person reads and what they approve are one thing only as long as nobody can change what
is read. So no step believes the files: each makes them again, and they have to be the same to
the byte. Only the facts of their making are taken from the report as they stand in it: when, by
whom and where. The digests that an approval names leave these out, so that a report that was
made again on another day or commit is the same report.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from weakref import WeakKeyDictionary

from attrs import evolve

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.project.config import FILE as DEFAULT
from starlang.run.audit_files import digest_of, document, read_file, strictest
from starlang.run.backups import Backup
from starlang.run.canary_figures import LEFT
from starlang.run.canary_page import page
from starlang.run.canary_report import (
    EMPTY_INIT,
    FILE,
    INIT_ALONE,
    LIST,
    NO_DIRECTORY,
    NO_FILE,
    PAGE,
    PENDING,
    PYTHON,
    UNKNOWN,
    CanaryReport,
    Making,
    Reported,
    labels_of,
    list_text,
    read_report,
    report_json,
    sample,
    status_of,
    what_changed,
)
from starlang.run.checks import check_tree, shares_of
from starlang.run.ground import Run
from starlang.run.pin import Pins
from starlang.run.planned import Planned
from starlang.texts.lookalikes import letters, lookalikes, readable, unseen

_ABOUT = ("plan", "edits", "inputs", "manifests")
"""What a report is about: where one of these is another, so is the plan."""


def make_report(
    run: Run, pins: Pins, backup: Backup, planned: Planned, problems: Sequence[Diagnostic]
) -> Reported:
    """The report over all that the plan changes, whatever of it has been written already.

    Of its making it says nothing yet. `problems` are those of the manifests' paths.
    """
    settings = run.project.config.run
    modules = [each.module for each in planned.changes]
    changing = [each.path for each in planned.rewritings]
    chosen = sample(backup.planned, changing, settings.percent, settings.critical, settings.seed)
    files = {**backup.planned, **planned.after}
    found = check_tree(run, planned, backup.planned, files, problems, is_complete=True)
    head = CanaryReport(
        status=status_of(found.checks),
        plan=planned.digest,
        edits=planned.edits_digest,
        inputs=pins.files,
        manifests={run.shown(path): digest_of(data) for path, data in backup.planned.items()},
        changes={module: labels_of(planned.plan[module]) for module in modules},
    )
    shares = shares_of(planned.plan, settings.bands)
    oddities = tuple(_oddities(run, planned))
    file = run.project.config.file
    config = "" if file == str(DEFAULT) else file
    return Reported(head, backup, planned, chosen, found.checks, shares, oddities, config)


def mode_of(run: Run, pins: Pins, backup: Backup) -> int:
    """The mode of what quotes inputs and manifests: the strictest of theirs."""
    manifests = (run.manifests / path for path in backup.images)
    return strictest([*manifests, *(run.root / name for name in pins.files)])


def _oddities(run: Run, planned: Planned) -> Iterator[Diagnostic]:
    """What an eye misses in the texts of a report: characters, and names that look alike."""
    plan, names = planned.plan, planned.graph.columns
    paths = {each.path for each in plan}
    above = {str(place) for path in paths if not path.isascii() for place in Path(path).parents}
    if above:  # a directory may look like another one whose modules are called otherwise
        above |= {str(place) for path in paths for place in Path(path).parents}
    values = {
        str(value)
        for name in run.project.protected
        if (column := names.get(name)) is not None
        for number in range(len(planned.graph))
        for value in column.of(number)
    }
    labels = {*plan.before, *plan.after, *(labels_of(each) for each in plan)}
    for first, other in chain.from_iterable(map(lookalikes, (paths | above, values, labels))):
        yield _looks_like(first, other)
    rows = {(row.rule, row.because) for each in plan for row in each.rows}
    said = {*paths, *values, *labels, *chain.from_iterable(rows)}
    for text in sorted(said):
        if found := unseen(text):
            yield _not_seen(f"`{readable(text)}`", "", found)
    for rewriting in planned.rewritings:
        if found := unseen(rewriting.after.decode()):
            file = run.shown(rewriting.path)
            yield _not_seen("what the manifest says", file, found)


def source_facts(run: Run, planned: Planned) -> dict[str, str]:
    """Module -> what its source is, of all that a report lists; empty if nobody says where it is.

    A star for a package without code is worth a second look.
    """
    source = run.project.config.source
    if source is None:
        return {}
    changing = {each.module for each in planned.changes}
    listed = changing.union(each.path for each in planned.plan.of(*LEFT))
    return {path: _code_at(source, path) for path in sorted(listed)}


def _code_at(source: Path, module: str) -> str:
    try:
        with os.scandir(source / module) as entries:
            files = {
                each.name: each.stat(follow_symlinks=False).st_size
                for each in entries
                if each.name.endswith(".py") and each.is_file(follow_symlinks=False)
            }
    except (OSError, ValueError):  # a name that no file system takes is a ValueError
        return NO_DIRECTORY
    if not files:
        return NO_FILE
    if files.keys() == {"__init__.py"}:
        return INIT_ALONE if files["__init__.py"] else EMPTY_INIT
    return PYTHON


def made(reported: Reported, making: Making) -> Reported:
    """The same report, made then and there."""
    return evolve(reported, head=evolve(reported.head, making=making))


def documents(reported: Reported) -> Mapping[str, bytes]:
    """Name -> bytes of report, page and list."""
    if (found := _MADE.get(reported)) is None:
        found = _MADE[reported] = {
            LIST: list_text(reported).encode(),
            FILE: document(report_json(reported)),
            PAGE: page(reported).encode(),
        }
    return found


_MADE: WeakKeyDictionary[Reported, Mapping[str, bytes]] = WeakKeyDictionary()
"""A step compares the documents and notes their digests; making the page is what costs."""


def digests(reported: Reported) -> dict[str, str]:
    """Name -> digest of report, page and list, without time, maker and commit."""
    making = reported.head.making
    told = evolve(UNKNOWN, since=making.since, news=making.news, code=making.code)
    return {name: digest_of(data) for name, data in documents(made(reported, told)).items()}


def require_report(run: Run, wanted: Reported) -> Reported:
    """The report that was written, if it says what `wanted` says, and everything in it held."""
    found = read_report(run)
    if found is None:
        raise GateClosedError(_none())
    head = wanted.head
    if any(getattr(found, name) != getattr(head, name) for name in _ABOUT):
        raise GateClosedError(_other_plan(run, what_changed(found, head)))
    again = made(wanted, found.making)
    if altered := tuple(_altered(run, documents(again))):
        raise GateClosedError(*altered)
    if head.status != PENDING:
        raise GateClosedError(_failed(run))
    return again


def kept_making(run: Run, wanted: Reported) -> Making | None:
    """The making of the report that was written, if it says what `wanted` says.

    None if there is none, or if it cannot be read or differs.
    """
    try:
        found = read_report(run)
    except GateClosedError:
        return None
    if found is None:
        return None
    again = document(report_json(made(wanted, found.making)))
    return found.making if read_file(run.audit(FILE)) == again else None


def _altered(run: Run, wanted: Mapping[str, bytes]) -> Iterator[Diagnostic]:
    """A finding for each file that is not as it would be made again."""
    for name, data in wanted.items():
        found = read_file(run.audit(name))
        if found is None:
            yield _other_file(run, name, "is gone")
        elif found != data:
            yield _other_file(run, name, f"says something else in line {_first_line(found, data)}")


def _first_line(one: bytes, other: bytes) -> int:
    """The number of the first line that differs."""
    pairs = zip_longest(one.split(b"\n"), other.split(b"\n"))
    return next(number for number, (left, right) in enumerate(pairs, start=1) if left != right)


def _looks_like(first: str, other: str) -> Diagnostic:
    found = ", ".join((*letters(other), *unseen(other))) or "another Unicode form"
    return Diagnostic(
        code="W977",
        message=f"`{readable(other)}` looks like `{readable(first)}`: it has {found}",
        hint="ask whoever wrote it; it is shown escaped wherever it appears in the report",
    )


def _not_seen(where: str, file: str, found: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        code="W976",
        message=f"in {where} there is what nobody sees: {', '.join(found)}",
        file=file,
        hint="ask whoever wrote it; it is shown escaped wherever it appears in the report",
    )


def _none() -> Diagnostic:
    return Diagnostic(
        code="E955",
        message="there is no canary yet, so nobody could look at what the plan does",
        hint="run `starlang canary`",
    )


def _other_plan(run: Run, changes: str) -> Diagnostic:
    return Diagnostic(
        code="E960",
        message=f"the plan is no longer the one that the canary report is about: {changes}",
        file=run.shown_audit(FILE),
        hint="run `starlang canary` again; the approver has to look at the new report",
    )


def _other_file(run: Run, name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E971",
        message=f"`{run.shown_audit(name)}` {words}: inputs, manifests and plan give another one",
        file=run.shown_audit(name),
        hint="restore it from git, or run `starlang canary`, and look at the report again",
    )


def _failed(run: Run) -> Diagnostic:
    return Diagnostic(
        code="E961",
        message="the canary has failed: not every check in its report holds",
        file=run.shown_audit(FILE),
        hint="read the checks in the report, correct what they name, and run it again",
    )
