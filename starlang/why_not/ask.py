"""One explanation asked on."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache

from attrs import evolve, frozen

from starlang.engine.ceilings import settle
from starlang.engine.decisions import Outcome, Score
from starlang.engine.evaluate import evaluate, joined
from starlang.errors import UnknownStarError
from starlang.explain.explain import Explainer
from starlang.explain.model import Explanation, Grounds
from starlang.explain.words import rests_on, short
from starlang.matching.sight import Sight
from starlang.rules.conditions import Condition, condition_text, conjuncts, walk
from starlang.rules.model import Mask, Never, Rule
from starlang.rules.sources import Observed
from starlang.rules.spelling import GRAPH_PREFIX, TEXT_FACETS, facet_text, spelling
from starlang.rules.text_predicates import Matches, Seeing
from starlang.text import did_you_mean
from starlang.why_not.manifest_changes import Universe, smallest_evidence
from starlang.why_not.model import (
    Absent,
    Cause,
    Change,
    ChangeKind,
    ConditionPart,
    Hindrance,
    Search,
    WhyNot,
)
from starlang.why_not.rule_changes import CeilingRank, place_of, smallest_settings
from starlang.why_not.subject import PlanBase, Subject

# Rules for a star that do not hold, and which of their conjuncts fail.

_VALUES = 5
"""How many values of a facet are shown."""


def absent_rules(subject: Subject, lacking: Observed | None) -> tuple[Absent, ...]:
    """The rules for the star that do not hold, the heaviest first.

    Where the star lacks sources beside those of `lacking`, rules that can add one come first,
    of them the lightest: any weight is enough.
    """
    rules = subject.bench.rules.rules
    held = set(subject.bench.program.holding(sorted(subject.tests)))
    missing = [
        rule
        for number, rule in enumerate(rules)
        if rule.star == subject.star and rule.sign > 0 and number not in held
    ]
    missing.sort(key=lambda rule: (-rule.weight, rule.name))
    if lacking is None:
        return tuple(_absent(subject, rule, adds_source=None) for rule in missing)
    possible = subject.bench.grounds.sources.possible
    adding = [rule for rule in missing if lacking.grows_with(possible(rule))]
    adding.sort(key=lambda rule: (rule.weight, rule.name))
    others = (rule for rule in missing if rule not in adding)
    return (
        *(_absent(subject, rule, adds_source=True) for rule in adding),
        *(_absent(subject, rule, adds_source=False) for rule in others),
    )


def _absent(subject: Subject, rule: Rule, *, adds_source: bool | None) -> Absent:
    parts = tuple(_part(subject, part) for part in conjuncts(rule.condition))
    return Absent(rule.name, rule.weight, parts, rule.because, rule.at, adds_source)


def _part(subject: Subject, condition: Condition) -> ConditionPart:
    words = condition_text(condition)
    if subject.bench.finder.find(condition, subject.index) is not None:
        return ConditionPart(words, holds=True)
    facets = dict.fromkeys(
        # Whom a module uses is not a value that it has.
        test.facet
        for test in walk(condition)
        if not test.facet.startswith(GRAPH_PREFIX)
    )
    found = tuple(f"{facet_text(facet)}: {_value(subject, facet)}" for facet in facets)
    return ConditionPart(words, holds=False, found=found, note=_hidden(subject, condition))


def _value(subject: Subject, facet: str) -> str:
    if facet in TEXT_FACETS:
        return _text(subject, facet) or "(missing)"
    if facet == "star":
        labels = subject.bench.evaluation.graph.stars[subject.index]
        return ", ".join(subject.bench.canon.values(labels))
    values = [spelling(value) for value in subject.seen(facet)]
    more = f" and {len(values) - _VALUES} more" if len(values) > _VALUES else ""
    return ", ".join(values[:_VALUES]) + more if values else "(missing)"


def _text(subject: Subject, facet: str) -> str:
    graph = subject.bench.evaluation.graph
    name, path = graph.names[subject.index], graph.paths[subject.index]
    return {"path": path, "name": name}.get(facet) or (
        joined(name, path) if facet == "text" else ""
    )


def _hidden(subject: Subject, condition: Condition) -> str:
    """What the condition would find, also where facets are derived, were it not hidden."""
    return next(
        (
            note
            for test in walk(subject.bench.names.expanded(condition))
            if isinstance(test, Seeing) and test.facet in TEXT_FACETS
            for note in _notes(subject, test)
        ),
        "",
    )


def _notes(subject: Subject, test: Seeing) -> Iterator[str]:
    text = _text(subject, test.facet)
    graph = subject.bench.evaluation.graph
    join = len(graph.names[subject.index]) or -1 if test.facet == "text" else -1
    bare = test.bare()
    open_sight = Sight(text, (), join)
    spans = bare.seen(open_sight)
    if not text or not spans:
        return
    start, end = spans[0]
    found = f"`{text[start:end]}` is there, but hidden"
    if isinstance(test, Matches) and test.ignoring and not test.sees(open_sight):
        yield f"{found} by `ignoring {test.ignoring}`"
    for mask in subject.bench.rules.masks:
        if not bare.sees(Sight(text, (mask.what,), join)):
            yield f"{found} by {_mask(mask)}"


def _mask(mask: Mask) -> str:
    verb = "matches" if str(mask.what).startswith("/") else "mentions"
    reason = f": {mask.because}" if mask.because else ""
    return f"`mask {verb} {mask.what}`{reason}"


# Grounds x module x star -> WhyNot.

_RELEASED = (Cause.HAS, Cause.DEFAULT)


class Asker:
    """Answers "why not this star?" for modules of one plan."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self._bench = PlanBase(grounds)

    @cached_property
    def _without_stars(self) -> Explainer:
        """The same modules as if all carried the default star."""
        evaluation = self._grounds.evaluation
        again = evaluate(evaluation.rules, evaluation.graph, reassess=True)
        return Explainer(again, settle(again), self._grounds.schema)

    @cached_property
    def _bench_without_stars(self) -> PlanBase:
        return PlanBase(self._without_stars.explain(0).grounds)

    def star(self, name: str) -> str | None:
        """The id of the star that is called `name`: by id, label or alias."""
        return self._bench.canon.star(name)

    @property
    def stars(self) -> tuple[str, ...]:
        """The ids of all stars."""
        return tuple(star.id for star in self._bench.rules.stars)

    def why_not(self, each: Explanation, star: str) -> WhyNot:
        """Why the module of `each` does not get the star with the id `star`."""
        return self._question(each, star).full()

    def outline(self, each: Explanation, star: str) -> WhyNot:
        """The cause alone: no absent rules and no changes. Enough to group many modules."""
        return self._question(each, star).outline()

    def _question(self, each: Explanation, star: str) -> "_Answer":
        """The question, of a module that carries the star as if it did not.

        That it has the star already says nothing of the rules.
        """
        evaluation = self._grounds.evaluation
        if evaluation.reassess or star != each.current or star == each.default:
            return _Answer(self._bench, each, star)
        again = self._without_stars.explain(evaluation.graph.index[each.path])
        return _Answer(self._bench_without_stars, again, star)


