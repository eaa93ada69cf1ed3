"""
A front end turns bytes into calls on a L{Session<twisted_chat.domain.session.Session>}.
A C{Session} turns calls into L{Event<twisted_chat.domain.events.Event>}s.
The store puts every event in its place in the log, the network brings it to every node,
and each node's L{Hub<twisted_chat.domain.hub.Hub>} hands it to the people in the room.

These parts are the packages C{frontends}, C{domain}, C{storage} and C{network}. C{doors} is where
people come in, C{monitoring} who watches, C{serverlog} the server's own log; C{settings} is what
C{config} is made of; C{admin} and C{operating} are for whoever runs a server. In this package
itself stand:

  - what puts a server together and runs it: C{tap}, C{server}, C{live} and C{reload} (settings that
    change meanwhile), C{steadytimers}, C{beginning}; what is asked of twistd and of Python before:
    C{runner}, C{standardfiles}; the program C{twisted-chat}: C{cli};
  - what the domain is given: C{passwords} (how they are hashed), C{cloak} (what stands for
    addresses), C{addresscheck} (the operator's own check of them).
"""
