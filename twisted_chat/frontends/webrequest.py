"""
Web browsers at doors where nobody expects them.

Any page that somebody looks at may let their browser send a form to any port, in their name, also
to a server on their own machine that trusts it. What the form says are lines, too.
"""

from __future__ import annotations

import re
from typing import Final

NO_WEB: Final = "This is no web server."
"""What a browser is told."""

_REQUEST: Final = re.compile(r"[A-Z]{1,20} \S+ HTTP/\d").match


def isWebRequest(line: str) -> bool:
    """
    Whether a line is how a browser begins.
    """
    return _REQUEST(line) is not None
