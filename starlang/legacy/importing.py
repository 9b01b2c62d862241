"""The whole import: read, find the stars, translate, compare, write."""

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.format.format import format_source
from starlang.legacy.differences import MAX_QUESTIONS, Budget, Differences
from starlang.legacy.evidence import (
    FACETS,
    LISTS,
    EvidenceGatherer,
    ImportedList,
    amount,
    block,
    cell_rule,
    comment,
    listed,
    rule,
    string,
    table,
    value,
)
from starlang.legacy.limits import (
    FORCE,
    NEVER,
    USUAL,
    Barred,
    Exceptions,
    Limits,
    read_exceptions,
    read_limits,
)
from starlang.legacy.old_file import (
    Imported,
    ListKind,
    Note,
    OldCanon,
    OldFile,
    Shapes,
    read_canon,
    read_old,
)
from starlang.legacy.python_patterns import written
from starlang.legacy.stars import NewStar, Resolved, resolve
from starlang.legacy.translating import Mask, Translated, translate_entry, translate_exclusion
from starlang.manifests.survey import ManifestPlaces
from starlang.rules.model import Combine
from starlang.text import Source, counted

# The rule files: what stands in which, and the words at the head of each.

HEADER = "starlang 1"
ROOT = "constellation"
CANON_FILE = "canon.star"
IMPORTED = "imported"
"""The entry of the rule set that names the old file."""
FIRST_VERSION = "1.0"
"""The version of a rule set whose old file has none."""

_READ = {
    Combine.SUM: "The generator read the name, a space and the path in lower case: that is the "
    "facet `text` and the flag `i`.",
    Combine.MAX: "The suggester read the path and the name, one after the other and in any case: "
    "that is the facet `text` and the flag `i`, or `path` and `name` where a pattern can tell the "
    "difference.",
}
"""How each of the old tools looked for words."""


@frozen
class Constellation:
    """Everything that is to be written. `canon` is the name of the canon's file, "" without one.

    `limits` are those of the old file, None where it has none.
    """

    old: OldFile
    canon: str
    exceptions: Exceptions
    limits: Limits | None
    combine: Combine
    resolved: Resolved
    masks: tuple[Mask, ...]
    evidence: tuple[ImportedList, ...]


def files(made: Constellation) -> tuple[tuple[str, str], ...]:
    """(name, text) of each file, the root first."""
    others = [(CANON_FILE, _canon(made))]
    if made.masks:
        others.append(("masks.star", _masks(made)))
    others += [(LISTS[each.kind][0], _evidence(made, each)) for each in made.evidence]
    if made.resolved.denied or made.exceptions.barred or made.exceptions.forced:
        others.append(("exceptions.star", _exceptions(made)))
    others.append(("ceilings.star", _ceilings(made)))
    written = [(f"{ROOT}.star", _root(made, [name for name, _ in others])), *others]
    return tuple((name, _laid_out(name, text)) for name, text in written)


def _laid_out(name: str, text: str) -> str:
    return format_source(Source(name, text)).text or text


def _text(head: str, *parts: str) -> str:
    return "\n\n".join([head, HEADER, *(part for part in parts if part)]) + "\n"


def _root(made: Constellation, used: Sequence[str]) -> str:
    old = made.old
    version = f", version {old.version}" if old.version else ""
    answers = {
        Combine.SUM: "as its generator did: the weights of all evidence for a star are added",
        Combine.MAX: "as its suggester did: the strongest single evidence for a star counts",
    }
    head = comment(
        f"The rules of {old.name}{version}, imported. They decide {answers[made.combine]}.",
        "The stars are in canon.star, and what speaks for them in the other files.",
    )
    return _text(
        head,
        _ruleset(made),
        "\n".join(f'use "{name}"' for name in used),
        block("weights", [f"{FACETS[kind]} {amount(w)}" for kind, w in old.weights.items()]),
        block("confidence", _confidence(made)),
    )


def _confidence(made: Constellation) -> list[str]:
    return [
        f"combine {made.combine.value}",
        f"suggest {amount(made.old.suggest)}",
        f"promote {amount(made.old.promote)}",
    ]


