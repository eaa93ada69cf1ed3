"""
The table of orders. To add one, add a row; its function gives rows of JSON, and its C{show} makes
lines of them.

Functions are named by their module and name: only the server's side imports them, and with them
nearly all of the server. The program that takes what is typed would wait for that.
"""

from __future__ import annotations

from typing import Final

from twisted_chat.admin import findings
from twisted_chat.admin.order import (
    DURATION,
    NUMBER,
    PRIVATE,
    SECRET,
    SHORT_PATIENCE,
    SWITCH,
    TEXT,
    WORDS,
    Argument,
    Order,
)
from twisted_chat.admin.showing import (
    Card,
    Column,
    Sentence,
    Table,
    brief,
    duration,
    size,
    when,
)
from twisted_chat.domain.errors import BadInput

_NAME = Argument("name", "the name of an account")
_ROOM = Argument("room", "the name of a room")
_WHY = Argument("reason", "why, for people to read", TEXT, "")
_PASSWORD = Argument("password", "asked for, or read from the standard input", SECRET)
_FOR = Argument("seconds", "for how long: 2h, 7d, 90 days", DURATION, 0.0, "--for")

_ACCOUNTS = Table(
    "There are none.",
    Column("name"),
    Column("operator"),
    Column("suspended"),
    Column("createdAt", "registered", when),
    Column("seenAt", "last seen", when),
    Column("connections", isNumber=True),
)

_ACCOUNT = Card(
    Column("name"),
    Column("id"),
    Column("operator"),
    Column("suspended"),
    Column("createdAt", "registered", when),
    Column("seenAt", "last seen", when),
    Column("rooms"),
    Column("sessions", "connected"),
    Column("certificates"),
    Column("resetUntil", "code until", when),
)

_INVITATIONS = Table(
    "There are none.",
    Column("code", "code (hash)"),
    Column("uses", "uses left", isNumber=True),
    Column("until", show=when),
    Column("rooms"),
    Column("by"),
    Column("at", "made", when),
)

_BANS = Table(
    "There are none.",
    Column("mask", "who"),
    Column("until", show=when),
    Column("by"),
    Column("at", "set", when),
    Column("reason"),
)

_ROOMS = Table(
    "There are none.",
    Column("name"),
    Column("members", isNumber=True),
    Column("hidden"),
    Column("archived"),
    Column("createdAt", "made", when),
    Column("topic"),
)

_ROOM_CARD = Card(
    Column("name"),
    Column("id"),
    Column("createdAt", "made", when),
    Column("topic"),
    Column("topicBy", "topic by"),
    Column("archived"),
    Column("owner"),
    Column("roles"),
    Column("members"),
    Column("head", "last number"),
    Column("settings"),
    Column("lists"),
)

_SESSIONS = Table(
    "Nobody is connected.",
    Column("name"),
    Column("account"),
    Column("operator"),
    Column("wire"),
    Column("address"),
    Column("since", show=when),
    Column("rooms"),
)

_ACTS = Table(
    "There are none.",
    Column("id"),
    Column("at", show=when),
    Column("by"),
    Column("kind"),
    Column("about"),
)

_STATUS = Card(
    Column("network"),
    Column("version"),
    Column("running", "server", lambda value: "runs" if value else "does not run"),
    Column("process", show=lambda value: str(value or "")),
    Column("since", show=when),
    Column("uptime", show=duration),
    Column("people"),
    Column("sessions"),
    Column("connections"),
    Column("rooms"),
    Column("activeRooms", "with somebody in"),
    Column("lockdown"),
    Column("bans"),
    Column("logQueue", "events for the log"),
    Column("logQueueBytes", "bytes of those", size),
    Column("passwordQueue", "passwords waiting"),
    Column("commits"),
    Column("commitMean", "a commit takes", brief),
    Column("commitP99", "99 % are within", brief),
    Column("refusals"),
    Column("dataDir", "data"),
    Column("dataBytes", "it takes", size),
    Column("diskFree", "disk free", size),
)

