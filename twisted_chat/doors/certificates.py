"""
The TLS side: the certificate, renewed without a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL
from OpenSSL.crypto import X509
from twisted.internet.interfaces import (
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTime,
)
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from twisted_chat.domain.units import DAYS, SECONDS
from twisted_chat.doors.halfclose import HalfClosing
from twisted_chat.doors.tlsdoor import TLSDoorFactory, wordsOf
from twisted_chat.settings.kinds import SettingsError

CHECK_SPACING = 1 * SECONDS
WARN_BEFORE = 14 * DAYS
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
SESSIONS = b"twisted_chat"

Signature = tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    A certificate with its key, ready for use.

    @ivar context: what connections are made with.
    @ivar asking: likewise, where clients are asked for certificates of theirs.
    @ivar fingerprint: the SHA-256 of the certificate, as C{"AB:CD:..."}.
    @ivar expires: POSIX seconds, when the certificate ends.
    @ivar selfSigned: whether nobody else vouches for it.
    """

    context: SSL.Context
    asking: SSL.Context
    fingerprint: str
    expires: float
    selfSigned: bool


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


_MISMATCH = "key values mismatch"
"""What OpenSSL says of a certificate and a key that don't belong together."""


def reason(error: SSL.Error) -> str:
    """
    @param error: from OpenSSL.
    @return: what it says, in words.
    """
    words = wordsOf(error) or "OpenSSL refuses it"
    return "the key belongs to another certificate" if words == _MISMATCH else words


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
    try:
        context, asking = (_context(first, chain, key) for _ in range(2))
    except SSL.Error as error:
        raise SettingsError("tls.cert", f"{certPath}: {reason(error)}") from error
    except TypeError as error:
        raise SettingsError("tls.key", f"{keyPath}: this kind of key is of no use here") from error
    asking.set_verify(SSL.VERIFY_PEER, _whoever)
    digest = first.fingerprint(hashes.SHA256()).hex(":").upper()
    expires = first.not_valid_after_utc.timestamp()
    return Certificate(context, asking, digest, expires, first.issuer == first.subject)


