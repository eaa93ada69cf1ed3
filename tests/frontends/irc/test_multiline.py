"""
Messages of several lines on IRC; bytes in, bytes out.
"""

from __future__ import annotations

import pytest

from tests.frontends.irc.clients import HOST, Irc, IrcDoors, by, number
from twisted_chat.frontends.irc.commands.multiline import joined

CAPS = ("batch", "draft/multiline", "echo-message", "labeled-response")
CONCAT = "draft/multiline-concat"
MOST = 2000


@pytest.fixture
def bea(doors: IrcDoors) -> Irc:
    return doors.enter("bea")


@pytest.fixture
def alex(doors: IrcDoors, bea: Irc) -> Irc:
    return doors.enter("alex", *CAPS)


def send(client: Irc, *lines: str, label: str = "") -> list[str]:
    """
    Send a batch to bea.

    @param lines: a C{+} before one that goes on with the one before.
    """
    client.send(f"{label}BATCH +1 draft/multiline bea")
    for line in lines:
        concat = f";{CONCAT}" if line.startswith("+") else ""
        client.send(f"@batch=1{concat} PRIVMSG bea :{line.removeprefix('+')}")
    return client.send("BATCH -1")


def test_itIsOneMessageAndItsEchoCarriesTheLabel(doors: IrcDoors, alex: Irc, bea: Irc) -> None:
    lines = send(alex, "hello", "how is ", "+everyone?", label="@label=x ")
    source = by("alex")
    id = lines[0].split("+")[1].split(" ")[0]
    assert lines == [
        f"@label=x {source}BATCH +{id} draft/multiline bea",
        f"@batch={id} {source}PRIVMSG bea :hello",
        f"@batch={id} {source}PRIVMSG bea :how is ",
        f"@batch={id};{CONCAT} {source}PRIVMSG bea :everyone?",
        f"{source}BATCH -{id}",
    ]
    assert bea.got() == [
        source + "PRIVMSG bea :hello",
        source + "PRIVMSG bea :how is ",
        source + "PRIVMSG bea :everyone?",
    ]
    conversation = doors.net.now(alex.protocol.session.directWith("bea"))
    (event,) = doors.net.now(alex.protocol.session.part(conversation, 9))
    assert event.text == "hello\nhow is everyone?"


def test_blankLinesAreKeptForWhoHasBatches(doors: IrcDoors, alex: Irc, bea: Irc) -> None:
    lines = send(alex, "", "a", "", "b")
    assert [line.rpartition(":")[2] for line in lines[1:-1]] == ["", "a", "", "b"]
    assert [line.rpartition(":")[2] for line in bea.got()] == ["a", "b"]


def test_stylesAndCutsAreCountedInThePlainText(doors: IrcDoors, alex: Irc, bea: Irc) -> None:
    lines = send(alex, "\x02bold\x02 and ", "+\x0304red\x03", "end")
    assert [line.split("PRIVMSG bea :")[1] for line in lines[1:-1]] == [
        "\x02bold\x0f and ",
        "\x0304red",
        "end",
    ]


def test_anAnswerBesideTheEchoIsABatchAroundIt(doors: IrcDoors, alex: Irc, bea: Irc) -> None:
    bea.send("AWAY :lunch")
    lines = send(alex, "a", "b", label="@label=x ")
    assert lines[0] == f"@label=x :{HOST} BATCH +1 labeled-response"
    assert lines[1].startswith("@batch=1 " + by("alex") + "BATCH +")
    assert lines[2].startswith("@batch=")
    assert not lines[2].startswith("@batch=1 ")
    assert lines[4].startswith("@batch=1 " + by("alex") + "BATCH -")
    assert lines[5:] == ["@batch=1 " + number("alex", "301 bea :lunch"), f":{HOST} BATCH -1"]


def test_toOneselfTheDeliveredOneHasNoLabel(doors: IrcDoors) -> None:
    alex = doors.enter("alex", *CAPS)
    alex.send("@label=x BATCH +1 draft/multiline alex")
    lines = alex.send("@batch=1 PRIVMSG alex :a", "@batch=1 PRIVMSG alex :b", "BATCH -1")
    assert len(lines) == 8
    assert [line.startswith("@label=x ") for line in lines].index(True) == 4


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["@batch=2 PRIVMSG bea :a"], "MULTILINE_INVALID"),
        (["PRIVMSG bea :a"], "MULTILINE_INVALID"),
        (["@batch=1;+x=y PRIVMSG bea :a"], "MULTILINE_INVALID"),
        (["@batch=1 PRIVMSG carl :a"], "MULTILINE_INVALID_TARGET bea carl"),
        (["@batch=1 PRIVMSG bea :a", "@batch=1 NOTICE bea :a"], "MULTILINE_INVALID"),
        ([f"@batch=1;{CONCAT} PRIVMSG bea :"], "MULTILINE_INVALID"),
        (["@batch=1 PRIVMSG bea :a"] * 101, "MULTILINE_MAX_LINES 100"),
        ([f"@batch=1 PRIVMSG bea :{'a' * 400}"] * 5, f"MULTILINE_MAX_BYTES {MOST}"),
        (["BATCH +2 draft/multiline bea"], "MULTILINE_INVALID"),
    ],
)
def test_whatIsWrongEndsTheBatchWithOneAnswer(
    alex: Irc, bea: Irc, lines: list[str], code: str
) -> None:
    alex.send("@label=x BATCH +1 draft/multiline bea")
    (failed,) = alex.send(*lines)
    assert failed.startswith(f"@label=x :{HOST} FAIL BATCH {code} :")
    assert alex.send("@batch=1 PRIVMSG bea :more", "BATCH -1") == []
    assert bea.got() == []
    assert alex.send("PRIVMSG bea :again")[-1] == by("alex") + "PRIVMSG bea :again"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("BATCH +a_b draft/multiline bea", "INVALID_REFTAG a_b"),
        ("BATCH +1 other bea", "UNKNOWN_TYPE 1 other"),
        ("BATCH +1", "UNKNOWN_TYPE 1 *"),
        ("BATCH +1 draft/multiline", "MULTILINE_INVALID"),
        ("BATCH +1 draft/multiline a,b", "MULTILINE_INVALID"),
        ("BATCH -1", "MULTILINE_INVALID"),
    ],
)
def test_aBatchThatCanNotBeIsRefusedAtOnce(alex: Irc, line: str, code: str) -> None:
    assert alex.send("@label=x " + line)[0].startswith(f"@label=x :{HOST} FAIL BATCH {code} :")


