"""
L{twisted_chat.frontends.irc.roomlines}: what happens to rooms as IRC lines.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.frontends.irc.spelled import (
    ALEX,
    FROM_ALEX,
    NOBODY,
    PASSING_TAGS,
    PLAIN,
    TAGGED,
    TAGS,
    event,
    having,
    lines,
)
from twisted_chat.domain.events import (
    Archived,
    Ended,
    Event,
    Invited,
    Kicked,
    ListChanged,
    RolesChanged,
    RoomRenamed,
    SettingsChanged,
    TopicChanged,
)
from twisted_chat.domain.masks import parseMask
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import Mask, RoleChange
from twisted_chat.frontends.irc.roomlines import MOST_MODES, ircMask


def roles(*changes: tuple[str, Role, Role]) -> RolesChanged:
    return event(
        RolesChanged,
        changes=tuple(RoleChange("p-" + name, name, role, old) for name, old, role in changes),
    )


def settings(**changes: Any) -> SettingsChanged:
    return event(
        SettingsChanged,
        changes=tuple((name.replace("_", "-"), value) for name, value in changes.items()),
    )


def listed(list: str, *masks: str, removed: tuple[str, ...] = ()) -> ListChanged:
    added = tuple(Mask(mask, "alex", 0.0) for mask in masks)
    return event(ListChanged, list=list, added=added, removed=removed)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (event(Kicked, person="p", name="Ann Smith"), "KICK #lobby Ann_Smith alex"),
        (roles(("Ann Smith", Role.MEMBER, Role.VOICE)), "MODE #lobby +v Ann_Smith"),
        (listed("ban", "Ann Smith"), "MODE #lobby +b Ann?Smith!*@*"),
        (listed("ban", "account:Ann Smith"), "MODE #lobby +b a:Ann?Smith"),
    ],
)
def test_aNameFromElsewhereIsOneParameter(what: Event, line: str) -> None:
    assert lines(PLAIN, what) == [FROM_ALEX + line]


def test_anotherReasonIsNoNews() -> None:
    assert lines(PLAIN, event(ListChanged, list="ban", reasons=(("bea", ""),))) is None


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (event(TopicChanged, text="all about tea"), "TOPIC #lobby :all about tea"),
        (event(TopicChanged, text=""), "TOPIC #lobby :"),
        (event(Kicked, person="p-bea", name="bea", reason="too loud"), "KICK #lobby bea :too loud"),
        (event(Kicked, person="p-bea", name="bea"), "KICK #lobby bea alex"),
        (roles(("bea", Role.MEMBER, Role.VOICE)), "MODE #lobby +v bea"),
        (roles(("bea", Role.OPERATOR, Role.HALFOP)), "MODE #lobby -o+h bea bea"),
        (roles(("bea", Role.ADMIN, Role.MEMBER)), "MODE #lobby -a bea"),
        (
            roles(("alex", Role.OWNER, Role.ADMIN), ("bea", Role.MEMBER, Role.OWNER)),
            "MODE #lobby -q+aq alex alex bea",
        ),
        (settings(topic_lock=True), "MODE #lobby +t"),
        (settings(invite_only=False, moderated=True), "MODE #lobby -i+m"),
        (settings(outside=True), "MODE #lobby -n"),
        (settings(outside=False), "MODE #lobby +n"),
        (settings(limit=12), "MODE #lobby +l 12"),
        (settings(limit=0), "MODE #lobby -l"),
        (settings(password="ab:cd"), "MODE #lobby +k *"),
        (settings(password=""), "MODE #lobby -k *"),
        (settings(slow=5, hidden=True), "MODE #lobby +s"),
        (listed("ban", "bea"), "MODE #lobby +b bea!*@*"),
        (listed("ban", "*@10.0.0.0/8"), "MODE #lobby +b *!*@10.0.0.0/8"),
        (listed("ban", removed=("account:bea",)), "MODE #lobby -b a:bea"),
        (listed("mute", "account:bea"), "MODE #lobby +b m:a:bea"),
        (listed("mute", "be*@*.x"), "MODE #lobby +b m:be*!*@*.x"),
        (listed("exception", "bea"), "MODE #lobby +e bea!*@*"),
        (listed("invitation", "bea"), "MODE #lobby +I bea!*@*"),
        (listed("ban", "bea", removed=("bea", "carl")), "MODE #lobby -b+b carl!*@* bea!*@*"),
    ],
)
def test_whatHappensToARoom(what: Event, line: str) -> None:
    assert lines(PLAIN, what) == [FROM_ALEX + line]
    assert lines(TAGGED, what) == [TAGS + FROM_ALEX + line]


@pytest.mark.parametrize(
    "what", [settings(slow=5), settings(history="none"), listed("ban"), listed("other", "x")]
)
def test_whatHasNoLetterIsNotTold(what: Event) -> None:
    assert lines(PLAIN, what) is None


def test_aRoleOfWhichNobodyKnowsTheOldOneIsTakenAway() -> None:
    assert lines(PLAIN, roles(("bea", Role.MEMBER, Role.MEMBER))) == [
        FROM_ALEX + "MODE #lobby -qaohv bea bea bea bea bea"
    ]


def test_whatTheServerDoesComesFromTheServer() -> None:
    what = event(RolesChanged, author=NOBODY, changes=(RoleChange("p", "bea", Role.VOICE),))
    assert lines(PLAIN, what) == [":irc.example MODE #lobby +v bea"]


def test_manyModesAreSeveralLines() -> None:
    names = [f"n{number}" for number in range(MOST_MODES + 1)]
    what = roles(*[(name, Role.MEMBER, Role.VOICE) for name in names])
    assert lines(TAGGED, what) == [
        f"{TAGS}{FROM_ALEX}MODE #lobby +vvvvvv {' '.join(names[:-1])}",
        f"{PASSING_TAGS}{FROM_ALEX}MODE #lobby +v {names[-1]}",
    ]


def test_modesThatDoNotFitIntoOneLineTakeTwo() -> None:
    masks = [f"{number}" * 128 for number in range(6)]
    spelled = lines(PLAIN, listed("ban", *masks), "r" * 50) or []
    assert len(spelled) == 2
    assert all(len(line.encode()) <= 510 for line in spelled)
    assert all(f"{mask}!*@*" in "".join(spelled) for mask in masks)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Bea", "bea!*@*"),
        ("*", "*!*@*"),
        ("@host", "*!*@host"),
        ("b?a@*.example", "b?a!*@*.example"),
        ("account:Bea", "a:bea"),
    ],
)
def test_ourMasksAsIrcHasThem(typed: str, shown: str) -> None:
    assert ircMask(parseMask(typed)) == shown
    assert ircMask(parseMask(typed), mute=True) == "m:" + shown


def test_aNewNameIsForWhoKnowsRenames() -> None:
    what = event(RoomRenamed, old="dev", new="#dev")
    assert lines(having("draft/channel-rename"), what) == [FROM_ALEX + "RENAME #dev ##dev :"]
    assert lines(PLAIN, what) is None


def test_anInvitationIsForTheInvited() -> None:
    what = event(Invited, conversations=("p-bea",), room="r", roomName="dev", name="bea")
    assert lines(PLAIN, what, "") == [FROM_ALEX + "INVITE bea #dev"]


def test_inTheRoomAnInvitationIsForWhoWantsToKnow() -> None:
    what = event(Invited, room="r", roomName="dev", name="bea")
    assert lines(PLAIN, what, "dev") is None
    assert lines(having("invite-notify"), what, "dev") == [FROM_ALEX + "INVITE bea #dev"]


def test_whatIrcCannotSayIsANoticeOfTheServers() -> None:
    assert lines(TAGGED, event(Archived)) == [
        "@time=2026-11-21T14:02:00.123Z "
        ":irc.example NOTICE #lobby :alex closed #lobby: it can still be read"
    ]
    assert lines(PLAIN, event(Ended, reason="moved")) == [
        ":irc.example NOTICE #lobby :#lobby is gone (moved)"
    ]


def test_aTopicThatIsTooLongIsCutBetweenCharacters() -> None:
    line = PLAIN.spell(event(TopicChanged, text="é" * 390, author=ALEX), "lobby")
    assert line is not None
    assert len(line) in (511, 512)
    line.decode()
