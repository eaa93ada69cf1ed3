"""
Commands of IRC: functions with the numbers of their parameters.

To add one, decorate a function in the file of its noun; that file is named in
L{table<twisted_chat.frontends.irc.commands.table>}.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient
    from twisted_chat.frontends.irc.message import Message

Function = Callable[["IrcClient", "Message"], Awaitable[Any] | None]

F = TypeVar("F", bound=Function)


@dataclass(frozen=True, slots=True)
class Command:
    """
    What a client may ask.

    @ivar name: in upper case.
    @ivar function: does it: called with the client and the message. It raises L{ChatError
        <twisted_chat.domain.errors.ChatError>} where something is refused, and may return what is
        to be waited for.
    @ivar least: it has at least so many parameters, else the client gets 461.
    @ivar early: whether it may be asked before the connection is registered.
    @ivar late: whether it may be asked when it is.
    @ivar asks: whether it only asks something, so that nothing comes of it where nobody reads.
    @ivar needs: the capability without which there is no such command, or C{""}.
    """

    name: str
    function: Function
    least: int
    early: bool
    late: bool
    asks: bool
    needs: str


class Noun:
    """
    The commands of one file.

    @ivar commands: by name.
    """

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}

    def command(
        self,
        *names: str,
        least: int = 0,
        early: bool = False,
        late: bool = True,
        asks: bool = False,
        needs: str = "",
    ) -> Callable[[F], F]:
        """
        Make a command of a function: see L{Command} for the parameters.
        """

        def declare(function: F) -> F:
            for name in names:
                self.commands[name] = Command(name, function, least, early, late, asks, needs)
            return function

        return declare