ORDERS: Final = (
    Order(
        "accounts list", "the accounts", "accounts.list_", _ACCOUNTS,
        (Argument("mask", "only names like this: b*", default="*"),),
    ),
    Order("accounts show", "what there is to know of one", "accounts.show", _ACCOUNT, (_NAME,)),
    Order(
        "accounts create", "register somebody", "accounts.create",
        Sentence("{name} is registered", operator=", and an operator of the network"),
        (
            _NAME, _PASSWORD,
            Argument("operator", "make it an operator's", SWITCH, False, "--operator"),
        ),
    ),
    Order(
        "accounts reset", "make a code that stands for a lost password, once", "accounts.reset",
        Sentence("{code} stands for the password of {name} once, until {until}"), (_NAME,),
    ),
    Order(
        "accounts password", "give somebody another password", "accounts.password",
        Sentence("{name} has another password"), (_NAME, _PASSWORD),
    ),
    Order(
        "accounts suspend", "let nobody use one for now; its connections end", "accounts.suspend",
        Sentence("{name} is suspended"), (_NAME, _WHY),
    ),
    Order(
        "accounts unsuspend", "let one be used again", "accounts.unsuspend",
        Sentence("{name} can be used again"), (_NAME,),
    ),
    Order(
        "accounts delete", "end one for good; nobody gets the name again", "accounts.delete",
        Sentence("{name} is deleted", messages=", and {messages} messages"),
        (
            _NAME,
            Argument("messages", "its messages too", SWITCH, False, "--with-messages"),
        ),
    ),
    Order(
        "accounts export", "all that is held about somebody, as JSON lines", "accounts.export",
        None, (_NAME,),
    ),
    Order("operators list", "the operators of the network", "accounts.operators", _ACCOUNTS),
    Order(
        "operators add", "make somebody registered one", "accounts.addOperator",
        Sentence("{name} is an operator of the network"), (_NAME,),
    ),
    Order(
        "operators remove", "make one an ordinary person", "accounts.removeOperator",
        Sentence("{name} is no longer an operator"), (_NAME,),
    ),
    Order(
        "invitations list", "the invitations that can be used", "entry.invitations", _INVITATIONS
    ),
    Order(
        "invitations create", "make a code that lets people register", "entry.invite",
        Sentence(
            "{code} lets people register, {uses} in all",
            until=", until {until}",
            unmade="; not there yet, and made when somebody comes: {unmade}",
        ),
        (
            Argument("rooms", "the rooms that they come into", WORDS, ()),
            Argument("uses", "how many people", NUMBER, 1, "--uses"), _FOR,
        ),
    ),
    Order(
        "invitations remove", "take one back", "entry.uninvite",
        Sentence("the invitation {code} is taken back"),
        (Argument("code", "the code, or the beginning of its hash"),),
    ),
    Order("bans list", "who is kept out of the network", "entry.bans", _BANS),
    Order(
        "bans add", "keep somebody out, and end their connections", "entry.ban",
        Sentence("{mask} is banned", until=" until {until}", spared="; but {spared}"),
        (
            Argument("who", "a name, account:NAME, an address, a network, NAME@ADDRESS"), _WHY,
            _FOR,
        ),
    ),
    Order(
        "bans remove", "let somebody in again", "entry.unban", Sentence("{mask} may come in again"),
        (Argument("who", "as in the list"),),
    ),
    Order("rooms list", "all rooms", "rooms.list_", _ROOMS),
    Order("rooms show", "what there is to know of one", "rooms.show", _ROOM_CARD, (_ROOM,)),
    Order(
        "rooms set", "change a setting of one", "rooms.configure",
        Sentence("{setting} of {room} is {value}"),
        (
            _ROOM, Argument("setting", "which: topic-lock, limit, keep ..."),
            Argument("value", "on, off, a number, a time ...", PRIVATE),
        ),
    ),
    Order(
        "rooms transfer", "make somebody registered the owner", "rooms.transfer",
        Sentence("{owner} is the owner of {room}"), (_ROOM, _NAME),
    ),
    Order(
        "rooms archive", "close one for talk; it can be read", "rooms.archive",
        Sentence("{room} is archived"), (_ROOM,),
    ),
    Order(
        "rooms unarchive", "open one again", "rooms.unarchive", Sentence("{room} is open again"),
        (_ROOM,),
    ),
    Order(
        "rooms destroy", "end one, with all that was said in it", "rooms.destroy",
        Sentence("{room} is gone, with all that was said in it"), (_ROOM, _WHY),
    ),
    Order(
        "rooms history", "what was said in one, as JSON lines", "rooms.history", None, (_ROOM,),
    ),
    Order("sessions list", "who is connected", "sessions.list_", _SESSIONS),
    Order(
        "sessions kick", "end somebody's connections", "sessions.kick",
        Sentence("{name} is disconnected"), (_NAME, _WHY),
    ),
    Order(
        "lockdown", "close the doors (1 to 3) or open them (0); alone: how they are",
        "entry.lockdown",
        Sentence("lockdown {level}: {means}", by=", says {by}"),
        (Argument("level", "1: no new accounts; 2: accounts only; 3: members only", NUMBER, -1),),
    ),
    Order("acts", "what operators did and can be undone", "network.acts", _ACTS),
    Order(
        "undo", "undo something that an operator did", "network.undo",
        Sentence("undone: {kind}, {about}"),
        (Argument("id", "which, as acts has it; alone: the last one done here", default=""),),
    ),
    Order("reload", "read the settings again", "network.reload", Sentence("{told}")),
    Order("status", "how the server is", "network.status", _STATUS, patience=SHORT_PATIENCE),
    Order(
        "doctor", "look for what is wrong, with the cures", "doctor.doctor", findings.show,
        isWrong=findings.isWrong, patience=SHORT_PATIENCE,
    ),
)  # fmt: skip
"""All orders."""

_BY_WORDS = {order.words: order for order in ORDERS}


def orderNamed(words: str) -> Order:
    """
    @raise BadInput: there is no such order.
    """
    order = _BY_WORDS.get(words)
    if order is None:
        raise BadInput(why=f"The server knows no {words[:40]!r}: it may be of another version.")
    return order
