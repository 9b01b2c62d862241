"""`approve`: the first human gate. Somebody names the plan by its digest, and puts a name to it."""

from collections.abc import Sequence
from datetime import timedelta

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.run import signatures
from starlang.run.approval_file import FILE, SIGNATURE, Approval, checked, scope_of, text_of
from starlang.run.audit_files import write_file
from starlang.run.canary_report import Making
from starlang.run.gates import Gates
from starlang.run.ground import Run, written
from starlang.run.transactions import require_settled
from starlang.run.trust import no_signers, trust_of
from starlang.texts.lookalikes import letters, readable

SHORTEST = 8
"""Digits of the plan's digest that somebody who approves has to name at least."""


def approve(run: Run, named: str, by: str, days: int, key: str = "") -> Approval:
    """Writes the approval of the plan whose digest begins with `named`.

    GateClosedError without a canary report, or if the report is of another plan; UnreadyError
    if it cannot be signed with the private `key`.
    """
    require_settled(run)
    gates = Gates(run)
    reported, pins = gates.reported, gates.pinned.pins
    if not gates.planned.rewritings:
        raise GateClosedError(_nothing())
    head = reported.head
    digits = named.lower().removeprefix("sha256:")
    is_short = len(digits) < SHORTEST
    if is_short or not head.plan.removeprefix("sha256:").startswith(digits):
        raise GateClosedError(_other_digest(named, head.plan, is_short=is_short))
    require_name(by)
    now = run.surroundings.now()
    approval = Approval(
        scope=scope_of(run, pins, reported),
        reported_at=head.making.made_at,
        reported_by=_maker(head.making),
        by=by,
        at=written(now),
        expires=written(now + timedelta(days=days)),
    )
    text = text_of(approval).encode()
    trust = trust_of(run)
    if key and not trust.signers:
        raise GateClosedError(no_signers("an approval"))
    signed = signatures.sign(text, key, trust.plans) if key else None
    made = checked(run, pins, reported, text, signed)
    run.audit(SIGNATURE).unlink(missing_ok=True)
    write_file(run.audit(FILE), text)
    if signed is not None:
        write_file(run.audit(SIGNATURE), signed)
    return made


def require_name(by: str) -> None:
    """GateClosedError unless `by` is a name in one line, which nobody takes for another."""
    if any(not character.isprintable() for character in by) or by != by.strip() or not by:
        raise GateClosedError(_no_name(by))
    if deceiving := letters(by):
        raise GateClosedError(_deceiving_name(by, deceiving))


def _nothing() -> Diagnostic:
    return Diagnostic(
        code="E938",
        message="the plan changes nothing, so there is nothing to approve",
        hint="nothing is to be done: `starlang status` says so",
    )


def _maker(making: Making) -> str:
    return f"{making.made_by} ({making.author})" if making.author else making.made_by


def _other_digest(named: str, digest: str, *, is_short: bool) -> Diagnostic:
    words = f"at least {SHORTEST} digits are needed" if is_short else "that is another plan"
    return Diagnostic(
        code="E967",
        message=f"`{named}` does not name the plan that the canary report is about: {words}",
        hint=f"the report ends with its digest, {digest[:15]}…",
    )


def _deceiving_name(by: str, found: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        code="E967",
        message=f"`{readable(by)}` can be taken for another name: it has {', '.join(found)}",
        hint="name whoever approves in letters that nobody takes for others, such as those of a "
        "mail address",
    )


def _no_name(by: str) -> Diagnostic:
    return Diagnostic(
        code="E967",
        message=f"{by!r} is not a name that an approval can carry",
        hint="name the approver in one line: `--by alice@example.org`",
    )
