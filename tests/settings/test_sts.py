"""
Strict Transport Security: what is needed for it, and where clients are told of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs

from tests.frontends.irc.clients import FAR, IrcDoors
from twisted_chat import tap
from twisted_chat.config import load
from twisted_chat.doors.certificates import Certificates
from twisted_chat.frontends.irc.terms import IrcTerms, Sts
from twisted_chat.settings.kinds import SettingsError


def makeCertificate(folder: Path, issuer: str) -> Path:
    """
    A certificate of C{chat.example}, with its key.

    @param issuer: who vouches for it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    certificate = (
        x509.CertificateBuilder()
        .subject_name(named("chat.example"))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    file = folder / "cert.pem"
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + text)
    return file


def build(folder: Path, **given: object) -> object:
    """
    A node with these settings.
    """
    paths = {key.replace("__", "."): value for key, value in given.items()}
    settings = load(None, {"network.data_dir": str(folder / "data"), **paths})
    return tap.build(MemoryReactorClock(), settings)


def test_withoutACertificateThatClientsTrustItIsRefusedInOneLine(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        build(tmp_path, irc__sts="30 days")
    assert str(refused.value) == "irc.sts: needs a certificate that clients trust: set tls.cert"
    own = makeCertificate(tmp_path, "chat.example")
    with pytest.raises(SettingsError) as refused:
        build(tmp_path, irc__sts="30 days", tls__cert=str(own))
    assert str(refused.value).startswith("irc.sts: needs a certificate that is not self-signed")
    good = makeCertificate(tmp_path, "Somebody else")
    build(tmp_path, irc__sts="30 days", tls__cert=str(good))


def test_norIsACertificateTakenMeanwhileThatClientsDoNotTrust(tmp_path: Path) -> None:
    file = makeCertificate(tmp_path, "Somebody else")
    certificates = Certificates(file, file, Clock(), vouched=True)
    held = certificates.fingerprint
    makeCertificate(tmp_path, "chat.example")
    with capturedLogs() as logs:
        certificates.refresh()
    assert certificates.fingerprint == held
    (told,) = logs
    assert told["error"].startswith("irc.sts: needs a certificate that is not self-signed")
    # Where the settings don't ask for it any more, that one will do.
    certificates.reread(file, file)()
    assert certificates.fingerprint != held
    makeCertificate(tmp_path, "chat.example")
    held = certificates.fingerprint
    certificates.refresh()
    assert certificates.fingerprint != held


def test_thePortIsThatOfTheFirstDoorUnlessItIsSet(tmp_path: Path) -> None:
    good = str(makeCertificate(tmp_path, "Somebody else"))
    with pytest.raises(SettingsError) as refused:
        load(None, {"irc.sts": "1 h", "tls.cert": good, "listen.irc_tls_port": "off"})
    assert str(refused.value) == "irc.sts_port: must say where TLS is to be had"
    for door, port in (("6697", 6697), ("tcp:7000:interface=::1", 7000)):
        settings = load(None, {"irc.sts": "1 h", "tls.cert": good, "listen.irc_tls_port": door})
        assert settings.irc.terms(settings.listen.ircTlsPort).sts == Sts(3600, port)
    settings = load(
        None, {"irc.sts": "1 h", "tls.cert": good, "irc.sts_port": 443, "irc.sts_preload": "yes"}
    )
    assert settings.irc.terms(settings.listen.ircTlsPort).sts == Sts(3600, 443, True)


def test_whoComesWithoutTlsIsToldThePortAndWhoComesByItHowLong() -> None:
    doors = IrcDoors(terms=IrcTerms(sts=Sts(3600, 6697, True)))

    def shown(**how: object) -> list[str]:
        words = " ".join(doors.connect(**how).send("CAP LS 302")).split()  # type: ignore[arg-type]
        return [word for word in words if word.startswith((":sts", "sts"))]

    assert shown(host=FAR) == ["sts=port=6697"]
    assert shown(host=FAR, tls=True) == ["sts=duration=3600,preload"]
    # Who is on this machine is safe already, and has no name to remember it by.
    assert shown() == []
    doors.factories[0].terms = IrcTerms()
    assert shown(host=FAR) == shown(host=FAR, tls=True) == []


def test_aPolicyThatChangesIsToldAndNeverDeleted() -> None:
    doors = IrcDoors(terms=IrcTerms(sts=Sts(3600, 6697)))
    client = doors.enter("ann", "batch", host=FAR, tls=True)
    doors.factories[0].terms = IrcTerms(sts=Sts(7200, 6697))
    doors.factories[0].announce()
    assert client.got() == [":chat.example CAP ann NEW :sts=duration=7200"]
    doors.factories[0].terms = IrcTerms()
    doors.factories[0].announce()
    assert client.got() == []
