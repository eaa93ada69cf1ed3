"""
How IRC clients read what people do and are: coming and going, names, accounts, profiles.
"""

from __future__ import annotations

from typing import Final

from twisted_chat.domain import values
from twisted_chat.domain.events import (
    AccountChanged,
    Event,
    Joined,
    Left,
    Notified,
    PresenceChanged,
    ProfileChanged,
    Renamed,
    SightChanged,
)
from twisted_chat.domain.orders import WALLOPS
from twisted_chat.domain.person import AWAY, OFFLINE
from twisted_chat.domain.values import PersonRecord
from twisted_chat.frontends.irc.lines import (
    NO_USER,
    NOBODY,
    SharedLines,
    channel,
    joinTags,
    sourceOf,
)
from twisted_chat.frontends.irc.message import spell
from twisted_chat.frontends.irc.modeletters import modesOf

_OUT_OF_SIGHT: Final = "Shown to operators only"
_LOST: Final = "Connection lost"
AWAY_TEXT: Final = "Away"
"""What stands for the text of somebody who left none: an empty one would say that they are back."""


def quitText(reason: str, text: str) -> str:
    """
    Why somebody is gone. What people say themselves stands behind C{Quit:}, so that nobody can
    feign another end.

    @param reason: C{"quit"}, C{"lost"} or C{"ended"}.
    @param text: what they, or the server, said of it.
    """
    if reason == "quit":
        return f"Quit: {text}" if text else "Quit"
    return text or _LOST


class PeopleLines(SharedLines):
    """
    The spelling of what people do and are.

    What is noted of people (metadata) and where they have read (read-marker) is for single
    connections, which have subscribed to it or share an account: it has no shared spelling.
    """

    __slots__ = ()

    def event_joined(self, event: Joined, place: str) -> bytes | None:
        """
        JOIN, and behind it MODE if they have a role there, AWAY (away-notify) if they are away.
        Whoever has become a member and is not online is not in a channel.
        """
        if event.person.presence == OFFLINE:
            return None
        return self._join(event, event.person, modesOf(event.role, event.voiced), place)

    def event_sight(self, event: SightChanged, place: str) -> bytes:
        """
        JOIN and PART, so that clients show whom NAMES shows. What they are there is told beside it.
        """
        if event.seen:
            return self._join(event, event.person, "", place)
        return self.by(event, "PART", channel(place), _OUT_OF_SIGHT)

    def repeats(self, event: Event) -> bool:
        """
        JOIN is of one channel, even if somebody comes online in several.
        """
        return event.kind == PresenceChanged.kind and event.arrival  # type: ignore[attr-defined]

    def _join(self, event: Event, person: PersonRecord, letters: str, place: str) -> bytes:
        params = [channel(place)]
        if "extended-join" in self.caps:
            params += [person.account or NOBODY, person.real or person.name]
        joined = self.by(event, "JOIN", *params, who=person)
        if letters:
            tags = joinTags(self.serverTags(event, values.NOBODY))
            given = ("+" + letters, *[person.name] * len(letters))
            joined += tags + spell("MODE", (channel(place), *given), self.server)
        if person.presence == AWAY:
            joined += self._away(event, person)
        return joined

    def _away(self, event: Event, person: PersonRecord) -> bytes:
        """
        AWAY, for clients that want it (away-notify); without a text they are back.
        """
        if "away-notify" not in self.caps:
            return b""
        # An empty text would say that they are back, too.
        params = (person.away or AWAY_TEXT,) if person.presence == AWAY else ()
        tags = joinTags(self.serverTags(event, event.author))
        return tags + spell("AWAY", params, sourceOf(person, self.server))

    def event_left(self, event: Left, place: str) -> bytes:
        """
        PART; QUIT for a guest who is gone from everywhere.
        """
        if event.reason != "left":
            return self.by(event, "QUIT", quitText(event.reason, event.text))
        if event.text:
            return self.by(event, "PART", channel(place), event.text)
        return self.by(event, "PART", channel(place))

    def event_presence(self, event: PresenceChanged, place: str) -> bytes | None:
        """
        On IRC one is in a room only while one is online: so coming online is JOIN, going offline
        QUIT. Going away and coming back is AWAY (away-notify).
        """
        person, before, now = event.person, event.before, event.now
        if now == OFFLINE:
            if before == OFFLINE:
                return None
            return self.by(event, "QUIT", quitText(event.reason, event.text), who=person)
        if before == OFFLINE:
            return self._join(event, person, modesOf(event.role, event.voiced), place)
        if before == now and now != AWAY:
            return None
        return self._away(event, person) or None

    def event_renamed(self, event: Renamed, place: str) -> bytes:
        """
        NICK.
        """
        who = event.author
        shown = PersonRecord(who.id, event.old, user=who.user, host=who.host)
        return self.by(event, "NICK", event.new, who=shown)

    def event_account(self, event: AccountChanged, place: str) -> bytes | None:
        """
        ACCOUNT (account-notify).
        """
        if "account-notify" not in self.caps:
            return None
        return self.by(event, "ACCOUNT", event.account or NOBODY)

    def event_profile(self, event: ProfileChanged, place: str) -> bytes | None:
        """
        SETNAME and CHGHOST. Whoever has not asked for these reads the new one when they next look.
        """
        now, before = event.person, event.before
        lines = b""
        if now.real != before.real and "setname" in self.caps:
            lines += self.by(event, "SETNAME", now.real or now.name, who=before)
        if (now.user, now.host) != (before.user, before.host) and "chghost" in self.caps:
            host = now.host or self.server
            lines += self.by(event, "CHGHOST", now.user or NO_USER, host, who=before)
        return lines or None

    def event_notified(self, event: Notified, place: str) -> bytes:
        """
        WALLOPS for what operators tell everybody, else a notice of the server's. All get the same,
        so that it has no nick in it.
        """
        if event.topic == WALLOPS:
            return self.by(event, "WALLOPS", event.text.replace("\n", " "))
        return self.notices(event, NOBODY, f"*** {event.text}")
