"""Rule files -> `Checked`: every pass runs, so all mistakes are reported at once."""

from collections.abc import Sequence
from typing import NamedTuple

from starlang.checker.ceilings import check_ceilings
from starlang.checker.conditions import check_strata
from starlang.checker.context import (
    Checked,
    Findings,
    Located,
    Placed,
    Settings,
    Written,
    declared,
)
from starlang.checker.derivations import check_derivations, check_unread, derived_values
from starlang.checker.exceptions import (
    check_assigns,
    check_conflicts,
    check_forbids,
    check_masks,
    check_nevers,
)
from starlang.checker.names import Canon, Scope, check_canon
from starlang.checker.rules import (
    Shared,
    check_confidence,
    check_rules,
    check_tables,
    check_weights,
)
from starlang.checker.trials import check_trials
from starlang.diagnostics.model import Diagnostic, Label
from starlang.manifests.profile import Profile
from starlang.rules.derivations import derivation_words
from starlang.rules.model import Derivation, Forbid
from starlang.syntax.nodes import File, Order, Ruleset
from starlang.syntax.scanner import MAX_RULES

# What a rule set says of itself, and the order of its stars.


class Header(NamedTuple):
    """Name, version and free texts of a rule set, entries sorted by name."""

    id: str = ""
    version: str = ""
    entries: tuple[tuple[str, tuple[str, ...]], ...] = ()


def check_header(files: Sequence[File], settings: Settings) -> Header:
    """The `ruleset` of the root, which is the first file. Reports E206, E214 and E215."""
    root = files[0]
    findings = settings.findings
    found: Header | None = None
    for ruleset in declared(files, Ruleset):
        place = ruleset.label(ruleset.node.name)
        if ruleset.source != root.source:
            message = "`ruleset` belongs in the root file only, and another file uses this one"
            hint = f"remove it; the root file is `{root.source.name}`"
            findings.report("E215", place, message, hint=hint)
        elif settings.claim("ruleset", place):
            found = _header(ruleset, settings)
    if found is None and not any(
        ruleset.source == root.source for ruleset in declared(files, Ruleset)
    ):
        place = Label(root.source, root.header.span if root.header else root.span)
        hint = 'add `ruleset NAME "1.0"`, or check the file that uses this one'
        findings.report("E214", place, "the root file names no rule set", hint=hint)
    return found or Header()


def _header(ruleset: Located[Ruleset], settings: Settings) -> Header:
    node = ruleset.node
    entries: dict[str, tuple[str, ...]] = {}
    for entry in node.entries:
        if settings.claim(f"ruleset {entry.name.text}", ruleset.label(entry.name)):
            entries[entry.name.text] = tuple(value.text for value in entry.values)
    return Header(node.name.text, node.version.text, tuple(sorted(entries.items())))


def check_order(
    files: Sequence[File], profile: Profile, canon: Canon, settings: Settings
) -> tuple[str, ...]:
    """All stars but the default one, from the one that wins a tie to the one that loses it.

    Stars that `order` does not name follow by id. Reports E201, E206, E211 and E213.
    """
    named: list[str] = []
    for order in declared(files, Order):
        is_first = settings.claim("order", order.label(order.node))
        scope = Scope(order.source, canon, profile, settings.findings)
        found = _named(order, scope)
        named = found if is_first else named
    others = {star.value.id for star in canon.stars if not star.value.is_default}
    return (*named, *sorted(others.difference(named)))


def _named(order: Located[Order], scope: Scope) -> list[str]:
    found: list[str] = []
    for name in order.node.stars:
        hint = "it is never compared with others; remove it from `order`"
        star = scope.gained_star(name, "no order ranks", hint)
        if star is not None and star in found:
            message = f"`{star}` appears in the order twice"
            scope.findings.report("E213", order.label(name), message, hint="remove one of them")
        elif star is not None:
            found.append(star)
    return found


_FROM_ABSENCE = frozenset({"E201", "E202", "E209", "E214", "E223", "E304", "W203", "W316"})
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
    derived = derived_values(files)
    scopes = {
        file.source.name: Scope(file.source, canon, profile, findings, written, derived)
        for file in files
    }
    weights = check_weights(files, scopes, settings)
    derivations = check_derivations(files, scopes)
    shared = Shared(canon, profile, weights, findings, written, {}, scopes, derivations)
    rules = (*check_rules(files, shared), *check_tables(files, shared))
    forbids = check_forbids(files, shared)
    _check_number_of_rules(files[0], shared, derivations.all, forbids)
    nevers = check_nevers(files, shared)
    assigns = check_assigns(files, shared)
    check_conflicts(nevers, assigns, shared)
    check_strata(rules, nevers, canon.gained, findings)
    ceilings = check_ceilings(files, shared, settings)
    reading = [each.value.condition for each in rules]
    reading += [each.value.condition for each in nevers]
    reading += [each.value.condition for each in forbids]
    check_unread(derivations, reading, ceilings.limits, profile, findings)
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
        forbids=forbids,
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
        derivations=derivations.all,
    )


def _check_number_of_rules(
    root: File,
    shared: Shared,
    derivations: Sequence[Placed[Derivation]],
    forbids: Sequence[Placed[Forbid]],
) -> None:
    """Reports W203 for none and no `forbid`, and E220 for more than a rule set may have."""
    if not shared.names and forbids:
        return
    if not shared.names:
        place = Label(root.source, root.header.span if root.header else root.span)
        hint = "add a `rule`, a `table`, or a `use` of a file that has some"
        shared.findings.report("W203", place, "this rule set has no rules", hint=hint)
    elif len(shared.names) + len(derivations) > MAX_RULES:
        derived = ((derivation_words(each.value), each.label) for each in derivations)
        name, place = [*shared.names.items(), *derived][MAX_RULES]
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
