"""What authors of other tools write for a `forbid` and for relations over several steps.

Rego says `deny` and `violation`, import-linter `contract` and `layers`, dependency-cruiser `from`,
`to` and `circular`, Nx `onlyDependOn…`, YAML a colon; and English says `does not depend on`. Where
one word stands for another, `foreign` puts it right and reading goes on. Where the sentence has to
be turned round, `advice` says in which way.
"""

import re

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, Replacement, at
from starlang.syntax.recovery.neighbours import advice_on_neighbours
from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.scanner import Token
from starlang.syntax.words import FORMS, RESERVED, TESTS
from starlang.text import Source, Span

_FORBID = f"write `{FORMS['forbid']}`"
_STEPS = "write `depends on modules`, over any number of steps, or `uses modules`, for one step"
_NOT_STEPS = "write `not depends on modules`, or `depends on at most 0 modules`"
_CYCLE = "write `in a cycle`, which is about no facet"
_ORPHAN = "write `uses at most 0 modules and used by at most 0 modules`"

_DENIALS = """
deny violation violations contract assert assertion disallow prohibit ban refuse reject must
require constraint boundary boundaries invariant check policy warn
"""
DENIALS = frozenset(_DENIALS.split())
"""Words that begin what must never be, or always, in other languages."""

DEFINITIONS = frozenset({"let", "def", "set", "fact", "facet", "alias", "macro", "var", "const"})
"""Words that begin what is derived in other languages."""

_DERIVE = f"write `{FORMS['derive']}`"
_SOURCES = "write `promote 0.70 from 2 sources`"

_IN = {
    "derive": {
        **dict.fromkeys(("is", "->", "as", "=>", "yes"), f"only blanks are between: {_DERIVE}"),
        "{": f"a condition has no braces: {_DERIVE}",
        "weight": "what is derived has no weight: give one to the rule that reads it",
        ",": "a declaration gives one value: write another `derive` for the other",
        "path": f"`when` is missing: {_DERIVE}",
    },
    "confidence": {
        "with": _SOURCES,
        "two": f"write the number in digits: {_SOURCES.removeprefix('write ')}",
        "at": f"`from 2 sources` means at least 2: {_SOURCES}",
        "sources": _SOURCES,
        "from": f"the threshold comes first: {_SOURCES}",
        "and": "commas separate facets: `same source path, node`",
    },
}
"""Declaration -> the word that does not fit -> what to write."""

OUTCOMES_ELSEWHERE = {
    **dict.fromkeys(("allowed", "allow", "allows", "pass", "passes", "ok"), "not forbidden"),
    **dict.fromkeys((*DENIALS, "forbid", "forbids", "denied", "fail", "fails"), "forbidden"),
}
"""What a test expects in other words -> in those of the language."""

_AFTER = {
    **dict.fromkeys(("depend", "depends_on", "dependsOn", "dependson"), _STEPS),
    **dict.fromkeys(("reaches", "reach", "transitively", "indirectly", "upstream"), _STEPS),
    **dict.fromkeys(("circular", "cyclic", "cycle", "cycles", "acyclic"), _CYCLE),
    **dict.fromkeys(("orphan", "orphaned", "unused", "independent"), _ORPHAN),
    **dict.fromkeys(("onlyDependOnLibsWithTags", "notDependOnLibsWithTags"), _STEPS),
}
"""The word before the error -> what it should have been: it was read as the name of a facet."""

_FOUND = {
    "depend": _NOT_STEPS,
    "does": _NOT_STEPS,
}
"""The word that does not fit -> what to write."""

