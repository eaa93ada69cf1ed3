"""
OperServ, and what services take over from the slash commands of other wires.
"""

from __future__ import annotations

import json

import pytest

from tests.frontends.irc.clients import FAR, Irc, IrcDoors, said
from twisted_chat.frontends.commands.operators import OPERATORS
from twisted_chat.frontends.irc.terms import IrcTerms


@pytest.fixture
def doors() -> IrcDoors:
    return IrcDoors(terms=IrcTerms(operators={"root": "plain:secret"}))


@pytest.fixture
def oper(doors: IrcDoors) -> Irc:
    client = doors.enter("oper")
    client.send("OPER root secret")
    return client


def asked(client: Irc, text: str) -> list[str]:
    """
    What OperServ answers.
    """
    return said(client.send(f"PRIVMSG OperServ :{text}"))


def test_itCanBeAskedForAllThatOperatorsDoElsewhere(oper: Irc) -> None:
    lines = asked(oper, "help")
    assert lines[0] == "OperServ is for operators of the network."
    assert "PURGE WHO|NUMBER TIME - Delete what somebody wrote lately" in lines
    assert "ACCOUNT SUSPEND NAME [REASON] - Let nobody use an account for now" in lines
    assert len(lines) == 1 + len(OPERATORS.commands)
    assert said(oper.send("OS HELP")) == said(oper.send("OPERSERV")) == lines


def test_itsHelpHasNoSlashes(oper: Irc) -> None:
    usage, about, more = asked(oper, "help purge")
    assert usage == "PURGE WHO|NUMBER TIME"
    assert about == "Delete what somebody wrote lately"
    assert "in private: PURGE bea 1h" in more
    assert more.endswith("UNDO brings it back within a day.")
    assert asked(oper, "help account reset")[0] == "ACCOUNT RESET NAME"


def test_ofSeveralThatBeginAlikeItNamesAll(oper: Irc) -> None:
    lines = asked(oper, "account")
    assert lines[0] == "Usage: ACCOUNT RESET NAME"
    assert len(lines) == 4
    assert asked(oper, "help account") == lines
    assert asked(oper, "account nonsense bea") == lines
    assert asked(oper, "acc") == ["There is no such command. /msg OperServ HELP shows them."]


def test_aWrongUseIsToldItsUsage(oper: Irc) -> None:
    assert asked(oper, "PURGE bea") == ["Usage: PURGE WHO|NUMBER TIME"]
    assert asked(oper, "PURGE\tbea") == ["Usage: PURGE WHO|NUMBER TIME"]
    assert asked(oper, "PURGE\tnobody\t1h") != ["Usage: PURGE WHO|NUMBER TIME"]
    assert asked(oper, "Account   Suspend") == ["Usage: ACCOUNT SUSPEND NAME [REASON]"]


def test_nobodyElseIsObeyed(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    doors.enter("cid")
    for text in ("PURGE cid 1h", "LOCKDOWN", "LOCKDOWN 3", "KILL cid", "SBANS", "ACTS", "RELOAD"):
        assert asked(bea, text) == ["Only operators of the network can do that."]


def test_whatSomebodyWroteIsPurgedAndBroughtBack(doors: IrcDoors, oper: Irc) -> None:
    cid = doors.enter("cid")
    cid.send("JOIN #dev", "PRIVMSG #dev :buy pills", "PRIVMSG #dev :buy more")
    assert asked(oper, "PURGE cid 1h") == ["2 messages deleted; UNDO brings them back"]
    assert "pills" not in " ".join(cid.send("CS HISTORY #dev"))
    assert "purge" in asked(oper, "ACTS")[1]
    assert asked(oper, "UNDO") == ["Undone: purge of what cid wrote in 1 hour"]
    assert "pills" in " ".join(cid.send("CS HISTORY #dev"))


def test_aMessageIsNamedWithItsChannel(doors: IrcDoors, oper: Irc) -> None:
    cid = doors.enter("cid")
    cid.send("JOIN #dev", "PRIVMSG #dev :buy pills")
    oper.send("JOIN #dev")
    assert asked(oper, "PURGE 1 1h") == ["Name the channel too, such as #dev/118 for a message."]
    assert asked(oper, "PURGE #dev/1 1h") == ["1 message deleted; UNDO brings it back"]


def test_theDoorsAreClosedAndOpened(doors: IrcDoors, oper: Irc) -> None:
    assert asked(oper, "LOCKDOWN 1") == ["The lockdown is 1: nobody registers"]
    assert said(doors.enter("bea").send("NS REGISTER battery-staple")) != [
        "bea is yours now, and needs your password from now on."
    ]
    assert asked(oper, "LOCKDOWN 0") == ["The lockdown is off"]


def test_anAccountIsSuspendedAndResetAndItsOwnerNeedsNoOldPassword(
    doors: IrcDoors, oper: Irc
) -> None:
    doors.net.registered("ann").logout()
    assert asked(oper, "ACCOUNT SUSPEND ann for now") == ["ann is suspended"]
    assert asked(oper, "UNSUSPEND ann") == ["ann may come in again"]
    (line,) = asked(oper, "ACCOUNT RESET ann")
    code = line.rpartition(" ")[2]
    ann = doors.enter("anna")
    assert said(ann.send(f"NS IDENTIFY ann {code}")) == ["You are logged in as ann."]
    changed = ["Your password is another one now."]
    assert said(ann.send("NS SET PASSWORD battery-staple")) == changed
    assert said(ann.send("NS PASSWD wrong-old another-one"))[0].startswith("That is not your")
    assert said(ann.send("NS PASSWD battery-staple another-one")) == changed


def test_codesAreGivenOnlyWhereNobodyElseReadsThem(doors: IrcDoors, oper: Irc) -> None:
    line, note = asked(oper, "INVITATION #dev uses 2 for 7d")
    assert line.startswith("The code, which is shown just now: ")
    assert note == "Not there yet, and made when somebody comes: dev"
    far = doors.enter("far", host=FAR)
    far.protocol.session.operate()
    for text in ("INVITATION", "ACCOUNT RESET ann", "CLAIM code"):
        assert "port 6697" in asked(far, text)[0]


def test_longAnswersAreCutIntoLinesOfIRC(doors: IrcDoors) -> None:
    doors.net.registered("ann").logout()
    ann = doors.enter("anna")
    ann.send("NS IDENTIFY ann correct horse", "JOIN #dev", f"PRIVMSG #dev :{'word ' * 80}end")
    lines = ann.send("NS ACCOUNT EXPORT")
    assert all(len(line.encode()) <= 510 for line in lines)
    held = said(lines)
    assert held.pop() == "That is all"
    rows, rest = [], "".join(held)
    while rest:
        row, end = json.JSONDecoder().raw_decode(rest)
        rows.append(row)
        rest = rest[end:]
    assert rows[0]["name"] == "ann"
    assert rows[-1]["text"] == "word " * 80 + "end"
