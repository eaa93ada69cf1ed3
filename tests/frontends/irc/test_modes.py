"""
MODE for channels: bytes in, bytes out.
"""

from __future__ import annotations

import pytest

from tests.doubles import START, Net
from tests.frontends.irc.clients import HOST, PASSWORD, Irc, IrcDoors, by, number, registered
from twisted_chat.domain.limits import Limits
from twisted_chat.domain.membership import OWNED
from twisted_chat.domain.values import Mask
from twisted_chat.frontends.irc.commands.modes import Change, changesIn, listMask


@pytest.fixture
def alex(doors: IrcDoors) -> Irc:
    """
    The operator of C{#dev}.
    """
    client = doors.enter("alex")
    client.send("JOIN #dev")
    return client


@pytest.fixture
def bea(doors: IrcDoors, alex: Irc) -> Irc:
    """
    Somebody else in it.
    """
    client = doors.enter("bea")
    client.send("JOIN #dev")
    alex.got()
    return client


def test_theModesAreToldWithTheTimeOfTheMaking(alex: Irc) -> None:
    modes, made = alex.send("MODE #dev")
    assert modes == number("alex", "324 #dev +n")
    assert abs(int(made.removeprefix(number("alex", "329 #dev "))) - START) < 60


def test_aKeyIsSetSeenByNobodyAndTakenAway(alex: Irc, doors: IrcDoors) -> None:
    assert alex.send("MODE #dev +kl sesame 5") == [by("alex") + "MODE #dev +kl * 5"]
    assert alex.send("MODE #dev")[0] == number("alex", "324 #dev +kln * 5")
    assert doors.enter("carl").send("MODE #dev")[0] == number("carl", "324 #dev +kln * 5")
    assert alex.send("MODE #dev -kl sesame") == [by("alex") + "MODE #dev -kl *"]
    assert alex.send("MODE #dev -k") == []


def test_whereOthersAreSentIsSetSeenAndTakenAway(alex: Irc) -> None:
    alex.send("JOIN #queue")
    assert alex.send("MODE #dev +fm Queue") == [by("alex") + "MODE #dev +fm #queue"]
    assert alex.send("MODE #dev")[0] == number("alex", "324 #dev +fmn #queue")
    assert alex.send("MODE #dev -f") == [by("alex") + "MODE #dev -f"]
    assert alex.send("MODE #dev")[0] == number("alex", "324 #dev +mn")


def test_severalAreOneLineAndWhatIsSoAlreadyIsNotTold(alex: Irc) -> None:
    assert alex.send("MODE #dev +mnts") == [by("alex") + "MODE #dev +mts"]
    assert alex.send("MODE #dev -n+i-m") == [by("alex") + "MODE #dev -n+i-m"]
    assert alex.send("MODE #dev -nm") == []


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ("+l 0", "696 #dev l 0 :Give a number from 1 to 1000000"),
        ("+l x", "696 #dev l x :Give a number from 1 to 1000000"),
        ("+l :", "696 #dev l * :Give a number from 1 to 1000000"),
        ("+k :a b", "696 #dev k * :A key has 1 to 128 characters, and no space or comma"),
        ("+k a,b", "696 #dev k * :A key has 1 to 128 characters, and no space or comma"),
        ("+b :", "696 #dev b * :Give a mask: nick!user@host, or a:account"),
        (
            "+b *!*@Chat.Example",
            "696 #dev b *!*@Chat.Example :That host stands for any that is not shown: give a nick",
        ),
        (
            "+b m:*!~bea@chat.example",
            "696 #dev b m:*!~bea@chat.example "
            ":That host stands for any that is not shown: give a nick",
        ),
        ("+f #none", "696 #dev f #none :There is no such channel"),
        ("+f #dev", "696 #dev f #dev :dev can't send people on to itself."),
        ("+f a!b", '696 #dev f a!b :a!b can\'t be used as a name: "!" is not allowed in a name.'),
        ("+f #carls", "482 #carls :Only operators of carls can do that."),
        ("+f", "461 MODE :Mode f needs a parameter"),
        ("+k", "461 MODE :Mode k needs a parameter"),
        ("+o", "461 MODE :Mode o needs a nick"),
        ("+Z", "472 Z :is unknown mode char to me"),
        ("+o nobody", "401 nobody :No such nick"),
        ("+v carl", "441 carl #dev :They aren't on that channel"),
    ],
)
def test_whatWillNotDoIsSaid(doors: IrcDoors, alex: Irc, change: str, answer: str) -> None:
    doors.enter("carl").send("JOIN #carls")
    assert alex.send(f"MODE #dev {change}") == [number("alex", answer)]


def test_whatIsRightIsDoneBesideWhatIsNot(alex: Irc) -> None:
    assert alex.send("MODE #dev +tZo nobody") == [
        number("alex", "472 Z :is unknown mode char to me"),
        number("alex", "401 nobody :No such nick"),
        by("alex") + "MODE #dev +t",
    ]


