"""
Events of every kind are facts, and get their places.
"""

from __future__ import annotations

import pytest
from msgspec.structs import asdict, fields

from twisted_chat.domain.events import KINDS, Event


def anything(kind: str) -> Event:
    """
    @return: an event of a kind, without a place.
    """
    cls = KINDS[kind]
    needed = [field.name for field in fields(cls) if field.required]
    return cls(origin="somewhere", seq=1, at=2.0, **dict.fromkeys(needed, "anything"))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_itIsTheSameEventAtItsPlace(kind: str) -> None:
    event = anything(kind)
    placed = event.placed(7, 3.5)
    assert type(placed) is type(event)
    assert asdict(placed) == asdict(event) | {"seq": 7, "at": 3.5}
    assert (event.seq, event.at) == (1, 2.0)


@pytest.mark.parametrize("kind", KINDS)
def test_nobodyCanChangeIt(kind: str) -> None:
    event = anything(kind)
    for name in asdict(event):
        with pytest.raises(AttributeError):
            setattr(event, name, "another")
    with pytest.raises(AttributeError):
        event.another = "value"  # type: ignore[attr-defined]
