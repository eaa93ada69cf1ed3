"""
Announcements: what a node has committed, on its way to all nodes.
"""

from __future__ import annotations

from msgspec import Struct

from twisted_chat.domain.events import Event


class Run(Struct, frozen=True):
    """
    Neighbouring events of one conversation, as one node announces them.

    @ivar conversation: its id; for events of no conversation the channel of a person.
    @ivar after: the seq that the first event follows; the stored events of the run have the
        numbers from C{after + 1} on, without a hole.
    @ivar counter: counts the runs of this node in this conversation: 1, 2, 3, ...
    @ivar events: in order, stored and passing ones mixed.
    """

    conversation: str
    after: int
    counter: int
    events: tuple[Event, ...]


class Batch(Struct, frozen=True):
    """
    What one node committed at once.

    @ivar node: the node's name.
    @ivar epoch: how often the node of that name has been started.
    @ivar runs: one for each conversation, in the order of their first events.
    """

    node: str
    epoch: int
    runs: tuple[Run, ...]
