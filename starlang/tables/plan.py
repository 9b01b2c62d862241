"""The tables of a plan. All but `modules` name the module, or the file, that a row is about."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from attrs import frozen

from starlang.engine.promotions import StarPart
from starlang.explain.model import (
    EvidenceRow,
    Explanation,
    HeldStar,
    Match,
    SharedDecision,
    sources_of,
)
from starlang.explain.words import why
from starlang.plan.encoding import plan_digest
from starlang.plan.model import Plan
from starlang.rules.sources import Sources
from starlang.tables.model import Definition, Kind, Row
from starlang.text import Json


@frozen(slots=False)
class Listed:
    """A plan, and those of its modules that tables list; edits and ceilings are of all."""

    plan: Plan
    modules: tuple[Explanation, ...]

    @cached_property
    def digest(self) -> str:
        """The digest of the plan, which every table of it names."""
        return plan_digest(self.plan)


def _made_from(made: Listed) -> dict[str, str]:
    inputs = made.plan.inputs
    known = {name: inputs[name] for name in ("rules", "graph") if name in inputs}
    return {"plan": made.digest, **known}


@frozen
class _PerModule:
    """The rows of a plan, module by module."""

    rows: Callable[[Explanation], Iterator[Row]]

    def __call__(self, made: Listed) -> Iterator[Row]:
        for each in made.modules:
            yield from self.rows(each)


# A row per module.


def _module(each: Explanation) -> Iterator[Row]:
    rules = tuple([row.rule for row in each.rows])
    yield (each.path, each.file, *decided(each.judged, each.secondary, rules), why(each))


def decided(judged: SharedDecision, secondary: tuple[str, ...], rules: tuple[str, ...]) -> Row:
    """The cells of a module between its file and its sentence."""
    best, second = judged.best, judged.runner_up
    return (
        judged.outcome.value,
        judged.current,
        judged.star,
        judged.label,
        best.star if best else None,
        best.score if best else None,
        best.confidence if best else None,
        judged.lead if best else None,
        second.star if second else None,
        secondary,
        judged.rules_say,
        rules,
    )


MODULES = Definition(
    "modules",
    {
        "path": Kind.TEXT,
        "file": Kind.TEXT,
        "outcome": Kind.TEXT,
        "current": Kind.TEXT,
        "star": Kind.TEXT,
        "label": Kind.TEXT,
        "best": Kind.TEXT,
        "score": Kind.AMOUNT,
        "confidence": Kind.AMOUNT,
        "lead": Kind.AMOUNT,
        "runner_up": Kind.TEXT,
        "secondary": Kind.TEXTS,
        "rules_say": Kind.TEXT,
        "rules": Kind.TEXTS,
        "why": Kind.TEXT,
    },
    _PerModule(_module),
    _made_from,
)


# A row per match of a rule, and one for a rule that holds by what is absent.


def _evidence(each: Explanation) -> Iterator[Row]:
    for row in each.rows:
        yield from evidence_rows(each.path, row, each.grounds.sources)


def evidence_rows(path: str, row: EvidenceRow, sources: Sources) -> Iterator[Row]:
    """The rows of one rule that holds for the module at `path`."""
    start = (path, row.rule, row.star, row.sign * row.weight)
    if not row.matches:
        yield (*start, 0, None, None, None, None, (), ())
    for number, match in enumerate(row.matches):
        found = tuple(sorted(set(sources_of(sources, (match,)))))
        yield (
            *start,
            number,
            match.facet,
            match.value,
            match.start,
            match.end,
            _origin(match),
            found,
        )


def _origin(match: Match) -> tuple[str, ...]:
    return tuple([origin.derivation for origin in match.origins])


EVIDENCE = Definition(
    "evidence",
    {
        "module": Kind.TEXT,
        "rule": Kind.TEXT,
        "star": Kind.TEXT,
        "weight": Kind.AMOUNT,
        "match": Kind.COUNT,
        "facet": Kind.TEXT,
        "value": Kind.TEXT,
        "start": Kind.COUNT,
        "end": Kind.COUNT,
        "origin": Kind.TEXTS,
        "source": Kind.TEXTS,
    },
    _PerModule(_evidence),
    _made_from,
)


# A row per star with evidence, ranked.


def _scores(each: Explanation) -> Iterator[Row]:
    for rank, score in enumerate(each.scores, 1):
        yield (each.path, rank, score.star, score.raw, score.score, score.confidence)


SCORES = Definition(
    "scores",
    {
        "module": Kind.TEXT,
        "rank": Kind.COUNT,
        "star": Kind.TEXT,
        "raw": Kind.AMOUNT,
        "score": Kind.AMOUNT,
        "confidence": Kind.AMOUNT,
    },
    _PerModule(_scores),
    _made_from,
)


# A row per star that a ceiling holds back: the primary one of a deferred module, or a further one.


def _deferred(each: Explanation) -> Iterator[Row]:
    if each.held is not None:
        yield held_row(each.path, StarPart.PRIMARY, each.held)
    for held in each.dropped:
        yield held_row(each.path, StarPart.SECONDARY, held)


def held_row(path: str, part: StarPart, held: HeldStar) -> Row:
    """The row of one star of the module at `path`."""
    last = None if held.last_path is None else held.last_score
    place = (held.ceiling, held.group, held.rank, held.eligible)
    return (path, held.star, part.value, *place, held.last_path, last)


DEFERRED = Definition(
    "deferred",
    {
        "module": Kind.TEXT,
        "star": Kind.TEXT,
        "part": Kind.TEXT,
        "ceiling": Kind.TEXT,
        "group": Kind.TEXT,
        "rank": Kind.COUNT,
        "eligible": Kind.COUNT,
        "last": Kind.TEXT,
        "last_score": Kind.AMOUNT,
    },
    _PerModule(_deferred),
    _made_from,
)


# A row per value that a manifest would get; values are JSON, since a star may stand in a list.


def _edits(made: Listed) -> Iterator[Row]:
    for edit in made.plan.edits:
        yield (
            edit.file,
            edit.pointer,
            None if edit.old is None else _json(edit.old),
            _json(edit.new),
            f"sha256:{edit.before}",
        )


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


EDITS = Definition(
    "edits",
    {
        "file": Kind.TEXT,
        "pointer": Kind.TEXT,
        "old": Kind.TEXT,
        "new": Kind.TEXT,
        "before": Kind.TEXT,
    },
    _edits,
    _made_from,
)


# A row per ceiling, per group of one, and per floor.


def _ceilings(made: Listed) -> Iterator[Row]:
    for line in made.plan.ceilings:
        beyond = tuple([each.path for each in line.beyond])
        yield (
            line.ceiling,
            line.group,
            line.count,
            line.limit,
            line.modules,
            line.holds,
            line.before,
            beyond,
            line.at,
        )


CEILINGS = Definition(
    "ceilings",
    {
        "ceiling": Kind.TEXT,
        "group": Kind.TEXT,
        "count": Kind.COUNT,
        "limit": Kind.COUNT,
        "modules": Kind.COUNT,
        "holds": Kind.FLAG,
        "before": Kind.COUNT,
        "beyond": Kind.TEXTS,
        "at": Kind.TEXT,
    },
    _ceilings,
    _made_from,
)

PLAN_TABLES: Mapping[str, Definition[Listed]] = {
    each.name: each for each in (MODULES, EVIDENCE, SCORES, DEFERRED, EDITS, CEILINGS)
}
"""The tables of a plan by name."""
