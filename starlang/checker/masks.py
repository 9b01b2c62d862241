"""Masks: text that words and patterns never see."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from starlang.checker.checked import Placed
from starlang.checker.findings import first_line
from starlang.checker.located import Located, declared
from starlang.checker.patterns import check_needles, check_pattern
from starlang.checker.rules import Shared, text_of
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.model import Mask
from starlang.syntax.nodes import File, MaskDecl


def check_masks(files: Sequence[File], shared: Shared) -> tuple[Placed[Mask], ...]:
    """One mask a needle or pattern. Reports W204 (masked twice) and W205 (no reason)."""
    found: list[Placed[Mask]] = []
    firsts: dict[Needle | Pattern, Placed[Mask]] = {}
    for declaration in declared(files, MaskDecl):
        if not text_of(declaration.node.because).strip():
            place = first_line(declaration.source, declaration.node.span)
            hint = 'add `because "…"`: text that is out of sight should not surprise anybody'
            shared.findings.report(
                "W205", place, "this mask does not say why it is there", hint=hint
            )
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
