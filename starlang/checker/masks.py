"""Masks: text that words and patterns never see."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from starlang.checker.checked import Placed
from starlang.checker.located import Located, declared
from starlang.checker.patterns import check_needles, check_pattern
from starlang.checker.reasons import check_reason
from starlang.checker.rules import Shared, text_of
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.model import Mask
from starlang.syntax.nodes import File, MaskDecl


def check_masks(files: Sequence[File], shared: Shared) -> tuple[Placed[Mask], ...]:
    """One mask a needle or pattern. Reports E216 (no reason) and W204 (masked twice)."""
    found: list[Placed[Mask]] = []
    firsts: dict[Needle | Pattern, Placed[Mask]] = {}
    for declaration in declared(files, MaskDecl):
        check_reason(shared.scope(declaration.source), declaration.node.because)
        for mask in _masks(declaration, shared):
            found.append(mask)
            first = firsts.setdefault(mask.value.what, mask)
            if first is not mask:
                shared.findings.report(
                    "W204",
                    mask.label,
                    f"`{mask.value.what}` is masked twice",
                    others=[evolve(first.label, message="masked here already")],
                    hint="remove one of them",
                )
    return tuple(found)


def _masks(declaration: Located[MaskDecl], shared: Shared) -> Iterator[Placed[Mask]]:
    node = declaration.node
    scope = shared.scope(declaration.source)
    because = text_of(node.because)
    if node.pattern is not None:
        pattern = check_pattern(scope, node.pattern, hides=True)
        if pattern is not None:
            place = declaration.label(node.pattern)
            yield Placed(Mask(pattern, because, declaration.at(node.pattern)), place)
        return
    for needle, place in check_needles(scope, node.needles, hides=True) or ():
        yield Placed(Mask(needle, because, place.source.place(place.span)), place)
