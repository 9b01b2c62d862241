"""A plan on a terminal.

One screen of counts first, then promotions and suggestions, those with the same evidence
together.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from attrs import frozen
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from starlang.diagnostics.model import Diagnostic, by_code
from starlang.engine.decisions import Outcome
from starlang.engine.optimum import Optimum
from starlang.explain.model import Explanation
from starlang.explain.words import short
from starlang.plan.model import (
    MISSED,
    Alike,
    CeilingLine,
    Decided,
    NeighbourChange,
    Plan,
    alike,
    rules_for_best,
)
from starlang.report.terminal import COLOURS, first_rows
from starlang.text import counted, ignored_words, shown


@frozen
class Shown:
    """What to list below the summary.

    `outcomes` empty: promotions, suggestions and all that is held back. `keeps` says which
    modules, None: all. `limit` modules a group, and so many findings with one code at
    most; 0 for all. `differs`: also modules whose star is another one than the rules say.
    """

    outcomes: frozenset[Outcome] = frozenset()
    keeps: Callable[[Explanation], bool] | None = None
    limit: int = 5
    differs: bool = False

    def of(self, plan: Plan, outcome: Outcome) -> list[Explanation]:
        """The modules with `outcome` to be listed."""
        return [each for each in plan.of(outcome) if self.keeps is None or self.keeps(each)]


_LISTED = (
    Outcome.PROMOTED,
    Outcome.ASSIGNED,
    Outcome.DEFERRED,
    Outcome.CONTESTED,
    Outcome.SUGGESTED,
    Outcome.BARRED,
)
_STYLES = {"holds": "green", MISSED: "yellow"}
"""Verdicts on ceilings that block nothing -> how they look."""

_MEANING = {
    Outcome.PROMOTED: "get a star",
    Outcome.ASSIGNED: "get the star that an `assign` names",
    Outcome.DEFERRED: "are eligible, but held by a ceiling",
    Outcome.CONTESTED: "reach the threshold, but no star leads",
    Outcome.SUGGESTED: "have evidence for a star, not enough to promote",
    Outcome.WEAK: "have evidence below the suggest threshold",
    Outcome.SILENT: "have no evidence",
    Outcome.BARRED: "may get no star",
    Outcome.KEPT: "have a star already",
    Outcome.UNRECOGNISED: "carry a star outside the canon",
}


def plan_view(plan: Plan, default: str, chosen: Shown) -> Iterator[RenderableType]:
    """The whole view; `default` is the id of the default star."""
    yield from _summary(plan, default)
    yield from _findings(
        "Blocked: this plan cannot be applied", "bold red", plan.blocked, chosen, 3
    )
    yield from _findings("Forbidden, and there already", "bold red", plan.broken, chosen, 3)
    yield from _findings("Warnings", "bold yellow", plan.warnings, chosen, 1)
    yield from _ceilings(plan, chosen.limit)
    if plan.edits:
        yield from _distribution(plan)
    yield from _because_of_neighbours(plan, chosen)
    listed = [*_differing(plan, chosen)] if chosen.differs else []
    if chosen.outcomes or not chosen.differs:
        listed += _groups(plan, chosen)
    if not chosen.outcomes and not chosen.differs:
        listed += _disagreements(plan, chosen)
    yield from listed
    if not listed and (chosen.outcomes or chosen.differs):
        yield _heading("No module is like that.")
    elif not listed and chosen.keeps:
        yield _heading("Nothing to list here; --outcome weak, silent or kept lists the others.")


def _heading(text: str, style: str = "bold") -> Text:
    return Text(f"\n{text}", style)


def _indented(body: RenderableType) -> Padding:
    return Padding(body, (0, 0, 0, 2), expand=False)


def _columns(*justify: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for each in justify:
        table.add_column(justify="right" if each == "right" else "left", overflow="fold")
    return table


def _summary(plan: Plan, default: str) -> Iterator[RenderableType]:
    count = plan.before.get(default, 0)
    share = f" ({count / plan.modules_before:.1%})" if plan.modules_before else ""
    what = "reassessed" if plan.reassess else "planned"
    modules = "module" if len(plan) == 1 else "modules"
    carry = "carries" if count == 1 else "carry"
    yield Text(f"{len(plan):,} {modules} {what}; {count:,} {carry} {default}{share}", "bold")
    table = _columns("right", "left", "left")
    outcomes = Counter(each.outcome for each in plan)
    for outcome, meaning in _MEANING.items():
        if outcomes[outcome] or outcome in {Outcome.PROMOTED, Outcome.SUGGESTED}:
            style = COLOURS.get(outcome, "")
            number = Text(f"{outcomes[outcome]:,}", style)
            table.add_row(number, Text(outcome.value, style), meaning)
    yield _indented(table)
    yield from (_indented(Text(line)) for line in _remarks(plan, default))


def _remarks(plan: Plan, default: str) -> Iterator[str]:
    if plan.reassess:
        yield f"Each is decided as if it carried {default}; no ceiling is asked."
    if plan.new:
        yield f"It creates {counted(len(plan.new), 'manifest')}."
    if not plan.of(Outcome.PROMOTED, Outcome.DEFERRED, Outcome.CONTESTED):
        yield from _why_none(plan, default)
    if plan.held_by_sources:
        yield _held_by_sources(plan.held_by_sources)
    if plan.ignored:
        yield f"{ignored_words(plan.ignored)}."
    if plan.known:
        yield _known(plan.known)
    if plan.next_promoted:
        yield f"A run after this one would promote {plan.next_promoted:,} more."
    if not plan.edits and not plan.new and plan.applyable and not plan.reassess:
        yield "Nothing to write."


def _held_by_sources(count: int) -> str:
    if count == 1:
        return "1 is only suggested because its evidence has too few sources; its score is enough."
    return (
        f"{count:,} are only suggested because their evidence has too few sources; "
        "their scores are enough."
    )


def _known(found: Sequence[Diagnostic]) -> str:
    codes = ", ".join(sorted({each.code for each in found}))
    if len(found) == 1:
        return f"1 known finding is set aside by the config ({codes})."
    return f"{len(found):,} known findings are set aside by the config ({codes})."


def _why_none(plan: Plan, default: str) -> Iterator[str]:
    """Why no module is promoted, in figures."""
    open_ones = [e for e in plan if e.outcome in {Outcome.SUGGESTED, Outcome.WEAK} and e.best]
    if plan.held_by_sources:
        return  # their scores are enough
    if not open_ones:
        yield f"None is promoted: no module on {default} has evidence for a star."
        return
    best = max(each.best.score for each in open_ones if each.best)
    at_best = [each for each in open_ones if each.best and each.best.score == best]
    most = max(len(rules_for_best(each)) for each in at_best)
    pieces = "one piece of evidence each" if most == 1 else f"up to {most} pieces of evidence each"
    needed = sorted({each.promote_at for each in at_best})
    yield (
        f"None is promoted: modules on {default} score at most {short(best)} "
        f"({len(at_best):,} modules, {pieces}), and {short(needed[0])} is needed."
    )


def _findings(
    title: str, style: str, found: Sequence[Diagnostic], chosen: Shown, examples: int
) -> Iterator[RenderableType]:
    """Findings by code: how many there are, the first of them, and the way out."""
    if not found:
        return
    yield _heading(f"{title} ({len(found):,})", style)
    table = _columns("left", "right", "left")
    groups = by_code(found, min(chosen.limit, examples))
    for same in sorted(groups, key=lambda each: each.code):
        sentence = _sentence if chosen.limit else _sentence_at
        lines = [sentence(each) for each in same.first]
        if same.left:
            lines.append(f"… and {same.left:,} more (--limit 0 lists all)")
        if same.hint:
            lines.append(f"help: {same.hint}")
        count = f"{same.count:,} x" if same.count > 1 else ""
        table.add_row(same.code, count, "\n".join(map(shown, lines)))
    yield _indented(table)


def _sentence(each: Diagnostic) -> str:
    """The message, and where: the directory of a manifest, the line of a rule file."""
    place = each.file
    if place.endswith(".json"):
        place = place.rpartition("/")[0]
    if each.position is not None:
        place = f"{place}:{each.position.line}"
    return f"{each.message} ({place})" if place and place not in each.message else each.message


def _sentence_at(each: Diagnostic) -> str:
    """The message, and where: file, line and column, as far as they are known."""
    return f"{each.place}: {each.message}" if each.place else each.message


def _ceilings(plan: Plan, limit: int) -> Iterator[RenderableType]:
    """Every ceiling that counted something; of one with groups, only those that are full."""
    by_ceiling: dict[str, list[CeilingLine]] = {}
    for line in plan.ceilings:
        if line.count or line.before is not None:
            by_ceiling.setdefault(line.ceiling, []).append(line)
    if not by_ceiling:
        return
    yield _heading("Ceilings")
    table = _columns("left", "right", "left")
    for ceiling, same in by_ceiling.items():
        if same[0].group:
            full = [line for line in same if line.count >= line.limit]
            table.add_row(ceiling, f"{len(full):,} of {len(same):,} full", _states(full, limit))
        else:
            table.add_row(ceiling, same[0].figures, _state(same[0]))
    yield _indented(table)
    if plan.optimum is not None:
        yield _indented(Text(_distance(plan.optimum)))


def _distance(optimum: Optimum) -> str:
    """What crossing ceilings cost, in a sentence."""
    kept, bound = short(optimum.kept), short(optimum.bound)
    is_best = optimum.bound == optimum.kept
    most = "no choice reaches more" if is_best else f"no choice can reach more than {bound}"
    return (
        f"Ceilings cross here, so holding the weakest back need not be the best choice: the "
        f"promotions that stay score {kept} together, and {most}."
    )


def _state(line: CeilingLine) -> Text:
    return Text(line.verdict, _STYLES.get(line.verdict, "bold red"))


def _states(full: Sequence[CeilingLine], limit: int) -> Text:
    listed, more = first_rows(full, limit)
    groups = [f"{line.group} {line.count:,}/{line.limit:,}" for line in listed]
    groups += [more] if more else []
    style = "green" if all(line.holds for line in full) else "bold red"
    return Text(shown(", ".join(groups)) or "holds", style)


def _distribution(plan: Plan) -> Iterator[RenderableType]:
    yield _heading("Stars before and after")
    table = _columns("left", "right", "left", "right", "right")
    for star in sorted({*plan.before, *plan.after}):
        before, after = plan.before.get(star, 0), plan.after.get(star, 0)
        change = f"{after - before:+,}" if after != before else ""
        table.add_row(shown(star), f"{before:,}", "->", f"{after:,}", change)
    yield _indented(table)


def _groups(plan: Plan, chosen: Shown) -> Iterator[RenderableType]:
    """Modules with one outcome, one star and the same evidence stand together."""
    wanted = chosen.outcomes or frozenset(_LISTED)
    for outcome in _MEANING:
        modules = chosen.of(plan, outcome) if outcome in wanted else []
        if not modules:
            continue
        style = COLOURS.get(outcome, "bold")
        yield _heading(f"{outcome.value.capitalize()} ({len(modules):,})", style)
        table = _columns("left", "left")
        groups, more = first_rows(alike(modules), chosen.limit)
        for group in groups:
            table.add_row(_verdict(group), "\n".join(_described(group, chosen.limit)))
        if more:
            table.add_row("", more)
        yield _indented(table)


def _because_of_neighbours(plan: Plan, chosen: Shown) -> Iterator[RenderableType]:
    """What neighbours change, those with the same change together."""
    if plan.neighbours is None:
        return
    kept = [e for e in plan.neighbours if chosen.keeps is None or chosen.keeps(plan[e.path])]
    count = (
        "one decision is another one" if len(kept) == 1 else f"{len(kept):,} decisions are others"
    )
    yield _heading(f"Because of neighbours {count}")
    groups: dict[tuple[str, str], list[NeighbourChange]] = {}
    for each in kept:
        key = (_decided(each.without), _decided(each.now))
        groups.setdefault(key, []).append(each)
    table = _columns("right", "left")
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    shown_groups, more = first_rows(ordered, chosen.limit)
    for (before, now), same in shown_groups:
        listed = same[: chosen.limit] if chosen.limit else same
        lines = [f"{before} -> {now}"]
        lines += [f"  {shown(each.path)}: {shown(each.because)}" for each in listed]
        if len(same) > len(listed):
            lines.append(f"  … and {len(same) - len(listed):,} more (--limit 0 lists all)")
        table.add_row(f"{len(same):,}", "\n".join(lines))
    if more:
        table.add_row("", more)
    yield _indented(table)


def _decided(decided: Decided) -> str:
    return f"{decided.outcome.value} {decided.star or ''}".rstrip()


def _verdict(group: Alike) -> str:
    """What the group has in common: the star, and the score it was given at."""
    first = group.first
    if first.outcome is Outcome.ASSIGNED or not first.best:
        return shown(group.star)
    beside = "".join(f"\n+ {star}" for star in first.secondary)
    return shown(f"{group.star} {short(group.score)}") + beside


def _described(group: Alike, limit: int) -> Iterator[str]:
    """The modules and what they share: one module before its evidence, several below it."""
    same = group.modules
    if len(same) == 1:
        yield shown(group.first.path)
    if evidence := group.evidence:
        count = f"{len(same):,} modules: " if len(same) > 1 else ""
        yield shown(count + evidence)
    elif len(same) > 1:
        yield f"{len(same):,} modules"
    if reason := group.reason:
        yield shown(reason)
    if len(same) > 1:
        yield from _paths(same, limit)


def _paths(same: Sequence[Explanation], limit: int) -> Iterator[str]:
    listed = same[:limit] if limit else same
    yield from (f"  {shown(each.path)}" for each in listed)
    if len(same) > len(listed):
        yield f"  … and {len(same) - len(listed):,} more (--limit 0 lists all)"


def _differing(plan: Plan, chosen: Shown) -> Iterator[RenderableType]:
    """Modules whose star is another one than the rules say, with the evidence."""
    found = [each for each in plan if each.differs and (not chosen.keeps or chosen.keeps(each))]
    if not found:
        return
    carrying = sum(each.current != each.default for each in plan)
    yield _heading(f"Differ from what the rules say ({len(found):,} of {carrying:,})")
    pairs: dict[tuple[str, str], list[Explanation]] = {}
    for each in found:
        pairs.setdefault((each.current, each.rules_say), []).append(each)
    table = _columns("left", "left")
    for (current, says), same in sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        for number, group in enumerate(alike(same)):
            name = shown(f"{current}, but {says}") if number == 0 else ""
            table.add_row(name, "\n".join(_described(group, chosen.limit)))
    yield _indented(table)


def _disagreements(plan: Plan, chosen: Shown) -> Iterator[RenderableType]:
    """Modules that keep a star which the rules would not give them now."""
    kept = [each for each in chosen.of(plan, Outcome.KEPT) if each.rules_say != each.star]
    if not kept:
        return
    total = len(plan.of(Outcome.KEPT))
    yield _heading(f"Kept, though the rules say otherwise ({len(kept):,} of {total:,} kept)")
    pairs = Counter((each.current, each.rules_say) for each in kept)
    table = _columns("right", "left", "left")
    for (current, says), count in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        now = "would not be promoted" if says == kept[0].default else f"would be {says}"
        first = next(e.path for e in kept if (e.current, e.rules_say) == (current, says))
        example = shown(first) if count == 1 else f"{shown(first)}, …"
        table.add_row(f"{count:,}", f"{current}: {now}", example)
    yield _indented(table)
