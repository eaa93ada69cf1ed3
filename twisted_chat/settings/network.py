"""
The settings of the network as a whole, and of who may come in.
"""

# The functions in the defaults below make fields, each its own: that is what they are for.
# ruff: noqa: RUF009

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from twisted_chat.domain.units import DAYS, HOURS, SECONDS
from twisted_chat.settings import kinds as kind
from twisted_chat.settings import words

LONGEST_NAME = 64
"""Characters; it is part of what each IRC client reads on coming in, in lines of 512 bytes."""

NAMELESS = "chat"
"""What a network is called whose machine has no name that people can read."""


def stateFolder() -> Path:
    """
    Where data is kept by default.

    @return: the first of systemd's C{$STATE_DIRECTORY}, else the platform's folder for state.
    @raise SettingsError: that is in a home folder, and nobody knows where this user's is.
    """
    given = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    try:
        found = Path(platformdirs.user_state_dir("twisted-chat"))
    except RuntimeError:
        found = Path()
    # Older versions of platformdirs give a folder named "~".
    if not found.is_absolute():
        why = "this user has no home folder; name a folder for the data (--data-dir)"
        raise kind.SettingsError("network.data_dir", why)
    return found


def machineName() -> str:
    """
    What the network is called by default.

    @return: the name of this machine, as far as a network can be called so.
    """
    found = socket.gethostname()[:LONGEST_NAME].strip()
    return found if found and found.isprintable() else NAMELESS


@dataclass(frozen=True, slots=True)
class Network:
    """
    The network as a whole.
    """

    name: str = words.textFound(
        machineName,
        f"What the network is called, in at most {LONGEST_NAME} characters."
        " Empty: the name of this machine.",
        LONGEST_NAME,
    )
    welcome: str = words.lines("A text that everyone reads on coming in")
    dataDir: Path = kind.folderFound(
        stateFolder,
        "The folder for all data. Empty: $STATE_DIRECTORY, else the platform's state folder.",
    )
    database: str = kind.text("", "The database's URL. Empty: SQLite in the data folder.")
    topic: str = kind.text(
        "",
        f"What the network is about: at most {words.LONGEST_LINE} characters."
        " Empty: nothing is said.",
        words.LONGEST_LINE,
    )
    rules: str = words.lines("What /rules shows")
    keep: float = words.kept("How long what is said is kept: a duration or for ever.", 1 * HOURS)
    keepCopies: float = kind.seconds(
        7 * DAYS,
        "How long the copy from before an upgrade is kept: what is deleted meanwhile is in it.",
        least=1 * HOURS,
    )
    operatorsRoom: str = words.room(
        "operators", "The room, which only operators of the network may join, for reports."
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Who may come in, and who may register.
    """

    mode: str = words.choice(
        "open", "open: anybody; accounts: registered people; password: who knows it.",
        "accounts", "password",
    )  # fmt: skip
    password: str = words.secret("The network's password, which guests need in that mode.")
    register: str = words.choice(
        "open", "open: anybody; invitation: who has one; off: nobody.", "invitation", "off"
    )
    check: tuple[str, ...] = words.command(
        "A program that is asked whether an address may come in, and its arguments. Empty: none."
    )
    checkTime: float = kind.seconds(
        3 * SECONDS, "How long the program may take; then whoever it was asked about is let in."
    )