_IN_FORBID = {
    "weight": "a `forbid` gives no evidence, so it has no weight",
    "->": "a `forbid` is about modules and gives no star: say `when` it holds",
    "severity": "leave `severity` out: the config says it, under `[severity.forbid]`",
    "level": "leave `level` out: the config says it, under `[severity.forbid]`",
    "from": 'write `when path under "…" and depends on modules under "…"`',
    "to": 'write `when path under "…" and depends on modules under "…"`',
    ":": f"leave the colon out: {_FORBID}",
    "{": f"a `forbid` has no braces: {_FORBID}",
    "=>": "say what must not be: join both with `and`, as `path under … and uses modules …`",
}
"""The same in a `forbid`."""


def advice(spot: Spot) -> str:
    """What to write instead, or "" where nothing of this kind is meant."""
    before = spot.previous.text if spot.previous else ""
    found = spot.text(0)
    if spot.declaration == "forbid" and (hint := _in_forbid(spot, before, found)):
        return hint
    if spot.declaration == "test" and before in OUTCOMES_ELSEWHERE and spot.kind(0) == "string":
        return f"write `expect {OUTCOMES_ELSEWHERE[before]} {found}`"
    if hint := _half_said(spot) or _IN.get(spot.declaration, {}).get(found, ""):
        return hint
    if before == "in" and found == "a":
        return _CYCLE
    if hint := advice_on_neighbours(spot):
        return hint
    return _AFTER.get(before, "") or _FOUND.get(found, "")


def _half_said(spot: Spot) -> str:
    """What to write where the grammar is clear, and its words are not what authors expect."""
    if _is_one_star(spot):
        return "did you mean `stars`?"
    if spot.declaration == "test" and {"STAR", "WITH"} <= set(spot.accepts):
        return 'say what the neighbour is: `uses "a" star STAR`, or `uses "a" with FACET VALUE`'
    return ""


def _is_one_star(spot: Spot) -> bool:
    """`at most 1 star per module`: a word that begins a declaration is not taken for another."""
    return spot.text(0) == "star" and "STARS" in spot.accepts


def _in_forbid(spot: Spot, before: str, found: str) -> str:
    if before == "unless" and spot.kind(0) == "string":
        return f"write `except {found}` for one module, or `unless path under {found}`"
    if before == "except":
        return 'write `except "PATH"` for one module, or `unless CONDITION`'
    return _IN_FORBID.get(found, "")


_HEADS = {_STEPS: "depends on", _CYCLE: "in a cycle", _ORPHAN: _ORPHAN.split("`")[1]}
"""What to write -> what of it stands in the place of the word before the error."""


def advised(spot: Spot, relation: str) -> Replacement | None:
    """The same as an edit, where it is about one word: mostly the one before the error.

    `relation` is what that word means if it is the name of a relation elsewhere, or "".
    """
    previous, token = spot.previous, spot.token
    if previous is None or token is None:
        return None
    if _is_one_star(spot):
        return Replacement(token.span, "stars")
    outcome = OUTCOMES_ELSEWHERE.get(previous.text, "")
    if spot.declaration == "test" and outcome and token.kind == "string":
        return Replacement(previous.span, outcome)
    words = relation or _HEADS.get(_AFTER.get(previous.text, ""), "")
    if not words:
        return None
    end = previous.end
    if token.text in {words.rpartition(" ")[2], "uses"}:  # `depend on`, `transitively uses`
        end = token.end
    elif token.kind == "string":
        words = f"{words} modules under"
    return Replacement(Span(previous.start, end), words)


def offered(spot: Spot) -> tuple[Replacement, ...]:
    """The edits that `advice` names where it leaves a choice."""
    previous, token = spot.previous, spot.token
    if previous is None or token is None:
        return ()
    if spot.declaration == "forbid" and previous.text == "unless" and token.kind == "string":
        place = Span(previous.start, token.end)
        words = (f"except {token.text}", f"unless path under {token.text}")
        return tuple(Replacement(place, each) for each in words)
    if [spot.text(number) for number in range(len(_DENIED))] == _DENIED:
        place = Span(token.start, spot.ahead[len(_DENIED) - 1].end)
        return tuple(Replacement(place, each) for each in _NOT_DEPENDS)
    return ()


