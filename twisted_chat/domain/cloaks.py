"""
Cloaks are the same as long as the secret is: another one beside the same data is told of.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from twisted.logger import Logger

from twisted_chat.domain.errors import NotSaved

if TYPE_CHECKING:
    from twisted_chat.domain.hub import Hub

CLOAK: Final = "cloak"
"""The fact that holds what stood for L{NOBODYS} at the last start."""

NOBODYS: Final = "192.0.2.1"
"""An address that nobody has (RFC 5737)."""

_log = Logger()


async def compareCloaks(hub: Hub) -> None:
    """
    Tell whoever runs a server, once, where people have other cloaks than at its last start: its
    database was put beside the secret of another server, or the other way round.
    """
    cloak = hub.cloak(NOBODYS)
    before = (await hub.store.networkFacts()).get(CLOAK)
    if not cloak or cloak == before:
        return
    if before is not None:
        _log.warn(
            "the secret in the data folder is not the one that belongs to this database: people"
            " have other cloaks than at the last start, and bans of the old ones are about nobody;"
            " if you have a backup of the old one, put it back and start again"
        )
    # Where it can't be kept now, the next start compares.
    with suppress(NotSaved):
        await hub.store.setNetworkFact(CLOAK, cloak)
