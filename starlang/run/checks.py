"""What must hold of the manifests after a run, looked up in the files and not in the plan.

Each check says how many things it compared. One that compared nothing has failed: reading a
field that no manifest has is how such checks come to lie. Where no module is in its scope
although the field is there, the check does not apply, and says what it looked at. What the
config gives nothing to compare with is not checked, and nobody may say that it holds.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.formats import as_json
from starlang.diagnostics.model import Diagnostic, by_code, in_order
from starlang.engine.ceilings import FloorCount, tally
from starlang.engine.decisions import StarLabels
from starlang.engine.evaluate import Evaluator
from starlang.engine.promotions import Promotion, StarPart
from starlang.errors import UnsafeError
from starlang.explain.forbids import ask, findings, places_of
from starlang.manifests.build import ManifestFile
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.schema import versioned
from starlang.manifests.waivers import SortedFindings, living_with
from starlang.plan.findings import breaches
from starlang.plan.make import labels_after
from starlang.plan.model import Plan
from starlang.project.files import files_below
from starlang.project.planning import graph_from, plan_project
from starlang.project.settings import Band
from starlang.rules.model import RuleSet
from starlang.run.ground import Run
from starlang.run.planned import Planned
from starlang.text import Json, counted, did_you_mean, shown_value
from starlang.texts.documents import without_in
from starlang.texts.pointers import EACH

# References to contracts: `name@v2`, or the path of a contract's file.

_NAME = re.compile(r"[a-z0-9_]+(?:[.-][a-z0-9_]+)*@v[1-9][0-9]*")
_ENDING = ".json"
_SUGGESTIONS = 20
"""References that are compared with all names, which takes long where there are many of both."""


def contract_findings(
    references: Iterable[tuple[str, str]], directory: Path, root: Path
) -> Iterator[Diagnostic]:
    """A finding for each reference (manifest, reference) that is malformed or leads nowhere.

    A path is relative to `root`, and a name to `directory`, where `name@v2` is `name@v2.json`.
    """
    files = [each for each in files_below(directory) if each.endswith(_ENDING)]
    names = {each.rpartition("/")[2].removesuffix(_ENDING) for each in files}
    paths = {(directory.relative_to(root) / each).as_posix() for each in files}
    suggested = 0
    for file, reference in references:
        is_path = "/" in reference or reference.endswith(_ENDING)
        is_formed = is_path or bool(_NAME.fullmatch(reference))
        known = paths if is_path else names
        if is_formed and reference in known:
            continue
        suggested += 1
        hint = did_you_mean(reference, known) if suggested <= _SUGGESTIONS else ""
        yield (_missing if is_formed else _malformed)(file, reference, hint)


def _malformed(file: str, reference: str, hint: str) -> Diagnostic:
    return Diagnostic(
        code="E983",
        message=f"{shown_value(reference)} is not a reference to a contract",
        file=file,
        hint=hint or "write `name@v1`, or the path of a contract's file",
    )


def _missing(file: str, reference: str, hint: str) -> Diagnostic:
    return Diagnostic(
        code="E984",
        message=f"there is no contract {shown_value(reference)}",
        file=file,
        hint=hint or "correct the reference, or add the contract",
    )


# The shares of stars that a repository is to have in the end, beside those that it has.
#
# A share is a goal and no limit of a run: a run that stays below it is not worse than none.


@frozen
class Share:
    """A band, and how many of all modules carry its star before and after the run.

    Before it there are fewer modules where the run makes manifests.
    """

    band: Band
    before: int
    after: int
    modules: int
    modules_before: int

    @property
    def is_met(self) -> bool:
        """Whether the share after the run lies in the band, exactly."""
        share = Fraction(100 * self.after, self.modules) if self.modules else Fraction(0)
        return self.band.low <= share <= self.band.high

    @property
    def wanted(self) -> str:
        """`12% to 15%`"""
        return f"{_short(self.band.low)}% to {_short(self.band.high)}%"

    @property
    def shown_before(self) -> str:
        """The share before the run, in percent with two places."""
        return shown_share(self.before, self.modules_before)

    @property
    def shown_after(self) -> str:
        """The share after the run, in percent with two places."""
        return shown_share(self.after, self.modules)


def shares_of(plan: Plan, bands: tuple[Band, ...]) -> tuple[Share, ...]:
    """The share of each band, in the order of the bands."""
    return tuple(
        Share(
            band,
            plan.before.get(band.star, 0),
            plan.after.get(band.star, 0),
            len(plan),
            plan.modules_before,
        )
        for band in bands
    )


def share_json(share: Share) -> dict[str, Json]:
    """A share as plain data; percentages are decimal strings with two places."""
    return {
        "star": share.band.star,
        "wanted": share.wanted,
        "before": share.shown_before.removesuffix("%"),
        "after": share.shown_after.removesuffix("%"),
        "met": share.is_met,
    }


def shown_share(count: int, modules: int) -> str:
    """`count` of `modules` in percent with two places: `78.69%`."""
    return f"{100 * count / modules if modules else 0:.2f}%"


def _short(value: Fraction) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


class Verdict(StrEnum):
    """What came of a check."""

    HOLDS = "holds"
    FAILS = "fails"
    MISSED_BEFORE = "missed before, not made worse"
    """It did not hold before the run, and no promotion has made it worse."""
    NOT_CHECKED = "not checked"
    """The config names nothing to compare with."""
    DOES_NOT_APPLY = "n/a"


@frozen
class Check:
    """A check: how many things it compared, what they are, and what it found.

    `known` are findings that the config accepts. `otherwise` is the verdict where nothing
    was found. `way_out` is for all findings together, where each has a hint of its own.
    """

    name: str
    compared: int
    things: str
    findings: tuple[Diagnostic, ...] = ()
    known: tuple[Diagnostic, ...] = ()
    otherwise: Verdict = Verdict.HOLDS
    way_out: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.findings or (self._compares and not self.compared):
            return Verdict.FAILS
        return self.otherwise

    @property
    def _compares(self) -> bool:
        return self.otherwise not in {Verdict.NOT_CHECKED, Verdict.DOES_NOT_APPLY}

    @property
    def words(self) -> str:
        """What was compared, in words; why nothing was, where nothing could be."""
        if self.verdict is Verdict.NOT_CHECKED:
            return self.things
        return f"{self.compared:,} {self.things}"


class FailedChecksError(UnsafeError):
    """Some of the `checks` fail; `diagnostics` has what they found."""

    def __init__(self, *diagnostics: Diagnostic, checks: tuple[Check, ...] = ()) -> None:
        super().__init__(*diagnostics)
        self.checks = checks


@frozen
class Examined:
    """What came of all checks. `before` and `after`: star -> modules that carry it in the files.

    `graph` is made from the files that were examined. `warnings` are findings about them that no
    check is about.
    """

    checks: tuple[Check, ...]
    before: Mapping[str, int]
    after: Mapping[str, int]
    graph: ModuleGraph
    warnings: tuple[Diagnostic, ...] = ()


@frozen(eq=False)
class _Trees:
    """The manifests before and after, as files and as graphs."""

    run: Run
    planned: Planned
    images: Mapping[str, bytes]
    files: Mapping[str, bytes]
    before: ModuleGraph
    after: ModuleGraph
    standing: SortedFindings

    @property
    def rules(self) -> RuleSet:
        return self.planned.rules

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The numbers of each module before and after, of those that are in both."""
        for number, path in enumerate(self.before.paths):
            if path in self.after.index:
                yield number, self.after.index[path]


