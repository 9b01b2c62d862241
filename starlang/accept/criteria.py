"""The criteria, in the order of the table.

Each looks in the files and trusts no result of a step. Of two criteria that one fault would make
fail, one owns it and the other says so: a canary report of another plan is found by "made from
the pins", and the criterion about the file itself does not apply.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from attrs import evolve

from starlang.accept.artifacts import (
    UNAPPLIED,
    approval_file,
    from_git,
    is_of,
    journaled,
    made_artifact,
    pins_file,
    top,
)
from starlang.accept.criterion import SHOWN, Answer, Criterion, does_not_apply
from starlang.accept.evidence import LOST, NEW_RUN, Evidence
from starlang.coverage.coverage import Coverage
from starlang.coverage.coverage import findings as coverage_findings
from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, RefusedError
from starlang.manifests.facets import texts_in
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.guards import DEFAULT_GUARDS, Guards, guard
from starlang.manifests.schema import refuses_anything
from starlang.manifests.waivers import living_with
from starlang.project.git import Git
from starlang.project.revisions import canon_agreement
from starlang.rules.model import RuleSet
from starlang.run import signatures
from starlang.run.approval_file import FILE as APPROVAL
from starlang.run.approval_file import SIGNATURE, parsed_approval
from starlang.run.artifacts import AFTER, BEFORE, DASHBOARD, MESSAGE, PROMOTIONS, TRAILER
from starlang.run.audit_files import digest_of, read_file
from starlang.run.backup import worktrees
from starlang.run.backups import read_backup
from starlang.run.canary_figures import HIGHEST
from starlang.run.canary_report import FILE as REPORT
from starlang.run.canary_report import LIST, PAGE
from starlang.run.checks import Check, Share, Verdict, failures
from starlang.run.ground import read_time
from starlang.run.merge import FILE as MERGE
from starlang.run.merge import require_review
from starlang.run.pin import FILE as PINS
from starlang.run.pin import changes, not_pinned, spoilt_inputs
from starlang.run.record import REMOVED, made_again, moved_away, removed
from starlang.run.trust import asks_for_review, trust_of
from starlang.text import counted
from starlang.texts.documents import rewrite_in
from starlang.texts.json import Refusal
from starlang.texts.lookalikes import lookalikes, readable
from starlang.texts.pointers import parts_of, resolve

_LEAST = Decimal(99)
"""What share of the packages must be covered where the config names none, in percent."""


def _inputs_pinned(found: Evidence) -> Answer:
    file = found.run.shown_audit(PINS)
    if found.pinned is None:
        hint = f"{from_git(found, PINS)}{NEW_RUN} begins one"
        return Answer(0, "inputs", file, (evolve(not_pinned(), file=file, hint=hint),))
    try:
        now = found.now[0]
    except (RefusedError, InputError) as error:
        spoilt = tuple(spoilt_inputs(found.run, found.pinned, error.diagnostics))
        return Answer(len(found.pinned.files), "inputs", file, spoilt, cause=error.diagnostics)
    differing = tuple(changes(found.run, found.pinned, now))
    return Answer(len(found.pinned.files), "inputs", file, differing, now.digest)


def _made_from_pins(found: Evidence) -> Answer:
    """Plan, report, approval and journal are of one plan, and made from what was pinned."""
    run, planned, pins = found.run, found.planned, found.pins
    documents_read, differing = 1, []
    if (report := found.report) is not None:
        documents_read += 1
        if not is_of(report, found):
            differing.append(_other(run.shown_audit(REPORT), "the canary report"))
    if (approval := found.approval) is not None:
        documents_read += 1
        if approval.scope.plan != planned.digest or approval.scope.inputs != pins.digest:
            differing.append(_other(run.shown_audit(APPROVAL), "the approval"))
    if found.transaction is not None:
        documents_read += 1
        if found.facts.get("plan") != planned.digest:
            differing.append(_other("", "the journal of the run"))
    elif planned.rewritings:
        there = sum(found.live.get(each.path) == each.after for each in planned.rewritings)
        is_there = there == len(planned.rewritings)
        words = ", but what it changes is as planned" if is_there else ""
        elsewhere = "accept where it was applied: the journal of the run is in that clone alone"
        hint = elsewhere if is_there else "run `starlang apply`"
        differing.append(_finding(f"nothing has applied the plan here{words}", hint))
    things = "documents made from the same inputs: plan, report, approval, journal"
    return Answer(documents_read, things, "inputs", tuple(differing), planned.digest)


def _version_locked(found: Evidence) -> Answer:
    profile, config = found.run.project.profile, found.run.project.config
    fields = sorted({each.schema_version for each in profile.shapes} - {""})
    read_at = ", ".join(fields) or "no field"
    check = found.check("schema version")
    if check is not None:
        things = f"{check.things}{_known(check.known)}"
        return Answer(check.compared, things, read_at, failures([check]))
    count = len(found.examined.graph)
    if not fields:
        why = "manifests: the profile names no field for a schema version"
        return does_not_apply(count, why, read_at)
    hint = 'write `schema_version = "1.1.0"` under `[project]`, then `starlang pin`: a new run'
    message = "the config does not say which schema version manifests must have"
    return Answer(0, "manifests", read_at, (_finding(message, hint, config.file),))


def _canon_consistent(found: Evidence) -> Answer:
    agreement = canon_agreement(found.run.project, found.present_rules)
    if agreement.unreadable:
        if all(each.file in found.changed_inputs for each in agreement.unreadable):
            why = "copies: criterion 1 says which cannot be read"
            return does_not_apply(len(agreement.unreadable), why, "[canon] copies")
        return Answer(0, "copies", "[canon] copies", agreement.unreadable)
    if not agreement.copies:
        return does_not_apply(0, "copies of the canon are named", "[canon] copies")
    names = ", ".join(name for name, _ in agreement.copies)
    entries = sum(count for _, count in agreement.copies)
    return Answer(entries, "stars and aliases in the copies", names, agreement.differences)


def _canary_approved(found: Evidence) -> Answer:
    run, planned = found.run, found.planned
    file = run.shown_audit(APPROVAL)
    if not planned.rewritings:
        return does_not_apply(0, "manifests change, so nothing was to be approved", file)
    if found.transaction is None:
        return does_not_apply(0, f"approvals: {UNAPPLIED}", file)
    data = read_file(run.audit(APPROVAL))
    if data is None:
        return Answer(0, "approvals", file, (_approval("is gone", file),))
    digest = digest_of(data)
    differing = tuple(_approval_problems(found, data))
    by = f" by {found.approval.by}" if found.approval else ""
    signed = ", edits and signature" if trust_of(run).signers else f" and edits; {_UNSIGNED}"
    return Answer(1, f"approval{by}, with its plan{signed}", file, differing, digest)


def _approval_problems(found: Evidence, data: bytes) -> Iterator[Diagnostic]:
    run, approval = found.run, parsed_approval(data)
    file = run.shown_audit(APPROVAL)
    if approval is None:
        yield _approval("is not as `starlang approve` wrote it", file)
        return
    if found.facts.get("approval") != digest_of(data):
        yield _approval("is not the one that the run was written with", file)
    if approval.scope.edits != found.planned.edits_digest:
        yield _approval("is of other edits", file)
    trust = trust_of(run)
    if trust.signers:
        signature = read_file(run.audit(SIGNATURE)) or b""
        # A key that has expired since was valid when it counted; one that is listed no more is not.
        at = read_time(str(found.facts.get("at"))) or run.surroundings.now()
        try:
            signatures.verify(data, signature, approval.by, trust, trust.plans, at)
        except signatures.SignatureError as error:
            words = f"has a signature that does not count: {error}"
            is_as_used = found.journaled(SIGNATURE) == digest_of(signature)
            yield (
                _finding(f"the approval {words}", _AGAIN, file)
                if is_as_used
                else _approval(words, file)
            )


def _worktree(found: Evidence) -> Answer:
    metadata = found.listed.metadata
    read_at = f"git worktree list: {metadata.worktree}"
    place = (found.run.repository.top / metadata.worktree).resolve()
    commit = worktrees(found.run.repository).get(place, "")
    gone = tuple(moved_away(found.run, found.backup))
    is_there = bool(commit) and place.is_dir()  # a later run at the same commit has made it again
    if not is_there and (record := removed(found.run, found.backup)) is not None:
        when = f"removed by `starlang gc` at {record.at}, after acceptance"
        if record.plan == found.planned.digest:
            return does_not_apply(1, f"work tree: {when}", found.run.shown_audit(REMOVED))
        message = f"the work tree was {when} of another plan"
        again = made_again(place, metadata.git_commit)
        gone = (_finding(message, f"make it again: `{again}`"),)
    if not gone and commit == metadata.git_commit:
        gone = tuple(_changed_in(place))
    if not gone and commit != metadata.git_commit:
        message = f"the work tree at {place} is at {commit[:12]}, not {metadata.git_commit[:12]}"
        hint = f"`git -C {place} checkout --detach {metadata.git_commit}`"
        gone = (_finding(message, hint),)
    return Answer(1, "work tree, at the commit of the backup", read_at, gone, commit)


def _changed_in(place: Path) -> Iterator[Diagnostic]:
    """A finding for a work tree whose files are not those of its commit."""
    changed = [*Git(place).changed("--untracked-files=no")]
    if changed:
        more = f" and {len(changed) - 1:,} more" if len(changed) > 1 else ""
        words = f"the work tree at {place} is not as its commit: `{changed[0]}`{more}"
        yield _finding(words, f"`git -C {place} checkout HEAD -- .`")


def _backup_whole(found: Evidence) -> Answer:
    listed = found.listed
    try:
        backup = read_backup(listed.directory)
    except GateClosedError as error:
        damaged = tuple(evolve(each, hint=LOST) for each in error.diagnostics)
        return Answer(listed.metadata.manifest_count, "manifests", "SHA256SUMS", damaged)
    read_at = f"{listed.directory.name}/SHA256SUMS"
    new = len(backup.drafts)
    things = f"manifests, {new:,} of them to be made" if new else "manifests"
    return Answer(len(backup.planned), things, read_at, digest=listed.metadata.digests)


def _ceilings_configured(found: Evidence) -> Answer:
    missing = tuple(
        _finding(f"the rules have no {what}", f"write `{how}` into the ceilings; {NEW_RUN}")
        for what, how, is_there in _CEILINGS
        if not is_there(found.rules)
    )
    ceilings = found.rules.ceilings
    texts = [each.text for each in ceilings.limits] + [each.text for each in ceilings.floors]
    texts += [f"at most {counted(ceilings.stars_per_module, 'star')} per module"]
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    things = f"kinds of ceilings: {', '.join(texts[:SHOWN])}{more}"
    return Answer(len(_CEILINGS), things, "the compiled rules", missing)


_CEILINGS: tuple[tuple[str, str, Callable[[RuleSet], bool]], ...] = (
    (
        "limit on all promotions",
        "at most 800 promoted",
        lambda rules: any(
            not (each.per or each.star or each.globs) for each in rules.ceilings.limits
        ),
    ),
    (
        "limit per star",
        "at most 200 promoted per star",
        lambda rules: any(each.per == "star" or each.star for each in rules.ceilings.limits),
    ),
    (
        "limit on the stars of a module",
        "at most 2 stars per module",
        lambda rules: rules.ceilings.stars_per_module >= 1,
    ),
    (
        "floor under the default star",
        "at least 55% Supporting",
        lambda rules: bool(rules.ceilings.floors),
    ),
)


def _coverage(found: Evidence) -> Answer:
    _ = found.live  # manifests that cannot be read at all are missing nowhere
    target = found.coverage.at_least
    measured = evolve(found.coverage, at_least=_LEAST if target is None else target)
    things = f"packages in scope, {_percent(measured)} covered of {measured.at_least} asked for"
    things += f"; {len(measured.excluded):,} excluded" if measured.excluded else ""
    things += _ignored(measured)
    read_at = f"git ls-files in {measured.found.source or '.'}"
    return Answer(measured.in_scope, things, read_at, tuple(_coverage_findings(measured)))


def _percent(measured: Coverage) -> str:
    return f"{measured.percent} %" if measured.percent is not None else "nothing"


def _coverage_findings(measured: Coverage) -> Iterator[Diagnostic]:
    """Manifests without a package; and what is missing, where less is covered than is asked for."""
    # The criterion says itself that it is less (E998).
    for each in coverage_findings(measured):
        if each.code == "W551" or (not measured.holds and each.code not in {"W552", "E998"}):
            yield each


def _schema(found: Evidence) -> Answer:
    config, files = found.run.project.config, found.live
    # Links and forbidden paths are for criterion 14 to say.
    broken = [each for each in found.displacing if not each.code.startswith("E60")]
    broken += _round_trips(found)
    check = found.check("schema")
    if config.schema is None:
        if not config.run.no_schema:
            hint = "name one: `schema` under `[project]`, or say why not: `no_schema` under "
            hint += f"`[accept]`; {NEW_RUN}"
            broken.append(_finding("no schema is named", hint, config.file))
        why = f"no schema: {config.run.no_schema}" if config.run.no_schema else "no schema"
        return Answer(len(files), f"manifests read, written and read again; {why}", why, (*broken,))
    broken += check.findings if check else ()
    name, known = config.schema.name, _known(check.known if check else ())
    first = next(iter(found.examined.graph.documents), None)
    if found.planned.schema and not refuses_anything(found.planned.schema, first):
        message = f"`{name}` refuses nothing that a manifest could say, so it compares nothing"
        hint = f"name a schema that says what a manifest has; {NEW_RUN}"
        broken.append(_finding(message, hint, name))
    return Answer(len(files), f"manifests against {name}, and read twice{known}", name, (*broken,))


def _known(findings: Sequence[Diagnostic]) -> str:
    return f", {counted(len(findings), 'known finding')}" if findings else ""


def _ignored(measured: Coverage) -> str:
    ignored = measured.found.ignored
    return f", {counted(ignored, 'manifest')} ignored" if ignored else ""


def _round_trips(found: Evidence) -> Iterator[Diagnostic]:
    """A finding for each manifest that cannot be read, or not as the same once it is written."""
    profile = found.run.project.profile
    for path, data in found.live.items():
        # It reads, writes, reads again, and compares.
        written = rewrite_in(data, (), profile.format_of(path), profile.is_manifest)
        if isinstance(written, Refusal):
            yield written.diagnostic(found.run.shown(path), data)


def _contracts(found: Evidence) -> Answer:
    graph, config = found.examined.graph, found.run.project.config
    check, profile = found.check("contract references"), found.run.project.profile
    broken = list(check.findings) if check else []
    contracts, tiers = graph.columns.get("contract"), graph.columns.get("tier")
    highest = [
        n for n in range(len(graph)) if tiers is not None and HIGHEST in map(str, tiers.of(n))
    ]
    source = profile.facet("tier")
    places = source.locations if source else ()
    read_at = [_tier_place(graph, number, places) for number in highest]
    counts = (f"{place} ({read_at.count(place):,})" for place in places)
    by = ", ".join(counts) or "no field"
    fields = ", ".join(places) or "no field"
    references = sum(len(contracts.of(n)) for n in range(len(graph))) if contracts else 0
    if references and config.run.contracts is None:
        hint = f"write `contracts` under `[verify]`; {NEW_RUN}"
        broken.append(_finding("no directory of contracts is named", hint, config.file))
    if highest and contracts is None:
        message = f"the profile has no facet `contract`, so no module of {HIGHEST} can name one"
        hint = f"say where it is: `[facets.contract]` in the profile; {NEW_RUN}"
        broken.append(_finding(message, hint, config.file))
    for number, place in zip(highest, read_at, strict=True):
        if contracts is not None and not contracts.of(number):
            broken.append(
                _finding(
                    f"the module is {HIGHEST} by `{place}`, and names no contract",
                    "name its contract in the manifest, or correct the tier",
                    graph.files[number],
                )
            )
    if not highest and not references:
        return does_not_apply(len(graph), f"modules, 0 {HIGHEST} by {by}", fields)
    said = counted(references, "reference")
    things = f"things: {said}, and {counted(len(highest), 'module')} of {HIGHEST} by {by}"
    return Answer(references + len(highest), things, fields, tuple(broken))


def _tier_place(graph: ModuleGraph, number: int, places: Sequence[str]) -> str:
    """The first place of the tier that has a value in a manifest."""
    document = graph.documents[number]
    for place in places:
        if any(value for _, value in resolve(document, parts_of(place))):
            return place
    return ", ".join(places)


def _parity(found: Evidence) -> Answer:
    names = found.run.project.protected
    checks = [check for name in names if (check := found.check(name)) is not None]
    compared = sum(each.compared for each in checks)
    counts = ", ".join(f"{each.name} {each.compared:,}" for each in checks)
    return Answer(compared, f"values: {counts}", "the backup", failures(checks))


def _within_ceilings(found: Evidence) -> Answer:
    check = found.check("ceilings")
    if check is None or check.verdict is Verdict.DOES_NOT_APPLY:
        return does_not_apply(0, "limits: the rules have none", "the compiled rules")
    return _of_check(check, "stars in files less those of the backup")


def _no_legacy_path(found: Evidence) -> Answer:
    config, graph = found.run.project.config, found.examined.graph
    listed = [each for each in found.problems if each.code.startswith("E60")]
    said = []
    for number, manifest in enumerate(graph.documents):
        place = graph.shape(number).path
        for _, _, value in texts_in(manifest, place) if place else ():
            if value != graph.paths[number]:
                said.append((value, graph.files[number]))
    listed += guard(said, config.guards)
    standing = living_with(listed, config.waivers, found.run.shown_manifests)
    places = [each.path for each in found.run.project.profile.shapes if each.path]
    own = sorted({location for place in places for location in place.locations})
    fields = " and ".join(["paths", *(f"`{location}`" for location in own)])
    count = len(found.manifests) + len(said)
    things = f"paths, {len(standing.waived):,} known findings{_ignored(found.coverage)}"
    off = ", ".join(f"`{each}`" for each in _off(config.guards))
    things += f"; not guarded: {off}" if off else ""
    alike = [f"`{readable(other)}` like `{first}`" for first, other in lookalikes(graph.paths)]
    things += f"; looking alike: {', '.join(alike[:SHOWN])}" if alike else ""
    return Answer(count, things, fields, standing.open)


def _off(guards: Guards) -> Iterator[str]:
    """What the config has taken out of the guards."""
    usual = DEFAULT_GUARDS
    yield from (f"{each}/" for each in usual.prefixes if each not in guards.prefixes)
    yield from (each for each in usual.segments if each not in guards.segments)
    for name in ("uppercase", "portable", "collisions"):
        if not getattr(guards, name):
            yield name


def _in_band(found: Evidence) -> Answer:
    bands, read_at = found.run.project.config.run.bands, "[accept.shares]"
    before, after = found.examined.before, found.examined.after
    modules = sum(after.values())
    if not bands:
        return does_not_apply(modules, "modules, and the config wants no shares", read_at)
    shares = [
        Share(
            each, before.get(each.star, 0), after.get(each.star, 0), modules, sum(before.values())
        )
        for each in bands
    ]
    outside = tuple(
        _finding(
            f"{each.band.star} has {each.after:,} of {counted(modules, 'module')} "
            f"({each.shown_after}), and {each.wanted} is asked for",
            f"change the rules, or the band; {NEW_RUN}",
            found.run.project.config.file,
        )
        for each in shares
        if not each.is_met
    )
    said = ", ".join(f"{each.band.star} {each.shown_after} of {each.wanted}" for each in shares)
    what = "share" if len(shares) == 1 else "shares"
    things = f"{what} of {counted(modules, 'module')}: {said}"
    return Answer(len(shares), things, read_at, outside)


# What comes before a merge.


def _commit_message(found: Evidence) -> Answer:
    run, planned, read_at = found.run, found.planned, f"the trailer `{TRAILER}`"
    commit = _commit_of_change(found)
    if not commit:
        things = "manifests that change, not committed yet"
        return does_not_apply(len(planned.rewritings), things, read_at)
    shown = f"%(trailers:key={TRAILER},valueonly,unfold)"
    values = run.repository.git.line("log", "-1", f"--format={shown}", commit).split()
    file = run.shown_audit(MESSAGE)
    hint = f"`git commit --amend --file={file}`, or a new commit that has the trailer"
    words = f"the commit {commit[:12]} brings the change, and its message names another plan"
    differing = () if values == [planned.digest] else (_finding(words, hint),)
    return Answer(1, "commit that brings the change", read_at, differing, commit)


def _commit_of_change(found: Evidence) -> str:
    """The commit after the backup that has brought the first manifest that changes, "" if none."""
    rewritings = found.planned.rewritings
    if not rewritings:
        return ""
    repository, first = found.run.repository, rewritings[0]
    prefix = repository.prefix(found.run.manifests)
    path = f"{prefix}/{first.path}" if prefix else first.path
    place = f":(top,literal){path}"
    if repository.show("HEAD", path) != first.after:
        # Git may have converted the ends of lines.
        is_there = found.live.get(first.path) == first.after
        if not is_there or [*repository.git.changed("--", place)]:
            return ""
    since = f"{found.listed.metadata.git_commit}..HEAD"
    commits = repository.git.line("log", "--format=%H", since, "--", place)
    return commits.split("\n")[0]


def _second_gate(found: Evidence) -> Answer:
    file = found.run.shown_audit(MERGE)
    if not asks_for_review(found.run):
        return does_not_apply(0, "reviews: `merge` under `[approval]` asks for none", file)
    try:
        review = require_review(found.finished, found.live)
    except GateClosedError as error:
        return Answer(1, "review", file, error.diagnostics)
    signed = "" if review.fingerprint else f"; {_UNSIGNED}"
    things = f"review, by {review.by}; the plan was approved by {review.approver}{signed}"
    return Answer(1, things, file, digest=review.tree)


# Findings.

_UNSIGNED = "no signature is asked for"
_AGAIN = "take the run back, and have it approved by somebody whose key counts: `starlang rollback`"


def _of_check(check: Check, read_at: str) -> Answer:
    return Answer(check.compared, check.things, read_at, failures([check]))


def _finding(message: str, hint: str, file: str = "") -> Diagnostic:
    return Diagnostic(code="E995", message=message, hint=hint, file=file)


def _other(file: str, what: str) -> Diagnostic:
    message = f"{what} is of another plan, or of other inputs than those that are pinned"
    back = f"put back the one of this run (`git log -- {file}`); " if file else ""
    return _finding(message, f"{back}{NEW_RUN}", file)


def _approval(words: str, file: str) -> Diagnostic:
    hint = f"run `starlang apply`, which puts it back as it was used; if nothing was, {NEW_RUN}"
    return _finding(f"the approval {words}", hint, file)


CRITERIA = (
    Criterion(1, "inputs pinned", _inputs_pinned, NEW_RUN),
    Criterion(2, "made from the pins", _made_from_pins, NEW_RUN),
    Criterion(3, "schema version locked", _version_locked, "correct the manifests; " + NEW_RUN),
    Criterion(4, "canon consistent", _canon_consistent, "make the copies equal"),
    Criterion(5, "canary approved", _canary_approved, "starlang apply"),
    Criterion(6, "rollback work tree", _worktree, "git worktree add"),
    Criterion(7, "backup whole", _backup_whole, NEW_RUN),
    Criterion(8, "ceilings configured", _ceilings_configured, NEW_RUN),
    Criterion(9, "coverage", _coverage, "give packages manifests, or exclude them with a reason"),
    Criterion(10, "schema and round trip", _schema, "correct the manifests"),
    Criterion(11, "contracts", _contracts, "correct the references, or add the contracts"),
    Criterion(12, "parity with the backup", _parity, "starlang rollback"),
    Criterion(13, "within ceilings", _within_ceilings, "starlang rollback"),
    Criterion(14, "no legacy path", _no_legacy_path, "git mv"),
    Criterion(15, "distribution in the band", _in_band, NEW_RUN),
    Criterion(16, "artifact: digests", pins_file, NEW_RUN),
    Criterion(17, "artifact: canary list", journaled(LIST), "starlang apply"),
    Criterion(18, "artifact: canary report", journaled(REPORT, PAGE), "starlang apply"),
    Criterion(19, "artifact: approval", approval_file, "starlang apply"),
    Criterion(20, "artifact: distribution before", made_artifact(BEFORE), "starlang report"),
    Criterion(21, "artifact: distribution after", made_artifact(AFTER), "starlang report"),
    Criterion(22, "artifact: promotions", made_artifact(PROMOTIONS), "starlang report"),
    Criterion(23, "figures in the document", top, "starlang report"),
    Criterion(24, "report of the day", made_artifact(""), "starlang report"),
    Criterion(25, "dashboard", made_artifact(DASHBOARD), "starlang report"),
    Criterion(26, "commit message", _commit_message, "git commit --amend"),
    Criterion(27, "second gate", _second_gate, "starlang approve --merge"),
)
"""All criteria, by number."""

SUBJECTS = (1, 7, 10)
"""Those about what others are looked up in: the inputs, the backup, and the manifests."""
