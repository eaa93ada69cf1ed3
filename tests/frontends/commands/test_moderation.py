"""
Commands for keeping order and giving roles, with a real network behind them.
"""

from __future__ import annotations

import pytest

from tests.doubles import Net
from tests.frontends.commands.conftest import Come
from twisted_chat.domain.errors import (
    BadInput,
    MayNotEnter,
    MayNotSpeak,
    NotAllowed,
    PersonNotInRoom,
)


def test_kickPutsSomebodyOut(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    assert alex.does("kick bea be nice") == ["* bea is out of lobby"]
    assert bea.session.rooms == []
    with pytest.raises(PersonNotInRoom):
        alex.does("kick bea")
    assert bea.does("join lobby")


def test_aRoomIsNamedInFrontOfThePerson(come: Come) -> None:
    alex, bea = come("alex", "dev", "lobby"), come("bea", "dev", "lobby")
    assert alex.does("kick #dev bea") == ["* bea is out of dev"]
    assert [room.name for room in bea.session.rooms] == ["lobby"]


def test_aBanHasATimeAndAReasonAndEnds(net: Net, come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    assert alex.does("ban bea for 2h no spam") == ["* bea is banned from lobby for 2 hours"]
    (head, row) = alex.does("bans")
    assert head == "* 1 ban in lobby:"
    assert row.startswith("  bea  by alex at ")
    assert row.endswith("  for 2 hours more  no spam")
    with pytest.raises(MayNotEnter, match="no spam"):
        bea.does("join lobby")
    net.clock.advance(2 * 3600)
    assert alex.does("bans") == ["* No bans in lobby"]
    assert bea.does("join lobby")


def test_aBanIsTakenBack(come: Come) -> None:
    alex = come("alex", "lobby")
    assert alex.does("ban account:x*") == ["* account:x* is banned from lobby"]
    assert alex.does("unban account:x*") == ["* account:x* is not banned from lobby any more"]
    with pytest.raises(BadInput):
        alex.does("unban account:x*")


def test_whoIsMutedReadsAndDoesNotSpeak(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    assert alex.does("mute bea 10m") == ["* bea is muted in lobby for 10 minutes"]
    with pytest.raises(MayNotSpeak):
        bea.does("say hi")
    assert alex.does("mutes")[0] == "* 1 mute in lobby:"
    assert alex.does("unmute bea") == ["* bea may speak in lobby again"]
    assert bea.does("say hi") == []


def test_exceptionsSpareBans(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea")
    alex.does("ban b*")
    assert alex.does("except bea") == ["* bea is excepted from bans and mutes in lobby"]
    assert bea.does("join lobby")
    assert alex.does("exceptions")[0] == "* 1 exception in lobby:"
    assert alex.does("unexcept bea") == ["* bea is not excepted in lobby any more"]


def test_manyMayBeInvitedAtOnce(come: Come) -> None:
    alex, bea = come("alex", "dev"), come("bea")
    alex.does("set invite-only on")
    assert alex.does("allow b* for 1d") == ["* b* may join dev for 1 day"]
    assert bea.does("join dev")
    assert alex.does("invitations")[0] == "* 1 invitation in dev:"
    assert alex.does("uninvite b*") == ["* b* is not invited to dev any more"]


@pytest.mark.parametrize(
    ("give", "take", "holds", "lacks"),
    [
        ("admin", "deadmin", "is an admin", "is not an admin"),
        ("op", "deop", "is an operator", "is not an operator"),
        ("halfop", "dehalfop", "is a half-operator", "is not a half-operator"),
        ("voice", "devoice", "has a voice", "has no voice"),
    ],
)
def test_rolesAreGivenAndTaken(come: Come, give: str, take: str, holds: str, lacks: str) -> None:
    alex = come("alex", "dev", registered=True)
    come("bea", "dev")
    assert alex.does(f"{give} bea") == [f"* bea {holds} in dev now"]
    assert alex.does(f"{take} bea") == [f"* bea {lacks} in dev any more"]
    with pytest.raises(BadInput, match=f"bea {lacks} in dev"):
        alex.does(f"{take} bea")


def test_nobodyIsMadeLessByBeingGivenSomething(come: Come) -> None:
    alex = come("alex", "dev", registered=True)
    come("bea", "dev")
    alex.does("op bea")
    with pytest.raises(BadInput, match=r"which is more\. /deop bea comes first"):
        alex.does("voice bea")
    with pytest.raises(BadInput, match="bea has no voice"):
        alex.does("devoice bea")
    with pytest.raises(BadInput, match=r"alex is the owner .* /transfer comes first"):
        alex.does("voice alex")


def test_whoMutesSomebodyWithAVoiceReadsThatTheyHaveItNoMore(come: Come) -> None:
    alex, _ = come("alex", "dev", registered=True), come("bea", "dev")
    alex.does("voice bea")
    lost = "  Their voice is taken; /voice bea gives it back when they are unmuted."
    assert alex.does("mute bea 10m") == ["* bea is muted in dev for 10 minutes", lost]
    assert alex.does("unmute bea") == ["* bea may speak in dev again"]
    alex.does("set moderated on")
    assert len(alex.does("mute bea")) == 1
    assert alex.does("unmute bea") == [
        "* bea is muted no more, but dev is moderated: /voice bea lets them speak"
    ]


def test_whoMutesOneThatKeepsOrderReadsThatTheySpeakOn(come: Come) -> None:
    alex = come("alex", "dev", registered=True)
    bea = come("bea", "dev")
    alex.does("halfop bea")
    assert alex.does("mute bea")[1] == "  They keep order there, and speak until that is taken."
    bea.does("say hi")
    alex.does("dehalfop bea")
    with pytest.raises(MayNotSpeak):
        bea.does("say hi")


def test_whoTakesARoomThatNobodyOwnsIsToldThatItIsTheirs(come: Come) -> None:
    alex = come("alex", "dev")
    bea = come("bea", "dev", registered=True)
    alex.does("op bea")
    assert bea.does("transfer bea") == ["* You are the owner of dev now"]


def test_ordinaryMembersKeepNoOrder(come: Come) -> None:
    come("alex", "lobby")
    bea = come("bea", "lobby")
    come("carl", "lobby")
    for typed in ("kick carl", "ban carl", "mute carl", "op carl", "voice carl"):
        with pytest.raises(NotAllowed):
            bea.does(typed)
