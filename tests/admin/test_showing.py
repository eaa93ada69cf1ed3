"""
L{twisted_chat.admin.showing}, L{twisted_chat.admin.commandline}: what people, and programs, see.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from twisted_chat.admin import commandline
from twisted_chat.admin.commandline import Screen, askSecret
from twisted_chat.admin.findings import Finding
from twisted_chat.admin.messages import Answer, Request, encode
from twisted_chat.admin.showing import (
    Card,
    Column,
    Sentence,
    Table,
    brief,
    duration,
    size,
    text,
    when,
)
from twisted_chat.admin.table import ORDERS, orderNamed
from twisted_chat.cli import main
from twisted_chat.domain.errors import BadInput


def test_aTableHasHeadingsAndLeavesOutWhatNobodyHas() -> None:
    table = Table("Nobody.", Column("name"), Column("n", "number", isNumber=True), Column("why"))
    rows = [{"name": "alex", "n": 5, "why": ""}, {"name": "bea", "n": 1000, "why": None}]
    assert list(table(rows)) == ["name  number", "alex       5", "bea    1,000"]
    assert list(table([])) == ["Nobody."]


def test_aCardLeavesOutWhatIsEmpty() -> None:
    card = Card(Column("name"), Column("topic"), Column("rooms"))
    row = {"name": "alex", "topic": "", "rooms": ["a", "b"]}
    assert list(card([row])) == ["name   alex", "rooms  a, b"]


def test_aSentenceSaysMoreWhereThereIsMore() -> None:
    said = Sentence("{name} is deleted", messages=", and {messages} messages")
    rows = [{"name": "alex", "messages": 0}, {"name": "bea", "messages": 1200}]
    assert list(said(rows)) == ["alex is deleted.", "bea is deleted, and 1,200 messages."]


def test_whatPeopleWroteCantPaintTheTerminal() -> None:
    assert text("\x1b[2Jhello\r\nworld") == "helloworld"


@pytest.mark.parametrize(
    ("show", "value", "shown"),
    [
        (size, 0, "0 B"),
        (size, 1536, "1.5 KiB"),
        (size, 3 * 1024**4, "3.0 TiB"),
        (size, None, ""),
        (duration, 0, ""),
        (duration, 5400, "1 hour 30 minutes"),
        (brief, 0.0025, "2.5 ms"),
        (brief, None, ""),
        (when, 0, ""),
        (text, True, "yes"),
        (text, False, ""),
        (text, {"line": 3, "irc": 2}, "line 3, irc 2"),
    ],
)
def test_valuesAreWrittenAsPeopleReadThem(show: Any, value: object, shown: str) -> None:
    assert show(value) == shown


def finding(level: str) -> Answer:
    """
    A finding of the doctor's.
    """
    cure = "" if level == "ok" else "make room"
    row = {"level": level, "about": "disk", "found": "full", "cure": cure}
    return Answer(row=msgspec.Raw(msgspec.json.encode(row)))


@pytest.mark.parametrize(("levels", "code"), [(["ok"], 0), (["ok", "warning"], 1), (["error"], 1)])
@pytest.mark.parametrize("isJson", [False, True])
def test_theExitCodeTellsWhetherTheDoctorHasFoundSomething(
    capsysbinary: pytest.CaptureFixture[bytes], levels: list[str], code: int, isJson: bool
) -> None:
    screen = Screen(orderNamed("doctor"), isJson)
    for level in levels:
        screen.take(finding(level))
    screen.take(Answer(end=True))
    assert screen.end() == code


def test_theCureStandsUnderWhatItIsFor(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    screen = Screen(orderNamed("doctor"), False)
    for answer in (finding("ok"), finding("warning"), Answer(end=True)):
        screen.take(answer)
    screen.end()
    assert capsysbinary.readouterr().out.decode().splitlines() == [
        "ok       disk: full",
        "warning  disk: full",
        "         -> make room",
        "1 finding to see to.",
    ]
    assert Finding("ok", "disk", "full").cure == ""


def test_programsGetTheRowsAsTheyAre(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    screen = Screen(orderNamed("doctor"), True)
    answer = finding("ok")
    screen.take(answer)
    screen.take(Answer(end=True))
    screen.end()
    assert capsysbinary.readouterr().out == bytes(answer.row) + b"\n"


def test_anAnswerWithoutAnEndIsNone(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    screen = Screen(orderNamed("acts"), False)
    with pytest.raises(BadInput, match="broke off"):
        screen.end()
    screen.take(Answer(error="No.", code="x"))
    with pytest.raises(BadInput, match=r"No\."):
        screen.end()
    assert capsysbinary.readouterr().out == b""


def test_whatEveryOrderShowsCanBeShown() -> None:
    """
    With no rows at all, too.
    """
    for order in ORDERS:
        if order.show is not None:
            list(order.show([]))


class Input(io.TextIOWrapper):
    """
    The standard input, where the locale knows ASCII alone.
    """

    def __init__(self, text: str | bytes, isTerminal: bool) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        super().__init__(io.BytesIO(data), "ascii")
        self._isTerminal = isTerminal

    def isatty(self) -> bool:
        return self._isTerminal


def test_aPasswordIsReadFromTheStandardInput(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Input("correct horse \nmore\n", False))
    assert askSecret("password") == "correct horse "
    monkeypatch.setattr(sys, "stdin", Input("", False))
    with pytest.raises(BadInput, match="there is none"):
        askSecret("password")


def test_aPasswordIsUtf8WhateverTheLocaleIs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Input("schön\n", False))
    assert askSecret("password") == "schön"
    monkeypatch.setattr(sys, "stdin", Input(b"sch\xf6n\n", False))
    with pytest.raises(BadInput, match="not in the encoding that is read here, utf-8"):
        askSecret("password")


def test_whoTypesNoPasswordChangesNothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Input("", True))

    def end(prompt: str) -> str:
        raise EOFError

    with pytest.raises(BadInput, match=r"There is no password\. Nothing was changed"):
        askSecret("password", end)


def test_whoInterruptsReadsOneLine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commandline, "askSecret", interrupt)
    assert main(["admin", "accounts", "create", "bea"]) == 130
    assert capsys.readouterr().err == "\ntwisted-chat: Interrupted.\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """
    What a server is asked that refuses it.
    """
    asked: list[Request] = []

    def ask(folder: Path, request: Request, *how: object) -> bool:
        asked.append(request)
        raise BadInput(why="No.")

    monkeypatch.setattr(commandline, "askServer", ask)
    return asked


def test_aNameIsUtf8WhateverTheLocaleIs(
    asked: list[Request], capsys: pytest.CaptureFixture[str]
) -> None:
    # So Python gives bytes that are not of the locale.
    typed = os.fsdecode("jörg".encode())
    assert main(["admin", "accounts", "show", typed]) == 1
    assert asked == [Request("accounts show", {"name": "jörg"})]
    assert main(["admin", "accounts", "show", "j\udcf6rg"]) == 1
    assert "'j\\udcf6rg' is no UTF-8." in capsys.readouterr().err
    assert len(asked) == 1


def test_thePasswordOfARoomIsNotTypedWhereOthersSeeIt(
    asked: list[Request], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Input("sesame\n", False))
    assert main(["admin", "rooms", "set", "dev", "Password", "sesame"]) == 1
    assert asked == []
    assert "Leave the password away" in capsys.readouterr().err
    for typed in ([], ["off"]):
        main(["admin", "rooms", "set", "dev", "password", *typed])
    assert [request.arguments["value"] for request in asked] == ["sesame", "off"]


def test_onATerminalAPasswordIsAskedForTwice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Input("not this\n", True))
    typed = iter(["one", "one", "one", "two"])
    assert askSecret("password", lambda prompt: next(typed)) == "one"
    with pytest.raises(BadInput, match="not the same"):
        askSecret("password", lambda prompt: next(typed))


def test_whereNothingIsKeptItIsSaidInOneLine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", "--data-dir", str(tmp_path), "status"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("twisted-chat: There is no data here: ")
    assert len(told.err.splitlines()) == 1


def test_anAnswerLeavesOutWhatItHasNot() -> None:
    assert encode(Answer(end=True)) == b'{"end":true}'
    assert encode(Answer(error="No.", code="x")) == b'{"error":"No.","code":"x"}'
