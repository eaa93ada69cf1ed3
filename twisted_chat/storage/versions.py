"""
The later texts of messages: they go with their message.

Some programs edit one message a hundred thousand times, to show how things stand. What goes with it
at once is bounded, since everybody waits for that; the rest is noted in the same transaction, and
L{blankRest} takes it away in steps. Until then nobody is given it: L{GONE}.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, insert, select, text, update

from twisted_chat.domain.events import Edited, Restored
from twisted_chat.storage.schema import facts, log
from twisted_chat.storage.sqlite_link import Link

AT_ONCE = 500
"""How many events that are about messages are gone through in one step: a millisecond's work."""

_KINDS = f"(log.kind = '{Edited.kind}' OR log.kind = '{Restored.kind}')"

GONE = f"""({_KINDS} AND NOT EXISTS (
    SELECT 1 FROM log AS its
    WHERE its.conversation = log.conversation AND its.seq = log.target AND NOT its.deleted
))"""  # noqa: S608 - our own names
"""Whether a row of the log is a later text of a message that is there no more."""

NOT_GONE = text(f"NOT {GONE}")

_NOTE = "versions"

# Made once: to build a statement costs more than to execute it. All about these messages is gone
# through in the order of its index, whatever it is, so that a step is short. In one piece SQLite
# would not begin where the last step has ended, but with the first by the same author.
_SOME = text("""
SELECT * FROM (
    SELECT row, target, author FROM log
    WHERE conversation = :number AND target = :target AND author = :author AND row > :row
    ORDER BY row LIMIT :most
)
UNION ALL SELECT * FROM (
    SELECT row, target, author FROM log
    WHERE conversation = :number AND (target, author) > (:target, :author) AND target <= :last
    ORDER BY target, author, row LIMIT :most
)
LIMIT :most
""")
_BLANK = (
    update(log)
    .where(
        log.c.row.in_(bindparam("rows", expanding=True)),
        log.c.seq < bindparam("before"),
        text(_KINDS),
        ~log.c.deleted,
    )
    .values(text="", present=None, deleted=True)
)
# Tags have no text.
_BLANK_MESSAGE = (
    update(log)
    .where(log.c.row == bindparam("message"))
    .values(
        text=case((log.c.text.is_not(None), "")),
        present=None,
        deleted=True,
        data=bindparam("left"),
    )
)
_NOTED = select(facts.c.name, facts.c.value).where(facts.c.name.startswith(_NOTE + " "))

Place = tuple[int, str, int]
"""Where a step has ended: target, author and row."""


def blankMessage(connection: Connection, row: int, data: str | None) -> None:
    """
    Take the text of a message out of the log.

    @param data: what is left of its C{data}.
    """
    connection.execute(_BLANK_MESSAGE, {"message": row, "left": data})


def blankVersions(connection: Connection, number: int, first: int, last: int, before: int) -> bool:
    """
    Messages are going: take their later texts out of the log, or note that some are left.

    @param number: of the conversation.
    @param first: the seq of the first message.
    @param last: that of the last one.
    @param before: only what has a lower seq than this.
    @return: whether anything is about these messages.
    """
    asked = {"number": number, "last": last, "before": before}
    looked, place = _step(connection, asked, (first, "", 0))
    if place is None:
        return looked > 0
    name = f"{_NOTE} {number} {first} {last}"
    # What was restored, and goes again, has more of them now.
    connection.execute(delete(facts).where(facts.c.name == name))
    connection.execute(insert(facts).values(name=name, value=before))
    return True


def blankRest(link: Link) -> Iterator[None]:
    """
    Take away what was left, in steps, each a transaction of its own.
    """
    for name, before in link.connection.execute(_NOTED).all():
        number, first, last = map(int, name.split(" ")[1:])
        asked = {"number": number, "last": last, "before": before}
        place: Place | None = (first, "", 0)
        while place is not None:
            # It may be another connection than that of the step before.
            connection = link.writing
            _, place = _step(connection, asked, place)
            if place is None:
                # Unless more was noted meanwhile.
                noted = (facts.c.name == name) & (facts.c.value == before)
                connection.execute(delete(facts).where(noted))
            link.commit()
            yield


def forgetVersions(connection: Connection, number: int) -> None:
    """
    A conversation is removed: what was left there is so too, and another may have its number.
    """
    connection.execute(delete(facts).where(facts.c.name.startswith(f"{_NOTE} {number} ")))


def _step(connection: Connection, asked: dict[str, Any], after: Place) -> tuple[int, Place | None]:
    """
    @param after: where the step before has ended.
    @return: how many were gone through, and where this step has ended; C{None} if that was all.
    """
    target, author, row = after
    behind = {"target": target, "author": author, "row": row, "most": AT_ONCE}
    found = connection.execute(_SOME, {**asked, **behind}).all()
    if found:
        rows = [each.row for each in found]
        connection.execute(_BLANK, {"rows": rows, "before": asked["before"]})
    if len(found) < AT_ONCE:
        return len(found), None
    return len(found), (found[-1].target, found[-1].author, found[-1].row)
