"""
Data of each released schema is brought up to date with all that is in it, and kept as it was.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.contracts.store_case import now, texts
from tests.storage import releases
from twisted_chat.domain.events import Event
from twisted_chat.domain.roles import Role
from twisted_chat.storage import migrations, sqlite_copy
from twisted_chat.storage.refusals import StartRefused
from twisted_chat.storage.schema import REVISION
from twisted_chat.storage.sqlite import SqliteStore
from twisted_chat.storage.sqlite_copy import damage, revisionIn, tableSum, tableSums
from twisted_chat.storage.threads import NoThreads

OLD = [revision for revision in releases.released() if revision != REVISION]
ANN, BEA, CAL = (
    "68e5cd0100000000000000a1",
    "68e5cd0200000000000000b2",
    "68e5cd0400000000000000d4",
)
BOTH = f"={ANN}={BEA}"


def store(file: Path) -> SqliteStore:
    """
    @return: a store on a file.
    """
    return SqliteStore(f"sqlite:///{file}", NoThreads(), lambda: 1_770_000_000.0)


def of(events: tuple[Event, ...] | list[Event]) -> list[tuple[int, str, str]]:
    """
    @return: seq, kind and author of events.
    """
    return [(event.seq, event.kind, event.author.name) for event in events]


def test_thereIsADatabaseOfEverySchema() -> None:
    versions = (Path(migrations.__file__).parent / "versions").glob("v*_*.py")
    made = {path.name[1:5] for path in versions}
    # That of the present one is written down when it is released.
    assert made - {REVISION} <= set(releases.released())


@pytest.mark.parametrize("revision", releases.released())
def test_allThatReleasedDataTellsIsThereAfterTheUpgrade(revision: str, tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    releases.restore(revision, file)
    with closing(sqlite3.connect(file)) as database:
        before = tableSums(database)
    upgraded = store(file)
    upgraded.prepare()
    with closing(sqlite3.connect(file)) as database:
        assert revisionIn(database) == REVISION
        assert damage(database) is None
        after = {
            name: tableSum(database, name, table.columns)
            for name, table in before.items()
            if name != "alembic_version"
        }
    assert after == {name: table for name, table in before.items() if name in after}
    now(upgraded.start())
    _checkRooms(upgraded)
    _checkPeople(upgraded)
    now(upgraded.stop())


def _checkRooms(upgraded: SqliteStore) -> None:
    lobby, tea, loft = (now(upgraded.roomId(fold)) for fold in ("lobby", "tea", "loft"))
    assert lobby is not None
    assert tea is not None
    assert loft is not None
    assert now(upgraded.roomId("gone")) is None
    room = now(upgraded.room(tea))
    assert room is not None
    assert (room.head, room.rightsSeq, room.topic) == (12, 9, "Green, black, white")
    assert room.settings == {"hidden": True, "limit": 12}
    assert room.roles[ANN] == Role.OWNER
    assert room.roles[BEA] == Role.OPERATOR
    assert {name: [mask.mask for mask in masks] for name, masks in room.lists.items()} == {
        "ban": ["account:cal"],
        "exception": ["account:Béa"],
        "invitation": ["gus"],
        "mute": ["*.cloak"],
    }
    assert {member.name for member in room.members} == {"Ann", "Béa"}
    archived = now(upgraded.room(loft))
    assert archived is not None
    assert archived.archived
    assert archived.name == "Loft"
    page = now(upgraded.history(lobby))
    assert texts(page.events) == [
        "Good morning everybody",
        "Bonjour à tous: le café est prêt",
        "two lines\nof a guest",
        "waves",
        "a notice",
        "That is a good idea",
        "the kettle is on",
        "Breakfast, every day",
    ]
    kinds = [event.kind for event in now(upgraded.replay(lobby, 0, 100))]
    assert kinds[7:] == (
        ["edited", "said", "edited", "deleted", "reacted", "reacted", "unreacted", "topic"]
    )
    for words, found in (("CAFE", 1), ("kettle", 1), ("teh", 0), ("secret", 0), ("kept", 0)):
        assert now(upgraded.search([(lobby, 1)], words)).total == found, words
    assert now(upgraded.search([(tea, 1)], "kept")).total == 2


@pytest.mark.parametrize("revision", [each for each in OLD if each < "0004"])
def test_whatWasSaidBeforeIsFoundAsWhatIsSaidNow(revision: str, tmp_path: Path) -> None:
    """
    Since 0004 the index is as it is now.
    """
    file = tmp_path / "chat.sqlite"
    releases.restore(revision, file)
    with closing(sqlite3.connect(file)) as database, database:
        changed = "UPDATE log SET present = ? WHERE text = ?"
        database.execute(changed, ("我们在北京大学见面", "Good morning everybody"))
        database.execute("UPDATE log SET text = ? WHERE text = 'waves'", ("ฉันกินข้าว",))
    upgraded = store(file)
    now(upgraded.start())
    lobby = now(upgraded.roomId("lobby"))
    assert lobby is not None
    for words, found in (("大学", 1), ("morning", 0), ("ข้าว", 1), ("everybody", 0), ("kettle", 1)):
        assert now(upgraded.search([(lobby, 1)], words)).total == found, words
    now(upgraded.stop())


def _checkPeople(upgraded: SqliteStore) -> None:
    ann = now(upgraded.account("ann"))
    assert ann is not None
    assert ann.id == ANN
    assert ann.password.startswith("$argon2id$")
    assert ann.preferences["zone"] == 120
    assert ann.preferences["ignored"] == ["troll"]
    assert of(now(upgraded.history(BOTH)).events) == [(1, "said", "Ann"), (2, "said", "Béa")]
    assert [listing.otherName for listing in now(upgraded.directs(ANN))] == ["gus", "Béa"]
    reading = {one.name: (one.read, one.joinedSeq) for one in now(upgraded.memberships(CAL))}
    assert reading == {"lobby": (5, 0)}


@pytest.mark.parametrize("revision", OLD)
def test_theDataAsItWasIsKeptBesideForItsOwnerAlone(revision: str, tmp_path: Path) -> None:
    file, kept = tmp_path / "chat.sqlite", tmp_path / f"chat.sqlite.before-{REVISION}"
    releases.restore(revision, file)
    with closing(sqlite3.connect(file)) as database:
        before = tableSums(database)
    store(file).prepare()
    assert kept.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(kept)) as database:
        assert revisionIn(database) == revision
        assert damage(database) is None
        assert tableSums(database) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name, kept.name]
    # What is up to date is not copied again.
    kept.unlink()
    store(file).prepare()
    assert not kept.exists()


@pytest.mark.parametrize("revision", OLD)
def test_whatCanNotBeCopiedIsNotBroughtUpToDate(
    revision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(database: Path, copy: Path) -> None:
        error = sqlite3.OperationalError("injected")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    file = tmp_path / "chat.sqlite"
    releases.restore(revision, file)
    with monkeypatch.context() as patched:
        patched.setattr(sqlite_copy, "copyDatabase", full)
        with pytest.raises(StartRefused) as caught:
            store(file).prepare()
    assert str(caught.value) == (
        f"{file} can't be copied before it is brought up to date: the disk is full."
    )
    with closing(sqlite3.connect(file)) as database:
        assert revisionIn(database) == revision
    store(file).prepare()


def test_aReactionThatWasRedactedIsGoneAfterTheUpgrade(tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    releases.restore("0005", file)
    data = '{"emoji":"Xylophonquark","tags":[["+x","Xylophonquark"]],"targetId":"x"%s}'
    redacted = data % ',"reaction":"y"'
    kinds = [("reacted", data % "", 1), ("unreacted", redacted, 0), ("unreacted", data % "", 0)]
    with closing(sqlite3.connect(file)) as database, database:
        for number, (kind, text, deleted) in enumerate(kinds, 900):
            database.execute(
                "INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name,"
                " author_account, target, data, deleted) VALUES (?, 1, ?, ?, 1, ?, 'a', 'a', 0, 1,"
                " ?, ?)",
                (number, number, f"id{number}", kind, text, deleted),
            )
    upgraded = store(file)
    upgraded.prepare()
    with closing(sqlite3.connect(file)) as database:
        written = "SELECT data, deleted FROM log WHERE row >= 900 ORDER BY row"
        assert database.execute(written).fetchall() == [
            ('{"emoji":"","targetId":"x"}', 1),
            ('{"emoji":"","targetId":"x","reaction":"y"}', 0),
            (data % "", 0),
        ]
        # So the files are swept of it.
        assert database.execute("SELECT name, value FROM facts").fetchall() == [("unswept", 1)]
