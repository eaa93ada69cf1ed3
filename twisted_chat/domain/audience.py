"""
Audiences: the connections on this node that get the events of a conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from twisted_chat.domain.delivery import NOTHING, Format
from twisted_chat.domain.events import Event
from twisted_chat.domain.names import foldAny
from twisted_chat.domain.sparse import NONE_YET, drop, put
from twisted_chat.domain.values import Author

Receive = Callable[[bytes], None]


class Listener(Protocol):
    """
    What an audience needs to know of a session.
    """

    id: str
    personId: str
    quiet: bool
    ignored: frozenset[str]

    def receiveAnswer(self, data: bytes) -> None:
        """
        Get what it has done itself and waits for as an answer.
        """


def ignoreKey(person: Author) -> str:
    """
    The key under which somebody is ignored from now on: a registered person's id, a guest's name.
    """
    return person.id if person.account else _nameKey(person)


def ignoreKeys(author: Author) -> tuple[str, ...]:
    """
    The keys under which somebody may be ignored. Whoever was as a guest is under that name when
    they have registered it; and what they said as a guest goes by the id that they have kept.
    """
    return author.id, _nameKey(author)


def _nameKey(person: Author) -> str:
    return "~" + foldAny(person.name)


def isIgnored(author: Author, ignored: frozenset[str]) -> bool:
    """
    Whether somebody is among those who are ignored, by their L{ignoreKeys}.
    """
    return bool(ignored) and not ignored.isdisjoint(ignoreKeys(author))


def isIgnorable(event: Event) -> bool:
    """
    Whether those who ignore its author need not know of an event: not, if a room or who is in it is
    another one now for everybody.
    """
    return not event.rights


def isSpared(listener: Listener, event: Event) -> bool:
    """
    Whether one listener wishes to be spared of an event.
    """
    return (listener.quiet and event.noise) or (
        isIgnorable(event) and isIgnored(event.author, listener.ignored)
    )


class Audience:
    """
    Who listens, by the format that they get it in.

    Those who want something left out are counted here, so that a run that has nothing of the kind
    asks nobody.
    """

    __slots__ = ("_heeded", "formats", "groups", "ignored", "quiet")

    def __init__(self) -> None:
        self.groups: dict[Format, dict[Listener, Receive]] = {}
        self.formats: dict[Listener, Format] = {}
        self.quiet: set[Listener] | None = None
        self.ignored: dict[str, set[Listener]] = NONE_YET
        # Whom each of them ignores, as far as it is counted: all that all ignore is much.
        self._heeded: dict[Listener, frozenset[str]] = NONE_YET

    def __len__(self) -> int:
        return len(self.formats)

    def add(self, listener: Listener, format: Format, receive: Receive) -> None:
        """
        Let somebody listen, or listen in another format or by another way.
        """
        if self.formats.get(listener) is not format:
            self.remove(listener)
            self.formats[listener] = format
        self.groups.setdefault(format, {})[listener] = receive
        self._heed(listener, listener.quiet, listener.ignored)

    def remove(self, listener: Listener) -> None:
        """
        Let somebody listen no longer; nothing happens if they did not.
        """
        format = self.formats.pop(listener, None)
        if format is None:
            return
        group = self.groups[format]
        del group[listener]
        if not group:
            del self.groups[format]
        self._heed(listener, False, NOTHING)

    def _heed(self, listener: Listener, quiet: bool, ignored: frozenset[str]) -> None:
        """
        Know what a listener wants left out.
        """
        if quiet:
            # Nearly every audience has nobody who wants quiet, and there are many.
            self.quiet = self.quiet or set()
            self.quiet.add(listener)
        elif self.quiet:
            self.quiet.discard(listener)
        before = self._heeded.get(listener, NOTHING)
        if ignored is before:
            return
        for key in before - ignored:
            self.ignored[key].discard(listener)
            if not self.ignored[key]:
                self.ignored = drop(self.ignored, key)
        for key in ignored - before:
            if key not in self.ignored:
                self.ignored = put(self.ignored, key, set())
            self.ignored[key].add(listener)
        if ignored:
            self._heeded = put(self._heeded, listener, ignored)
        else:
            self._heeded = drop(self._heeded, listener)

    def wishes(
        self, events: Sequence[Event]
    ) -> Iterator[tuple[Collection[Listener], frozenset[str]]]:
        """
        What the listeners wish to be spared of some events.

        @return: pairs of some listeners and the ids of the events that are to be left out for all
            of them.
        """
        if self.quiet:
            noise = frozenset([event.id for event in events if event.noise])
            if noise:
                yield self.quiet, noise
        if self.ignored:
            theirs: dict[str, list[str]] = {}
            for event in filter(isIgnorable, events):
                for key in ignoreKeys(event.author):
                    if key in self.ignored:
                        theirs.setdefault(key, []).append(event.id)
            for key, ids in theirs.items():
                yield self.ignored[key], frozenset(ids)
