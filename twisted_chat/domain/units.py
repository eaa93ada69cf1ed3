"""
Units, in which constants and settings are written down: C{5 * MINUTES}, C{64 * KIB}.
"""

from __future__ import annotations

from typing import Final

SECONDS: Final = 1.0
MICROSECONDS: Final = SECONDS / 1_000_000
MILLISECONDS: Final = SECONDS / 1000
MINUTES: Final = 60 * SECONDS
HOURS: Final = 60 * MINUTES
DAYS: Final = 24 * HOURS
WEEKS: Final = 7 * DAYS
"""Durations, in seconds."""

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB
"""Sizes, in bytes."""
