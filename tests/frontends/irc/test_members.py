"""
Who is in a channel on IRC: NAMES, KICK, INVITE.
"""

from __future__ import annotations

import pytest

from tests.frontends.irc.clients import HOST, IrcDoors, by, number
from twisted_chat.domain.person import Person
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.session import Session
from twisted_chat.frontends.irc.commands.lists import AT_ONCE


def test_namesAreToldOfEachChannelAndTheEndOnce(doors: IrcDoors) -> None:
    alex, bea = doors.enter("alex"), doors.enter("bea")
    alex.send("JOIN #a,#b", "MODE #b +s")
    bea.send("JOIN #a")
    assert bea.send("NAMES #a,#b,#c,x") == [
        number("bea", "353 = #a :@alex bea"),
        number("bea", "366 #a,#b,#c,x :End of /NAMES list"),
    ]
    alex.got()
    assert alex.send("NAMES #b")[0] == number("alex", "353 @ #b :@alex")
    assert alex.send("NAMES") == [number("alex", "366 * :End of /NAMES list")]


def test_namesOfAChannelAreToldOnceHoweverItIsSpelled(doors: IrcDoors) -> None:
    alex = doors.enter("alex")
    alex.send("JOIN #ab")
    assert alex.send("NAMES #ab,#AB,#aB,#x,#ab") == [
        number("alex", "353 = #ab :@alex"),
        number("alex", "366 #ab,#AB,#aB,#x,#ab :End of /NAMES list"),
    ]


def test_whoDoesNotReadTheNamesOfLargeChannelsIsNotGivenThemAll(doors: IrcDoors) -> None:
    alex = doors.enter("alex", "batch", "labeled-response")
    alex.send("JOIN #a,#b")
    doors.net.join("a", *(doors.net.guest(f"guest{number}") for number in range(AT_ONCE)))
    alex.got()
    got = alex.send("@label=x NAMES #a,#b", seconds=0)
    assert got[0] == f"@label=x :{HOST} BATCH +1 labeled-response"
    assert {line.split(" ")[5] for line in got[1:]} == {"#a"}
    alex.protocol.outbox.pauseProducing()
    doors.net.settle(0.5)
    assert alex.got() == []
    alex.protocol.outbox.resumeProducing()
    doors.net.settle(0.5)
    assert alex.got() == [
        "@batch=1 " + number("alex", "353 = #b :@alex"),
        "@batch=1 " + number("alex", "366 #a,#b :End of /NAMES list"),
        f":{HOST} BATCH -1",
    ]


def test_namesAreMasksForWhoWantsThat(doors: IrcDoors) -> None:
    alex = doors.enter("alex", "userhost-in-names")
    assert alex.send("JOIN #a")[1] == number("alex", "353 = #a :@alex!~alex@chat.example")


def test_manyNamesAreInSeveralLinesThatFit(doors: IrcDoors) -> None:
    nicks = [f"somebody-with-a-long-name-{number:03}" for number in range(20)]
    for nick in nicks:
        client = doors.enter(nick)
        lines = client.send("JOIN #a")
    names = [line.split(" :")[1].split(" ") for line in lines if " 353 " in line]
    assert all(len(line) <= 510 for line in lines)
    assert len(names) == 2
    assert sorted(each.lstrip("@") for part in names for each in part) == nicks


def test_whoIsOfflineIsNotThere(doors: IrcDoors) -> None:
    session = doors.net.registered("carl")
    doors.net.join("a", session)
    session.logout()
    doors.net.settle()
    assert doors.enter("alex").send("JOIN #a")[1] == number("alex", "353 = #a :alex")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("KICK #a carl", "441 carl #a :They aren't on that channel"),
        ("MODE #a +v carl", "441 carl #a :They aren't on that channel"),
        ("INVITE carl #a", "401 carl :No such nick"),
    ],
)
def test_whoIsOfflineIsGivenAndTakenNothingButByServices(
    doors: IrcDoors, command: str, answer: str
) -> None:
    alex = doors.enter("alex")
    alex.send("JOIN #a")
    session = doors.net.registered("carl")
    doors.net.join("a", session)
    session.logout()
    doors.net.settle()
    alex.got()
    assert alex.send(command) == [number("alex", answer)]
    alex.send("CS VOICE #a carl")
    room = alex.protocol.session.roomNamed("a")
    assert room.role(session.personId) is Role.VOICE


