"""
The log of the server itself, on its standard output.

C{terminal} puts it together: C{text} spells the lines, and C{output} takes them without making the
server wait.
"""