_DENIED = ["does", "not", "depend", "on"]
_NOT_DEPENDS = ("not depends on", "depends on at most 0")


def foreign(spot: Spot) -> Fix | None:
    """One of these sayings, put right."""
    return (
        _never(spot)
        or _cycle(spot)
        or _no_when(spot)
        or _no_and(spot)
        or _no_modules(spot)
        or _only(spot)
        or _between(spot)
        or _size(spot)
        or _one_of(spot)
        or _existence(spot)
        or _label(spot)
    )


_BETWEEN = 4
"""`between 1 and 3`, in tokens."""


def _between(spot: Spot) -> Fix | None:
    """`tier between 1 and 3`."""
    is_range = spot.kind(1) == spot.kind(3) == "number" and spot.text(2) == "and"
    facet = spot.previous
    if spot.text(0) != "between" or not is_range or "AT" not in spot.accepts or facet is None:
        return None
    low, high = spot.ahead[1], spot.ahead[3]
    again = (facet,) if facet.kind == "word" else (spot.made("word", "field"), facet)
    put = (
        *_made(spot, "at least"),
        low,
        *_made(spot, "and"),
        *again,
        *_made(spot, "at most"),
        high,
    )
    words = " ".join(token.text for token in put)
    hint = f"write `{words}`"
    message = "`between` is not a word of the language"
    return Fix(spot.error("E107", message, hint=hint, count=_BETWEEN), _BETWEEN, put)


_COUNTS = frozenset({"len", "length", "count", "size", "sizeof", "cardinality"})
_COMPARED = {
    ">=": ("at least", 0),
    ">": ("at least", 1),
    "<=": ("at most", 0),
    "<": ("at most", -1),
    "==": ("at least", 0),
    "=": ("at least", 0),
}
_DIGITS = 6
"""The longest number that a hint counts on from."""


def _size(spot: Spot) -> Fix | None:
    """`len(capability) >= 3`, `capability.length > 2`."""
    before, token = spot.previous, spot.token
    is_call = before is not None and before.text in _COUNTS and spot.text(0) == "("
    if before is not None and is_call and spot.text(2) == ")":
        facet, start, size = spot.text(1), before.start, 5
    elif token is not None and token.text.rpartition(".")[2] in _COUNTS and "." in token.text:
        facet, start = token.text.rpartition(".")[0], token.start
        size = 5 if (spot.text(1), spot.text(2)) == ("(", ")") else 3
    else:
        return None
    bound, more = _COMPARED.get(spot.text(size - 2), ("", 0))
    number = spot.text(size - 1)
    if not bound or not number.isdigit() or len(number) > _DIGITS:
        return None
    words = f"{facet} has {bound} {max(int(number) + more, 0)} values"
    if spot.text(size - 2) in {"==", "="}:
        words += f" and {facet} has at most {number} values"
    message = "the language has no functions; how many values a facet has is a test"
    found = spot.error("E107", message, hint=f"write `{words}`", count=size)
    edit = Replacement(Span(start, spot.ahead[size - 1].end), words)
    put = (spot.stand_in("word", size), *_made(spot, "is present"))
    if is_call:
        put = put[1:]
    put = (*put[:-1], put[-1]._replace(stand_in=True))
    return Fix(evolve(found, replacement=edit), size, put)


_ANY = frozenset({"one", "any", "either"})


def _one_of(spot: Spot) -> Fix | None:
    """`owner one of a, b`, `owner any of {a, b}`."""
    if spot.text(0) not in _ANY or spot.text(1) != "of" or "IN" not in spot.accepts:
        return None
    return one_of(spot, 0)


