"""An approval: a person's word that exactly this plan may be applied here, once, until a day.

The file is a text for people that the program can read: it is written from its fields, and
when read it is written again and has to be the same to the byte. A sentence that somebody
has changed is therefore refused; who wants to rely on that asks for signatures.
"""

import re
from datetime import timedelta
from hashlib import sha256

from attrs import astuple, evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.run import signatures
from starlang.run.audit_files import digest_of, document, read_file
from starlang.run.canary_report import FILE as REPORT
from starlang.run.canary_report import LIST, PAGE, Making, Reported
from starlang.run.ground import Run, read_time
from starlang.run.pin import Pins
from starlang.run.reporting import digests
from starlang.run.transactions import SPENT, next_serial
from starlang.run.trust import VARIABLE, Trust, trust_of
from starlang.text import counted, one_line
from starlang.texts.lookalikes import skeleton

FILE = "canary_approved.txt"
SIGNATURE = f"{FILE}.sig"
REPORT_SIGNATURE = f"{REPORT}.sig"

_FIRST = "starlang-approval/1"
_SENTENCE = (
    "I have read the canary report, and approve that the plan named here is applied to the\n"
    "manifests of this repository: once, and not after the time below."
)
_SCOPE = {
    "plan": "plan",
    "inputs": "set of inputs",
    "manifests": "state of the manifests",
    "edits": "set of edits",
    "changes": "number of changes",
    "report": "canary report",
    "page": "page of the canary report",
    "list": "list of the canary",
    "repository": "repository",
    "branch": "branch",
    "commit": "commit",
    "serial": "run",
}
"""Each line of the scope, and what it is called in a message."""

_SHOWN = ("branch", "commit", "serial")
"""Those that are not compared as they are: a person is to see them."""

_REST = ("reported at", "reported by", "approved by", "approved at", "expires at")
_FIELDS = (*_SCOPE, *_REST)
_LINE = re.compile(r"([a-z ]+): (.*)")
_MAIL = re.compile(r"([^\s<>@+]+)(?:\+[^\s<>@]*)?@([^\s<>@]+)")
"""A mail address, without what some servers ignore in it."""

LEEWAY = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""


@frozen
class ApprovalScope:
    """What is approved: a plan, all that it is made from, what was read, where, and which run.

    All but `changes` (a number of manifests), `repository`, `branch`, `commit` and `serial` are
    digests. `report`, `page` and `listed` are of the files without the facts of their making.
    """

    plan: str
    inputs: str
    manifests: str
    edits: str
    changes: str
    report: str
    page: str
    listed: str
    repository: str
    branch: str
    commit: str
    serial: str


@frozen
class Approval:
    """An approval. `reported_at` and `reported_by` say which report was read.

    `digest` is that of its bytes, `fingerprint` that of the key that signed it, or "". `warnings`
    are about one that counts all the same.
    """

    scope: ApprovalScope
    reported_at: str
    reported_by: str
    by: str
    at: str
    expires: str
    digest: str = ""
    fingerprint: str = ""
    warnings: tuple[Diagnostic, ...] = ()

    def __repr__(self) -> str:
        return one_line(f"<Approval: by {self.by} until {self.expires}, plan {self.scope.plan}>")


def require_approval(run: Run, pins: Pins, reported: Reported) -> Approval:
    """The approval, if it is of this report, signed as asked, not used and not expired."""
    data = read_file(run.audit(FILE))
    if data is None:
        raise GateClosedError(_none(reported.head.plan))
    return checked(run, pins, reported, data, read_file(run.audit(SIGNATURE)))


def checked(
    run: Run, pins: Pins, reported: Reported, data: bytes, signature: bytes | None
) -> Approval:
    """The same of an approval that may not have been written yet, with its signature."""
    approval = parsed_approval(data)
    if approval is None:
        raise GateClosedError(_damaged(run))
    _require_scope(run, approval.scope, scope_of(run, pins, reported))
    _require_time(run, approval)
    trust, making = trust_of(run), reported.head.making
    fingerprint = ""
    warnings: tuple[Diagnostic, ...] = ()
    if trust.signers:
        if signature is None:
            raise GateClosedError(_unsigned(run, trust))
        fingerprint = _signed(run, trust, approval, signature, making)
    elif any(alike(approval.by, each) for each in (making.author, making.made_by)):
        if trust.refuses_own:
            raise GateClosedError(_own(run, "E973", approval.by))
        warnings = (_own(run, "W973", approval.by),)
    digest = digest_of(data)
    return evolve(approval, digest=digest, fingerprint=fingerprint, warnings=warnings)


