"""
L{twisted_chat.admin.entry}: invitations, server bans, the lockdown.
"""

from __future__ import annotations

import pytest

from tests.admin.desks import Office, Refused
from twisted_chat.admin.table import orderNamed
from twisted_chat.domain.accounterrors import Banned, LockedDown, WrongCode

PASSWORD = "correct horse"


def test_anInvitationIsUsedByItsCodeAndKnownByItsHash(office: Office) -> None:
    made = office.do1("invitations create", rooms=["dev"], uses=2, seconds=3600.0)
    (kept,) = office.do("invitations list")
    assert kept["rooms"] == ["dev"]
    assert kept["until"] == made["until"]
    assert kept["code"] not in made["code"]
    assert made["unmade"] == ["dev"]
    bea = office.net.guest("bea")
    office.net.now(bea.register(PASSWORD, made["code"]))
    assert [room.name for room in bea.rooms] == ["dev"]
    assert office.do1("invitations list")["uses"] == 1
    assert office.do1("invitations create", rooms=["dev"])["unmade"] == []


def test_anInvitationThatIsTakenBackIsOfNoUse(office: Office) -> None:
    made = office.do1("invitations create")
    office.do("invitations remove", code=office.do1("invitations list")["code"])
    with pytest.raises(WrongCode):
        office.net.now(office.net.guest("bea").register(PASSWORD, made["code"]))
    with pytest.raises(Refused, match="no such invitation"):
        office.do("invitations remove", code=made["code"])


def test_whoIsBannedIsOutAndStaysOutUntilTheyAreNot(office: Office) -> None:
    bea = office.net.guest("bea")
    row = office.do1("bans add", who="bea", seconds=3600.0, reason="spam")
    assert (row["mask"], row["by"], row["reason"]) == ("bea", "admin", "spam")
    assert bea.ended
    with pytest.raises(Banned):
        office.net.guest("bea")
    assert office.do("bans list") == [row]
    office.do("bans remove", who="bea")
    assert office.do("bans list") == []
    assert office.net.guest("bea").name == "bea"


def test_everybodyCantBeBanned(office: Office) -> None:
    with pytest.raises(Refused, match="about everybody"):
        office.do("bans add", who="*")


def test_whomABanDoesNotKeepOutIsTold(office: Office) -> None:
    office.do("accounts create", name="olga", password="correct horse", operator=True)
    for who, why in (("127.0.0.1", "trusted"), ("olga", "olga is an"), ("account:olga", "olga is")):
        assert why in office.do1("bans add", who=who)["spared"]
    assert "spared" not in office.do1("bans add", who="192.0.2.7")
    show = orderNamed("bans add").show
    assert show is not None
    (line,) = show([{"mask": "x", "until": 0.0, "spared": "not so"}])
    assert line == "x is banned; but not so."


def test_theLockdownHoldsAtOnceAndIsToldOf(office: Office) -> None:
    assert office.do1("lockdown")["level"] == 0
    assert office.do1("lockdown", level=2)["by"] == "admin"
    with pytest.raises(LockedDown):
        office.net.guest("bea")
    assert office.do1("lockdown")["means"] == "only registered people come in"
    office.do("lockdown", level=0)
    assert office.net.guest("bea").name == "bea"
    with pytest.raises(Refused, match=r"to 3\."):
        office.do("lockdown", level=4)


def test_aBanCanBeUndone(office: Office) -> None:
    office.do("bans add", who="bea")
    (act,) = office.do("acts")
    assert (act["kind"], act["about"], act["by"]) == ("ban", "bea", "admin")
    assert office.do1("undo")["id"] == act["id"]
    assert office.do("bans list") == []
    assert office.do("acts") == []
    with pytest.raises(Refused, match="nothing like that to undo"):
        office.do("undo", id=act["id"])
    office.do("bans add", who="bea")
    office.do("bans remove", who="bea")
    with pytest.raises(Refused, match="Nothing was left to undo of that: ban, bea"):
        office.do("undo")
