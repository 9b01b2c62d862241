"""The words of the language: which are reserved, where they stand, and what errors call things.

The grammar names the terminal of a keyword after the keyword, in upper case. So a set of
terminals that the parser would take next can be told to the author in his own words.
"""

from collections.abc import Set as AbstractSet

_RESERVED = """
starlang ruleset use order star default weights confidence mask rule table never promote assign
ceilings test when unless weight because against to and or not is in mentions matches ignoring
under at per given expect on
"""
_SOFT = """
label emoji domain aka combine sum max noisy_or suggest margin except until most least promoted
stars module breach abort defer suggested contested weak silent barred kept field only has values
starts ends with missing present true false uses used by contains inside publishes subscribes
modules currently reaching
"""
_DECLARATIONS = """
starlang ruleset use order star default weights confidence mask rule table never assign ceilings
test
"""

RESERVED = frozenset(_RESERVED.split())
"""Words that are keywords everywhere: as a value they are quoted."""

SOFT = frozenset(_SOFT.split())
"""Words that are keywords in one position only, and free elsewhere."""

KEYWORDS = RESERVED | SOFT

DECLARATIONS = frozenset(_DECLARATIONS.split())
"""Words that begin a declaration."""

OUTCOMES = frozenset({"suggested", "contested", "weak", "silent", "barred", "kept"})
"""What a test may expect of a module."""

FORMS = {
    "starlang": "starlang 1",
    "ruleset": 'ruleset NAME "VERSION" { … }',
    "use": 'use "FILE"',
    "order": "order STAR, …",
    "star": 'star NAME label "…" emoji "…" domain "…" aka VALUE, …',
    "weights": "weights { FACET NUMBER … }",
    "confidence": "confidence { combine … suggest … promote … margin … }",
    "mask": 'mask mentions WORD, … because "…"',
    "rule": 'rule NAME -> STAR when CONDITION because "…"',
    "table": "table FACET { VALUE, … -> STAR … }",
    "never": 'never promote "GLOB", … because "…"',
    "assign": 'assign "PATH" to STAR because "…"',
    "ceilings": "ceilings { at most … promoted … }",
    "test": 'test "NAME" given FACET VALUE … expect STAR',
}
"""How each declaration reads, in short."""

CLAUSES = {
    "star": frozenset({"label", "emoji", "domain", "aka"}),
    "mask": frozenset({"because"}),
    "rule": frozenset({"when", "unless", "weight", "because"}),
    "table": frozenset({"weight", "because"}),
    "never": frozenset({"to", "when", "unless", "except", "because", "until"}),
    "assign": frozenset({"to", "because", "until"}),
    "test": frozenset({"given", "expect"}),
}
"""The words that begin a clause, by declaration; others have none."""

TESTS = frozenset(
    {"is", "in", "not", "mentions", "matches", "under", "at", "has", "only", "starts", "ends"}
)
"""The words that may follow a facet in a condition."""

RELATIONS = frozenset({"uses", "used", "contains", "inside", "publishes", "subscribes"})
"""The words that a condition about neighbours or events begins with."""

WORDS = frozenset(
    {
        "STAR_NAME",
        "RULE_NAME",
        "RULESET_NAME",
        "ENTRY_NAME",
        "FACET_NAME",
        "VALUE",
        "CELL_VALUE",
        "NEEDLE",
    }
)
"""Terminals that match any word which is not reserved."""

NAMES = frozenset({"STAR_NAME", "RULE_NAME", "RULESET_NAME", "ENTRY_NAME", "FACET_NAME"})
"""Those of `WORDS` that cannot be quoted."""

SIGNS = {"{": "LBRACE", "}": "RBRACE", "(": "LPAR", ")": "RPAR", ",": "COMMA", "->": "ARROW"}

END = "$END"
"""What the parser calls the end of its input."""

_DECLARATION = frozenset(word.upper() for word in DECLARATIONS)
_TESTS = frozenset(word.upper() for word in TESTS)
_MANY_CLAUSES = [
    frozenset(word.upper() for word in CLAUSES[each])
    for each in ("never", "rule", "star", "assign")
]

_RELATIONS = frozenset(word.upper() for word in RELATIONS)

_PHRASES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"LPAR", "NOT", "FACET_NAME", "FIELD", "STAR", *_RELATIONS}), "a condition"),
    (frozenset({"FACET_NAME", "FIELD", "STAR", *_RELATIONS}), "a facet or a relation"),
    (frozenset({"FACET_NAME", "FIELD", "STAR"}), "a facet"),
    (frozenset({"FACET_NAME", "STAR"}), "a facet"),
    (frozenset({"VALUE", "STRING", "MISSING", "PRESENT", "TRUE", "FALSE"}), "a value"),
    (frozenset({"VALUE", "STRING", "NUMBER"}), "a value"),
    (frozenset({"VALUE", "STRING"}), "a value"),
    (frozenset({"CELL_VALUE", "STRING", "REGEX", "UNDER"}), "a cell"),
    (frozenset({"NEEDLE", "STRING"}), "a word or a quoted phrase"),
    (frozenset({"NUMBER", "PERCENT"}), "a number or a percentage"),
    (_TESTS, "a test such as `is`, `in` or `mentions`"),
    (_TESTS - {"NOT", "ONLY"}, "a test such as `is`, `in` or `mentions`"),
    (frozenset({"SUM", "MAX", "NOISY_OR"}), "`sum`, `max` or `noisy_or`"),
    (
        frozenset(word.upper() for word in OUTCOMES),
        "an outcome such as `suggested` or `silent`",
    ),
    (frozenset({"STAR_NAME"}), "a star name"),
    (frozenset({"RULE_NAME"}), "a name for the rule"),
    (frozenset({"RULESET_NAME"}), "a name for the rule set"),
    (frozenset({"ENTRY_NAME"}), "an entry"),
    (frozenset({"STRING"}), "a text in double quotes"),
    (frozenset({"REGEX"}), "a pattern between slashes"),
    (frozenset({"NUMBER"}), "a number"),
    *((frozenset({name}), f"`{sign}`") for sign, name in SIGNS.items()),
)


def expected(terminals: AbstractSet[str]) -> str:
    """What the parser would take next, as an author would say it: "`,` or a new declaration"."""
    parts, last, rest = [], [], set(terminals - {END})
    if END in terminals or rest >= _DECLARATION:
        last = ["a new declaration"]
        rest -= _DECLARATION if rest >= _DECLARATION else frozenset()
    for clauses in _MANY_CLAUSES:
        if clauses <= rest:
            last.insert(0, "a clause")
            rest -= clauses
    for members, words in _PHRASES:
        if members <= rest:
            parts.append(words)
            rest -= members
    return _listed([*parts, *sorted(f"`{name.lower()}`" for name in rest), *last])


def _listed(parts: list[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} or {last}" if most else last
