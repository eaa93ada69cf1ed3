"""
Server bans, so ordered that asking for one is quick.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from twisted_chat.domain.masks import Subject, networkOf, serverMaskMatches
from twisted_chat.domain.values import Mask

_SINGLE: Final = {4: 32, 6: 64}
"""By the version of IP, what counts as one address: so many bits of it."""


class Bans:
    """
    The bans of one moment.

    @ivar byMask: all of them; some may have run out.
    """

    def __init__(self, entries: Iterable[Mask] = ()) -> None:
        self.byMask = {entry.mask: entry for entry in entries}
        self._singles: dict[IPv4Network | IPv6Network, Mask] = {}
        self._wide: list[tuple[IPv4Network | IPv6Network, Mask]] = []
        self._others: list[Mask] = []
        for entry in self.byMask.values():
            network = networkOf(entry.mask)
            if network is None:
                self._others.append(entry)
            elif network.prefixlen == _SINGLE[network.version]:
                self._singles[network] = entry
            else:
                self._wide.append((network, entry))

    def __len__(self) -> int:
        return len(self.byMask)

    def of(self, subject: Subject, now: float) -> Mask | None:
        """
        The ban that is about somebody and holds, if there is one.

        @param now: POSIX seconds.
        """
        for entry in self._others:
            if holds(entry, now) and serverMaskMatches(entry.mask, subject):
                return entry
        return self.ofAddress(subject.address, now)

    def ofAddress(self, address: str, now: float) -> Mask | None:
        """
        The ban that is about all who come from an address.
        """
        if not (self._singles or self._wide):
            return None
        here = networkOf(address)
        if here is None:
            return None
        single = self._singles.get(here)
        if single is not None and holds(single, now):
            return single
        for network, entry in self._wide:
            same = network.version == here.version and here.subnet_of(network)  # type: ignore[arg-type]
            if same and holds(entry, now):
                return entry
        return None


def holds(entry: Mask, now: float) -> bool:
    """
    Whether an entry has not run out.
    """
    return not entry.until or entry.until > now
