"""
Somebody's devices that can't ask for history, and what each of them reads.
"""

from __future__ import annotations

import re
from random import Random

from tests.doubles import Net
from tests.frontends.irc.clients import PASSWORD, Irc, IrcDoors
from twisted_chat.domain.limits import Limits

CAPS = ("", "server-time", "server-time batch message-tags", "echo-message", "draft/read-marker")
ROOMS = ("dev", "tea")
TOKEN = re.compile(r"\bt(\d+)\b")
QUIET = 10.0
"""Seconds: longer than a lost client's last lines are doubted."""


class Devices:
    """
    Ann has some; bea, who owns the rooms, talks.

    @ivar due: by device and room, what it has to read yet, and has not.
    @ivar read: by device and room, what it has read.
    """

    def __init__(self, seed: int, lossy: bool) -> None:
        self.random = Random(seed)
        self.lossy = lossy
        self.doors = IrcDoors(net=Net(nodes=1, limits=Limits(catchUp=200)))
        self.net = self.doors.net
        ann, self.bea = self.net.registered("ann"), self.net.registered("bea")
        for room in ROOMS:
            self.net.join(room, self.bea, ann)
        ann.logout()
        self.net.settle()
        self.inside = dict.fromkeys(ROOMS, True)
        self.clients: dict[str, Irc] = {}
        self.due: dict[tuple[str, str], list[int]] = {}
        self.read: dict[tuple[str, str], list[int]] = {}
        self.number = 0
        self.log: list[str] = []

    def come(self, device: str) -> None:
        """
        A device comes; from its first time on all is due to it.
        """
        caps = self.random.choice(CAPS)
        client = self.clients[device] = self.doors.connect()
        lines = [f"CAP REQ :{caps}"] if caps else []
        lines += [f"PASS :ann@{device}:{PASSWORD}", "NICK ann", "USER a 0 * :A", "CAP END"]
        client.protocol.dataReceived("".join(f"{line}\r\n" for line in lines).encode())
        self.net.settle(0.1)
        new = (device, ROOMS[0]) not in self.read
        for room in ROOMS:
            self.read.setdefault((device, room), [])
            self.due.setdefault((device, room), [])
        if new:
            for line in client.got():
                if " PRIVMSG #" in line:
                    room = line.partition(" PRIVMSG #")[2].split(" ")[0]
                    self.read[device, room].append(int(TOKEN.findall(line)[-1]))
        else:
            self.take(device)

    def take(self, device: str) -> None:
        """
        What a device reads must be due.
        """
        for line in self.clients[device].got():
            self.log.append(f"{device} < {line}")
            words = line[line.startswith("@") and line.index(" ") + 1 :].split(" ", 3)
            if words[1] != "PRIVMSG":
                continue
            number, room = int(TOKEN.findall(words[3])[-1]), words[2][1:]
            due, read = self.due[device, room], self.read[device, room]
            if self.lossy and number in read:
                continue
            assert number in due, (device, room, number, due)
            assert due.index(number) == 0, (device, room, number, due)
            due.remove(number)
            read.append(number)

    def settled(self) -> None:
        """
        Who is here has read all.
        """
        self.net.settle(0.1)
        for device in self.clients:
            self.take(device)
            for room in ROOMS:
                assert not self.due[device, room], (device, room, self.due)

    def step(self) -> None:
        """
        Something happens.
        """
        random = self.random
        what = random.choices(
            ["say", "come", "go", "part", "join", "kick", "wait"], [12, 4, 3, 1, 3, 1, 2]
        )[0]
        room = random.choice(ROOMS)
        self.log.append(f"{what} {room}")
        getattr(self, "do_" + what)(room)
        self.settled()

    def do_say(self, room: str) -> None:
        self.number += 1
        self.log.append(f"say t{self.number}")
        self.net.now(self.bea.say(self.bea.roomNamed(room), f"t{self.number}"))
        if self.inside[room]:
            for (_, where), due in self.due.items():
                if where == room:
                    due.append(self.number)

    def do_wait(self, room: str) -> None:
        self.net.clock.advance(QUIET)
        for client in self.clients.values():
            client.protocol.dataReceived(b"PING x\r\n")

    def do_come(self, room: str) -> None:
        away = [each for each in ("a", "b", "c") if each not in self.clients]
        if away:
            self.come(self.random.choice(away))

    def do_go(self, room: str) -> None:
        if not self.clients:
            return
        device = self.random.choice(list(self.clients))
        client = self.clients[device]
        if self.lossy and self.random.random() < 0.5:
            if self.random.random() < 0.5:
                self.do_wait(room)
                self.net.settle(0.1)
                self.take(device)
            del self.clients[device]
            client.lose()
        else:
            client.send("QUIT :bye")
            for line in client.got():
                self.log.append(line)
            del self.clients[device]
            client.lose()

    def out(self, room: str) -> None:
        """
        She is in a room no longer: nothing of it is due.
        """
        self.inside[room] = False
        for (_, where), due in self.due.items():
            if where == room:
                due.clear()

    def do_part(self, room: str) -> None:
        if self.clients and self.inside[room]:
            self.random.choice(list(self.clients.values())).protocol.dataReceived(
                f"PART #{room}\r\n".encode()
            )
            self.net.settle(0.1)
            self.out(room)

    def do_join(self, room: str) -> None:
        if self.clients and not self.inside[room]:
            client = self.random.choice(list(self.clients.values()))
            client.protocol.dataReceived(f"JOIN #{room}\r\n".encode())
            self.net.settle(0.1)
            self.inside[room] = True

    def do_kick(self, room: str) -> None:
        if self.inside[room]:
            self.net.now(self.bea.kick(self.bea.roomNamed(room), "ann"))
            self.net.settle(0.1)
            self.out(room)