def _context(first: x509.Certificate, chain: Sequence[x509.Certificate], key: Any) -> SSL.Context:
    """
    @raise SSL.Error: the certificate and the key don't belong together.
    @raise TypeError: TLS does not know such keys.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    # Halves the memory of an idle connection.
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # Connections last for hours; a cache of their sessions would only grow.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # Without it, who shows a certificate can't come back by a ticket.
    context.set_session_id(SESSIONS)
    context.set_cipher_list(CIPHERS)
    context.use_certificate(first)
    for link in chain:
        context.add_extra_chain_cert(link)
    context.use_privatekey(key)
    context.check_privatekey()
    return context


def _loaded(certPath: Path, keyPath: Path, vouched: bool) -> Certificate:
    """
    @param vouched: whether somebody else has to vouch for the certificate.
    @raise SettingsError: see L{loadCertificate}; or nobody does.
    """
    found = loadCertificate(certPath, keyPath)
    if vouched and found.selfSigned:
        raise SettingsError("irc.sts", "needs a certificate that is not self-signed in tls.cert")
    return found


def _whoever(
    connection: SSL.Connection, certificate: X509, error: int, depth: int, fine: int
) -> bool:
    """
    Any certificate will do: it is known by its fingerprint, and not by whoever vouches for it.
    """
    return True


@implementer(IOpenSSLServerConnectionCreator)
class Asking:
    """
    Begins the TLS side of connections whose clients are asked for certificates of theirs.
    """

    def __init__(self, present: Callable[[], Certificate]) -> None:
        """
        @param present: gives the server's certificate as it is now.
        """
        self._present = present

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """
        Begin the TLS side of a connection that has come in.

        @param tlsProtocol: what uses it.
        """
        return HalfClosing(self._present().asking, tlsProtocol)


@implementer(IOpenSSLServerConnectionCreator)
class Certificates:
    """
    The server's certificate, as its files hold it.

    A changed file is loaded when the next connection comes in. While the new content is broken,
    or only one of two files is renewed, the old certificate stays.
    """

    _log = Logger()

    def __init__(
        self, certPath: Path, keyPath: Path, clock: IReactorTime, vouched: bool = False
    ) -> None:
        """
        @param certPath: see L{loadCertificate}.
        @param keyPath: see L{loadCertificate}.
        @param clock: says when to look at the files again.
        @param vouched: whether somebody else has to vouch for the certificate.
        @raise SettingsError: see L{loadCertificate}; or nobody does.
        """
        self._paths = (certPath, keyPath)
        self._clock = clock
        # Taken before the files are read: a change in between is seen at the next look.
        self._signature = self._sign(*self._paths)
        self._checked = clock.seconds()
        self._vouched = vouched
        self.current = _loaded(certPath, keyPath, vouched)
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

        @param tlsProtocol: what uses it.
        @return: a connection with the certificate that the files hold now.
        """
        return HalfClosing(self._present().context, tlsProtocol)

    def _present(self) -> Certificate:
        # Also if it is less than nothing, since somebody has set the clock back.
        if not 0 <= self._clock.seconds() - self._checked < CHECK_SPACING:
            self.refresh()
        return self.current

    def asking(self) -> Asking:
        """
        @return: the same, where clients are asked for certificates of theirs.
        """
        return Asking(self._present)

    def refresh(self) -> None:
        """
        Look whether the files have changed, and load them if so.
        """
        self._checked = self._clock.seconds()
        signature = self._sign(*self._paths)
        if signature != self._signature:
            self._signature = signature
            self._load()
        self._watch()

    def reread(self, certPath: Path, keyPath: Path, vouched: bool = False) -> Callable[[], None]:
        """
        Read the files again, whether they have changed or not; they may be others than before.

        @param vouched: whether somebody else has to vouch for the certificate.
        @return: puts what they hold into use.
        @raise SettingsError: see L{loadCertificate}; or nobody does.
        """
        signature = self._sign(certPath, keyPath)
        found = _loaded(certPath, keyPath, vouched)

        def use() -> None:
            renewed = found.fingerprint != self.fingerprint
            self._paths, self._vouched = (certPath, keyPath), vouched
            self._signature = signature
            self.current = found
            if renewed:
                self._renewed()

        return use

    def _load(self) -> None:
        old = self.fingerprint
        try:
            self.current = _loaded(*self._paths, self._vouched)
        except SettingsError as error:
            self._log.warn("The TLS certificate stays as it was: {error}", error=str(error))
        else:
            if self.fingerprint != old:
                self._renewed()

    def _renewed(self) -> None:
        self._log.info("The TLS certificate is renewed, SHA-256 {digest}", digest=self.fingerprint)

    def _watch(self) -> None:
        """
        Say once a day that the certificate ends, as long as there is time to renew it and after.
        """
        now = self._clock.seconds()
        left = self.current.expires - now
        if left < WARN_BEFORE and not 0 <= now - self._warned < 1 * DAYS:
            self._warned = now
            when = f"ends in {left // DAYS:.0f} days" if left > 0 else "has ended"
            self._log.warn(
                "The TLS certificate {when}: renew {path}", when=when, path=self._paths[0]
            )

    def wrap(self, factory: IProtocolFactory, asks: bool = False) -> TLSDoorFactory:
        """
        Put TLS beneath a protocol.

        @param factory: makes the protocols that speak through it.
        @param asks: whether clients are asked for certificates of theirs; they need not have any.
        @return: what to listen with.
        """
        creator = self.asking() if asks else self
        return TLSDoorFactory(creator, factory, self._clock)

    @staticmethod
    def _sign(*paths: Path) -> Signature:
        """
        What changes when a file is replaced, written to, or has other rights; zeros where there is
        none.
        """
        found = []
        for path in paths:
            try:
                status = path.stat()
            except OSError:
                found.append((0, 0, 0, 0))
            else:
                # The last one tells that a file may be read now that could not be.
                changed = (status.st_mtime_ns, status.st_ctime_ns)
                found.append((*changed, status.st_ino, status.st_size))
        return tuple(found)
