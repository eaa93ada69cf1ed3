"""
L{twisted_chat.frontends.irc.manynames}: what is spelled once for many is never out of date.
"""

from __future__ import annotations

import pytest

from tests.frontends.irc.clients import IrcDoors
from twisted_chat.frontends.irc import places


def test_theNamesThatAreSharedAreThoseOfNow(
    doors: IrcDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MANY", 2)
    alex, bea, carl = (doors.enter(name) for name in ("alex", "bea", "carl"))
    for each in (alex, bea, carl):
        each.send("JOIN #a", "JOIN #b")

    def names(channel: str) -> list[str]:
        for each in (alex, carl):
            each.got()
        return [each.send(f"NAMES {channel}")[0].rpartition(":")[2] for each in (alex, carl)]

    assert names("#a") == names("#b") == 2 * ["@alex bea carl"]
    bea.send("NICK bob")
    assert names("#a") == names("#b") == 2 * ["@alex bob carl"]
    alex.send("MODE #a +v bob")
    assert (names("#a"), names("#b")) == (2 * ["@alex +bob carl"], 2 * ["@alex bob carl"])
    bea.send("PART #a")
    assert (names("#a"), names("#b")) == (2 * ["@alex carl"], 2 * ["@alex bob carl"])
    bea.send("QUIT")
    assert names("#b") == 2 * ["@alex carl"]
