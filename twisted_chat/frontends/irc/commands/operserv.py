"""
OperServ: running the network, as its operators do it elsewhere by slash commands.
"""

from __future__ import annotations

from twisted_chat.frontends.commands.operators import OPERATORS
from twisted_chat.frontends.irc.commands.services import Service

OPERSERV = Service("OperServ", "OS", "OperServ is for operators of the network.")

OPERSERV.share(OPERATORS.commands)
