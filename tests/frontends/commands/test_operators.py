"""
What those who run the network type, and what they read then.
"""

from __future__ import annotations

import json
import re

import pytest
from twisted.internet.defer import Deferred

from tests.doubles import Net
from tests.frontends.commands.conftest import Come
from tests.frontends.commands.visiting import PlainVisit
from twisted_chat.domain.accounterrors import Insecure, WrongCode
from twisted_chat.domain.errors import (
    AlreadyInRoom,
    BadInput,
    ChatError,
    NoSuchRoom,
    NotInRoom,
    NotOperator,
)
from twisted_chat.domain.terms import Terms
from twisted_chat.frontends.commands.command import UnknownCommand, WrongUsage
from twisted_chat.frontends.commands.operators import OPERATORS
from twisted_chat.frontends.commands.table import TABLE


@pytest.fixture
def oscar(net: Net) -> PlainVisit:
    """
    An operator of the network.
    """
    return PlainVisit(net, net.operator("oscar"))


CODE = re.compile("[a-z0-9]{4}(-[a-z0-9]{4}){3}$")


def test_theFirstOperatorClaimsIt(net: Net, come: Come) -> None:
    code = net.now(Deferred.fromCoroutine(net.hubs[0].registry.prepareClaim()))
    ann = come("ann", registered=True)
    with pytest.raises(WrongCode):
        ann.does("claim abcd-efgh")
    assert ann.does(f"claim {code}")[0].startswith("* You are an operator of the network now")
    net.settle()
    assert ann.does("lockdown") == ["* The lockdown is off"]


@pytest.mark.parametrize(
    "typed", ["claim x", "invitation", "account reset bea", "account delete x"]
)
def test_codesAndPasswordsArePassedOnlyWhereNobodyListens(oscar: PlainVisit, typed: str) -> None:
    oscar.secure = False
    with pytest.raises(Insecure):
        oscar.does(typed)


def test_aRoomWithASignInItsNameIsTheOneIntoWhichPeopleArePut(
    net: Net, oscar: PlainVisit, come: Come
) -> None:
    ann = come("ann")
    assert oscar.does("forcejoin ann ##x") == ["* ann is put into ##x"]
    assert [room.name for room in ann.session.rooms] == ["#x"]
    with pytest.raises(AlreadyInRoom, match="in ##x already"):
        oscar.does("forcejoin ann ##x")
    code = oscar.does("invitation ##y")[0].rsplit(maxsplit=1)[-1]
    bea = come("bea")
    bea.does(f"register correct-horse {code}")
    assert [room.name for room in bea.session.rooms] == ["#y"]


@pytest.mark.parametrize("node", [0, 1])
def test_operatorsNameRoomsInWhichTheyAreNot(
    net: Net, oscar: PlainVisit, come: Come, node: int
) -> None:
    ann, joe = come("ann", "dev", node=node, registered=True), come("joe", "dev", node=node)
    assert oscar.does("kick #dev joe") == ["* joe is out of dev"]
    assert joe.session.rooms == []
    assert oscar.does("set #dev limit 3") == ["* limit of dev is 3 now"]
    assert oscar.session.rooms == []
    with pytest.raises(NotInRoom):
        joe.does("kick #dev ann")
    with pytest.raises(NoSuchRoom):
        oscar.does("kick #none joe")
    assert [room.name for room in ann.session.rooms] == ["dev"]
    assert oscar.does("destroy #dev") == ["* dev is gone, with all that was said in it"]
    net.settle()
    assert ann.session.rooms == []
    with pytest.raises(NoSuchRoom):
        oscar.does("destroy dev")


def test_operatorsAreMadeAndUnmade(net: Net, oscar: PlainVisit, come: Come) -> None:
    ann = come("ann", registered=True)
    assert oscar.does("operator add Ann") == ["* ann is an operator of the network now"]
    net.settle()
    assert ann.does("operator remove oscar") == ["* oscar is no longer an operator"]
    net.settle()
    with pytest.raises(NotOperator):
        oscar.does("operator add oscar")


def test_invitationsAreMadeShownAndTakenBack(net: Net, oscar: PlainVisit) -> None:
    assert oscar.does("invitation list") == ["* There are no invitations"]
    made, note = oscar.does("invitation dev #ops uses 5 for 7d")
    assert note == "* Not there yet, and made when somebody comes: dev and ops"
    code = made.split(": ")[1]
    assert CODE.match(code)
    head, row = oscar.does("invitation list")
    assert head == "* 1 invitation:"
    assert re.match(r"  [0-9a-f]{8}  5 uses  for 7 days more  by oscar at .*  dev ops$", row)
    assert code not in row
    assert oscar.does(f"invitation remove {code}") == ["* That code works no more"]
    oscar.does("join ops")
    assert oscar.does("invitation #Ops dev")[1:] == [note.replace("dev and ops", "dev")]
    assert len(oscar.does("invitation ops")) == 1


