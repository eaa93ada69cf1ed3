"""
No client does more than be served or be closed, whatever it sends: a few examples.
"""

from __future__ import annotations

import pytest

from tests.examples import examples
from tests.fuzz.clients import PROPERTIES
from tests.fuzz.property import Property

EXAMPLES = 25


@pytest.mark.parametrize("property", PROPERTIES, ids=lambda each: each.name)
def test_whateverIsSentTheClientIsAnsweredOrClosedWithAReason(property: Property) -> None:
    property.check(examples(EXAMPLES))
