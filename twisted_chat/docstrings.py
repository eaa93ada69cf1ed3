"""
Docstrings: refusals, the help of the commands and the explanations of the settings are theirs.
"""

from __future__ import annotations

from twisted_chat.domain.errors import ChatError
from twisted_chat.settingkinds import SettingsError


def requireDocstrings() -> None:
    """
    See that Python has not left them out: people would read nothing instead.

    @raise SettingsError: it has.
    """
    if ChatError.__doc__ is None:
        why = "leaves out the docstrings, which are what people read here; -O leaves them"
        raise SettingsError("python -OO (PYTHONOPTIMIZE=2)", why)
