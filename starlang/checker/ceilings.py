"""Ceilings: amounts in range, and no two limits for the same thing."""

from collections.abc import Sequence
from fractions import Fraction

from attrs import define, evolve, field

from starlang.checker.context import Located, Placed, Settings, declared
from starlang.checker.names import Scope
from starlang.checker.rules import Shared
from starlang.checker.values import check_globs
from starlang.diagnostics.model import Label, Replacement
from starlang.rules.model import Amount, Ceiling, Floor, OnBreach, floor_text, limit_text
from starlang.rules.spelling import TEXT_FACETS
from starlang.syntax import nodes

_WHOLE = 100


@define
class CheckedCeilings:
    """All ceilings of a rule set."""

    limits: list[Placed[Ceiling]] = field(factory=list)
    floors: list[Placed[Floor]] = field(factory=list)
    stars_per_module: int = 1
    on_breach: OnBreach = OnBreach.ABORT


def check_ceilings(
    files: Sequence[nodes.File], shared: Shared, settings: Settings
) -> CheckedCeilings:
    """The `ceilings` blocks of all files. Reports E206, E211, E217, E315, E316, E317."""
    found = CheckedCeilings()
    for block in declared(files, nodes.CeilingsDecl):
        scope = shared.scope(block.source)
        for entry in block.node.entries:
            match entry:
                case nodes.PromotedLimit():
                    _add_limit(scope, block, entry, found)
                case nodes.DefaultFloor():
                    _add_floor(scope, block, entry, found)
                case nodes.StarsPerModule():
                    count = _stars_per_module(scope, block, entry)
                    if settings.claim("stars per module", block.label(entry)) and count:
                        found.stars_per_module = count
                case nodes.BreachSetting():
                    if settings.claim("on breach", block.label(entry)):
                        found.on_breach = OnBreach(entry.action.text)
    return found


def _add_limit(
    scope: Scope,
    block: Located[nodes.CeilingsDecl],
    entry: nodes.PromotedLimit,
    found: CheckedCeilings,
) -> None:
    amount = _amount(scope, entry.amount)
    hint = "for the default star, write `at least 55% STAR`"
    star = scope.gained_star(entry.star, "no module is promoted to", hint) if entry.star else ""
    globs = check_globs(scope, entry.globs)
    per = _per(scope, entry.per)
    if amount is None or star is None or globs is None or per is None:
        return
    limit = Ceiling(amount, star, tuple(sorted(globs)), per, at=block.at(entry))
    placed = Placed(evolve(limit, text=limit_text(limit)), block.label(entry))
    for other in found.limits:
        if _scope_of(other.value) == _scope_of(limit):
            _report_same(scope, placed.label, other.label, limit_text(limit))
            return
    found.limits.append(placed)


def _scope_of(limit: Ceiling) -> tuple[str, tuple[str, ...], str, bool]:
    """What a ceiling limits: a count and a share of the same thing go together."""
    return limit.star, limit.globs, limit.per, limit.amount.percent


def _report_same(scope: Scope, second: Label, first: Label, words: str) -> None:
    scope.findings.report(
        "E317",
        second,
        f"`{words}`: the same limit is given twice",
        label="limited again here",
        others=[evolve(first, message="limited here first")],
        hint="keep the one that is meant",
    )


def _per(scope: Scope, facet: nodes.Facet | None) -> str | None:
    """The facet or `star` that a limit counts by, "" for none, or None after E202 or E217."""
    if facet is None:
        return ""
    name = scope.facet(facet)
    if name in TEXT_FACETS:
        place = Label(scope.source, facet.span)
        message = f"`per {name}`: nearly every module has a `{name}` of its own"
        hint = 'to limit a directory, write `under "labs"`'
        scope.findings.report("E217", place, message, hint=hint)
        return None
    return name


def _amount(scope: Scope, amount: nodes.Amount) -> Amount | None:
    place = Label(scope.source, amount.span)
    if amount.percent and not 0 <= amount.value <= _WHOLE:
        message = "a percentage is at least 0 and at most 100"
        scope.findings.report("E315", place, message, hint="write it like `55%`")
        return None
    if not amount.percent and (amount.value < 0 or amount.value != int(amount.value)):
        message = "a number of modules is a whole number of at least 0"
        scope.findings.report("E315", place, message, hint="for a share of them, add `%`")
        return None
    return Amount(Fraction(amount.value), amount.percent)


def _add_floor(
    scope: Scope,
    block: Located[nodes.CeilingsDecl],
    entry: nodes.DefaultFloor,
    found: CheckedCeilings,
) -> None:
    amount = _amount(scope, entry.amount)
    star = scope.star(entry.star)
    default = scope.canon.default
    if star is not None and default is not None and star != default.value.id:
        scope.findings.report(
            "E316",
            block.label(entry.star),
            f"`at least` is for the default star, and `{star}` is not",
            others=[evolve(default.label, message="this is the default star")],
            hint=f"write `{default.value.id}`, or limit the star with `at most N promoted to`",
            choices=[Replacement(entry.star.span, default.value.id)],
        )
    if amount is None or star is None:
        return
    floor = Floor(amount, at=block.at(entry))
    placed = Placed(evolve(floor, text=floor_text(floor, star)), block.label(entry))
    for other in found.floors:
        if other.value.amount.percent == amount.percent:
            _report_same(scope, placed.label, other.label, placed.value.text)
            return
    found.floors.append(placed)


def _stars_per_module(
    scope: Scope, block: Located[nodes.CeilingsDecl], entry: nodes.StarsPerModule
) -> int | None:
    count = entry.count.value
    if count >= 1 and count == int(count):
        return int(count)
    message = "the number of stars of a module is a whole number of at least 1"
    hint = "write `at most 1 stars per module` to allow one star only"
    scope.findings.report("E315", block.label(entry.count), message, hint=hint)
    return None
