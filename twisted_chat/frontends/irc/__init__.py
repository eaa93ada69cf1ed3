"""
The IRC wire: lines to calls on a session, and deliveries to lines.

Where what stands:

  - lines, with no client in sight: C{message}, C{styles}, C{wrapping}, C{moments};
  - what the server can do: C{capabilities}, C{isupport}, C{numerics}, C{modeletters}, C{modehelp},
    all as C{facts} have it, which depend on C{terms};
  - one client, each class built on the one before: C{connection}, C{answering} (with C{replies}),
    C{identity}, C{client}; C{factory} makes them;
  - coming in: C{registration}, C{sasl}, C{loggedin}, C{welcome};
  - how events look for all who are alike: C{ircformat}, made of C{talklines}, C{roomlines} and
    C{peoplelines}, all three on C{lines};
  - what only one client is told: C{particular}; of a channel C{places} (with C{manynames}), of what
    was said before C{missed} and C{pages}, of marks C{readmarks}, of metadata C{notes};
  - what its commands are about: C{targets}; what it says: C{talking}, C{saying};
  - what it is refused: C{refusals};
  - slash commands of other wires, asked of a service: C{visit};
  - what it may ask, a file for each noun: C{commands}.
"""