class _Answer:
    """One question."""

    def __init__(self, bench: PlanBase, each: Explanation, star: str) -> None:
        index = bench.evaluation.graph.index[each.path]
        self._bench = bench
        self._subject = Subject(bench, index, star)
        self._each = each
        self._star = star
        self._decision = bench.evaluation.decision(index)
        found = [score for score in each.scores if score.star == star]
        self._score = found[0] if found else Score(star, 0)
        self._promote_at = bench.rules.confidence.promote_at(star)
        self._sources_at = bench.rules.confidence.sources_at(star)
        self._sources = each.sources_of(star)

    def full(self) -> WhyNot:
        outline = self.outline()
        if outline.cause in _RELEASED:
            return outline
        place = self._place() if outline.cause is Cause.DEFERRED else None
        manifest, rules = self._searches(place)
        return evolve(
            outline,
            absent=absent_rules(self._subject, self._sources if self._lacks_sources else None),
            hindrances=(*outline.hindrances, *self._placed(place)),
            manifest=manifest,
            rules=rules,
        )

    def outline(self) -> WhyNot:
        each, confidence = self._each, self._bench.rules.confidence
        cause = self._cause()
        return WhyNot(
            path=each.path,
            file=each.file,
            star=self._star,
            outcome=each.outcome,
            current=each.current,
            after=each.star or each.current,
            cause=cause,
            score=self._score,
            promote_at=self._promote_at,
            suggest_at=confidence.suggest,
            margin=confidence.margin,
            rival=self._rival(),
            present=tuple(row for row in each.rows if row.star == self._star),
            absent=(),
            hindrances=tuple(self._hindrances(cause)),
            held=each.held,
            sources_at=self._sources_at,
            sources=self._sources,
        )

    @property
    def _lacks_sources(self) -> bool:
        return self._sources_at > 1 and self._sources.count < self._sources_at

    def _cause(self) -> Cause:  # noqa: PLR0911 -- one return a cause
        each, star = self._each, self._star
        if star in {each.star, *each.secondary, *self._subject.carried.secondary}:
            return Cause.HAS
        if star == each.default:
            return Cause.DEFAULT
        if each.outcome is Outcome.ASSIGNED:
            return Cause.ASSIGNED
        if each.outcome is Outcome.UNRECOGNISED:
            return Cause.UNRECOGNISED
        if each.outcome is Outcome.KEPT:
            return Cause.KEPT
        if star in each.barred:
            return Cause.BARRED
        if each.held is not None and each.held.star == star:
            return Cause.DEFERRED
        if self._score.score >= self._promote_at:
            return Cause.SOURCES if self._lacks_sources else Cause.RIVAL
        if self._score.score > 0:
            return Cause.SHORT
        return Cause.AGAINST if any(row.star == star for row in each.rows) else Cause.NOTHING

    def _place(self) -> CeilingRank | None:
        held = self._bench.grounds.settlement.deferred.get(self._subject.index)
        return None if held is None else place_of(self._subject, held)

    def _rival(self) -> Score | None:
        """The strongest other star."""
        others = [score for score in self._each.scores if score.star != self._star]
        return next((score for score in others if score.raw > 0), None)

    def _searches(self, place: CeilingRank | None) -> tuple[Search, Search | None]:
        universe = Universe(self._subject)
        carried = list(self._carried())
        barring = list(self._barring())
        firm = [self._except(n) for n, _ in barring if not universe.can_release(n)]
        evidence = smallest_evidence(self._subject, universe, [*carried, *firm])
        first = [*carried, *(self._except(n) for n, _ in barring)]
        settings = smallest_settings(self._subject, place, first)
        return evidence, None if settings.solutions == evidence.solutions != () else settings

    def _carried(self) -> Iterator[Change]:
        """What must be released before any rule is asked."""
        rules, subject = self._bench.rules, self._subject
        if subject.assigned is not None:
            assign = rules.assigns[self._bench.evaluation.assigned[subject.index]]
            yield Change(
                ChangeKind.UNASSIGN, f"remove `assign to {assign.star}`", assign.path, at=assign.at
            )
        if subject.carried.primary != rules.default.id:
            now = f" (now `{self._each.current_label or self._each.current}`)"
            yield Change(ChangeKind.STAR, f"set the star to {rules.default.id}{now}", "star")

    def _barring(self) -> Iterator[tuple[int, Never]]:
        """The exceptions that bar the module from the star, by number."""
        for number in self._decision.nevers:
            never = self._bench.rules.nevers[number]
            if not never.stars or self._star in never.stars:
                yield number, never

    def _except(self, number: int) -> Change:
        never, path = self._bench.rules.nevers[number], self._each.path
        words = f'`except "{path}"` for `{_never(never)}`'
        return Change(ChangeKind.EXCEPT, words, str(number), path, at=never.at)

    def _placed(self, place: CeilingRank | None) -> Iterator[Hindrance]:
        if place is not None:
            release = f"{place.raised.words}, or a higher score"
            yield Hindrance(Cause.DEFERRED, place.words, release, place.at)

    def _hindrances(self, cause: Cause) -> Iterator[Hindrance]:
        yield from self._carrying(cause)
        for _, never in self._barring():
            words = f"`{_never(never)}`, because: {never.because}"
            yield Hindrance(
                Cause.BARRED, words, f'add `except "{self._each.path}"` to it', never.at
            )
        if cause not in {Cause.HAS, Cause.DEFAULT}:
            yield from self._few_sources()
            yield from self._rivalry()

    def _carrying(self, cause: Cause) -> Iterator[Hindrance]:
        each = self._each
        match cause:
            case Cause.DEFAULT:
                words = f"{self._star} is the default: what a module has that gets no other star"
                yield Hindrance(cause, words)
            case Cause.ASSIGNED:
                assign = self._bench.rules.assigns[
                    self._bench.evaluation.assigned[self._subject.index]
                ]
                words = f"assigned to {assign.star}, because: {assign.because}"
                yield Hindrance(cause, words, "remove the assignment", assign.at)
            case Cause.UNRECOGNISED:
                words = f"its manifest carries `{each.current_label}`, which is not in the canon"
                yield Hindrance(cause, words, f"set the star to {each.default}")
            case Cause.KEPT:
                words = f"its manifest carries {each.current}, and no rule takes a star away"
                yield Hindrance(cause, words, f"set the star to {each.default}")
            case _:
                return

    def _few_sources(self) -> Iterator[Hindrance]:
        """What evidence there is, where it has fewer sources than a promotion takes."""
        rows = [row for row in self._each.rows if row.star == self._star]
        if self._lacks_sources and self._score.score > 0:
            words = rests_on(self._bench.grounds.sources, rows, self._sources_at)
            yield Hindrance(Cause.SOURCES, words, "add evidence from another source")

    def _rivalry(self) -> Iterator[Hindrance]:
        """A star that would still be ahead if this one just reached its threshold."""
        rival, confidence = self._rival(), self._bench.rules.confidence
        if rival is None:
            return
        needed = max(self._promote_at, self._score.score)
        if needed - rival.score > 0 and needed - rival.score >= confidence.margin:
            return
        margin = f" by {short(confidence.margin)}" if confidence.margin else ""
        barred = " (it is barred, but no other star moves up in its place)"
        words = (
            f"{rival.star} has {short(rival.score)}{barred * (rival.star in self._each.barred)}: "
            f"{self._star} must be ahead of it{margin}"
        )
        yield Hindrance(Cause.RIVAL, words)


