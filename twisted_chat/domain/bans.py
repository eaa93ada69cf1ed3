"""
Server bans, so ordered that asking for one is quick, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted_chat.domain.masklist import Beginnings, MaskIndex
from twisted_chat.domain.masks import ACCOUNT, Subject, bitsIn, bitsOf, networkOf
from twisted_chat.domain.servermasks import accountMask
from twisted_chat.domain.values import Mask


class Bans:
    """
    The bans of one moment.

    @ivar byMask: all of them; some may have run out.
    """

    def __init__(self, entries: Iterable[Mask] = ()) -> None:
        self.byMask: dict[str, Mask] = {}
        self._networks: Beginnings[None] = Beginnings()
        self._masks = MaskIndex()
        self._accounts = MaskIndex()
        self.update(entries)

    def __len__(self) -> int:
        return len(self.byMask)

    def update(self, entries: Iterable[Mask]) -> list[Mask]:
        """
        Let these hold, and no others.

        @return: those that are new, or other than they were.
        """
        wanted = {entry.mask: entry for entry in entries}
        for mask in self.byMask:
            if mask not in wanted:
                self._drop(mask)
        for mask in wanted:
            if mask not in self.byMask:
                self._read(mask)
        fresh = [entry for entry in wanted.values() if self.byMask.get(entry.mask) != entry]
        self.byMask = wanted
        return fresh

    def _read(self, mask: str) -> None:
        network = networkOf(mask)
        if network is not None:
            self._networks.add(bitsIn(network), mask, None)
            return
        self._masks.add(mask)
        if (account := accountMask(mask)) is not None:
            self._accounts.add(account)

    def _drop(self, mask: str) -> None:
        network = networkOf(mask)
        if network is not None:
            self._networks.remove(bitsIn(network), mask)
            return
        self._masks.remove(mask)
        if (account := accountMask(mask)) is not None:
            self._accounts.remove(account)

    def of(self, subject: Subject, now: float) -> Mask | None:
        """
        The ban that is about somebody and holds, if there is one.

        @param now: POSIX seconds.
        """
        named = {mask.removeprefix(ACCOUNT) for mask in self._accounts.about(subject)}
        found = [self.byMask[mask] for mask in self._masks.about(subject) | named]
        holding = [entry for entry in found if entry.holds(now)]
        if holding:
            return min(holding, key=lambda entry: (entry.at, entry.mask))
        return self.ofAddress(subject.address, now)

    def ofAddress(self, address: str, now: float) -> Mask | None:
        """
        The ban that is about all who come from an address.
        """
        if not self._networks:
            return None
        for mask, _ in self._networks.of(bitsOf(address)):
            entry = self.byMask[mask]
            if entry.holds(now):
                return entry
        return None
