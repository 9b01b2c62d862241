"""From the three sections of a compiled file back to the rule set.

Every object must have exactly the members that the compiler writes, so nothing in a
file is passed over in silence.
"""

import json
from collections.abc import Callable, Collection, Iterator
from fractions import Fraction
from typing import TypeVar

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, Label
from starlang.matching.patterns import Pattern, pattern_problem
from starlang.matching.words import Needle
from starlang.rules.conditions import condition_from, walk, walk_all, where_of
from starlang.rules.derivations import cycle, derivation_key
from starlang.rules.model import (
    MICRO,
    REACHING,
    Amount,
    Assign,
    Ceiling,
    Ceilings,
    Combine,
    Confidence,
    Derivation,
    FacetUse,
    Floor,
    Forbid,
    Mask,
    Never,
    OnBreach,
    Rule,
    RuleSet,
    Star,
    all_conditions_of,
    circle,
    needs,
    read_by,
)
from starlang.rules.predicates import Test
from starlang.rules.relations import Neighbours, OfGraph
from starlang.rules.sections import LANGUAGE, places, section_digest, semantics, texts
from starlang.rules.shapes import (
    CanonicalJson,
    MalformedError,
    Members,
    a_count,
    a_flag,
    a_needle,
    a_number,
    a_pattern,
    a_scalar,
    a_text,
    an_object,
    beside,
    each,
    laid_out,
    named,
    names_of,
    record,
    record_with,
    texts_of,
)
from starlang.rules.sources import MAX_SOURCES, joined_sets
from starlang.rules.spelling import FIELD_PREFIX, GRAPH_PREFIX, RESERVED_NAMES
from starlang.text import Source, Span
from starlang.texts.limits import UnreadableError, parsed

# Conditions, masks and amounts of a compiled file, read back, or `MalformedError`.

_DECIMAL_PLACES = 6


def micro(value: object) -> int:
    """A decimal with at most six places as an amount of 10^-6."""
    scaled = a_number(value).scaleb(_DECIMAL_PLACES)
    if scaled != int(scaled):
        raise MalformedError("a decimal number of at most six places was expected")
    return int(scaled)


def amount(value: object) -> Amount:
    """`800`, `12.5%` or `1/3%`."""
    text = a_text(value)
    whole, slash, divisor = text.removesuffix("%").partition("/")
    parts = Fraction(a_number(whole))
    if slash:
        if not a_number(divisor):
            raise MalformedError("a count or a percentage was expected")
        parts /= Fraction(a_number(divisor))
    return Amount(parts, text.endswith("%"))


def what(value: object) -> Pattern | Needle:
    """What a mask hides."""
    if "mentions" in an_object(value):
        return a_needle(record(value, {"mentions"})["mentions"])
    return a_pattern(record(value, {"matches"})["matches"])


_SEMANTICS = names_of("assigns ceilings confidence facets language masks nevers order rules stars")
_TEXTS = names_of("assigns entries floors id limits masks nevers rules stars tests version")
_PLACES = names_of("assigns floors limits masks nevers rules")
_STAR = names_of("aliases default id label")
_STAR_TEXTS = names_of("domain emoji")
_MAYBE = names_of("derivations forbids unread")
"""Members that a section has only where there is something in them; `semantics` has the first."""

_RULE = names_of("condition kinds name sign star weight")
_NEVER = names_of("condition except stars")
_ASSIGN = names_of("path star")
_REASON = names_of("because until")
_DERIVATION = names_of("condition facet value")
_UNREAD = names_of("because derivation")
_FORBID = names_of("because condition except name until")


def ruleset(decides: object, reads: object, stands: object) -> RuleSet:
    """The rule set of the sections `semantics`, `texts` and `places`; or MalformedError."""
    meaning, words, places = (
        record_with(section, members, maybe)
        for section, members, maybe in (
            (decides, _SEMANTICS, {"derivations"}),
            (reads, _TEXTS, _MAYBE),
            (stands, _PLACES, _MAYBE),
        )
    )
    entries = an_object(words["entries"])
    return RuleSet(
        id=a_text(words["id"]),
        version=a_text(words["version"]),
        stars=_stars(meaning, words),
        order=texts_of(meaning["order"]),
        rules=_rules(meaning, words, places),
        masks=_masks(meaning, words, places),
        confidence=read_confidence(meaning),
        nevers=_nevers(meaning, words, places),
        assigns=_assigns(meaning, words, places),
        ceilings=read_ceilings(meaning, words, places),
        facets=each(read_facet, meaning["facets"]),
        entries=tuple((name, texts_of(entries[name])) for name in sorted(entries)),
        tests=a_text(words["tests"]),
        derivations=_derivations(meaning, words, places),
        forbids=_forbids(words, places),
    )


