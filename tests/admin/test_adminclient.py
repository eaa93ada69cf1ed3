"""
L{twisted_chat.admin.client}, L{twisted_chat.admin.socketpath}: to the socket, wherever it is.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from twisted_chat.admin import socketpath
from twisted_chat.admin.client import WAITING, askServer
from twisted_chat.admin.messages import Answer, Request, encode
from twisted_chat.admin.order import PATIENCE
from twisted_chat.admin.socketpath import OPEN_FILES, SOCKET, socketIn
from twisted_chat.admin.table import ORDERS
from twisted_chat.domain.errors import BadInput

REQUEST = Request("acts")


@contextmanager
def serving(folder: Path, answer: bytes) -> Iterator[list[bytes]]:
    """
    Somebody who answers the next one who comes.

    @return: what was asked for, afterwards.
    """
    asked: list[bytes] = []

    def serve() -> None:
        visitor, _ = listening.accept()
        with visitor, visitor.makefile("rb") as lines:
            asked.append(lines.readline())
            visitor.sendall(answer)

    with socket.socket(socket.AF_UNIX) as listening:
        with socketIn(folder) as path:
            listening.bind(path)
        listening.listen(1)
        listening.settimeout(30)
        thread = Thread(target=serve)
        thread.start()
        yield asked
        thread.join(30)


def test_anAnswerIsTakenLineByLine(tmp_path: Path) -> None:
    taken: list[Answer] = []
    answer = b'{"row":{"a":1}}\n{"row":{"a":2}}\n{"end":true}\n'
    with serving(tmp_path, answer) as asked:
        assert askServer(tmp_path, REQUEST, taken.append)
    assert asked == [encode(REQUEST) + b"\n"]
    assert [bytes(each.row) for each in taken] == [b'{"a":1}', b'{"a":2}', b""]
    assert taken[-1].end


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="this system shows no open files")
def test_aFolderWithALongPathHasASocketToo(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    assert len(str(folder / SOCKET)) > 120
    opened = len(os.listdir(OPEN_FILES))
    taken: list[Answer] = []
    with serving(folder, b'{"end":true}\n'):
        assert askServer(folder, REQUEST, taken.append)
    assert (folder / SOCKET).is_socket()
    assert taken == [Answer(end=True)]
    assert len(os.listdir(OPEN_FILES)) == opened


def test_whereThePathIsTooLongForTheSystemNobodyListens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    No server either. Whoever goes on to the data alone is told if one has it.
    """
    monkeypatch.setattr(socketpath, "OPEN_FILES", tmp_path / "none")
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    assert not askServer(folder, REQUEST, lambda answer: None)


def test_whereNobodyListensThereIsNoServer(tmp_path: Path) -> None:
    taken: list[Answer] = []
    assert not askServer(tmp_path, REQUEST, taken.append)
    assert not askServer(tmp_path / ("nowhere" * 30), REQUEST, taken.append)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / SOCKET))
    assert not askServer(tmp_path, REQUEST, taken.append)
    assert taken == []


def test_aServerThatHangsIsNotWaitedForForEver(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(str(tmp_path / SOCKET))
        hanging.listen(1)
        with pytest.raises(BadInput, match=r"does not answer .* it or its disk hangs"):
            askServer(tmp_path, REQUEST, lambda answer: None, 0.01)


def test_whoWaitsForAnAnswerIsToldSoOnce(tmp_path: Path) -> None:
    """
    Some orders take minutes, and so does a server that hangs: somebody has to know which it is.
    """
    told: list[str] = []
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(str(tmp_path / SOCKET))
        hanging.listen(1)
        with pytest.raises(BadInput, match="does not answer"):
            askServer(tmp_path, REQUEST, lambda answer: None, 0.01, told.append, 0.005)
    assert told == [WAITING]
    (tmp_path / SOCKET).unlink()
    with serving(tmp_path, b'{"end":true}\n'):
        askServer(tmp_path, REQUEST, lambda answer: None, tell=told.append)
    assert told == [WAITING]


def test_whetherAllIsWellIsNotWaitedForLong() -> None:
    impatient = [order.words for order in ORDERS if order.patience < PATIENCE]
    assert impatient == ["status", "doctor"]


def test_whoReadsNoMoreIsNotTakenForTheServer(tmp_path: Path) -> None:
    def take(answer: Answer) -> None:
        raise BrokenPipeError

    with serving(tmp_path, b'{"end":true}\n'), pytest.raises(BrokenPipeError):
        askServer(tmp_path, REQUEST, take)


def test_anAnswerThatIsNoneIsToldInOneSentence(tmp_path: Path) -> None:
    with serving(tmp_path, b"HTTP/1.1 400\r\n"), pytest.raises(BadInput, match="can't be read"):
        askServer(tmp_path, REQUEST, lambda answer: None)
