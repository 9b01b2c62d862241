"""Exceptions: `never promote` and `assign`, each with a reason, none against another."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import evolve

from starlang.checker.conditions import check_clauses
from starlang.checker.context import Findings, Located, Placed, declared, first_line
from starlang.checker.names import Scope
from starlang.checker.patterns import check_needles, check_pattern
from starlang.checker.rules import Shared
from starlang.checker.values import check_day, check_globs, check_path, check_paths, text_of
from starlang.diagnostics.model import Label
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.model import Assign, Forbid, Mask, Never, read_by
from starlang.rules.predicate import Predicate
from starlang.rules.spelling import quoted
from starlang.rules.text_predicates import Seeing, Under
from starlang.syntax.nodes import AssignDecl, File, ForbidDecl, MaskDecl, Name, NeverDecl, Text
from starlang.text import Source

# Reasons of exceptions and masks.


def check_reason(scope: Scope, because: Text | None) -> None:
    """Reports E216: a reason that says nothing. That there is one, the parser sees to."""
    if because is not None and not because.text.strip():
        place = Label(scope.source, because.span)
        hint = "say why: readers of the plan will ask"
        scope.findings.report("E216", place, "an empty reason explains nothing", hint=hint)


# Masks: text that words and patterns never see.


def check_masks(files: Sequence[File], shared: Shared) -> tuple[Placed[Mask], ...]:
    """One mask a needle or pattern. Reports E216 (no reason) and W204 (masked twice)."""
    found: list[Placed[Mask]] = []
    firsts: dict[Needle | Pattern, Placed[Mask]] = {}
    for declaration in declared(files, MaskDecl):
        check_reason(shared.scope(declaration.source), declaration.node.because)
        for mask in _masks(declaration, shared):
            found.append(mask)
            first = firsts.setdefault(mask.value.what, mask)
            if first is not mask:
                shared.findings.report(
                    "W204",
                    mask.label,
                    f"`{mask.value.what}` is masked twice",
                    others=[evolve(first.label, message="masked here already")],
                    hint="remove one of them",
                )
    return tuple(found)


def _masks(declaration: Located[MaskDecl], shared: Shared) -> Iterator[Placed[Mask]]:
    node = declaration.node
    scope = shared.scope(declaration.source)
    because = text_of(node.because)
    if node.pattern is not None:
        pattern = check_pattern(scope, node.pattern, hides=True)
        if pattern is not None:
            place = declaration.label(node.pattern)
            yield Placed(Mask(pattern, because, declaration.at(node.pattern)), place)
        return
    for needle, place in check_needles(scope, node.needles, hides=True) or ():
        yield Placed(Mask(needle, because, place.source.place(place.span)), place)


# Whether a condition holds for a module of which only the path is known.


def covers_path(condition: Condition, path: str) -> bool | None:
    """Yes, no, or None where it depends on more than the path (words and patterns included)."""
    match condition:
        case Seeing():
            return None  # masks are not known here
        case Predicate(facet=facet):
            return condition.holds((path,)) if facet == "path" else None
        case Not(part=part):
            known = covers_path(part, path)
            return None if known is None else not known
        case AllOf(parts=parts):
            found = {covers_path(part, path) for part in parts}
            return False if False in found else None if None in found else True
        case AnyOf(parts=parts):
            found = {covers_path(part, path) for part in parts}
            return True if True in found else None if None in found else False
        case _:
            assert_never(condition)


def check_nevers(files: Sequence[File], shared: Shared) -> tuple[Placed[Never], ...]:
    """The `never promote` declarations. Reports E211, E216, E311, E314 and their parts."""
    found = []
    for never in declared(files, NeverDecl):
        scope = shared.scope(never.source)
        place = first_line(never.source, never.node.span)
        check_reason(scope, never.node.because)
        until = _date(scope, never.node.until)
        stars = _barred(scope, never.node.stars)
        condition = _condition(scope, never.node)
        exempt = check_paths(scope, never.node.exempt)
        if stars is None or condition is None or exempt is None:
            continue
        seen = shared.derivations.names.expanded(condition)
        _check_exempt(scope, never.source, never.node.exempt, seen)
        because, at = text_of(never.node.because), never.at(never.node)
        found.append(Placed(Never(stars, condition, exempt, because, until, at), place))
    return tuple(found)


def _barred(scope: Scope, names: Sequence[Name]) -> tuple[str, ...] | None:
    """The stars of `to`; () where there are none."""
    found: list[str] = []
    wrong = False
    for name in names:
        hint = "promoting gives another star; to keep modules on the default one, leave `to` out"
        star = scope.gained_star(name, "no module is promoted to", hint)
        if star is None:
            wrong = True
        elif star in found:
            place = Label(scope.source, name.span)
            message = f"`{star}` is in this list already"
            scope.findings.report_repeated(place, message)
        else:
            found.append(star)
    return None if wrong else tuple(found)


def _condition(scope: Scope, never: NeverDecl) -> Condition | None:
    if never.when is not None:
        clauses = check_clauses(scope, never.when, never.unless)
        return clauses[1] if clauses else None
    globs = check_globs(scope, never.globs)
    return Under("path", globs) if globs else None


def _date(scope: Scope, until: Text | None) -> str:
    """The day of `until`, or ""; reports E311."""
    if until is None:
        return ""
    return check_day(scope, until, 'write it like `until "2027-03-01"`') or ""


def _check_exempt(
    scope: Scope, source: Source, exempt: Sequence[Text], condition: Condition
) -> None:
    for text in exempt:
        if covers_path(condition, text.text) is False:
            message = f"`{text.text}` is excepted from a rule that does not cover it"
            hint = "remove it, or correct the path"
            scope.findings.report("E314", Label(source, text.span), message, hint=hint)


# What must never be. It bars nothing: it is checked like an exception, and decides nothing.


def check_forbids(files: Sequence[File], shared: Shared) -> tuple[Placed[Forbid], ...]:
    """The `forbid` declarations. Reports E216, E250, E251, E311, E314 and their parts."""
    names: dict[str, Label] = {}
    found = []
    for forbid in declared(files, ForbidDecl):
        scope, node = shared.scope(forbid.source), forbid.node
        place = forbid.label(node.name)
        _check_name(scope, node.name, names.setdefault(node.name.text, place))
        check_reason(scope, node.because)
        until = _date(scope, node.until)
        clauses = check_clauses(scope, node.when, node.unless)
        exempt = check_paths(scope, node.exempt)
        if clauses is None or exempt is None or _reads_scores(scope, place, clauses[1]):
            continue
        seen = shared.derivations.names.expanded(clauses[1])
        _check_exempt(scope, forbid.source, node.exempt, seen)
        because, at = text_of(node.because), forbid.at(node)
        made = Forbid(node.name.text, clauses[1], exempt, because, until, at)
        found.append(Placed(made, place))
    return tuple(found)


def _check_name(scope: Scope, name: Text, first: Label) -> None:
    """Reports E250: a name that is empty or taken."""
    place = Label(scope.source, name.span)
    if not name.text.strip():
        hint = "say in a few words what must never be: every finding begins with them"
        scope.findings.report("E250", place, "this `forbid` has an empty name", hint=hint)
    elif first != place:
        scope.findings.report(
            "E250",
            place,
            f"there are two forbids `{name.text}`",
            label="declared again here",
            others=[evolve(first, message="declared here first")],
            hint="rename or remove one of them: known findings are bound to the name",
        )


def _reads_scores(scope: Scope, place: Label, condition: Condition) -> bool:
    """Reports E251: what must never be is said of a tree, and scores are not in it."""
    read = sorted(read_by(condition))
    for star in read:
        message = f"a `forbid` is about what manifests carry, and `reaching {star}` about scores"
        hint = f"ask what manifests carry, with `currently {star}`"
        scope.findings.report("E251", place, message, hint=hint)
    return bool(read)


def check_assigns(files: Sequence[File], shared: Shared) -> tuple[Placed[Assign], ...]:
    """The `assign` declarations, a value a path. Reports E216, E311, E312 and their parts."""
    found: list[Placed[Assign]] = []
    taken: dict[str, Placed[Assign]] = {}
    for assign in declared(files, AssignDecl):
        scope = shared.scope(assign.source)
        node = assign.node
        check_reason(scope, node.because)
        until = _date(scope, node.until)
        star = scope.star(node.star)
        for text in node.paths:
            path = check_path(scope, text)
            if path is None or star is None:
                continue
            value = Assign(path, star, text_of(node.because), until, assign.at(text))
            placed = Placed(value, assign.label(text))
            first = taken.setdefault(path, placed)
            if first is placed:
                found.append(placed)
            else:
                _report_second(placed, first, shared.findings)
    return tuple(found)


def _report_second(second: Placed[Assign], first: Placed[Assign], findings: Findings) -> None:
    findings.report(
        "E312",
        second.label,
        f"`{second.value.path}` is assigned twice",
        label=f"to `{second.value.star}` here",
        others=[evolve(first.label, message=f"to `{first.value.star}` here")],
        hint="keep one of them",
    )


def check_conflicts(
    nevers: Sequence[Placed[Never]], assigns: Sequence[Placed[Assign]], shared: Shared
) -> None:
    """Reports E313: a module assigned to a star that a `never promote` bars it from."""
    default, expanded = shared.canon.default, shared.derivations.names.expanded
    seen = [(each, evolve(each.value, condition=expanded(each.value.condition))) for each in nevers]
    for assign in assigns:
        if default is not None and assign.value.star == default.value.id:
            continue  # no star that anything bars a module from
        for never, through in seen:
            if _bars(through, assign.value):
                _report_conflict(never, assign, shared.findings)


def _bars(never: Never, assign: Assign) -> bool:
    if never.stars and assign.star not in never.stars:
        return False
    return assign.path not in never.unless_paths and bool(covers_path(never.condition, assign.path))


def _report_conflict(never: Placed[Never], assign: Placed[Assign], findings: Findings) -> None:
    path = assign.value.path
    findings.report(
        "E313",
        assign.label,
        f"`{path}` is assigned to `{assign.value.star}`, and barred from it",
        label="assigned here",
        others=[evolve(never.label, message="barred here")],
        hint=f"remove one of them, or write `except {quoted(path)}` there",
    )