def check_tree(  # noqa: PLR0913 -- what is compared, each by name
    run: Run,
    planned: Planned,
    images: Mapping[str, bytes],
    files: Mapping[str, bytes],
    problems: Sequence[Diagnostic],
    *,
    is_complete: bool,
) -> Examined:
    """All checks of the manifests `files` against `images`, what the plan was made over.

    With `is_complete` every edit of the plan must have been made, and every manifest that it
    makes be there; otherwise each may be.
    """
    manifests = [ManifestFile(path, run.shown(path), data) for path, data in files.items()]
    after = graph_from(run.project, planned.rules, planned.schema, manifests, problems)
    standing = _standing(run, planned, after)
    trees = _Trees(run, planned, images, files, planned.graph, after, standing)
    protected = [_parity(trees, name) for name in run.project.protected]
    checks = (
        _rest(trees, is_complete=is_complete),
        _stars(trees, is_complete=is_complete),
        *protected,
        _contracts(trees),
        _schema(trees),
        *_schema_version(trees),
        *_entries(trees),
        _ceilings(trees),
        *_forbids(trees),
    )
    canon = StarLabels(planned.rules)
    before = _distribution(canon, trees.before, planned.plan.new)
    of_checks = frozenset(failures(checks))
    warnings = tuple(each for each in standing.open if each not in of_checks)
    return Examined(checks, before, _distribution(canon, after), after, warnings)


