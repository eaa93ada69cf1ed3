"""
All commands of IRC by name.
"""

from __future__ import annotations

from twisted_chat.frontends.irc.commands.accept import ACCEPT
from twisted_chat.frontends.irc.commands.account import ACCOUNT
from twisted_chat.frontends.irc.commands.chanmessages import CHANSERV
from twisted_chat.frontends.irc.commands.channels import CHANNELS
from twisted_chat.frontends.irc.commands.command import Command
from twisted_chat.frontends.irc.commands.gateways import GATEWAYS
from twisted_chat.frontends.irc.commands.help import HELP
from twisted_chat.frontends.irc.commands.history import HISTORY
from twisted_chat.frontends.irc.commands.lists import LISTS
from twisted_chat.frontends.irc.commands.marks import MARKS
from twisted_chat.frontends.irc.commands.members import MEMBERS
from twisted_chat.frontends.irc.commands.metadata import METADATA
from twisted_chat.frontends.irc.commands.modes import MODES
from twisted_chat.frontends.irc.commands.monitor import MONITOR
from twisted_chat.frontends.irc.commands.multiline import MULTILINE
from twisted_chat.frontends.irc.commands.nickserv import NICKSERV
from twisted_chat.frontends.irc.commands.operators import OPERATORS
from twisted_chat.frontends.irc.commands.operserv import OPERSERV
from twisted_chat.frontends.irc.commands.playback import PLAYBACK
from twisted_chat.frontends.irc.commands.presence import PRESENCE
from twisted_chat.frontends.irc.commands.redaction import REDACTION
from twisted_chat.frontends.irc.commands.registering import REGISTERING
from twisted_chat.frontends.irc.commands.sasl import SASL
from twisted_chat.frontends.irc.commands.search import SEARCH
from twisted_chat.frontends.irc.commands.server import SERVER
from twisted_chat.frontends.irc.commands.talk import TALK
from twisted_chat.frontends.irc.commands.who import WHO
from twisted_chat.frontends.irc.commands.whois import WHOIS

NOUNS = (
    CHANNELS,
    MEMBERS,
    MODES,
    LISTS,
    GATEWAYS,
    HELP,
    HISTORY,
    MARKS,
    MULTILINE,
    REDACTION,
    TALK,
    ACCEPT,
    MONITOR,
    OPERATORS,
    PLAYBACK,
    PRESENCE,
    SERVER,
    WHO,
    WHOIS,
    REGISTERING,
    SASL,
    SEARCH,
    ACCOUNT,
    METADATA,
    NICKSERV.noun,
    CHANSERV.noun,
    OPERSERV.noun,
)

TABLE: dict[str, Command] = {
    name: command for noun in NOUNS for name, command in noun.commands.items()
}
"""Every command by its name in upper case."""
