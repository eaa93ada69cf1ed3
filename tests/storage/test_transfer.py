"""
What is taken out of a log comes in again the same, and nothing comes in that could not be there.
"""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.store_case import now, texts
from tests.storage import releases
from tests.storage.quick import template
from tests.storage.test_failures import Disk
from twisted_chat import cli
from twisted_chat.beginning import requireData
from twisted_chat.domain.errors import BadInput, NoSuchRoom
from twisted_chat.domain.events import Deleted, ListChanged, Said, TagsKept, TopicChanged
from twisted_chat.domain.settings import sealPassword
from twisted_chat.domain.values import Author, Mask
from twisted_chat.storage import sqlite_index, transfer
from twisted_chat.storage.lock import FolderLock
from twisted_chat.storage.loglines import LOG
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_copy import opened, tableSum
from twisted_chat.storage.threads import NoThreads
from twisted_chat.storage.transfer import Taken, exported, importFrom

NOW = 1_780_000_000.0
BEGINNING: dict[str, Any] = {"kind": LOG, "version": 1}
SAID: dict[str, Any] = {
    "kind": "said",
    "conversation": "tea",
    "seq": 1,
    "id": "one",
    "at": 5.0,
    "author": {"id": "ann-id", "name": "ann"},
    "text": "hello",
}
ROOM: dict[str, Any] = {"kind": "room", "conversation": "tea", "id": "tea-id"}
DEEP = 4_000_000
"""More brackets than any Python follows; most of them stop much sooner."""

KEPT = ("log", "settings", "roles", "masks", "memberships")


def store(file: Path) -> SqliteStore:
    """
    @return: a store on a file.
    """
    return SqliteStore(f"sqlite:///{file}", NoThreads(), lambda: NOW)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """
    A database in which there is something of everything.
    """
    file = tmp_path / "full.sqlite"
    file.write_bytes(releases.upgraded("0001"))
    return file


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """
    A database in which there is nothing.
    """
    file = tmp_path / "empty.sqlite"
    file.write_bytes(template())
    return file


def take(file: Path, *lines: Any) -> Taken:
    """
    Take lines in, as JSON behind the one that has to be the first.
    """
    written = "".join(json.dumps(line) + "\n" for line in (BEGINNING, *lines))
    return importFrom(io.BytesIO(written.encode()), file, lambda: NOW)


def refusal(file: Path, *lines: Any) -> str:
    """
    @return: why lines are not taken in; nothing of them is.
    """
    before = list(exported(file))
    with pytest.raises(BadInput) as caught:
        take(file, *lines)
    assert list(exported(file)) == before
    assert "\n" not in caught.value.text
    return caught.value.text


def rows(file: Path, statement: str) -> list[tuple[Any, ...]]:
    """
    @return: what is found in a database.
    """
    with closing(opened(file)) as database:
        return database.execute(statement).fetchall()


def test_whatIsTakenOutComesInAgainTheSame(full: Path, empty: Path) -> None:
    lines = list(exported(full))
    taken = importFrom(io.BytesIO(b"".join(lines)), empty, lambda: NOW)
    assert (taken.conversations, taken.events) == (5, 32)
    assert list(exported(empty)) == lines
    where = "conversation IN (SELECT number FROM conversations WHERE kind <> 'ended')"
    with closing(opened(full)) as one, closing(opened(empty)) as other:
        for table in KEPT:
            columns = [
                name
                for (name,) in one.execute(f"SELECT name FROM pragma_table_info('{table}')")
                if name not in ("row", "conversation")
            ]
            sums = [tableSum(database, table, columns, where).rows for database in (one, other)]
            assert sums[0] == sums[1] > 0, table
        state = (
            "SELECT id, kind, name, fold, head, rights_seq, topic, topic_by, topic_at, archived,"
            " created_at FROM conversations WHERE kind <> 'ended' ORDER BY id"
        )
        assert one.execute(state).fetchall() == other.execute(state).fetchall()


