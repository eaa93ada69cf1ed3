"""
L{twisted_chat.frontends.text}: every kind of event has its sentence, and gives nothing away.
"""

from __future__ import annotations

from typing import Any

import pytest

from twisted_chat.domain.events import (
    KINDS,
    AccountChanged,
    Archived,
    Deleted,
    Edited,
    Ended,
    Event,
    Invited,
    Joined,
    Kicked,
    Left,
    ListChanged,
    Notified,
    PresenceChanged,
    Reacted,
    Renamed,
    Restored,
    RolesChanged,
    RoomRenamed,
    Said,
    SettingsChanged,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.quantities import counted, durationText
from twisted_chat.domain.roles import Role
from twisted_chat.domain.settings import sealPassword
from twisted_chat.domain.units import HOURS
from twisted_chat.domain.values import (
    Author,
    Mask,
    PersonRecord,
    RoleChange,
)
from twisted_chat.frontends.text import arrivalText, earlierText, missedText, textOf
from twisted_chat.frontends.words import (
    clockTime,
    dateTime,
    dayNumber,
    listed,
    longDate,
)

BEA = Author("p-bea", "bea")
CARL = Author("p-carl", "carl")
AT = 1795269720.0
"""21 November 2026, 14:02 UTC."""


def event(kind: type[Event], **fields: Any) -> Event:
    return kind(id="e", author=BEA, conversations=("r",), **fields)


def presence(before: str, now: str, **fields: Any) -> Event:
    record = PersonRecord("p-bea", "bea", presence=now, away=fields.pop("away", ""))
    return event(PresenceChanged, person=record, node="n", before=before, now=now, **fields)


def ban(*, on: str = "ban", **fields: Any) -> Event:
    return event(ListChanged, list=on, added=(Mask("carl", "bea", AT, **fields),))


def roles(*changes: tuple[str, Role]) -> Event:
    return event(
        RolesChanged, changes=tuple(RoleChange("p-" + name, name, role) for name, role in changes)
    )


def beside(voiced: bool) -> Event:
    change = RoleChange("p-carl", "carl", Role.OPERATOR, Role.OPERATOR, voiced, not voiced)
    return event(RolesChanged, changes=(change,))


HERE = [
    (event(Restored, target=120, text="hi"), "#120 is there again: hi"),
    (event(Notified, topic="report", text="bea reports #7"), "bea reports #7"),
    (event(Joined, person=PersonRecord("p-bea", "bea"), node="n"), "bea joined lobby"),
    (event(Left, reason="left"), "bea left lobby"),
    (event(Left, reason="left", text="see you"), "bea left lobby: see you"),
    (event(Left, reason="quit"), "bea left lobby (quit)"),
    (event(Left, reason="quit", text="tired"), "bea left lobby (quit: tired)"),
    (event(Left, reason="lost"), "bea left lobby (connection lost)"),
    (event(Left, reason="ended", text="Banned: spam"), "bea left lobby (Banned: spam)"),
    (event(Left, reason="ended"), "bea left lobby (disconnected)"),
    (event(Kicked, person="p-carl", name="carl"), "bea kicked carl"),
    (event(Kicked, person="p-carl", name="carl", reason="spam"), "bea kicked carl (spam)"),
    (presence("offline", "online"), "bea is online"),
    (presence("online", "away", away="lunch"), "bea is away (lunch)"),
    (presence("online", "away"), "bea is away"),
    (presence("away", "online"), "bea is back"),
    (presence("online", "offline", reason="lost"), "bea went offline (connection lost)"),
    (presence("away", "offline", reason="quit"), "bea went offline (quit)"),
    (presence("online", "online"), None),
    (event(Renamed, old="bea", new="bea2"), "bea is now called bea2"),
    (event(AccountChanged, account="bea"), "bea is registered now"),
    (event(AccountChanged, account="ann", identity="u1"), "bea is logged in as ann now"),
    (event(AccountChanged, account=""), "bea is a guest now"),
    (event(Edited, target=120, text="hello, you two"), "#120 now reads: hello, you two"),
    (event(Deleted, target=120), "#120 was deleted"),
    (event(Deleted, target=120, targetAuthor=BEA), "#120 was deleted"),
    (
        event(Deleted, target=120, targetAuthor=CARL, reason="spam"),
        "#120 was deleted by bea (spam)",
    ),
    (event(Reacted, target=118, emoji="👍"), "bea reacted to #118 with 👍"),
    (event(Unreacted, target=118, emoji="👍"), "bea took back 👍 from #118"),
    (
        event(Unreacted, target=118, emoji="", reaction="x"),
        "bea took back a reaction from #118",
    ),
    (event(TopicChanged, text="", deleted=True), None),
    (event(ListChanged, list="ban", reasons=(("carl", ""),)), None),
    (event(Deleted, target=7, topic=True, current=True), "The topic, #7, was deleted"),
    (event(Deleted, target=7, topic=True, reason="no"), "A topic, #7, was deleted (no)"),
    (
        event(Restored, target=7, text="tea", topic=True, current=True),
        "#7 is the topic again: tea",
    ),
    (event(TopicChanged, text="lunch at noon"), "bea set the topic: lunch at noon"),
    (event(TopicChanged, text=""), "bea cleared the topic"),
    (event(RoomRenamed, old="lobby", new="hall"), "lobby is now called hall"),
    (event(Archived), "bea closed lobby: it can still be read"),
    (event(Archived, archived=False), "bea opened lobby again"),
    (event(Ended), "lobby is gone"),
    (event(Ended, reason="nobody came"), "lobby is gone (nobody came)"),
    (event(Invited, room="d", roomName="dev"), "bea invites you to dev: /join dev"),
    (roles(("carl", Role.OPERATOR)), "bea made carl an operator"),
    (
        roles(("carl", Role.VOICE), ("dora", Role.MEMBER)),
        "bea made carl a voice and dora an ordinary member",
    ),
    (
        roles(("bea", Role.ADMIN), ("carl", Role.OWNER)),
        "bea made carl the owner, and is an admin now",
    ),
    (
        roles(("carl", Role.ADMIN), ("dora", Role.OWNER)),
        "bea made dora the owner and carl an admin",
    ),
    (roles(("bea", Role.OWNER)), "bea is the owner now"),
    (roles(("bea", Role.VOICE)), "bea has a voice now"),
    (beside(True), "bea gave carl a voice"),
    (beside(False), "bea took the voice of carl"),
    (event(SettingsChanged, changes=(("moderated", True),)), "bea set moderated on"),
    (
        event(SettingsChanged, changes=(("moderated", False), ("limit", 20))),
        "bea set moderated off and limit to 20",
    ),
    (ban(), "bea banned carl"),
    (ban(until=AT + 0.5 * HOURS, reason="spam"), "bea banned carl until 14:32 (spam)"),
    (ban(until=AT + 48 * HOURS), "bea banned carl until 23 November 2026, 14:02"),
    (ban(on="mute"), "bea muted carl"),
    (ban(on="exception"), "bea excepted carl from bans and mutes"),
    (ban(on="invitation"), "bea invited carl"),
    (
        event(ListChanged, list="ban", removed=("carl", "*@10.0.0.0/8")),
        "bea unbanned carl and *@10.0.0.0/8",
    ),
    (event(ListChanged, list="ban"), None),
    (event(Deleted, target=120, wordless=True), None),
    (event(Said, text="hello"), None),
]


@pytest.mark.parametrize(("what", "text"), HERE, ids=[str(text) for _, text in HERE])
def test_anEventIsOneSentence(what: Event, text: str | None) -> None:
    assert textOf(what, "lobby") == text


SILENT = {"tagged", "tagsKept", "profile", "metadata", "readMarked", "ordered"}
"""What clients and not people tell each other."""


def test_everyKindButMessagesHasASentence() -> None:
    told = {what.kind for what, text in HERE if text is not None}
    assert told == set(KINDS) - {Said.kind} - SILENT


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (event(Edited, target=120, text="x"), "dev/120 now reads: x"),
        (event(Reacted, target=118, emoji="👍"), "bea reacted to dev/118 with 👍"),
        (event(TopicChanged, text="lunch"), "bea set the topic in dev: lunch"),
        (event(Kicked, person="c", name="carl", reason="spam"), "bea kicked carl from dev (spam)"),
        (roles(("carl", Role.VOICE)), "bea gave carl a voice in dev"),
        (event(SettingsChanged, changes=(("moderated", True),)), "bea set moderated on in dev"),
        (ban(), "bea banned carl in dev"),
        (event(Left, reason="left"), "bea left dev"),
    ],
)
def test_whatHappensElsewhereNamesThePlace(what: Event, text: str) -> None:
    assert textOf(what, "dev", here=False) == text


