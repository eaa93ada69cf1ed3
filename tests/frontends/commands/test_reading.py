"""
Commands for reading what was said, with a real network behind them.
"""

from __future__ import annotations

import re

import pytest

from tests.doubles import Net
from tests.frontends.commands.conftest import Come
from tests.frontends.commands.visiting import PlainVisit
from twisted_chat.domain.errors import BadInput, NotInRoom
from twisted_chat.domain.reading import Missed


def said(lines: list[str]) -> list[str]:
    """
    The texts of what was said.
    """
    return [line.split("> ", 1)[1] for line in lines if "> " in line]


def talks(visit: PlainVisit, upto: int) -> None:
    """
    Say the numbers from 1 on.
    """
    for number in range(1, upto + 1):
        visit.does(f"say {number}")


def test_historyShowsTheLastLinesAndWhatIsAboveThem(come: Come) -> None:
    alex = come("alex", "lobby")
    talks(alex, 25)
    lines = alex.does("history")
    assert lines[0] == "* … 5 earlier: /history before 6"
    assert said(lines) == [str(number) for number in range(6, 26)]
    assert said(alex.does("history before 6")) == list("12345")
    assert said(alex.does("history 2 before #6")) == list("45")


def test_anotherRoomsHistoryIsAskedForByItsName(come: Come) -> None:
    alex = come("alex", "lobby", "dev")
    talks(alex, 5)
    alex.does("switch lobby")
    lines = alex.does("history dev 2")
    assert lines[0] == "* … 3 earlier: /history before dev/4"
    assert said(lines) == ["4", "5"]
    assert said(alex.does("history before dev/3")) == ["1", "2"]
    assert said(alex.does("history #dev before 3")) == ["1", "2"]
    with pytest.raises(NotInRoom):
        alex.does("history garden")


def test_theHistoryIsThatOfTheCurrentRoomWhereverOneHasSpokenLast(come: Come) -> None:
    come("bea")
    alex = come("alex", "dev", "lobby")
    assert alex.does("history") == ["* Nothing to show of lobby"]
    alex.does("say here")
    alex.does("msg #dev there")
    assert said(alex.does("history")) == ["here"]
    alex.does("msg bea psst")
    assert said(alex.does("history")) == ["here"]
    assert said(alex.does("history 5")) == ["here"]
    with pytest.raises(BadInput, match="number"):
        alex.does("history before last")


def test_aPrivateHistoryIsAskedForByTheName(come: Come) -> None:
    alex = come("alex", "lobby")
    come("bea")
    alex.does("msg bea hi")
    assert said(alex.does("history @bea")) == ["hi"]


def test_whatWasSaidWithWhoIsGoneIsStillReadAndDeletedByTheirName(net: Net, come: Come) -> None:
    alex = come("alex", "lobby", registered=True)
    for name, registered in (("carl", False), ("dora", True)):
        gone = come(name, registered=registered)
        alex.does(f"msg {name} one")
        alex.does(f"msg {name} two")
        gone.session.logout()
        if registered:
            net.now(net.store.eraseAccount(gone.session.identity, net.clock.seconds()))
        net.settle()
        assert said(alex.does(f"history @{name}")) == ["one", "two"]
        assert alex.does(f"edit @{name}/1 uno") == [f"* @{name}/1 now reads: uno"]
        assert alex.does(f"delete @{name}/2") == [f"* @{name}/2 is deleted"]
        assert said(alex.does(f"history @{name}")) == ["uno (edited)"]


def test_anOldNumberDoesNotMeanAMessageToWhoHasTheNameNow(net: Net, come: Come) -> None:
    alex, carl = come("alex", "lobby"), come("carl")
    alex.does("msg carl first pie")
    alex.does("msg carl second pie")
    carl.session.logout()
    net.settle()
    come("carl", node=1)
    alex.does("msg carl third")
    alex.does("msg carl fourth")
    shown = alex.does("search second")
    mark = re.search(r"@carl#[0-9a-f]{6}", shown[1])
    assert mark is not None
    assert f"{mark[0]}/2 <alex> second pie" in shown[2]
    assert alex.does(f"delete {mark[0]}/2") == [f"* {mark[0]}/2 is deleted"]
    assert said(alex.does(f"history {mark[0]}")) == ["first pie"]
    assert said(alex.does("history @carl")) == ["third", "fourth"]


