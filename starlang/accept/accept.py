"""`accept`: every criterion answered, and whether the run as a whole is accepted.

The whole fails where one criterion does, and for what no single one is about: the run was rolled
back, HEAD is another commit, the tree has changes that are not the run's, or a check of `verify`
does not hold that no criterion is about, such as that the manifests are as the run left them.
"""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from starlang.accept.criteria import CRITERIA, SUBJECTS
from starlang.accept.criterion import SHOWN, Answered, Result, answered, does_not_apply
from starlang.accept.evidence import Evidence
from starlang.diagnostics.formats import as_json, with_hint
from starlang.diagnostics.junit import JUnitCase, Suite
from starlang.diagnostics.junit import render as junit_document
from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, RefusedError
from starlang.manifests.waivers import expired
from starlang.run.audit_report import code
from starlang.run.checks import Verdict
from starlang.run.ground import BACKUPS, Run, read_time
from starlang.run.transactions import require_settled
from starlang.run.verify import tree_of
from starlang.text import Json, counted, one_line

FORMAT = "starlang-acceptance/1"

_OF_CRITERIA = frozenset({"contract references", "schema", "schema version", "ceilings"})
"""Checks that a criterion is about, beside those of the protected facets."""

_NAMED = 5
"""How many files are named before the others are counted."""


@frozen
class Acceptance:
    """All criteria with their answers, and the `reasons` for which the whole is not accepted.

    `plan` and `tree` are digests, "" where they cannot be made; `commit` is HEAD.
    """

    criteria: tuple[Answered, ...]
    reasons: tuple[Diagnostic, ...]
    plan: str
    tree: str
    commit: str

    @property
    def failing(self) -> tuple[Answered, ...]:
        """The criteria that fail, by number."""
        return tuple(each for each in self.criteria if each.result is Result.FAILS)

    @property
    def accepted(self) -> bool:
        """Whether everything holds."""
        return not self.failing and not self.reasons

    def __repr__(self) -> str:
        state = "accepted" if self.accepted else f"{counted(len(self.failing), 'criterion fails')}"
        return one_line(f"<Acceptance: {state}>")


def accept(run: Run) -> Acceptance:
    """Answers every criterion, from the files as they are; writes nothing.

    GateClosedError while a step is unfinished.
    """
    require_settled(run)
    evidence = Evidence(run)
    criteria = tuple(_told_once([answered(each, evidence) for each in CRITERIA]))
    reasons = tuple(_reasons(evidence))
    plan = _made(lambda: evidence.planned.digest)
    tree = _made(lambda: tree_of(evidence.live))
    return Acceptance(criteria, reasons, plan, tree, run.repository.head())


def _told_once(found: Sequence[Answered]) -> Iterator[Answered]:
    """Of criteria that one cause keeps from being looked up, one says it; the others say which."""
    owners: dict[tuple[Diagnostic, ...], int] = {}
    for each in sorted(found, key=lambda each: each.criterion.number not in SUBJECTS):
        if each.answer.cause:
            owners.setdefault(each.answer.cause, each.criterion.number)
    for each in found:
        owner = owners.get(each.answer.cause, each.criterion.number)
        why = f"things: not compared, because criterion {owner} fails"
        is_own = owner == each.criterion.number
        yield each if is_own else Answered(each.criterion, does_not_apply(0, why, ""))


def require_accepted(run: Run) -> str:
    """The digest of the plan whose run is accepted; GateClosedError if it is not."""
    found = accept(run)
    if not found.accepted:
        raise GateClosedError(_not_accepted(found))
    return found.plan


def _not_accepted(found: Acceptance) -> Diagnostic:
    failing = ", ".join(f"{e.criterion.number} {e.criterion.name}" for e in found.failing)
    return Diagnostic(
        code="E883",
        message=f"the run is not accepted, so its work tree stays: {failing or 'see the whole'}",
        hint="run `starlang accept`, and do what it says",
    )


def _made(make: Callable[[], str]) -> str:
    """A digest, "" where it cannot be made."""
    try:
        return make()
    except (RefusedError, InputError):
        return ""


def _reasons(evidence: Evidence) -> Iterator[Diagnostic]:
    """Why the whole fails, beside what the criteria say."""
    try:
        yield from _as_left(evidence)
        yield from _expired(evidence)
        yield from _other_commit(evidence)
        yield from _foreign_changes(evidence)
    except (RefusedError, InputError):  # the criteria say what cannot be read
        return


def _as_left(evidence: Evidence) -> Iterator[Diagnostic]:
    """The run is written, and the manifests are as it left them."""
    if evidence.is_undone:
        name = str(evidence.facts.get("name"))
        hint = "begin a new run: `starlang pin`"
        yield _whole(f"the run `{name}` was rolled back, so nothing of it is there", hint)
        return
    owned = {*_OF_CRITERIA, *evidence.run.project.protected}
    for check in evidence.examined.checks:
        if check.name in owned:
            continue
        if check.findings:
            first, more = check.findings[0], len(check.findings) - 1
            others = f", and {counted(more, 'finding')} more" if more else ""
            message = f"`{check.name}` does not hold: {first.message}{others}"
            yield _whole(message, first.hint, first.file)
        elif check.verdict is Verdict.MISSED_BEFORE:
            hint = "`starlang check` lists them: correct them, or set each aside in `[[baseline]]`"
            yield _whole(f"`{check.name}` did not hold before the run: {check.words}", hint)


