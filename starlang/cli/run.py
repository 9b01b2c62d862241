"""The steps of a run, in their order, from `pin` to `gc`, and `status`."""

from typing import Annotated, assert_never

from starlang.cli.options import (
    LISTED,
    ConfigOption,
    FailOn,
    FailOnOption,
    FindingsLimitOption,
    Format,
    FormatOption,
    NoColorOption,
    QuietOption,
    WithMissingOption,
)
from starlang.cli.output import MENDED, Exit, more, painting, put_document, put_lines, say, tell
from starlang.cli.parameters import argument, option
from starlang.text import counted


def pin(
    *,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Record what the run is made from: rules, canon, exceptions, profile, schema, config.

    Each later step refuses to go on when one of them has changed, and names it.
    """
    from starlang.cli.session import exit_on
    from starlang.cli.steps import step, tell_next
    from starlang.diagnostics.model import by_code
    from starlang.run.pin import FILE
    from starlang.run.pin import pin as write_pins
    from starlang.run.status import status as look

    with step(config, limit=limit, no_color=no_color) as run:
        pinned = write_pins(run)
        due = look(run).next
    say(pinned.unused, no_color=no_color, limit=limit)
    for same in by_code(pinned.known, limit):
        for each in same.first:
            tell(f"set aside: {each.code} {each.file}: {each.message}", quiet=quiet)
        if same.left:
            tell(f"and {same.left:,} more with {same.code}; --limit 0 lists all", quiet=quiet)
    files = counted(len(pinned.pins.files), "file")
    if pinned.is_new:
        tell(f"pinned {files} in {run.shown_audit(FILE)}", quiet=quiet)
    else:
        tell(f"{files} are as they were pinned at {pinned.pins.pinned_at}", quiet=quiet)
    if due:
        tell_next(due, config, quiet=quiet)
    else:
        tell("nothing is due", quiet=quiet)
    raise SystemExit(exit_on(run.project.config.severities, pinned.unused, fail_on))


def backup(
    *,
    with_missing: WithMissingOption = False,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Copy every manifest, verify the copies, and add a git work tree of HEAD to the backup.

    Nothing is written while a path breaks a guard; every violation is listed. A backup begins a
    run: with --with-missing that run makes the manifests that are missing, too.
    """
    from starlang.cli.steps import say_drafts, step, tell_next
    from starlang.run.backup import backup as back_up
    from starlang.run.ground import BACKUPS

    with step(config, limit=limit, no_color=no_color) as run:
        made = back_up(run, with_missing=with_missing)
    manifests = counted(made.count, "manifest")
    tell(f"copied and verified {manifests}: {BACKUPS}/{made.directory}", quiet=quiet)
    if with_missing:
        say_drafts(made.drafts, len(made.doubts), config, quiet=quiet)
    tree = made.worktree
    how = "is there already" if tree.exists else "added"
    where = tree.path.relative_to(run.repository.top.parent).as_posix()
    tell(f"work tree of {tree.commit[:12]} {how}: ../{where}", quiet=quiet)
    if not tree.exists and not tree.is_beside:
        tell(
            "it lies in the git directory: that beside the repository cannot be written",
            quiet=quiet,
        )
    if made.untracked:
        named = made.untracked[: limit or None]
        left = len(made.untracked) - len(named)
        names = ", ".join(named) + (f" and {left:,} more (--limit 0 lists all)" if left else "")
        them = counted(len(made.untracked), "manifest is", "manifests are")
        tell(f"{them} not in git yet, so no diff will show what changes: {names}", quiet=quiet)
    tell_next("starlang canary", config, quiet=quiet)


def canary(  # noqa: PLR0913 -- the options of the command
    *,
    write: Annotated[
        bool, option("--write", help="Write what changes in the canary, and nothing else.")
    ] = False,
    by: Annotated[
        str | None,
        option("--by", metavar="NAME", help="Who makes the report. [default: git's user.email]"),
    ] = None,
    sign: Annotated[
        str | None,
        option("--sign", metavar="KEY", help="Sign the report with this private SSH key."),
    ] = None,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Choose a sample of all manifests, check the whole plan, and report it for approval.

    The report shows every change with its explanation and its diff. Without --write no
    manifest is written; with it, those of the sample that change.
    """
    from starlang.cli.steps import progress, say_folded, step, tell_next
    from starlang.run.canary import canary as run_canary
    from starlang.run.canary_report import PAGE

    with step(config, limit=limit, no_color=no_color) as run, progress(quiet=quiet) as told:
        made = run_canary(run, told, write=write, by=by or "", key=sign or "")
    reported, head = made.reported, made.reported.head
    changing, sample = len(reported.planned.rewritings), reported.sample
    of_all = counted(len(reported.backup.images), "manifest")
    new = len(reported.planned.created)
    creates = f", and creates {new:,}" if new else ""
    canary = f"{counted(len(sample.paths), 'manifest')}, {len(sample.written):,} of which change"
    changes = f"the plan changes {changing - new:,} of {of_all}{creates}"
    tell(f"{changes}; the canary is {canary}", quiet=quiet)
    say_folded(reported.oddities, config, limit=limit, no_color=no_color)
    where = run.shown_audit(PAGE)
    tell(f"report: {where}" if made.is_new else f"the report is as it was: {where}", quiet=quiet)
    if made.is_new and head.making.since:
        tell(f"since the report before, {head.making.since}", quiet=quiet)
    if made.written is not None:
        left = f"wrote {counted(made.written, 'manifest')} of the canary"
        tell(left if made.written else "the canary is written already", quiet=quiet)
    if changing:
        due = f"read the report, then starlang approve {head.digits}"
        tell_next(due, config, quiet=quiet)
    else:
        tell("nothing is to be done: the plan changes nothing", quiet=quiet)


def approve(  # noqa: PLR0913 -- the options of the command
    *,
    digest: Annotated[
        str,
        argument(
            metavar="DIGEST",
            help="The plan's digest, or its first 8 digits or more; before a merge, that of the "
            "final tree.",
        ),
    ],
    merge: Annotated[
        bool, option("--merge", help="Approve the final tree for the merge, after the report.")
    ] = False,
    by: Annotated[
        str | None,
        option("--by", metavar="NAME", help="Who approves. [default: git's user.email]"),
    ] = None,
    days: Annotated[
        int | None,
        option(
            "--days",
            metavar="N",
            min=1,
            max=90,
            help="How many days the approval holds. [default: as configured, or 7]",
        ),
    ] = None,
    sign: Annotated[
        str | None,
        option("--sign", metavar="KEY", help="Sign with this private SSH key."),
    ] = None,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Approve the plan of the canary report: once, here, and until a day.

    The digest is at the end of the report. Whatever changes the plan voids the approval. The
    review before a merge is of the final tree, and by somebody else.
    """
    from starlang.cli.steps import step, tell_next
    from starlang.run.approval_file import FILE
    from starlang.run.approve import approve as write_approval
    from starlang.run.merge import FILE as MERGE
    from starlang.run.merge import approve_merge

    with step(config, limit=limit, no_color=no_color) as run:
        # An empty name is that of a variable that is not set, and not the wish for another one.
        name = run.repository.author() or run.surroundings.user if by is None else by
        if merge:
            review = approve_merge(run, digest, name, sign or "")
            tell(f"{review.by} has reviewed the final tree", quiet=quiet)
            tell(f"written to {run.shown_audit(MERGE)}", quiet=quiet)
            return
        held = days or run.project.config.run.approval.days
        made = write_approval(run, digest, name, held, sign or "")
    say(made.warnings, no_color=no_color, limit=limit)
    number, _, new = made.scope.changes.partition(", ")
    edits = counted(int(number.replace(",", "")), "manifest") + (f" ({new})" if new else "")
    tell(f"{made.by} approves changes of {edits}, until {made.expires}", quiet=quiet)
    if made.fingerprint:
        tell(f"signed with {made.fingerprint}", quiet=quiet)
    tell(f"written to {run.shown_audit(FILE)}", quiet=quiet)
    tell_next("starlang apply", config, quiet=quiet)


def apply(
    *,
    dry_run: Annotated[
        bool, option("--dry-run", help="Look at every gate, and write nothing.")
    ] = False,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write what the approved plan changes: all of it, or nothing.

    Only the values that the plan names change. What was written already stays; a manifest
    that somebody has edited stops everything before anything is written.
    """
    from starlang.cli.steps import progress, step, tell_next
    from starlang.run.apply import apply as write
    from starlang.run.transactions import SPENT

    with step(config, limit=limit, no_color=no_color) as run, progress(quiet=quiet) as told:
        done = write(run, told, dry_run=dry_run)
    say(done.warnings, no_color=no_color, limit=limit)
    for name in done.put_back:
        tell(f"put back {run.shown_audit(name)}, as it was when the plan was applied", quiet=quiet)
    already = f"; {counted(done.already, 'manifest')} as planned already" if done.already else ""
    if dry_run and done.left:
        tell(
            f"every gate is open; {counted(done.left, 'manifest')} to be written{already}",
            quiet=quiet,
        )
    elif done.written:
        tell(f"wrote and verified {counted(done.written, 'manifest')}{already}", quiet=quiet)
        if done.is_first:
            words = "if another clone has used the approval, this clone cannot know"
            tell(f"no earlier run is on record here: {words}", quiet=quiet)
        words = "commit it, since a clone without it cannot know that the approval is used"
        tell(f"recorded in {run.shown_audit(SPENT)}: {words}", quiet=quiet)
    else:
        tell(f"nothing to write{already}", quiet=quiet)
    tell_next(f"starlang {'apply' if done.left else 'verify'}", config, quiet=quiet)


def recover(
    *,
    back: Annotated[
        bool, option("--back", help="Undo what was begun instead of finishing it.")
    ] = False,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Finish a step that was stopped in the middle of writing, or undo it.

    Afterwards every manifest is as the plan says, or every one is as it was.
    """
    from starlang.cli.steps import progress, step, tell_left
    from starlang.run.apply import recover as finish
    from starlang.run.transactions import unfinished

    with step(config, limit=limit, no_color=no_color) as run, progress(quiet=quiet) as told:
        stopped = unfinished(run)
        outcome = finish(run, told, back=back)
    if outcome is None or stopped is None:
        tell("nothing was stopped in the middle", quiet=quiet)
        return
    manifests = counted(outcome.count, "manifest")
    tell(f"{'finished' if outcome.is_new else 'undone'}: {manifests}", quiet=quiet)
    name = str(stopped.facts.get("name"))
    left, kept = outcome.left, outcome.kept
    raise SystemExit(tell_left(run, name, left, kept, config, limit=limit, no_color=no_color))


def verify(  # noqa: PLR0913 -- the options of the command
    *,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    format_: FormatOption = Format.TEXT,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Compare every manifest with backup, plan, schema, contracts and ceilings.

    All of it is counted from the files. Exits with 3 if anything does not hold. What a plan warns
    of as well fails it only with --fail-on.
    """
    from starlang.cli.session import exit_on
    from starlang.cli.steps import say_why, step
    from starlang.run.audit_files import document
    from starlang.run.verify import FILE, verification_json
    from starlang.run.verify import verify as look

    with step(
        config,
        limit=limit,
        no_color=no_color,
        unsafe=Exit.DIFFERENT,
        format_=format_,
        command="verify",
    ) as run:
        found = look(run)
    match format_:
        case Format.JSON:
            put_document(document(verification_json(found)).decode())
        case Format.TEXT:
            width = max(len(each.name) for each in found.checks)
            verdicts = max(len(each.verdict.value) for each in found.checks)
            paint = painting(no_color=no_color)
            for each in found.checks:
                known = f", {len(each.known):,} known findings" if each.known else ""
                verdict = paint(each.verdict.value, f"{each.verdict.value:<{verdicts}}")
                put_lines([f"{each.name:<{width}}  {verdict}  {each.words}{known}"])
        case _:
            assert_never(format_)
    tell(f"written to {run.shown_audit(FILE)}", quiet=quiet)
    if format_ is Format.TEXT and not quiet:
        checks, project = found.checks, run.project
        say_why(project, found.findings, checks, config, limit=limit, no_color=no_color)
    if not found.holds:
        raise SystemExit(Exit.DIFFERENT)
    raise SystemExit(exit_on(run.project.config.severities, found.warnings, fail_on))


def report(
    *,
    commit_message: Annotated[
        bool, option("--commit-message", help="Print the message for the commit; write nothing.")
    ] = False,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write what the run has done: distributions, promotions, a report of the day, a dashboard.

    All files are made from plan, backup and journal, so the same run gives the same bytes. The
    figures also go between two markers of a document, if it has them.
    """
    from starlang.cli.steps import step, tell_next
    from starlang.run.audit_report import markers
    from starlang.run.merge import tree_of_run
    from starlang.run.report import message_of
    from starlang.run.report import report as write_report
    from starlang.run.trust import asks_for_review

    with step(config, limit=limit, no_color=no_color) as run:
        if commit_message:
            put_document(message_of(run))
            return
        made = write_report(run)
        tree = tree_of_run(run) if asks_for_review(run) else ""
    for name in made.written:
        tell(f"wrote {name}", quiet=quiet)
    if made.same:
        tell(f"{counted(len(made.same), 'file is', 'files are')} as before", quiet=quiet)
    if made.missing is not None:
        say([made.missing], no_color=no_color)
        tell("\n".join(markers(run.name)))
        raise SystemExit(Exit.DIFFERENT)
    due = f"starlang approve --merge {tree.removeprefix('sha256:')[:16]}" if tree else ""
    tell_next(due or "starlang accept", config, quiet=quiet)


def rollback(  # noqa: PLR0913 -- the options of the command
    name: Annotated[
        str | None,
        argument(metavar="[RUN]", help="The run to undo, by its name. [default: the newest]"),
    ] = None,
    *,
    force: Annotated[
        bool,
        option(
            "--force", help="Put back manifests that were edited since, too; the edits are kept."
        ),
    ] = False,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Put every manifest back as the run found it: bytes, modes and times.

    It names the run that it undoes; an older one than the newest is undone only by its name. A
    manifest that somebody has edited since is named and left as it is.
    """
    from starlang.cli.steps import progress, step, tell_left
    from starlang.run.rollback import rollback as undo

    with step(config, limit=limit, no_color=no_color) as run, progress(quiet=quiet) as told:
        done = undo(run, told, name or "", force=force)
    tell(f"{done.words}\nas before the run {done.run} ({done.when})", quiet=quiet)
    left, kept = done.left, done.kept
    raise SystemExit(tell_left(run, done.run, left, kept, config, limit=limit, no_color=no_color))


def gc(  # noqa: PLR0913 -- the options of the command
    *,
    keep: Annotated[
        int, option("--keep", min=1, metavar="N", help="How many of the newest runs to keep.")
    ] = 3,
    accepted: Annotated[
        bool,
        option("--accepted", help="With the work tree of the last run, which has to be accepted."),
    ] = False,
    write: Annotated[bool, option("--write", help="Remove them; else they are listed.")] = False,
    limit: Annotated[
        int, option("--limit", metavar="N", min=0, help="Rows to list; 0 for all.")
    ] = MENDED,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """List what past runs have left behind and nothing needs any more, or remove it.

    Kept are an unfinished run, the last one that is written, and every backup that a run
    which is kept would be rolled back from. With --accepted, `starlang accept` has to hold, and
    that the work tree of before the run was removed is recorded.
    """
    from starlang.cli.steps import repeat_config, step
    from starlang.project.files import display
    from starlang.run.clean import clean, leftovers

    with step(config, limit=limit, no_color=no_color) as run:
        plan = ""
        if accepted:
            from starlang.accept.accept import require_accepted

            plan = require_accepted(run)
        found = clean(run, keep, plan) if write else leftovers(run, keep, plan)
    for each in found[: limit or None]:
        place = display(each.path, run.root)
        put_lines([f"{each.what:<9}  {each.size:>13,} bytes  {place}"])
    put_lines(more(found, limit))
    if not found:
        tell("there is nothing to remove", quiet=quiet)
    elif write:
        tell(f"removed {len(found):,}", quiet=quiet)
    else:
        due = f"{len(found):,} to remove: starlang gc --keep {keep} --write"
        tell(repeat_config(due, config), quiet=quiet)


def status(
    *,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Say how far the run has come and which command is due. Writes nothing."""
    from attrs import evolve

    from starlang.cli.steps import repeat_config, say_folded, step, tell_next
    from starlang.run.audit_files import document
    from starlang.run.status import status as look
    from starlang.run.status import status_json

    with step(
        config, limit=limit, no_color=no_color, only_looks=True, format_=format_, command="status"
    ) as run:
        found = look(run)
    match format_:
        case Format.JSON:
            due = repeat_config(found.next, config)
            put_document(document(status_json(evolve(found, next=due))).decode())
        case Format.TEXT:
            paint = painting(no_color=no_color)
            for each in found.steps:
                state = each.state.value
                space = " " * (9 - len(state)) if each.words else ""
                put_lines([f"{each.step:<9}{paint(state, state)}{space}{each.words}"])
            if not quiet:
                for each in found.steps:
                    if len(each.findings) > 1:
                        say_folded(each.findings, config, limit=limit, no_color=no_color)
                if found.next:
                    tell_next(found.next, config, quiet=quiet)
                else:
                    tell("nothing is due")
        case _:
            assert_never(format_)
