"""
A front end turns bytes into calls on a L{Session<twisted_chat.domain.session.Session>}.
A C{Session} turns calls into L{Event<twisted_chat.domain.events.Event>}s.
The store puts every event in its place in the log, the network brings it to every node,
and each node's L{Hub<twisted_chat.domain.hub.Hub>} hands it to the people in the room.

These parts are the packages C{frontends}, C{domain}, C{storage} and C{network}; C{admin} and
C{operating} are for whoever runs a server. Around them stand, in this package itself:

  - what puts a server together and runs it: C{tap}, C{server}, C{live} and C{reload} (settings that
    change meanwhile), C{steadytimers}, C{beginning}; what is asked of twistd and of Python before:
    C{runner}, C{docstrings}, C{standardfiles}; the program C{twisted-chat}: C{cli};
  - settings: C{config} with C{networksettings} and C{ircsettings}, made of C{settingkinds},
    C{settingwords} and C{addresslist}, and read from the C{environment} too;
  - where people come in: C{doors}, C{tlsdoor}, C{proxyprotocol}, C{quietports}, and by what
    transport: C{sendatonce} with C{socketoptions}, C{halfclose} with C{handshakes}; how many can:
    C{openfiles};
  - certificates and secrets: C{certificates}, C{selfsigned}, C{passwords}, C{cloak}, and the
    operator's own C{addresscheck};
  - who watches: C{supervision} with C{health}, C{metrics}, C{notify}; C{healthcheck};
  - its log: C{terminallog} with C{logtext} and C{logplace}.
"""
