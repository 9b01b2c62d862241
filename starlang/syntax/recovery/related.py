"""What people write for `used by at least 3 modules currently STAR`."""

from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.scanner import Token

_RELATIONS = {
    "imports": "uses",
    "import": "uses",
    "calls": "uses",
    "depends": "uses",
    "requires": "uses",
    "imported": "used by",
    "called": "used by",
    "required": "used by",
    "within": "inside",
}
_LINKS = frozenset({"that", "are", "which", "is", "with", "star", "carrying", "in", "the"})


def related(spot: Spot) -> Fix | None:
    """The error explained as a relation said in other words."""
    if spot.token is None:
        return None
    if "MODULES" in spot.accepts:
        return _before_modules(spot, spot.token)
    if "CURRENTLY" in spot.accepts:
        return _after_modules(spot)
    return None


def _before_modules(spot: Spot, token: Token) -> Fix | None:
    """`used by 3 modules`, `used by no modules`, `used by Trail modules`, `uses "labs"`."""
    modules = spot.made("word", "modules", 0)
    # What is there already need not be put.
    rest = () if spot.text(1) in {"modules", "module"} else (modules,)
    is_bound = "AT" not in spot.accepts
    if token.kind == "number" and not is_bound:
        put = _words(spot, "at least", token, *rest)
        return _said(spot, put, f"write `at least {token.text} modules`")
    if token.text in {"no", "any", "some"} and not is_bound:
        bound = "at most 0 " if token.text == "no" else ""
        zero = spot.made("number", "0", 0)
        put = _words(spot, "at most", zero, *rest) if bound else rest
        return _said(spot, put, f"write `{bound}modules`")
    if token.kind == "string":
        put = (modules, spot.made("word", "under", 0), token)
        return _said(spot, put, f"write `modules under {token.text}`, a directory or a glob")
    if token.kind == "word" and spot.text(1) in {"modules", "module"}:
        put = (modules, spot.made("word", "currently", 0), token)
        return _said(spot, put, f"write `modules currently {token.text}`", drop=2)
    if token.kind == "word" and token.text[:1].isupper():
        put = (modules, spot.made("word", "currently", 0), token)
        return _said(spot, put, f"write `modules currently {token.text}`")
    return None


def _after_modules(spot: Spot) -> Fix | None:
    """`modules that are Trail`, `modules star Trail`, `modules in "labs"`."""
    size = 0
    while size < len(spot.ahead) and spot.text(size) in _LINKS:
        size += 1
    if not size or size == len(spot.ahead):
        return None
    last = spot.ahead[size]
    is_place = last.kind == "string"
    word = "under" if is_place else "currently"
    put = (spot.made("word", word, 0), last)
    return _said(spot, put, f"write `modules {word} {last.text}`", drop=size + 1)


def other_relation(spot: Spot) -> str:
    """The relation that the word before this place was meant to be, or ""."""
    return _RELATIONS.get(spot.previous.text, "") if spot.previous else ""


def _words(spot: Spot, text: str, *more: Token) -> tuple[Token, ...]:
    return (*(spot.made("word", word, 0) for word in text.split()), *more)


def _said(spot: Spot, put: tuple[Token, ...], hint: str, drop: int = 1) -> Fix | None:
    if not spot.fits(put, drop):
        return None
    message = f"{shown(spot.token)} does not say which modules are meant, or how many"
    return Fix(spot.error("E107", message, hint=hint, count=drop), drop=drop, put=put)
