"""`generate --write`: manifests that are made, in one transaction like that of `apply`.

It is a run of its own: it has a name, and `rollback` takes it back, with the directories that
it made. It creates files and changes none, so it needs no plan and no backup. Where the config
asks for signatures, nobody writes alone.
"""

from collections.abc import Sequence
from hashlib import sha256

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, UnsafeError
from starlang.project.generating import Generated, NewManifest
from starlang.project.project import Project
from starlang.run import stops
from starlang.run.apply import MODE
from starlang.run.ground import Run
from starlang.run.transactions import (
    Step,
    next_number,
    owner,
    require_settled,
    runner_of,
)
from starlang.transaction.files import digest_of
from starlang.transaction.journal import NOTHING, Progress, Target, TransactionOutcome


@frozen
class Created:
    """How many manifests were made, and what the run is called that made them; "" for none."""

    count: int
    name: str = ""


def create(run: Run, made: Generated, progress: Progress) -> Created:
    """Makes the manifests of `made`, all of them or none.

    InputError if one of them must not be written; GateClosedError where signatures are asked
    for, or something is in the place of one; UnsafeError if one is not there as it should be.
    """
    if made.errors:
        raise InputError(made.errors)
    if signers := run.project.config.run.approval.signers:
        raise GateClosedError(_not_alone(signers))
    require_settled(run)
    if not made.manifests:
        return Created(0)
    facts: dict[str, object] = {
        "step": Step.GENERATE.value,
        **owner(run, next_number(run)),
        "root": run.repository.prefix(run.root),
        "by": run.surroundings.user,
        "at": run.surroundings.time(),
    }
    contents = [(_target(each), each.data) for each in made.manifests]
    with stops.told(run):
        outcome: TransactionOutcome = runner_of(run, progress, facts).apply(
            contents, facts, lambda: confirm(run.project, made.manifests)
        )
    return Created(outcome.count, str(facts["name"]))


def _target(each: NewManifest) -> Target:
    return Target(each.file, NOTHING, digest_of(each.data), MODE)


def confirm(project: Project, made: Sequence[NewManifest]) -> None:
    """UnsafeError unless every manifest is in its place, as it was made, and can be read back."""
    for each in made:
        try:
            data = (project.root / each.file).read_bytes()
        except OSError:
            data = b""
        if sha256(data).digest() != sha256(each.data).digest():
            raise UnsafeError(stops.undone(), _otherwise(each))


def _otherwise(each: NewManifest) -> Diagnostic:
    return Diagnostic(
        code="E990",
        message=f"`{each.file}` is not as it was made",
        file=each.file,
        hint="run `starlang generate --write` again",
    )


def _not_alone(signers: str) -> Diagnostic:
    return Diagnostic(
        code="E991",
        message=f"`[approval]` asks for signatures (`{signers}`), so nobody writes manifests alone",
        hint="let the run make them, so that one approval covers both: `starlang plan "
        "--with-missing` shows them, and `starlang backup --with-missing` begins the run",
    )
