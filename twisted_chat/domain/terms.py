"""
On what terms people come into the network, and what holds in it, as its settings say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted_chat.domain.units import DAYS

OPEN, ACCOUNTS, PASSWORD = "open", "accounts", "password"
"""For whom the door is open: anybody, registered people, whoever knows the network's password."""

INVITATION, OFF = "invitation", "off"
"""Who may register, beside L{OPEN}: who has an invitation, nobody."""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What the settings say about the network as a whole.

    @ivar entry: L{OPEN}, L{ACCOUNTS} or L{PASSWORD}.
    @ivar password: the network's password, for the last of these.
    @ivar register: L{OPEN}, L{INVITATION} or L{OFF}.
    @ivar topic: what the network is about.
    @ivar rules: what holds in it, in any number of lines.
    @ivar keep: for how many seconds what is said is kept; 0 for ever.
    @ivar keepCopies: for how many seconds the copies of the data from before upgrades are kept.
    @ivar operatorsRoom: the name of the room where operators read reports.
    @ivar isTrusted: whether no ban is about an address, since many may share it, and what comes
        from it is as good as encrypted.
    """

    entry: str = OPEN
    password: str = field(default="", repr=False)
    register: str = OPEN
    topic: str = ""
    rules: str = ""
    keep: float = 0.0
    keepCopies: float = 7 * DAYS
    operatorsRoom: str = "operators"
    isTrusted: Callable[[str], bool] = lambda address: False
