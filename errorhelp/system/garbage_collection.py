"""The collector of cyclic garbage, which stops every thread while it looks at objects: 0.1 s for half a million."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

_Object = TypeVar("_Object")

_untrack = ctypes.pythonapi.PyObject_GC_UnTrack
_untrack.argtypes, _untrack.restype = (ctypes.py_object,), None


@contextmanager
def no_collection() -> Iterator[None]:
    """It rests meanwhile, in any thread: for work that makes very many objects, which are all gone soon or stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def uncollected(thing: _Object) -> _Object:
    """The same object, at which the collector never looks: one of very many that are part of no cycle.

    It goes when nothing refers to it any more, as before.
    """
    if gc.is_tracked(thing):
        _untrack(thing)
    return thing
