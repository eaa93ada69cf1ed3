"""
Where the conversations stand: what the only writer need not ask the database for.
"""

from __future__ import annotations

from copy import copy

from msgspec import Struct
from sqlalchemy import bindparam, select

from twisted_chat.storage.schema import DIRECT, memberships
from twisted_chat.storage.sqlite_link import Link

MOST_KNOWN = 100_000
"""How many conversations are kept in mind."""


# Straight to the driver, since each new room is asked for.
_HEAD = """
SELECT number, kind, head, rights_seq, last_at, entered_at, holed FROM conversations WHERE id = ?
"""
_PEOPLE = select(memberships.c.person, memberships.c.name).where(
    memberships.c.conversation == bindparam("number")
)


class Head(Struct, eq=False):
    """
    Where one conversation stands.

    @ivar number: of its row.
    @ivar seq: of its newest event.
    @ivar rights: the seq of the newest event that changed what people may do.
    @ivar at: when its newest event happened, in POSIX seconds.
    @ivar entered: when somebody entered it last, as far as that is written down.
    @ivar seen: when somebody entered it last, as far as is known: that is not always written down.
    @ivar holed: whether some of its numbers have no row.
    @ivar names: in a private conversation the names of its people, by their ids.
    @ivar moved: whether the database has to be told.
    """

    number: int
    seq: int = 0
    rights: int = 0
    at: float = 0.0
    entered: float = 0.0
    seen: float = 0.0
    holed: bool = False
    names: dict[str, str] | None = None
    moved: bool = False

    def __post_init__(self) -> None:
        self.seen = max(self.seen, self.entered)

    @property
    def state(self) -> tuple[int, int, float, float, int]:
        """
        What the database has of it: C{seq}, C{rights}, C{at}, C{entered}, C{holed}.
        """
        return self.seq, self.rights, self.at, self.entered, 1 if self.holed else 0

    def copy(self) -> Head:
        """
        One that may be changed without this one.
        """
        copied = copy(self)
        if self.names is not None:
            copied.names = dict(self.names)
        return copied


class Heads:
    """
    The heads that are known, and those that the present transaction changes.
    """

    def __init__(self, link: Link) -> None:
        """
        @param link: asked for what is not known.
        """
        self._link = link
        self._known: dict[str, Head] = {}
        self._changing: dict[str, Head | None] = {}

    def get(self, id: str) -> Head | None:
        """
        The head of a conversation as the present transaction leaves it; may be changed.

        @return: C{None} if there is no such conversation.
        """
        if id in self._changing:
            return self._changing[id]
        known = self._known.get(id)
        head = self._load(id) if known is None else known.copy()
        if head is not None:
            self._changing[id] = head
        return head

    def put(self, id: str, head: Head | None) -> None:
        """
        The present transaction makes a conversation, or ends it (C{None}).
        """
        self._changing[id] = head

    def moved(self) -> list[Head]:
        """
        Those of which the database has to be told.
        """
        return [head for head in self._changing.values() if head is not None and head.moved]

    def keep(self) -> None:
        """
        The present transaction is committed.
        """
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        for id, head in self._changing.items():
            if head is None:
                self._known.pop(id, None)
            else:
                head.moved = False
                self._known[id] = head
        self._changing.clear()

    def forget(self) -> None:
        """
        The present transaction has failed.
        """
        self._changing.clear()

    def forgetAll(self) -> None:
        """
        What is known may be wrong.
        """
        self._changing.clear()
        self._known.clear()

    def _load(self, id: str) -> Head | None:
        row = self._link.raw.execute(_HEAD, (id,)).fetchone()
        if row is None:
            return None
        number, kind, seq, rights, at, entered, holed = row
        names: dict[str, str] | None = None
        if kind == DIRECT:
            people = self._link.connection.execute(_PEOPLE, {"number": number})
            names = {row.person: row.name for row in people}
        return Head(number, seq, rights, at, entered, holed=bool(holed), names=names)
