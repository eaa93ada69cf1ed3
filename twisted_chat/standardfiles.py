"""
The standard input, output and error, which whoever starts a program may have closed, or given an
encoding in which names can't be written.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Final

STANDARD: Final = 3
"""How many they are: the first file descriptors."""


def fillStandard() -> None:
    """
    Let nothing else take the place of one that is closed: what is written to the standard error
    then would be written into the next file that was opened, and a daemon has its own input,
    output and error put in the place of the first three files, whatever they are: its reactor.
    """
    for descriptor in range(STANDARD):
        try:
            os.fstat(descriptor)
        except OSError:
            # It gets the lowest number that is free; and programs that are run have it, too.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def takeAllText(file: object) -> None:
    """
    Have a file of text take whatever name and path there is: in UTF-8, as the log is everywhere.

    @param file: the standard output; what else may be in its place is left alone.
    """
    if isinstance(file, TextIOWrapper):
        file.reconfigure(encoding="utf-8", errors="replace")


def standIn() -> None:
    """
    Let there be something in the place of what is closed: nothing to read, and nobody who reads.
    """
    fillStandard()
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "w" if descriptor else "r"
            opened = open(descriptor, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, opened)
