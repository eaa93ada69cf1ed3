"""
What operators of the network do is told to the others, and is in the server's log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from tests.doubles import Net, PlainPasswords, heard
from twisted_chat.domain.session import Session
from twisted_chat.domain.units import HOURS

HERE = "192.0.2.7"
"""Where the operator is."""

Deed = Callable[[Session], Any]

DEEDS: dict[str, Deed] = {
    "made an invitation for 3": lambda oscar: oscar.invitation(uses=3),
    "gave out a code for ann": lambda oscar: oscar.resetAccount("ann"),
    "suspended ann": lambda oscar: oscar.suspend("ann"),
    "banned dora for 2 hours": lambda oscar: oscar.serverBan("dora", 2 * HOURS, "spam"),
    "set the lockdown to 1": lambda oscar: oscar.lockdown(1),
    "put bea into dev": lambda oscar: oscar.forceJoin("bea", "dev"),
    "put oscar into tea": lambda oscar: oscar.forceIn("tea"),
    "deleted 1 message of ann": lambda oscar: oscar.purge("ann", 1 * HOURS),
    "let the settings be read again": lambda oscar: oscar.reload(),
    "exported ann": lambda oscar: oscar.export(name="ann"),
    "made ann an operator of the network": lambda oscar: oscar.makeOperator("ann"),
    "made olga an ordinary person": lambda oscar: oscar.unmakeOperator("olga"),
    "disconnected bea": lambda oscar: oscar.kill("bea"),
    "reported dev/1": lambda oscar: oscar.report(oscar.hub.roster.roomNames["dev"], 1),
    "deleted the account ann": lambda oscar: oscar.deleteAccountOf("ann"),
}
"""What is told of a deed, and how it is done."""

UNDONE: dict[str, tuple[Deed, Callable[[Session, Any], Any]]] = {
    "took an invitation back": (
        DEEDS["made an invitation for 3"],
        lambda oscar, code: oscar.removeInvitation(code),
    ),
    "took back that ann is suspended": (
        DEEDS["suspended ann"],
        lambda oscar, account: oscar.unsuspend(account.name),
    ),
    "took the ban of dora back": (
        DEEDS["banned dora for 2 hours"],
        lambda oscar, entry: oscar.serverUnban(entry.mask),
    ),
    "undid a purge: what ann wrote in 1 hour": (
        DEEDS["deleted 1 message of ann"],
        lambda oscar, purged: oscar.undo(),
    ),
}
"""The same of what needs something else to be done before."""


class TestDeeds:
    """
    Oscar does something, and Olga, who is on the other node, is an operator too.
    """

    @pytest.fixture(autouse=True)
    def _make(self, net: Net, logged: list[str]) -> None:
        self.net, self.logged = net, logged
        self.oscar = net.operator("oscar", address=HERE)
        self.olga = net.operator("olga", 1)
        ann = net.registered("ann")
        net.guest("bea", 1)
        net.join("tea", ann)
        net.join("dev", ann, self.oscar)
        net.say(ann, "dev", "what nobody should read in a log")
        net.hubs[0].reload = lambda: ["The settings are read again."]

    def tells(self, deed: str) -> None:
        """
        Assert that something is told.
        """
        self.net.settle()
        told = [line for line in next(heard(self.olga)) if " notified " in line]
        assert told == [f" 0 notified oscar oscar {deed}"]
        assert self.logged.count(f"{HERE}: oscar {deed}") == 1
        assert not any("nobody should read" in line for line in self.logged)

    @pytest.mark.parametrize("deed", DEEDS)
    def test_eachIsToldAndLogged(self, deed: str) -> None:
        self.net.now(DEEDS[deed](self.oscar))
        self.tells(deed)

    @pytest.mark.parametrize("deed", UNDONE)
    def test_andSoIsThatItWasTakenBack(self, deed: str) -> None:
        do, undo = UNDONE[deed]
        done = self.net.now(do(self.oscar))
        self.net.settle()
        next(heard(self.olga))
        self.net.now(undo(self.oscar, done))
        self.tells(deed)

    def test_andWhatIsDoneFromAShell(self) -> None:
        hub, by = self.net.hubs[0], self.oscar.official
        registry, steward, passwords = hub.registry, hub.steward, PlainPasswords()
        for deed, work in (
            ("registered zoe", registry.create(by, passwords, "zoe", "battery staple")),
            ("gave ann another password", registry.setPassword(by, passwords, "ann", "other one")),
            ("archived it in dev", steward.archive(by, "dev")),
        ):
            self.net.now(Deferred.fromCoroutine(work))
            self.tells(deed)

    def test_whoIsTheFirstOperatorIsTold(self) -> None:
        net = Net(1)
        ann = net.registered("ann", address=HERE)
        code = net.now(Deferred.fromCoroutine(net.hubs[0].registry.prepareClaim()))
        net.now(ann.claim(code))
        assert f"{HERE}: ann is the first operator of the network" in self.logged