def _signed(run: Run, trust: Trust, approval: Approval, signature: bytes, making: Making) -> str:
    """The fingerprint of the key that signed the approval, which is not the maker's."""
    data, by, now = text_of(approval).encode(), approval.by, run.surroundings.now()
    try:
        fingerprint = signatures.verify(data, signature, by, trust, trust.plans, now)
    except signatures.SignatureError as error:
        raise GateClosedError(_bad(run, str(error))) from None
    maker, key = _maker(run, trust, making)
    if alike(by, maker) or fingerprint == key:
        raise GateClosedError(
            _bad(run, f"`{maker}` made the plan, and somebody else has to approve")
        )
    return fingerprint


def _maker(run: Run, trust: Trust, making: Making) -> tuple[str, str]:
    """Who made the report, as proven, and the fingerprint of their key, "" if nobody needs it.

    What the report says about it proves nothing, and neither does git's `user.email`.
    """
    if trust.author:
        return trust.author, ""
    signature = read_file(run.audit(REPORT_SIGNATURE))
    if signature is None:
        raise GateClosedError(unproven(run, "it is not signed"))
    report, author = read_file(run.audit(REPORT)) or b"", making.author
    now = run.surroundings.now()
    try:
        return author, signatures.verify(report, signature, author, trust, trust.reports, now)
    except signatures.SignatureError as error:
        raise GateClosedError(unproven(run, str(error))) from None


def scope_of(run: Run, pins: Pins, reported: Reported) -> ApprovalScope:
    """What an approval of the report has to be for, here and now."""
    head, repository = reported.head, run.repository
    found = digests(reported)
    return ApprovalScope(
        plan=head.plan,
        inputs=pins.digest,
        manifests=digest_of(document(head.manifests)),
        edits=head.edits,
        changes=reported.planned.count_words,
        report=found[REPORT],
        page=found[PAGE],
        listed=found[LIST],
        repository=pins.repository,
        branch=repository.branch() or "(none)",
        commit=repository.head(),
        serial=str(next_serial(run)),
    )


def _require_scope(run: Run, found: ApprovalScope, wanted: ApprovalScope) -> None:
    bound = [name for name in _SCOPE if name not in _SHOWN]
    if run.project.config.run.approval.bind_branch:
        bound.append("branch")
    fields = dict(zip(_SCOPE, astuple(found), strict=True))
    now = dict(zip(_SCOPE, astuple(wanted), strict=True))
    for name in bound:
        if fields[name] != now[name]:
            raise GateClosedError(_other_scope(run, _SCOPE[name], fields[name], now[name]))
    if found.serial != wanted.serial:
        is_used = _is_before(found.serial, wanted.serial)
        raise GateClosedError(_used(run) if is_used else _unrecorded(run, found.serial))


def _is_before(serial: str, now: str) -> bool:
    return not serial.isdecimal() or int(serial) < int(now)


def _require_time(run: Run, approval: Approval) -> None:
    now = run.surroundings.now()
    times = [read_time(each) for each in (approval.reported_at, approval.at, approval.expires)]
    if None in times:
        raise GateClosedError(_damaged(run))
    reported, start, end = filter(None, times)
    days = run.project.config.run.approval.days
    if now > end:
        raise GateClosedError(_expired(run, approval))
    if start > now + LEEWAY:
        raise GateClosedError(_early(run, approval))
    if start < reported - LEEWAY:
        raise GateClosedError(_too_early(run, approval))
    if end - start > timedelta(days=days):
        raise GateClosedError(_too_long(run, approval, days))


def alike(one: str, other: str) -> bool:
    """Whether two names are one to an eye, or have one mail address.

    `Bob <bob@example.org>` and `bob+work@example.org` have that of `bob@example.org`.
    """
    return _person(one) == _person(other)


def _person(name: str) -> str:
    seen = skeleton(name)
    mail = _MAIL.search(seen)
    return f"{mail[1]}@{mail[2]}" if mail else seen