def test_whereSeveralWhoAreGoneHadANameItIsSaidWhichThereAre(net: Net, come: Come) -> None:
    alex = come("alex", "lobby")
    for text in ("one", "two"):
        carl = come("carl")
        alex.does(f"msg carl {text}")
        carl.session.logout()
        net.settle()
    with pytest.raises(BadInput, match="Several") as refused:
        alex.does("delete @carl/1")
    marks = re.findall("@carl#[0-9a-f]{6}", str(refused.value))
    assert [said(alex.does(f"history {mark}")) for mark in marks] == [["two"], ["one"]]


def test_whatIsShownAtLoginOfWhoIsGoneIsCalledByWhatMeansIt(net: Net, come: Come) -> None:
    alex, carl = come("alex", registered=True), come("carl")
    alex.session.logout()
    carl.does("msg alex psst")
    carl.session.logout()
    net.settle()
    come("carl")
    alex.session = net.login("alex")
    (missed,) = net.now(alex.session.missed())
    (line,) = alex.spellPage(missed.page, missed.conversation)
    assert f"{missed.place}/1 <carl> psst" in line
    assert said(alex.does(f"history {missed.place}")) == ["psst"]


def test_whereNothingWasSaidThatIsTold(come: Come) -> None:
    alex = come("alex", "lobby")
    assert alex.does("history") == ["* Nothing to show of lobby"]
    alex.does("say hi")
    assert alex.does("history before 1") == ["* Nothing earlier to show of lobby"]
    assert alex.does("history before 0") == ["* Nothing earlier to show of lobby"]


def test_searchMayAskWhoSaidItAndWhere(come: Come) -> None:
    alex, bea = come("alex", "tea", "dev"), come("bea", "dev")
    alex.does("say cake at four")
    bea.does("say cake at five")
    alex.does("msg #tea no cake here")
    assert said(alex.does("search cake from:BEA")) == ["cake at five"]
    assert said(alex.does("search in:tea cake")) == ["no cake here"]
    assert said(alex.does("search from:alex")) == ["cake at four", "no cake here"]
    assert said(alex.does("search FROM:alex In:tea")) == ["no cake here"]
    assert alex.does("search from:alex in:dev five") == ["* Nothing was found"]
    with pytest.raises(NotInRoom):
        alex.does("search in:nowhere cake")


def test_whatWasSaidBeforeTheClockWasSetBackIsFound(net: Net, come: Come) -> None:
    alex = come("alex", "dev")
    alex.does("say cake at four")
    net.clock.rightNow -= 3600
    for asked in ("search cake", "search from:alex", "search in:dev"):
        assert said(alex.does(asked)) == ["cake at four"]


def test_searchShowsWhereItWasFound(come: Come) -> None:
    alex = come("alex", "dev", "lobby")
    come("bea")
    alex.does("say a café at noon")
    alex.does("msg #dev cafe?")
    alex.does("msg bea the Cafe")
    lines = alex.does("search CAFE")
    assert lines[0] == "* 3 messages found:"
    assert [line for line in lines if line.startswith("* In")] == [
        "* In lobby:", "* In dev:", "* In @bea:"
    ]  # fmt: skip
    assert said(lines) == ["a café at noon", "cafe?", "the Cafe"]
    assert alex.does("search nowhere") == ["* Nothing was found"]


@pytest.mark.parametrize("typed", ["\U0001f44d", "* ?", "\u20ac in:dev"])
def test_whoSearchesForSignsReadsThatOnlyWordsAreFound(come: Come, typed: str) -> None:
    alex = come("alex", "dev")
    alex.does(f"say {typed}")
    assert alex.does(f"search {typed}") == [
        "* Nothing was found: a search is for words, and those have letters or digits in them"
    ]


def test_whatIsReadIsNotShownAtTheNextLogin(net: Net, come: Come) -> None:
    alex, bea = come("alex", "lobby"), come("bea", "lobby", "dev", registered=True)
    alex.does("say one")
    alex.does("msg bea two")
    assert bea.does("read lobby") == ["* lobby counts as read"]
    assert _missedBy(net, bea) == ["@alex"]
    bea.session = net.login("bea")
    assert bea.does("read") == ["* All that was said so far counts as read"]
    assert _missedBy(net, bea) == []


def _missedBy(net: Net, visit: PlainVisit) -> list[str]:
    """
    Where somebody has something to read who goes and comes back.
    """
    visit.session.logout()
    net.settle()
    session = net.login(visit.session.name if not visit.session.ended else "bea")
    missed: list[Missed] = net.now(session.missed())
    session.logout()
    net.settle()
    return [each.place for each in missed]
