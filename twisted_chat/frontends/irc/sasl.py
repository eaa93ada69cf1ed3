"""
Login by SASL: PLAIN (RFC 4616), EXTERNAL (RFC 4422, appendix A) and SCRAM-SHA-256 (RFC 5802 and
7677), in the frame that IRCv3 gives it (sasl-3.1, sasl-3.2).

Nothing here knows a database or waits for one. A mechanism is a generator: it yields what it needs
(something of the client, the check of a password, a look-up) and is sent the answer. L{Exchange}
runs one, and puts together what the client sends in pieces.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

from twisted_chat.domain.names import foldAny
from twisted_chat.domain.scramkeys import inventedKeys, mechanism, readScramKeys
from twisted_chat.frontends.irc.numerics import ERR_SASLABORTED, ERR_SASLFAIL, ERR_SASLTOOLONG

PIECE: Final = 400
"""Bytes of base64 in one AUTHENTICATE; a shorter one is the last."""

MOST: Final = 8 * 1024
"""Bytes of base64 that a client may send at once, in pieces."""


# What comes out of a step. C{kind} is for dispatch by name.


@dataclass(frozen=True, slots=True)
class Send:
    """
    To be sent to the client.

    @ivar params: for each AUTHENTICATE its parameter.
    """

    kind: ClassVar[str] = "send"
    params: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """
    More pieces have to come.
    """

    kind: ClassVar[str] = "wait"


@dataclass(frozen=True, slots=True)
class Check:
    """
    Is this the password? The answer is the name of the account, or C{""}.
    """

    kind: ClassVar[str] = "check"
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """
    What is stored of an account for SCRAM? The answer is the text that L{makeScramKeys
    <twisted_chat.domain.scramkeys.makeScramKeys>} made, or C{""} if there is none.
    """

    kind: ClassVar[str] = "lookup"
    name: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """
    Whose is the certificate with which the client has come? The answer is the name of the account,
    or C{""}.

    @ivar name: the account that is wanted, or C{""}.
    """

    kind: ClassVar[str] = "fingerprint"
    name: str


@dataclass(frozen=True, slots=True)
class Done:
    """
    It is who it says.

    @ivar account: the name of the account; as it was typed, if the mechanism is SCRAM.
    @ivar device: the device that was named (C{account@device}), or C{""}.
    """

    kind: ClassVar[str] = "done"
    account: str
    device: str


@dataclass(frozen=True, slots=True)
class Failed:
    """
    It is over. The client may begin anew.

    @ivar numeric: what to say it with.
    @ivar text: the sentence in it.
    """

    kind: ClassVar[str] = "failed"
    numeric: str = ERR_SASLFAIL
    text: str = "SASL authentication failed"


Step = Send | Wait | Check | Lookup | Fingerprint | Done | Failed


@dataclass(frozen=True, slots=True)
class _Challenge:
    """
    To be sent to the client; the answer is its response, as bytes.
    """

    data: bytes = b""


class _Refused(Exception):
    """
    The login fails; nobody is told why.
    """


Mechanism = Generator[_Challenge | Check | Lookup | Fingerprint, Any, Done]


class _Identity(NamedTuple):
    """
    Who somebody wants to be.
    """

    account: str
    device: str


def _identity(authcid: str, authzid: str) -> _Identity:
    """
    @param authcid: whose password it is, with a device after C{@} or without.
    @param authzid: who to be; C{""} for the same. Nobody may be somebody else here.
    """
    account, _, device = authcid.partition("@")
    wanted, _, wantedDevice = authzid.partition("@")
    if not account or (wanted and foldAny(wanted) != foldAny(account)):
        raise _Refused
    return _Identity(account, device or wantedDevice)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _Refused from None


# The mechanisms.


def _plain(secret: bytes) -> Mechanism:
    parts = _text((yield _Challenge())).split("\0")
    if len(parts) != 3 or not parts[2]:
        raise _Refused
    authzid, authcid, password = parts
    who = _identity(authcid, authzid)
    account = yield Check(who.account, password)
    if not account:
        raise _Refused
    return Done(account, who.device)


def _external(secret: bytes) -> Mechanism:
    name, _, device = _text((yield _Challenge())).partition("@")
    account = yield Fingerprint(name)
    if not account or (name and foldAny(name) != foldAny(account)):
        raise _Refused
    return Done(account, device)


def _scram(secret: bytes) -> Mechanism:
    from scramp import ScramException  # type: ignore[import-untyped]

    first = _text((yield _Challenge()))
    header, bare = _gs2(first)
    who = _identity(_saslName(bare[2:].partition(",")[0]), _saslName(header.authzid))
    stored = yield Lookup(who.account)
    keys = readScramKeys(stored) if stored else inventedKeys(secret, who.account)
    server = mechanism().make_server(lambda name: keys)
    try:
        # The library takes no authzid. It is left out here, but the client has signed it.
        server.set_client_first(f"{header.flag},,{bare}")
        server.gs2_header = header
        final = yield _Challenge(server.get_server_first().encode())
        server.set_client_final(_text(final))
        yield _Challenge(server.get_server_final().encode())
    except ScramException:
        raise _Refused from None
    return Done(*who)


MECHANISMS: Final[dict[str, Callable[[bytes], Mechanism]]] = {
    "SCRAM-SHA-256": _scram,
    "PLAIN": _plain,
    "EXTERNAL": _external,
}
"""By name; which of them are to be had at a door is among the L{facts.ServerFacts}."""


class _Header(NamedTuple):
    """
    What stands before a SCRAM client's first message (RFC 5802, section 7, gs2-header).
    """

    flag: str
    authzid: str

    def make_cbind_input(self, binding: object) -> bytes:
        """
        What the client signs of it: all of it, since there is no channel binding.
        """
        authzid = self.authzid and "a=" + self.authzid
        return f"{self.flag},{authzid},".encode()


def _gs2(first: str) -> tuple[_Header, str]:
    """
    @return: the header, and the rest, which begins with C{n=}.
    """
    flag, _, rest = first.partition(",")
    authzid, _, bare = rest.partition(",")
    if flag not in ("n", "y") or (authzid and not authzid.startswith("a=")):
        raise _Refused
    if not bare.startswith("n="):
        raise _Refused
    return _Header(flag, authzid[2:]), bare


def _saslName(text: str) -> str:
    return text.replace("=2C", ",").replace("=3D", "=")


class Exchange:
    """
    One attempt to log in.

    C{begin} first; then C{receive} for each AUTHENTICATE of the client, and C{answer} after a step
    that asks something. It is over with L{Done} and L{Failed}.

    @ivar mechanism: the mechanism's name.
    """

    __slots__ = ("_asked", "_length", "_mechanism", "_pieces", "mechanism")

    def __init__(self, mechanism: str, secret: bytes) -> None:
        """
        @param mechanism: one of L{MECHANISMS}.
        @param secret: known to the server alone, and the same on all nodes and after a restart.
        """
        self.mechanism = mechanism
        self._mechanism = MECHANISMS[mechanism](secret)
        self._pieces: list[str] = []
        self._length = 0
        self._asked = False

    def begin(self) -> Step:
        """
        The client has named the mechanism.
        """
        return self._next(None)

    def receive(self, piece: str) -> Step:
        """
        The client has sent something.

        @param piece: the parameter of AUTHENTICATE; C{*} to end it, C{+} for nothing.
        """
        if self._asked:
            raise RuntimeError("an answer has to come first")
        if piece == "*":
            return self._over(Failed(ERR_SASLABORTED, "SASL authentication aborted"))
        if len(piece) > PIECE:
            return self._over(Failed(ERR_SASLTOOLONG, "SASL message too long"))
        if piece != "+":
            self._length += len(piece)
            if self._length > MOST:
                return self._over(Failed())
            self._pieces.append(piece)
            if len(piece) == PIECE:
                return Wait()
        encoded = "".join(self._pieces)
        self._pieces, self._length = [], 0
        try:
            data = b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return self._over(Failed())
        return self._next(data)

    def answer(self, found: str) -> Step:
        """
        The answer to a L{Check}, a L{Lookup} or a L{Fingerprint}.
        """
        if not self._asked:
            raise RuntimeError("nothing was asked")
        return self._next(found)

    def _next(self, sent: Any) -> Step:
        try:
            wanted = self._mechanism.send(sent)
        except StopIteration as end:
            done: Done | None = end.value
            return done or Failed()
        except _Refused:
            return Failed()
        if isinstance(wanted, _Challenge):
            self._asked = False
            return Send(_pieces(wanted.data))
        self._asked = True
        return wanted

    def _over(self, why: Failed) -> Failed:
        self._mechanism.close()
        return why


def _pieces(data: bytes) -> tuple[str, ...]:
    """
    @return: data as the parameters of AUTHENTICATE.
    """
    text = b64encode(data).decode()
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    if len(text) % PIECE == 0:
        pieces.append("+")
    return tuple(pieces)
