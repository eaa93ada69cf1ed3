"""
Who is here: WHO, with the fields of WHOX.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twisted_chat.domain.person import AWAY
from twisted_chat.domain.values import PersonRecord
from twisted_chat.domain.watching import MOST_SEEN
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.commands.lists import AT_ONCE, untilRead
from twisted_chat.frontends.irc.lines import NO_USER, asParam, channel
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.modeletters import BOT_MODE, signs
from twisted_chat.frontends.irc.numerics import (
    ERR_TOOMANYMATCHES,
    RPL_ENDOFWHO,
    RPL_WHOREPLY,
    RPL_WHOSPCRPL,
)

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

WHO = Noun()

FIELDS: Final = "tcuihsnfdlaor"
"""The fields of WHOX, in the order in which they are given."""

UNKNOWN_ADDRESS: Final = "255.255.255.255"
"""In the place of an address that is not told."""

_LONGEST_TOKEN: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """
    Somebody, as WHO shows them.

    @ivar place: the channel that was asked about, or C{"*"}.
    @ivar signs: what stands before their nick there.
    @ivar actedAt: when they last did something, in POSIX seconds; 0 if that is not known.
    """

    record: PersonRecord
    place: str
    signs: str
    actedAt: float

    @property
    def flags(self) -> str:
        """
        C{H} for here or C{G} for gone, then C{*} for operators of the network, the sign of a role,
        and the letter of bots.
        """
        record = self.record
        return (
            ("G" if record.presence == AWAY else "H")
            + ("*" if record.operator else "")
            + self.signs
            + (BOT_MODE if record.bot else "")
        )


@dataclass(frozen=True, slots=True)
class Fields:
    """
    What a client wants to know of each.

    @ivar letters: of L{FIELDS}.
    @ivar marker: what it wants back with each.
    """

    letters: frozenset[str]
    marker: str

    @classmethod
    def read(cls, text: str) -> Fields | None:
        """
        @param text: C{"%nuha,42"}, perhaps with flags in front.
        @return: C{None} if no fields are asked for.
        """
        _, percent, rest = text.partition("%")
        if not percent:
            return None
        letters, _, marker = rest.partition(",")
        wanted = frozenset(letters) & frozenset(FIELDS)
        if not (marker.isascii() and marker.isdigit() and len(marker) <= _LONGEST_TOKEN):
            marker = "0"
        return cls(wanted, marker)


@WHO.command("WHO", asks=True)
async def who(client: IrcClient, message: Message) -> None:
    """
    See who is in a channel, or whose name matches: WHO #CHANNEL, WHO NICK, WHO MASK. With C{o}
    behind it only operators are shown; with C{%FIELDS,TOKEN} just the fields of WHOX.
    """
    given = (message.params[0] if message.params else "") or "*"
    options = message.params[1] if len(message.params) > 1 else ""
    fields = Fields.read(options)
    rows = await _rows(client, given)
    if "o" in options.partition("%")[0]:
        rows = [row for row in rows if row.record.operator]
    for number, row in enumerate(rows, 1):
        if fields is None:
            _tell(client, row)
        else:
            client.numeric(RPL_WHOSPCRPL, *_fields(client, row, fields))
        if number % AT_ONCE == 0:
            await untilRead(client)
    if len(rows) >= MOST_SEEN and not given.startswith("#"):
        client.numeric(ERR_TOOMANYMATCHES, "WHO", "There are more; narrow it down")
    client.numeric(RPL_ENDOFWHO, given, "End of /WHO list")


async def _rows(client: IrcClient, given: str) -> list[Row]:
    if given.startswith("#"):
        room, occupants = await client.session.lookInto(given)
        if room is None:
            return []
        place, several = channel(room.name), "multi-prefix" in client.caps
        return [
            Row(each.record, place, signs(each.role, each.voiced and several), each.actedAt)
            for each in occupants
        ]
    mask = "*" if given == "0" else given
    sights = await client.session.look(mask)
    return [Row(sight.record, "*", "", sight.actedAt) for sight in sights]


def _tell(client: IrcClient, row: Row) -> None:
    record, server = row.record, client.serverName
    user, host = record.user or NO_USER, record.host or server
    real = f"0 {record.real or record.name}"
    client.numeric(RPL_WHOREPLY, row.place, user, host, server, record.name, row.flags, real)


def _fields(client: IrcClient, row: Row, fields: Fields) -> Iterable[object]:
    """
    What was asked for, in the order of L{FIELDS} (IRCv3 WHOX).
    """
    record, server, session = row.record, client.serverName, client.session
    idle = int(session.now - row.actedAt) if row.actedAt else 0
    addresses = session.addressesOf(record.id) if "i" in fields.letters else []
    values: dict[str, object] = {
        "t": fields.marker,
        "c": row.place,
        "u": record.user or NO_USER,
        "i": _address(addresses),
        "h": record.host or server,
        "s": server,
        "n": record.name,
        "f": row.flags,
        "d": 0,
        "l": idle,
        "a": record.account or "0",
        "o": "n/a",
        "r": record.real or record.name,
    }
    return [values[letter] for letter in FIELDS if letter in fields.letters]


def _address(addresses: list[str]) -> str:
    found = next((each for each in addresses if "." in each or ":" in each), UNKNOWN_ADDRESS)
    return asParam(found)
