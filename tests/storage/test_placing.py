"""
L{twisted_chat.storage.placing}.
"""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from twisted_chat.domain.events import KINDS
from twisted_chat.storage.placing import PLACERS


@pytest.mark.parametrize("kind", KINDS)
def test_itIsTheSameEventAtItsPlace(kind: str) -> None:
    cls = KINDS[kind]
    needed = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
    event = cls(origin="somewhere", seq=1, at=2.0, **dict.fromkeys(needed, "anything"))  # type: ignore[arg-type]
    placed = PLACERS[kind](event, 7, 3.5)
    assert placed == event.placed(7, 3.5)
    assert (event.seq, event.at) == (1, 2.0)
