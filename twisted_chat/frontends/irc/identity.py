"""
Who an IRC client is, and where: what is known of one connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted_chat.domain.errors import Closing
from twisted_chat.frontends.irc.answering import NO_CAPS, Answering
from twisted_chat.frontends.irc.capabilities import Negotiation
from twisted_chat.frontends.irc.facts import Door, ServerFacts
from twisted_chat.frontends.irc.ircformat import ircFormat
from twisted_chat.frontends.irc.lines import NOBODY, Moment, joinTags
from twisted_chat.frontends.irc.message import spell
from twisted_chat.frontends.irc.registration import Registration

if TYPE_CHECKING:
    from twisted_chat.domain.records import Account
    from twisted_chat.domain.session import Session
    from twisted_chat.frontends.irc.commands.multiline import OpenBatch
    from twisted_chat.frontends.irc.commands.sasl import Login
    from twisted_chat.frontends.irc.factory import IrcFactory
    from twisted_chat.frontends.irc.missed import Unasked
    from twisted_chat.frontends.irc.notes import Subscriptions

CURIOUS: Final = frozenset({"extended-monitor", "draft/metadata-2", "draft/metadata-3"})
"""The capabilities of clients that are told what people whose nicks they watch change."""


class Identified(Answering):
    """
    A connection, and what is known of the one who has come by it.

    @ivar negotiation: how it came to have its capabilities; C{None} if it never asked.
    @ivar registration: what is known of it before it is registered; C{None} from then on.
    @ivar user: what it calls its user, with a C{~}, since nobody has checked it.
    @ivar real: what it calls itself in more words.
    @ivar secure: whether a password may be sent here.
    @ivar fingerprint: the SHA-256 of its certificate, in hex, or C{""}.
    @ivar device: the name of the device, as told in C{account@device}.
    @ivar login: the login by SASL that is under way; C{None} if none is.
    @ivar batch: the batch that it has begun to send; C{None} if there is none.
    @ivar wrong: how often it has failed to log in.
    @ivar subscriptions: what it wants to know of notes; C{None} if it never asked.
    @ivar throughPlain: whether it comes by a gateway to which its way is not encrypted.
    @ivar promised: the password of an account that has to be verified yet, or C{""}.
    @ivar shownAt: when it was shown what it had missed, in the clock's seconds.
    @ivar unasked: what it may have missed and may yet ask for; C{None} if there is nothing.
    @ivar absent: whether it has said that nobody is at it (C{AWAY *}).
    @ivar modes: what it has set for itself alone and is not its person's: see
        L{NO_CTCP<twisted_chat.frontends.irc.talklines.NO_CTCP>}.
    @ivar greeted: by room id, the rooms in which the server has put it without being asked.
    """

    __slots__ = (
        "_session", "absent", "batch", "device", "fingerprint", "greeted", "login", "modes",
        "negotiation", "promised", "real", "registration", "secure", "shownAt", "subscriptions",
        "throughPlain", "unasked", "user", "wrong",
    )  # fmt: skip

    factory: IrcFactory

    def __init__(self) -> None:
        super().__init__()
        self.negotiation: Negotiation | None = None
        self.registration: Registration | None = None
        self.user = "~u"
        self.real = ""
        self.secure = False
        self.fingerprint = ""
        self.device = ""
        self.login: Login | None = None
        self.batch: OpenBatch | None = None
        self.wrong = 0
        self.subscriptions: Subscriptions | None = None
        self.throughPlain = False
        self.promised = ""
        self.absent = False
        self.modes: frozenset[str] = NO_CAPS
        self.greeted: frozenset[str] = NO_CAPS
        self.shownAt = 0.0
        self.unasked: Unasked | None = None
        self._session: Session | None = None

    def handshakeCompleted(self) -> None:
        """
        TLS is spoken: see whether the client has shown a certificate.
        """
        shown = self.transport.getPeerCertificate()
        if shown is not None:
            self.fingerprint = shown.digest("sha256").decode().replace(":", "").lower()

    @property
    def encrypted(self) -> bool:
        """
        Whether nobody on the way to the client can read along.
        """
        return super().encrypted and not self.throughPlain

    @property
    def account(self) -> Account | None:
        """
        The account whose rights it has, or will have when it comes in.
        """
        who = self._session or self.registration
        return who.account if who is not None else None

    @property
    def accountId(self) -> str:
        """
        The id of that account, or C{""}.
        """
        return self.account.id if self.account is not None else ""

    def whoIsThere(self) -> str:
        """
        The address, and the name of the one who has come in.
        """
        return self.address if self._session is None else str(self._session)

    @property
    def serverName(self) -> str:
        """
        The name that the server's lines come from.
        """
        return self.factory.server

    @property
    def facts(self) -> ServerFacts:
        """
        What it may know of the server.
        """
        return self.factory.factsAt(self.door)

    @property
    def door(self) -> Door:
        """
        How it has come in.
        """
        return Door(self.encrypted, self.secure, bool(self.fingerprint))

    def offer(self) -> None:
        """
        Tell it which capabilities have come and gone, if it wants to know.
        """
        if self.negotiation is None:
            return
        for answer in self.negotiation.change(self.facts, self.nick):
            self.replies.line(answer.command, self.nick, *answer.params)
        self.replies.flush()
        if self.caps != self.negotiation.enabled:
            self.caps = self.negotiation.enabled
            if self._session is not None:
                self._session.reformat()

    @property
    def session(self) -> Session:
        """
        What the person may do. Only for registered clients.

        @raise Closing: the client has gone.
        """
        if self._session is None:
            # Whoever asked has gone meanwhile: what is under way ends quietly.
            raise Closing()
        return self._session

    @property
    def registered(self) -> bool:
        """
        Whether it has come in.
        """
        return self._session is not None

    @property
    def nick(self) -> str:
        """
        What it is called; L{NOBODY<lines.NOBODY>} as long as it has not said.
        """
        if self._session is not None:
            return self._session.name
        return (self.registration.nick if self.registration is not None else "") or NOBODY

    @property
    def mask(self) -> str:
        """
        C{nick!user@host}, as others see it.
        """
        return f"{self.nick}!{self.user}@{self.host}"

    def inOwnName(self, command: str, *params: str) -> bytes:
        """
        @return: a line that tells the client alone what it does, as others read such lines.
        """
        moment = Moment(self.factory.clock.seconds())
        tags = ircFormat(self.caps, self.serverName).serverTags(moment, self.session.author)
        return joinTags(tags) + spell(command, params, self.mask)

    @property
    def host(self) -> str:
        """
        Its host, as others see it.
        """
        return (self._session.host if self._session is not None else "") or self.factory.server

    def comeIn(self, session: Session) -> None:
        """
        From now on this is who it is.
        """
        self.within(0, None)
        self.registration = None
        self.factory.unregistered.discard(self)
        self._session = session
        session.curious = self.curious
        self.factory.recount(self, session)

    @property
    def curious(self) -> bool:
        """
        Whether it wants to hear what those whose nicks it watches change about themselves.
        """
        return not CURIOUS.isdisjoint(self.caps)