def _expired(evidence: Evidence) -> Iterator[Diagnostic]:
    """An entry of the config accepts something on a day after its last one: that of the run."""
    config, at = evidence.run.project.config, read_time(evidence.finished.applied_at)
    entries = (*config.waivers, *config.canon_known, *config.coverage.exclude)
    for each in expired(entries, at.date()) if at else ():
        yield _whole(f"when the plan was applied, {each.message}", each.hint, each.file)


def _other_commit(evidence: Evidence) -> Iterator[Diagnostic]:
    """HEAD is the commit of the backup, or comes after it."""
    repository, commit = evidence.run.repository, evidence.listed.metadata.git_commit
    if repository.commit(commit) is None:
        hint = "fetch the history: `git fetch --unshallow`"
        yield _whole(f"the commit of the run, {commit[:12]}, is not known here", hint)
    elif not repository.git.succeeds("merge-base", "--is-ancestor", commit, "HEAD"):
        branch = evidence.listed.metadata.git_branch
        message = f"HEAD is another commit: it does not come after {commit[:12]} of `{branch}`"
        yield _whole(message, "check out the branch of the run, or begin a new run on this one")


def _foreign_changes(evidence: Evidence) -> Iterator[Diagnostic]:
    """What is not committed and not of the run."""
    run = evidence.run
    own = {run.shown(each.path) for each in evidence.planned.rewritings}
    audit = run.project.config.run.audit
    own.add(audit.top)
    prefixes = (f"{audit.folder}/{run.name}_", f"{BACKUPS}/")
    found = [
        path for path in _changed_files(run) if path not in own and not path.startswith(prefixes)
    ]
    if found:
        more = len(found) - _NAMED
        others = f" and {more:,} more" if more > 0 else ""
        message = f"there are changes that are not of the run: {', '.join(found[:_NAMED])}{others}"
        yield _whole(message, "commit them, stash them (`git stash -u`), or let git ignore them")


def _changed_files(run: Run) -> list[str]:
    """Files of the project that are not as HEAD has them, or that git does not know."""
    git, prefix = run.repository.git, run.repository.prefix(run.root)
    inside = f"{prefix}/" if prefix else ""
    place = f":(top,literal){prefix}" if prefix else ":(top)"
    changed = git.changed("--untracked-files=all", "--", place)
    return sorted({each.removeprefix(inside) for each in changed})


def _whole(message: str, hint: str, file: str = "") -> Diagnostic:
    return Diagnostic(code="E997", message=message, hint=hint, file=file)


# What is shown of it.


def acceptance_json(found: Acceptance) -> dict[str, Json]:
    """The acceptance as plain data."""
    return {
        "format": FORMAT,
        "accepted": found.accepted,
        "plan": found.plan,
        "tree": found.tree,
        "commit": found.commit,
        "reasons": [as_json(each) for each in found.reasons],
        "criteria": [_criterion_json(each) for each in found.criteria],
    }


def _criterion_json(each: Answered) -> dict[str, Json]:
    answer = each.answer
    return {
        "number": each.criterion.number,
        "criterion": each.criterion.name,
        "result": each.result.value,
        "compared": answer.compared,
        "things": answer.things,
        "read": answer.read,
        "digest": answer.digest,
        "findings": [as_json(finding) for finding in answer.findings],
        "more": 0,
        "mends": each.mends if each.result is Result.FAILS else "",
    }


def acceptance_markdown(found: Acceptance, limit: int = SHOWN) -> str:
    """The acceptance as a table of Markdown, with `limit` findings a criterion, 0 for all."""
    verdict = "Accepted" if found.accepted else "Not accepted"
    lines = [f"# {verdict}", "", f"Plan {code(found.plan)}, commit {code(found.commit)}.", ""]
    lines += [f"- {code(each.message)}; {code(each.hint)}" for each in found.reasons]
    lines += [""] if found.reasons else []
    lines += ["| | criterion | result | compared | read | what mends it |"]
    lines += ["| ---: | --- | --- | --- | --- | --- |"]
    for each in found.criteria:
        fails = each.result is Result.FAILS
        findings = [code(finding.message) for finding in each.shown(limit)] if fails else []
        more = [each.more(limit)] if each.more(limit) else []
        cells = (
            str(each.criterion.number),
            each.criterion.name,
            each.result.value,
            "<br>".join([code(each.answer.words), *findings, *more]),
            code(each.answer.read),
            code(each.mends) if fails else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def acceptance_junit(found: Acceptance) -> str:
    """A test case per criterion, and one for the whole."""
    cases = [
        JUnitCase(
            name=f"{each.criterion.number:02} {each.criterion.name}",
            group="accept",
            summary=each.answer.words,
            failure=_failure(each) if each.result is Result.FAILS else None,
            output=f"{each.result.value}: {each.answer.words}",
        )
        for each in found.criteria
    ]
    words = "\n".join(with_hint(each) for each in found.reasons)
    whole = JUnitCase("the whole", "accept", summary=words, failure=words or None)
    return junit_document("accept", [Suite("accept", (*cases, whole))])


def _failure(each: Answered) -> str:
    lines = [f"compared: {each.answer.words}", *map(with_hint, each.answer.findings)]
    return "\n".join([*lines, f"to mend it: {each.mends}"])
