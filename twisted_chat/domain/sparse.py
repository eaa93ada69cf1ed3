"""
What nearly everybody has nothing of: mappings that take no room while they are empty.

Ten thousand people are idle at a time, and each could have a dozen of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

K = TypeVar("K")
V = TypeVar("V")

NONE_YET: Final[dict[Any, Any]] = cast("dict[Any, Any]", MappingProxyType({}))
"""The empty mapping that all have in common. Whoever writes to it by mistake gets an error."""


def put(known: dict[K, V], key: K, value: V) -> dict[K, V]:
    """
    Add an entry to a mapping, or change one.

    @return: the same mapping, or a new one in the place of L{NONE_YET}.
    """
    if known is NONE_YET:
        return {key: value}
    known[key] = value
    return known


@contextmanager
def during(counts: Counter[K], key: K) -> Iterator[None]:
    """
    Count something as long as it is under way, and keep no zeros.
    """
    counts[key] += 1
    try:
        yield
    finally:
        counts[key] -= 1
        if not counts[key]:
            del counts[key]


@contextmanager
def listed(known: dict[K, tuple[V, ...]], key: K, value: V) -> Iterator[None]:
    """
    Note something as long as it is under way, and keep nothing that is empty.
    """
    known[key] = (*known.get(key, ()), value)
    try:
        yield
    finally:
        rest = list(known.pop(key))
        rest.remove(value)
        if rest:
            known[key] = tuple(rest)


def drop(known: dict[K, V], key: K) -> dict[K, V]:
    """
    Take out an entry; nothing happens if it is not there.

    @return: the same mapping, or L{NONE_YET} where nothing is left.
    """
    if known is not NONE_YET:
        known.pop(key, None)
    return known or NONE_YET