def _never(never: Never) -> str:
    to = f" to {', '.join(never.stars)}" if never.stars else ""
    return f"never promote{to}"


_asker = lru_cache(maxsize=1)(Asker)
"""Modules of one plan share what is made ready for questions."""


def ask(each: Explanation, star: str) -> WhyNot:
    """Why the module of `each` does not get `star` (an id, label or alias).

    UnknownStarError if there is no such star.
    """
    asker = _asker(each.grounds)
    found = asker.star(star)
    if found is None:
        hint = did_you_mean(star, asker.stars) or f"the stars are {', '.join(asker.stars)}"
        raise UnknownStarError(f"there is no star `{star}`", hint)
    return asker.why_not(each, found)


# Many modules asked about one star, grouped by what keeps it from them.

_ASKED_NOTHING = (Cause.HAS, Cause.DEFAULT)


@frozen
class CauseGroup:
    """Modules that lack the star for the same cause, by path.

    `example` is the full answer for the first of them, None where they have the star.
    """

    cause: Cause
    words: str
    paths: tuple[str, ...]
    example: WhyNot | None


def grouped(asker: Asker, modules: Sequence[Explanation], star: str) -> tuple[CauseGroup, ...]:
    """`modules` by cause, the largest group first."""
    found: dict[tuple[Cause, str], list[Explanation]] = {}
    for each in modules:
        outline = asker.outline(each, star)
        found.setdefault((outline.cause, words(outline)), []).append(each)
    ordered = sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(
        CauseGroup(
            cause,
            text,
            tuple(each.path for each in members),
            None if cause in _ASKED_NOTHING else asker.why_not(members[0], star),
        )
        for (cause, text), members in ordered
    )


