"""
C{twisted-chat admin}: orders as they are typed, and their answers as they are shown.
"""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from getpass import getpass
from pathlib import Path
from typing import Any, Final

import msgspec

from twisted_chat.admin.client import askServer
from twisted_chat.admin.messages import Answer, Request
from twisted_chat.admin.order import SECRET, Order, Row
from twisted_chat.admin.table import ORDERS
from twisted_chat.domain.errors import BadInput
from twisted_chat.operating.place import placeOf, settingsOf

ABOUT: Final = {
    "accounts": "who is registered",
    "operators": "the operators of the network",
    "invitations": "codes that let people register",
    "bans": "who is kept out of the network",
    "rooms": "the rooms",
    "sessions": "who is connected",
}
"""The nouns that have several orders."""


def _export(arguments: Namespace) -> int:
    # It needs all that works on the data, and takes as long to load.
    from twisted_chat.operating.commandline import runExport

    return runExport(arguments)


THEN: Final[Mapping[str, Callable[[Namespace], int]]] = {"rooms history": _export}
"""What this program does itself when the order is done: files it reads as well as the server."""

SETS_ROOM: Final = "rooms set"
"""The order that may have a room's password as its value."""

LONGEST_PASSWORD: Final = 4096
"""Bytes of the standard input that are read for one."""

_rowOf = msgspec.json.Decoder(dict[str, object]).decode


class OrderParser(ArgumentParser):
    """
    Takes options between words too: C{bans add bea --for 2h too much noise}.
    """

    _isWithin = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """
        See L{ArgumentParser.parse_known_args}.
        """
        if self._isWithin or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._isWithin = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._isWithin = False


def declare(parser: ArgumentParser) -> None:
    """
    The arguments of C{admin}.
    """
    _declareOptions(parser)
    parser.set_defaults(data_dir=None, config=None, json=False)
    choices = parser.add_subparsers(metavar="ORDER", required=True, parser_class=OrderParser)
    nouns = {}
    for order in ORDERS:
        noun, _, verb = order.words.partition(" ")
        if verb and noun not in nouns:
            parent = choices.add_parser(noun, help=ABOUT[noun], description=ABOUT[noun])
            nouns[noun] = parent.add_subparsers(metavar="ORDER", required=True)
        within = nouns[noun] if verb else choices
        made = within.add_parser(verb or noun, help=order.summary, description=order.summary)
        _declareOptions(made)
        made.set_defaults(order=order)
        for argument in order.arguments:
            argument.declare(made)


def _declareOptions(parser: ArgumentParser) -> None:
    """
    Options that may stand anywhere.
    """
    parser.add_argument("--data-dir", metavar="DIR", default=SUPPRESS, help="the data folder")
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=SUPPRESS, help="the server's settings"
    )
    parser.add_argument(
        "--json", action="store_true", default=SUPPRESS, help="answer in JSON, a line for each row"
    )


def run(arguments: Namespace) -> int:
    """
    Do what was typed: on the server that runs, or else on its data.

    @return: 0 if all is well, 1 if something was found that is not.
    @raise BadInput: it was not done.
    """
    order: Order = arguments.order
    folder = settingsOf(arguments).network.dataDir
    given = {name: _asTyped(value) for name, value in order.read(arguments).items()}
    for name, about in _hidden(order, given):
        given[name] = askSecret(about)
    request = Request(order.words, given)
    screen = Screen(order, arguments.json)
    if not askServer(folder, request, screen.take, order.patience, _tell):
        # It takes longer to load than all else, and is seldom needed.
        from twisted_chat.admin.alone import askData

        askData(placeOf(arguments), request, screen.take)
    code = screen.end()
    then = THEN.get(order.words)
    return code if then is None else then(arguments)


def _tell(text: str) -> None:
    print(f"twisted-chat: {text}", file=sys.stderr, flush=True)


def _asTyped(value: object) -> object:
    """
    What was typed is UTF-8, whatever Python takes the locale to be.

    @raise BadInput: it is not.
    """
    if isinstance(value, list):
        return [_asTyped(each) for each in value]
    if not isinstance(value, str):
        return value
    try:
        return _utf8(value)
    except UnicodeError as error:
        raise BadInput(why=f"{value!a} is no UTF-8.") from error


def _utf8(text: str) -> str:
    # Python hands over bytes that are not of the locale as surrogates.
    return os.fsencode(text).decode()


def _hidden(order: Order, given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """
    What is not typed behind the order, where others could see it.

    @return: the names of arguments, and what each of them is.
    @raise BadInput: it was typed there all the same.
    """
    for argument in order.arguments:
        if argument.kind is SECRET:
            yield argument.name, argument.name
    if order.words == SETS_ROOM and str(given.get("setting")).lower() == "password":
        value = str(given.get("value") or "")
        if not value:
            yield "value", "password"
        elif value.lower() != "off":
            why = "Leave the password away: others can see what stands there. It is asked for, or"
            raise BadInput(why=f"{why} read from the standard input.")


def askSecret(name: str, ask: Callable[[str], str] = getpass) -> str:
    """
    Have a password typed, twice, or read it from the standard input.

    @param name: what it is.
    @raise BadInput: there is none, it can't be read, or the two are not the same.
    """
    try:
        if not sys.stdin.isatty():
            secret = sys.stdin.buffer.readline(LONGEST_PASSWORD).decode().rstrip("\r\n")
            if not secret:
                why = f"The {name} is read from the standard input, and there is none."
                raise BadInput(why=why)
            return secret
        secret, again = _utf8(ask(f"{name.capitalize()}: ")), _utf8(ask("Again: "))
    except EOFError as error:
        raise BadInput(why=f"There is no {name}. Nothing was changed.") from error
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        why = f"The {name} is not in the encoding that is read here, {error.encoding}."
        raise BadInput(why=f"{why} Nothing was changed.") from error
    if again != secret:
        raise BadInput(why="That was not the same twice. Nothing was changed.")
    return secret


class Screen:
    """
    Shows an answer.
    """

    def __init__(self, order: Order, isJson: bool) -> None:
        """
        @param isJson: for programs.
        """
        self._order = order
        self._isJson = isJson or order.show is None
        self._rows: list[Row] = []
        self._last = Answer()
        self._isWrong = False

    def take(self, answer: Answer) -> None:
        """
        A line of it has come.
        """
        self._last = answer
        if answer.end or answer.error:
            return
        row = _rowOf(answer.row)
        self._isWrong |= self._order.isWrong(row)
        if self._isJson:
            sys.stdout.buffer.write(bytes(answer.row) + b"\n")
        else:
            self._rows.append(row)

    def end(self) -> int:
        """
        That was all.

        @return: the exit code.
        @raise BadInput: it was not done.
        """
        if self._last.error:
            raise BadInput(why=self._last.error)
        if not self._last.end:
            raise BadInput(why="The answer broke off: the server has ended, or was interrupted.")
        if not self._isJson and self._order.show is not None:
            text = "".join(f"{line}\n" for line in self._order.show(self._rows))
            sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        return int(self._isWrong)