def test_whatComesInIsFoundAndReadAndGoesOn(full: Path, empty: Path) -> None:
    importFrom(io.BytesIO(b"".join(exported(full))), empty, lambda: NOW)
    taken = store(empty)
    now(taken.start())
    lobby, tea = now(taken.roomId("lobby")), now(taken.roomId("tea"))
    assert lobby is not None
    assert tea is not None
    assert now(taken.search([(lobby, 1), (tea, 1)], "cafe")).total == 1
    assert now(taken.search([(lobby, 1), (tea, 1)], "teh")).total == 0
    assert texts(now(taken.history(lobby)).events)[-2:] == [
        "the kettle is on",
        "Breakfast, every day",
    ]
    room = now(taken.room(tea))
    assert room is not None
    assert (room.head, room.rightsSeq, room.settings["limit"]) == (12, 9, 12)
    # A number that has no row is not missed, and the next one is behind the last.
    assert now(taken.history(tea)).total == 4
    said = Said(id="new", author=Author("g", "gus"), conversations=(tea,), text="on and on")
    (placement,) = now(taken.append([said]))
    assert placement.event.seq == 13
    # To be taken in counts as being entered.
    assert lobby not in now(taken.idleRooms(NOW))
    now(taken.stop())


def test_oneRoomIsTakenOutByItsName(full: Path) -> None:
    lines = [json.loads(line) for line in exported(full, "#Loft")]
    assert [line["kind"] for line in lines] == ["log", "room", "roomRenamed", "said", "archived"]
    assert {line["conversation"] for line in lines[1:]} == {"Loft"}
    for name in ("gone", "a b", "x" * 300, ""):
        with pytest.raises(NoSuchRoom):
            list(exported(full, name))


def test_whatIsDeletedIsNotInTheLines(full: Path) -> None:
    written = b"".join(exported(full)).decode()
    assert "secret" not in written
    assert "this is not kept" not in written
    assert "in a room that has ended" not in written


def test_aTopicThatIsDeletedStaysDeleted(tmp_path: Path, empty: Path) -> None:
    topic = {**SAID, "kind": "topic", "text": "hello tea"}
    lines = [BEGINNING, {**ROOM, "topic": "hello tea"}, topic]
    importFrom(
        io.BytesIO(b"\n".join(json.dumps(line).encode() for line in lines)), empty, lambda: NOW
    )
    full = store(empty)
    now(full.start())
    gone = Deleted(
        id="two", author=Author("ann-id", "ann"), conversations=("tea-id",), target=1, topic=True
    )
    (placement,) = now(full.append([gone]))
    assert placement.event.current  # type: ignore[attr-defined]
    now(full.stop())
    written = b"".join(exported(empty))
    assert b"hello" not in written
    again = tmp_path / "again.sqlite"
    importFrom(io.BytesIO(written), again, lambda: NOW)
    taken = store(again)
    now(taken.start())
    room = now(taken.room("tea-id"))
    assert room is not None
    assert room.topic == ""
    assert [event.readable for event in now(taken.replay("tea-id", 0, 9))] == [False, True]
    now(taken.stop())


def test_whoHasSetTopicsAndEntriesComesAlong(tmp_path: Path, empty: Path) -> None:
    file = tmp_path / "full.sqlite"
    file.write_bytes(template())
    now((one := store(file)).start())
    ann = Author("ann-id", "ann")
    room = now(one.openRoom("tea", "tea", ann, NOW))
    assert room is not None
    by: dict[str, Any] = {"author": ann, "conversations": (room.id,)}
    entry = Mask("gus", "ann", NOW, reason="so")
    now(one.append([TopicChanged(id="one", text="green", **by)]))
    now(one.append([ListChanged(id="two", list="ban", added=(entry,), **by)]))
    now(one.stop())
    lines = list(exported(file))
    importFrom(io.BytesIO(b"".join(lines)), empty, lambda: NOW)
    assert list(exported(empty)) == lines
    assert rows(empty, "SELECT topic_author FROM conversations") == [("ann-id",)]
    assert rows(empty, "SELECT mask, author FROM masks") == [("gus", "ann-id")]


