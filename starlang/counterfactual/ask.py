"""One explanation asked on."""

from functools import lru_cache

from starlang.counterfactual.model import WhyNot
from starlang.counterfactual.why_not import Asker
from starlang.errors import UnknownStarError
from starlang.explain.model import Explanation
from starlang.text import did_you_mean

_asker = lru_cache(maxsize=1)(Asker)
"""Modules of one plan share what is made ready for questions."""


def ask(each: Explanation, star: str) -> WhyNot:
    """Why the module of `each` does not get `star` (an id, label or alias).

    UnknownStarError if there is no such star.
    """
    asker = _asker(each.grounds)
    found = asker.star(star)
    if found is None:
        hint = did_you_mean(star, asker.stars) or f"the stars are {', '.join(asker.stars)}"
        raise UnknownStarError(f"there is no star `{star}`", hint)
    return asker.why_not(each, found)
