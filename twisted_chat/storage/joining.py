"""
Becoming a member of a room for good.
"""

from __future__ import annotations

from sqlalchemy import Connection

from twisted_chat.domain.events import AccountChanged
from twisted_chat.storage.heads import Head, Heads
from twisted_chat.storage.rows import add, has
from twisted_chat.storage.schema import memberships


def join(connection: Connection, number: int, person: str, name: str, joined: int) -> None:
    """
    Somebody registered is a member from now on, unless they are already.

    @param number: of the room.
    @param joined: the seq that their joining followed.
    """
    key = {"conversation": number, "person": person}
    if not has(connection, memberships, key):
        add(connection, memberships, {**key, "name": name, "joined_seq": joined})


def joinedAsGuest(heads: Heads, head: Head, event: AccountChanged) -> int:
    """
    @param head: of a room in which somebody is who has registered.
    @return: the seq that their joining followed, when they were a guest.
    """
    told = zip(event.conversations, event.joined, strict=False)
    return next((joined for id, joined in told if heads.get(id) is head), head.seq)
