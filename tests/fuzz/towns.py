"""
Whole towns on several nodes: see L{tests.whole.town}. A few of them are among the tests.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.fuzz.property import forAll
from tests.whole.town import Town

STEPS = 150


@forAll(
    st.integers(0, 1 << 32),
    st.sampled_from([2, 3]),
    st.sampled_from([0.0, 0.03]),
    st.sampled_from([0.0, 0.1]),
)
def town(seed: int, nodes: int, delay: float, double: float) -> None:
    """A town on several nodes, where announcements come late and twice."""
    faults = {"delay": delay, "double": double} if delay else {}
    there = Town(seed, nodes, **faults)
    for _ in range(STEPS):
        there.step()
    there.finish()
    there.check()


PROPERTIES = (town,)
"""All of them."""