def _forbids(words: Members, places: Members) -> tuple[Forbid, ...]:
    rows = beside(words.get("forbids", []), places.get("forbids", []))
    return tuple(_forbid(record(forbid, _FORBID), at) for forbid, at in rows)


def _forbid(forbid: Members, at: object) -> Forbid:
    return Forbid(
        name=a_text(forbid["name"]),
        condition=condition_from(forbid["condition"]),
        unless_paths=texts_of(forbid["except"]),
        because=a_text(forbid["because"]),
        until=a_text(forbid["until"]),
        at=a_text(at),
    )


def _derivations(meaning: Members, words: Members, places: Members) -> tuple[Derivation, ...]:
    """Those that decide something and, beside the texts, those that do not; in one order."""
    unread = each(lambda member: record(member, _UNREAD), words.get("unread", []))
    rows = [
        *beside(*(part.get("derivations", []) for part in (meaning, words, places))),
        *beside(
            [member["derivation"] for member in unread],
            [member["because"] for member in unread],
            places.get("unread", []),
        ),
    ]
    found = (_derivation(record(said, _DERIVATION), reason, at) for said, reason, at in rows)
    return tuple(sorted(found, key=derivation_key))


def _derivation(said: Members, because: object, at: object) -> Derivation:
    return Derivation(
        facet=a_text(said["facet"]),
        value=a_scalar(said["value"]),
        condition=condition_from(said["condition"]),
        because=a_text(because),
        at=a_text(at),
    )


def _stars(meaning: Members, words: Members) -> tuple[Star, ...]:
    stars = each(lambda star: record(star, _STAR), meaning["stars"])
    texts = named(words["stars"], [a_text(star["id"]) for star in stars])
    return tuple(
        Star(
            id=a_text(star["id"]),
            label=a_text(star["label"]),
            aliases=texts_of(star["aliases"]),
            emoji=a_text(record(text, _STAR_TEXTS)["emoji"]),
            domain=a_text(record(text, _STAR_TEXTS)["domain"]),
            is_default=a_flag(star["default"]),
        )
        for star, text in zip(stars, texts, strict=True)
    )


def _rules(meaning: Members, words: Members, places: Members) -> tuple[Rule, ...]:
    rules = each(lambda rule: record(rule, _RULE), meaning["rules"])
    names = [a_text(rule["name"]) for rule in rules]
    reasons, at = named(words["rules"], names), named(places["rules"], names)
    return tuple(
        Rule(
            name=name,
            star=a_text(rule["star"]),
            sign=a_count(rule["sign"]),
            weight=micro(rule["weight"]),
            kinds=texts_of(rule["kinds"]),
            condition=condition_from(rule["condition"]),
            because=a_text(reason),
            at=a_text(place),
        )
        for rule, name, reason, place in zip(rules, names, reasons, at, strict=True)
    )


def _masks(meaning: Members, words: Members, places: Members) -> tuple[Mask, ...]:
    rows = beside(meaning["masks"], words["masks"], places["masks"])
    return tuple(Mask(what(hides), a_text(because), a_text(at)) for hides, because, at in rows)


def _nevers(meaning: Members, words: Members, places: Members) -> tuple[Never, ...]:
    rows = beside(meaning["nevers"], words["nevers"], places["nevers"])
    return tuple(
        _never(record(never, _NEVER), record(read, _REASON), at) for never, read, at in rows
    )


def _never(never: Members, reason: Members, at: object) -> Never:
    return Never(
        stars=texts_of(never["stars"]),
        condition=condition_from(never["condition"]),
        unless_paths=texts_of(never["except"]),
        because=a_text(reason["because"]),
        until=a_text(reason["until"]),
        at=a_text(at),
    )


