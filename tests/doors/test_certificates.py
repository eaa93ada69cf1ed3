"""
L{twisted_chat.doors.certificates}: made once, renewed while running, never worse than before.
"""

from __future__ import annotations

import errno
import hashlib
import os
import ssl
import time
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import LogLevel, capturedLogs, formatEvent
from zope.interface.verify import verifyObject

from twisted_chat.domain.units import DAYS
from twisted_chat.doors import selfsigned
from twisted_chat.doors.certificates import Certificates, loadCertificate
from twisted_chat.doors.selfsigned import CERT_FILE, KEY_FILE, selfSigned
from twisted_chat.settings.kinds import SettingsError


class Speaker(Protocol):
    """
    Says something as soon as somebody is there.
    """

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(b"hello\r\n")


def clockNow() -> Clock:
    """
    @return: a clock that stands at the present, since clients look at certificates' dates.
    """
    clock = Clock()
    clock.advance(time.time())
    return clock


class Client:
    """
    A TLS client that talks to a factory in memory.
    """

    def __init__(self, renewing: Certificates, context: ssl.SSLContext | None = None) -> None:
        if context is None:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")
        self.server = renewing.wrap(Factory.forProtocol(Speaker)).buildProtocol(None)
        self.transport = StringTransport()
        self.server.makeConnection(self.transport)
        for _ in range(4):
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            self._carry()

    def _carry(self) -> None:
        if self._out.pending:
            self.server.dataReceived(self._out.read())
        self._in.write(self.transport.value())
        self.transport.clear()

    def read(self) -> bytes:
        """
        @return: what the server said and the client has not read.
        """
        self._carry()
        return self.tls.read(1000)

    @property
    def fingerprint(self) -> str:
        """
        The SHA-256 of the certificate that the client sees.
        """
        seen = self.tls.getpeercert(binary_form=True)
        assert seen is not None
        return hashlib.sha256(seen).digest().hex(":").upper()


def made(folder: Path, name: str = "chat.example") -> tuple[Path, Path]:
    """
    @return: the paths of a fresh certificate and key in C{folder/name}.
    """
    inside = folder / f"of {name[:20]}"
    inside.mkdir()
    return selfSigned(inside, name, clockNow())


def replace(old: Path, new: Path) -> None:
    """
    Put a file in another's place, as programs that renew certificates do.
    """
    copy = old.with_suffix(".copy")
    copy.write_bytes(new.read_bytes())
    os.replace(copy, old)


def subject(certPath: Path) -> x509.SubjectAlternativeName:
    """
    @return: whom a certificate is for.
    """
    found = x509.load_pem_x509_certificate(certPath.read_bytes())
    return found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_aCertificateIsMadeOnceAndKeptForItsOwnerAlone(tmp_path: Path) -> None:
    """
    Mode 0600; the second start has the same; nothing else is left in the folder.
    """
    clock = Clock()
    certPath, keyPath = selfSigned(tmp_path, "chat.example", clock)
    before = certPath.read_bytes(), keyPath.read_bytes()
    assert [path.stat().st_mode & 0o777 for path in (certPath, keyPath)] == [0o600, 0o600]
    clock.advance(10**9)
    assert selfSigned(tmp_path, "other.example", clock) == (certPath, keyPath)
    assert (certPath.read_bytes(), keyPath.read_bytes()) == before
    assert sorted(tmp_path.iterdir()) == sorted((certPath, keyPath))


def test_aHalfMadeCertificateIsMadeAnew(tmp_path: Path) -> None:
    """
    The power failed between the two files, or while one was written.
    """
    certPath, keyPath = selfSigned(tmp_path, "chat.example", Clock())
    for lost in (certPath, keyPath):
        lost.unlink()
        (tmp_path / f".{keyPath.name}.new").write_text("half")
        selfSigned(tmp_path, "chat.example", Clock())
        assert loadCertificate(certPath, keyPath).fingerprint
        assert sorted(tmp_path.iterdir()) == sorted((certPath, keyPath))