def one_of(spot: Spot, first: int, *denied: Token) -> Fix | None:
    """A set after the words at `first`, which may be in brackets of any kind, or in none."""
    opener = spot.text(first + 2)
    size, values = first + 2, []
    if opener in _CLOSERS:
        size += 1
    while spot.kind(size) in {"word", "string", "number"}:
        values.append(spot.ahead[size])
        size += 1
        if spot.text(size) != "," or spot.kind(size + 1) not in {"word", "string", "number"}:
            break
        size += 1
    if opener in _CLOSERS:
        if spot.text(size) != _CLOSERS[opener]:
            return None
        size += 1
    if not values:
        return None
    comma = spot.made("sign", ",")
    listed = [part for value in values for part in (comma, value)][1:]
    put = (*denied, *_made(spot, "in"), spot.made("sign", "{"), *listed, spot.made("sign", "}"))
    words = f"{'not ' if denied else ''}in {{{', '.join(value.text for value in values)}}}"
    message = f"`{spot.text(first)} of` is not a test of the language"
    found = spot.error("E107", message, hint=f"write `{words}`", count=size)
    start = spot.ahead[0].start
    return Fix(
        evolve(found, replacement=Replacement(Span(start, spot.ahead[size - 1].end), words)),
        size,
        put,
    )


_CLOSERS = {"[": "]", "(": ")", "{": "}"}
_EXISTS = frozenset({"has", "exists", "exist", "defined", "isset", "present", "missing"})


def _existence(spot: Spot) -> Fix | None:
    """`has owner`, `exists owner`, `defined(owner)`."""
    before = spot.previous
    if before is None or before.text not in _EXISTS or "IS" not in spot.accepts:
        return None
    in_brackets = spot.text(0) == "(" and spot.text(2) == ")"
    size = 3 if in_brackets else 1
    facet = spot.ahead[1 if in_brackets else 0] if len(spot.ahead) >= size else None
    if facet is None or facet.kind != "word" or facet.text in TESTS or facet.text in RESERVED:
        return None
    word = "missing" if before.text == "missing" else "present"
    words = f"{facet.text} is {word}"
    message = f"the facet comes first: `{before.text}` would be the name of one"
    found = spot.error("E107", message, hint=f"write `{words}`", count=size)
    edit = Replacement(Span(before.start, spot.ahead[size - 1].end), words)
    put = (*_made(spot, "is"), spot.made("word", word)._replace(stand_in=True))
    return Fix(evolve(found, replacement=edit), size, put)


def _made(spot: Spot, text: str) -> tuple[Token, ...]:
    return tuple(spot.made("word", word) for word in text.split())


_LABELS = re.compile(r'\bstar\s++([\w-]++)\s++label\s++("(?:[^"\\\n]|\\.)*+")')
"""A star that a file declares, and its label."""


def _label(spot: Spot) -> Fix | None:
    """`-> "✦ Trail (Memory)"`: a rule names a star by its id, not by its label."""
    token = spot.token
    if token is None or token.kind != "string" or "STAR_NAME" not in spot.accepts:
        return None
    labels = {found[2]: found[1] for found in _LABELS.finditer(spot.source.text)}
    declared = labels.get(token.text)
    hint = "name the star by its id, the word after `star` in the canon"
    put = (spot.stand_in("word"),)
    if declared is not None:
        hint = f"write `{declared}`, the id of that star"
        put = (spot.made("word", declared),)
    message = f"{shown(token)} is the label of a star, or its name in quotes"
    return Fix(spot.error("E113", message, hint=hint), 1, put)


# Files of other languages: nothing in them is worth a finding of its own.

