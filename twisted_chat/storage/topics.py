"""
The topics of rooms: the present one stands beside the log, those that were set stand in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, and_, bindparam, or_, select, update

from twisted_chat.domain.events import Deleted, Restored, TopicChanged
from twisted_chat.storage.acts import keepAside, takeBack
from twisted_chat.storage.codec import withMark
from twisted_chat.storage.schema import ROOM, conversations, log
from twisted_chat.storage.sqlite_link import Link
from twisted_chat.storage.targets import ANY, find, withShown
from twisted_chat.storage.unswept import sweepLater

# Whoever takes a topic away has written nothing that could be deleted.
_TOPIC = ANY.where(log.c.kind == TopicChanged.kind, or_(log.c.text != "", log.c.deleted))
_TOPIC = _TOPIC.add_columns(log.c.at)
_here = conversations.c
_first = (
    select(log.c.at)
    .where(log.c.conversation == _here.number)
    .order_by(log.c.seq)
    .limit(1)
    .scalar_subquery()
)
_OUTLIVED = select(_here.id).where(
    _here.kind == ROOM,
    _here.topic != "",
    or_(
        _here.topic_author == bindparam("person"),
        and_(_here.topic_author == "", _here.topic_by == bindparam("name")),
    ),
    or_(_first.is_(None), _first > _here.topic_at),
)


def outlived(connection: Connection, person: str, name: str) -> Sequence[str]:
    """
    See L{IStore.outlivedTopics<twisted_chat.domain.interfaces.IStore.outlivedTopics>}.
    """
    return connection.execute(_OUTLIVED, {"person": person, "name": name}).scalars().all()


class Topics:
    """
    What is done to topics; within the present transaction of the writing thread.
    """

    def __init__(self, link: Link) -> None:
        """
        @param link: what writes.
        """
        self._link = link

    def set(self, number: int, event: TopicChanged) -> None:
        """
        The room's topic, who set it, and when.

        @param number: of the room; likewise below.
        """
        set = update(conversations).where(_here.number == number)
        by = {"topic_by": event.author.name, "topic_author": event.author.id}
        self._link.writing.execute(set.values(topic=event.text, topic_at=event.at, **by))

    def delete(self, number: int, event: Deleted) -> Deleted:
        """
        The text goes from the log, from what stands for it there since it was restored, and from
        the room, if it is its present topic. When it was set stays; by that it is known again.

        @return: the deletion, with L{Deleted.current<twisted_chat.domain.events.Deleted>}.
        @raise NoSuchMessage: there is no such topic.
        """
        row, _, _, text, data, at = self._find(number, event, False)
        event = withShown(self._link.connection, number, event)
        keepAside(self._link.connection, number, event.target, event.act, text)
        again = and_(
            log.c.conversation == number,
            log.c.target == event.target,
            log.c.kind == Restored.kind,
        )
        blank = {"text": "", "deleted": True}
        marked = withMark(data, deleted=True)
        self._link.writing.execute(update(log).where(log.c.row == row).values(**blank, data=marked))
        self._link.writing.execute(update(log).where(again).values(blank))
        # Of one that was taken in it may not be known when it was set.
        its = or_(_here.topic_at == at, and_(_here.topic_at == 0, _here.topic == text))
        has = and_(_here.number == number, _here.topic != "", its)
        nobody = {"topic_by": "", "topic_author": ""}
        none = update(conversations).where(has).values(topic="", topic_at=at, **nobody)
        sweepLater(self._link.connection)
        return replace(event, current=self._link.writing.execute(none).rowcount > 0)

    def restore(self, number: int, event: Restored) -> Restored:
        """
        It reads as it did, and is the room's topic if that was not changed since.

        @return: the restoration, with L{Restored.current<twisted_chat.domain.events.Restored>}.
        @raise NoSuchMessage: there is no such topic, or its text is not kept aside any more.
        """
        row, _, _, _, data, at = self._find(number, event, True)
        takeBack(self._link.connection, number, event.target)
        back = {"text": event.text, "deleted": False, "data": withMark(data, deleted=False)}
        self._link.writing.execute(update(log).where(log.c.row == row).values(back))
        none = and_(_here.number == number, _here.topic == "", _here.topic_at == at)
        by, author = (
            select(column).where(log.c.row == row).scalar_subquery()
            for column in (log.c.author_name, log.c.author)
        )
        values = {"topic": event.text, "topic_by": by, "topic_author": author}
        again = update(conversations).where(none).values(values)
        return replace(event, current=self._link.writing.execute(again).rowcount > 0)

    def _find(self, number: int, event: Deleted | Restored, deleted: bool) -> Any:
        return find(self._link.writing, _TOPIC, number, event, deleted)