@pytest.mark.parametrize("text", [None, ""])
def test_tagsThatAreDeletedComeInAgain(text: str | None, tmp_path: Path, empty: Path) -> None:
    file = tmp_path / "full.sqlite"
    file.write_bytes(template())
    now((one := store(file)).start())
    room = now(one.openRoom("tea", "tea", Author("ann-id", "ann"), NOW))
    assert room is not None
    by: dict[str, Any] = {"author": Author("ann-id", "ann"), "conversations": (room.id,)}
    now(one.append([TagsKept(id="one", tags=(("+x", "secret"),), **by)]))
    now(one.append([Deleted(id="two", target=1, wordless=True, **by)]))
    now(one.stop())
    assert rows(file, "SELECT text FROM log WHERE seq = 1") == [(None,)]
    # As an earlier version left it.
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE log SET text = ? WHERE seq = 1", (text,))
    lines = list(exported(file))
    importFrom(io.BytesIO(b"".join(lines)), empty, lambda: NOW)
    assert list(exported(empty)) == lines
    assert b"secret" not in b"".join(lines)


def test_whatCanNotBeSearchedYetIsTakenInAllTheSame(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It is in the log by then, and the index follows when there is room on the disk.
    """
    disk = Disk()
    monkeypatch.setattr(transfer, "connect", disk.connect)
    disk.fail("before", sqlite_index._ADD, sqlite3.SQLITE_FULL)
    assert take(empty, SAID) == Taken(1, 1)
    now((taken := store(empty)).start())
    tea = now(taken.roomId("tea"))
    assert tea is not None
    assert now(taken.search([(tea, 1)], "hello")).total == 1
    now(taken.stop())


def test_aLogByHandNeedsNothingButEvents(empty: Path) -> None:
    assert take(empty, SAID, SAID | {"id": "two", "seq": 4, "at": 6}) == Taken(1, 2)
    state = "SELECT name, fold, head, holed, rights_seq, last_at FROM conversations"
    assert rows(empty, state) == [("tea", "tea", 4, 1, 0, 6.0)]


def test_theSettingsThatPeopleCanMakeComeAlong(empty: Path) -> None:
    made = {
        "password": sealPassword("tea, or coffee"),
        "keep": 7 * 24 * 3600,
        "history": "joined",
        "hidden": True,
    }
    take(empty, {**ROOM, "settings": made}, SAID)
    (line,) = [json.loads(line) for line in exported(empty, "tea") if b'"kind":"room"' in line]
    assert line["settings"] == made


def test_aVoiceBesideARoleComesAlong(empty: Path) -> None:
    given = [{"person": "p", "name": "n", "role": 3, "voiced": True}]
    given += [{"person": "q", "name": "m", "role": 5}]
    take(empty, {**ROOM, "roles": given}, SAID)
    (line,) = [json.loads(line) for line in exported(empty, "tea") if b'"kind":"room"' in line]
    assert line["roles"] == given
    assert rows(empty, "SELECT person, role FROM roles") == [("p", 11), ("q", 5)]


def test_whatIsThereIsNotOverwritten(full: Path, empty: Path) -> None:
    lines = list(exported(full, "lobby"))
    with pytest.raises(BadInput, match=r"^Line 2: lobby is there already; nothing is overwritten"):
        importFrom(io.BytesIO(b"".join(lines)), full, lambda: NOW)
    take(empty, SAID)
    before = list(exported(empty))
    assert refusal(empty, SAID) == "Line 2: tea is there already; nothing is overwritten."
    other = ROOM | {"conversation": "Tea"}
    assert "Tea is there already" in refusal(empty, other)
    twice = SAID | {"conversation": "coffee"}
    assert "the event one is there already" in refusal(empty, twice)
    assert list(exported(empty)) == before


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seq": 0}, "0 is no place in a log"),
        ({"seq": 2**60}, "is no place in a log"),
        ({"seq": "1"}, "Expected `int`"),
        ({"at": 1e300}, "is no time"),
        ({"at": -1}, "is no time"),
        ({"kind": "joined"}, "joined is no kind of event that is kept"),
        ({"kind": "boo"}, "boo is no kind"),
        ({"text": None}, "has a text"),
        ({"kind": "archived"}, "has no text"),
        ({"editedSeq": -1}, "-1 is no place in a log"),
        ({"editedSeq": 2**70}, "is no place in a log"),
        ({"target": 1}, "there can't be one"),
        ({"kind": "edited"}, "the target is missing"),
        ({"kind": "edited", "target": 1}, "the target 1 is not before it"),
        ({"text": "a\x1b[2Jb"}, "control characters"),
        ({"text": "a\r\nb"}, "control characters"),
        ({"text": "x" * 70_000}, "too long"),
        ({"present": "\x07"}, "control characters"),
        ({"author": {"id": "a", "name": "a\nb"}}, "control characters"),
        ({"author": {"id": "a"}}, "missing required field `name`"),
        ({"deleted": True}, "it is deleted and has a text"),
        ({"id": ""}, "it has no id"),
        ({"id": "x" * 129}, "it has no id, or one that is too long"),
        ({"id": "a;account=root"}, "odd characters"),
        ({"id": "a b"}, "odd characters"),
        ({"id": "a,b"}, "odd characters"),
        ({"id": "a\\\\sb"}, "odd characters"),
        ({"id": "é"}, "odd characters"),
        ({"kind": "topic", "text": "Green\n* ann is an operator now"}, "a topic is one line"),
        ({"data": {"replyTo": "x"}}, "data: Expected `int`"),
        ({"data": 7}, "data: Expected `object`"),
        ({"data": {"replyId": "a\x00b"}}, "control characters"),
        ({"conversation": "a b"}, "can't be used as a name"),
        ({"conversation": "=a=b"}, "has no line of its own before it"),
    ],
)
def test_anEventThatCanNotBeIsRefusedWithTheNumberOfItsLine(
    change: dict[str, Any], why: str, empty: Path
) -> None:
    first = SAID | {"conversation": "first", "id": "zero"}
    text = refusal(empty, first, SAID | change)
    assert text.startswith("Line 3")
    assert why in text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"head": -1}, "is no place"),
        ({"createdAt": 1e99}, "is no time"),
        ({"settings": {"boo": 1}}, "boo is no setting of a room"),
        ({"settings": {"limit": "many"}}, "limit is no setting of a room, or has another value"),
        ({"settings": {"limit": True}}, "limit is no setting of a room, or has another value"),
        ({"settings": {"keep": -1}}, "keep is no setting of a room, or has another value"),
        ({"settings": {"slow": 2**70}}, "slow is no setting of a room, or has another value"),
        ({"settings": {"password": "tea"}}, "password is no setting of a room, or has another"),
        ({"members": [{"person": "p", "name": "n", "joinedSeq": 2**70}]}, "is no place"),
        ({"read": {"p": -1}}, "-1 is no place"),
        ({"read": {"p": 2**70}}, "is no place"),
        ({"roles": [{"person": "p", "name": "n", "role": 17}]}, "Invalid enum value 17"),
        ({"roles": 2 * [{"person": "p", "name": "n", "role": 1}]}, "it has something twice"),
        ({"topic": "a\x1b"}, "control characters"),
        ({"lists": {"ban": [{"mask": "m", "setter": "a\n", "at": 1}]}}, "control characters"),
        ({"id": "=a=b"}, "can't be the id of a room"),
        ({"kind": "direct"}, "tea is no private conversation"),
        ({"kind": "direct", "conversation": "=a=b=c"}, "=a=b=c is no private conversation"),
        ({"conversation": "tea\n"}, "control characters"),
    ],
)
def test_aRoomThatCanNotBeIsRefused(change: dict[str, Any], why: str, empty: Path) -> None:
    assert why in refusal(empty, ROOM | change)


def test_theOrderOfTheLinesIsThatOfTheLog(empty: Path) -> None:
    later = SAID | {"seq": 2, "id": "two", "at": 6.0}
    assert "tea #1 is not behind #2" in refusal(empty, later, SAID)
    assert "is not behind" in refusal(empty, SAID, later | {"seq": 1})
    assert "is not behind" in refusal(empty, SAID, later | {"at": 5.0})
    assert "tea is there already" in refusal(empty, SAID, ROOM)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{}", "Line 1 is not as it should be"),
        (b'{"kind":"log","version":2}', "Line 1: it has to be"),
        (json.dumps(SAID).encode(), "Line 1: it has to be"),
        (b"\xff\xfe", "Line 1 is not as it should be"),
        (b"hello", "Line 1 is not as it should be"),
        (b'{"kind":"log","x":' + b"[" * DEEP + b"]" * DEEP + b"}", "Line 1 is nested too deeply"),
        (b"x" * (17 * 1024 * 1024), "Line 1: it is longer than"),
    ],
)
def test_whatIsNoLogIsRefused(line: bytes, why: str, empty: Path) -> None:
    with pytest.raises(BadInput) as caught:
        importFrom(io.BytesIO(line), empty, lambda: NOW)
    assert why in caught.value.text


def test_theDataOfAnotherSchemaIsNotTakenOut(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite"
    releases.restore("0001", file)
    with closing(opened(file)) as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(BadInput, match="The data is of schema 0000"):
        list(exported(file))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT), tbl_name = name WHERE name = 'log'",
        "UPDATE settings SET value = '{'",
    ],
)
def test_aDamagedDatabaseIsExportedWithOneLineOfWhy(
    full: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = full.parent / "data"
    folder.mkdir()
    full.rename(folder / "chat.sqlite")
    with closing(opened(folder / "chat.sqlite")) as writer:
        writer.execute("PRAGMA writable_schema=ON")
        writer.execute(damage)
    assert cli.main(["export", "--data-dir", str(folder)]) == 1
    assert capsys.readouterr().err.endswith(" can't be read: the database is damaged.\n")


def test_theProgramTakesOutAndIn(
    full: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    full.rename(folder / "chat.sqlite")
    assert cli.main(["export", "nosuch", "--data-dir", str(folder)]) == 1
    assert capfdbinary.readouterr().err == b"twisted-chat: There is no room nosuch.\n"
    assert cli.main(["export", "tea", "--data-dir", str(folder)]) == 0
    written = capfdbinary.readouterr().out
    assert len(written.splitlines()) == 13
    file = tmp_path / "tea.jsonl"
    file.write_bytes(written)
    other = str(tmp_path / "other")
    assert cli.main(["import", str(file), "--data-dir", other]) == 0
    assert capfdbinary.readouterr().out == b"1 conversation with 11 events\n"
    assert cli.main(["import", str(file), "--data-dir", other]) == 1
    assert capfdbinary.readouterr().err == (
        b"twisted-chat: Line 2: tea is there already; nothing is overwritten.\n"
    )
    assert cli.main(["import", str(tmp_path / "none"), "--data-dir", other]) == 1
    assert b"none can't be read: No such file or directory." in capfdbinary.readouterr().err


@pytest.mark.parametrize("there", ["nothing", "empty", "link"])
def test_whereThereWasNoDataAFailedImportLeavesNone(there: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    database, file = folder / "chat.sqlite", tmp_path / "bad.jsonl"
    if there == "empty":
        database.touch()
    elif there == "link":
        database.symlink_to(folder / "elsewhere.sqlite")
    left = {path.name for path in folder.iterdir()}
    # The first of the lines is right, so that something is written.
    file.write_bytes(b"\n".join(json.dumps(line).encode() for line in (BEGINNING, ROOM, {})))
    assert cli.main(["import", str(file), "--data-dir", str(folder)]) == 1
    locks = {path.name for path in folder.glob("*lock")}
    assert {path.name for path in folder.iterdir()} == left | locks
    assert there != "empty" or database.stat().st_size == 0
    requireData(folder, database)
    file.write_bytes(json.dumps(BEGINNING).encode())
    assert cli.main(["import", str(file), "--data-dir", str(folder)]) == 0
    assert database.stat().st_size > 0
    # What was there stays.
    file.write_bytes(b"{}")
    assert cli.main(["import", str(file), "--data-dir", str(folder)]) == 1
    assert database.stat().st_size > 0


def test_anEmptyFileIsNoExport(empty: Path) -> None:
    with pytest.raises(BadInput, match="no lines"):
        importFrom(io.BytesIO(b""), empty, lambda: NOW)


def test_nothingIsTakenInWhereAServerRuns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = FolderLock(tmp_path)
    assert cli.main(["import", "-", "--data-dir", str(tmp_path)]) == 1
    lock.release()
    assert "is in use by another server" in capsys.readouterr().err
