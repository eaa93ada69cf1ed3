"""
Settings: frozen dataclasses, one for each TOML table.

The defaults are the dataclasses, a TOML file overrides them, variables of the environment override
both, and options of the command line all of them. The attribute C{sendQueue} of L{Limits} is the
setting C{send_queue} in the table C{[limits]}; its path is C{limits.send_queue}. Each field says
what it is for, and L{example} writes that down as a commented TOML file.

To add a setting, add a field; to add a table, add a class and a field in L{Settings}.
"""

# The functions in the defaults below make fields, each its own: that is what they are for.
# ruff: noqa: RUF009

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from inspect import cleandoc
from pathlib import Path
from typing import Any

from twisted_chat.domain.names import foldRoom
from twisted_chat.domain.units import DAYS, HOURS, KIB, MIB, MILLISECONDS, SECONDS
from twisted_chat.settings import kinds as kind
from twisted_chat.settings import words
from twisted_chat.settings.addresslist import UNIX, AddressList
from twisted_chat.settings.environment import CONFIG, readEnvironment
from twisted_chat.settings.irc import Irc
from twisted_chat.settings.kinds import Rule, SettingsError
from twisted_chat.settings.network import Entry, Network


@dataclass(frozen=True, slots=True)
class Listen:
    """
    Where people come in: port numbers (IPv4 and IPv6), Twisted endpoint strings, or "off".
    """

    port: tuple[str, ...] = kind.endpoints(
        ("5000",), "The line protocol, plain: for nc and telnet."
    )
    tlsPort: tuple[str, ...] = kind.endpoints(
        ("5001",), "The line protocol over TLS: for openssl s_client."
    )
    ircPort: tuple[str, ...] = kind.endpoints(("6667",), "IRC, plain.")
    ircTlsPort: tuple[str, ...] = kind.endpoints(("6697",), "IRC over TLS.")
    metricsPort: tuple[str, ...] = kind.endpoints(
        (), "HTTP: /metrics for Prometheus, /healthz. A number is for this machine alone."
    )
    deadAfter: float = kind.seconds(
        90 * SECONDS,
        "A connection whose other end vanished is closed within this time.",
        least=18 * SECONDS,
        # Linux probes a connection after 32,767 s of silence at the latest.
        most=36 * HOURS,
    )
    sendBuffer: int = kind.whole(
        128 * KIB, "Bytes that the kernel may hold for one slow reader.", least=4 * KIB
    )


@dataclass(frozen=True, slots=True)
class Tls:
    """
    The certificate. With neither file given, a self-signed one is made once and kept.
    """

    cert: Path | None = kind.path(
        "The certificate, with its chain: a PEM file. Empty: self-signed."
    )
    key: Path | None = kind.path(
        "Its private key: a PEM file. Empty: it is in the certificate's file."
    )


