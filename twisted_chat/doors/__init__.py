"""
Where people come in, by what transport, and with which certificate.

C{door} is one place to listen at, C{tlsdoor} one for TLS; C{proxyprotocol} tells who is behind a
proxy. The transport: C{sendatonce} with its C{socketoptions}, on C{quietports}; over TLS
C{halfclose}, with C{handshakes} in turn. C{certificates} are read from files, or C{selfsigned}.
C{openfiles} says how many connections there can be.
"""
