"""What modules miss because of derivations: a value of which there is more than one."""

from collections.abc import Iterator, Sequence

from starlang.diagnostics.model import Diagnostic, at_place
from starlang.engine.evaluate import Evaluation
from starlang.rules.derivations import derivation_words
from starlang.rules.model import Derivation
from starlang.rules.spelling import facet_text

_SHOWN = 3
"""How many modules, or declarations, a sentence names before it counts the others."""


def ambiguities(evaluation: Evaluation) -> Iterator[Diagnostic]:
    """W426 for derivations that hold together where a module has room for one value.

    A module whose manifest has a value keeps it, so nothing is said of that.
    """
    for facet, derived in sorted(evaluation.derived.items()):
        for held, modules in sorted(derived.without_value().items()):
            said = [evaluation.rules.derivations[at] for at in held]
            paths = [evaluation.graph.paths[module] for module in modules]
            yield _ambiguity(facet, said, paths)


def _ambiguity(facet: str, derivations: Sequence[Derivation], paths: Sequence[str]) -> Diagnostic:
    name = facet_text(facet)
    by_value: dict[str, Derivation] = {}  # the first declaration of each value
    for each in derivations:
        by_value.setdefault(derivation_words(each), each)
    told = [f"`{words}` ({each.at})" for words, each in by_value.items()]
    return at_place(
        derivations[0].at,
        "W426",
        f"{_listed(told)} hold together for {_listed(paths)}: `{name}` has room for one value, "
        "and stays empty there",
        hint=f"exclude one of them with `unless`, or write `{name}` into the manifests",
    )


def _listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 4 more`."""
    shown, more = list(words[:_SHOWN]), len(words) - _SHOWN
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    *most, last = shown
    return f"{', '.join(most)} and {last}" if most else last