@pytest.mark.parametrize("lost", [CERT_FILE, KEY_FILE])
def test_theLogTellsOnceWhichFileOfACertificateWasLost(tmp_path: Path, lost: str) -> None:
    """
    And that the fingerprint is another one, which it is. The first start has lost nothing.
    """
    with capturedLogs() as logs:
        before = loadCertificate(*selfSigned(tmp_path, "chat.example", Clock())).fingerprint
        assert logs == []
        (tmp_path / lost).unlink()
        after = loadCertificate(*selfSigned(tmp_path, "chat.example", Clock())).fingerprint
        selfSigned(tmp_path, "chat.example", Clock())
    (event,) = logs
    assert event["log_level"] is LogLevel.warn
    assert formatEvent(event) == (
        f"{tmp_path / lost} was missing: a new TLS certificate is made, with another fingerprint"
    )
    assert after != before


def test_anOldCertificateNeverStandsBesideANewKey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Even if the power fails between the two, the next start finds a pair or makes one.
    """
    certPath, keyPath = selfSigned(tmp_path, "chat.example", Clock())
    keyPath.unlink()
    write = selfsigned.writeOnce

    def failing(path: Path, content: bytes) -> None:
        if path == certPath:
            raise OSError(5, "power failed")
        write(path, content)

    monkeypatch.setattr(selfsigned, "writeOnce", failing)
    with pytest.raises(SettingsError, match="power failed"):
        selfSigned(tmp_path, "chat.example", Clock())
    monkeypatch.undo()
    assert loadCertificate(*selfSigned(tmp_path, "chat.example", Clock())).fingerprint


def test_aSelfSignedCertificateLastsTenYearsFromNow(tmp_path: Path) -> None:
    """
    By the clock that is given.
    """
    clock = clockNow()
    paths = selfSigned(tmp_path, "chat.example", clock)
    years = (loadCertificate(*paths).expires - clock.seconds()) / (365 * 24 * 3600)
    assert years == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("chat.example", [x509.DNSName("chat.example")]),
        ("localhost", []),
        ("192.0.2.7", [x509.IPAddress(ip_address("192.0.2.7"))]),
        ("The Café, upstairs", []),
        ("ü" * 200, []),
        ("", []),
    ],
)
def test_aSelfSignedCertificateIsForThisMachineAndTheNetworksName(
    tmp_path: Path, name: str, also: list[x509.GeneralName]
) -> None:
    """
    Where the name is one that a client can connect to; any other name does no harm.
    """
    names = list(subject(selfSigned(tmp_path, name, Clock())[0]))
    assert x509.DNSName("localhost") in names
    assert len(names) == 3 + len(also)
    assert names[3:] == also


def test_aFolderThatCantBeWrittenIsNamedInOneLine(tmp_path: Path) -> None:
    """
    By the setting that chose it.
    """
    with pytest.raises(SettingsError, match=r"^network\.data_dir: .*No such file or directory$"):
        selfSigned(tmp_path / "absent", "chat.example", Clock())


def test_aClientThatTrustsTheCertificateGetsIn(tmp_path: Path) -> None:
    """
    With its name checked; the fingerprint is the one the client sees; what is written goes out in
    the same turn.
    """
    certPath, keyPath = made(tmp_path)
    clock = Clock()
    renewing = Certificates(certPath, keyPath, clock)
    assert verifyObject(IOpenSSLServerConnectionCreator, renewing)
    client = Client(renewing, ssl.create_default_context(cafile=str(certPath)))
    assert client.read() == b"hello\r\n"
    assert client.fingerprint == renewing.fingerprint
    assert len(renewing.fingerprint) == 95
    assert clock.getDelayedCalls() == []


def test_oldTlsRenegotiationAndCompressionAreOffAndBuffersAreReleased(tmp_path: Path) -> None:
    """
    As the context reports it; C{0} asks without changing anything.
    """
    context = loadCertificate(*made(tmp_path)).context
    assert context.set_options(0) & SSL.OP_NO_RENEGOTIATION
    assert context.set_options(0) & SSL.OP_NO_COMPRESSION
    assert context.set_mode(0) & SSL.MODE_RELEASE_BUFFERS
    assert context.get_session_cache_mode() == SSL.SESS_CACHE_OFF


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_presentTlsVersionsWork(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """
    Both of them.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    client = Client(Certificates(*made(tmp_path), Clock()), context)
    assert client.read() == b"hello\r\n"