def _assigns(meaning: Members, words: Members, places: Members) -> tuple[Assign, ...]:
    assigns = each(lambda assign: record(assign, _ASSIGN), meaning["assigns"])
    paths = [a_text(assign["path"]) for assign in assigns]
    reasons = [record(reason, _REASON) for reason in named(words["assigns"], paths)]
    rows = zip(assigns, paths, reasons, named(places["assigns"], paths), strict=True)
    return tuple(
        Assign(
            path=path,
            star=a_text(assign["star"]),
            because=a_text(reason["because"]),
            until=a_text(reason["until"]),
            at=a_text(at),
        )
        for assign, path, reason, at in rows
    )


# Confidence, ceilings and facets of a compiled file, read back.

T = TypeVar("T")

_CONFIDENCE = names_of("combine margin promote promote_star suggest")
_SOURCES = names_of("same_source sources sources_star")
_CEILINGS = names_of("floors limits on_breach stars_per_module")
_LIMIT = names_of("amount per star under")
_FLOOR = names_of("amount")
_FACET = names_of("column from group_missing keys locations merge missing name take type values")
_USUAL = {"column": "", "from": "", "keys": False, "merge": False, "take": ""}


def read_confidence(meaning: Members) -> Confidence:
    """The thresholds of the section `semantics`."""
    written = an_object(meaning["confidence"])
    found = record(written, _CONFIDENCE | (_SOURCES & written.keys()))
    stars = an_object(found["promote_star"])
    sources = an_object(found.get("sources_star", {}))
    return Confidence(
        combine=_word(Combine, found["combine"]),
        suggest=micro(found["suggest"]),
        promote=micro(found["promote"]),
        margin=micro(found["margin"]),
        promote_star=tuple((star, micro(stars[star])) for star in sorted(stars)),
        sources=a_count(found.get("sources", 1)),
        sources_star=tuple((star, a_count(sources[star])) for star in sorted(sources)),
        same=each(texts_of, found.get("same_source", [])),
    )


def read_ceilings(meaning: Members, words: Members, places: Members) -> Ceilings:
    """The ceilings, from all three sections."""
    found = record(meaning["ceilings"], _CEILINGS)
    limits = beside(found["limits"], words["limits"], places["limits"])
    floors = beside(found["floors"], words["floors"], places["floors"])
    return Ceilings(
        limits=tuple(_limit(record(limit, _LIMIT), text, at) for limit, text, at in limits),
        floors=tuple(
            Floor(amount(record(floor, _FLOOR)["amount"]), a_text(text), a_text(at))
            for floor, text, at in floors
        ),
        stars_per_module=a_count(found["stars_per_module"]),
        on_breach=_word(OnBreach, found["on_breach"]),
    )


def _limit(limit: Members, text: object, at: object) -> Ceiling:
    return Ceiling(
        amount=amount(limit["amount"]),
        star=a_text(limit["star"]),
        globs=texts_of(limit["under"]),
        per=a_text(limit["per"]),
        text=a_text(text),
        at=a_text(at),
    )


def read_facet(value: object) -> FacetUse:
    """A facet as the profile defined it when the rules were compiled."""
    facet = record({**_USUAL, **an_object(value)}, _FACET)
    values = an_object(facet["values"])
    return FacetUse(
        name=a_text(facet["name"]),
        locations=texts_of(facet["locations"]),
        missing=texts_of(facet["missing"]),
        values=tuple((name, a_text(values[name])) for name in sorted(values)),
        group_missing=a_flag(facet["group_missing"]),
        type=a_text(facet["type"]),
        merge=a_flag(facet["merge"]),
        keys=a_flag(facet["keys"]),
        take=a_text(facet["take"]),
        elsewhere=a_text(facet["from"]),
        column=a_text(facet["column"]),
    )


def _word(words: Callable[[str], T], value: object) -> T:
    try:
        return words(a_text(value))
    except ValueError as error:
        raise MalformedError(f"`{value}` is not one of the known words") from error


# What holds for every rule set that the compiler makes.
#
# A compiled file comes from anywhere. One that breaks these promises would stop the
# evaluator in the middle of its work, whatever its digest says.


def problem_of(rules: RuleSet) -> str | None:
    """The first promise that `rules` breaks, in a few words, or None."""
    return next(_problems(rules), None)


