"""The words of the language: which are reserved, where they stand, and what errors call things.

They are those of the grammar, which names the terminal of a keyword after the keyword, in
upper case. So a set of terminals that the parser would take next can be said to the author
in words of the language. Reserved words are listed with the other spellings, since a
profile, which is read without any syntax, must not give them to facets.
"""

from collections.abc import Set as AbstractSet

from starlang.rules.spelling import RESERVED_WORDS
from starlang.syntax.grammar import grammar_text, keywords_in, rules_in, signs_in, words_in

_GRAMMAR = grammar_text()
_RULES = rules_in(_GRAMMAR)

KEYWORDS = keywords_in(_GRAMMAR)

RESERVED = RESERVED_WORDS
"""Words that are keywords everywhere: as a value they are quoted."""

SOFT = KEYWORDS - RESERVED
"""Words that are keywords in one position only, and free elsewhere."""


def _words(terminals: AbstractSet[str]) -> frozenset[str]:
    """The keywords among terminals, as they are written."""
    return frozenset(name.lower() for name in terminals) & KEYWORDS


DECLARATIONS = _words(_RULES.first("header") | _RULES.first("_declaration"))
"""Words that begin a declaration."""

OUTCOMES = _words(_RULES.first("_outcome"))
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
    "derive": "derive FACET VALUE when CONDITION",
    "rule": 'rule NAME -> STAR when CONDITION because "…"',
    "table": "table FACET { VALUE, … -> STAR … }",
    "never": 'never promote "GLOB", … because "…"',
    "forbid": 'forbid "NAME" when CONDITION because "…"',
    "assign": 'assign "PATH" to STAR because "…"',
    "ceilings": "ceilings { at most … promoted … }",
    "test": 'test "NAME" given FACET VALUE … expect STAR',
}
"""How each declaration reads, in short."""

CLAUSES = {
    name: words for name in _RULES.names("_declaration") if (words := _words(_RULES.clauses(name)))
}
"""The words that begin a clause, by declaration; others have none."""

ENTRIES = {
    name: entries for name in _RULES.names("_declaration") if (entries := _RULES.entries(name))
}
"""The rules for what stands in the braces of a declaration; others have none."""

TESTS = _words(_RULES.after("facet", "_predicate") | _RULES.after("_asked", "_predicate"))
"""The words that may follow a facet in a condition."""

RELATIONS = _words(frozenset().union(*map(_RULES.first, ("neighbours", "events", "cycle"))))
"""The words that a condition about neighbours, events or cycles begins with."""

WORDS = words_in(_GRAMMAR)
"""Terminals that match any word which is not reserved."""

NAMES = frozenset(name for name in WORDS if name.endswith("_NAME"))
"""Those of `WORDS` that cannot be quoted."""

SIGNS = signs_in(_GRAMMAR)
"""Sign -> its terminal."""

END = "$END"
"""What the parser calls the end of its input."""

_DECLARATION = frozenset(word.upper() for word in DECLARATIONS)
_TESTS = frozenset(word.upper() for word in TESTS)
_MANY_CLAUSES = [
    frozenset(word.upper() for word in CLAUSES[each])
    for each in ("never", "forbid", "rule", "star", "assign", "derive")
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
    (frozenset({"VALUES", "ONE_VALUE"}), "`values`"),
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
