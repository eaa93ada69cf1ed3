"""
NickServ and ChanServ.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from tests.frontends.irc.clients import FAR, HOST, Irc, IrcDoors, by, number, said
from twisted_chat.domain.official import Official
from twisted_chat.domain.settings import SETTINGS
from twisted_chat.domain.values import Author

NICKSERV = ":NickServ!NickServ@services.chat.example NOTICE"
CHANSERV = ":ChanServ!ChanServ@services.chat.example NOTICE"


@pytest.fixture
def doors() -> IrcDoors:
    """
    A network in which ann is registered.
    """
    made = IrcDoors()
    made.net.registered("ann").logout()
    made.net.settle()
    return made


def test_theyAreAskedByMessagesAndByCommands(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    for line in ("PRIVMSG NickServ :info", "NS INFO", "NICKSERV info", "privmsg nickserv@x INFO"):
        assert bea.send(line) == [f"{NICKSERV} bea :bea: not registered, online"]
    assert bea.send("NOTICE NickServ :info") == []
    assert bea.send("CS")[0] == f"{CHANSERV} bea :ChanServ keeps channels."


def test_whatIsSaidToThemComesBackToWhoWantsThat(doors: IrcDoors) -> None:
    bea = doors.enter("bea", "echo-message", "labeled-response", "batch", "message-tags")
    info = f"{NICKSERV} bea :bea: not registered, online"
    for line, echo, answers in (
        ("PRIVMSG nickserv@x :INFO", "PRIVMSG NickServ :INFO", [info]),
        ("PRIVMSG NickServ :\x02INFO\x02", "PRIVMSG NickServ :\x02INFO", [info]),
        ("NOTICE NickServ :INFO", "NOTICE NickServ :INFO", []),
        ("@+typing=active TAGMSG NickServ", "TAGMSG NickServ", []),
    ):
        first, *others = bea.send(line)
        assert first.startswith("@msgid=")
        assert first.split(" ", 1)[1] == by("bea") + echo
        assert others == answers
    lines = bea.send("@label=x PRIVMSG ChanServ :\x01VERSION\x01")
    assert lines[0] == f"@label=x :{HOST} BATCH +1 labeled-response"
    assert lines[1].startswith("@batch=1;msgid=")
    assert lines[1].endswith(by("bea") + "PRIVMSG ChanServ :\x01VERSION\x01")


def test_whatTheyCanBeAskedIsInTheirHelp(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    lines = said(bea.send("NS HELP"))
    assert "IDENTIFY [ACCOUNT] PASSWORD - Go on with the rights of an account" in lines[2]
    assert said(bea.send("NS HELP ghost")) == [
        "GHOST NICK [PASSWORD]",
        "End your account's connections under a nick",
    ]
    assert said(bea.send("NS nonsense")) == [
        "There is no such command. /msg NickServ HELP shows them."
    ]
    assert said(bea.send("NS IDENTIFY")) == ["Usage: IDENTIFY [ACCOUNT] PASSWORD"]
    assert said(bea.send("CS OP")) == ["Usage: OP #CHANNEL [NICK ...]"]


def test_whoLooksForThemFindsThem(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    assert bea.send("WHOIS nickserv") == [
        number(
            "bea", "311 NickServ NickServ services.chat.example * :NickServ makes your nick yours."
        ),
        number("bea", "312 NickServ chat.example :chat.example"),
        number("bea", "318 nickserv :End of /WHOIS list"),
    ]
    assert bea.send("ISON NickServ ann CHANSERV bea") == [
        number("bea", "303 :NickServ ChanServ bea")
    ]


def test_aNickIsMadeOnesOwn(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    assert bea.send("PRIVMSG NickServ :REGISTER short")[0].endswith("has 6 to 300 characters.")
    lines = bea.send("PRIVMSG NickServ :REGISTER battery-staple bea@example.org")
    assert lines[0].split(" ")[1] == "900"
    assert said(lines) == ["bea is yours now, and needs your password from now on."]
    assert bea.protocol.session.lasting
    assert said(bea.send("NS LOGOUT"))[0].startswith("You are here as your account.")


def test_whoKnowsThePasswordLogsInAndOut(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    assert said(bea.send("NS IDENTIFY ann wrong-horse"))[0].startswith("The name or the password")
    lines = bea.send("NS IDENTIFY ann correct horse")
    assert lines[0] == (
        ":chat.example 900 bea bea!~bea@chat.example ann :You are now logged in as ann"
    )
    lines = bea.send("NS LOGOUT")
    assert lines[0] == ":chat.example 901 bea bea!~bea@chat.example :You are now logged out"
    assert said(bea.send("NS LOGOUT")) == ["You are not logged in."]


def test_noPasswordIsTakenOnAnOpenWire(doors: IrcDoors) -> None:
    far = doors.enter("bea", host=FAR)
    [line] = said(far.send("NS IDENTIFY ann correct horse"))
    assert line == (
        "This connection is not encrypted, so no password is taken here. "
        "connect to port 6697 with TLS"
    )
    assert far.protocol.account is None


def test_whoFailsTooOftenIsDisconnected(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    for _ in range(5):
        assert not bea.ended
        bea.send("NS IDENTIFY ann wrong-horse")
    assert bea.ended


def test_thePasswordIsChanged(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    bea.send("NS IDENTIFY ann correct horse")
    assert said(bea.send("NS SET PASSWORD wrong battery-staple"))[0].startswith("That is not your")
    bea.send("NS REGISTER x y")
    cid = doors.enter("cid")
    cid.send("NS REGISTER first-word")
    assert said(cid.send("NS PASSWD first-word second-word")) == [
        "Your password is another one now."
    ]
    dan = doors.enter("dan")
    assert said(dan.send("NS IDENTIFY cid second-word")) == ["You are logged in as cid."]


def test_aPasswordWithSpacesStandsInQuotesAndIsNeverAPartOfWhatWasGiven(doors: IrcDoors) -> None:
    bea, cid, dan = (doors.enter(nick) for nick in ("bea", "cid", "dan"))
    assert said(bea.send("NS REGISTER correct horse battery")) == [
        "Usage: REGISTER PASSWORD [CODE]"
    ]
    assert said(bea.send('NS REGISTER "correct horse" bea@example.org')) == [
        "bea is yours now, and needs your password from now on."
    ]
    assert said(bea.send('NS PASSWD correct "battery staple"'))[0].startswith("That is not your")
    assert said(bea.send("NS PASSWD correct horse battery staple")) == ["Usage: PASSWD [OLD] NEW"]
    assert said(bea.send('NS SET PASSWORD "correct horse" "battery staple"')) == [
        "Your password is another one now."
    ]
    for line in ('NS IDENTIFY bea "battery staple"', "NS IDENTIFY bea battery staple"):
        assert said(dan.send(line)) == ["You are logged in as bea."]
    assert said(cid.send("NS REGISTER correct horse")) == [
        "cid is yours now, and needs your password from now on.",
        "That is the first word; what stood behind it was not used.",
    ]


def logged(doors: IrcDoors, nick: str) -> Irc:
    """
    Somebody who has come in and logged in as ann.
    """
    client = doors.enter(nick)
    client.send("NS IDENTIFY ann correct horse")
    return client


def test_ownConnectionsUnderAnotherNickAreEndedAndTheNickIsRegained(doors: IrcDoors) -> None:
    lost, bea = logged(doors, "anna"), logged(doors, "bea")
    assert said(bea.send("NS REGAIN anna", seconds=0.5)) == ["anna is yours."]
    assert lost.ended
    assert bea.protocol.nick == "anna"
    other = logged(doors, "other")
    guest = doors.enter("guest")
    assert said(guest.send("NS GHOST other", seconds=0.5))[0].startswith("There is nobody called")
    assert said(guest.send("NS GHOST other wrong-horse"))[0].startswith("The name or the password")
    assert not other.ended
    assert said(bea.send("NS GHOST guest"))[0].startswith("There is nobody called guest")
    assert said(bea.send("NS GHOST other", seconds=0.5)) == ["other is disconnected."]
    assert other.ended


def test_aCodeForALostPasswordLetsInAndDoesNothingElse(doors: IrcDoors) -> None:
    by = Official(Author("op", "op"), "")
    resetting = Deferred.fromCoroutine(doors.net.hubs[0].registry.reset(by, "ann"))
    code = doors.net.now(resetting)
    lost, bea = logged(doors, "anna"), doors.enter("bea")
    for text in (f"NS GHOST anna {code}", f"OPER ann {code}"):
        assert any("wrong" in line or "incorrect" in line for line in bea.send(text)), text
    assert not lost.ended
    assert said(bea.send(f"NS IDENTIFY ann {code}")) == ["You are logged in as ann."]
    assert said(bea.send("NS PASSWD none battery-staple")) == ["Your password is another one now."]


def test_certificatesAreAddedShownAndTakenAway(doors: IrcDoors) -> None:
    bea = logged(doors, "bea")
    print_ = ":".join(["AB"] * 32)
    assert said(bea.send("NS CERT LIST")) == ["No certificate stands for your account."]
    assert said(bea.send(f"NS CERT ADD {print_}")) == [
        f"The certificate {'ab' * 32} logs you in from now on."
    ]
    assert said(bea.send("NS CERT LIST")) == ["ab" * 32]
    assert "already" in said(bea.send(f"NS CERT ADD {print_}"))[0]
    assert said(bea.send("NS CERT ADD abc"))[0].startswith("Give the SHA-256")
    bea.send(f"NS CERT DEL {print_}")
    assert said(bea.send("NS CERT LIST")) == ["No certificate stands for your account."]
    assert said(bea.send("NS CERT ADD")) == ["Usage: CERT ADD|DEL|LIST [FINGERPRINT]"]
    assert said(doors.enter("cid").send("NS CERT LIST"))[0].startswith("Only registered people")


def test_anAccountIsEndedByItsPassword(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    bea.send("NS REGISTER first-word")
    assert said(bea.send("NS DROP wrong-word"))[0].startswith("That is not your present password")
    bea.send("NS DROP first-word", seconds=0.5)
    assert bea.ended
    assert doors.net.now(doors.net.store.account("bea")).erasedAt


def test_whoEndsAChannelIsPutOutOfItBeforeTheNextAnswer(doors: IrcDoors) -> None:
    bea, cid = doors.enter("bea", "batch", "labeled-response"), doors.enter("cid")
    bea.send("NS REGISTER first-word", "JOIN #den"), cid.send("JOIN #den")
    cid.got(), bea.got()
    lines = bea.send("@label=x CS DROP #den #den\r\nTIME", seconds=0.2)
    kick = f"@batch=1 :{HOST} KICK #den bea :This channel is gone"
    time = next(n for n, line in enumerate(lines) if " 391 " in line)
    assert lines.index(kick) < lines.index(f":{HOST} BATCH -1") < time == len(lines) - 1
    assert cid.got()[-1] == f":{HOST} KICK #den cid :This channel is gone"


def test_settingsWithoutALetterAreSetAndSeenToo(doors: IrcDoors) -> None:
    bea, cid = doors.enter("bea"), doors.enter("cid")
    bea.send("JOIN #den"), cid.send("JOIN #den")
    assert said(bea.send("CS SET #den keep 30 days")) == ["keep is 30 days now."]
    assert said(bea.send("CS SET #den slow 5")) == ["slow is 5 now."]
    assert said(cid.send("CS SET #den history none"))[0].startswith("Only operators of den")
    assert said(cid.send("CS SET #den slow")) == [
        "slow: 5; seconds between two messages of one person"
    ]
    shown = said(cid.send("CS SET #den"))
    assert len(shown) == len(SETTINGS)
    assert "keep: 30 days" in shown
    assert said(bea.send("CS SET #den nothing on"))[0].startswith("There is no such setting.")
    # A setting that has a letter is told of as the mode that it is.
    assert said(bea.send("CS SET #den moderated on"))[-1] == "moderated is on now."
    assert cid.got()[-1].endswith(" MODE #den +m")


def test_aChannelThatNobodyOwnsIsMadeOnesOwn(doors: IrcDoors) -> None:
    bea, cid = doors.enter("bea"), doors.enter("cid")
    bea.send("JOIN #den"), cid.send("JOIN #den")
    assert said(bea.send("CS REGISTER #den"))[0].startswith("bea is not registered")
    assert said(cid.send("CS REGISTER #den"))
    bea.send("NS REGISTER first-word")
    assert said(bea.send("CS REGISTER #den")) == ["#den is yours now."]
    assert said(bea.send("CS ACCESS #den")) == ["bea: owner"]
    assert said(bea.send("CS VOICE #den cid")) == ["cid: voice of #den"]
    assert said(bea.send("CS DEOP #den cid")) == ["cid is no operator of #den."]
    assert said(bea.send("CS DEVOICE #den cid")) == ["cid: member of #den"]
    assert said(cid.send("CS OP #den cid"))[0].startswith("Only")
    bea.send("CS TOPIC #den bears")
    assert said(cid.send("CS INFO #den")) == ["#den: registered, 2 members", "Topic: bears"]
    assert said(bea.send("CS DROP #den yes")) == ["To end #den, give its name twice."]
    assert said(bea.send("CS DROP #den #den")) == ["#den is gone."]
    assert said(cid.send("CS INFO #den"))[0].startswith("There is no room den")


def test_aChannelIsGivenToSomebodyElseWhoIsRegistered(doors: IrcDoors) -> None:
    bea, cid = doors.enter("bea"), doors.enter("cid")
    bea.send("NS REGISTER first-word", "JOIN #den")
    cid.send("JOIN #den")
    assert said(bea.send("CS TRANSFER #den cid"))[0].startswith("cid is not registered")
    cid.send("NS REGISTER second-word")
    assert said(cid.send("CS TRANSFER #den cid"))[0].startswith("Only the owner")
    assert said(bea.send("CS TRANSFER #den cid")) == ["#den is now that of cid."]
    assert said(bea.send("CS ACCESS #den")) == ["cid: owner", "bea: admin"]


def test_aHalfOperatorIsMadeAndNoneAnyMore(doors: IrcDoors) -> None:
    bea, cid = doors.enter("bea"), doors.enter("cid")
    bea.send("JOIN #den")
    cid.send("JOIN #den")
    assert said(bea.send("CS HALFOP #den cid")) == ["cid: half-operator of #den"]
    assert said(bea.send("CS DEHALFOP #den cid")) == ["cid: member of #den"]
    assert cid.got()[-1] == by("bea") + "MODE #den -h cid"


def test_whoIsGivenLessThanTheyAreStaysWhatTheyAre(doors: IrcDoors) -> None:
    bea, cid = doors.enter("bea"), doors.enter("cid")
    bea.send("NS REGISTER first-word", "JOIN #den"), cid.send("JOIN #den")
    bea.got(), cid.got()
    more = "is that or more in #den already."
    for line in ("CS OP #den", "CS HALFOP #den", "CS OP #den bea"):
        assert said(bea.send(line)) == [f"bea {more}"]
    bea.send("CS OP #den cid")
    assert said(bea.send("CS HALFOP #den cid")) == [f"cid {more}"]
    assert cid.got() == [by("bea") + "MODE #den +o cid"]
    assert said(bea.send("CS VOICE #den bea cid")) == ["bea: voice of #den", "cid: voice of #den"]
    assert cid.got() == [by("bea") + "MODE #den +vv bea cid"]
    assert said(bea.send("CS VOICE #den cid")) == [f"cid {more}"]
    bea.send("CS DEOP #den cid")
    assert cid.got() == [by("bea") + "MODE #den -o cid"]
    assert said(bea.send("CS DEVOICE #den bea cid")) == [
        "bea: owner of #den",
        "cid: member of #den",
    ]
    assert cid.got() == [by("bea") + "MODE #den -vv bea cid"]
    assert said(bea.send("CS ACCESS #den")) == ["bea: owner"]


def test_rolesAreGivenToSoManyAtOnceAndNoMore(doors: IrcDoors) -> None:
    bea = doors.enter("bea")
    bea.send("JOIN #den")
    many = [f"n{number}" for number in range(21)]
    doors.net.join("den", *map(doors.net.guest, many))
    bea.got()
    assert said(bea.send(f"CS VOICE #den {' '.join(many)}")) == [
        "At most 20 people at a time. Nothing was changed."
    ]
    assert len(said(bea.send(f"CS VOICE #den {' '.join(many[1:])}"))) == 20


def test_peopleArePutOutAndLetInByChanServ(doors: IrcDoors) -> None:
    bea, cid = doors.enter("bea"), doors.enter("cid")
    bea.send("JOIN #dev")
    cid.send("JOIN #dev")
    bea.got()

    def ask(client: Irc, text: str) -> list[str]:
        return [line for line in said(client.send(f"CS {text}")) if line]

    assert "cid is banned from dev for 1 hour" in ask(bea, "BAN #dev cid for 1h flooding")
    assert cid.got()[-1] == by("bea") + "KICK #dev cid flooding"
    assert ask(bea, "BANS #dev")[0] == "1 ban in dev:"
    assert "cid is not banned from dev any more" in ask(bea, "UNBAN #dev cid")
    bea.send("MODE #dev +i")
    assert " 473 " in cid.send("JOIN #dev")[-1]
    assert ask(bea, "INVITE #dev cid") == ["cid is invited to dev"]
    cid.send("JOIN #dev")
    bea.got()
    assert "cid is out of dev" in ask(bea, "KICK #dev cid that will do")
    assert cid.got()[-1] == by("bea") + "KICK #dev cid :that will do"


def test_whatIsAdvisedAboutAPersonNamesTheChannelFirst(doors: IrcDoors) -> None:
    bea, cid = doors.enter("bea"), doors.enter("cid")
    bea.send("JOIN #dev")
    cid.send("JOIN #dev")
    bea.send("MODE #dev +m", "CS MUTE #dev cid")
    (line,) = [line for line in said(bea.send("CS UNMUTE #dev cid")) if "moderated" in line]
    assert line == "cid is muted no more, but dev is moderated: VOICE #dev cid lets them speak"


@pytest.mark.parametrize("text", ["KICK", "KICK #dev", "UNBAN #dev", "INVITE #dev", "BAN"])
def test_whoLeavesSomethingOutIsToldTheUsageWithTheChannel(doors: IrcDoors, text: str) -> None:
    bea = doors.enter("bea")
    bea.send("JOIN #dev")
    (line,) = said(bea.send(f"CS {text}"))
    assert line.startswith(f"Usage: {text.split()[0]} #CHANNEL ")
