"""
Mappings that take no room while they are empty.
"""

from __future__ import annotations

import pytest

from twisted_chat.domain.sparse import NONE_YET, drop, put


def test_theFirstEntryMakesAMappingOfOnesOwn() -> None:
    mine, theirs = put(NONE_YET, "a", 1), put(NONE_YET, "a", 2)
    assert (mine, theirs, dict(NONE_YET)) == ({"a": 1}, {"a": 2}, {})


def test_furtherEntriesGoIntoTheSameMapping() -> None:
    mine = put(NONE_YET, "a", 1)
    assert put(mine, "b", 2) is mine
    assert put(mine, "a", 3) is mine
    assert mine == {"a": 3, "b": 2}


def test_theLastEntryThatGoesTakesTheMappingWithIt() -> None:
    mine = put(put(NONE_YET, "a", 1), "b", 2)
    assert drop(mine, "a") is mine
    assert drop(mine, "b") is NONE_YET


def test_whatIsNotThereCanBeDropped() -> None:
    assert drop(NONE_YET, "a") is NONE_YET
    assert drop({"b": 2}, "a") == {"b": 2}


def test_whatAllHaveInCommonCantBeWrittenTo() -> None:
    with pytest.raises(TypeError):
        NONE_YET["a"] = 1
