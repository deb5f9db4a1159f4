"""The collector of cyclic garbage, which stops every thread while it looks at all objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """It rests meanwhile, in any thread: for work that makes very many objects, which are all gone soon."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
