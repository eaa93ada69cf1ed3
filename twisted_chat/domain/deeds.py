"""
What is done to keep order in rooms, in words for the server's log.
"""

from __future__ import annotations

from typing import Any

from twisted_chat.domain.event import Event
from twisted_chat.domain.roles import TITLES


def deedOf(event: Event) -> str:
    """
    @return: what somebody has done: C{kicked bea}; never what anybody said, and no password.
    """
    return str(_DEEDS[event.kind](event))


def _roles(event: Any) -> str:
    return "made " + ", ".join(f"{each.name} {TITLES[each.role]}" for each in event.changes)


def _lists(event: Any) -> str:
    changed = [f"+{entry.mask}" for entry in event.added] + [f"-{mask}" for mask in event.removed]
    return f"changed the list of {event.list}s: {' '.join(changed)}"


def _deleted(event: Any) -> str:
    name = event.targetAuthor.name
    return f"a topic of {name}" if event.topic else f"what {name} said"


_DEEDS: dict[str, Any] = {
    "kicked": lambda event: f"kicked {event.name}",
    "roles": _roles,
    "bans": _lists,
    "settings": lambda event: "set " + ", ".join(name for name, _ in event.changes),
    "roomRenamed": lambda event: f"gave it the new name {event.new}",
    "archived": lambda event: "archived it" if event.archived else "opened it again",
    "ended": lambda event: "destroyed it",
    "deleted": lambda event: f"deleted {_deleted(event)}",
}
