"""
What is done in several steps, some of which the store refuses: soon what this node knows, what
everybody was told and what is stored are the same, and nothing is left under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail

from tests.domain.shaky import diskFull, outcome
from tests.doubles import Ear, Net
from twisted_chat.domain.accounts import PasswordLogin
from twisted_chat.domain.codes import hashCode
from twisted_chat.domain.errors import ChatError
from twisted_chat.domain.interfaces import IChatUser, IStore
from twisted_chat.domain.newaccounts import NewAccount
from twisted_chat.domain.registry import CLAIM
from twisted_chat.domain.session import Session
from twisted_chat.domain.unawaited import AGAIN

PASSWORD = "correct horse"

ENDLESS = 10_000
"""The store refuses all until it can be used again."""


class Counting:
    """
    A store around another that refuses some of the things that it is asked for.

    @ivar asked: how much it was asked for, so far.
    @ivar refuses: which of it is refused, from 1 on.
    """

    def __init__(self, inner: IStore) -> None:
        self.inner = inner
        self.asked = 0
        self.refuses = range(0)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self.asked += 1
            if self.asked in self.refuses:
                return fail(diskFull())
            return method(*arguments, **named)

        return call


class Place:
    """
    Two nodes; ann on both, bea and a guest on one, two operators, all of them in C{dev}.
    """

    def __init__(self) -> None:
        self.net = net = Net(wrap=lambda store: cast(Any, Counting(store)))
        self.store = cast(Any, net.store)
        self.ann, self.bea = net.registered("ann"), net.registered("bea", 1)
        self.oper = net.operator("oper", 1, address="10.1.1.1")
        self.other = net.operator("other", address="10.1.1.2")
        self.gus = net.guest("gus")
        net.join("dev", self.ann, self.bea, self.oper, self.other, self.gus)
        net.login("ann", node=1)
        net.registered("eve").logout()
        net.settle()

    def sessions(self) -> Iterator[Session]:
        """
        All that there are.
        """
        for hub in self.net.hubs:
            yield from hub.roster.sessions.values()

    def come(self, credentials: Any) -> Deferred[Any]:
        """
        Let somebody come in.
        """
        login = self.net.portals[0].login(credentials, Ear(address="192.0.2.9"), IChatUser)
        return login.addCallback(lambda came: came[1].release())

    async def comeInvited(self) -> None:
        """
        Let somebody come in who is invited into two rooms.
        """
        code = await self.oper.invitation(["dev", "tea"])
        await self.come(NewAccount("newbie", PASSWORD, code))

    async def registerInvited(self) -> None:
        """
        Let the guest register who is invited into another room.
        """
        await self.gus.register(PASSWORD, await self.oper.invitation(["tea"]))

    async def assumeAndBack(self) -> None:
        """
        Let the guest be eve for a while.
        """
        await self.gus.assume(await self.store.account("eve"))
        self.gus.release()
        await self.gus.assume(None)

    async def ignoreAndNot(self) -> None:
        """
        Let ann ignore bea, and then not.
        """
        await self.ann.ignore("bea")
        await self.ann.unignore("bea")

    async def becomeFirst(self) -> None:
        """
        Let ann become an operator as the first one does.
        """
        await self.store.inner.setNetworkFact(CLAIM, hashCode("code"))
        await self.ann.claim("code")

    async def banAndNot(self) -> None:
        """
        Let eve be banned, and then not.
        """
        await self.oper.serverBan("eve")
        await self.oper.undo()


DEEDS: dict[str, Callable[[Place], Any]] = {
    "register": lambda at: at.gus.register(PASSWORD),
    "register, invited": lambda at: at.registerInvited(),
    "come by an invitation": lambda at: at.comeInvited(),
    "come back": lambda at: at.come(PasswordLogin("eve", PASSWORD)),
    "go": lambda at: at.gus.logout(),
    "go, registered": lambda at: at.bea.logout(),
    "assume": lambda at: at.assumeAndBack(),
    "ignore": lambda at: at.ignoreAndNot(),
    "quiet": lambda at: at.ann.setQuiet(True),
    "registered only": lambda at: at.ann.setRegisteredOnly(True),
    "server ban": lambda at: at.oper.serverBan("bea"),
    "server ban, undone": lambda at: at.banAndNot(),
    "lockdown": lambda at: at.oper.lockdown(1),
    "make an operator": lambda at: at.oper.makeOperator("ann"),
    "become the first operator": lambda at: at.becomeFirst(),
    "unmake an operator": lambda at: at.oper.unmakeOperator("other"),
    "kill": lambda at: at.oper.kill("ann"),
    "suspend": lambda at: at.oper.suspend("bea"),
    "erase": lambda at: at.oper.deleteAccountOf("bea"),
}


def asDeferred(done: Any) -> Deferred[Any]:
    """
    What a deed gives, as a Deferred.
    """
    return done if isinstance(done, Deferred) else Deferred.fromCoroutine(done)


@pytest.mark.parametrize("steps", [1, ENDLESS])
@pytest.mark.parametrize("deed", DEEDS)
def test_whateverStepsOfADeedAreRefusedAllAgreeSoon(deed: str, steps: int) -> None:
    refused, more = 0, True
    while more:
        at, refused = Place(), refused + 1
        at.store.asked, at.store.refuses = 0, range(refused, refused + steps)
        came = outcome(asDeferred(DEEDS[deed](at)))
        at.net.settle(0.05)
        more = at.store.asked >= refused
        if steps > 1:
            at.store.refuses = range(0)
        for _ in range(6):
            at.net.clock.advance(AGAIN / 2)
            at.net.settle(0.01)
        at.store.refuses = range(0)
        step = f"{deed}, step {refused}"
        assert len(came) == 1, step
        assert isinstance(came[0], ChatError) or not isinstance(came[0], Exception), step
        for session in at.sessions():
            _checkSession(at, session, step)
        for hub in at.net.hubs:
            _checkNode(at, hub, step)


def _checkSession(at: Place, session: Session, step: str) -> None:
    account: Any = None
    if session.account is not None:
        account = at.net.now(at.store.accountById(session.account.id))
        assert (account.erasedAt, account.suspended) == (0.0, ""), step
        assert session.operator is account.operator, step
        assert session.preferences == account.preferences, step
        assert session.quiet is bool(account.preferences.get("quiet")), step
        ignored = account.preferences.get("ignored") or {}
        assert set(session.ignoredNames()) == set(ignored.values()), step
    assert session.person.account == (account.name if account is not None else ""), step
    assert session.operator or not session.hub.doorman.banOf(session.subject), step
    assert not session.held, step


def _checkNode(at: Place, hub: Any, step: str) -> None:
    bans = at.net.now(at.store.serverBans())
    assert set(hub.doorman.bans.byMask) == {ban.mask for ban in bans}, step
    lockdown = at.net.now(at.store.networkFacts()).get("lockdown") or {"level": 0}
    assert hub.doorman.level == lockdown["level"], step
    assert [*hub.roster.leaving, *hub.roster.entering, *hub.roster.comingBack] == [], step
    here = {session.personId for session in at.sessions()}
    for conversation in hub.roster.conversations.values():
        assert (conversation.busy, conversation.waiting) == (False, []), step
        room = conversation.room
        if room is not None:
            stored = {each.id for each in at.net.now(at.store.room(room.id)).members}
            for id in room.members:
                person = hub.roster.people[id]
                assert bool(person.nodes) is (id in here), step
                # A guest, or a face, is a member as long as they are here.
                passing = not person.account or person.record.identity
                assert (id in here) if passing else (id in stored), step
            assert stored <= set(room.members), step