def test_nothingOrBlankLinesOnlyAreNoMessage(alex: Irc, bea: Irc) -> None:
    for lines in ((), ("", " ")):
        (failed,) = send(alex, *lines)
        assert failed.startswith(f":{HOST} FAIL BATCH MULTILINE_INVALID :")
    assert bea.got() == []


def test_anOpenBatchIsNotKeptForEver(doors: IrcDoors, alex: Irc, bea: Irc) -> None:
    alex.send("BATCH +1 draft/multiline bea", "@batch=1 PRIVMSG bea :a")
    doors.net.clock.advance(31)
    assert alex.send("BATCH -1")[0].startswith(f":{HOST} FAIL BATCH TIMEOUT 1 :")
    assert bea.got() == []


def test_whyItCanNotBeSaidIsToldAsForOneLine(alex: Irc) -> None:
    alex.send("BATCH +1 draft/multiline nobody", "@batch=1 PRIVMSG nobody :a")
    assert alex.send("BATCH -1") == [number("alex", "401 nobody :No such nick")]
    alex.send("BATCH +1 draft/multiline nobody", "@batch=1 NOTICE nobody :a")
    assert alex.send("BATCH -1") == []


class TestLabels:
    """
    Each labelled line has one answer: what comes of the message is that of its BATCH +.
    """

    def test_theBatchAnswersItsOpeningAndTheOthersAreAcknowledged(self, alex: Irc) -> None:
        alex.send("@label=o BATCH +1 draft/multiline bea", "@batch=1 PRIVMSG bea :a")
        echo, ack = alex.send("@label=c BATCH -1")
        assert echo == "@label=o " + by("alex") + "PRIVMSG bea :a"
        assert ack == f"@label=c :{HOST} ACK"

    def test_whereOnlyItsEndIsLabelledThatIsAnswered(self, alex: Irc) -> None:
        alex.send("BATCH +1 draft/multiline bea", "@batch=1 PRIVMSG bea :a")
        (echo,) = alex.send("@label=c BATCH -1")
        assert echo == "@label=c " + by("alex") + "PRIVMSG bea :a"

    def test_aLineThatMayNotHaveOneIsAnsweredBesideTheRefusal(self, alex: Irc, bea: Irc) -> None:
        alex.send("@label=o BATCH +1 draft/multiline bea")
        failed, ack = alex.send("@batch=1;label=i PRIVMSG bea :a")
        assert failed.startswith(f"@label=o :{HOST} FAIL BATCH MULTILINE_INVALID :")
        assert ack == f"@label=i :{HOST} ACK"
        assert alex.send("@label=c BATCH -1") == [f"@label=c :{HOST} ACK"]
        assert bea.got() == []

    @pytest.mark.parametrize("label", [b"", b";label=i"])
    @pytest.mark.parametrize(
        ("line", "code"),
        [
            (b"PRIVMSG bea :\xff", "FAIL PRIVMSG INVALID_UTF8"),
            (b"PRIVMSG bea :" + b"a" * 600, "417 alex"),
            (b"PRIVMSG bea :" + b"a" * 9000, "417 alex"),
        ],
    )
    def test_aLineThatCanNotBeReadEndsTheBatch(
        self, alex: Irc, bea: Irc, label: bytes, line: bytes, code: str
    ) -> None:
        alex.send("@label=o BATCH +1 draft/multiline bea", "@batch=1 PRIVMSG bea :a")
        alex.protocol.dataReceived(b"@batch=1" + label + b" " + line + b"\r\n")
        lines = alex.got()
        wanted = f"@label=i :{HOST} {code}" if label and len(line) < 8000 else f":{HOST} {code}"
        assert sum(each.startswith(wanted) for each in lines) == 1
        (failed,) = [each for each in lines if " FAIL BATCH " in each]
        assert failed.startswith(f"@label=o :{HOST} FAIL BATCH MULTILINE_INVALID :")
        assert len(lines) == 2
        assert alex.send("@batch=1 PRIVMSG bea :more", "BATCH -1") == []
        assert bea.got() == []


def test_aMessageInManyPiecesTakesNoLongerThanItIsLong() -> None:
    # Time that grew with the square would be some minutes here.
    words, cuts = joined([("\x02a\x02b", number > 0) for number in range(6000)])
    assert words.text == "ab" * 6000
    assert cuts == list(range(2, 12_000, 2))


def test_whereACodeIsCutInTwoItIsNotKnownWhereTheTextIsCut() -> None:
    assert joined([("one \x03", False), ("4two", True)])[1] == []
    assert joined([("one \x034", False), ("two", True)])[1] == [4]
