"""What the import changed on purpose, in plain sentences."""

from collections.abc import Iterator, Sequence

from starlang.compiler.legacy.evidence import FACETS
from starlang.compiler.legacy.files import FIRST_VERSION, Constellation
from starlang.compiler.legacy.imported import Note
from starlang.compiler.legacy.old_file import Kind
from starlang.compiler.legacy.re2_syntax import written
from starlang.compiler.legacy.translating import Translated
from starlang.rulesets.model import Combine
from starlang.text import counted


def notes_on(made: Constellation, translated: Sequence[Translated]) -> Iterator[Note]:
    """The notes on everything but the stars, in the order of the files."""
    sentences = (
        *_on_the_whole(made),
        *_on_patterns(made, translated),
        *_on_values(made),
        *_on_limits(made),
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
    read = [FACETS[each.kind] for each in made.evidence if each.kind is not Kind.RULES]
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
    yield (
        f"{made.old.name} had no ceilings: ceilings.star has the usual ones, and a run that would "
        "breach one of them stops."
    )


def _listed(items: Iterator[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last
