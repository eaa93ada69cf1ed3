"""
The program's side of the admin socket.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from twisted_chat.admin.messages import Answer, Request, answerOf, encode
from twisted_chat.admin.order import PATIENCE
from twisted_chat.admin.socketpath import SOCKET, socketIn
from twisted_chat.domain.errors import BadInput
from twisted_chat.domain.quantities import durationText
from twisted_chat.domain.units import SECONDS

Take = Callable[[Answer], None]

NOTICE: Final = 5 * SECONDS
"""After so long without an answer somebody who waits for it is told so."""

WAITING: Final = (
    "The server has not answered yet, and is waited for. Ctrl-C ends that; what was asked for may"
    " be done all the same. `twisted-chat admin doctor` tells whether the server hangs."
)


def askServer(
    folder: Path,
    request: Request,
    take: Take,
    patience: float = PATIENCE,
    tell: Callable[[str], object] = lambda text: None,
    notice: float = NOTICE,
) -> bool:
    """
    Ask the server that has a data folder.

    @param take: is given each line of the answer.
    @param patience: for how many seconds each line of it is waited for.
    @param tell: is given L{WAITING}, if there is no answer within C{notice}.
    @return: whether there is one.
    @raise BadInput: it can't be asked.
    """
    path = folder / SOCKET
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience)
        try:
            with socketIn(folder) as place:
                connection.connect(place)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except PermissionError as error:
            raise BadInput(
                why=f"{path} may be used by root and the user that the server runs as only."
            ) from error
        except OSError as error:
            if error.errno is None and not isinstance(error, TimeoutError):
                # The path is too long, for a server too: it has no such socket.
                return False
            raise BadInput(why=f"{path} can't be used: {error.strerror or error}.") from error
        _ask(connection, request)
        if notice < patience and not select.select([connection], [], [], notice)[0]:
            tell(WAITING)
        _hear(connection, path, take)
    return True


def _ask(connection: socket.socket, request: Request) -> None:
    try:
        connection.sendall(encode(request) + b"\n")
    except (BrokenPipeError, ConnectionResetError):
        # It has said why, or it ends.
        pass


def _hear(connection: socket.socket, path: Path, take: Take) -> None:
    for answer in _answers(connection, path):
        # Whatever goes wrong with what is done of it, is not the server's.
        take(answer)


def _answers(connection: socket.socket, path: Path) -> Iterator[Answer]:
    try:
        with connection.makefile("rb") as lines:
            for line in lines:
                yield answerOf(line)
    except TimeoutError as error:
        waited = durationText(connection.gettimeout() or 0.0)
        why = f"The server does not answer at {path}, for {waited} now: it or its disk hangs"
        raise BadInput(why=f"{why}, or it has very much to do.") from error
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(why=f"The server's answer at {path} can't be read: {error}.") from error