def _problems(rules: RuleSet) -> Iterator[str]:
    ids = [star.id for star in rules.stars]
    if len(set(ids)) < len(ids) or sum(star.is_default for star in rules.stars) != 1:
        yield "its stars are not all different, or not exactly one of them is the default"
        return
    gained = {star.id for star in rules.stars if not star.is_default}
    yield from (f"no star `{star}` can be gained" for star in _aims(rules) if star not in gained)
    yield from (f"no star `{each.star}`" for each in rules.assigns if each.star not in ids)
    yield from _wrong_amounts(rules)
    for condition in all_conditions_of(rules):
        for test in walk_all(condition):
            yield from _wrong_test(test)
            if isinstance(test, Neighbours):
                yield from _wrong_star(test, ids, gained)
    for forbid in rules.forbids:
        if read_by(forbid.condition):
            yield f"the forbid `{forbid.name}` reads who reaches a star"
    if circle(needs(rules.rules, rules.nevers, sorted(gained))):
        yield "its stars depend on each other in a cycle"
    yield from _wrong_derivations(rules)
    for mask in rules.masks:
        if isinstance(mask.what, Pattern) and pattern_problem(mask.what):
            yield f"the pattern `{mask.what}` is refused"


def _wrong_derivations(rules: RuleSet) -> Iterator[str]:
    for derivation in rules.derivations:
        facet = derivation.facet
        if facet in RESERVED_NAMES or facet.startswith((GRAPH_PREFIX, FIELD_PREFIX)):
            yield f"`{facet}` cannot be derived"
        if read_by(derivation.condition):
            yield f"`{facet}` follows from scores"
    if cycle(rules.derivations):
        yield "its derived facets depend on each other in a cycle"


def _aims(rules: RuleSet) -> Iterator[str]:
    yield from rules.order
    yield from (rule.star for rule in rules.rules)
    yield from (star for never in rules.nevers for star in never.stars)
    yield from (star for star, _ in rules.confidence.promote_star)
    yield from (star for star, _ in rules.confidence.sources_star)
    yield from (limit.star for limit in rules.ceilings.limits if limit.star)


def _wrong_amounts(rules: RuleSet) -> Iterator[str]:
    for rule in rules.rules:
        if not 0 < rule.weight <= MICRO or rule.sign not in {1, -1}:
            yield f"rule `{rule.name}` has no weight above 0, at most 1, for or against its star"
    confidence = rules.confidence
    thresholds = (confidence.promote, *(value for _, value in confidence.promote_star))
    if not 0 < confidence.suggest <= min(thresholds) <= max(thresholds) <= MICRO:
        yield "its thresholds are out of range"
    if not 0 <= confidence.margin <= MICRO or rules.ceilings.stars_per_module < 1:
        yield "its margin, or the number of stars of a module, is out of range"
    asked = [confidence.sources, *(number for _, number in confidence.sources_star)]
    if not all(1 <= number <= MAX_SOURCES for number in asked):
        yield "a number of sources is out of range"
    if any(len(facets) == 1 for facets in confidence.same) or (
        confidence.same != joined_sets(confidence.same)
    ):
        yield "the facets that are one source are not sets without common members"
    limits = [limit.amount for limit in rules.ceilings.limits]
    floors = [floor.amount for floor in rules.ceilings.floors]
    if any(amount.value < 0 for amount in (*limits, *floors)):
        yield "a ceiling is below 0"


def _wrong_test(test: Test) -> Iterator[str]:
    yield from test.faults()
    where = where_of(test)
    if where is not None and any(isinstance(each, OfGraph) for each in walk(where)):
        yield "there is a relation within a relation"
    if test.facet.startswith(GRAPH_PREFIX) and not isinstance(test, OfGraph):
        yield f"`{test.facet}` is not a facet"


def _wrong_star(test: Neighbours, known: Collection[str], gained: Collection[str]) -> Iterator[str]:
    if test.standing and test.star not in (gained if test.standing == REACHING else known):
        yield f"no star `{test.star}` that neighbours could have"


# Compiled files: a rule set as canonical JSON, and back.
#
# A file is refused unless it is what the compiler wrote: both digests are computed again
# from what was read, so damage, an edit by hand and unknown members are all noticed.

