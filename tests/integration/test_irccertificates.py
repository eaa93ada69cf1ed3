"""
Logging in to IRC by a certificate, with openssl s_client.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.running import ANY_PORT, Program, running, wrongsIn

pytestmark = pytest.mark.integration

Find = Callable[[str], str]


def makeCertificate(openssl: str, folder: Path) -> tuple[Path, str]:
    """
    @return: a file with a certificate and its key, and the SHA-256 of the former in hex.
    """
    file = folder / "client.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bea", "-days", "30"]
    made = [openssl, "req", "-x509", *options, "-out", str(file), "-keyout", str(file) + ".key"]
    subprocess.run(made, check=True, capture_output=True)
    with file.open("a") as whole:
        whole.write(Path(str(file) + ".key").read_text())
    shown = subprocess.run(
        [openssl, "x509", "-in", str(file), "-noout", "-fingerprint", "-sha256"],
        check=True,
        capture_output=True,
        text=True,
    )
    return file, shown.stdout.partition("=")[2].strip().replace(":", "").lower()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_aCertificateLogsInAndNobodyNeedsOne(tmp_path: Path, program: Find, version: str) -> None:
    """
    It is asked for at the IRC door; the line's door does not ask.
    """
    openssl = program("openssl")
    file, fingerprint = makeCertificate(openssl, tmp_path)
    doors = ["--irc-port", "off", "--irc-tls-port", ANY_PORT]
    with running(tmp_path, *doors) as server:
        port = int(server.output.until(r"ircs://localhost:(\d+)")[1])

        def connect(*options: str, at: int = port) -> Program:
            line = [openssl, "s_client", version, *options, "-connect", f"localhost:{at}"]
            return Program(line, tmp_path, stdin=subprocess.PIPE)

        with connect("-quiet") as plain:
            plain.type("NICK bea", "USER bea 0 * :Bea")
            plain.output.until(r" 001 bea ")
            plain.type("NS REGISTER correct-horse", f"NS CERT ADD {fingerprint}")
            plain.output.until("logs you in from now on")
            plain.type("QUIT")
        for _ in range(2):
            with connect("-quiet", "-cert", str(file), "-key", str(file)) as shown:
                shown.type("CAP LS 302", "CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
                shown.output.until("sasl=PLAIN,SCRAM-SHA-256,EXTERNAL")
                shown.output.until(r"AUTHENTICATE \+")
                shown.type("AUTHENTICATE +", "NICK bea", "USER bea 0 * :Bea", "CAP END")
                shown.output.until(r" 900 .* bea :You are now logged in as bea")
                shown.output.until(r" 001 bea ")
        with connect("-ign_eof", at=server.tlsPort) as line:
            line.output.until("No client certificate CA names sent|Your name")
            assert not re.search("Client Certificate Types", line.output.text)
        server.stop()
        assert not wrongsIn(server.output.text)
