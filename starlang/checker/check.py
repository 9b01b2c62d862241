"""Rule files -> `Checked`: every pass runs, so all mistakes are reported at once."""

from collections.abc import Sequence

from starlang.checker.canon import check_canon
from starlang.checker.ceilings import check_ceilings
from starlang.checker.checked import Checked, Written
from starlang.checker.confidence import check_confidence
from starlang.checker.exceptions import check_assigns, check_conflicts, check_nevers
from starlang.checker.findings import Findings
from starlang.checker.header import check_header, check_order
from starlang.checker.masks import check_masks
from starlang.checker.relations import check_strata
from starlang.checker.rules import Shared, check_rules
from starlang.checker.settings import Settings
from starlang.checker.tables import check_tables
from starlang.checker.trials import check_trials
from starlang.checker.weights import check_weights
from starlang.diagnostics.model import Diagnostic, Label
from starlang.manifests.profile import Profile
from starlang.syntax.limits import MAX_RULES
from starlang.syntax.nodes import File

_FROM_ABSENCE = frozenset({"E201", "E209", "E214", "E304", "W203"})
"""What is reported because a declaration is absent."""


def check(files: Sequence[File], profile: Profile, *, complete: bool = True) -> Checked:
    """Checks the files of one rule set, of which the first is the root.

    Where reading or parsing lost declarations (`complete` false), what only their
    absence could cause is not reported. The body is the list of all passes.
    """
    findings = Findings()
    settings = Settings(findings)
    header = check_header(files, settings)
    canon = check_canon(files, findings)
    written: list[Written] = []
    weights = check_weights(files, profile, canon, settings)
    shared = Shared(canon, profile, weights, findings, written, {})
    rules = (*check_rules(files, shared), *check_tables(files, shared))
    _check_number_of_rules(files[0], shared)
    nevers = check_nevers(files, shared)
    assigns = check_assigns(files, shared)
    check_conflicts(nevers, assigns, shared)
    check_strata(rules, nevers, canon.gained, findings)
    ceilings = check_ceilings(files, shared, settings)
    return Checked(
        id=header.id,
        version=header.version,
        entries=header.entries,
        stars=canon.stars,
        order=check_order(files, profile, canon, settings),
        rules=rules,
        masks=check_masks(files, shared),
        confidence=check_confidence(files, profile, canon, settings),
        nevers=nevers,
        assigns=assigns,
        limits=tuple(ceilings.limits),
        floors=tuple(ceilings.floors),
        stars_per_module=ceilings.stars_per_module,
        on_breach=ceilings.on_breach,
        tests=check_trials(files, shared),
        weights=weights,
        settings=settings.places,
        written=tuple(written),
        profile=profile,
        diagnostics=_told(findings, complete=complete),
    )


def _check_number_of_rules(root: File, shared: Shared) -> None:
    """Reports W203 for none, and E220 for more than a rule set may have."""
    if not shared.names:
        place = Label(root.source, root.header.span if root.header else root.span)
        hint = "add a `rule`, a `table`, or a `use` of a file that has some"
        shared.findings.report("W203", place, "this rule set has no rules", hint=hint)
    elif len(shared.names) > MAX_RULES:
        name, place = list(shared.names.items())[MAX_RULES]
        message = f"`{name}` is one rule too many: a rule set has at most {MAX_RULES:,}"
        hint = "one `mentions` or `in` with many values does the work of many rules"
        shared.findings.report("E220", place, message, hint=hint)


def _told(findings: Findings, *, complete: bool) -> tuple[Diagnostic, ...]:
    found = findings.in_order()
    return found if complete else tuple(filter(_stands_by_itself, found))


def _stands_by_itself(diagnostic: Diagnostic) -> bool:
    """Whether it is said of what the author wrote, and of nothing that was lost or filled in."""
    span = diagnostic.labels[0].span
    return diagnostic.code not in _FROM_ABSENCE and span.start < span.end
