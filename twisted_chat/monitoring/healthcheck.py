"""
C{twisted-chat healthcheck}: asks the running server whether all is well, for containers.
"""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from twisted_chat.config import load
from twisted_chat.domain.units import SECONDS
from twisted_chat.settings.kinds import SettingsError

PATIENCE = 5 * SECONDS

SETTING = "listen.metrics_port"

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised here, not listened at

LONGEST = 200
"""Characters of an answer that are shown."""


def declare(parser: ArgumentParser) -> None:
    """
    Declare the arguments.
    """
    parser.add_argument("--url", help="where to ask [default: what the settings say]")
    parser.add_argument("--config", type=Path, help="the settings file of the server")


def urlOf(texts: tuple[str, ...]) -> str:
    """
    @param texts: where the metrics are: the setting C{listen.metrics_port}.
    @return: the URL of the first of them.
    @raise SettingsError: there is none.
    """
    if not texts:
        raise SettingsError(SETTING, "is off, so there is nobody to ask")
    text = texts[0]
    found = re.fullmatch(r"(?:tcp6?:)?(?:port=)?(\d+)(?::.*)?", text)
    if found is None:
        raise SettingsError(SETTING, f"{text} can't be asked; give --url")
    at = re.search(r":interface=((?:[^:\\]|\\:)+)", text)
    host = at[1].replace("\\:", ":") if at is not None else "127.0.0.1"
    if host in EVERYWHERE:
        host = "127.0.0.1" if host == EVERYWHERE[0] else "::1"
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{found[1]}/healthz"


def ask(url: str) -> tuple[bool, str]:
    """
    @return: whether all is well, and what was answered.
    @raise SettingsError: nobody can be asked there.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError("--url", f"{url}: {error}") from error
    if parts.scheme != "http" or host is None:
        raise SettingsError("--url", f"must begin with http://, not {url!r}")
    connection = HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", parts.path or "/healthz")
        answer = connection.getresponse()
        text = answer.read(LONGEST).decode("utf-8", "replace").strip()
    except (OSError, HTTPException) as error:
        return False, f"{url}: {error}"
    finally:
        connection.close()
    return answer.status == 200, text or f"status {answer.status}"


def run(arguments: Namespace) -> int:
    """
    Ask, and print the answer.

    @return: 0 if all is well, else 1.
    """
    url = arguments.url
    if not url:
        url = urlOf(load(arguments.config, None, os.environ).listen.metricsPort)
    well, text = ask(url)
    print(text, file=sys.stdout if well else sys.stderr)
    return 0 if well else 1
