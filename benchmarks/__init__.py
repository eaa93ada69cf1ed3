"""
Load on a running server, and what it costs the server.

C{python -m benchmarks.load all} starts a server on a free loopback port, drives its line protocol
with thousands of sockets from this one process, and prints delivered lines per second, latency,
and the server's CPU time and memory per unit of work. See C{README.md} in this folder.

    - L{benchmarks.wires}: the bytes of one protocol, and nothing else;
    - L{benchmarks.clients}: sockets and the epoll loop;
    - L{benchmarks.crowd}: bringing people in, and waiting for calm;
    - L{benchmarks.traffic}: who says what when, and who checks it;
    - L{benchmarks.scenarios}: the experiments;
    - L{benchmarks.awake}: keeping cores from halting;
    - L{benchmarks.server}: starting a server and reading its CPU time and memory;
    - L{benchmarks.figures}: percentiles, targets, tables;
    - L{benchmarks.load}: the command line.
"""
