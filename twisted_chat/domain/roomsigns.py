"""
The signs before the names of rooms, as people type and read them.
"""

from __future__ import annotations


def typedRoom(name: str) -> str:
    """
    A room's name so that it means that room if it is typed: one leading C{#} is left out there, so
    the room C{#x} is C{##x}. All others are as they are.

    @param name: of a room; or what stands in its place in a sentence.
    """
    return f"#{name}" if name.startswith("#") else name
