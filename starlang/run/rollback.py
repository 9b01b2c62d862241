"""`rollback`: what a run has written, put back byte for byte.

A run is never used up: it can be rolled back as long as anything of it is in the tree. What was
put back stays so: an edit that is made afterwards is nobody's business here. Without a name it
is the newest run; an older one, which may have been committed long ago, only by its name.
"""

import os
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, RefusedError
from starlang.project.files import read_regular
from starlang.run import stops
from starlang.run.apply import recover
from starlang.run.backups import backups_of
from starlang.run.ground import Run
from starlang.run.transactions import (
    require_own,
    runner_of,
    targets,
    transactions,
    unfinished,
    written_under,
)
from starlang.text import counted, one_line
from starlang.transaction.files import LIMIT
from starlang.transaction.journal import NOTHING, Progress, RecordKind
from starlang.transaction.running import TransactionState


@frozen(eq=False)
class WrittenRun:
    """A run that has written manifests: its transactions, the oldest first.

    `at`, `branch` and `commit` are those of its last transaction.
    """

    name: str
    number: int
    steps: tuple[TransactionState, ...]

    @property
    def words(self) -> str:
        """Which run it is, in words."""
        facts = self.steps[-1].facts
        branch = facts.get("branch") or "no branch"
        return f"{facts.get('at')}, {branch} at {str(facts.get('commit'))[:12]}"

    @property
    def is_undone(self) -> bool:
        """Whether all of it has been put back, and nothing was left."""
        return all(each.last is RecordKind.ROLLEDBACK and not each.left for each in self.steps)


@frozen
class RolledBack:
    """What `rollback` did: how many manifests it put back; `already` were as before it.

    `removed` of them were made by the run, so that nothing was to be put back.
    `left` are manifests that somebody has edited since; `kept` says where the contents lie
    that were put aside by force. `run` is the one that was undone, `when` says when and where.
    """

    run: str
    when: str
    count: int
    already: int
    left: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]
    removed: int = 0

    @property
    def words(self) -> str:
        """What was done, in words."""
        back = self.count - self.removed
        is_told = back or not self.removed
        parts = [f"put back and verified {counted(back, 'manifest')}"] if is_told else []
        if self.removed:
            parts.append(f"removed {counted(self.removed, 'manifest')} that the run had made")
        if self.already:
            parts.append(f"{counted(self.already, 'was', 'were')} as before already")
        return "; ".join(parts)

    def __repr__(self) -> str:
        left = f", {len(self.left):,} left" if self.left else ""
        return one_line(f"<RolledBack: {self.run}, {counted(self.count, 'manifest')}{left}>")


def rollback(run: Run, progress: Progress, name: str = "", *, force: bool = False) -> RolledBack:
    """Puts every manifest back as the run found it, byte for byte, with its mode.

    `name` is that of the run, the newest if not given. A manifest that was edited since is left
    as it is; with `force` it is put back too, and what was in it is kept. GateClosedError if
    there is nothing to roll back.
    """
    stopped = unfinished(run)
    there = _created(run)
    outcomes = []
    if stopped is not None:
        require_own(run, stopped)
        name = name or str(stopped.facts.get("name", ""))
        undone = recover(run, progress, back=True)
        outcomes += [] if undone is None else [undone]
    chosen = _chosen(run, name)
    open_steps = [each for each in chosen.steps if _is_open(run, each)]
    if not open_steps and not outcomes:
        raise GateClosedError(_nothing_of_it(run, chosen))
    for later in _runs(run):
        if later.number > chosen.number and _overlap(run, later, chosen):
            raise GateClosedError(_written_over(chosen, later))
    with stops.told(run):
        runner = runner_of(run, progress, chosen.steps[-1].facts)
        outcomes += runner.roll_back([each.name for each in open_steps], force=force)
    return RolledBack(
        run=chosen.name,
        when=chosen.words,
        count=sum(each.count for each in outcomes),
        already=sum(each.already for each in outcomes),
        left=tuple(path for each in outcomes for path in each.left),
        kept=tuple(kept for each in outcomes for kept in each.kept),
        removed=len(there - _created(run)),
    )


def _created(run: Run) -> frozenset[Path]:
    """The manifests that runs have made, as far as they are there."""
    return frozenset(
        path
        for each in transactions(run)
        for target in targets(run, each)
        if target.before == NOTHING
        and os.path.lexists(path := written_under(run, each) / target.path)
    )


