"""
Addresses, as a setting lists them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

UNIX = "unix"
"""Stands for unix sockets in a list of addresses."""

MOST_ANSWERS = 4096
"""For so many addresses an L{AddressList} remembers whether they are in it."""


@dataclass(frozen=True, slots=True)
class AddressList:
    """
    Addresses, as a setting lists them. C{address in addresses} asks.

    @ivar texts: each an address, a network (C{"192.0.2.0/24"}) or C{"unix"}.
    @ivar networks: those of them that are addresses or networks.
    """

    texts: tuple[str, ...]
    networks: tuple[IPv4Network | IPv6Network, ...] = field(init=False, repr=False)
    _answers: dict[str, bool] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """
        @raise ValueError: if one of the texts is none of the three.
        """
        try:
            networks = tuple(ip_network(text, strict=False) for text in self.texts if text != UNIX)
        except ValueError as error:
            raise ValueError(f"{error}; give addresses, networks or {UNIX}") from None
        object.__setattr__(self, "networks", networks)

    def __contains__(self, address: str) -> bool:
        """
        @param address: as C{door.normalizeAddress} gives it: an IP address or C{"unix"}.
        """
        # The same addresses come again and again, and to read one costs as much as to accept it.
        known = self._answers.get(address)
        if known is None:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            known = self._answers[address] = self._has(address)
        return known

    def _has(self, address: str) -> bool:
        if address == UNIX:
            return UNIX in self.texts
        try:
            here = ip_address(address)
        except ValueError:
            return False
        return any(here in network for network in self.networks)
