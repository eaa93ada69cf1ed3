"""
The errors of the load generator.
"""


class LoadError(Exception):
    """
    A run can't be made or can't be trusted; the text is one sentence for the person who started it.
    """


class NoAnswer(LoadError):
    """
    The server did not do in time what it was asked for.
    """