def _runs(run: Run) -> list[WrittenRun]:
    """The runs that have written manifests here, the oldest first."""
    by_name: dict[str, list[TransactionState]] = {}
    for each in transactions(run):
        by_name.setdefault(str(each.facts.get("name")), []).append(each)
    found = [WrittenRun(name, _number(steps[0]), tuple(steps)) for name, steps in by_name.items()]
    return sorted(found, key=_by_number)


def _number(standing: TransactionState) -> int:
    number = standing.facts.get("number")
    return number if isinstance(number, int) else 0


def _by_number(written: WrittenRun) -> int:
    return written.number


def _chosen(run: Run, name: str) -> WrittenRun:
    """The run called `name`, or the newest; GateClosedError if that has written nothing."""
    runs = _runs(run)
    if name:
        found = next((each for each in runs if each.name == name), None)
        if found is None:
            raise GateClosedError(_unknown(name, runs))
        return found
    if not runs:
        raise GateClosedError(stops.nothing_to_roll_back())
    try:
        begun = max((each.metadata.sequence for each in backups_of(run)), default=0)
    except (InputError, RefusedError):  # rules that cannot be read have no name
        begun = 0
    if begun > runs[-1].number:
        raise GateClosedError(_older(runs[-1]))
    if runs[-1].is_undone and len(runs) > 1 and not any(_is_open(run, s) for s in runs[-1].steps):
        raise GateClosedError(_undone(runs))
    return runs[-1]


def _is_open(run: Run, standing: TransactionState) -> bool:
    """Whether something of a transaction is in the tree, or was left as somebody had edited it."""
    states = _states(run, standing)
    if standing.last is RecordKind.ROLLEDBACK:
        return any(
            state == "after" or (state == "edited" and path in standing.left)
            for path, state in states
        )
    return any(state != "before" for _, state in states)


def _states(run: Run, standing: TransactionState) -> list[tuple[str, str]]:
    """How each target is now: as before, as after, or edited since."""
    root, found = written_under(run, standing), []
    for target in targets(run, standing):
        try:
            digest = sha256(read_regular(root / target.path, LIMIT)).hexdigest()
        except OSError:
            digest = ""
        states = {target.after: "after", target.before: "before"}
        found.append((target.path, states.get(digest, "edited")))
    return found


def _overlap(run: Run, later: WrittenRun, chosen: WrittenRun) -> bool:
    """Whether a later run has written manifests of this one, and they are there still."""
    ours = {target.path for each in chosen.steps for target in targets(run, each)}
    return any(
        path in ours and state == "after"
        for each in later.steps
        if each.last is RecordKind.COMMIT
        for path, state in _states(run, each)
    )


def _unknown(name: str, runs: Sequence[WrittenRun]) -> Diagnostic:
    known = _listed(runs) or "none has written here"
    return Diagnostic(
        code="E931",
        message=f"there is no run `{name}`: {known}",
        hint="`starlang status` says how far the run has come",
    )


def _listed(runs: Iterable[WrittenRun]) -> str:
    return "; ".join(f"`{each.name}` ({each.words})" for each in runs)


def _older(last: WrittenRun) -> Diagnostic:
    return Diagnostic(
        code="E931",
        message="the run that the newest backup began has written nothing; the last one that has "
        f"is `{last.name}` ({last.words})",
        hint=f"to undo that one: `starlang rollback {last.name}`",
    )


def _undone(runs: Sequence[WrittenRun]) -> Diagnostic:
    last, before = runs[-1], runs[-2]
    return Diagnostic(
        code="E931",
        message=f"the newest run, `{last.name}` ({last.words}), is undone already; before it came "
        f"`{before.name}` ({before.words})",
        hint=f"to undo that one, too: `starlang rollback {before.name}`",
    )


def _nothing_of_it(run: Run, chosen: WrittenRun) -> Diagnostic:
    branch = str(chosen.steps[-1].facts.get("branch", ""))
    here = run.repository.branch()
    where = f", and this is `{here or 'no branch'}`" if here != branch else ""
    switch = f"it was written on `{branch}`: to undo it there, `git switch {branch}` first"
    return Diagnostic(
        code="E931",
        message=f"nothing of the run `{chosen.name}` ({chosen.words}) is in this work tree{where}: "
        "its manifests are as they were before it",
        hint=switch if where and branch else "`starlang status` says how far the run has come",
    )


def _written_over(chosen: WrittenRun, later: WrittenRun) -> Diagnostic:
    return Diagnostic(
        code="E937",
        message=f"the run `{later.name}` ({later.words}) has written manifests of `{chosen.name}` "
        "since",
        hint=f"undo that one first: `starlang rollback {later.name}`",
    )
