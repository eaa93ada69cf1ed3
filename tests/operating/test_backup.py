"""
A backup is one file with all that is needed, and what comes back is what was there.
"""

from __future__ import annotations

import errno
import fcntl
import io
import json
import os
import sqlite3
import tarfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.storage import releases
from twisted_chat import cli
from twisted_chat.beginning import makingIn
from twisted_chat.domain.errors import BadInput
from twisted_chat.operating import archive, backup
from twisted_chat.operating.archive import Manifest
from twisted_chat.operating.backup import backUp, restore
from twisted_chat.operating.place import Place, placeOf
from twisted_chat.storage.schema import REVISION
from twisted_chat.storage.sqlite_copy import opened, tableSums

AT = 1_780_000_000.5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    A data folder.
    """
    made = tmp_path / "data"
    made.mkdir(0o700)
    (made / "chat.sqlite").write_bytes(releases.upgraded("0001"))
    (made / "chat.sqlite").chmod(0o600)
    for name, mode in (("secret", 0o600), ("tls-cert.pem", 0o644), ("lock", 0o600)):
        (made / name).write_text(name)
        (made / name).chmod(mode)
    return made


@pytest.fixture
def place(folder: Path) -> Place:
    """
    That data folder, with a file of settings.
    """
    config = folder.parent / "my.toml"
    config.write_text('[network]\nname = "tea"\n')
    return placeOf(Namespace(data_dir=str(folder), config=config))


@pytest.fixture
def made(place: Place, tmp_path: Path) -> Path:
    """
    A backup of it.
    """
    backUp(tmp_path / "made.tar", place, lambda: AT)
    return tmp_path / "made.tar"


Change = Callable[[list[tuple[tarfile.TarInfo, bytes]]], Any]


def changed(file: Path, change: Change) -> Path:
    """
    @return: a backup with other members.
    """
    with tarfile.open(file) as tar:
        members = []
        for member in tar:
            content = tar.extractfile(member)
            members.append((member, content.read() if content is not None else b""))
    change(members)
    with tarfile.open(file, "w") as tar:
        for member, data in members:
            tar.addfile(member, io.BytesIO(data))
    return file


def refusal(file: Path, folder: Path) -> str:
    """
    @return: why a backup is not restored; nothing is left of it.
    """
    with pytest.raises(BadInput) as caught:
        restore(file, folder)
    assert not folder.exists()
    assert "\n" not in caught.value.text
    return caught.value.text


def test_aBackupIsOneFileForItsOwnerAloneWithAManifestFirst(place: Place, tmp_path: Path) -> None:
    manifest = backUp(tmp_path / "b.tar", place, lambda: AT)
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o600
    with tarfile.open(tmp_path / "b.tar") as tar:
        names = tar.getnames()
        first = tar.extractfile("manifest.json")
        assert first is not None
        written = json.load(first)
    assert names == ["manifest.json", "chat.sqlite", "secret", "tls-cert.pem", "chat.toml"]
    assert list(written["files"]) == names[1:]
    assert (written["version"], written["at"], written["revision"]) == (1, AT, REVISION)
    assert written["tables"]["log"]["rows"] == manifest.tables["log"].rows == 33
    # Nothing else is left beside it.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "data", "my.toml"]


def test_whatComesBackIsWhatWasThere(made: Path, folder: Path, tmp_path: Path) -> None:
    manifest = restore(made, tmp_path / "new" / "data")
    back = tmp_path / "new" / "data"
    assert back.stat().st_mode & 0o777 == 0o700
    found = {path.name: path.stat().st_mode & 0o777 for path in back.iterdir()}
    assert found == {
        "chat.sqlite": 0o600,
        "secret": 0o600,
        "tls-cert.pem": 0o644,
        "chat.toml": 0o644,
    }
    assert (back / "secret").read_text() == "secret"
    with (
        closing(opened(folder / "chat.sqlite")) as one,
        closing(opened(back / "chat.sqlite")) as other,
    ):
        assert tableSums(one) == tableSums(other) == manifest.tables


def test_whatWasWrittenJustNowIsInTheBackup(place: Place, tmp_path: Path) -> None:
    with closing(opened(place.database)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("INSERT INTO facts (name, value) VALUES ('new', 1)")
        # It is in the write-ahead log alone as long as somebody has the database open.
        assert (place.folder / "chat.sqlite-wal").stat().st_size
        manifest = backUp(tmp_path / "b.tar", place, lambda: AT)
    assert manifest.tables["facts"].rows == 2


def test_aBackupOverwritesNothing(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    file.write_text("mine")
    with pytest.raises(BadInput, match=r"b\.tar exists already; it is not overwritten\.$"):
        backUp(file, place, lambda: AT)
    assert file.read_text() == "mine"
    link = tmp_path / "link.tar"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="exists already"):
        backUp(link, place, lambda: AT)


@pytest.mark.parametrize("links", [True, False])
def test_aFileThatAppearsMeanwhileIsNotOverwrittenEither(
    links: bool, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b.tar"
    real = os.link

    def link(source: Any, target: Any) -> None:
        file.write_text("another")
        if not links:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(BadInput):
        backUp(file, place, lambda: AT)
    assert file.read_text() == "another"


def test_whatCanNotBeBackedUpIsToldInOneLine(place: Place, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"can't be written: No such file or directory\.$"):
        backUp(tmp_path / "none" / "b.tar", place, lambda: AT)
    place.database.write_bytes(b"no database" * 1000)
    with pytest.raises(BadInput, match=r"can't be copied: the file is not a database\.$"):
        backUp(tmp_path / "b.tar", place, lambda: AT)
    place.database.unlink()
    with pytest.raises(BadInput, match="There is no data here"):
        backUp(tmp_path / "b.tar", place, lambda: AT)
    assert not (tmp_path / "b.tar").exists()


def test_dataThatMayNotBeLookedForIsToldOfInOneLine(place: Place, tmp_path: Path) -> None:
    # As for who may not come into the folder, and has not come as root.
    hidden = replace(place, database=tmp_path / ("x" * 300))
    with pytest.raises(BadInput, match=r"/x+ can't be read: File name too long\.$"):
        backUp(tmp_path / "b.tar", hidden, lambda: AT)


def test_aDamagedDatabaseIsNotTakenForABackup(place: Place, tmp_path: Path) -> None:
    with closing(opened(place.database)) as writer:
        writer.execute("PRAGMA writable_schema=ON")
        writer.execute("DELETE FROM sqlite_master WHERE name = 'log_author'")
    with pytest.raises(BadInput, match=r"is damaged: "):
        backUp(tmp_path / "b.tar", place, lambda: AT)
    assert not (tmp_path / "b.tar").exists()


def test_aDatabaseWithNamesThatAreNoTextIsNotTakenForABackup(place: Place, tmp_path: Path) -> None:
    with closing(opened(place.database)) as writer:
        writer.execute("PRAGMA writable_schema=ON")
        writer.execute(
            "UPDATE sqlite_master SET name = CAST(x'9696' AS TEXT), rootpage ="
            " (SELECT rootpage FROM sqlite_master WHERE name = 'masks') WHERE name = 'log_author'"
        )
        writer.commit()
    with pytest.raises(BadInput, match=r" is damaged: it has names that are no text"):
        backUp(tmp_path / "b.tar", place, lambda: AT)
    assert not (tmp_path / "b.tar").exists()


def test_whatTheProgramRefusesIsCleanOfEscapes(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = made.rename(tmp_path / "\x1b[31mred.tar")
    file.write_bytes(b"hello")
    assert cli.main(["restore", str(file), "--data-dir", str(tmp_path / "new")]) == 1
    error = capsys.readouterr().err
    assert "red.tar is not a backup" in error
    assert "\x1b" not in error


def test_aBackupIsRestoredIntoAnEmptyFolderOnly(made: Path, folder: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(BadInput, match="is not empty"):
        restore(made, folder)
    assert sorted(path.name for path in folder.iterdir()) == before
    (tmp_path / "empty").mkdir()
    restore(made, tmp_path / "empty")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="File exists"):
        restore(made, tmp_path / "file")


def test_aServerThatStartsMeanwhileWaitsForWhatIsRestored(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It would begin a network in the empty folder, and go on with its own write-ahead log beside the
    database that comes back.
    """
    data = tmp_path / "new"
    starts: list[str] = []

    def start(connection: sqlite3.Connection) -> Any:
        # What is there by now is checked, and has not got its name yet.
        starts.append("waits")
        with pytest.raises(BlockingIOError), opening(data) as folder:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return tableSums(connection)

    monkeypatch.setattr(backup, "tableSums", start)
    restore(made, data)
    assert starts == ["waits"]
    with makingIn(data):
        assert (data / "chat.sqlite").exists()


