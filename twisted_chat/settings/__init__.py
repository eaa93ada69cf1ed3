"""
What C{config} is made of.

Settings are of a kind in C{kinds} or C{words}; C{addresslist} is what some of them hold. The tables
of the C{network}, of who may come in, and of C{irc} stand here, all others in C{config}. They are
set in the C{environment} too.
"""
