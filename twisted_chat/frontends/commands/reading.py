"""
Commands for reading what was said.
"""

from __future__ import annotations

from twisted_chat.domain.errors import NoCurrentRoom
from twisted_chat.domain.events import Event
from twisted_chat.domain.names import cleanLine
from twisted_chat.domain.quantities import counted
from twisted_chat.domain.records import Criteria, Page
from twisted_chat.domain.roomsigns import typedRoom
from twisted_chat.frontends.commands.command import Lines, Noun, Visit
from twisted_chat.frontends.commands.talk import chosen, isCurrent, numbered, placeOf
from twisted_chat.frontends.text import earlierText

READING = Noun("Reading")

LINES = 20
"""How many lines of a history are shown unless another number is asked for."""

UNFOUND = ": a search is for words, and those have letters or digits in them"
"""What is said to who searches for signs alone."""


@READING.command("/history [ROOM|@NAME] [N] [before NUMBER]", asks=True)
async def history(visit: Visit, room: str = "", n: str = "", number: str = "") -> Lines:
    """
    Show what was said before

    /history 50 shows the last 50 lines, /history before 118 what came before that. ROOM shows
    another room, @NAME what you and somebody said in private.
    """
    session, before = visit.session, 0
    if room and number and "/" not in number:
        number = f"{room}/{number}"
    if number:
        conversation, seq = await chosen(visit, number)
        # Numbers begin with 1, and 0 stands for none.
        before = max(seq, 1)
    else:
        conversation = await _meant(visit, room)
    limit = int(n) if n else LINES
    page = await session.history(conversation, limit, before=before)
    if not page.events:
        place = room or typedRoom(session.placeOf(conversation))
        return [f"* Nothing {'earlier ' if before else ''}to show of {cleanLine(place)}"]
    return [*_earlier(visit, page), *visit.spellPage(page, conversation)]


async def _meant(visit: Visit, place: str) -> str:
    """
    The conversation that somebody has named; C{""}: that of the current room.
    """
    if place:
        conversation, _ = await visit.session.resolve(f"{place}/last", visit.room)
        return conversation
    if visit.room is None:
        raise NoCurrentRoom()
    return visit.room.id


def _earlier(visit: Visit, page: Page) -> Lines:
    """
    How much there is above a page, and how to see it.
    """
    left = page.total - len(page.events)
    first = page.events[0]
    if (left <= 0 and not page.more) or first.seq <= 1:
        return []
    here = isCurrent(visit, first.conversation)
    where = str(first.seq) if here else numbered(visit, first, first.seq)
    return [f"* {earlierText(left, f'before {where}', visit.typed('history'))}"]


@READING.command("/search WORDS...", asks=True)
async def search(visit: Visit, words: str) -> Lines:
    """
    Find what was said

    It shows the newest messages that have all the words, whatever their case and accents, from
    your rooms and private conversations. from:NAME means those of somebody, and in:ROOM or in:@NAME
    those of one place: /search soup in:dev from:bea
    """
    wanted = words.split()
    author, place = _taken(wanted, "from:"), _taken(wanted, "in:")
    conversation = await _meant(visit, place) if place else ""
    text = " ".join(wanted) or None
    page = await visit.session.search(text, LINES, conversation, Criteria(author=author))
    if not page.events:
        signs = text is not None and not any(map(str.isalnum, text))
        return [f"* Nothing was found{UNFOUND if signs else ''}"]
    found = ("More than " if page.more else "") + counted(page.total, "message")
    cut = page.more or page.total > len(page.events)
    lines = [f"* {found} found{f'; the newest {len(page.events)}' if cut else ''}:"]
    for conversation, events in _byConversation(page.events).items():
        lines.append(f"* In {placeOf(visit, events[0])}:")
        lines += visit.spellPage(Page(tuple(events), len(events)), conversation)
    return lines


def _taken(words: list[str], mark: str) -> str:
    """
    What stands behind a mark, which is none of the words then; C{""} if nothing does.
    """
    for word in words:
        if word.lower().startswith(mark) and word.lower() != mark:
            words.remove(word)
            return word[len(mark) :]
    return ""


def _byConversation(events: tuple[Event, ...]) -> dict[str, list[Event]]:
    """
    Events by where they happened, each in their order.
    """
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.conversation, []).append(event)
    return found


@READING.command("/read [ROOM|@NAME]")
async def read(visit: Visit, room: str = "") -> Lines:
    """
    Say that you have read it

    What you have not read is shown again when you come in the next time. Where you speak, you have
    read.
    """
    if not room:
        await visit.session.markAllRead()
        return ["* All that was said so far counts as read"]
    await visit.session.markRead(await _meant(visit, room))
    return [f"* {cleanLine(room)} counts as read"]
