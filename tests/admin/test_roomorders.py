"""
L{twisted_chat.admin.rooms}: rooms in which who gives the order is not.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.admin.desks import Office, Refused
from tests.doubles import heard
from twisted_chat.domain.errors import MayNotSpeak
from twisted_chat.domain.roles import Role

PASSWORD = "correct horse"


def test_allRoomsAreListedHiddenOnesToo(office: Office) -> None:
    alex = office.net.registered("alex")
    office.net.join("dev", alex)
    office.net.join("secret", alex)
    office.do("rooms set", room="secret", setting="hidden", value="on")
    rows = {row["name"]: row for row in office.do("rooms list")}
    assert list(rows) == ["dev", "secret"]
    assert rows["secret"]["hidden"]
    assert rows["dev"]["members"] == 1


def test_aSettingHoldsAtOnceAndMembersAreTold(office: Office) -> None:
    alex = office.net.guest("alex")
    room = office.net.join("dev", alex)
    list(heard(alex))
    row = office.do1("rooms set", room="#dev", setting="Limit", value="20")
    assert (row["setting"], row["value"]) == ("limit", "20")
    assert room.setting("limit") == 20
    assert any("settings admin" in line for line in alex.receiver.lines())  # type: ignore[attr-defined]


@pytest.mark.parametrize("setting", ["password", "passwort"])
def test_aRoomsPasswordIsNotInTheLog(office: Office, logged: list[str], setting: str) -> None:
    office.net.join("dev", office.net.guest("alex"))
    with suppress(Refused):
        office.do("rooms set", room="dev", setting=setting, value="hunter2")
    assert any(f"rooms set room='dev' setting='{setting}'" in line for line in logged)
    assert not any("hunter2" in line for line in logged)


@pytest.mark.parametrize(
    ("setting", "value"), [("limits", "20"), ("limit", "many"), ("hidden", "")]
)
def test_aSettingThatIsNoneIsRefused(office: Office, setting: str, value: str) -> None:
    office.net.join("dev", office.net.guest("alex"))
    with pytest.raises(Refused, match="bad-input"):
        office.do("rooms set", room="dev", setting=setting, value=value)


def test_peopleAreSentOnToAnotherRoomThatThereIs(office: Office) -> None:
    alex = office.net.guest("alex")
    office.net.join("dev", alex)
    office.net.join("queue", alex)
    for other, why in (("nowhere", "no-such-room"), ("#Dev", "on to itself")):
        with pytest.raises(Refused, match=why):
            office.do("rooms set", room="dev", setting="forward", value=other)
    for value in ("queue", "off"):
        office.do("rooms set", room="dev", setting="forward", value=value)
    assert alex.roomNamed("dev").setting("forward") == ""


def test_aRoomGetsAnotherOwnerWhoNeedNotBeInIt(office: Office) -> None:
    alex, bea = office.net.registered("alex"), office.net.registered("bea")
    room = office.net.join("dev", alex)
    office.do("rooms transfer", room="dev", name="bea")
    assert room.role(bea.personId) is Role.OWNER
    assert room.role(alex.personId) is Role.ADMIN
    shown = office.do1("rooms show", room="dev")
    assert (shown["owner"], shown["roles"]) == ("bea", {"admin": ["alex"]})
    with pytest.raises(Refused, match="bea is the owner of dev already"):
        office.do("rooms transfer", room="dev", name="bea")


def test_aRoomIsArchivedAndOpenedAgain(office: Office) -> None:
    alex = office.net.guest("alex")
    room = office.net.join("dev", alex)
    office.do("rooms archive", room="dev")
    with pytest.raises(MayNotSpeak):
        office.net.say(alex, "dev", "hello")
    with pytest.raises(Refused, match="dev is archived already"):
        office.do("rooms archive", room="dev")
    office.do("rooms unarchive", room="dev")
    assert not room.archived


def test_aRoomIsDestroyedButNotTheOneThatTheNetworkNeeds(office: Office) -> None:
    alex = office.net.guest("alex")
    office.net.join("dev", alex)
    office.net.join("lobby", alex)
    office.do("rooms destroy", room="dev", reason="done with")
    assert [row["name"] for row in office.do("rooms list")] == ["lobby"]
    assert [room.name for room in alex.rooms] == ["lobby"]
    with pytest.raises(Refused, match="the network needs it"):
        office.do("rooms destroy", room="lobby")


def test_aRoomShowsItsRulesAndNotItsPassword(office: Office) -> None:
    office.net.join("dev", office.net.registered("alex"))
    office.do("rooms set", room="dev", setting="password", value="open sesame")
    row = office.do1("rooms show", room="dev")
    assert row["settings"] == {"password": "set"}
    assert row["members"] == ["alex"]


def test_noCommandWithASlashIsNamedToWhoCanTypeNone(office: Office) -> None:
    with pytest.raises(Refused, match=r"about everybody\.'"):
        office.do("bans add", who="*")
    with pytest.raises(Refused, match=r"to undo\.'"):
        office.do("undo", id="nothing")


@pytest.mark.parametrize("order", ["show", "archive", "destroy", "history"])
def test_whereThereIsNoRoomItIsSaidSo(office: Office, order: str) -> None:
    with pytest.raises(Refused, match=r"There is no room dev\."):
        office.do(f"rooms {order}", room="dev")
