"""Values: when two of them are the same, and when they are the same key."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any


def snapshot(value: Any) -> Any:
    """What a value is now, types included, in a form that compares: NaN is NaN, 1 is not 1.0.

    >>> snapshot((1, float("nan"))) == snapshot((1, float("nan")))
    True
    >>> snapshot(1) == snapshot(True)
    False
    """
    if type(value) in (list, tuple):
        return (type(value).__name__, [snapshot(item) for item in value])
    if type(value) is dict:
        return ("dict", [(snapshot(k), snapshot(v)) for k, v in value.items()])
    if type(value) in (set, frozenset):
        return (type(value).__name__, sorted(repr(snapshot(item)) for item in value))
    return (type(value).__name__, repr(value))


class NoKey:
    """The key of rows that never met key_by."""

    def __repr__(self) -> str:
        return "<no key>"


NO_KEY = NoKey()
NAN = ("a NaN, whichever",)


def same_key(key: Any) -> Hashable:
    """Equal for keys that are one key: as Python has it, but every NaN equals every other.

    >>> same_key(1) == same_key(True) == same_key(1.0)
    True
    >>> same_key((1, float("nan"))) == same_key((1.0, float("nan")))
    True
    """
    hash(key)  # raises the TypeError that tells what cannot be a key
    if isinstance(key, float) and key != key:
        return NAN
    if type(key) is tuple:
        return (tuple, *(same_key(item) for item in key))
    return key
