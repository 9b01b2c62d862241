"""The audit artifacts: what a run has done, as files for people, auditors and programs.

All of them are made from plan, backup and journal, and from nothing that may have changed since.
Made twice they are the same to the byte, so whoever asks later makes them again and compares
(`starlang accept`). Each names the digest of the plan that it is about.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from io import StringIO

from attrs import frozen

from starlang.coverage.coverage import Coverage
from starlang.explain.model import Explanation
from starlang.explain.words import exact, why
from starlang.plan.model import Plan
from starlang.printable import csv_cell
from starlang.project.packages import coverage_at
from starlang.project.project import Project
from starlang.rules.shapes import Members, an_object
from starlang.run.approval_file import FILE as APPROVAL
from starlang.run.approval_file import approver_in
from starlang.run.audit_files import digest_of, document
from starlang.run.backups import Backup
from starlang.run.canary_figures import Figures, telling
from starlang.run.canary_report import FILE as REPORT
from starlang.run.canary_report import LIST, Reported, figures_of, labels_of
from starlang.run.checks import Check, Share, share_json, shown_share
from starlang.run.ground import Run
from starlang.run.pin import FILE as PINS
from starlang.run.planned import Planned
from starlang.run.record import applied_facts
from starlang.text import Json, counted
from starlang.texts.lookalikes import readable

BEFORE = "star_distribution_before.json"
AFTER = "star_distribution_after.json"
PROMOTIONS = "promotions.csv"
MESSAGE = "commit_message.txt"
DASHBOARD = "dashboard.html"

FORMAT = "starlang-distribution/1"
TRAILER = "Starlang-Plan"

COLUMNS = ("path", "from", "to", "promoted_to", "tier", "confidence", "reason", "plan")
"""Those of the table of promotions. `plan` is the digest, the same in every row."""

_SUMMED = frozenset({"bytes outside the stars", "stars as planned", "ceilings"})
"""Checks whose figures follow from plan and backup, beside those of the protected facets."""

_DAY = len("2026-03-01")


@frozen(eq=False, slots=False)
class FinishedRun:
    """A run whose plan is written. `facts` are what its journal says, empty where it is lost.

    `project` has the settings that the run was made with.
    """

    run: Run
    reported: Reported
    facts: Members
    project: Project

    @property
    def planned(self) -> Planned:
        return self.reported.planned

    @property
    def plan(self) -> Plan:
        return self.planned.plan

    @property
    def backup(self) -> Backup:
        return self.reported.backup

    @cached_property
    def figures(self) -> Figures:
        return figures_of(self.reported)

    @property
    def shares(self) -> tuple[Share, ...]:
        """The shares that the config wants, and what they are."""
        return self.reported.shares

    @property
    def manifests(self) -> int:
        """How many manifests there are after the run, readable or not."""
        return len(self.backup.planned.keys() - {self.planned.graph.profile.sidecar})

    @property
    def created(self) -> int:
        """How many of them the run has made."""
        return len(self.planned.created)

    @property
    def changed(self) -> int:
        """How many manifests that were there it has changed."""
        return len(self.planned.rewritings) - self.created

    @property
    def unreadable(self) -> int:
        """How many of them cannot be read: they carry no star, not even the default one."""
        return self.manifests - len(self.plan)

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """Every star of the canon, and every label outside of it that is carried; sorted."""
        canon = {each.id for each in self.planned.rules.stars}
        return tuple(sorted({*canon, *self.plan.before, *self.plan.after}))

    @cached_property
    def coverage(self) -> Coverage:
        """How the packages of the commit before the run are covered by the manifests of then.

        What git knows of renames is left out: it would be another answer in a shallow clone.
        """
        return self._covered_by(self.backup.images)

    @cached_property
    def coverage_after(self) -> Coverage:
        """How the same packages are covered by the manifests of after the run."""
        return self._covered_by(self.backup.planned) if self.created else self.coverage

    def _covered_by(self, manifests: Iterable[str]) -> Coverage:
        return coverage_at(self.project, self.backup.metadata.git_commit, manifests)

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was compared between backup and plan, and does not change afterwards."""
        names = _SUMMED | set(self.project.protected)
        return tuple(each for each in self.reported.checks if each.name in names)

    @property
    def name(self) -> str:
        """What the run is called: `phase4-1`."""
        return f"{self.run.name}-{self.backup.metadata.sequence}"

    @property
    def applied_at(self) -> str:
        """When it was written; without a journal, when it began."""
        return self._fact("at") or self.backup.metadata.timestamp

    @property
    def applied_by(self) -> str:
        return self._fact("by")

    @property
    def approved_by(self) -> str:
        """Who approved it, as the journal keeps the approval; "" where it keeps none."""
        signed = self.facts.get("signed")
        return approver_in(str(an_object(signed).get(APPROVAL, ""))) if signed else ""

    @property
    def day(self) -> str:
        """The day of the run: `2026-03-01`."""
        return self.applied_at[:_DAY]

    @property
    def dated(self) -> str:
        """What the report of the day is called."""
        return f"manifest_regeneration_{self.day}.md"

    def _fact(self, name: str) -> str:
        return str(self.facts.get(name, ""))

    def tier(self, path: str) -> str:
        """The tier of a module, "" where it has none."""
        return "; ".join(self.figures.facets(path).get("tier", ()))


