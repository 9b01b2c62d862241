"""Values, globs and paths that declarations list."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import islice

from starlang.checker.names import Scope
from starlang.diagnostics.model import Label, Replacement
from starlang.manifests.profile import ValueType
from starlang.matching import globs
from starlang.rules.model import MICRO
from starlang.rules.shapes import decimal_text
from starlang.rules.sources import MAX_SOURCES, locations_of, source_of
from starlang.rules.spelling import (
    GRAPH,
    Scalar,
    day_meant,
    day_of,
    is_day,
    listed,
    quoted,
    value_text,
)
from starlang.rules.text_predicates import FIRST_DAY
from starlang.syntax.nodes import Facet, Number, SameSource, Text


def text_of(text: Text | None) -> str:
    """What an optional clause says, or ""."""
    return text.text if text is not None else ""


# Days of the calendar.


def check_day(scope: Scope, text: Text, hint: str) -> str | None:
    """The day that `text` writes as `YYYY-MM-DD`, or None after E311."""
    if is_day(text.text):
        return text.text
    message = f"`{text.text}` is not a day of the calendar"
    if day_of(text.text):
        message = f"`{text.text}` is more than a day, and days are compared"
    if meant := day_meant(text.text):
        hint = f"write `{quoted(meant)}`"
    scope.findings.report("E311", Label(scope.source, text.span), message, hint=hint)
    return None


def check_before(scope: Scope, text: Text) -> str | None:
    """The day of a `before`, or None after E311."""
    if text.text == FIRST_DAY:
        message, hint = "no day is before this one", "to ask for no value, write `is missing`"
        scope.findings.report("E311", Label(scope.source, text.span), message, hint=hint)
        return None
    return check_day(scope, text, _before_hint(text.text))


def _before_hint(text: str) -> str:
    hint = 'write year, month and day: `before "2025-01-01"`'
    if not any(map(str.isdigit, text)) or text.strip(" 0123456789").isalpha():
        hint += "; there is no clock, so that a plan is the same on every day"
    return hint


# Numbers of rule files as exact amounts of 10^-6.

_RANGE_HINT = "write a decimal like 0.40"


def check_weight(scope: Scope, number: Number) -> int | None:
    """A weight in 10^-6, or None after E301: more than 0, at most 1, at most six places."""
    problem = _problem(number.value)
    if problem is None and not 0 < number.value <= 1:
        problem = "it is more than 0 and at most 1"
    if problem is not None:
        place = Label(scope.source, number.span)
        message = f"`{_written(scope, number)}` is not a valid weight: {problem}"
        scope.findings.report("E301", place, message, hint=_RANGE_HINT)
        return None
    return micro(number.value)


def check_threshold(scope: Scope, number: Number, what: str, *, zero: bool) -> int | None:
    """A threshold in 10^-6, or None after E302: 0 to 1, at most six places; 0 only if `zero`."""
    problem = _problem(number.value)
    if problem is None and not (0 < number.value <= 1 or (zero and number.value == 0)):
        problem = f"it is {'at least' if zero else 'more than'} 0 and at most 1"
    if problem is not None:
        place = Label(scope.source, number.span)
        message = f"`{_written(scope, number)}` is not a valid value for `{what}`: {problem}"
        scope.findings.report("E302", place, message, hint=_RANGE_HINT)
        return None
    return micro(number.value)


def check_sources(scope: Scope, number: Number | None) -> int | None:
    """How many sources a promotion takes, or None after E330: a whole number from 1 to 9."""
    if number is None:
        return None
    if number.value != int(number.value) or not 1 <= number.value <= MAX_SOURCES:
        place = Label(scope.source, number.span)
        message = f"`{_written(scope, number)}` is not a valid number of sources"
        hint = f"write a whole number from 1 to {MAX_SOURCES}; 1 asks for nothing"
        scope.findings.report("E330", place, message, hint=hint)
        return None
    return int(number.value)


def check_same_source(scope: Scope, setting: SameSource) -> frozenset[str] | None:
    """The sources that are one, or None after E202, E219 or E331."""
    locations = locations_of(source.use for source in scope.profile.facets)
    facets = [GRAPH if _is_graph(scope, each) else scope.facet(each) for each in setting.facets]
    named = [facet for facet in facets if facet is not None]
    if len(named) < len(facets):
        return None
    found = frozenset(GRAPH if each == GRAPH else source_of(each, locations) for each in named)
    if len(found) > 1:
        return found
    place = Label(scope.source, setting.span)
    message = f"`same source` names one source only: {min(found)}"
    hint = "name the facets that were filled in from each other, like `same source path, node`"
    if len(set(named)) > 1:
        hint += "; path, name and text are one source already"
    scope.findings.report("E331", place, message, hint=hint)
    return None


def _is_graph(scope: Scope, facet: Facet) -> bool:
    """Whether the source of all relations is meant, which is not a facet."""
    return facet.name == GRAPH and facet.pointer is None and scope.profile.facet(GRAPH) is None


def check_score(scope: Scope, number: Number) -> int | None:
    """A score that a test expects in 10^-6, or None after E319: at least 0, six places."""
    problem = _problem(number.value)
    if problem is None and number.value < 0:
        problem = "it is at least 0"
    if problem is not None:
        place = Label(scope.source, number.span)
        message = f"`{_written(scope, number)}` is not a valid score: {problem}"
        scope.findings.report("E319", place, message, hint=_RANGE_HINT)
        return None
    return micro(number.value)


def micro(value: Decimal) -> int:
    """`value`, which has at most six places, in 10^-6."""
    return int(value.scaleb(6))


def _problem(value: Decimal) -> str | None:
    # In integers, since Decimal arithmetic rounds numbers of more than 28 digits.
    numerator, denominator = value.as_integer_ratio()
    return "it has at most six places" if numerator * MICRO % denominator else None


def _written(scope: Scope, number: Number) -> str:
    return scope.source.text[number.span.start : number.span.end]


GLOB_HINT = "write a directory like `labs`, or a glob like `labs/*/api` or `**/tests`"
PATH_HINT = "write the path of a module under the manifests root, like `labs/api`"


def check_values(scope: Scope, facet: str | None, texts: Sequence[Text]) -> tuple[str, ...] | None:
    """The values of `is` or `in`, each once, or None after E201, E309, E318 or E323."""
    return _each_once(scope, texts, lambda text: _value(scope, facet, text))


def check_globs(scope: Scope, texts: Sequence[Text]) -> tuple[str, ...] | None:
    """The globs that `texts` write, each once, or None after E307."""
    return _each_once(scope, texts, lambda text: _glob(scope, text))


def check_edges(
    scope: Scope, facet: str | None, texts: Sequence[Text], *, begins: bool
) -> tuple[str, ...] | None:
    """The texts that values begin or end with, each once, or None after E306 or E318."""
    return _each_once(scope, texts, lambda text: _edge(scope, facet, text, begins=begins))


def check_paths(scope: Scope, texts: Sequence[Text]) -> tuple[str, ...] | None:
    """The exact paths that `texts` write, each once, or None after E309 or E318."""
    return _each_once(scope, texts, lambda text: check_path(scope, text))


def check_path(scope: Scope, text: Text) -> str | None:
    """The path of a module that `text` writes, or None after E309 or E318."""
    place = Label(scope.source, text.span)
    if globs.has_wildcard(text.text):
        message = f"`{text.text}` has a wildcard, and here each module is named by its exact path"
        scope.findings.report("E309", place, message, hint="write one path for each module")
        return None
    if problem := globs.problem(text.text):
        message = f"`{text.text}` is the path of no module: {problem}"
        scope.findings.report("E318", place, message, hint=PATH_HINT)
        return None
    return text.text


def _each_once(
    scope: Scope, texts: Sequence[Text], read: Callable[[Text], str | None]
) -> tuple[str, ...] | None:
    """What `read` makes of each text; W201 for one that stands there twice."""
    found: list[str] = []
    wrong = False
    for text in texts:
        value = read(text)
        if value is None:
            wrong = True
        elif value in found:
            place = Label(scope.source, text.span)
            message = f"`{text.text}` is in this list already"
            scope.findings.report_repeated(place, message)
        else:
            found.append(value)
    return None if wrong else tuple(found)


def _value(scope: Scope, facet: str | None, text: Text) -> str | None:
    place = Label(scope.source, text.span)
    if facet == "path":
        return check_path(scope, text)
    if facet == "star":
        meant = scope.canon.meant_by(text.text)
        if meant is None:
            scope.unknown_star(text.text, place)
        return meant
    return _spelled(scope, facet, text) if facet else text.text


def _spelled(scope: Scope, facet: str, text: Text) -> str | None:
    """`text` as values of the type of `facet` are compared, or None after E323."""
    needed = scope.type_of(facet)
    warn_never_given(scope, facet, text)
    if needed in {ValueType.TEXT, ValueType.ANY}:
        return text.text
    bare = json_value(Text(text.text, quoted=False))
    if not needed.accepts(bare):
        report_type(scope, facet, text, needed)
        return None
    return decimal_text(bare) if isinstance(bare, Decimal) else text.text


def check_derived_value(scope: Scope, facet: str, text: Text) -> Scalar | None:
    """The value that a derivation gives, of the type of the facet, or None after E323."""
    if scope.is_name(facet):
        return text.text
    needed = scope.type_of(facet)
    warn_never_given(scope, facet, text)
    value: Scalar = text.text if needed is ValueType.TEXT else json_value(text)
    if needed.accepts(value):
        return value
    report_type(scope, facet, text, needed)
    return None


def warn_never_given(scope: Scope, facet: str, text: Text) -> None:
    """Reports W312: a value that the profile takes for a missing one, or gives another name."""
    source = scope.profile.facet(facet)
    if source is None:
        return
    renamed = dict(source.values).get(text.text, text.text)
    if text.text in source.missing:
        why, hint = "takes it for a missing value", f"ask for it with `{facet} is missing`"
    elif renamed != text.text and text.text not in dict(source.values).values():
        why, hint = f"calls it `{renamed}`", f"write `{value_text(renamed)}`"
    else:
        return
    place = Label(scope.source, text.span)
    message = f"`{facet}` is never `{text.text}`: the profile {why}"
    scope.findings.report("W312", place, message, hint=hint)


def json_value(text: Text) -> Scalar:
    """What `text` is as a JSON value: bare `true`, `false` and numbers are no texts."""
    if text.quoted:
        return text.text
    if text.text in {"true", "false"}:
        return text.text == "true"
    digits = text.text.removeprefix("-").replace(".", "", 1)
    is_number = digits.isascii() and digits.isdigit() and text.text.strip(".") == text.text
    return Decimal(text.text) if is_number else text.text


_WORDS = {
    ValueType.TEXT: ("a text", "put it in quotes"),
    ValueType.NUMBER: ("a number", "write a number, without quotes"),
    ValueType.FLAG: ("true or false", "write `true` or `false`, without quotes"),
    ValueType.ANY: ("a value", "write a value"),
}


_FLAGS = ("true", "false")


def report_type(scope: Scope, facet: str, text: Text, needed: ValueType) -> None:
    """Reports E323: `text` is not a value that `facet` can have."""
    place = Label(scope.source, text.span)
    wanted, hint = _WORDS[needed]
    message = f"`{text.text}` is not a value of `{facet}`, which is {wanted} in every manifest"
    choices = [Replacement(text.span, each) for each in _FLAGS if needed is ValueType.FLAG]
    scope.findings.report("E323", place, message, hint=hint, choices=choices)


def _glob(scope: Scope, text: Text) -> str | None:
    problem = globs.problem(text.text)
    if problem is None:
        return text.text
    place = Label(scope.source, text.span)
    message = f"`{text.text}` is not a valid glob: {problem}"
    hint = GLOB_HINT
    several = tuple(islice(globs.expanded(text.text), _MOST_GLOBS + 1))
    if 1 < len(several) <= _MOST_GLOBS and not any(map(globs.problem, several)):
        hint = f"write `{listed(several)}`"
    elif text.text.startswith("!"):
        hint = f"leave it out, and say `unless path under {quoted(text.text[1:])}`"
    scope.findings.report("E307", place, message, hint=hint)
    return None


_MOST_GLOBS = 8
"""How many globs a hint lists in place of one with braces."""


def _edge(scope: Scope, facet: str | None, text: Text, *, begins: bool) -> str | None:
    place = Label(scope.source, text.span)
    if not text.text:
        message = "every text begins and ends with the empty text, so it says nothing about a value"
        hint = "write at least one character; `is present` asks whether there is a value"
        scope.findings.report("E306", place, message, hint=hint)
        return None
    if facet == "path" and text.text[0 if begins else -1] == "/":
        verb, side = ("begins", "before") if begins else ("ends", "after")
        message = f"no path {verb} with `{text.text}`: there is no slash {side} it"
        scope.findings.report("E318", place, message, hint=PATH_HINT)
        return None
    return text.text
