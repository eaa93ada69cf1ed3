"""
What events of moderation tell besides what they change, for wires that have to say it.
"""

from __future__ import annotations

from tests.doubles import Net
from twisted_chat.domain.roles import Role


def test_aChangeOfRolesTellsTheOldOnes() -> None:
    net = Net(nodes=1)
    alex, bea = net.registered("alex"), net.registered("bea")
    room = net.join("dev", alex, bea)
    first = net.now(alex.setRole(room, "bea", Role.VOICE))
    second = net.now(alex.setRole(room, "bea", Role.MEMBER))
    assert [change.before for change in first.changes] == [Role.MEMBER]
    assert [change.before for change in second.changes] == [Role.VOICE]
    given = net.now(alex.transfer(room, "bea"))
    assert [(change.name, change.before, change.role) for change in given.changes] == [
        ("alex", Role.OWNER, Role.ADMIN),
        ("bea", Role.MEMBER, Role.OWNER),
    ]


def test_aChangeThatWaitedTellsTheRoleOfThen() -> None:
    net = Net(nodes=2)
    alex, bea = net.registered("alex"), net.registered("bea", 1)
    room = net.join("dev", alex, bea)
    waits = [alex.setRole(room, "bea", role) for role in (Role.VOICE, Role.HALFOP)]
    changes = [net.now(wait).changes[0] for wait in waits]
    assert [(change.before, change.role) for change in changes] == [
        (Role.MEMBER, Role.VOICE),
        (Role.VOICE, Role.HALFOP),
    ]


def test_anInvitationNamesTheInvited() -> None:
    net = Net(nodes=1)
    alex, bea = net.guest("alex"), net.guest("bea")
    room = net.join("dev", alex)
    assert net.now(alex.invite(room, bea.name)).name == "bea"
