"""
The real IRC clients irssi and WeeChat, as somebody sits before them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from tests.integration.running import OnTerminal, Program

Find = Callable[[str], str]

CHANNEL = "#lobby"


@dataclass(frozen=True)
class Way:
    """
    How a client comes to a server, and as whom.

    @ivar fingerprint: the SHA-256 of the server's certificate, with colons, and TLS is spoken;
        C{""}: it is not.
    @ivar account: to log in to with SASL; C{""}: as a guest.
    """

    port: int
    nick: str
    fingerprint: str = ""
    account: str = ""
    password: str = ""


class IrcProgram(Protocol):
    """
    An IRC client that has been told where to go; it joins L{CHANNEL}.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def type(self, *lines: str) -> None:
        """
        Type lines, text for the channel or commands.
        """

    def until(self, pattern: str) -> re.Match[str]:
        """
        Wait until something is shown.
        """

    @property
    def shown(self) -> str:
        """
        All that was shown up to now.
        """

    def end(self) -> int:
        """
        Wait for its end.
        """


def waitJoined(client: IrcProgram) -> None:
    """
    Wait until a client is in the channel and knows who else is.
    """
    client.until(rf"{CHANNEL}: (Total of )?\d+ nick")


def waitRead(client: IrcProgram, who: str, text: str) -> None:
    """
    Wait until a client shows what somebody has said, in the channel or in private.
    """
    client.until(saying(who, text))


def saying(who: str, text: str) -> str:
    """
    A pattern for what somebody has said, as irssi (C{< bea> hi}, C{[bea(~u@host)] hi}) and WeeChat
    (C{bea hi}) show it.
    """
    return rf"\b{who}\b\S* {re.escape(text)}\s*$"


_IRSSI = """
servers = ({{
  address = "localhost"; port = "{port}"; chatnet = "here"; autoconnect = "yes"; {tls}
}});
chatnets = {{ here = {{ type = "IRC"; nick = "{nick}"; {sasl} }}; }};
channels = ({{ name = "{channel}"; chatnet = "here"; autojoin = "yes"; }});
settings = {{
  # All in one window.
  "fe-common/core" = {{
    use_status_window = "no"; use_msgs_window = "no"; reuse_unused_windows = "yes";
    autocreate_query_level = "NONE"; autocreate_own_query = "no";
  }};
  "fe-text" = {{ colors = "no"; paste_verify_line_count = "0"; }};
  "irc/core" = {{ cmd_queue_speed = "1msec"; }};
}};
"""


class Irssi(OnTerminal):
    """
    irssi. It logs in with SASL PLAIN.
    """

    def __init__(self, find: Find, folder: Path, way: Way) -> None:
        """
        @param find: finds programs.
        @param folder: an empty one.
        """
        tls = sasl = ""
        if way.fingerprint:
            tls = f'use_tls = "yes"; tls_verify = "no"; tls_pinned_cert = "{way.fingerprint}";'
        if way.account:
            sasl = (
                f'sasl_mechanism = "PLAIN"; sasl_username = "{way.account}";'
                f' sasl_password = "{way.password}";'
            )
        words = {"port": way.port, "nick": way.nick, "channel": CHANNEL, "tls": tls, "sasl": sasl}
        (folder / "config").write_text(_IRSSI.format(**words))
        super().__init__([find("irssi"), f"--home={folder}"], folder, "xterm")

    def until(self, pattern: str) -> re.Match[str]:
        """
        Wait until something is on the screen: L{IrcProgram.until}.
        """
        return self.output.until(pattern, seen=True)

    @property
    def shown(self) -> str:
        """
        L{IrcProgram.shown}.
        """
        return self.output.seen


class WeeChat(Program):
    """
    WeeChat without a screen; a trigger prints what it shows, behind the name of the buffer. It logs
    in with SASL SCRAM-SHA-256.
    """

    def __init__(self, find: Find, folder: Path, way: Way) -> None:
        """
        @param find: finds programs.
        @param folder: an empty one.
        """
        self._keys = folder / "keys"
        shown = " ".join(
            f"${{raw:${{{what}}}}}"
            for what in ("buffer.full_name", "tg_prefix_nocolor", "tg_message_nocolor")
        )
        settings = {
            "autojoin": CHANNEL,
            "nicks": way.nick,
            # Its own flood control, by its old name and by the new one.
            "anti_flood_prio_high": 0,
            "anti_flood": 0,
        }
        for name in ("ssl", "tls"):
            settings[name] = "on" if way.fingerprint else "off"
            settings[f"{name}_fingerprint"] = way.fingerprint.replace(":", "").lower()
        if way.account:
            settings["sasl_mechanism"] = "scram-sha-256"
            settings["sasl_username"] = way.account
            settings["sasl_password"] = way.password
        commands = [
            f'/trigger add shown print "" "" "" "/print -stdout -escape {shown}\\n"',
            f"/set fifo.file.path {self._keys}",
            f"/server add here localhost/{way.port}",
            *(f"/set irc.server.here.{name} {value}" for name, value in settings.items()),
            "/connect here",
        ]
        command: list[str | Path] = [find("weechat-headless"), "--dir", folder]
        for each in commands:
            command += ["--run-command", each]
        super().__init__(command, folder)

    def type(self, *lines: str) -> None:
        """
        Type in the buffer of the channel: L{IrcProgram.type}.
        """
        # Without somebody who reads there, it can't be opened so.
        keys = os.open(self._keys, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(keys, "".join(f"irc.here.{CHANNEL} *{line}\n" for line in lines).encode())
        finally:
            os.close(keys)

    def until(self, pattern: str) -> re.Match[str]:
        """
        Wait until something is shown: L{IrcProgram.until}.
        """
        return self.output.until(pattern)

    @property
    def shown(self) -> str:
        """
        L{IrcProgram.shown}.
        """
        return self.output.text
