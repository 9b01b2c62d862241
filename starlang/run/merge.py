"""The second human gate: somebody has reviewed the final tree, and is not who approved the plan.

It is asked for by `merge = true` under `[approval]`. The review names one digest over all manifests
as they are, the one that `verify` and `accept` name, too; a change to any of them voids it. The
files of the run follow from manifests and plan, and `accept` makes them again. The review is a text
for people in the form of the first approval, and signed like it.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from attrs import asdict, evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.run import signatures
from starlang.run.approval_file import LEEWAY, alike
from starlang.run.approve import SHORTEST, require_name
from starlang.run.artifacts import FinishedRun
from starlang.run.audit_files import read_file, write_file
from starlang.run.gates import Gates
from starlang.run.ground import Run, read_time
from starlang.run.planned import contents
from starlang.run.report import require_reported, the_finished
from starlang.run.transactions import require_settled
from starlang.run.trust import no_signers, trust_of
from starlang.run.verify import tree_of
from starlang.text import one_line

FILE = "merge_approved.txt"
SIGNATURE = f"{FILE}.sig"

_FIRST = "starlang-merge/1"
_SENTENCE = (
    "I have reviewed the final tree that is named here, manifests and reports, and agree that it\n"
    "is merged."
)
_LINE = re.compile(r"([a-z ]+): (.*)")


@frozen
class MergeReview:
    """A review. `tree` and `plan` are digests; `approver` is who approved the plan.

    `commit` is what HEAD was; it is shown, and binds nothing: a merge makes another one.
    `fingerprint` is that of the key that signed it, or "".
    """

    plan: str
    tree: str
    commit: str
    approver: str
    by: str
    at: str
    fingerprint: str = ""

    def __repr__(self) -> str:
        return one_line(f"<MergeReview: by {self.by}, tree {self.tree}>")


_FIELDS = {
    "plan": "plan",
    "tree": "tree",
    "commit": "commit",
    "approver": "plan approved by",
    "by": "reviewed by",
    "at": "reviewed at",
}


def tree_of_run(run: Run) -> str:
    """The digest of the final tree of a run that is reported."""
    gates = Gates(run)
    _ = the_finished(run, gates)
    return tree_of(contents(gates.live))


def approve_merge(run: Run, named: str, by: str, key: str = "") -> MergeReview:
    """Writes the review of the tree whose digest begins with `named`.

    GateClosedError before the run is reported, and for whoever approved the plan.
    """
    require_settled(run)
    gates = Gates(run)
    finished = the_finished(run, gates)
    require_reported(run, gates)
    tree = tree_of(contents(gates.live))
    digits = named.lower().removeprefix("sha256:")
    if len(digits) < SHORTEST or not tree.removeprefix("sha256:").startswith(digits):
        raise GateClosedError(_other_tree(named, tree))
    require_name(by)
    review = MergeReview(
        plan=finished.planned.digest,
        tree=tree,
        commit=run.repository.head(),
        approver=finished.approved_by,
        by=by,
        at=run.surroundings.time(),
    )
    text, trust = text_of(review).encode(), trust_of(run)
    if key and not trust.signers:
        raise GateClosedError(no_signers("a review"))
    signed = signatures.sign(text, key, trust.merges) if key else None
    made = _checked(run, finished, tree, text, signed)
    run.audit(SIGNATURE).unlink(missing_ok=True)
    write_file(run.audit(FILE), text)
    if signed is not None:
        write_file(run.audit(SIGNATURE), signed)
    return made


def require_review(finished: FinishedRun, live: Mapping[str, bytes]) -> MergeReview:
    """The review that was written, if it is of this very tree, by somebody else, and signed."""
    run, tree = finished.run, tree_of(live)
    data = read_file(run.audit(FILE))
    if data is None:
        raise GateClosedError(_none(tree))
    return _checked(run, finished, tree, data, read_file(run.audit(SIGNATURE)))


def _checked(
    run: Run, finished: FinishedRun, tree: str, data: bytes, signature: bytes | None
) -> MergeReview:
    review = _parsed(data)
    if review is None:
        raise GateClosedError(_refused(run, "it is not as `starlang approve --merge` wrote it"))
    require_name(review.by)
    now = run.surroundings.now()
    if words := _objection(review, finished, tree, now):
        raise GateClosedError(_refused(run, words))
    trust = trust_of(run)
    if not trust.signers:
        return review
    if signature is None:
        raise GateClosedError(_refused(run, f"it has to be signed here ({trust.source})"))
    try:
        key = signatures.verify(data, signature, review.by, trust, trust.merges, now)
    except signatures.SignatureError as error:
        raise GateClosedError(_refused(run, f"its signature does not count: {error}")) from None
    return evolve(review, fingerprint=key)


def _objection(review: MergeReview, finished: FinishedRun, tree: str, now: datetime) -> str:
    """What a review is of that it is not to be of, "" if nothing."""
    wanted = {"plan": finished.planned.digest, "tree": tree, "approver": finished.approved_by}
    for name, value in wanted.items():
        if getattr(review, name) != value:
            return f"it is of another {name}, and this is {value}"
    if alike(review.by, finished.approved_by):
        return f"`{review.by}` approved the plan, and somebody else has to review the tree"
    written, reviewed = read_time(finished.applied_at), read_time(review.at)
    if reviewed is None or reviewed > now + LEEWAY:
        return f"it is of {review.at}, which is still to come"
    if written is not None and reviewed < written - LEEWAY:
        return f"it is of {review.at}, before the run was written that it is about"
    return ""


def text_of(review: MergeReview) -> str:
    """The file of a review."""
    values = asdict(review)
    lines = "".join(f"{words}: {values[name]}\n" for name, words in _FIELDS.items())
    body = f"{_FIRST}\n\n{_SENTENCE}\n\n{lines}"
    return f"{body}\nsha256 of the lines above: {sha256(body.encode()).hexdigest()}\n"


def _parsed(data: bytes) -> MergeReview | None:
    """The review that these very bytes are written from, None if there is none."""
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        return None
    found = {match[1]: match[2] for match in filter(None, map(_LINE.fullmatch, lines))}
    if not found.keys() >= set(_FIELDS.values()):
        return None
    review = MergeReview(**{name: found[words] for name, words in _FIELDS.items()})
    return review if text_of(review).encode() == data else None


def _none(tree: str) -> Diagnostic:
    return Diagnostic(
        code="E994",
        message="nobody has reviewed the final tree yet",
        hint=f"let somebody review it who did not approve the plan: `{_command(tree)}`",
    )


def _other_tree(named: str, tree: str) -> Diagnostic:
    return Diagnostic(
        code="E994",
        message=f"`{named}` does not name the final tree, in at least {SHORTEST} digits",
        hint=f"look at the tree as it is, then run `{_command(tree)}`",
    )


def _refused(run: Run, words: str) -> Diagnostic:
    return Diagnostic(
        code="E994",
        message=f"the review of the final tree does not count: {words}",
        file=run.shown_audit(FILE),
        hint="let somebody else review the tree as it is: `starlang approve --merge DIGEST`, with "
        "the digest that `starlang report` prints",
    )


def _command(tree: str) -> str:
    return f"starlang approve --merge {tree.removeprefix('sha256:')[:16]}"
