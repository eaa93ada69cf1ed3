"""
A certificate is renewed while the server runs.
"""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from tests.integration.running import Server, running, wrongsIn
from twisted_chat.doors.selfsigned import selfSigned

pytestmark = pytest.mark.integration


def newFiles(folder: Path, name: str) -> tuple[Path, Path]:
    """
    A certificate and its key, as somebody else would make them.
    """
    folder.mkdir()
    clock = Clock()
    clock.advance(1_790_000_000)
    return selfSigned(folder, name, clock)


def fingerprint(certificate: bytes) -> str:
    """
    @param certificate: in DER form.
    @return: as the server writes it.
    """
    return hashlib.sha256(certificate).digest().hex(":").upper()


def shown(server: Server) -> str:
    """
    The fingerprint of the certificate that who comes now is shown.
    """
    with server.connect(tls=True) as client:
        assert isinstance(client.socket, ssl.SSLSocket)
        certificate = client.socket.getpeercert(binary_form=True)
    assert certificate is not None
    return fingerprint(certificate)


def untilShown(server: Server, wanted: str) -> None:
    """
    Come again and again until another certificate is shown; the files are looked at every second.
    """
    for _ in range(30):
        if shown(server) == wanted:
            return
        # Somebody who says no name is sent away after a second: that is the pause.
        with server.connect() as client:
            client.rest()
    raise AssertionError(f"{wanted} was never shown:\n{server.output.text}")


def test_aChangedCertificateIsPickedUpAndABrokenOneIsNot(tmp_path: Path) -> None:
    """
    Without a restart; who is in stays in. A broken one is refused with a line in the log, and the
    one before it stays.
    """
    cert, key = newFiles(tmp_path / "first", "first.example")
    newCert, newKey = newFiles(tmp_path / "second", "second.example")
    first = fingerprint(ssl.PEM_cert_to_DER_cert(cert.read_text()))
    second = fingerprint(ssl.PEM_cert_to_DER_cert(newCert.read_text()))
    options = ["--tls-cert", str(cert), "--tls-key", str(key)]
    with running(tmp_path, *options, settings="[limits]\nlogin = '1 s'\n") as server:
        server.output.until(rf"certificate +SHA-256 {first}$")
        with server.enter("alex", tls=True) as alex:
            assert shown(server) == first
            newKey.replace(key)
            newCert.replace(cert)
            untilShown(server, second)
            server.output.until(rf"The TLS certificate is renewed, SHA-256 {second}$")
            cert.write_text("This is none.\n")
            for _ in range(2):
                with server.connect() as client:
                    client.rest()
                assert shown(server) == second
            server.output.until(
                r"#warn\] The TLS certificate stays as it was: tls\.cert: .*cert\.pem: "
            )
            assert server.output.text.count("stays as it was") == 1
            alex.ask("/who", "1 member of lobby")
        server.stop()
    assert wrongsIn(server.output.text) == []


def test_theCertificateThatIsMadeIsKept(tmp_path: Path) -> None:
    """
    For the owner's eyes alone, and the same after a restart.
    """
    prints = set()
    for _ in range(2):
        with running(tmp_path) as server:
            prints.add(shown(server))
            server.output.until(rf"certificate +SHA-256 {shown(server)}$")
            server.kill()
        for file in ("tls-cert.pem", "tls-key.pem", "secret", "chat.sqlite", "lock"):
            assert (server.data / file).stat().st_mode & 0o777 == 0o600, file
        assert server.data.stat().st_mode & 0o777 == 0o700
    assert len(prints) == 1
