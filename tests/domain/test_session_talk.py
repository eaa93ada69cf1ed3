"""
Talking: what can be said where, and what can be done with it afterwards.
"""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from tests.doubles import Net, heard
from twisted_chat.domain.errors import (
    AlreadyReacted,
    BadInput,
    ChatError,
    MayNotRead,
    MayNotSpeak,
    NoCurrentRoom,
    NoSuchMessage,
    NoSuchPerson,
    NoSuchRoom,
    NotAllowed,
    NotInRoom,
    NotReacted,
    NotYours,
    PersonGone,
    SlowDown,
    TooLong,
)
from twisted_chat.domain.ids import directId
from twisted_chat.domain.reading import MOST
from twisted_chat.domain.roles import Role
from twisted_chat.domain.session import Session


class TestTalk:
    """
    Ann owns C{dev}, bea is a member on another node, carl is not in it.
    """

    @pytest.fixture(autouse=True)
    def _make(self) -> None:
        self.net = Net()
        self.ann, self.bea = self.net.registered("ann"), self.net.registered("bea", 1)
        self.carl = self.net.guest("carl", 1)
        self.room = self.net.join("dev", self.ann, self.bea)
        self.there = self.bea.roomNamed("dev")
        list(heard(self.ann, self.bea))

    def set(self, **settings: str) -> None:
        """
        Ann changes the room.
        """
        for name, value in settings.items():
            self.net.now(self.ann.configure(self.room, name, value))
        self.net.settle()
        list(heard(self.ann, self.bea))

    def now(self, deferred: Deferred[Any]) -> Any:
        """
        The result.
        """
        return self.net.now(deferred)

    def told(self, session: Session) -> list[str]:
        """
        What somebody got, without where.
        """
        (lines,) = heard(session)
        return [line.split(" ", 2)[2] for line in lines]

    @pytest.mark.parametrize("text", ["", "   ", "\n\n", "\x00\x07", "\x1b[31m"])
    def test_thereMustBeSomethingToShow(self, text: str) -> None:
        for deferred in (self.bea.say(self.there, text), self.bea.tell("ann", text)):
            with pytest.raises(BadInput):
                self.now(deferred)
        assert self.told(self.ann) == []

    def test_aMessageHasOnlySoManyCharacters(self) -> None:
        assert self.now(self.bea.say(self.there, "x" * 2000)).seq == 1
        with pytest.raises(TooLong, match="2001 characters, and 2000 are the limit"):
            self.now(self.bea.say(self.there, "x" * 2001))
        with pytest.raises(TooLong):
            self.now(self.bea.edit(self.room.id, 1, "x" * 2001))

    def test_aMessageHasOnlySoManyLines(self) -> None:
        assert self.now(self.bea.say(self.there, "\n".join("x" * 100) + "\n\n")).seq == 1
        # A telnet's line may hold carriage returns.
        for text in ("\r".join("x" * 101), "\n".join("x" * 101)):
            with pytest.raises(TooLong, match="101 lines, and 100 are the limit"):
                self.now(self.bea.say(self.there, text))
            with pytest.raises(TooLong):
                self.now(self.bea.edit(self.room.id, 1, text))
            with pytest.raises(TooLong):
                self.now(self.bea.tell("ann", text))

    def test_nothingThatATerminalObeysIsPassedOn(self) -> None:
        said = self.now(self.bea.say(self.there, "a\x1b[2Jb\x07\r\nc\u202e"))
        assert "\x1b" not in said.text
        assert "\r" not in said.text
        assert self.now(self.ann.history(self.room.id)).events[0].text == said.text

    def test_aReplyNamesWhatItAnswers(self) -> None:
        first = self.now(self.ann.say(self.room, "question"))
        reply = self.now(self.bea.say(self.there, "answer", replyTo=first.seq))
        assert (reply.replyTo, reply.replyId) == (first.seq, first.id)
        with pytest.raises(NoSuchMessage):
            self.now(self.bea.say(self.there, "what?", replyTo=99))

    def test_slowModeMakesPeopleWaitOnEveryConnectionButNotWhoHasAVoice(self) -> None:
        self.set(slow="10")
        second = self.net.login("bea")
        self.net.say(self.bea, "dev", "one")
        with pytest.raises(SlowDown, match=r"Wait (10|9) more seconds\.$"):
            self.net.say(self.bea, "dev", "two")
        with pytest.raises(SlowDown):
            self.net.say(second, "dev", "two")
        self.net.join("dev", self.carl)
        self.now(self.ann.setRole(self.room, "carl", Role.VOICE))
        self.net.settle()
        for who in (self.ann, self.carl):
            self.net.say(who, "dev", "one", "two")
        self.net.clock.advance(10)
        self.net.say(second, "dev", "two")
        # Two at once are one too many, though neither has its place yet.
        self.net.clock.advance(10)
        first = self.bea.say(self.there, "three")
        with pytest.raises(SlowDown):
            self.now(self.bea.say(self.there, "four"))
        self.now(first)

    def test_slowModeRemembersNobodyLongerThanTheyHaveToWait(self) -> None:
        self.set(slow="5", outside="on")
        for number in range(20):
            self.now(self.net.guest(f"guest{number}").sayOutside("dev", "hi"))
            self.net.clock.advance(1)
        self.net.settle()
        for room in (self.room, self.there):
            assert len(room.lastSpoke) <= 6
            assert list(room.lastSpoke.values()) == sorted(room.lastSpoke.values())
        self.set(slow="1")
        self.net.clock.advance(1)
        for text in ("one", "two"):
            self.net.say(self.bea, "dev", text)
            self.net.clock.advance(1)
        assert list(self.there.lastSpoke) == [self.bea.personId]

    def test_inSlowModeAllConnectionsOfSomebodyAreOneBeforeAnythingHasItsPlace(self) -> None:
        self.set(slow="60")
        results: list[Any] = []
        for session in (self.bea, self.net.login("bea", node=1), self.net.login("bea", node=1)):
            session.say(self.there, "flood").addBoth(results.append)
        self.net.settle()
        assert [getattr(each, "text", "refused") for each in results].count("flood") == 1
        for each in results:
            if isinstance(each, Failure):
                each.trap(SlowDown)

    def test_whatWasRefusedDoesNotCountInSlowMode(self) -> None:
        self.set(slow="60", moderated="on")
        with pytest.raises(MayNotSpeak):
            self.now(self.bea.say(self.there, "no voice"))
        self.set(moderated="off")
        moderated = self.ann.configure(self.room, "moderated", "on")
        said = self.bea.say(self.there, "refused when it was to have its place")
        with pytest.raises(MayNotSpeak):
            self.now(said)
        self.now(moderated)
        self.set(moderated="off")
        self.now(self.bea.say(self.there, "now"))
        with pytest.raises(SlowDown, match=r"Wait 60 more seconds\.$"):
            self.now(self.bea.say(self.there, "too soon"))

    def test_fromOutsideOneSpeaksWhereTheRoomAllowsIt(self) -> None:
        with pytest.raises(NotInRoom):
            self.now(self.carl.sayOutside("dev", "hi"))
        self.set(outside="on")
        self.now(self.carl.sayOutside("#Dev", "hi"))
        assert self.told(self.ann) == ["said carl hi"]
        assert list(heard(self.carl)) == [[]]
        with pytest.raises(MayNotRead):
            self.now(self.carl.history(self.room.id))
        for deny in (self.ann.ban(self.room, "carl"), self.ann.mute(self.room, "carl")):
            self.now(deny)
            with pytest.raises(MayNotSpeak):
                self.now(self.carl.sayOutside("dev", "hi"))
            self.now(self.ann.unban(self.room, "carl").addErrback(lambda _: None))
        with pytest.raises(NoSuchRoom, match="nowhere"):
            self.now(self.carl.sayOutside("nowhere", "hi"))
        self.set(hidden="on")
        with pytest.raises(NoSuchRoom, match="dev"):
            self.now(self.carl.sayOutside("dev", "hi"))
        assert "nowhere" not in [r.name for r in self.now(self.carl.listRooms())]

    def test_fromOutsideIntoARoomThatNobodyOfThatNodeIsIn(self) -> None:
        self.set(outside="on")
        self.now(self.bea.leave(self.there))
        self.now(self.carl.sayOutside("dev", "hi"))
        assert self.told(self.ann)[-1] == "said carl hi"
        assert self.room.id not in self.net.hubs[1].roster.conversations

    # Editing, deleting, reacting.

    def test_onesOwnMessagesCanBeEdited(self) -> None:
        self.net.say(self.bea, "dev", "one", "two")
        self.net.say(self.ann, "dev", "mine")
        for number, text in ((1, "1"), (None, "2")):
            self.now(self.bea.edit(self.room.id, number, text))
        with pytest.raises(NotYours, match="Message 1 is not yours"):
            self.now(self.ann.edit(self.room.id, 1, "x"))
        page = self.now(self.ann.history(self.room.id))
        assert [(e.text, e.edited) for e in page.events] == [
            ("1", True),
            ("2", True),
            ("mine", False),
        ]
        assert self.told(self.ann)[-2:] == ["edited bea 1", "edited bea 2"]

    def test_deletedIsGoneAndCantBeEditedReactedToOrDeletedAgain(self) -> None:
        self.net.say(self.bea, "dev", "secret")
        self.now(self.bea.edit(self.room.id, 1, "still secret"))
        self.now(self.bea.delete(self.room.id, 1))
        for deferred in (
            self.bea.edit(self.room.id, 1, "x"),
            self.bea.react(self.room.id, 1, "👍"),
            self.bea.delete(self.room.id, 1),
            self.bea.say(self.there, "x", replyTo=1),
            self.bea.edit(self.room.id, None, "x"),
        ):
            with pytest.raises(NoSuchMessage):
                self.now(deferred)
        assert "secret" not in repr(self.now(self.net.store.replay(self.room.id, 0, 99)))
        assert self.now(self.bea.search("secret")).events == ()

    @pytest.mark.parametrize("second", ["edit", "react"])
    def test_whatIsDoneToAMessageThatIsDeletedInTheSameBatchIsRefused(self, second: str) -> None:
        self.net.say(self.bea, "dev", "one")
        results: list[Any] = []
        self.ann.delete(self.room.id, 1).addBoth(results.append)
        act = (
            self.bea.edit(self.room.id, 1, "x")
            if second == "edit"
            else self.bea.react(self.room.id, 1, "👍")
        )
        act.addBoth(results.append)
        self.net.settle()
        assert results[0].kind == "deleted"
        assert isinstance(results[1].value, NoSuchMessage)
        assert [e.kind for e in self.now(self.net.store.replay(self.room.id, 1, 9))] == ["deleted"]

    def test_operatorsDeleteWhatOthersSaidMembersOnlyTheirOwn(self) -> None:
        self.net.say(self.ann, "dev", "one")
        self.net.say(self.bea, "dev", "two")
        with pytest.raises(NotAllowed):
            self.now(self.bea.delete(self.room.id, 1))
        deleted = self.now(self.ann.delete(self.room.id, 2, "rude"))
        assert (deleted.target, deleted.reason) == (2, "rude")
        self.now(self.ann.setRole(self.room, "bea", Role.OPERATOR))
        self.now(self.bea.delete(self.room.id, 1))

    def test_reactionsComeAndGo(self) -> None:
        self.net.say(self.ann, "dev", "one")
        self.now(self.bea.react(self.room.id, 1, "👍"))
        self.now(self.bea.react(self.room.id, 1, "👍", back=True))
        assert [line.split()[0] for line in self.told(self.ann)] == ["reacted", "unreacted"]
        self.now(self.bea.react(self.room.id, 1, "❤"))
        self.now(self.bea.react(self.room.id, 1, "❤\ufe0f", back=True))
        assert len(list(self.told(self.ann))) == 2
        for bad in ("", "two words", "x" * 17):
            with pytest.raises(ChatError):
                self.now(self.bea.react(self.room.id, 1, bad))
        with pytest.raises(NoSuchMessage):
            self.now(self.bea.react(self.room.id, 2, "👍"))

    def test_aReactionThatIsThereAlreadyIsToldToItsAuthorAlone(self) -> None:
        self.net.say(self.ann, "dev", "one")
        second = self.net.login("bea")
        self.net.join("dev", second)
        list(heard(self.ann, self.bea, second))
        both = [each.react(self.room.id, 1, "👍") for each in (self.bea, second)]
        results: list[Any] = []
        for each in both:
            each.addBoth(results.append)
        self.net.settle()
        assert sorted(type(result).__name__ for result in results) == ["Failure", "Reacted"]
        assert [line.split()[0] for line in self.told(self.ann)] == ["reacted"]
        with pytest.raises(AlreadyReacted, match="message 1 with 👍"):
            self.now(self.bea.react(self.room.id, 1, "👍"))
        self.now(second.react(self.room.id, 1, "👍", back=True))
        with pytest.raises(NotReacted, match="no 👍 of yours at message 1"):
            self.now(self.bea.react(self.room.id, 1, "👍", back=True))
        assert [line.split()[0] for line in self.told(self.ann)] == ["unreacted"]

    def test_whatOneMayNotReadOneCantTouch(self) -> None:
        self.net.say(self.ann, "dev", "before")
        self.set(history="joined")
        self.net.join("dev", self.carl)
        for deferred in (
            self.carl.react(self.room.id, 1, "👍"),
            self.carl.say(self.there, "x", replyTo=1),
            self.carl.delete(self.room.id, 1),
        ):
            with pytest.raises(NoSuchMessage):
                self.now(deferred)

    # In private.

    def test_bothSidesAndAllTheirConnectionsGetAPrivateMessageAndNobodyElse(self) -> None:
        second = self.net.login("ann", node=1)
        list(heard(second))
        self.now(self.ann.tell("BEA", "psst"))
        line = " 1 said ann psst"
        assert list(heard(self.ann, second, self.bea, self.carl)) == [[], [line], [line], []]
        assert self.bea.lastDirect == self.ann.author
        self.now(self.bea.tell(self.bea.lastDirect, "what?"))
        assert list(heard(self.ann, second)) == [[" 2 said bea what?"]] * 2

    def test_whatWouldLookEmptyIsNotSaid(self) -> None:
        for text in ("", " \n", "\u200b", "\u3164", "\u2800\u2800"):
            for deferred in (self.ann.say(self.room, text), self.ann.tell("bea", text)):
                with pytest.raises(BadInput, match="could be shown"):
                    self.now(deferred)

    def test_anAnswerGoesToWhoWroteAndNotToWhoHasTheirNameNow(self) -> None:
        self.now(self.carl.tell("ann", "psst"))
        self.carl.logout()
        stranger = self.net.guest("carl")
        assert self.ann.lastDirect is not None
        with pytest.raises(PersonGone, match="carl has gone"):
            self.now(self.ann.tell(self.ann.lastDirect, "secret"))
        assert list(heard(stranger)) == [[]]

    def test_anAnswerGoesToWhoWroteWhateverTheyAreCalledNow(self) -> None:
        guest, other = self.net.guest("dora"), self.net.login("bea", node=1)
        for author, before, after in ((guest, "dora", "dorothy"), (other, "bea", "beatrix")):
            self.now(author.tell("ann", "psst"))
            self.now(author.rename(after))
            stranger = self.net.guest(before) if author is guest else None
            list(heard(author))
            assert self.ann.lastDirect is not None
            told = self.now(self.ann.tell(self.ann.lastDirect, "what?"))
            assert told.peer.name in (after, "bea")
            assert [line.split(" ", 3)[3] for (line,) in heard(author)] == ["ann what?"]
            assert stranger is None or list(heard(stranger)) == [[]]

    def test_anAnswerToAnErasedAccountIsNotSentToWhoCameAfter(self) -> None:
        self.now(self.bea.tell("ann", "psst"))
        assert self.ann.lastDirect is not None
        self.bea.logout()
        self.net.settle()
        self.now(self.net.store.eraseAccount(self.bea.identity, self.bea.now))
        with pytest.raises(PersonGone):
            self.now(self.ann.tell(self.ann.lastDirect, "secret"))

    def test_onlyItsTwoPeopleReadAPrivateConversation(self) -> None:
        said = self.now(self.ann.tell("bea", "psst"))
        id = said.conversation
        for session in (self.ann, self.bea):
            assert [e.text for e in self.now(session.history(id)).events] == ["psst"]
            assert self.now(session.search("psst")).total == 1
        for deferred in (
            self.carl.history(id),
            self.carl.message(id, 1),
            self.carl.react(id, 1, "👍"),
            self.carl.edit(id, 1, "x"),
        ):
            with pytest.raises(NoSuchPerson):
                self.now(deferred)
        assert self.now(self.carl.search("psst")).total == 0

    def test_inPrivateEachEditsAndDeletesTheirOwnAndReactsToAny(self) -> None:
        id = self.now(self.ann.tell("bea", "one")).conversation
        self.now(self.bea.tell("ann", "two"))
        with pytest.raises(NotYours):
            self.now(self.bea.delete(id, 1))
        with pytest.raises(NotYours):
            self.now(self.bea.edit(id, 1, "x"))
        list(heard(self.ann, self.bea))
        self.now(self.bea.react(id, 1, "👍"))
        self.now(self.ann.edit(id, None, "ONE"))
        self.now(self.bea.delete(id, None))
        kinds = [[line.split()[0] for line in self.told(s)] for s in (self.ann, self.bea)]
        assert kinds == [["reacted", "deleted"], ["edited"]]
        assert [e.text for e in self.now(self.bea.history(id)).events] == ["ONE"]

    def test_oneMayTalkToOneself(self) -> None:
        self.net.login("ann", node=1)
        said = self.now(self.ann.tell("ann", "remember the milk"))
        assert said.conversation == directId(self.ann.personId, self.ann.personId)
        assert self.now(self.ann.history(said.conversation)).total == 1

    def test_whoIsNotThereCantBeTold(self) -> None:
        for name in ("nobody", "not a name", "", "*"):
            with pytest.raises(NoSuchPerson):
                self.now(self.ann.tell(name, "hi"))
        self.carl.logout()
        with pytest.raises(NoSuchPerson):
            self.now(self.ann.tell("carl", "hi"))

    # Numbers.

    def test_whatPeopleTypeForAMessage(self) -> None:
        for text, number in (("7", 7), ("#7", 7), ("last", None), ("LAST", None), ("9" * 18, None)):
            found = self.now(self.ann.resolve(text, self.room))
            expected = min(int("9" * 18), MOST) if text[0] == "9" else number
            assert found == (self.room.id, expected)
        assert self.now(self.ann.resolve("#dev/3", None)) == (self.room.id, 3)
        direct = directId(self.ann.personId, self.bea.personId)
        assert self.now(self.ann.resolve("@bea/last", None)) == (direct, None)
        for text in ("x", "", "-1", "1.5", "²", "9" * 19):
            with pytest.raises(BadInput):
                self.now(self.ann.resolve(text, self.room))
        with pytest.raises(NoCurrentRoom):
            self.now(self.ann.resolve("7", None))
        with pytest.raises(NotInRoom):
            self.now(self.carl.resolve("dev/7", None))
        with pytest.raises(NoSuchMessage):
            self.now(self.ann.message(self.room.id, MOST))
