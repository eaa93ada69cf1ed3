"""
What can't be done with a reaction; see L{errors<twisted_chat.domain.errors>}.
"""

from __future__ import annotations

from twisted_chat.domain.errors import ChatError


class AlreadyReacted(ChatError):
    """
    You have reacted to message {number} with {emoji} already.
    """

    code = "already-reacted"


class NotReacted(ChatError):
    """
    There is no {emoji} of yours at message {number}.
    """

    code = "not-reacted"
