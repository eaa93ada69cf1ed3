"""
Clients that talk to a server on the loopback.
"""

from __future__ import annotations

import re
import socket
import ssl

SECONDS = 1.0
PATIENCE = 30 * SECONDS
"""Nothing that a test waits for takes so long, however busy the machine is."""

LOOPBACK = "127.0.0.1"


def trusting() -> ssl.SSLContext:
    """
    A TLS client that takes any certificate, as C{openssl s_client} does.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connected(port: int, tls: bool) -> socket.socket:
    """
    A connection to a port of the loopback.

    @param tls: whether TLS is spoken on it; the handshake is done.
    @raise OSError: nobody is there, or not for long.
    """
    made = socket.socket()
    try:
        if tls:
            # Wrapped when it is connected already, it would not be closed if that is over by then.
            made = trusting().wrap_socket(made, do_handshake_on_connect=False)
        made.settimeout(PATIENCE)
        made.connect((LOOPBACK, port))
        if isinstance(made, ssl.SSLSocket):
            made.do_handshake()
    except BaseException:
        made.close()
        raise
    return made


class Client:
    """
    Somebody who types lines, and waits for what comes.

    @ivar heard: all that has come and was not waited for yet, with C{\\n} as its line ends.
    """

    def __init__(self, port: int, tls: bool = False) -> None:
        """
        @param port: on the loopback.
        """
        self.socket = connected(port, tls)
        self._bytes = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    @property
    def heard(self) -> str:
        return self._bytes.replace(b"\r\n", b"\n").decode("utf-8", "replace")

    def send(self, *lines: str) -> None:
        """
        Type lines.
        """
        self.socket.sendall("".join(line + "\n" for line in lines).encode())

    def until(self, pattern: str) -> str:
        """
        Wait for something; what has come before it is forgotten.

        @param pattern: a regular expression; C{^} and C{$} are those of a line.
        @return: all that had come up to the end of it.
        """
        while True:
            heard = self.heard
            found = re.search(pattern, heard, re.MULTILINE)
            if found is not None:
                self._bytes = heard[found.end() :].encode()
                return heard[: found.end()]
            part = self._receive()
            assert part, f"{pattern!r} never came, but:\n{heard}"
            self._bytes += part

    def ask(self, line: str, pattern: str) -> str:
        """
        Type a line and wait for the answer.
        """
        self.send(line)
        return self.until(pattern)

    def rest(self) -> str:
        """
        Wait for the end of the connection.

        @return: all that had come.
        """
        while part := self._receive():
            self._bytes += part
        heard, self._bytes = self.heard, b""
        return heard

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""
        except TimeoutError:
            raise AssertionError(f"nothing more came, after:\n{self.heard}") from None

    def halfClose(self) -> None:
        """
        Say no more, and go on reading.
        """
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """
        Hang up.
        """
        self.socket.close()
