"""
What the kernel alone asks for a line: the floor under every server's figures, which differs by half
from one machine to the next.
"""

import os
import select
import signal
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

LINE = b"10:19 #2 <somebody> forty bytes of text, no more and no less\r\n"
READERS = 200
ROUNDS = 40
REST = 0.01
"""Seconds between two rounds, in which the readers read."""

MICROSECONDS = 1_000_000
BACKLOG = 128


def sendCost(cores: tuple[int, int] | None = None) -> float:
    """
    A bare loop that sends a line to each of many sockets on loopback, whose readers sleep until it
    comes: what C{socket.send} costs in the thread of who sends.

    @param cores: who sends runs on the first, who reads on the other; anywhere for C{None}.
    @return: microseconds of CPU a line, the median of the rounds.
    """
    before = os.sched_getaffinity(0)
    senders, readers = _pairs()
    with _reading(readers, cores[1] if cores else None):
        for reader in readers:
            reader.close()
        try:
            if cores:
                os.sched_setaffinity(0, {cores[0]})
            return statistics.median(_round(senders) for _ in range(ROUNDS))
        finally:
            os.sched_setaffinity(0, before)
            for sender in senders:
                sender.close()


def _pairs() -> tuple[list[socket.socket], list[socket.socket]]:
    senders, readers = [], []
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as door:
        for _ in range(READERS):
            readers.append(socket.create_connection(door.getsockname()))
            sender, _ = door.accept()
            sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sender.setblocking(False)
            senders.append(sender)
    return senders, readers


def _round(senders: list[socket.socket]) -> float:
    began = time.process_time()
    for sender in senders:
        sender.send(LINE)
    cost = time.process_time() - began
    time.sleep(REST)
    return cost * MICROSECONDS / len(senders)


@contextmanager
def _reading(readers: list[socket.socket], core: int | None) -> Iterator[None]:
    """
    Let another process read, for as long as the context lasts.
    """
    child = os.fork()
    if not child:
        try:
            if core is not None:
                os.sched_setaffinity(0, {core})
            _read(readers)
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _read(readers: list[socket.socket]) -> None:
    known = {reader.fileno(): reader for reader in readers}
    poll = select.epoll()
    for number in known:
        poll.register(number, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            known[number].recv(len(LINE) * ROUNDS)
