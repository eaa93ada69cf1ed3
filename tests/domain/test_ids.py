"""
Ids, and the conversations of two.
"""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from twisted_chat.domain.conversation import channelsOf
from twisted_chat.domain.ids import Ids, directId, isDirect, readersOf


def test_idsAreAllDifferentAndOfOneShape() -> None:
    ids = Ids(Clock().seconds)
    made = [ids() for _ in range(10_000)]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch("[0-9a-f]{24}", id) for id in made)


def test_whatIsMadeLaterSortsLater() -> None:
    clock = Clock()
    clock.advance(1_790_000_000)
    ids = Ids(clock.seconds)
    made = []
    for _ in range(1000):
        made.append(ids())
        clock.advance(0.001)
    assert made == sorted(made)


IDS = st.text("0123456789abcdef", min_size=24, max_size=24)


@given(IDS, IDS)
def test_aDirectConversationIsTheSameWhoeverBeginsAndKnowsItsPeople(one: str, other: str) -> None:
    id = directId(one, other)
    assert id == directId(other, one)
    assert isDirect(id)
    assert set(readersOf(id)) == {one, other}
    assert tuple(channelsOf(id)) == readersOf(id)
    assert len(readersOf(directId(one, one))) == 1


@given(IDS)
def test_theIdOfARoomIsNotThatOfAPrivateConversation(id: str) -> None:
    assert not isDirect(id)
    assert tuple(channelsOf(id)) == (id,)
