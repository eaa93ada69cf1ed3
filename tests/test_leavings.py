"""
What a test leaves behind: nothing.
"""

from __future__ import annotations

from typing import Any, ClassVar
from weakref import WeakSet

import pytest


class Something:
    """
    What a test has made.
    """


class TestInstance:
    """
    Pytest keeps each test's instance until all tests are over.
    """

    made: ClassVar[WeakSet[Something]] = WeakSet()

    @pytest.fixture(autouse=True)
    def _setUp(self) -> None:
        self.something: Any = Something()

    @pytest.mark.parametrize("turn", range(3))
    def test_whatATestHasIsFreedWhenItIsOver(self, turn: int) -> None:
        assert list(self.made) == []
        self.made.add(self.something)
