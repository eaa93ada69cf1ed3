"""
Messages to which something is done later: edits, deletions, reactions.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection, Select, and_, bindparam, func, select

from twisted_chat.domain.emojis import bare
from twisted_chat.domain.errors import NoSuchMessage, NotReacted, TooMany
from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Reacted,
    Restored,
    Said,
    TagsKept,
    Targeted,
    Unreacted,
)
from twisted_chat.storage.codec import CODECS
from twisted_chat.storage.schema import log

T = TypeVar("T", Edited, Deleted)
E = TypeVar("E", bound=Targeted)

# Made once: to build a statement costs more than to execute it.
ANY = select(
    log.c.row, log.c.id, log.c.author, func.coalesce(log.c.present, log.c.text, ""), log.c.data
).where(
    log.c.conversation == bindparam("number"),
    log.c.seq == bindparam("seq"),
    log.c.deleted == bindparam("deleted"),
)
_TARGET = ANY.where(log.c.kind == Said.kind)
_DELETED = ANY.where(log.c.kind.in_((Said.kind, TagsKept.kind)))
_KEPT = select(log.c.data).where(log.c.id == bindparam("id"))
# Not the column itself: SQLite would go through the whole conversation in its order, rather than
# through what was done to the one message.
_place = log.c.seq + 0
# It is the newest edit or what came behind it: the numbers of rows are in the index, and so a
# hundred thousand earlier edits are not read.
_message, _newest = log.alias("message"), log.alias("newest")
_from = (
    select(_newest.c.row)
    .join(
        _message,
        and_(
            _message.c.conversation == _newest.c.conversation,
            _message.c.edited_seq == _newest.c.seq,
        ),
    )
    .where(_message.c.conversation == bindparam("number"), _message.c.seq == bindparam("target"))
    .scalar_subquery()
)
_SHOWN = (
    select(log.c.id)
    .where(
        log.c.conversation == bindparam("number"),
        log.c.target == bindparam("target"),
        log.c.kind.in_((Edited.kind, Restored.kind)),
        _place < bindparam("seq"),
        log.c.row >= func.coalesce(_from, 0),
    )
    .order_by(_place.desc())
    .limit(1)
)
_REACTIONS = (
    select(log.c.id, log.c.kind, log.c.data)
    .where(
        log.c.conversation == bindparam("number"),
        log.c.target == bindparam("target"),
        log.c.author == bindparam("author"),
        log.c.kind.in_((Reacted.kind, Unreacted.kind)),
        ~log.c.deleted,
    )
    # The order of the rows is that of the index, and that of their numbers.
    .order_by(log.c.row.desc())
)

MOST_REMEMBERED = 1000
"""Of how many messages it is remembered what stands for them."""

MOST_REACTIONS = 1000
"""How often somebody reacts to one message, or takes that back: all of it is gone through."""


class Versions:
    """
    What stands for messages now, of those that were edited last: whoever edits the same one again
    and again, as programs do to show how things stand, would have all edits gone through each time.
    """

    def __init__(self) -> None:
        # Of a row the id of its newest version, C{""} where there is none but the first.
        self._newest: OrderedDict[int, str] = OrderedDict()

    def shown(self, connection: Connection, number: int, row: int, event: T) -> T:
        """
        See L{withShown}. An edit stands for its message from now on.

        @param row: of the message.
        """
        known = self._newest.get(row)
        if known is None:
            event = withShown(connection, number, event)
        elif known:
            event = replace(event, shown=known)
        self.note(row, event.id if event.kind == Edited.kind else event.shown)
        return event

    def note(self, row: int, id: str) -> None:
        """
        @param id: of what stands for a message from now on.
        """
        self._newest.pop(row, None)
        self._newest[row] = id
        if len(self._newest) > MOST_REMEMBERED:
            self._newest.popitem(last=False)

    def forget(self) -> None:
        """
        What is known may be wrong.
        """
        self._newest.clear()


def targetOf(
    connection: Connection, number: int, event: Targeted, deleted: bool = False
) -> tuple[int, str, str | None]:
    """
    The message to which something is done.

    @param number: of its conversation.
    @param deleted: whether it is to be deleted, or not.
    @return: its row, its present text, and its C{data}.
    @raise NoSuchMessage: there is none, or it is another one than was meant.
    """
    statement = _DELETED if event.kind == Deleted.kind else _TARGET
    row, _, _, text, data = find(connection, statement, number, event, deleted)
    return row, text, data


def find(
    connection: Connection, statement: Select[Any], number: int, event: Targeted, deleted: bool
) -> Any:
    """
    What L{targetOf} looks for.

    @param statement: L{ANY}, with what is to be found.
    @return: the row.
    """
    if not 0 < event.target < event.seq:
        raise NoSuchMessage(number=event.target)
    asked = {"number": number, "seq": event.target, "deleted": deleted}
    found = connection.execute(statement, asked).one_or_none()
    if found is None:
        raise NoSuchMessage(number=event.target)
    wanted = event.targetAuthor
    if (wanted is not None and wanted.id != found.author) or event.targetId not in ("", found.id):
        raise NoSuchMessage(number=event.target)
    return found


def asKept(connection: Connection, event: E) -> E:
    """
    @param event: in the log, at its place.
    @return: the same with what was added when it got that place: see
        L{Targeted.shown<twisted_chat.domain.events.Targeted>} and
        L{Deleted.current<twisted_chat.domain.events.Deleted>}.
    """
    kept = CODECS[event.kind].fields(connection.execute(_KEPT, {"id": event.id}).scalar())
    added = {name: kept[name] for name in ("shown", "current") if name in kept}
    return replace(event, **added)


def withShown(connection: Connection, number: int, event: T) -> T:
    """
    @param number: of its conversation.
    @return: an edit or deletion with what stands for its message until then: see
        L{Targeted.shown<twisted_chat.domain.events.Targeted>}.
    """
    asked = {"number": number, "target": event.target, "seq": event.seq}
    shown: str | None = connection.execute(_SHOWN, asked).scalar()
    return replace(event, shown=shown) if shown else event


def reactionOf(connection: Connection, number: int, event: Reacted | Unreacted) -> tuple[str, str]:
    """
    @param number: of its conversation.
    @return: the id of the reaction with this emoji that the author has at the message until then,
        or C{""}; and how the emoji is written there.
    @raise TooMany: they have reacted to it L{MOST_REACTIONS} times.
    """
    wanted = bare(event.emoji)
    asked = {"number": number, "target": event.target, "author": event.author.id}
    for times, (id, kind, data) in enumerate(connection.execute(_REACTIONS, asked), 1):
        if times >= MOST_REACTIONS and event.kind == Reacted.kind:
            raise TooMany(why=f"You have reacted {times} times to that message already.")
        emoji: str = CODECS[kind].fields(data)["emoji"]
        if bare(emoji) == wanted:
            return (str(id) if kind == Reacted.kind else "", emoji)
    return "", ""


def takenBack(connection: Connection, number: int, event: Unreacted) -> Unreacted:
    """
    @param number: of its conversation.
    @return: what takes a reaction back, with the emoji as it is written there: clients know it so.
    @raise NotReacted: it is not there.
    @raise NoSuchMessage: likewise, where it is meant by its id.
    """
    there, emoji = reactionOf(connection, number, event)
    if event.reaction not in ("", there):
        raise NoSuchMessage(number=event.target)
    if not there:
        raise NotReacted(emoji=event.emoji, number=event.target)
    return event if emoji == event.emoji else replace(event, emoji=emoji)