FORMAT = "starlang-ruleset"
VERSION = 1

_MEMBERS = {"digest", "format", "places", "semantics", "text_digest", "texts"}

_LINES = 3
"""Levels broken into lines: the file, its sections, their lists; so a rule is a line."""

_MANY_DIGITS = 10

_AGAIN = "compile the rules again with `starlang compile`"
_UPDATE = "update starlang, or compile the rules with this version"


def dumps(rules: RuleSet) -> str:
    """`rules` as the text of a compiled file: ASCII, sorted keys, a line a rule."""
    decides, reads = semantics(rules), texts(rules)
    document: dict[str, CanonicalJson] = {
        "digest": section_digest(decides),
        "format": f"{FORMAT}/{VERSION}",
        "places": places(rules),
        "semantics": decides,
        "text_digest": section_digest(reads),
        "texts": reads,
    }
    return laid_out(document, _LINES)


def loads(text: str, name: str = "") -> RuleSet | Diagnostic:
    """The rule set in the text of a compiled file, or why it is refused (E850 to E856).

    `name` is the file's name for the diagnostic.
    """
    try:
        return parsed(lambda: _loads(text, name))
    except UnreadableError as error:  # digests that fit can be computed by anybody
        return _refusal("E856", name, f"it is not what the compiler writes: {error}", _AGAIN)


def _loads(text: str, name: str) -> RuleSet | Diagnostic:
    try:
        document: object = json.loads(text)
        if "\\u" in text:  # only an escape makes half a surrogate pair, which no text may hold
            json.dumps(document, ensure_ascii=False).encode()
        return _version_refusal(document, name) or _read(document, name)
    except RecursionError:
        return _refusal("E850", name, "it is nested too deeply to be JSON of ours", _AGAIN)
    except json.JSONDecodeError as error:
        return _no_json(error, Source(name, text))
    except MalformedError as error:
        return _refusal("E856", name, f"it is not what the compiler writes: {error}", _AGAIN)


def _read(document: object, name: str) -> RuleSet | Diagnostic:
    members = record(document, _MEMBERS)
    rules = ruleset(members["semantics"], members["texts"], members["places"])
    if members["digest"] != section_digest(members["semantics"]):
        return _refusal("E854", name, "what it decides does not agree with its digest", _AGAIN)
    if members["text_digest"] != section_digest(members["texts"]):
        return _refusal("E855", name, "its texts do not agree with their digest", _AGAIN)
    if problem := problem_of(rules):
        raise MalformedError(problem)
    return rules


def _version_refusal(document: object, name: str) -> Diagnostic | None:
    """Why a document of another format, or of another version, is not read."""
    written = document.get("format") if isinstance(document, dict) else None
    version = _version(written)
    if version is None:
        hint = f"a compiled rule set says `{FORMAT}/{VERSION}` under `format`"
        return _refusal("E851", name, "it is not a compiled rule set", hint)
    if version > VERSION:
        return _refusal("E852", name, f"its format `{written}` is newer than this program", _UPDATE)
    if version < VERSION:
        return _refusal("E853", name, f"its format `{written}` is no longer read", _AGAIN)
    language = a_count(an_object(an_object(document).get("semantics")).get("language"))
    if language > LANGUAGE:
        newer = f"its rules are in version {language} of the language, newer than this program"
        return _refusal("E852", name, newer, _UPDATE)
    return None


def _version(written: object) -> int | None:
    """The number in `starlang-ruleset/N`, or None for anything else."""
    kind, _, digits = written.partition("/") if isinstance(written, str) else ("", "", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < _MANY_DIGITS
    return int(digits) if kind == FORMAT and is_number else None


def _no_json(error: json.JSONDecodeError, source: Source) -> Diagnostic:
    start = min(error.pos, len(source.text))
    label = Label(source, Span(start, min(start + 1, len(source.text))), "here")
    refusal = _refusal("E850", source.name, f"it is not valid JSON: {error.msg}", _AGAIN)
    return evolve(refusal, labels=(label,))


def _refusal(code: str, name: str, why: str, hint: str) -> Diagnostic:
    subject = f"the compiled rule set `{name}`" if name else "the compiled rule set"
    return Diagnostic(code=code, message=f"{subject} is refused: {why}", file=name, hint=hint)