def words(outline: WhyNot) -> str:
    """What modules of one group have in common, in a few words."""
    found = _WORDS[outline.cause](outline)
    carries = outline.current == outline.star and outline.cause not in _ASKED_NOTHING
    return f"carry it already; if they did not: {found}" if carries else found


def _having(outline: WhyNot) -> str:
    if outline.current != outline.star:
        return "get it"
    agrees = outline.outcome is Outcome.PROMOTED
    return "carry it already, and the rules agree" if agrees else "have it before the run"


def _held_by(outline: WhyNot) -> str:
    barred = [each.words for each in outline.hindrances if each.cause is Cause.BARRED]
    return f"barred: {'; '.join(barred)}"


def _deferred(outline: WhyNot) -> str:
    held = outline.held
    group = f" ({held.group})" if held and held.group else ""
    return f"held by `{held.ceiling if held else ''}`{group}"


def _rules(outline: WhyNot) -> str:
    names = [("" if row.sign > 0 else "against ") + row.rule for row in outline.present]
    return ", ".join(names)


def _rival(outline: WhyNot) -> str:
    ahead = f", but {outline.rival.star} is not behind by enough" if outline.rival else ""
    return f"{short(outline.score.score)} from {_rules(outline)}{ahead}"


_WORDS: dict[Cause, Callable[[WhyNot], str]] = {
    Cause.HAS: _having,
    Cause.DEFAULT: lambda each: f"get {each.after}",
    Cause.ASSIGNED: lambda each: f"assigned to {each.after}",
    Cause.UNRECOGNISED: lambda each: f"carry `{each.current}`, which is not in the canon",
    Cause.KEPT: lambda each: f"carry {each.current} already",
    Cause.BARRED: _held_by,
    Cause.DEFERRED: _deferred,
    Cause.SOURCES: lambda each: f"{short(each.score.score)} from too few sources: {_rules(each)}",
    Cause.RIVAL: _rival,
    Cause.SHORT: lambda each: f"{short(each.missing)} short: {_rules(each)}",
    Cause.AGAINST: lambda each: f"outweighed: {_rules(each)}",
    Cause.NOTHING: lambda each: f"nothing speaks for it ({each.outcome.value})",
}