@contextmanager
def opening(folder: Path) -> Iterator[int]:
    """
    A folder, opened as a start opens it.
    """
    opened = os.open(folder, os.O_RDONLY)
    try:
        yield opened
    finally:
        os.close(opened)


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "/tmp/evil", "a/b", "..", ".hidden", "chat.sqlite-wal", "a\nb", "", "x" * 101,
        "../evil.pem", "a/b.pem", "a\nb.pem", "\x1b[31m.pem", "x" * 252 + ".pem",
        "lock", "admin.sock", "begun", "server.log", "chat.sqlite.before-0004",
    ],
)  # fmt: skip
def test_aNameThatLeadsElsewhereIsRefused(name: str, made: Path, tmp_path: Path) -> None:
    def rename(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[2][0].name = name
        manifest = json.loads(members[0][1])
        manifest["files"][name] = manifest["files"].pop("secret")
        members[0] = _manifest(members[0][0], manifest)

    assert "does not belong in it" in refusal(changed(made, rename), tmp_path / "new")
    assert not (tmp_path / "evil").exists()


def _manifest(member: tarfile.TarInfo, manifest: Any) -> tuple[tarfile.TarInfo, bytes]:
    text = json.dumps(manifest).encode()
    member.size = len(text)
    return member, text


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE],
)
def test_nothingButFilesIsRestored(kind: bytes, made: Path, tmp_path: Path) -> None:
    def replace(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        secret = members[2][0]
        secret.type, secret.linkname, secret.size = kind, "tls-cert.pem", 0

    assert "'secret' does not belong in it" in refusal(changed(made, replace), tmp_path / "new")


def test_aFileWithHolesIsNotRestored(made: Path, tmp_path: Path) -> None:
    def hollow(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        size, map = 2**40, b"1\n0\n0\n".ljust(512, b"\0")
        manifest = json.loads(members[0][1])
        manifest["files"]["secret"]["size"] = size
        members[0] = _manifest(members[0][0], manifest)
        member = tarfile.TarInfo("secret")
        member.size = len(map)
        member.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": "secret",
            "GNU.sparse.realsize": str(size),
        }
        members[2] = member, map

    assert "'secret' does not belong in it" in refusal(changed(made, hollow), tmp_path / "new")


@pytest.mark.parametrize(
    ("mode", "restored"), [(0o4777, 0o644), (0, 0o600), (0o640, 0o640), (-1, 0o644), (2**70, 0o600)]
)
def test_othersMayNotDoMoreWithWhatIsRestoredThanReadIt(
    mode: int, restored: int, made: Path, tmp_path: Path
) -> None:
    def alter(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        manifest = json.loads(members[0][1])
        manifest["files"]["secret"]["mode"] = mode
        members[0] = _manifest(members[0][0], manifest)

    restore(changed(made, alter), tmp_path / "new")
    assert (tmp_path / "new" / "secret").stat().st_mode & 0o7777 == restored


def test_keysComeBackWhateverTheyAreCalled(place: Place, tmp_path: Path) -> None:
    names = ["my key.pem", ".old.pem", "schlüssel.key", "x" * 200 + ".key"]
    for name in names:
        (place.folder / name).write_text(name)
    backUp(tmp_path / "b.tar", place, lambda: AT)
    restore(tmp_path / "b.tar", tmp_path / "new")
    assert [(tmp_path / "new" / name).read_text() for name in names] == names


def test_aKeyWhoseNameCouldNotBeRestoredIsToldOfBefore(place: Place, tmp_path: Path) -> None:
    (place.folder / "a\nb.pem").write_text("x")
    with pytest.raises(
        BadInput, match=r"^'a\\nb.pem' can't be restored under this name; rename it"
    ):
        backUp(tmp_path / "b.tar", place, lambda: AT)
    assert not (tmp_path / "b.tar").exists()


def test_aChecksumThatIsWrongIsNoticed(made: Path, tmp_path: Path) -> None:
    def alter(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[2] = members[2][0], b"SECRET"

    assert "the checksum of secret is wrong" in refusal(changed(made, alter), tmp_path / "new")


def test_aMissingFileIsNoticed(made: Path, tmp_path: Path) -> None:
    text = refusal(changed(made, lambda members: members.pop(2)), tmp_path / "new")
    assert "secret is missing" in text


def test_aFileThatIsThereTwiceIsNoticed(made: Path, tmp_path: Path) -> None:
    text = refusal(changed(made, lambda members: members.append(members[2])), tmp_path / "new")
    assert "'secret' is not what the manifest says" in text


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_aFileThatIsCutOffIsNoticed(kept: float, made: Path, tmp_path: Path) -> None:
    made.write_bytes(made.read_bytes()[: int(made.stat().st_size * kept)])
    assert "is not a backup that can be used" in refusal(made, tmp_path / "new")


@pytest.mark.parametrize("content", [b"", b"hello", b"x" * 4096])
def test_whatIsNoBackupIsRefused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    file.write_bytes(content)
    assert "is not a backup" in refusal(file, tmp_path / "new")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "is a backup of format 2, and this program knows format 1"),
        ({"format": "x"}, "its manifest is one of something else"),
        ({"files": {}}, "it has no database"),
        ({"tables": {}}, "its tables are not what the manifest says"),
        ({"files": 3}, "its manifest can't be read"),
        ({"revision": "9999"}, "its tables are not what the manifest says"),
    ],
)
def test_aManifestThatIsNotRightIsRefused(
    change: dict[str, Any], why: str, made: Path, tmp_path: Path
) -> None:
    def alter(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[0] = _manifest(members[0][0], json.loads(members[0][1]) | change)

    assert why in refusal(changed(made, alter), tmp_path / "new")


def test_aDatabaseThatIsDamagedInTheBackupIsNoticed(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = archive.fileSum

    def damaging(path: Path) -> archive.FileSum:
        if path.name == "chat.sqlite":
            with path.open("r+b") as file:
                file.seek(path.stat().st_size // 2)
                file.write(b"\xff" * 20_000)
        return real(path)

    monkeypatch.setattr(archive, "fileSum", damaging)
    backUp(tmp_path / "b.tar", place, lambda: AT)
    assert "The database in the backup" in refusal(tmp_path / "b.tar", tmp_path / "new")


def test_aCertificateThatIsRenewedMeanwhileIsInTheBackupAsItWas(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = archive.fileSum

    def renewing(path: Path) -> archive.FileSum:
        found = real(path)
        if path.name == "tls-cert.pem":
            (place.folder / path.name).write_text("another certificate")
        return found

    monkeypatch.setattr(archive, "fileSum", renewing)
    backUp(tmp_path / "b.tar", place, lambda: AT)
    restore(tmp_path / "b.tar", tmp_path / "new")
    assert (tmp_path / "new" / "tls-cert.pem").read_text() == "tls-cert.pem"


def test_theProgramTellsWhatItDoes(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, data = str(tmp_path / "b.tar"), str(place.folder)
    assert cli.main(["backup", file, "--data-dir", data, "--config", str(place.config)]) == 0
    assert cli.main(["restore", file, "--data-dir", str(tmp_path / "new")]) == 0
    out = capsys.readouterr().out.splitlines()
    files = "chat.sqlite, secret, tls-cert.pem, chat.toml"
    assert out[0].startswith(f"{file}: 0.")
    assert out[0].endswith(files)
    assert out[1:] == [
        f"{tmp_path / 'new'}: 33 events, schema {REVISION}; {files}",
        f"The settings of then are in {tmp_path / 'new' / 'chat.toml'}; a start does not read it.",
    ]
    assert cli.main(["backup", file, "--data-dir", data]) == 1
    assert capsys.readouterr().err == (
        f"twisted-chat: {file} exists already; it is not overwritten.\n"
    )


def test_aCertificateElsewhereIsNotInTheBackupAndThatIsTold(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "other.toml"
    config.write_text('[tls]\ncert = "/etc/ssl/mine.crt"\n')
    arguments = ["backup", str(tmp_path / "b.tar"), "--data-dir", str(place.folder)]
    assert cli.main([*arguments, "--config", str(config)]) == 0
    out = capsys.readouterr().out
    assert "Not in it, since it is not in the data folder: /etc/ssl/mine.crt\n" in out


def test_thatTheSettingsHaveTheDatabaseElsewhereIsTold(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "other.toml"
    arguments = ["restore", str(made), "--config", str(config), "--data-dir"]
    for name, told in (("new/chat.sqlite", 0), ("other.sqlite", 2)):
        config.write_text(f'[network]\ndatabase = "sqlite:///{tmp_path}/{name}"\n')
        assert cli.main([*arguments, str(tmp_path / ("again" if told else "new"))]) == 0
        lines = capsys.readouterr().out.splitlines()[1:-1]
        assert len(lines) == told
    assert f"uses another database, {tmp_path}/other.sqlite" in lines[0]
    assert lines[1].endswith(f" sqlite:///{tmp_path}/again/chat.sqlite")


def test_aNetworkInMemoryHasNoBackup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "memory.toml"
    config.write_text('[network]\ndatabase = "sqlite://"\n')
    assert cli.main(["backup", str(tmp_path / "b.tar"), "--config", str(config)]) == 1
    assert "in memory only" in capsys.readouterr().err


def test_theManifestSaysWhatItIs(made: Path, tmp_path: Path) -> None:
    manifest = restore(made, tmp_path / "new")
    assert isinstance(manifest, Manifest)
    assert manifest.format == "twisted_chat backup"
    assert manifest.tables["log"].columns[0] == "at"
