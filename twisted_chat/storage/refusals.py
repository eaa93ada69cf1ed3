"""
Why a store can't be started at all.
"""

from __future__ import annotations


class StartRefused(Exception):
    """
    The data can't be used by this program now. Its text is one line for whoever runs the server.
    """


class InUse(StartRefused):
    """
    Another server has the data.
    """
