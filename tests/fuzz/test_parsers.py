"""
No parser fails, whatever it is given: a few examples of each property.

C{python -m tests.fuzz --minutes 60} gives them more time.
"""

from __future__ import annotations

import pytest

from tests.examples import examples
from tests.fuzz.parsers import PROPERTIES
from tests.fuzz.property import Property

EXAMPLES = 40


@pytest.mark.parametrize("property", PROPERTIES, ids=lambda each: each.name)
def test_whateverComesItIsReadOrRefused(property: Property) -> None:
    property.check(examples(EXAMPLES))