def _distribution(
    canon: StarLabels, graph: ModuleGraph, new: Collection[str] = ()
) -> dict[str, int]:
    """Star, or label outside the canon -> how many modules carry it first, but for `new` ones."""
    counts: dict[str, int] = {}
    left_out = frozenset(new)
    for path, labels in zip(graph.paths, graph.stars, strict=True):
        if path in left_out:
            continue
        star = canon.carried(labels).primary or labels[0]
        counts[star] = counts.get(star, 0) + 1
    return dict(sorted(counts.items()))


def failures(checks: Iterable[Check]) -> tuple[Diagnostic, ...]:
    """All findings, and one for each check that compared nothing."""
    found: list[Diagnostic] = []
    for check in checks:
        found += check.findings
        if check.verdict is Verdict.FAILS and not check.findings:
            found.append(_nothing(check))
    return tuple(found)


def what_failed(found: Sequence[Diagnostic], checks: Sequence[Check]) -> Iterator[str]:
    """A line for each check that fails, and for each code that none of them has found.

    Each says how much there is of it, and the way out.
    """
    of_checks = frozenset(failures(checks))
    for check in checks:
        if check.findings:
            count = f"{_how_many(check.findings)} ({check.words})"
            yield f"{check.name}: {count}; {check.way_out or _way_out(check.findings)}"
        elif check.verdict is Verdict.FAILS:
            yield f"{check.name}: nothing was compared; {_nothing(check).hint}"
    for same in by_code((each for each in found if each not in of_checks), 1):
        words = same.found[0].message if same.count == 1 else _how_many(same.found)
        yield f"{same.code}: {words}; {_way_out(same.found)}"


def _how_many(found: Sequence[Diagnostic]) -> str:
    """`60 findings in 8 files`"""
    files = len({each.file for each in found if each.file})
    return counted(len(found), "finding") + (f" in {counted(files, 'file')}" if files else "")


def _way_out(found: Sequence[Diagnostic]) -> str:
    """The hint that all have; else where they are explained."""
    hints = {each.hint for each in found}
    return hints.pop() if len(hints) == 1 else f"see `starlang codes {found[0].code}`"


def check_json(check: Check) -> dict[str, Json]:
    """A check as plain data."""
    return {
        "check": check.name,
        "verdict": check.verdict.value,
        "compared": check.compared,
        "things": check.things,
        "findings": [as_json(each) for each in check.findings],
        "known": len(check.known),
    }


def _rest(trees: _Trees, *, is_complete: bool) -> Check:
    """Every byte that is not a part of a star, and that no manifest came or went.

    A manifest that the plan makes is compared with its draft.
    """
    pending = frozenset() if is_complete else trees.planned.new_files
    profile = trees.before.profile
    pointers = _pointers(profile)
    of_sidecar = [edit.pointer for edit in trees.planned.plan.edits]

    def rest(data: bytes, path: str) -> str | None:
        known = of_sidecar if path == profile.sidecar else pointers
        return without_in(data, known, profile.format_of(path), profile.is_manifest)

    found: list[Diagnostic] = []
    for path in sorted(trees.images.keys() | trees.files.keys()):
        name = trees.run.shown(path)
        before, after = trees.images.get(path), trees.files.get(path)
        if after is None and path in pending:
            continue
        if before is None or after is None:
            found.append(_elsewhere(name, "is new" if before is None else "is gone"))
        elif before != after and rest(before, path) != rest(after, path):
            found.append(_elsewhere(name, "has changed outside of its stars"))
    return Check("bytes outside the stars", len(trees.images), "manifests", tuple(found))


