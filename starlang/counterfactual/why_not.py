"""Grounds x module x star -> WhyNot."""

from collections.abc import Iterator

from attrs import evolve

from starlang.counterfactual.absent import absent_rules
from starlang.counterfactual.evidence import smallest_evidence
from starlang.counterfactual.model import Cause, Change, Hindrance, Kind, Search, WhyNot
from starlang.counterfactual.places import Place, place_of
from starlang.counterfactual.settings import smallest_settings
from starlang.counterfactual.subject import Bench, Subject
from starlang.counterfactual.universe import Universe
from starlang.engine.decisions import Outcome
from starlang.engine.scores import Score
from starlang.explain.amounts import short
from starlang.explain.model import Explanation, Grounds
from starlang.rulesets.model import Never

_RELEASED = (Cause.HAS, Cause.DEFAULT)


class Asker:
    """Answers "why not this star?" for modules of one plan."""

    def __init__(self, grounds: Grounds) -> None:
        self._bench = Bench(grounds)

    def star(self, name: str) -> str | None:
        """The id of the star that is called `name`: by id, label or alias."""
        return self._bench.canon.star(name)

    @property
    def stars(self) -> tuple[str, ...]:
        """The ids of all stars."""
        return tuple(star.id for star in self._bench.rules.stars)

    def why_not(self, each: Explanation, star: str) -> WhyNot:
        """Why the module of `each` does not get the star with the id `star`."""
        return _Answer(self._bench, each, star).full()

    def outline(self, each: Explanation, star: str) -> WhyNot:
        """The cause alone: no absent rules and no changes. Enough to group many modules."""
        return _Answer(self._bench, each, star).outline()


class _Answer:
    """One question."""

    def __init__(self, bench: Bench, each: Explanation, star: str) -> None:
        index = bench.evaluation.graph.index[each.path]
        self._bench = bench
        self._subject = Subject(bench, index, star)
        self._each = each
        self._star = star
        self._decision = bench.evaluation.decision(index)
        found = [score for score in each.scores if score.star == star]
        self._score = found[0] if found else Score(star, 0)
        self._promote_at = bench.rules.confidence.promote_at(star)

    def full(self) -> WhyNot:
        outline = self.outline()
        if outline.cause in _RELEASED:
            return outline
        place = self._place() if outline.cause is Cause.DEFERRED else None
        manifest, rules = self._searches(place)
        return evolve(
            outline,
            absent=absent_rules(self._subject),
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
        )

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
            return Cause.RIVAL
        if self._score.score > 0:
            return Cause.SHORT
        return Cause.AGAINST if any(row.star == star for row in each.rows) else Cause.NOTHING

    def _place(self) -> Place | None:
        held = self._bench.grounds.settlement.deferred.get(self._subject.index)
        return None if held is None else place_of(self._subject, held)

    def _rival(self) -> Score | None:
        """The strongest other star."""
        others = [score for score in self._each.scores if score.star != self._star]
        return next((score for score in others if score.raw > 0), None)

    def _searches(self, place: Place | None) -> tuple[Search, Search | None]:
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
                Kind.UNASSIGN, f"remove `assign to {assign.star}`", assign.path, at=assign.at
            )
        if subject.carried.primary != rules.default.id:
            now = f" (now `{self._each.current_label or self._each.current}`)"
            yield Change(Kind.STAR, f"set the star to {rules.default.id}{now}", "star")

    def _barring(self) -> Iterator[tuple[int, Never]]:
        """The exceptions that bar the module from the star, by number."""
        for number in self._decision.nevers:
            never = self._bench.rules.nevers[number]
            if not never.stars or self._star in never.stars:
                yield number, never

    def _except(self, number: int) -> Change:
        never, path = self._bench.rules.nevers[number], self._each.path
        words = f'`except "{path}"` for `{_never(never)}`'
        return Change(Kind.EXCEPT, words, str(number), path, at=never.at)

    def _placed(self, place: Place | None) -> Iterator[Hindrance]:
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