def test_aPasswordOfARoomIsNeverTold() -> None:
    sealed = sealPassword("secret")
    text = textOf(event(SettingsChanged, changes=(("password", sealed),)), "lobby")
    assert text == "bea set a password"
    unknown = textOf(event(SettingsChanged, changes=(("of-tomorrow", "secret"),)), "lobby")
    assert unknown == "bea set of-tomorrow"


def test_whoLeavesOnPurposeCanNotSeemToHaveLostTheConnection() -> None:
    text = textOf(event(Left, reason="left", text="(connection lost)"), "lobby")
    assert text != textOf(event(Left, reason="lost"), "lobby")


def test_anEntryThatReplacesAnotherIsNoRemoval() -> None:
    changed = event(ListChanged, list="ban", added=(Mask("carl", "bea", AT),), removed=("carl",))
    assert textOf(changed, "lobby") == "bea banned carl"


def test_untilWhenIsToldInTheReadersZone() -> None:
    assert textOf(ban(until=AT + 60), "lobby", zone=120) == "bea banned carl until 16:03"


def test_whoHasNoNameIsTheServer() -> None:
    gone = TopicChanged(id="e", author=Author("", ""), conversations=("r",), text="x")
    assert textOf(gone, "lobby") == "The server set the topic: x"


@pytest.mark.parametrize(
    ("zone", "clock", "moment", "date"),
    [
        (0, "14:02", "21 November 2026, 14:02", "Saturday, 21 November 2026"),
        (120, "16:02", "21 November 2026, 16:02", "Saturday, 21 November 2026"),
        (600, "00:02", "22 November 2026, 00:02", "Sunday, 22 November 2026"),
        (-903, "22:59", "20 November 2026, 22:59", "Friday, 20 November 2026"),
    ],
)
def test_timesAreInTheReadersZone(zone: int, clock: str, moment: str, date: str) -> None:
    assert clockTime(AT, zone) == clock
    assert dateTime(AT, zone) == moment
    assert longDate(AT, zone) == date


