"""
The slash commands that the wires for people share: one table, one file for each noun.
"""
