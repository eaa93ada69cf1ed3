"""
Commands for talking, with a real network behind them.
"""

from __future__ import annotations

import pytest

from tests.doubles import Net
from tests.frontends.commands.conftest import Come
from twisted_chat.domain.errors import (
    BadInput,
    MayNotSpeak,
    NoSuchMessage,
    NoSuchPerson,
    NotInRoom,
    NotYours,
    PersonGone,
)
from twisted_chat.frontends.commands.talk import NobodyToAnswer


def test_sayAndMeAreHeardByOthersAndAnsweredWithNothing(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby", node=1)
    alex.heard()
    bea.heard()
    assert alex.does("say /help is a command") == []
    assert alex.does("me waves") == []
    assert [line.split(" ", 2)[2] for line in bea.heard()] == [
        "said alex /help is a command",
        "said alex waves",
    ]
    assert alex.heard() == []


def test_textIsKeptAsItWasTyped(come: Come) -> None:
    alex = come("alex", "lobby")
    alex.does("say a   b  \u00e9")
    assert alex.does("history 1")[-1].endswith("<alex> a   b  \u00e9")


def test_receiptsTellTheNumberOfOnesOwnLine(come: Come) -> None:
    alex = come("alex", "lobby")
    assert alex.does("receipts on") == ["* Receipts are on"]
    assert alex.does("say hi") == ["* #1 sent"]
    assert alex.does("me waves") == ["* #2 sent"]
    assert alex.does("receipts off") == ["* Receipts are off"]
    assert alex.does("say hi") == []


def test_anEditIsAnsweredWithTheNewText(come: Come) -> None:
    alex = come("alex", "lobby")
    alex.does("say hello you two")
    assert alex.does("edit last hello, you two") == ["* #1 now reads: hello, you two"]
    assert alex.does("edit #1 one\ntwo") == ["* #1 now reads: one", "  two"]
    assert alex.does("history")[-2].endswith("<alex> one")


def test_lastIsWhatOneSaidLastWhereverThatWas(come: Come) -> None:
    come("bea", "dev", "lobby")
    alex = come("alex", "dev", "lobby")
    alex.does("say for all")
    alex.does("msg bea for you")
    assert alex.does("edit last for you alone") == ["* @bea/1 now reads: for you alone"]
    alex.does("msg #dev over there")
    assert alex.does("delete last") == ["* dev/1 is deleted"]
    alex.does("say here")
    assert alex.does("edit last here again") == ["* #2 now reads: here again"]
    alex.does("msg #dev over there")
    alex.does("leave #dev")
    assert alex.does("edit last still here") == ["* #2 now reads: still here"]


def test_whatWasRefusedIsNotWhatOneSaidLast(come: Come) -> None:
    bea = come("bea", "dev")
    alex = come("alex", "dev", "lobby")
    alex.does("msg #dev long ago")
    alex.does("say here")
    bea.does("set moderated on")
    with pytest.raises(MayNotSpeak):
        alex.does("msg #dev refused")
    with pytest.raises(NoSuchMessage):
        alex.does("reply @bea/7 refused too")
    assert alex.does("edit last here again") == ["* #1 now reads: here again"]


def test_whereWhatOneSaidLastCantBeReachedNothingElseIsMeant(come: Come) -> None:
    bea = come("bea", "dev", "desk")
    alex = come("alex", "dev", "lobby")
    alex.does("say in lobby")
    alex.does("msg #dev in dev")
    for name in ("desk", "dev"):
        bea.does(f"set #{name} outside on")
        bea.does(f"set #{name} op-moderated on")
        # Of one room alex is no member, and in the other it is not kept.
        alex.does(f"msg #{name} a mistake")
        for command in ("edit last mended", "delete last"):
            with pytest.raises(BadInput, match="said last"):
                alex.does(command)
    alex.does("say and here")
    assert alex.does("delete last") == ["* #2 is deleted"]


def test_whoHasSaidNothingYetMeansTheirLastOneInTheRoom(come: Come) -> None:
    alex = come("alex", "lobby")
    alex.does("register sesame")
    alex.does("say hello")
    alex.session.saidIn = ""  # as for another connection
    assert alex.does("edit last hello you") == ["* #1 now reads: hello you"]


def test_aMessageOfAnotherRoomIsNamedWithItsRoom(come: Come) -> None:
    alex = come("alex", "dev", "lobby")
    alex.does("msg #dev hi")
    assert alex.does("edit dev/1 ho") == ["* dev/1 now reads: ho"]
    assert alex.does("delete #dev/1") == ["* dev/1 is deleted"]


def test_onlyOnesOwnMessagesAreEditedAndDeleted(come: Come) -> None:
    come("alex", "lobby").does("say mine")
    bea = come("bea", "lobby")
    with pytest.raises(NotYours):
        bea.does("edit 1 yours")
    with pytest.raises(NoSuchMessage):
        bea.does("delete last")


def test_anOperatorDeletesWhatOthersSaid(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    bea.does("say rubbish")
    assert alex.does("delete 1 off topic") == ["* #1 is deleted"]
    assert alex.does("history") == ["* Nothing to show of lobby"]


def test_aTopicIsDeletedByItsNumber(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    bea.does("receipts on")
    assert bea.does("topic rubbish") == ["* Topic of lobby now: rubbish", "* #1 sent"]
    assert alex.does("delete 1 no") == ["* #1 is deleted"]
    assert alex.does("history") == ["* Nothing to show of lobby"]
    assert alex.does("topic") == ["* lobby has no topic"]


def test_aReplyTellsWhatItAnswers(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    alex.does("say hi all")
    assert bea.does("reply 1 hello alex") == []
    assert bea.does("history 1")[-1].endswith("<bea> (to #1) hello alex")


def test_aPrivateMessageIsAnsweredByItsNumberToo(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", node=1)
    alex.does("msg bea shall we?")
    (line,) = bea.does("reply @alex/1 yes")
    assert line.endswith("@alex/2 <bea> (to @alex/1) yes")
    (line,) = alex.does("reply @bea/1 let's")
    assert line.endswith("@bea/3 <alex> (to @bea/1) let's")
    bea.session.logout()
    alex.net.settle()
    with pytest.raises(PersonGone):
        alex.does("reply @bea/2 good")


def test_whatIsAnsweredMustBeNamedByItsNumber(come: Come) -> None:
    alex = come("alex", "lobby")
    alex.does("say hi")
    for typed in ("reply last hi", "react last +1", "reply one hi"):
        with pytest.raises(BadInput, match="number"):
            alex.does(typed)


def test_reactionsComeAndGo(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    alex.does("say hi")
    bea.heard()
    assert bea.does("react 1 👍") == ["* 👍 is at #1 now"]
    assert bea.does("unreact 1 👍") == ["* 👍 is no longer at #1"]
    assert [line.split()[2] for line in alex.heard()][-2:] == ["reacted", "unreacted"]


def test_aPrivateMessageIsShownToBothAndAnswered(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", node=1)
    (line,) = alex.does("msg bea hi  there")
    assert line.endswith("@bea/1 <alex> hi  there")
    assert "hi  there" in bea.heard()[-1]
    (line,) = bea.does("r hello")
    assert line.endswith("@alex/2 <bea> hello")
    assert bea.does("edit @alex/2 hello you") == ["* @alex/2 now reads: hello you"]


def test_theLastPrivateMessageIsAnsweredByWhoHasReadItAndComesBack(net: Net, come: Come) -> None:
    alex = come("alex", registered=True)
    for name in ("bea", "carl"):
        come(name).does("msg alex hello")
    alex.does("msg bea hello bea")
    alex.does("read")
    alex.session.logout()
    net.settle()
    alex.session = net.login("alex")
    assert net.now(alex.session.missed()) == []
    (line,) = alex.does("r hello")
    assert line.endswith("@carl/2 <alex> hello")


def test_thereMustBeSomebodyToAnswer(come: Come) -> None:
    alex = come("alex", "lobby")
    with pytest.raises(NobodyToAnswer):
        alex.does("r hello")
    with pytest.raises(NoSuchPerson):
        alex.does("msg nobody hello")


def test_aRoomThatAllowsItIsSpokenInFromOutside(come: Come) -> None:
    alex, bea = come("alex", "dev"), come("bea", "lobby")
    with pytest.raises(NotInRoom):
        bea.does("msg #dev hi")
    alex.does("set outside on")
    assert bea.does("msg #dev hi") == ["* Said in dev"]
    assert alex.does("history 1")[-1].endswith("<bea> hi")
