"""The garbage collector, out of the way where many objects are made and none goes round."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pauses it, as a decorator or a context.

    Decoded JSON, evidence and explanations make no circles of objects, and looking for some
    takes up to a third of the time, since it looks at all objects that there are by then.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
