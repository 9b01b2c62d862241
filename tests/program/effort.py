"""How much a test tries: a share in `make test`, all of it in `make proofs`."""

import os

THOROUGH = bool(os.environ.get("STARLANG_PROOFS"))
"""Whether this is `make proofs`, which has the time."""

_SHARE = 4
_FEWEST = 25


def examples(number: int, *, fewest: int = _FEWEST) -> int:
    """How many drawn examples a property is tried on, of the `number` that prove it.

    Which ones is drawn anew each time, so what a quarter of them misses today is found tomorrow.
    It is at least `fewest`: less than usual where an example takes a third of a second.
    """
    return number if THOROUGH else min(number, max(fewest, number // _SHARE))
