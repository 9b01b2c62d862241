"""The report that an approval is decided from: what it says, and whether it still holds."""

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.explain.amounts import exact
from starlang.explain.encoding import Json, explanation_json
from starlang.explain.model import Explanation
from starlang.pipeline.audit_files import read_document
from starlang.pipeline.backup_reading import Backup
from starlang.pipeline.checks import Check, Verdict, check_json
from starlang.pipeline.ground import Run
from starlang.pipeline.planned import Planned, Rewriting
from starlang.pipeline.sampling import Group, Sample
from starlang.plans.encoding import ceiling_json
from starlang.plans.model import Edit
from starlang.records import Record
from starlang.reports.patch import patch
from starlang.rulesets.shapes import Members, a_list, a_text, an_object, texts_of
from starlang.text import shown

LIST = "canary_list.txt"
FILE = "canary_report.json"
PAGE = "canary_report.html"
FORMAT = "starlang-canary/1"

PENDING = "PENDING_APPROVAL"
FAILED = "FAILED"

_FIRST = 20
"""How many promotions of the canary the report lists apart."""

_NAMED = 5
"""How many modules are named of those that a new plan decides otherwise."""


@frozen
class CanaryReport:
    """What the report says of itself: the plan that it is about, and whether all checks held.

    `author` is the git identity of whoever made it, `commit` what HEAD was. `changes`: module ->
    label that it gets.
    """

    status: str
    plan: str
    edits: str
    backup: str
    commit: str
    branch: str
    lineage: str
    author: str
    made_at: str
    made_by: str
    changes: Mapping[str, str]


@frozen(eq=False, repr=False)
class Reported(Record):
    """Everything that goes into a report. `root` is the manifests root as files are named."""

    head: CanaryReport
    backup: Backup
    planned: Planned
    sample: Sample
    checks: tuple[Check, ...]

    @property
    def listed(self) -> tuple[str, ...]:
        """The manifests of the canary, relative to the project, sorted."""
        root = self.backup.metadata.manifests
        return tuple(f"{root}/{path}" if root else path for path in self.sample.paths)

    @property
    def explained(self) -> tuple[Explanation, ...]:
        """The decisions about the modules of the canary, by path."""
        chosen = frozenset(self.listed)
        return tuple(each for each in self.planned.plan if each.file in chosen)


def report_json(reported: Reported) -> dict[str, Json]:
    """The report as plain data."""
    head, plan = reported.head, reported.planned.plan
    written, canary = reported.sample.written, _canary_distribution(reported)
    return {
        "format": FORMAT,
        **{name: getattr(head, name) for name in _TEXTS},
        "modules_planned": len(plan),
        "sample": {
            "manifests": len(reported.backup.images),
            "changing": len(reported.planned.rewritings),
            "chosen": list(reported.listed),
            "divisions": [_group(each) for each in reported.sample.divisions],
            "critical": [_group(each) for each in reported.sample.critical],
        },
        "distribution": {"before": dict(plan.before), "after": dict(plan.after)},
        "canary": canary,
        "canary_count": len(reported.listed),
        "star_distribution_after": canary["after"],
        "promotions": [_promotion(each) for each in _promoted(reported)[:_FIRST]],
        "ceilings": [ceiling_json(each) for each in plan.ceilings],
        "checks": [check_json(each) for each in reported.checks],
        "warnings": len(plan.warnings),
        "known": len(plan.known),
        "modules": [
            _module(plan[each.module], each, is_canary=each.path in written)
            for each in reported.planned.rewritings
        ],
    }


def labels_of(explanation: Explanation) -> str:
    """The stars that a module gets, in words."""
    return ", ".join((explanation.label, *explanation.secondary))


def status_of(checks: Sequence[Check]) -> str:
    """`PENDING_APPROVAL` if every check held."""
    return FAILED if any(each.verdict is Verdict.FAILS for each in checks) else PENDING


def list_text(reported: Reported) -> str:
    """The canary, a manifest a line; a name that is more than a line is escaped."""
    return "".join(f"{shown(path)}\n" for path in reported.listed)


def diff_of(each: Rewriting, name: str) -> str:
    """What changes in the text of a manifest, as a unified diff."""
    return "".join(patch(name, each.before.decode(), each.after.decode()))


