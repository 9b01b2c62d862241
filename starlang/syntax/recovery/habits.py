"""What people write who think in another language: operators, words, patterns as strings."""

from collections.abc import Sequence

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, Label, Replacement, at
from starlang.syntax.recovery.borrowed import advice, advised, offered
from starlang.syntax.recovery.spot import Fix, Spot, is_clause, shown
from starlang.syntax.recovery.words import near
from starlang.syntax.scanner import Token, quoted
from starlang.syntax.words import CLAUSES, FORMS, KEYWORDS, NAMES, RESERVED, TESTS, WORDS, expected

_SIGNS = {
    "=": "is",
    "==": "is",
    "!=": "is not",
    "<>": "is not",
    "=~": "matches",
    "~": "matches",
    "&": "and",
    "&&": "and",
    "|": "or",
    "||": "or",
    "!": "not",
    ">=": "at least",
    "<=": "at most",
    ">": "at least",
    "<": "at most",
    "=>": "->",
    "→": "->",
    ":": "->",
}
_WORDS = {
    "contains": "mentions",
    "contain": "mentions",
    "containing": "mentions",
    "includes": "mentions",
    "include": "mentions",
    "like": "mentions",
    "equals": "is",
    "equal": "is",
    "eq": "is",
    **dict.fromkeys(
        [
            "startswith",
            "startsWith",
            "starts_with",
            "start",
            "starting",
            "begins",
            "begin",
            "beginning",
            "beginswith",
            "prefix",
            "has_prefix",
            "hasPrefix",
        ],
        "starts with",
    ),
    **dict.fromkeys(
        ["endswith", "endsWith", "ends_with", "end", "ending", "suffix", "has_suffix", "hasSuffix"],
        "ends with",
    ),
    "within": "under",
    **dict.fromkeys(["exists", "defined", "existing"], "is present"),
    "regex": "matches",
    **dict.fromkeys(["message", "msg", "reason", "description", "why"], "because"),
    "if": "when",
    "where": "when",
    "but": "and",
    "except": "unless",
}
_ELSEWHERE = {"except", "contains", "where"}
"""Words of the language that authors put where others belong."""

_BOUNDS = {"more": "least", "less": "most", "fewer": "most"}
_DIGITS = 6
"""The longest number that a hint counts on from."""

_CLOSERS = {"[": "]", "(": ")", "{": "}"}


def borrowed(spot: Spot) -> Fix | None:
    """The first of the habits that explains the error."""
    return (
        _separator(spot)
        or _brackets(spot)
        or _bare_list(spot)
        or equals_set(spot)
        or _method(spot)
        or _bound(spot)
        or _operator(spot)
    )


def _separator(spot: Spot) -> Fix | None:
    if spot.text(0) != ";":
        return None
    hint = "remove it: blanks and lines are enough"
    return Fix(spot.error("E107", "`;` separates nothing here", hint=hint), drop=1)


def _brackets(spot: Spot) -> Fix | None:
    """`in [a, b]` and `in (a, b)`; a set stands in braces."""
    closer = _CLOSERS.get(spot.text(0))
    if closer is None or spot.text(0) == "{" or "LBRACE" not in spot.accepts:
        return None
    put = braced(spot.ahead, closer)
    message = f"a set is written in braces, not in `{spot.text(0)}`"
    return Fix(spot.error("E107", message, hint="write `{…}`"), drop=len(put), put=put)


def _bare_list(spot: Spot) -> Fix | None:
    """`mentions [a, b]`, `under {"a"}`: these lists need no brackets."""
    closer, texts = _CLOSERS.get(spot.text(0)), [token.text for token in spot.ahead]
    if closer not in texts or "STRING" not in spot.accepts:
        return None
    size = texts.index(closer) + 1
    put = spot.ahead[1 : size - 1]
    if put and put[-1].text == ",":
        put = put[:-1]
    if not put or not spot.fits(put, size):
        return None
    message = f"a list is written without `{spot.text(0)}…{closer}` here"
    hint = f"write `{' '.join(token.text for token in put).replace(' ,', ',')}`"
    return Fix(spot.error("E107", message, hint=hint, count=size), drop=size, put=put)