_LANGUAGES = (
    (
        "Rego",
        re.compile(
            r"(?:package\s+[\w.]+|import\s+(?:rego|data|future)\b|default\s+\w+\s*:?=)",
            re.MULTILINE,
        ),
        (
            "what a module is, `rule NAME -> STAR when …` says, and what it must not be, "
            "`forbid`; conditions are joined by `and`"
        ),
    ),
    (
        "Cedar",
        re.compile(r"(?:@\w+\(\"[^\"]*\"\)\s*)?(?:permit|forbid)\s*\("),
        (
            "there is no principal and no action: `forbid` and `rule` are about modules, and "
            "test their facets"
        ),
    ),
    (
        "SQL",
        re.compile(
            r"(?i:select|create\s+(?:table|view)|insert\s+into|update|delete\s+from|with)\s[^{]*?"
            r"(?i:\bfrom\b|\btable\b|\bview\b|\binto\b|\bset\b)"
        ),
        (
            "a rule is a condition, `rule NAME -> STAR when owner is …`, and the table of all "
            "modules is `starlang plan --format csv`"
        ),
    ),
    (
        "CODEOWNERS",
        re.compile(
            r"\S+[ \t]+(?:@[\w./-]+|[\w.+-]+@[\w.-]+\.\w+)(?:[ \t]+@\S+)*[ \t]*(?:#.*)?$",
            re.MULTILINE,
        ),
        "owners stay in CODEOWNERS, which a profile can read; rules test them: `owner is …`",
    ),
    (
        "JSON",
        re.compile(r"(?m)[\[{]\s*(?:[\"\]}{\[]|$)"),
        "older rules in JSON are read by `starlang import FILE`",
    ),
    (
        "HCL",
        re.compile(
            r"(?:resource|variable|module|provider|terraform|locals|data)\s*(?:\"[^\"]*\"\s*)*\{",
            re.MULTILINE,
        ),
        "a rule has no braces: `rule NAME -> STAR when …`",
    ),
    (
        "YAML",
        re.compile(
            r"(?:---\s*\n)?[\w-]+:(?:[ \t]*\n[ \t]*(?:-[ \t]|[\w-]+:)|[ \t]+\S+\n[\w-]+:)",
            re.MULTILINE,
        ),
        "a rule reads `rule NAME -> STAR when …`, without colons; the config and profiles are TOML",
    ),
    (
        "Python",
        re.compile(
            r"(?:(?:async\s+)?def\s+\w+\(|class\s+\w+[(:]|from\s+[\w.]+\s+import\b|load\(|@\w+\b(?!\())",
            re.MULTILINE,
        ),
        (
            "a rule reads `rule NAME -> STAR when …`; Starlark is another language with the same "
            "ending"
        ),
    ),
)
"""What a language is called, how its files begin, and what its authors need to know here."""

_BLANK = re.compile(r"(?:\s++|#[^\n]*+|//[^\n]*+|--[^\n]*+)*+")


def other_language(source: Source, text: str) -> Diagnostic | None:
    """What a file is that is written in another language."""
    start = _BLANK.match(text)
    begin = start.end() if start else 0
    for name, pattern, hint in _LANGUAGES:
        found = pattern.match(text, begin)
        if found is not None:
            end = text.find("\n", begin)
            span = Span(begin, end if end > begin else len(text))
            message = f"this is no rule file: it looks like {name}"
            return at(source, span, "E120", message, hint=hint)
    return None


_VERBS = frozenset({"allow", "let", "permit", "use", "uses", "import", "imports", "depend", "when"})


def _never(spot: Spot) -> Fix | None:
    """`never "x" when …`: nothing that follows is read as an exception."""
    before = spot.previous.text if spot.previous else ""
    is_name = spot.kind(0) == "string" or spot.text(0) in _VERBS
    if spot.declaration != "never" or before != "never" or not is_name:
        return None
    size = len(spot.pending)
    hint = f"for what must never be, {_FORBID}; `never promote` is about stars"
    diagnostic = spot.error("E101", f"expected `promote`, found {shown(spot.token)}", hint=hint)
    put = (spot.made("word", "promote", size), spot.stand_in("string", size))
    return Fix(diagnostic, size, put)


_THE = frozenset({"a", "the", "any", "some"})
_LOOPS = frozenset({"cycle", "cycles", "loop", "loops", "circle", "circles", "ring"})


