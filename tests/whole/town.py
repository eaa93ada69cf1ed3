"""
A town: some people with accounts and some guests, on several nodes, who do everything that people
do, at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from twisted.internet.task import Clock

from tests.doubles import Net
from tests.frontends.clients import Doors
from tests.frontends.irc.clients import PASSWORD, Irc, IrcDoors
from tests.whole.late import Late
from tests.whole.view import Trust, View
from tests.whole.visitor import ROLES, Visitor
from twisted_chat.domain.events import Event
from twisted_chat.domain.repair import PATIENCE
from twisted_chat.domain.room import LISTS, Room
from twisted_chat.domain.session import Session

ACCOUNTS = ("ann", "bob", "cid", "dee")
GUESTS = ("gus", "gil", "gwen")
NICKS = ("n1", "n2", "n3")
CHANNELS = ("#a", "#b", "#c")
CAPS: tuple[tuple[str, ...], ...] = (
    (),
    ("server-time", "message-tags", "batch", "multi-prefix", "echo-message"),
    ("server-time", "message-tags", "batch", "draft/chathistory", "draft/event-playback",
     "draft/channel-rename", "draft/message-redaction", "multi-prefix", "extended-join",
     "away-notify", "account-notify", "labeled-response", "invite-notify"),
    ("draft/channel-rename", "userhost-in-names"),
    ("draft/read-marker", "server-time", "echo-message"),
)  # fmt: skip

MODES = ("+i", "-i", "+m", "-m", "-i-m", "+l 5", "-l", "+s", "-s", "+k x", "-k", "-ik x", "+t",
         "+R", "-R", "+n", "+C")  # fmt: skip
DEEDS = {
    "JOIN {any}": 10,
    "PART {chan} :bye": 4,
    "PRIVMSG {chan} :{token}": 30,
    "PRIVMSG {nick} :{token}": 3,
    "NOTICE {chan} :{token}": 4,
    "KICK {chan} {nick} :out": 6,
    "NICK {new}": 4,
    "TOPIC {chan} :{token}": 2,
    "MODE {chan} {sign}{letter} {nick}": 6,
    "MODE {chan} +q {nick}": 2,
    "MODE {chan} {mode}": 5,
    "MODE {chan} {sign}b {nick}!*@*": 1,
    "MODE {chan} -b {nick}!*@*": 1,
    "MODE {chan} {sign}b a:{account}": 1,
    "MODE {chan} {sign}b m:{nick}": 1,
    "MODE {chan} {sign}I {nick}!*@*": 2,
    "INVITE {nick} {chan}": 3,
    "RENAME {chan} {any}": 2,
    "AWAY :{token}": 2,
    "AWAY": 1,
    "NAMES {chan}": 2,
    "MODE {chan}": 2,
    "QUIT :x": 2,
    "LOSE": 2,
    "CS DELETE {chan} {number}": 1,
    "SETNAME :{token}": 1,
}
"""What is done, and how often."""


class Client:
    """
    One connection by IRC.

    @ivar who: under which name it has come in.
    @ivar view: what it makes of what it is told.
    @ivar over: whether the connection is lost.
    """

    deeds = DEEDS

    def __init__(self, town: Town, who: str, caps: tuple[str, ...]) -> None:
        self.town = town
        self.who = who
        self.irc: Irc = town.doors.connect(node=town.someNode())
        self.view = View(who, "multi-prefix" in caps, town.trust)
        self.view.several = town.several
        self.over = False
        lines = [f"CAP REQ :{' '.join(caps)}"] if caps else []
        if who in ACCOUNTS:
            lines.append(f"PASS :{who}@d{town.random.randrange(2)}:{PASSWORD}")
        lines += [f"NICK {who}", f"USER {who} 0 * :x", "CAP END"]
        self.send(*lines)

    @property
    def nick(self) -> str:
        """
        What it is called.
        """
        return self.view.nick

    @property
    def places(self) -> list[str]:
        """
        The channels that it is in.
        """
        return list(self.view.channels)

    @property
    def ready(self) -> bool:
        """
        Whether it has come in.
        """
        return self.view.welcome

    @property
    def ended(self) -> bool:
        """
        Whether the server has ended the connection.
        """
        return bool(self.irc.ended)

    def send(self, *lines: str) -> None:
        """
        Send lines, and take what comes at once.
        """
        for line in lines:
            self.view.log.append(f"                 >>> {line}")
            self.irc.protocol.dataReceived(line.encode() + b"\r\n")
        self.take()

    def take(self) -> None:
        """
        Take what has come; of each channel that it has come into, ask for what clients ask for.
        """
        for text in self.irc.got():
            self.view.take(text)
        asking, self.view.asking = self.view.asking, []
        for name in asking:
            if not self.over and not self.ended:
                self.send(f"PING {name}")
        joined, self.view.joinedNow = self.view.joinedNow, []
        for name in joined:
            if name in self.view.channels and not self.over and not self.ended:
                self.send(f"MODE {name}", f"MODE {name} b")

    def says(self, place: str, text: str) -> str:
        """
        @return: the line that says something in a channel.
        """
        return f"PRIVMSG {place} :{text}"

    def heard(self, place: str, said: Mapping[str, tuple[str, int]]) -> list[tuple[str, int]]:
        """
        Where in the log stands what was said in a channel that it is in.

        @param said: the same by the text.
        """
        return [said[token] for token in self.view.channels[place].stay.live if token in said]

    @property
    def log(self) -> list[str]:
        """
        All lines.
        """
        return self.view.log

    @property
    def session(self) -> Session:
        """
        What it may do.
        """
        return self.irc.protocol.session

    def lose(self) -> None:
        """
        Its connection is lost.
        """
        self.over = True
        self.irc.lose()


def isOf(who: str, event: Event) -> bool:
    """
    Whether an event may be somebody's own doing, of which they are told only if they want that.
    """
    return event.author.name in (*NICKS, who) or event.author.account == who


class Town:
    """
    A network, and who is there.

    @ivar clients: all that are connected.
    @ivar several: those who were there by two connections at a time.
    @ivar trust: what clients may rely upon.
    """

    def __init__(
        self, seed: int, nodes: int = 1, typing: float = 0.0, late: bool = False, **faults: float
    ) -> None:
        """
        @param late: whether the store takes its time.
        @param typing: how many of those who come do so by the line protocol.
        @param faults: what goes wrong between the nodes; see L{Faults
            <twisted_chat.network.local.Faults>}.
        """
        self.random = Random(seed)
        self.typing = typing
        self.stores: list[Late] = []
        threads = {"threads": self._late} if late else {}
        self.net = Net(nodes=nodes, seed=seed if faults else None, **threads, **faults)
        self.trust = Trust.ALONE
        if nodes > 1:
            lossy = faults.get("drop") or faults.get("delay", 0.0) > PATIENCE * 2
            self.trust = Trust.LOSSY if lossy else Trust.LATE
        self.doors = IrcDoors(net=self.net)
        self.lineDoors = Doors(net=self.net)
        self.clients: list[Client | Visitor] = []
        self.tokens = 0
        self.several: set[str] = set()
        for name in ACCOUNTS:
            session = self.net.registered(name)
            session.logout()
        self.net.settle()
        self.hurry(False)

    def _late(self, clock: Clock) -> Late:
        self.stores.append(Late(clock, Random(self.random.random())))
        return self.stores[0]

    def hurry(self, on: bool) -> None:
        """
        Have the store do everything at once, or let it take its time again.
        """
        for each in self.stores:
            each.hurry = on

    def someNode(self) -> int:
        """
        @return: the number of a node.
        """
        nodes = len(self.net.hubs)
        return self.random.randrange(nodes) if nodes > 1 else 0

    def token(self) -> str:
        """
        @return: a text that there is once.
        """
        self.tokens += 1
        return f"t{self.tokens}"

    def nick(self) -> str:
        """
        @return: that of somebody who is connected.
        """
        names = [each.nick for each in self.clients] or ["nobody"]
        return self.random.choice(names)

    def step(self) -> None:
        """
        Somebody comes, or somebody does something.
        """
        random = self.random
        for each in list(self.clients):
            if each.ended or each.over:
                each.take()
                if not each.over:
                    each.lose()
                self.clients.remove(each)
        if len(self.clients) < 8 and (random.random() < 0.3 or not self.clients):
            self.come(random.choice(ACCOUNTS + GUESTS))
            self.pause()
            return
        client = random.choice(self.clients)
        if not client.ready:
            self.pause()
            return
        client.send(*self.line(client))
        self.pause()

    def come(self, who: str) -> None:
        """
        Somebody comes, by one wire or the other.
        """
        if any(each.who == who for each in self.clients):
            self.several.add(who)
        if self.typing and self.random.random() < self.typing:
            self.clients.append(Visitor(self.lineDoors, who, self.someNode()))
            # As what all of them are known on IRC.
            self.several.add("u")
        else:
            self.clients.append(Client(self, who, self.random.choice(CAPS)))

    def pause(self) -> None:
        """
        Let some time go by, or none, so that several things go into one batch.
        """
        seconds = self.random.choice([0, 0, 0, 0.001, 0.005, 0.03, 0.1])
        for _ in range(round(seconds / 0.005) or (1 if seconds else 0)):
            self.net.clock.advance(0.005 if seconds > 0.001 else 0.001)
        for each in self.clients:
            each.take()

    def line(self, client: Client | Visitor) -> list[str]:
        """
        @return: what a client sends.
        """
        random, there = self.random, client.places or list(CHANNELS)
        slots = {
            "chan": random.choice(there if random.random() < 0.85 else CHANNELS),
            "any": random.choice(CHANNELS),
            "nick": self.nick(),
            "new": random.choice((*NICKS, client.who)),
            "account": random.choice(ACCOUNTS),
            "mode": random.choice(MODES),
            "letter": random.choice("ovhoa"),
            "sign": random.choice("+-"),
            "number": random.randrange(1, 30),
            "token": self.token(),
        }
        if isinstance(client, Visitor):
            slots |= {"role": random.choice(ROLES), "onoff": random.choice(("on", "off"))}
        deeds = client.deeds
        line = random.choices([*deeds], [*deeds.values()])[0].format(**slots)
        if line == "LOSE":
            client.lose()
            return []
        lines = [line]
        if random.random() < 0.2:
            lines.append(client.says(slots["chan"], self.token()))
        return lines

    def finish(self) -> None:
        """
        Let everything come to rest, and ask.
        """
        self.net.settle(0.3)
        self.hurry(True)
        for _ in range(400):
            self.net.clock.advance(0.05)
        self.agree()
        for each in self.clients:
            each.take()
        for each in self.clients:
            if isinstance(each, Visitor) or each.ended or each.over:
                continue
            for name in each.places:
                each.send(f"NAMES {name}", f"MODE {name}", f"MODE {name} b", f"TOPIC {name}")
                self.net.settle(0.02)
                each.take()

    def check(self) -> None:
        """
        Of what was said while somebody was in a channel, they have heard all that is there still,
        once and in its order.
        """
        rooms: dict[str, list[Event]] = {}
        places: dict[str, tuple[str, int]] = {}
        for id in self.rooms():
            events = self.net.now(self.net.store.replay(id, 0, 10_000))
            said = [event for event in events if event.kind == "said" and event.text]
            rooms[id] = said
            places.update((event.text, (id, event.seq)) for event in said)
        for client in self.clients:
            if client.over or client.ended:
                continue
            for name in client.places:
                room = client.session.roomNamed(name).id
                heard = client.heard(name, places)
                assert {where for where, _ in heard} <= {room}, (name, client.log[-30:])
                seqs = [seq for _, seq in heard]
                assert seqs == sorted(seqs), client.log
                due = {e.seq for e in rooms[room] if seqs and e.seq > seqs[0]} - set(seqs)
                own = {e.seq for e in rooms[room] if isOf(client.who, e)}
                assert due <= own, (client.nick, name, due - own, client.log[-30:])

    def rooms(self) -> dict[str, list[Room]]:
        """
        @return: by the ids of the rooms that are open, the copies of the nodes.
        """
        found: dict[str, list[Room]] = {}
        for hub in self.net.hubs:
            for conversation in hub.roster.conversations.values():
                if conversation.room is not None:
                    found.setdefault(conversation.id, []).append(conversation.room)
        return found

    def agree(self) -> None:
        """
        All nodes know the same of the rooms and the people in them.
        """
        known: dict[str, object] = {}
        for hub in self.net.hubs:
            people = hub.roster.people
            for conversation in hub.roster.conversations.values():
                room = conversation.room
                if room is None:
                    continue
                members = {
                    id: (person.name, person.account, person.presence, room.role(id))
                    for id in room.members
                    if (person := people.get(id)) is not None
                }
                lists = {name: set(room.lists[name]) for name in LISTS}
                about = (room.name, room.topic, conversation.head, room.settings, lists, members)
                assert known.setdefault(room.id, about) == about
