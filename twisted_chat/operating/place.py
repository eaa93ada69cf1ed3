"""
Where the data of a server is.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from twisted_chat.config import Settings, load
from twisted_chat.domain.errors import BadInput
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.storage.present import isFile
from twisted_chat.storage.refusals import StartRefused


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where the data of a server is.

    @ivar folder: the data folder.
    @ivar database: the file with the database.
    @ivar settings: all settings.
    @ivar config: the file with settings; C{None} if none was named.
    """

    folder: Path
    database: Path
    settings: Settings
    config: Path | None = None

    def existing(self) -> Place:
        """
        This place.

        @raise BadInput: there is no data, or it is not known whether there is.
        """
        try:
            found = isFile(self.database)
        except OSError as error:
            why = f"{self.database} can't be read: {error.strerror}."
            if isinstance(error, PermissionError):
                why += " Be root, or the user that the server runs as."
            raise BadInput(why=why) from error
        if not found:
            raise BadInput(why=f"There is no data here: {self.database} does not exist.")
        return self

    def becomeOwner(self) -> None:
        """
        What root writes, the server could not use later: go on as whoever owns the data folder.
        """
        owner = self.folder.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.setgroups([])
            os.setgid(owner.st_gid)
            os.setuid(owner.st_uid)


def declarePlace(parser: ArgumentParser) -> None:
    """
    Let somebody say where the data is.

    @param parser: of a subcommand.
    """
    parser.add_argument(
        "--data-dir", metavar="DIR", help="the data folder, as `twistd chat` takes it"
    )
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="the file with the server's settings"
    )


def settingsOf(arguments: Namespace) -> Settings:
    """
    The settings of a server that is started with the same options and variables.

    @raise SettingsError: one is wrong.
    """
    given = {} if arguments.data_dir is None else {"network.data_dir": arguments.data_dir}
    return load(arguments.config, given, os.environ)


def placeOf(arguments: Namespace) -> Place:
    """
    The place that somebody has named, or the one where a server keeps its data if nobody says
    anything.

    @raise SettingsError: a setting is wrong.
    @raise BadInput: nothing is kept there.
    """
    # Orders to a server that runs are about its folder alone, and would wait for this.
    from twisted_chat.storage.sqlite_open import DATABASE, MEMORY, databaseOf

    settings = settingsOf(arguments)
    folder = settings.network.dataDir
    try:
        database = databaseOf(settings.network.database or f"sqlite:///{folder / DATABASE}")
    except StartRefused as error:
        raise SettingsError("network.database", str(error)) from error
    if database == MEMORY:
        raise BadInput(why="This network keeps its data in memory only (network.database).")
    return Place(folder, Path(database), settings, arguments.config)
