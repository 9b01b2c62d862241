"""An approval: a person's word that exactly this plan may be applied here, once, until a day.

The file is a text for people that the program can read: it is written from its fields, and
when read it is written again and has to be the same to the byte. A sentence that somebody
has changed is therefore refused; who wants to rely on that asks for signatures.
"""

import re
from datetime import timedelta
from hashlib import sha256

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.pipeline import signing
from starlang.pipeline.audit_files import digest_of, read_file
from starlang.pipeline.canary_report import FILE as REPORT
from starlang.pipeline.canary_report import CanaryReport
from starlang.pipeline.ground import AUDITS, Run
from starlang.pipeline.planned import Planned
from starlang.pipeline.surroundings import read_time
from starlang.pipeline.transactions import next_serial
from starlang.pipeline.trust import Trust, trust_of

FILE = "canary_approved.txt"
SIGNATURE = f"{FILE}.sig"

_FIRST = "starlang-approval/1"
_SENTENCE = (
    "I have read the canary report, and approve that the plan named here is applied to the\n"
    "manifests of this repository: once, on this branch, and not after the time below."
)
_FIELDS = (
    "plan",
    "edits",
    "report",
    "manifests",
    "repository",
    "branch",
    "commit",
    "serial",
    "approved by",
    "approved at",
    "expires at",
)
_LINE = re.compile(r"([a-z ]+): (.*)")


@frozen
class Scope:
    """What is approved: a plan, the bytes that it writes, where, and which run it is here."""

    plan: str
    edits: str
    report: str
    manifests: str
    repository: str
    branch: str
    commit: str
    serial: str


@frozen
class Approval:
    """An approval.

    `digest` is that of its bytes, `fingerprint` that of the key that signed it, or "".
    """

    scope: Scope
    by: str
    at: str
    expires: str
    digest: str = ""
    fingerprint: str = ""


def require_approval(run: Run, report: CanaryReport, planned: Planned) -> Approval:
    """The approval, if it is of this plan, for this place, signed as asked, not used or expired."""
    data = read_file(run.audit(FILE))
    if data is None:
        raise GateClosedError(_none(planned.digest))
    return checked(run, report, planned, data, read_file(run.audit(SIGNATURE)))


def checked(
    run: Run, report: CanaryReport, planned: Planned, data: bytes, signature: bytes | None
) -> Approval:
    """The same of an approval that may not have been written yet, with its signature."""
    approval = _parsed(data)
    if approval is None:
        raise GateClosedError(_damaged(run))
    _require_scope(run, approval.scope, scope_of(run, report, planned))
    _require_time(run, approval)
    trust = trust_of(run)
    if trust.signers and signature is None:
        raise GateClosedError(_unsigned(run, trust))
    fingerprint = ""
    if trust.signers and signature is not None:
        fingerprint = signing.verify(data, signature, approval.by, trust, report.author)
    return evolve(approval, digest=digest_of(data), fingerprint=fingerprint)


def scope_of(run: Run, report: CanaryReport, planned: Planned) -> Scope:
    """What an approval of `planned` has to be for, here and now."""
    repository = run.repository
    repository.require_only_under(AUDITS, report.commit, run.root)
    return Scope(
        plan=planned.digest,
        edits=planned.edits_digest,
        report=digest_of(read_file(run.audit(REPORT)) or b""),
        manifests=str(len(planned.rewritings)),
        repository=repository.lineage(),
        branch=repository.branch() or "(none)",
        commit=report.commit,
        serial=str(next_serial(run)),
    )


def _require_scope(run: Run, found: Scope, wanted: Scope) -> None:
    for name, words in _MEANINGS.items():
        approved, now = getattr(found, name), getattr(wanted, name)
        if approved != now:
            raise GateClosedError(_other_scope(run, words, approved, now))
    if found.serial != wanted.serial:
        raise GateClosedError(_used(run))


_MEANINGS = {
    "plan": "plan",
    "edits": "set of edits",
    "report": "canary report",
    "manifests": "number of manifests",
    "repository": "repository",
    "branch": "branch",
    "commit": "commit",
}


def _require_time(run: Run, approval: Approval) -> None:
    now, start, end = run.surroundings.now(), read_time(approval.at), read_time(approval.expires)
    if start is None or end is None:
        raise GateClosedError(_damaged(run))
    if now > end:
        raise GateClosedError(_expired(run, approval))
    if start > now + timedelta(minutes=5):
        raise GateClosedError(_early(run, approval))


def text_of(approval: Approval) -> str:
    """The file of an approval."""
    scope = approval.scope
    values = (
        scope.plan,
        scope.edits,
        scope.report,
        scope.manifests,
        scope.repository,
        scope.branch,
        scope.commit,
        scope.serial,
        approval.by,
        approval.at,
        approval.expires,
    )
    lines = "".join(f"{name}: {value}\n" for name, value in zip(_FIELDS, values, strict=True))
    body = f"{_FIRST}\n\n{_SENTENCE}\n\n{lines}"
    return f"{body}\nsha256 of the lines above: {sha256(body.encode()).hexdigest()}\n"


def _parsed(data: bytes) -> Approval | None:
    """The approval that these very bytes are written from, None if there is none."""
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        return None
    matches = filter(None, map(_LINE.fullmatch, lines))
    found: dict[str, str] = {match[1]: match[2] for match in matches}
    if not found.keys() >= set(_FIELDS):
        return None
    values = [found[name] for name in _FIELDS]
    approval = Approval(Scope(*values[:-3]), *values[-3:])
    return approval if text_of(approval).encode() == data else None


def _none(digest: str) -> Diagnostic:
    return Diagnostic(
        code="E955",
        message="nobody has approved the plan yet",
        hint=(
            "read the canary report, then run `starlang approve DIGEST`; the report ends with "
            f"the digest ({digest[:15]}…)"
        ),
    )


def _damaged(run: Run) -> Diagnostic:
    return Diagnostic(
        code="E962",
        message=f"`{run.shown_audit(FILE)}` is not as `starlang approve` wrote it",
        file=run.shown_audit(FILE),
        hint="restore it from git, or have the plan approved again",
    )


def _other_scope(run: Run, what: str, approved: str, now: str) -> Diagnostic:
    return Diagnostic(
        code="E963",
        message=f"the approval is for another {what} {_short(approved)}, and this is {_short(now)}",
        file=run.shown_audit(FILE),
        hint="have the plan as it is now approved: `starlang canary`, then `starlang approve`",
    )


def _short(value: str) -> str:
    return f"`{value[:24]}…`" if len(value) > 40 else f"`{value}`"  # noqa: PLR2004 -- a digest


def _expired(run: Run, approval: Approval) -> Diagnostic:
    return Diagnostic(
        code="E964",
        message=f"the approval by {approval.by} expired at {approval.expires}",
        file=run.shown_audit(FILE),
        hint="have the plan approved again",
    )


def _early(run: Run, approval: Approval) -> Diagnostic:
    return Diagnostic(
        code="E964",
        message=f"the approval is of {approval.at}, which is still to come",
        file=run.shown_audit(FILE),
        hint="set the clock right, or have the plan approved again",
    )


def _used(run: Run) -> Diagnostic:
    return Diagnostic(
        code="E965",
        message="the approval has been used already, or a run after it has been applied",
        file=run.shown_audit(FILE),
        hint="have the plan approved again",
    )


def _unsigned(run: Run, trust: Trust) -> Diagnostic:
    return Diagnostic(
        code="E966",
        message=f"approvals have to be signed here ({trust.source}), and this one is not",
        file=run.shown_audit(FILE),
        hint="approve again with `--sign PRIVATE_KEY`",
    )
