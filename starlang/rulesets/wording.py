"""Parts of a rule set in the words of the language."""

from starlang.rulesets.canonical import amount_text, fraction_text
from starlang.rulesets.model import Amount, Ceiling, Floor
from starlang.rulesets.spelling import facet_text, quoted


def short_amount(micro: int) -> str:
    """An amount of 10^-6 in as few places as say it, at least two: `0.40`, `0.125`."""
    whole, places = amount_text(micro).split(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def amount_words(amount: Amount) -> str:
    """`800` or `10%`."""
    return f"{fraction_text(amount.value)}{'%' if amount.percent else ''}"


def limit_text(limit: Ceiling) -> str:
    """`at most 40 promoted to Flow under "labs", "tools" per owner`."""
    parts = [f"at most {amount_words(limit.amount)} promoted"]
    if limit.star:
        parts.append(f"to {limit.star}")
    if limit.globs:
        parts.append(f"under {', '.join(map(quoted, limit.globs))}")
    if limit.per:
        parts.append(f"per {facet_text(limit.per)}")
    return " ".join(parts)


def floor_text(floor: Floor, default: str) -> str:
    """`at least 55% DEFAULT`."""
    return f"at least {amount_words(floor.amount)} {default}"
