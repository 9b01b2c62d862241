"""Rules for a star that do not hold, and which of their conjuncts fail."""

from collections.abc import Iterator

from starlang.counterfactual.model import Absent, Part
from starlang.counterfactual.subject import Subject
from starlang.engine.evaluate import joined
from starlang.matching.sight import Sight
from starlang.rulesets.conditions import Condition, condition_text, conjuncts, walk
from starlang.rulesets.model import Mask, Rule
from starlang.rulesets.spelling import GRAPH_PREFIX, TEXT_FACETS, facet_text, spelling
from starlang.rulesets.text_predicates import Matches, Seeing

_VALUES = 5
"""How many values of a facet are shown."""


def absent_rules(subject: Subject) -> tuple[Absent, ...]:
    """The rules for the star that do not hold, the heaviest first."""
    rules = subject.bench.rules.rules
    held = set(subject.bench.program.holding(sorted(subject.tests)))
    missing = [
        rule
        for number, rule in enumerate(rules)
        if rule.star == subject.star and rule.sign > 0 and number not in held
    ]
    missing.sort(key=lambda rule: (-rule.weight, rule.name))
    return tuple(_absent(subject, rule) for rule in missing)


def _absent(subject: Subject, rule: Rule) -> Absent:
    parts = tuple(_part(subject, part) for part in conjuncts(rule.condition))
    return Absent(rule.name, rule.weight, parts, rule.because, rule.at)


def _part(subject: Subject, condition: Condition) -> Part:
    words = condition_text(condition)
    if subject.bench.finder.find(condition, subject.index) is not None:
        return Part(words, holds=True)
    facets = dict.fromkeys(
        # Whom a module uses is no value that it has.
        test.facet
        for test in walk(condition)
        if not test.facet.startswith(GRAPH_PREFIX)
    )
    found = tuple(f"{facet_text(facet)}: {_value(subject, facet)}" for facet in facets)
    return Part(words, holds=False, found=found, note=_hidden(subject, condition))


def _value(subject: Subject, facet: str) -> str:
    if facet in TEXT_FACETS:
        return _text(subject, facet) or "(missing)"
    if facet == "star":
        labels = subject.bench.evaluation.graph.stars[subject.index]
        return ", ".join(subject.bench.canon.values(labels))
    values = [spelling(value) for value in subject.values(facet)]
    more = f" and {len(values) - _VALUES} more" if len(values) > _VALUES else ""
    return ", ".join(values[:_VALUES]) + more if values else "(missing)"


def _text(subject: Subject, facet: str) -> str:
    graph = subject.bench.evaluation.graph
    name, path = graph.names[subject.index], graph.paths[subject.index]
    return {"path": path, "name": name}.get(facet) or (
        joined(name, path) if facet == "text" else ""
    )


def _hidden(subject: Subject, condition: Condition) -> str:
    """What the condition would find if it were not masked or ignored."""
    return next(
        (
            note
            for test in walk(condition)
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
