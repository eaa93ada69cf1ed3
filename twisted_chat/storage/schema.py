"""
The tables, the same for every database.

They are changed by a new file in C{migrations/versions} and here; a test compares the two. The
index for searching is the database's own affair and stands in the file of that database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

REVISION = "0006"
"""The newest migration: what the tables below are."""

METADATA = MetaData()

# SQLite numbers rows by itself only where the column is called INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")


def _conversation(primary: bool = True) -> Column[int]:
    parent = ForeignKey("conversations.number", ondelete="CASCADE")
    return Column("conversation", _Number, parent, primary_key=primary, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _time(name: str) -> Column[float]:
    return Column(name, Double, nullable=False, server_default="0")


conversations = Table(
    "conversations",
    METADATA,
    Column("number", _Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    _text("name"),
    Column("fold", Text, unique=True),
    Column("head", BigInteger, nullable=False, server_default="0"),
    Column("rights_seq", BigInteger, nullable=False, server_default="0"),
    _time("last_at"),
    _time("created_at"),
    _time("entered_at"),
    _text("topic"),
    _text("topic_by"),
    _time("topic_at"),
    Column("archived", Boolean, nullable=False, server_default=text("0")),
    Column("holed", Boolean, nullable=False, server_default=text("0")),
    _text("topic_author"),
)
"""
Rooms, private conversations and ended rooms whose log is still to be removed (C{kind}).

C{number} is for the other tables, C{id} is what all else knows. C{holed} tells that some numbers up
to C{head} have no row in the log, since what was said was not to be kept; that the oldest ones have
none any longer it does not tell. C{topic_by} is the name of whoever set the topic, for people to
read; C{topic_author} is their id, C{""} for a topic of before that was kept.
"""

log = Table(
    "log",
    METADATA,
    Column("row", _Number, primary_key=True),
    _conversation(primary=False),
    Column("seq", BigInteger, nullable=False),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("author_account", Boolean, nullable=False),
    Column("text", Text),
    Column("target", BigInteger),
    Column("data", Text),
    Column("present", Text),
    Column("edited_seq", BigInteger),
    Column("deleted", Boolean, nullable=False, server_default=text("0")),
    Index("log_place", "conversation", "seq", unique=True),
)
"""
The events of a stored kind. C{text} stays as it was first said, C{present} is what it reads now
when that is another; both are blank once it is C{deleted}, and so is the text of its edits, which
are marked C{deleted} too, until they are restored. C{data} is JSON: the fields that have no column.
"""

READ = ("said", "topic", "kicked", "roomRenamed")
"""The kinds that a conversation consists of when it is read later."""

ASIDE = text("({} OR log.deleted)".format(" AND ".join(f"log.kind <> '{kind}'" for kind in READ)))
"""
Whether a row is left out when a conversation is read. Word for word the condition of an index: how
many rows there are to read is told by the numbers, less these. It is asked of each new row, and for
C{IN} with more than two values SQLite makes a table each time.
"""

STRETCH = 128
"""Rows of the log whose authors stand together in the index of authors."""

STRETCH_OF = f"(log.row / {STRETCH})"
"""
The number of the stretch that a row is in, word for word as in the index of authors. There new rows
are next to each other; by author alone each had a page of its own to be written, a third of a
commit.
"""

Index("log_author", text(STRETCH_OF.replace("log.", "")), log.c.author)
_aimed = log.c.target.is_not(None)
# To name another database's word for the condition is to import its dialect at each start.
Index("log_target", log.c.conversation, log.c.target, log.c.author, sqlite_where=_aimed)

_aside = text(ASIDE.text.replace("log.", ""))
Index("log_aside", log.c.conversation, log.c.seq, sqlite_where=_aside)

settings = Table(
    "settings",
    METADATA,
    _conversation(),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""The settings of rooms; C{value} is JSON."""

roles = Table(
    "roles",
    METADATA,
    _conversation(),
    Column("person", Text, primary_key=True),
    _text("name"),
    Column("role", SmallInteger, nullable=False),
)
"""Who has a role in a room."""

masks = Table(
    "masks",
    METADATA,
    _conversation(),
    Column("list", Text, primary_key=True),
    Column("mask", Text, primary_key=True),
    _text("setter"),
    _time("at"),
    _time("until"),
    _text("reason"),
    _text("author"),
)
"""The lists of rooms; C{setter} and C{author} tell who, as of a topic."""

memberships = Table(
    "memberships",
    METADATA,
    _conversation(),
    Column("person", Text, primary_key=True),
    _text("name"),
    Column("joined_seq", BigInteger, nullable=False, server_default="0"),
    Index("memberships_person", "person"),
)
"""The registered members of rooms, and the two people of private conversations."""

readMarks = Table(
    "read_marks",
    METADATA,
    Column("person", Text, primary_key=True),
    _conversation(),
    Column("seq", BigInteger, nullable=False),
    _time("at"),
    # What ends a conversation looks for its rows here.
    Index("read_marks_conversation", "conversation"),
)
"""Up to where somebody has read; C{at} is the latest time that they gave, 0 if none."""

accounts = Table(
    "accounts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("fold", Text, nullable=False, unique=True),
    Column("skeleton", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    _time("created_at"),
    _time("seen_at"),
    Column("preferences", Text, nullable=False, server_default="{}"),
    Column("operator", Boolean, nullable=False, server_default=text("0")),
    _text("suspended"),
    _text("scram"),
    _text("reset"),
    _time("reset_until"),
    _time("erased_at"),
)
"""Registered people; C{preferences} is a JSON object."""

fingerprints = Table(
    "fingerprints",
    METADATA,
    Column("fingerprint", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Index("fingerprints_account", "account"),
)
"""The certificates that stand for accounts, by the SHA-256 of each."""

metadata = Table(
    "metadata",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What is noted of people and rooms, by their ids."""

deviceMarks = Table(
    "device_marks",
    METADATA,
    Column("person", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    _conversation(),
    Column("seq", BigInteger, nullable=False),
    _time("at"),
    Index("device_marks_conversation", "conversation"),
)
"""Up to where the devices of people were told; C{at} is when that was noted."""

network = Table(
    "network",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the network remembers of itself; C{value} is JSON."""

serverBans = Table(
    "server_bans",
    METADATA,
    Column("mask", Text, primary_key=True),
    _text("setter"),
    _time("at"),
    _time("until"),
    _text("reason"),
)
"""Who is kept out of the network."""

invitations = Table(
    "invitations",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("rooms", Text, nullable=False, server_default="[]"),
    Column("uses", Integer, nullable=False, server_default="1"),
    _time("until"),
    _text("setter"),
    _time("at"),
)
"""Invitations to the network, by the hash of the code; C{rooms} is a JSON list."""

acts = Table(
    "acts",
    METADATA,
    Column("id", Text, primary_key=True),
    _time("at"),
    _text("by"),
    _text("kind"),
    _text("about"),
    Column("data", Text, nullable=False, server_default="{}"),
    Column("undone", Boolean, nullable=False, server_default=text("0")),
)
"""What operators did and may undo; C{data} is JSON."""

hidden = Table(
    "hidden",
    METADATA,
    _conversation(),
    Column("seq", BigInteger, primary_key=True),
    Column("act", Text, nullable=False),
    _text("text"),
    Index("hidden_act", "act"),
)
"""Texts that an act has deleted, as long as it can be undone."""

facts = Table(
    "facts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)
"""What the store must remember of its own work: C{unswept}, that deleted bytes may be left."""

ROOM = "room"
DIRECT = "direct"
ENDED = "ended"
