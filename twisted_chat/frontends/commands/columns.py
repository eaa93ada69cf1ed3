"""
Plain tables for people to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

WIDTH = 80
"""Cells in a line of the narrowest terminal that we think of."""

MOST = 200
"""How many rows of a table are shown at most."""

INDENT = "  "
"""What follows a line of the server's is indented, so that nobody takes it for one of its own."""


def width(text: str) -> int:
    """
    How many cells a text takes on a terminal.
    """
    # Nearly every text, and a tenth of the time.
    if text.isascii() and text.isprintable():
        return len(text)
    # Its tables are read when a text first needs them, in about 10 ms, and not at each start.
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)


def aligned(rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """
    A table with its columns under each other, two spaces between them.

    @param rows: the cells; all rows have the same number.
    @param right: the columns that are flush right, such as numbers.
    @return: its lines, indented.
    """
    table = [tuple(row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    used = [at for at, cells in enumerate(widths) if cells]
    lines = []
    for row in table:
        cells = []
        for at in used:
            space = " " * (widths[at] - width(row[at]))
            cells.append(space + row[at] if at in right else row[at] + space)
        lines.append((INDENT + INDENT.join(cells)).rstrip())
    return lines


def shortened(rows: Iterable[Sequence[str]], of: int, right: Sequence[int] = ()) -> list[str]:
    """
    A table of the first L{MOST} rows, with a word about the rest.

    @param of: how many rows there are.
    @param right: see L{aligned}.
    """
    lines = aligned(islice(rows, MOST), right)
    left = of - len(lines)
    return [*lines, f"{INDENT}… {left:,} more"] if left > 0 else lines