def _method(spot: Spot) -> Fix | None:
    """`path.startswith("x")`."""
    facet, dot, name = spot.text(0).rpartition(".")
    meant = _WORDS.get(name)
    if not dot or meant is None or "FACET_NAME" not in spot.accepts:
        return None
    has_call = spot.text(1) == "(" and spot.text(3) == ")"
    size, operands = (4, spot.ahead[2:3]) if has_call else (1, ())
    put = (*(spot.made("word", word) for word in (facet, *meant.split())), *operands)
    if not spot.fits(put, size):
        return None
    said = " ".join(token.text for token in put)
    message = f"{shown(spot.token)} is a call, and the language has none"
    return Fix(spot.error("E107", message, hint=f"write `{said}`", count=size), size, put)


def _bound(spot: Spot) -> Fix | None:
    """`has 2 values`, `has more than 2 values`."""
    if spot.previous is None or spot.previous.text != "has" or "AT" not in spot.accepts:
        return None
    if spot.kind(0) == "number":
        hint = f"write `has at least {spot.text(0)} values`, `has at most …`, or both"
        put = tuple(spot.made("word", word, 0) for word in ("at", "least"))
        return Fix(spot.error("E101", "expected `at least` or `at most`", hint=hint), 0, put)
    bound, number = _BOUNDS.get(spot.text(0)), spot.text(2)
    is_count = number.isdigit() and len(number) <= _DIGITS
    if bound is None or spot.text(1) != "than" or not is_count:
        return None
    count = str(max(int(number) + (1 if bound == "least" else -1), 0))
    put = (*(spot.made("word", word) for word in ("at", bound)), spot.made("number", count))
    message = f"`{spot.text(0)} than` is not a bound of the language"
    hint = f"write `has at {bound} {count} values`"
    return Fix(spot.error("E107", message, hint=hint, count=3), 3, put)


def braced(ahead: Sequence[Token], closer: str) -> tuple[Token, ...]:
    """A set that begins here in other signs, in braces; the first sign alone if it has no end."""
    texts = [token.text for token in ahead]
    size = texts.index(closer) + 1 if closer in texts else 1
    put = [ahead[0]._replace(kind="sign", text="{"), *ahead[1:size]]
    if size > 1:
        put[-1] = put[-1]._replace(kind="sign", text="}")
    return tuple(put)


def equals_set(spot: Spot) -> Fix | None:
    """`= [a, b]`, `is {a, b}`: a comparison with a set."""
    if spot.text(0) not in {"=", "==", "is"} or spot.text(1) not in {"[", "{"}:
        return None
    if "IN" not in spot.accepts:
        return None
    put = braced(spot.ahead[1:], "]" if spot.text(1) == "[" else "}")
    message = f"`{spot.text(0)}` compares with one value"
    diagnostic = spot.error("E107", message, hint="write `in {…}`")
    return Fix(diagnostic, drop=1 + len(put), put=(spot.made("word", "in"), *put))


def _operator(spot: Spot) -> Fix | None:
    """`==`, `&&`, `contains`, … where the language has a word of its own."""
    token = spot.token
    if token is None or token.text in KEYWORDS - _ELSEWHERE:
        return None
    meant = _SIGNS.get(token.text) or _WORDS.get(token.text)
    if token.text in {"=", "=="}:
        meant = _meaning_of_equals(spot)
    if meant is None:
        return None
    put = tuple(_word(spot, word) for word in meant.split())
    said = 2 if meant.endswith(" with") and spot.text(1) == "with" else 1
    if not spot.fits(put, said):
        return None
    message = f"`{' '.join(each.text for each in spot.ahead[:said])}` is not a word of the language"
    hint = f"write `{meant}`" if meant else "leave it out"
    if token.text in {"contains", "contain", "containing", "includes", "include"}:
        hint += ", which looks for whole words; `matches /…/` looks inside words"
    return Fix(spot.error("E107", message, hint=hint, count=said), drop=said, put=put)


def _meaning_of_equals(spot: Spot) -> str:
    """Nothing before the number of a weight or threshold, else `is`."""
    return "" if "NUMBER" in spot.accepts else "is"


def _word(spot: Spot, text: str) -> Token:
    return spot.made("sign" if text == "->" else "word", text)


# What people write for `used by at least 3 modules currently STAR`.