def test_aTlsVersionBefore12IsRefused(tmp_path: Path) -> None:
    """
    A client that knows nothing newer gets an alert.
    """
    server = SSL.Connection(loadCertificate(*made(tmp_path)).context, None)
    server.set_accept_state()
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_max_proto_version(SSL.TLS1_1_VERSION)
    client = SSL.Connection(context, None)
    client.set_connect_state()
    try:
        client.do_handshake()
    except SSL.WantReadError:
        server.bio_write(client.bio_read(10000))
    except SSL.Error:
        pytest.skip("this OpenSSL has no older versions at all")
    with pytest.raises(SSL.Error, match="unsupported protocol"):
        server.do_handshake()


def test_aRenewedCertificateIsUsedForTheNextConnection(tmp_path: Path) -> None:
    """
    The files are looked at once a second at most; who is connected already stays so.
    """
    here, new = made(tmp_path, "one"), made(tmp_path, "two")
    clock = Clock()
    renewing = Certificates(*here, clock)
    old = Client(renewing)
    for path, source in zip(here, new, strict=True):
        replace(path, source)
    clock.advance(0.9)
    assert Client(renewing).fingerprint == old.fingerprint
    clock.advance(0.1)
    with capturedLogs() as logs:
        client = Client(renewing)
    assert client.fingerprint == loadCertificate(*new).fingerprint != old.fingerprint
    assert client.read() == b"hello\r\n"
    assert old.read() == b"hello\r\n"
    assert [event["digest"] for event in logs] == [renewing.fingerprint]


def test_itIsUsedAfterTheClockWasSetBackToo(tmp_path: Path) -> None:
    here, new = made(tmp_path, "one"), made(tmp_path, "two")
    clock = clockNow()
    clock.advance(3650 * DAYS)
    with capturedLogs() as logs:
        renewing = Certificates(*here, clock)
        clock.rightNow -= 3650 * DAYS
        for path, source in zip(here, new, strict=True):
            replace(path, source)
        assert Client(renewing).fingerprint == loadCertificate(*new).fingerprint
        clock.advance(3639.5 * DAYS)
        renewing.refresh()
    assert [event.get("when") for event in logs] == ["has ended", None, "ends in 10 days"]


def test_aBrokenCertificateIsLoggedOnceAndTheOldOneStays(tmp_path: Path) -> None:
    """
    Until the files are right again.
    """
    here, new = made(tmp_path, "one"), made(tmp_path, "two")
    clock = Clock()
    renewing = Certificates(*here, clock)
    old = renewing.fingerprint
    here[0].write_text("rubbish")
    with capturedLogs() as logs:
        for _ in range(3):
            clock.advance(1)
            assert Client(renewing).fingerprint == old
    assert [event["error"] for event in logs] == [
        f"tls.cert: {here[0]}: holds no certificate in PEM form"
    ]
    here[0].unlink()
    clock.advance(1)
    assert Client(renewing).fingerprint == old
    replace(here[0], new[0])
    clock.advance(1)
    assert Client(renewing).fingerprint == old, "the key is still that of the old one"
    replace(here[1], new[1])
    clock.advance(1)
    assert Client(renewing).fingerprint == loadCertificate(*new).fingerprint