@pytest.mark.parametrize("change", ["+t", "+n", "+o bea", "-o alex", "+b x", "+v bea", "-v bea"])
def test_onlyOperatorsChangeAnything(bea: Irc, change: str) -> None:
    (line,) = bea.send(f"MODE #dev {change}")
    assert line.startswith(number("bea", "482 #dev :"))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MODE #none", "403 #none :No such channel"),
        ("MODE #none +o alex", "403 #none :No such channel"),
        ("MODE #other +t", "442 #other :You're not on that channel"),
        ("MODE #hidden", "403 #hidden :No such channel"),
        ("MODE #a@b", "476 #a@b :No channel can be called that"),
        ("MODE nobody", "401 nobody :No such nick"),
    ],
)
def test_elsewhereThereIsNothingToChange(
    doors: IrcDoors, alex: Irc, command: str, answer: str
) -> None:
    doors.enter("carl").send("JOIN #other,#hidden", "MODE #hidden +s")
    assert alex.send(command) == [number("alex", answer)]


class TestRoles:
    """
    The letters of PREFIX.
    """

    def test_severalAreGivenInOneLine(self, doors: IrcDoors, alex: Irc, bea: Irc) -> None:
        doors.enter("carl").send("JOIN #dev")
        alex.got()
        told = [by("alex") + "MODE #dev +ov bea carl"]
        assert alex.send("MODE #dev +ov bea carl") == told
        assert bea.got()[-1:] == told

    def test_aVoiceTakesNothingFromAnOperator(self, alex: Irc, bea: Irc) -> None:
        alex.send("MODE #dev +o bea")
        assert alex.send("MODE #dev -v bea") == []
        assert alex.send("MODE #dev -o+v bea bea") == [by("alex") + "MODE #dev -o+v bea bea"]

    def test_anOperatorCanHaveAVoiceBesideWhichStays(self, alex: Irc, bea: Irc) -> None:
        for line in ("+v", "+o", "-o", "+o", "-v", "-o", "+ov", "-ov"):
            nicks = " ".join(["bea"] * (len(line) - 1))
            told = [by("alex") + f"MODE #dev {line} {nicks}"]
            assert alex.send(f"MODE #dev {line} {nicks}") == told, line
            assert alex.send(f"MODE #dev {line} {nicks}") == []

    def test_allSignsAreShownToWhoWantsThem(self, doors: IrcDoors, alex: Irc, bea: Irc) -> None:
        carl = doors.enter("carl", "multi-prefix")
        carl.send("JOIN #dev")
        alex.send("MODE #dev +v alex")
        for client, signs in ((bea, "@"), (carl, "@+")):
            names = [line for line in client.send("NAMES #dev") if " 353 " in line]
            assert names[0].split(":")[-1].split() == [f"{signs}alex", "bea", "carl"]
            who = [line for line in client.send("WHO #dev") if " alex H" in line]
            assert who[0].split(" ")[8] == f"H{signs}"
            whois = [line for line in client.send("WHOIS alex") if " 319 " in line]
            assert whois[0].split(" ")[4].lstrip(":") == f"{signs}#dev"

    def test_operatorsActAgainstEachOther(self, alex: Irc, bea: Irc) -> None:
        alex.send("MODE #dev +o bea")
        bea.got()
        assert bea.send("MODE #dev -o alex") == [by("bea") + "MODE #dev -o alex"]

    def test_aChannelHasOneOwnerWhoCanGiveItAway(self, doors: IrcDoors) -> None:
        alex, _ = registered(doors, "alex", "mine")
        bea, _ = registered(doors, "bea", "mine")
        alex.got()
        assert alex.send("MODE #mine +q alex", "MODE #mine +qv alex alex") == [
            by("alex") + "MODE #mine +v alex"
        ]
        alex.send("MODE #mine -v alex"), bea.got()
        assert alex.send("MODE #mine +q bea") == [by("alex") + "MODE #mine -q+aq alex alex bea"]
        assert bea.got() == [by("alex") + "MODE #mine -q+aq alex alex bea"]


