"""
Commands about rooms, with a real network behind them.
"""

from __future__ import annotations

import pytest

from tests.doubles import Net
from tests.frontends.commands.conftest import Come
from tests.frontends.commands.visiting import PlainVisit
from twisted_chat.domain.errors import (
    BadInput,
    BadName,
    MayNotEnter,
    NoCurrentRoom,
    NoSuchRoom,
    NotAllowed,
    NotInRoom,
)
from twisted_chat.frontends.text import arrivalText


def alone(room: str) -> str:
    """
    What somebody reads who is in a room with nobody else.
    """
    return f"* {arrivalText(room, [], 0, '')}"


def test_whoJoinsIsToldWhereTheyAreAndWhatWasSaid(come: Come) -> None:
    alex = come("alex", "dev")
    alex.does("topic lunch at noon")
    alex.does("say hi")
    bea = come("bea", node=1)
    lines = bea.does("join #dev")
    assert lines[0] == "* You are in dev with alex. Topic: lunch at noon"
    assert lines[-1].endswith("<alex> hi")
    assert bea.room is not None
    assert bea.room.name == "dev"


def test_joiningARoomOneIsInMakesItTheCurrentOneAgain(come: Come) -> None:
    alex = come("alex", "dev", "lobby")
    assert alex.does("join dev") == [alone("dev")]
    assert alex.room is not None
    assert alex.room.name == "dev"
    assert alex.does("switch #lobby") == [alone("lobby")]
    with pytest.raises(NotInRoom):
        alex.does("switch garden")


def test_aRoomWithASignInItsNameIsTheOneToWhichPeopleAreSentOn(come: Come) -> None:
    alex, bea = come("alex", "x", "##x", "dev"), come("bea")
    assert alex.does("set forward ##x") == ["* forward of dev is ##x now"]
    alex.does("set invite-only on")
    assert bea.does("join dev")[-1] == "* You are in ##x with alex."


def test_whoIsSentOnGaveNoPasswordForTheRoomWhereTheyCome(come: Come) -> None:
    alex, bea = come("alex", "queue", "dev"), come("bea")
    alex.does("set forward queue")
    alex.does("set invite-only on")
    assert bea.does("join dev sesame") == [
        "* You can't join dev: you need an invitation from somebody inside.",
        "* You are in queue with alex.",
    ]


def test_leavingTheCurrentRoomTurnsToAnotherOne(come: Come) -> None:
    alex = come("alex", "dev", "lobby")
    assert alex.does("leave bye all") == ["* You have left lobby", alone("dev")]
    assert alex.does("leave") == ["* You have left dev"]
    assert alex.room is None
    with pytest.raises(NoCurrentRoom):
        alex.does("leave")


@pytest.mark.parametrize("typed", ["leave dev", "leave #dev", "leave #dev bye"])
def test_anotherRoomIsLeftByItsName(come: Come, typed: str) -> None:
    alex = come("alex", "dev", "lobby")
    assert alex.does(typed) == ["* You have left dev"]
    assert [room.name for room in alex.session.rooms] == ["lobby"]
    assert alex.room is not None
    assert alex.room.name == "lobby"


