"""What people write for `uses modules where (role is backend)`.

What neighbours must meet is in parentheses, since `where A and B` would be read in two ways. It
comes last, once, and after `modules`: other languages and English have it in any place, and after
many words.
"""

from collections.abc import Sequence

from attrs import evolve

from starlang.diagnostics.model import Replacement
from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.scanner import Token
from starlang.syntax.words import TESTS
from starlang.text import Span

_LINKS = frozenset(
    {
        *("with", "whose", "having", "which", "that", "such", "for", "if", "of", "who"),
        *("are", "is", "have", "has", "tagged"),
    }
)
"""Words that come before what neighbours are like."""

_OPENERS = {"(": ")", "[": "]", "{": "}"}
_SIGNS = frozenset({"=", "==", "!=", ":"})
_EARLIER = frozenset({"under", "currently", "reaching"})
"""What is said of neighbours before `where`."""

_WHERE = "what neighbours must meet follows `modules where`, in parentheses"


def of_neighbours(spot: Spot) -> Fix | None:
    """The error explained as a `where` in other words, or in another place."""
    return (
        _bare(spot)
        or _described(spot)
        or _second(spot)
        or _too_late(spot)
        or _any_module(spot)
        or _without_modules(spot)
        or _of_module(spot)
        or _no_path(spot)
    )


def _size(spot: Spot) -> int:
    """How many tokens of a condition are ahead."""
    size, in_braces = 0, False
    while in_braces or spot.text(size) == "," or not spot.ends_condition(size):
        if spot.kind(size) is None or spot.text(size) == "where":
            break
        in_braces = (in_braces or spot.text(size) == "{") and spot.text(size) != "}"
        size += 1
    return size


def _bare(spot: Spot) -> Fix | None:
    """`where role is backend`: the test is read as if it were in parentheses."""
    if spot.previous is None or spot.previous.text != "where" or "LPAR" not in spot.accepts:
        return None
    size = _size(spot)
    if size <= 1:  # no test
        return None
    inner = spot.ahead[:size]
    message = "what neighbours must meet is written in parentheses"
    hint = f"write `where ({_text(spot, inner)})`; what is outside of them is asked of this module"
    put = (spot.made("sign", "("), *inner, spot.made("sign", ")"))
    return Fix(spot.error("E119", message, hint=hint, count=size), drop=size, put=put)


def _described(spot: Spot) -> Fix | None:
    """`modules with role backend`, `modules whose role is backend`, `modules (role is backend)`."""
    if "WHERE" not in spot.accepts:
        return None
    first = 0
    while spot.text(first) in _LINKS:
        first += 1
    closer = _OPENERS.get(spot.text(first))
    if closer is None:
        size = first + len(_tokens_of_test(spot, first))
        inner = spot.ahead[first:size]
    else:
        texts = [token.text for token in spot.ahead]
        size = texts.index(closer) + 1 if closer in texts else 0
        inner = spot.ahead[first + 1 : size - 1]
    test = _as_test(spot, inner)
    if not test:
        return None
    put = (spot.made("word", "where", size), spot.made("sign", "("), *test, spot.made("sign", ")"))
    if not spot.fits(put, size):
        return None
    said = " ".join(token.text for token in test)
    hint = f"write `modules where ({said})`"
    return Fix(spot.error("E119", _WHERE, hint=hint, count=size), size, put)


def _tokens_of_test(spot: Spot, first: int) -> Sequence[Token]:
    """The tokens up to the end of what may be a test."""
    size = first
    while spot.kind(size) is not None and not spot.ends_condition(size):
        size += 1
    return spot.ahead[first:size]


def _as_test(spot: Spot, inner: Sequence[Token]) -> tuple[Token, ...]:
    """`inner` as a test, `role backend` with `is` between; () where it is none."""
    texts = [token.text for token in inner]
    if len(inner) > 1 and inner[0].kind == "word" and (texts[1] in TESTS | _SIGNS):
        named = [spot.made("word", "is", 0) if t.text in _SIGNS else t for t in inner]
        return tuple(named)
    if [token.kind for token in inner] in (["word", "word"], ["word", "string"]):
        return (inner[0], spot.made("word", "is", 0), inner[1])
    return ()


