"""
Many masks at once: the lists of rooms, and what makes asking them quick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Generic, TypeVar

from twisted_chat.domain.masks import Pattern, Subject, beginningsOf
from twisted_chat.domain.values import Mask

T = TypeVar("T")

MOST_REMEMBERED: Final = 256
"""Of how many people a list remembers which of its entries are about them."""


class Beginnings(Generic[T]):
    """
    Things by what a text begins with that they are about. To find those of a text takes a look-up
    for each length that a beginning has, however many there are.
    """

    __slots__ = ("_known", "_lengths")

    def __init__(self) -> None:
        self._known: dict[str, dict[str, T]] = {}
        self._lengths: Counter[int] = Counter()

    def __bool__(self) -> bool:
        return bool(self._known)

    def add(self, beginning: str, key: str, thing: T) -> None:
        """
        Put something in, which is not in it.
        """
        self._known.setdefault(beginning, {})[key] = thing
        self._lengths[len(beginning)] += 1

    def remove(self, beginning: str, key: str) -> None:
        """
        Take something out, which is in it.
        """
        things = self._known[beginning]
        del things[key]
        if not things:
            del self._known[beginning]
        length = len(beginning)
        self._lengths[length] -= 1
        if not self._lengths[length]:
            del self._lengths[length]

    def of(self, text: str) -> Iterator[tuple[str, T]]:
        """
        What is known by a beginning of a text.

        @return: keys and things.
        """
        for length in self._lengths:
            if length <= len(text):
                things = self._known.get(text[:length])
                if things is not None:
                    yield from things.items()


class MaskIndex:
    """
    Masks, by what whomever they are about begins with: a name, an address, a network that is
    written out is found without being compared with others. Those that begin with a wildcard are
    compared.
    """

    __slots__ = ("_fields",)

    def __init__(self) -> None:
        self._fields: dict[str, Beginnings[Pattern]] = {}

    def add(self, mask: str) -> None:
        """
        @param mask: a canonical one that is not in it.
        """
        pattern = Pattern(mask)
        field, beginning = pattern.beginning
        if field not in self._fields:
            self._fields[field] = Beginnings()
        self._fields[field].add(beginning, mask, pattern)

    def remove(self, mask: str) -> None:
        """
        @param mask: one that is in it.
        """
        field, beginning = Pattern(mask).beginning
        self._fields[field].remove(beginning, mask)

    def about(self, subject: Subject) -> set[str]:
        """
        The masks that are about somebody.
        """
        folded = subject.folded()
        found = set()
        for field, text in beginningsOf(folded):
            if field in self._fields:
                for mask, pattern in self._fields[field].of(text):
                    if pattern.isAbout(folded):
                        found.add(mask)
        return found


class MaskList(Mapping[str, Mask]):
    """
    One of a room's lists: its entries by mask, in the order in which they were made.
    """

    __slots__ = ("_about", "_entries", "_index")

    def __init__(self, entries: Iterable[Mask] = ()) -> None:
        self._entries: dict[str, Mask] = {}
        # Most lists of most rooms are empty.
        self._index: MaskIndex | None = None
        self._about: dict[Subject, tuple[Mask, ...]] = {}
        for entry in entries:
            self.put(entry)

    def __getitem__(self, mask: str) -> Mask:
        return self._entries[mask]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Mask) -> None:
        """
        Let an entry hold, in place of the one of the same mask.
        """
        if self._index is None:
            self._index = MaskIndex()
        if entry.mask not in self._entries:
            self._index.add(entry.mask)
        self._entries[entry.mask] = entry
        self._about.clear()

    def drop(self, mask: str) -> None:
        """
        Let an entry hold no more, if there is one.
        """
        if self._entries.pop(mask, None) is not None and self._index is not None:
            self._index.remove(mask)
            self._about.clear()

    def holding(self, now: float) -> list[Mask]:
        """
        The entries that have not run out.
        """
        return [entry for entry in self._entries.values() if entry.holds(now)]

    def tidy(self, now: float) -> None:
        """
        Forget the entries that have run out.
        """
        for entry in list(self._entries.values()):
            if not entry.holds(now):
                self.drop(entry.mask)

    def about(self, subject: Subject, now: float) -> Mask | None:
        """
        The entry that is about somebody, if there is one that has not run out: the oldest.

        @param now: POSIX seconds.
        """
        if self._index is None:
            return None
        entries = self._about.get(subject)
        if entries is None:
            entries = self._find(self._index, subject)
        for entry in entries:
            if entry.holds(now):
                return entry
        return None

    def _find(self, index: MaskIndex, subject: Subject) -> tuple[Mask, ...]:
        found: tuple[Mask, ...] = ()
        # Nearly always nothing is about whoever comes, however much is listed.
        if masks := index.about(subject):
            found = tuple(entry for mask, entry in self._entries.items() if mask in masks)
        if len(self._about) >= MOST_REMEMBERED:
            del self._about[next(iter(self._about))]
        self._about[subject] = found
        return found