def _ruleset(made: Constellation) -> str:
    head = f"ruleset {ROOT} {string(made.old.version or FIRST_VERSION)}"
    entries = [f"{IMPORTED} {string(made.old.name)}"]
    if made.old.updated:
        entries.append(f"updated {string(made.old.updated)}")
    if made.old.changelog:
        entries.append(f"changelog {listed(map(string, made.old.changelog))}")
    return block(head, entries)


def _canon(made: Constellation) -> str:
    beside = f", and from {made.canon}" if made.canon else ""
    head = comment(
        f"The stars, from `canonical_stars`, `stars` and `aliases` of {made.old.name}{beside}.",
        "A manifest carries the label. The id, the label and every `aka` are recognised when it is "
        "read.",
    )
    why = {
        Combine.SUM: "Which of two equal stars is shown first: the one that the old rules named "
        "first. It decides no promotion: equal stars are contested.",
        Combine.MAX: "Which of two equal stars is shown first: the one whose label sorted last, as "
        "the suggester had it. It decides no promotion: equal stars are contested.",
    }
    order = f"{comment(why[made.combine])}\norder {listed(made.resolved.order)}"
    stars = [_star(star, made) for star in made.resolved.stars]
    return _text(head, order if made.resolved.order else "", *stars)


def _star(star: NewStar, made: Constellation) -> str:
    lines = [f"{'default ' if star is made.resolved.default else ''}star {star.id}"]
    if star.label != star.id:
        lines.append(f"  label {string(star.label, joiner=True)}")
    if star.emoji:
        lines.append(f"  emoji {string(star.emoji, joiner=True)}")
    if star.domain:
        lines.append(f"  domain {string(star.domain)}")
    if aliases := made.resolved.aliases.get(star.id):
        lines.append(f"  aka {listed(value(each, joiner=True) for each in aliases)}")
    return "\n".join(lines)


def _masks(made: Constellation) -> str:
    head = comment(
        f"Text that must not count, from `exclusions` of {made.old.name}.",
        "Only patterns over names and paths are kept from seeing it.",
    )
    return _text(head, "\n".join(_mask(mask, made) for mask in made.masks))


def _mask(mask: Mask, made: Constellation) -> str:
    why = mask.exclusion.explain or f"excluded in {made.old.name}"
    return f"mask matches /{mask.matches.regex}/i because {string(why)}"


def _evidence(made: Constellation, evidence: ImportedList) -> str:
    head = [LISTS[evidence.kind][1].format(name=made.old.name)]
    if evidence.kind is ListKind.RULES:
        head.append(_READ[made.combine])
    if evidence.source:
        head.append(f"Source of all of them: {evidence.source}.")
    facet = FACETS[evidence.kind]
    repeated = [cell_rule(name, c.star, facet, c.text) for name, c in evidence.repeated]
    rules = [rule(each) for each in evidence.rules]
    cells = table(facet, evidence.cells) if evidence.cells else ""
    return _text(comment(*head), *rules, cells, *repeated)


def _exceptions(made: Constellation) -> str:
    old, exceptions = made.old.name, made.exceptions
    denied = string(f"denied in {old}")
    barred = string(f"`{NEVER}` in {exceptions.name}")
    beside = bool(exceptions.barred or exceptions.forced)
    head = (
        f"Stars that nothing is promoted to, from `deny` of {old}." if made.resolved.denied else ""
    )
    head += (
        f" Modules that are left as they are, or have their star, from {exceptions.name}." * beside
    )
    return _text(
        comment(head.strip()),
        "\n".join(f'never promote to {s} "**" because {denied}' for s in made.resolved.denied),
        "\n".join(
            f"never promote {what} because {barred}"
            for each in exceptions.barred
            for what in _barred(each, exceptions.both(each))
        ),
        "\n".join(
            f"assign {string(each.path)} to {made.resolved.forced[each.path]} "
            f"because {string(each.reason)}"
            for each in exceptions.forced
        ),
    )


def _barred(barred: Barred, forced: Sequence[str]) -> Iterator[str]:
    """What `never promote` is about: globs but for the modules that are forced, or one path."""
    if barred.globs:
        beside = f" except {listed(map(string, forced))}" if forced else ""
        yield f"{listed(map(string, barred.globs))}{beside}"
    yield from (f"when path is {string(path)}" for path in barred.paths if path not in forced)