def _second(spot: Spot) -> Fix | None:
    """`where (…) where (…)`."""
    if spot.text(0) != "where" or not _after_where(spot):
        return None
    texts = [token.text for token in spot.ahead]
    size = texts.index(")") + 1 if spot.text(1) == "(" and ")" in texts else 1
    message, hint = "`where` appears twice", "join the conditions: `where (A and B)`"
    if size == 1:
        size += len(_tokens_of_test(spot, 1))
    return Fix(spot.error("E109", message, hint=hint, count=size), size)


def _after_where(spot: Spot) -> bool:
    """Whether a `where (…)` ends here."""
    if spot.previous is None or spot.previous.text != ")":
        return False
    depth = 0
    for token, before in zip(reversed(spot.before), reversed(spot.before[:-1]), strict=False):
        depth += (token.text == ")") - (token.text == "(")
        if depth <= 0:
            return token.text == "(" and before.text == "where"
    return False


def _too_late(spot: Spot) -> Fix | None:
    """`where (…) under "core"`."""
    word, operand = spot.text(0), spot.text(1)
    if word not in _EARLIER or not _after_where(spot):
        return None
    message = f"`{word}` comes before `where`"
    hint = f"write `modules {word} {operand} where (…)`"
    return Fix(spot.error("E101", message, hint=hint, count=2), 2)


def _any_module(spot: Spot) -> Fix | None:
    """`uses any module`; where words follow that say which, the error there is enough."""
    if "MODULES" not in spot.accepts or spot.text(0) not in {"any", "a", "some"}:
        return None
    if spot.text(1) != "module":
        return None
    message, hint = "`modules` is meant of one or more", "write `modules`"
    diagnostic = spot.error("E107", message, hint=hint, count=2)
    is_said = spot.text(2) in _LINKS
    return Fix(None if is_said else diagnostic, 2, (spot.made("word", "modules", 2),))


def _without_modules(spot: Spot) -> Fix | None:
    """`uses where (…)`, `uses (…)`."""
    if "MODULES" not in spot.accepts or spot.text(0) not in {"where", "("}:
        return None
    words = ("modules",) if spot.text(0) == "where" else ("modules", "where")
    put = tuple(spot.made("word", word, 0) for word in words)
    message = f"{shown(spot.token)} does not say that modules are meant"
    return Fix(spot.error("E107", message, hint="write `modules where (…)`"), 0, put)


def _of_module(spot: Spot) -> Fix | None:
    """`owner is x where tier is T1`: this is not about neighbours."""
    has_when = any(token.text == "when" for token in spot.before)
    if spot.text(0) != "where" or "AND" not in spot.accepts or not has_when:
        return None
    put = (spot.made("word", "and"),)
    message = "`where` follows `modules` and is about neighbours"
    return Fix(spot.error("E107", message, hint="write `and`"), 1, put)


def _no_path(spot: Spot) -> Fix | None:
    """`where (under "core")`."""
    before = [token.text for token in spot.before[-2:]]
    if before != ["where", "("] or spot.text(0) != "under":
        return None
    place = spot.text(1)
    message = "`under` does not say what it tests"
    hint = f"write `modules under {place}`, or `where (path under {place})`"
    found = spot.error("E115", message, hint=hint)
    start = found.labels[0].span.start
    choices = (Replacement(Span(start, start), "path "),)
    return Fix(evolve(found, choices=choices), 0, (spot.made("word", "path", 0),))


_COUNTS = frozenset({"any", "some", "all", "every", "each", "no", "exists", "forall", "none"})


def advice_on_neighbours(spot: Spot) -> str:
    """What to write instead, or "" where no neighbours are meant."""
    before, found = spot.previous.text if spot.previous else "", spot.text(0)
    if before in _COUNTS:
        return (
            "write `uses modules where (…)` for any, `uses at most 0 modules where (…)` for none, "
            "and `uses at most 0 modules where (not (…))` for all"
        )
    if before == "where" and "LPAR" in spot.accepts:
        return "write `where (CONDITION)`"
    if before == "where" or (before == "modules" and found == "where"):
        return "write `uses modules where (CONDITION)`, with one `where`"
    if before in {"currently", "reaching"} and spot.kind(0) == "word":
        return f"write `modules {before} {found} where (…)`: it comes before the parentheses"
    return ""


def _text(spot: Spot, tokens: Sequence[Token]) -> str:
    return spot.source.text[tokens[0].start : tokens[-1].end]
