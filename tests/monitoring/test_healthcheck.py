"""
L{twisted_chat.monitoring.healthcheck}: asking the running server whether all is well.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.integration.running import CHECKOUT, environment
from twisted_chat import cli
from twisted_chat.monitoring.healthcheck import urlOf
from twisted_chat.settings.kinds import SettingsError


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("9100", "http://127.0.0.1:9100/healthz"),
        ("tcp:9100", "http://127.0.0.1:9100/healthz"),
        ("tcp:port=9100", "http://127.0.0.1:9100/healthz"),
        ("tcp:9100:interface=192.0.2.1", "http://192.0.2.1:9100/healthz"),
        ("tcp:9100:interface=0.0.0.0:backlog=9", "http://127.0.0.1:9100/healthz"),
        (r"tcp6:9100:interface=\:\:1", "http://[::1]:9100/healthz"),
        (r"tcp6:9100:interface=\:\:", "http://[::1]:9100/healthz"),
    ],
)
def test_theSettingsSayWhereToAsk(text: str, url: str) -> None:
    assert urlOf((text,)) == url


@pytest.mark.parametrize("texts", [(), ("unix:/run/metrics",), ("systemd:domain=INET:index=0",)])
def test_whereNobodyCanBeAskedOneLineSaysSo(texts: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match=r"^listen\.metrics_port: "):
        urlOf(texts)


@contextmanager
def answering(status: int, text: str) -> Iterator[int]:
    """
    A server that says the same to everybody.

    @return: its port.
    """

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.integration
def test_theAnswerIsPrintedAndIsTheExitCode(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(200, "ok\n") as port:
        monkeypatch.setenv("TWISTED_CHAT_LISTEN_METRICS_PORT", str(port))
        assert cli.main(["healthcheck"]) == 0
    assert capsys.readouterr().out == "ok\n"
    with answering(503, "the disk is full\n") as port:
        assert cli.main(["healthcheck", "--url", f"http://127.0.0.1:{port}/healthz"]) == 1
    assert capsys.readouterr().err == "the disk is full\n"
    assert cli.main(["healthcheck", "--url", f"http://127.0.0.1:{port}/healthz"]) == 1
    assert "Connection refused" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///etc/passwd", "must begin with http://"),
        ("http://localhost:91000/healthz", "http://localhost:91000/healthz: Port out of range"),
        ("http://[::1/healthz", "http://[::1/healthz: Invalid IPv6 URL"),
    ],
)
def test_whatIsNoUrlIsToldInOneLine(
    capsys: pytest.CaptureFixture[str], url: str, said: str
) -> None:
    assert cli.main(["healthcheck", "--url", url]) == 1
    assert capsys.readouterr().err.startswith(f"twisted-chat: --url: {said}")


CHECK = """
import sys
from twisted_chat.cli import main
try:
    main(["healthcheck", "--help"])
finally:
    told = {"sqlalchemy", "twisted_chat.tap", "twisted_chat.monitoring.healthcheck"}
    print("read:", *(told & {*sys.modules}))
"""


@pytest.mark.integration
def test_itReadsLittleOfTheProgram(tmp_path: Path) -> None:
    """
    A container asks it twice a minute.
    """
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        cwd=CHECKOUT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--url" in done.stdout
    assert done.stdout.splitlines()[-1] == "read: twisted_chat.monitoring.healthcheck"
