"""`starlang-diff/1`: a comparison as canonical JSON."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from starlang.diff.diff import Comparison, Detail, PartChange, TextChange
from starlang.diff.flips import DecidedStar, Flip, Flips
from starlang.explain.encoding import line
from starlang.explain.words import exact
from starlang.rules.model import RuleSet
from starlang.rules.sections import semantic_digest
from starlang.text import Json

FORMAT = "starlang-diff/1"


@frozen
class Side:
    """One of the rule sets, and how it was named."""

    written: str
    rules: RuleSet


def encode(old: Side, new: Side, found: Comparison, moved: Flips | None, *, reassess: bool) -> str:
    """The comparison as JSON text, a change or module a line."""
    return "".join(_pieces(old, new, found, moved, reassess=reassess))


def _pieces(
    old: Side, new: Side, found: Comparison, moved: Flips | None, *, reassess: bool
) -> Iterator[str]:
    yield f'{{\n"format": "{FORMAT}",\n'
    yield f'"old": {line(_side(old))},\n"new": {line(_side(new))},\n'
    yield from _listed("changes", [_change(each) for each in found.changes])
    yield ",\n"
    yield from _listed("texts", [_text(each) for each in found.texts])
    yield f',\n"reassess": {line(reassess)},\n'
    yield f'"compared": {moved.compared if moved else 0},\n'
    yield f'"complete": {line(moved.complete if moved else True)},\n'
    yield from _listed("modules", [_flip(each) for each in (moved.flips if moved else ())])
    yield "\n}\n"


def _listed(key: str, values: Sequence[Json]) -> Iterator[str]:
    yield f'"{key}": ['
    yield ",".join(f"\n{line(value)}" for value in values)
    yield "\n]" if values else "]"


def _side(side: Side) -> dict[str, Json]:
    return {"rules": side.written, "id": side.rules.id, "digest": semantic_digest(side.rules)}


def _change(change: PartChange) -> dict[str, Json]:
    return {
        "part": change.section.value,
        "name": change.name,
        "change": change.how.value,
        "details": [_detail(each) for each in change.details],
        "at_old": change.at_old,
        "at_new": change.at_new,
    }


def _text(change: TextChange) -> dict[str, Json]:
    return {"part": change.section.value, "name": change.name, **_detail(change.detail)}


def _detail(detail: Detail) -> dict[str, Json]:
    return {"what": detail.what, "before": detail.before, "after": detail.after}


def _flip(flip: Flip) -> dict[str, Json]:
    return {
        "path": flip.path,
        "before": _verdict(flip.before),
        "after": _verdict(flip.after),
        "blame": [{"part": each.section.value, "name": each.name} for each in flip.blame],
    }


def _verdict(verdict: DecidedStar) -> dict[str, Json]:
    return {
        "outcome": verdict.outcome.value,
        "star": verdict.star,
        "score": exact(verdict.score),
    }