class TestKick:
    """
    KICK.
    """

    def test_eachOfSeveralIsPutOutByALineOfTheirOwn(self, doors: IrcDoors) -> None:
        alex, bea, carl = (doors.enter(nick) for nick in ("alex", "bea", "carl"))
        for client in (alex, bea, carl):
            client.send("JOIN #a")
        alex.got()
        told = [by("alex") + "KICK #a bea :out with you", by("alex") + "KICK #a carl :out with you"]
        assert alex.send("KICK #a bea,carl :out with you") == told
        assert bea.got()[-1] == told[0]

    def test_onlySoManyAreLookedForAndEachOnce(
        self, doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alex = doors.enter("alex")
        alex.send("JOIN #a")
        asked: list[str] = []
        member = Session.member

        def counted(session: Session, room: Room, name: str) -> Person:
            asked.append(name)
            return member(session, room, name)

        monkeypatch.setattr(Session, "member", counted)
        assert alex.send("KICK #a " + ",".join(["bea"] * 100)) == [
            number("alex", "401 bea :No such nick")
        ]
        assert asked == ["bea"]
        many = ",".join(f"n{each}" for each in range(21))
        assert alex.send(f"KICK #a {many}") == [
            number("alex", f"407 {many[:64]} :At most 20 people at a time. Nobody was put out.")
        ]
        assert asked == ["bea"]
        assert len(alex.send(f"KICK #a {many.removesuffix(',n20')}")) == 20

    def test_withoutAReasonItNamesWhoDidIt(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a,#b")
        bea.send("JOIN #a,#b")
        alex.got()
        assert alex.send("KICK #a,#b bea,bea") == [
            by("alex") + "KICK #a bea alex",
            by("alex") + "KICK #b bea alex",
        ]

    @pytest.mark.parametrize(
        ("command", "answer"),
        [
            ("KICK #none bea", "403 #none :No such channel"),
            ("KICK #other alex", "442 #other :You're not on that channel"),
            ("KICK #a nobody", "401 nobody :No such nick"),
            ("KICK #a carl", "441 carl #a :They aren't on that channel"),
            ("KICK #a,#b,#c x,y", "461 KICK :Not enough parameters"),
        ],
    )
    def test_refusalsAreExact(self, doors: IrcDoors, command: str, answer: str) -> None:
        alex, carl = doors.enter("alex"), doors.enter("carl")
        carl.send("JOIN #other")
        alex.send("JOIN #a")
        assert alex.send(command) == [number("alex", answer)]


class TestInvite:
    """
    INVITE.
    """

    def test_itIsToldToWhoItIsForAndToThoseWhoWantToKnow(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        carl, dora = doors.enter("carl", "invite-notify"), doors.enter("dora")
        for client in (alex, carl, dora):
            client.send("JOIN #a")
            client.got()
        for client in (alex, carl):
            client.got()
        assert alex.send("INVITE bea #a") == [number("alex", "341 bea #a")]
        assert bea.got() == carl.got() == [by("alex") + "INVITE bea #a"]
        assert dora.got() == []

    def test_oneSeesWhereOneIsAskedInUntilOneGoes(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a,#b", "INVITE bea #a", "INVITE bea #b")
        bea.got()
        assert bea.send("JOIN #a", "INVITE")[-2:] == [
            number("bea", "336 #b"),
            number("bea", "337 :End of /INVITE list"),
        ]

    def test_itOverridesABanOnce(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a", "MODE #a +b bea!*@*", "INVITE bea #a")
        bea.got()
        assert bea.send("JOIN #a")[0] == by("bea") + "JOIN #a"
        bea.send("PART #a")
        assert " 474 " in bea.send("JOIN #a")[0]

    def test_nobodyReadsOfItInAMode(self, doors: IrcDoors) -> None:
        alex = doors.enter("alex")
        doors.enter("bea")
        alex.send("JOIN #a", "MODE #a +i")
        assert alex.send("INVITE bea #a") == [number("alex", "341 bea #a")]
        assert alex.send("MODE #a +I") == [
            number("alex", "347 #a :End of channel invite exception list")
        ]

    def test_whoIsAwayIsShownToBe(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        bea.send("JOIN #b", "AWAY :lunch")
        alex.send("JOIN #a")
        alex.send("JOIN #b")
        assert alex.send("INVITE bea #a") == [
            number("alex", "341 bea #a"),
            number("alex", "301 bea :lunch"),
        ]

    @pytest.mark.parametrize(
        ("command", "answer"),
        [
            ("INVITE nobody #a", "401 nobody :No such nick"),
            ("INVITE alex #a", "443 alex #a :is already on channel"),
            ("INVITE carl #none", "403 #none :No such channel"),
            ("INVITE alex #other", "442 #other :You're not on that channel"),
            ("INVITE carl", "461 INVITE :Not enough parameters"),
        ],
    )
    def test_refusalsAreExact(self, doors: IrcDoors, command: str, answer: str) -> None:
        alex, carl = doors.enter("alex"), doors.enter("carl")
        carl.send("JOIN #other")
        alex.send("JOIN #a")
        assert alex.send(command) == [number("alex", answer)]

    def test_anInvitationCanBeTakenBack(self, doors: IrcDoors) -> None:
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send("JOIN #a", "MODE #a +i", "INVITE bea #a")
        alex.got()
        assert alex.send("UNINVITE bea #a") == [f":{HOST} UNINVITE bea #a"]
        bea.got()
        assert " 473 bea #a " in bea.send("JOIN #a")[0]
        assert "There is no entry for bea" in alex.send("UNINVITE bea #a")[0]
        assert bea.send("UNINVITE alex #a") == [number("bea", "442 #a :You're not on that channel")]
