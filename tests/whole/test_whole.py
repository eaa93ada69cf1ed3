"""
A whole network, on which people do all that they can at random moments: what each client was told
must go together, and be all that it had a right to.
"""

from __future__ import annotations

import pytest

from tests.examples import TIMES
from tests.whole.devices import Devices
from tests.whole.pages import check
from tests.whole.town import Town

SEEDS = {*range(12 * TIMES), 80}
"""With the last one somebody is given a role while they take another nick."""


TYPED = {24, 61}
"""
With the first one a channel is renamed while somebody joins it by IRC; with the other everybody
leaves a room, and somebody is back by another connection.
"""

LATER = [(281, 0.0), (414, 0.0)]
"""With these somebody leaves a channel while another connection of theirs is about to come in."""

LATE = {"delay": 0.03, "double": 0.1}
NETWORKS = [(2, {}), (2, LATE), (3, LATE), (2, LATE | {"drop": 0.1})]
"""How many nodes there are, and what goes wrong between them."""


@pytest.mark.parametrize("seed", sorted(SEEDS))
def test_whatClientsMakeOfWhatTheyAreToldIsWhatThereIs(seed: int) -> None:
    town = Town(seed)
    for _ in range(150):
        town.step()
    town.finish()
    town.check()


@pytest.mark.parametrize("seed", sorted({*range(8 * TIMES), *TYPED}))
def test_whatStandsOnAScreenIsTrueWhereItStands(seed: int) -> None:
    town = Town(seed, typing=0.6)
    for _ in range(150):
        town.step()
    town.finish()
    town.check()


@pytest.mark.parametrize(
    ("seed", "nodes", "faults"),
    [
        *((seed, 2, faults) for seed in range(4 * TIMES) for faults in ({}, LATE)),
        # Somebody is put out while coming in; and leaves a room while coming in by another node.
        (26, 3, {}),
        (131, 3, {}),
    ],
)
def test_onSeveralNodesScreensAreTrueToo(seed: int, nodes: int, faults: dict[str, float]) -> None:
    town = Town(seed, nodes, typing=0.6, **faults)
    for _ in range(150):
        town.step()
    town.finish()
    town.check()


@pytest.mark.parametrize("seed", range(4 * TIMES))
@pytest.mark.parametrize(("nodes", "faults"), NETWORKS)
def test_onSeveralNodesItIsTheSame(seed: int, nodes: int, faults: dict[str, float]) -> None:
    town = Town(seed, nodes, **faults)
    for _ in range(150):
        town.step()
    town.finish()
    town.check()


@pytest.mark.parametrize(
    ("seed", "typing"), [*((seed, typing) for seed in range(6) for typing in (0.0, 0.6)), *LATER]
)
def test_whereTheStoreTakesItsTimeItIsTheSame(seed: int, typing: float) -> None:
    town = Town(seed, typing=typing, late=True)
    for _ in range(150):
        town.step()
    town.finish()
    town.check()


@pytest.mark.parametrize("seed", range(2 * TIMES))
def test_readByPagesTheLogIsWhatItIsAtOnce(seed: int) -> None:
    check(seed)


@pytest.mark.parametrize("lossy", [False, True])
@pytest.mark.parametrize("seed", range(3 * TIMES))
def test_eachDeviceIsToldWhatItHasMissed(seed: int, lossy: bool) -> None:
    devices = Devices(seed, lossy)
    for _ in range(80):
        devices.step()
