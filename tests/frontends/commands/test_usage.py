"""
Usage strings: how what is typed is split by them.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.frontends.commands.table import TABLE
from twisted_chat.frontends.commands.usage import Usage

KICK = "/kick [#ROOM] NAME [REASON...]"
BAN = "/ban [#ROOM] WHO [for TIME] [REASON...]"
HISTORY = "/history [ROOM|@NAME] [N] [before NUMBER]"
LOGIN = "/login [NAME] PASSWORD"
PASSWORD = "/password [OLD] NEW"
INVITATION = "/invitation [ROOM…] [uses N] [for TIME]"
ERASE = "/account erase NAME [with messages]"


@pytest.mark.parametrize(
    ("usage", "typed", "arguments"),
    [
        ("/rooms", "", {}),
        ("/rooms", "  ", {}),
        (INVITATION, "", {}),
        (INVITATION, "dev  ops", {"room": "dev  ops"}),
        (INVITATION, "dev uses 5 for 7d", {"room": "dev", "n": "5", "time": "7d"}),
        (INVITATION, "uses 5", {"n": "5"}),
        (INVITATION, "#uses 2h", {"room": "#uses", "time": "2h"}),
        (ERASE, "bea", {"name": "bea"}),
        (ERASE, "bea With  messages", {"name": "bea", "messages": "With  messages"}),
        (KICK, "bea", {"name": "bea"}),
        (KICK, "bea  be  nice ", {"name": "bea", "reason": "be  nice "}),
        (KICK, "#dev bea", {"room": "#dev", "name": "bea"}),
        (KICK, "@bea", {"name": "bea"}),
        (KICK, "@", {"name": "@"}),
        ("/msg NAME|#ROOM TEXT...", "@bea @hi", {"name": "bea", "text": "@hi"}),
        (BAN, "@bea", {"who": "@bea"}),
        ("/topic [#ROOM] [TEXT...]", "#1 is best", {"text": "#1 is best"}),
        ("/me TEXT...", "#dev is fun", {"text": "#dev is fun"}),
        (BAN, "bea", {"who": "bea"}),
        (BAN, "bea for 2h", {"who": "bea", "time": "2h"}),
        (BAN, "bea 1h30m spam", {"who": "bea", "time": "1h30m", "reason": "spam"}),
        (BAN, "bea FOR 7d for spam", {"who": "bea", "time": "7d", "reason": "for spam"}),
        (BAN, "bea for fun", {"who": "bea", "reason": "for fun"}),
        (BAN, "bea for 2 hours spam", {"who": "bea", "time": "2 hours", "reason": "spam"}),
        (BAN, "bea 1h 30m spam", {"who": "bea", "time": "1h 30m", "reason": "spam"}),
        (BAN, "bea for 2h hello", {"who": "bea", "time": "2h", "reason": "hello"}),
        (BAN, "bea 3 strikes", {"who": "bea", "reason": "3 strikes"}),
        (BAN, "bea for 2h for 3 strikes", {"who": "bea", "time": "2h", "reason": "for 3 strikes"}),
        (INVITATION, "dev uses 5 for 7 days", {"room": "dev", "n": "5", "time": "7 days"}),
        (BAN, "##x bea", {"room": "##x", "who": "bea"}),
        (HISTORY, "", {}),
        (HISTORY, "50", {"n": "50"}),
        (HISTORY, "9999999", {"n": "9999999"}),
        (HISTORY, "before 118", {"number": "118"}),
        (HISTORY, "5 before dev/118", {"n": "5", "number": "dev/118"}),
        (HISTORY, "dev 5 before 9", {"room": "dev", "n": "5", "number": "9"}),
        (HISTORY, "@bea", {"room": "@bea"}),
        ("/join ROOM [PASSWORD...]", "for", {"room": "for"}),
        ("/join ROOM [PASSWORD...]", "2024 uses", {"room": "2024", "password": "uses"}),
        ("/destroy [ROOM]", "uses", {"room": "uses"}),
        (LOGIN, "secret", {"password": "secret"}),
        (LOGIN, "bea secret", {"name": "bea", "password": "secret"}),
        (LOGIN, '"a secret of mine"', {"password": "a secret of mine"}),
        (LOGIN, 'bea "a  secret" ', {"name": "bea", "password": "a  secret"}),
        (LOGIN, '"bea" secret', {"name": '"bea"', "password": "secret"}),
        (LOGIN, '"secret', {"password": '"secret'}),
        (PASSWORD, '"new one"', {"new": "new one"}),
        (PASSWORD, '"old one" "new one"', {"old": "old one", "new": "new one"}),
        (PASSWORD, 'old "new one"', {"old": "old", "new": "new one"}),
        ("/me TEXT...", '"hello"', {"text": '"hello"'}),
        ("/quiet [on|off]", "OFF", {"choice": "off"}),
        ("/edit NUMBER|last TEXT...", "last one\ntwo", {"number": "last", "text": "one\ntwo"}),
    ],
)
def test_whatIsTypedIsSplitAsTheUsageSays(
    usage: str, typed: str, arguments: dict[str, str]
) -> None:
    assert Usage(usage).arguments(typed) == arguments


@pytest.mark.parametrize("end", ["", " uses 5 for 7d", " uses x"])
def test_howOftenAWordIsLookedAtDoesNotDependOnHowManyThereAre(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    split: list[str] = []

    def counted(text: str) -> tuple[str, str]:
        split.append(text)
        first, *rest = text.split(None, 1) or [""]
        return first, rest[0] if rest else ""

    monkeypatch.setattr("twisted_chat.frontends.commands.usage.split", counted)
    rooms = "a " * 4000 + "a"
    arguments = Usage(INVITATION).arguments(rooms + end)
    assert (arguments is None) is end.endswith("x")
    assert arguments is None or arguments["room"] == rooms
    assert len(split) < 20


@pytest.mark.parametrize(
    ("usage", "typed"),
    [
        ("/rooms", "now"),
        (KICK, ""),
        (KICK, "#dev"),
        ("/nick NAME", "bea carl"),
        ("/me TEXT...", "   "),
        (HISTORY, "before"),
        (HISTORY, "5 6"),
        (HISTORY, "-1"),
        (HISTORY, "dev/3"),
        (HISTORY, "dev two"),
        (LOGIN, "a b c"),
        ("/receipts on|off", "maybe"),
        # A mistyped time is no reason: it would hold for ever.
        (BAN, "bea for"),
        (BAN, "bea for "),
        (BAN, "bea FOR 2hourz"),
        (BAN, "bea for 2 hourz spam"),
        (BAN, "bea for 2"),
    ],
)
def test_whatDoesNotFitIsRefused(usage: str, typed: str) -> None:
    assert Usage(usage).arguments(typed) is None


@pytest.mark.parametrize("text", ["kick NAME", "/kick [NAME", "/kick NAME]", "/kick [[A] B"])
def test_aUsageThatIsNoneIsRefused(text: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|begin"):
        Usage(text)


@pytest.mark.parametrize("typed", ["bea with", "bea messages", "bea with love"])
def test_partOfAPhraseIsNone(typed: str) -> None:
    assert Usage(ERASE).arguments(typed) is None


def test_aWordOfSmallLettersBelongsToTheName() -> None:
    assert Usage(ERASE).name == "account erase"
    assert Usage("/receipts on|off").name == "receipts"


def test_peopleReadItWithoutDots() -> None:
    usage = Usage(KICK)
    assert usage.shown == "/kick [#ROOM] NAME [REASON]"
    assert usage.short == "/kick NAME [REASON]"


@given(st.sampled_from(sorted(TABLE.commands)), st.text())
def test_anythingTypedFitsOrDoesNotAndNeverFails(name: str, typed: str) -> None:
    found = TABLE.commands[name].usage.arguments(typed)
    assert found is None or all(
        value in typed or value in typed.lower() for value in found.values()
    )
