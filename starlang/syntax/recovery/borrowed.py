"""What authors of other tools write for a `forbid` and for relations over several steps.

Rego says `deny` and `violation`, import-linter `contract` and `layers`, dependency-cruiser `from`,
`to` and `circular`, Nx `onlyDependOn…`, YAML a colon; and English says `does not depend on`. Where
one word stands for another, `foreign` puts it right and reading goes on. Where the sentence has to
be turned round, `advice` says in which way.
"""

from starlang.syntax.recovery.neighbours import advice_on_neighbours
from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.words import FORMS

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
    if hint := _IN.get(spot.declaration, {}).get(found, ""):
        return hint
    if before == "in" and found == "a":
        return _CYCLE
    if hint := advice_on_neighbours(spot):
        return hint
    return _AFTER.get(before, "") or _FOUND.get(found, "")


def _in_forbid(spot: Spot, before: str, found: str) -> str:
    if before == "unless" and spot.kind(0) == "string":
        return f"write `except {found}` for one module, or `unless path under {found}`"
    if before == "except":
        return 'write `except "PATH"` for one module, or `unless CONDITION`'
    return _IN_FORBID.get(found, "")


def foreign(spot: Spot) -> Fix | None:
    """One of these sayings, put right."""
    return (
        _never(spot)
        or _cycle(spot)
        or _no_when(spot)
        or _no_and(spot)
        or _no_modules(spot)
        or _only(spot)
    )


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