class TestLists:
    """
    Bans, exceptions, invitations, mutes.
    """

    @pytest.mark.parametrize(
        ("letter", "entry", "end"), [("b", 367, 368), ("e", 348, 349), ("I", 346, 347)]
    )
    def test_masksAreSetSeenAndTakenAway(
        self, alex: Irc, letter: str, entry: int, end: int
    ) -> None:
        assert alex.send(f"MODE #dev +{letter} BEA") == [
            by("alex") + f"MODE #dev +{letter} bea!*@*"
        ]
        assert alex.send(f"MODE #dev +{letter} bea!*@*") == []
        shown, last = alex.send(f"MODE #dev {letter}")
        assert shown.startswith(number("alex", f"{entry} #dev bea!*@* alex 179"))
        assert last.startswith(number("alex", f"{end} #dev :"))
        assert alex.send(f"MODE #dev -{letter} Bea!*@*") == [
            by("alex") + f"MODE #dev -{letter} bea!*@*"
        ]
        assert len(alex.send(f"MODE #dev +{letter}")) == 1

    def test_aBanPutsNobodyOutAndIsAboutJustWhatWasGiven(self, alex: Irc, bea: Irc) -> None:
        told = [by("alex") + "MODE #dev +bb bea!*@* *!*evil@*"]
        assert alex.send("MODE #dev +bb bea *!*evil@*") == told
        assert bea.got() == told

    def test_mutesStandAmongTheBans(self, alex: Irc) -> None:
        alex.send("MODE #dev +bb a:carl m:bea!*@*")
        lines = alex.send("MODE #dev +b")
        assert [line.split(" ")[4] for line in lines[:-1]] == ["a:carl", "m:bea!*@*"]

    def test_namesFromElsewhereAreOneParameterEach(self, alex: Irc) -> None:
        """
        Of those who were imported some are called what nobody is called here.
        """
        room = alex.protocol.session.roomNamed("dev")
        room.lists["ban"].put(Mask("Bea Smith", "Ann Smith", 1.0))
        room.topic, room.topicBy = "tea", "Ann Smith"
        shown = alex.send("MODE #dev b")[0]
        assert shown == number("alex", "367 #dev Bea?Smith!*@* Ann_Smith 1")
        assert alex.send("TOPIC #dev")[1].startswith(number("alex", "333 #dev Ann_Smith "))

    def test_whoIsMutedHearsOfIt(self, alex: Irc, bea: Irc) -> None:
        alex.send("MODE #dev +b m:bea!*@*")
        assert bea.protocol.roomIn("#dev") is not None
        assert "m:bea!*@*" in bea.got()[-1]

    def test_aUserCanBeExcepted(self, doors: IrcDoors, alex: Irc) -> None:
        alex.send("MODE #dev +b *!*@*", "MODE #dev +e *!*carl@*")
        assert " JOIN " in doors.enter("carl").send("JOIN #dev")[0]
        assert " 474 " in doors.enter("dora").send("JOIN #dev")[0]

    def test_aFullListSaysSo(self) -> None:
        alex = IrcDoors(net=Net(nodes=1, limits=Limits(list=2))).enter("alex")
        alex.send("JOIN #dev", "MODE #dev +bb a b")
        (line,) = alex.send("MODE #dev +b c")
        assert line.startswith(number("alex", "478 #dev * :"))

    def test_whoOwnsManyChannelsIsNoListThatIsFull(self) -> None:
        doors = IrcDoors(net=Net(nodes=1, limits=Limits(rooms=1)))
        alex, bea = doors.enter("alex"), doors.enter("bea")
        alex.send(f"REGISTER * * :{PASSWORD}", "JOIN #dev")
        bea.send(f"REGISTER * * :{PASSWORD}")
        for owned in range(OWNED):
            bea.send(f"JOIN #x{owned}", f"PART #x{owned}")
        bea.send("JOIN #dev")
        alex.got()
        why = f"bea owns {OWNED} rooms, and no more are allowed."
        assert alex.send("MODE #dev +q bea") == [f":{HOST} NOTICE alex :{why}"]

    def test_whatDoesNotAllFitIntoAListIsRefusedWithTheLimit(self) -> None:
        alex = IrcDoors(net=Net(nodes=1, limits=Limits(list=3))).enter("alex")
        alex.send("JOIN #dev", "MODE #dev +b a")
        told = "478 #dev * :The list ban has {}, and 3 are the limit."
        assert alex.send("MODE #dev +bbb b c d") == [number("alex", told.format("1 entry"))]
        alex.send("MODE #dev +bb b c")
        assert alex.send("MODE #dev +b d") == [number("alex", told.format("3 entries"))]

    def test_listsAreForMembers(self, doors: IrcDoors, alex: Irc) -> None:
        assert doors.enter("carl").send("MODE #dev b") == [
            number("carl", "442 #dev :You're not on that channel")
        ]


@pytest.mark.parametrize(
    ("letter", "text", "expected"),
    [
        ("b", "bea", ("ban", "bea")),
        ("b", "Bea!*@*", ("ban", "bea")),
        ("b", "*!*@Host", ("ban", "*@host")),
        ("b", "u@host", ("ban", "*!u@host")),
        ("b", "b*!~u*@10.0.0.0/8", ("ban", "b*!~u*@10.0.0.0/8")),
        ("b", "*", ("ban", "*")),
        ("b", "a:Bea", ("ban", "account:bea")),
        ("b", "~m:a:Bea", ("mute", "account:bea")),
        ("e", "m:bea!*@*", ("exception", "bea")),
        ("I", "account:be*", ("invitation", "account:be*")),
    ],
)
def test_masksOfIrcAreMasksOfRooms(letter: str, text: str, expected: tuple[str, str]) -> None:
    assert listMask(letter, text) == expected


def test_parametersGoToThoseWhoTakeThem() -> None:
    assert list(changesIn("+tk-kl+b-Z", ["one", "two", "three"], 20)) == [
        Change(True, "t", None),
        Change(True, "k", "one"),
        Change(False, "k", "two"),
        Change(False, "l", None),
        Change(True, "b", "three"),
        Change(False, "Z", None),
    ]
    assert [change.param for change in changesIn("oo", ["a", "b"], 1)] == ["a", None]