def _ceilings(made: Constellation) -> str:
    old = made.old.name
    said = (
        f"{old} had no limits. These are the usual ones: change them as you need."
        if made.limits is None
        else f"The `limits` of {old}."
    )
    lines = (made.limits or USUAL).lines(made.resolved.default.id)
    return _text(comment("How far one run may go.", said), block("ceilings", lines))


# What the import changed on purpose, in plain sentences.


def notes_on(made: Constellation, translated: Sequence[Translated]) -> Iterator[Note]:
    """The notes on everything but the stars, in the order of the files."""
    sentences = (
        *_on_the_whole(made),
        *_on_patterns(made, translated),
        *_on_values(made),
        *_on_limits(made),
        *_on_exceptions(made),
    )
    return (Note(sentence) for sentence in sentences)


def _on_the_whole(made: Constellation) -> Iterator[str]:
    old = made.old
    if not old.version:
        yield f"{old.name} has no version: the rule set starts with {FIRST_VERSION}."
    if old.without:
        named = _listed(f"`{key}`" for key in old.without)
        yield f"{old.name} does not say {named}: what the old tools took is written down."
    yield f"`{made.resolved.default.label}` is the default star, since no entry names it."
    read = [FACETS[each.kind] for each in made.evidence if each.kind is not ListKind.RULES]
    if read:
        facets = _listed(f"`{each}`" for each in read)
        yield f"The rules read {facets}, which the manifest profile must declare."


def _on_patterns(made: Constellation, translated: Sequence[Translated]) -> Iterator[str]:
    if made.combine is Combine.SUM:
        yield "Patterns of `rules` read the facet `text` and ignore case, as of old."
    else:
        yield (
            "Patterns of `rules` read the facet `text`, or `path` and `name` where a pattern could "
            "tell the difference, and ignore case, as of old."
        )
    for each in translated:
        for test in each.tests:
            if test.ignoring is not None:
                now = f"/{test.matches.regex}/i ignoring /{test.ignoring.regex}/i"
                yield f"`{written(test.clause.old)}` is now `{now}`."
    if made.combine is Combine.MAX and made.old.exclusions:
        count = len(made.old.exclusions)
        yield (
            f"The {counted(count, 'exclusion')} became no masks: the suggester did not read them."
        )


def _on_values(made: Constellation) -> Iterator[str]:
    if any(each.cells for each in made.evidence):
        if made.combine is Combine.SUM:
            yield (
                "Capabilities and nodes in lower case are compared exactly; the generator ignored "
                "case. It asked for one node of a module, here all of them count."
            )
        else:
            yield "Capabilities and nodes are compared exactly, as of old."


def _on_limits(made: Constellation) -> Iterator[str]:
    if made.combine is Combine.SUM:
        yield "Sums are exact decimals; the generator added binary floats."
    yield (
        "Two stars that tie at the promote threshold or above are contested, and nothing is "
        "promoted; the old tools took one of them."
    )
    for star in made.resolved.denied:
        yield (
            f"`deny` is now `never promote to {star}`. A module whose best star was denied was "
            "left out of the old suggestions; here it is shown with its next one."
        )
    if made.limits is None:
        yield (
            f"{made.old.name} had no ceilings: ceilings.star has the usual ones, and a run that "
            "would breach one of them stops."
        )
    else:
        yield f"`limits` of {made.old.name} are in ceilings.star: a run that breaches one stops."


def _on_exceptions(made: Constellation) -> Iterator[str]:
    exceptions = made.exceptions
    if any(each.globs for each in exceptions.barred):
        yield f"A `*` in `{NEVER}` goes over `/`: each pattern is now the globs that say the same."
    both = dict.fromkeys(path for each in exceptions.barred for path in exceptions.both(each))
    if both:
        named = _listed(f"`{path}`" for path in both)
        yield f"`{FORCE}` and `{NEVER}` both name {named}: what is forced counts."


