"""
Tells C{twistd} of C{chat}. Every call of C{twistd} imports this, so it holds nothing else.
"""

from twisted.application.service import ServiceMaker

chat = ServiceMaker(
    "chat",
    "twisted_chat.tap",
    "A chat network: the same rooms for nc, telnet and openssl s_client.",
    "chat",
)
