"""
A front end turns bytes into calls on a L{Session<twisted_chat.domain.session.Session>}.
A C{Session} turns calls into L{Event<twisted_chat.domain.events.Event>}s.
The store puts every event in its place in the log, the network brings it to every node,
and each node's L{Hub<twisted_chat.domain.hub.Hub>} hands it to the people in the room.
"""