def _cycle(spot: Spot) -> Fix | None:
    """`in cycle`, `in the cycle`, `in a loop`, `in cycles`."""
    before = spot.previous.text if spot.previous else ""
    if "CYCLE" in spot.accepts and spot.text(0) in _LOOPS:
        diagnostic = spot.error("E107", f"{shown(spot.token)} is not a word here", hint=_CYCLE)
        return Fix(diagnostic, 1, (spot.made("word", "cycle"),))
    if before != "in" or "A" not in spot.accepts:
        return None
    size = 2 if spot.text(0) in _THE else 1
    if spot.text(size - 1) not in _LOOPS:
        return None
    put = tuple(spot.made("word", word, size) for word in ("a", "cycle"))
    message = f"`in {' '.join(each.text for each in spot.ahead[:size])}` is not a condition"
    return Fix(spot.error("E107", message, hint=_CYCLE, count=size), size, put)


def _no_when(spot: Spot) -> Fix | None:
    """`forbid "x" path under "a"`."""
    is_head = spot.declaration == "forbid" and len(spot.before) == 2  # noqa: PLR2004 -- word, name
    put = (spot.made("word", "when", 0),)
    if not is_head or spot.kind(0) != "word" or "WHEN" not in spot.accepts:
        return None
    if spot.token is None or spot.text(0) in _IN_FORBID or spot.text(1) in {"error", "warn"}:
        return None
    following = spot.prefix.then(*put, spot.token)
    if following is None or following.then(spot.ahead[1] if len(spot.ahead) > 1 else None) is None:
        return None
    message = f"`when` is missing before {shown(spot.token)}"
    return Fix(spot.error("E101", message, hint=_FORBID), 0, put)


_RELATING = frozenset({"uses", "used", "depends", "needed", "contains", "inside"})


def _no_and(spot: Spot) -> Fix | None:
    """`path under "a" depends on modules`."""
    put = (spot.made("word", "and", 0),)
    if spot.text(0) not in _RELATING or "AND" not in spot.accepts or not spot.token:
        return None
    if spot.prefix.then(*put, spot.token) is None:
        return None
    message = f"`and` is missing before {shown(spot.token)}"
    return Fix(spot.error("E101", message, hint="conditions are joined by `and` or `or`"), 0, put)


def _no_modules(spot: Spot) -> Fix | None:
    """`depends on path under "a"`, `depends on under "a"`, `depends modules`."""
    if "ON" in spot.accepts and spot.text(0) in {"modules", "module", "at"}:
        hint = "write `depends on modules`"
        diagnostic = spot.error("E101", "`depends` goes with `on`", hint=hint)
        return Fix(diagnostic, 0, (spot.made("word", "on", 0),))
    if "BY" in spot.accepts and spot.text(0) in {"modules", "module", "at"}:
        word = spot.previous.text if spot.previous else ""
        diagnostic = spot.error(
            "E101", f"`{word}` goes with `by`", hint=f"write `{word} by modules`"
        )
        return Fix(diagnostic, 0, (spot.made("word", "by", 0),))
    drop = 1 if spot.text(0) == "path" else 0
    if "MODULES" not in spot.accepts or spot.text(drop) != "under":
        return None
    put = (spot.made("word", "modules", drop),)
    message = f"{shown(spot.token)} does not say that modules are meant"
    place = spot.text(drop + 1)
    return Fix(spot.error("E107", message, hint=f"write `modules under {place}`"), drop, put)


_HOW = {
    "only": "say which ones it must not use: `uses modules under …`",
    **dict.fromkeys(("indirectly", "transitively"), _STEPS),
    "directly": "`uses modules` is about one step already",
}


def _only(spot: Spot) -> Fix | None:
    """`uses only modules`, `uses indirectly modules`."""
    hint = _HOW.get(spot.text(0))
    if hint is None or "MODULES" not in spot.accepts or spot.text(1) != "modules":
        return None
    message = f"{shown(spot.token)} is not a word of the language here"
    return Fix(spot.error("E107", message, hint=hint), 1)
