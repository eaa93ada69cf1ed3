"""
The wires: each turns bytes into calls on a session, and deliveries into bytes.

For all of them there are C{clients} (what a factory has in common), C{connection} (bytes and
lines), C{ending} (the end of a connection), C{turns} (one command after the other), C{outbox}
(bounded writing), C{webrequest} (browsers at the wrong door), C{text} and C{words}
(plain English), and for wires for people C{commands}.

The line protocol: C{telnet} and C{typed} (what is typed), C{linelogin} (saying who one is),
C{line} (what a line means), C{visit} (what commands ask of it), C{lineformat} (how events look),
C{days} (when another one begins).
IRC has a package, C{irc}.
"""
