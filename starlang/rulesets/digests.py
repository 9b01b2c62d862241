"""The two digests of a rule set.

The semantic digest changes with everything that can change a decision and with
nothing else; the text digest with what people read. Neither depends on the layout,
order or files of the sources.
"""

from hashlib import sha256

from starlang.rulesets.canonical import compact
from starlang.rulesets.model import RuleSet
from starlang.rulesets.sections import semantics, texts


def semantic_digest(rules: RuleSet) -> str:
    """`sha256:` and 64 hex digits over the canonical JSON of what decides."""
    return section_digest(semantics(rules))


def text_digest(rules: RuleSet) -> str:
    """`sha256:` and 64 hex digits over the canonical JSON of what people read."""
    return section_digest(texts(rules))


def section_digest(section: object) -> str:
    """`sha256:` and 64 hex digits over the canonical JSON of one section."""
    return f"sha256:{sha256(compact(section).encode()).hexdigest()}"
