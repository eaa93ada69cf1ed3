"""
An IRC client: a connection, and what it can do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IHandshakeListener
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_chat.domain.delivery import Format
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.events import (
    Event,
    Invited,
    PresenceChanged,
    Reacted,
    Said,
    Tagged,
    TagsKept,
    Unreacted,
)
from twisted_chat.domain.ids import isNameChannel
from twisted_chat.domain.interfaces import IReceiver
from twisted_chat.domain.room import Room
from twisted_chat.frontends.connection import TURNED_AWAY
from twisted_chat.frontends.irc.commands.command import Command
from twisted_chat.frontends.irc.commands.multiline import spoil
from twisted_chat.frontends.irc.commands.table import TABLE
from twisted_chat.frontends.irc.connection import MESSAGE
from twisted_chat.frontends.irc.identity import Identified
from twisted_chat.frontends.irc.ircformat import SILENT, ircFormat
from twisted_chat.frontends.irc.lines import NOBODY
from twisted_chat.frontends.irc.message import BadLine, Message
from twisted_chat.frontends.irc.missed import noteTold
from twisted_chat.frontends.irc.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_INPUTTOOLONG,
    ERR_NEEDMOREPARAMS,
    ERR_NOTREGISTERED,
    ERR_UNKNOWNCOMMAND,
)
from twisted_chat.frontends.irc.particular import isWanted, tell, tellAtOnce
from twisted_chat.frontends.irc.peoplelines import quitText
from twisted_chat.frontends.irc.refusals import tellRefusal
from twisted_chat.frontends.irc.registration import Registration
from twisted_chat.frontends.irc.talking import isJustTalk
from twisted_chat.frontends.webrequest import NO_WEB, isWebRequest

_ANSWERED: Final = frozenset({PresenceChanged.kind, Invited.kind})
"""Kinds of events of which their author learns by an answer."""

LONGEST_LABEL: Final = 64

LABELLED: Final = frozenset({"batch", "labeled-response"})
"""What clients have to know for their labels to be answered (labeled-response)."""

ECHOED: Final = frozenset({Said.kind, Tagged.kind, TagsKept.kind, Reacted.kind, Unreacted.kind})
"""What clients get back of their own only with C{echo-message}."""


def _isToSelf(event: Event) -> bool:
    """
    Whether somebody says something to themselves.
    """
    return event.peer is not None and event.peer.id == event.author.id


@implementer(IReceiver, IHandshakeListener)
class IrcClient(Identified):
    """
    One client.
    """

    __slots__ = ()

    # How it begins, and how it ends.

    def connectionMade(self) -> None:
        """
        Somebody has come.
        """
        self.registration = Registration()
        super().connectionMade()
        self.secure = self.encrypted or self.factory.hub.terms.isTrusted(self.address)
        if not self.outbox.closed:
            self.factory.unregistered.add(self)
            self.within(self.factory.limits.login, self._tooLate)

    def _tooLate(self) -> None:
        self.disconnect("Registration timed out")

    def disconnect(self, reason: str) -> None:
        """
        End the connection, and say why.
        """
        if self.factory.closing and not self.finished:
            # Nothing more is published, so nobody has to wait until the connection is closed.
            self._goOut()
        super().disconnect(reason)

    def ended(self) -> None:
        """
        Somebody has gone.
        """
        self._goOut()

    def _goOut(self) -> Deferred[None]:
        session, self._session = self._session, None
        self.factory.unregistered.discard(self)
        if session is None:
            if self.gone[0] != TURNED_AWAY:
                self.log(f"disconnected{self.why}")
        elif not session.ended:
            name = session.name
            self._log.info("{who}: {name} has gone{why}", who=self.address, name=name, why=self.why)
            self.factory.finish(noteTold(self, session))
            return session.logout(*self.gone)
        return succeed(None)

    def end(self, text: str) -> Deferred[None]:
        """
        End the visit, as the client wishes.

        @param text: what others are told of it.
        @return: fires when they have been told; then the connection is closed.
        """
        self.gone = ("quit", text)
        farewell = quitText(*self.gone)
        told = self.inOwnName("QUIT", farewell) if self.registered else b""

        def acknowledge(_: None) -> None:
            if not self.outbox.closed:
                self.replies.spelled(told)
            self.disconnect(farewell)

        return self._goOut().addCallback(acknowledge)

    # IReceiver, but for what every connection has.

    # Whoever logs in later goes on as the session that they have.
    former = None

    @property
    def receive(self) -> Callable[[bytes], None]:
        """
        Writes what is published: L{IReceiver.receive}. A room asks each of its members for nothing
        but this, so it is the outbox itself, which knows when
        L{Replies<twisted_chat.frontends.irc.replies.Replies>} has to come first.
        """
        return self.outbox.write

    def formatFor(self, conversation: str) -> Format:
        """
        The spelling for this client: L{IReceiver.formatFor}.
        """
        if isNameChannel(conversation) and "extended-monitor" not in self.caps:
            return SILENT
        return ircFormat(self.caps | self.modes, self.factory.server)

    def echoes(self, event: Event) -> bool:
        """
        Whether it wants an event of its own back: L{IReceiver.echoes}.
        """
        if event.kind in _ANSWERED:
            return False
        if event.kind not in ECHOED or "echo-message" in self.caps:
            return True
        # A reaction that is taken back is the answer to REDACT.
        return bool(getattr(event, "reaction", "")) or _isToSelf(event)

    def isAnswer(self, event: Event) -> bool:
        """
        Whether an event of its own belongs to what a label is put on: L{IReceiver.isAnswer}. What
        it says to itself comes as from anybody else, and once more as the answer.
        """
        return self.replies.labelled and not (event.kind in ECHOED and _isToSelf(event))

    def receiveAnswer(self, data: bytes) -> None:
        """
        Writes that: L{IReceiver.receiveAnswer}.
        """
        self.replies.published(data)

    def happened(self, event: Event) -> None:
        """
        Something concerns this client that a shared spelling can't say: L{IReceiver.happened}. It
        waits for its turn, and counts as what waits to be read by a client that does not read.
        """
        if not tellAtOnce(self, event) or not isWanted(self, event):
            return
        self._turns.push(("happened", event), event.size())
        if self._turns.size > self.factory.limits.sendQueue:
            self.outbox.giveUp()

    def roomIn(self, target: str) -> Room | None:
        """
        The room of a channel's name, if this client is in it.
        """
        try:
            return self.session.roomIfIn(target)
        except ChatError:
            return None

    # What it asks.

    def publishes(self, turn: Any) -> bool:
        """
        Whether a turn only says something, so that nobody has to wait for it.
        """
        kind, message = turn
        return kind == MESSAGE and self._session is not None and isJustTalk(self, message)

    def publish(self, turn: Any, done: Callable[[object], None]) -> None:
        """
        Do one that only says something.
        """
        message: Message = turn[1]
        saying = maybeDeferred(self._obey, message)
        # One callback: in a small room each costs as much as a reader.
        saying.addCallbacks(done, self._notSaid, errbackArgs=(message, done))
        self.replies.flush()

    def _notSaid(self, why: Failure, message: Message, done: Callable[[object], None]) -> None:
        try:
            self._refuse(why, message)
        finally:
            done(None)

    def turn_greet(self, _: str) -> Deferred[None] | None:
        """
        Nothing is answered before people can come in.
        """
        return None if self.factory.isReady else self.factory.whenReady()

    def turn_tooLong(self, wrong: BadLine) -> None:
        """
        A line was left out.
        """
        self._label(wrong.tags)
        self.numeric(ERR_INPUTTOOLONG, "Input line was too long")
        spoil(self)
        self.replies.end()

    def turn_notUtf8(self, wrong: BadLine) -> None:
        """
        A line was left out (IRCv3 UTF8ONLY).
        """
        self._label(wrong.tags)
        text = "Your message is not UTF-8. It was left out."
        self.fail(wrong.command or NOBODY, "INVALID_UTF8", text)
        spoil(self)
        self.replies.end()

    def _label(self, tags: Mapping[str, str]) -> None:
        label = tags.get("label", "") if self.caps >= LABELLED else ""
        if label and len(label) <= LONGEST_LABEL:
            self.replies.begin(label)

    async def turn_message(self, message: Message) -> None:
        """
        Obey a command, and label what it causes.
        """
        if not self.registered and isWebRequest(" ".join((message.command, *message.params))):
            self.disconnect(NO_WEB)
            return
        self._label(message.tags)
        try:
            doing = self._obey(message)
            if doing is not None:
                await doing
        except ChatError as refusal:
            self.refuse(refusal, message)
        except Exception:
            # Said later, it would not be what the label is put on.
            self.refused(Failure())
        finally:
            if self._session is not None:
                self._session.release()
            self.replies.end()

    def _obey(self, message: Message) -> Awaitable[Any] | None:
        command = self._commandOf(message)
        if command is None:
            return None
        if command.asks and self.lost:
            # Long answers cost the server time.
            return None
        doing: Awaitable[Any] | None = command.function(self, message)
        return doing

    def _commandOf(self, message: Message) -> Command | None:
        """
        @return: what a message asks for; C{None} if that can't be asked for, or not now. Then the
            client is told so.
        """
        command = TABLE.get(message.command)
        if command is None:
            if self.registered:
                shown = message.command[:64]
                self.numeric(ERR_UNKNOWNCOMMAND, shown, "Unknown command")
            else:
                self.numeric(ERR_NOTREGISTERED, "You have not registered")
        elif not self.registered and not command.early:
            self.numeric(ERR_NOTREGISTERED, "You have not registered")
        elif self.registered and not command.late:
            self.numeric(ERR_ALREADYREGISTERED, "You may not reregister")
        elif len(message.params) < command.least:
            self.numeric(ERR_NEEDMOREPARAMS, command.name, "Not enough parameters")
        elif command.needs and command.needs not in self.caps:
            self.numeric(ERR_UNKNOWNCOMMAND, command.name, "Unknown command")
        else:
            return command
        return None

    def _refuse(self, why: Failure, message: Message) -> None:
        """
        Say why something did not work: the one place where that is said.
        """
        if isinstance(why.value, ChatError):
            self.refuse(why.value, message)
        else:
            self.refused(why)

    def refuse(self, refusal: ChatError, message: Message) -> None:
        """
        Tell the client that something was refused.

        @param message: its command, as if what was refused were all that it asked for.
        """
        self.factory.counts.refusals[refusal.code] += 1
        if not self.finished:
            code = refusal.code
            self._log.info("{who} was refused: {code}", who=self.whoIsThere(), code=code)
            tellRefusal(self, message, refusal)
            self.replies.flush()
            self.heed(refusal)

    # What it is told.

    def turn_happened(self, event: Event) -> Any:
        """
        Say what only this client is to be told of an event.
        """
        try:
            return tell(self, event)
        finally:
            self.replies.flush()
