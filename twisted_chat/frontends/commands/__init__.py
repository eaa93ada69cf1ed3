"""
The slash commands that the wires for people share: one table, one file for each noun.

C{command} says what a command is, C{usage} how its usage string splits what was typed, with the
C{times} in it; C{table} has them all, and C{columns} makes tables of what they answer. The nouns:
C{talk}, C{reading}, C{rooms}, C{roomsettings} (and owners), C{moderation}, C{roles}, C{people},
C{account}, C{operators}.
"""
