"""
The chat servers that can be put under load: this one, and others of which Debian has packages.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import LoadError

MOST_CONNECTIONS = 20_000
"""For settings: more than any scenario needs."""

ENOUGH = 1_000_000
"""For settings that can't say "without limit"."""

BACKLOG = 1000

HOUR = 3600
"""Seconds: so long nobody is asked for a sign of life."""

SAFE_USER = "nobody"


@dataclass(frozen=True, slots=True)
class TwistedChat:
    """
    The server of this source tree, with a durable log.

    @ivar wire: which protocol its one open door speaks, see L{benchmarks.wires.WIRES}.
    @ivar tls: whether over TLS.
    @ivar config: a TOML file with settings, or C{None}.
    @ivar database: a database URL, or C{None} for the default, SQLite in the data folder.
    """

    wire: str
    tls: bool = False
    config: str | None = None
    database: str | None = None

    name = "twisted_chat"
    backlog = 1000
    window = 40
    ending = signal.SIGTERM

    def prepare(self, folder: Path, port: int) -> Sequence[str]:
        """See L{benchmarks.server.Program.prepare}."""
        doors = dict.fromkeys(("--port", "--tls-port", "--irc-port", "--irc-tls-port"), "off")
        doors[self.door] = f"tcp:{port}:interface=127.0.0.1"
        return self.commandFor(folder, doors)

    def commandFor(self, folder: Path, doors: Mapping[str, str]) -> list[str]:
        """
        @param doors: endpoints by option.
        @return: as from L{prepare}.
        """
        twistd = Path(sys.executable).with_name("twistd")
        if not twistd.exists():
            raise LoadError(f"there is no {twistd}: run this with the Python that has Twisted")
        command = [str(twistd), "-n", "--pidfile=", "chat", "--data-dir", str(folder / "data")]
        for option, endpoint in doors.items():
            command += [option, endpoint]
        if self.config is not None:
            command += ["--config", str(Path(self.config).resolve())]
        if self.database is not None:
            command += ["--database", self.database]
        return command

    @property
    def door(self) -> str:
        """The option for the door that is open."""
        wire = "" if self.wire == "line" else f"{self.wire}-"
        return f"--{wire}tls-port" if self.tls else f"--{wire}port"

    def environment(self) -> Mapping[str, str]:
        """See L{benchmarks.server.Program.environment}."""
        # The server of this source tree, whether or not it is installed.
        root = str(Path(__file__).resolve().parent.parent)
        path = os.environ.get("PYTHONPATH")
        found = {"PYTHONPATH": root + (os.pathsep + path if path else "")}
        if self.config is None:
            found["TWISTED_CHAT_LIMITS_CONNECTIONS"] = str(MOST_CONNECTIONS)
        return found

    def user(self) -> str | None:
        """See L{benchmarks.server.Program.user}."""
        return None


@dataclass(frozen=True, slots=True)
class _OtherIrcd:
    """
    What the other servers have in common.
    """

    name = ""
    binary = ""
    backlog = 0
    window = 40
    # With thousands of connections some need long to end in good order, and nothing is kept.
    ending = signal.SIGKILL

    def found(self) -> str:
        """
        @return: the program's file.
        @raise LoadError: when it is not installed.
        """
        path = shutil.which(self.binary, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if path is None:
            raise LoadError(f"{self.name} is not installed (Debian: apt install {self.binary})")
        return path

    def version(self) -> str:
        """
        @return: what the program says of itself, one line.
        """
        said = subprocess.run(
            [self.found(), "--version"], capture_output=True, text=True, check=False
        )
        return next(iter((said.stdout + said.stderr).splitlines()), self.name)

    def environment(self) -> Mapping[str, str]:
        """See L{benchmarks.server.Program.environment}."""
        return {}

    def user(self) -> str | None:
        """See L{benchmarks.server.Program.user}."""
        return SAFE_USER if os.geteuid() == 0 else None


@dataclass(frozen=True, slots=True)
class NgIrcd(_OtherIrcd):
    """
    ngIRCd, with its limits lifted.
    """

    name = "ngIRCd"
    binary = "ngircd"
    backlog = 10

    def prepare(self, folder: Path, port: int) -> Sequence[str]:
        """See L{benchmarks.server.Program.prepare}."""
        config = folder / "ngircd.conf"
        config.write_text(
            f"""[Global]
Name = bench.example
Info = a benchmark
AdminInfo1 = nobody
Listen = 127.0.0.1
Ports = {port}
MotdFile = /dev/null
[Limits]
ConnectRetry = {HOUR}
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
MaxPenaltyTime = 0
PingTimeout = {HOUR}
PongTimeout = {HOUR}
[Options]
DNS = no
Ident = no
PAM = no
"""
        )
        return [self.found(), "--nodaemon", "--config", str(config)]


@dataclass(frozen=True, slots=True)
class InspIrcd(_OtherIrcd):
    """
    InspIRCd 3, with its limits lifted.
    """

    name = "InspIRCd"
    binary = "inspircd"
    backlog = BACKLOG
    # It lets in all who have come, once a second.
    window = 1000

    def prepare(self, folder: Path, port: int) -> Sequence[str]:
        """See L{benchmarks.server.Program.prepare}."""
        config = folder / "inspircd.conf"
        for each in ("configdir", "datadir", "logdir"):
            (folder / each).mkdir()
        config.write_text(
            f"""<server name="bench.example" description="a benchmark" network="Bench" id="0BE">
<admin name="nobody" nick="nobody" email="nobody@bench.example">
<bind address="127.0.0.1" port="{port}" type="clients">
<path configdir="{folder}/configdir" datadir="{folder}/datadir" logdir="{folder}/logdir"
 runtimedir="{folder}/datadir">
<connect name="all" allow="*" maxchans="{ENOUGH}" timeout="60" pingfreq="{HOUR}"
 hardsendq="64M" softsendq="32M" recvq="16M" threshold="{ENOUGH}" commandrate="{ENOUGH}"
 fakelag="no" localmax="{ENOUGH}" globalmax="{ENOUGH}" maxconnwarn="no" resolvehostnames="no"
 usednsbl="no" useident="no" limit="{MOST_CONNECTIONS}">
<performance nouserdns="yes" somaxconn="{BACKLOG}" limitsomaxconn="no" quietbursts="yes"
 softlimit="{MOST_CONNECTIONS}" netbuffersize="10240">
<limits maxnick="30">
"""
        )
        return [self.found(), "--nofork", "--nopid", "--config", str(config)]


OTHERS: Mapping[str, NgIrcd | InspIrcd] = {each.name: each for each in (NgIrcd(), InspIrcd())}
"""By name, those beside which this server is measured."""