@dataclass(frozen=True, slots=True)
class Trusted:
    """
    Whose plain connections are as good as encrypted ones.
    """

    addresses: AddressList = kind.addresses(
        ("127.0.0.0/8", "::1", UNIX),
        'Addresses and networks that may send passwords unencrypted; "unix" means unix sockets.',
    )

    proxies: AddressList = kind.addresses(
        (),
        "Proxies, which must send a PROXY protocol header that is believed; never trusted as such.",
    )

    def isProxy(self, address: str) -> bool:
        """
        @param address: as C{door.normalizeAddress} gives it.
        @return: whether it is one of our proxies'.
        """
        return address in self.proxies

    def isTrusted(self, address: str) -> bool:
        """
        @param address: as C{door.normalizeAddress} gives it.
        @return: whether passwords are taken from there without TLS.
        """
        proxies = self.proxies
        # Each login asks several times, and few have proxies.
        return address in self.addresses and not (proxies.texts and address in proxies)


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one client may ask of the server.
    """

    line: int = kind.whole(8192, "Bytes in one line of the line protocol.", least=512)
    message: int = kind.whole(2000, "Characters in one message.")
    login: float = kind.seconds(60 * SECONDS, "Time to say who one is.", least=1 * SECONDS)
    connections: int = kind.whole(10000, "Connections at the same time.")
    rooms: int = kind.whole(100, "Rooms that one person may be in.")
    shortestPassword: int = kind.whole(6, "Characters that a new password of an account has.")
    sendQueue: int = kind.whole(
        MIB,
        "Bytes that may wait for a client that does not read; then it is disconnected.",
        least=KIB,
    )
    outstanding: int = kind.whole(64, "Commands of one connection on their way to the log.")
    outstandingBytes: int = kind.whole(64 * KIB, "Bytes of such commands.", least=KIB)
    historyPage: int = kind.whole(200, "Messages that one look into the history gives at most.")
    listEntries: int = kind.whole(
        100, "Entries in each list of a room or person: bans, ignored ..."
    )


@dataclass(frozen=True, slots=True)
class Rates:
    """
    How much one client may do in how much time. Trusted addresses are not counted.
    """

    lines: int = kind.whole(20, "Lines of one connection or account that are read at once ...")
    linesPerSecond: int = kind.whole(5, "... and so many per second after that: reading waits.")
    joinsPerMinute: int = kind.whole(20, "Rooms that one client may join in a minute.")
    loginsPerMinute: int = kind.whole(
        5, "Passwords that may be given in a minute from one address, or for one account."
    )
    registrationsPerHour: int = kind.whole(5, "Accounts that one address may register in an hour.")
    connections: int = kind.whole(30, "New connections from one address in ten seconds.")
    connectionsPerAddress: int = kind.whole(64, "Connections from one address at the same time.")
    connectionsPerAccount: int = kind.whole(
        16, "Connections of one account that do not count for their addresses.", least=0
    )


@dataclass(frozen=True, slots=True)
class Log:
    """
    How messages are committed to the database.
    """

    commitSpacing: float = kind.seconds(
        2.5 * MILLISECONDS,
        "Commits start at least this far apart while there is much to do: longer is cheaper.",
        # Messages wait for as long: 5 is not meant to be five seconds.
        most=1 * SECONDS,
    )
    queueEvents: int = kind.whole(10000, "Events that may wait to be committed; then senders wait.")
    queueBytes: int = kind.whole(16 * MIB, "Bytes of such events.", least=64 * KIB)


@dataclass(frozen=True, slots=True)
class Rooms:
    """
    Rooms.
    """

    default: str = words.room(
        "lobby", "The room that always exists, and that newcomers are offered."
    )
    endAfter: float = kind.seconds(
        7 * DAYS, "A room that nobody owns ends when nobody has entered it for so long."
    )
    catchUp: int = kind.whole(
        50,
        "Messages of a room that are shown to someone who comes back; 0: only how many there are.",
        least=0,
    )


def table(shape: type[Any]) -> Any:
    """
    A table of L{Settings}.

    @param shape: its dataclass; its docstring stands above the table in the example.
    @return: the field.
    """
    return field(default_factory=shape, metadata={"table": shape})


@dataclass(frozen=True, slots=True)
class Settings:
    """
    All settings.

    @ivar given: the paths (C{"listen.tls_port"}) of those that are set, wherever that is, be it to
        the default's value.
    """

    network: Network = table(Network)
    entry: Entry = table(Entry)
    listen: Listen = table(Listen)
    tls: Tls = table(Tls)
    trusted: Trusted = table(Trusted)
    limits: Limits = table(Limits)
    rates: Rates = table(Rates)
    log: Log = table(Log)
    rooms: Rooms = table(Rooms)
    irc: Irc = table(Irc)
    given: frozenset[str] = field(default=frozenset(), compare=False)


def tomlName(attribute: str) -> str:
    """
    @param attribute: C{"sendQueue"}.
    @return: C{"send_queue"}.
    """
    return re.sub("[A-Z]", lambda found: "_" + found[0].lower(), attribute)


def tables() -> dict[str, type[Any]]:
    """
    @return: the dataclass of each table, by its name in TOML.
    """
    return {
        tomlName(one.name): one.metadata["table"]
        for one in fields(Settings)
        if "table" in one.metadata
    }


def rules() -> dict[str, tuple[Field[Any], Rule]]:
    """
    @return: the field and the rule of each setting, by its path, in the order of the example.
    """
    return {
        f"{name}.{tomlName(one.name)}": (one, one.metadata["rule"])
        for name, shape in tables().items()
        for one in fields(shape)
    }


def readFile(file: Path) -> dict[str, object]:
    """
    Read a TOML file.

    @param file: its path.
    @return: the values in it, by the paths of their settings.
    @raise SettingsError: if it can't be read, or names a table that is none.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise SettingsError(str(file), error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise SettingsError(str(file), f"byte {error.start} is no UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        hint = "; texts and durations stand in quotes" if "Invalid value" in str(error) else ""
        raise SettingsError(str(file), f"{error}{hint}") from error
    except RecursionError as error:
        raise SettingsError(str(file), "has too many brackets within brackets") from error
    known = tables()
    found: dict[str, object] = {}
    for name, content in document.items():
        if name not in known:
            raise SettingsError(name, "no such setting")
        if not isinstance(content, dict):
            raise SettingsError(name, f"must be a table: [{name}]")
        found.update({f"{name}.{key}": value for key, value in content.items()})
    return found