def test_aWordThatIsNoRoomIsSaidOnLeaving(come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby")
    bea.heard()
    alex.does("leave bye!")
    assert bea.heard() == ["lobby 0 left alex bye!"]


def test_whoIsNotInTheRoomThatTheyNameLeavesNoOther(come: Come) -> None:
    come("bea", "dev", "Hidden").does("set hidden on")
    alex = come("alex", "lobby")
    with pytest.raises(NotInRoom) as refused:
        alex.does("leave Dev")
    assert refused.value.text == (
        "You are not in Dev. To leave lobby with that word: /leave #lobby Dev"
    )
    assert [room.name for room in alex.session.rooms] == ["lobby"]
    assert alex.does("leave hidden") == ["* You have left lobby"]
    with pytest.raises(NotInRoom, match="/join dev takes you in"):
        alex.does("leave dev")


def test_roomsAreListedWithMembersAndTopic(come: Come) -> None:
    come("alex", "dev", "lobby").does("topic #dev pythons")
    bea = come("bea", "lobby")
    assert bea.does("rooms") == [
        "* 2 rooms: name, members, state, topic",
        "  dev    1          pythons",
        "  lobby  2  joined",
    ]
    assert bea.does("rooms cobol") == ["* There is no such room"]
    assert bea.does("rooms PYTHON") == [
        "* 1 room: name, members, state, topic",
        "  dev  1  pythons",
    ]


def test_aHiddenRoomIsListedForItsMembersOnly(come: Come) -> None:
    alex, bea = come("alex", "dev"), come("bea", "lobby")
    alex.does("set hidden on")
    assert "  dev    1  joined, hidden" in alex.does("rooms")
    assert not any("dev" in line for line in bea.does("rooms"))


def test_whoShowsWhatPeopleAre(net: Net, come: Come) -> None:
    alex = come("alex", "lobby", registered=True)
    bea, carl = come("bea", "lobby"), come("carl", "lobby", registered=True)
    bea.does("away lunch")
    carl.session.logout()
    net.settle()
    assert alex.does("who") == [
        "* 3 members of lobby:",
        "  alex  owner",
        "  bea          guest  away: lunch",
        "  carl                offline",
    ]
    assert alex.does("names") == ["* In lobby now: alex and bea"]


def test_whoAsksAboutAnotherRoomByItsName(come: Come) -> None:
    alex = come("alex", "dev", "lobby")
    assert alex.does("who dev")[0] == "* 1 member of dev:"
    assert alex.does("names #dev") == ["* In dev now: alex"]
    with pytest.raises(NotInRoom):
        alex.does("who garden")


def test_theTopicIsShownSetAndTakenAway(come: Come) -> None:
    alex = come("alex", "lobby")
    assert alex.does("topic") == ["* lobby has no topic"]
    assert alex.does("topic lunch at noon") == ["* Topic of lobby now: lunch at noon"]
    assert alex.does("topic") == ["* Topic of lobby: lunch at noon (set by alex)"]
    assert alex.does("topic -") == ["* lobby has no topic now"]


def test_anInvitationOpensAClosedRoom(come: Come) -> None:
    alex, bea = come("alex", "dev"), come("bea")
    assert alex.does("set invite-only on") == ["* invite-only of dev is on now"]
    with pytest.raises(MayNotEnter):
        bea.does("join dev")
    assert alex.does("invite bea") == ["* bea is invited to dev"]
    assert bea.does("join dev")[0] == "* You are in dev with alex."


def test_aPasswordMayHaveSpaces(come: Come) -> None:
    alex, bea = come("alex", "dev"), come("bea")
    assert alex.does("set password open sesame") == ["* password of dev is set now"]
    with pytest.raises(MayNotEnter):
        bea.does("join dev open")
    assert bea.does("join dev open sesame")[0] == "* You are in dev with alex."


def test_settingsAreShownAllOrOne(come: Come) -> None:
    alex = come("alex", "lobby")
    lines = alex.does("set")
    # The width of most terminals.
    assert [line for line in lines if len(line) > 80] == []
    assert lines[0] == "* Settings of lobby:"
    assert "  limit              off      how many members there may be" in lines
    assert "* Your own:" in lines
    assert alex.does("set LIMIT") == ["* limit of lobby is off: how many members there may be"]
    alex.enter(None)
    assert alex.does("set")[0] == "* Your own:"
    assert alex.does("set #lobby limit 20") == ["* limit of lobby is 20 now"]


def test_aMistypedSettingNamesTheNearestOne(come: Come) -> None:
    with pytest.raises(BadInput, match=r"topiclock.*topic-lock"):
        come("alex", "lobby").does("set topiclock on")


def test_onlyOperatorsChangeSettings(come: Come) -> None:
    come("alex", "lobby")
    with pytest.raises(NotAllowed):
        come("bea", "lobby").does("set limit 20")


def test_thePersonsOwnSettings(come: Come) -> None:
    alex = come("alex", "lobby", registered=True)
    assert alex.does("set zone +02:00") == ["* Your time zone is +02:00 now"]
    assert alex.session.zone == 120
    assert alex.does("set zone") == ["* Your time zone is +02:00"]
    alex.does("set quiet on")
    alex.does("set receipts on")
    assert alex.session.quiet
    assert alex.receipts
    with pytest.raises(BadInput, match="on or off"):
        alex.does("set quiet sometimes")
    assert alex.does("set registered-only") == ["* You hear everybody in private"]
    assert alex.does("set registered-only on") == [
        "* You hear registered people in private, and those to whom you have written"
    ]
    assert alex.session.registeredOnly


def test_lookingAtASettingOfOnesOwnDoesNotChangeIt(come: Come) -> None:
    alex = come("alex", "lobby")
    alex.does("set quiet")
    alex.does("set receipts")
    assert not alex.session.quiet
    assert not alex.receipts


def test_aRoomIsRenamed(come: Come) -> None:
    alex = come("alex", "dev", registered=True)
    assert alex.does("renameroom #dev #garden") == ["* dev is called garden now"]
    assert alex.does("who garden")[0] == "* 1 member of garden:"


def test_whoAsksForARoomByTheNameThatItHadIsInItAndReadsTheNewOne(come: Come) -> None:
    # Where nobody owned it, Alex would mean another room by that name.
    alex, bea = come("alex", "dev", "lobby", registered=True), come("bea", node=1)
    alex.does("renameroom #dev build")
    assert bea.does("join dev")[:2] == [
        "* dev is called build now.",
        f"* {arrivalText('build', ['alex'], 1, '')}",
    ]
    alex.does("say something")
    lines = alex.does("join dev")
    assert lines == ["* dev is called build now.", f"* {arrivalText('build', ['bea'], 1, '')}"]
    assert alex.room is not None
    assert alex.room.name == "build"


def test_commandsFindARoomByTheNameThatItHad(come: Come) -> None:
    alex, bea = come("alex", "dev", "lobby", registered=True), come("bea", "lobby", node=1)
    alex.does("msg #dev one")
    alex.does("renameroom #dev build")
    assert alex.does("msg #dev two")[0].endswith("> two")
    said = [line.partition("> ")[2] for line in alex.does("history dev") if "> " in line]
    assert said == ["one", "two"]
    assert "deleted" in alex.does("delete dev/1")[0]
    assert alex.does("who dev")[0] == "* 1 member of build:"
    assert alex.does("switch dev")[0].startswith("* You are in build")
    for text in ("history dev", "delete dev/3", "switch dev", "leave #dev"):
        with pytest.raises(NotInRoom) as refusal:
            bea.does(text)
        assert refusal.value.text == (
            "You are not in build. It was called dev; /join build takes you in."
        )
    with pytest.raises(NotInRoom, match=r"You are not in build.* that word: /leave #lobby dev$"):
        bea.does("leave dev")
    # What is to end is called by its name.
    with pytest.raises(NotInRoom):
        alex.does("destroy dev")
    assert alex.does("leave dev")[0] == "* You have left build"


def test_anOperatorEndsNoRoomByTheNameThatItHad(net: Net, come: Come) -> None:
    alex, boss = come("alex", "dev"), PlainVisit(net, net.operator("boss"))
    alex.does("renameroom #dev build")
    with pytest.raises(NoSuchRoom):
        boss.does("destroy dev")
    assert boss.does("destroy build")[0].startswith("* build is gone")


def test_aRoomIsTransferredToSomebodyRegistered(come: Come) -> None:
    alex, bea = come("alex", "dev", registered=True), come("bea", "dev")
    with pytest.raises(BadInput, match="not registered"):
        alex.does("transfer bea")
    bea.does("register correct-horse")
    assert alex.does("transfer bea") == ["* bea is the owner of dev now, and you are an admin"]


def test_anArchivedRoomIsClosedForTalkUntilItIsOpened(come: Come) -> None:
    alex = come("alex", "dev", registered=True)
    alex.does("archive")
    assert come("bea").does("join dev")[1] == "* dev is archived: it can only be read"
    assert alex.does("unarchive") == ["* dev is open again"]


def test_toDestroyARoomItsNameMustBeTyped(come: Come) -> None:
    alex = come("alex", "lobby", "dev", registered=True)
    with pytest.raises(BadInput, match="If you mean it: /destroy dev"):
        alex.does("destroy")
    lines = alex.does("destroy dev")
    assert lines[0] == "* dev is gone, with all that was said in it"
    assert lines[1] == alone("lobby")
    assert not any("dev" in line for line in alex.does("rooms"))


def test_whoInvitesSomebodyWhoIsAwayIsToldThatTheyDoNotReadIt(come: Come) -> None:
    alex, bea = come("alex", "dev"), come("bea", registered=True)
    bea.net.now(bea.session.logout())
    answer = "* bea is invited to dev, but is not here to read it"
    assert alex.does("invite BEA") == [answer]


def test_everyNameThatARoomCanHaveIsOneToEnterItByAndOthersAreExplained(come: Come) -> None:
    alex = come("alex", "lobby", registered=True)
    for name in ("for", "uses"):
        assert alex.does(f"join {name}") == [f"* You are in {name}, alone."]
        assert alex.does(f"destroy {name}")[0].startswith(f"* {name} ")
    for command in ("join", "switch", "destroy"):
        with pytest.raises(BadName, match="digit"):
            alex.does(f"{command} 2024")
