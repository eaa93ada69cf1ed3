"""
L{twisted_chat.frontends.irc.peoplelines}: coming, going, names and profiles as IRC lines.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.frontends.irc.spelled import (
    ALEX_RECORD,
    BEA,
    BEA_RECORD,
    FROM_ALEX,
    FROM_BEA,
    PASSING_TAGS,
    PLAIN,
    SERVER,
    TAGGED,
    event,
    having,
    lines,
)
from twisted_chat.domain.events import (
    KINDS,
    AccountChanged,
    Event,
    Joined,
    Left,
    MetadataChanged,
    Notified,
    PresenceChanged,
    ProfileChanged,
    ReadMarked,
    Renamed,
)
from twisted_chat.frontends.irc.capabilities import CAPABILITIES, SPELLING
from twisted_chat.frontends.irc.ircformat import ircFormat
from twisted_chat.frontends.irc.message import withTag

AWAY = replace(ALEX_RECORD, presence="away", away="at lunch")


def joined(**fields: Any) -> Joined:
    return event(Joined, **({"person": ALEX_RECORD, "node": "n"} | fields))


def presence(before: str, now: str, **fields: Any) -> PresenceChanged:
    return event(
        PresenceChanged,
        **({"person": ALEX_RECORD, "node": "n", "before": before, "now": now} | fields),
    )


def profile(**changes: Any) -> ProfileChanged:
    return event(ProfileChanged, before=ALEX_RECORD, person=replace(ALEX_RECORD, **changes))


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (joined(), "JOIN #lobby"),
        (event(Left, reason="left"), "PART #lobby"),
        (event(Left, reason="left", text="good night"), "PART #lobby :good night"),
        (event(Left, reason="quit", text="good night"), "QUIT :Quit: good night"),
        (event(Left, reason="quit"), "QUIT :Quit"),
        (event(Left, reason="ended", text="Banned"), "QUIT :Banned"),
        (event(Left, reason="lost"), "QUIT :Connection lost"),
        (event(Left, reason="lost", text="Ping timeout: 120 s"), "QUIT :Ping timeout: 120 s"),
        (presence("offline", "online"), "JOIN #lobby"),
        (presence("online", "offline", reason="quit", text="zzz"), "QUIT :Quit: zzz"),
        (presence("away", "offline", reason="lost"), "QUIT :Connection lost"),
        (event(Renamed, old="alex", new="alexis"), "NICK alexis"),
    ],
)
def test_whatEverybodyReads(what: Event, line: str) -> None:
    assert lines(PLAIN, what) == [FROM_ALEX + line]
    assert lines(TAGGED, what) == [PASSING_TAGS + FROM_ALEX + line]


def test_aRenamedPersonIsShownByTheOldName() -> None:
    what = event(Renamed, author=replace(BEA, name="new"), old="bea", new="new")
    assert lines(PLAIN, what) == [FROM_BEA + "NICK new"]


@pytest.mark.parametrize(
    ("cap", "what", "line"),
    [
        ("extended-join", joined(), "JOIN #lobby alex :Alex A."),
        ("away-notify", presence("online", "away", person=AWAY), "AWAY :at lunch"),
        ("away-notify", presence("away", "away", person=AWAY), "AWAY :at lunch"),
        ("away-notify", presence("online", "away", person=replace(AWAY, away="")), "AWAY Away"),
        ("away-notify", presence("away", "online"), "AWAY"),
        ("account-notify", event(AccountChanged, account="alex"), "ACCOUNT alex"),
        ("account-notify", event(AccountChanged, account=""), "ACCOUNT *"),
        ("setname", profile(real="Alex B."), "SETNAME :Alex B."),
        ("setname", profile(real=""), "SETNAME alex"),
        ("chghost", profile(user="~x", host="new.cloak"), "CHGHOST ~x new.cloak"),
        ("chghost", profile(host=""), "CHGHOST ~al irc.example"),
    ],
)
def test_whatNeedsACapability(cap: str, what: Event, line: str) -> None:
    assert lines(having(cap), what) == [FROM_ALEX + line]
    assert lines(PLAIN, what) in (None, [FROM_ALEX + "JOIN #lobby"])


def test_aGuestJoinsWithoutAnAccount() -> None:
    what = joined(author=BEA, person=BEA_RECORD)
    assert lines(having("extended-join"), what) == [FROM_BEA + "JOIN #lobby * bea"]


def test_whoIsAwayWhenJoiningIsSaidToBe() -> None:
    for what in (joined(person=AWAY), presence("offline", "away", person=AWAY)):
        assert lines(having("away-notify"), what) == [
            FROM_ALEX + "JOIN #lobby",
            FROM_ALEX + "AWAY :at lunch",
        ]
        assert lines(PLAIN, what) == [FROM_ALEX + "JOIN #lobby"]


@pytest.mark.parametrize("same", ["online", "offline"])
def test_whatIsAsBeforeIsNotTold(same: str) -> None:
    assert lines(having("away-notify"), presence(same, same)) is None


def test_aProfileThatChangesInWhatIrcDoesNotShowIsNotTold() -> None:
    assert lines(having("setname", "chghost"), profile(bot=True)) is None


def test_bothChangesOfAProfileComeFromWhomTheyKnew() -> None:
    assert lines(having("setname", "chghost"), profile(real="B", host="new.cloak")) == [
        FROM_ALEX + "SETNAME B",
        FROM_ALEX + "CHGHOST ~al new.cloak",
    ]


def test_theNetworksWordIsANotice() -> None:
    assert lines(PLAIN, event(Notified, topic="kick", text="a kicked b\nwhy"), "") == [
        ":irc.example NOTICE * :*** a kicked b",
        ":irc.example NOTICE * :why",
    ]
    assert lines(PLAIN, event(Notified, topic="wallops", text="hi all"), "") == [
        FROM_ALEX + "WALLOPS :hi all"
    ]


def test_whatConcernsSingleConnectionsHasNoSharedSpelling() -> None:
    everything = ircFormat(SPELLING, SERVER)
    noted = event(MetadataChanged, target="p-alex", key="avatar", value="x")
    read = event(ReadMarked, where="r", upto=7, time=1.0)
    assert lines(everything, noted) is None
    assert lines(everything, read, "") is None


def test_clientsOfOneSortShareOneFormat() -> None:
    assert having("server-time", "sasl") is having("cap-notify", "server-time")
    assert having("server-time") is not having("message-tags")
    assert having("server-time") is not ircFormat(frozenset({"server-time"}), "other.example")


def test_everyCapabilityThatAFormatLooksAtIsOneThatFormatsDifferBy() -> None:
    assert CAPABILITIES.keys() >= SPELLING
    assert {
        "message-tags", "server-time", "account-tag", "batch", "draft/multiline", "extended-join",
        "away-notify", "account-notify", "setname", "chghost", "invite-notify",
        "draft/message-redaction", "draft/channel-rename",
    } <= SPELLING  # fmt: skip


def test_everyKindIsSpelledOrHasASentence() -> None:
    everything = ircFormat(SPELLING, SERVER)
    silent = {kind for kind in KINDS if not hasattr(everything, "event_" + kind)}
    # The first two are sentences; the others are for single connections, or for nodes.
    assert silent == {"archived", "ended", "metadata", "readMarked", "ordered"}


def test_aTagCanBePutOnASpelledLine() -> None:
    spelled = TAGGED.spell(joined(), "lobby")
    assert spelled is not None
    assert withTag(spelled, b"label=x").startswith(b"@label=x;time=")