def load(
    file: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """
    Gather the settings.

    @param file: a TOML file; relative paths in it start from its folder. C{None}: the one that
        the environment names, if it does.
    @param overrides: values by the paths of their settings (C{"listen.tls_port"}), as texts,
        numbers or lists. They win.
    @param environ: variables, see L{twisted_chat.settings.environment}; they win over the file.
    @param folder: where relative paths in C{overrides} and C{environ} start; C{None}: in the
        working directory.
    @return: the settings, all checked.
    @raise SettingsError: for the first that is wrong or that does not exist.
    """
    here = folder or kind.workingFolder()
    known = rules()
    variables = environ or {}
    if file is None and variables.get(CONFIG):
        file = here / variables[CONFIG]
    given: list[tuple[str, object, Path, str]] = []
    if file is not None:
        written = readFile(file)
        start = file.absolute().parent
        given += [(key, value, start, key) for key, value in written.items()]
    found = readEnvironment(variables, {path: rule for path, (_, rule) in known.items()})
    given += [(key, value, here, name) for key, (value, name) in found.items()]
    given += [(key, value, here, key) for key, value in (overrides or {}).items()]
    values: dict[str, dict[str, object]] = {name: {} for name in tables()}
    for key, value, start, name in given:
        if key not in known:
            raise SettingsError(name, "no such setting")
        one, rule = known[key]
        try:
            values[key.partition(".")[0]][one.name] = rule.read(value, start)
        except ValueError as error:
            raise SettingsError(name, str(error)) from None
    settings = Settings(
        **{name: shape(**values[name]) for name, shape in tables().items()},
        given=frozenset(key for key, _, _, _ in given),
    )
    _checkTogether(settings)
    return settings


def _checkTogether(settings: Settings) -> None:
    """
    See whether the settings, each of which is right, fit together.

    @raise SettingsError: for the first that does not fit the others.
    """
    if settings.tls.key is not None and settings.tls.cert is None:
        raise SettingsError("tls.key", "needs tls.cert beside it")
    if settings.entry.mode == "password" and not settings.entry.password:
        raise SettingsError("entry.password", 'is needed where entry.mode is "password"')
    if foldRoom(settings.network.operatorsRoom) == foldRoom(settings.rooms.default):
        raise SettingsError("network.operators_room", "must not be the room for everybody")
    if UNIX in settings.trusted.proxies.texts:
        raise SettingsError("trusted.proxies", "takes addresses and networks, not unix sockets")
    settings.irc.check(settings.listen.ircTlsPort, settings.tls.cert)


def example() -> str:
    """
    Write all settings down as TOML, each with its default and what it is for, all commented out.

    @return: the text of a file; without the C{#} directly before a name, that setting is given.
    """
    lines = [
        "# Settings of twisted_chat, each with its default. Remove the # before a name to set it.",
        '# Durations are texts such as "90 s", "10 min", "2 h", "7 days", or numbers of seconds.',
    ]
    for name, shape in tables().items():
        lines += ["", f"# {' '.join(cleandoc(shape.__doc__ or '').split())}", f"[{name}]"]
        for one in fields(shape):
            rule: Rule = one.metadata["rule"]
            lines += [f"# {rule.explanation}", f"#{tomlName(one.name)} = {rule.shown}"]
    return "\n".join(lines) + "\n"
