"""
Events: what happened, as immutable facts.

An event of a stored kind has a place in the log of its conversation (C{seq}: 1, 2, 3, ... without
holes); one of another kind passes through the same pipeline, in order, and is not kept. Dispatch on
events is by name: C{kind} names the method (C{apply_said}, C{event_said}, C{store_said}).
"""

from __future__ import annotations

from twisted_chat.domain.event import Event
from twisted_chat.domain.logged import (
    Archived,
    Deleted,
    Edited,
    Kicked,
    ListChanged,
    Reacted,
    Restored,
    RolesChanged,
    RolesGoneOver,
    RoomRenamed,
    Said,
    SettingsChanged,
    TagsKept,
    Targeted,
    TopicChanged,
    Unreacted,
)
from twisted_chat.domain.passing import (
    AccountChanged,
    Ended,
    Invited,
    Joined,
    Left,
    MetadataChanged,
    Notified,
    Ordered,
    PresenceChanged,
    ProfileChanged,
    ReadMarked,
    Renamed,
    SightChanged,
    Tagged,
    Watched,
)

__all__ = [
    "KINDS",
    "AccountChanged",
    "Archived",
    "Deleted",
    "Edited",
    "Ended",
    "Event",
    "Invited",
    "Joined",
    "Kicked",
    "Left",
    "ListChanged",
    "MetadataChanged",
    "Notified",
    "Ordered",
    "PresenceChanged",
    "ProfileChanged",
    "Reacted",
    "ReadMarked",
    "Renamed",
    "Restored",
    "RolesChanged",
    "RolesGoneOver",
    "RoomRenamed",
    "Said",
    "SettingsChanged",
    "SightChanged",
    "Tagged",
    "TagsKept",
    "Targeted",
    "TopicChanged",
    "Unreacted",
    "Watched",
]

KINDS: dict[str, type[Event]] = {
    cls.kind: cls
    for cls in (
        Said, Edited, Deleted, Reacted, Unreacted, TopicChanged, Kicked, RolesChanged,
        SettingsChanged, ListChanged, RoomRenamed, Archived, Ended, Joined, Left, Renamed,
        AccountChanged, PresenceChanged, Invited, Restored, Tagged, ProfileChanged,
        MetadataChanged, ReadMarked, Notified, Ordered, TagsKept,
    )
}  # fmt: skip
"""Every kind of event that is published, by its name."""