@pytest.mark.parametrize(
    ("typed", "rooms", "uses", "lasts"),
    [
        ("invitation", (), 1, 0),
        ("invitation uses 3", (), 3, 0),
        ("invitation for 2h", (), 1, 7200),
        ("invitation dev", ("dev",), 1, 0),
        ("invitation dev 2h", ("dev",), 1, 7200),
        ("invitation dev ops uses 2", ("dev", "ops"), 2, 0),
    ],
)
def test_anInvitationSaysWhatItIsFor(
    net: Net, oscar: PlainVisit, typed: str, rooms: tuple[str, ...], uses: int, lasts: float
) -> None:
    oscar.does(typed)
    (made,) = net.now(net.store.invitations())
    assert (made.rooms, made.uses) == (rooms, uses)
    assert (made.until - made.at if made.until else 0) == pytest.approx(lasts)


def test_accountsAreResetSuspendedAndErased(net: Net, oscar: PlainVisit, come: Come) -> None:
    come("bea", registered=True)
    (line,) = oscar.does("account reset bea")
    assert CODE.search(line)
    assert oscar.does("suspend bea too loud") == ["* bea is suspended"]
    assert oscar.does("account unsuspend bea") == ["* bea may come in again"]
    assert oscar.does("account erase bea with messages") == ["* bea is erased, with 0 messages"]
    with pytest.raises(ChatError):
        oscar.does("suspend bea")


def test_serverBansAreMadeShownAndTakenBack(oscar: PlainVisit) -> None:
    assert oscar.does("sbans") == ["* Nobody is kept out of the network"]
    assert oscar.does("sban 203.0.113.7/24 for 2h floods") == [
        "* 203.0.113.0/24 is kept out of the network for 2 hours"
    ]
    oscar.does("sban account:eve")
    head, *rows = oscar.does("sbans")
    assert head == "* 2 server bans:"
    assert re.match(r"  203.0.113.0/24  by oscar at .*  for 2 hours more  floods$", rows[0])
    assert oscar.does("sunban 203.0.113.0/24") == ["* 203.0.113.0/24 may come in again"]


def test_peopleAreSentAwayAndPutIntoRooms(net: Net, oscar: PlainVisit, come: Come) -> None:
    gus = come("gus", node=1)
    assert oscar.does("forcejoin Gus #dev") == ["* gus is put into dev"]
    net.settle()
    assert [room.name for room in gus.session.rooms] == ["dev"]
    assert oscar.does("kill gus enough of that") == ["* gus is disconnected"]
    net.settle()
    assert gus.session.ended


def test_howManyMessagesWerePurgedIsToldAsOneSaysIt(
    net: Net, oscar: PlainVisit, come: Come
) -> None:
    gus = come("gus", "dev")
    assert oscar.does("purge gus 1h") == ["* Nothing was said in that time"]
    net.say(gus.session, "dev", "one")
    assert oscar.does("purge gus 1h") == ["* 1 message deleted; /undo brings it back"]


def test_whoOnlyReactedIsPurgedToo(net: Net, oscar: PlainVisit, come: Come) -> None:
    bea, gus = come("bea", "dev"), come("gus", "dev")
    bea.does("say hi")
    gus.does("react 1 +1")
    deleted = "* Reactions or reasons deleted; /undo brings them back"
    assert oscar.does("purge gus 1h") == [deleted]
    assert oscar.does("undo")[0].startswith("* Undone: purge")
    assert oscar.does("purge gus 1h") == [deleted]


def test_whatSomebodyWroteIsDeletedAndBroughtBack(net: Net, come: Come) -> None:
    oscar = PlainVisit(net, net.operator("oscar"))
    gus = come("gus", "dev")
    net.say(gus.session, "dev", "one", "two")
    assert oscar.does("acts") == ["* There is nothing to undo"]
    assert oscar.does("purge gus 1h") == ["* 2 messages deleted; /undo brings them back"]
    head, row = oscar.does("acts")
    assert head == "* 1 act:"
    assert re.match(r"  [a-z0-9]{6}  .*  oscar  purge  what gus wrote in 1 hour$", row)
    id = row.split()[0]
    assert oscar.does(f"undo {id}") == ["* Undone: purge of what gus wrote in 1 hour"]
    net.join("dev", oscar.session)
    oscar.does("sban eve")
    oscar.does("sunban eve")
    assert oscar.does("undo") == ["* Nothing was left to undo of that: ban of eve"]
    assert oscar.does("purge dev/2 1h") == ["* 2 messages deleted; /undo brings them back"]
    with pytest.raises(BadInput):
        oscar.does("purge dev/last 1h")
    with pytest.raises(WrongUsage):
        oscar.does("purge gus")


