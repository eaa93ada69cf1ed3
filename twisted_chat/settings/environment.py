"""
Settings in variables of the environment, for containers and service managers.

The setting C{limits.send_queue} is C{TWISTED_CHAT_LIMITS_SEND_QUEUE}, and so is every other one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from twisted_chat.settings.kinds import Rule, SettingsError

PREFIX = "TWISTED_CHAT_"

CONFIG = PREFIX + "CONFIG"
"""Names the settings file."""

ORCHESTRATED = re.compile(rf"{PREFIX}(PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?|SERVICE_.*)")
"""
What Kubernetes puts into the environment of everything that runs beside a service of our name: that
is nobody's setting.
"""


def variable(path: str) -> str:
    """
    @param path: of a setting: C{"limits.send_queue"}.
    @return: the variable that sets it.
    """
    return PREFIX + path.replace(".", "_").upper()


def readEnvironment(
    environ: Mapping[str, str], known: Mapping[str, Rule]
) -> dict[str, tuple[object, str]]:
    """
    Find the settings among the variables. One that is empty sets nothing; where a setting is a
    list, spaces part its texts.

    @param environ: all variables.
    @param known: the rules of all settings by their paths.
    @return: by path, the value and the name of the variable.
    @raise SettingsError: a variable looks like a setting and is none; its path is the variable.
    """
    paths = {variable(path): path for path in known}
    found: dict[str, tuple[object, str]] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name == CONFIG:
            continue
        path = paths.get(name)
        if path is not None:
            if value:
                found[path] = (value.split() if known[path].several else value, name)
        elif not ORCHESTRATED.fullmatch(name):
            raise SettingsError(name, "no such setting")
    return found