def test_aKeyThatMayBeReadAtLastIsLoaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A renewed key is often root's alone at first; whoever sees to that changes nothing in the file.
    """
    here, new = made(tmp_path, "one"), made(tmp_path, "two")
    clock, readBytes, closed = Clock(), Path.read_bytes, [here[1]]
    renewing = Certificates(*here, clock)

    def read(path: Path) -> bytes:
        if path in closed:
            raise PermissionError(errno.EACCES, "Permission denied")
        return readBytes(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    for path, source in zip(here, new, strict=True):
        replace(path, source)
    clock.advance(1)
    with capturedLogs() as logs:
        Client(renewing)
    assert [event["error"] for event in logs] == [f"tls.key: {here[1]}: Permission denied"]
    closed.clear()
    here[1].chmod(0o640)
    clock.advance(1)
    with capturedLogs() as logs:
        Client(renewing)
        here[1].chmod(0o600)
        clock.advance(1)
        Client(renewing)
    renewed = [event["digest"] for event in logs]
    assert renewed == [loadCertificate(*new).fingerprint], "and told once"


def test_oneFileMayHoldBoth(tmp_path: Path) -> None:
    """
    In either order.
    """
    certPath, keyPath = made(tmp_path)
    both = tmp_path / "both.pem"
    for first, second in ((certPath, keyPath), (keyPath, certPath)):
        both.write_bytes(first.read_bytes() + second.read_bytes())
        found = loadCertificate(both, both)
        assert found.fingerprint == loadCertificate(certPath, keyPath).fingerprint


def test_theWholeChainIsSent(tmp_path: Path) -> None:
    """
    What follows the certificate in its file goes to the client.
    """
    certPath, keyPath = made(tmp_path, "one")
    link = made(tmp_path, "two")[0]
    certPath.write_bytes(certPath.read_bytes() + link.read_bytes())
    context = loadCertificate(certPath, keyPath).context
    server, client = (
        SSL.Connection(context, None),
        SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None),
    )
    server.set_accept_state()
    client.set_connect_state()
    for side, other in ((client, server), (server, client), (client, server)):
        try:
            side.do_handshake()
        except SSL.WantReadError:
            pass
        other.bio_write(side.bio_read(20000))
    chain = client.get_peer_cert_chain(as_cryptography=True)
    assert chain is not None
    assert len(chain) == 2


def private(
    key: ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey, password: bytes = b""
) -> str:
    """
    @return: a key as PEM.
    """
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


WRONG = {
    "no cert": ("cert", None, r"^tls\.cert: .*cert\.pem: No such file or directory$"),
    "no key": ("key", None, r"^tls\.key: .*key\.pem: No such file or directory$"),
    "rubbish cert": ("cert", "rubbish", r"^tls\.cert: .*holds no certificate in PEM form$"),
    "empty cert": ("cert", "", r"^tls\.cert: .*holds no certificate in PEM form$"),
    "rubbish key": ("key", "rubbish", r"^tls\.key: .*holds no private key in PEM form$"),
    "another's key": (
        "key",
        private(ec.generate_private_key(ec.SECP256R1())),
        r"^tls\.cert: .*the key belongs to another certificate$",
    ),
    "locked key": (
        "key",
        private(ec.generate_private_key(ec.SECP256R1()), b"secret"),
        r"^tls\.key: .*the key must have no password$",
    ),
    "odd key": (
        "key",
        private(x25519.X25519PrivateKey.generate()),
        r"^tls\.(cert|key): ",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_aMissingOrBrokenFileIsOneLineWithTheSetting(tmp_path: Path, what: str) -> None:
    """
    Each way in which files can be wrong.
    """
    which, content, said = WRONG[what]
    certPath, keyPath = made(tmp_path)
    path = certPath if which == "cert" else keyPath
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(SettingsError, match=said) as caught:
        Certificates(certPath, keyPath, Clock())
    assert "\n" not in str(caught.value)


def test_theKeyIsAP256Key(tmp_path: Path) -> None:
    """
    Which every client knows and which is quick.
    """
    key = load_pem_private_key(made(tmp_path)[1].read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)


def test_aCertificateThatEndsSoonIsLoggedOnceADay(tmp_path: Path) -> None:
    clock = Clock()
    clock.advance(1_790_000_000)
    paths = selfSigned(tmp_path, "chat.example", clock)
    certificates = Certificates(*paths, clock)
    seen = []
    for days in (3630, 7, 0.5, 0.5, 20):
        clock.advance(days * DAYS)
        with capturedLogs() as logged:
            certificates.refresh()
        seen.append([event["when"] for event in logged])
    assert seen == [[], ["ends in 13 days"], [], ["ends in 12 days"], ["has ended"]]