def test_theDoorsAreClosedAndOpened(oscar: PlainVisit) -> None:
    assert oscar.does("lockdown 2") == [
        "* The lockdown is 2: nobody registers, and guests can't come in"
    ]
    assert oscar.does("lockdown") == oscar.does("lockdown 2")
    assert oscar.does("lockdown 0") == ["* The lockdown is off"]
    for wrong in ("4", "-1", "on"):
        with pytest.raises(BadInput):
            oscar.does(f"lockdown {wrong}")


def test_wallopsAreHeardByWhoWantsThem(net: Net, oscar: PlainVisit, come: Come) -> None:
    ann = come("ann", registered=True)
    assert ann.does("set wallops") == ["* You do not hear what operators tell everybody"]
    assert ann.does("set wallops on") == ["* You hear what operators tell everybody"]
    oscar.does("wallops the cake is ready")
    net.settle()
    assert any("the cake is ready" in line for line in ann.heard())
    assert any(line.split() == ["wallops", "on", *line.split()[2:]] for line in ann.does("set"))


def test_messagesAreReportedByAnybody(net: Net, oscar: PlainVisit, come: Come) -> None:
    gus, eve = come("gus", "dev"), come("eve", "dev")
    net.say(eve.session, "dev", "rude")
    assert gus.does("report 1 not nice") == ["* The operators of the network are told"]
    net.settle()
    assert any("gus reported dev/1" in line for line in oscar.heard())
    with pytest.raises(BadInput):
        gus.does("report last")


def test_theRulesAreShown(net: Net, come: Come) -> None:
    gus = come("gus")
    assert gus.does("rules") == ["* Nobody has written down rules for this network"]
    net.hubs[0].terms = Terms(rules="Be kind.\nNo spam.")
    assert gus.does("rules") == ["* The rules of the network:", "  Be kind.", "  No spam."]


def test_theSettingsAreReadAgain(net: Net, oscar: PlainVisit) -> None:
    with pytest.raises(BadInput):
        oscar.does("reload")
    net.hubs[0].reload = lambda: ["The settings are read again.", "Changed: rooms.end_after."]
    assert oscar.does("reload") == ["* The settings are read again.", "* Changed: rooms.end_after."]


def test_anAccountIsExportedPageByPage(net: Net, come: Come, oscar: PlainVisit) -> None:
    ann = come("ann", "dev", registered=True)
    net.say(ann.session, "dev", *(f"line {number}" for number in range(60)))
    *lines, end = ann.does("account export")
    assert len(lines) == 51
    assert json.loads(lines[0])["kind"] == "account"
    more = re.fullmatch(r"\* More: /account (export after \d+)", end)
    assert more
    *rest, end = ann.does(f"account {more[1]}")
    assert [json.loads(line)["text"] for line in rest] == [f"line {n}" for n in range(50, 60)]
    assert end == "* That is all"
    assert oscar.does("account export ann")[-1].startswith("* More: /account export ann after ")


def test_whoIsNoOperatorIsRefusedEverywhere(come: Come) -> None:
    ann = come("ann", registered=True)
    typed = {
        "operator": "operator add ann", "invitation": "invitation",
        "invitation list": "invitation list", "invitation remove": "invitation remove x",
        "account reset": "account reset ann", "account suspend": "account suspend ann",
        "account unsuspend": "account unsuspend ann", "account erase": "account erase ann",
        "sban": "sban gus", "sunban": "sunban gus", "sbans": "sbans", "kill": "kill ann",
        "forcejoin": "forcejoin ann dev", "purge": "purge ann 1h", "undo": "undo",
        "acts": "acts", "lockdown": "lockdown", "wallops": "wallops hi", "reload": "reload",
    }  # fmt: skip
    assert set(typed) | {"claim"} == {each.usage.name for each in OPERATORS.commands}
    for text in typed.values():
        with pytest.raises(NotOperator):
            ann.does(text)


def test_helpIsShortForWhoIsNoOperator(come: Come, oscar: PlainVisit) -> None:
    gus = come("gus")
    lines = gus.does("help")
    assert "* Running the network (its operators only): /help operators" in lines
    assert not [line for line in lines if "/sban" in line]
    assert [line for line in gus.does("help operators") if "/sban" in line]
    assert [line for line in oscar.does("help") if "/sban" in line]


def test_commandsOfTwoWordsAreExplained(come: Come) -> None:
    gus = come("gus")
    head, *forms = gus.does("help account")
    assert head == "* /account:"
    assert [line.split()[1] for line in forms] == [
        "export", "delete", "reset", "suspend", "unsuspend", "erase"
    ]  # fmt: skip
    assert gus.does("help account delete")[0] == (
        "* Usage: /account delete PASSWORD [with messages]"
    )
    assert any("/invitation list" in line for line in gus.does("help invitation"))
    for typed in ("account", "account what"):
        with pytest.raises(UnknownCommand) as caught:
            gus.does(typed)
        assert caught.value.text.startswith("There is no /account alone. There are /account export")
    assert "account export" in TABLE.complete("acc")
