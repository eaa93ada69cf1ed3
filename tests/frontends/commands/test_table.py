"""
The table of commands: help, nearest names, and that every command is well made.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter, signature

import pytest

from tests.doubles import Net
from tests.frontends.commands.conftest import Come
from twisted_chat.domain.errors import NoCurrentRoom
from twisted_chat.frontends.commands.columns import WIDTH, aligned, width
from twisted_chat.frontends.commands.command import Command, Noun, UnknownCommand, WrongUsage
from twisted_chat.frontends.commands.table import TABLE, Table
from twisted_chat.frontends.commands.usage import (
    Choice,
    Optional,
    Part,
    Phrase,
    Rest,
    Several,
    Word,
)

COMMANDS = [command for noun in TABLE.nouns for command in noun.commands]

every = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.usage.name)

PROMISED = """
admin archive away back ban bans deadmin dehalfop delete deop destroy devoice edit exit halfop help
history ignore ignored invite join kick leave login logout me msg mute names nick op password
password quiet quit r react read receipts register renameroom reply rooms say search set switch
topic transfer unarchive unban unignore unmute unreact voice who whois
"""


def _taken(parts: tuple[Part, ...], optional: bool = False) -> Iterator[tuple[str, bool]]:
    """
    The arguments of a usage: their names, and whether they may be left out.
    """
    for part in parts:
        match part:
            case Optional(parts=inner):
                yield from _taken(inner, True)
            case Choice(words=words) if len(words) > 1:
                yield "choice", optional
            case Phrase():
                yield part.name, True
            case Word() | Rest() | Several():
                yield part.name, optional
            case _:
                pass


@every
def test_aFunctionTakesJustWhatItsUsageSays(command: Command) -> None:
    taken = dict(_taken(command.usage.parts))
    visit, *parameters = signature(command.function).parameters.values()
    assert visit.name == "visit"
    if command.room != "none":
        taken.pop("room", None)
        assert parameters.pop(0).name == "room"
    assert {
        parameter.name: parameter.default is not Parameter.empty for parameter in parameters
    } == taken


@every
def test_everyCommandSaysInOneShortLineWhatItDoes(command: Command) -> None:
    assert 0 < len(command.about) <= WIDTH
    assert not command.about.endswith(".")
    assert command.about[0].isupper()


@every
def test_everyCommandIsInTheHelpAndInTheTableForDocuments(command: Command) -> None:
    assert sum(line.split("  ")[1] == command.usage.short for line in _rows()) == 1
    shown = command.usage.shown.replace("|", r"\|")
    assert f"\n| `{shown}` | {command.about} |\n" in TABLE.markdown()
    assert TABLE.about(command.usage.name)[0] == f"* Usage: {command.usage.shown}"


def _rows() -> list[str]:
    return [line for line in TABLE.overview() if line.startswith("  ")]


def test_helpFitsOnATerminal() -> None:
    for lines in (TABLE.overview(), *(TABLE.about(name) for name in TABLE.commands)):
        assert max(map(len, lines)) <= WIDTH


def test_whatIsPromisedIsThere() -> None:
    assert set(PROMISED.split()) <= set(TABLE.commands)


def test_noTwoCommandsHaveOneName() -> None:
    noun = Noun("Twice")
    for _ in range(2):
        noun.command("/same")(COMMANDS[0].function)
    with pytest.raises(ValueError, match="/same"):
        Table([noun])


def test_aMistypedCommandNamesTheNearestOne(net: Net, come: Come) -> None:
    with pytest.raises(UnknownCommand) as caught:
        come("alex").does("jion lobby")
    assert caught.value.text == "There is no /jion. Did you mean /join?"


@pytest.mark.parametrize("typed", ["", "xyzzy", "{braces}", "/", "\x1b[2J" + "w" * 5000])
def test_whatIsLikeNothingIsToldToBeUnknown(come: Come, typed: str) -> None:
    with pytest.raises(UnknownCommand) as caught:
        come("alex").does(typed)
    assert caught.value.text.endswith("/help shows the commands.")
    assert len(caught.value.text) < WIDTH
    assert "\x1b" not in caught.value.text


def test_aCommandThatIsCalledWrongShowsItsUsage(come: Come) -> None:
    with pytest.raises(WrongUsage) as caught:
        come("alex", "lobby").does("kick")
    assert caught.value.text == "Usage: /kick [#ROOM] NAME [REASON]"


@pytest.mark.parametrize(
    "typed", ["say hi", "topic", "kick bea", "history", "set limit 3", "leave"]
)
def test_whoIsInNoRoomIsTold(come: Come, typed: str) -> None:
    with pytest.raises(NoCurrentRoom):
        come("alex").does(typed)


def test_caseAndAliasesMakeNoDifference(come: Come) -> None:
    visit = come("alex", "lobby")
    visit.does("EXIT bye")
    visit.does("quit bye")
    assert visit.asked == [("end", "bye")] * 2


def test_onlyTalkIsNotWaitedFor() -> None:
    assert [name for name in TABLE.commands if TABLE.publishes(f"{name} x")] == ["me", "say"]
    assert TABLE.publishes("ME waves")
    assert not TABLE.publishes("")


def test_whatPublishesHasBegunWhenRunReturns(net: Net, come: Come) -> None:
    visit = come("alex", "lobby")
    for number in range(5):
        TABLE.run(visit, f"say {number}")
    net.settle()
    assert [line.split("> ")[1] for line in visit.does("history")] == list("01234")


def test_helpTellsMoreAboutOneCommand(come: Come) -> None:
    lines = come("alex").does("help /exit")
    assert lines == ["* Usage: /quit [TEXT]", "  Also: /exit", "  Go, with a word or none."]


def test_commandsCanBeCompleted() -> None:
    assert TABLE.complete("un") == [
        "unarchive", "unban", "undo", "unexcept", "unignore", "uninvite", "unmute", "unreact",
        "unsuspend",
    ]  # fmt: skip


def test_columnsStandUnderEachOtherWhateverTheLetters() -> None:
    lines = aligned([("日本", "1", "", "x"), ("é", "200", "", "y")], right=(1,))
    assert lines == ["  日本    1  x", "  é     200  y"]
    assert len({width(line) for line in lines}) == 1
