"""
How many examples are tried of what has to hold for all.
"""

from __future__ import annotations

import os

from hypothesis import settings

TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))
"""By this, the examples are more than in a run that nobody waits for long."""

USUAL = 50


def examples(count: int = USUAL) -> settings:
    """
    @param count: how many are tried in a usual run.
    """
    return settings(max_examples=count * TIMES, deadline=None)
