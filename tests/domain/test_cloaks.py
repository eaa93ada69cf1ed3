"""
L{twisted_chat.domain.cloaks}: that people have other cloaks than before is told, once.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from tests.domain.shaky import Shaky
from tests.doubles import Net
from twisted_chat.cloak import Cloak
from twisted_chat.domain.cloaks import compareCloaks


@pytest.fixture
def net() -> Net:
    """
    A node that has not started before, on a disk that may fail.
    """
    return Net(nodes=1, wrap=lambda store: cast(Any, Shaky(store)))


def begin(net: Net, secret: bytes, trusted: bool = False) -> None:
    """
    Start with a secret.
    """
    (hub,) = net.hubs
    hub.cloak = Cloak(secret, lambda address: trusted)
    net.now(Deferred.fromCoroutine(compareCloaks(hub)))


def test_anotherSecretBesideTheSameDataIsToldOfOnce(net: Net, logged: list[str]) -> None:
    begin(net, b"a" * 32)
    begin(net, b"a" * 32)
    assert logged == []
    begin(net, b"b" * 32)
    begin(net, b"b" * 32)
    (line,) = logged
    assert line.startswith("the secret in the data folder is not the one that belongs to this ")


def test_whereAllAddressesAreTrustedThereIsNothingToCompare(net: Net, logged: list[str]) -> None:
    begin(net, b"a" * 32)
    begin(net, b"b" * 32, trusted=True)
    begin(net, b"a" * 32)
    assert logged == []


def test_whatCantBeWrittenDownEndsNoStart(net: Net, logged: list[str]) -> None:
    cast(Shaky, net.store).brokenReads = {"setNetworkFact"}
    begin(net, b"a" * 32)
    begin(net, b"b" * 32)
    assert logged == []