def _pointers(profile: Profile) -> tuple[str, ...]:
    """Every place that an edit may write to, of all shapes."""
    places = (place for shape in profile.shapes for place in shape.stars.places)
    return tuple(
        dict.fromkeys(each.removesuffix(f"/{EACH}") for place in places for each in place.locations)
    )


def _stars(trees: _Trees, *, is_complete: bool) -> Check:
    """The labels that each manifest carries: those of the plan, and no others."""
    wanted = labels_after(trees.rules, trees.before, trees.planned.plan.explanations)
    found = []
    for before, after in trees.pairs():
        carried = trees.after.stars[after]
        allowed = {wanted[before]} | (set() if is_complete else {trees.before.stars[before]})
        if carried not in allowed:
            says = ", ".join(wanted[before]) or "none"
            found.append(
                Diagnostic(
                    code="E981",
                    message=f"carries {', '.join(carried) or 'no star'}, and the plan says {says}",
                    file=trees.after.files[after],
                    hint="put the manifest back (`starlang rollback`), or make a new plan",
                )
            )
    return Check("stars as planned", len(trees.before), "modules", tuple(found))


def _parity(trees: _Trees, name: str) -> Check:
    """A facet that a run must leave as it is."""
    before, after = trees.before.columns.get(name), trees.after.columns.get(name)
    if before is None or after is None:
        return Check(name, 0, f"values: the profile defines no facet `{name}`")
    found, compared = [], 0
    for old, new in trees.pairs():
        if before.of(old) or after.of(new):
            compared += 1
        if before.of(old) != after.of(new):
            words = f"{_listed(before.of(old))}, and is now {_listed(after.of(new))}"
            found.append(
                Diagnostic(
                    code="E982",
                    message=f"`{name}` was {words}",
                    file=trees.after.files[new],
                    hint="put the manifest back: `starlang rollback`",
                )
            )
    # A facet that the config names must be there; of the usual ones some profiles have none.
    is_usual = trees.run.project.config.run.protected is None and not compared
    otherwise = Verdict.DOES_NOT_APPLY if is_usual else Verdict.HOLDS
    things = f"of {len(trees.before):,} modules have it"
    return Check(name, compared, things, tuple(found), otherwise=otherwise)


def _listed(values: Sequence[object]) -> str:
    return ", ".join(shown_value(str(each)) for each in values) or "missing"


def _contracts(trees: _Trees) -> Check:
    """References to contracts: well-formed, and their files are there."""
    root, directory = trees.run.root, trees.run.project.config.run.contracts
    column = trees.after.columns.get("contract")
    if column is None:
        things = "references: the profile has no `contract`"
        return Check("contract references", 0, things, otherwise=Verdict.DOES_NOT_APPLY)
    if directory is None:
        why = "no directory of contracts is named"
        return Check("contract references", 0, why, otherwise=Verdict.NOT_CHECKED)
    references = [
        (trees.after.files[number], str(value))
        for number in range(len(trees.after))
        for value in column.of(number)
    ]
    found = tuple(contract_findings(references, directory, root))
    way_out = "correct the references, or add the contracts"
    return Check("contract references", len(references), "references", found, way_out=way_out)


def _standing(run: Run, planned: Planned, after: ModuleGraph) -> SortedFindings:
    """What is wrong with the manifests, sorted out by the entries of the config."""
    config = run.project.config
    made = plan_project(run.project, planned.rules, after, None)
    known = living_with(after.problems, config.waivers, run.shown_manifests)
    unused = tuple(each for each in made.warnings if each.code == "W701")
    return SortedFindings(made.warnings, known.waived, unused)


_OR_KNOWN = "or set aside what may stay: `[[baseline]]`, then `starlang pin`"


def _validated(  # noqa: PLR0913 -- the parts of a check
    trees: _Trees, name: str, compared: int, things: str, code: str, *, way_out: str
) -> Check:
    """What was found in single manifests, less what the config accepts."""
    findings = in_order(each for each in trees.standing.open if each.code == code)
    known = tuple(each for each, _ in trees.standing.waived if each.code == code)
    return Check(name, compared, things, findings, known, way_out=way_out)


