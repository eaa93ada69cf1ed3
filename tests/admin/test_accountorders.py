"""
L{twisted_chat.admin.accounts}: what is done to accounts holds at once.
"""

from __future__ import annotations

import pytest
from twisted.logger import capturedLogs, formatEvent

from tests.admin.desks import SOMEBODY, Office, Refused
from twisted_chat.domain.accounterrors import BadLogin, Suspended

PASSWORD = "correct horse"
OTHER = "battery staple"


def test_whoIsCreatedCanComeInAtOnce(office: Office) -> None:
    row = office.do1("accounts create", name="Alex", password=PASSWORD)
    assert (row["name"], row["operator"]) == ("Alex", False)
    assert not office.net.login("alex").operator


def test_anAccountCanBeMadeWhereNobodyMayRegister(office: Office) -> None:
    office.do("lockdown", level=1)
    office.do("accounts create", name="alex", password=PASSWORD)
    assert office.net.login("alex").name == "alex"


def test_anOperatorIsOneFromTheBeginning(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD, operator=True)
    assert office.net.login("alex").operator


@pytest.mark.parametrize("wrong", ["1st", "a b", "admin", ""])
def test_aNameThatNobodyCanHaveIsRefused(office: Office, wrong: str) -> None:
    with pytest.raises(Refused, match="bad-name"):
        office.do("accounts create", name=wrong, password=PASSWORD)


def test_aNameThatIsRegisteredOrWornIsRefused(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD)
    with pytest.raises(Refused, match="The name alex is registered already"):
        office.do("accounts create", name="ALEX", password=PASSWORD)
    office.net.guest("bea")
    with pytest.raises(Refused, match="Somebody is connected as bea"):
        office.do("accounts create", name="bea", password=PASSWORD)


def test_aPasswordThatIsTooShortIsRefused(office: Office) -> None:
    with pytest.raises(Refused, match="6 to 300"):
        office.do("accounts create", name="alex", password="short")
    office.do("accounts create", name="alex", password=PASSWORD)
    with pytest.raises(Refused, match="6 to 300"):
        office.do("accounts password", name="alex", password="short")


def test_anotherPasswordHoldsAtOnceAndTheOldOneAndACodeNoMore(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD)
    code = office.do1("accounts reset", name="alex")["code"]
    assert office.do("accounts password", name="alex", password=OTHER) == [{"name": "alex"}]
    for old in (PASSWORD, code):
        with pytest.raises(BadLogin):
            office.net.login("alex", old)
    assert office.net.login("alex", OTHER).name == "alex"
    account = office.net.now(office.net.store.account("alex"))
    keys = office.net.now(office.desk.passwords.seal(OTHER)).scram
    assert account.scram.split("$")[0] == keys.split("$")[0]
    assert account.scram


def test_aCodeStandsForALostPasswordOnce(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD)
    row = office.do1("accounts reset", name="alex")
    assert 86_000 < row["until"] - office.net.clock.seconds() <= 86_400
    assert office.net.login("alex", row["code"]).resetting
    with pytest.raises(BadLogin):
        office.net.login("alex", row["code"])


def test_whoIsSuspendedIsOutUntilTheyAreNot(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD)
    alex = office.net.login("alex")
    office.do("accounts suspend", name="alex", reason="being rude\x1b[2J")
    assert alex.ended
    with pytest.raises(Suspended, match="being rude"):
        office.net.login("alex")
    assert office.do1("accounts show", name="alex")["suspended"] == "being rude"
    office.do("accounts unsuspend", name="alex")
    assert office.net.login("alex").name == "alex"


def test_aReasonThatIsTooLongIsRefused(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD)
    with pytest.raises(Refused, match="too-long"):
        office.do("accounts suspend", name="alex", reason="x" * 301)


def test_theListHasAllThatAreThereAndNoneThatAreGone(office: Office) -> None:
    for name in ("alex", "bea", "carl", "bert"):
        office.do("accounts create", name=name, password=PASSWORD, operator=name == "bea")
    office.net.login("bea")
    office.do("accounts delete", name="carl")
    assert [row["name"] for row in office.do("accounts list")] == ["alex", "bea", "bert"]
    assert [row["name"] for row in office.do("accounts list", mask="b*")] == ["bea", "bert"]
    (bea,) = office.do("operators list")
    assert (bea["name"], bea["connections"], bea["operator"]) == ("bea", 1, True)


def test_whatThereIsToKnowOfSomebody(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD)
    alex = office.net.login("alex")
    office.net.join("dev", alex)
    row = office.do1("accounts show", name="alex")
    assert row["rooms"] == ["dev"]
    assert row["sessions"] == [" from 192.0.2.7"]
    assert "plain:" not in str(row)


def test_whoIsDeletedIsGoneWithTheirMessagesIfThatIsWanted(office: Office) -> None:
    for name in ("alex", "bea"):
        office.do("accounts create", name=name, password=PASSWORD)
    alex, bea = office.net.login("alex"), office.net.login("bea")
    room = office.net.join("dev", alex, bea)
    office.net.say(alex, "dev", "mine")
    office.net.say(bea, "dev", "hers")
    assert office.do1("accounts delete", name="alex")["messages"] == 0
    assert office.do1("accounts delete", name="bea", messages=True)["messages"] == 1
    page = office.net.now(office.net.store.history(room.id))
    assert [event.text for event in page.events if event.kind == "said"] == ["mine"]
    with pytest.raises(Refused, match="Nobody gets it again"):
        office.do("accounts create", name="bea", password=PASSWORD)


def test_theAccountOfAnOperatorIsNotDeletedByMistake(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD, operator=True)
    with pytest.raises(Refused, match="alex is an operator of the network; take that mark first"):
        office.do("accounts delete", name="alex")
    office.do("operators remove", name="alex")
    office.do("accounts delete", name="alex")


def test_anExportHasWhatSomebodyWrote(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD)
    alex = office.net.login("alex")
    office.net.join("dev", alex)
    office.net.say(alex, "dev", "a rare word")
    first, *rest = office.do("accounts export", name="alex")
    assert (first["kind"], first["name"]) == ("account", "alex")
    assert "a rare word" in [row.get("text") for row in rest]


def test_operatorsAreMadeAndUnmadeWhileTheyAreHere(office: Office) -> None:
    office.do("accounts create", name="alex", password=PASSWORD)
    alex = office.net.login("alex")
    office.do("operators add", name="alex")
    assert alex.operator
    with pytest.raises(Refused, match="an operator already"):
        office.do("operators add", name="alex")
    office.do("operators remove", name="alex")
    assert not alex.operator


@pytest.mark.parametrize(
    "order",
    ["accounts show", "accounts reset", "accounts delete", "accounts export", "operators add"],
)
def test_nobodyIsFoundWhereThereIsNobody(office: Office, order: str) -> None:
    with pytest.raises(Refused, match=r"There is nobody called bea\."):
        office.do(order, name="bea")


def test_theLogNamesWhoDidWhatAndNoPassword(office: Office) -> None:
    with capturedLogs() as logs:
        office.do("accounts create", name="alex", password=PASSWORD)
        office.do("accounts password", name="alex", password=OTHER)
        office.do("accounts list")
    text = "\n".join(formatEvent(event) for event in logs)
    assert f"{SOMEBODY}: admin: accounts create name='alex'" in text
    assert f"{SOMEBODY}: admin registered alex" in text
    assert f"{SOMEBODY}: admin: accounts list" in text
    assert PASSWORD not in text
    assert OTHER not in text