def text_of(approval: Approval) -> str:
    """The file of an approval."""
    values = (*astuple(approval.scope), *_rest(approval))
    lines = "".join(f"{name}: {value}\n" for name, value in zip(_FIELDS, values, strict=True))
    body = f"{_FIRST}\n\n{_SENTENCE}\n\n{lines}"
    return f"{body}\nsha256 of the lines above: {sha256(body.encode()).hexdigest()}\n"


def _rest(approval: Approval) -> tuple[str, ...]:
    return (
        approval.reported_at,
        approval.reported_by,
        approval.by,
        approval.at,
        approval.expires,
    )


def parsed_approval(data: bytes) -> Approval | None:
    """The approval that these very bytes are written from, None if there is none."""
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        return None
    matches = filter(None, map(_LINE.fullmatch, lines))
    found: dict[str, str] = {match[1]: match[2] for match in matches}
    if not found.keys() >= set(_FIELDS):
        return None
    scope = ApprovalScope(*(found[name] for name in _SCOPE))
    reported_at, reported_by, by, at, expires = (found[name] for name in _REST)
    approval = Approval(scope, reported_at, reported_by, by, at, expires)
    return approval if text_of(approval).encode() == data else None


def approver_in(text: str) -> str:
    """Who approves in the text of an approval, "" if it names nobody."""
    lines = (line.partition(": ") for line in text.split("\n"))
    return next((by for name, _, by in lines if name == "approved by"), "")


def _none(digest: str) -> Diagnostic:
    return Diagnostic(
        code="E955",
        message="nobody has approved the plan yet",
        hint=(
            "read the canary report, then run "
            f"`starlang approve {digest.removeprefix('sha256:')[:16]}`"
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


def _too_early(run: Run, approval: Approval) -> Diagnostic:
    return Diagnostic(
        code="E964",
        message=f"the approval is of {approval.at}, before the report was made that it is about",
        file=run.shown_audit(FILE),
        hint="have the plan approved again",
    )


def _too_long(run: Run, approval: Approval, days: int) -> Diagnostic:
    most = counted(days, "day")
    return Diagnostic(
        code="E964",
        message=f"the approval is to hold until {approval.expires}, longer than {most}",
        file=run.shown_audit(FILE),
        hint="have the plan approved again; `days` under `[approval]` is the longest time",
    )


def _used(run: Run) -> Diagnostic:
    return Diagnostic(
        code="E965",
        message="the approval has been used already, or a run after it has been applied",
        file=run.shown_audit(FILE),
        hint="have the plan approved again",
    )


def _unrecorded(run: Run, serial: str) -> Diagnostic:
    return Diagnostic(
        code="E965",
        message=f"the approval is for run {serial}, and nothing here says what came of the ones "
        "before it",
        file=run.shown_audit(FILE),
        hint=f"get `{run.shown_audit(SPENT)}` from where it was approved, or have it approved here",
    )


def _bad(run: Run, words: str) -> Diagnostic:
    return Diagnostic(
        code="E966",
        message=f"the signature of the approval does not count: {words}",
        file=run.shown_audit(FILE),
        hint="have the plan approved by somebody whose key is listed, with `--sign PRIVATE_KEY`",
    )


def unproven(run: Run, words: str) -> Diagnostic:
    """The signature of whoever made the report does not count."""
    return Diagnostic(
        code="E972",
        message=f"nobody can tell who made the canary report, so anybody could be: {words}",
        file=run.shown_audit(REPORT),
        hint="let its maker sign it, with `starlang canary --sign PRIVATE_KEY`; or write `author` "
        f"into the file of {VARIABLE}",
    )


def _own(run: Run, code: str, by: str) -> Diagnostic:
    return Diagnostic(
        code=code,
        message=f"`{by}` made the plan, too: nobody else has looked at it",
        file=run.shown_audit(FILE),
        hint="let somebody else approve it, with `--by`",
    )


def _unsigned(run: Run, trust: Trust) -> Diagnostic:
    return Diagnostic(
        code="E966",
        message=f"approvals have to be signed here ({trust.source}), and this one is not",
        file=run.shown_audit(FILE),
        hint="approve again with `--sign PRIVATE_KEY`",
    )