def finished_run(run: Run, reported: Reported) -> FinishedRun:
    """The run that `reported` is about, with what its journal says."""
    facts = applied_facts(run, reported.planned, reported.backup)
    return FinishedRun(run, reported, dict(facts or {}), run.project)


def distribution_json(finished: FinishedRun, when: str) -> dict[str, Json]:
    """How many modules carry each star; `when` is `before` or `after`."""
    plan = finished.plan
    is_before = when == "before"
    counts: Mapping[str, int] = plan.before if is_before else plan.after
    modules = plan.modules_before if is_before else len(plan)
    return {
        "format": FORMAT,
        "plan": finished.planned.digest,
        "when": when,
        "manifests": finished.manifests - (finished.created if is_before else 0),
        "modules": modules,
        "unreadable": finished.unreadable,
        "distribution": {star: counts.get(star, 0) for star in finished.stars},
        "shares": {
            star: shown_share(counts.get(star, 0), modules).removesuffix("%")
            for star in finished.stars
        },
        "wanted": [share_json(each) for each in finished.shares],
    }


def promotions_csv(finished: FinishedRun) -> bytes:
    r"""A row for each module whose star changes, by path; RFC 4180 with `\n`.

    One that had no manifest before has no star that it changes from. A text that a spreadsheet
    would run begins with an apostrophe.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in finished.figures.changing:
        writer.writerow(map(csv_cell, _row(finished, each)))
    return out.getvalue().encode()


def _row(finished: FinishedRun, each: Explanation) -> tuple[str, ...]:
    best = each.best if each.best is not None and each.best.star == each.star else None
    is_new = each.path in finished.plan.new
    texts = (
        each.path,
        "" if is_new else each.current,
        each.star or each.current,
        labels_of(each),
        finished.tier(each.path),
        "" if best is None else exact(best.confidence),
        why(each),
        finished.planned.digest,
    )
    return tuple(map(readable, texts))


def commit_message(finished: FinishedRun) -> str:
    """The message of the commit that brings the change; its trailer names the plan."""
    return f"{_summary(finished)}\n\n{_body(finished)}\n\n{TRAILER}: {finished.planned.digest}\n"


def _summary(finished: FinishedRun) -> str:
    of_all = f"{finished.changed:,} of {finished.manifests - finished.created:,} manifests"
    made = f", and {counted(finished.created, 'new manifest')}" if finished.created else ""
    return f"feat(manifests): stars of {of_all} from rules{made}"


def _body(finished: FinishedRun) -> str:
    plan, rules = finished.plan, finished.planned.rules
    default = rules.default.id
    solved = f"Solution: the rules {rules.id} {rules.version}, as the run {finished.name}"
    by = [f"approved by {finished.approved_by}"] if finished.approved_by else []
    by += [f"applied by {finished.applied_by}"] if finished.applied_by else []
    carried = f"{plan.before.get(default, 0):,} of {counted(plan.modules_before, 'module')}"
    lines = [
        f"Problem: {carried} carried {default}, the default star.",
        f"{', '.join((solved, *by))}, {finished.applied_at}.",
        "Impact:",
        *(f"- {each}" for each in _impact(finished)),
        "Files:",
        *(f"- {finished.run.shown_audit(each)}" for each in artifact_names(finished)),
    ]
    return "\n".join(map(readable, lines))


def _impact(finished: FinishedRun) -> Iterator[str]:
    plan = finished.plan
    for each in finished.figures.shares:
        if each.moves:
            yield (
                f"{each.star}: {each.before:,} -> {each.after:,} modules "
                f"({shown_share(each.before, each.total_before)} -> "
                f"{shown_share(each.after, each.total)})"
            )
    covered = finished.coverage
    if covered.percent is not None:
        packages = counted(covered.in_scope, "package")
        after = f" -> {finished.coverage_after.percent} %" if finished.created else ""
        yield f"coverage: {covered.percent} %{after} of {packages}, {_leftover(finished)}"
    if finished.created:
        yield f"{counted(finished.created, 'manifest')} made for packages that had none"
    for share in finished.shares:
        state = "within" if share.is_met else "outside of"
        yield f"{share.band.star}: {share.shown_after}, {state} {share.wanted}"
    for line in telling(plan):
        group = f" ({line.group})" if line.group else ""
        yield f"{line.ceiling}{group}: {line.figures}, {line.verdict}"
    for check in finished.checks:
        if check.name not in _SUMMED:
            yield f"{check.name}: compared in {check.compared:,} modules, {check.verdict.value}"
    if finished.unreadable:
        yield f"{counted(finished.unreadable, 'manifest')} cannot be read, and count as no star"


def _leftover(finished: FinishedRun) -> str:
    return f"{counted(finished.coverage.without_package, 'manifest')} without a package"


def coverage_figures(finished: FinishedRun) -> list[tuple[str, str]]:
    """Both sides of the coverage, in words and figures."""
    found = finished.coverage
    counts = {
        "packages covered": len(found.covered),
        "packages missing": len(found.missing),
        "packages refused": len(found.refused),
        "packages excluded": len(found.excluded),
        "manifests with a package": len(finished.backup.images) - found.without_package,
        "manifests whose package has moved": len(found.moved),
        "manifests of a file": len(found.files),
        "manifests whose package is gone": len(found.gone),
    }
    share = f"{found.percent} %" if found.percent is not None else "no package is in scope"
    figures = [("packages in scope", f"{found.in_scope:,}"), ("share covered", share)]
    if finished.created:
        after = finished.coverage_after
        figures += [("share covered after the run", f"{after.percent} %")]
        figures += [("manifests made by the run", f"{finished.created:,}")]
    return figures + [(name, f"{count:,}") for name, count in counts.items()]


def artifact_names(finished: FinishedRun) -> tuple[str, ...]:
    """What the files of a run are called, behind its prefix: those that a commit is to bring."""
    return (PINS, LIST, REPORT, APPROVAL, BEFORE, AFTER, PROMOTIONS, finished.dated, DASHBOARD)


def tables(finished: FinishedRun) -> dict[str, bytes]:
    """Name -> bytes of the artifacts that programs read."""
    return {
        BEFORE: document(distribution_json(finished, "before")),
        AFTER: document(distribution_json(finished, "after")),
        PROMOTIONS: promotions_csv(finished),
    }


def listed_digests(files: Mapping[str, bytes]) -> Sequence[tuple[str, str]]:
    """(name, digest) of files, by name."""
    return [(name, digest_of(data)) for name, data in sorted(files.items())]
