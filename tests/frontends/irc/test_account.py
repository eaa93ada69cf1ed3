"""
Registering accounts by REGISTER and VERIFY.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred

from tests.frontends.irc.clients import FAR, PASSWORD, IrcDoors, by, registered
from twisted_chat.domain.official import Official
from twisted_chat.domain.rates import Rate, RateLimits, Rates
from twisted_chat.domain.values import Author

CAP = "draft/account-registration"


def terms(doors: IrcDoors, **those: str) -> None:
    """
    Let other terms hold.
    """
    hub = doors.net.hubs[0]
    hub.terms = replace(hub.terms, **those)  # type: ignore[arg-type]


def code(doors: IrcDoors) -> str:
    """
    The code of an invitation.
    """
    by = Official(Author("op", "op"), "")
    inviting = Deferred.fromCoroutine(doors.net.hubs[0].registry.invite(by))
    made: str = doors.net.now(inviting)
    return made


def test_whoIsInMakesTheirNickTheirOwn(doors: IrcDoors) -> None:
    ann = doors.enter("ann", CAP)
    assert ann.send("REGISTER * * :correct horse") == [
        ":chat.example REGISTER SUCCESS ann :Account successfully registered",
        ":chat.example 900 ann ann!~ann@chat.example ann :You are now logged in as ann",
    ]
    assert ann.protocol.session.lasting
    assert doors.net.now(doors.net.store.account("ann")).scram
    said = ann.send("REGISTER ann * :correct horse")
    assert said == [
        ":chat.example FAIL REGISTER ALREADY_AUTHENTICATED ann :You are logged in as ann"
    ]


def test_whoIsNotInYetMayRegisterAndThenComesInAsTheAccount(doors: IrcDoors) -> None:
    ann = doors.connect()
    said = ann.send("CAP LS 302", f"CAP REQ {CAP}", "REGISTER * * :correct horse")
    assert f"{CAP}=before-connect" in " ".join(said)
    assert said[-1].startswith(":chat.example FAIL REGISTER NEED_NICK * :")
    said = ann.send("NICK ann", "REGISTER ANN * :correct horse")
    assert said[0].startswith(":chat.example REGISTER SUCCESS ann :")
    ann.send("USER ann 0 * :Ann", "CAP END")
    assert ann.protocol.session.lasting


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("REGISTER other * :correct horse", "ACCOUNT_NAME_MUST_BE_NICK other"),
        ("REGISTER * * short", "WEAK_PASSWORD ann"),
        (f"REGISTER * * {'x' * 301}", "UNACCEPTABLE_PASSWORD ann"),
        ("REGISTER * *", ""),
        ("VERIFY * abcd", "INVALID_CODE *"),
    ],
)
def test_whatIsWrongIsToldByItsCode(doors: IrcDoors, line: str, answer: str) -> None:
    ann = doors.enter("ann", CAP)
    said = ann.send(line)
    command = line.split(" ")[0]
    wanted = f"FAIL {command} {answer} :" if answer else f"461 ann {command} :"
    assert len(said) == 1
    assert said[0].startswith(f":chat.example {wanted}")


def test_nobodyRegistersTheNameOfSomebodyWhoIsHere(doors: IrcDoors) -> None:
    doors.enter("root")
    other = doors.connect()
    said = other.send("NICK root", "REGISTER * * :correct horse")
    assert said[-1].startswith(":chat.example FAIL REGISTER ACCOUNT_EXISTS root :")


def test_whereAnInvitationIsNeededItsCodeIsAskedFor(doors: IrcDoors) -> None:
    terms(doors, register="invitation")
    ann = doors.connect()
    said = ann.send("NICK ann", "REGISTER * ann@example.org :correct horse")
    assert said[0].startswith(":chat.example REGISTER VERIFICATION_REQUIRED ann :")
    said = ann.send("VERIFY ann wrong-code")
    assert said[0].startswith(":chat.example FAIL VERIFY INVALID_CODE ann :")
    said = ann.send(f"VERIFY ann {code(doors)}")
    assert said[0].startswith(":chat.example VERIFY SUCCESS ann :")
    ann.send("USER ann 0 * :Ann")
    assert ann.protocol.session.lasting


def test_theCodeMayStandInThePlaceOfTheAddress(doors: IrcDoors) -> None:
    terms(doors, register="invitation")
    ann = doors.enter("ann")
    said = ann.send(f"REGISTER * {code(doors)} :correct horse")
    assert said[0].startswith(":chat.example REGISTER SUCCESS ann :")


def test_whereNobodyRegistersTheCapabilityIsNotThere(doors: IrcDoors) -> None:
    terms(doors, register="off")
    ann = doors.connect()
    assert CAP not in " ".join(ann.send("CAP LS 302"))
    said = ann.send("NICK ann", "REGISTER * * :correct horse")
    assert said[-1].startswith(":chat.example FAIL REGISTER DISALLOWED ann :")


def test_whereGuestsNeedAPasswordSoDoesWhoRegistersBeforeTheyAreIn(doors: IrcDoors) -> None:
    terms(doors, entry="password", password="sesame")
    ann = doors.connect()
    said = ann.send("CAP LS 302", "NICK ann", "REGISTER * * :correct horse")
    assert "before-connect" not in " ".join(word for word in said[0].split() if CAP in word)
    assert "FAIL REGISTER COMPLETE_CONNECTION_REQUIRED :" in said[-1]
    bea = doors.connect()
    said = bea.send("PASS sesame", "NICK bea", "REGISTER * * :correct horse")
    assert said[0].startswith(":chat.example REGISTER SUCCESS bea :")


def test_noPasswordIsTakenOnAnOpenWire(doors: IrcDoors) -> None:
    far = doors.connect(host=FAR)
    said = far.send("NICK ann", "REGISTER * * :correct horse")
    assert said[0].startswith(":chat.example FAIL REGISTER INSECURE_CONNECTION * :No password")


def test_registrationsAreCountedByAddress(doors: IrcDoors) -> None:
    hub = doors.net.hubs[0]
    hub.rates = Rates(RateLimits(registrations=Rate(2, 1 / 60)), doors.net.clock.seconds)
    for nick in ("ann", "bea", "cid"):
        client = (
            doors.connect(tls=True, host=FAR)
            if nick != "bea"
            else doors.enter(nick, tls=True, host=FAR)
        )
        said = client.send(f"NICK {nick}", "REGISTER * * :correct horse")
    assert said[-1].startswith(":chat.example FAIL REGISTER TEMPORARILY_UNAVAILABLE cid :")


def test_whoWantsToKnowIsToldWhenTheCapabilityComesAndGoes(doors: IrcDoors) -> None:
    ann = doors.enter("ann", CAP)
    terms(doors, register="off")
    doors.factories[0].announce()
    assert ann.got() == [f":chat.example CAP ann DEL :{CAP}"]
    assert CAP not in ann.protocol.caps
    terms(doors, register="open")
    doors.factories[0].announce()
    assert ann.got() == [f":chat.example CAP ann NEW :{CAP}=before-connect"]


def test_whoLogsInOrOutIsToldOfWithTheRolesThatChangeInEachRoom() -> None:
    doors = IrcDoors(nodes=2)
    owner = doors.net.registered("owner")
    for room in ("den", "tea"):
        doors.net.join(room, owner)
    bea, cid = doors.enter("bea", "account-notify"), doors.enter("cid", node=1)
    dan = doors.net.guest("dan")
    doors.net.join("den", dan)
    bea.send("JOIN #den,#tea,#own")
    cid.send("JOIN #den,#tea")
    dan.receiver.lines()  # type: ignore[attr-defined]
    given = [f":chat.example MODE {room} +q bea" for room in ("#den", "#tea")]
    bea.got()
    lines = bea.send("NS IDENTIFY owner correct horse")
    assert lines[0].split()[1] == "900"
    # What was given to a guest is nobody else's.
    taken = ":chat.example MODE #own -o bea"
    assert sorted(lines[2:]) == sorted([f"{by('bea')}ACCOUNT owner".strip(), *given, taken])
    assert sorted(cid.got()) == given
    said = dan.receiver.lines()  # type: ignore[attr-defined]
    assert [line.split()[2] for line in said] == ["account", "roles"]
    bea.send("MODE #den +t", "NS LOGOUT")
    assert sorted(cid.got()) == [
        by("bea") + "MODE #den +t",
        *[line.replace("+q", "-q") for line in given],
    ]


def test_whoLogsInWithoutARoleIsToldOfByNoMode(doors: IrcDoors) -> None:
    doors.net.registered("ann")
    bea, cid = doors.enter("bea"), doors.enter("cid")
    cid.send("JOIN #den"), bea.send("JOIN #den")
    cid.got()
    bea.send("NS IDENTIFY ann correct horse", "NS LOGOUT")
    assert cid.got() == []


def test_aRoleThatIsGivenOrTakenIsToldOfUnderEachNickOfTheAccountInTheChannel() -> None:
    doors = IrcDoors(nodes=2)
    doors.net.registered("ann").logout()
    bea, cid = doors.enter("bea"), doors.enter("cid", node=1)
    bea.send("JOIN #den"), cid.send("JOIN #den")
    for nick in ("ann", "nan"):
        client = doors.connect(node=1)
        client.send(f"PASS :ann:{PASSWORD}", f"NICK {nick}", "USER u 0 * :u", "JOIN #den")
    bea.got(), cid.got()
    for change, other in (("+o nan", "+o ann"), ("+v ann", "+v nan"), ("-o ann", "-o nan")):
        told = [by("bea") + f"MODE #den {each}" for each in (change, other)]
        assert bea.send(f"MODE #den {change}") == told
        assert cid.got() == told


def test_whoIsPutOutWhileComingInReadsThatTheyWereThereFirst(doors: IrcDoors) -> None:
    ann = doors.enter("ann")
    ann.send("JOIN #b")
    registered(doors, "dee", "b")[0].lose()
    dee = doors.connect()
    # Both go into one batch.
    dee.send(f"PASS :dee:{PASSWORD}", "NICK dee", "USER dee 0 * :Dee", seconds=0)
    ann.send("KICK #b dee :out")
    assert [line for line in dee.got() if " #b" in line] == [
        by("dee") + "JOIN #b",
        by("ann") + "KICK #b dee out",
    ]
