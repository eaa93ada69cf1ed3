"""
The certificate that is made where none is given.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from twisted_chat.domain.units import DAYS
from twisted_chat.doors.door import isHost
from twisted_chat.settings.kinds import SettingsError

_log = Logger()

LIFETIME = 3650 * DAYS
CLOCK_SKEW = 1 * DAYS
LONGEST_COMMON_NAME = 64  # bytes, X.520
CERT_FILE = "tls-cert.pem"
KEY_FILE = "tls-key.pem"


def writeOnce(path: Path, content: bytes) -> None:
    """
    Write a file that nobody else may read, whole or not at all.

    @param path: where it comes to stand.
    @param content: what is in it.
    @raise OSError: if it can't be written.
    """
    partial = path.with_name(f".{path.name}.new")
    partial.unlink(missing_ok=True)
    opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def subjectNames(name: str) -> list[x509.GeneralName]:
    """
    Whom a self-signed certificate is for: this machine, and the network's name where it is one
    that a client could connect to.

    @param name: the network's name: any text.
    @return: the subject's alternative names.
    """
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
        x509.IPAddress(ip_address("::1")),
    ]
    try:
        names.append(x509.IPAddress(ip_address(name)))
    except ValueError:
        if isHost(name):
            names.append(x509.DNSName(name))
    return list(dict.fromkeys(names))


def selfSigned(folder: Path, name: str, clock: IReactorTime) -> tuple[Path, Path]:
    """
    Give the self-signed certificate in a folder; make it if it is not there. Where only one of its
    two files is lost, the log has a warning: people may know the fingerprint of the old one.

    @param folder: it exists.
    @param name: the network's name.
    @param clock: says when the certificate's ten years begin.
    @return: the paths of the certificate and of its key, both of mode 0600.
    @raise SettingsError: if they can't be written.
    """
    certPath, keyPath = folder / CERT_FILE, folder / KEY_FILE
    lost = [path for path in (certPath, keyPath) if not path.exists()]
    if not lost:
        return certPath, keyPath
    key = ec.generate_private_key(ec.SECP256R1())
    commonName = name.encode("utf-8", "ignore")[:LONGEST_COMMON_NAME].decode("utf-8", "ignore")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, commonName or "localhost")])
    now = datetime.fromtimestamp(clock.seconds(), UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(seconds=CLOCK_SKEW))
        .not_valid_after(now + timedelta(seconds=LIFETIME))
        .add_extension(x509.SubjectAlternativeName(subjectNames(name)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    keyText = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        # The certificate comes last: where it is, its key is.
        certPath.unlink(missing_ok=True)
        writeOnce(keyPath, keyText)
        writeOnce(certPath, certificate.public_bytes(Encoding.PEM))
    except OSError as error:
        raise SettingsError("network.data_dir", f"{folder}: {error.strerror}") from error
    if len(lost) == 1:
        _log.warn(
            "{path} was missing: a new TLS certificate is made, with another fingerprint",
            path=lost[0],
        )
    return certPath, keyPath