def _canary_distribution(reported: Reported) -> dict[str, Json]:
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for each in reported.explained:
        before[each.current] = before.get(each.current, 0) + 1
        star = each.star or each.current
        after[star] = after.get(star, 0) + 1
    return {"before": dict(sorted(before.items())), "after": dict(sorted(after.items()))}


def _group(group: Group) -> dict[str, Json]:
    return {
        "name": group.name,
        "manifests": group.size,
        "changing": group.changing,
        "chosen": group.chosen,
        "chosen_changing": group.written,
    }


def _promoted(reported: Reported) -> list[Explanation]:
    return [each for each in reported.explained if each.star and each.star != each.current]


def _promotion(each: Explanation) -> dict[str, Json]:
    score = next((score for score in each.scores if score.star == each.star), None)
    return {
        "path": each.path,
        "from": each.current,
        "to": each.star,
        "confidence": exact(score.confidence) if score else None,
    }


def _module(explanation: Explanation, each: Rewriting, *, is_canary: bool) -> Json:
    name = explanation.file
    return {
        **explanation_json(explanation),
        "canary": is_canary,
        "edits": [_edit(edit) for edit in each.edits],
        "diff": diff_of(each, name),
    }


def _edit(edit: Edit) -> dict[str, Json]:
    return {"pointer": edit.pointer, "old": edit.old, "new": edit.new}


_TEXTS = (
    "status",
    "plan",
    "edits",
    "backup",
    "commit",
    "branch",
    "lineage",
    "author",
    "made_at",
    "made_by",
)


def read_report(run: Run) -> CanaryReport | None:
    """The report that was written, None if there is none."""
    return read_document(run.audit(FILE), FORMAT, _restored)


def _restored(value: Members) -> CanaryReport:
    texts = {name: a_text(value.get(name)) for name in _TEXTS}
    changes: dict[str, str] = {}
    for module in map(an_object, a_list(value.get("modules"))):
        labels = (a_text(module.get("label")), *texts_of(module.get("secondary")))
        changes[a_text(module.get("path"))] = ", ".join(labels)
    return CanaryReport(**texts, changes=changes)


def require_report(run: Run, planned: Planned) -> CanaryReport:
    """The report of this very plan, in which everything held; else GateClosedError."""
    report = read_report(run)
    if report is None:
        raise GateClosedError(_none())
    if (report.plan, report.edits) != (planned.digest, planned.edits_digest):
        raise GateClosedError(_other_plan(run, report, planned))
    if report.status != PENDING:
        raise GateClosedError(_failed(run))
    return report


def same_but_for_time(one: CanaryReport, other: CanaryReport) -> bool:
    """Whether two reports say the same, whenever and by whom they were made.

    The backup is another name for the same bytes, or else the plan would be another.
    """
    same = evolve(one, made_at=other.made_at, made_by=other.made_by, author=other.author)
    return evolve(same, backup=other.backup) == other


def _none() -> Diagnostic:
    return Diagnostic(
        code="E955",
        message="there is no canary yet, so nobody could look at what the plan does",
        hint="run `starlang canary`",
    )


def _other_plan(run: Run, report: CanaryReport, planned: Planned) -> Diagnostic:
    now = {each.module: labels_of(planned.plan[each.module]) for each in planned.rewritings}
    differing = [
        f"{path} ({report.changes.get(path, 'unchanged')} -> {now.get(path, 'unchanged')})"
        for path in sorted(report.changes.keys() | now.keys())
        if report.changes.get(path) != now.get(path)
    ]
    more = len(differing) - _NAMED
    named = ", ".join(differing[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    what = f"it decides otherwise: {named}" if differing else "what it is made from has changed"
    return Diagnostic(
        code="E960",
        message=f"the plan is no longer the one that the canary report is about: {what}",
        file=run.shown_audit(FILE),
        hint="run `starlang canary` again; whoever approves has to look at the new report",
    )


def _failed(run: Run) -> Diagnostic:
    return Diagnostic(
        code="E961",
        message="the canary has failed: not every check in its report holds",
        file=run.shown_audit(FILE),
        hint="read the checks in the report, correct what they name, and run it again",
    )