def test_aDayBeginsAtMidnightInTheReadersZone() -> None:
    midnight = AT - AT % 86400
    assert dayNumber(midnight - 1) + 1 == dayNumber(midnight) == dayNumber(midnight + 86399)
    assert dayNumber(midnight, -60) == dayNumber(midnight) - 1


@pytest.mark.parametrize(
    ("names", "total", "text"),
    [
        ([], 0, "nobody"),
        (["bea"], 0, "bea"),
        (["bea", "carl"], 0, "bea and carl"),
        (["bea", "carl", "dora"], 0, "bea, carl and dora"),
        (["bea", "carl"], 14, "bea, carl and 12 others"),
        (["bea"], 2, "bea and 1 other"),
        (list("abcdefg"), 0, "a, b, c, d, e and 2 others"),
        ([], 3, "3 others"),
    ],
)
def test_ofManyNamesTheFirstAreListed(names: list[str], total: int, text: str) -> None:
    assert listed(names, total) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 second"),
        (45, "45 seconds"),
        (60, "1 minute"),
        (5400, "1 hour 30 minutes"),
        (7200, "2 hours"),
        (3 * 86400 + 60, "3 days 1 minute"),
        (86400 + 3600 + 60, "1 day 1 hour"),
    ],
)
def test_durationsAreToldInTheirTwoLongestUnits(seconds: float, text: str) -> None:
    assert durationText(seconds) == text


def test_countsAndWhatStandsAboveLines() -> None:
    assert counted(1, "person", "people") == "1 person"
    assert counted(1200, "room") == "1,200 rooms"
    assert missedText(12, "dev", here=True) == "12 new since you left"
    assert missedText(12, "dev", here=False) == "12 new in dev since you left"
    assert missedText(50, "dev", here=True, more=True) == "More than 50 new since you left"
    assert earlierText(0, "before 5") == "… more earlier: /history before 5"
    assert earlierText(4950) == "… 4,950 earlier: /history"
    assert earlierText(3, "#dev") == "… 3 earlier: /history #dev"


def test_anArrivalTellsWhoIsThereAndTheTopic() -> None:
    assert (
        arrivalText("lobby", ["bea", "carl"], 2, "lunch at noon")
        == "You are in lobby with bea and carl. Topic: lunch at noon"
    )
    assert arrivalText("lobby", [], 0, "") == "You are in lobby, alone."
