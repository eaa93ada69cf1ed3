"""
Proving who one is: AUTHENTICATE (IRCv3 sasl-3.1, sasl-3.2), before one has come in and after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_chat.domain.accounterrors import BadLogin, Suspended
from twisted_chat.domain.errors import BadInput, ChatError
from twisted_chat.domain.proofs import Proof
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.loggedin import logIn, wrongOnce
from twisted_chat.frontends.irc.message import Message
from twisted_chat.frontends.irc.numerics import (
    ERR_NICKLOCKED,
    ERR_SASLABORTED,
    ERR_SASLALREADY,
    ERR_SASLFAIL,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)
from twisted_chat.frontends.irc.registration import advance
from twisted_chat.frontends.irc.sasl import (
    Check,
    Done,
    Exchange,
    Failed,
    Fingerprint,
    Lookup,
    Send,
    Step,
    Wait,
)

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

SASL = Noun()

_REFUSED = {Suspended.code: ERR_NICKLOCKED, BadInput.code: ERR_SASLALREADY}
"""By code, how it is said that somebody may not be who they have proven to be."""

_OVER = (Done.kind, Failed.kind)


class Login:
    """
    One attempt of a client to log in.

    @ivar exchange: what has been said so far.
    """

    __slots__ = ("_client", "_proof", "exchange")

    def __init__(self, client: IrcClient, mechanism: str) -> None:
        self._client = client
        self._proof: Proof | None = None
        self.exchange = Exchange(mechanism, client.factory.secret)

    async def go(self, step: Step) -> bool:
        """
        Do a step, and those that follow until the client has to say something.

        @return: whether it is over.
        """
        following: Step | None = step
        while following is not None:
            step = following
            try:
                following = await getattr(self, "step_" + step.kind)(step)
            except ChatError as refusal:
                # It asked for what can't be told now, so it ends.
                following = Failed(text=refusal.text)
        return step.kind in _OVER

    async def step_send(self, step: Send) -> None:
        """
        The client has to answer.
        """
        for param in step.params:
            self._client.replies.line("AUTHENTICATE", param)

    async def step_wait(self, step: Wait) -> None:
        """
        More is to come.
        """

    async def step_check(self, step: Check) -> Step:
        """
        Whose is a password?
        """
        client = self._client
        try:
            proof = self._proof = await client.factory.proofs.entry(
                step.name, step.password, client.address
            )
        except BadLogin:
            return self.exchange.answer("")
        return self.exchange.answer(proof.account.name)

    async def step_lookup(self, step: Lookup) -> Step:
        """
        What checks the password of an account?
        """
        client = self._client
        account = await client.factory.proofs.account(step.name, client.address)
        self._proof = Proof(account) if account is not None else None
        return self.exchange.answer(account.scram if account is not None else "")

    async def step_fingerprint(self, step: Fingerprint) -> Step:
        """
        Whose is the certificate?
        """
        client = self._client
        account = await client.factory.proofs.certificate(client.fingerprint)
        self._proof = Proof(account) if account is not None else None
        return self.exchange.answer(account.name if account is not None else "")

    async def step_done(self, step: Done) -> None:
        """
        It is who it says; whether it may come in is another matter.
        """
        client, proof = self._client, self._proof
        assert proof is not None
        try:
            await logIn(client, proof, step.device)
        except ChatError as refusal:
            client.numeric(_REFUSED.get(refusal.code, ERR_SASLFAIL), refusal.text)
        else:
            client.numeric(RPL_SASLSUCCESS, "SASL authentication successful")

    async def step_failed(self, step: Failed) -> None:
        """
        It is not, or does not want to go on.
        """
        self._client.numeric(step.numeric, step.text)
        if step.numeric == ERR_SASLFAIL:
            wrongOnce(self._client)


@SASL.command("AUTHENTICATE", least=1, early=True)
async def authenticate(client: IrcClient, message: Message) -> None:
    """
    Name a mechanism, or say what it asks for. Clients should have asked for the capability; it
    does no harm where they have not.
    """
    param = message.params[0]
    mechanisms = client.facts.saslMechanisms
    if not mechanisms:
        client.numeric(ERR_SASLFAIL, f"No password is taken here. {client.factory.hint}")
        return
    step: Step
    login = client.login
    if login is not None:
        step = login.exchange.receive(param)
    elif param.upper() in mechanisms:
        login = client.login = Login(client, param.upper())
        step = login.exchange.begin()
    elif param == "*":
        client.numeric(ERR_SASLABORTED, "SASL authentication aborted")
        return
    else:
        client.numeric(RPL_SASLMECHS, ",".join(mechanisms), "are available SASL mechanisms")
        client.numeric(ERR_SASLFAIL, "SASL authentication failed")
        return
    try:
        over = await login.go(step)
    except Exception:
        # Nothing goes on from here. The client waits to be told so, and may begin anew.
        client.login = None
        client.numeric(ERR_SASLFAIL, "SASL authentication failed")
        raise
    if over:
        client.login = None
        await advance(client)