_RELATIONS = {
    "imports": "uses",
    "import": "uses",
    "calls": "uses",
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
    hint = f"write `modules {word} {last.text}`"
    if last.text[:1].islower():
        hint += f" for a star, or `modules where (FACET is {last.text})`"
    return _said(spot, put, hint, drop=size + 1)


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


# Names, values, patterns and numbers that are written in the wrong way.

_VALUES = WORDS - NAMES
_PROSE = frozenset({"because", "label", "emoji", "domain", "test", "forbid"})
"""Words that a whole sentence may follow."""

_OPERANDS = frozenset({"word", "string", "number", "percent", "pattern", "clump", "other"})


def operand(spot: Spot) -> Fix | None:  # noqa: PLR0911 -- one return a kind of operand
    """The error explained as an operand of the wrong form."""
    token = spot.token
    if token is None or (token.kind not in _OPERANDS):
        return None
    if "REGEX" in spot.accepts and "STRING" not in spot.accepts:
        return _no_pattern(spot, token)
    if token.kind == "pattern":
        return _pattern(spot)
    if spot.accepts & _VALUES and token.text not in RESERVED:
        return _needs_quotes(spot, token)
    if "STRING" in spot.accepts and token.kind != "string":
        return _unquoted(spot, token)
    if "NUMBER" in spot.accepts:
        return _no_number(spot, token)
    return _wrong_name(spot, token)


def _no_pattern(spot: Spot, token: Token) -> Fix | None:
    """`matches "x"`, `matches r"x"`, `matches x`."""
    size = 2 if token.text == "r" and spot.kind(1) == "string" else 1
    if token.text in RESERVED:
        return None
    last = spot.ahead[size - 1]
    body = last.text[1:-1] if last.kind == "string" else last.text
    hint = f"write `/{body.replace('/', chr(92) + '/')}/`, or `mentions` for words"
    message = "a pattern is written between slashes"
    put = (spot.stand_in("pattern", size),)
    found = spot.error("E104", message, hint=hint, count=size)
    choices = (Replacement(found.labels[0].span, hint.split("`")[1]),)
    return Fix(evolve(found, choices=choices), drop=size, put=put)


def _pattern(spot: Spot) -> Fix | None:
    """`mentions /x/`, `is /x/`."""
    put = (spot.stand_in("string"),)
    if "STRING" not in spot.accepts or not spot.fits(put, 1):
        return None
    hint = f"write `matches {spot.text(0)}`"
    return Fix(spot.error("E104", "only `matches` takes a pattern", hint=hint), drop=1, put=put)


def reserved(spot: Spot) -> Fix | None:
    """A keyword as a value or a name, if it does not begin a clause with what follows it."""
    token = spot.token
    if token is None or token.text not in RESERVED:
        return None
    following = spot.text(1)
    if token.text in CLAUSES.get(spot.declaration, ()) and following not in RESERVED | {"", ","}:
        return None
    is_value = bool(spot.accepts & _VALUES)
    put = (spot.made("string", quoted(token.text)) if is_value else spot.stand_in("word"),)
    if not (spot.accepts & WORDS and spot.fits(put, 1)):
        return None
    message = f"{shown(token)} is a keyword, and no {'value' if is_value else 'name'}"
    hint = f"quote it: `{quoted(token.text)}`" if is_value else "choose another name"
    return Fix(spot.error("E105", message, hint=hint), drop=1, put=put)


def _needs_quotes(spot: Spot, token: Token) -> Fix | None:
    """`is auth.core`, `is foo*`, `{a/b}`."""
    if not any(each.isalnum() for each in token.text):
        return None
    put = (spot.made("string", quoted(token.text)),)
    if not spot.fits(put, 1):
        return None
    if token.kind == "word" and token.text.endswith("*"):
        put = (spot.stand_in("string"),)
        hint = f"write `mentions {token.text}`, or `under {quoted(token.text)}` for paths"
        message = f"{shown(token)}: only `mentions` knows an open end"
        return Fix(spot.error("E101", message, hint=hint), drop=1, put=put)
    message = f"{shown(token)} is a value only in quotes"
    hint = f"write `{quoted(token.text)}`"
    return Fix(spot.error("E106", message, hint=hint), drop=1, put=put)


def _unquoted(spot: Spot, token: Token) -> Fix | None:
    """`use canon`, `under labs/x`, `because nobody asked`."""
    if "STRING" not in spot.accepts or token.kind == "string":
        return None
    size = _length_of_text(spot)
    if not size:
        return None
    text = spot.source.text[spot.ahead[0].start : spot.ahead[size - 1].end]
    put = (spot.made("string", quoted(text), size),)
    if not spot.fits(put, size):
        return None
    hint = f"write `{quoted(text)}`"
    diagnostic = spot.error("E106", "a text is written in double quotes", hint=hint, count=size)
    return Fix(diagnostic, drop=size, put=put)


def _length_of_text(spot: Spot) -> int:
    """How many tokens of the line an author meant as one text."""
    previous = spot.previous.text if spot.previous else ""
    if previous not in _PROSE:
        return 0 if spot.text(0) in RESERVED else 1
    size = 0
    for token in spot.ahead:
        if (size and token.first) or token.kind == "string" or token.text in {"{", "}"}:
            break
        if size and spot.declaration in {"star", "forbid"} and is_clause(spot.declaration, token):
            break
        size += 1
    following = spot.ahead[size] if size < len(spot.ahead) else None
    if following is not None and following.kind == "string":  # the keyword in front is no text
        size -= 1
    return size


def _no_number(spot: Spot, token: Token) -> Fix | None:
    """`weight "0.4"`, `suggest .5`, `margin 5%`."""
    put = (spot.stand_in("number"),)
    if token.text in RESERVED or not spot.fits(put, 1):
        return None
    hint = "write a decimal number, such as `0.40` or `3`"
    if (number := _decimal(token.text)) is not None:
        hint, put = f"write `{number}`", (spot.made("number", number),)
    message = f"{shown(token)} is not a number"
    return Fix(spot.error("E101", message, hint=hint), drop=1, put=put)


def _decimal(text: str) -> str | None:
    """`.5` and `50%` as the number that is meant."""
    if text[:1] == "." and text[1:].isdigit():
        return f"0{text}"
    share = text.removesuffix("%")
    is_share = share != text and share.isdigit() and len(share) <= len("100")
    return f"{int(share) / 100:.2f}" if is_share and int(share) <= 100 else None  # noqa: PLR2004 -- percent


def _wrong_name(spot: Spot, token: Token) -> Fix | None:
    """`rule "my rule"`, `-> core.Trail`, `owner.name is x`."""
    put = (spot.stand_in("word"),)
    if not spot.accepts & NAMES or token.text in RESERVED or not spot.fits(put, 1):
        return None
    hint = "a name is a letter or `_`, then letters, digits, `_` and `-`, all ASCII"
    if "FACET_NAME" in spot.accepts and token.kind == "clump":
        pointer = "/" + token.text.replace(".", "/").strip("/")
        hint = f"name a facet, or a place in the manifest: `field {quoted(pointer)}`"
    return Fix(spot.error("E113", f"{shown(token)} cannot be a name", hint=hint), 1, put)


# Lists, and what is taken for one: facets and values joined by words, and lost commas.

_ELEMENTS = frozenset({"word", "string", "number", "percent", "pattern", "clump"})


def in_list(spot: Spot) -> Fix | None:
    """The error explained as one of a list."""
    return (
        _joined_facets(spot)
        or _test_without_facet(spot)
        or _comma_between_entries(spot)
        or _lost_comma(spot)
    )


def _joined_facets(spot: Spot) -> Fix | None:
    """`path or name mentions x`: every test has one facet."""
    if "IS" not in spot.accepts or spot.previous is None:
        return None
    size = 0
    while spot.text(size) in {"or", "and", ","} and spot.kind(size + 1) == "word":
        size += 2
    if not size or not _is_test(spot, size):
        return None
    join = spot.text(0) if spot.text(0) != "," else "or"
    facets = [spot.previous.text, *(each.text for each in spot.ahead[1:size:2])]
    length = 3 if spot.ahead[size].text in {"starts", "ends"} else 2
    test = " ".join(each.text for each in spot.ahead[size : size + length])
    hint = f"write `{f' {join} '.join(f'{facet} {test}' for facet in facets)}`"
    if set(facets) == {"path", "name"}:
        hint += f", or `text {test}`"
    message = f"`{spot.text(0)}` joins conditions, not facets"
    return Fix(spot.error("E115", message, hint=hint, count=size), drop=size)


def _is_test(spot: Spot, index: int) -> bool:
    """Whether a test stands ahead at `index`, maybe misspelt."""
    if index >= len(spot.ahead):
        return False
    token = spot.ahead[index]
    return token.text in TESTS or near(token, TESTS) is not None or token.kind == "operator"


def _test_without_facet(spot: Spot) -> Fix | None:
    """`path mentions a and mentions b`: the facet is said again."""
    if "FACET_NAME" not in spot.accepts or spot.text(0) not in TESTS:
        return None
    facet = last_facet(spot)
    if facet is None or not spot.fits((facet,), 0):
        return None
    message = f"`{spot.text(0)}` does not say what it tests"
    hint = f"repeat the facet: `{facet.text} {spot.text(0)} …`"
    return Fix(spot.error("E115", message, hint=hint), drop=0, put=(facet,))


def last_facet(spot: Spot) -> Token | None:
    """The facet of the test before, in the place of the next token."""
    for token, following in zip(reversed(spot.before[:-1]), reversed(spot.before), strict=False):
        is_facet = token.kind == "word" and token.text not in RESERVED - {"star"}
        if following.text in TESTS and is_facet:
            return spot.made("word", token.text, 0)
    return None


def _comma_between_entries(spot: Spot) -> Fix | None:
    """A comma between entries of a block, as other languages want it."""
    if spot.text(0) != "," or "RBRACE" not in spot.accepts:
        return None
    hint = "remove it: blanks and lines separate entries"
    return Fix(spot.error("E114", "entries are not separated by commas", hint=hint), drop=1)


def _lost_comma(spot: Spot) -> Fix | None:
    """`mentions a b`, `{a b}`."""
    token, previous = spot.token, spot.previous
    if token is None or previous is None or "COMMA" not in spot.accepts or token.first:
        return None
    if token.kind not in {"word", "string"} or previous.kind not in _ELEMENTS:
        return None
    comma = spot.made("sign", ",", 0)
    if token.text in RESERVED or not spot.fits((comma, token), 1):
        return None
    hint = "put a comma between them"
    if "string" not in {token.kind, previous.kind}:
        hint += f', or quote a phrase: `"{previous.text} {token.text}"`'
    message = f"{shown(previous)} and {shown(token)} are two elements of a list"
    return Fix(spot.error("E101", message, hint=hint), drop=0, put=(comma,))


# Errors that no known habit explains.

_SHORT = 40
"""Characters of what was expected that are worth to be said twice."""


def guess(spot: Spot) -> Fix | None:
    """A sign that is missing, or a token too many, if the declaration goes on well then."""
    if spot.token is None:
        return None
    for sign in ("->", "{"):
        put = (spot.made("sign", sign, 0),)
        if spot.fits((*put, spot.token), 1):
            return Fix(unexpected(spot), drop=0, put=put)
    if spot.text(0) not in RESERVED and spot.fits((), 1):
        return Fix(unexpected(spot), drop=1, is_guess=True)
    return None


_EXPECTING = frozenset({"expects", "expected", "expecting"})


def _unsaid(spot: Spot) -> Diagnostic | None:
    """Another word for `expect`: it was read as a facet, so what does not fit comes far behind."""
    words = [each for each in spot.before[1:] if each.kind == "word"]
    if spot.declaration != "test" or any(each.text == "expect" for each in words):
        return None
    found = next((each for each in words if each.text in _EXPECTING), None)
    if found is None:
        return None
    message = f"{shown(found)} is not a word of a test: it is read as a facet"
    return at(spot.source, found.span, "E101", message, hint="write `expect`")


def unexpected(spot: Spot) -> Diagnostic:
    """What was expected, and what is there instead."""
    if unsaid := _unsaid(spot):
        return unsaid
    wanted = expected(spot.accepts) if spot.declaration else "a declaration"
    found = shown(spot.token or spot.behind)
    after = f" after {shown(spot.previous)}" if spot.previous else ""
    form = FORMS.get(spot.declaration)
    hint = f"it reads: `{form}`" if form else f"declarations begin with {', '.join(FORMS)}"
    hint = advice(spot) or hint
    relation = other_relation(spot)
    if relation:
        hint = f"the relation between modules is called `{relation}`: write `{relation} modules`"
    others: tuple[Label, ...] = ()
    if spot.previous and (spot.token is None or spot.token.first):
        others = (Label(spot.source, spot.previous.span, "after this"),)
    message = f"expected {wanted}{after}, found {found}"
    label = f"expected {wanted}" if len(wanted) < _SHORT else ""
    diagnostic = spot.error("E101", message, hint=hint, label=label, others=others)
    return evolve(diagnostic, replacement=advised(spot, relation), choices=offered(spot))
