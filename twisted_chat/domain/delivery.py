"""
Deliveries: a run of events on its way to many people, encoded once for all.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

from twisted_chat.domain.events import Event

NOTHING: frozenset[str] = frozenset()
"""Nothing is left out."""


class Format:
    """
    One spelling of events: what a wire, with a choice of options, writes for each.

    A format is a value that many connections share; it holds no state of any of them. It has a
    method C{event_KIND(event, place)} for each kind that it can say, and L{otherwise} for the rest.
    """

    __slots__ = ()

    def spell(self, event: Event, place: str) -> bytes | None:
        """
        One event as this wire writes it.

        @param place: what the conversation is called: the room's name.
        @return: the bytes, complete; C{None} if the event is not for this wire.
        """
        method = getattr(self, "event_" + event.kind, None) or self.otherwise
        spelled: bytes | None = method(event, place)
        return spelled

    def otherwise(self, event: Event, place: str) -> bytes | None:
        """
        What is written for the kinds that this wire has no form of its own for.
        """
        return None

    def repeats(self, event: Event) -> bool:
        """
        Whether an event of several conversations is told in each one, to those who are in more
        than one of them too.
        """
        return False


class Delivery:
    """
    Some events of one conversation on their way to many.
    """

    __slots__ = ("_joined", "_spelled", "events", "place")

    _log = Logger()

    def __init__(self, events: Sequence[Event], place: str) -> None:
        """
        @param events: in order.
        @param place: what the conversation is called.
        """
        self.events = events
        self.place = place
        self._spelled: dict[Format, list[tuple[str, bytes]]] = {}
        self._joined: dict[tuple[Format, frozenset[str]], bytes] = {}

    def bytesFor(self, format: Format, leftOut: frozenset[str] = NOTHING) -> bytes:
        """
        All events but the left-out ones, in one spelling: made once, then shared.

        @param leftOut: ids of events that this reader does not get.
        """
        key = (format, leftOut)
        data = self._joined.get(key)
        if data is None:
            spelled = self._spelled.get(format)
            if spelled is None:
                spelled = self._spelled[format] = [
                    (event.id, part)
                    for event in self.events
                    if (part := self._spell(format, event)) is not None
                ]
            data = b"".join([part for id, part in spelled if id not in leftOut])
            self._joined[key] = data
        return data

    def _spell(self, format: Format, event: Event) -> bytes | None:
        try:
            return format.spell(event, self.place)
        except Exception:
            # What one wire can't say is its own fault; nobody else goes without.
            self._log.failure("{event} has no spelling", event=event.kind)
            return None