def _schema(trees: _Trees) -> Check:
    """Every manifest against the schema."""
    if trees.planned.schema is None:
        return Check("schema", 0, "no schema", otherwise=Verdict.NOT_CHECKED)
    way_out = f"correct the manifests or the schema, {_OR_KNOWN}"
    return _validated(trees, "schema", len(trees.after), "manifests", "W510", way_out=way_out)


def _schema_version(trees: _Trees) -> Iterator[Check]:
    """The schema version of every manifest, where the config asks for one."""
    wanted = trees.run.project.config.schema_version
    if wanted:
        things = f"manifests, locked to {wanted}"
        way_out = f"write {wanted} into the manifests, {_OR_KNOWN}"
        count = versioned(trees.after)
        yield _validated(trees, "schema version", count, things, "W511", way_out=way_out)


def _entries(trees: _Trees) -> Iterator[Check]:
    """The entries of the config: none of them accepts what is gone."""
    count = len(trees.run.project.config.waivers)
    if count:
        things = "entries of the config for known findings"
        yield Check("known findings", count, things, trees.standing.unused)


def _ceilings(trees: _Trees) -> Check:
    """Limits and floors, counted from the stars that modules have gained."""
    evaluation = Evaluator(trees.rules).evaluate(trees.before)
    gained = sorted(_gained(trees), key=lambda each: (each.part, trees.before.paths[each.module]))
    settlement = tally(evaluation, gained)
    count = len(settlement.counts) + len(settlement.floors)
    missed = [each for each in settlement.floors if each.missed_before and each.is_missed]
    things = f"limits and floors, over {len(gained):,} stars gained{_missed_words(missed)}"
    found = tuple(breaches(evaluation, settlement))
    if not count:
        otherwise = Verdict.DOES_NOT_APPLY
    else:
        otherwise = Verdict.MISSED_BEFORE if missed else Verdict.HOLDS
    return Check("ceilings", count, things, found, otherwise=otherwise)


def _forbids(trees: _Trees) -> Iterator[Check]:
    """What must never be: nothing that was not so before, less what the config accepts."""
    if not trees.rules.forbids:
        return
    before = {each.key for each in ask(trees.rules, trees.before).violations}
    after, graph = ask(trees.rules, trees.after).violations, trees.after
    new = [each for each in after if each.key not in before]
    old = [each for each in after if each.key in before]
    config, places = trees.run.project.config, places_of(graph)
    standing = living_with(findings(old, graph, places), config.waivers, trees.run.shown_manifests)
    missed = f", {counted(len(standing.open), 'violation')} from before" if standing.open else ""
    yield Check(
        "forbids",
        len(trees.rules.forbids),
        f"forbids, over {len(graph):,} modules{missed}",
        tuple(findings(new, graph, places)),
        tuple(finding for finding, _ in standing.waived),
        otherwise=Verdict.MISSED_BEFORE if standing.open else Verdict.HOLDS,
    )


def _missed_words(missed: Sequence[FloorCount]) -> str:
    return "".join(
        f"; `{each.floor.text}`: {each.after:,} of {each.needed:,} needed" for each in missed
    )


def _gained(trees: _Trees) -> Iterator[Promotion]:
    canon, default = StarLabels(trees.rules), trees.rules.default.id
    for number, other in trees.pairs():
        before = canon.carried(trees.before.stars[number])
        after = canon.carried(trees.after.stars[other])
        if after.primary not in {None, default, before.primary}:
            leaves = before.primary == default
            yield Promotion(
                number, str(after.primary), StarPart.PRIMARY, 0, 0, leaves_default=leaves
            )
        for star in after.secondary:
            if star not in {before.primary, *before.secondary}:
                yield Promotion(number, star, StarPart.SECONDARY, 0, 0)


def _elsewhere(name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E980",
        message=f"`{name}` {words}",
        file=name,
        hint="put it back (`starlang rollback`), or accept it: `starlang backup` begins anew",
    )


def _nothing(check: Check) -> Diagnostic:
    return Diagnostic(
        code="E985",
        message=f"the check `{check.name}` has compared nothing: {check.words}",
        hint="correct the place in the profile, or no longer ask for it in the config",
    )