def _listed(items: Iterable[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


CANON = "star_canon.json"
EXCEPTIONS = "star_rules_exceptions.json"
"""What a canon and the exceptions are called if nobody says otherwise."""


def import_rules(  # noqa: PLR0913 -- three documents, each with its name and text
    document: object,
    source_name: str,
    *,
    canon: object | None = None,
    exceptions: object | None = None,
    combine: Combine = Combine.SUM,
    text: str | None = None,
    canon_name: str = CANON,
    canon_text: str | None = None,
    exceptions_name: str = EXCEPTIONS,
    exceptions_text: str | None = None,
) -> Imported:
    """The rule files that say what `document`, a decoded `star_rules.json`, said.

    `combine` is `sum` for the decisions of the old generator, or `max` for those of the
    old suggester; ValueError for another one. `canon` is the decoded `star_canon.json`,
    whose aliases are carried too, and `exceptions` the decoded `star_rules_exceptions.json`.
    With the texts of the documents, diagnostics have labels.
    """
    if combine is Combine.NOISY_OR:
        raise ValueError(combine)
    found: list[Diagnostic] = []
    names, texts = (
        (source_name, canon_name, exceptions_name),
        (text, canon_text, exceptions_text),
    )
    places = ManifestPlaces(names, texts.__getitem__)
    shapes = [Shapes(places, found, document=number) for number in range(3)]
    old = read_old(document, shapes[0])
    limits = read_limits(document, shapes[0])
    second = None if canon is None else read_canon(canon, shapes[1])
    third = Exceptions() if exceptions is None else read_exceptions(exceptions, shapes[2])
    if not old.canon.labels:
        if not any(each.is_error for each in found):
            hint = "list the labels that manifests carry"
            shapes[0].report(("canonical_stars",), "E903", "there is no label in it", hint=hint)
        return _refused(found)
    return _imported(old, limits, second, third, combine, shapes)


def _refused(found: Sequence[Diagnostic]) -> Imported:
    return Imported((), (), in_order(found))


def _imported(  # noqa: PLR0913, PLR0917 -- what the documents say, and how to speak of it
    old: OldFile,
    limits: Limits | None,
    canon: OldCanon | None,
    exceptions: Exceptions,
    combine: Combine,
    shapes: Sequence[Shapes],
) -> Imported:
    found = shapes[0].found
    notes: list[Note] = []
    resolved = resolve(old, canon or OldCanon(), exceptions, combine, shapes, notes)
    patterns = [entry for entry in old.entries if entry.kind.is_pattern]
    translated = [t for entry in patterns if (t := translate_entry(entry, shapes[0]))]
    masks = [m for each in old.exclusions if (m := translate_exclusion(each, shapes[0]))]
    masks = masks if combine is Combine.SUM else []  # the suggester did not read them
    if resolved is None or any(each.is_error for each in found):
        return _refused(found)
    gatherer = EvidenceGatherer(old, combine, resolved.ids, shapes[0])
    made = Constellation(
        old=old,
        canon="" if canon is None else shapes[1].file.rpartition("/")[2],
        exceptions=exceptions,
        limits=limits,
        combine=combine,
        resolved=resolved,
        masks=gatherer.masks(masks),
        evidence=tuple(gatherer.evidence(translated)),
    )
    notes += notes_on(made, translated)
    notes += _compare(made, masks, translated, shapes[0])
    return Imported(files(made), tuple(notes), in_order(found))


def _compare(
    made: Constellation,
    masks: Sequence[Mask],
    translated: Sequence[Translated],
    shapes: Shapes,
) -> Sequence[Note]:
    """Reports what may differ from the answers of the old tool; a note where it gave up."""
    budget = Budget(MAX_QUESTIONS)
    compared = Differences(made.old, shapes, made.resolved.ids, budget)
    on_paths = [each for each in translated if each.entry.kind is ListKind.RULES]
    others = [each for each in translated if each.entry.kind is not ListKind.RULES]
    compared.of_look_arounds(masks, on_paths)
    compared.of_look_arounds((), others)
    compared.of_masks(masks, on_paths)
    compared.of_alphabets(masks, translated)
    if made.combine is Combine.SUM:
        compared.of_unread([ListKind.PACKAGES], "generator")
        compared.of_sums(made.resolved.order)
    else:
        compared.of_unread([ListKind.OWNERS, ListKind.PACKAGES], "suggester")
        compared.of_weights()
        compared.of_roots(on_paths)
    return () if budget.left > 0 else (_gave_up(),)


def _gave_up() -> Note:
    return Note(
        f"Old and new patterns were asked about texts {MAX_QUESTIONS:,} times, and then no more: "
        "further differences are possible."
    )
