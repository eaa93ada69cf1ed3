"""
The application for C{twistd -ny chat.tac}: a server with its default settings.

To change them, write a file of settings (C{twisted-chat config} prints one) and name it below.
"""

from twisted.application.service import Application

from twisted_chat.tap import Options, makeService

options = Options()
options.parseOptions([])  # or: ["--config", "chat.toml"]

application = Application("chat")
makeService(options).setServiceParent(application)
