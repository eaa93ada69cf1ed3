"""
The TLS side: a certificate that is made where none is given, and renewed without a restart.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL
from twisted.internet.interfaces import (
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTime,
)
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from twisted_chat.settingkinds import DAYS, SECONDS, SettingsError

CHECK_SPACING = 1 * SECONDS
WARN_BEFORE = 14 * DAYS
LIFETIME = 3650 * DAYS
CLOCK_SKEW = 1 * DAYS
LONGEST_COMMON_NAME = 64  # bytes, X.520
CERT_FILE = "tls-cert.pem"
KEY_FILE = "tls-key.pem"
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"

Signature = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    A certificate with its key, ready for use.

    @ivar context: what connections are made with.
    @ivar fingerprint: the SHA-256 of the certificate, as C{"AB:CD:..."}.
    @ivar expires: POSIX seconds, when the certificate ends.
    """

    context: SSL.Context
    fingerprint: str
    expires: float


def read(setting: str, path: Path) -> bytes:
    """
    Read a file that a setting names.

    @param setting: the setting's path.
    @param path: the file.
    @return: its content.
    @raise SettingsError: if it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(setting, f"{path}: {error.strerror}") from error


def reason(error: SSL.Error) -> str:
    """
    @param error: from OpenSSL.
    @return: what it says, in words.
    """
    queue = error.args[0] if error.args else ()
    return str(queue[-1][-1]) if queue else "OpenSSL refuses it"


def loadCertificate(certPath: Path, keyPath: Path) -> Certificate:
    """
    Load a certificate, its chain and its key.

    @param certPath: a PEM file: the certificate, then those that lead to the root.
    @param keyPath: a PEM file with the private key; may be the same file.
    @return: the certificate.
    @raise SettingsError: if a file is missing or broken, or they don't belong together.
    """
    certText, keyText = read("tls.cert", certPath), read("tls.key", keyPath)
    try:
        first, *chain = x509.load_pem_x509_certificates(certText)
    except ValueError as error:
        raise SettingsError("tls.cert", f"{certPath}: holds no certificate in PEM form") from error
    try:
        key = load_pem_private_key(keyText, password=None)
    except TypeError as error:
        raise SettingsError("tls.key", f"{keyPath}: the key must have no password") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError("tls.key", f"{keyPath}: holds no private key in PEM form") from error
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    # Halves the memory of an idle connection.
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # Connections last for hours; a cache of their sessions would only grow.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_cipher_list(CIPHERS)
    try:
        context.use_certificate(first)
        for link in chain:
            context.add_extra_chain_cert(link)
        context.use_privatekey(key)  # type: ignore[arg-type]
        context.check_privatekey()
    except SSL.Error as error:
        raise SettingsError("tls.cert", f"{certPath}: {reason(error)}") from error
    except TypeError as error:
        raise SettingsError("tls.key", f"{keyPath}: this kind of key is of no use here") from error
    digest = first.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(context, digest, first.not_valid_after_utc.timestamp())


@implementer(IOpenSSLServerConnectionCreator)
class Certificates:
    """
    The server's certificate, as its files hold it.

    A changed file is loaded when the next connection comes in. While the new content is broken,
    or only one of two files is renewed, the old certificate stays.
    """

    _log = Logger()

    def __init__(self, certPath: Path, keyPath: Path, clock: IReactorTime) -> None:
        """
        @param certPath: see L{loadCertificate}.
        @param keyPath: see L{loadCertificate}.
        @param clock: says when to look at the files again.
        @raise SettingsError: see L{loadCertificate}.
        """
        self._paths = (certPath, keyPath)
        self._clock = clock
        # Taken before the files are read: a change in between is seen at the next look.
        self._signature = self._sign()
        self._checked = clock.seconds()
        self.current = loadCertificate(certPath, keyPath)
        self._warned = float("-inf")
        self._watch()

    @property
    def fingerprint(self) -> str:
        """
        The SHA-256 of the certificate in use, as C{"AB:CD:..."}.
        """
        return self.current.fingerprint

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """
        Begin the TLS side of a connection that has come in.

        @param tlsProtocol: unused.
        @return: a connection with the certificate that the files hold now.
        """
        if self._clock.seconds() - self._checked >= CHECK_SPACING:
            self.refresh()
        return SSL.Connection(self.current.context, None)

    def refresh(self) -> None:
        """
        Look whether the files have changed, and load them if so.
        """
        self._checked = self._clock.seconds()
        signature = self._sign()
        if signature != self._signature:
            self._signature = signature
            self._load()
        self._watch()

    def _load(self) -> None:
        try:
            self.current = loadCertificate(*self._paths)
        except SettingsError as error:
            self._log.warn("The TLS certificate stays as it was: {error}", error=str(error))
        else:
            self._log.info(
                "The TLS certificate is renewed, SHA-256 {digest}", digest=self.fingerprint
            )

    def _watch(self) -> None:
        """
        Say once a day that the certificate ends, as long as there is time to renew it and after.
        """
        now = self._clock.seconds()
        left = self.current.expires - now
        if left < WARN_BEFORE and now - self._warned >= 1 * DAYS:
            self._warned = now
            when = f"ends in {left // DAYS:.0f} days" if left > 0 else "has ended"
            self._log.warn(
                "The TLS certificate {when}: renew {path}", when=when, path=self._paths[0]
            )

    def wrap(self, factory: IProtocolFactory) -> TLSMemoryBIOFactory:
        """
        Put TLS beneath a protocol.

        @param factory: makes the protocols that speak through it.
        @return: what to listen with.
        """
        wrapped = TLSMemoryBIOFactory(self, False, factory, self._clock)
        # Twisted's default gathers writes until the next turn, with a timer for each connection.
        # Ours are gathered already: one for each batch.
        wrapped.protocol = TLSMemoryBIOProtocol
        return wrapped

    def _sign(self) -> Signature:
        """
        What changes when a file is replaced or written to; zeros where there is none.
        """
        found = []
        for path in self._paths:
            try:
                status = path.stat()
            except OSError:
                found.append((0, 0, 0))
            else:
                found.append((status.st_mtime_ns, status.st_ino, status.st_size))
        return tuple(found)


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
        label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
        if re.fullmatch(rf"{label}(\.{label})*", name, re.ASCII | re.IGNORECASE):
            names.append(x509.DNSName(name))
    return list(dict.fromkeys(names))


def selfSigned(folder: Path, name: str, clock: IReactorTime) -> tuple[Path, Path]:
    """
    Give the self-signed certificate in a folder; make it if it is not there.

    @param folder: it exists.
    @param name: the network's name.
    @param clock: says when the certificate's ten years begin.
    @return: the paths of the certificate and of its key, both of mode 0600.
    @raise SettingsError: if they can't be written.
    """
    certPath, keyPath = folder / CERT_FILE, folder / KEY_FILE
    if certPath.exists() and keyPath.exists():
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
    return certPath, keyPath
